//! What functions returned during a step (`showReturnValue`).
//!
//! Kept by the frame that they returned to, and shown among its local variables, while that frame is on the stack of
//! the stopped thread and the program goes on by steps. Nothing is looked at while no step is under way.

use core::sync::atomic::{AtomicU32, Ordering};
use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::engine::{Engine, Session, lock};
use crate::ffi;
use crate::hooks::{After, Sight};
use crate::stack::{self, Entry};
use crate::step::Mode;

/// The name by which debugpy's clients ask for the values: a dictionary, in the frame that they were returned to.
pub(crate) const DICTIONARY: &str = "__pydevd_ret_val_dict";

/// How many frames may begin during one step before those that the stepping frame does not call are no longer waited
/// for: a step over a long calculation costs a moment, whatever it calls.
const MOST_LOOKS: u32 = 10_000;

/// How many values are kept for one frame.
const MOST: usize = 100;

/// Flags of a code object (`inspect.CO_*`).
const CO_OPTIMIZED: u32 = 0x1;
const CO_GENERATOR: u32 = 0x20;
const CO_ASYNC_GENERATOR: u32 = 0x200;

/// The values for one frame, by the names of the functions.
struct Returned {
    frame: Py<PyAny>,
    values: Vec<(String, Py<PyAny>)>,
}

static RETURNED: Mutex<Vec<Returned>> = Mutex::new(Vec::new());

/// How many beginnings of frames were looked at during the step under way.
static LOOKS: AtomicU32 = AtomicU32::new(0);

/// A step begins.
pub(crate) fn begin_step() {
    LOOKS.store(0, Ordering::Relaxed);
}

/// Whether values are collected now.
pub(crate) fn are_wanted(engine: &Engine, session: &Session) -> bool {
    session.options.choices.show_return_value && engine.steps.any()
}

/// `frame` begins: lets its return be seen, if it returns to where the step wants it.
pub(crate) fn started(
    engine: &Engine,
    session: &Session,
    frame: &Bound<'_, PyAny>,
    code: &Bound<'_, PyAny>,
) -> PyResult<After> {
    let called = match stack::visible_back(engine, frame)? {
        Some(caller) => is_for(engine, session, None, &caller)?,
        None => false,
    };
    if called {
        if is_call(code)? {
            engine.watch(code, Sight::Return)?;
        }
        return Ok(After::Disable);
    }
    let looks = LOOKS.fetch_add(1, Ordering::Relaxed);
    Ok(if looks < MOST_LOOKS {
        After::Keep
    } else {
        After::Disable
    })
}

/// `frame`, which executes `code`, returns `value`.
pub(crate) fn returned(
    engine: &Engine,
    frame: &Bound<'_, PyAny>,
    code: &Bound<'_, PyAny>,
    value: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let Some(session) = engine.session().filter(|session| are_wanted(engine, session)) else {
        return Ok(());
    };
    let Some(caller) = stack::visible_back(engine, frame)? else {
        return Ok(());
    };
    if is_for(engine, &session, Some(frame), &caller)? && is_call(code)? {
        keep(&caller, code, value)?;
    }
    Ok(())
}

/// The code of a frame that was called by the one to which the step of this thread is bound has returned `value` (3.11,
/// where such frames are not traced).
#[cfg(unix)]
pub(crate) fn returned_to_step(engine: &Engine, code: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = code.py();
    let wanted = engine.session().is_some_and(|session| are_wanted(engine, &session));
    match engine.steps.frame(py, ffi::thread_ident()) {
        Some(caller) if wanted && is_call(code)? => keep(&caller, code, value),
        _ => Ok(()),
    }
}

/// Whether the step of this thread wants to know what is returned to `caller`, by `frame` where that is known.
fn is_for(
    engine: &Engine,
    session: &Session,
    frame: Option<&Bound<'_, PyAny>>,
    caller: &Bound<'_, PyAny>,
) -> PyResult<bool> {
    let wanted = engine.steps.with(ffi::thread_ident(), |step| {
        let ends = frame.is_some_and(|frame| step.is_about_end_of(frame));
        match step.mode {
            Mode::Over | Mode::IntoCall { .. } => (ends || step.is_bound_to(caller), false),
            Mode::Out => (ends, false),
            // Whatever returns to code that the user sees.
            Mode::Into => (true, true),
            Mode::Entry | Mode::Breakpoint => (false, false),
        }
    });
    match wanted {
        Some((true, true)) => Ok(engine.is_shown(session, &stack::file_of(caller)?)),
        Some((wanted, _)) => Ok(wanted),
        None => Ok(false),
    }
}

/// Whether `code` is that of a function, which is called and returns: not a generator, a class or a comprehension.
pub(crate) fn is_call(code: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = code.py();
    let flags: u32 = code.getattr(interned!(py, "co_flags"))?.extract()?;
    let name = code.getattr(interned!(py, "co_name"))?.cast_into::<PyString>()?;
    let name = name.to_string_lossy();
    let is_function = flags & CO_OPTIMIZED != 0 && flags & (CO_GENERATOR | CO_ASYNC_GENERATOR) == 0;
    Ok(is_function && (!name.starts_with('<') || name == "<lambda>"))
}

/// Keeps `value` for `frame`; a value of a function of the same name gives way.
fn keep(frame: &Bound<'_, PyAny>, code: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = frame.py();
    let name = code.getattr(interned!(py, "co_qualname"))?.cast_into::<PyString>()?;
    let name = name.to_string_lossy();
    // `Class.method`, wherever the class was defined.
    let name = name.rsplit("<locals>.").next().unwrap_or_default().to_owned();
    let value = value.clone().unbind();
    let old = {
        let mut all = lock(&RETURNED);
        let index = all.iter().position(|one| one.frame.is(frame)).unwrap_or_else(|| {
            all.push(Returned {
                frame: frame.clone().unbind(),
                values: Vec::new(),
            });
            all.len() - 1
        });
        let values = &mut all[index].values;
        match values.iter().position(|(known, _)| *known == name) {
            Some(index) => Some(core::mem::replace(&mut values[index].1, value)),
            None if values.len() < MOST => {
                values.push((name, value));
                None
            }
            None => Some(value),
        }
    };
    // Finalizers of the program may run here.
    drop(old);
    Ok(())
}

/// A stop begins: forgets what was returned to frames that are not in `stack`.
pub(crate) fn keep_only(stack: &[Entry]) {
    let gone: Vec<Returned> = {
        let mut all = lock(&RETURNED);
        let is_there = |one: &Returned| stack.iter().any(|entry| entry.frame.is(&one.frame));
        all.extract_if(.., |one| !is_there(one)).collect()
    };
    drop(gone);
}

/// Forgets everything.
pub(crate) fn forget() {
    let all = core::mem::take(&mut *lock(&RETURNED));
    drop(all);
}

/// What was returned to `frame`, in order.
pub(crate) fn of<'py>(frame: &Bound<'py, PyAny>) -> Vec<(String, Bound<'py, PyAny>)> {
    let all = lock(&RETURNED);
    let values = all.iter().find(|one| one.frame.is(frame)).map(|one| &one.values);
    let bound = |(name, value): &(String, Py<PyAny>)| (name.clone(), value.bind(frame.py()).clone());
    values.into_iter().flatten().map(bound).collect()
}

/// The same as a dictionary.
pub(crate) fn dictionary<'py>(frame: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let dictionary = PyDict::new(frame.py());
    for (name, value) in of(frame) {
        dictionary.set_item(name, value)?;
    }
    Ok(dictionary)
}
