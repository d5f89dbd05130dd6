//! The base protocol: where one message ends and the next begins.
//!
//! A message is a block of header lines, an empty line, and a body of exactly `Content-Length` bytes. This layer looks
//! at nothing else, so it also serves proxies and tests. It is strict: a line that is not a DAP header ends the stream,
//! because whoever sends one is no debugger (a web page can post to a local port). Three things are let pass, since
//! real clients need them: header names in any case, white space around the value, and empty lines between messages.
//!
//! [`decode`] works on a slice and copies nothing; [`Receiver`] keeps the buffer for you and skips bodies that are too
//! large; [`encode`] writes the header in front of a body whose length is known only afterwards.

mod error;
mod header;
mod receiver;
#[cfg(test)]
mod tests;

pub use error::FrameError;
pub use receiver::{Limits, Received, Receiver};

use crate::json::write::Digits;
use crate::output::{Body, Full, Output, move_within, whole};
use header::{Header, HeaderReader, Parse};

/// The longest header line, line end included. `Content-Length` with any number that fits needs fewer than 40.
pub const MAX_HEADER_LINE: usize = 128;

/// The longest header block in front of one body, the empty lines before and after it included.
pub const MAX_HEADER: usize = 512;

/// What the front of the receive buffer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress<'b> {
    /// One whole message. Drop the first `consumed` bytes before the next call.
    Message {
        /// The message without its header.
        body: &'b [u8],
        /// Length of header and body together.
        consumed: usize,
    },
    /// A valid prefix so far.
    Partial {
        /// At least so many more bytes are needed.
        missing: usize,
    },
}

/// Reads the message at the front of `input`.
///
/// `input` is every byte received and not yet consumed; it may end anywhere, even inside a header. Nothing is copied:
/// the body borrows from `input`. `limit` is the largest body accepted, in bytes.
///
/// ```
/// use dapstub::frame::{Progress, decode};
///
/// let input = b"Content-Length: 2\r\n\r\n{}Content-Le";
/// assert_eq!(decode(input, 1024), Ok(Progress::Message { body: b"{}", consumed: 23 }));
/// assert_eq!(decode(&input[23..], 1024), Ok(Progress::Partial { missing: 10 }));
/// assert!(decode(b"GET / HTTP/1.1\r\n", 1024).is_err());
/// ```
///
/// # Errors
///
/// [`FrameError::BodyTooLarge`] as soon as the header announces more than `limit`. All errors here are the
/// client's fault: close the connection.
///
/// # Specification
///
/// DAP overview, "Base protocol". `Content-Length` counts bytes, not characters.
pub fn decode(input: &[u8], limit: usize) -> Result<Progress<'_>, FrameError> {
    let Header { length, size } = match HeaderReader::default().read(input)? {
        Parse::Complete(header) => header,
        Parse::Partial(missing) => return Ok(Progress::Partial { missing }),
    };
    if length > limit {
        return Err(FrameError::BodyTooLarge {
            announced: length,
            limit,
        });
    }
    let consumed = size.saturating_add(length);
    Ok(match input.get(size..consumed) {
        Some(body) => Progress::Message { body, consumed },
        None => Progress::Partial {
            missing: consumed.saturating_sub(input.len()),
        },
    })
}

const PREFIX: &[u8] = b"Content-Length: ";
const SUFFIX: &[u8] = b"\r\n\r\n";
/// Digits kept free in front of the body. Most messages have three; for others the body is moved once.
const GUESS: &[u8] = b"000";

/// Writes one message: runs `body`, which writes the JSON, and sets the header in front of it.
///
/// ```
/// use dapstub::{frame, output::Output};
///
/// let mut out = heapless::Vec::<u8, 64>::new();
/// frame::encode(&mut out, |body| body.push(b"{}"))?;
/// assert_eq!(out, b"Content-Length: 2\r\n\r\n{}");
/// # Ok::<(), dapstub::output::Full>(())
/// ```
///
/// # Errors
///
/// The error of `body`, or [`Full`]; nothing stays in `out` then.
pub fn encode<O, E>(out: &mut O, body: impl FnOnce(&mut Body<'_, O>) -> Result<(), E>) -> Result<(), E>
where
    O: Output + ?Sized,
    E: From<Full>,
{
    whole(out, |out| {
        let place = begin(out)?;
        body(&mut Body::new(out, RESERVE))?;
        Ok(finish(out, place)?)
    })
}

/// Where a message is being written.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    digits_at: usize,
    body_at: usize,
}

impl Place {
    /// Where the body begins.
    pub(crate) const fn body_at(self) -> usize {
        self.body_at
    }
}

/// What has to stay free behind the body: a length of more digits than guessed pushes it back.
pub(crate) const RESERVE: usize = 8;

/// Writes a header that [`finish`] will correct. Both are kept out of what calls them, because that is generic.
#[inline(never)]
pub(crate) fn begin<O: Output + ?Sized>(out: &mut O) -> Result<Place, Full> {
    out.push(PREFIX)?;
    let digits_at = out.written().len();
    out.push(GUESS)?;
    out.push(SUFFIX)?;
    let body_at = out.written().len();
    Ok(Place { digits_at, body_at })
}

/// Writes the length of the body that stands behind the header now.
#[inline(never)]
pub(crate) fn finish<O: Output + ?Sized>(out: &mut O, place: Place) -> Result<(), Full> {
    let Place { digits_at, body_at } = place;
    let end = out.written().len();
    let length = end.saturating_sub(body_at);
    let digits = Digits::new(length as u64);
    let digits = digits.as_bytes();
    let moved_to = digits_at.saturating_add(digits.len()).saturating_add(SUFFIX.len());
    if moved_to > body_at {
        let extra = moved_to.saturating_sub(body_at);
        out.push([0; 20].get(..extra).unwrap_or_default())?;
    }
    if moved_to != body_at
        && let Some(tail) = out.written_mut().get_mut(digits_at..)
    {
        let (from, to) = (body_at.saturating_sub(digits_at), moved_to.saturating_sub(digits_at));
        move_within(tail, from, length, to);
    }
    out.truncate(moved_to.saturating_add(length));
    let header = out.written_mut().get_mut(digits_at..moved_to).unwrap_or_default();
    for (slot, byte) in header.iter_mut().zip(digits.iter().chain(SUFFIX)) {
        *slot = *byte;
    }
    Ok(())
}
