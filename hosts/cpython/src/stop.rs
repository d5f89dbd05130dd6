//! Stops: one thread parks and keeps the GIL, so that the whole program stands still.
//!
//! The parked thread serves the client's requests itself: it has the GIL and its own frames at hand. It notices what
//! ends the stop: a resuming request, a client that has gone (a job like any other), a signal, the end of the
//! debugger. While it evaluates something, Python may hand the GIL to other threads; one that reaches a breakpoint just
//! then waits for its turn without the GIL, and stops when the first stop is over.
//!
//! When a stop ends for one thread only, the others wait at the gate (`gate.rs`), the one that was parked among them.

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use pyo3::{prelude::*, types::PyString};

use crate::engine::{Engine, Session, lock};
use crate::exception_rules::{self, Filter};
use crate::ffi;
use crate::logs::ENGINE;
use crate::stack::{self, Entry};
use crate::tracker::{Guard, is_inspector_thread};
use crate::trouble::Trouble;
use crate::{events, requests, returns};

/// How long the parked thread waits for a job before it looks for signals.
const PATIENCE: Duration = Duration::from_millis(50);

/// How long a thread that wants to stop waits for the inspector's job.
const INSPECTION: Duration = Duration::from_secs(1);

/// How long a stop lets the inspector come to the end of the job that it had begun before.
const OVERLAP: Duration = Duration::from_secs(10);

/// How long a stop lasts while nothing at all is heard from the client, unless [`STOP_LIMIT`] says otherwise.
///
/// A client whose process is suspended is there, as far as its system tells, and nothing of DAP asks whether it is. An
/// hour is more than a person thinks, and less than a program may be forgotten.
const LIMIT: Duration = Duration::from_secs(3600);

/// The environment variable with that limit in seconds; 0 for none.
const STOP_LIMIT: &str = "DAPSTUB_STOP_LIMIT";

/// The limit for stops of this process, read once.
pub(crate) fn limit() -> Option<Duration> {
    static KNOWN: OnceLock<Option<Duration>> = OnceLock::new();
    *KNOWN.get_or_init(|| {
        let seconds = std::env::var(STOP_LIMIT).ok().and_then(|text| text.trim().parse().ok());
        let limit = seconds.map_or(LIMIT, Duration::from_secs);
        (!limit.is_zero()).then_some(limit)
    })
}

/// Why a thread stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    Breakpoint,
    FunctionBreakpoint,
    Step,
    Pause,
    Exception,
    /// It was sent elsewhere.
    Goto,
    /// It has begun.
    Entry,
}

/// The exception that a stop is about.
#[derive(Debug)]
pub(crate) struct Raised {
    pub(crate) exception: Py<PyAny>,
    pub(crate) traceback: Py<PyAny>,
    /// The type's name, with its module unless built in.
    pub(crate) type_name: String,
    pub(crate) message: String,
    /// DAP's `ExceptionBreakMode`.
    pub(crate) break_mode: &'static str,
}

impl Raised {
    pub(crate) fn new(
        exception: &Bound<'_, PyAny>,
        traceback: &Bound<'_, PyAny>,
        break_mode: &'static str,
    ) -> PyResult<Self> {
        let _guard = Guard::enter();
        let kind = exception.get_type();
        let module = kind.module().map(|name| name.to_string()).unwrap_or_default();
        let name = kind.qualname()?.to_string();
        let type_name = if module.is_empty() || module == "builtins" {
            name
        } else {
            format!("{module}.{name}")
        };
        let message = exception.str().map_or_else(
            |_| "<the exception's text could not be had>".to_owned(),
            |text| lossy(&text),
        );
        Ok(Self {
            exception: exception.clone().unbind(),
            traceback: traceback.clone().unbind(),
            type_name,
            message,
            break_mode,
        })
    }
}

fn lossy(text: &Bound<'_, PyString>) -> String {
    text.to_string_lossy().into_owned()
}

/// A stop that is about to happen.
#[derive(Debug)]
pub(crate) struct Stop {
    pub(crate) reason: Reason,
    /// The thread it is about, by `threading.get_ident()`.
    pub(crate) ident: u64,
    /// The ids of the breakpoints that were hit.
    pub(crate) hits: Vec<i64>,
    pub(crate) stack: Vec<Entry>,
    pub(crate) raised: Option<Raised>,
}

