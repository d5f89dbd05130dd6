//! Python 3.12 and later: what is reported to the gate while single threads run alone.
//!
//! By a tool number of its own, so that what breakpoints and steps see stays as it is: their places may be switched off one
//! by one, the gate's never.

use pyo3::{exceptions::PyRuntimeError, prelude::*};

use crate::gate;

/// The greatest numbers first: of several tools that watch one event the interpreter calls the greatest first, and a thread
/// is to be held before a breakpoint counts.
const TOOL_NUMBERS: [u8; 6] = [5, 4, 3, 2, 1, 0];

/// What a thread that runs cannot go on without for long, wherever it is: loops jump.
const EVENTS: [&str; 5] = ["LINE", "PY_START", "PY_RESUME", "PY_THROW", "JUMP"];

/// The tool, while it is needed.
#[derive(Debug, Default)]
pub(super) struct GateTool {
    number: Option<u8>,
}

impl GateTool {
    /// Takes a number and watches; `api` is `sys.monitoring`, `other` the number of the other tool.
    pub(super) fn take(&mut self, api: &Bound<'_, PyAny>, other: Option<u8>) -> PyResult<()> {
        if self.number.is_some() {
            return Ok(());
        }
        let number = TOOL_NUMBERS
            .into_iter()
            // The other tool may want its own back later.
            .filter(|number| other.is_some() || *number != 0)
            .find(|number| api.call_method1("use_tool_id", (*number, "dapstub")).is_ok())
            .ok_or_else(|| PyRuntimeError::new_err("all tool numbers of sys.monitoring are in use"))?;
        self.number = Some(number);
        let watched = Self::watch(api, number);
        if watched.is_err() {
            self.give_back(api)?;
        }
        watched
    }

    fn watch(api: &Bound<'_, PyAny>, number: u8) -> PyResult<()> {
        let py = api.py();
        let names = api.getattr("events")?;
        let (mut all, place, way) = (0, wrap_pyfunction!(place, py)?, wrap_pyfunction!(way, py)?);
        for name in EVENTS {
            let event: u32 = names.getattr(name)?.extract()?;
            let callback = if matches!(name, "JUMP" | "PY_THROW") {
                &way
            } else {
                &place
            };
            api.call_method1("register_callback", (number, event, callback))?;
            all |= event;
        }
        api.call_method1("set_events", (number, all)).map(drop)
    }

    /// Watches nothing any more.
    pub(super) fn give_back(&mut self, api: &Bound<'_, PyAny>) -> PyResult<()> {
        let Some(number) = self.number.take() else {
            return Ok(());
        };
        api.call_method1("set_events", (number, 0))?;
        let names = api.getattr("events")?;
        for name in EVENTS {
            api.call_method1("register_callback", (number, names.getattr(name)?, api.py().None()))?;
        }
        api.call_method1("free_tool_id", (number,)).map(drop)
    }
}

/// An event with one number: a line, or where code begins or resumes.
#[pyfunction]
#[pyo3(signature = (code, _at, /))]
fn place(py: Python<'_>, code: &Bound<'_, PyAny>, _at: &Bound<'_, PyAny>) {
    gate::pass(py, code);
}

/// An event with two: from where to where, or an exception.
#[pyfunction]
#[pyo3(signature = (code, _at, _to, /))]
fn way(py: Python<'_>, code: &Bound<'_, PyAny>, _at: &Bound<'_, PyAny>, _to: &Bound<'_, PyAny>) {
    gate::pass(py, code);
}
