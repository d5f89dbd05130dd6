//! The one thread that waits for the GIL on behalf of clients.

use std::io;

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
        loop {
            match engine.jobs.wait_running() {
                Wake::Closed => return,
                Wake::Flush => {
                    log_points::flush();
                    continue;
                }
                Wake::Jobs => {}
            }
            Python::attach(|py| {
                loop {
                    let _inspecting = engine.stops.begin_inspection();
                    let Some(job) = engine.jobs.take_running() else { return };
                    requests::run(engine, py, job);
                }
            });
        }
    };
    let thread = std::thread::Builder::new().name("dapstub-inspector".to_owned());
    *inspector = Some(thread.spawn(run)?);
    Ok(())
}
