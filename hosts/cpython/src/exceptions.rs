//! Exception filters: which of the interpreter's exception events are a stop.
//!
//! An exception is reported in each frame that it passes. `raised` stops in each of them that is shown, as debugpy does.
//! `userUnhandled` stops when it leaves the user's code for a library's, or for nothing.
//! `uncaught` needs no event at all: see `uncaught.rs`.

use std::sync::Mutex;

use pyo3::{
    exceptions::{PyGeneratorExit, PyStopAsyncIteration, PyStopIteration},
    prelude::*,
    types::{PyBytes, PyString},
};

use crate::engine::{Engine, Session, lock};
use crate::stack;
use crate::stop::{Raised, Stop};

/// The filters that a client can set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Filters {
    pub(crate) raised: bool,
    pub(crate) uncaught: bool,
    pub(crate) user_unhandled: bool,
}

impl Filters {
    pub(crate) const RAISED: &'static str = "raised";
    pub(crate) const UNCAUGHT: &'static str = "uncaught";
    pub(crate) const USER_UNHANDLED: &'static str = "userUnhandled";

    pub(crate) fn bits(self) -> u8 {
        u8::from(self.raised) | u8::from(self.uncaught) << 1 | u8::from(self.user_unhandled) << 2
    }

    pub(crate) fn from_bits(bits: u8) -> Self {
        Self {
            raised: bits & 1 != 0,
            uncaught: bits & 2 != 0,
            user_unhandled: bits & 4 != 0,
        }
    }
}

/// The stop for an exception event of `frame`, if the filter `raised` wants one.
pub(crate) fn is_new(
    engine: &Engine,
    session: &Session,
    frame: &Bound<'_, PyAny>,
    exception: &Bound<'_, PyAny>,
    traceback: &Bound<'_, PyAny>,
) -> PyResult<Option<Stop>> {
    if !engine.is_shown(session, &stack::file_of(frame)?) {
        return Ok(None);
    }
    if steers_iteration(exception) || crate::uncaught::is_quiet_exit(session, exception)? {
        return Ok(None);
    }
    let stack = stack::walk(engine, Some(frame.clone()))?;
    Ok(Some(Stop::exception(
        Raised::new(exception, traceback, "always")?,
        stack,
    )))
}

/// Whether the exception is a word between iterators and those who use them, which nobody raised by mistake.
fn steers_iteration(exception: &Bound<'_, PyAny>) -> bool {
    exception.is_instance_of::<PyStopIteration>()
        || exception.is_instance_of::<PyStopAsyncIteration>()
        || exception.is_instance_of::<PyGeneratorExit>()
        // 3.11 reports the end of a `for` loop by the class alone.
        || exception.is(exception.py().get_type::<PyStopIteration>())
}

/// The stop for an exception that leaves `frame`, if it leaves the user's code for a library's, or for nothing.
pub(crate) fn leaves_user_code(
    engine: &Engine,
    session: &Session,
    frame: &Bound<'_, PyAny>,
    exception: Option<&Bound<'_, PyAny>>,
) -> PyResult<Option<Stop>> {
    if !engine.is_users(session, &stack::file_of(frame)?) {
        return Ok(None);
    }
    if let Some(caller) = stack::visible_back(engine, frame)?
        && engine.is_users(session, &stack::file_of(&caller)?)
    {
        return Ok(None);
    }
    let Some(exception) = passing(frame, exception) else {
        return Ok(None);
    };
    if steers_iteration(&exception) || crate::uncaught::is_quiet_exit(session, &exception)? {
        return Ok(None);
    }
    let traceback = exception.getattr("__traceback__")?;
    let stack = stack::walk(engine, Some(frame.clone()))?;
    Ok(Some(Stop::exception(
        Raised::new(&exception, &traceback, "userUnhandled")?,
        stack,
    )))
}

/// The exception last seen on its way (3.11 only), with the frame in which it was.
static PASSING: Mutex<Option<Passing>> = Mutex::new(None);

struct Passing {
    frame: Py<PyAny>,
    exception: Py<PyAny>,
    /// The interpreter attaches it to the exception only where that is caught.
    traceback: Py<PyAny>,
}

/// Remembers that `exception` has reached `frame` (3.11 only; given up when it has left it, or at the next one).
pub(crate) fn note_passing(frame: &Bound<'_, PyAny>, exception: &Bound<'_, PyAny>, traceback: &Bound<'_, PyAny>) {
    let old = lock(&PASSING).replace(Passing {
        frame: frame.clone().unbind(),
        exception: exception.clone().unbind(),
        traceback: traceback.clone().unbind(),
    });
    drop(old);
}

/// The traceback of the exception that was seen last.
pub(crate) fn passing_traceback(py: Python<'_>) -> Option<Bound<'_, PyAny>> {
    lock(&PASSING)
        .as_ref()
        .map(|passing| passing.traceback.bind(py).clone())
}

/// Gives up the exception that was seen last.
pub(crate) fn forget_passing() {
    let old = lock(&PASSING).take();
    drop(old);
}

/// The exception that leaves `frame`. 3.11 reports only that the frame is left; the exception was seen when it reached
/// the frame.
pub(crate) fn passing<'py>(
    frame: &Bound<'py, PyAny>,
    exception: Option<&Bound<'py, PyAny>>,
) -> Option<Bound<'py, PyAny>> {
    if exception.is_some() {
        return exception.cloned();
    }
    let passing = lock(&PASSING);
    let passing = passing.as_ref()?;
    passing
        .frame
        .is(frame)
        .then(|| passing.exception.bind(frame.py()).clone())
}

/// Whether the instruction that `frame` executes is called `name` (as in the `opcode` module).
pub(crate) fn is_at(frame: &Bound<'_, PyAny>, name: &str) -> PyResult<bool> {
    let Some((opcode, _)) = instruction(frame)? else {
        return Ok(false);
    };
    let names = crate::modules::import(frame.py(), "opcode")?.getattr("opname")?;
    let present = names.get_item(opcode)?.cast_into::<PyString>()?;
    Ok(present.to_string_lossy() == name)
}

/// The number and the argument of the instruction that `frame` executes.
pub(crate) fn instruction(frame: &Bound<'_, PyAny>) -> PyResult<Option<(u8, u8)>> {
    let Ok(index) = frame.getattr("f_lasti")?.extract::<usize>() else {
        return Ok(None);
    };
    let code = frame.getattr("f_code")?.getattr("co_code")?.cast_into::<PyBytes>()?;
    let bytes = code.as_bytes();
    Ok(bytes.get(index).copied().zip(bytes.get(index + 1).copied()))
}
