//! Loops that serve one client over any byte stream.
//!
//! For firmware (UART, socket), for tests, for small hosts: [`serve`] reads through [`embedded_io`], keeps the session,
//! calls the debuggee and writes. It is also the shortest example of how the layers fit together. `serve_async`, of the
//! feature `embedded-io-async`, is the same for the executors of embedded systems. A host with threads, or with several
//! clients, writes its own loop over [`Session`] and [`Receiver`].
//!
//! A whole debuggee, and a client that attaches and leaves:
//!
//! ```
//! use dapstub::debuggee::{Debuggee, Frames, Outcome, Scopes, Threads, Variables};
//! use dapstub::io::{Client, End, Program, Turn, serve};
//! use dapstub::protocol::*;
//! use dapstub::{Failure, frame::Receiver, session::Session};
//!
//! struct Blinker { on: bool, running: bool }
//!
//! impl Debuggee for Blinker {
//!     fn threads(&mut self, threads: &mut Threads<'_>) -> Result<Outcome, Failure> {
//!         threads.push(&Thread { id: 1, name: "main loop".into() })?;
//!         Ok(Outcome::Done)
//!     }
//!     fn stack_trace(&mut self, _: &StackTraceArguments, frames: &mut Frames<'_>) -> Result<Outcome, Failure> {
//!         frames.push(&StackFrame { id: 1, name: "blink".into(), line: 7, ..Default::default() })?;
//!         Ok(Outcome::Done)
//!     }
//!     fn scopes(&mut self, _: &ScopesArguments, scopes: &mut Scopes<'_>) -> Result<Outcome, Failure> {
//!         scopes.push(&Scope { name: "Lamp".into(), variables_reference: 1, ..Default::default() })?;
//!         Ok(Outcome::Done)
//!     }
//!     fn variables(&mut self, _: &VariablesArguments, variables: &mut Variables<'_>) -> Result<Outcome, Failure> {
//!         let value = if self.on { "on" } else { "off" };
//!         variables.push(&Variable { name: "lamp".into(), value: value.into(), ..Default::default() })?;
//!         Ok(Outcome::Done)
//!     }
//!     fn resume(&mut self, _: &ContinueArguments) -> Result<ContinueResponse, Failure> {
//!         self.running = true;
//!         Ok(ContinueResponse::default())
//!     }
//!     fn disconnect(&mut self, _: &DisconnectArguments) -> Result<Outcome, Failure> {
//!         self.running = true;
//!         Ok(Outcome::Done)
//!     }
//! }
//!
//! impl Program for Blinker {
//!     fn turn(&mut self, _: &mut dyn Client) -> Turn {
//!         self.on ^= self.running;
//!         if self.running { Turn::Running } else { Turn::Stopped }
//!     }
//! }
//!
//! # struct Uart { sent: Vec<u8>, received: Vec<u8>, turn: bool }
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
//! #     fn read_ready(&mut self) -> Result<bool, Self::Error> { self.turn ^= true; Ok(self.turn) }
//! # }
//! # impl embedded_io::Write for Uart {
//! #     fn write(&mut self, buf: &[u8]) -> Result<usize, Self::Error> { self.sent.extend(buf); Ok(buf.len()) }
//! #     fn flush(&mut self) -> Result<(), Self::Error> { Ok(()) }
//! # }
//! # let mut received = Vec::new();
//! # for body in [
//! #     r#"{"seq":1,"type":"request","command":"initialize","arguments":{"adapterID":"blink"}}"#,
//! #     r#"{"seq":2,"type":"request","command":"attach","arguments":{}}"#,
//! #     r#"{"seq":3,"type":"request","command":"configurationDone"}"#,
//! #     r#"{"seq":4,"type":"request","command":"variables","arguments":{"variablesReference":1}}"#,
//! #     r#"{"seq":5,"type":"request","command":"disconnect"}"#,
//! # ] {
//! #     received.extend(format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes());
//! # }
//! # let mut uart = Uart { sent: Vec::new(), received, turn: false };
//! let mut blinker = Blinker { on: false, running: true };
//! let mut session = Session::<heapless::Vec<u8, 1024>, 4>::new(heapless::Vec::new());
//! let mut receiver = Receiver::new([0; 1024]);
//! // `uart` implements `embedded_io::{Read, ReadReady, Write}`.
//! let end = serve(&mut uart, &mut receiver, &mut session, &mut blinker);
//! assert_eq!(end, Ok(End::Disconnected));
//! # let sent = String::from_utf8(uart.sent).unwrap();
//! # assert!(sent.contains(r#""command":"variables","body":{"variables":[{"name":"lamp","value":"o"#), "{sent}");
//! ```

