//! Every type of the protocol: whatever arguments or body a message has, reading comes to an end, what is read is
//! written, and what is written reads the same. An error says where.
//!
//! An input is a whole message. Its command or event says which type reads it; besides, one that has nothing to do with
//! it does.

mod path;

use core::fmt::Debug;

use dapstub::Failure;
use dapstub::client::{Message, Response};
use dapstub::json::{DEFAULT_DEPTH, Nested, Raw, Text, ToJson};
use dapstub::output::{Output, SliceOutput};
use dapstub::protocol::requests::{self, RequestType};
use dapstub::protocol::{
    Arguments, Command, Event, ExceptionDetails, MemberError, ResponseError, SetBreakpointsArguments, Source,
};

/// The types of one request, as functions that read with them.
struct Types {
    command: Command,
    arguments: fn(Arguments<'_>),
    response: fn(Response<'_>),
}

macro_rules! types {
    ($($marker:ident)*) => {
        const TYPES: &[Types] = &[$(Types {
            command: <requests::$marker as RequestType>::COMMAND,
            arguments: arguments::<requests::$marker>,
            response: response::<requests::$marker>,
        }),*];
    };
}

types! {
    Attach BreakpointLocations Cancel Completions ConfigurationDone Continue DataBreakpointInfo Disassemble Disconnect
    Evaluate ExceptionInfo Goto GotoTargets Initialize Launch LoadedSources Locations Modules Next Pause ReadMemory
    Restart RestartFrame ReverseContinue RunInTerminal Scopes SetBreakpoints SetDataBreakpoints SetExceptionBreakpoints
    SetExpression SetFunctionBreakpoints SetInstructionBreakpoints SetVariable Source StackTrace StartDebugging StepBack
    StepIn StepInTargets StepOut Terminate TerminateThreads Threads Variables WriteMemory
}

const EVENTS: [&str; 17] = [
    "breakpoint",
    "capabilities",
    "continued",
    "exited",
    "initialized",
    "invalidated",
    "loadedSource",
    "memory",
    "module",
    "output",
    "process",
    "progressEnd",
    "progressStart",
    "progressUpdate",
    "stopped",
    "terminated",
    "thread",
];

/// Checks one input.
pub fn check(data: &[u8]) {
    let Ok(message) = Message::parse(data) else {
        return;
    };
    // Which other type reads it hangs on the length, so that every pair is met.
    let other = &TYPES[data.len() % TYPES.len()];
    match message {
        Message::Request { command, arguments, .. } => {
            if let Some(types) = types_of(command) {
                (types.arguments)(arguments);
            }
            (other.arguments)(arguments);
            deeper(Raw::new(arguments.raw()).expect("accepted"));
        }
        Message::Response(response) => {
            if let Some(types) = types_of(response.command) {
                (types.response)(response);
            }
            (other.response)(response);
            response.body.iter().copied().for_each(deeper);
        }
        Message::Event { event: name, body, .. } => {
            event(name, body);
            event(EVENTS[data.len() % EVENTS.len()].into(), body);
        }
    }
}

fn types_of(command: Text<'_>) -> Option<&'static Types> {
    let command = Command::named(&command.to_string());
    let types = TYPES.iter().find(|types| types.command == command);
    assert_eq!(
        types.is_some(),
        command != Command::Unknown,
        "every command is in the table"
    );
    types
}

fn arguments<R: RequestType>(arguments: Arguments<'_>) {
    let text;
    match arguments.of::<R>() {
        Ok(first) => {
            text = written(&first);
            let again = Raw::new(&text).ok();
            let second = Arguments::new(again).of::<R>();
            same(&first, second, &text);
        }
        Err(error) => {
            told("arguments", arguments.raw(), error);
        }
    }
}

fn response<R: RequestType>(response: Response<'_>) {
    let text;
    match response.read::<R>() {
        Ok(first) => {
            assert!(response.success);
            text = written(&first);
            let body = Raw::new(&text).ok();
            let second = Response { body, ..response }.read::<R>();
            same(&first, second, &text);
        }
        Err(ResponseError::Body(error)) => {
            assert!(response.success);
            let body = response.body.filter(|body| !body.is_null());
            told("body", body.map_or("{}", |body| body.text()), error);
        }
        Err(refused) => {
            assert!(!response.success);
            assert!(!refused.to_string().is_empty() || response.message.is_some() || refused.error().is_some());
        }
    }
}

fn event(name: Text<'_>, body: Option<Raw<'_>>) {
    let mut storage = vec![0; 128 * 1024];
    let mut out = SliceOutput::new(&mut storage);
    let text;
    match Event::read(name, body) {
        Ok(Some(first)) => {
            assert!(name == first.name());
            first.write_body(&mut out).expect("there is room");
            text = String::from_utf8(out.written().to_vec()).expect("UTF-8");
            let second = Event::read(name, Raw::new(&text).ok());
            let mut storage = vec![0; 128 * 1024];
            let mut out = SliceOutput::new(&mut storage);
            let again = second.expect("what is written can be read").expect("the same name");
            assert_eq!(first, again);
            again.write_body(&mut out).expect("there is room");
            assert_eq!(out.written(), text.as_bytes());
        }
        Ok(None) => assert!(EVENTS.iter().all(|&known| name != known)),
        Err(error) => told(
            "body",
            body.filter(|body| !body.is_null()).map_or("{}", |body| body.text()),
            error,
        ),
    }
}

/// What was written reads as what was written.
fn same<T: PartialEq + Debug + ToJson, E: Debug>(first: &T, second: Result<T, E>, text: &str) {
    let second = second.expect("what is written can be read");
    assert_eq!(*first, second, "{text}");
    assert_eq!(written(&second), text);
}

fn written<T: ToJson>(value: &T) -> String {
    let mut storage = vec![0; 128 * 1024];
    let mut out = SliceOutput::new(&mut storage);
    // What is absent is not written.
    if !value.is_absent() {
        value.write(&mut out).expect("there is room");
    }
    String::from_utf8(out.written().to_vec()).expect("what is written is UTF-8")
}

/// An error names the value that is wrong, and becomes a failure that does.
fn told(root: &str, text: &str, error: MemberError<'_>) {
    let told = error.to_string();
    assert!(told.starts_with(root), "{told:?}");
    path::leads_there(root, text, &told, error);
    let failure = Failure::from(error);
    assert!(told.starts_with(failure.text()) && failure.text().len() <= dapstub::failure::MAX_TEXT);
}

/// Goes down into the types that contain themselves, and into the lists of breakpoints.
fn deeper(raw: Raw<'_>) {
    fn sources(source: Source<'_>, depth: usize) {
        assert!(depth <= DEFAULT_DEPTH.max(dapstub::json::MAX_DEPTH));
        let inner = source
            .sources
            .as_ref()
            .map_or_else(Vec::new, |sources| sources.iter().collect());
        inner
            .into_iter()
            .flatten()
            .for_each(|source| sources(source, depth + 1));
    }
    fn details(list: Nested<'_, ExceptionDetails<'_>>, depth: usize) {
        assert!(depth <= DEFAULT_DEPTH.max(dapstub::json::MAX_DEPTH));
        for inner in list.iter().flatten().filter_map(|inner| inner.inner_exception) {
            details(inner, depth + 1);
        }
    }
    if let Ok(arguments) = raw.read::<SetBreakpointsArguments<'_>>() {
        sources(arguments.source, 1);
        let asked = arguments
            .breakpoints
            .map(|list| list.len())
            .or(arguments.lines.map(|list| list.len()));
        assert_eq!(arguments.requested().count(), asked.unwrap_or(0));
    }
    if let Ok(list) = raw.read::<Nested<'_, ExceptionDetails<'_>>>() {
        details(list, 1);
    }
}
