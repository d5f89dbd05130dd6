//! Jobs, run by whoever holds the GIL for it: the parked thread or the inspector.

use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use dapstub::debuggee::{Outcome, dispatch};
use dapstub::failure::id;
use dapstub::output::Output;
use dapstub::protocol::Command;
use dapstub::session::{Request, Ticket};
use dapstub::{Failure, Reason};
use dapstub_std::{Buffer, Client, Disconnect};
use pyo3::prelude::*;

use crate::debuggee::{Finish, PythonDebuggee, Sequel};
use crate::engine::Engine;
use crate::entry;
use crate::events;
use crate::hooks::Sight;
use crate::jobs::Job;
use crate::lenient;
use crate::onward;
use crate::returns;
use crate::stack;
use crate::stop::{Resume, Stop};
use crate::tracker::Guard;
use crate::trouble::{contain, report};

/// Does one job. A request that fails is answered so; any other failure is told to whom it can be told.
pub(crate) fn run(engine: &'static Engine, py: Python<'_>, job: Job) {
    let _guard = Guard::enter();
    let _running = engine.jobs.done_on_drop(&job);
    engine.gate.note_heard();
    let outcome = match job {
        Job::Attach { client, options } => {
            // The one before has gone: its `Detach` came earlier.
            engine.begin(py, client, options)
        }
        Job::Request {
            client,
            ticket,
            message,
        } => request(engine, py, &client, ticket, &message),
        Job::Detach { client, how } => detach(engine, py, client, how),
    };
    if let Err(error) = outcome {
        report(py, &error);
    }
}

/// The client has gone: the program runs on as if it had never been there.
fn detach(engine: &'static Engine, py: Python<'_>, client: u64, how: Disconnect) -> PyResult<()> {
    let is_current = engine.session().is_some_and(|session| session.client.id() == client);
    let ended = if is_current {
        let ended = engine.end(py);
        engine.stops.resume(Resume::Detached);
        engine.presence.change(py, false);
        ended
    } else {
        Ok(())
    };
    if let Disconnect::Requested {
        terminate_debuggee: true,
    } = how
    {
        terminate(engine, py, false)?;
    }
    ended
}

fn request(engine: &'static Engine, py: Python<'_>, client: &Client, ticket: Ticket, message: &[u8]) -> PyResult<()> {
    let Some(session) = engine.session().filter(|session| session.client.id() == client.id()) else {
        // The session has answered it when the client left.
        return Ok(());
    };
    let changed = Failure::new(id::INTERNAL, "the request changed on its way");
    let Ok(mut request) = Request::parse(message) else {
        let _ = client.fail(ticket, &changed);
        return Ok(());
    };
    let completed = lenient::completed(&request, message, || any_thread(engine, py));
    if let Some(completed) = &completed {
        let Ok(whole) = Request::parse(completed) else {
            let _ = client.fail(ticket, &changed);
            return Ok(());
        };
        request = whole;
    }
    if request.command() == Command::ConfigurationDone {
        let armed = engine.arm(py).and_then(|()| {
            if session.options.choices.stop_on_entry {
                entry::stop_at_next_line(engine, py)
            } else {
                Ok(())
            }
        });
        // Before the program is released: it may write at once.
        let armed = match session.options.choices.redirect_output {
            true => armed.and(crate::output::begin(py)),
            false => armed,
        };
        if client.configured(ticket).is_err() {
            return armed;
        }
        engine.presence.change(py, true);
        events::session_began(engine, py, &session)?;
        engine.offspring.configured(engine, client);
        return armed;
    }
    let mut body = Buffer::new();
    let mut debuggee = PythonDebuggee::new(engine, py, &session);
    let outcome = {
        // A pause breaks off what runs, and is not to be broken off itself.
        let _evaluation = (request.command() != Command::Pause).then(|| engine.stops.begin_evaluation(py));
        // To look must not let the program run; to evaluate may.
        let runs_code = matches!(
            request.command(),
            Command::Evaluate | Command::SetVariable | Command::SetExpression | Command::Completions
        );
        let _collector = (!runs_code).then(|| crate::ffi::CollectorPause::begin(py));
        // Looked at after the line above: who interrupts does it in the other order, so that one of the two notices.
        if engine.jobs.has_detach(client.id()) {
            return Ok(());
        }
        if request.command() == Command::Evaluate && engine.jobs.has_pause(client.id()) {
            let _ = client.fail(ticket, &Failure::cancelled());
            return Ok(());
        }
        // Whatever is wrong inside must not end the program that is looked at.
        let done = catch_unwind(AssertUnwindSafe(|| {
            // DAP wants the thread named. debugpy does not, and some of its clients leave it out.
            if request.command() == Command::Continue && request.arguments().is_absent() {
                return debuggee.continue_unnamed(&mut body);
            }
            dispatch(&mut debuggee, &request, &mut body)
        }));
        done.unwrap_or_else(|_| Err(Failure::new(id::INTERNAL, "the debugger failed inside")))
    };
    let Finish {
        sequel,
        refusal,
        afterwards,
        exception_source,
    } = debuggee.finish();
    let with_source = exception_source.and_then(|source| lenient::with_exception_source(body.written(), &source));
    // An answer that cannot be given any more was given when the client left.
    let _ = match (outcome, refusal) {
        (_, Some(text)) => client.fail(ticket, Reason::new(REFUSED, &text)),
        (Ok(Outcome::Done), None) => client.respond(ticket, with_source.as_deref().unwrap_or(body.written())),
        (Ok(Outcome::Later), None) => {
            client.fail(ticket, &Failure::new(id::INTERNAL, "the request was put off for ever"))
        }
        (Err(failure), None) => client.fail(ticket, &failure),
    };
    for tell in afterwards {
        tell(client);
    }
    match sequel {
        Sequel::Nothing => Ok(()),
        Sequel::Resume { resume, thread } => {
            events::continued(client, thread, resume.alone().is_none());
            if engine.stops.resume(resume) {
                Ok(())
            } else {
                // Some threads run already.
                let_go(engine, py, resume, None)
            }
        }
        Sequel::Goto { thread } => {
            events::continued(client, thread, true);
            engine.stops.resume(Resume::Again);
            Ok(())
        }
        Sequel::Pause { ident } => pause(engine, py, ident),
        Sequel::Terminate { interrupt } => terminate(engine, py, interrupt),
    }
}

