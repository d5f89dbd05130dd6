//! The beginning of a connection, kept in one process and played again in another.

use std::io::{self, Read};

use super::stream::Stream;

#[cfg(unix)]
use crate::family::RECORD_LIMIT;
/// Nowhere to be played.
#[cfg(not(unix))]
const RECORD_LIMIT: usize = 0;

/// All bytes that came on a connection, as long as they may be wanted elsewhere.
#[derive(Debug)]
pub(super) struct Record {
    /// `None`: they were too many, or are not wanted any more.
    bytes: Option<Vec<u8>>,
    /// So many messages were taken out of them.
    messages: u32,
}

impl Default for Record {
    fn default() -> Self {
        Self {
            bytes: Some(Vec::new()),
            messages: 0,
        }
    }
}

impl Record {
    fn add(&mut self, more: &[u8]) {
        if let Some(bytes) = &mut self.bytes {
            bytes.extend_from_slice(more);
            if bytes.len() > RECORD_LIMIT {
                self.bytes = None;
            }
        }
    }

    /// A message was taken.
    pub(super) fn count(&mut self) {
        self.messages = self.messages.saturating_add(1);
    }

    /// Keeps nothing any more.
    pub(super) fn stop(&mut self) {
        self.bytes = None;
    }

    /// The bytes, and how many messages came before the last one taken.
    #[cfg(unix)]
    pub(super) fn take(&mut self) -> Option<(Vec<u8>, u32)> {
        Some((self.bytes.take()?, self.messages.saturating_sub(1)))
    }
}

/// A socket whose bytes are kept.
pub(super) struct Tee<'c>(pub(super) &'c Stream, pub(super) &'c mut Record);

impl Read for Tee<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        self.1.add(&buffer[..count]);
        Ok(count)
    }
}

/// The beginning of a connection that was kept elsewhere.
#[derive(Debug)]
pub(super) struct Replay {
    bytes: Vec<u8>,
    read: usize,
    /// So many messages are still to come that are answered already. `None`: they have been.
    answered: Option<u32>,
}

impl Replay {
    #[cfg(unix)]
    pub(super) fn new(bytes: Vec<u8>, answered: u32) -> Self {
        Self {
            bytes,
            read: 0,
            answered: Some(answered),
        }
    }

    /// Everything was read again.
    pub(super) fn is_over(&self) -> bool {
        self.read >= self.bytes.len()
    }

    /// A message was taken; tells, once, that it is the first to be answered here.
    pub(super) fn count(&mut self) -> bool {
        match &mut self.answered {
            Some(0) => {
                self.answered = None;
                true
            }
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        }
    }
}

impl Read for Replay {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = (&self.bytes[self.read..]).read(buffer)?;
        self.read += count;
        Ok(count)
    }
}
