//! The filter `uncaught`: exceptions are caught where they surface, in `sys.excepthook` and `threading.excepthook`.
//!
//! Exits are no exceptions to those hooks: where a program calls `sys.exit`, the frames that are left are watched from then
//! on, until one has no caller. `raise SystemExit` goes unseen, unless dapstub's command line runs the program.
//!
//! A program that raises and catches millions of exceptions pays nothing for it. The frames are those of the traceback,
//! which keeps their variables alive. The program's own hooks are called afterwards with what they would have got.

use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::Mutex;

use pyo3::{
    exceptions::{PyKeyboardInterrupt, PySystemExit},
    prelude::*,
    types::{PyCFunction, PyDict, PyTuple},
};

use crate::engine::{self, lock};
use crate::exception_rules::Filter;
use crate::modules::loaded;
use crate::stack;
use crate::stop::{Raised, Stop};
use crate::tracker::is_debugger_thread;
use crate::trouble::{Trouble, contain, report};

/// A replaced hook: where it was, what was there, and ours.
struct Replaced {
    module: &'static str,
    name: &'static str,
    original: Py<PyAny>,
    ours: Py<PyAny>,
}

static REPLACED: Mutex<Vec<Replaced>> = Mutex::new(Vec::new());

/// Puts our hooks in place, or the program's own back.
pub(crate) fn install(py: Python<'_>, wanted: bool) -> PyResult<()> {
    let present = core::mem::take(&mut *lock(&REPLACED));
    if wanted {
        if !present.is_empty() {
            *lock(&REPLACED) = present;
            return Ok(());
        }
        // `threading` is loaded already in any program that uses threads; in others its hook would never be called.
        for (module, name) in [("sys", "excepthook"), ("threading", "excepthook"), ("sys", "exit")] {
            let Some(owner) = loaded(py, module)? else { continue };
            let original = owner.getattr(name)?;
            let next = original.clone().unbind();
            let ours = PyCFunction::new_closure(
                py,
                None,
                None,
                move |arguments: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>| {
                    if name == "exit" {
                        exit_begins(arguments.py());
                    } else {
                        surfaced(arguments);
                    }
                    next.call1(arguments.py(), arguments.clone())
                },
            )?;
            owner.setattr(name, &ours)?;
            let replaced = Replaced {
                module,
                name,
                original: original.unbind(),
                ours: ours.into_any().unbind(),
            };
            lock(&REPLACED).push(replaced);
        }
        return Ok(());
    }
    for replaced in present {
        // A hook that the program set after ours stays; ours then only passes on.
        if let Some(owner) = loaded(py, replaced.module)?
            && owner.getattr(replaced.name)?.is(&replaced.ours)
        {
            owner.setattr(replaced.name, replaced.original)?;
        }
    }
    Ok(())
}

/// An exit is under way: frames that it leaves are to be seen.
static EXITING: AtomicBool = AtomicBool::new(false);

/// Whether an exit is under way.
pub(crate) fn is_exiting() -> bool {
    EXITING.load(Ordering::Relaxed)
}

/// The program has called `sys.exit`.
fn exit_begins(py: Python<'_>) {
    let Some(engine) = engine::get().filter(|engine| engine.is_armed() && engine.filters().uncaught) else {
        return;
    };
    if !is_debugger_thread() && !EXITING.swap(true, Ordering::Relaxed) {
        // Not to be seen is no reason not to exit.
        if let Err(error) = engine.refresh(py, false) {
            report(py, &error);
        }
    }
}

/// `exception` leaves `frame` while an exit is under way: it surfaces where there is no caller.
///
/// # Errors
///
/// What a signal handler raised while the program was stopped.
pub(crate) fn leaves(
    engine: &'static engine::Engine,
    frame: &Bound<'_, PyAny>,
    exception: &Bound<'_, PyAny>,
) -> Result<(), Trouble> {
    let is_exit = exception.is_instance_of::<PySystemExit>();
    if is_exit && stack::visible_back(engine, frame)?.is_some() {
        return Ok(());
    }
    // Over, or caught by somebody before.
    EXITING.store(false, Ordering::Relaxed);
    engine.refresh(frame.py(), false)?;
    if !is_exit {
        return Ok(());
    }
    if exception.getattr("__traceback__")?.is_none()
        && let Some(traceback) = crate::exceptions::passing_traceback(frame.py())
    {
        exception.setattr("__traceback__", traceback)?;
    }
    surfacing(exception).map_err(Trouble::Surfacing)
}

/// The exception that was stopped for last, so that it is not stopped for again further up.
static STOPPED_FOR: Mutex<Option<Py<PyAny>>> = Mutex::new(None);

