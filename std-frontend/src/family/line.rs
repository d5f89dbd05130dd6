//! One connection between a process and a descendant, as an I/O thread serves it: messages, some with a descriptor.

use core::mem::MaybeUninit;
use std::collections::VecDeque;
use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, OwnedFd};

use mio::net::UnixStream;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};

use super::message::{LIMIT, Message};

/// Most bytes that may wait for the other end. A process that is suspended takes none; beyond this it is given up.
const WAITING_LIMIT: usize = 1024 * 1024;

/// Most descriptors that may have come without the message that they belong to.
const LOOSE_LIMIT: usize = 4;

/// A piece to be sent, and the descriptor that goes with its first byte.
#[derive(Debug)]
struct Piece {
    bytes: Vec<u8>,
    sent: usize,
    descriptor: Option<OwnedFd>,
}

/// One end of a connection.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) socket: UnixStream,
    out: VecDeque<Piece>,
    waiting: usize,
    input: Vec<u8>,
    loose: VecDeque<OwnedFd>,
    /// Something could not be sent, and what follows would make no sense.
    broken: bool,
}

impl Line {
    /// An end that does not block.
    pub(crate) fn new(socket: UnixStream) -> Self {
        Self {
            socket,
            out: VecDeque::new(),
            waiting: 0,
            input: Vec::new(),
            loose: VecDeque::new(),
            broken: false,
        }
    }

    /// Sends a message, now or by a later [`flush`](Self::flush).
    ///
    /// # Errors
    ///
    /// The other end is gone, or takes nothing.
    pub(crate) fn send(&mut self, message: &Message, descriptor: Option<OwnedFd>) -> io::Result<()> {
        let bytes = message.encode();
        self.waiting += bytes.len();
        if self.broken || self.waiting > WAITING_LIMIT {
            self.broken = true;
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.out.push_back(Piece {
            bytes,
            sent: 0,
            descriptor,
        });
        self.flush()
    }

    /// Sends what waits, as far as the system takes it.
    ///
    /// # Errors
    ///
    /// The other end is gone.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        while let Some(piece) = self.out.front_mut() {
            let bytes = [IoSlice::new(&piece.bytes[piece.sent..])];
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
            let mut ancillary = SendAncillaryBuffer::new(&mut space);
            let descriptor = piece.descriptor.as_ref().map(|descriptor| [descriptor.as_fd()]);
            if let Some(descriptor) = &descriptor {
                ancillary.push(SendAncillaryMessage::ScmRights(descriptor));
            }
            match sendmsg(&self.socket, &bytes, &mut ancillary, send_flags()) {
                Ok(count) => {
                    piece.sent += count;
                    self.waiting -= count;
                    let done = piece.sent >= piece.bytes.len();
                    piece.descriptor = None;
                    if done {
                        self.out.pop_front();
                    }
                }
                Err(rustix::io::Errno::AGAIN) => return Ok(()),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => {
                    self.broken = true;
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }

    /// Tells whether the other end is to be given up.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken
    }

    /// Tells whether everything is sent.
    pub(crate) fn is_flushed(&self) -> bool {
        self.out.is_empty()
    }

    /// Returns the next message that has come, with its descriptor; `None` when there is no more for now.
    ///
    /// # Errors
    ///
    /// The other end is gone, or says what is no message.
    pub(crate) fn receive(&mut self) -> io::Result<Option<(Message, Option<OwnedFd>)>> {
        loop {
            if let Some(message) = self.take()? {
                return Ok(Some(message));
            }
            let mut bytes = [0; 4096];
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(LOOSE_LIMIT))];
            let mut ancillary = RecvAncillaryBuffer::new(&mut space);
            let count = match recvmsg(
                &self.socket,
                &mut [IoSliceMut::new(&mut bytes)],
                &mut ancillary,
                receive_flags(),
            ) {
                Ok(received) => received.bytes,
                Err(rustix::io::Errno::AGAIN) => return Ok(None),
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            };
            for message in ancillary.drain() {
                if let RecvAncillaryMessage::ScmRights(descriptors) = message {
                    self.loose.extend(descriptors);
                }
            }
            if self.loose.len() > LOOSE_LIMIT {
                return Err(io::ErrorKind::InvalidData.into());
            }
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.input.extend(&bytes[..count]);
        }
    }

    /// Takes a whole message out of what has come.
    fn take(&mut self) -> io::Result<Option<(Message, Option<OwnedFd>)>> {
        let Some(length) = self.input.first_chunk::<4>() else {
            return Ok(None);
        };
        let length = u32::from_le_bytes(*length) as usize;
        if length > LIMIT {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if self.input.len() < 4 + length {
            return Ok(None);
        }
        let message = Message::decode(&self.input[4..4 + length]).ok_or(io::ErrorKind::InvalidData)?;
        self.input.drain(..4 + length);
        self.input.shrink_to(4096);
        let descriptor = if message.carries() {
            Some(self.loose.pop_front().ok_or(io::ErrorKind::InvalidData)?)
        } else {
            None
        };
        Ok(Some((message, descriptor)))
    }
}

