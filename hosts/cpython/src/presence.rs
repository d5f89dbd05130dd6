//! Who wants to know that a client has come or gone.

use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::Mutex;

use pyo3::prelude::*;

use crate::engine::lock;

/// The callbacks of the program, in the order of their registration.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    callbacks: Mutex<Vec<Py<PyAny>>>,
    /// They were told last that a client is there.
    present: AtomicBool,
}

impl Presence {
    /// Has `callback` told of every change from now on.
    pub(crate) fn follow(&self, callback: Py<PyAny>) {
        lock(&self.callbacks).push(callback);
    }

    /// Tells every callback that a client is there now, or not any more; nothing if that is no change.
    ///
    /// Whatever a callback raises goes to `sys.unraisablehook`.
    pub(crate) fn change(&self, py: Python<'_>, present: bool) {
        if self.present.swap(present, Ordering::Relaxed) == present {
            return;
        }
        let callbacks: Vec<_> = lock(&self.callbacks)
            .iter()
            .map(|callback| callback.clone_ref(py))
            .collect();
        for callback in callbacks {
            if let Err(error) = callback.call1(py, (present,)) {
                error.write_unraisable(py, None);
            }
        }
    }
}
