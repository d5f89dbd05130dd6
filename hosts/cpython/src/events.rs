//! Events for the client. An event that cannot be sent is not an error here: the client is gone, or its session has
//! not begun, and the frontend knows both.

use std::collections::HashSet;
use std::sync::Mutex;

use dapstub::json::{Items, Text};
use dapstub::output::Output;
use dapstub::protocol::{
    BreakpointEvent, ChangeReason, ContinuedEvent, Event, ExitedEvent, InvalidatedAreas, InvalidatedEvent,
    OutputCategory, OutputEvent, ProcessEvent, Source, StartMethod, StopReason, StoppedEvent, TerminatedEvent,
    ThreadEvent, ThreadReason,
};
use dapstub_std::{Buffer, Client};
use pyo3::prelude::*;

use crate::breakpoints::Breakpoint;
use crate::engine::{Engine, Session, lock};
use crate::modules;
use crate::stop::{Reason, Stop};

/// Ids of the threads that the client was told of.
static ANNOUNCED: Mutex<Option<HashSet<i64>>> = Mutex::new(None);

/// Sends one event, behind everything that was to be sent before.
pub(crate) fn send<'a>(client: &Client, event: impl Into<Event<'a>>) {
    crate::log_points::flush();
    send_now(client, event);
}

/// Sends one event, before messages of log points that are being gathered.
pub(crate) fn send_now<'a>(client: &Client, event: impl Into<Event<'a>>) {
    let event = event.into();
    let mut body = Buffer::new();
    if event.write_body(&mut body).is_ok() {
        // Refused: see the top of this file.
        let _ = client.event(event.name(), body.written());
    }
}

/// A number as DAP has it.
pub(crate) fn number(id: i64) -> i32 {
    i32::try_from(id).unwrap_or(i32::MAX)
}

/// Text for the client's console.
pub(crate) fn output(client: &Client, category: OutputCategory<'_>, text: &str) {
    send(
        client,
        OutputEvent {
            category: Some(category),
            output: Text::plain(text),
            ..Default::default()
        },
    );
}

/// A breakpoint that was answered as unverified has found its code.
pub(crate) fn bound(client: &Client, breakpoint: &Breakpoint) {
    let source = Source {
        path: Some(Text::plain(&breakpoint.client_path)),
        ..Default::default()
    };
    let now = dapstub::protocol::Breakpoint {
        id: Some(number(breakpoint.id())),
        verified: true,
        line: Some(u64::from(breakpoint.line())),
        source: Some(source),
        ..Default::default()
    };
    send(
        client,
        BreakpointEvent {
            reason: ChangeReason::Changed,
            breakpoint: now,
        },
    );
}

/// Variables may have other values than the client was told.
pub(crate) fn values_changed(client: &Client) {
    let areas = [InvalidatedAreas::Variables];
    send(
        client,
        InvalidatedEvent {
            areas: Some(Items::new(&areas)),
            ..Default::default()
        },
    );
}

/// What follows the answer to `attach`: the process and its threads.
pub(crate) fn session_began(engine: &Engine, py: Python<'_>, session: &Session) -> PyResult<()> {
    *lock(&ANNOUNCED) = None;
    crate::debuggee::modules::forget_told();
    let name = lock(&engine.program).clone();
    let name = if name.is_empty() { argv0(py)? } else { name };
    send(
        &session.client,
        ProcessEvent {
            name: Text::plain(&name),
            system_process_id: i32::try_from(std::process::id()).ok(),
            is_local_process: Some(true),
            start_method: Some(match session.options.start_method {
                "launch" => StartMethod::Launch,
                _ => StartMethod::Attach,
            }),
            pointer_size: Some(usize::BITS),
        },
    );
    threads(engine, py, session)
}

/// The program's name as it knows it itself.
fn argv0(py: Python<'_>) -> PyResult<String> {
    let arguments = modules::sys(py)?.getattr("argv")?;
    Ok(arguments
        .get_item(0)
        .and_then(|first| first.extract())
        .unwrap_or_else(|_| "python".to_owned()))
}