fn send_flags() -> SendFlags {
    #[cfg(target_vendor = "apple")]
    return SendFlags::DONTWAIT;
    #[cfg(not(target_vendor = "apple"))]
    return SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
}

fn receive_flags() -> RecvFlags {
    #[cfg(target_vendor = "apple")]
    return RecvFlags::DONTWAIT;
    #[cfg(not(target_vendor = "apple"))]
    return RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream as StdStream;

    use super::*;

    fn pair() -> (Line, StdStream) {
        let (ours, theirs) = StdStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        (Line::new(UnixStream::from_std(ours)), theirs)
    }

    fn ends() -> (Line, Line) {
        let (one, other) = pair();
        other.set_nonblocking(true).unwrap();
        (one, Line::new(UnixStream::from_std(other)))
    }

    #[test]
    fn a_descriptor_arrives_with_its_message() {
        let (mut one, mut other) = ends();
        let (mut ours, theirs) = StdStream::pair().unwrap();
        one.send(&Message::GoOn, None).unwrap();
        one.send(&Message::Adopt { successor: true }, Some(theirs.into()))
            .unwrap();
        one.send(&Message::End, None).unwrap();
        assert!(matches!(other.receive(), Ok(Some((Message::GoOn, None)))));
        let Ok(Some((Message::Adopt { successor: true }, Some(descriptor)))) = other.receive() else {
            panic!("a message with a descriptor");
        };
        StdStream::from(descriptor).write_all(b"here").unwrap();
        let mut said = [0; 4];
        ours.read_exact(&mut said).unwrap();
        assert_eq!(&said, b"here");
        assert!(matches!(other.receive(), Ok(Some((Message::End, None)))));
        assert!(matches!(other.receive(), Ok(None)));
    }

    #[test]
    fn hostile_bytes_are_errors() {
        for bytes in [
            &b"GET / HTTP/1.1\r\n\r\n"[..],
            &[255; 64],
            &[1, 0, 0, 0, 99],
            &[2, 0, 0, 0, 2, 0],
        ] {
            let (mut line, mut stranger) = pair();
            stranger.write_all(bytes).unwrap();
            assert!(line.receive().is_err(), "{bytes:?}");
        }
        let (mut line, stranger) = pair();
        drop(stranger);
        assert!(line.receive().is_err());
    }

    #[test]
    fn whoever_reads_nothing_is_given_up() {
        let (mut line, _stranger) = pair();
        let luggage = "x".repeat(60_000);
        let message = Message::Welcome(super::super::Welcome {
            calls: None,
            luggage,
            ..Default::default()
        });
        assert!((0..100).any(|_| line.send(&message, None).is_err()));
    }
}
