//! Takes messages from connections to the host, and gives the one place to one client at a time.

use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::time::Instant;

use dapstub::frame::FrameError;
use dapstub::output::Output;
use dapstub::protocol::Command;
use dapstub::session::{Request, Step, Ticket};
use dapstub::{Failure, failure::id};

use super::Link;
use crate::LOG;
use crate::buffer::Buffer;
use crate::client::Client;
use crate::host::{Disconnect, Host};
use crate::rules::{self, Route, panicked};
use crate::shared::Shared;
use crate::stage::{Patience, Stage};

/// What becomes of a connection after a message.
#[derive(Debug)]
#[must_use]
pub(super) enum After {
    /// The next message is read.
    Go,
    /// Nothing is read before this time; then [`Desk::again`] is asked.
    Rest(Held),
    /// The client was not let in, and may try again here.
    Spoilt,
    /// The connection belongs to a child.
    HandOver(Wanted),
    /// Nothing more is read: the rest is sent, and the connection closed.
    Leave,
}

/// An `attach` that has to wait before it is looked at.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) until: Instant,
    message: Vec<u8>,
    ticket: Ticket,
}

/// The child that a client wants, by its process id, and the `attach` that said so.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) pid: u32,
    pub(super) ticket: Ticket,
}

pub(super) struct Desk {
    host: Box<dyn Host>,
    shared: Arc<Shared>,
    patience: Patience,
    /// The attached client.
    holder: Option<Arc<Link>>,
    /// The server ends: the program is not asked any more.
    ending: bool,
    /// The attached client has gone since this was looked at last.
    pub(super) left: bool,
}

impl Desk {
    pub(super) fn new(host: Box<dyn Host>, shared: Arc<Shared>, patience: Patience) -> Self {
        Self {
            host,
            shared,
            patience,
            holder: None,
            ending: false,
            left: false,
        }
    }

    /// Tells whether somebody is attached, and asks the program about a child that has begun.
    #[cfg(unix)]
    pub(super) fn child_began(&mut self, pid: u32) -> bool {
        let Some(holder) = self.holder.clone() else {
            return false;
        };
        let client = Client::new(holder);
        self.call("child_began", |host| host.child_began(&client, pid))
            .unwrap_or(false)
    }

    /// The program is to end.
    #[cfg(unix)]
    pub(super) fn terminate(&mut self) {
        self.call("terminate", |host| host.terminate());
    }

    /// Takes one message of a connection.
    pub(super) fn message(&mut self, link: &Arc<Link>, stage: &mut Stage, body: &[u8]) -> After {
        match link.receive(body) {
            Ok(Step::Request(request)) => self.request(link, stage, request),
            Ok(Step::Reply(reply)) => {
                if stage.is_attached() {
                    let client = Client::new(link.clone());
                    self.call("reply", |host| host.reply(&client, reply));
                }
                After::Go
            }
            // A connection that refuses has a verdict, which the caller looks at.
            Ok(Step::Answered | Step::Ignored) | Err(_) => After::Go,
        }
    }

    /// Takes the beginning of a message that was too large.
    pub(super) fn oversize(&mut self, link: &Arc<Link>, prefix: &[u8], announced: usize) -> After {
        rules::oversize(link, prefix, announced);
        After::Go
    }

    /// The stream is not DAP, or claims too much: lets go of the client.
    pub(super) fn not_dap(&mut self, link: &Arc<Link>, stage: &mut Stage, error: FrameError) -> After {
        rules::not_dap(link, error);
        self.release(link, stage, Disconnect::Misbehaved);
        After::Leave
    }

    fn request(&mut self, link: &Arc<Link>, stage: &mut Stage, request: Request<'_>) -> After {
        match rules::route(link, *stage, &request, &self.patience, self.ending) {
            Route::Disconnect => {
                let how = rules::disconnect(link, *stage, &request);
                self.release(link, stage, how);
                return After::Leave;
            }
            // It may be for a child: `attach` tells.
            Route::Busy if request.command() == Command::Initialize && self.has_family() => {
                self.initialize(link, stage, &request);
            }
            Route::Busy => return Self::refuse(link, request.ticket()),
            Route::Nobody(failure) => rules::fail(link, request.ticket(), &failure),
            Route::Over => rules::no_threads(link, request.ticket()),
            Route::Initialize => self.initialize(link, stage, &request),
            Route::Early => self.early(link, &request),
            route @ (Route::Attach | Route::Later(_) | Route::Out(_)) => {
                return self.enter(link, stage, &request, request.ticket(), route);
            }
            Route::Program => {
                let client = Client::new(link.clone());
                if self.call("request", |host| host.request(&client, request)).is_none() {
                    rules::fail(link, request.ticket(), &panicked());
                }
            }
        }
        After::Go
    }

    /// Looks again at an `attach` that had to wait.
    pub(super) fn again(&mut self, link: &Arc<Link>, stage: &mut Stage, held: Held) -> After {
        let Ok(request) = Request::parse(&held.message) else {
            rules::fail(link, held.ticket, &panicked());
            return After::Leave;
        };
        let route = rules::again(link, &request, self.ending);
        self.enter(link, stage, &request, held.ticket, route)
    }

