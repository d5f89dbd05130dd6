//! A server in a few kilobytes, for one client on one line and a host that answers at once.
//!
//! [`io::serve`](crate::io::serve) can do more: answers that come later, requests to the client, outputs that grow. Each
//! of these costs flash, whether it is used or not. Here is what is left when a request is answered before the next one
//! is read: the strict framing, the strict JSON, one answer to every request, DAP's order. A message is put together in
//! one buffer and sent before the next one begins.
//!
//! A serial line does not tell when a client is gone. [`Host::heard`] can give it up after a silence, and an `initialize`
//! in the middle of a session is another client's: the session begins anew with it.
//!
//! ```
//! use dapstub::small::{Body, Events, Heard, Host, Request, Server};
//!
//! struct Lamp { on: bool }
//!
//! impl Host for Lamp {
//!     fn carry_out(&mut self, request: &Request<'_>, body: &mut Body<'_>) -> Result<(), &'static str> {
//!         // The names that this host knows, and the number of the one that was asked.
//!         match request.command("initialize attach configurationDone disconnect threads") {
//!             0 => body.raw(r#"{"supportsConfigurationDoneRequest":true}"#),
//!             1..=3 => {}
//!             4 => body.raw(r#"{"threads":[{"id":1,"name":"lamp"}]}"#),
//!             _ => return Err("not supported"),
//!         };
//!         Ok(())
//!     }
//!     fn turn(&mut self, _: &mut Events<'_, '_>) {
//!         self.on ^= true;
//!     }
//!     fn heard(&mut self, _: Heard) -> bool {
//!         true
//!     }
//!     fn lost(&mut self) {}
//! }
//!
//! # struct Uart { sent: Vec<u8>, received: Vec<u8> }
//! # impl embedded_io::ErrorType for Uart { type Error = std::convert::Infallible; }
//! # impl embedded_io::Read for Uart {
//! #     fn read(&mut self, buf: &mut [u8]) -> Result<usize, Self::Error> {
//! #         let n = buf.len().min(self.received.len());
//! #         buf[..n].copy_from_slice(&self.received[..n]);
//! #         self.received.drain(..n);
//! #         Ok(n)
//! #     }
//! # }
//! # impl embedded_io::ReadReady for Uart {
//! #     fn read_ready(&mut self) -> Result<bool, Self::Error> { Ok(true) }
//! # }
//! # impl embedded_io::Write for Uart {
//! #     fn write(&mut self, buf: &[u8]) -> Result<usize, Self::Error> { self.sent.extend(buf); Ok(buf.len()) }
//! #     fn flush(&mut self) -> Result<(), Self::Error> { Ok(()) }
//! # }
//! # let mut received = Vec::new();
//! # for body in [
//! #     r#"{"seq":1,"type":"request","command":"initialize","arguments":{"adapterID":"lamp"}}"#,
//! #     r#"{"seq":2,"type":"request","command":"threads"}"#,
//! #     r#"{"seq":3,"type":"request","command":"attach"}"#,
//! #     r#"{"seq":4,"type":"request","command":"configurationDone"}"#,
//! #     r#"{"seq":5,"type":"request","command":"threads"}"#,
//! #     r#"{"seq":6,"type":"request","command":"disconnect"}"#,
//! # ] {
//! #     received.extend(format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes());
//! # }
//! # let mut uart = Uart { sent: Vec::new(), received };
//! // `uart` implements `embedded_io::{Read, ReadReady, Write}`.
//! let (mut received, mut answers) = ([0; 512], [0; 512]);
//! let end = Server::new(&mut received, &mut answers).serve(&mut uart, &mut Lamp { on: false });
//! assert_eq!(end, Ok(dapstub::small::End::Disconnected));
//! # let sent = String::from_utf8(uart.sent).unwrap();
//! # assert_eq!(sent.matches("Content-Length: ").count(), 7);
//! # assert!(sent.contains(r#"{"seq":2,"type":"response","request_seq":2,"command":"threads","success":false"#), "{sent}");
//! # assert!(sent.contains(r#"{"seq":6,"type":"response","request_seq":5,"command":"threads","success":true,"body":{"threads":[{"id":1,"#), "{sent}");
//! # assert!(sent.ends_with("Content-Length: 81\r\n\r\n{\"seq\":7,\"type\":\"response\",\"request_seq\":6,\"command\":\"disconnect\",\"success\":true}"), "{sent}");
//! ```

