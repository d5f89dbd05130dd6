//! The one thread that waits for the GIL on behalf of clients.

use std::io;

use dapstub_std::signals;
use pyo3::prelude::*;

use crate::engine::{Engine, lock};
use crate::jobs::Wake;
use crate::{log_points, requests, tracker};

/// Sees to it that there is the thread. It comes with the first client, and lives as long as the process.
///
/// # Errors
///
/// The system gives no thread; a later call may be luckier.
pub(crate) fn ensure(engine: &'static Engine) -> io::Result<()> {
    let mut inspector = lock(&engine.inspector);
    if inspector.is_some() {
        return Ok(());
    }
    let run = move || {
        tracker::become_inspector();
        // One thread state for good: while another is made or deleted, CPython 3.11 holds a lock that stays locked in a child
        // that is forked just then, and the child hangs before any code of its own.
        Python::attach(|py| {
            while py.detach(|| wait(engine)) {
                loop {
                    let _inspecting = engine.stops.begin_inspection();
                    let Some(job) = engine.jobs.take_running() else { break };
                    signals::as_program(|| requests::run(engine, py, job));
                }
            }
        });
    };
    let thread = std::thread::Builder::new().name("dapstub-inspector".to_owned());
    let _blocked = signals::block();
    *inspector = Some(thread.spawn(run)?);
    Ok(())
}

/// Waits for jobs, without the GIL, and sends what log points have gathered meanwhile. `false`: the queue was closed.
fn wait(engine: &Engine) -> bool {
    loop {
        match engine.jobs.wait_running() {
            Wake::Jobs => return true,
            Wake::Flush => log_points::flush(),
            Wake::Closed => return false,
        }
    }
}
