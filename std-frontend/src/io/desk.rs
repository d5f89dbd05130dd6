//! Who is served: takes messages from connections to the host, and gives the one place to one client at a time.

use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Arc;

use dapstub::frame::FrameError;
use dapstub::protocol::{Command, DisconnectArguments};
use dapstub::session::{Request, Step};
use dapstub::{Failure, failure::id};

use super::connection::Stage;
use crate::LOG;
use crate::buffer::Buffer;
use crate::client::Client;
use crate::host::{Disconnect, Host};
use crate::link::{Link, Refused, opens_session};
use crate::shared::Shared;

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
        tracing::info!(target: LOG, id = link.id, bytes = announced, "message over the limit skipped");
        let _ = link.act(|session| session.receive_oversize(prefix, announced), || ());
        After::Go
    }

    /// The stream is not DAP, or claims too much: says so where that is allowed, and lets go of the client.
    pub(super) fn not_dap(&mut self, link: &Arc<Link>, stage: &mut Stage, error: FrameError) -> After {
        tracing::warn!(target: LOG, id = link.id, peer = %link.peer, reason = %error, "connection refused: not DAP");
        // None of the texts has a character that JSON would want escaped.
        let body =
            format!(r#"{{"category":"important","output":"the debug server closes the connection: {error}\n"}}"#);
        let _ = link.act(|session| session.event_raw("output", body.as_bytes()), || ());
        self.release(link, stage, Disconnect::Misbehaved);
        After::Leave
    }

    fn request(&mut self, link: &Arc<Link>, stage: &mut Stage, request: Request<'_>) -> After {
        match request.command() {
            Command::Disconnect => return self.disconnect(link, stage, &request),
            _ if self.ending => self.fail(link, &request, &Failure::new(id::ORDER, "the program is ending")),
            Command::Initialize => return self.initialize(link, stage, &request),
            command if opens_session(command) => return self.attach(link, stage, &request),
            _ if stage.is_attached() => {
                let client = Client::new(link.clone());
                if self.call("request", |host| host.request(&client, request)).is_none() {
                    self.fail(link, &request, &panicked());
                }
            }
            // The session lets nothing else through; were it otherwise, the program is not for strangers.
            _ => self.fail(link, &request, &Failure::new(id::ORDER, "not allowed before `attach`")),
        }
        After::Go
    }

    fn initialize(&mut self, link: &Arc<Link>, stage: &mut Stage, request: &Request<'_>) -> After {
        if self.shared.process.is_attached() {
            return self.refuse(link, request);
        }
        let client = Client::new(link.clone());
        let mut body = Buffer::new();
        match self.call("initialize", |host| host.initialize(&client, request, &mut body)) {
            Some(Ok(())) => {
                let json = dapstub::output::Output::written(&body);
                if link
                    .act(|session| session.respond_raw(request.ticket(), json), || ())
                    .is_ok()
                {
                    stage.initialized();
                }
            }
            Some(Err(failure)) => self.fail(link, request, &failure),
            None => self.fail(link, request, &panicked()),
        }
        After::Go
    }

    /// Gives the place to this client, if it is free.
    fn attach(&mut self, link: &Arc<Link>, stage: &mut Stage, request: &Request<'_>) -> After {
        if self.shared.process.attach().is_err() {
            return self.refuse(link, request);
        }
        let client = Client::new(link.clone());
        let failure = match self.call("attach", |host| host.attach(&client, request)) {
            Some(Ok(())) => {
                stage.attached(request.command() == Command::Launch);
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
        self.fail(link, request, &failure);
        After::Go
    }

    /// Answers a client that came second.
    fn refuse(&mut self, link: &Arc<Link>, request: &Request<'_>) -> After {
        tracing::warn!(target: LOG, id = link.id, peer = %link.peer, "client refused: another one is attached");
        self.fail(link, request, &dapstub::lifecycle::AttachError::Busy.into());
        After::Leave
    }

    fn disconnect(&mut self, link: &Arc<Link>, stage: &mut Stage, request: &Request<'_>) -> After {
        let arguments = request.arguments().parse::<DisconnectArguments>();
        let attached = stage.is_attached();
        let free = || {
            // The place is free before the client can read so.
            if attached {
                self.shared.process.detach();
            }
        };
        let (terminate, answered) = match arguments {
            Ok(arguments) => {
                let terminate = arguments.terminate_debuggee.unwrap_or(stage.is_launched());
                (
                    terminate,
                    link.act(|session| session.respond_raw(request.ticket(), b""), free),
                )
            }
            Err(error) => {
                let failure = Failure::from(error);
                (
                    false,
                    link.act(|session| session.fail(request.ticket(), &failure), free),
                )
            }
        };
        if let Err(Refused::By(error)) = answered {
            tracing::debug!(target: LOG, id = link.id, %error, "disconnect not answered");
        }
        self.release(
            link,
            stage,
            Disconnect::Requested {
                terminate_debuggee: terminate,
            },
        );
        After::Leave
    }

    /// Frees the place, if this client had it, and tells the program.
    pub(super) fn release(&mut self, link: &Arc<Link>, stage: &mut Stage, how: Disconnect) {
        // First no further message: whoever opens the gate does it under the same lock as his answer.
        link.seal();
        let attached = stage.is_attached();
        stage.leaving();
        if !attached {
            return;
        }
        self.shared.process.detach();
        tracing::info!(target: LOG, id = link.id, peer = %link.peer, ?how, "client detached");
        let client = Client::new(link.clone());
        self.call("disconnected", |host| host.disconnected(&client, how));
    }

    /// From now on only `disconnect` is carried out. The attached client is told that debugging is over.
    pub(super) fn end(&mut self, link: &Arc<Link>) {
        self.ending = true;
        let _ = link.act(|session| session.event_raw("terminated", b""), || ());
    }

    fn fail(&self, link: &Arc<Link>, request: &Request<'_>, failure: &Failure) {
        // Answered already, or closed: nothing is owed.
        let _ = link.act(|session| session.fail(request.ticket(), failure), || ());
    }

    /// Calls the host; a panic there must not end the thread that serves everybody.
    fn call<T>(&mut self, what: &str, call: impl FnOnce(&mut dyn Host) -> T) -> Option<T> {
        let host = &mut *self.host;
        catch_unwind(AssertUnwindSafe(|| call(host)))
            .inspect_err(|_| tracing::error!(target: LOG, method = what, "the host panicked"))
            .ok()
    }
}

fn panicked() -> Failure {
    Failure::new(id::INTERNAL, "the program's debugger failed inside; see its log")
}
