//! Threads of their own that take the GIL for a moment, to break off code which runs for a client.
//!
//! An interpreter that is being taken down must not be attached to, so the end of the program waits for them.

use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::time::Instant;

use dapstub_std::signals;
use pyo3::prelude::*;

use crate::engine::Engine;

/// How often an interruption is repeated while code that runs for the client goes on (it may catch what is raised).
const REPEAT: Duration = Duration::from_millis(100);

/// How long the end of the program waits.
const FAREWELL: Duration = Duration::from_secs(1);

/// How many threads have the GIL, or wait for it.
static BUSY: AtomicUsize = AtomicUsize::new(0);

/// Calls `interrupt` with the GIL, from a thread of its own, again and again until it answers that there is nothing to
/// break off any more, or the program ends.
///
/// Without a thread the code goes on until it ends by itself; nothing else depends on it.
pub(crate) fn repeat(engine: &'static Engine, name: &str, interrupt: impl Fn(Python<'_>) -> bool + Send + 'static) {
    let run = move || {
        crate::tracker::become_inspector();
        while attached(engine, &interrupt) == Some(true) {
            std::thread::sleep(REPEAT);
        }
    };
    let _blocked = signals::block();
    let _ = std::thread::Builder::new().name(name.to_owned()).spawn(run);
}

/// Calls `look` with the GIL; `None` if the program ends.
fn attached<R>(engine: &Engine, look: impl FnOnce(Python<'_>) -> R) -> Option<R> {
    // In this order: the end of the program says so first, and then looks at the number.
    BUSY.fetch_add(1, Ordering::SeqCst);
    let result = (!engine.jobs.is_closed()).then(|| Python::attach(look));
    BUSY.fetch_sub(1, Ordering::SeqCst);
    result
}

/// Waits, without the GIL, until nobody has it or waits for it here. To be called when the queue of jobs was closed.
pub(crate) fn drain() {
    let begun = Instant::now();
    while BUSY.load(Ordering::SeqCst) > 0 && begun.elapsed() < FAREWELL {
        std::thread::sleep(Duration::from_millis(1));
    }
}
