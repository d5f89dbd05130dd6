//! Python 3.12 and later: `sys.monitoring` (PEP 669).
//!
//! Global events find code (`PY_START`, `PY_RESUME`, each of which switches itself off per code object) and follow
//! exceptions; lines and returns are watched only in the code objects that hold a breakpoint or a step. The tool number
//! is taken while hooks are needed and given back afterwards.

use std::collections::HashMap;

use pyo3::{
    exceptions::PyRuntimeError,
    prelude::*,
    types::{PyCFunction, PyDict, PyTuple},
};

use super::{After, Hooks, Need};
use crate::trouble::contain;
use crate::{ffi, modules, tracker};

/// Tool numbers in the order of our liking: the debugger's own, then the nameless ones, then those of other trades.
const TOOL_NUMBERS: [u8; 6] = [0, 3, 4, 5, 1, 2];

/// The events that are used, as bits of the version that runs.
#[derive(Debug, Clone, Copy)]
struct Events {
    start: u32,
    resume: u32,
    throw: u32,
    line: u32,
    py_return: u32,
    py_yield: u32,
    raise: u32,
    unwind: u32,
}

pub(super) struct Monitoring {
    /// `sys.monitoring`.
    api: Py<PyAny>,
    disable: Py<PyAny>,
    events: Events,
    /// The tool number, while hooks are installed.
    tool: Option<u8>,
    global: u32,
    /// Code objects with local events, by address; held so that an address is never reused.
    watched: HashMap<usize, Py<PyAny>>,
}

impl Monitoring {
    pub(super) fn new(py: Python<'_>) -> PyResult<Self> {
        let api = modules::sys(py)?.getattr("monitoring")?;
        let names = api.getattr("events")?;
        let bit = |name: &str| names.getattr(name)?.extract::<u32>();
        let events = Events {
            start: bit("PY_START")?,
            resume: bit("PY_RESUME")?,
            throw: bit("PY_THROW")?,
            line: bit("LINE")?,
            py_return: bit("PY_RETURN")?,
            py_yield: bit("PY_YIELD")?,
            raise: bit("RAISE")?,
            unwind: bit("PY_UNWIND")?,
        };
        let disable = api.getattr("DISABLE")?.unbind();
        Ok(Self {
            api: api.unbind(),
            disable,
            events,
            tool: None,
            global: 0,
            watched: HashMap::new(),
        })
    }

    fn acquire(&mut self, py: Python<'_>) -> PyResult<u8> {
        if let Some(tool) = self.tool {
            return Ok(tool);
        }
        let api = self.api.bind(py);
        let tool = TOOL_NUMBERS
            .into_iter()
            .find(|tool| api.call_method1("use_tool_id", (*tool, "dapstub")).is_ok())
            .ok_or_else(|| PyRuntimeError::new_err("all tool numbers of sys.monitoring are in use"))?;
        self.tool = Some(tool);
        for (event, callback) in self.callbacks(py)? {
            api.call_method1("register_callback", (tool, event, callback))?;
        }
        Ok(tool)
    }

    fn release(&mut self, py: Python<'_>) -> PyResult<()> {
        let Some(tool) = self.tool.take() else { return Ok(()) };
        let api = self.api.bind(py);
        let watched = core::mem::take(&mut self.watched);
        for code in watched.values() {
            api.call_method1("set_local_events", (tool, code, 0))?;
        }
        api.call_method1("set_events", (tool, 0))?;
        self.global = 0;
        let events = self.events;
        for event in [
            events.start,
            events.resume,
            events.throw,
            events.line,
            events.py_return,
            events.py_yield,
            events.raise,
            events.unwind,
        ] {
            api.call_method1("register_callback", (tool, event, py.None()))?;
        }
        api.call_method1("free_tool_id", (tool,))?;
        Ok(())
    }

