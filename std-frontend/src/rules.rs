//! Who is served, and how: what every frontend does with a message besides asking the program.
//!
//! Nothing here waits or calls the program, so it serves a frontend with threads as well as one with tasks.

use std::time::Instant;

use dapstub::frame::FrameError;
use dapstub::output::Output;
use dapstub::protocol::{Command, DisconnectArguments};
use dapstub::session::{Request, Ticket};
use dapstub::{Failure, failure::id};

use crate::LOG;
use crate::access::{Entry, Why, look};
use crate::address::Origin;
use crate::buffer::Buffer;
use crate::host::Disconnect;
use crate::limits::{MAX_PER_ADDRESS, MAX_UNATTACHED};
use crate::link::{Carrier, Link, Refused, Session};
use crate::stage::{Patience, Stage};

/// Who carries a request out.
#[derive(Clone, Debug)]
#[must_use]
pub enum Route {
    /// The frontend, by [`disconnect`]; the connection ends.
    Disconnect,
    /// The program says what it can do.
    Initialize,
    /// The program says who it is, to an adapter to which it has connected itself.
    Early,
    /// The program, if the place is free.
    Attach,
    /// To be asked about again at this time, by [`again`]; until then the connection rests.
    Later(Instant),
    /// Nobody, for this reason, and the connection ends.
    Out(Failure),
    /// The program.
    Program,
    /// Nobody: the program is ending, and has no threads any more, which [`no_threads`] answers.
    Over,
    /// Nobody: another client is attached. [`refuse_second`] says so, and the connection ends.
    Busy,
    /// Nobody, for this reason.
    Nobody(Failure),
}

/// Finds out who carries a request out. `ending`: the server is shutting down.
pub fn route<C: Carrier>(
    link: &Link<C>,
    stage: Stage,
    request: &Request<'_>,
    patience: &Patience,
    ending: bool,
) -> Route {
    let process = link.carrier.process();
    match request.command() {
        Command::Disconnect => Route::Disconnect,
        // An editor asks as soon as it has configured, and a program may be short.
        Command::Threads if ending && stage.is_attached() => Route::Over,
        _ if ending => Route::Nobody(Failure::new(id::ORDER, "the program is ending")),
        // Whose configuration does not come may lose the place, to whoever may attach.
        Command::Initialize if process.is_attached() && !process.is_overdue(patience.configure) => Route::Busy,
        Command::Initialize => Route::Initialize,
        Command::Attach | Command::Launch => entry(link, request),
        Command::Unknown if link.dialled && stage == Stage::Silent => Route::Early,
        command if stage.is_attached() => {
            let door = link.carrier.door();
            let refused = if door.access().evaluate {
                None
            } else {
                look::refusal(request)
            };
            match refused {
                None => Route::Program,
                Some(failure) => {
                    door.refused_request(&link.peer, link.id, command);
                    Route::Nobody(failure)
                }
            }
        }
        // The session lets nothing else through; were it otherwise, the program is not for strangers.
        _ => Route::Nobody(Failure::new(id::ORDER, "not allowed before `attach`")),
    }
}

/// Finds out whether a client may attach.
fn entry<C: Carrier>(link: &Link<C>, request: &Request<'_>) -> Route {
    match link.carrier.door().entry(&link.peer, link.id, request, Instant::now()) {
        Entry::Free => Route::Attach,
        Entry::Later(until) => Route::Later(until),
        Entry::Refused(failure) => Route::Out(failure),
    }
}

/// Asks again about an `attach` that had to wait ([`Route::Later`]).
pub fn again<C: Carrier>(link: &Link<C>, request: &Request<'_>, ending: bool) -> Route {
    if ending {
        return Route::Nobody(Failure::new(id::ORDER, "the program is ending"));
    }
    entry(link, request)
}

/// What is announced of the answer to `initialize`, which is JSON already.
///
/// # Errors
///
/// It is no object that could be sent.
pub fn announced<C: Carrier>(link: &Link<C>, body: Buffer) -> Result<Buffer, Failure> {
    if link.carrier.door().access().evaluate {
        return Ok(body);
    }
    Ok(look::announce(body.written())?)
}

/// Notes that a client has the place.
pub fn attached<C: Carrier>(link: &Link<C>) {
    link.carrier.door().attached(&link.peer, link.id);
}

/// Notes that the program did not let a client in.
pub fn refused_by_program<C: Carrier>(link: &Link<C>) {
    link.carrier.door().refused(&link.peer, Some(link.id), Why::Program);
}

/// Notes that a connection has to go, because there are too many.
pub fn crowded_out<C: Carrier>(link: &Link<C>) {
    link.carrier.door().refused(&link.peer, Some(link.id), Why::Crowd);
}

/// Notes that a connection has to go, because it takes too long.
pub fn too_late<C: Carrier>(link: &Link<C>, stage: Stage) {
    // Whoever is being closed has been spoken of.
    if stage != Stage::Leaving {
        link.carrier.door().refused(&link.peer, Some(link.id), Why::Late);
    }
}

/// Notes that a client has to go, because it does not read.
pub fn stalled<C: Carrier>(link: &Link<C>) {
    link.carrier.door().refused(&link.peer, Some(link.id), Why::Stalled);
}

