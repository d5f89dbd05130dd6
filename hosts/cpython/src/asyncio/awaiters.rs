//! Who waits for a future.
//!
//! A future keeps what is called when it is done, and that is the only trace of those who wait for it: the native method
//! that wakes a task, or a function that completes another future (`gather`, `shield`, `wait`), fills a queue
//! (`as_completed`) or counts (`TaskGroup`). From 3.14 on the tasks themselves are noted as well.

use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use super::Asyncio;
use super::tasks::elements;
use crate::inspect::peek;

/// How many futures between two tasks are looked at.
const FUTURES: usize = 64;
/// How many callbacks of a future are looked at.
const CALLBACKS: usize = 256;

/// A task that is behind another one.
pub(super) struct Awaiter<'py> {
    pub(super) task: Bound<'py, PyAny>,
    pub(super) how: How,
}

/// What a task has to do with another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// It waits for it.
    Awaits,
    /// It runs in the body of a task group, at whose end it waits for it.
    Group,
}

/// The tasks that wait for `future`, in the order in which they are woken.
pub(super) fn of<'py>(asyncio: &Asyncio<'py>, future: &Bound<'py, PyAny>) -> Vec<Awaiter<'py>> {
    let mut search = Search {
        asyncio,
        found: Vec::new(),
        futures: vec![future.clone()],
    };
    let mut next = 0;
    while next < search.futures.len() {
        let future = search.futures[next].clone();
        search.look_at(&future);
        next += 1;
    }
    let own = |awaiter: &Awaiter<'py>| awaiter.task.is(future);
    search.found.retain(|awaiter| !own(awaiter));
    search.found
}

struct Search<'a, 'py> {
    asyncio: &'a Asyncio<'py>,
    found: Vec<Awaiter<'py>>,
    /// Those that were looked at, and those that follow.
    futures: Vec<Bound<'py, PyAny>>,
}

impl<'py> Search<'_, 'py> {
    fn look_at(&mut self, future: &Bound<'py, PyAny>) {
        if let Some(Ok(callbacks)) = peek(future, "_callbacks").map(|list| list.cast_into::<PyList>()) {
            for callback in callbacks.iter().take(CALLBACKS) {
                // With the context in which it is called.
                let callback = match callback.cast::<PyTuple>() {
                    Ok(pair) => pair.get_item(0).ok(),
                    Err(_) => Some(callback),
                };
                if let Some(callback) = callback {
                    self.callback(&callback);
                }
            }
        }
        let noted = peek(future, "_asyncio_awaited_by").map(|noted| elements(&noted));
        for waiting in noted.into_iter().flatten().take(CALLBACKS) {
            self.goes_to(&waiting);
        }
    }

    fn callback(&mut self, callback: &Bound<'py, PyAny>) {
        if let Some(closure) = peek(callback, "__closure__").and_then(|cells| cells.cast_into::<PyTuple>().ok()) {
            for cell in closure.iter() {
                if let Some(content) = peek(&cell, "cell_contents") {
                    self.completes(&content);
                    // Groups of anyio count by a function of their own.
                    self.group(&content);
                }
            }
        } else if let Some(arguments) = peek(callback, "args").and_then(|args| args.cast_into::<PyTuple>().ok()) {
            // `functools.partial`
            arguments.iter().for_each(|argument| self.completes(&argument));
        } else if let Some(owner) = peek(callback, "__self__") {
            if self.asyncio.is_task(&owner) {
                self.add(&owner, How::Awaits);
            } else {
                self.group(&owner);
                if let Some(queue) = peek(&owner, "_done") {
                    self.completes(&queue);
                }
            }
        }
    }

    /// A task group that counts its tasks.
    fn group(&mut self, group: &Bound<'py, PyAny>) {
        let parent = peek(group, "_parent_task").or_else(|| peek(&peek(group, "cancel_scope")?, "_host_task"));
        let Some(parent) = parent.filter(|parent| self.asyncio.is_task(parent)) else {
            return;
        };
        let waits = peek(group, "_on_completed_fut").is_some_and(|future| !future.is_none());
        self.add(&parent, if waits { How::Awaits } else { How::Group });
    }

    /// A function called at the end of a future knows `object`: another future, or a queue that others wait for.
    fn completes(&mut self, object: &Bound<'py, PyAny>) {
        // Another task is not completed from outside.
        if self.asyncio.is_future(object) {
            if !self.asyncio.is_task(object) {
                self.follow(object);
            }
        } else if let Some(getters) = peek(object, "_getters") {
            for getter in elements(&getters).into_iter().take(CALLBACKS) {
                if self.asyncio.is_future(&getter) {
                    self.follow(&getter);
                }
            }
        }
    }

    fn goes_to(&mut self, waiting: &Bound<'py, PyAny>) {
        if self.asyncio.is_task(waiting) {
            self.add(waiting, How::Awaits);
        } else if self.asyncio.is_future(waiting) {
            self.follow(waiting);
        }
    }

    fn follow(&mut self, future: &Bound<'py, PyAny>) {
        let is_known = self.futures.iter().any(|known| known.is(future));
        if !is_known && self.futures.len() < FUTURES {
            self.futures.push(future.clone());
        }
    }

    fn add(&mut self, task: &Bound<'py, PyAny>, how: How) {
        if !self.found.iter().any(|known| known.task.is(task)) {
            self.found.push(Awaiter {
                task: task.clone(),
                how,
            });
        }
    }
}
