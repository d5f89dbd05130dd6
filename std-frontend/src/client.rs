//! The handle on an attached client, for every thread of the program.

use core::fmt;
use core::net::SocketAddr;
use std::sync::Arc;

use dapstub::failure::{Failure, Reason, id};
use dapstub::protocol::{Command, Event};
use dapstub::session::{EventError, RequestError, RespondError, Ticket};

use crate::link::{Link, Refused, Verdict};

/// One client. Cheap to clone, and to be used from any thread.
///
/// No method blocks on the network, and none calls the host. What the client doesn't read at once waits in a bounded
/// queue; a client that lets more than [`OUTGOING_LIMIT`](crate::limits::OUTGOING_LIMIT) bytes wait is dropped.
#[derive(Clone, Debug)]
pub struct Client(Arc<Link>);

/// Why something could not be sent. None of it asks for a second try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// The client is gone, or going: drop the message.
    Closed,
    /// The request was answered already.
    Answered,
    /// The session has not come so far: the client has not finished its configuration.
    TooEarly,
    /// The message is larger than everything that may wait. A request was answered with an error instead.
    TooLarge,
    /// `terminated` and `exited` go out once, and `initialized` is sent by the session itself.
    NotAgain,
    /// Too many requests wait for the client's answer.
    TooManyOpen,
}

impl Client {
    pub(crate) fn new(link: Arc<Link>) -> Self {
        Self(link)
    }

    /// Returns a number that no other client of this process has.
    pub fn id(&self) -> u64 {
        self.0.id
    }

    /// Returns where the client is.
    pub fn peer(&self) -> SocketAddr {
        self.0.peer
    }

    /// Tells whether messages to this client are still taken.
    pub fn is_open(&self) -> bool {
        self.0.is_open()
    }

    /// Answers a request with success; `body` is its JSON, or empty for none.
    ///
    /// # Errors
    ///
    /// [`SendError`]; [`Closed`](SendError::Closed) and [`Answered`](SendError::Answered) are part of daily life.
    pub fn respond(&self, ticket: Ticket, body: &[u8]) -> Result<(), SendError> {
        // Under the same lock as the answer, so that a client that is lost meanwhile can't leave the gate open.
        let opens = ticket.command() == Command::ConfigurationDone;
        let open_gate = || {
            if opens {
                self.0.shared.process.configured();
            }
        };
        match self.0.act(|session| session.respond_raw(ticket, body), open_gate) {
            Err(Refused::By(RespondError::Full(ticket))) => {
                let text = "the answer is larger than this server sends";
                self.fail(ticket, &Failure::new(id::ANSWER_TOO_LARGE, text))?;
                Err(SendError::TooLarge)
            }
            result => result.map_err(SendError::from),
        }
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
        Ok(self.0.act(|session| session.fail(ticket, reason), || ())?)
    }

    /// Sends an event; `body` is its JSON, or empty for none.
    ///
    /// # Errors
    ///
    /// [`SendError::TooEarly`] until `configurationDone` is answered; see also [`respond`](Self::respond).
    pub fn event(&self, name: &str, body: &[u8]) -> Result<(), SendError> {
        Ok(self.0.act(|session| session.event_raw(name, body), || ())?)
    }

    /// Sends one of DAP's events, from its typed body: `client.report(StoppedEvent { .. })`.
    ///
    /// # Errors
    ///
    /// As [`event`](Self::event).
    pub fn report<'e>(&self, event: impl Into<Event<'e>>) -> Result<(), SendError> {
        Ok(self.0.act(|session| session.report(event), || ())?)
    }

    /// Asks the client something (`startDebugging`, `runInTerminal`) and returns the number under which
    /// [`Host::reply`](crate::Host::reply) gets the answer. Ask only what the client announced in `initialize`.
    ///
    /// # Errors
    ///
    /// [`SendError::TooManyOpen`] if the client owes too many answers; see also [`respond`](Self::respond).
    pub fn request(&self, command: Command, arguments: &[u8]) -> Result<u32, SendError> {
        let write = |session: &mut crate::link::Session| {
            session.send_request(command, |out| dapstub::output::Output::push(out, arguments))
        };
        Ok(self.0.act(write, || ())?)
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

impl<E: Into<SendError>> From<Refused<E>> for SendError {
    fn from(refused: Refused<E>) -> Self {
        match refused {
            Refused::Closed => Self::Closed,
            Refused::By(error) => error.into(),
        }
    }
}

impl From<RespondError> for SendError {
    fn from(error: RespondError) -> Self {
        match error {
            RespondError::Full(_) => Self::TooLarge,
            RespondError::Stale => Self::Answered,
        }
    }
}

impl From<EventError> for SendError {
    fn from(error: EventError) -> Self {
        match error {
            EventError::Full => Self::TooLarge,
            EventError::TooEarly => Self::TooEarly,
            EventError::Repeated | EventError::Reserved => Self::NotAgain,
            _ => Self::Closed,
        }
    }
}

impl From<RequestError> for SendError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Full => Self::TooLarge,
            RequestError::TooEarly => Self::TooEarly,
            RequestError::TooManyOpen => Self::TooManyOpen,
            _ => Self::Closed,
        }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "the client is gone",
            Self::Answered => "the request was answered already",
            Self::TooEarly => "the client has not finished its configuration",
            Self::TooLarge => "the message is larger than the client's queue",
            Self::NotAgain => "this event is not sent again",
            Self::TooManyOpen => "the client owes too many answers",
        })
    }
}

impl core::error::Error for SendError {}
