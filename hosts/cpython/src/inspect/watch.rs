//! Breaks off the program's own code where it takes too long to say what a value looks like.
//!
//! The thread that looks at values cannot interrupt itself, so another one watches the clock: it is started with the
//! first call into the program that a request makes, and ends with the request. Most requests make none.

use core::time::Duration;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use dapstub_std::signals;
use pyo3::prelude::*;

use crate::api::EvaluationInterrupted;
use crate::{engine, tracker};

/// How often the exception is thrown again at code that caught it.
const REPEAT: Duration = Duration::from_millis(100);

/// The clock of one request. It stops when dropped, which needs the GIL.
pub(super) struct Watch(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// When the call that runs now is to be broken off.
    end: Option<Instant>,
    fired: bool,
    over: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch {
    /// Starts to watch. `None` where no thread can be had: then calls take as long as they take.
    pub(super) fn begin(limit: Duration) -> Option<Self> {
        let shared = Arc::new(Shared::default());
        let seen = Arc::clone(&shared);
        let thread = thread::Builder::new().name("dapstub-watch".to_owned());
        let _blocked = signals::block();
        thread.spawn(move || watch(&seen, limit)).ok()?;
        Some(Self(shared))
    }

    /// A call begins, which may take as long as `left`.
    pub(super) fn enter(&self, left: Duration) {
        self.0.state().end = Some(Instant::now() + left);
    }

    /// The call is over.
    pub(super) fn leave(&self) {
        self.0.state().end = None;
    }

    /// Whether a call was broken off.
    pub(super) fn has_fired(&self) -> bool {
        self.0.state().fired
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.state().over = true;
        self.0.changed.notify_all();
    }
}

/// Waits until a call is late, and then throws at it until the request is over.
///
/// Nobody wakes this thread when a call begins: it looks after `limit`, and again when the call that it finds then is
/// due, so that a call may take twice as long as it should before it is noticed.
fn watch(shared: &Shared, limit: Duration) {
    tracker::become_inspector();
    let mut state = shared.state();
    let mut pause = limit;
    loop {
        let waited = shared.changed.wait_timeout_while(state, pause, |state| !state.over);
        (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.over {
            return;
        }
        pause = match state.end {
            None => limit,
            Some(end) => end.saturating_duration_since(Instant::now()),
        };
        if pause.is_zero() {
            drop(state);
            interrupt(shared);
            pause = REPEAT;
            state = shared.state();
        }
    }
}

fn interrupt(shared: &Shared) {
    Python::attach(|py| {
        // With the GIL, the request and its calls stand still: what is true now is true for the exception too.
        let mut state = shared.state();
        let is_late = state.end.is_some_and(|end| Instant::now() >= end);
        if state.over || !is_late {
            return;
        }
        state.fired = true;
        drop(state);
        if let Some(engine) = engine::get() {
            engine
                .stops
                .interrupt(py, py.get_type::<EvaluationInterrupted>().as_any());
        }
    });
}
