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
//! a task ends                 -> stop in the task that awaits it, when that goes on; else when the loop's caller does
//! ```
//!
//! What else the thread executes while a coroutine waits are other tasks: no line of theirs ends its step.

use pyo3::prelude::*;

use crate::stack;
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
    /// The frame it is bound to.
    pub(crate) frame: Option<Py<PyAny>>,
    /// Frames of libraries that the user's code called. When one returns to that, the step ends there.
    pub(crate) until: Vec<Py<PyAny>>,
    /// Where it may end besides.
    pub(crate) reach: Reach,
}

/// Where a step may end besides its own frame and the callers of `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Nowhere.
    Nowhere,
    /// At any line of the user's code in this thread.
    Anywhere,
    /// At any line of the user's code that is called by the first of `until`, a coroutine of a library.
    Within,
    /// As soon as its own frame, which awaits something, goes on.
    Resumed,
}

impl Step {
    /// A step that is bound to `frame`.
    pub(crate) fn bound(mode: Mode, frame: Py<PyAny>) -> Self {
        Self {
            mode,
            frame: Some(frame),
            until: Vec::new(),
            reach: Reach::Nowhere,
        }
    }

    /// A step to any line of the user's code in this thread.
    pub(crate) fn anywhere(mode: Mode) -> Self {
        Self {
            mode,
            frame: None,
            until: Vec::new(),
            reach: Reach::Anywhere,
        }
    }

    /// Whether the step is bound to `frame`.
    pub(crate) fn is_bound_to(&self, frame: &Bound<'_, PyAny>) -> bool {
        self.frame.as_ref().is_some_and(|own| own.is(frame))
    }

    /// Whether the end of `frame` matters to the step.
    pub(crate) fn is_about_end_of(&self, frame: &Bound<'_, PyAny>) -> bool {
        self.concerns(frame.as_ptr() as usize)
    }

    /// Whether the frame object at this address matters to the step, wherever it is called from.
    pub(crate) fn concerns(&self, frame: usize) -> bool {
        let mut concerned = self.frame.iter().chain(&self.until);
        concerned.any(|own| own.as_ptr() as usize == frame)
    }

    /// Whether the step ends because `frame` goes on.
    pub(crate) fn ends_at_resumption_of(&self, frame: &Bound<'_, PyAny>) -> bool {
        self.reach == Reach::Resumed && self.is_bound_to(frame)
    }

    /// Whether a line of `frame` ends the step.
    pub(crate) fn ends_at_line(&self, frame: &Bound<'_, PyAny>) -> bool {
        match self.reach {
            Reach::Anywhere => return true,
            Reach::Within => return self.until.first().is_some_and(|until| is_called_by(frame, until)),
            Reach::Nowhere | Reach::Resumed => {}
        }
        match self.mode {
            Mode::Over | Mode::Breakpoint => self.is_bound_to(frame),
            Mode::Into | Mode::Entry => self.is_bound_to(frame) || self.calls(frame),
            Mode::IntoCall { first, lines, .. } if self.is_bound_to(frame) => !is_on_the_way(frame, first, lines),
            Mode::IntoCall { first, last, .. } => self.is_in_call(frame, first, last) && self.calls(frame),
            Mode::Out => false,
        }
    }

    /// Whether what its own frame calls includes `frame`.
    fn calls(&self, frame: &Bound<'_, PyAny>) -> bool {
        self.frame.as_ref().is_some_and(|own| is_called_by(frame, own))
    }

    /// Whether the frame that the step is bound to executes that call.
    fn is_in_call(&self, running: &Bound<'_, PyAny>, first: u32, last: u32) -> bool {
        let executed = self.frame.as_ref().and_then(|own| {
            let executed = own.bind(running.py()).getattr("f_lasti").ok()?;
            executed.extract::<u32>().ok()
        });
        executed.is_some_and(|executed| (first..=last).contains(&executed))
    }

    /// Whether frames that begin in this thread matter.
    pub(crate) fn enters(&self) -> bool {
        let into = matches!(self.mode, Mode::Into | Mode::IntoCall { .. }) && self.frame.is_some();
        into || matches!(self.reach, Reach::Anywhere | Reach::Within)
    }

    /// Whether `frame`, which begins, matters.
    pub(crate) fn enters_frame(&self, frame: &Bound<'_, PyAny>) -> bool {
        match self.reach {
            Reach::Anywhere => true,
            Reach::Within => self.until.first().is_some_and(|until| is_called_by(frame, until)),
            Reach::Nowhere | Reach::Resumed => self.enters() && (self.is_bound_to(frame) || self.calls(frame)),
        }
    }
}

/// Whether `caller` is among the callers of `frame`.
fn is_called_by(frame: &Bound<'_, PyAny>, caller: &Py<PyAny>) -> bool {
    let mut next = stack::back(frame).ok().flatten();
    while let Some(frame) = next {
        if caller.is(&frame) {
            return true;
        }
        next = stack::back(&frame).ok().flatten();
    }
    false
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

/// Whether a frame of `code` can be left and gone on with later: a coroutine, or a generator of either kind.
pub(crate) fn can_wait(code: &Bound<'_, PyAny>) -> PyResult<bool> {
    let flags: u32 = code.getattr("co_flags")?.extract()?;
    Ok(flags & (CO_GENERATOR | CO_COROUTINE | CO_ITERABLE_COROUTINE | CO_ASYNC_GENERATOR) != 0)
}

/// Flags of a code object (`inspect.CO_*`).
const CO_GENERATOR: u32 = 0x20;
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
