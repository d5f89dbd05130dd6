//! A buffer for outgoing bytes: grows on demand up to a limit, and gives memory back.

use dapstub::output::{Full, Output};

use crate::limits::{KEEP_CAPACITY, OUTGOING_LIMIT};

/// An [`Output`] on the heap, for the answers of a [`Host`](crate::Host) and for what waits to be sent.
///
/// Holds at most [`OUTGOING_LIMIT`] bytes.
#[derive(Debug, Default)]
pub struct Buffer {
    bytes: Vec<u8>,
    /// The bytes before this are sent.
    sent: usize,
}

impl Buffer {
    /// Makes an empty buffer, without memory of its own yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn len(&self) -> usize {
        self.bytes.len() - self.sent
    }
}

impl Output for Buffer {
    fn push(&mut self, bytes: &[u8]) -> Result<(), Full> {
        if bytes.len() > self.room() {
            return Err(Full);
        }
        // Reuse the room in front rather than grow, as soon as moving costs less than what was sent meanwhile.
        if self.sent > self.len() && self.bytes.len() + bytes.len() > self.bytes.capacity() {
            self.bytes.drain(..self.sent);
            self.sent = 0;
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn room(&self) -> usize {
        OUTGOING_LIMIT - self.len()
    }

    fn written(&self) -> &[u8] {
        &self.bytes[self.sent..]
    }

    fn written_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[self.sent..]
    }

    fn truncate(&mut self, len: usize) {
        self.bytes.truncate(self.sent.saturating_add(len));
    }

    fn consume(&mut self, n: usize) {
        self.sent = (self.sent + n.min(self.len())).min(self.bytes.len());
        if self.sent == self.bytes.len() {
            self.sent = 0;
            self.bytes.clear();
            self.bytes.shrink_to(KEEP_CAPACITY);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_in_order_and_the_limit_holds() {
        let mut buffer = Buffer::default();
        let chunk = vec![7; OUTGOING_LIMIT / 4];
        for _ in 0..4 {
            buffer.push(&chunk).unwrap();
        }
        assert_eq!(buffer.push(b"x"), Err(Full));
        buffer.consume(1);
        buffer.push(b"x").unwrap();
        assert_eq!((buffer.len(), buffer.written().last()), (OUTGOING_LIMIT, Some(&b'x')));
        buffer.truncate(3);
        assert_eq!(buffer.written(), [7, 7, 7]);
        buffer.consume(100);
        assert_eq!((buffer.len(), buffer.written()), (0, &[][..]));
        assert!(buffer.bytes.capacity() <= KEEP_CAPACITY);
    }

    #[test]
    fn a_buffer_that_is_never_empty_does_not_grow() {
        let mut buffer = Buffer::default();
        for round in 0..100_000_u32 {
            buffer.push(&round.to_le_bytes()).unwrap();
            if round > 0 {
                assert_eq!(buffer.written()[..4], (round - 1).to_le_bytes());
                buffer.consume(4);
            }
        }
        assert!(buffer.bytes.capacity() < 1024);
    }
}