pub use crate::io::Heard;
pub use body::Body;
pub use json::{Elements, Value};

mod body;
mod json;

use crate::failure::id;
use crate::frame::{MAX_HEADER, MAX_HEADER_LINE};
use crate::session::MAX_COMMAND_NAME;
use embedded_io::{Read, ReadReady, Write};

/// What a host says to what only a stopped program can do; the client is told with DAP's own word.
pub const NOT_STOPPED: &str = "the program is not stopped";

/// A request.
#[derive(Clone, Copy, Debug)]
pub struct Request<'b> {
    name: Value<'b>,
    arguments: Value<'b>,
}

impl<'b> Request<'b> {
    /// Which of these names, with a space between two of them, is that of its command: 0 for the first; their number, if it
    /// is none of them.
    #[must_use]
    pub fn command(&self, names: &str) -> usize {
        json::find(names.as_bytes(), self.name)
    }

    /// Its arguments.
    #[must_use]
    pub const fn arguments(&self) -> Value<'b> {
        self.arguments
    }
}

/// What a client can ask, and what runs when it asks nothing.
pub trait Host {
    /// Does what a request asks, and writes the JSON of the answer's body: nothing, if there is none. What `attach` and
    /// `launch`, `configurationDone` and `disconnect` write is dropped, because DAP defines no body for them.
    ///
    /// # Errors
    ///
    /// The client is told, with the number 1000 or, for [`NOT_STOPPED`], with DAP's word for it.
    fn carry_out(&mut self, request: &Request<'_>, body: &mut Body<'_>) -> Result<(), &'static str>;

    /// Runs the program a little, if it runs. Called while no byte waits to be read.
    fn turn(&mut self, events: &mut Events<'_, '_>);

    /// Told what the line brings, in front of every turn and whenever bytes came. `false` gives the client up.
    fn heard(&mut self, what: Heard) -> bool;

    /// The client is gone, or another has come in its place: the program runs on as if never debugged.
    fn lost(&mut self);
}

/// How far a session has come. The first commands of the session are numbered likewise: each is allowed in its phase, and
/// leads to the next.
mod phase {
    pub(super) const LISTENING: usize = 0;
    pub(super) const NEGOTIATED: usize = 1;
    pub(super) const CONFIGURING: usize = 2;
    pub(super) const RUNNING: usize = 3;
    pub(super) const ENDED: usize = 4;
}

/// Commands that move the session on. `launch` and `attach` are the same to it.
const STEPS: &str = "initialize attach configurationDone disconnect launch";
const INITIALIZE: usize = phase::LISTENING;
const ATTACH: usize = phase::NEGOTIATED;
const CONFIGURATION_DONE: usize = phase::CONFIGURING;
const DISCONNECT: usize = 3;
const LAUNCH: usize = 4;

/// What can be reported during a turn: one event.
#[derive(Debug)]
pub struct Events<'e, 's> {
    running: bool,
    seq: i32,
    body: &'e mut Body<'s>,
}

impl Events<'_, '_> {
    /// Whether the session was configured: the client wants to know of the program.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        self.running
    }

    /// Reports an event; `body` writes its body. Only a [running](Self::is_running) session allows it; says whether it did,
    /// and whether the event fitted. One a turn: a further one takes the place of the one before.
    ///
    /// Events that a client has to announce in `initialize` (of progress, `invalidated`, `memory`) are not for this server.
    pub fn report(&mut self, name: &str, body: impl FnOnce(&mut Body<'_>)) -> bool {
        if !self.running {
            return false;
        }
        self.body.event(self.seq, name);
        self.body.raw(",\"body\":");
        body(self.body);
        self.body.raw("}");
        if self.body.full {
            self.body.clear();
        }
        self.body.len > 0
    }
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The client said `disconnect`.
    Disconnected,
    /// The stream has ended, or the host has given the client up.
    Lost,
    /// What came was not DAP, or announces more than is ever skipped. Wait until the line is silent, and tell the client
    /// with [`Server::terminate`].
    NotDap,
}

