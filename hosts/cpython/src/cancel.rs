//! `cancel`: a request that waits is taken back, one that runs code of the program is broken off.
//!
//! Carried out on the I/O thread: the thread that carries out requests is the one that is busy.

use dapstub::Failure;
use dapstub::protocol::CancelArguments;
use dapstub::session::Request;
use dapstub_std::Client;

use crate::api::EvaluationInterrupted;
use crate::breaking_off;
use crate::engine::Engine;
use crate::jobs::Job;

/// Answers `cancel`, and sees to it that the request that it names is answered soon. There may be no such request any
/// more; that is no error.
pub(crate) fn cancel(engine: &'static Engine, client: &Client, request: &Request<'_>) {
    // What cannot be sent any more was answered when the client left.
    let _ = match request.arguments().parse::<CancelArguments<'_>>() {
        Ok(arguments) => {
            if let Some(seq) = arguments.request_id {
                give_up(engine, client, seq);
            }
            client.respond(request.ticket(), b"")
        }
        Err(error) => client.fail(request.ticket(), &Failure::from(error)),
    };
}

fn give_up(engine: &'static Engine, client: &Client, seq: i32) {
    match engine.jobs.withdraw(client.id(), seq) {
        Some(Job::Request { client, ticket, .. }) => {
            // As above.
            let _ = client.fail(ticket, &Failure::cancelled());
        }
        _ if engine.jobs.is_running(client.id(), seq) => break_off(engine, client.id(), seq),
        _ => {}
    }
}

/// Interrupts what runs for this request, from a thread of its own: it takes the GIL. Code that catches what is raised is
/// interrupted again.
fn break_off(engine: &'static Engine, client: u64, seq: i32) {
    breaking_off::repeat(engine, "dapstub-cancel", move |py| {
        let is_running = engine.jobs.is_running(client, seq);
        if is_running {
            // It may not have come to the program's code yet, and is interrupted next time.
            engine
                .stops
                .interrupt(py, py.get_type::<EvaluationInterrupted>().as_any());
        }
        is_running
    });
}
