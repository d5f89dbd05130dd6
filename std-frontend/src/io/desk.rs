//! Takes messages from connections to the host, and gives the one place to one client at a time.

use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Arc;

use dapstub::frame::FrameError;
use dapstub::protocol::Command;
use dapstub::session::{Request, Step};

use super::Link;
use crate::LOG;
use crate::buffer::Buffer;
use crate::client::Client;
use crate::host::{Disconnect, Host};
use crate::rules::{self, Route, panicked};
use crate::shared::Shared;
use crate::stage::Stage;

/// What becomes of a connection after a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(super) enum After {
    /// The next message is read.
    Go,
    /// Nothing more is read: the rest is sent, and the connection closed.
    Leave,
}

pub(super) struct Desk {
    host: Box<dyn Host>,
    shared: Arc<Shared>,
    /// The server ends: the program is not asked any more.
    ending: bool,
}

impl Desk {
    pub(super) fn new(host: Box<dyn Host>, shared: Arc<Shared>) -> Self {
        Self {
            host,
            shared,
            ending: false,
        }
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
        match rules::route(link, *stage, request.command(), self.ending) {
            Route::Disconnect => {
                let how = rules::disconnect(link, *stage, &request);
                self.release(link, stage, how);
                return After::Leave;
            }
            Route::Busy => return Self::refuse(link, &request),
            Route::Nobody(failure) => rules::fail(link, &request, &failure),
            Route::Initialize => self.initialize(link, stage, &request),
            Route::Attach => return self.attach(link, stage, &request),
            Route::Program => {
                let client = Client::new(link.clone());
                if self.call("request", |host| host.request(&client, request)).is_none() {
                    rules::fail(link, &request, &panicked());
                }
            }
        }
        After::Go
    }

    fn initialize(&mut self, link: &Arc<Link>, stage: &mut Stage, request: &Request<'_>) {
        let client = Client::new(link.clone());
        let mut body = Buffer::new();
        match self.call("initialize", |host| host.initialize(&client, request, &mut body)) {
            Some(Ok(())) => {
                let json = dapstub::output::Output::written(&body);
                if link
                    .act(|session| session.respond_raw(request.ticket(), json), || ())
                    .is_ok()
                {
                    *stage = Stage::Initialized;
                }
            }
            Some(Err(failure)) => rules::fail(link, request, &failure),
            None => rules::fail(link, request, &panicked()),
        }
    }

    /// Gives the place to this client, if it is free.
    fn attach(&mut self, link: &Arc<Link>, stage: &mut Stage, request: &Request<'_>) -> After {
        if self.shared.process.attach().is_err() {
            return Self::refuse(link, request);
        }
        let client = Client::new(link.clone());
        let failure = match self.call("attach", |host| host.attach(&client, request)) {
            Some(Ok(())) => {
                *stage = Stage::Attached {
                    launched: request.command() == Command::Launch,
                };
                tracing::info!(target: LOG, id = link.id, peer = %link.peer, "client attached");
                // If this fails the connection is lost or closed, and has a verdict.
                let _ = link.act(|session| session.attached(request.ticket()), || ());
                return After::Go;
            }
            Some(Err(failure)) => failure,
            None => panicked(),
        };
        self.shared.process.detach();
        tracing::info!(target: LOG, id = link.id, peer = %link.peer, "attach refused by the program");
        rules::fail(link, request, &failure);
        After::Go
    }

    fn refuse(link: &Arc<Link>, request: &Request<'_>) -> After {
        rules::refuse_second(link, request);
        After::Leave
    }

    /// Frees the place, if this client had it, and tells the program.
    pub(super) fn release(&mut self, link: &Arc<Link>, stage: &mut Stage, how: Disconnect) {
        if rules::release(link, stage, how) {
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