/// Bodies that are so many times as large as the buffer are skipped, larger ones end the session.
const SKIP_FACTOR: usize = 4;

/// One session, over buffers that the caller owns.
#[derive(Debug)]
pub struct Server<'s> {
    received: &'s mut [u8],
    body: Body<'s>,
    phase: usize,
    /// Number of the next message.
    seq: i32,
    /// `attach` or `launch`, answered as soon as `configurationDone` is.
    held: Option<(i32, &'static str)>,
    incoming: Incoming,
}

/// How much of a message is there.
#[derive(Clone, Copy, Debug, Default)]
struct Incoming {
    /// How much of the line or the body is in the buffer.
    len: usize,
    /// Bytes of whole header lines.
    header: usize,
    /// What the header announces.
    announced: Option<usize>,
    /// The header is complete.
    in_body: bool,
    /// Bytes of the body that did not fit.
    skipped: usize,
}

impl Body<'_> {
    #[inline(never)]
    fn begin(&mut self, seq: i32, kind: &str) {
        self.clear();
        self.raw("{\"seq\":");
        self.number(seq);
        self.raw(",\"type\":\"");
        self.raw(kind);
    }

    #[inline(never)]
    fn event(&mut self, seq: i32, name: &str) {
        self.begin(seq, "event\",\"event\":\"");
        self.raw(name);
        self.raw("\"");
    }

    #[inline(never)]
    fn response(&mut self, seq: i32, request_seq: i32, command: &[u8], success: &str) {
        self.begin(seq, "response\",\"request_seq\":");
        self.number(request_seq);
        self.raw(",\"command\":\"");
        // As it stood on the wire.
        self.bytes(command);
        self.raw("\",\"success\":");
        self.raw(success);
    }

    #[inline(never)]
    fn failure(&mut self, seq: i32, request_seq: i32, command: &[u8], id: u32, text: &str) {
        self.response(seq, request_seq, command, "false,\"message\":");
        self.text(match id {
            id::NOT_STOPPED => "notStopped",
            id::CANCELLED => "cancelled",
            _ => text,
        });
        self.raw(",\"body\":{\"error\":{\"id\":");
        self.number(id as i32);
        self.raw(",\"format\":");
        self.text(text);
        self.raw("}}}");
    }
}

impl<'s> Server<'s> {
    /// A session with a client that has not said anything yet. `received` holds the largest message that is taken, and has
    /// to have room for a line of a header (192 bytes). `answers` holds the largest answer; 512 bytes are enough for any
    /// that the server makes itself.
    pub fn new(received: &'s mut [u8], answers: &'s mut [u8]) -> Self {
        Self {
            received,
            body: Body::new(answers),
            phase: phase::LISTENING,
            seq: 1,
            held: None,
            incoming: Incoming::default(),
        }
    }

