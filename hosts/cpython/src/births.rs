//! How child processes get their debugger, and how this one did if it is a child.
//!
//! A process that is about to begin gets one end of a connection to the process that listens (`dapstub_std::Cradle`):
//! a forked child has it by the fork (`os.fork` and `os.forkpty`), another by a descriptor whose number stands on its command line. The Python half
//! of this is `_children.py`, which adapts command lines, and `_child.py`, which is what such a command line runs.

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::os::fd::{IntoRawFd, OwnedFd};
use std::time::Instant;

use dapstub_std::{Cradle, Debugger};
use pyo3::exceptions::PyAttributeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::engine::{self, Engine, lock};
use crate::entry::Waiting;
use crate::host::PythonHost;
use crate::tracker::{self, Guard};
use crate::{audit, children, connect, ffi, succession};

/// How long a child waits for a client of its own while its parent has one, unless [`CHILD_WAIT`] says otherwise.
const PATIENCE: Duration = Duration::from_secs(10);

/// The environment variable with that time in seconds; 0 for not at all.
const CHILD_WAIT: &str = "DAPSTUB_CHILD_WAIT";

/// How long a process that executes another program waits until the root knows of that.
const SUCCESSION: Duration = Duration::from_millis(500);

/// How long a waiting child goes without looking for signals.
const SLICE: Duration = Duration::from_millis(50);

thread_local! {
    /// This thread is about to start a process that executes another program: a fork on the way there is no child of
    /// its own.
    static STARTING: Cell<bool> = const { Cell::new(false) };
    /// This thread forks by [`Forker`], which sees to the child when everything else is done.
    static FORKING: Cell<bool> = const { Cell::new(false) };
    /// The connection of the child that this thread forks just now.
    static CRADLE: RefCell<Option<Cradle>> = const { RefCell::new(None) };
}

/// Lets children be debugged from now on (they are from the beginning), or not.
#[pyfunction]
pub(crate) fn enable_children(wanted: bool) {
    children::enable(wanted);
}

/// The engine, if a process that begins now would be debugged.
pub(crate) fn parent() -> Option<&'static Engine> {
    engine::get().filter(|engine| children::are_wanted() && !engine.is_forked())
}

/// Before a fork: makes the connection of the child. For `os.register_at_fork`.
#[pyfunction]
pub(crate) fn forking() {
    if !FORKING.get() || STARTING.get() {
        return;
    }
    // Without a descriptor for it the child runs undebugged.
    let cradle = parent().and_then(|engine| engine.debugger.cradle().ok().flatten());
    CRADLE.set(cradle);
}

/// After a fork, in the parent, whether there is a child or not. For `os.register_at_fork`.
#[pyfunction]
pub(crate) fn has_forked() {
    if STARTING.get() {
        return;
    }
    if let (Some(cradle), Some(engine)) = (CRADLE.take(), parent()) {
        engine.debugger.adopt(cradle.ours, false);
    }
}

/// After a fork, in the child: the debugger stayed in the parent. For `os.register_at_fork`.
///
/// Other functions that are called now reset locks, and take it that there is one thread: the child's own debugger begins
/// only after them.
#[pyfunction]
pub(crate) fn forked(py: Python<'_>) -> PyResult<()> {
    match engine::get() {
        Some(engine) => engine.abandon(py),
        None => Ok(()),
    }
}

/// Stands in the place of `os.fork` and `os.forkpty`: a child gets an engine of its own. Native, as [`Starter`] is.
#[pyclass(frozen, module = "dapstub._dapstub")]
pub(crate) struct Forker {
    original: Py<PyAny>,
    /// Where it stands: `os:fork`.
    place: String,
}

#[pymethods]
impl Forker {
    #[new]
    fn new(original: Py<PyAny>, place: String) -> Self {
        Self { original, place }
    }

    #[pyo3(signature = (*args, **kwargs))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let before = FORKING.replace(true);
        let result = self.original.bind(py).call(args, kwargs);
        FORKING.set(before);
        let result = result?;
        // `forkpty` answers a pair.
        let pid = result.get_item(0).unwrap_or_else(|_| result.clone());
        if pid.eq(0)?
            && let Some(old) = engine::get().filter(|engine| engine.is_forked())
            && let Err(error) = begin_again(old, py)
        {
            error.write_unraisable(py, None);
        }
        Ok(result)
    }

    /// What the function itself has.
    fn __getattr__<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        attribute(&self.original, py, name)
    }

    /// For `pickle`: what stands in the same place in the process that reads it.
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        reduced(py, &self.place)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.original.bind(py).repr()?.to_string())
    }
}

fn attribute<'py>(original: &Py<PyAny>, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    original
        .bind(py)
        .getattr(name)
        .map_err(|_| PyAttributeError::new_err(name.to_owned()))
}

fn reduced<'py>(py: Python<'py>, place: &str) -> PyResult<(Bound<'py, PyAny>, (String,))> {
    Ok((py.import("pkgutil")?.getattr("resolve_name")?, (place.to_owned(),)))
}

/// Gives a forked child an engine, if its parent made a connection for it.
fn begin_again(old: &'static Engine, py: Python<'_>) -> PyResult<()> {
    let Some(Cradle { ours, theirs }) = CRADLE.take().filter(|_| !STARTING.get() && old.is_clean()) else {
        return Ok(());
    };
    drop(ours);
    old.undo(py)?;
    let engine: &'static Engine = Box::leak(Box::new(Engine::new()));
    *lock(&engine.program) = lock(&old.program).clone();
    if join(engine, py, theirs, false) {
        engine::replace(engine);
        // What runs for the parent's client is not held up: it goes on in the child as well.
        if !tracker::is_debugger_thread() {
            wait(engine, py)?;
        }
    }
    Ok(())
}

