//! Python 3.12 and later: `sys.monitoring` (PEP 669).
//!
//! Global events find code (`PY_START`, `PY_RESUME`, each of which switches itself off per code object) and follow
//! exceptions; lines and returns are watched only in the code objects that hold a breakpoint or a step. The tool number
//! is taken while hooks are needed and given back afterwards.

use std::sync::OnceLock;

use pyo3::{
    exceptions::PyRuntimeError,
    prelude::*,
    types::{PyCFunction, PyDict, PyTuple},
};

use super::{After, Hooks, Need, Sight, gate_tool::GateTool};
use crate::addresses::AddressMap;
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

/// `sys.monitoring.DISABLE`.
static DISABLE: OnceLock<Py<PyAny>> = OnceLock::new();

/// A code object with local events; held so that its address is never reused.
struct Watched {
    code: Py<PyAny>,
    /// What it has when no step is under way.
    lasting: u32,
    present: u32,
}

/// How a frame begins to be executed.
#[derive(Debug, Clone, Copy)]
enum Started {
    Anew,
    /// Behind a `yield` or an `await`.
    Again,
    /// In the same place, by an exception.
    ByException,
}

pub(super) struct Monitoring {
    /// `sys.monitoring`.
    api: Py<PyAny>,
    events: Events,
    /// The tool number, while hooks are installed.
    tool: Option<u8>,
    global: u32,
    watched: AddressMap<Watched>,
    /// Some of them are watched for a step.
    has_steps: bool,
    gate: GateTool,
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
        // Always the same object.
        let _ = DISABLE.set(api.getattr("DISABLE")?.unbind());
        Ok(Self {
            api: api.unbind(),
            events,
            tool: None,
            global: 0,
            watched: AddressMap::default(),
            has_steps: false,
            gate: GateTool::default(),
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
        self.watch_nothing(py, tool)?;
        let api = self.api.bind(py);
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

    fn watch_nothing(&mut self, py: Python<'_>, tool: u8) -> PyResult<()> {
        self.has_steps = false;
        let watched = core::mem::take(&mut self.watched);
        for entry in watched.values() {
            self.set_local(py, tool, &entry.code, 0)?;
        }
        Ok(())
    }

    fn set_local(&self, py: Python<'_>, tool: u8, code: &Py<PyAny>, events: u32) -> PyResult<()> {
        self.api
            .bind(py)
            .call_method1("set_local_events", (tool, code, events))
            .map(drop)
    }

    /// Takes away what was to be seen for steps only.
    fn forget_steps(&mut self, py: Python<'_>, tool: u8) -> PyResult<()> {
        if !core::mem::take(&mut self.has_steps) {
            return Ok(());
        }
        for entry in self.watched.values_mut() {
            if entry.present != entry.lasting {
                entry.present = entry.lasting;
                self.api
                    .bind(py)
                    .call_method1("set_local_events", (tool, &entry.code, entry.lasting))?;
            }
        }
        let over: Vec<Watched> = self
            .watched
            .extract_if(|_, entry| entry.lasting == 0)
            .map(|(_, entry)| entry)
            .collect();
        drop(over);
        Ok(())
    }

    /// The native functions that `sys.monitoring` calls.
    fn callbacks<'py>(&self, py: Python<'py>) -> PyResult<Vec<(u32, Bound<'py, PyCFunction>)>> {
        let events = self.events;
        let started = |how: Started| {
            closure(py, move |arguments| {
                let py = arguments.py();
                let code = arguments.get_borrowed_item(0)?;
                let Some(frame) = seen_frame(py) else {
                    return Ok(py.None());
                };
                let after = match how {
                    Started::Anew => tracker::started(&frame, &code, false),
                    Started::Again => tracker::gone_on(&frame, &code),
                    // The interpreter does not let this event be switched off for a place.
                    Started::ByException => tracker::started(&frame, &code, true).map(|_| After::Keep),
                };
                Ok(answer(py, contain(py, after, After::Keep)?))
            })
        };
        let returned = |yields: bool| {
            closure(py, move |arguments| {
                let py = arguments.py();
                let (code, value) = (arguments.get_borrowed_item(0)?, arguments.get_borrowed_item(2)?);
                if let Some(frame) = seen_frame(py) {
                    contain(py, tracker::returned(&frame, &code, &value, yields), ())?;
                }
                Ok(py.None())
            })
        };
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
            (events.start, started(Started::Anew)?),
            (events.resume, started(Started::Again)?),
            (events.throw, started(Started::ByException)?),
            (events.line, wrap_pyfunction!(line, py)?),
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
        if need.code || need.enters || need.returns {
            global |= events.start | events.resume | events.throw;
        }
        if need.raises {
            global |= events.raise;
        }
        if need.unwinds || need.steps {
            global |= events.unwind;
        }
        if fresh {
            self.watch_nothing(py, tool)?;
        } else if !need.steps {
            self.forget_steps(py, tool)?;
        }
        let api = self.api.bind(py);
        if global != self.global {
            api.call_method1("set_events", (tool, global))?;
            self.global = global;
        }
        if fresh || need.enters || need.returns {
            api.call_method0("restart_events")?;
        }
        Ok(())
    }

    fn watch(&mut self, code: &Bound<'_, PyAny>, sight: Sight) -> PyResult<()> {
        let Some(tool) = self.tool else { return Ok(()) };
        let py = code.py();
        let events = self.events;
        let mut wanted = if sight.has_ends() {
            events.py_return | events.py_yield
        } else {
            0
        };
        wanted |= if sight.has_lines() {
            events.line
        } else {
            events.py_return
        };
        if sight.is_of_step() && sight.has_lines() {
            wanted |= events.resume;
        }
        let address = code.as_ptr() as usize;
        let known = self.watched.get(&address);
        let (lasting, before) = known.map_or((0, 0), |entry| (entry.lasting, entry.present));
        let present = before | wanted;
        let entry = Watched {
            code: code.clone().unbind(),
            lasting: if sight.is_of_step() { lasting } else { lasting | wanted },
            present,
        };
        self.has_steps |= sight.is_of_step();
        if before != 0 && sight == Sight::Step {
            // What is set anew counts everywhere again.
            self.set_local(py, tool, &entry.code, 0)?;
        }
        if before != present || sight == Sight::Step {
            self.set_local(py, tool, &entry.code, present)?;
        }
        let old = self.watched.insert(address, entry);
        drop(old);
        Ok(())
    }

    fn gate(&mut self, py: Python<'_>, closed: bool) -> PyResult<()> {
        let api = self.api.bind(py);
        if closed {
            self.gate.take(api, self.tool)
        } else {
            self.gate.give_back(api)
        }
    }
}

/// `LINE`: called most often by far, so it is a function of its own that takes its arguments as they come.
#[pyfunction]
#[pyo3(signature = (code, line, /))]
fn line(py: Python<'_>, code: &Bound<'_, PyAny>, line: u32) -> PyResult<Py<PyAny>> {
    if tracker::is_left_alone() {
        return Ok(py.None());
    }
    let after = tracker::line(py, || ffi::current_frame(py), code, line);
    Ok(answer(py, contain(py, after, After::Keep)?))
}

/// The monitored frame, unless the debugger itself runs on this thread.
fn seen_frame(py: Python<'_>) -> Option<Bound<'_, PyAny>> {
    if tracker::is_left_alone() {
        None
    } else {
        ffi::current_frame(py)
    }
}

fn answer(py: Python<'_>, after: After) -> Py<PyAny> {
    match (after, DISABLE.get()) {
        (After::Disable, Some(disable)) => disable.clone_ref(py),
        _ => py.None(),
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
