//! Answers to the client's requests: at once or later, in any order, each once.

use super::phase::{Move, Phase};
use super::ticket::{Slot, Ticket};
use super::wire::{self, Head};
use super::{Outcome, RespondError, Session, Writer};
use crate::failure::{CANCELLED, Failure, Reason};
use crate::output::{Body, Full, Output};
use crate::protocol::Command;

/// How a body came out that was written while its response was.
enum Verdict {
    Full,
    Later,
    Failed(Failure),
}

impl From<Full> for Verdict {
    fn from(_: Full) -> Self {
        Self::Full
    }
}

impl<O: Output, const OPEN: usize> Session<O, OPEN> {
    /// Answers a request. `body` writes the body of the response; if it writes nothing, there is none.
    ///
    /// Three answers do more than that. To `attach` and `launch`: the `initialized` event goes out and the answer is
    /// held until `configurationDone` was answered (unless [`answer_attach_at_once`](Self::answer_attach_at_once) was called), so this says "ready to be configured" (the body, which DAP does not
    /// define, is dropped). To `configurationDone`: the held answer goes out behind it, and events may. To
    /// `disconnect`: every request still open is answered with `cancelled` first, and the session has ended.
    ///
    /// # Errors
    ///
    /// [`RespondError::Full`] gives the ticket back: send what is outgoing and try again. [`RespondError::Stale`]: the
    /// request was answered already.
    pub fn respond(
        &mut self,
        ticket: Ticket,
        body: impl FnOnce(&mut Writer<'_, '_, O>) -> Result<(), Full>,
    ) -> Result<(), RespondError> {
        if !self.is_open(&ticket) {
            return Err(RespondError::Stale);
        }
        let result = match ticket.command {
            Command::Attach | Command::Launch if self.phase == Phase::Attaching => self.hold(&ticket),
            Command::Attach | Command::Launch => self.close(&ticket, CANCELLED),
            Command::ConfigurationDone => self.start(&ticket, body),
            Command::Disconnect => self.cancel_open().and_then(|()| self.succeed(&ticket, body)),
            _ => self.succeed(&ticket, body),
        };
        result.map_err(|Full| RespondError::Full(ticket))
    }

    /// Answers a request with a body that is JSON already; `b""` means none.
    ///
    /// # Errors
    ///
    /// As for [`respond`](Self::respond).
    pub fn respond_raw(&mut self, ticket: Ticket, body: &[u8]) -> Result<(), RespondError> {
        self.respond(ticket, |out| wire::prepared(out, body))
    }

    /// Says that an `attach` or `launch` was carried out and the host can be configured now: the same as
    /// [`respond`](Self::respond) for these two.
    ///
    /// # Errors
    ///
    /// As for [`respond`](Self::respond).
    pub fn attached(&mut self, ticket: Ticket) -> Result<(), RespondError> {
        self.respond_without_body(ticket)
    }

    /// [`respond`](Self::respond) for those that all write nothing: there once.
    #[inline(never)]
    pub(crate) fn respond_without_body(&mut self, ticket: Ticket) -> Result<(), RespondError> {
        self.respond(ticket, |_| Ok(()))
    }