/// Begins the debugger of a process that was started for it: `descriptor` is its end of the connection. Returns whether
/// it is debugged, when its client has configured or need not be waited for.
///
/// A `quiet` one has no clients; it speaks for its children.
#[pyfunction]
pub(crate) fn join_family(py: Python<'_>, descriptor: i32, quiet: bool) -> PyResult<bool> {
    let engine = engine::prepare(py)?;
    let Some(theirs) = ffi::take_descriptor(descriptor) else {
        return Ok(false);
    };
    audit::listen();
    if !join(engine, py, theirs, quiet) {
        return Ok(false);
    }
    if !quiet {
        wait(engine, py)?;
    }
    Ok(true)
}

/// A process that can't be debugged runs on all the same.
fn join(engine: &'static Engine, py: Python<'_>, theirs: OwnedFd, quiet: bool) -> bool {
    let Ok(greeted) = py.detach(|| Debugger::greet(theirs, quiet)) else {
        return false;
    };
    let welcome = greeted.welcome.clone();
    let host = PythonHost::new(engine, py, children::unpack(&welcome.luggage));
    if py.detach(|| engine.debugger.join(greeted, host)).is_err() {
        return false;
    }
    if let Some(parent) = welcome.calls.filter(|_| !quiet)
        && let Err(error) = connect::call_home(engine, py, &welcome, parent)
    {
        crate::trouble::report(py, &error);
    }
    true
}

/// Holds a child until its client has configured, or need not be waited for. A signal ends that, and is handled when the
/// program runs.
pub(crate) fn wait(engine: &Engine, py: Python<'_>) -> PyResult<()> {
    let seconds = std::env::var(CHILD_WAIT)
        .ok()
        .and_then(|text| text.trim().parse::<f64>().ok())
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let Some(end) = Instant::now().checked_add(seconds.unwrap_or(PATIENCE)) else {
        return Ok(());
    };
    let _waiting = Waiting::begin(engine, py)?;
    let signals = ffi::signals::Watch::start();
    loop {
        let now = Instant::now();
        let over = py.detach(|| engine.debugger.hold_child(end.min(now + SLICE)));
        if !over && now >= end {
            engine.debugger.give_up();
        }
        if over || now >= end || signals.take().is_some() {
            return Ok(());
        }
    }
}

/// Makes the connection of a process that this one is about to start, and returns the number of the new one's end; `None`
/// where it would not be debugged. To be closed when the process was started. A `successor` takes the place of this one, by
/// `exec`.
#[pyfunction]
#[pyo3(signature = (successor=false))]
pub(crate) fn cradle(py: Python<'_>, successor: bool) -> Option<i32> {
    let engine = parent()?;
    let Cradle { ours, theirs } = engine.debugger.cradle().ok().flatten()?;
    engine.debugger.adopt(ours, successor);
    if successor {
        // Nothing of this process is left to send it later.
        py.detach(|| engine.debugger.flush_family(Instant::now() + SUCCESSION));
    }
    Some(theirs.into_raw_fd())
}

/// A function of the standard library that starts processes, with what has to happen before.
///
/// `adapt(args, kwargs)` is called first and answers `None`, or the arguments to use instead and a function to call
/// afterwards. Native, so that it stands in no traceback and no stack.
#[pyclass(frozen, module = "dapstub._dapstub")]
pub(crate) struct Starter {
    original: Py<PyAny>,
    adapt: Py<PyAny>,
    /// Where it stands: `os:_exit`.
    place: String,
}

/// What [`Starter`] uses instead of what it was given.
type Adapted<'py> = (Bound<'py, PyTuple>, Bound<'py, PyDict>, Bound<'py, PyAny>);

/// While it lives, this thread starts a process.
struct Starting(bool);

impl Drop for Starting {
    fn drop(&mut self) {
        STARTING.set(self.0);
    }
}

#[pymethods]
impl Starter {
    #[new]
    fn new(original: Py<PyAny>, adapt: Py<PyAny>, place: String) -> Self {
        Self { original, adapt, place }
    }

    #[pyo3(signature = (*args, **kwargs))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let original = self.original.bind(py);
        if STARTING.get() {
            return original.call(args, kwargs);
        }
        let adapted: Option<Adapted<'py>> = {
            let _guard = Guard::enter();
            match self.adapt.bind(py).call1((args, kwargs)) {
                Ok(adapted) => adapted.extract()?,
                Err(error) => {
                    crate::trouble::report(py, &error);
                    None
                }
            }
        };
        let _starting = Starting(STARTING.replace(true));
        match adapted {
            None => original.call(args, kwargs),
            Some((args, kwargs, afterwards)) => {
                if self.place.starts_with("os:exec")
                    && let Err(error) = succession::part(py)
                {
                    crate::trouble::report(py, &error);
                }
                let result = original.call(args, Some(&kwargs));
                let _guard = Guard::enter();
                afterwards.call0()?;
                result
            }
        }
    }

    /// What the function itself has.
    fn __getattr__<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        attribute(&self.original, py, name)
    }

    /// As [`Forker`] does.
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        reduced(py, &self.place)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.original.bind(py).repr()?.to_string())
    }
}

/// Whether this process is a child that a client may attach to by its parent's port.
#[pyfunction]
pub(crate) fn is_child() -> bool {
    engine::get().is_some_and(|engine| engine.debugger.is_descendant())
}