    /// Serves the client until it leaves. Whatever this returns, the host was told with [`Host::lost`], or knows from
    /// `disconnect`.
    ///
    /// # Errors
    ///
    /// What the line reports.
    pub fn serve<L: Read + ReadReady + Write, H: Host>(&mut self, line: &mut L, host: &mut H) -> Result<End, L::Error> {
        let end = loop {
            if !line.read_ready()? {
                let between = !self.incoming.in_body && self.incoming.header == 0 && self.incoming.len == 0;
                let go_on = host.heard(if between { Heard::Nothing } else { Heard::HalfAMessage });
                if !go_on {
                    break End::Lost;
                }
                self.body.clear();
                host.turn(&mut Events {
                    running: self.phase == phase::RUNNING,
                    seq: self.seq,
                    body: &mut self.body,
                });
                self.send(line)?;
                continue;
            }
            // A header comes byte by byte, so that nothing of the next message is read with it.
            let wanted = match (self.incoming.in_body, self.incoming.announced) {
                (true, Some(announced)) => announced.wrapping_sub(self.incoming.skipped),
                _ => self.incoming.len.wrapping_add(1),
            };
            let mut overflow = [0; 16];
            let len = self.incoming.len;
            let place = match self.received.get_mut(len..wanted.min(self.received.len())) {
                Some(place) if !place.is_empty() => place,
                _ => overflow.get_mut(..wanted.wrapping_sub(len).min(16)).unwrap_or_default(),
            };
            let count = line.read(place)?;
            if count == 0 {
                break End::Lost;
            }
            host.heard(Heard::Bytes);
            if len < self.received.len() {
                self.incoming.len = len.wrapping_add(count);
            } else {
                self.incoming.skipped = self.incoming.skipped.wrapping_add(count);
            }
            if !self.incoming.in_body && self.header().is_none() {
                break End::NotDap;
            }
            let have = self.incoming.len.wrapping_add(self.incoming.skipped);
            if self.incoming.in_body && self.incoming.announced == Some(have) {
                let Incoming { len, skipped, .. } = core::mem::take(&mut self.incoming);
                let received = core::mem::take(&mut self.received);
                let message = received.get(..len).unwrap_or_default();
                let taken = self.take(line, host, message, skipped > 0);
                self.received = received;
                taken?;
                if self.phase == phase::ENDED {
                    return Ok(End::Disconnected);
                }
            }
        };
        host.lost();
        Ok(end)
    }

    /// Tells the client that there is no session any more: the event `terminated`, unless it never attached.
    ///
    /// # Errors
    ///
    /// What the line reports.
    pub fn terminate<L: Write>(&mut self, line: &mut L) -> Result<(), L::Error> {
        if self.phase < phase::CONFIGURING {
            return Ok(());
        }
        self.body.event(self.seq, "terminated");
        self.body.raw("}");
        self.send(line)
    }

    /// Sends the message that was made, if there is one.
    #[inline(never)]
    fn send<L: Write>(&mut self, line: &mut L) -> Result<(), L::Error> {
        if self.body.len == 0 {
            return Ok(());
        }
        self.seq = self.seq.wrapping_add(1);
        let mut room = [0; 32];
        let mut header = Body::new(&mut room);
        header.raw("Content-Length: ");
        header.number(self.body.len as i32);
        header.raw("\r\n\r\n");
        for mut rest in [header.written(), self.body.written()] {
            while !rest.is_empty() {
                let count = line.write(rest)?;
                rest = rest.get(count..).unwrap_or_default();
            }
        }
        line.flush()
    }

    /// Looks at the line of a header whose last byte has come; `None` if it is not one of DAP's.
    #[inline(never)]
    #[allow(clippy::manual_contains, reason = "that is 160 bytes of code")]
    fn header(&mut self) -> Option<()> {
        let line = self.received.get(..self.incoming.len).unwrap_or_default();
        let (last, before) = line.split_last()?;
        if *last != b'\n' {
            // A name has letters and a hyphen, as every other protocol's first line soon has not.
            let is_name = before.iter().any(|byte| *byte == b':')
                || last.is_ascii_alphabetic()
                || matches!(last, b'-' | b':' | b' ' | b'\r');
            return (is_name && line.len() <= MAX_HEADER_LINE).then_some(());
        }
        let line = before
            .strip_suffix(b"\r")
            .filter(|line| !line.iter().any(|byte| *byte == b'\r'))?;
        let header = self.incoming.header.wrapping_add(self.incoming.len);
        self.incoming.len = 0;
        if header > MAX_HEADER {
            return None;
        }
        if line.is_empty() {
            // In front of the first line, some clients put an empty one between messages.
            match self.incoming.announced {
                Some(announced) => {
                    self.incoming.in_body = true;
                    (announced <= self.received.len().wrapping_mul(SKIP_FACTOR)).then_some(())?;
                }
                None => (self.incoming.header == 0).then_some(())?,
            }
            return Some(());
        }
        self.incoming.header = header;
        let (name, value) = line.split_at_checked(line.iter().position(|byte| *byte == b':')?)?;
        if name.eq_ignore_ascii_case(b"Content-Type") {
            return Some(());
        }
        if !name.eq_ignore_ascii_case(b"Content-Length") || self.incoming.announced.is_some() {
            return None;
        }
        let digits = value.get(1..)?.trim_ascii();
        let mut announced = 0usize;
        for digit in digits {
            announced = announced
                .wrapping_mul(10)
                .wrapping_add(usize::from(digit.wrapping_sub(b'0')));
            (digit.is_ascii_digit() && announced < 1 << 24).then_some(())?;
        }
        self.incoming.announced = Some(announced).filter(|_| !digits.is_empty());
        self.incoming.announced.map(drop)
    }

