//! The right to answer one request.

use core::fmt;
use std::sync::Arc;

use dapstub::Failure;
use dapstub::debuggee::{Debuggee, Outcome, dispatch};
use dapstub::failure::{Reason, id};
use dapstub::json::ToJson;
use dapstub::output::{Full, Output};
use dapstub::protocol::{Command, EvaluateResponse};
use dapstub::session::{self, Ticket};
use dapstub_std::parts::rules;
use dapstub_std::{Buffer, SendError};
use tokio_util::sync::CancellationToken;

use crate::client::Client;
use crate::conversation::Conversation;
use crate::request::Request;

/// Answers one request, once: from any task or thread, at once or much later.
///
/// No method waits. A responder that is dropped without an answer answers with an error, so that no request stays open.
/// [`SendError::Closed`] (the client is gone) and [`SendError::Answered`] (it was answered with `cancelled`, because the session
/// ends) are part of daily life, and nothing has to be done about them.
#[must_use = "a responder that is dropped answers with an error"]
pub struct Responder {
    /// `None` once it is answered, or while it is.
    ticket: Option<Ticket>,
    /// In case that answering panics.
    spare: Option<Ticket>,
    conversation: Arc<Conversation>,
    cancel: CancellationToken,
}

impl Responder {
    pub(crate) fn new(conversation: Arc<Conversation>, request: &session::Request<'_>) -> Self {
        let cancel = conversation.opened(request.ticket());
        Self {
            ticket: Some(request.ticket()),
            spare: Some(request.ticket()),
            conversation,
            cancel,
        }
    }

    /// Answers with success and this body.
    ///
    /// # Errors
    ///
    /// [`SendError`]; the request is answered all the same, or needs no answer any more.
    pub fn respond(self, body: &impl ToJson) -> Result<(), SendError> {
        self.respond_with(|out| body.write(out))
    }

    /// Answers with success and the body that `write` writes: one JSON value, or nothing for none.
    ///
    /// # Errors
    ///
    /// As [`respond`](Self::respond).
    pub fn respond_with(self, write: impl FnOnce(&mut Buffer) -> Result<(), Full>) -> Result<(), SendError> {
        // Written before the connection is locked, so that whoever writes may do what he likes.
        let mut body = Buffer::new();
        match write(&mut body) {
            Ok(()) => self.respond_raw(body.written()),
            Err(full) => self.fail(&full.into()),
        }
    }

    /// Answers with success and a body that is JSON already; `b""` for none.
    ///
    /// # Errors
    ///
    /// As [`respond`](Self::respond).
    pub fn respond_raw(mut self, body: &[u8]) -> Result<(), SendError> {
        self.answer(|conversation, ticket| conversation.link.respond_raw(ticket, body))
    }

    /// Answers with success and no body. To `configurationDone`: the held answer to `attach` goes out behind it, events may
    /// follow, and whoever waits for a client is released.
    ///
    /// # Errors
    ///
    /// As [`respond`](Self::respond).
    pub fn done(self) -> Result<(), SendError> {
        self.respond_raw(b"")
    }

    /// Answers with an error.
    ///
    /// # Errors
    ///
    /// As [`respond`](Self::respond).
    pub fn fail(mut self, failure: &Failure) -> Result<(), SendError> {
        self.answer(|conversation, ticket| conversation.link.fail(ticket, failure))
    }

    /// Answers with an error whose text is as long as it has to be.
    ///
    /// # Errors
    ///
    /// As [`respond`](Self::respond).
    pub fn fail_with(mut self, reason: Reason<'_>) -> Result<(), SendError> {
        self.answer(|conversation, ticket| conversation.link.fail(ticket, reason))
    }

    /// Answers that the program does not know this request.
    ///
    /// # Errors
    ///
    /// As [`respond`](Self::respond).
    pub fn not_supported(self, request: &Request) -> Result<(), SendError> {
        self.fail(&Failure::not_supported(request.command_str()))
    }

    /// Answers with what came out: a body or a failure.
    ///
    /// # Errors
    ///
    /// As [`respond`](Self::respond).
    pub fn result(self, result: Result<impl ToJson, Failure>) -> Result<(), SendError> {
        match result {
            Ok(body) => self.respond(&body),
            Err(failure) => self.fail(&failure),
        }
    }

    /// Answers an `evaluate` with a text that has no structure, or with the failure.
    ///
    /// # Errors
    ///
    /// As [`respond`](Self::respond).
    pub fn evaluated(self, result: Result<impl AsRef<str>, Failure>) -> Result<(), SendError> {
        match &result {
            Ok(text) => self.respond(&EvaluateResponse {
                result: text.as_ref().into(),
                ..Default::default()
            }),
            Err(failure) => self.fail(failure),
        }
    }

    /// Answers as a program does that has no opinion: `configurationDone` is done, `threads` knows one thread (1, `main`), and
    /// anything else is not supported.
    ///
    /// # Errors
    ///
    /// As [`respond`](Self::respond).
    pub fn otherwise(self, request: &Request) -> Result<(), SendError> {
        match request.command() {
            Command::ConfigurationDone => self.done(),
            Command::Threads => self.respond_raw(br#"{"threads":[{"id":1,"name":"main"}]}"#),
            _ => self.not_supported(request),
        }
    }

    /// Lets a [`Debuggee`] carry the request out and answers accordingly. If it says [`Outcome::Later`], the responder comes back.
    ///
    /// # Errors
    ///
    /// As [`respond`](Self::respond).
    pub fn dispatch<D: Debuggee + ?Sized>(
        self,
        debuggee: &mut D,
        request: &Request,
    ) -> Result<Option<Self>, SendError> {
        let mut body = Buffer::new();
        match dispatch(debuggee, &request.view(), &mut body) {
            Ok(Outcome::Done) => self.respond_raw(body.written()).map(|()| None),
            Ok(Outcome::Later) => Ok(Some(self)),
            Err(failure) => self.fail(&failure).map(|()| None),
        }
    }

    /// Returns what is cancelled when nobody wants the answer any more: the client sent a `cancel` for this request, is
    /// gone, or the server shuts down. After a `cancel` an answer is still owed, such as [`Failure::cancelled`]; announce
    /// `supports_cancel_request` if you look at this.
    pub fn cancellation(&self) -> &CancellationToken {
        &self.cancel
    }

    /// Returns the client that asked.
    pub fn client(&self) -> Client {
        Client::new(self.conversation.clone())
    }

    fn answer(&mut self, answer: impl FnOnce(&Conversation, Ticket) -> Result<(), SendError>) -> Result<(), SendError> {
        let Some(ticket) = self.ticket.take() else {
            return Err(SendError::Answered);
        };
        self.conversation.closed(&ticket);
        let result = answer(&self.conversation, ticket);
        self.spare = None;
        result
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        self.ticket = self.ticket.take().or(self.spare.take());
        if self.ticket.is_none() {
            return;
        }
        let failure = if std::thread::panicking() {
            rules::panicked()
        } else if self.cancel.is_cancelled() {
            Failure::cancelled()
        } else {
            Failure::new(id::INTERNAL, "the program gave no answer")
        };
        let _ = self.answer(|conversation, ticket| conversation.link.fail(ticket, &failure));
    }
}

impl fmt::Debug for Responder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responder")
            .field("ticket", &self.ticket)
            .finish_non_exhaustive()
    }
}
