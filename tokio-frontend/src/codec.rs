//! The base protocol as a [`tokio_util::codec`]: the core's own reading of frames, over a [`BytesMut`].

use core::fmt;
use std::io;

use bytes::{Buf, Bytes, BytesMut};
use dapstub::client::forward;
use dapstub::frame::{self, FrameError, Limits, Progress};
use dapstub::output::{Full, Output};
use tokio_util::codec::{Decoder, Encoder};

/// How much is kept of a message that is skipped, in bytes: enough for the members that say which request it was.
pub const PREFIX: usize = 4 * 1024;

/// What a stream holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// One whole message body, without a copy of it being made.
    Message(Bytes),
    /// A body over the limit. Its beginning is here; the rest is skipped.
    Oversize {
        /// The beginning of the body: at most [`PREFIX`] bytes.
        prefix: Bytes,
        /// How long the whole body is.
        announced: usize,
    },
}

/// Cuts a byte stream into message bodies, and sets a header in front of bodies that are sent.
///
/// For servers, clients and proxies alike. What counts as a frame is decided by [`frame::decode`] of the core alone.
///
/// ```
/// use bytes::{Bytes, BytesMut};
/// use dapstub_tokio::codec::{DapCodec, Frame};
/// use tokio_util::codec::{Decoder, Encoder};
///
/// let mut codec = DapCodec::default();
/// let mut wire = BytesMut::new();
/// codec.encode(Bytes::from_static(b"{}"), &mut wire)?;
/// assert_eq!(wire, &b"Content-Length: 2\r\n\r\n{}"[..]);
/// assert_eq!(codec.decode(&mut wire)?, Some(Frame::Message(Bytes::from_static(b"{}"))));
/// # Ok::<(), dapstub_tokio::codec::CodecError>(())
/// ```
#[derive(Debug)]
pub struct DapCodec {
    limits: Limits,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Frame,
    /// A body over the limit, of which the beginning is wanted.
    Prefix {
        announced: usize,
    },
    Skip {
        left: usize,
    },
    /// There is no way back from an error.
    Failed(FrameError),
}

impl Default for DapCodec {
    /// With the limits of a server towards its attached client.
    fn default() -> Self {
        let body = dapstub_std::limits::BODY_LIMIT;
        Self::new(Limits {
            body,
            skip: body * dapstub_std::limits::SKIP_FACTOR,
        })
    }
}

impl DapCodec {
    /// Takes bodies within these limits.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            state: State::Frame,
        }
    }

    /// Changes the limits, from the next body on.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    fn frame(&mut self, source: &mut BytesMut) -> Result<Option<Frame>, FrameError> {
        loop {
            match self.state {
                State::Frame => match frame::decode(source, self.limits.body) {
                    Ok(Progress::Message { body, consumed }) => {
                        let header = consumed - body.len();
                        let mut message = source.split_to(consumed);
                        message.advance(header);
                        return Ok(Some(Frame::Message(message.freeze())));
                    }
                    Ok(Progress::Partial { .. }) => return Ok(None),
                    Err(FrameError::BodyTooLarge { announced, .. }) if announced <= self.limits.skip => {
                        source.advance(header_of(source, announced)?);
                        self.state = State::Prefix { announced };
                    }
                    Err(FrameError::BodyTooLarge { announced, limit }) => {
                        let limit = self.limits.skip.max(limit);
                        return Err(FrameError::BodyTooLarge { announced, limit });
                    }
                    Err(error) => return Err(error),
                },
                State::Prefix { announced } => {
                    let kept = announced.min(PREFIX);
                    if source.len() < kept {
                        return Ok(None);
                    }
                    let prefix = source.split_to(kept).freeze();
                    self.state = State::Skip { left: announced - kept };
                    return Ok(Some(Frame::Oversize { prefix, announced }));
                }
                State::Skip { left } => {
                    let step = left.min(source.len());
                    source.advance(step);
                    if step < left {
                        self.state = State::Skip { left: left - step };
                        return Ok(None);
                    }
                    self.state = State::Frame;
                }
                State::Failed(error) => return Err(error),
            }
        }
    }
}

/// Length of the header in front of a body of `announced` bytes, of which all may still be missing.
fn header_of(source: &[u8], announced: usize) -> Result<usize, FrameError> {
    Ok(match frame::decode(source, usize::MAX)? {
        Progress::Message { consumed, .. } => consumed - announced,
        Progress::Partial { missing } => source.len() + missing - announced,
    })
}

