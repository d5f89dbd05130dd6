//! Steps: what each stepping thread is waiting for.
//!
//! A step belongs to one thread and to one frame; lines of other frames, of other threads and of inner calls of the
//! same function pass. When the frame ends, the step goes over to its caller:
//!
//! ```text
//! line in the frame           -> stop there
//! frame returns to the user's -> stop in the caller, at the line of the call
//! frame returns to a library  -> stop at the next line of the user's code in this thread, or when the library
//!                                returns to it
//! exception leaves the frame  -> stop at the next line that the caller (or its callers) executes
//! a coroutine waits (`await`) -> wait with it
//! ```

use pyo3::prelude::*;

use crate::stop::Reason;

/// How far a step goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// To the next line of the frame or of its callers (`next`).
    Over,
    /// Also into what is called (`stepIn`).
    Into,
    /// Into one call of the statement (`stepIn` with a target), by the offsets of its instruction; else as
    /// [`Over`](Self::Over), but for the lines of the statement that come before the call.
    IntoCall { first: u32, last: u32, lines: (u32, u32) },
    /// To the caller (`stepOut`).
    Out,
    /// To the first line of the user's code (`stopOnEntry`).
    Entry,
    /// To the line after a call of `breakpoint()`, as [`Over`](Self::Over).
    Breakpoint,
}

/// A step under way.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) mode: Mode,
    /// The frame it is bound to; `None`: any frame of the user's code in this thread.
    pub(crate) frame: Option<Py<PyAny>>,
    /// With no frame of its own: the library's frame that the user's code called. When it returns, the step ends there.
    pub(crate) until: Option<Py<PyAny>>,
}

impl Step {
    /// Whether the step is bound to `frame`.
    pub(crate) fn is_bound_to(&self, frame: &Bound<'_, PyAny>) -> bool {
        self.frame.as_ref().is_some_and(|own| own.is(frame))
    }

    /// Whether the end of `frame` matters to the step.
    pub(crate) fn is_about_end_of(&self, frame: &Bound<'_, PyAny>) -> bool {
        self.is_bound_to(frame) || self.until.as_ref().is_some_and(|until| until.is(frame))
    }

    /// Whether a line of `frame` ends the step.
    pub(crate) fn ends_at_line(&self, frame: &Bound<'_, PyAny>) -> bool {
        match self.mode {
            Mode::Over | Mode::Breakpoint => self.frame.is_none() || self.is_bound_to(frame),
            Mode::Into => true,
            Mode::IntoCall { first, lines, .. } if self.is_bound_to(frame) => !is_on_the_way(frame, first, lines),
            Mode::IntoCall { first, last, .. } => self.is_in_call(frame, first, last),
            Mode::Entry => true,
            Mode::Out => self.frame.is_none(),
        }
    }

    /// Whether the frame that the step is bound to executes that call: whatever runs meanwhile in its thread was called
    /// by it.
    fn is_in_call(&self, running: &Bound<'_, PyAny>, first: u32, last: u32) -> bool {
        let executed = self.frame.as_ref().and_then(|own| {
            let executed = own.bind(running.py()).getattr("f_lasti").ok()?;
            executed.extract::<u32>().ok()
        });
        executed.is_some_and(|executed| (first..=last).contains(&executed))
    }

    /// Whether frames that begin in this thread matter.
    pub(crate) fn enters(&self) -> bool {
        matches!(self.mode, Mode::Into | Mode::IntoCall { .. }) || self.frame.is_none()
    }
}

/// Whether `frame` is at a line of a statement, and has not come to the instruction at `first` yet.
fn is_on_the_way(frame: &Bound<'_, PyAny>, first: u32, (begin, end): (u32, u32)) -> bool {
    let number = |name: &str| frame.getattr(name).and_then(|value| value.extract::<u32>());
    let is_before = number("f_lasti").is_ok_and(|offset| offset < first);
    is_before && number("f_lineno").is_ok_and(|line| (begin..=end).contains(&line))
}

impl Mode {
    /// Why the thread stops when the step ends.
    pub(crate) fn reason(self) -> Reason {
        match self {
            Self::Over | Self::Into | Self::IntoCall { .. } | Self::Out => Reason::Step,
            Self::Entry => Reason::Entry,
            Self::Breakpoint => Reason::Breakpoint,
        }
    }
}

/// Flags of a code object (`inspect.CO_*`).
const CO_COROUTINE: u32 = 0x80;
const CO_ITERABLE_COROUTINE: u32 = 0x100;
const CO_ASYNC_GENERATOR: u32 = 0x200;

/// Whether a frame that suspends itself with `value` waits for something (`await`), rather than giving a value to the
/// caller (`yield`).
pub(crate) fn is_await(code: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    let flags: u32 = code.getattr("co_flags")?.extract()?;
    if flags & (CO_COROUTINE | CO_ITERABLE_COROUTINE) != 0 {
        return Ok(true);
    }
    // What an asynchronous generator yields is wrapped by the interpreter; what it awaits for is not.
    Ok(
        flags & CO_ASYNC_GENERATOR != 0
            && value.get_type().name()?.to_string_lossy() != "async_generator_wrapped_value",
    )
}