impl Stop {
    /// A stop of the calling thread.
    pub(crate) fn here(reason: Reason, hits: Vec<i64>, stack: Vec<Entry>) -> Self {
        Self {
            reason,
            ident: ffi::thread_ident(),
            hits,
            stack,
            raised: None,
        }
    }

    /// A stop of the calling thread because of an exception.
    pub(crate) fn exception(raised: Raised, stack: Vec<Entry>) -> Self {
        Self {
            raised: Some(raised),
            ..Self::here(Reason::Exception, Vec::new(), stack)
        }
    }

    /// Whether the condition of the filter that found the exception holds in `frame`.
    pub(crate) fn is_wanted(&self, session: &Session, filter: Filter, frame: &Bound<'_, PyAny>) -> bool {
        self.raised
            .as_ref()
            .is_none_or(|raised| exception_rules::hold(session, filter, frame, raised.exception.bind(frame.py())))
    }

    /// A stop of another thread, which waits for the GIL or in native code.
    pub(crate) fn pause(ident: u64, stack: Vec<Entry>) -> Self {
        Self {
            ident,
            ..Self::here(Reason::Pause, Vec::new(), stack)
        }
    }
}

/// What ends a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resume {
    /// All threads run, or one alone, by ident.
    Continue { alone: Option<u64> },
    /// This thread runs until its step ends: alone, or with all others.
    Step { ident: u64, alone: bool },
    /// Nothing runs: the same thread stops anew where it was sent.
    Again,
    /// The client has gone.
    Detached,
}

impl Resume {
    /// The thread that runs alone, by ident.
    pub(crate) fn alone(self) -> Option<u64> {
        match self {
            Self::Continue { alone } => alone,
            Self::Step { ident, alone } => alone.then_some(ident),
            Self::Again | Self::Detached => None,
        }
    }
}

/// The stop that lasts now.
#[derive(Debug)]
struct Current {
    stop: Arc<Stop>,
    resume: Option<Resume>,
}

/// The stops of the process: at most one at a time.
#[derive(Debug, Default)]
pub(crate) struct Stops {
    turns: Mutex<Turns>,
    freed: Condvar,
    current: Mutex<Option<Current>>,
    /// Most often one at most; a thread may park and serve while the inspector has not come to the end of its own.
    evaluating: Mutex<Vec<Evaluating>>,
}

/// Who may stop.
#[derive(Debug, Default)]
struct Turns {
    /// A thread is stopped.
    taken: bool,
    /// The inspector thread is in the middle of a job, and may have handed the GIL to others.
    inspecting: bool,
}

/// A thread that runs Python code for a request.
#[derive(Debug, Clone, Copy)]
struct Evaluating {
    ident: u64,
    /// No other evaluation has it.
    number: u64,
    /// It was sent an exception.
    interrupted: bool,
}

/// The right to stop; given back when dropped.
struct Turn<'a>(&'a Stops);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        lock(&self.0.turns).taken = false;
        self.0.freed.notify_all();
    }
}

/// The inspector thread's time for one job; given back when dropped.
pub(crate) struct Inspecting<'a>(&'a Stops);

impl Drop for Inspecting<'_> {
    fn drop(&mut self) {
        lock(&self.0.turns).inspecting = false;
        self.0.freed.notify_all();
    }
}

impl Stops {
    /// The stop that lasts now.
    pub(crate) fn current(&self) -> Option<Arc<Stop>> {
        lock(&self.current).as_ref().map(|current| Arc::clone(&current.stop))
    }

    /// The thread that the stop is about, by ident.
    pub(crate) fn stopped_thread(&self) -> Option<u64> {
        lock(&self.current).as_ref().map(|current| current.stop.ident)
    }

    /// Ends the stop that lasts now. The parked thread goes on after the job that calls this. Returns whether there is one.
    pub(crate) fn resume(&self, resume: Resume) -> bool {
        let mut current = lock(&self.current);
        if let Some(current) = current.as_mut() {
            current.resume = Some(resume);
        }
        current.is_some()
    }

