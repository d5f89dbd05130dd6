//! What a process and its descendants say to each other, byte by byte.
//!
//! `[length of the rest: 4 bytes][kind: 1 byte][members]`, numbers in little endian, a text as its length (4 bytes) and
//! UTF-8. Both ends run the same build of this crate. Whatever does not read so ends the connection.

/// Longest message, in bytes, header excluded: the record of a connection fits, see [`RECORD_LIMIT`].
pub(super) const LIMIT: usize = RECORD_LIMIT + 64 * 1024;

/// Most bytes of a connection that are kept to be played again elsewhere. What comes before `attach` is an `initialize` in
/// practice, of 1 KiB.
pub(crate) const RECORD_LIMIT: usize = 128 * 1024;

/// What a descendant is told when it has introduced itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Welcome {
    /// Host and port of the server, as a client names them.
    pub host: String,
    /// The port; 0 for a Unix socket.
    pub port: u16,
    /// Whether clients may evaluate.
    pub evaluate: bool,
    /// Who the receiver is told to be a child of, where its clients are found at that address, which it is to call. `None`:
    /// they come to the server there.
    pub calls: Option<u32>,
    /// What the host of the server has to say to those of its descendants.
    pub luggage: String,
}

/// A client's connection on its way to the process that it wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Transfer {
    /// Where the client is; `None` on a Unix socket.
    pub(crate) peer: Option<core::net::SocketAddr>,
    /// So many of its messages are answered already.
    pub(crate) answered: u32,
    /// All bytes that came from it.
    pub(crate) record: Vec<u8>,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// Up: this process is here. One that is `quiet` has no program of its own that is worth a client.
    Hello { pid: u32, quiet: bool },
    /// Up, with the end of a new descendant's connection. A `successor` takes the sender's own place, by `exec`.
    Adopt { successor: bool },
    /// Up: this child need not wait for a client.
    LetGo { pid: u32 },
    /// Up: the sender has a client now, or not any more.
    Held(bool),
    /// Up: nobody came in the time that the sender could wait.
    GaveUp,
    /// Up: all descendants of the sender are to end.
    EndAll,
    /// Down: the answer to `Hello`.
    Welcome(Welcome),
    /// Down: no need to wait for a client.
    GoOn,
    /// Down: the receiver has a child.
    Born { pid: u32 },
    /// Down: that child is gone.
    Died { pid: u32 },
    /// Down: that child has a client, or none any more.
    ChildHeld { pid: u32, held: bool },
    /// Down: that child has waited in vain.
    ChildGaveUp { pid: u32 },
    /// Down, with the connection.
    Client(Transfer),
    /// Down: the program is to end.
    End,
}

