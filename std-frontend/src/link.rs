//! The half of a connection that every thread may use: the session, what waits to be sent, and the socket to send it on.
//!
//! A message is composed in the session's buffer under the connection's lock and sent right there, by the thread that
//! made it, in one call; the socket never blocks. What the system doesn't take stays in the buffer, and the I/O thread
//! sends it when there is room. Nothing of a host is ever called under the lock.

use core::fmt;
use core::net::SocketAddr;
use core::panic::AssertUnwindSafe;
use core::sync::atomic::{AtomicBool, Ordering};
use std::io::{self, Write};
use std::net::Shutdown;
use std::panic::{catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};

use dapstub::output::{Full, Output};
use dapstub::protocol::Command;
use dapstub::session::{EventError, RequestError, RespondError, Step};
use mio::net::TcpStream;

use crate::buffer::Buffer;
use crate::limits::OUTGOING_LIMIT;
use crate::shared::{Shared, lock};

pub(crate) type Session = dapstub::session::Session<Buffer>;

/// Why a connection takes no further message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Sending failed: the peer is gone.
    Lost(io::ErrorKind),
    /// The peer does not read what it is sent.
    Stalled,
    /// The program wants it closed.
    Closed,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(kind) => write!(f, "sending failed: {kind}"),
            Self::Stalled => write!(f, "does not read: {OUTGOING_LIMIT} bytes wait for it"),
            Self::Closed => f.write_str("closed by the program"),
        }
    }
}

/// One connection, seen from any thread.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) id: u64,
    pub(crate) peer: SocketAddr,
    pub(crate) shared: Arc<Shared>,
    /// Messages of the program are taken. Changed under the lock, read also without.
    open: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    session: Session,
    /// `None` once the connection is closed.
    socket: Option<Arc<TcpStream>>,
    verdict: Option<Verdict>,
}

impl State {
    /// Sends what waits, as far as the system takes it.
    fn flush(&mut self) {
        let Some(socket) = &self.socket else { return };
        while !self.session.outgoing().is_empty() {
            match (&**socket).write(self.session.outgoing()) {
                Ok(n) => self.session.sent(n),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.verdict.get_or_insert(Verdict::Lost(error.kind()));
                    break;
                }
            }
        }
    }
}

/// Why something could not be done with the session.
#[derive(Debug)]
pub(crate) enum Refused<E> {
    /// The connection takes no further message.
    Closed,
    /// The session says no.
    By(E),
}

/// An error that may be nothing but a lack of room.
pub(crate) trait MaybeFull {
    fn is_full(&self) -> bool;
}

impl MaybeFull for Full {
    fn is_full(&self) -> bool {
        true
    }
}

impl MaybeFull for RespondError {
    fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }
}

impl MaybeFull for EventError {
    fn is_full(&self) -> bool {
        matches!(self, Self::Full)
    }
}

impl MaybeFull for RequestError {
    fn is_full(&self) -> bool {
        matches!(self, Self::Full)
    }
}

impl Link {
    pub(crate) fn new(id: u64, peer: SocketAddr, shared: Arc<Shared>, socket: Arc<TcpStream>) -> Self {
        let state = State {
            session: Session::new(Buffer::new()),
            socket: Some(socket),
            verdict: None,
        };
        Self {
            id,
            peer,
            shared,
            open: AtomicBool::new(true),
            state: Mutex::new(state),
        }
    }

    /// Tells whether messages are still taken. Takes no lock, so that a forked child may ask.
    pub(crate) fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire) && !self.shared.descriptors.is_abandoned()
    }

    /// Tells whether the connection is over, or about to be.
    pub(crate) fn is_sealed(&self) -> bool {
        !self.open.load(Ordering::Acquire)
    }

    /// Does something with the session, then `after` if that succeeded, then sends what came of it.
    ///
    /// A session without room, although less waits than half of what may, can't take this one message at all; with more
    /// waiting, the peer does not read, and the connection is given up.
    pub(crate) fn act<T, E: MaybeFull>(
        &self,
        action: impl FnOnce(&mut Session) -> Result<T, E>,
        after: impl FnOnce(),
    ) -> Result<T, Refused<E>> {
        if !self.is_open() {
            return Err(Refused::Closed);
        }
        let mut state = lock(&self.state);
        // It may have been closed while this thread waited for the lock.
        if !self.is_open() {
            return Err(Refused::Closed);
        }
        let before = state.session.outgoing().len();
        // Whoever composes a message may panic (a body that is no JSON, in a debug build): half a message must not stay.
        let result = catch_unwind(AssertUnwindSafe(|| action(&mut state.session))).unwrap_or_else(|panic| {
            state.session.output_mut().truncate(before);
            resume_unwind(panic)
        });
        match &result {
            Ok(_) => after(),
            Err(error) if error.is_full() && state.session.outgoing().len() > OUTGOING_LIMIT / 2 => {
                state.verdict.get_or_insert(Verdict::Stalled);
            }
            Err(_) => {}
        }
        if state.verdict.is_none() {
            state.flush();
        }
        let verdict = state.verdict;
        if verdict.is_some() {
            self.open.store(false, Ordering::Release);
        }
        // Nothing is logged, woken or called under the lock.
        drop(state);
        if verdict.is_some() {
            self.shared.wake();
        }
        match result {
            Err(_) if verdict == Some(Verdict::Stalled) => Err(Refused::Closed),
            result => result.map_err(Refused::By),
        }
    }

    /// Gives a message body to the session.
    pub(crate) fn receive<'b>(&self, body: &'b [u8]) -> Result<Step<'b>, Refused<Full>> {
        self.act(|session| session.receive(body), || ())
    }

    /// Takes no further message; what waits is still sent.
    pub(crate) fn seal(&self) {
        let _state = lock(&self.state);
        self.open.store(false, Ordering::Release);
    }

    /// Notes that the connection is to be closed, for the I/O thread to do it.
    pub(crate) fn judge(&self, verdict: Verdict) {
        if !self.is_open() {
            return;
        }
        let mut state = lock(&self.state);
        state.verdict.get_or_insert(verdict);
        self.open.store(false, Ordering::Release);
        drop(state);
        self.shared.wake();
    }

    /// Why the connection is to be closed, if it is.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        lock(&self.state).verdict
    }

    /// Sends what waits; returns how many bytes still do.
    pub(crate) fn flush(&self) -> usize {
        let mut state = lock(&self.state);
        state.flush();
        if state.verdict.is_some() {
            self.open.store(false, Ordering::Release);
        }
        state.session.outgoing().len()
    }

    /// How many bytes wait to be sent.
    pub(crate) fn pending(&self) -> usize {
        lock(&self.state).session.outgoing().len()
    }

    /// Says that nothing more will be sent, while the peer may still send.
    pub(crate) fn finish(&self) {
        if let Some(socket) = &lock(&self.state).socket {
            // It fails where the peer is gone already.
            let _ = socket.shutdown(Shutdown::Write);
        }
    }

    /// Lets go of the socket and of everything that waits.
    pub(crate) fn close(&self) {
        let mut state = lock(&self.state);
        self.open.store(false, Ordering::Release);
        state.socket = None;
        let waiting = state.session.outgoing().len();
        state.session.sent(waiting);
    }
}

/// Tells whether a request is one of the two that open a session on the program.
pub(crate) fn opens_session(command: Command) -> bool {
    matches!(command, Command::Attach | Command::Launch)
}