#[cfg(feature = "embedded-io-async")]
mod asynchronous;
mod steps;

#[cfg(feature = "embedded-io-async")]
pub use asynchronous::serve_async;

use crate::Failure;
use crate::debuggee::{Debuggee, Outcome, dispatch};
use crate::frame::{FrameError, Receiver};
use crate::json::ToJson;
use crate::output::{Full, Output};
use crate::protocol::{Command, Report, RequestType};
use crate::session::{EventError, Phase, Reply, Request, RequestError, RespondError, Session, Ticket};
use core::fmt;
use embedded_io::{Read, ReadReady, Write};
use steps::{Taken, retry, take};

/// A debuggee that [`serve`] can run: it gets the processor whenever the client has nothing to say.
pub trait Program: Debuggee {
    /// Runs a little, or says that there is nothing to run. `client` takes events, and answers that were put off.
    ///
    /// Called while no byte waits to be read, so keep it short while running: a client's `pause` waits that long.
    fn turn(&mut self, client: &mut dyn Client) -> Turn;

    /// Keeps the ticket of a request for which a method returned [`Outcome::Later`].
    fn keep(&mut self, ticket: Ticket) {
        drop(ticket);
    }

    /// Takes the client's answer to what was asked with [`Client::send_request`].
    fn reply(&mut self, reply: &Reply<'_>, client: &mut dyn Client) {
        let _ = (reply, client);
    }

    /// Told what the line brings, in front of every turn and whenever bytes came. Returns whether to go on with this
    /// client; `false` ends the loop with [`End::Lost`].
    ///
    /// A serial line does not say when a client is gone. A program with a clock can tell by the silence: of a client that
    /// left it stopped, or that stopped sending in the middle of a message, whose rest the next client would have to
    /// supply.
    fn heard(&mut self, what: Heard) -> bool {
        let _ = what;
        true
    }

    /// Asked when `initialize` comes in the middle of a session. It is refused, unless this returns `true`: then the
    /// session begins anew with it.
    ///
    /// On a serial line this is how a client shows up after another was lost. Let the program go on as after
    /// [`Debuggee::disconnect`] before returning `true`.
    fn replaced(&mut self) -> bool {
        false
    }
}

/// What [`serve`] serves. A [`Program`] is one; a host that is not a [`Debuggee`] implements it by itself, and then
/// nothing of the typed requests is linked: see [`carry_out`](Self::carry_out).
pub trait Host {
    /// Does what a request asks, and writes the JSON of the answer's body: nothing, if there is none. What was written is
    /// dropped, unless this returns [`Outcome::Done`].
    ///
    /// This is [`dispatch`] for a [`Program`]. Less flash is needed by a `match` on
    /// [`Request::command`] that takes [members](crate::protocol::Arguments::members) out of the arguments, and answers
    /// `initialize` with the capabilities it knows it has; still less by [`small`](crate::small).
    ///
    /// # Errors
    ///
    /// The client is told.
    fn carry_out(&mut self, request: &Request<'_>, body: &mut dyn Output) -> Result<Outcome, Failure>;

    /// As [`Program::turn`].
    fn turn(&mut self, client: &mut dyn Client) -> Turn;

    /// As [`Program::keep`].
    fn keep(&mut self, ticket: Ticket) {
        drop(ticket);
    }

    /// As [`Program::reply`].
    fn reply(&mut self, reply: &Reply<'_>, client: &mut dyn Client) {
        let _ = (reply, client);
    }

    /// As [`Program::heard`].
    fn heard(&mut self, what: Heard) -> bool {
        let _ = what;
        true
    }

    /// As [`Program::replaced`].
    fn replaced(&mut self) -> bool {
        false
    }
}

impl<P: Program> Host for P {
    fn carry_out(&mut self, request: &Request<'_>, mut body: &mut dyn Output) -> Result<Outcome, Failure> {
        dispatch(self, request, &mut body)
    }

