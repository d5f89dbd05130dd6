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
//! use dapstub::output::{Output, SliceOutput};
//! use dapstub::protocol::Command;
//! use dapstub::session::Request;
//! use dapstub::small::{Events, Heard, Host, Server};
//! use dapstub::Reason;
//!
//! struct Lamp { on: bool }
//!
//! impl Host for Lamp {
//!     fn carry_out(&mut self, request: &Request<'_>, body: &mut SliceOutput<'_>) -> Result<(), Reason<'static>> {
//!         let answer: &[u8] = match request.command() {
//!             Command::Initialize => br#"{"supportsConfigurationDoneRequest":true}"#,
//!             Command::Attach | Command::ConfigurationDone | Command::Disconnect => b"",
//!             Command::Threads => br#"{"threads":[{"id":1,"name":"lamp"}]}"#,
//!             _ => return Err(Reason::new(1000, "not supported")),
//!         };
//!         // What does not fit is answered with an error.
//!         let _ = body.push(answer);
//!         Ok(())
//!     }
//!     fn turn(&mut self, _: &mut Events<'_>) {
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
//! # assert!(sent.contains(r#"{"seq":2,"type":"response","request_seq":2,"success":false,"command":"threads""#), "{sent}");
//! # assert!(sent.contains(r#"{"seq":6,"type":"response","request_seq":5,"success":true,"command":"threads","body":{"threads":[{"id":1,"#), "{sent}");
//! # assert!(sent.ends_with("Content-Length: 81\r\n\r\n{\"seq\":7,\"type\":\"response\",\"request_seq\":6,\"success\":true,\"command\":\"disconnect\"}"), "{sent}");
//! ```

pub use crate::io::Heard;

use crate::failure::{CANCELLED, Reason, TOO_LARGE, id};
use crate::frame::{MAX_HEADER, MAX_HEADER_LINE};
use crate::json::write::Digits;
use crate::json::{self, DEFAULT_DEPTH, Text, ToJson};
use crate::output::{Full, Output, SliceOutput};
use crate::protocol::Command;
use crate::session::{MAX_COMMAND_NAME, Move, Phase, Request};
use embedded_io::{Read, ReadReady, Write};

/// What a client can ask, and what runs when it asks nothing.
pub trait Host {
    /// Does what a request asks, and writes the JSON of the answer's body: nothing, if there is none. What `attach` and
    /// `launch`, `configurationDone` and `disconnect` write is dropped, because DAP defines no body for them.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn carry_out(&mut self, request: &Request<'_>, body: &mut SliceOutput<'_>) -> Result<(), Reason<'static>>;

    /// Runs the program a little, if it runs. Called while no byte waits to be read.
    fn turn(&mut self, events: &mut Events<'_>);

    /// Told what the line brings, in front of every turn and whenever bytes came. `false` gives the client up.
    fn heard(&mut self, what: Heard) -> bool;

    /// The client is gone, or another has come in its place: the program runs on as if never debugged.
    fn lost(&mut self);
}

/// What can be reported during a turn: one event.
#[derive(Debug)]
pub struct Events<'s> {
    phase: Phase,
    message: Message<'s>,
}

