//! An exception, and those that led to it, as text: what Python would print, as far as it has come.

use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use crate::causes::{self, DEEPEST, Link};
use crate::modules;
use crate::stack::Entry;

/// How many members of one exception group are told of.
const MOST_MEMBERS: usize = 16;
/// How many frames are listed when the client sets no limit.
const MOST_FRAMES: usize = 1_000;

/// One exception with those that led to it.
#[derive(Debug)]
pub(crate) struct Told {
    /// Its class, with the module unless built in.
    pub(crate) full_name: String,
    /// The class alone.
    pub(crate) name: String,
    pub(crate) message: String,
    /// Its own stack and what Python prints below that.
    pub(crate) text: String,
    /// Why it was raised: its cause, or what was handled just then; then the members of a group.
    pub(crate) inner: Vec<Told>,
    /// How the first of `inner` is connected with it, as Python words it.
    link: Option<&'static str>,
}

const CAUSE: &str = "The above exception was the direct cause of the following exception:";
const CONTEXT: &str = "During handling of the above exception, another exception occurred:";

/// Tells of `exception`; `below` are the frames from which the first frame of its traceback was called.
///
/// `limit` is how many frames of each stack are listed, the innermost; 0 for as many as is bearable.
///
/// # Errors
///
/// What the module `traceback` raises.
pub(crate) fn tell(
    exception: &Bound<'_, PyAny>,
    traceback: &Bound<'_, PyAny>,
    below: &[Entry],
    limit: usize,
) -> PyResult<Told> {
    let limit = if limit == 0 { MOST_FRAMES } else { limit };
    one(exception, traceback, below, limit, DEEPEST)
}

impl Told {
    /// The whole chain, in the order in which Python prints it.
    pub(crate) fn chain(&self) -> String {
        match (self.link, self.inner.first()) {
            (Some(link), Some(first)) => format!("{}\n{link}\n\n{}", first.chain(), self.text),
            _ => self.text.clone(),
        }
    }
}

fn one(
    exception: &Bound<'_, PyAny>,
    traceback: &Bound<'_, PyAny>,
    below: &[Entry],
    limit: usize,
    depth: usize,
) -> PyResult<Told> {
    let py = exception.py();
    let (full_name, name) = names(exception)?;
    let message = exception.str().map_or_else(
        |_| "<the exception's text could not be had>".to_owned(),
        |text| text.to_string_lossy().into_owned(),
    );
    let module = modules::import(py, "traceback")?;
    let mut text = stack(&module, traceback, below, limit)?;
    let lines = module.call_method1("format_exception_only", (exception,))?;
    text.push_str(&lines.extract::<Vec<String>>()?.concat());

    let mut inner = Vec::new();
    let mut link = None;
    if depth > 0 {
        if let Some((led, how)) = causes::of(exception)? {
            let traceback = led.getattr("__traceback__")?;
            inner.push(one(&led, &traceback, &[], limit, depth - 1)?);
            link = Some(match how {
                Link::Cause => CAUSE,
                Link::Context => CONTEXT,
            });
        }
        if let Some(members) = members(exception)? {
            for member in members.iter().take(MOST_MEMBERS) {
                let traceback = member.getattr("__traceback__")?;
                inner.push(one(&member, &traceback, &[], limit, depth - 1)?);
            }
        }
    }
    Ok(Told {
        full_name,
        name,
        message,
        text,
        inner,
        link,
    })
}

/// The members of an exception group.
fn members<'py>(exception: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyTuple>>> {
    let group = modules::import(exception.py(), "builtins")?.getattr("BaseExceptionGroup")?;
    if !exception.is_instance(&group)? {
        return Ok(None);
    }
    Ok(exception.getattr("exceptions")?.cast_into::<PyTuple>().ok())
}

fn names(exception: &Bound<'_, PyAny>) -> PyResult<(String, String)> {
    let class = exception.get_type();
    let name = class.qualname()?.to_string_lossy().into_owned();
    let module = class
        .module()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    Ok(match module.as_str() {
        "" | "builtins" => (name.clone(), name),
        _ => (format!("{module}.{name}"), name),
    })
}

/// The frames of a stack as Python prints them, the innermost last; nothing for an exception that was never raised.
fn stack(module: &Bound<'_, PyAny>, traceback: &Bound<'_, PyAny>, below: &[Entry], limit: usize) -> PyResult<String> {
    let py = module.py();
    let own = module.call_method1("extract_tb", (traceback,))?;
    let len = own.len()?;
    let kept = len.min(limit);
    let outer = below.len().min(limit - kept);
    let skipped = len + below.len() - kept - outer;
    if len + below.len() == 0 {
        return Ok(String::new());
    }
    let mut text = String::new();
    if skipped > 0 {
        text.push_str(&format!("  [{skipped} more frames above]\n"));
    }
    let summary = module.getattr("StackSummary")?;
    if outer > 0 {
        let frames = below[..outer]
            .iter()
            .rev()
            .map(|entry| (entry.frame.bind(py), entry.line));
        let frames = PyList::new(py, frames.collect::<Vec<_>>())?;
        let lines = summary.call_method1("extract", (frames,))?.call_method0("format")?;
        text.push_str(&lines.extract::<Vec<String>>()?.concat());
    }
    let kept = PyList::new(py, own.try_iter()?.skip(len - kept).collect::<PyResult<Vec<_>>>()?)?;
    let lines = summary.call_method1("from_list", (kept,))?.call_method0("format")?;
    text.push_str(&lines.extract::<Vec<String>>()?.concat());
    Ok(text)
}