/// The thread that is meant by a client which names none: the stopped one, or the main one.
fn any_thread(engine: &Engine, py: Python<'_>) -> Option<i64> {
    let ident = match engine.stops.stopped_thread() {
        Some(ident) => ident,
        None => crate::threads::main_ident(py).ok()??,
    };
    Some(engine.threads.id(ident))
}

/// `body.error.id` of refusals that this host words itself.
const REFUSED: u32 = 1000;

/// Stops the running program: whoever holds the GIL parks, so nothing else runs.
fn pause(engine: &'static Engine, py: Python<'_>, ident: u64) -> PyResult<()> {
    engine.unmute(py)?;
    // Whoever pauses does not wait for the end of a step any more.
    drop(engine.steps.clear());
    let innermost = crate::threads::current_frames(py)?.get_item(ident)?;
    let stack = stack::walk(engine, innermost)?;
    // Signals concern the threads of the program, and this is not one.
    let stopped = engine.stops.park(engine, py, Stop::pause(ident, stack));
    contain(py, stopped, ())
}

/// Asks the program to end, by a signal: its own handlers decide how. Its descendants are asked as well, unless it is
/// only interrupted or the client does not want that.
fn terminate(engine: &'static Engine, py: Python<'_>, interrupt: bool) -> PyResult<()> {
    if !interrupt {
        engine.offspring.terminate(engine);
    }
    #[cfg(unix)]
    {
        let _ = py;
        engine.ask_to_end(if interrupt { libc::SIGINT } else { libc::SIGTERM })?;
        Ok(())
    }
    #[cfg(not(unix))]
    {
        let _ = interrupt;
        py.import("_thread")?.call_method0("interrupt_main").map(drop)
    }
}

/// Lets go what `resume` says, when the stop is over (`ended`), or while some threads run and others are held. Called with
/// the GIL: nothing runs before it is given back.
pub(crate) fn let_go(engine: &Engine, py: Python<'_>, resume: Resume, ended: Option<&Stop>) -> PyResult<()> {
    let opened = match (resume, resume.alone()) {
        // The others stay what they are for the client, with all that it was told of them.
        (_, Some(ident)) => {
            forget_stack(engine, py, ident)?;
            match ended {
                Some(_) if engine.gate.is_prepared() => engine.gate.only(py, ident),
                Some(_) => {}
                None => engine.gate.also(ident),
            }
            Ok(())
        }
        (Resume::Again, None) => {
            engine.inspection.forget(py);
            Ok(())
        }
        (_, None) => {
            engine.inspection.forget(py);
            engine.open_gate(py)
        }
    };
    match resume {
        Resume::Step { ident, .. } => begin_step(engine, py, ident)?,
        Resume::Again => engine.refresh(py, false)?,
        Resume::Continue { .. } | Resume::Detached => {
            returns::forget();
            engine.refresh(py, false)?;
        }
    }
    opened
}

/// Forgets the frames of a thread that runs on alone.
fn forget_stack(engine: &Engine, py: Python<'_>, ident: u64) -> PyResult<()> {
    let innermost = crate::threads::current_frames(py)?.get_item(ident)?;
    engine.inspection.forget_frames(&stack::walk(engine, innermost)?);
    Ok(())
}

/// Lets a step that was put into the table see what it needs. Called when the stop is over, with the GIL.
pub(crate) fn begin_step(engine: &Engine, py: Python<'_>, ident: u64) -> PyResult<()> {
    returns::begin_step();
    engine.refresh(py, false)?;
    let Some(frame) = engine.steps.frame(py, ident) else {
        return Ok(());
    };
    engine.watch(&frame.getattr("f_code")?, Sight::Step)?;
    // A frame below may end by an exception, and then the step ends further up.
    onward::watch_callers(engine, &frame)
}
