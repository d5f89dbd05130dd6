//! The half of a connection that every thread may use: the session, what waits to be sent, and the socket to send it on.
//!
//! A message is composed in the session's buffer under the connection's lock and sent right there, by the thread that
//! made it, in one call; the socket never blocks. What the system doesn't take stays in the buffer, and whoever serves
//! the connection sends it when there is room. Nothing of a host is ever called under the lock.
//!
//! Which sockets there are, and how the one that serves them is woken, stands behind [`Carrier`].

use core::fmt::{self, Debug};
use core::panic::AssertUnwindSafe;
use core::sync::atomic::Ordering;
use core::time::Duration;
use std::collections::VecDeque;
use std::io;
use std::panic::{catch_unwind, resume_unwind};

use dapstub::failure::{Failure, Reason, id};
use dapstub::output::{Full, Output};
use dapstub::protocol::{Command, Report};
use dapstub::session::{EventError, Reply, RequestError, RespondError, Step, Ticket};

use crate::access::Door;
use crate::address::Address;
use crate::buffer::Buffer;
use crate::limits::{MAX_LATE, OUTGOING_LIMIT};
use crate::process::Process;
use crate::send_error::SendError;
use crate::shared::lock;
use crate::sync::{AtomicBool, Mutex};

/// The session of one client.
pub type Session = dapstub::session::Session<Buffer>;

/// What a frontend has below its connections.
pub trait Carrier: Debug + Send + Sync {
    /// The socket; never blocks.
    type Socket: Debug + Send;

    /// Sends what the system takes at once, and says how much it was.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) when it takes nothing; then [`flush`](Link::flush) is called again as
    /// soon as it may.
    fn send(&self, socket: &Self::Socket, bytes: &[u8]) -> io::Result<usize>;

    /// Says on the wire that nothing more will be sent.
    fn finish(&self, socket: &Self::Socket);

    /// Makes whoever serves the connection look at it.
    fn wake(&self);

    /// Something waits that the system did not take. Called under the connection's lock.
    fn is_stuck(&self) {}

    /// The process that is debugged.
    fn process(&self) -> &Process;

    /// The rules of the server.
    fn door(&self) -> &Door;

    /// Tells whether nothing of this belongs to this process any more.
    fn is_abandoned(&self) -> bool {
        false
    }
}

/// Why a connection takes no further message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
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
pub struct Link<C: Carrier> {
    /// A number that no other connection of the server has.
    pub id: u64,
    /// Where the other end is.
    pub peer: Address,
    /// What is below.
    pub carrier: C,
    /// The program opened it itself.
    pub dialled: bool,
    /// Messages of the program are taken. Changed under the lock, read also without.
    open: AtomicBool,
    /// Another client has got the place. Changed under the lock.
    replaced: AtomicBool,
    state: Mutex<State<C::Socket>>,
    /// Requests to the client that the session has set aside, the oldest first: a client may answer them late. Locked before
    /// `state`, if both are.
    late: Mutex<VecDeque<(u32, Command)>>,
}

#[derive(Debug)]
struct State<S> {
    session: Session,
    /// `None` once the connection is closed.
    socket: Option<S>,
    verdict: Option<Verdict>,
    /// Bytes that the system has taken so far.
    sent: u64,
}

impl<S> State<S> {
    /// Sends what waits, as far as the system takes it.
    fn flush<C: Carrier<Socket = S>>(&mut self, carrier: &C) {
        let Some(socket) = &self.socket else { return };
        while !self.session.outgoing().is_empty() {
            match carrier.send(socket, self.session.outgoing()) {
                Ok(n) => {
                    self.session.sent(n);
                    self.sent = self.sent.wrapping_add(n as u64);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    carrier.is_stuck();
                    break;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    // Also where it was to be closed anyway: what waits will never be sent.
                    if self.verdict != Some(Verdict::Stalled) {
                        self.verdict = Some(Verdict::Lost(error.kind()));
                    }
                    break;
                }
            }
        }
    }
}

/// Why something could not be done with the session.
#[derive(Debug)]
pub enum Refused<E> {
    /// The connection takes no further message.
    Closed,
    /// The session says no.
    By(E),
}

/// An error that may be nothing but a lack of room.
pub trait MaybeFull {
    /// Tells whether it is.
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

impl<C: Carrier> Link<C> {
    /// A connection that has just been accepted.
    pub fn new(id: u64, peer: Address, carrier: C, socket: C::Socket) -> Self {
        Self::with_session(id, peer, carrier, Some(socket), Session::new(Buffer::new()))
    }