    /// The native functions that `sys.monitoring` calls.
    fn callbacks<'py>(&self, py: Python<'py>) -> PyResult<Vec<(u32, Bound<'py, PyCFunction>)>> {
        let events = self.events;
        let started = |resumed: bool, can_disable: bool| {
            let disable = self.disable.clone_ref(py);
            closure(py, move |arguments| {
                let py = arguments.py();
                let code = arguments.get_borrowed_item(0)?;
                let Some(frame) = seen_frame(py) else {
                    return Ok(py.None());
                };
                let after = contain(py, tracker::started(&frame, &code, resumed), After::Keep)?;
                Ok(if can_disable {
                    answer(py, after, &disable)
                } else {
                    py.None()
                })
            })
        };
        let returned = |yields: bool| {
            closure(py, move |arguments| {
                let py = arguments.py();
                let (code, value) = (arguments.get_borrowed_item(0)?, arguments.get_borrowed_item(2)?);
                if let Some(frame) = seen_frame(py) {
                    contain(py, tracker::returned(&frame, &code, yields.then_some(&*value)), ())?;
                }
                Ok(py.None())
            })
        };
        let disable = self.disable.clone_ref(py);
        let line = closure(py, move |arguments| {
            let py = arguments.py();
            let (code, line) = (
                arguments.get_borrowed_item(0)?,
                arguments.get_borrowed_item(1)?.extract::<u32>()?,
            );
            if tracker::is_debugger_thread() {
                return Ok(py.None());
            }
            let after = tracker::line(py, || ffi::current_frame(py), &code, line);
            Ok(answer(py, contain(py, after, After::Keep)?, &disable))
        })?;
        let raised = closure(py, |arguments| {
            let py = arguments.py();
            let exception = arguments.get_borrowed_item(2)?;
            if let Some(frame) = seen_frame(py) {
                contain(
                    py,
                    tracker::raised(&frame, &exception, &exception.getattr("__traceback__")?),
                    (),
                )?;
            }
            Ok(py.None())
        })?;
        let unwound = closure(py, |arguments| {
            let py = arguments.py();
            let exception = arguments.get_borrowed_item(2)?;
            if let Some(frame) = seen_frame(py) {
                contain(py, tracker::unwound(&frame, Some(&exception)), ())?;
            }
            Ok(py.None())
        })?;
        Ok(vec![
            (events.start, started(false, true)?),
            (events.resume, started(true, true)?),
            // The interpreter does not let this event be switched off for a place.
            (events.throw, started(true, false)?),
            (events.line, line),
            (events.py_return, returned(false)?),
            (events.py_yield, returned(true)?),
            (events.raise, raised),
            (events.unwind, unwound),
        ])
    }
}

impl Hooks for Monitoring {
    fn apply(&mut self, py: Python<'_>, need: Need, fresh: bool) -> PyResult<()> {
        if need.is_nothing() {
            return self.release(py);
        }
        let tool = self.acquire(py)?;
        let events = self.events;
        let mut global = 0;
        if need.code || need.enters {
            global |= events.start | events.resume | events.throw;
        }
        if need.raises {
            global |= events.raise;
        }
        if need.unwinds || need.steps {
            global |= events.unwind;
        }
        let api = self.api.bind(py);
        if fresh {
            let watched = core::mem::take(&mut self.watched);
            for code in watched.values() {
                api.call_method1("set_local_events", (tool, code, 0))?;
            }
        }
        if global != self.global {
            api.call_method1("set_events", (tool, global))?;
            self.global = global;
        }
        if fresh || need.enters {
            api.call_method0("restart_events")?;
        }
        Ok(())
    }

    fn watch(&mut self, code: &Bound<'_, PyAny>, rearm: bool) -> PyResult<()> {
        let Some(tool) = self.tool else { return Ok(()) };
        let py = code.py();
        let api = self.api.bind(py);
        let address = code.as_ptr() as usize;
        let known = self.watched.contains_key(&address);
        if known && !rearm {
            return Ok(());
        }
        if known {
            api.call_method1("set_local_events", (tool, code, 0))?;
        }
        let events = self.events;
        api.call_method1(
            "set_local_events",
            (tool, code, events.line | events.py_return | events.py_yield),
        )?;
        self.watched.insert(address, code.clone().unbind());
        Ok(())
    }
}

/// The monitored frame, unless the debugger itself runs on this thread.
fn seen_frame(py: Python<'_>) -> Option<Bound<'_, PyAny>> {
    if tracker::is_debugger_thread() {
        None
    } else {
        ffi::current_frame(py)
    }
}

fn answer(py: Python<'_>, after: After, disable: &Py<PyAny>) -> Py<PyAny> {
    match after {
        After::Keep => py.None(),
        After::Disable => disable.clone_ref(py),
    }
}

fn closure<'py>(
    py: Python<'py>,
    body: impl Fn(&Bound<'_, PyTuple>) -> PyResult<Py<PyAny>> + Send + Sync + 'static,
) -> PyResult<Bound<'py, PyCFunction>> {
    PyCFunction::new_closure(
        py,
        None,
        None,
        move |arguments: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>| body(arguments),
    )
}