    /// Stops the calling thread until the client lets it run again.
    ///
    /// # Errors
    ///
    /// [`Trouble::Surfacing`]: what a signal handler raised meanwhile.
    pub(crate) fn park(&self, engine: &'static Engine, py: Python<'_>, mut stop: Stop) -> Result<(), Trouble> {
        let innermost = stop.stack.first().map(|entry| entry.frame.clone_ref(py));
        loop {
            let (resume, ended) = self.park_once(engine, py, stop)?;
            if resume != Resume::Again {
                if let Some(ended) = ended {
                    engine.gate.wait_after(engine, py, ended);
                }
                return Ok(());
            }
            let frame = innermost.as_ref().map(|frame| frame.bind(py).clone());
            stop = Stop::here(Reason::Goto, Vec::new(), stack::walk(engine, frame)?);
        }
    }

    /// One stop, and what ended it; and the stop again, if the calling thread may have to wait with it while another runs.
    fn park_once(
        &self,
        engine: &'static Engine,
        py: Python<'_>,
        stop: Stop,
    ) -> Result<(Resume, Option<Arc<Stop>>), Trouble> {
        let Some(_turn) = self.take_turn(engine, py) else {
            engine.refresh(py, false)?;
            return Ok((Resume::Detached, None));
        };
        let _guard = Guard::enter();
        // The client may have gone while another stop lasted.
        let Some(session) = engine.armed_session() else {
            engine.refresh(py, false)?;
            return Ok((Resume::Detached, None));
        };
        engine.inspection.forget(py);
        engine.inspection.revive(py, &stop.stack);
        returns::keep_only(&stop.stack);
        let stop = Arc::new(stop);
        *lock(&self.current) = Some(Current {
            stop: Arc::clone(&stop),
            resume: None,
        });
        engine.jobs.set_parked(true);
        tracing::info!(target: ENGINE, reason = ?stop.reason, thread = stop.ident, frames = stop.stack.len(), "stopped");
        // Before anybody hears of the stop, and until others are held or run: a signal that comes just then is lost to
        // neither.
        #[cfg(unix)]
        let signals = ffi::signals::Watch::start();
        let announced = events::threads_and_stop(engine, py, &session, &stop);
        let outcome = self.serve(
            engine,
            py,
            #[cfg(unix)]
            &signals,
        );
        if engine.is_forked() {
            // The client's request has forked, and this is the child: it runs on, and the debugger stayed in the parent.
            // A lock of another thread may be held for ever.
            return Ok((Resume::Detached, None));
        }
        engine.jobs.set_parked(false);
        tracing::info!(target: ENGINE, how = ?outcome.as_ref().ok(), "runs on");
        let ended = lock(&self.current).take();
        drop(ended);
        let resume = *outcome.as_ref().unwrap_or(&Resume::Continue { alone: None });
        requests::let_go(engine, py, resume, Some(&stop))?;
        outcome.map_err(Trouble::Surfacing)?;
        announced?;
        Ok((resume, resume.alone().map(|_| stop)))
    }

