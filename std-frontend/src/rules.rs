//! Who is served, and how: what every frontend does with a message besides asking the program.
//!
//! Nothing here waits or calls the program, so it serves a frontend with threads as well as one with tasks.

use dapstub::frame::FrameError;
use dapstub::protocol::{Command, DisconnectArguments};
use dapstub::session::Request;
use dapstub::{Failure, failure::id};

use crate::LOG;
use crate::host::Disconnect;
use crate::link::{Carrier, Link, Refused};
use crate::stage::Stage;

/// Who carries a request out.
#[derive(Clone, Debug)]
#[must_use]
pub enum Route {
    /// The frontend, by [`disconnect`]; the connection ends.
    Disconnect,
    /// The program says what it can do.
    Initialize,
    /// The program, if the place is free.
    Attach,
    /// The program.
    Program,
    /// Nobody: another client is attached. [`refuse_second`] says so, and the connection ends.
    Busy,
    /// Nobody, for this reason.
    Nobody(Failure),
}

/// Finds out who carries a request out. `ending`: the server is shutting down.
pub fn route<C: Carrier>(link: &Link<C>, stage: Stage, command: Command, ending: bool) -> Route {
    match command {
        Command::Disconnect => Route::Disconnect,
        _ if ending => Route::Nobody(Failure::new(id::ORDER, "the program is ending")),
        Command::Initialize if link.carrier.process().is_attached() => Route::Busy,
        Command::Initialize => Route::Initialize,
        Command::Attach | Command::Launch => Route::Attach,
        _ if stage.is_attached() => Route::Program,
        // The session lets nothing else through; were it otherwise, the program is not for strangers.
        _ => Route::Nobody(Failure::new(id::ORDER, "not allowed before `attach`")),
    }
}

/// Answers a client that came second.
pub fn refuse_second<C: Carrier>(link: &Link<C>, request: &Request<'_>) {
    tracing::warn!(target: LOG, id = link.id, peer = %link.peer, "client refused: another one is attached");
    fail(link, request, &dapstub::lifecycle::AttachError::Busy.into());
}

/// Answers `disconnect` and says what it asked for. The place is free before the client can read the answer;
/// [`release`] has to follow.
pub fn disconnect<C: Carrier>(link: &Link<C>, stage: Stage, request: &Request<'_>) -> Disconnect {
    let free = || {
        if stage.is_attached() {
            link.carrier.process().detach();
        }
    };
    let (terminate_debuggee, answered) = match request.arguments().parse::<DisconnectArguments>() {
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
    Disconnect::Requested { terminate_debuggee }
}

/// Takes no further message of a connection and frees the place, if it had it: then the program is to be told, and
/// `true` comes back.
#[must_use]
pub fn release<C: Carrier>(link: &Link<C>, stage: &mut Stage, how: Disconnect) -> bool {
    // First no further message: whoever opens the gate does it under the same lock as his answer.
    link.seal();
    let attached = stage.is_attached();
    *stage = Stage::Leaving;
    if attached {
        link.carrier.process().detach();
        tracing::info!(target: LOG, id = link.id, peer = %link.peer, ?how, "client detached");
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
    tracing::warn!(target: LOG, id = link.id, peer = %link.peer, reason = %error, "connection refused: not DAP");
    // None of the texts has a character that JSON would want escaped.
    let body = format!(r#"{{"category":"important","output":"the debug server closes the connection: {error}\n"}}"#);
    let _ = link.act(|session| session.event_raw("output", body.as_bytes()), || ());
}

/// Tells the attached client that debugging is over.
pub fn end<C: Carrier>(link: &Link<C>) {
    let _ = link.act(|session| session.event_raw("terminated", b""), || ());
}

/// Answers a request with an error.
pub fn fail<C: Carrier>(link: &Link<C>, request: &Request<'_>, failure: &Failure) {
    // Answered already, or closed: nothing is owed.
    let _ = link.act(|session| session.fail(request.ticket(), failure), || ());
}

/// What the client is told when the program's side panicked.
pub fn panicked() -> Failure {
    Failure::new(id::INTERNAL, "the program's debugger failed inside; see its log")
}
