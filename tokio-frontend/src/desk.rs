//! Takes the messages of a connection to the program, and gives the one place to one client at a time.

use core::task::Poll;

use bytes::Bytes;
use dapstub::Failure;
use dapstub::output::Output;
use dapstub::protocol::{CancelArguments, Command};
use dapstub::session::{self, Step, Ticket};
use dapstub_std::parts::rules::Route;
use dapstub_std::parts::{Stage, rules};
use dapstub_std::{Buffer, Disconnect};
use tokio::time::Instant;
use tracing::Instrument;

use crate::LOG;
use crate::client::Client;
use crate::connection::Connection;
use crate::conversation::lock;
use crate::guard::{Guarded, call, panicked};
use crate::host::Host;
use crate::request::{Reply, Request};
use crate::responder::Responder;

/// What becomes of a connection after a message.
#[must_use]
pub(crate) enum After {
    /// The next message is read.
    Go,
    /// Nothing more is read: the rest is sent, and the connection closed.
    Leave,
}

/// An `attach` that has to wait before it is looked at.
pub(crate) struct Held {
    pub(crate) until: Instant,
    body: Bytes,
    ticket: Ticket,
}

/// An `attach` that the program thinks about.
pub(crate) struct Attaching {
    pub(crate) future: Guarded<Result<(), Failure>>,
    ticket: Ticket,
}

impl<H: Host> Connection<H> {
    /// Takes one message of the connection.
    pub(crate) fn message(&mut self, body: &Bytes) -> After {
        let conversation = self.conversation.clone();
        match conversation.link.receive(body) {
            Ok(Step::Request(request)) => self.request(body, request),
            Ok(Step::Reply(reply)) => {
                conversation.replied(reply.request_seq(), Reply::new(body, &reply));
                After::Go
            }
            // A connection that refuses has a verdict, which the caller looks at.
            Ok(Step::Answered | Step::Ignored) | Err(_) => After::Go,
        }
    }

    fn request(&mut self, body: &Bytes, request: session::Request<'_>) -> After {
        let conversation = self.conversation.clone();
        let link = &conversation.link;
        match rules::route(link, self.stage, &request, &self.patience, self.ending) {
            Route::Disconnect => {
                let shared = self.shared.clone();
                let _turn = lock(&shared.place);
                let how = rules::disconnect(link, self.stage, &request);
                self.release_in_turn(how);
                return After::Leave;
            }
            Route::Busy => return self.refuse(request.ticket()),
            Route::Nobody(failure) => rules::fail(link, request.ticket(), &failure),
            Route::Over => rules::no_threads(link, request.ticket()),
            Route::Initialize => self.initialize(body, &request),
            // Connections are only accepted here, none is opened.
            Route::Early => rules::fail(link, request.ticket(), &Failure::not_supported(request.command_str())),
            route @ (Route::Attach | Route::Later(_) | Route::Out(_)) => {
                return self.enter_by(body, &request, request.ticket(), route);
            }
            Route::Program if request.command() == Command::Cancel => self.cancel(body, &request),
            Route::Program => self.program(body, &request),
        }
        After::Go
    }

    /// Looks again at an `attach` that had to wait.
    pub(crate) fn again(&mut self, held: Held) -> After {
        let conversation = self.conversation.clone();
        let Ok(request) = session::Request::parse(&held.body) else {
            rules::fail(&conversation.link, held.ticket, &panicked());
            return After::Leave;
        };
        let route = rules::again(&conversation.link, &request, self.ending);
        self.enter_by(&held.body, &request, held.ticket, route)
    }

    /// Lets a client in that wants to attach, or doesn't. `ticket` is that of `request`.
    fn enter_by(&mut self, body: &Bytes, request: &session::Request<'_>, ticket: Ticket, route: Route) -> After {
        match route {
            Route::Attach => self.attach(body, request, ticket),
            Route::Later(until) => {
                self.held = Some(Held {
                    until: until.into(),
                    body: body.clone(),
                    ticket,
                });
                After::Go
            }
            Route::Out(failure) | Route::Nobody(failure) => {
                rules::fail(&self.conversation.link, ticket, &failure);
                After::Leave
            }
            _ => After::Go,
        }
    }

