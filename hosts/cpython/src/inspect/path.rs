//! Expressions for children, so that a client can watch or copy what it shows.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyInt, PyString, PyTuple};

/// The longest expression handed out, in bytes.
const LONGEST: usize = 1024;

/// Words which can't stand as a name in an expression.
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// An evaluated expression in a form that `.name` or `[key]` can follow, or `None` where there is none.
pub(super) fn root(expression: &str) -> Option<String> {
    let text = expression.trim();
    if text.is_empty() || text.len() > LONGEST || text.contains('#') {
        return None;
    }
    let simple = text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.')
        && !text.starts_with(|c: char| c.is_ascii_digit());
    Some(if simple { text.to_owned() } else { format!("({text})") })
}

/// `owner.name`.
pub(super) fn attribute(owner: &str, name: &str) -> Option<String> {
    bounded(if is_name(name) {
        format!("{owner}.{name}")
    } else {
        format!("getattr({owner}, {})", quoted(name)?)
    })
}

/// `owner[index]`.
pub(super) fn index(owner: &str, index: u64) -> Option<String> {
    bounded(format!("{owner}[{index}]"))
}

/// `owner[key]`, for keys that are written as they are.
pub(super) fn key(owner: &str, key: &Bound<'_, PyAny>) -> Option<String> {
    bounded(format!("{owner}[{}]", literal(key, 2)?))
}

/// `len(owner)`.
pub(super) fn length(owner: &str) -> Option<String> {
    bounded(format!("len({owner})"))
}

/// What a function of that name returned.
pub(super) fn returned(name: &str) -> Option<String> {
    bounded(format!("{}[{}]", crate::returns::DICTIONARY, quoted(name)?))
}

/// A local name.
pub(super) fn name(name: &str) -> Option<String> {
    is_name(name).then(|| name.to_owned())
}

/// A global name; `shadowed` where a local one of the same name stands before it.
pub(super) fn global(name: &str, shadowed: bool) -> Option<String> {
    if is_name(name) && !shadowed {
        Some(name.to_owned())
    } else {
        bounded(format!("globals()[{}]", quoted(name)?))
    }
}

fn bounded(text: String) -> Option<String> {
    (text.len() <= LONGEST).then_some(text)
}

fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_')
        && !KEYWORDS.contains(&text)
}

fn quoted(text: &str) -> Option<String> {
    let plain = !text.contains(['\'', '\\']) && !text.chars().any(char::is_control);
    plain.then(|| format!("'{text}'"))
}

fn literal(value: &Bound<'_, PyAny>, depth: usize) -> Option<String> {
    let short = |value: &Bound<'_, PyAny>| value.len().is_ok_and(|len| len <= 256);
    let simple = value.is_none()
        || value.is_exact_instance_of::<PyBool>()
        || (value.is_exact_instance_of::<PyInt>() && value.extract::<i64>().is_ok())
        || (value.is_exact_instance_of::<PyFloat>() && value.extract::<f64>().is_ok_and(f64::is_finite))
        || ((value.is_exact_instance_of::<PyString>() || value.is_exact_instance_of::<PyBytes>()) && short(value));
    if simple {
        return value.repr().ok().map(|text| text.to_string_lossy().into_owned());
    }
    let tuple = value
        .cast_exact::<PyTuple>()
        .ok()
        .filter(|tuple| depth > 0 && tuple.len() <= 16)?;
    let items: Option<Vec<_>> = tuple.iter().map(|item| literal(&item, depth - 1)).collect();
    let items = items?;
    Some(if items.len() == 1 {
        format!("({},)", items[0])
    } else {
        format!("({})", items.join(", "))
    })
}
