//! Who came and who was refused, from the I/O thread to Python's `logging`.
//!
//! The frontend makes records on the I/O thread, which never takes the GIL. They wait here, in a queue of bounded length,
//! and a thread that lives as long as there are any hands them to the logger `dapstub.audit`. It is neither the inspector
//! nor a thread of the program: a handler may hold a lock that a stopped thread has, and then only this thread waits.

use core::fmt::{self, Write as _};
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use dapstub_std::{AUDIT, signals};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tracing::field::{Field, Visit};
use tracing::subscriber::{Interest, set_global_default};
use tracing::{Event, Id, Level, Metadata, Subscriber, span};

use crate::engine::{self, Engine};
use crate::logs::{self, Part};
use crate::{ffi, modules, tracker};

/// Most records that wait. In a minute the frontend makes one of a kind for each address; more than this at once are an
/// attack that the log has noticed.
const MAX_WAITING: usize = 256;

/// Name of the logger, and of the thread in its records.
const LOGGER: &str = "dapstub.audit";
const THREAD: &str = "dapstub-audit";

/// Numbers of Python's `logging`.
const WARNING: u32 = 30;
const INFO: u32 = 20;

/// One record.
#[derive(Debug)]
struct Record {
    level: u32,
    text: String,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Record>,
    /// So many did not fit.
    dropped: u64,
    /// There is a thread that delivers.
    delivering: bool,
    closed: bool,
}

/// The queue. Everything but [`close`](Self::close) is done without the GIL.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    state: Mutex<State>,
    idle: Condvar,
    /// The ident of the thread that delivers; 0 for none.
    thread: AtomicU64,
}

impl Audit {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells whether a thread is the one that delivers, which is no thread of the program.
    pub(crate) fn is_thread(&self, ident: u64) -> bool {
        self.thread.load(Ordering::Relaxed) == ident
    }

    /// Takes a record in, and sees to it that somebody delivers it.
    fn push(&self, engine: &'static Engine, record: Record) {
        let mut state = self.lock();
        if state.closed {
            return;
        }
        if state.waiting.len() < MAX_WAITING {
            state.waiting.push_back(record);
        } else {
            state.dropped += 1;
        }
        if state.delivering {
            return;
        }
        state.delivering = true;
        drop(state);
        let thread = std::thread::Builder::new().name(THREAD.to_owned());
        let _blocked = signals::block();
        if thread.spawn(move || engine.audit.run()).is_err() {
            // The next record, or the end of the program, takes this one along.
            self.lock().delivering = false;
        }
    }

    fn run(&self) {
        tracker::become_inspector();
        let delivered = Python::try_attach(|py| {
            self.thread.store(ffi::thread_ident(), Ordering::Relaxed);
            loop {
                let batch = self.take();
                if batch.is_empty() {
                    break;
                }
                signals::as_program(|| deliver(py, batch));
            }
            self.thread.store(0, Ordering::Relaxed);
        });
        if delivered.is_none() {
            // The interpreter ends, and takes nothing any more.
            self.lock().delivering = false;
        }
        self.idle.notify_all();
    }

    /// Takes what waits; if that is nothing, nobody delivers any more.
    fn take(&self) -> Vec<Record> {
        let mut state = self.lock();
        let mut batch: Vec<Record> = state.waiting.drain(..).collect();
        if let dropped @ 1.. = core::mem::take(&mut state.dropped) {
            batch.push(Record {
                level: WARNING,
                text: format!("{dropped} further records were dropped"),
            });
        }
        state.delivering = !batch.is_empty();
        batch
    }

    /// Takes no further record, and has those that wait delivered; for that at most `patience` is waited.
    pub(crate) fn close(&self, py: Python<'_>, patience: Duration) {
        let stuck = py.detach(|| {
            let mut state = self.lock();
            state.closed = true;
            let waited = self.idle.wait_timeout_while(state, patience, |state| state.delivering);
            let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
            state.delivering
        });
        // A handler that holds up that thread would hold up this one as well.
        if !stuck {
            deliver(py, self.take());
        }
    }
}