/// Looks at the arguments of `sys.excepthook` or `threading.excepthook`.
fn surfaced(arguments: &Bound<'_, PyTuple>) {
    let exception = if arguments.len() == 3 {
        arguments.get_item(1)
    } else {
        arguments.get_item(0).and_then(|details| details.getattr("exc_value"))
    };
    // The program's own hook follows, and a failure here must not get in its way; a signal handler's exception has
    // nothing above it to surface in either.
    if let Err(error) = exception.and_then(|exception| surfacing(&exception)) {
        report(arguments.py(), &error);
    }
}

/// Stops for an exception that nothing has caught, if the filter is set. Once for each exception.
///
/// # Errors
///
/// What a signal handler raised while the program was stopped.
pub(crate) fn surfacing(exception: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = exception.py();
    let Some(engine) = engine::get() else { return Ok(()) };
    let Some(session) = engine.armed_session() else {
        return Ok(());
    };
    if is_debugger_thread() || !engine.filters().uncaught {
        return Ok(());
    }
    if ends_quietly(&session, exception)? || lock(&STOPPED_FOR).as_ref().is_some_and(|known| known.is(exception)) {
        return Ok(());
    }
    let old = lock(&STOPPED_FOR).replace(exception.clone().unbind());
    drop(old);
    let traceback = exception.getattr("__traceback__")?;
    let stopped = stop(engine, &session, exception, &traceback, true);
    contain(py, stopped, ())
}

/// Whether a program that ends by this exception just ends.
fn ends_quietly(session: &engine::Session, exception: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(exception.is_none() || is_quiet_exit(session, exception)? || exception.is_instance_of::<PyKeyboardInterrupt>())
}

/// Whether `exception` is an exit that the client does not want to stop at (`breakOnSystemExit`).
pub(crate) fn is_quiet_exit(session: &engine::Session, exception: &Bound<'_, PyAny>) -> PyResult<bool> {
    if !exception.is_instance_of::<PySystemExit>() {
        return Ok(false);
    }
    let code = exception.getattr("code")?;
    let status = (!code.is_none()).then(|| code.extract::<i64>().map_err(drop));
    Ok(!session.options.choices.exits.stop_at(status))
}

/// Stops for an exception that the program shows, as if nothing had caught it. With `as_uncaught` only if the filter is set and
/// would have stopped for it; without, in any case. Does nothing without a client, or for a traceback that shows nothing.
#[pyfunction]
pub(crate) fn show_exception(
    exception: &Bound<'_, PyAny>,
    traceback: &Bound<'_, PyAny>,
    as_uncaught: bool,
) -> PyResult<()> {
    let py = exception.py();
    let Some(engine) = engine::get() else { return Ok(()) };
    let Some(session) = engine.armed_session() else {
        return Ok(());
    };
    if is_debugger_thread() || !engine.is_hooked() {
        return Ok(());
    }
    if as_uncaught && (!engine.filters().uncaught || ends_quietly(&session, exception)?) {
        return Ok(());
    }
    // The program may let it surface afterwards: that is no news.
    let old = lock(&STOPPED_FOR).replace(exception.clone().unbind());
    drop(old);
    let stopped = stop(engine, &session, exception, traceback, as_uncaught);
    contain(py, stopped, ())
}

fn stop(
    engine: &'static engine::Engine,
    session: &engine::Session,
    exception: &Bound<'_, PyAny>,
    traceback: &Bound<'_, PyAny>,
    by_filter: bool,
) -> Result<(), Trouble> {
    let stack = stack::walk_traceback(engine, traceback)?;
    let raised = Raised::new(exception, traceback, "unhandled")?;
    let stop = Stop::exception(raised, stack);
    let py = exception.py();
    let mut innermost = None;
    let mut next = traceback.clone();
    while !next.is_none() {
        let frame = next.getattr("tb_frame")?;
        next = next.getattr("tb_next")?;
        if engine.is_shown(session, &stack::file_of(&frame)?) {
            innermost = Some(frame);
        }
    }
    // An exception that has come through nothing of the user's is nothing to stop for, and has no frame to show.
    let is_wanted = |frame| stop.is_wanted(session, Filter::Uncaught, &frame);
    if by_filter && !innermost.is_some_and(is_wanted) {
        return Ok(());
    }
    engine.stops.park(engine, py, stop)
}

/// Gives up what was kept, when a session ends.
pub(crate) fn forget() {
    EXITING.store(false, Ordering::Relaxed);
    let old = lock(&STOPPED_FOR).take();
    drop(old);
}