impl Events<'_> {
    /// How far the session has come.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// Reports an event; `body` writes its body. Only `Phase::Running` allows it; says whether it did, and whether the
    /// event fitted. One a turn: a further one takes the place of the one before.
    ///
    /// Events that a client has to announce in `initialize` (of progress, `invalidated`, `memory`) are not for this server.
    pub fn report(&mut self, name: &str, body: impl FnOnce(&mut SliceOutput<'_>) -> Result<(), Full>) -> bool {
        if self.phase != Phase::Running {
            return false;
        }
        let written = self.message.event(name).and_then(|()| body(&mut self.message.json));
        let fits = written.is_ok() && self.message.end().is_ok();
        if !fits {
            self.message.json.truncate(0);
        }
        fits
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

/// Room in front of the JSON for a header of nine digits.
const HEADER: usize = 29;
/// Bodies that are so many times as large as the buffer are skipped, larger ones end the session.
const SKIP_FACTOR: usize = 4;

/// One session, over buffers that the caller owns.
#[derive(Debug)]
pub struct Server<'s> {
    received: &'s mut [u8],
    answers: &'s mut [u8],
    phase: Phase,
    /// Number of the message sent last.
    seq: u32,
    /// `attach` or `launch`, answered as soon as `configurationDone` is.
    held: Option<(i32, Command)>,
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

/// A message in the making.
#[derive(Debug)]
struct Message<'s> {
    seq: u32,
    json: SliceOutput<'s>,
    /// Where the key of the body begins, and the body.
    key_at: usize,
    body_at: usize,
}

impl Message<'_> {
    #[inline(never)]
    fn begin(&mut self, kind: &[u8]) -> Result<(), Full> {
        self.json.truncate(0);
        self.json.push(b"{\"seq\":")?;
        self.seq.write(&mut self.json)?;
        self.json.push(kind)
    }

    fn event(&mut self, name: &str) -> Result<(), Full> {
        self.begin(b",\"type\":\"event\",\"event\":\"")?;
        self.json.push(name.as_bytes())?;
        self.json.push(b"\"")?;
        self.body()
    }

    #[inline(never)]
    fn response(&mut self, request_seq: i32, command: Text<'_>, success: bool) -> Result<(), Full> {
        self.begin(b",\"type\":\"response\",\"request_seq\":")?;
        request_seq.write(&mut self.json)?;
        self.json.push(if success {
            b",\"success\":true,\"command\":\""
        } else {
            b",\"success\":false,\"command\":\""
        })?;
        // As it stood on the wire.
        self.json.push(command.raw().as_bytes())?;
        self.json.push(b"\"")
    }

    #[inline(never)]
    fn body(&mut self) -> Result<(), Full> {
        self.key_at = self.json.written().len();
        self.json.push(b",\"body\":")?;
        self.body_at = self.json.written().len();
        Ok(())
    }

    /// Ends a message that may have a body.
    #[inline(never)]
    fn end(&mut self) -> Result<(), Full> {
        if self.json.written().len() == self.body_at {
            self.json.truncate(self.key_at);
        }
        self.json.push(b"}")
    }

    #[inline(never)]
    fn failure(&mut self, request_seq: i32, command: Text<'_>, reason: &Reason<'_>) -> Result<(), Full> {
        self.response(request_seq, command, false)?;
        self.json.push(b",\"message\":")?;
        let word = reason.word.map_or(reason.text, |word| word.as_str().into());
        word.write(&mut self.json)?;
        self.json.push(b",\"body\":{\"error\":{\"id\":")?;
        reason.id.write(&mut self.json)?;
        self.json.push(b",\"format\":")?;
        reason.text.write(&mut self.json)?;
        self.json.push(b",\"showUser\":false}}}")
    }
}

impl<'s> Server<'s> {
    /// A session with a client that has not said anything yet. `received` holds the largest message that is taken, and has
    /// to have room for a line of a header (192 bytes). `answers` holds the largest answer; 512 bytes are enough for any
    /// that the server makes itself.
    pub fn new(received: &'s mut [u8], answers: &'s mut [u8]) -> Self {
        Self {
            received,
            answers,
            phase: Phase::Listening,
            seq: 0,
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
        loop {
            if !line.read_ready()? {
                let between = !self.incoming.in_body && self.incoming.header == 0 && self.incoming.len == 0;
                let go_on = host.heard(if between { Heard::Nothing } else { Heard::HalfAMessage });
                if !go_on {
                    host.lost();
                    return Ok(End::Lost);
                }
                let mut events = Events {
                    phase: self.phase,
                    message: self.message(),
                };
                host.turn(&mut events);
                let len = events.message.json.written().len();
                if len > 0 {
                    self.send(line, len)?;
                }
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
                host.lost();
                return Ok(End::Lost);
            }
            host.heard(Heard::Bytes);
            if len < self.received.len() {
                self.incoming.len = len.wrapping_add(count);
            } else {
                self.incoming.skipped = self.incoming.skipped.wrapping_add(count);
            }
            if !self.incoming.in_body && self.header().is_none() {
                host.lost();
                return Ok(End::NotDap);
            }
            let have = self.incoming.len.wrapping_add(self.incoming.skipped);
            if self.incoming.in_body && self.incoming.announced == Some(have) {
                let Incoming { len, skipped, .. } = core::mem::take(&mut self.incoming);
                self.take(line, host, len, skipped > 0)?;
                if self.phase == Phase::Ended {
                    return Ok(End::Disconnected);
                }
            }
        }
    }

    /// Tells the client that there is no session any more: the event `terminated`, unless it never attached.
    ///
    /// # Errors
    ///
    /// What the line reports.
    pub fn terminate<L: Write>(&mut self, line: &mut L) -> Result<(), L::Error> {
        let attached = self.phase.is_attached();
        let mut message = self.message();
        if attached && message.event("terminated").and_then(|()| message.end()).is_ok() {
            let len = message.json.written().len();
            self.send(line, len)?;
        }
        Ok(())
    }

    fn message(&mut self) -> Message<'_> {
        message(self.answers, self.seq)
    }

