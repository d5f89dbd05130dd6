//! The handle on an attached client, for every thread of the program.

use std::sync::Arc;

use dapstub::failure::Reason;
use dapstub::protocol::{Command, Report};
use dapstub::session::Ticket;

use crate::address::Address;
use crate::io::Link;
use crate::link::Verdict;
use crate::send_error::SendError;

/// One client. Cheap to clone, and to be used from any thread.
///
/// No method blocks on the network, and none calls the host. What the client doesn't read at once waits in a bounded
/// queue; a client that lets more than [`OUTGOING_LIMIT`](crate::limits::OUTGOING_LIMIT) bytes wait is dropped.
#[derive(Clone, Debug)]
pub struct Client(Arc<Link>);

impl Client {
    pub(crate) fn new(link: Arc<Link>) -> Self {
        Self(link)
    }

    /// Returns a number that no other client of this process has.
    pub fn id(&self) -> u64 {
        self.0.id
    }

    /// Returns where the client is.
    pub fn peer(&self) -> &Address {
        &self.0.peer
    }

    /// Tells whether the program opened the connection itself ([`Debugger::connect`](crate::Debugger::connect)).
    pub fn is_dialled(&self) -> bool {
        self.0.dialled
    }

    /// Tells whether messages to this client are still taken.
    pub fn is_open(&self) -> bool {
        self.0.is_open()
    }

    /// Returns how many bytes wait until the client reads on. Who sends much by itself, such as a program's output, looks
    /// here first: see [`OUTGOING_LIMIT`](crate::limits::OUTGOING_LIMIT).
    pub fn waiting(&self) -> usize {
        self.0.pending()
    }

    /// Answers a request with success; `body` is its JSON, or empty for none.
    ///
    /// # Errors
    ///
    /// [`SendError`]; [`Closed`](SendError::Closed) and [`Answered`](SendError::Answered) are part of daily life.
    pub fn respond(&self, ticket: Ticket, body: &[u8]) -> Result<(), SendError> {
        self.0.respond_raw(ticket, body)
    }

    /// Answers `configurationDone`: the held answer to `attach` goes out behind it, events may follow, and whoever waits
    /// for a client is released.
    ///
    /// # Errors
    ///
    /// As [`respond`](Self::respond), which does the same with an empty body.
    pub fn configured(&self, ticket: Ticket) -> Result<(), SendError> {
        self.respond(ticket, b"")
    }

    /// Answers a request with an error.
    ///
    /// # Errors
    ///
    /// As [`respond`](Self::respond).
    pub fn fail<'t>(&self, ticket: Ticket, reason: impl Into<Reason<'t>>) -> Result<(), SendError> {
        self.0.fail(ticket, reason)
    }

    /// Sends an event; `body` is its JSON, or empty for none.
    ///
    /// # Errors
    ///
    /// [`SendError::TooEarly`] until `configurationDone` is answered; see also [`respond`](Self::respond).
    pub fn event(&self, name: &str, body: &[u8]) -> Result<(), SendError> {
        self.0.event(name, body)
    }

    /// Sends one of DAP's events, from its typed body: `client.report(StoppedEvent { .. })`.
    ///
    /// # Errors
    ///
    /// As [`event`](Self::event).
    pub fn report(&self, event: impl Report) -> Result<(), SendError> {
        self.0.report(event)
    }

    /// Asks the client something (`startDebugging`, `runInTerminal`) and returns the number under which
    /// [`Host::reply`](crate::Host::reply) gets the answer, if one comes: clients differ in when they answer, so any number of
    /// requests may be open, and the last [`MAX_LATE`](crate::limits::MAX_LATE) at least can be answered.
    ///
    /// # Errors
    ///
    /// [`SendError::NotWanted`] for what the client did not announce in `initialize`; see also [`respond`](Self::respond).
    pub fn request(&self, command: Command, arguments: &[u8]) -> Result<u32, SendError> {
        self.0.request(command, arguments)
    }

    /// Closes the connection after what waits was sent. [`Host::disconnected`](crate::Host::disconnected) follows.
    pub fn close(&self) {
        self.0.judge(Verdict::Closed);
    }
}

impl PartialEq for Client {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Client {}
