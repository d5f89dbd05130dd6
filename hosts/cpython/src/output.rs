//! What the program writes, for the client: `output` events in the categories `stdout` and `stderr`.
//!
//! The streams stay the objects that they are; they only get a `write` and a `flush` of their own while somebody listens,
//! which first do what the stream's class does; so does the `write` of the `buffer` below. A line is sent when it is complete,
//! or flushed. What goes past them (file descriptors, other processes) is not seen.

use core::cell::Cell;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use dapstub::protocol::OutputCategory;
use dapstub_std::Client;
use dapstub_std::limits::OUTGOING_LIMIT;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCFunction, PyDict, PyString, PyTuple};

use crate::engine::{self, lock};
use crate::{events, ffi, modules};

/// The most that is kept of an unfinished line, and sent in one event, in bytes.
const PIECE: usize = 16 * 1024;
/// How much may wait for the client before the program has to wait as well.
const CROWDED: usize = OUTGOING_LIMIT / 4;
/// How long the program waits for a client that does not read; after that its output is left out.
const PATIENCE: Duration = Duration::from_millis(250);
/// How long the end of the program waits for threads that write.
const FAREWELL: Duration = Duration::from_secs(1);
/// How often it looks.
const GLANCE: Duration = Duration::from_millis(2);

/// One of the two streams while it is listened to.
struct Stream {
    name: &'static str,
    object: Py<PyAny>,
    ours: Vec<Replaced>,
    tail: Arc<Mutex<Tail>>,
}

/// What a method of a stream does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Does {
    /// Writes text.
    Write,
    Flush,
    /// Writes bytes, of the program's or of the stream's text.
    WriteBytes,
}

/// A method of a stream, or of its buffer, that ours stands in for.
struct Replaced {
    owner: Py<PyAny>,
    method: &'static str,
    ours: Py<PyAny>,
    /// What the stream itself had there, rather than its class.
    before: Option<Py<PyAny>>,
}

/// What a stream has not sent yet.
#[derive(Default)]
struct Tail {
    text: String,
    /// Bytes left out because the client does not read.
    left_out: usize,
}

/// Who listens.
#[derive(Default)]
struct Listening {
    streams: Vec<Stream>,
    /// The client wants everything (`redirectOutput`).
    always: bool,
    /// What this thread writes, for it evaluates something in the console.
    console: Option<u64>,
}

thread_local! {
    /// How many of the replaced methods this thread is in: what a stream writes into its buffer is known already.
    static INSIDE: Cell<usize> = const { Cell::new(0) };
}

/// While it lives, the thread is in one of the replaced methods.
struct Inside;

impl Inside {
    fn enter() -> Self {
        INSIDE.set(INSIDE.get() + 1);
        Self
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.set(INSIDE.get() - 1);
    }
}

static LISTENING: Mutex<Listening> = Mutex::new(Listening {
    streams: Vec::new(),
    always: false,
    console: None,
});

/// Sends everything from now on, until [`end`].
pub(crate) fn begin(py: Python<'_>) -> PyResult<()> {
    lock(&LISTENING).always = true;
    install(py)
}

/// Sends nothing any more, and takes back what was set.
pub(crate) fn end(py: Python<'_>) {
    lock(&LISTENING).always = false;
    uninstall(py);
}

/// Sends what is left of unfinished lines.
pub(crate) fn flush(py: Python<'_>) {
    let tails: Vec<_> = lock(&LISTENING)
        .streams
        .iter()
        .map(|stream| (stream.name, Arc::clone(&stream.tail)))
        .collect();
    for (name, tail) in tails {
        send_tail(py, name, &tail);
    }
}

/// While it lives, what this thread writes goes to the client's console.
pub(crate) struct Console<'py> {
    py: Python<'py>,
}

impl<'py> Console<'py> {
    pub(crate) fn open(py: Python<'py>) -> PyResult<Self> {
        lock(&LISTENING).console = Some(ffi::thread_ident());
        let console = Self { py };
        install(py)?;
        Ok(console)
    }
}

impl Drop for Console<'_> {
    fn drop(&mut self) {
        flush(self.py);
        let always = {
            let mut listening = lock(&LISTENING);
            listening.console = None;
            listening.always
        };
        if !always {
            uninstall(self.py);
        }
    }
}

fn install(py: Python<'_>) -> PyResult<()> {
    for name in ["stdout", "stderr"] {
        // A program without a console has `None` there, or nothing.
        let Ok(object) = modules::sys(py)?.getattr(name) else {
            continue;
        };
        let is_known = lock(&LISTENING).streams.iter().any(|stream| stream.object.is(&object));
        if object.is_none() || is_known {
            continue;
        }
        let tail = Arc::new(Mutex::new(Tail::default()));
        let mut ours = Vec::new();
        let buffer = object.getattr("buffer").ok();
        let methods = [
            (Some(&object), "write", Does::Write),
            (Some(&object), "flush", Does::Flush),
            (buffer.as_ref(), "write", Does::WriteBytes),
        ];
        for (owner, method, does) in methods {
            let Some(owner) = owner else { continue };
            let Ok(theirs) = owner.getattr(method) else { continue };
            let before = owner.getattr("__dict__").and_then(|own| own.get_item(method)).ok();
            let function = replacement(py, name, does, theirs.unbind(), Arc::clone(&tail))?;
            // What takes no attributes is not listened to.
            if owner.setattr(method, &function).is_ok() {
                ours.push(Replaced {
                    owner: owner.clone().unbind(),
                    method,
                    ours: function.unbind(),
                    before: before.map(Bound::unbind),
                });
            }
        }
        let stream = Stream {
            name,
            object: object.unbind(),
            ours,
            tail,
        };
        lock(&LISTENING).streams.push(stream);
    }
    Ok(())
}

