//! What a piece of text could go on with: names, attributes, keys of dictionaries.
//!
//! The text before the caret is read backwards as far as it is one expression. What stands before a dot or a bracket is
//! evaluated only if that calls nothing of its own: names, attributes and constant subscripts.

use std::collections::BTreeMap;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule, PyString, PyType};

use super::attributes::{self, Content};
use super::elements;
use super::evaluate::{self, EvaluateError};
use super::known::{Known, known};
use super::{Inspection, frames};

/// The most completions handed out at a time.
const MOST: usize = 2_000;
/// The most keys of a dictionary looked at.
const MOST_KEYS: usize = 500;

/// What sort of thing a completion is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sort {
    Class,
    Function,
    Method,
    Module,
    Property,
    Field,
    Variable,
    Keyword,
    /// A key, written as a constant.
    Value,
}

/// One completion.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Completion {
    /// What the list shows, and what is put in.
    pub(crate) label: String,
    pub(crate) sort: Sort,
}

/// What fits, and which part of the text it takes the place of.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Completions {
    /// In the order in which a reader wants them: what begins with an underscore comes last.
    pub(crate) list: Vec<Completion>,
    /// How many characters before the caret are replaced.
    pub(crate) typed: String,
}

/// What the caret stands in.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Place<'t> {
    /// A name of its own, as far as it is typed.
    Name(&'t str),
    /// An attribute of `owner`.
    Attribute { owner: &'t str, typed: &'t str },
    /// A key in the brackets behind `owner`; `quote` is the one that was opened, if any.
    Key {
        owner: &'t str,
        typed: &'t str,
        quote: Option<char>,
    },
    /// Inside a string or a comment, or behind a number: nothing.
    Nothing,
}

impl Inspection {
    /// What `before`, the text up to the caret, could go on with, where a frame stands or in `__main__` without one.
    ///
    /// # Errors
    ///
    /// [`EvaluateError::Stale`]. What cannot be evaluated has no completions, which is no error.
    pub(crate) fn completions(
        &self,
        py: Python<'_>,
        before: &str,
        frame_id: Option<i64>,
    ) -> Result<Completions, EvaluateError> {
        let known = known(py).map_err(|error| EvaluateError::raised(py, &error))?;
        let frame = frame_id.map(|id| self.frame(py, id)).transpose()?;
        let frame = frame.as_ref();
        let place = place(before);
        let (found, typed) = match place {
            Place::Nothing => (Ok(BTreeMap::new()), ""),
            Place::Name(typed) => (names(known, py, frame), typed),
            Place::Attribute { owner, typed } => {
                let owner = evaluate::evaluate(known, py, owner, frame, false);
                let found = match owner {
                    Ok(Some(owner)) => attributes_of(known, &owner),
                    Err(EvaluateError::Interrupted) => return Err(EvaluateError::Interrupted),
                    _ => Ok(BTreeMap::new()),
                };
                (found, typed)
            }
            Place::Key { owner, typed, quote } => {
                let owner = evaluate::evaluate(known, py, owner, frame, false);
                let found = match owner {
                    Ok(Some(owner)) => keys(&owner, quote),
                    Err(EvaluateError::Interrupted) => return Err(EvaluateError::Interrupted),
                    _ => Ok(BTreeMap::new()),
                };
                (found, typed)
            }
        };
        let found = found.map_err(|error| EvaluateError::raised(py, &error))?;
        let lower = typed.to_lowercase();
        let mut list: Vec<Completion> = found
            .into_iter()
            .filter(|(label, _)| label.to_lowercase().starts_with(&lower))
            .map(|(label, sort)| Completion { label, sort })
            .collect();
        // `a` before `_a` before `__a__`; a name that is written as it was typed before one that differs in case.
        list.sort_by_key(|found| (underscores(&found.label), !found.label.starts_with(typed)));
        list.truncate(MOST);
        Ok(Completions {
            list,
            typed: typed.to_owned(),
        })
    }
}

