//! The stack of a task, continued: what awaits it, level after level, and then the loop.

use std::rc::Rc;

use pyo3::prelude::*;

use super::awaiters::{self, How};
use super::{Asyncio, chain, tasks};
use crate::engine::Engine;
use crate::ffi;
use crate::stack::{Entry, Row, is_hidden, line_of};
use crate::step::can_wait;

/// How many tasks are shown behind a stopped one.
const TASKS: usize = 50;
/// How many frames of them.
const FRAMES: usize = 2000;
/// How many tasks behind one another are followed.
const LEVELS: usize = 40;

/// The rows of a stack: its frames, and behind the outermost frame of each task those of the tasks that await it.
pub(crate) fn continue_stack(engine: &Engine, py: Python<'_>, entries: Vec<Entry>) -> Vec<Row> {
    let ends = ends_of_tasks(engine, py, &entries).unwrap_or_default();
    let mut rows = Vec::with_capacity(entries.len());
    for (index, entry) in entries.into_iter().enumerate() {
        rows.push(Row::of(entry));
        if let Some((_, asyncio, task)) = ends.iter().find(|(end, ..)| *end == index) {
            let before = rows.len();
            Continued {
                engine,
                asyncio,
                shown: vec![task.clone()],
                frames: 0,
                rows: &mut rows,
            }
            .behind(task, 0);
            if rows.len() > before {
                rows.push(Row::Label {
                    text: "event loop".to_owned(),
                    about: asyncio.module.clone().into_any().unbind(),
                });
            }
        }
    }
    rows
}

type End<'py> = (usize, Rc<Asyncio<'py>>, Bound<'py, PyAny>);

/// Where in the stack the outermost frame of a task is.
fn ends_of_tasks<'py>(engine: &Engine, py: Python<'py>, entries: &[Entry]) -> Option<Vec<End<'py>>> {
    let asyncio = Rc::new(Asyncio::loaded(py)?);
    if !entries.iter().any(|entry| is_of_coroutine(entry.frame.bind(py))) {
        return None;
    }
    let mut ends: Vec<End<'py>> = Vec::new();
    for task in asyncio.candidates(entries, is_own_thread(engine, entries)) {
        let Some(outermost) = tasks::coroutine(&task).and_then(|coroutine| chain::frame_of(&coroutine)) else {
            continue;
        };
        let end = entries.iter().position(|entry| entry.frame.bind(py).is(&outermost));
        if let Some(end) = end
            && !ends.iter().any(|(known, ..)| *known == end)
        {
            ends.push((end, asyncio.clone(), task));
        }
    }
    Some(ends)
}

fn is_of_coroutine(frame: &Bound<'_, PyAny>) -> bool {
    let code = frame.getattr("f_code");
    code.and_then(|code| can_wait(&code)).unwrap_or(false)
}

/// Whether these are the frames of the calling thread, which is stopped.
fn is_own_thread(engine: &Engine, entries: &[Entry]) -> bool {
    let first = |entries: &[Entry]| entries.first().map(|entry| entry.frame.as_ptr());
    engine
        .stops
        .current()
        .is_some_and(|stop| stop.ident == ffi::thread_ident() && first(&stop.stack) == first(entries))
}

struct Continued<'a, 'py> {
    engine: &'a Engine,
    asyncio: &'a Asyncio<'py>,
    /// The tasks whose frames are in the stack.
    shown: Vec<Bound<'py, PyAny>>,
    frames: usize,
    rows: &'a mut Vec<Row>,
}

impl<'py> Continued<'_, 'py> {
    /// Appends the frames of what awaits `task`, each with what awaits it in turn.
    fn behind(&mut self, task: &Bound<'py, PyAny>, level: usize) {
        let awaiters = awaiters::of(self.asyncio, task);
        for (index, awaiter) in awaiters.iter().enumerate() {
            let name = tasks::name(&awaiter.task);
            if self.shown.len() > TASKS || self.frames > FRAMES || level >= LEVELS {
                let text = format!("{} more tasks await this one", awaiters.len() - index);
                self.label(text, task);
                return;
            }
            let what = match awaiter.how {
                How::Awaits => "await in task",
                How::Group => "task group in task",
            };
            if self.shown.iter().any(|shown| shown.is(&awaiter.task)) {
                self.label(format!("{what} {name}, shown above"), &awaiter.task);
                continue;
            }
            self.label(format!("{what} {name}"), &awaiter.task);
            self.shown.push(awaiter.task.clone());
            self.frames_of(&awaiter.task);
            self.behind(&awaiter.task, level + 1);
        }
    }

    fn label(&mut self, text: String, about: &Bound<'py, PyAny>) {
        self.rows.push(Row::Label {
            text,
            about: about.clone().unbind(),
        });
    }

    fn frames_of(&mut self, task: &Bound<'py, PyAny>) {
        let frames = tasks::coroutine(task).map(|coroutine| chain::frames(&coroutine));
        for frame in frames.unwrap_or_default() {
            if is_hidden(self.engine, &frame).unwrap_or(true) {
                continue;
            }
            let line = line_of(&frame).unwrap_or_default();
            let frame = frame.unbind();
            self.rows.push(Row::of(Entry { frame, line }));
            self.frames += 1;
        }
    }
}
