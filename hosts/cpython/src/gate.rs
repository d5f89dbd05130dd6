//! Single threads: while some run alone, the others wait at a gate.
//!
//! A stop holds the GIL and with it every thread; it cannot hold some and let others run. So when the client lets one
//! thread go on alone (`singleThread`, `steppingResumesAllThreads: false`), the gate closes before the stop gives the GIL
//! back: hooks report whatever a thread does next, and a thread that was not released waits there without the GIL, for
//! as long as the gate is closed to it.
//!
//! ```text
//! open --only(thread)--> closed to all but this thread --also(thread)--> ... --open()--> open
//! ```
//!
//! | | |
//! |---|---|
//! | in the middle of a line | goes on to the next line, call or turn of a loop, and waits there |
//! | in native code, or blocked | stands where it is; waits when it comes back to Python |
//! | began while the gate is closed | runs: whoever starts a thread waits until it runs |
//! | inside locks of Python's own ([`spared`]) | comes out of there first |
//! | executes code for the debugger | is not concerned |
//!
//! Whatever ends a stop opens the gate: `continue` for all, a client that goes, a signal, the end of the program. One of
//! those who wait, the sentinel, looks for signals, for a client that says nothing any more, and for code that runs for the
//! client and does not come to its end: it may need a lock that somebody has who is held, and nobody could break that off.
//! The gate is ajar, then, and all run until that code has ended.

pub(crate) mod spared;

use core::cell::Cell;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use core::time::Duration;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

use pyo3::prelude::*;

use crate::engine::{self, Engine, lock};
use crate::ffi;
use crate::stop::{self, Stop};
use crate::tracker::{is_debugger_thread, is_inspector_thread};
use crate::trouble::report;

/// How long the sentinel sleeps between its looks.
const PATIENCE: Duration = Duration::from_millis(50);

/// How long code that runs for the client may take before the others run as well.
const ALONE: Duration = Duration::from_secs(1);

/// How long the end of the program waits for those who wait to leave.
const FAREWELL: Duration = Duration::from_secs(1);

thread_local! {
    /// The state of the gate in which this thread was found free to go.
    static PASSED: Cell<u64> = const { Cell::new(0) };
    /// Where this thread waited last: its frame, by address, and the instruction there.
    static WAITED_AT: Cell<Option<(usize, i64)>> = const { Cell::new(None) };
}

/// A thread, as the gate knows it.
#[derive(Debug, Clone, Copy)]
struct Comer {
    ident: u64,
    /// The number of its thread state: no other has it, and later ones have greater ones.
    state: i64,
}

/// A thread that waits.
#[derive(Debug)]
struct Waiting {
    ident: u64,
    /// Its own stop, which it has not come back from.
    stop: Option<Arc<Stop>>,
}

#[derive(Debug)]
struct State {
    /// The newest thread state when the gate was closed.
    newest: i64,
    /// Who runs, by ident.
    released: Vec<u64>,
    waiting: Vec<Waiting>,
    sentinel: Option<u64>,
    /// The evaluation that the sentinel has seen under way, by its number, and since when.
    evaluation: Option<(u64, Instant)>,
    /// All run until that evaluation has ended.
    ajar: bool,
    /// When something was heard from the client last.
    heard: Instant,
    #[cfg(unix)]
    signals: Option<ffi::signals::Watch>,
}

impl State {
    fn lets_pass(&self, comer: Comer) -> bool {
        self.ajar || comer.state > self.newest || self.released.contains(&comer.ident)
    }
}

/// Why one who waits wakes.
enum Wake {
    Free,
    Signal,
}

/// The gate of the process.
#[derive(Debug)]
pub(crate) struct Gate {
    /// The hooks report to it.
    prepared: AtomicBool,
    closed: AtomicBool,
    /// Changes whenever somebody may be let through who was not before, or the other way round.
    epoch: AtomicU64,
    state: Mutex<State>,
    changed: Condvar,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            prepared: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            epoch: AtomicU64::new(1),
            state: Mutex::new(State {
                newest: 0,
                released: Vec::new(),
                waiting: Vec::new(),
                sentinel: None,
                evaluation: None,
                ajar: false,
                heard: Instant::now(),
                #[cfg(unix)]
                signals: None,
            }),
            changed: Condvar::new(),
        }
    }
}

/// Whether [`pass`] has anything to do on this thread.
#[inline]
pub(crate) fn is_due() -> bool {
    engine::get().is_some_and(|engine| engine.gate.is_due())
}

