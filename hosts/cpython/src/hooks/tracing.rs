//! Python 3.11: frame evaluation decides which frames are traced (`ffi/frame_eval.rs`), and the trace function's
//! events become the same calls of the engine that `sys.monitoring` makes on later versions.

use pyo3::{prelude::*, types::PyTuple};

use super::{Hooks, Need, Sight};
use crate::trouble::{Trouble, contain};
use crate::{ffi::frame_eval, gate, modules, returns, tracker};

/// The events of a trace function, by their numbers in `Include/cpython/pystate.h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Call,
    Exception,
    Line,
    Return,
}

impl Event {
    pub(crate) fn from_code(code: core::ffi::c_long) -> Option<Self> {
        match code {
            0 => Some(Self::Call),
            1 => Some(Self::Exception),
            2 => Some(Self::Line),
            3 => Some(Self::Return),
            _ => None,
        }
    }
}

#[derive(Debug)]
pub(super) struct Tracing {
    installed: bool,
    need: Need,
    /// The gate wants to see all of it.
    gated: bool,
}

impl Tracing {
    pub(super) fn new() -> Self {
        Self {
            installed: false,
            need: Need::default(),
            gated: false,
        }
    }

    fn install(&mut self, py: Python<'_>) -> PyResult<()> {
        if !self.installed {
            let sys = modules::sys(py)?;
            tracker::keep_settrace(sys.getattr("settrace")?.unbind());
            sys.setattr("settrace", wrap_pyfunction!(settrace, py)?)?;
            frame_eval::install(py)?;
            self.installed = true;
        }
        Ok(())
    }

    fn uninstall(&mut self, py: Python<'_>) -> PyResult<()> {
        if core::mem::take(&mut self.installed) {
            frame_eval::uninstall(py)?;
            let sys = modules::sys(py)?;
            if let Some(original) = tracker::take_settrace(py) {
                sys.setattr("settrace", original)?;
            }
        }
        Ok(())
    }
}

impl Hooks for Tracing {
    fn apply(&mut self, py: Python<'_>, need: Need, fresh: bool) -> PyResult<()> {
        frame_eval::look_for(need, fresh);
        let caller = if need.returns { tracker::bound_frame(py) } else { None };
        frame_eval::note_returns_to(caller.as_ref());
        self.need = need;
        if need.is_nothing() && !self.gated {
            return self.uninstall(py);
        }
        self.install(py)?;
        if fresh || need.steps || need.raises || need.unwinds {
            frame_eval::trace_running_frames(py)?;
        }
        Ok(())
    }

    fn watch(&mut self, _code: &Bound<'_, PyAny>, _sight: Sight) -> PyResult<()> {
        Ok(())
    }

    fn gate(&mut self, py: Python<'_>, closed: bool) -> PyResult<()> {
        let was_gated = core::mem::replace(&mut self.gated, closed);
        frame_eval::look_for_gate(closed);
        if closed {
            self.install(py)?;
            frame_eval::trace_running_frames(py)
        } else if self.need.is_nothing() {
            self.uninstall(py)
        } else if was_gated {
            frame_eval::settle_running_frames(py)
        } else {
            Ok(())
        }
    }
}

/// Sets the global debug tracing function. It will be called on each function call.
#[pyfunction]
#[pyo3(signature = (function, /))]
fn settrace(py: Python<'_>, function: &Bound<'_, PyAny>) -> PyResult<()> {
    tracker::call_settrace(py, function)?;
    frame_eval::adopt_current(py);
    Ok(())
}

pub(crate) use tracker::{Extent, extent, step_needs};

/// Lets a frame wait at the gate, if its thread is not to run.
pub(crate) fn pass_gate(frame: &Bound<'_, PyAny>) {
    if let Ok(code) = frame.getattr("f_code") {
        gate::pass(frame.py(), &code);
    }
}

/// Whether a frame of `code` returns what a step wants to know, and can be had without being traced.
pub(crate) fn returns_plainly(code: &Bound<'_, PyAny>) -> bool {
    let is_coroutine = || {
        code.getattr("co_flags")?
            .extract::<u32>()
            .map(|flags| flags & CO_COROUTINE != 0)
    };
    returns::is_call(code).unwrap_or(false) && !is_coroutine().unwrap_or(true)
}

/// Whether a coroutine of `code` returns what a step wants to know, which only tracing tells.
pub(crate) fn returns_later(code: &Bound<'_, PyAny>) -> bool {
    returns::is_call(code).unwrap_or(false) && !returns_plainly(code)
}

/// `CO_COROUTINE | CO_ITERABLE_COROUTINE`
const CO_COROUTINE: u32 = 0x80 | 0x100;

/// A frame of `code`, called by the one that a step of this thread is bound to, has returned `value`.
pub(crate) fn noted(code: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let noted = tracker::returned_to_step(code, value).map_err(Trouble::from);
    contain(code.py(), noted, ())
}

/// How many lines [`few_lines`] tells at most.
pub(crate) const FEW: usize = 4;

/// The lines of `code` that have breakpoints, filled up with 0. `None`: there are more, or other lines matter too.
pub(crate) fn few_lines(code: &Bound<'_, PyAny>) -> Option<[u32; FEW]> {
    tracker::breakpoint_lines(code)
}

/// Gives a line that `frame` is about to execute to the engine; `code` is what the frame executes.
pub(crate) fn line(frame: &Bound<'_, PyAny>, code: &Bound<'_, PyAny>, line: u32) -> PyResult<()> {
    if tracker::is_left_alone() {
        return Ok(());
    }
    let py = frame.py();
    contain(py, tracker::line(py, || Some(frame.clone()), code, line).map(drop), ())
}

/// Gives another event of `frame` to the engine.
pub(crate) fn traced(frame: &Bound<'_, PyAny>, event: Event, argument: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    if tracker::is_left_alone() {
        return Ok(());
    }
    contain(frame.py(), report(frame, event, argument), ())
}

fn report(frame: &Bound<'_, PyAny>, event: Event, argument: Option<&Bound<'_, PyAny>>) -> Result<(), Trouble> {
    let code = frame.getattr("f_code")?;
    match event {
        Event::Call if tracker::is_resuming(frame)? => tracker::gone_on(frame, &code).map(drop),
        Event::Call => tracker::started(frame, &code, false).map(drop),
        // See `line`.
        Event::Line => Ok(()),
        Event::Return => match argument {
            None => tracker::unwound(frame, None),
            Some(value) => tracker::returned(frame, &code, value, tracker::is_yielding(frame)?),
        },
        Event::Exception => match argument.map(|argument| argument.cast::<PyTuple>()) {
            Some(Ok(parts)) if parts.len() == 3 => tracker::raised(frame, &parts.get_item(1)?, &parts.get_item(2)?),
            _ => Ok(()),
        },
    }
}