/// Tells the client of threads that have come and gone since it was told last.
pub(crate) fn threads(engine: &Engine, py: Python<'_>, session: &Session) -> PyResult<()> {
    let (present, _) = engine.threads.list(py, engine.stops.stopped_thread())?;
    let present: Vec<i64> = present.iter().map(|thread| thread.id).collect();
    let (started, exited) = {
        let mut announced = lock(&ANNOUNCED);
        let announced = announced.get_or_insert_default();
        let mut exited: Vec<i64> = announced.iter().copied().filter(|id| !present.contains(id)).collect();
        exited.sort_unstable();
        let started: Vec<i64> = present.iter().copied().filter(|id| !announced.contains(id)).collect();
        *announced = present.into_iter().collect();
        (started, exited)
    };
    for (ids, reason) in [(exited, ThreadReason::Exited), (started, ThreadReason::Started)] {
        for id in ids {
            send(
                &session.client,
                ThreadEvent {
                    reason,
                    thread_id: number(id),
                },
            );
        }
    }
    Ok(())
}

/// Unfinished output, `thread` events, then `stopped`.
pub(crate) fn threads_and_stop(engine: &Engine, py: Python<'_>, session: &Session, stop: &Stop) -> PyResult<()> {
    crate::output::flush(py);
    threads(engine, py, session)?;
    let ids: Vec<i32> = stop.hits.iter().copied().map(number).collect();
    let raised = stop.raised.as_ref();
    send(
        &session.client,
        StoppedEvent {
            reason: match stop.reason {
                Reason::Breakpoint => StopReason::Breakpoint,
                Reason::FunctionBreakpoint => StopReason::FunctionBreakpoint,
                Reason::Step => StopReason::Step,
                Reason::Pause => StopReason::Pause,
                Reason::Exception => StopReason::Exception,
                Reason::Goto => StopReason::Goto,
                Reason::Entry => StopReason::Entry,
            },
            description: raised.map(|raised| Text::plain(&raised.message)),
            text: raised.map(|raised| Text::plain(&raised.type_name)),
            thread_id: Some(number(engine.threads.id(stop.ident))),
            preserve_focus_hint: stop.reason == Reason::Pause,
            all_threads_stopped: true,
            hit_breakpoint_ids: (!ids.is_empty()).then(|| Items::new(&ids)),
        },
    );
    Ok(())
}

/// The program runs again: all of its threads, or only this one.
pub(crate) fn continued(client: &Client, thread: i64, all: bool) {
    send(
        client,
        ContinuedEvent {
            thread_id: number(thread),
            all_threads_continued: Some(all),
        },
    );
}

/// A signal let all threads run: `ident` was held.
#[cfg(unix)]
pub(crate) fn resumed_by_signal(engine: &Engine, signal: i32, ident: u64) {
    let Some(session) = engine.session() else { return };
    let (name, sequel) = match signal {
        libc::SIGINT => ("SIGINT", ""),
        libc::SIGTERM => ("SIGTERM", " and does not stop again until it is paused"),
        libc::SIGHUP => ("SIGHUP", ""),
        _ => ("a signal", ""),
    };
    let text = format!("dapstub: the stopped program received {name}; it goes on to handle it{sequel}\n");
    output(&session.client, OutputCategory::Important, &text);
    continued(&session.client, engine.threads.id(ident), true);
}

/// Nothing was heard from the client for so long that the program is not held for it any more.
pub(crate) fn forgotten(engine: &Engine) {
    let Some(session) = engine.session() else { return };
    let text = "dapstub: nothing was heard from this client for too long; the program goes on without it\n";
    output(&session.client, OutputCategory::Important, text);
    session.client.close();
}

/// The program ends.
pub(crate) fn ended(engine: &Engine, code: Option<i64>) {
    let Some(session) = engine.session() else { return };
    if let Some(code) = code.and_then(|code| i32::try_from(code).ok()) {
        send(&session.client, ExitedEvent { exit_code: code });
    }
    send(&session.client, TerminatedEvent::default());
}
