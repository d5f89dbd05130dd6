//! Why something could not be sent to a client.

use core::fmt;

use dapstub::session::{EventError, RequestError, RespondError};

use crate::link::Refused;

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
    /// The client did not announce in `initialize` that it takes this event or this request.
    NotWanted,
}

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
            EventError::NotWanted => Self::NotWanted,
            _ => Self::Closed,
        }
    }
}

impl From<RequestError> for SendError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Full => Self::TooLarge,
            RequestError::TooEarly => Self::TooEarly,
            RequestError::NotSupported => Self::NotWanted,
            // Of open requests there are never too many: see `Link::request`.
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
            Self::NotWanted => "the client did not announce that it takes this",
        })
    }
}

impl core::error::Error for SendError {}
