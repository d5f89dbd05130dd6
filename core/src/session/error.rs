//! Why something could not be sent. All of it is the host's affair, not the client's.

use super::Ticket;
use crate::output::Full;
use core::fmt;

/// Why a request could not be answered.
#[derive(Debug, PartialEq, Eq)]
pub enum RespondError {
    /// No room: send what is outgoing and try again with this ticket.
    Full(Ticket),
    /// The request was answered already, by this host or, when the session ended, with `cancelled`.
    Stale,
}

impl fmt::Display for RespondError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(ticket) => write!(f, "no room for the answer to request {}", ticket.seq()),
            Self::Stale => f.write_str("the request was answered already"),
        }
    }
}

impl core::error::Error for RespondError {}

/// Why an event could not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventError {
    /// No room: send what is outgoing and try again.
    Full,
    /// The session has not come so far: keep it, or drop it.
    TooEarly,
    /// The session has ended: drop it.
    Ended,
    /// `terminated` and `exited` go out once.
    Repeated,
    /// `initialized` is sent by the session itself.
    Reserved,
    /// The client did not announce in `initialize` that it takes this event: drop it.
    NotWanted,
}

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "no room for the event",
            Self::TooEarly => "the event may not go out yet",
            Self::Ended => "the session has ended",
            Self::Repeated => "the event goes out only once",
            Self::Reserved => "the session sends this event by itself",
            Self::NotWanted => "the client did not announce that it takes this event",
        })
    }
}

impl core::error::Error for EventError {}

impl From<Full> for EventError {
    fn from(_: Full) -> Self {
        Self::Full
    }
}

/// Why the client could not be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// No room: send what is outgoing and try again.
    Full,
    /// The response to `initialize` has to be out first.
    TooEarly,
    /// The session has ended.
    Ended,
    /// Too many requests wait for the client's answer.
    TooManyOpen,
    /// The client did not announce in `initialize` that it can be asked this.
    NotSupported,
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "no room for the request",
            Self::TooEarly => "the client may not be asked yet",
            Self::Ended => "the session has ended",
            Self::TooManyOpen => "too many requests wait for the client's answer",
            Self::NotSupported => "the client did not announce that it can be asked this",
        })
    }
}

impl core::error::Error for RequestError {}

impl From<Full> for RequestError {
    fn from(_: Full) -> Self {
        Self::Full
    }
}
