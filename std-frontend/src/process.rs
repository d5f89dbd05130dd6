//! The process as its threads see it: started or not, attached or not, and the gate that holds a thread until a client
//! has finished its configuration.

use core::time::Duration;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use dapstub::config::Config;
use dapstub::lifecycle::{AttachError, Lifecycle};

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// A client has sent `configurationDone`.
    Client,
    /// The time is over.
    TimedOut,
    /// Somebody called [`Debugger::cancel_wait`](crate::Debugger::cancel_wait), or the server has shut down.
    Cancelled,
}

/// The core's [`Lifecycle`] under a lock that is held for a few instructions at a time, and what can be waited for.
#[derive(Debug)]
pub(crate) struct Process {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug)]
struct State {
    life: Lifecycle,
    /// The attached client has finished its configuration.
    configured: bool,
    /// How often that happened so far: a client that came and left between two slices of a wait counts, too.
    openings: u64,
    /// How often all waits were cancelled so far.
    cancels: u64,
}

impl Process {
    pub(crate) fn new() -> Self {
        let state = State {
            life: Lifecycle::new(&Config::default()),
            configured: false,
            openings: 0,
            cancels: 0,
        };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    /// The process listens from now on. Only [`Debugger::start`](crate::Debugger::start) says so, under a lock of its own.
    pub(crate) fn listening(&self, config: &Config) {
        let mut state = self.lock();
        state.life = Lifecycle::new(config);
        let _ = state.life.start();
        state.life.bound();
    }

    /// It doesn't after all.
    pub(crate) fn dormant(&self) {
        self.lock().life = Lifecycle::new(&Config::default());
    }

    /// A client takes the place of the one that debugs.
    pub(crate) fn attach(&self) -> Result<(), AttachError> {
        self.lock().life.attach()
    }

    /// The attached client has finished its configuration: the gate opens.
    pub(crate) fn configured(&self) {
        let mut state = self.lock();
        state.life.configured();
        state.configured = true;
        state.openings += 1;
        drop(state);
        self.changed.notify_all();
    }

    /// The attached client is gone.
    pub(crate) fn detach(&self) {
        let mut state = self.lock();
        state.life.detach();
        state.configured = false;
    }

    pub(crate) fn is_attached(&self) -> bool {
        self.lock().life.state() == dapstub::lifecycle::State::Attached
    }

    pub(crate) fn is_held(&self) -> bool {
        self.lock().life.is_held()
    }

    /// Ends every wait that has begun.
    pub(crate) fn cancel(&self) {
        self.lock().cancels += 1;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One wait for a client, begun when it was made by [`Debugger::waiter`](crate::Debugger::waiter).
///
/// A caller that has to look after other things meanwhile (signals, for one) waits in slices; a client that came and
/// left between two slices, and a cancel between them, are noticed by the next one.
#[derive(Debug)]
pub struct Waiter {
    process: Arc<Process>,
    begun: State,
}

impl Waiter {
    pub(crate) fn new(process: Arc<Process>) -> Self {
        let begun = *process.lock();
        Self { process, begun }
    }

    /// Blocks until a client is configured, the wait is cancelled, or `timeout` is over; `None` waits for ever.
    ///
    /// Returns at once while a configured client is attached.
    pub fn wait(&self, timeout: Option<Duration>) -> Waited {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut state = self.process.lock();
        loop {
            if state.configured || state.openings != self.begun.openings {
                return Waited::Client;
            }
            if state.cancels != self.begun.cancels {
                return Waited::Cancelled;
            }
            state = match deadline {
                None => self.process.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Waited::TimedOut;
                    }
                    self.process
                        .changed
                        .wait_timeout(state, left)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Option<Duration> = Some(Duration::from_millis(1));
    const LATE: Option<Duration> = Some(Duration::from_secs(20));

    fn listening() -> Arc<Process> {
        let process = Process::new();
        process.listening(&Config {
            wait: true,
            ..Config::default()
        });
        Arc::new(process)
    }

    #[test]
    fn an_opening_between_two_slices_counts() {
        let process = listening();
        let waiter = Waiter::new(process.clone());
        process.attach().unwrap();
        assert_eq!(waiter.wait(SOON), Waited::TimedOut);
        assert!(process.is_held());
        process.configured();
        process.detach();
        assert_eq!(waiter.wait(SOON), Waited::Client);
        assert!(!process.is_held());
        assert_eq!(Waiter::new(process).wait(SOON), Waited::TimedOut);
    }

    #[test]
    fn an_open_gate_holds_nobody() {
        let process = listening();
        process.attach().unwrap();
        assert_eq!(process.attach(), Err(AttachError::Busy));
        process.configured();
        assert_eq!(Waiter::new(process).wait(LATE), Waited::Client);
    }

    #[test]
    fn cancel_ends_the_waits_that_have_begun() {
        let process = listening();
        let waiter = Waiter::new(process.clone());
        let thread = std::thread::spawn({
            let waiter = Waiter::new(process.clone());
            move || waiter.wait(LATE)
        });
        process.cancel();
        assert_eq!(thread.join().unwrap(), Waited::Cancelled);
        assert_eq!(waiter.wait(LATE), Waited::Cancelled);
        assert_eq!(Waiter::new(process).wait(SOON), Waited::TimedOut);
    }
}