/// Called for what a thread does next, `code` being what it executes: waits if the thread is not to run.
///
/// Touches no Python object while it waits, and hands the GIL over.
pub(crate) fn pass(py: Python<'_>, code: &Bound<'_, PyAny>) {
    let Some(engine) = engine::get().filter(|engine| engine.gate.is_due()) else {
        return;
    };
    let comer = Comer::here(py);
    if engine.gate.lets_pass(comer) || spared::is_spared(engine, code) {
        return;
    }
    engine.gate.wait(engine, py, comer, None);
    if engine.steps.any() {
        let place = ffi::current_frame(py).and_then(|frame| {
            let instruction = frame.getattr("f_lasti").ok()?.extract().ok()?;
            Some((frame.as_ptr() as usize, instruction))
        });
        WAITED_AT.set(place);
    }
}

/// Whether this thread has just waited at the place where `frame` stands: a step that began meanwhile does not end there.
pub(crate) fn take_waited_at(frame: &Bound<'_, PyAny>) -> PyResult<bool> {
    match WAITED_AT.take() {
        Some((address, instruction)) if address == frame.as_ptr() as usize => {
            Ok(frame.getattr("f_lasti")?.extract::<i64>()? == instruction)
        }
        _ => Ok(false),
    }
}

impl Comer {
    fn here(py: Python<'_>) -> Self {
        Self {
            ident: ffi::thread_ident(),
            state: ffi::thread_states::current(py),
        }
    }
}

impl Gate {
    #[inline]
    fn is_due(&self) -> bool {
        self.is_closed() && PASSED.get() != self.epoch.load(Ordering::Relaxed) && !is_debugger_thread()
    }

    /// Says whether the hooks report what threads do.
    pub(crate) fn set_prepared(&self, prepared: bool) {
        self.prepared.store(prepared, Ordering::Relaxed);
    }

    /// Whether they do: otherwise the gate must not close, for nobody would come to it.
    pub(crate) fn is_prepared(&self) -> bool {
        self.prepared.load(Ordering::Relaxed)
    }

    /// Whether threads are held while others run.
    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Whether the thread with this ident is held, or would be if it came to Python.
    pub(crate) fn holds(&self, ident: u64) -> bool {
        self.is_closed() && !lock(&self.state).released.contains(&ident)
    }

    /// The stop that a thread which waits has not come back from.
    pub(crate) fn stop_of(&self, ident: u64) -> Option<Arc<Stop>> {
        if !self.is_closed() {
            return None;
        }
        let state = lock(&self.state);
        let waiting = state.waiting.iter().find(|waiting| waiting.ident == ident)?;
        waiting.stop.clone()
    }

    /// Closes the gate to all threads that there are but this one, or changes which one that is.
    pub(crate) fn only(&self, py: Python<'_>, ident: u64) {
        let newest = ffi::thread_states::newest(py);
        let mut state = lock(&self.state);
        state.newest = newest;
        state.ajar = false;
        state.released.clear();
        state.released.push(ident);
        state.heard = Instant::now();
        #[cfg(unix)]
        if state.signals.is_none() {
            state.signals = Some(ffi::signals::Watch::start());
        }
        self.closed.store(true, Ordering::Relaxed);
        self.renew();
    }

    /// Lets this thread through as well.
    pub(crate) fn also(&self, ident: u64) {
        let mut state = lock(&self.state);
        state.released.push(ident);
        self.renew();
    }

    /// Lets all through.
    pub(crate) fn open(&self) {
        if !self.is_closed() {
            return;
        }
        let mut state = lock(&self.state);
        state.released.clear();
        #[cfg(unix)]
        {
            state.signals = None;
        }
        self.closed.store(false, Ordering::Relaxed);
        self.renew();
    }

    fn renew(&self) {
        self.epoch.fetch_add(1, Ordering::Relaxed);
        self.changed.notify_all();
    }

    /// Code that ran for the client has ended.
    pub(crate) fn evaluation_ended(&self) {
        if !self.is_closed() {
            return;
        }
        let mut state = lock(&self.state);
        state.evaluation = None;
        if core::mem::take(&mut state.ajar) {
            self.renew();
        }
    }

    /// Sees to it that what runs for the client comes to its end. Called by the sentinel.
    fn watch_evaluation(&self, engine: &Engine) {
        let now = engine.stops.evaluations().first().copied();
        let mut state = lock(&self.state);
        match (now, state.evaluation) {
            (Some(number), Some((known, begun))) if number == known => {
                if begun.elapsed() >= ALONE {
                    state.ajar = true;
                    self.renew();
                }
            }
            _ => state.evaluation = now.map(|number| (number, Instant::now())),
        }
    }

    /// In a forked child: open, without a look at what other threads of the parent may have locked.
    pub(crate) fn abandon(&self) {
        self.closed.store(false, Ordering::Relaxed);
    }