    fn initialize(&mut self, body: &Bytes, request: &session::Request<'_>) {
        let owned = Request::new(body.clone(), request);
        let client = Client::new(self.conversation.clone());
        let mut answer = Buffer::new();
        let link = &self.conversation.link;
        match call("initialize", || self.host.initialize(&client, &owned, &mut answer)) {
            Some(Ok(())) => match rules::announced(link, answer) {
                Ok(answer) => {
                    if link.respond_raw(request.ticket(), answer.written()).is_ok() {
                        self.enter(Stage::Initialized);
                    }
                }
                Err(failure) => rules::fail(link, request.ticket(), &failure),
            },
            Some(Err(failure)) => rules::fail(link, request.ticket(), &failure),
            None => rules::fail(link, request.ticket(), &panicked()),
        }
    }

    /// Gives the place to this client, if it is free.
    fn attach(&mut self, body: &Bytes, request: &session::Request<'_>, ticket: Ticket) -> After {
        let shared = self.shared.clone();
        let turn = lock(&shared.place);
        self.make_room();
        let taken = self.shared.process.attach();
        drop(turn);
        if taken.is_err() {
            return self.refuse(ticket);
        }
        let client = Client::new(self.conversation.clone());
        self.enter(Stage::Attached {
            launched: request.command() == Command::Launch,
        });
        let (host, owned) = (self.host.clone(), Request::new(body.clone(), request));
        let span = tracing::info_span!(target: LOG, "attach", client = client.id());
        let future = async move { host.attach(client, owned).await }.instrument(span);
        let mut future = Guarded::new("attach", future);
        let begun = future.begin();
        self.attaching = Some(Attaching { future, ticket });
        if let Poll::Ready(result) = begun {
            self.attached(result);
        }
        After::Go
    }

    /// The program has said whether the client may attach.
    pub(crate) fn attached(&mut self, result: Option<Result<(), Failure>>) {
        let Some(Attaching { ticket, .. }) = self.attaching.take() else {
            return;
        };
        let link = &self.conversation.link;
        let failure = match result {
            Some(Ok(())) => {
                rules::attached(link);
                *lock(&self.shared.client) = Some(Client::new(self.conversation.clone()));
                // If this fails the connection is lost or closed, and has a verdict.
                let _ = link.act(|session| session.attached(ticket), || ());
                return;
            }
            Some(Err(failure)) => failure,
            None => panicked(),
        };
        self.shared.process.detach();
        rules::refused_by_program(link);
        let _ = link.fail(ticket, &failure);
        self.enter(Stage::Initialized);
    }

    /// Takes the place away from a client that has not configured in time. By the holder of `place`; the client's own task
    /// finds its connection closed.
    fn make_room(&mut self) {
        let holder = lock(&self.shared.client).clone();
        let Some(holder) = holder.filter(|holder| rules::replace(&holder.conversation().link, &self.patience)) else {
            return;
        };
        *lock(&self.shared.client) = None;
        holder.conversation().end();
        call("disconnected", || self.host.disconnected(&holder, Disconnect::Replaced));
    }

    fn refuse(&mut self, ticket: Ticket) -> After {
        rules::refuse_second(&self.conversation.link, ticket);
        After::Leave
    }

    /// A request for the program: it runs until it waits, then beside the others.
    fn program(&mut self, body: &Bytes, request: &session::Request<'_>) {
        let owned = Request::new(body.clone(), request);
        let responder = Responder::new(self.conversation.clone(), request);
        let host = self.host.clone();
        let span =
            tracing::debug_span!(target: LOG, "request", seq = request.seq(), command = request.command().as_str());
        let future = async move { host.request(owned, responder).await }.instrument(span);
        let mut future = Guarded::new("request", future);
        if future.begin().is_pending() {
            self.handlers.spawn(async move {
                let _ = future.await;
            });
        }
    }

    /// The client wants a request of its no more; or a progress, which is the program's affair.
    fn cancel(&mut self, body: &Bytes, request: &session::Request<'_>) {
        let link = &self.conversation.link;
        match request.arguments().parse::<CancelArguments<'_>>() {
            Ok(CancelArguments {
                progress_id: Some(_), ..
            }) => self.program(body, request),
            Ok(CancelArguments { request_id, .. }) => {
                if let Some(seq) = request_id {
                    self.conversation.cancel(seq);
                }
                let _ = link.respond_raw(request.ticket(), b"");
            }
            Err(error) => rules::fail(link, request.ticket(), &error.into()),
        }
    }
}
