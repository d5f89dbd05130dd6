//! Functions that were entered and have a breakpoint on their name: the stop comes at their first line, not at `def`.

use std::sync::{Arc, Mutex};

use pyo3::prelude::*;

use crate::breakpoints::Breakpoint;
use crate::engine::{Engine, lock};

/// One entered frame, until its first line.
struct Entry {
    thread: u64,
    frame: Py<PyAny>,
    breakpoints: Vec<Arc<Breakpoint>>,
}

static ENTRIES: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

impl Engine {
    /// Remembers that `frame` has begun and which breakpoints are on its name.
    pub(crate) fn note_entry(&self, thread: u64, frame: &Bound<'_, PyAny>, breakpoints: Vec<Arc<Breakpoint>>) {
        if !breakpoints.is_empty() {
            lock(&ENTRIES).push(Entry {
                thread,
                frame: frame.clone().unbind(),
                breakpoints,
            });
        }
    }

    /// The breakpoints on the name of `frame`, if this is its first line.
    pub(crate) fn take_entry(&self, thread: u64, frame: &Bound<'_, PyAny>) -> Option<Vec<Arc<Breakpoint>>> {
        take(thread, frame).map(|entry| entry.breakpoints)
    }

    /// Forgets a frame that ended before its first line.
    pub(crate) fn drop_entry(&self, thread: u64, frame: &Bound<'_, PyAny>) {
        drop(take(thread, frame));
    }
}

fn take(thread: u64, frame: &Bound<'_, PyAny>) -> Option<Entry> {
    let mut entries = lock(&ENTRIES);
    let index = entries
        .iter()
        .position(|entry| entry.thread == thread && entry.frame.is(frame))?;
    Some(entries.swap_remove(index))
}
