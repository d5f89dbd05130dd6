//! The exceptions that led to one: its cause, or what was handled when it was raised, and so on.

use pyo3::exceptions::PyBaseException;
use pyo3::prelude::*;

use crate::engine::Engine;
use crate::stack::{self, Row};

/// How many exceptions behind one another are followed.
pub(crate) const DEEPEST: usize = 8;
/// How many frames of all of them are shown.
const FRAMES: usize = 2000;

/// How an exception led to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// It is the `__cause__`.
    Cause,
    /// It was being handled: the `__context__`.
    Context,
}

/// What led to `exception`, as Python tells it: the cause, else the context unless that is to be suppressed.
///
/// # Errors
///
/// What asking an exception for that raises.
pub(crate) fn of<'py>(exception: &Bound<'py, PyAny>) -> PyResult<Option<(Bound<'py, PyAny>, Link)>> {
    // 3.11 may report a class in the place of an exception that nobody has made yet.
    if !exception.is_instance_of::<PyBaseException>() {
        return Ok(None);
    }
    let some = |name: &str| exception.getattr(name).ok().filter(|found| !found.is_none());
    let hides = exception.getattr("__suppress_context__")?.is_truthy()?;
    let cause = some("__cause__").map(|cause| (cause, Link::Cause));
    Ok(cause.or_else(|| {
        some("__context__")
            .filter(|_| !hides)
            .map(|context| (context, Link::Context))
    }))
}

/// What stands in the stack behind the frames of a stop on `exception`: for each of those that led to it a label, and the
/// frames that it came through.
///
/// # Errors
///
/// What asking an exception for its traceback raises.
pub(crate) fn rows(engine: &Engine, exception: &Bound<'_, PyAny>) -> PyResult<Vec<Row>> {
    let mut rows = Vec::new();
    let mut left = FRAMES;
    let mut known = vec![exception.clone()];
    while let Some((led, link)) = of(&known[known.len() - 1])? {
        if known.len() > DEEPEST || known.iter().any(|one| one.is(&led)) {
            break;
        }
        let how = match link {
            Link::Cause => "caused by",
            Link::Context => "while handling",
        };
        rows.push(Row::Label {
            text: format!("{how} {}", engine.inspection.short_text(&led)),
            about: led.clone().unbind(),
        });
        let frames = stack::of_traceback(engine, &led.getattr("__traceback__")?)?;
        let shown = frames.len().min(left);
        left -= shown;
        rows.extend(frames.into_iter().take(shown).map(|entry| Row::Frame {
            entry,
            below: Some(led.clone().unbind()),
        }));
        known.push(led);
    }
    Ok(rows)
}
