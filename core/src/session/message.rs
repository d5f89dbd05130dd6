//! Messages that came in: requests, and answers to requests of our own.

use super::Ticket;
#[cfg(feature = "terse")]
use crate::failure::Reason;
use crate::failure::{Failure, id};
use crate::json::write::Digits;
use crate::json::{Envelope, Kind, MAX_DEPTH, Raw, Scanned, SyntaxError, Text, scan};
use crate::protocol::{Arguments, Command, RequestType, ResponseError, answer};

/// A request, borrowed from the receive buffer. Small and copied freely; its arguments are read when someone asks.
#[derive(Clone, Copy, Debug)]
pub struct Request<'b> {
    raw: &'b [u8],
    seq: i32,
    command: Command,
    name: Text<'b>,
    arguments: Arguments<'b>,
    generation: u16,
    slot: u8,
}

impl<'b> Request<'b> {
    /// Reads a request by itself, outside any session: in another thread, say, from a copy of [`raw`](Self::raw).
    ///
    /// Its [`ticket`](Self::ticket) answers nothing; use the one of the request that the session handed out.
    ///
    /// # Errors
    ///
    /// The body is no request.
    pub fn parse(body: &'b [u8]) -> Result<Self, BadMessage<'b>> {
        match Incoming::read(body, scan(body, MAX_DEPTH))? {
            Incoming::Request(request) => Ok(request),
            Incoming::Reply(_) => Err(BadMessage::new(
                Envelope::default(),
                Cause::Envelope("a response, not a request"),
            )),
        }
    }

    /// The right to answer it.
    ///
    /// Every call gives the same right: whichever ticket is used first answers the request, and the others are
    /// [stale](super::RespondError::Stale) from then on.
    pub const fn ticket(&self) -> Ticket {
        Ticket {
            seq: self.seq,
            generation: self.generation,
            slot: self.slot,
            command: self.command,
        }
    }

    pub(super) const fn with_ticket(self, ticket: &Ticket) -> Self {
        Self {
            generation: ticket.generation,
            slot: ticket.slot,
            ..self
        }
    }

    /// Its number, as the client counts.
    #[must_use]
    pub const fn seq(&self) -> i32 {
        self.seq
    }

    /// Its command.
    #[must_use]
    pub const fn command(&self) -> Command {
        self.command
    }

    /// The name of its command, also where DAP does not define it.
    #[must_use]
    pub const fn command_str(&self) -> Text<'b> {
        self.name
    }

    /// Its arguments.
    #[must_use]
    pub const fn arguments(&self) -> Arguments<'b> {
        self.arguments
    }

    /// The whole message body.
    #[must_use]
    pub const fn raw(&self) -> &'b [u8] {
        self.raw
    }
}

/// The client's answer to a request of ours, such as `runInTerminal`.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'b> {
    pub(super) request_seq: u32,
    pub(super) command: Command,
    pub(super) success: bool,
    pub(super) message: Option<Text<'b>>,
    pub(super) body: Option<Raw<'b>>,
}

impl<'b> Reply<'b> {
    /// Reads a message that the session has ignored as the reply to a request that was
    /// [set aside](super::Session::set_aside): `asked` says what was asked under a number, if anything was. `None`: it is
    /// none of those.
    pub fn late(body: &'b [u8], asked: impl FnOnce(u32) -> Option<Command>) -> Option<Self> {
        let Ok(Incoming::Reply(reply)) = Incoming::read(body, scan(body, MAX_DEPTH)) else {
            return None;
        };
        let command = asked(reply.request_seq)?;
        Some(Self { command, ..reply })
    }

    /// Number of our request, as [`send_request`](super::Session::send_request) gave it.
    #[must_use]
    pub const fn request_seq(&self) -> u32 {
        self.request_seq
    }

    /// What we asked.
    #[must_use]
    pub const fn command(&self) -> Command {
        self.command
    }

    /// Whether the client did it.
    #[must_use]
    pub const fn success(&self) -> bool {
        self.success
    }

    /// Why not, in a word.
    #[must_use]
    pub const fn message(&self) -> Option<Text<'b>> {
        self.message
    }

    /// What it answered.
    #[must_use]
    pub const fn body(&self) -> Option<Raw<'b>> {
        self.body
    }

    /// What it answered to an `R`: `reply.read::<requests::RunInTerminal>()`.
    ///
    /// # Errors
    ///
    /// The client did not do it, or its answer is not what DAP says.
    pub fn read<R: RequestType>(&self) -> Result<R::Response<'b>, ResponseError<'b>> {
        answer::read::<R>(self.success, self.message, self.body)
    }
}

