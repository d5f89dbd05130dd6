//! The functions of the native module; `python/dapstub/__init__.py` is their only caller and gives them their manners.

use core::time::Duration;
use std::path::PathBuf;
use std::sync::Mutex;

use dapstub::config::Config;
use dapstub_std::access::{Access, IpNet, Token, network};
use dapstub_std::{Address, Setup, StartError, Started, Waited, Waiter};
use pyo3::{
    create_exception,
    exceptions::{PyBaseException, PyImportError, PyRuntimeError, PyValueError},
    prelude::*,
    types::{PyDict, PyTuple},
};

use crate::attach::Defaults;
use crate::engine::{self, lock};
use crate::entry::Waiting;
use crate::host::PythonHost;
use crate::step::{Mode, Step};
use crate::stop::{Reason, Stop};
use crate::tracker::Guard;
use crate::trouble::{Trouble, contain};
use crate::{audit, children, connect, ffi, modules, requests, stack, tracker};

create_exception!(
    dapstub,
    EvaluationInterrupted,
    PyBaseException,
    "Raised in code that runs for the debugger's client, to break it off."
);

/// How long a waiting thread goes without looking for signals.
pub(crate) const SLICE: Duration = Duration::from_millis(50);
/// How long the end of the program waits for the last messages to be taken by the client.
const FAREWELL: Duration = Duration::from_millis(500);
/// How long it waits for a handler of the program's own logging that takes its time over a record.
const LAST_RECORDS: Duration = Duration::from_secs(2);

/// Binds and answers with the address. `port` 0 lets the system choose one. `start` and `wait` do not count.
///
/// Raises `RuntimeError` when the debugger listens already, and when the address cannot be bound.
#[pyfunction]
pub(crate) fn listen(py: Python<'_>, config: &Bound<'_, PyDict>) -> PyResult<(String, u16)> {
    let mut wanted = Wanted::read(config)?;
    wanted.setup.config.wait = false;
    let started = inject(py, wanted)?;
    #[cfg(unix)]
    if engine::get().is_some_and(|engine| engine.debugger.is_descendant()) {
        return Err(PyRuntimeError::new_err(format!(
            "debugpy.listen() is not needed in this process: it was forked or spawned by one that is debugged, and clients \
             attach to it by the port of that one, {}",
            started.address
        )));
    }
    if started.already {
        return Err(PyRuntimeError::new_err(
            "debugpy.listen() has already been called on this process",
        ));
    }
    // Whoever waits from now on waits for somebody new.
    drop(connect::take_configured());
    Ok(endpoint(&started.address))
}

/// Injects once: binds at the first call and answers with the address, also at every later one. With `start` false
/// nothing happens and the answer is `None`. With `wait`, the first call returns when a client has configured the
/// session. `path_mappings` and `just_my_code` count for clients that send none of their own.
#[pyfunction]
pub(crate) fn start(py: Python<'_>, config: &Bound<'_, PyDict>) -> PyResult<Option<(String, u16)>> {
    let wanted = Wanted::read(config)?;
    let Config { start, wait, .. } = wanted.setup.config;
    if !start {
        return Ok(None);
    }
    let started = inject(py, wanted)?;
    if wait && !started.already {
        wait_for_client(py, true)?;
    }
    Ok(Some(endpoint(&started.address)))
}

/// What the dict of a configuration says.
struct Wanted {
    setup: Setup,
    defaults: Defaults,
}

