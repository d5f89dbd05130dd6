//! What happens to the port when the process that listens executes another program: it stays open, and that program, if it
//! is this Python, listens on. The command line and the Python half are those of child processes, see `births.rs`.

use core::time::Duration;
use std::os::fd::IntoRawFd;
use std::time::Instant;

use dapstub_std::Will;
use pyo3::prelude::*;

use crate::engine::{self, Engine};
use crate::host::PythonHost;
use crate::{api, audit, births, children, events, ffi};

/// How long the I/O thread may take to say what goes on.
const WILL: Duration = Duration::from_millis(500);

/// How long the client may take to leave when it was told that this program ends.
const PARTING: Duration = Duration::from_millis(500);

/// How long it takes at most to cut it off then.
const CUT: Duration = Duration::from_millis(200);

/// Before an `exec`: returns the numbers of two descriptors, for [`succeed`] in the next program.
/// `None`, and nothing happens, where no port is open. When the `exec` has failed, they are to be closed, and [`stay`] follows.
#[pyfunction]
pub(crate) fn bequeath(py: Python<'_>) -> Option<(i32, i32)> {
    let engine = births::parent()?;
    let bequest = py.detach(|| engine.debugger.bequeath(Instant::now() + WILL))?;
    Some((bequest.will.into_raw_fd(), bequest.listener.into_raw_fd()))
}

/// The program has not been replaced: its port is served again.
#[pyfunction]
pub(crate) fn stay() {
    if let Some(engine) = births::parent() {
        engine.debugger.stay();
    }
}

/// Right before an `exec`: tells the client that the program ends, and lets it leave. An evaluation of its own is broken off
/// then, so no Python code may run between this and the `exec`.
pub(crate) fn part(py: Python<'_>) -> PyResult<()> {
    if births::is_child() {
        return api::exiting(py, None);
    }
    let Some(engine) = births::parent() else { return Ok(()) };
    let Some(session) = engine.session() else { return Ok(()) };
    crate::output::flush(py);
    engine.offspring.succeeds(engine, &session.client);
    events::ended(engine, None);
    py.detach(|| {
        if !is_alone(engine, PARTING) {
            session.client.close();
            is_alone(engine, CUT);
        }
    });
    Ok(())
}

/// Waits until no client is there.
fn is_alone(engine: &Engine, time: Duration) -> bool {
    let end = Instant::now() + time;
    while engine.debugger.is_client_connected() {
        if Instant::now() >= end {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    true
}

/// Listens on where the program did whose place this one has taken; returns the address. If a client was attached, it is
/// waited for, as a child waits.
#[pyfunction]
pub(crate) fn succeed(py: Python<'_>, will: i32, listener: i32) -> PyResult<Option<(String, u16)>> {
    let engine = engine::prepare(py)?;
    let (Some(will), Some(listener)) = (ffi::take_descriptor(will), ffi::take_descriptor(listener)) else {
        return Ok(None);
    };
    audit::listen();
    // What can't be debugged runs on all the same.
    let Ok(will) = py.detach(|| Will::read(will)) else {
        return Ok(None);
    };
    let host = PythonHost::new(engine, py, children::unpack(&will.welcome.luggage));
    let held = will.held;
    let Ok(address) = py.detach(|| engine.debugger.inherit(listener, will, host)) else {
        return Ok(None);
    };
    if held {
        births::wait(engine, py)?;
    }
    Ok(Some(api::endpoint(&address)))
}

/// Whether the port came with [`succeed`], and the program has not asked for it itself so far.
#[pyfunction]
pub(crate) fn is_inherited() -> bool {
    engine::get().is_some_and(|engine| engine.debugger.is_inherited())
}
