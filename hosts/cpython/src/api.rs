//! The functions of the native module; `python/dapstub/__init__.py` is their only caller and gives them their manners.

use core::time::Duration;
use std::path::PathBuf;

use dapstub::config::Config;
use dapstub_std::{StartError, Started, Waited};
use pyo3::{
    create_exception,
    exceptions::{PyBaseException, PyRuntimeError, PyValueError},
    prelude::*,
    types::{PyDict, PyTuple},
};

use crate::attach::Defaults;
use crate::engine::{self, Engine, lock};
use crate::entry::Waiting;
use crate::host::PythonHost;
use crate::stop::{Reason, Stop};
use crate::trouble::contain;
use crate::{ffi, modules, stack, tracker};

create_exception!(
    dapstub,
    EvaluationInterrupted,
    PyBaseException,
    "Raised in code that runs for the debugger's client, to break it off."
);

/// How long a waiting thread goes without looking for signals.
const SLICE: Duration = Duration::from_millis(50);
/// How long the end of the program waits for the last messages to be taken by the client.
const FAREWELL: Duration = Duration::from_millis(500);

/// Binds and answers with the address. `port` 0 lets the system choose one.
///
/// Raises `RuntimeError` when the debugger listens already, and when the address cannot be bound.
#[pyfunction]
pub(crate) fn listen(py: Python<'_>, host: &str, port: u16) -> PyResult<(String, u16)> {
    let started = inject(py, &configuration(host, port, false)?, Defaults::default())?;
    if started.already {
        return Err(PyRuntimeError::new_err(
            "debugpy.listen() has already been called on this process",
        ));
    }
    Ok(endpoint(&started))
}

/// Injects once: binds at the first call and answers with the address, also at every later one. With `start` false
/// nothing happens and the answer is `None`. With `wait`, the first call returns when a client has configured the
/// session. `path_mappings` and `just_my_code` count for clients that send none of their own.
#[pyfunction]
pub(crate) fn start(py: Python<'_>, config: &Bound<'_, PyDict>) -> PyResult<Option<(String, u16)>> {
    let item = |name: &str| {
        config
            .get_item(name)?
            .ok_or_else(|| PyValueError::new_err(format!("the configuration has no '{name}'")))
    };
    let host: String = item("host")?.extract()?;
    let port: u16 = item("port")?.extract()?;
    let (wanted, wait): (bool, bool) = (item("start")?.extract()?, item("wait")?.extract()?);
    let defaults = Defaults {
        path_mappings: item("path_mappings")?.extract()?,
        just_my_code: item("just_my_code")?.extract()?,
    };
    if !wanted {
        return Ok(None);
    }
    let started = inject(py, &configuration(&host, port, wait)?, defaults)?;
    if wait && !started.already {
        wait_for_client(py)?;
    }
    Ok(Some(endpoint(&started)))
}

fn configuration(host: &str, port: u16, wait: bool) -> PyResult<Config> {
    let config = Config {
        port,
        wait,
        ..Config::default()
    };
    config
        .with_host(host)
        .map_err(|error| PyValueError::new_err(error.to_string()))
}

fn inject(py: Python<'_>, config: &Config, defaults: Defaults) -> PyResult<Started> {
    let engine = engine::prepare(py)?;
    let host = PythonHost::new(engine, py, defaults);
    let started = py.detach(|| engine.debugger.start(config, host));
    let started = started.map_err(|error| refused(py, &error))?;
    if !started.already {
        spawn_inspector(engine)?;
        if !started.address.ip().is_loopback() {
            warn_of_exposure(py, &started)?;
        }
    }
    Ok(started)
}

/// The words of debugpy, with the number of the system's error as Python writes it.
fn refused(py: Python<'_>, error: &StartError) -> PyErr {
    let number = error.io_error().raw_os_error();
    let text = number.and_then(|number| {
        let text = modules::import(py, "os").and_then(|os| os.call_method1("strerror", (number,)));
        Some(format!("[Errno {number}] {}", text.ok()?))
    });
    let text = text.unwrap_or_else(|| error.to_string());
    PyRuntimeError::new_err(format!("Can't listen for client connections: {text}"))
}

/// Logs, to Python's own `logging`, that others than this machine's users can reach the port.
fn warn_of_exposure(py: Python<'_>, started: &Started) -> PyResult<()> {
    let text = "listening on %s, which is not a loopback address: whoever reaches this port runs code in this program";
    let logger = modules::import(py, "logging")?.call_method1("getLogger", ("dapstub",))?;
    logger
        .call_method1("warning", (text, started.address.to_string()))
        .map(drop)
}

fn endpoint(started: &Started) -> (String, u16) {
    (started.address.ip().to_string(), started.address.port())
}

/// The one thread that waits for the GIL on behalf of clients.
fn spawn_inspector(engine: &'static Engine) -> PyResult<()> {
    let run = move || {
        tracker::become_inspector();
        while engine.jobs.wait_running() {
            Python::attach(|py| {
                loop {
                    let _inspecting = engine.stops.begin_inspection();
                    let Some(job) = engine.jobs.take_running() else { return };
                    crate::requests::run(engine, py, job);
                }
            });
        }
    };
    let thread = std::thread::Builder::new()
        .name("dapstub-inspector".to_owned())
        .spawn(run);
    let handle = thread.map_err(|error| PyRuntimeError::new_err(format!("no thread for the debugger: {error}")))?;
    *lock(&engine.inspector) = Some(handle);
    Ok(())
}