fn underscores(label: &str) -> usize {
    label.len() - label.trim_start_matches('_').len()
}

/// Names that can stand alone: locals, globals, builtins, keywords.
fn names(known: &Known, py: Python<'_>, frame: Option<&Bound<'_, PyAny>>) -> PyResult<BTreeMap<String, Sort>> {
    let mut found = BTreeMap::new();
    let keywords = crate::modules::import(py, "keyword")?.getattr("kwlist")?;
    for word in keywords.extract::<Vec<String>>()? {
        found.insert(word, Sort::Keyword);
    }
    let mut add = |names: &Bound<'_, PyDict>| {
        for entry in attributes::entries(names) {
            if let Content::Value(value) = &entry.content {
                found.insert(entry.name, sort(known, value, Sort::Variable));
            }
        }
    };
    add(&crate::modules::import(py, "builtins")?.cast::<PyModule>()?.dict());
    match frame {
        Some(frame) => {
            add(&frames::globals(frame)?);
            for entry in frames::local_entries(frame)? {
                if let Content::Value(value) = &entry.content {
                    found.insert(entry.name, sort(known, value, Sort::Variable));
                }
            }
        }
        None => add(&crate::modules::import(py, "__main__")?.cast::<PyModule>()?.dict()),
    }
    found.retain(|name, _| is_identifier(name));
    Ok(found)
}

/// The attributes of a value: those that are shown, and those that its own `__dir__` adds.
fn attributes_of(known: &Known, value: &Bound<'_, PyAny>) -> PyResult<BTreeMap<String, Sort>> {
    let mut found = BTreeMap::new();
    for entry in attributes::of(known, value)? {
        let sort = match &entry.content {
            Content::Value(value) => sort(known, value, Sort::Field),
            Content::Lazy(_) => Sort::Property,
            Content::Failed(_) => Sort::Field,
        };
        let sort = match sort {
            Sort::Function if !value.is_instance_of::<PyModule>() => Sort::Method,
            sort => sort,
        };
        found.insert(entry.name, sort);
    }
    // Proxies and data frames know more than their class; what `object` has comes with it.
    if let Ok(listed) = value.dir() {
        for name in listed.iter().filter_map(|name| name.extract::<String>().ok()) {
            found.entry(name).or_insert(Sort::Field);
        }
    }
    found.retain(|name, _| is_identifier(name));
    Ok(found)
}

/// The keys of a mapping that are written as constants.
fn keys(value: &Bound<'_, PyAny>, quote: Option<char>) -> PyResult<BTreeMap<String, Sort>> {
    let mut found = BTreeMap::new();
    let is_mapping = value.is_instance_of::<PyDict>() || value.hasattr("keys")?;
    if !is_mapping {
        return Ok(found);
    }
    let mut pairs = Vec::new();
    // What came before a failure is as good as ever.
    let _ = elements::pairs(value, 0, MOST_KEYS, &mut pairs);
    for (key, _) in pairs {
        let text = match key.cast::<PyString>() {
            Ok(text) => match quote {
                Some(quote) => quoted(&text.to_string_lossy(), quote),
                None => text.repr()?.extract::<String>().ok(),
            },
            Err(_) if quote.is_none() && super::path::key("d", &key).is_some() => key.repr()?.extract().ok(),
            Err(_) => None,
        };
        if let Some(text) = text {
            found.insert(text, Sort::Value);
        }
    }
    Ok(found)
}

/// A string in quotes of that kind; `None` for what would need escapes.
fn quoted(text: &str, quote: char) -> Option<String> {
    let plain = !text.contains([quote, '\\']) && !text.chars().any(char::is_control);
    plain.then(|| format!("{quote}{text}{quote}"))
}