    fn turn(&mut self, client: &mut dyn Client) -> Turn {
        Program::turn(self, client)
    }

    fn keep(&mut self, ticket: Ticket) {
        Program::keep(self, ticket);
    }

    fn reply(&mut self, reply: &Reply<'_>, client: &mut dyn Client) {
        Program::reply(self, reply, client);
    }

    fn heard(&mut self, what: Heard) -> bool {
        Program::heard(self, what)
    }

    fn replaced(&mut self) -> bool {
        Program::replaced(self)
    }
}

/// What a line has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Bytes.
    Bytes,
    /// Nothing; no message has begun.
    Nothing,
    /// Nothing; the message that has begun is not complete.
    HalfAMessage,
}

/// What a program has to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It runs: come back as soon as no byte waits.
    Running,
    /// It stands still until the client says something.
    Stopped,
}

/// The client, as a program sees it during its turn.
pub trait Client {
    /// How far the session has come.
    fn phase(&self) -> Phase;

    /// Sends an event whose body `body` writes; if it writes nothing, there is none. See [`report`](#method.report) for
    /// those that DAP defines.
    ///
    /// # Errors
    ///
    /// [`EventError::Full`]: try again at the next turn, when the output was sent.
    fn event(&mut self, name: &str, body: Writes<'_>) -> Result<(), EventError>;

    /// Answers a request that was put off. `body` is JSON; `b""` means none.
    ///
    /// # Errors
    ///
    /// [`RespondError::Full`]: try again at the next turn, with the ticket that comes back.
    fn respond(&mut self, ticket: Ticket, body: &[u8]) -> Result<(), RespondError>;

    /// Answers a request that was put off with an error.
    ///
    /// # Errors
    ///
    /// As for [`respond`](Self::respond).
    fn fail(&mut self, ticket: Ticket, failure: &Failure) -> Result<(), RespondError>;

    /// The ticket of an open request by its number, for [`Cancel`](crate::debuggee::Cancel).
    fn open_request(&self, seq: i32) -> Option<Ticket>;

    /// Asks the client something, with arguments that `arguments` writes, and returns the number under which the answer
    /// comes to [`Program::reply`]. See [`ask`](#method.ask) for what DAP defines.
    ///
    /// # Errors
    ///
    /// [`RequestError::Full`] and [`RequestError::TooManyOpen`]: try again at a later turn.
    fn send_request(&mut self, command: Command, arguments: Writes<'_>) -> Result<u32, RequestError>;
}

/// What writes the body of an event, or the arguments of a request.
pub type Writes<'w> = &'w dyn Fn(&mut dyn Output) -> Result<(), Full>;

impl dyn Client + '_ {
    /// Sends one of DAP's events: the body of one, or an [`Event`](crate::protocol::Event). A body is the better choice
    /// where flash is scarce, because a program then holds only the code that writes the bodies it reports.
    ///
    /// # Errors
    ///
    /// As for [`event`](Client::event).
    pub fn report(&mut self, event: impl Report) -> Result<(), EventError> {
        self.event(event.name(), &|out| event.write_body(out))
    }

    /// Asks the client something: `client.ask::<requests::RunInTerminal>(&arguments)`.
    ///
    /// # Errors
    ///
    /// As for [`send_request`](Client::send_request).
    pub fn ask<R: RequestType>(&mut self, arguments: &R::Arguments<'_>) -> Result<u32, RequestError> {
        self.send_request(R::COMMAND, &|out| arguments.write(out))
    }
}

impl<O: Output, const OPEN: usize> Client for Session<O, OPEN> {
    fn phase(&self) -> Phase {
        Session::phase(self)
    }