/// Where the debugger listens, `None` while it does not.
#[pyfunction]
pub(crate) fn address() -> Option<(String, u16)> {
    let address = engine::get()?.debugger.address()?;
    Some((address.ip().to_string(), address.port()))
}

/// Reads the `debugpy:` block of a YAML file: a dict with `host`, `port`, `start`, `wait`, `path_mappings` (pairs) and
/// `just_my_code`.
///
/// Raises `ValueError` with file, line, column and what was expected.
#[pyfunction]
pub(crate) fn read_config(py: Python<'_>, path: PathBuf) -> PyResult<Bound<'_, PyDict>> {
    let settings = py
        .detach(|| dapstub_std::config::load_settings(&path))
        .map_err(|error| PyValueError::new_err(error.to_string()))?;
    let config = settings.config;
    let mappings = settings.path_mappings.into_iter();
    let mappings: Vec<_> = mappings.map(|one| (one.local_root, one.remote_root)).collect();
    let dict = PyDict::new(py);
    dict.set_item("host", config.host.as_str())?;
    dict.set_item("port", config.port)?;
    dict.set_item("start", config.start)?;
    dict.set_item("wait", config.wait)?;
    dict.set_item("path_mappings", mappings)?;
    dict.set_item("just_my_code", settings.just_my_code)?;
    Ok(dict)
}

/// Returns when a client is attached and has sent `configurationDone`, or when [`cancel_wait`] is called.
#[pyfunction]
pub(crate) fn wait_for_client(py: Python<'_>) -> PyResult<()> {
    let Some(engine) = engine::get().filter(|engine| engine.debugger.address().is_some()) else {
        return Err(PyRuntimeError::new_err("listen() or connect() must be called first"));
    };
    let _waiting = Waiting::begin(engine, py)?;
    let waiting = engine.debugger.waiter();
    while py.detach(|| waiting.wait(Some(SLICE))) == Waited::TimedOut {
        py.check_signals()?;
    }
    Ok(())
}

/// Lets every [`wait_for_client`] return.
#[pyfunction]
pub(crate) fn cancel_wait() {
    if let Some(engine) = engine::get() {
        engine.debugger.cancel_wait();
    }
}

/// Whether a client is attached and has configured its session.
#[pyfunction]
pub(crate) fn is_client_connected() -> bool {
    engine::get().is_some_and(|engine| engine.debugger.is_client_connected())
}

/// Has `callback(True)` called when a client has attached and is configured, and `callback(False)` when it has left.
///
/// The call comes on whichever thread serves the client, also on one that is stopped, so `callback` must return
/// quickly and wait for nothing. What it raises goes to `sys.unraisablehook`.
#[pyfunction]
pub(crate) fn on_client_change(py: Python<'_>, callback: Py<PyAny>) -> PyResult<()> {
    engine::prepare(py)?.presence.follow(callback);
    Ok(())
}

/// Stops in the frame that calls it, if a client is attached; otherwise does nothing. Arguments are ignored.
#[pyfunction]
#[pyo3(signature = (*_arguments, **_keywords))]
pub(crate) fn breakpoint(
    py: Python<'_>,
    _arguments: &Bound<'_, PyTuple>,
    _keywords: Option<&Bound<'_, PyDict>>,
) -> PyResult<()> {
    let Some(engine) = engine::get() else { return Ok(()) };
    if tracker::is_debugger_thread() || engine.armed_session().is_none() {
        return Ok(());
    }
    let stack = stack::walk(engine, ffi::current_frame(py))?;
    let stopped = engine
        .stops
        .park(engine, py, Stop::here(Reason::Breakpoint, Vec::new(), stack));
    contain(py, stopped, ())
}

/// Says what program this is: its path or name, for the client.
#[pyfunction]
pub(crate) fn set_program(py: Python<'_>, name: String) -> PyResult<()> {
    *lock(&engine::prepare(py)?.program) = name;
    Ok(())
}

/// Says good-bye to the client, with the exit code if it is known, and ends the debugger's threads. For `atexit`.
#[pyfunction]
#[pyo3(signature = (code=None))]
pub(crate) fn exiting(py: Python<'_>, code: Option<i64>) -> PyResult<()> {
    let Some(engine) = engine::get().filter(|engine| !engine.is_forked()) else {
        return Ok(());
    };
    for job in engine.jobs.close() {
        job.refuse();
    }
    crate::output::flush(py);
    crate::events::ended(engine, code);
    engine.end(py)?;
    let inspector = lock(&engine.inspector).take();
    py.detach(|| {
        engine.debugger.shutdown(FAREWELL);
        if let Some(inspector) = inspector {
            // It may be waiting for the GIL, which is free now; a panic of it was reported when it happened.
            let _ = inspector.join();
        }
    });
    Ok(())
}

/// Frees a forked child from the debugger, whose threads stayed behind in the parent. For `os.register_at_fork`.
#[pyfunction]
pub(crate) fn forked(py: Python<'_>) -> PyResult<()> {
    match engine::get() {
        Some(engine) => engine.abandon(py),
        None => Ok(()),
    }
}
