//! A receive buffer that yields whole messages.

use super::header::{HeaderReader, Parse};
use super::{FrameError, MAX_HEADER};
use crate::output::shift_down;
use core::ops::Range;

/// How large a body may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest body that is kept and handed out, in bytes.
    pub body: usize,
    /// The largest body that is skipped when it is over the first limit. A header that announces more ends the stream.
    pub skip: usize,
}

impl Limits {
    /// How many times the first bound the second one is, unless given.
    pub const SKIP_FACTOR: usize = 4;

    /// Bodies of up to `body` bytes are kept, and of up to [`SKIP_FACTOR`](Self::SKIP_FACTOR) times as many skipped.
    #[must_use]
    pub const fn new(body: usize) -> Self {
        Self {
            body,
            skip: body.saturating_mul(Self::SKIP_FACTOR),
        }
    }
}

/// What the receive buffer had to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received<'b> {
    /// One whole body. Valid until the next call on the receiver.
    Message(&'b [u8]),
    /// A body over the limit. Its beginning is here; the rest is being skipped.
    Oversize {
        /// The beginning of the body, as much as was kept.
        prefix: &'b [u8],
        /// How long the whole body is.
        announced: usize,
    },
    /// Nothing whole: read more bytes into [`Receiver::space`].
    NeedInput,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Header(HeaderReader),
    Body {
        length: usize,
    },
    /// A body that does not fit, of which the beginning is wanted.
    Prefix {
        announced: usize,
    },
    Skip {
        left: usize,
    },
}

/// The same as [`Received`], as places in the storage.
enum Found {
    Message(Range<usize>),
    Oversize { prefix: Range<usize>, announced: usize },
    NeedInput,
}

/// Splits a byte stream into message bodies, in storage that the caller gives: an array, a `&mut [u8]`, a
/// [`heapless::Vec`] filled to its capacity, or a buffer of the frontend that grows.
///
/// Read into [`space`](Self::space), say how much with [`fed`](Self::fed), then call [`next`](Self::next) until it asks
/// for input. The cost is linear in the number of bytes, however they are cut up.
///
/// ```
/// use dapstub::frame::{Received, Receiver};
///
/// let mut receiver = Receiver::new([0; 64]);
/// let wire = b"Content-Length: 2\r\n\r\n{}";
/// receiver.space()[..wire.len()].copy_from_slice(wire);
/// receiver.fed(wire.len());
/// assert_eq!(receiver.next(), Ok(Received::Message(b"{}")));
/// assert_eq!(receiver.next(), Ok(Received::NeedInput));
/// ```
#[derive(Debug)]
pub struct Receiver<S> {
    storage: S,
    limits: Limits,
    state: State,
    /// The bytes between these two are received and not yet consumed.
    start: usize,
    end: usize,
    /// What was wrong with the stream. There is no way back from it.
    failed: Option<FrameError>,
}

impl<S: AsRef<[u8]> + AsMut<[u8]>> Receiver<S> {
    /// Keeps bodies as large as `storage`; skips those up to [`Limits::SKIP_FACTOR`] times as large.
    pub fn new(storage: S) -> Self {
        let limits = Limits::new(storage.as_ref().len());
        Self::with_limits(storage, limits)
    }

    /// The same with other limits. A body within them that `storage` has no room for is skipped too, unless the storage
    /// is made larger in time: see [`needs`](Self::needs).
    pub fn with_limits(storage: S, limits: Limits) -> Self {
        Self {
            storage,
            limits,
            state: State::Header(HeaderReader::default()),
            start: 0,
            end: 0,
            failed: None,
        }
    }

    /// Where the next bytes are to be read to. Never empty after [`next`](Self::next) has asked for input.
    pub fn space(&mut self) -> &mut [u8] {
        let size = self.storage.as_ref().len();
        let wanted = match self.state {
            State::Header(_) => 1usize.saturating_add(self.end.saturating_sub(self.start)),
            State::Body { length } => length,
            State::Prefix { announced } => announced.min(size),
            State::Skip { .. } => 1,
        };
        if self.start > 0 && (self.start == self.end || self.start.saturating_add(wanted) > size) {
            let received = self.storage.as_mut().get_mut(..self.end).unwrap_or_default();
            self.end = shift_down(received, self.start);
            self.start = 0;
        }
        self.storage.as_mut().get_mut(self.end..).unwrap_or_default()
    }