    fn event(&mut self, name: &str, body: Writes<'_>) -> Result<(), EventError> {
        Session::event(self, name, |out| body(out))
    }

    fn respond(&mut self, ticket: Ticket, body: &[u8]) -> Result<(), RespondError> {
        self.respond_raw(ticket, body)
    }

    fn fail(&mut self, ticket: Ticket, failure: &Failure) -> Result<(), RespondError> {
        Session::fail(self, ticket, failure)
    }

    fn open_request(&self, seq: i32) -> Option<Ticket> {
        Session::open_request(self, seq)
    }

    fn send_request(&mut self, command: Command, arguments: Writes<'_>) -> Result<u32, RequestError> {
        Session::send_request(self, command, |out| arguments(out))
    }
}

/// How a connection ended that nothing was wrong with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The client said `disconnect`.
    Disconnected,
    /// The stream ended without it, or the program gave the client up: it is lost. Let the program run on.
    Lost,
}

/// Why a connection had to be given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServeError<E> {
    /// The stream failed.
    Transport(E),
    /// What came was not DAP.
    Frame(FrameError),
    /// The output is too small even for an error response.
    OutputTooSmall,
}

impl<E: fmt::Debug> fmt::Display for ServeError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transport(error) => write!(f, "the stream failed: {error:?}"),
            Self::Frame(error) => error.fmt(f),
            Self::OutputTooSmall => f.write_str("the output is too small for an error response"),
        }
    }
}

impl<E: fmt::Debug> core::error::Error for ServeError<E> {}

impl<E> From<FrameError> for ServeError<E> {
    fn from(error: FrameError) -> Self {
        Self::Frame(error)
    }
}

/// Serves one client until it leaves. Close the connection afterwards, and [`Debuggee`] runs on.
///
/// # Errors
///
/// The connection is of no use any more: close it too. The program should run on as after [`End::Lost`].
pub fn serve<C, H, S, O, const OPEN: usize>(
    connection: &mut C,
    receiver: &mut Receiver<S>,
    session: &mut Session<O, OPEN>,
    host: &mut H,
) -> Result<End, ServeError<C::Error>>
where
    C: Read + ReadReady + Write,
    H: Host,
    S: AsRef<[u8]> + AsMut<[u8]>,
    O: Output,
{
    loop {
        send(connection, session)?;
        if session.phase() == Phase::Ended {
            return Ok(End::Disconnected);
        }
        match take(receiver, session, host)? {
            Taken::Done => {}
            Taken::Full(ticket) => {
                let mut left = Some(ticket);
                while let Some(ticket) = left {
                    send(connection, session)?;
                    left = retry(session, ticket)?;
                }
            }
            Taken::NeedInput(heard) => {
                if !connection.read_ready().map_err(ServeError::Transport)? {
                    if !host.heard(heard) {
                        return Ok(End::Lost);
                    }
                    if host.turn(session) == Turn::Running || !session.outgoing().is_empty() {
                        continue;
                    }
                }
                match connection.read(receiver.space()).map_err(ServeError::Transport)? {
                    0 => return Ok(End::Lost),
                    n => receiver.fed(n),
                }
                host.heard(Heard::Bytes);
            }
        }
    }
}

fn send<C: Write, O: Output, const OPEN: usize>(
    connection: &mut C,
    session: &mut Session<O, OPEN>,
) -> Result<(), ServeError<C::Error>> {
    if session.outgoing().is_empty() {
        return Ok(());
    }
    while !session.outgoing().is_empty() {
        let n = connection.write(session.outgoing()).map_err(ServeError::Transport)?;
        session.sent(n);
    }
    connection.flush().map_err(ServeError::Transport)
}