    /// Takes a message in and answers it.
    fn take<L: Write, H: Host>(
        &mut self,
        line: &mut L,
        host: &mut H,
        message: &[u8],
        cut: bool,
    ) -> Result<(), L::Error> {
        let mut found = [Value::default(); 9];
        let fault = json::scan(message, &mut found).is_none();
        let [seq, kind, name, arguments, ..] = found;
        if kind.is(b"response") {
            return Ok(());
        }
        let number = seq.number().filter(|seq| *seq >= 0);
        let seq = number.unwrap_or(0);
        let raw = name.raw();
        let answered = if cut {
            Err((id::TOO_LARGE, "the message is larger than this server accepts"))
        } else if fault {
            Err((id::BAD_MESSAGE, "malformed or too deeply nested JSON"))
        } else if number.is_none() || !kind.is(b"request") || json::byte(name.0, 0) != b'"' {
            Err((id::BAD_MESSAGE, "a message has to have `seq`, `type` and `command`"))
        } else {
            let step = json::find(STEPS.as_bytes(), name);
            if step == INITIALIZE && self.phase != phase::LISTENING {
                host.lost();
                self.phase = phase::LISTENING;
                self.held = None;
                self.seq = 1;
            }
            let goal = if step == LAUNCH { ATTACH } else { step };
            let allowed = match goal {
                ..DISCONNECT => goal == self.phase,
                DISCONNECT => self.phase > phase::LISTENING,
                _ => self.phase > phase::NEGOTIATED,
            };
            if !allowed {
                Err((id::ORDER, "not allowed at this point of the session"))
            } else {
                if goal == DISCONNECT {
                    self.phase = phase::ENDED;
                    if let Some((held, command)) = self.held.take() {
                        // Fits, if the buffer is as large as it has to be. The same for what follows.
                        let text = "the request was cancelled";
                        self.body
                            .failure(self.seq, held, command.as_bytes(), id::CANCELLED, text);
                        self.send(line)?;
                    }
                }
                self.body.response(self.seq, seq, raw, "true");
                let key_at = self.body.len;
                self.body.raw(",\"body\":");
                let body_at = self.body.len;
                match host.carry_out(&Request { name, arguments }, &mut self.body) {
                    Err(text) if text == NOT_STOPPED => Err((id::NOT_STOPPED, text)),
                    Err(text) => Err((1000, text)),
                    Ok(()) => {
                        if goal == ATTACH {
                            self.body.event(self.seq, "initialized");
                        } else if self.body.len == body_at || matches!(goal, CONFIGURATION_DONE | DISCONNECT) {
                            self.body.len = key_at;
                        }
                        self.body.raw("}");
                        if self.body.full {
                            Err((
                                id::ANSWER_TOO_LARGE,
                                "the answer does not fit into the memory of this server",
                            ))
                        } else {
                            if goal < DISCONNECT {
                                self.phase = goal.wrapping_add(1);
                            }
                            if goal == ATTACH {
                                self.held = Some((seq, if step == LAUNCH { "launch" } else { "attach" }));
                            }
                            Ok(())
                        }
                    }
                }
            }
        };
        if let Err((id, text)) = answered {
            // A name as long as the sender likes is not worth repeating.
            let raw = if raw.len() <= MAX_COMMAND_NAME { raw } else { b"" };
            self.body.failure(self.seq, seq, raw, id, text);
        }
        self.send(line)?;
        if self.phase == phase::RUNNING
            && let Some((seq, command)) = self.held.take()
        {
            self.body.response(self.seq, seq, command.as_bytes(), "true}");
            return self.send(line);
        }
        Ok(())
    }
}
