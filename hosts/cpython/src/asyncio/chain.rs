//! The frames of a coroutine: from the outermost, which a task runs, to the innermost, which waits.

use pyo3::prelude::*;

use crate::inspect::peek;
use crate::modules;

/// How many coroutines deep a chain is followed.
const DEPTH: usize = 500;

/// The attributes of coroutines, generators and asynchronous generators: the frame, and what is awaited.
const ATTRIBUTES: [(&str, &str); 3] = [
    ("cr_frame", "cr_await"),
    ("gi_frame", "gi_yieldfrom"),
    ("ag_frame", "ag_await"),
];

/// Native objects that stand between two of them, and tell nothing of what they are about.
const BETWEEN: [&str; 4] = [
    "coroutine_wrapper",
    "async_generator_asend",
    "async_generator_athrow",
    "anext_awaitable",
];

/// The frames of `outermost` and of what it awaits, innermost first. Empty for a coroutine that has ended.
pub(super) fn frames<'py>(outermost: &Bound<'py, PyAny>) -> Vec<Bound<'py, PyAny>> {
    let mut frames = Vec::new();
    let mut next = Some(outermost.clone());
    for _ in 0..DEPTH {
        let Some(awaitable) = next else { break };
        next = match own_frame(&awaitable) {
            Some((frame, awaited)) => {
                frames.push(frame);
                awaited
            }
            None => within(&awaitable),
        };
    }
    frames.reverse();
    frames
}

/// The frame of a coroutine or generator that has not ended, and what it awaits.
fn own_frame<'py>(awaitable: &Bound<'py, PyAny>) -> Option<(Bound<'py, PyAny>, Option<Bound<'py, PyAny>>)> {
    let there = |name| peek(awaitable, name).filter(|value| !value.is_none());
    ATTRIBUTES
        .into_iter()
        .find_map(|(frame, awaited)| Some((there(frame)?, there(awaited))))
}

/// The frame of a coroutine.
pub(super) fn frame_of<'py>(coroutine: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    own_frame(coroutine).map(|(frame, _)| frame)
}

/// What a native object between two coroutines is about: the first that it refers to.
fn within<'py>(awaitable: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    let class = awaitable.get_type();
    let name = class.name().ok()?;
    if !BETWEEN.iter().any(|known| name.to_string_lossy() == *known) {
        return None;
    }
    let gc = modules::loaded(awaitable.py(), "gc").ok()??;
    let referents = gc.call_method1("get_referents", (awaitable,)).ok()?;
    referents.get_item(0).ok()
}
