//! The program connects to an editor, or to an adapter that has one.
//!
//! An editor speaks as it always does. debugpy's adapter, which VS Code starts for `"listen"` in a launch.json, asks first
//! whether this is the program it waits for (`pydevdAuthorize`) and which process it is (`pydevdSystemInfo`), and may then
//! have to wait for its client. That is answered here, on the I/O thread, from what was put down before.

use std::sync::Mutex;

use dapstub::Failure;
use dapstub::output::Output;
use dapstub::protocol::Command;
use dapstub::session::Request;
use dapstub_std::{Buffer, Client, StartError, Waited, Waiter};
use pyo3::exceptions::{PyOSError, PyRuntimeError};
use pyo3::prelude::*;
use serde_json::{Value, json};

use crate::api::SLICE;
use crate::attach::Defaults;
use crate::engine::{self, Engine, lock};
use crate::entry::Waiting;
use crate::host::PythonHost;
use crate::{audit, debuggee, modules};

/// What an adapter is told.
#[derive(Debug, Default)]
struct Introduction {
    /// By this it knows that the program is the right one (`clientAccessToken`).
    token: Option<String>,
    /// The answer to `pydevdSystemInfo`, as JSON.
    info: String,
    /// It was asked for: there is an adapter at the other end.
    asked: bool,
}

/// How this process says who it is. A forked child has one of its own.
#[derive(Debug, Default)]
pub(crate) struct Introductions(Mutex<Option<Introduction>>);

/// The wait for the client of the last `connect`, which began before it could come.
static DIALLED: Mutex<Option<Waiter>> = Mutex::new(None);

/// The wait of the last `connect`, which a client has ended. The next `wait_for_client` is content with that client, even if it
/// has left meanwhile.
static CONFIGURED: Mutex<Option<Waiter>> = Mutex::new(None);

/// Connects to a client that waits at `host` and `port` (or `unix:/path`), and serves it; `False` where the debugger listens or
/// is connected already, which changes nothing.
///
/// `access_token` is told to an adapter that asks for it; `parent` is the process that is told to be this one's parent. The
/// program runs on; [`wait_until_configured`] holds it.
///
/// Raises `OSError`, of the kind that Python has for the reason, when the connection does not come about.
#[pyfunction]
#[pyo3(signature = (host, port, access_token=None, parent=None))]
pub(crate) fn connect(
    py: Python<'_>,
    host: &str,
    port: u16,
    access_token: Option<String>,
    parent: Option<u32>,
) -> PyResult<bool> {
    let engine = engine::prepare(py)?;
    audit::listen();
    let mut info = debuggee::system_info(py)?;
    if let Some(parent) = parent {
        info["process"]["ppid"] = json!(parent);
    }
    let introduction = Introduction {
        token: access_token,
        info: info.to_string(),
        asked: false,
    };
    let python_host = PythonHost::new(engine, py, Defaults::default());
    // Before anybody can be configured.
    let waiting = engine.debugger.waiter();
    let connected = py.detach(|| {
        // Before the other end can ask.
        let before = lock(&engine.introductions.0).replace(introduction);
        let connected = engine.debugger.connect(host, port, python_host);
        if !matches!(connected, Ok(true)) {
            *lock(&engine.introductions.0) = before;
        }
        connected
    });
    let connected = connected.map_err(|error| refused(py, &error))?;
    if connected {
        *lock(&DIALLED) = Some(waiting);
    }
    Ok(connected)
}

/// Blocks until the client that the last [`connect`] has found has configured its session, its connection has ended, or
/// `cancel_wait` is called. At once for every other caller.
#[pyfunction]
pub(crate) fn wait_until_configured(py: Python<'_>) -> PyResult<()> {
    let dialled = lock(&DIALLED).take();
    let (Some(engine), Some(waiting)) = (engine::get(), dialled) else {
        return Ok(());
    };
    let _entry = Waiting::begin(engine, py)?;
    loop {
        match py.detach(|| waiting.wait(Some(SLICE))) {
            Waited::TimedOut if engine.debugger.is_dialled() => py.check_signals()?,
            Waited::Client => {
                *lock(&CONFIGURED) = Some(waiting);
                return Ok(());
            }
            _ => return Ok(()),
        }
    }
}