    /// Something was heard from the client.
    pub(crate) fn note_heard(&self) {
        if self.is_closed() {
            lock(&self.state).heard = Instant::now();
        }
    }

    /// Lets the calling thread, whose stop is over, wait until it is released, if another one was.
    pub(crate) fn wait_after(&self, engine: &'static Engine, py: Python<'_>, stop: Arc<Stop>) {
        let comer = Comer::here(py);
        if self.is_due() && !self.lets_pass(comer) {
            self.wait(engine, py, comer, Some(stop));
        }
    }

    /// Lets the calling thread, which has come to a stop of its own, wait with it until it is released.
    pub(crate) fn wait_before(&self, engine: &'static Engine, py: Python<'_>) {
        let comer = Comer::here(py);
        if self.is_due() && !self.lets_pass(comer) {
            self.wait(engine, py, comer, None);
        }
    }

    fn lets_pass(&self, comer: Comer) -> bool {
        let is_audit = engine::get().is_some_and(|engine| engine.audit.is_thread(comer.ident));
        let mut state = lock(&self.state);
        let passes = is_audit || is_inspector_thread() || state.lets_pass(comer) || !self.is_closed();
        if passes {
            PASSED.set(self.epoch.load(Ordering::Relaxed));
            // Began meanwhile: from now on it is known by its ident, too.
            if comer.state > state.newest && !state.released.contains(&comer.ident) {
                state.released.push(comer.ident);
            }
        }
        passes
    }

    fn wait(&self, engine: &'static Engine, py: Python<'_>, comer: Comer, stop: Option<Arc<Stop>>) {
        let ident = comer.ident;
        lock(&self.state).waiting.push(Waiting { ident, stop });
        while let Wake::Signal = py.detach(|| self.sleep(engine, comer)) {
            self.obey_signal(engine, py, ident);
        }
        let left = {
            let mut state = lock(&self.state);
            let index = state.waiting.iter().position(|waiting| waiting.ident == ident);
            index.map(|index| state.waiting.swap_remove(index))
        };
        self.changed.notify_all();
        // It may hold the last references to frames.
        drop(left);
    }

    /// Sleeps, without the GIL, until the thread may go on or a signal has come.
    fn sleep(&self, engine: &'static Engine, comer: Comer) -> Wake {
        let mut state = lock(&self.state);
        loop {
            if !self.is_closed() || state.lets_pass(comer) {
                PASSED.set(self.epoch.load(Ordering::Relaxed));
                if state.sentinel == Some(comer.ident) {
                    state.sentinel = None;
                    self.changed.notify_all();
                }
                return Wake::Free;
            }
            if *state.sentinel.get_or_insert(comer.ident) != comer.ident {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let heard = state.heard;
            drop(state);
            self.watch_evaluation(engine);
            if engine.stops.current().is_some() {
                // The stopped thread looks for all of it.
                self.note_heard();
            } else if is_signalled() {
                return Wake::Signal;
            } else if stop::limit().is_some_and(|limit| heard.elapsed() >= limit) {
                crate::events::forgotten(engine);
                self.note_heard();
            }
            state = lock(&self.state);
            if self.is_closed() && !state.lets_pass(comer) {
                let waited = self.changed.wait_timeout(state, PATIENCE);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }

    /// A signal ends this as it ends a stop: all threads run, and the main one handles it.
    fn obey_signal(&self, engine: &'static Engine, py: Python<'_>, ident: u64) {
        #[cfg(unix)]
        {
            // A stop that began meanwhile has taken it.
            let taken = {
                let state = lock(&self.state);
                state.signals.as_ref().and_then(ffi::signals::Watch::take)
            };
            if let Some(signal) = taken {
                stop::obey_signal(engine, signal, ident);
                engine.stops.resume(stop::Resume::Continue { alone: None });
                if let Err(error) = engine.open_gate(py).and_then(|()| engine.refresh(py, false)) {
                    report(py, &error);
                }
            }
        }
        #[cfg(not(unix))]
        let _ = (engine, py, ident);
    }

    /// Waits, without the GIL, until those who waited have left, so that none of them comes back to an interpreter that is
    /// being taken down.
    pub(crate) fn drain(&self, py: Python<'_>) {
        py.detach(|| {
            let state = lock(&self.state);
            let left = self
                .changed
                .wait_timeout_while(state, FAREWELL, |state| !state.waiting.is_empty());
            drop(left.unwrap_or_else(PoisonError::into_inner));
        });
    }
}

fn is_signalled() -> bool {
    #[cfg(unix)]
    return ffi::signals::is_noticed();
    #[cfg(not(unix))]
    false
}
