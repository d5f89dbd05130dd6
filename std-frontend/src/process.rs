//! The process as its threads see it: started or not, attached or not, and the gate that holds a thread until a client
//! has finished its configuration.

use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use crate::sync::{Condvar, Mutex, MutexGuard};
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
pub struct Process {
    state: Mutex<State>,
    changed: Condvar,
    /// Tasks that wait, by the numbers of their waits.
    tasks: Mutex<Tasks>,
}

#[derive(Debug, Default)]
struct Tasks {
    next: u64,
    waiting: BTreeMap<u64, Waker>,
}

#[derive(Clone, Copy, Debug)]
struct State {
    life: Lifecycle,
    /// The attached client has finished its configuration.
    configured: bool,
    /// Since when a client has the place.
    attached: Option<Instant>,
    /// How often that happened so far: a client that came and left between two slices of a wait counts, too.
    openings: u64,
    /// How often all waits were cancelled so far.
    cancels: u64,
    /// This process has no need to wait for a client because it is a child.
    let_go: bool,
}

impl Default for Process {
    /// A dormant process.
    fn default() -> Self {
        let state = State {
            life: Lifecycle::new(&Config::default()),
            configured: false,
            attached: None,
            openings: 0,
            cancels: 0,
            let_go: false,
        };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            tasks: Mutex::default(),
        }
    }
}

impl Process {
    /// The process listens from now on. Only [`Debugger::start`](crate::Debugger::start) says so, under a lock of its own.
    pub fn listening(&self, config: &Config) {
        let mut state = self.lock();
        state.life = Lifecycle::new(config);
        let _ = state.life.start();
        state.life.bound();
    }

    /// It doesn't after all.
    pub fn dormant(&self) {
        self.lock().life = Lifecycle::new(&Config::default());
    }

    /// A client takes the place of the one that debugs.
    pub fn attach(&self) -> Result<(), AttachError> {
        let mut state = self.lock();
        state.life.attach()?;
        state.attached = Some(Instant::now());
        Ok(())
    }

    /// The attached client has finished its configuration: the gate opens.
    pub fn configured(&self) {
        let mut state = self.lock();
        state.life.configured();
        state.configured = true;
        state.openings += 1;
        drop(state);
        self.notify();
    }

    /// The attached client is gone.
    pub fn detach(&self) {
        let mut state = self.lock();
        state.life.detach();
        state.configured = false;
        state.attached = None;
    }

    /// Tells whether a client has the place.
    pub fn is_attached(&self) -> bool {
        self.lock().life.state() == dapstub::lifecycle::State::Attached
    }

    /// Tells whether a client has the place for longer than that, and has not finished its configuration.
    pub fn is_overdue(&self, patience: Duration) -> bool {
        let state = self.lock();
        !state.configured && state.attached.is_some_and(|since| since.elapsed() >= patience)
    }

    /// Tells whether the program is to be held still.
    pub fn is_held(&self) -> bool {
        self.lock().life.is_held()
    }

    /// Ends every wait that has begun.
    pub fn cancel(&self) {
        self.lock().cancels += 1;
        self.notify();
    }

    /// A child need not wait for a client any more.
    pub fn let_go(&self) {
        self.lock().let_go = true;
        self.notify();
    }

    /// Blocks a child until a client was configured, or it need not wait, or the time is over; tells whether it is not
    /// the last.
    pub fn hold_child(&self, deadline: Instant) -> bool {
        let mut state = self.lock();
        loop {
            if state.openings > 0 || state.let_go {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn notify(&self) {
        self.changed.notify_all();
        let woken = core::mem::take(&mut self.tasks().waiting);
        woken.into_values().for_each(Waker::wake);
    }

    fn tasks(&self) -> MutexGuard<'_, Tasks> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
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
    /// Of this wait among all that tasks do.
    number: u64,
}

impl Waiter {
    #[doc(hidden)]
    pub fn new(process: Arc<Process>) -> Self {
        let begun = *process.lock();
        let mut tasks = process.tasks();
        let number = tasks.next;
        tasks.next += 1;
        drop(tasks);
        Self { process, begun, number }
    }

    /// The same for a task, which is woken when it is worth while to ask again. One task at a time: only the last is
    /// remembered.
    pub fn poll_wait(&self, context: &mut Context<'_>) -> Poll<Waited> {
        // First the waker, then the look: what changes in between wakes.
        self.process
            .tasks()
            .waiting
            .insert(self.number, context.waker().clone());
        match self.outcome(&self.process.lock()) {
            Some(waited) => {
                self.forget();
                Poll::Ready(waited)
            }
            None => Poll::Pending,
        }
    }

    /// The task does not wait any more.
    pub fn forget(&self) {
        self.process.tasks().waiting.remove(&self.number);
    }

    fn outcome(&self, state: &State) -> Option<Waited> {
        if state.configured || state.openings != self.begun.openings {
            Some(Waited::Client)
        } else if state.cancels != self.begun.cancels {
            Some(Waited::Cancelled)
        } else {
            None
        }
    }

    /// Blocks until a client is configured, the wait is cancelled, or `timeout` is over; `None` waits for ever.
    ///
    /// Returns at once while a configured client is attached.
    pub fn wait(&self, timeout: Option<Duration>) -> Waited {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut state = self.process.lock();
        loop {
            if let Some(waited) = self.outcome(&state) {
                return waited;
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

impl Drop for Waiter {
    fn drop(&mut self) {
        self.forget();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Option<Duration> = Some(Duration::from_millis(1));
    const LATE: Option<Duration> = Some(Duration::from_secs(20));

    fn listening() -> Arc<Process> {
        let process = Process::default();
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
    fn tasks_that_wait_are_woken_and_leave_nothing_behind() {
        let process = listening();
        let (waiter, dropped) = (Waiter::new(process.clone()), Waiter::new(process.clone()));
        let mut context = Context::from_waker(Waker::noop());
        assert!(waiter.poll_wait(&mut context).is_pending());
        assert!(waiter.poll_wait(&mut context).is_pending());
        assert!(dropped.poll_wait(&mut context).is_pending());
        assert_eq!(process.tasks().waiting.len(), 2);
        drop(dropped);
        process.attach().unwrap();
        process.configured();
        assert_eq!(process.tasks().waiting.len(), 0);
        assert_eq!(waiter.poll_wait(&mut context), Poll::Ready(Waited::Client));
        assert_eq!(process.tasks().waiting.len(), 0);
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