    /// A connection that the program opened itself: the other end may ask who it is before `initialize`.
    pub fn dialled(id: u64, peer: Address, carrier: C, socket: C::Socket) -> Self {
        let session = Session::new(Buffer::new()).with_early_requests();
        Self {
            dialled: true,
            ..Self::with_session(id, peer, carrier, Some(socket), session)
        }
    }

    fn with_session(id: u64, peer: Address, carrier: C, socket: Option<C::Socket>, session: Session) -> Self {
        let state = State {
            session,
            socket,
            verdict: None,
            sent: 0,
        };
        Self {
            id,
            peer,
            carrier,
            dialled: false,
            open: AtomicBool::new(true),
            replaced: AtomicBool::new(false),
            state: Mutex::new(state),
            late: Mutex::default(),
        }
    }

    /// A connection whose beginning is played again: nothing is sent before [`connect`](Self::connect).
    pub fn adopted(id: u64, peer: Address, carrier: C) -> Self {
        Self::with_session(id, peer, carrier, None, Session::new(Buffer::new()))
    }

    /// From now on what is said is sent; what was said so far has been sent elsewhere.
    pub fn connect(&self, socket: C::Socket) {
        let mut state = lock(&self.state);
        let said = state.session.outgoing().len();
        state.session.sent(said);
        state.socket = Some(socket);
    }

