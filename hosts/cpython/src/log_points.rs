//! Messages of log points, on their way to the client.
//!
//! A message that comes alone is sent at once. Those that follow each other within [`INTERVAL`] are gathered, and one
//! event carries as many lines of one breakpoint as came in that time, or as fit into [`BATCH`]. They stay in order
//! among each other and with all other events: whatever else is sent pushes them out first.
//!
//! None is left out. A program that logs faster than its client reads is held back, without the GIL, so that neither
//! memory nor the other threads pay for it.

use core::time::Duration;
use std::time::Instant;

use dapstub::json::Text;
use dapstub::protocol::{OutputCategory, OutputEvent, Source};
use dapstub_std::Client;
use dapstub_std::limits::{OUTGOING_LIMIT, TIME_TO_READ};
use pyo3::prelude::*;

use crate::breakpoints::Breakpoint;
use crate::engine::{self, Engine, lock};
use crate::events;
use crate::trouble::Trouble;

/// How long a message waits for others.
const INTERVAL: Duration = Duration::from_millis(10);
/// The size at which gathered messages are sent, in bytes.
const BATCH: usize = 32 * 1024;
/// How much may wait for the client before the program has to wait as well.
const CROWDED: usize = OUTGOING_LIMIT / 16;
/// How often a thread that is held back looks.
const GLANCE: Duration = Duration::from_millis(2);

/// Messages of one breakpoint.
#[derive(Debug)]
struct Batch {
    client: Client,
    breakpoint: i64,
    /// As the client wrote it; empty for a breakpoint on a function's name.
    path: String,
    line: u32,
    text: String,
}

impl Batch {
    fn send(&self) {
        let source = Source {
            path: Some(Text::plain(&self.path)),
            ..Default::default()
        };
        let is_line = !self.path.is_empty();
        events::send_now(
            &self.client,
            OutputEvent {
                category: Some(OutputCategory::Stdout),
                output: Text::plain(&self.text),
                source: is_line.then_some(source),
                line: is_line.then(|| u64::from(self.line)),
                ..Default::default()
            },
        );
    }
}

/// Messages on their way, one for each engine.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    batch: Option<Batch>,
    /// When something was sent last.
    sent: Option<Instant>,
}

impl Gathered {
    fn send(&mut self) {
        if let Some(batch) = self.batch.take() {
            batch.send();
            self.sent = Some(Instant::now());
        }
    }
}

/// Takes a message, a whole line, of `breakpoint`.
///
/// # Errors
///
/// What a signal handler raised while the thread was held back.
pub(crate) fn add(
    engine: &Engine,
    py: Python<'_>,
    client: &Client,
    breakpoint: &Breakpoint,
    text: &str,
) -> Result<(), Trouble> {
    let was_sent = {
        let mut gathered = lock(&engine.gathered);
        let is_other = |batch: &Batch| batch.breakpoint != breakpoint.id() || batch.client != *client;
        let has_other = gathered.batch.as_ref().is_some_and(is_other);
        if has_other {
            gathered.send();
        }
        let is_first = gathered.batch.is_none();
        let batch = gathered.batch.get_or_insert_with(|| Batch {
            client: client.clone(),
            breakpoint: breakpoint.id(),
            path: breakpoint.client_path.clone(),
            line: breakpoint.line(),
            text: String::new(),
        });
        batch.text.push_str(text);
        let is_full = batch.text.len() >= BATCH;
        let is_alone = is_first && gathered.sent.is_none_or(|sent| sent.elapsed() >= INTERVAL);
        if is_full || is_alone {
            gathered.send();
        } else if is_first {
            engine.jobs.flush_at(Instant::now() + INTERVAL);
        }
        has_other || is_full
    };
    if was_sent { hold_back(py, client) } else { Ok(()) }
}

/// Sends what is gathered. Needs no GIL.
pub(crate) fn flush() {
    if let Some(engine) = engine::get().filter(|engine| !engine.is_forked()) {
        lock(&engine.gathered).send();
    }
}

/// Waits while too much waits for the client. One that reads nothing at all for [`TIME_TO_READ`] is given up.
fn hold_back(py: Python<'_>, client: &Client) -> Result<(), Trouble> {
    let mut waiting = client.waiting();
    let mut since = Instant::now();
    while waiting > CROWDED && client.is_open() {
        py.detach(|| std::thread::sleep(GLANCE));
        py.check_signals().map_err(Trouble::Surfacing)?;
        let now = client.waiting();
        if now < waiting {
            since = Instant::now();
        } else if since.elapsed() > TIME_TO_READ {
            client.close();
        }
        waiting = now;
    }
    Ok(())
}
