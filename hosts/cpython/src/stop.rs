//! Stops: one thread parks and keeps the GIL, so that the whole program stands still.
//!
//! The parked thread serves the client's requests itself: it has the GIL and its own frames at hand. It notices what
//! ends the stop: a resuming request, a client that has gone (a job like any other), a signal, the end of the
//! debugger. While it evaluates something, Python may hand the GIL to other threads; one that reaches a breakpoint just
//! then waits for its turn without the GIL, and stops when the first stop is over.

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use pyo3::{prelude::*, types::PyString};

use crate::engine::{Engine, Session, lock};
use crate::exception_rules::{self, Filter};
use crate::ffi;
use crate::stack::{self, Entry};
use crate::tracker::{Guard, is_inspector_thread};
use crate::trouble::Trouble;
use crate::{events, requests, returns};

/// How long the parked thread waits for a job before it looks for signals.
const PATIENCE: Duration = Duration::from_millis(50);

/// How long a thread that wants to stop waits for the inspector's job.
const INSPECTION: Duration = Duration::from_secs(1);

/// How long a stop lasts while nothing at all is heard from the client, unless [`STOP_LIMIT`] says otherwise.
///
/// A client whose process is suspended is there, as far as its system tells, and nothing of DAP asks whether it is. An
/// hour is more than a person thinks, and less than a program may be forgotten.
const LIMIT: Duration = Duration::from_secs(3600);

/// The environment variable with that limit in seconds; 0 for none.
const STOP_LIMIT: &str = "DAPSTUB_STOP_LIMIT";

/// The limit for stops of this process, read once.
fn limit() -> Option<Duration> {
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
    /// All threads run.
    Continue,
    /// All threads run, this one until its step ends.
    Step { ident: u64 },
    /// Nothing runs: the same thread stops anew where it was sent.
    Again,
    /// The client has gone.
    Detached,
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
    evaluating: Mutex<Option<Evaluating>>,
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

    /// Ends the stop that lasts now. The parked thread goes on after the job that calls this.
    pub(crate) fn resume(&self, resume: Resume) {
        if let Some(current) = lock(&self.current).as_mut() {
            current.resume = Some(resume);
        }
    }

    /// Stops the calling thread until the client lets it run again.
    ///
    /// # Errors
    ///
    /// [`Trouble::Surfacing`]: what a signal handler raised meanwhile.
    pub(crate) fn park(&self, engine: &'static Engine, py: Python<'_>, mut stop: Stop) -> Result<(), Trouble> {
        let innermost = stop.stack.first().map(|entry| entry.frame.clone_ref(py));
        while self.park_once(engine, py, stop)? == Resume::Again {
            let frame = innermost.as_ref().map(|frame| frame.bind(py).clone());
            stop = Stop::here(Reason::Goto, Vec::new(), stack::walk(engine, frame)?);
        }
        Ok(())
    }

    fn park_once(&self, engine: &'static Engine, py: Python<'_>, stop: Stop) -> Result<Resume, Trouble> {
        let Some(_turn) = self.take_turn(engine, py) else {
            engine.refresh(py, false)?;
            return Ok(Resume::Detached);
        };
        let _guard = Guard::enter();
        // The client may have gone while another stop lasted.
        let Some(session) = engine.armed_session() else {
            engine.refresh(py, false)?;
            return Ok(Resume::Detached);
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
        let announced = events::threads_and_stop(engine, py, &session, &stop);
        let outcome = self.serve(engine, py);
        if engine.is_forked() {
            // The client's request has forked, and this is the child: it runs on, and the debugger stayed in the parent.
            // A lock of another thread may be held for ever.
            return Ok(Resume::Detached);
        }
        engine.jobs.set_parked(false);
        let ended = lock(&self.current).take();
        drop((ended, stop));
        engine.inspection.forget(py);
        match outcome.as_ref().unwrap_or(&Resume::Continue) {
            Resume::Step { ident } => requests::begin_step(engine, py, *ident)?,
            Resume::Again => engine.refresh(py, false)?,
            Resume::Continue | Resume::Detached => {
                returns::forget();
                engine.refresh(py, false)?;
            }
        }
        let resume = outcome.map_err(Trouble::Surfacing)?;
        announced?;
        Ok(resume)
    }

    /// Says that the inspector thread takes a job. A thread that wants to stop waits for its end, so that the answer is
    /// not held up by the stop.
    pub(crate) fn begin_inspection(&self) -> Inspecting<'_> {
        lock(&self.turns).inspecting = true;
        Inspecting(self)
    }

    /// Waits, without the GIL, until no other thread is stopped. `None` when there is no client any more to stop for.
    fn take_turn(&self, engine: &Engine, py: Python<'_>) -> Option<Turn<'_>> {
        let is_inspector = is_inspector_thread();
        let begun = Instant::now();
        loop {
            {
                let mut turns = lock(&self.turns);
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
    fn serve(&self, engine: &'static Engine, py: Python<'_>) -> PyResult<Resume> {
        #[cfg(unix)]
        let signals = ffi::signals::Watch::start();
        let mut heard = Instant::now();
        loop {
            if let Some(job) = engine.jobs.take_parked(PATIENCE) {
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
                events::resumed_by_signal(engine, signal);
                if signal == libc::SIGTERM {
                    engine.mute();
                }
                drop(engine.steps.clear());
                // Runs the program's handlers if this is the main thread; otherwise the main thread does when it runs.
                return py.check_signals().map(|()| Resume::Continue);
            }
        }
    }

    /// Says that the calling thread runs Python code for a request, until [`Evaluation`] is dropped.
    pub(crate) fn begin_evaluation<'a>(&'a self, py: Python<'a>) -> Evaluation<'a> {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        *lock(&self.evaluating) = Some(Evaluating {
            ident: ffi::thread_ident(),
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            interrupted: false,
        });
        Evaluation { stops: self, py }
    }

    /// The number of the evaluation, if Python code runs for a request now.
    pub(crate) fn evaluation(&self) -> Option<u64> {
        lock(&self.evaluating).as_ref().map(|evaluating| evaluating.number)
    }

    /// Lets `exception` surface in the code that runs for a request. Returns whether there was any.
    pub(crate) fn interrupt(&self, py: Python<'_>, exception: &Bound<'_, PyAny>) -> bool {
        let mut evaluating = lock(&self.evaluating);
        if let Some(evaluating) = evaluating.as_mut() {
            evaluating.interrupted = true;
            ffi::set_async_exception(py, evaluating.ident, exception);
        }
        evaluating.is_some()
    }
}

/// Python code that runs for a request.
pub(crate) struct Evaluation<'a> {
    stops: &'a Stops,
    py: Python<'a>,
}

impl Drop for Evaluation<'_> {
    fn drop(&mut self) {
        let ended = lock(&self.stops.evaluating).take();
        if ended.is_some_and(|evaluating| evaluating.interrupted) {
            // An exception that came too late must not surface in the program, and taking it back would leave CPython
            // looking for it for ever: it surfaces here. Not raised any more, it has surfaced before.
            let _ = self.py.run(c"for _ in range(10): pass", None, None);
        }
    }
}