impl Wanted {
    /// Reads a dict with all keys that [`read_config`] gives. A refusal does not repeat the token.
    fn read(config: &Bound<'_, PyDict>) -> PyResult<Self> {
        let item = |name: &str| {
            config
                .get_item(name)?
                .ok_or_else(|| PyValueError::new_err(format!("the configuration has no '{name}'")))
        };
        let wrong = |name: &str, error: &dyn core::fmt::Display| PyValueError::new_err(format!("'{name}': {error}"));
        let host: String = item("host")?.extract()?;
        let config = Config {
            port: item("port")?.extract()?,
            start: item("start")?.extract()?,
            wait: item("wait")?.extract()?,
            ..Config::default()
        };
        let config = config.with_host(&host).map_err(|error| wrong("host", &error))?;
        let mut access = Access {
            evaluate: item("evaluate")?.extract()?,
            ..Access::default()
        };
        if let Some(networks) = item("allow")?.extract::<Option<Vec<String>>>()? {
            for text in &networks {
                let network =
                    network(text).map_err(|error| wrong("allow", &format_args!("{error}, found {text:?}")))?;
                access.allow.get_or_insert_default().push(network);
            }
        }
        if let Some(token) = item("token")?.extract::<Option<String>>()? {
            access = access.with_token(&token).map_err(|error| wrong("token", &error))?;
        }
        let defaults = Defaults {
            path_mappings: item("path_mappings")?.extract()?,
            just_my_code: item("just_my_code")?.extract()?,
        };
        Ok(Self {
            setup: Setup {
                access,
                ..config.into()
            },
            defaults,
        })
    }
}

/// Checks a configuration without starting anything. Raises `ValueError`.
#[pyfunction]
pub(crate) fn check_config(config: &Bound<'_, PyDict>) -> PyResult<()> {
    Wanted::read(config).map(drop)
}

