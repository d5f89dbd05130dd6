//! How a stream can fail to be DAP.

use super::{MAX_HEADER, MAX_HEADER_LINE};
use core::fmt;

/// The stream is not DAP, or asks for more than is given. Always the client's fault; there is no way to find the next
/// message, so close the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameError {
    /// A header line that is neither `Content-Length` nor `Content-Type`: an HTTP request, log text, anything.
    NotDap,
    /// The header block has no `Content-Length`.
    MissingContentLength,
    /// `Content-Length` stands twice in one header block.
    DuplicateContentLength,
    /// `Content-Length` is not a plain decimal number.
    BadContentLength,
    /// A line ends with LF alone, or a CR is not followed by LF.
    BareLineEnd,
    /// A header line is longer than [`MAX_HEADER_LINE`] bytes.
    HeaderLineTooLong,
    /// The header block is longer than [`MAX_HEADER`] bytes.
    HeaderTooLong,
    /// The body is announced to be larger than is accepted.
    BodyTooLarge {
        /// What the header says; `usize::MAX` where the number does not fit.
        announced: usize,
        /// What is accepted.
        limit: usize,
    },
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NotDap => f.write_str("a line that is not a DAP header"),
            Self::MissingContentLength => f.write_str("header has no Content-Length"),
            Self::DuplicateContentLength => f.write_str("header has Content-Length twice"),
            Self::BadContentLength => f.write_str("Content-Length is not a decimal number"),
            Self::BareLineEnd => f.write_str("header line does not end with CR LF"),
            Self::HeaderLineTooLong => write!(f, "header line exceeds the limit of {MAX_HEADER_LINE} bytes"),
            Self::HeaderTooLong => write!(f, "header exceeds the limit of {MAX_HEADER} bytes"),
            Self::BodyTooLarge { announced, limit } => {
                write!(f, "body of {announced} bytes exceeds the limit of {limit}")
            }
        }
    }
}

impl core::error::Error for FrameError {}