impl Message {
    /// Writes it, with its length in front.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = vec![0; 4];
        match self {
            Self::Hello { pid, quiet } => {
                out.push(1);
                out.extend(pid.to_le_bytes());
                out.push(u8::from(*quiet));
            }
            Self::Adopt { successor } => out.extend([2, u8::from(*successor)]),
            Self::LetGo { pid } => number(&mut out, 3, *pid),
            Self::Held(held) => out.extend([4, u8::from(*held)]),
            Self::EndAll => out.push(5),
            Self::Welcome(welcome) => {
                out.push(6);
                out.extend(welcome.port.to_le_bytes());
                out.push(u8::from(welcome.evaluate));
                out.extend(welcome.calls.unwrap_or_default().to_le_bytes());
                text(&mut out, welcome.host.as_bytes());
                text(&mut out, welcome.luggage.as_bytes());
            }
            Self::GoOn => out.push(7),
            Self::Born { pid } => number(&mut out, 8, *pid),
            Self::Died { pid } => number(&mut out, 9, *pid),
            Self::ChildHeld { pid, held } => {
                number(&mut out, 10, *pid);
                out.push(u8::from(*held));
            }
            Self::Client(transfer) => {
                number(&mut out, 11, transfer.answered);
                let peer = transfer.peer.map(|peer| peer.to_string()).unwrap_or_default();
                text(&mut out, peer.as_bytes());
                text(&mut out, &transfer.record);
            }
            Self::End => out.push(12),
            Self::GaveUp => out.push(13),
            Self::ChildGaveUp { pid } => number(&mut out, 14, *pid),
        }
        let length = u32::try_from(out.len() - 4).unwrap_or(u32::MAX);
        out[..4].copy_from_slice(&length.to_le_bytes());
        out
    }

    /// Reads one without its length. `None`: it is none.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = Rest(bytes);
        let message = match rest.byte()? {
            1 => Self::Hello {
                pid: rest.number()?,
                quiet: rest.flag()?,
            },
            2 => Self::Adopt {
                successor: rest.flag()?,
            },
            3 => Self::LetGo { pid: rest.number()? },
            4 => Self::Held(rest.flag()?),
            5 => Self::EndAll,
            6 => Self::Welcome(Welcome {
                port: u16::from_le_bytes(*rest.take(2)?.first_chunk()?),
                evaluate: rest.flag()?,
                calls: Some(rest.number()?).filter(|pid| *pid != 0),
                host: rest.text()?,
                luggage: rest.text()?,
            }),
            7 => Self::GoOn,
            8 => Self::Born { pid: rest.number()? },
            9 => Self::Died { pid: rest.number()? },
            10 => Self::ChildHeld {
                pid: rest.number()?,
                held: rest.flag()?,
            },
            11 => {
                let answered = rest.number()?;
                let peer = rest.text()?;
                let peer = if peer.is_empty() {
                    None
                } else {
                    Some(peer.parse().ok()?)
                };
                let record = rest.bytes()?.to_vec();
                Self::Client(Transfer { peer, answered, record })
            }
            12 => Self::End,
            13 => Self::GaveUp,
            14 => Self::ChildGaveUp { pid: rest.number()? },
            _ => return None,
        };
        rest.0.is_empty().then_some(message)
    }

    /// Tells whether a descriptor comes with it.
    pub(crate) fn carries(&self) -> bool {
        matches!(self, Self::Adopt { .. } | Self::Client(_))
    }
}

fn number(out: &mut Vec<u8>, kind: u8, value: u32) {
    out.push(kind);
    out.extend(value.to_le_bytes());
}

pub(super) fn text(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend(bytes);
}

/// What is still to be read of a message.
pub(super) struct Rest<'b>(pub(super) &'b [u8]);

impl<'b> Rest<'b> {
    pub(super) fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub(super) fn flag(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    pub(super) fn number(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(*self.take(4)?.first_chunk()?))
    }

    fn bytes(&mut self) -> Option<&'b [u8]> {
        let length = self.number()?;
        self.take(usize::try_from(length).ok()?)
    }

    pub(super) fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Message> {
        vec![
            Message::Hello { pid: 7, quiet: true },
            Message::Adopt { successor: false },
            Message::LetGo { pid: u32::MAX },
            Message::Held(true),
            Message::EndAll,
            Message::Welcome(Welcome {
                host: "::1".into(),
                port: 5678,
                evaluate: true,
                calls: Some(8),
                luggage: "{\"ä\":1}".into(),
            }),
            Message::GoOn,
            Message::Born { pid: 1 },
            Message::Died { pid: 2 },
            Message::ChildHeld { pid: 3, held: false },
            Message::Client(Transfer {
                peer: Some("127.0.0.1:9".parse().unwrap()),
                answered: 1,
                record: b"Content-Length: 2\r\n\r\n{}".to_vec(),
            }),
            Message::End,
            Message::GaveUp,
            Message::ChildGaveUp { pid: 4 },
        ]
    }

    #[test]
    fn what_is_written_is_read() {
        for message in all() {
            let bytes = message.encode();
            assert_eq!(
                u32::from_le_bytes(*bytes.first_chunk().unwrap()) as usize,
                bytes.len() - 4
            );
            assert_eq!(Message::decode(&bytes[4..]), Some(message));
        }
    }

    #[test]
    fn anything_else_is_none() {
        for message in all() {
            let bytes = message.encode();
            for end in 4..bytes.len() {
                assert_eq!(Message::decode(&bytes[4..end]), None, "{message:?} cut at {end}");
            }
            assert_eq!(Message::decode(&[&bytes[4..], &[0]].concat()), None, "{message:?}");
        }
        assert_eq!(Message::decode(&[15]), None);
        assert_eq!(Message::decode(&[4, 2]), None);
        assert_eq!(Message::decode(&[11, 0, 0, 0, 0, 255, 255, 255, 255]), None);
    }
}
