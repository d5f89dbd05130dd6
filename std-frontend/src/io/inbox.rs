//! The receive buffer of one connection: small while nothing comes, as large as a message needs, small again after it.

use std::io::{self, Read};

use dapstub::frame::{FrameError, Limits, Received, Receiver};

use crate::limits::{BODY_LIMIT, BODY_LIMIT_UNATTACHED, SKIP_FACTOR};

/// Size of the buffer between messages; most requests fit.
const SMALL: usize = 4 * 1024;

/// Bytes from the peer on their way to whole messages.
#[derive(Debug)]
pub(crate) struct Inbox {
    receiver: Receiver<Vec<u8>>,
    /// Largest size that the buffer grows to.
    limit: usize,
}

impl Inbox {
    pub(crate) fn new() -> Self {
        Self {
            receiver: small(),
            limit: BODY_LIMIT_UNATTACHED,
        }
    }

    /// The peer has attached: its messages may be larger from now on.
    pub(crate) fn trust(&mut self) {
        self.limit = BODY_LIMIT;
    }

    /// Reads once from `source`, as much as there is room for.
    pub(crate) fn fill(&mut self, source: &mut impl Read) -> io::Result<usize> {
        self.grow();
        let n = source.read(self.receiver.space())?;
        self.receiver.fed(n);
        self.grow();
        Ok(n)
    }

    /// Takes the next message out.
    pub(crate) fn next(&mut self) -> Result<Received<'_>, FrameError> {
        if self.receiver.is_between_messages() && self.size() > SMALL {
            self.receiver = small();
        }
        self.receiver.next()
    }

    fn size(&mut self) -> usize {
        self.receiver.storage_mut().len()
    }

    /// Doubles the buffer when the message that is coming needs more and has filled half of it: what is only announced
    /// costs nothing.
    fn grow(&mut self) {
        let size = self.size();
        let needed = self.receiver.needs().min(self.limit);
        if needed > size && self.receiver.space().len() <= size / 2 {
            let larger = needed.min(size * 2);
            self.receiver.storage_mut().resize(larger, 0);
        }
    }
}

fn small() -> Receiver<Vec<u8>> {
    Receiver::with_limits(
        vec![0; SMALL],
        Limits {
            body: BODY_LIMIT,
            skip: BODY_LIMIT * SKIP_FACTOR,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A source that gives at most so many bytes at a time.
    struct Drip<'b>(&'b [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let n = self.0.len().min(self.1).min(buffer.len());
            buffer[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    fn frame(length: usize) -> Vec<u8> {
        let mut bytes = format!("Content-Length: {length}\r\n\r\n").into_bytes();
        bytes.resize(bytes.len() + length, b'x');
        bytes
    }

    /// Lengths of the bodies that come out; over the limit as a negative number.
    fn lengths(inbox: &mut Inbox, wire: &[u8], step: usize) -> Vec<isize> {
        let mut source = Drip(wire, step);
        let mut lengths = Vec::new();
        while inbox.fill(&mut source).unwrap() > 0 {
            loop {
                match inbox.next().unwrap() {
                    Received::Message(body) => lengths.push(body.len() as isize),
                    Received::Oversize { announced, .. } => lengths.push(-(announced as isize)),
                    Received::NeedInput => break,
                }
            }
        }
        lengths
    }

    #[test]
    fn messages_of_any_size_come_out_whole_and_memory_is_given_back() {
        let sizes = [
            0,
            2,
            5_000,
            SMALL,
            SMALL - 22,
            SMALL + 1,
            60_000,
            1,
            BODY_LIMIT_UNATTACHED,
            7,
        ];
        let wire: Vec<u8> = sizes.iter().flat_map(|&size| frame(size)).collect();
        for step in [1, 7, 1_000, SMALL, usize::MAX] {
            let mut inbox = Inbox::new();
            let lengths = lengths(&mut inbox, &wire, step);
            assert_eq!(lengths, sizes.map(|size| size as isize), "{step}");
            assert!(matches!(inbox.next(), Ok(Received::NeedInput)));
            assert_eq!(inbox.size(), SMALL);
        }
    }

    #[test]
    fn a_stranger_gets_less_room_than_the_attached_client() {
        let wire = [frame(BODY_LIMIT_UNATTACHED + 1), frame(BODY_LIMIT), frame(3)].concat();
        let (long, longest) = (BODY_LIMIT_UNATTACHED as isize + 1, BODY_LIMIT as isize);
        for step in [1_000, usize::MAX] {
            let mut inbox = Inbox::new();
            assert_eq!(lengths(&mut inbox, &wire, step), [-long, -longest, 3]);
            inbox.trust();
            assert_eq!(lengths(&mut inbox, &wire, step), [long, longest, 3]);
        }
        let mut inbox = Inbox::new();
        inbox.trust();
        assert_eq!(lengths(&mut inbox, &frame(BODY_LIMIT + 1), usize::MAX), [-longest - 1]);
        let mut header = Drip(b"Content-Length: 4194305\r\n\r\n", usize::MAX);
        inbox.fill(&mut header).unwrap();
        assert!(matches!(inbox.next(), Err(FrameError::BodyTooLarge { .. })));
    }

    #[test]
    fn what_is_only_announced_costs_nothing() {
        let mut inbox = Inbox::new();
        inbox.trust();
        inbox
            .fill(&mut Drip(b"Content-Length: 1000000\r\n\r\n{", usize::MAX))
            .unwrap();
        assert!(matches!(inbox.next(), Ok(Received::NeedInput)));
        inbox.fill(&mut Drip(b"}", usize::MAX)).unwrap();
        assert_eq!(inbox.size(), SMALL);
    }
}
