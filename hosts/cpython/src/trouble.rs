//! What may go wrong in a callback of the interpreter, and whom it concerns.

use dapstub::protocol::OutputCategory;
use pyo3::prelude::*;

use crate::{breakpoints, engine, events};

/// Why a callback of the interpreter ends early.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Something of the debugger's own failed: the client is told, the program goes on.
    Internal(PyErr),
    /// A signal handler of the program raised this while the thread was stopped: it has to surface in the program.
    Surfacing(PyErr),
}

impl From<PyErr> for Trouble {
    fn from(error: PyErr) -> Self {
        Self::Internal(error)
    }
}

/// Keeps the debugger's own failures from the program.
///
/// # Errors
///
/// What has to surface in the program, and only that.
pub(crate) fn contain<T>(py: Python<'_>, outcome: Result<T, Trouble>, otherwise: T) -> PyResult<T> {
    match outcome {
        Ok(value) => Ok(value),
        Err(Trouble::Surfacing(error)) => Err(error),
        Err(Trouble::Internal(error)) => {
            report(py, &error);
            Ok(otherwise)
        }
    }
}

/// Tells of a failure of the debugger's own: the client if there is one, else `sys.unraisablehook`.
pub(crate) fn report(py: Python<'_>, error: &PyErr) {
    match engine::get().and_then(engine::Engine::session) {
        Some(session) => {
            let text = format!("dapstub: internal error: {}\n", breakpoints::describe(py, error));
            events::output(&session.client, OutputCategory::Stderr, &text);
        }
        None => error.clone_ref(py).write_unraisable(py, None),
    }
}
