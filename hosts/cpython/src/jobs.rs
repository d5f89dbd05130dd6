//! Work for a thread that holds the GIL.
//!
//! The I/O thread of the frontend never takes the GIL: a stop holds it, so waiting for it would lock both out. It
//! posts jobs here. While the program runs, the inspector thread takes them (and may wait for the GIL); while it is
//! stopped, the parked thread does, which holds the GIL already.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use dapstub::protocol::Command;
use dapstub::session::Ticket;
use dapstub::{Failure, failure};
use dapstub_std::{Client, Disconnect};

use crate::attach::AttachOptions;

/// One piece of work, in the order in which the client sent it.
#[derive(Debug)]
pub(crate) enum Job {
    /// A client was let in with these options.
    Attach { client: Client, options: AttachOptions },
    /// A request, with the bytes of its message.
    Request {
        client: Client,
        ticket: Ticket,
        message: Vec<u8>,
    },
    /// The client has gone.
    Detach { client: u64, how: Disconnect },
}

impl Job {
    /// The request that it is: its client and its number.
    fn request(&self) -> Option<(u64, i32)> {
        match self {
            Self::Request { client, ticket, .. } => Some((client.id(), ticket.seq())),
            Self::Attach { .. } | Self::Detach { .. } => None,
        }
    }

    /// Answers a request that nobody can carry out any more.
    pub(crate) fn refuse(self) {
        if let Self::Request { client, ticket, .. } = self {
            // An editor asks for the threads as soon as it has configured, and a program may be short.
            if ticket.command() == Command::Threads {
                let _ = client.respond(ticket, br#"{"threads":[]}"#);
                return;
            }
            let failure = Failure::new(failure::id::CANCELLED, "the program has ended");
            // Answered already, when the client has gone too.
            let _ = client.fail(ticket, &failure);
        }
    }
}

#[derive(Debug, Default)]
struct State {
    jobs: VecDeque<Job>,
    /// A thread is parked and takes the jobs.
    parked: bool,
    closed: bool,
    /// When messages that are being gathered have to be sent.
    flush_at: Option<Instant>,
    /// The requests that are carried out just now: their clients and numbers. The inspector may still be busy with one when
    /// a thread parks and takes the next.
    running: Vec<(u64, i32)>,
}

impl State {
    /// Takes the next job. From this moment on it counts as running, so that there is no gap in which it can't be
    /// cancelled.
    fn take(&mut self) -> Option<Job> {
        let job = self.jobs.pop_front()?;
        self.running.extend(job.request());
        Some(job)
    }
}

/// A job that is carried out.
pub(crate) struct Running<'a> {
    jobs: &'a Jobs,
    request: Option<(u64, i32)>,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.jobs.lock().running.retain(|one| Some(*one) != self.request);
    }
}

/// Why the inspector thread wakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wake {
    /// There are jobs, and nobody is parked.
    Jobs,
    /// What log points have gathered is to be sent.
    Flush,
    /// The queue was closed.
    Closed,
}

/// The queue. Its methods never touch Python and may be called with and without the GIL.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    state: Mutex<State>,
    changed: Condvar,
}

impl Jobs {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends a job; gives it back if the queue is closed.
    pub(crate) fn post(&self, job: Job) -> Option<Job> {
        let mut state = self.lock();
        if state.closed {
            return Some(job);
        }
        state.jobs.push_back(job);
        drop(state);
        self.changed.notify_all();
        None
    }

    /// Whether it waits to be noticed that this client has gone.
    pub(crate) fn has_detach(&self, id: u64) -> bool {
        let gone = |job: &Job| matches!(job, Job::Detach { client, .. } if *client == id);
        self.lock().jobs.iter().any(gone)
    }

    /// Takes a request that nobody has begun with out of the queue.
    pub(crate) fn withdraw(&self, id: u64, seq: i32) -> Option<Job> {
        let mut state = self.lock();
        let is_it =
            |job: &Job| matches!(job, Job::Request { client, ticket, .. } if client.id() == id && ticket.seq() == seq);
        let index = state.jobs.iter().position(is_it)?;
        state.jobs.remove(index)
    }

    /// Says, when what is returned is dropped, that this job, which was taken, is done.
    pub(crate) fn done_on_drop(&self, job: &Job) -> Running<'_> {
        Running {
            jobs: self,
            request: job.request(),
        }
    }

    /// Whether this request is carried out just now.
    pub(crate) fn is_running(&self, client: u64, seq: i32) -> bool {
        self.lock().running.contains(&(client, seq))
    }

    /// Whether this client asks for a pause behind what is carried out just now.
    pub(crate) fn has_pause(&self, id: u64) -> bool {
        let pauses = |job: &Job| {
            matches!(job, Job::Request { client, ticket, .. }
                if client.id() == id && ticket.command() == Command::Pause)
        };
        self.lock().jobs.iter().any(pauses)
    }

    /// Takes the next job for the inspector thread, unless somebody is parked.
    pub(crate) fn take_running(&self) -> Option<Job> {
        let mut state = self.lock();
        if state.parked { None } else { state.take() }
    }

    /// Takes the next job for the parked thread; waits for it at most `patience`, holding on to the GIL.
    pub(crate) fn take_parked(&self, patience: Duration) -> Option<Job> {
        let state = self.lock();
        let (mut state, _) = self
            .changed
            .wait_timeout_while(state, patience, |state| state.jobs.is_empty() && !state.closed)
            .unwrap_or_else(PoisonError::into_inner);
        state.take()
    }

    /// Says whether a thread is parked.
    pub(crate) fn set_parked(&self, parked: bool) {
        self.lock().parked = parked;
        self.changed.notify_all();
    }

    /// Lets the inspector thread send what log points have gathered, at this time.
    pub(crate) fn flush_at(&self, time: Instant) {
        self.lock().flush_at = Some(time);
        self.changed.notify_all();
    }

    /// Waits, without the GIL, until there is something to do for the inspector thread.
    pub(crate) fn wait_running(&self) -> Wake {
        let mut state = self.lock();
        loop {
            if state.closed {
                return Wake::Closed;
            }
            if !state.parked && !state.jobs.is_empty() {
                return Wake::Jobs;
            }
            state = match state.flush_at {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(time) => {
                    let left = time.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        state.flush_at = None;
                        return Wake::Flush;
                    }
                    let waited = self.changed.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Ends both kinds of waiting, for ever; returns what nobody will do any more.
    pub(crate) fn close(&self) -> VecDeque<Job> {
        let mut state = self.lock();
        state.closed = true;
        let left = core::mem::take(&mut state.jobs);
        drop(state);
        self.changed.notify_all();
        left
    }

    /// Whether [`close`](Self::close) was called.
    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }
}