impl Decoder for DapCodec {
    type Item = Frame;
    type Error = CodecError;

    /// # Errors
    ///
    /// [`CodecError::Frame`]: the stream is not DAP, or announces a body over the second limit. Close it; every further call
    /// gives the same error.
    fn decode(&mut self, source: &mut BytesMut) -> Result<Option<Frame>, CodecError> {
        self.frame(source).map_err(|error| {
            self.state = State::Failed(error);
            CodecError::Frame(error)
        })
    }
}

impl Encoder<Bytes> for DapCodec {
    type Error = CodecError;

    fn encode(&mut self, body: Bytes, out: &mut BytesMut) -> Result<(), CodecError> {
        // The heap is the only limit of this output.
        forward(&mut Sink(out), &body).map_err(|full| CodecError::Io(io::Error::new(io::ErrorKind::OutOfMemory, full)))
    }
}

/// A buffer of bytes, as the core writes to it.
struct Sink<'b>(&'b mut BytesMut);

impl Output for Sink<'_> {
    fn push(&mut self, bytes: &[u8]) -> Result<(), Full> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn room(&self) -> usize {
        usize::MAX
    }

    fn written(&self) -> &[u8] {
        self.0
    }

    fn written_mut(&mut self) -> &mut [u8] {
        self.0
    }

    fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    fn consume(&mut self, n: usize) {
        self.0.advance(n.min(self.0.len()));
    }
}

/// Why a stream ends.
#[derive(Debug)]
#[non_exhaustive]
pub enum CodecError {
    /// The socket failed, or the stream ended inside a message.
    Io(io::Error),
    /// The other end does not speak DAP, or asks for more than is given.
    Frame(FrameError),
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Frame(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for CodecError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Frame(error) => Some(error),
        }
    }
}

impl From<io::Error> for CodecError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        body: 10_000,
        skip: 40_000,
    };

    fn frame(length: usize) -> Vec<u8> {
        let mut bytes = format!("Content-Length: {length}\r\n\r\n").into_bytes();
        bytes.resize(bytes.len() + length, b'x');
        bytes
    }

    /// Lengths of the bodies; those that were skipped as a negative number.
    fn lengths(wire: &[u8], step: usize) -> Result<Vec<isize>, CodecError> {
        let mut codec = DapCodec::new(LIMITS);
        let mut buffer = BytesMut::new();
        let mut lengths = Vec::new();
        for part in wire.chunks(step) {
            buffer.extend_from_slice(part);
            while let Some(frame) = codec.decode(&mut buffer)? {
                lengths.push(match frame {
                    Frame::Message(body) => body.len() as isize,
                    Frame::Oversize { prefix, announced } => {
                        assert_eq!(prefix.len(), PREFIX);
                        -(announced as isize)
                    }
                });
            }
        }
        assert!(buffer.is_empty());
        Ok(lengths)
    }

    #[test]
    fn any_cut_gives_the_same_messages() {
        let sizes = [2, 0, 10_000, 10_001, 1, 40_000, 7];
        let wire: Vec<u8> = sizes.iter().flat_map(|&size| frame(size)).collect();
        for step in [1, 7, 1_000, wire.len()] {
            assert_eq!(
                lengths(&wire, step).unwrap(),
                [2, 0, 10_000, -10_001, 1, -40_000, 7],
                "{step}"
            );
        }
    }

    #[test]
    fn what_is_no_dap_fails_as_in_the_core_and_for_good() {
        for wire in [
            &b"GET / HTTP/1.1\r\n\r\n"[..],
            b"Content-Length: 40001\r\n\r\n",
            b"Content-Length: 99999999999999999999999\r\n\r\n",
            b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
            b"\xff",
        ] {
            let mut codec = DapCodec::new(LIMITS);
            let mut buffer = BytesMut::from(wire);
            let Err(CodecError::Frame(error)) = codec.decode(&mut buffer) else {
                panic!("{wire:?}")
            };
            let mut receiver = frame::Receiver::with_limits(vec![0; 512], LIMITS);
            receiver.space()[..wire.len()].copy_from_slice(wire);
            receiver.fed(wire.len());
            assert_eq!(receiver.next(), Err(error));
            let mut good = BytesMut::from(&b"Content-Length: 2\r\n\r\n{}"[..]);
            assert!(matches!(codec.decode(&mut good), Err(CodecError::Frame(again)) if again == error));
        }
    }
}