fn inject(py: Python<'_>, wanted: Wanted) -> PyResult<Started> {
    let Wanted { setup, defaults } = wanted;
    let engine = engine::prepare(py)?;
    audit::listen();
    let setup = Setup {
        luggage: children::pack(&defaults),
        ..setup
    };
    let host = PythonHost::new(engine, py, defaults);
    if engine.debugger.address().is_none() {
        *lock(&FIRST_WAIT) = Some(engine.debugger.waiter());
    }
    let started = py.detach(|| engine.debugger.start(&setup, host));
    let started = started.map_err(|error| refused(py, &error))?;
    if !started.already {
        warn_of(py, &started.address, &setup.access)?;
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

/// Logs, to Python's own `logging`, that others than this machine's users can reach the port and nothing keeps them out, or
/// that the token hardly does.
fn warn_of(py: Python<'_>, address: &Address, access: &Access) -> PyResult<()> {
    let warn = |text: &str| {
        let logger = modules::import(py, "logging")?.call_method1("getLogger", ("dapstub",))?;
        logger.call_method1("warning", (text, address.to_string())).map(drop)
    };
    if !address.is_local() && access.is_open() {
        warn("listening on %s, which is not a loopback address: whoever reaches this port runs code in this program")?;
    }
    if access.token.as_ref().is_some_and(Token::is_short) {
        warn("listening on %s with a token that is so short that it may be found by trying")?;
    }
    Ok(())
}

/// Host and port; of a Unix socket `unix:PATH` and 0.
pub(crate) fn endpoint(address: &Address) -> (String, u16) {
    match address.tcp() {
        Some(tcp) => (tcp.ip().to_string(), tcp.port()),
        None => (address.to_string(), 0),
    }
}

/// Raises `ImportError` in any interpreter but the one that the process began with: there is one debugger, and it is there.
///
/// From 3.12 on Python refuses to load the module elsewhere by itself.
#[pyfunction]
pub(crate) fn refuse_other_interpreters(py: Python<'_>) -> PyResult<()> {
    if ffi::is_main_interpreter(py) {
        Ok(())
    } else {
        Err(PyImportError::new_err(
            "dapstub does not support loading in subinterpreters",
        ))
    }
}

/// Where the debugger listens, `None` while it does not.
#[pyfunction]
pub(crate) fn address() -> Option<(String, u16)> {
    Some(endpoint(&engine::get()?.debugger.address()?))
}

/// Reads the `debugpy:` block of a YAML file: a dict with `host`, `port`, `start`, `wait`, `allow` (texts, or `None`), `token`
/// (or `None`), `evaluate`, `path_mappings` (pairs) and `just_my_code`.
///
/// Raises `ValueError` with file, line, column and what was expected.
#[pyfunction]
pub(crate) fn read_config(py: Python<'_>, path: PathBuf) -> PyResult<Bound<'_, PyDict>> {
    let settings = py
        .detach(|| dapstub_std::config::load(&path))
        .map_err(|error| PyValueError::new_err(error.to_string()))?;
    let (config, access) = (settings.config, settings.access);
    let networks = |networks: Vec<IpNet>| networks.iter().map(IpNet::to_string).collect::<Vec<_>>();
    let mappings = settings.path_mappings.into_iter();
    let mappings: Vec<_> = mappings.map(|one| (one.local_root, one.remote_root)).collect();
    let dict = PyDict::new(py);
    dict.set_item("host", config.host.as_str())?;
    dict.set_item("port", config.port)?;
    dict.set_item("start", config.start)?;
    dict.set_item("wait", config.wait)?;
    dict.set_item("allow", access.allow.map(networks))?;
    dict.set_item("token", access.token.as_ref().map(Token::reveal))?;
    dict.set_item("evaluate", access.evaluate)?;
    dict.set_item("path_mappings", mappings)?;
    dict.set_item("just_my_code", settings.just_my_code)?;
    Ok(dict)
}

/// A wait that began before anybody could connect.
static FIRST_WAIT: Mutex<Option<Waiter>> = Mutex::new(None);

/// Returns when a client is attached and has sent `configurationDone`, or when [`cancel_wait`] is called. With `since_start` a
/// client counts that has come and gone since the debugger listens, for the first that asks.
#[pyfunction]
#[pyo3(signature = (since_start=false))]
pub(crate) fn wait_for_client(py: Python<'_>, since_start: bool) -> PyResult<()> {
    let Some(engine) = engine::get().filter(|engine| engine.debugger.is_running()) else {
        return Err(PyRuntimeError::new_err("listen() or connect() must be called first"));
    };
    let _waiting = Waiting::begin(engine, py)?;
    let first = since_start.then(|| lock(&FIRST_WAIT).take()).flatten();
    let first = connect::take_configured().or(first);
    let waiting = first.unwrap_or_else(|| engine.debugger.waiter());
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
    if tracker::is_debugger_thread() || !engine.is_hooked() {
        return Ok(());
    }
    let stack = stack::walk(engine, ffi::current_frame(py))?;
    if tracker::is_left_alone() {
        // No line of this thread is looked at.
        let stopped = engine
            .stops
            .park(engine, py, Stop::here(Reason::Breakpoint, Vec::new(), stack));
        return contain(py, stopped, ());
    }
    // As debugpy has it: at the next line, so that the call itself is over.
    let Some(caller) = stack.into_iter().next() else {
        return Ok(());
    };
    let ident = ffi::thread_ident();
    let step = Step::bound(Mode::Breakpoint, caller.frame);
    let _guard = Guard::enter();
    drop(engine.steps.begin(ident, step));
    contain(py, requests::begin_step(engine, py, ident).map_err(Trouble::from), ())
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
    engine.gate.drain(py);
    let inspector = lock(&engine.inspector).take();
    py.detach(|| {
        crate::breaking_off::drain();
        crate::output::await_writers();
        engine.debugger.shutdown(FAREWELL);
        if let Some(inspector) = inspector {
            // It may be waiting for the GIL, which is free now; a panic of it was reported when it happened.
            let _ = inspector.join();
        }
    });
    engine.audit.close(py, LAST_RECORDS);
    Ok(())
}

/// The same before `os._exit(status)`, after which nothing is taken down in good order: requests are answered, the client
/// hears of the end, and nothing else happens. Waits half a second at most, and lets no other thread run meanwhile.
#[cfg(unix)]
#[pyfunction]
pub(crate) fn leaving(py: Python<'_>, status: i32) {
    let Some(engine) = engine::get().filter(|engine| !engine.is_forked() && !engine.jobs.is_closed()) else {
        return;
    };
    for job in engine.jobs.close() {
        job.refuse();
    }
    crate::output::flush(py);
    // What the system makes of it for whoever waits for the process.
    crate::events::ended(engine, Some(i64::from(status & 0xff)));
    engine.debugger.shutdown(FAREWELL);
}