/// What `connect` has waited for, once; a wait with it is over if a client was configured since.
pub(crate) fn take_configured() -> Option<Waiter> {
    lock(&CONFIGURED).take()
}

/// The error that Python has for it.
fn refused(py: Python<'_>, error: &StartError) -> PyErr {
    if error.failure() == dapstub_std::StartFailure::Ended {
        return PyRuntimeError::new_err(error.to_string());
    }
    let said = error.io_error();
    match said.raw_os_error() {
        Some(number) => {
            let text =
                modules::import(py, "os").and_then(|os| os.call_method1("strerror", (number,))?.extract::<String>());
            PyOSError::new_err((number, text.unwrap_or_else(|_| said.to_string())))
        }
        None if said.kind() == std::io::ErrorKind::TimedOut => {
            pyo3::exceptions::PyTimeoutError::new_err(error.to_string())
        }
        None => PyOSError::new_err(error.to_string()),
    }
}

/// Answers what an adapter asks before `initialize`.
pub(crate) fn introduce(engine: &Engine, request: &Request<'_>, body: &mut Buffer) -> Result<(), Failure> {
    let mut known = lock(&engine.introductions.0);
    let known = known
        .as_mut()
        .ok_or_else(|| Failure::not_supported(request.command_str()))?;
    let name = request.command_str();
    if name == "pydevdSystemInfo" {
        body.push(known.info.as_bytes())?;
    } else if name == "pydevdAuthorize" {
        body.push(json!({"clientAccessToken": known.token}).to_string().as_bytes())?;
    } else {
        return Err(Failure::not_supported(name));
    }
    known.asked = true;
    Ok(())
}

/// A client was let in by a connection that this process has opened. An adapter takes a connection of every process that its
/// client may debug: children open theirs, too, if they are `wanted`.
#[cfg(unix)]
pub(crate) fn let_children_call(engine: &Engine, client: &Client, defaults: &Defaults) {
    let token = match &*lock(&engine.introductions.0) {
        Some(known) if known.asked => known.token.clone(),
        _ => return,
    };
    let mut luggage: Value = serde_json::from_str(&crate::children::pack(defaults)).unwrap_or_default();
    luggage["access_token"] = json!(token);
    engine.debugger.raise_family(client.peer(), luggage.to_string());
}

/// In a child whose parent was let in so: opens its connection. If that fails, it runs on undebugged.
#[cfg(unix)]
pub(crate) fn call_home(engine: &Engine, py: Python<'_>, welcome: &dapstub_std::Welcome, parent: u32) -> PyResult<()> {
    let mut info = debuggee::system_info(py)?;
    info["process"]["ppid"] = json!(parent);
    let luggage: Value = serde_json::from_str(&welcome.luggage).unwrap_or_default();
    *lock(&engine.introductions.0) = Some(Introduction {
        token: luggage["access_token"].as_str().map(str::to_owned),
        info: info.to_string(),
        asked: false,
    });
    if let Err(error) = py.detach(|| engine.debugger.call_home(welcome)) {
        tracing::debug!(target: "dapstub_std", %error, "a child can't be debugged");
    }
    Ok(())
}

/// A request as DAP wants it: an adapter says `"threadId": "*"` where it means all threads, which is what `continue` and `pause`
/// mean here in any case.
pub(crate) fn as_dap(engine: &Engine, request: &Request<'_>) -> Vec<u8> {
    let raw = request.raw();
    let for_all = matches!(request.command(), Command::Continue | Command::Pause);
    let mended = for_all
        .then(|| serde_json::from_slice::<Value>(raw).ok())
        .flatten()
        .and_then(|mut message| {
            let thread = message
                .pointer_mut("/arguments/threadId")
                .filter(|thread| *thread == "*")?;
            let stopped = engine.stops.stopped_thread();
            *thread = json!(stopped.map_or(1, |ident| engine.threads.id(ident)));
            serde_json::to_vec(&message).ok()
        });
    mended.unwrap_or_else(|| raw.to_vec())
}

/// Whether the debugger listens, or has been connected to a client.
#[pyfunction]
pub(crate) fn is_running() -> bool {
    engine::get().is_some_and(|engine| engine.debugger.is_running())
}
