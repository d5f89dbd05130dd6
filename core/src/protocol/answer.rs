//! Typed reading of responses, on either side.

use super::{ErrorResponse, MemberError, Message, RequestType, member_error};
use crate::json::{Raw, Text};
use core::fmt;

/// Why a response gives no value.
#[derive(Clone, Copy, Debug)]
pub enum ResponseError<'b> {
    /// The request was not carried out, as the response says.
    Refused {
        /// Why, in a word such as `cancelled`, or in a sentence.
        message: Option<Text<'b>>,
        /// The body; [`error`](Self::error) reads it.
        body: Option<Raw<'b>>,
    },
    /// The body is not what DAP says. The fault of the side that answered.
    Body(MemberError<'b>),
}

/// Reads what came in answer to an `R`.
pub(crate) fn read<'b, R: RequestType>(
    success: bool,
    message: Option<Text<'b>>,
    body: Option<Raw<'b>>,
) -> Result<R::Response<'b>, ResponseError<'b>> {
    if success {
        return member_error::read("body", body).map_err(ResponseError::Body);
    }
    Err(ResponseError::Refused { message, body })
}

impl<'b> ResponseError<'b> {
    /// What the other side says about the error, if it says anything that can be read.
    #[must_use]
    pub fn error(&self) -> Option<Message<'b>> {
        match self {
            Self::Refused { body, .. } => body.as_ref()?.read::<ErrorResponse<'b>>().ok()?.error,
            Self::Body(_) => None,
        }
    }
}

impl fmt::Display for ResponseError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body(error) => error.fmt(f),
            Self::Refused { message, .. } => match (self.error(), message) {
                (Some(error), _) => error.format.fmt(f),
                (None, Some(message)) => message.fmt(f),
                (None, None) => f.write_str("refused without a reason"),
            },
        }
    }
}

impl core::error::Error for ResponseError<'_> {}