fn sort(known: &Known, value: &Bound<'_, PyAny>, otherwise: Sort) -> Sort {
    if value.is_instance_of::<PyType>() {
        Sort::Class
    } else if value.is_instance_of::<PyModule>() {
        Sort::Module
    } else if known.is_function(value) {
        Sort::Function
    } else {
        otherwise
    }
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|first: char| first.is_alphabetic() || first == '_') && name.chars().all(is_word)
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// What the caret behind `before` stands in.
fn place(before: &str) -> Place<'_> {
    let line = before.rsplit('\n').next().unwrap_or_default();
    match open_string(line) {
        Opened::Comment => return Place::Nothing,
        Opened::String { start, quote } => {
            // The only string that can be completed is a key: `table["ke`.
            let Some(owner) = line[..start].trim_end().strip_suffix('[') else {
                return Place::Nothing;
            };
            return match primary(owner) {
                Some(owner) => Place::Key {
                    owner,
                    typed: &line[start..],
                    quote: Some(quote),
                },
                None => Place::Nothing,
            };
        }
        Opened::Nothing => {}
    }
    let typed = &line[line.trim_end_matches(is_word).len()..];
    let rest = &line[..line.len() - typed.len()];
    if let Some(owner) = rest.trim_end().strip_suffix('[')
        && let Some(owner) = primary(owner)
    {
        // Names may stand in the brackets as well; with nothing typed, keys are what is wanted.
        if typed.is_empty() || typed.starts_with(|first: char| first.is_ascii_digit()) {
            return Place::Key {
                owner,
                typed,
                quote: None,
            };
        }
    }
    if typed.starts_with(|first: char| first.is_ascii_digit()) {
        return Place::Nothing;
    }
    match rest.trim_end().strip_suffix('.') {
        Some(owner) => match primary(owner) {
            Some(owner) => Place::Attribute { owner, typed },
            None => Place::Nothing,
        },
        None => Place::Name(typed),
    }
}

/// What is still open at the end of a line.
enum Opened {
    Nothing,
    Comment,
    /// A string that begins with its quote at `start`.
    String {
        start: usize,
        quote: char,
    },
}

fn open_string(line: &str) -> Opened {
    let mut open: Option<(usize, char)> = None;
    let mut letters = line.char_indices();
    while let Some((at, letter)) = letters.next() {
        match (open, letter) {
            (None, '#') => return Opened::Comment,
            (None, '"' | '\'') => open = Some((at, letter)),
            (Some(_), '\\') => drop(letters.next()),
            (Some((_, quote)), letter) if quote == letter => open = None,
            _ => {}
        }
    }
    match open {
        Some((start, quote)) => Opened::String { start, quote },
        None => Opened::Nothing,
    }
}

/// The expression that ends `text` and calls nothing: names, attributes, subscripts by constants and names, strings.
fn primary(text: &str) -> Option<&str> {
    let text = text.trim_end();
    let mut start = text.len();
    loop {
        let rest = &text[..start];
        let last = rest.chars().next_back()?;
        if is_word(last) {
            start = rest.trim_end_matches(is_word).len();
            if text[start..].starts_with(|first: char| first.is_ascii_digit()) {
                return None;
            }
        } else if last == ']' {
            start = opening(rest)?;
            // A list of its own, rather than a subscript.
            if !text[..start].ends_with(|before: char| is_word(before) || before == ']') {
                break;
            }
            continue;
        } else if last == '"' || last == '\'' {
            let inner = &rest[..rest.len() - 1];
            start = inner.rfind(last)?;
            break;
        } else {
            return None;
        }
        match text[..start].strip_suffix('.') {
            Some(owner) => start = owner.len(),
            None => break,
        }
    }
    let found = &text[start..];
    let calls = found.contains(['(', ')', '{', '=', '\\']);
    (!calls && !found.is_empty()).then_some(found)
}

/// Where the bracket is opened that `text` ends with.
fn opening(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices().rev() {
        match letter {
            ']' => depth += 1,
            '[' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}