    /// Lets a client in that wants to attach, or doesn't. `ticket` is that of `request`.
    fn enter(
        &mut self,
        link: &Arc<Link>,
        stage: &mut Stage,
        request: &Request<'_>,
        ticket: Ticket,
        route: Route,
    ) -> After {
        match route {
            Route::Attach => match sub_process(request) {
                Ok(pid) if pid.is_none_or(|pid| pid == self.pid()) => self.attach(link, stage, request, ticket),
                Ok(pid) => After::HandOver(Wanted {
                    pid: pid.unwrap_or_default(),
                    ticket,
                }),
                Err(failure) => {
                    rules::fail(link, ticket, &failure);
                    After::Spoilt
                }
            },
            Route::Later(until) => After::Rest(Held {
                until,
                message: request.raw().to_vec(),
                ticket,
            }),
            Route::Out(failure) | Route::Nobody(failure) => {
                rules::fail(link, ticket, &failure);
                After::Leave
            }
            _ => After::Go,
        }
    }

    fn initialize(&mut self, link: &Arc<Link>, stage: &mut Stage, request: &Request<'_>) {
        let client = Client::new(link.clone());
        let mut body = Buffer::new();
        match self.call("initialize", |host| host.initialize(&client, request, &mut body)) {
            Some(Ok(())) => match rules::announced(link, body) {
                Ok(body) => {
                    let json = body.written();
                    let answered = link.act(|session| session.respond_raw(request.ticket(), json), || ());
                    if answered.is_ok() {
                        *stage = Stage::Initialized;
                    }
                }
                Err(failure) => rules::fail(link, request.ticket(), &failure),
            },
            Some(Err(failure)) => rules::fail(link, request.ticket(), &failure),
            None => rules::fail(link, request.ticket(), &panicked()),
        }
    }

    /// Answers an adapter that has no client yet. From then on it is known to be one.
    fn early(&mut self, link: &Arc<Link>, request: &Request<'_>) {
        let client = Client::new(link.clone());
        let mut body = Buffer::new();
        match self.call("early", |host| host.early(&client, request, &mut body)) {
            Some(Ok(())) => {
                let _ = link.act(
                    |session| {
                        session.answer_attach_at_once();
                        session.respond_raw(request.ticket(), body.written())
                    },
                    || (),
                );
            }
            Some(Err(failure)) => rules::fail(link, request.ticket(), &failure),
            None => rules::fail(link, request.ticket(), &panicked()),
        }
    }

    /// Gives the place to this client, if it is free.
    fn attach(&mut self, link: &Arc<Link>, stage: &mut Stage, request: &Request<'_>, ticket: Ticket) -> After {
        self.make_room();
        if self.shared.process.attach().is_err() {
            return Self::refuse(link, ticket);
        }
        let client = Client::new(link.clone());
        let failure = match self.call("attach", |host| host.attach(&client, request)) {
            Some(Ok(())) => {
                *stage = Stage::Attached {
                    launched: request.command() == Command::Launch,
                };
                self.holder = Some(link.clone());
                rules::attached(link);
                // If this fails the connection is lost or closed, and has a verdict.
                let _ = link.act(|session| session.attached(ticket), || ());
                return After::Go;
            }
            Some(Err(failure)) => failure,
            None => panicked(),
        };
        self.shared.process.detach();
        rules::refused_by_program(link);
        rules::fail(link, ticket, &failure);
        After::Spoilt
    }

    /// Answers a client that wants a child which there is not.
    pub(super) fn no_child(link: &Arc<Link>, wanted: Wanted) {
        let Wanted { pid, ticket } = wanted;
        let text = format_args!("arguments.subProcessId: this program has no child process {pid}; it may have ended");
        rules::fail(link, ticket, &Failure::format(id::BAD_ARGUMENTS, text).shown());
    }

    /// This process, as clients name it.
    fn pid(&self) -> u32 {
        #[cfg(unix)]
        if let Some(pid) = self.shared.family.member() {
            return pid;
        }
        std::process::id()
    }

    fn has_family(&self) -> bool {
        #[cfg(unix)]
        return self.shared.family.was_ever();
        #[cfg(not(unix))]
        false
    }

    /// Takes the place away from a client that has not configured in time. Its connection ends in its own turn.
    fn make_room(&mut self) {
        let Some(holder) = self.holder.take_if(|holder| rules::replace(holder, &self.patience)) else {
            return;
        };
        self.left = true;
        let client = Client::new(holder);
        self.call("disconnected", |host| host.disconnected(&client, Disconnect::Replaced));
    }

    fn refuse(link: &Arc<Link>, ticket: Ticket) -> After {
        rules::refuse_second(link, ticket);
        After::Leave
    }

    /// Frees the place, if this client had it, and tells the program.
    pub(super) fn release(&mut self, link: &Arc<Link>, stage: &mut Stage, how: Disconnect) {
        if rules::release(link, stage, how) {
            self.holder = None;
            self.left = true;
            let client = Client::new(link.clone());
            self.call("disconnected", |host| host.disconnected(&client, how));
        }
    }

    /// From now on only `disconnect` is carried out. The attached client is told that debugging is over.
    pub(super) fn end(&mut self, link: &Arc<Link>) {
        self.ending = true;
        rules::end(link);
    }

    /// Calls the host; a panic there must not end the thread that serves everybody.
    fn call<T>(&mut self, what: &str, call: impl FnOnce(&mut dyn Host) -> T) -> Option<T> {
        let host = &mut *self.host;
        catch_unwind(AssertUnwindSafe(|| call(host)))
            .inspect_err(|_| tracing::error!(target: LOG, method = what, "the host panicked"))
            .ok()
    }
}

/// The child process that a client wants to attach to, if it is one.
fn sub_process(request: &Request<'_>) -> Result<Option<u32>, Failure> {
    let [pid] = request.arguments().members(["subProcessId"]);
    pid.map(|pid| pid.read()).transpose().map_err(|_| {
        Failure::new(
            id::BAD_ARGUMENTS,
            "arguments.subProcessId: expected the number of a process",
        )
        .shown()
    })
}