/// Hands records to the program's logging. A program that has not loaded it has nobody to hear them.
fn deliver(py: Python<'_>, batch: Vec<Record>) {
    if !batch.is_empty()
        && let Err(error) = log(py, batch)
    {
        error.write_unraisable(py, None);
    }
}

fn log(py: Python<'_>, batch: Vec<Record>) -> PyResult<()> {
    let Some(logging) = modules::loaded_whole(py, "logging")? else {
        return Ok(());
    };
    let logger = logging.call_method1("getLogger", (LOGGER,))?;
    if logger.getattr("handlers")?.is_empty()? {
        // Without it a program that configures no logging would find refusals among its errors.
        logger.call_method1("addHandler", (logging.getattr("NullHandler")?.call0()?,))?;
    }
    let _name = Named::begin(py)?;
    for Record { level, text } in batch {
        logger.call_method1("log", (level, "%s", text))?;
    }
    Ok(())
}

/// This thread has a name for `logging`, which asks for it, and leaves no trace among the threads of the program.
struct Named<'py>(Option<Bound<'py, PyDict>>);

impl<'py> Named<'py> {
    fn begin(py: Python<'py>) -> PyResult<Self> {
        let threading = modules::import(py, "threading")?;
        let active = threading.getattr("_active")?.cast_into::<PyDict>()?;
        if active.contains(ffi::thread_ident())? {
            return Ok(Self(None));
        }
        threading.call_method0("current_thread")?.setattr("name", THREAD)?;
        Ok(Self(Some(active)))
    }
}

impl Drop for Named<'_> {
    fn drop(&mut self) {
        if let Some(active) = &self.0 {
            // Python 3.13 and later have taken it out themselves.
            let _ = active.del_item(ffi::thread_ident());
        }
    }
}

/// Has the records of the frontend come here, from now on. Once in a process; this library has its `tracing` to itself.
pub(crate) fn listen() {
    // There is one already: it was this one.
    let _ = set_global_default(Bridge);
}

/// Takes the records for the audit, and all others while there is a log.
struct Bridge;

impl Bridge {
    fn wants(metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && (logs::is_on() || Self::is_audit(metadata))
    }

    fn is_audit(metadata: &Metadata<'_>) -> bool {
        metadata.target() == AUDIT && *metadata.level() <= Level::INFO
    }
}

impl Subscriber for Bridge {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if Self::wants(metadata) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        Self::wants(metadata)
    }

    fn max_level_hint(&self) -> Option<tracing::level_filters::LevelFilter> {
        use tracing::level_filters::LevelFilter;
        Some(if logs::is_on() {
            LevelFilter::TRACE
        } else {
            LevelFilter::INFO
        })
    }

    fn event(&self, event: &Event<'_>) {
        let Some(engine) = engine::get().filter(|engine| !engine.is_forked()) else {
            return;
        };
        let metadata = event.metadata();
        let mut line = Line::default();
        event.record(&mut line);
        let text = line.text();
        if logs::is_on() {
            let is_frontend = metadata.target() == AUDIT || metadata.target() == "dapstub_std";
            let part = if is_frontend { Part::Frontend } else { Part::Engine };
            logs::write(part, *metadata.level(), &text);
        }
        if !Self::is_audit(metadata) {
            return;
        }
        let level = if *event.metadata().level() <= Level::WARN {
            WARNING
        } else {
            INFO
        };
        engine.audit.push(engine, Record { level, text });
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// A record as one line: `client refused: peer=10.0.0.7:40112 id=3 reason="wrong token"`.
#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Line {
    fn text(self) -> String {
        if self.fields.is_empty() {
            self.message
        } else {
            self.message + ":" + &self.fields
        }
    }

    fn add(&mut self, name: &str, value: fmt::Arguments<'_>) {
        // Writing to a String does not fail.
        let _ = match name {
            "message" => self.message.write_fmt(value),
            _ => write!(self.fields, " {name}={value}"),
        };
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field.name(), format_args!("{value:?}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        // Mostly nothing was kept back.
        if field.name() != "repeated" || value > 0 {
            self.add(field.name(), format_args!("{value}"));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field.name(), format_args!("{value}"));
    }
}
