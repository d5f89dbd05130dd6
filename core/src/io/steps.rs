//! What the loops have in common: everything but reading, writing and waiting.

use super::{Heard, Host, ServeError};
use crate::failure::TOO_LARGE;
use crate::frame::{Received, Receiver};
use crate::output::{Full, Output};
use crate::protocol::Command;
use crate::session::{Request, RespondError, Session, Step, Ticket};

/// What became of the bytes that were there.
pub(super) enum Taken {
    /// A message was taken.
    Done,
    /// A request was carried out, but its answer did not fit: send what is outgoing, then [`retry`].
    Full(Ticket),
    /// There is no whole message: let the program run, or read more.
    NeedInput(Heard),
}

/// Takes one message. Nothing may be outgoing, so what does not fit now never will.
pub(super) fn take<H, S, O, E, const OPEN: usize>(
    receiver: &mut Receiver<S>,
    session: &mut Session<O, OPEN>,
    host: &mut H,
) -> Result<Taken, ServeError<E>>
where
    H: Host,
    S: AsRef<[u8]> + AsMut<[u8]>,
    O: Output,
{
    let too_small = |Full| ServeError::OutputTooSmall;
    match receiver.next()? {
        Received::Message(body) => {
            let step = session.receive_or_restart(body, || host.replaced());
            match step.map_err(too_small)? {
                Step::Request(request) => return Ok(answer(session, host, &request)),
                Step::Reply(reply) => host.reply(&reply, session),
                Step::Answered | Step::Ignored => {}
            }
        }
        Received::Oversize { prefix, announced } => {
            session.receive_oversize(prefix, announced).map_err(too_small)?;
        }
        Received::NeedInput => {
            return Ok(Taken::NeedInput(if receiver.is_between_messages() {
                Heard::Nothing
            } else {
                Heard::HalfAMessage
            }));
        }
    }
    Ok(Taken::Done)
}

fn answer<H, O, const OPEN: usize>(session: &mut Session<O, OPEN>, host: &mut H, request: &Request<'_>) -> Taken
where
    H: Host,
    O: Output,
{
    match session.answer(request.ticket(), |body| host.carry_out(request, body)) {
        Ok(Some(later)) => host.keep(later),
        Err(RespondError::Full(ticket)) => return Taken::Full(ticket),
        Ok(None) | Err(RespondError::Stale) => {}
    }
    Taken::Done
}

/// Answers a request that was carried out, but whose answer did not fit. What was outgoing has to be sent before. Gives
/// the ticket back if it has to be done again.
pub(super) fn retry<O: Output, E, const OPEN: usize>(
    session: &mut Session<O, OPEN>,
    ticket: Ticket,
) -> Result<Option<Ticket>, ServeError<E>> {
    let result = if ticket.command() == Command::Disconnect {
        // Its answer comes behind those to all open requests, which may take several rounds.
        session.respond_without_body(ticket)
    } else {
        session.fail(ticket, TOO_LARGE)
    };
    match result {
        // Not even one error response fitted into the empty output.
        Err(RespondError::Full(_)) if session.outgoing().is_empty() => Err(ServeError::OutputTooSmall),
        Err(RespondError::Full(ticket)) => Ok(Some(ticket)),
        Ok(()) | Err(RespondError::Stale) => Ok(None),
    }
}