    /// Tells whether messages are still taken. Takes no lock, so that a forked child may ask.
    pub fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire) && !self.carrier.is_abandoned()
    }

    /// Tells whether the connection is over, or about to be.
    pub fn is_sealed(&self) -> bool {
        !self.open.load(Ordering::Acquire)
    }

    /// Does something with the session, then `after` if that succeeded, then sends what came of it.
    ///
    /// A session without room, although less waits than half of what may, can't take this one message at all; with more
    /// waiting, the peer does not read, and the connection is given up.
    pub fn act<T, E: MaybeFull>(
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
            state.flush(&self.carrier);
        }
        let verdict = state.verdict;
        if verdict.is_some() {
            self.open.store(false, Ordering::Release);
        }
        // Nothing is logged, woken or called under the lock.
        drop(state);
        if verdict.is_some() {
            self.carrier.wake();
        }
        match result {
            Err(_) if verdict == Some(Verdict::Stalled) => Err(Refused::Closed),
            result => result.map_err(Refused::By),
        }
    }

    /// Gives a message body to the session.
    pub fn receive<'b>(&self, body: &'b [u8]) -> Result<Step<'b>, Refused<Full>> {
        match self.act(|session| session.receive(body), || ()) {
            Ok(Step::Ignored) => Ok(self.late_reply(body).map_or(Step::Ignored, Step::Reply)),
            step => step,
        }
    }

    /// Reads what the session has ignored as the reply to a request that it has set aside.
    fn late_reply<'b>(&self, body: &'b [u8]) -> Option<Reply<'b>> {
        let mut late = lock(&self.late);
        if late.is_empty() {
            return None;
        }
        Reply::late(body, |seq| {
            let index = late.iter().position(|(number, _)| *number == seq)?;
            late.remove(index).map(|(_, command)| command)
        })
    }

    /// Returns another handle on an open request of this number.
    pub fn ticket(&self, seq: i32) -> Option<Ticket> {
        lock(&self.state).session.open_request(seq)
    }

    /// Takes no further message; what waits is still sent.
    pub fn seal(&self) {
        let _state = lock(&self.state);
        self.open.store(false, Ordering::Release);
    }

    /// The same, and answers what is still open with `cancelled`. It is sent before this returns, as far as the system takes
    /// it: the process may be about to end.
    pub fn dismiss(&self) {
        let mut state = lock(&self.state);
        self.open.store(false, Ordering::Release);
        // Where there is no room the peer has long stopped reading.
        let _as_far_as_it_fits = state.session.cancel_open();
        state.flush(&self.carrier);
    }

    /// Notes that the connection is to be closed, for the I/O thread to do it.
    pub fn judge(&self, verdict: Verdict) {
        if !self.is_open() {
            return;
        }
        let mut state = lock(&self.state);
        state.verdict.get_or_insert(verdict);
        self.open.store(false, Ordering::Release);
        drop(state);
        self.carrier.wake();
    }

    /// Takes the place away from this client, if it has not configured in so long a time: no further message of it is
    /// taken, and it is to be closed. Returns whether that was done.
    ///
    /// Under the lock under which `configurationDone` is answered, so that it is either in time or answered no more.
    pub fn replace(&self, patience: Duration) -> bool {
        let mut state = lock(&self.state);
        if !self.carrier.process().is_overdue(patience) {
            return false;
        }
        state.verdict.get_or_insert(Verdict::Closed);
        self.replaced.store(true, Ordering::Release);
        self.open.store(false, Ordering::Release);
        self.carrier.process().detach();
        drop(state);
        self.carrier.wake();
        true
    }

    /// Tells whether another client has got the place of this one.
    pub fn is_replaced(&self) -> bool {
        self.replaced.load(Ordering::Acquire)
    }

    /// Why the connection is to be closed, if it is.
    pub fn verdict(&self) -> Option<Verdict> {
        lock(&self.state).verdict
    }

    /// Sends what waits; returns how many bytes still do.
    pub fn flush(&self) -> usize {
        let mut state = lock(&self.state);
        state.flush(&self.carrier);
        if state.verdict.is_some() {
            self.open.store(false, Ordering::Release);
        }
        state.session.outgoing().len()
    }

    /// How many bytes wait to be sent.
    pub fn pending(&self) -> usize {
        lock(&self.state).session.outgoing().len()
    }

    /// How many bytes the system has taken so far.
    pub fn sent(&self) -> u64 {
        lock(&self.state).sent
    }

    /// Says that nothing more will be sent, while the peer may still send.
    pub fn finish(&self) {
        if let Some(socket) = &lock(&self.state).socket {
            self.carrier.finish(socket);
        }
    }

    /// Lets go of the socket and of everything that waits.
    pub fn close(&self) {
        let mut state = lock(&self.state);
        self.open.store(false, Ordering::Release);
        state.socket = None;
        let waiting = state.session.outgoing().len();
        state.session.sent(waiting);
    }

    /// Answers a request with success; `write` writes the body, or nothing for none. To `configurationDone` this opens
    /// the gate.
    ///
    /// # Errors
    ///
    /// [`SendError`]. An answer that is too large is replaced by one that says so.
    pub fn respond(
        &self,
        ticket: Ticket,
        write: impl FnOnce(&mut dyn Output) -> Result<(), Full>,
    ) -> Result<(), SendError> {
        self.succeed(ticket, |session, ticket| session.respond(ticket, |body| write(body)))
    }

    /// The same with a body that is JSON already.
    ///
    /// # Errors
    ///
    /// As [`respond`](Self::respond).
    pub fn respond_raw(&self, ticket: Ticket, body: &[u8]) -> Result<(), SendError> {
        self.succeed(ticket, |session, ticket| session.respond_raw(ticket, body))
    }

    fn succeed(
        &self,
        ticket: Ticket,
        answer: impl FnOnce(&mut Session, Ticket) -> Result<(), RespondError>,
    ) -> Result<(), SendError> {
        // Under the same lock as the answer, so that a client that is lost meanwhile can't leave the gate open.
        let opens = ticket.command() == Command::ConfigurationDone;
        let open_gate = || {
            if opens {
                self.carrier.process().configured();
            }
        };
        match self.act(|session| answer(session, ticket), open_gate) {
            Err(Refused::By(RespondError::Full(ticket))) => {
                let text = "the answer is larger than this server sends";
                self.fail(ticket, &Failure::new(id::ANSWER_TOO_LARGE, text))?;
                Err(SendError::TooLarge)
            }
            result => result.map_err(SendError::from),
        }
    }

    /// Answers a request with an error.
    ///
    /// # Errors
    ///
    /// [`SendError`].
    pub fn fail<'t>(&self, ticket: Ticket, reason: impl Into<Reason<'t>>) -> Result<(), SendError> {
        Ok(self.act(|session| session.fail(ticket, reason), || ())?)
    }

    /// Sends an event with a body that is JSON already.
    ///
    /// # Errors
    ///
    /// [`SendError`].
    pub fn event(&self, name: &str, body: &[u8]) -> Result<(), SendError> {
        Ok(self.act(|session| session.event_raw(name, body), || ())?)
    }

    /// Sends one of DAP's events.
    ///
    /// # Errors
    ///
    /// [`SendError`].
    pub fn report(&self, event: impl Report) -> Result<(), SendError> {
        Ok(self.act(|session| session.report(event), || ())?)
    }

    /// Asks the client something, with arguments that are JSON already; returns the number of the request. However many
    /// answers it owes: those to the last [`MAX_LATE`] questions are taken when they come.
    ///
    /// # Errors
    ///
    /// [`SendError`].
    pub fn request(&self, command: Command, arguments: &[u8]) -> Result<u32, SendError> {
        let mut late = lock(&self.late);
        let write = |session: &mut Session| {
            let ask = |session: &mut Session| session.send_request(command, |out| out.push(arguments));
            match ask(session) {
                Err(RequestError::TooManyOpen) => {
                    late.extend(session.set_aside());
                    ask(session)
                }
                asked => asked,
            }
        };
        let asked = self.act(write, || ());
        if late.len() > MAX_LATE {
            late.pop_front();
        }
        Ok(asked?)
    }
}
