//! The tasks as a client sees them: one line for each, with what it is doing and where; behind it its frames.
//!
//! They are a scope, because that is what every editor shows without knowing of tasks, wherever the program has stopped,
//! and asks for only when somebody opens it. They are no threads: a task can be neither stopped nor stepped by itself, and
//! one in the list of threads would promise that. Some clients take the first scopes for locals and globals, so it is the last.

use std::collections::HashMap;

use pyo3::prelude::*;

use super::tasks::State;
use super::{Asyncio, awaiters, chain, tasks};
use crate::stack::{file_of, line_of};
use crate::{engine, threads};

/// A line about a task, or about one of its parts.
pub(crate) struct Line<'py> {
    pub(crate) name: String,
    /// What is shown as its value.
    pub(crate) text: String,
    pub(crate) opens: Opens<'py>,
}

/// What is behind a line.
pub(crate) enum Opens<'py> {
    /// What [`describe_task`] tells.
    Task(Bound<'py, PyAny>),
    /// The variables of a frame.
    Locals(Bound<'py, PyAny>),
    /// An object of the program. It is not asked for its text, because that is written in Python.
    Value(Bound<'py, PyAny>),
}

/// All tasks that are not done: by thread and name.
pub(crate) fn list_tasks(py: Python<'_>) -> Vec<Line<'_>> {
    let Some(asyncio) = Asyncio::loaded(py) else {
        return Vec::new();
    };
    let names = threads::names(py).unwrap_or_default();
    let loops = asyncio.loops_in_frames();
    let mut found: Vec<_> = asyncio
        .pending()
        .into_iter()
        .map(|task| (tasks::thread(&task, &loops), tasks::name(&task), task))
        .collect();
    found.sort_by(|one, other| (one.0, natural(&one.1)).cmp(&(other.0, natural(&other.1))));
    let mut times: HashMap<String, usize> = HashMap::new();
    let lines = found.into_iter().map(|(thread, name, task)| {
        let mut text = summary(&task);
        if let Some(thread) = thread {
            let thread = names.get(&thread).cloned();
            text.push_str(&format!(
                " [{}]",
                thread.unwrap_or_else(|| "thread without a name".to_owned())
            ));
        }
        // Editors keep lines apart by their names.
        let time = times.entry(name.clone()).or_default();
        *time += 1;
        let name = if *time > 1 { format!("{name} ({time})") } else { name };
        Line {
            name,
            text,
            opens: Opens::Task(task),
        }
    });
    lines.collect()
}

/// A name with its number at the end apart, so that `Task-10` comes behind `Task-9`.
fn natural(name: &str) -> (&str, u64) {
    let stem = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    (stem, name[stem.len()..].parse().unwrap_or(0))
}

/// `fetch: waiting at app.py:12 in read, for Task-3`
fn summary(task: &Bound<'_, PyAny>) -> String {
    let state = tasks::state(task);
    let mut text = format!("{}: ", tasks::coroutine_name(task));
    if tasks::is_cancelling(task) {
        text.push_str("being cancelled, ");
    }
    text.push_str(match state {
        State::Fresh => "not begun",
        State::Running => "running",
        State::Ready => "ready to go on",
        State::Waiting => "waiting",
    });
    // The frames of a running one are on the stack of its thread.
    if state != State::Running
        && let Some(frame) = shown_frame(task)
    {
        let (file, line) = (file_of(&frame).unwrap_or_default(), line_of(&frame).unwrap_or_default());
        let file = file.rsplit(['/', '\\']).next().unwrap_or_default();
        text.push_str(&format!(" at {file}:{line} in {}", function_of(&frame)));
    }
    if let Some(awaited) = tasks::awaited(task).filter(|_| state == State::Waiting) {
        text.push_str(&format!(", for {}", what(&awaited)));
    }
    text
}

/// The innermost frame of a task that is the user's, or else the innermost.
fn shown_frame<'py>(task: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    let frames = chain::frames(&tasks::coroutine(task)?);
    let engine = engine::get()?;
    let is_shown = |frame: &&Bound<'py, PyAny>| {
        file_of(frame).is_ok_and(|file| !engine.is_own_file(&file) && !engine.is_library(&file))
    };
    frames.iter().find(is_shown).or(frames.first()).cloned()
}

fn function_of(frame: &Bound<'_, PyAny>) -> String {
    crate::inspect::frame_view(frame).map_or_else(|_| "?".to_owned(), |view| view.name)
}

/// The name of what is awaited.
fn what(future: &Bound<'_, PyAny>) -> String {
    match Asyncio::loaded(future.py()) {
        Some(asyncio) if asyncio.is_task(future) => tasks::name(future),
        _ => {
            let class = class_of(future);
            match class.as_str() {
                "_GatheringFuture" => "all of a gather".to_owned(),
                "Future" | "_PyFuture" => "a future".to_owned(),
                _ => format!("a {class}"),
            }
        }
    }
}

fn class_of(object: &Bound<'_, PyAny>) -> String {
    let name = object.get_type().name();
    name.map_or_else(|_| "object".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// One task: its frames, innermost first, what it waits for, who waits for it, and the object itself.
pub(crate) fn describe_task<'py>(task: &Bound<'py, PyAny>) -> Vec<Line<'py>> {
    let mut lines = Vec::new();
    let frames = tasks::coroutine(task).map(|coroutine| chain::frames(&coroutine));
    for (index, frame) in frames.into_iter().flatten().enumerate() {
        let (file, line) = (file_of(&frame).unwrap_or_default(), line_of(&frame).unwrap_or_default());
        lines.push(Line {
            name: format!("{index}: {}", function_of(&frame)),
            text: format!("{file}:{line}"),
            opens: Opens::Locals(frame),
        });
    }
    if let Some(awaited) = tasks::awaited(task) {
        lines.push(Line {
            name: "waits for".to_owned(),
            text: what(&awaited),
            opens: Opens::Value(awaited),
        });
    }
    if let Some(asyncio) = Asyncio::loaded(task.py()) {
        for awaiter in awaiters::of(&asyncio, task) {
            lines.push(Line {
                name: format!("awaited by {}", tasks::name(&awaiter.task)),
                text: summary(&awaiter.task),
                opens: Opens::Task(awaiter.task),
            });
        }
    }
    lines.push(Line {
        name: "task".to_owned(),
        text: format!("{} {}", class_of(task), tasks::name(task)),
        opens: Opens::Value(task.clone()),
    });
    lines
}