/// Takes the place away from `holder`, if it has not configured in time; the program is to be told then.
#[must_use]
pub fn replace<C: Carrier>(holder: &Link<C>, patience: &Patience) -> bool {
    let replaced = holder.replace(patience.configure);
    if replaced {
        let door = holder.carrier.door();
        door.refused(&holder.peer, Some(holder.id), Why::Replaced);
        door.detached(&holder.peer, holder.id, Disconnect::Replaced);
    }
    replaced
}

/// Chooses the connection that is missed least among those that are not attached, each given by its number, its rank and
/// where it comes from, if there are too many for a newcomer from `origin`: at first among those from there.
#[must_use]
pub fn least_missed(connections: impl Iterator<Item = (u64, u8, Origin)> + Clone, newcomer: Origin) -> Option<u64> {
    let least = |connections: &mut dyn Iterator<Item = (u64, u8, Origin)>| {
        let least = connections.min_by_key(|(number, rank, _)| (*rank, *number));
        least.map(|(number, ..)| number)
    };
    let mut neighbours = connections.clone().filter(|(_, _, origin)| *origin == newcomer);
    if neighbours.clone().count() >= MAX_PER_ADDRESS {
        least(&mut neighbours)
    } else if connections.clone().count() >= MAX_UNATTACHED {
        least(&mut connections.into_iter())
    } else {
        None
    }
}

/// Answers a client that came second.
pub fn refuse_second<C: Carrier>(link: &Link<C>, ticket: Ticket) {
    link.carrier.door().refused(&link.peer, Some(link.id), Why::Busy);
    fail(link, ticket, &dapstub::lifecycle::AttachError::Busy.into());
}

/// Answers `disconnect`, says behind that that debugging is over, and returns what was asked for. The place is free before the client can read the answer;
/// [`release`] has to follow.
pub fn disconnect<C: Carrier>(link: &Link<C>, stage: Stage, request: &Request<'_>) -> Disconnect {
    let free = || {
        if stage.is_attached() {
            link.carrier.process().detach();
        }
    };
    let (terminate_debuggee, answered) = match request.arguments().parse::<DisconnectArguments>() {
        Ok(arguments) => {
            // Where clients only look, the program's end is not theirs to ask for.
            let may_end = link.carrier.door().access().evaluate;
            let terminate = may_end && arguments.terminate_debuggee.unwrap_or(stage.is_launched());
            let answer = |session: &mut Session| {
                session.respond_raw(request.ticket(), b"")?;
                // The end of debugging. Refused for a client that never attached or has heard of the end already, and for
                // want of room: it is leaving anyway.
                let _as_far_as_it_goes = session.event_raw("terminated", b"");
                Ok(())
            };
            (terminate, link.act(answer, free))
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
    Disconnect::Requested { terminate_debuggee }
}

/// Takes no further message of a connection and frees the place, if it had it: then the program is to be told, and
/// `true` comes back.
#[must_use]
pub fn release<C: Carrier>(link: &Link<C>, stage: &mut Stage, how: Disconnect) -> bool {
    // First no further message: whoever opens the gate does it under the same lock as his answer.
    if how == Disconnect::Lost {
        link.seal();
    } else {
        link.dismiss();
    }
    let attached = stage.is_attached() && !link.is_replaced();
    *stage = Stage::Leaving;
    if attached {
        link.carrier.process().detach();
        link.carrier.door().detached(&link.peer, link.id, how);
    }
    attached
}

/// Takes the beginning of a message that was too large.
pub fn oversize<C: Carrier>(link: &Link<C>, prefix: &[u8], announced: usize) {
    tracing::info!(target: LOG, id = link.id, bytes = announced, "message over the limit skipped");
    let _ = link.act(|session| session.receive_oversize(prefix, announced), || ());
}

/// The stream is not DAP, or claims too much: says so where that is allowed. The connection ends.
pub fn not_dap<C: Carrier>(link: &Link<C>, error: FrameError) {
    link.carrier
        .door()
        .refused(&link.peer, Some(link.id), Why::NotDap(error));
    // None of the texts has a character that JSON would want escaped.
    let body = format!(r#"{{"category":"important","output":"the debug server closes the connection: {error}\n"}}"#);
    let _ = link.act(|session| session.event_raw("output", body.as_bytes()), || ());
}

/// Tells the attached client that debugging is over.
pub fn end<C: Carrier>(link: &Link<C>) {
    let _ = link.act(|session| session.event_raw("terminated", b""), || ());
}

/// Answers `threads` when there are none any more.
pub fn no_threads<C: Carrier>(link: &Link<C>, ticket: Ticket) {
    let _ = link.act(|session| session.respond_raw(ticket, br#"{"threads":[]}"#), || ());
}

/// Answers a request with an error.
pub fn fail<C: Carrier>(link: &Link<C>, ticket: Ticket, failure: &Failure) {
    // Answered already, or closed: nothing is owed.
    let _ = link.act(|session| session.fail(ticket, failure), || ());
}

/// What the client is told when the program's side panicked.
pub fn panicked() -> Failure {
    Failure::new(id::INTERNAL, "the program's debugger failed inside; see its log")
}