    /// Says that the first `n` bytes of [`space`](Self::space) were filled.
    pub fn fed(&mut self, n: usize) {
        self.end = self.end.saturating_add(n).min(self.storage.as_ref().len());
    }

    /// Takes the next message out. Call again until it answers [`Received::NeedInput`].
    ///
    /// # Errors
    ///
    /// The stream is not DAP, or announces a body over the second bound: close the connection. The receiver stays as
    /// it is, and every further call gives the same error.
    #[allow(clippy::should_implement_trait, reason = "an iterator could not lend its items")]
    pub fn next(&mut self) -> Result<Received<'_>, FrameError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        match self.found() {
            Ok(Found::NeedInput) => Ok(Received::NeedInput),
            Ok(Found::Message(body)) => Ok(Received::Message(self.kept(body))),
            Ok(Found::Oversize { prefix, announced }) => Ok(Received::Oversize {
                prefix: self.kept(prefix),
                announced,
            }),
            Err(error) => {
                self.failed = Some(error);
                Err(error)
            }
        }
    }

    fn kept(&self, range: Range<usize>) -> &[u8] {
        self.storage.as_ref().get(range).unwrap_or_default()
    }

    fn found(&mut self) -> Result<Found, FrameError> {
        loop {
            let size = self.storage.as_ref().len();
            let received = self.storage.as_ref().get(self.start..self.end).unwrap_or_default();
            match &mut self.state {
                State::Header(reader) => match reader.read(received)? {
                    Parse::Complete(header) if header.length <= self.limits.body => {
                        self.start = self.start.saturating_add(header.size);
                        self.state = State::Body { length: header.length };
                    }
                    Parse::Complete(header) if header.length <= self.limits.skip => {
                        self.start = self.start.saturating_add(header.size);
                        self.state = State::Prefix {
                            announced: header.length,
                        };
                    }
                    Parse::Complete(header) => {
                        let limit = self.limits.skip.max(self.limits.body);
                        return Err(FrameError::BodyTooLarge {
                            announced: header.length,
                            limit,
                        });
                    }
                    Parse::Partial(_) if received.len() >= size.min(MAX_HEADER) => {
                        return Err(FrameError::HeaderTooLong);
                    }
                    Parse::Partial(_) => return Ok(Found::NeedInput),
                },
                State::Body { length } => {
                    let length = *length;
                    if received.len() >= length {
                        let range = self.take(length);
                        self.state = State::Header(HeaderReader::default());
                        return Ok(Found::Message(range));
                    }
                    if received.len() < size {
                        return Ok(Found::NeedInput);
                    }
                    // The storage is full and was not made larger.
                    self.state = State::Prefix { announced: length };
                }
                State::Prefix { announced } => {
                    let announced = *announced;
                    let kept = announced.min(size);
                    if received.len() < kept {
                        return Ok(Found::NeedInput);
                    }
                    let range = self.take(kept);
                    self.state = State::Skip {
                        left: announced.saturating_sub(kept),
                    };
                    return Ok(Found::Oversize {
                        prefix: range,
                        announced,
                    });
                }
                State::Skip { left } => {
                    let step = received.len().min(*left);
                    *left = left.saturating_sub(step);
                    let done = *left == 0;
                    self.take(step);
                    if !done {
                        return Ok(Found::NeedInput);
                    }
                    self.state = State::Header(HeaderReader::default());
                }
            }
        }
    }

    fn take(&mut self, n: usize) -> Range<usize> {
        let from = self.start;
        self.start = from.saturating_add(n).min(self.end);
        from..self.start
    }

    /// How large the storage has to be for the message that is being received; 0 between messages.
    ///
    /// With storage that grows, and limits above its size: when [`next`](Self::next) asks for input and this is more
    /// than the storage has, make it larger through [`storage_mut`](Self::storage_mut) before reading on.
    pub fn needs(&self) -> usize {
        match self.state {
            State::Body { length } => length,
            _ => 0,
        }
    }

    /// The storage, to be made larger. What it holds has to stay where it is, and it may not become shorter.
    pub fn storage_mut(&mut self) -> &mut S {
        &mut self.storage
    }

    /// Whether the stream may end here: no byte of a further message has been received.
    pub fn is_between_messages(&self) -> bool {
        self.start == self.end && matches!(self.state, State::Header(_))
    }
}
