//! Exceptions of the program as text.

use pyo3::exceptions::PySyntaxError;
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::known::{module_name, type_name};

/// The longest message of an exception that is repeated, in characters.
const MESSAGE: usize = 8 * 1024;
/// How many frames of a traceback are listed, the innermost ones.
const FRAMES: usize = 20;

/// Whether the engine itself raised this, to break off Python code that takes too long or was cancelled.
pub(super) fn is_interruption(py: Python<'_>, error: &PyErr) -> bool {
    let class = error.get_type(py);
    type_name(&class) == "EvaluationInterrupted" && module_name(&class).split('.').next() == Some("dapstub")
}

/// The class of an exception as a traceback shows it: `ValueError`, `json.decoder.JSONDecodeError`.
pub(super) fn class_text(class: &Bound<'_, PyType>) -> String {
    let name = class
        .qualname()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_else(|_| type_name(class));
    match module_name(class).as_str() {
        "" | "builtins" | "__main__" => name,
        module => format!("{module}.{name}"),
    }
}

/// The message of an exception; its `__str__` may be the program's and may itself raise.
pub(super) fn message(py: Python<'_>, error: &PyErr) -> String {
    match error.value(py).str() {
        Ok(text) => cut(&text.to_string_lossy(), MESSAGE),
        Err(second) => format!("<{} in __str__>", class_text(&second.get_type(py))),
    }
}

/// One line (or as many as the message has): `NameError: name 'x' is not defined`.
///
/// `source` is the file name under which evaluated text was compiled: a `SyntaxError` in it gets its position.
pub(super) fn describe(py: Python<'_>, error: &PyErr, source: &str) -> String {
    let class = class_text(&error.get_type(py));
    if error.is_instance_of::<PySyntaxError>(py)
        && let Some(text) = syntax_error(error.value(py), source)
    {
        return format!("{class}: {text}");
    }
    match message(py, error) {
        text if text.is_empty() => class,
        text => format!("{class}: {text}"),
    }
}

fn syntax_error(error: &Bound<'_, PyAny>, source: &str) -> Option<String> {
    let file: String = error.getattr("filename").ok()?.extract().ok()?;
    if file != source {
        return None;
    }
    let text: String = error.getattr("msg").ok()?.extract().ok()?;
    let line: Option<u64> = error
        .getattr("lineno")
        .ok()
        .and_then(|line| line.extract().ok())
        .filter(|&line| line > 0);
    let column: Option<u64> = error
        .getattr("offset")
        .ok()
        .and_then(|at| at.extract().ok())
        .filter(|&at| at > 0);
    let place = match (line, column) {
        (Some(line), Some(column)) => format!(" (line {line}, column {column})"),
        (Some(line), None) => format!(" (line {line})"),
        (None, _) => String::new(),
    };
    let source = error
        .getattr("text")
        .ok()
        .and_then(|text| text.extract::<String>().ok())
        .unwrap_or_default();
    let suspends = [
        "'await' outside",
        "'yield' outside",
        "'yield from' outside",
        "asynchronous comprehension outside",
    ];
    let why = if suspends.iter().any(|start| text.starts_with(start)) || source.trim_start().starts_with("yield") {
        "; a stopped program can't be suspended, so nothing can be awaited or yielded here"
    } else {
        ""
    };
    Some(format!("{text}{place}{why}"))
}

/// The traceback below the evaluated text, in Python's form, or `None` where the evaluated text itself failed.
pub(super) fn traceback(py: Python<'_>, error: &PyErr, source: &str) -> Option<String> {
    let mut next = error.traceback(py).map(Bound::into_any);
    let mut lines = Vec::new();
    let mut deeper = false;
    while let Some(entry) = next {
        let code = entry.getattr("tb_frame").ok()?.getattr("f_code").ok()?;
        let file: String = code.getattr("co_filename").ok()?.extract().ok()?;
        let name: String = code.getattr("co_name").ok()?.extract().ok()?;
        let line: i64 = entry.getattr("tb_lineno").ok()?.extract().unwrap_or(0);
        deeper |= file != source;
        lines.push(format!("  File \"{file}\", line {line}, in {name}\n"));
        next = entry.getattr("tb_next").ok().filter(|next| !next.is_none());
    }
    if !deeper {
        return None;
    }
    let mut text = String::from("Traceback (most recent call last):\n");
    if let Some(skipped) = lines.len().checked_sub(FRAMES).filter(|&skipped| skipped > 0) {
        text.push_str(&format!("  [{skipped} frames above]\n"));
        lines.drain(..skipped);
    }
    lines.iter().for_each(|line| text.push_str(line));
    text.push_str(&describe(py, error, source));
    Some(text)
}

/// An exception in the place of a value: `<ValueError: closed file>`.
pub(super) fn note(py: Python<'_>, error: &PyErr) -> String {
    format!("<{}>", cut(&describe(py, error, ""), 200))
}

/// The first `limit` characters, with `...` behind them where something was left out.
pub(super) fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
