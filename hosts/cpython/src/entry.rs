//! `stopOnEntry`: a program that is held until a client has configured stops at its next line.

use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::Mutex;

use pyo3::prelude::*;

use crate::engine::{Engine, lock};
use crate::step::{Mode, Step};
use crate::{ffi, onward, requests};

/// The threads that wait for a client, by ident.
static WAITING: Mutex<Vec<u64>> = Mutex::new(Vec::new());

/// A client wants it, but nobody waits for one yet.
static PENDING: AtomicBool = AtomicBool::new(false);

/// The client that wanted it has gone.
pub(crate) fn forget() {
    PENDING.store(false, Ordering::Relaxed);
}

/// The calling thread waits for a client while this lives.
pub(crate) struct Waiting(u64);

impl Waiting {
    /// Called with the GIL, so that no client configures meanwhile. One that was faster is obeyed now.
    pub(crate) fn begin(engine: &Engine, py: Python<'_>) -> PyResult<Self> {
        let ident = ffi::thread_ident();
        lock(&WAITING).push(ident);
        let waiting = Self(ident);
        if PENDING.swap(false, Ordering::Relaxed) {
            stop_at_next_line(engine, py)?;
        }
        Ok(waiting)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut waiting = lock(&WAITING);
        if let Some(index) = waiting.iter().rposition(|ident| *ident == self.0) {
            waiting.swap_remove(index);
        }
    }
}

/// Lets the thread that waits longest stop at the next line of the user's code; if none waits, the next
/// one to do so. Called before the wait is over.
pub(crate) fn stop_at_next_line(engine: &Engine, py: Python<'_>) -> PyResult<()> {
    let Some(ident) = lock(&WAITING).first().copied() else {
        PENDING.store(true, Ordering::Relaxed);
        return Ok(());
    };
    let step = Step::anywhere(Mode::Entry);
    drop(engine.steps.begin(ident, step));
    requests::begin_step(engine, py, ident)?;
    match crate::threads::current_frames(py)?.get_item(ident)? {
        Some(frame) => onward::watch_callers(engine, &frame),
        // Started by a program in another language: there is no frame yet.
        None => Ok(()),
    }
}