fn uninstall(py: Python<'_>) {
    let streams = core::mem::take(&mut lock(&LISTENING).streams);
    for stream in streams {
        send_tail(py, stream.name, &stream.tail);
        for Replaced {
            owner,
            method,
            ours,
            before,
        } in &stream.ours
        {
            let owner = owner.bind(py);
            // What the program set after us stays; ours then only passes on.
            if !owner.getattr(*method).is_ok_and(|present| present.is(ours)) {
                continue;
            }
            let _ = match before {
                Some(before) => owner.setattr(*method, before),
                // Gone already, when the stream forgot its attributes by itself.
                None => owner.delattr(*method),
            };
        }
    }
}

/// How many threads write through a replaced method just now.
static WRITERS: AtomicUsize = AtomicUsize::new(0);

/// A thread that writes.
struct Writer;

impl Writer {
    fn begin() -> Self {
        WRITERS.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        WRITERS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Waits, without the GIL and not for long, until nobody is inside a replaced method any more: CPython ends threads that ask
/// for the GIL while it is taken down, and that must not happen amid native code of this module. For the end of the program,
/// after [`end`].
pub(crate) fn await_writers() {
    let begun = Instant::now();
    while WRITERS.load(Ordering::Relaxed) > 0 && begun.elapsed() < FAREWELL {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A method that does what `theirs` does, and then tells the client.
fn replacement<'py>(
    py: Python<'py>,
    name: &'static str,
    does: Does,
    theirs: Py<PyAny>,
    tail: Arc<Mutex<Tail>>,
) -> PyResult<Bound<'py, PyAny>> {
    let run = move |arguments: &Bound<'_, PyTuple>, keywords: Option<&Bound<'_, PyDict>>| {
        let py = arguments.py();
        let _writer = Writer::begin();
        let is_inner = INSIDE.get() > 0;
        let result = {
            let _inside = Inside::enter();
            theirs.call(py, arguments.clone(), keywords)?
        };
        if is_inner || !is_wanted() {
            return Ok::<_, PyErr>(result);
        }
        match (does, arguments.get_item(0)) {
            (Does::Flush, _) => send_tail(py, name, &tail),
            (Does::Write, Ok(text)) => {
                if let Ok(text) = text.cast::<PyString>() {
                    take(py, name, &tail, &text.to_string_lossy());
                }
            }
            (Does::WriteBytes, Ok(bytes)) => {
                if let Ok(bytes) = bytes.cast::<PyBytes>() {
                    take(py, name, &tail, &String::from_utf8_lossy(bytes.as_bytes()));
                }
            }
            (_, Err(_)) => {}
        }
        Ok(result)
    };
    Ok(PyCFunction::new_closure(py, None, None, run)?.into_any())
}

fn is_wanted() -> bool {
    let (always, console) = {
        let listening = lock(&LISTENING);
        (listening.always, listening.console)
    };
    always || console == Some(ffi::thread_ident())
}

/// Sends the lines that `text` completes, and keeps the rest.
fn take(py: Python<'_>, name: &'static str, tail: &Mutex<Tail>, text: &str) {
    let whole = {
        let mut tail = lock(tail);
        tail.text.push_str(text);
        match tail.text.rfind('\n') {
            Some(end) => tail.text.drain(..=end).collect(),
            None if tail.text.len() >= PIECE => core::mem::take(&mut tail.text),
            None => String::new(),
        }
    };
    send(py, name, tail, &whole);
}

fn send_tail(py: Python<'_>, name: &'static str, tail: &Mutex<Tail>) {
    let text = core::mem::take(&mut lock(tail).text);
    send(py, name, tail, &text);
}

/// Sends `text` in pieces. A client that does not read is waited for once, and then misses what is written meanwhile:
/// the program goes on.
fn send(py: Python<'_>, name: &'static str, tail: &Mutex<Tail>, text: &str) {
    // A forked child may not wait for locks that were held when it was made, and the client is its parent's.
    let Some(engine) = engine::get().filter(|engine| !engine.is_forked()) else {
        return;
    };
    let Some(session) = engine.session() else { return };
    let client = &session.client;
    if !client.is_open() {
        return;
    }
    let category = match name {
        "stderr" => OutputCategory::Stderr,
        _ => OutputCategory::Stdout,
    };
    let mut rest = text;
    while !rest.is_empty() {
        let mut end = rest.len().min(PIECE);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (piece, next) = rest.split_at(end);
        rest = next;
        let was_behind = lock(tail).left_out > 0;
        if !has_room(py, client, was_behind) {
            lock(tail).left_out += piece.len();
            continue;
        }
        let missed = core::mem::take(&mut lock(tail).left_out);
        if missed > 0 {
            let note =
                format!("dapstub: {missed} bytes of {name} were left out here, because the client did not read\n");
            events::output(client, OutputCategory::Important, &note);
        }
        events::output(client, category, piece);
    }
}

/// Whether the client takes more; waits for it, unless it was waited for in vain before.
fn has_room(py: Python<'_>, client: &Client, was_behind: bool) -> bool {
    if was_behind {
        // Only when it has caught up for good.
        return client.waiting() == 0;
    }
    let begun = Instant::now();
    while client.waiting() > CROWDED {
        if begun.elapsed() > PATIENCE {
            return false;
        }
        py.detach(|| std::thread::sleep(GLANCE));
    }
    true
}
