//! What a program implements to be debugged through this frontend.

use core::fmt;

use dapstub::Failure;
use dapstub::json::ToJson;
use dapstub::protocol::{Capabilities, InitializeArguments};
use dapstub::session::{Reply, Request};

use crate::buffer::Buffer;
use crate::client::Client;

/// The debugged program's side.
///
/// All methods run on the one I/O thread, so they **must not block**: while one runs, no connection is served. A request
/// that takes time is handed to another thread ([`Request::raw`] can be copied, and read again there with
/// [`Request::parse`]), which answers through the [`Client`] later. No lock of this crate is held meanwhile, so every
/// method of [`Client`] and [`Debugger`](crate::Debugger) may be called from here. A method that panics fails its
/// request and is logged; the server goes on.
pub trait Host: Send + 'static {
    /// Says what the program can do. Is asked for every client that connects, whether it attaches later or not.
    fn capabilities(&mut self) -> Capabilities<'_>;

    /// Answers `initialize`; writes the body of the response, which is by default [`capabilities`](Self::capabilities).
    ///
    /// The arguments tell what the client understands ([`InitializeArguments`](dapstub::protocol::InitializeArguments)).
    /// Several clients may come this far at the same time; [`Client::id`] tells them apart.
    ///
    /// # Errors
    ///
    /// The client is answered with the failure, and may try again.
    fn initialize(&mut self, client: &Client, request: &Request<'_>, body: &mut Buffer) -> Result<(), Failure> {
        let _ = client;
        let _: InitializeArguments<'_> = request.arguments().parse()?;
        Ok(self.capabilities().write(body)?)
    }

    /// Answers a request that came before `initialize`, on a connection that the program opened itself
    /// ([`Debugger::connect`](crate::Debugger::connect)): an adapter at its other end asks who the program is, and may have to
    /// wait long for a client. Only commands that DAP does not know come here. An answer marks the other end as such an
    /// adapter: `attach` is then answered as soon as the program is ready, because it lets its client configure only then.
    ///
    /// # Errors
    ///
    /// The other end is answered with the failure, by default for every request.
    fn early(&mut self, client: &Client, request: &Request<'_>, body: &mut Buffer) -> Result<(), Failure> {
        let _ = (client, body);
        Err(Failure::not_supported(request.command_str()))
    }

    /// A client wants to attach (or to launch: look at [`Request::command`]); no other one is attached.
    ///
    /// After `Ok` the client gets the `initialized` event and sends its breakpoints to [`request`](Self::request); the
    /// answer to `attach` itself goes out behind that to `configurationDone`. Keep a clone of `client` to send events.
    ///
    /// # Errors
    ///
    /// The client is answered with the failure, and may try again.
    fn attach(&mut self, client: &Client, request: &Request<'_>) -> Result<(), Failure>;

    /// A request of the attached client, other than `initialize`, `attach`, `launch` and `disconnect`.
    ///
    /// Each wants exactly one answer, now or later, to its [`ticket`](Request::ticket): [`Client::respond`] or
    /// [`Client::fail`]. `configurationDone` is answered by [`Client::configured`].
    fn request(&mut self, client: &Client, request: Request<'_>);

    /// The attached client answers a request that was sent by [`Client::request`].
    fn reply(&mut self, client: &Client, reply: Reply<'_>) {
        let _ = (client, reply);
    }

    /// This process has a child that a client may attach to through the same port, with `subProcessId`; `client` is attached.
    ///
    /// Returns whether the child is to wait for a client of its own before it runs; it is let go when `client` has gone, by
    /// [`Debugger::let_go`](crate::Debugger::let_go), or when its own patience ends.
    fn child_began(&mut self, client: &Client, pid: u32) -> bool {
        let _ = (client, pid);
        false
    }

    /// A client of the process that this one descends from has asked for the end of all of them.
    fn terminate(&mut self) {}

    /// The attached client is gone, for the reason `how`; the program is to run on as if it had never been attached.
    ///
    /// Is called exactly once for each successful [`attach`](Self::attach), and before the next one. Requests that are
    /// still open need no answer any more.
    fn disconnected(&mut self, client: &Client, how: Disconnect);
}

/// Why a client is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Disconnect {
    /// It asked for it, and was answered.
    Requested {
        /// The program is to be ended as well (`terminateDebuggee`, or a session begun by `launch`).
        terminate_debuggee: bool,
    },
    /// Its connection ended without a `disconnect`: closed, reset, or silent for too long.
    Lost,
    /// It sent something that is not DAP, or did not read what it was sent.
    Misbehaved,
    /// The server shuts down, or the program closed the connection.
    Closed,
    /// It had attached, but did not send `configurationDone` in time
    /// ([`TIME_TO_CONFIGURE`](crate::limits::TIME_TO_CONFIGURE)), and another client wanted the place.
    Replaced,
}

impl fmt::Display for Disconnect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Requested {
                terminate_debuggee: false,
            } => "it asked for it",
            Self::Requested {
                terminate_debuggee: true,
            } => "it asked for it, and for the end of the program",
            Self::Lost => "connection lost",
            Self::Misbehaved => "not DAP, or did not read",
            Self::Closed => "closed by the program",
            Self::Replaced => "did not finish its configuration, and another client wanted the place",
        })
    }
}