    /// Says that the inspector thread takes a job. A thread that wants to stop waits for its end, so that the answer is
    /// not held up by the stop.
    pub(crate) fn begin_inspection(&self) -> Inspecting<'_> {
        lock(&self.turns).inspecting = true;
        Inspecting(self)
    }

    /// Waits, without the GIL, until no other thread is stopped. `None` when there is no client any more to stop for.
    fn take_turn(&self, engine: &'static Engine, py: Python<'_>) -> Option<Turn<'_>> {
        let is_inspector = is_inspector_thread();
        let begun = Instant::now();
        loop {
            // One that is not to run does not stop either, until it is released.
            engine.gate.wait_before(engine, py);
            {
                let mut turns = lock(&self.turns);
                // The inspector has answered, and is to stop the program: nobody has to wait for it.
                turns.inspecting &= !is_inspector;
                // What the inspector runs may need a lock that this very thread holds: it is not waited for for ever.
                let inspects = turns.inspecting && !is_inspector && begun.elapsed() < INSPECTION;
                if !turns.taken && !inspects {
                    turns.taken = true;
                    return Some(Turn(self));
                }
            }
            engine.armed_session().filter(|session| session.client.is_open())?;
            py.detach(|| {
                let turns = lock(&self.turns);
                let waited = self.freed.wait_timeout(turns, PATIENCE);
                drop(waited.unwrap_or_else(PoisonError::into_inner));
            });
        }
    }

    /// Serves the client until something ends the stop.
    fn serve(
        &self,
        engine: &'static Engine,
        py: Python<'_>,
        #[cfg(unix)] signals: &ffi::signals::Watch,
    ) -> PyResult<Resume> {
        let begun = Instant::now();
        let mut heard = begun;
        loop {
            // It needs the GIL to answer, and its client may wait for that before it sends what ends the stop.
            let overlaps = lock(&self.turns).inspecting && begun.elapsed() < OVERLAP;
            let patience = if overlaps {
                py.detach(|| self.await_inspector());
                Duration::ZERO
            } else {
                PATIENCE
            };
            if let Some(job) = engine.jobs.take_parked(patience) {
                requests::run(engine, py, job);
                heard = Instant::now();
            } else if limit().is_some_and(|limit| heard.elapsed() >= limit) {
                // That it has gone comes as a job.
                events::forgotten(engine);
                heard = Instant::now();
            }
            if engine.is_forked() {
                return Ok(Resume::Detached);
            }
            if let Some(resume) = lock(&self.current).as_mut().and_then(|current| current.resume.take()) {
                return Ok(resume);
            }
            if engine.jobs.is_closed() {
                return Ok(Resume::Detached);
            }
            #[cfg(unix)]
            if let Some(signal) = signals.take() {
                obey_signal(engine, signal, self.stopped_thread().unwrap_or_else(ffi::thread_ident));
                // Runs the program's handlers if this is the main thread; otherwise the main thread does when it runs.
                return py.check_signals().map(|()| Resume::Continue { alone: None });
            }
        }
    }

    /// Waits, without the GIL, for the inspector's job, and not for long.
    fn await_inspector(&self) {
        let turns = lock(&self.turns);
        let waited = self.freed.wait_timeout_while(turns, PATIENCE, |turns| turns.inspecting);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// Says that the calling thread runs Python code for a request, until [`Evaluation`] is dropped.
    pub(crate) fn begin_evaluation<'a>(&'a self, py: Python<'a>) -> Evaluation<'a> {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        lock(&self.evaluating).push(Evaluating {
            ident: ffi::thread_ident(),
            number,
            interrupted: false,
        });
        Evaluation {
            stops: self,
            py,
            number,
        }
    }

    /// The numbers of the evaluations, if Python code runs for requests now; the oldest first.
    pub(crate) fn evaluations(&self) -> Vec<u64> {
        lock(&self.evaluating)
            .iter()
            .map(|evaluating| evaluating.number)
            .collect()
    }

    /// Lets `exception` surface in the code that runs for a request. Returns whether there was any.
    pub(crate) fn interrupt(&self, py: Python<'_>, exception: &Bound<'_, PyAny>) -> bool {
        let mut evaluating = lock(&self.evaluating);
        for one in evaluating.iter_mut() {
            one.interrupted = true;
            ffi::set_async_exception(py, one.ident, exception);
        }
        !evaluating.is_empty()
    }
}

/// A signal came for the program, which is held, the thread `ident` at least: all of it goes on to handle that.
#[cfg(unix)]
pub(crate) fn obey_signal(engine: &Engine, signal: i32, ident: u64) {
    events::resumed_by_signal(engine, signal, ident);
    if signal == libc::SIGTERM {
        engine.mute();
    }
    drop(engine.steps.clear());
}

/// Python code that runs for a request.
pub(crate) struct Evaluation<'a> {
    stops: &'a Stops,
    py: Python<'a>,
    number: u64,
}

impl Drop for Evaluation<'_> {
    fn drop(&mut self) {
        let ended = {
            let mut evaluating = lock(&self.stops.evaluating);
            let index = evaluating.iter().position(|one| one.number == self.number);
            index.map(|index| evaluating.remove(index))
        };
        if let Some(engine) = crate::engine::get() {
            engine.gate.evaluation_ended();
        }
        if ended.is_some_and(|evaluating| evaluating.interrupted) {
            // An exception that came too late must not surface in the program, and taking it back would leave CPython
            // looking for it for ever: it surfaces here. Not raised any more, it has surfaced before.
            let _ = self.py.run(c"for _ in range(10): pass", None, None);
        }
    }
}