    /// Answers a request with an error.
    ///
    /// # Errors
    ///
    /// As for [`respond`](Self::respond).
    pub fn fail<'t>(&mut self, ticket: Ticket, reason: impl Into<Reason<'t>>) -> Result<(), RespondError> {
        if !self.is_open(&ticket) {
            return Err(RespondError::Stale);
        }
        let cancelled = if ticket.command == Command::Disconnect {
            self.cancel_open()
        } else {
            Ok(())
        };
        match cancelled.and_then(|()| self.close(&ticket, reason)) {
            Ok(()) => Ok(()),
            Err(Full) => Err(RespondError::Full(ticket)),
        }
    }

    /// Lets `carry_out` do a request and write the body of its answer, and answers accordingly: with success, with the
    /// failure, or not yet. In the last case the ticket comes back.
    ///
    /// `carry_out` runs once and first, unless the ticket is stale.
    ///
    /// # Errors
    ///
    /// [`RespondError::Full`] if the answer did not fit, although the request was carried out. Send what is outgoing;
    /// then use the ticket for an answer without a body, or for a failure.
    pub fn answer(
        &mut self,
        ticket: Ticket,
        carry_out: impl FnOnce(&mut Writer<'_, '_, O>) -> Result<Outcome, Failure>,
    ) -> Result<Option<Ticket>, RespondError> {
        if !self.is_open(&ticket) {
            return Err(RespondError::Stale);
        }
        let has_body = !matches!(
            ticket.command,
            Command::Attach | Command::Launch | Command::ConfigurationDone | Command::Disconnect
        );
        let verdict = if has_body {
            self.answer_at_once(&ticket, carry_out)
        } else {
            // What these lead to comes in front of or behind their answer, which has no body.
            let start = self.out.written().len();
            let outcome = carry_out(&mut Body::new(&mut Body::new(&mut self.out, 0), 0));
            self.out.truncate(start);
            match outcome {
                Ok(Outcome::Done) => return self.respond_without_body(ticket).map(|()| None),
                Ok(Outcome::Later) => Err(Verdict::Later),
                Err(failure) => Err(Verdict::Failed(failure)),
            }
        };
        match verdict {
            Ok(()) => Ok(None),
            Err(Verdict::Later) => Ok(Some(ticket)),
            Err(Verdict::Full) => Err(RespondError::Full(ticket)),
            Err(Verdict::Failed(failure)) => self.fail(ticket, &failure).map(|()| None),
        }
    }

    fn answer_at_once(
        &mut self,
        ticket: &Ticket,
        carry_out: impl FnOnce(&mut Writer<'_, '_, O>) -> Result<Outcome, Failure>,
    ) -> Result<(), Verdict> {
        let next = self.next_seq();
        let Some((request_seq, command)) = slot(&self.open, &self.disconnect, ticket).and_then(Slot::request) else {
            return Ok(());
        };
        let start = self.out.written().len();
        let mut carry_out = Some(carry_out);
        let mut run = |body: &mut Writer<'_, '_, O>| match carry_out.take().map(|carry_out| carry_out(body)) {
            Some(Ok(Outcome::Done)) => Ok(()),
            Some(Ok(Outcome::Later)) => Err(Verdict::Later),
            Some(Err(failure)) => Err(Verdict::Failed(failure)),
            None => Err(Verdict::Full),
        };
        let written = wire::message(&mut self.out, next, Head::Response { request_seq, command }, &mut run);
        if let Err(Verdict::Full) = written {
            // If there was no room even for the head, the request is carried out all the same, as promised.
            let outcome = run(&mut Body::new(&mut Body::new(&mut self.out, usize::MAX), 0));
            self.out.truncate(start);
            return outcome.and(Err(Verdict::Full));
        }
        written?;
        self.seq = next;
        self.free(ticket);
        self.advance(Move::Succeeded(ticket.command));
        Ok(())
    }

    /// `initialized` goes out, and the answer to `attach` waits.
    fn hold(&mut self, ticket: &Ticket) -> Result<(), Full> {
        if self.prompt {
            let before = (self.out.written().len(), self.seq);
            let both = self
                .send_event("initialized", |_| Ok(()))
                .and_then(|()| self.write_success(ticket, |_| Ok(())));
            if both.is_err() {
                self.out.truncate(before.0);
                self.seq = before.1;
                return both;
            }
            self.free(ticket);
            self.attached = true;
            self.advance(Move::Succeeded(ticket.command));
            return Ok(());
        }
        self.send_event("initialized", |_| Ok(()))?;
        self.advance(Move::Succeeded(ticket.command));
        self.held = Some(ticket.again());
        self.attached = true;
        Ok(())
    }

    /// Answers `configurationDone`, then the `attach` that was held; both or none.
    fn start(
        &mut self,
        ticket: &Ticket,
        body: impl FnOnce(&mut Writer<'_, '_, O>) -> Result<(), Full>,
    ) -> Result<(), Full> {
        let Some(held) = self.held.take_if(|_| self.phase == Phase::Starting) else {
            return self.succeed(ticket, body);
        };
        let before = (self.out.written().len(), self.seq, self.phase);
        let both = self
            .write_success(ticket, body)
            .and_then(|()| self.write_success(&held, |_| Ok(())));
        if both.is_err() {
            self.out.truncate(before.0);
            self.seq = before.1;
            self.held = Some(held);
            return both;
        }
        self.free(ticket);
        self.free(&held);
        self.advance(Move::Succeeded(ticket.command));
        both
    }

    /// Answers every open request but `disconnect` with `cancelled`: for a host that closes the connection by itself.
    /// [`respond`](Self::respond) to `disconnect` does so as well.
    ///
    /// # Errors
    ///
    /// [`Full`]: what did not fit is still open. Send what is outgoing and try again.
    pub fn cancel_open(&mut self) -> Result<(), Full> {
        for index in 0..OPEN {
            let Some((seq, name)) = self.open.get(index).and_then(Slot::request) else {
                continue;
            };
            let next = self.next_seq();
            wire::failure(&mut self.out, next, seq, name, CANCELLED)?;
            self.seq = next;
            if let Some(slot) = self.open.get_mut(index) {
                slot.close();
            }
        }
        self.held = None;
        Ok(())
    }

    fn succeed(
        &mut self,
        ticket: &Ticket,
        body: impl FnOnce(&mut Writer<'_, '_, O>) -> Result<(), Full>,
    ) -> Result<(), Full> {
        self.write_success(ticket, body)?;
        self.free(ticket);
        self.advance(Move::Succeeded(ticket.command));
        Ok(())
    }

    fn close<'t>(&mut self, ticket: &Ticket, reason: impl Into<Reason<'t>>) -> Result<(), Full> {
        let next = self.next_seq();
        let Some((request_seq, command)) = slot(&self.open, &self.disconnect, ticket).and_then(Slot::request) else {
            return Ok(());
        };
        wire::failure(&mut self.out, next, request_seq, command, reason.into())?;
        self.seq = next;
        self.free(ticket);
        self.advance(Move::Failed(ticket.command));
        Ok(())
    }

    fn write_success(
        &mut self,
        ticket: &Ticket,
        body: impl FnOnce(&mut Writer<'_, '_, O>) -> Result<(), Full>,
    ) -> Result<(), Full> {
        let next = self.next_seq();
        let Some((request_seq, command)) = slot(&self.open, &self.disconnect, ticket).and_then(Slot::request) else {
            return Ok(());
        };
        wire::message(&mut self.out, next, Head::Response { request_seq, command }, body)?;
        self.seq = next;
        Ok(())
    }

    pub(super) fn is_open(&self, ticket: &Ticket) -> bool {
        let held = self.held.as_ref() == Some(ticket);
        !held && slot(&self.open, &self.disconnect, ticket).is_some()
    }

    fn free(&mut self, ticket: &Ticket) {
        match self.open.get_mut(usize::from(ticket.slot)) {
            Some(slot) => slot.close(),
            None => self.disconnect.close(),
        }
    }
}

/// The place of the request that `ticket` is for, if it is still open.
fn slot<'s>(open: &'s [Slot], disconnect: &'s Slot, ticket: &Ticket) -> Option<&'s Slot> {
    let index = usize::from(ticket.slot);
    let slot = if index == open.len() {
        Some(disconnect)
    } else {
        open.get(index)
    };
    slot.filter(|slot| slot.is(ticket))
}