    fn send<L: Write>(&mut self, line: &mut L, len: usize) -> Result<(), L::Error> {
        send(line, self.answers, &mut self.seq, len)
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
    fn take<L: Write, H: Host>(&mut self, line: &mut L, host: &mut H, len: usize, cut: bool) -> Result<(), L::Error> {
        let body = self.received.get(..len).unwrap_or_default();
        let scanned = json::scan(body, DEFAULT_DEPTH);
        let envelope = scanned.envelope;
        let kind = envelope.kind().and_then(|raw| raw.as_text()).unwrap_or_default();
        if kind == "response" {
            return Ok(());
        }
        let seq = envelope
            .seq()
            .and_then(|raw| raw.read::<i32>().ok())
            .filter(|seq| *seq >= 0);
        let name = envelope.command().and_then(|raw| raw.as_text());
        let answered = match (seq, name) {
            _ if cut => Err(Reason::new(
                id::TOO_LARGE,
                "the message is larger than this server accepts",
            )),
            _ if scanned.fault.is_some() => Err(Reason::new(id::BAD_MESSAGE, "malformed or too deeply nested JSON")),
            (Some(seq), Some(name)) if kind == "request" => {
                let command = name.as_str().map_or(Command::Unknown, Command::named);
                let request = Request::small(body, seq, command, name, envelope.arguments());
                if command == Command::Initialize && self.phase != Phase::Listening {
                    host.lost();
                    self.phase = Phase::Listening;
                    self.held = None;
                    self.seq = 0;
                }
                let ends = command == Command::Disconnect && self.phase != Phase::Listening;
                if let Some((held, command)) = self.held.take_if(|_| ends) {
                    let mut message = message(self.answers, self.seq);
                    // Fits, if the buffer is as large as it has to be. The same for what follows.
                    let _ = message.failure(held, command.as_str().into(), &CANCELLED);
                    let len = message.json.written().len();
                    send(line, self.answers, &mut self.seq, len)?;
                }
                self.phase
                    .after(Move::Asked(command))
                    .map_err(|refusal| Reason::new(id::ORDER, refusal.text()))
                    .and_then(|phase| {
                        let mut message = message(self.answers, self.seq);
                        let done = answer(host, &request, &mut message);
                        let step = if done.is_ok() { Move::Succeeded } else { Move::Failed };
                        self.phase = phase.after(step(command)).unwrap_or(phase);
                        if let (Ok(_), Command::Attach | Command::Launch) = (&done, command) {
                            self.held = Some((seq, command));
                        }
                        done
                    })
            }
            _ => Err(Reason::new(
                id::BAD_MESSAGE,
                "a message has to have `seq`, `type` and `command`",
            )),
        };
        let len = match answered {
            Ok(len) => len,
            Err(reason) => {
                // A name as long as the sender likes is not worth repeating.
                let name = name.filter(|name| name.raw().len() <= MAX_COMMAND_NAME);
                let mut message = message(self.answers, self.seq);
                let _ = message.failure(seq.unwrap_or(0), name.unwrap_or_default(), &reason);
                message.json.written().len()
            }
        };
        send(line, self.answers, &mut self.seq, len)?;
        let running = self.phase == Phase::Running;
        let Some((seq, command)) = self.held.take_if(|_| running) else {
            return Ok(());
        };
        let mut message = message(self.answers, self.seq);
        let _ = message
            .response(seq, command.as_str().into(), true)
            .and_then(|()| message.json.push(b"}"));
        let len = message.json.written().len();
        send(line, self.answers, &mut self.seq, len)
    }
}

/// Lets the host carry out a request and writes what is to be sent then: its answer, or for `attach` and `launch`, whose
/// answer is held, the event `initialized`. Gives the length of it.
fn answer<H: Host>(host: &mut H, request: &Request<'_>, message: &mut Message<'_>) -> Result<usize, Reason<'static>> {
    let begun = message
        .response(request.seq(), request.command_str(), true)
        .and_then(|()| message.body());
    host.carry_out(request, &mut message.json)?;
    let written = match request.command() {
        Command::Attach | Command::Launch => message.event("initialized"),
        Command::ConfigurationDone | Command::Disconnect => {
            message.json.truncate(message.body_at);
            begun
        }
        _ => begun,
    };
    match written.and_then(|()| message.end()) {
        Ok(()) => Ok(message.json.written().len()),
        Err(Full) => Err(TOO_LARGE),
    }
}

#[inline(never)]
fn message(answers: &mut [u8], seq: u32) -> Message<'_> {
    Message {
        seq: seq.wrapping_add(1),
        json: SliceOutput::new(answers.get_mut(HEADER..).unwrap_or_default()),
        key_at: 0,
        body_at: 0,
    }
}

/// Sends the message of this length, with its header in front.
#[inline(never)]
fn send<L: Write>(line: &mut L, answers: &mut [u8], seq: &mut u32, len: usize) -> Result<(), L::Error> {
    *seq = seq.wrapping_add(1);
    let digits = Digits::new(len as u64);
    let mut start = HEADER;
    for part in [b"\r\n\r\n", digits.as_bytes(), b"Content-Length: "] {
        start = start.saturating_sub(part.len());
        let place = answers.get_mut(start..).unwrap_or_default();
        for (slot, byte) in place.iter_mut().zip(part) {
            *slot = *byte;
        }
    }
    let mut rest = answers.get(start..HEADER.wrapping_add(len)).unwrap_or_default();
    while !rest.is_empty() {
        let count = line.write(rest)?;
        rest = rest.get(count..).unwrap_or_default();
    }
    line.flush()
}