/// A message that cannot be taken. The request, if it is one, is answered with [`failure`](Self::failure).
///
/// What stands in front of the fault is read: a body whose JSON breaks off behind `seq` is answered under its number.
/// Where the number stands behind the fault, is missing or is none, the answer has `request_seq` 0. DAP has no word for
/// this case and counts from 1, so 0 is nobody's number: a client that looks for the request finds none and loses nothing,
/// a log shows what was wrong, and no other request is taken for answered. A number guessed from broken JSON could be
/// another request's, and silence would leave the sender without a reason.
#[derive(Clone, Copy, Debug)]
pub struct BadMessage<'b> {
    /// Number of the request; 0 if it could not be read.
    pub seq: i32,
    /// Name of its command; empty if it could not be read.
    pub command: Text<'b>,
    /// What is wrong.
    pub cause: Cause,
    /// It calls itself a response, so it wants no answer.
    pub(super) is_response: bool,
}

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// It is no JSON object, or one nested too deeply.
    Json(SyntaxError),
    /// The members that every message has are not what they should be.
    Envelope(&'static str),
    /// It is larger than is accepted, and was not kept.
    TooLarge {
        /// Its length in bytes.
        announced: usize,
    },
}

impl<'b> BadMessage<'b> {
    pub(super) fn new(envelope: Envelope<'b>, cause: Cause) -> Self {
        Self {
            seq: seq(&envelope).unwrap_or(0),
            command: envelope.command().and_then(|raw| raw.as_text()).unwrap_or_default(),
            cause,
            is_response: envelope
                .kind()
                .is_some_and(|kind| kind.as_text().is_some_and(|kind| kind == "response")),
        }
    }

    /// The same in as few words as possible.
    #[cfg(feature = "terse")]
    pub(super) const fn reason(&self) -> Reason<'static> {
        match self.cause {
            Cause::Json(_) => Reason::new(id::BAD_MESSAGE, "malformed or too deeply nested JSON"),
            Cause::Envelope(_) => Reason::new(id::BAD_MESSAGE, "not a message"),
            Cause::TooLarge { .. } => Reason::new(id::TOO_LARGE, "the message is larger than this server accepts"),
        }
    }

    /// What the sender is told.
    #[must_use]
    pub fn failure(&self) -> Failure {
        match self.cause {
            Cause::Json(error) => error.into(),
            Cause::Envelope(text) => Failure::new(id::BAD_MESSAGE, text),
            Cause::TooLarge { announced } => {
                let mut failure = Failure::empty(id::TOO_LARGE);
                failure.say("the message of ");
                failure.say(Digits::new(announced as u64).as_str());
                failure.say(" bytes is larger than this server accepts");
                failure
            }
        }
    }
}

impl core::fmt::Display for BadMessage<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.failure().fmt(f)
    }
}

impl core::error::Error for BadMessage<'_> {}

/// A message that is well formed.
pub(super) enum Incoming<'b> {
    Request(Request<'b>),
    Reply(Reply<'b>),
}

impl<'b> Incoming<'b> {
    pub(super) fn read(body: &'b [u8], scanned: Scanned<'b>) -> Result<Self, BadMessage<'b>> {
        let envelope = scanned.envelope;
        if let Some(fault) = scanned.fault {
            return Err(BadMessage::new(envelope, Cause::Json(fault)));
        }
        let bad = |why: &'static str| Err(BadMessage::new(envelope, Cause::Envelope(why)));
        let text = |raw: Option<Raw<'b>>| raw.and_then(|raw| raw.as_text());
        match text(envelope.kind()) {
            Some(kind) if kind == "request" => {}
            Some(kind) if kind == "response" => return Self::reply(envelope),
            _ => return bad("member `type` has to be \"request\" or \"response\""),
        }
        let Some(seq) = seq(&envelope) else {
            return bad("member `seq` has to be an integer from 0 to 2147483647");
        };
        let Some(name) = text(envelope.command()) else {
            return bad("member `command` has to be a string");
        };
        let arguments = Arguments::new(envelope.arguments());
        let mut buffer = crate::json::Key::buffer();
        let command = Command::named(name.decode(&mut buffer).unwrap_or_default());
        let slot = Ticket::NOWHERE;
        Ok(Self::Request(Request {
            raw: body,
            seq,
            command,
            name,
            arguments,
            generation: 0,
            slot,
        }))
    }

    fn reply(envelope: Envelope<'b>) -> Result<Self, BadMessage<'b>> {
        let request_seq = envelope.request_seq().and_then(|raw| raw.read::<u32>().ok());
        let success = envelope.success().and_then(|raw| raw.read::<bool>().ok());
        let (Some(request_seq), Some(success)) = (request_seq, success) else {
            return Err(BadMessage::new(
                envelope,
                Cause::Envelope("a response without `request_seq` and `success`"),
            ));
        };
        let message = envelope.message().and_then(|raw| raw.as_text());
        let body = envelope.body().filter(|raw| raw.kind() != Kind::Null);
        Ok(Self::Reply(Reply {
            request_seq,
            command: Command::Unknown,
            success,
            message,
            body,
        }))
    }
}

fn seq(envelope: &Envelope<'_>) -> Option<i32> {
    envelope.seq()?.read::<i32>().ok().filter(|seq| *seq >= 0)
}
