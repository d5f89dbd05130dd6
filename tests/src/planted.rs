//! Is the judge sharp? Faults of every kind, planted in a good session: each fails the test that meets it, and is named.

use core::panic::AssertUnwindSafe;
use std::io::Write as _;
use std::net::TcpListener;
use std::{panic, thread};

use serde_json::{Value, json};

use crate::client::Client;
use crate::vscode::initialize_arguments;
use crate::wire;

/// What the client asks, in turn; the numbers count from 1.
const ASKED: [&str; 8] = [
    "initialize",
    "attach",
    "setBreakpoints",
    "configurationDone",
    "stackTrace",
    "threads",
    "next",
    "disconnect",
];

fn response(command: &str, body: Value) -> Value {
    let asked = ASKED.iter().position(|asked| *asked == command).expect("asked") + 1;
    let mut message = json!({"type": "response", "request_seq": asked, "success": true, "command": command});
    if !body.is_null() {
        message["body"] = body;
    }
    message
}

fn event(name: &str, body: Value) -> Value {
    json!({"type": "event", "event": name, "body": body})
}

// Places in the good session.
const INITIALIZE: usize = 0;
const INITIALIZED: usize = 1;
const BREAKPOINTS: usize = 2;
const ATTACH: usize = 4;
const STOPPED: usize = 5;
const STACK: usize = 6;
const THREADS: usize = 7;
const REFUSED: usize = 8;
const CHILD: usize = 9;
const DISCONNECT: usize = 10;

/// Everything that the server says, not yet numbered.
fn good() -> Vec<Value> {
    let mut refused = response("next", json!({"error": {"id": 7, "format": "the thread runs"}}));
    refused["success"] = json!(false);
    refused["message"] = json!("notStopped");
    vec![
        response("initialize", json!({"supportsConfigurationDoneRequest": true})),
        event("initialized", json!({})),
        response(
            "setBreakpoints",
            json!({"breakpoints": [{"id": 1, "verified": true, "line": 3}]}),
        ),
        response("configurationDone", Value::Null),
        response("attach", Value::Null),
        event(
            "stopped",
            json!({"reason": "breakpoint", "threadId": 1, "allThreadsStopped": true}),
        ),
        response(
            "stackTrace",
            json!({"stackFrames": [{"id": 1, "name": "f", "line": 3, "column": 1}]}),
        ),
        response("threads", json!({"threads": [{"id": 1, "name": "MainThread"}]})),
        refused,
        json!({"type": "request", "command": "startDebugging",
               "arguments": {"request": "attach", "configuration": {"name": "child"}}}),
        response("disconnect", Value::Null),
        event("terminated", json!({})),
    ]
}

fn numbered(mut messages: Vec<Value>) -> Vec<Value> {
    for (message, seq) in messages.iter_mut().zip(1..) {
        message["seq"] = json!(seq);
    }
    messages
}

/// What a test says that meets a server which sends these bytes: nothing when it takes no offence.
fn said(bytes: Vec<u8>, announced: Value) -> Option<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        for _ in ASKED {
            wire::read(&mut stream).expect("a request");
        }
        stream.write_all(&bytes).expect("the client reads");
    });
    let test = AssertUnwindSafe(|| {
        let mut client = Client::direct(address);
        for command in ASKED {
            let arguments = if command == "initialize" {
                announced.clone()
            } else {
                json!({})
            };
            client.send(command, arguments);
        }
        client.wait_closed();
    });
    let met = panic::catch_unwind(test).err();
    server.join().expect("all was said");
    met.map(|fault| *fault.downcast::<String>().expect("a text"))
}

fn bytes_of(messages: &[Value]) -> Vec<u8> {
    let frame = |message: &Value| wire::frame(message.to_string().as_bytes());
    messages.iter().flat_map(frame).collect()
}

fn names(case: &str, said: Option<String>, part: &str) {
    let said = said.unwrap_or_else(|| panic!("{case}: nobody took offence"));
    let named = said
        .lines()
        .any(|line| line.contains("broken rule") && line.contains(part));
    assert!(named, "{case}: no {part:?} in {said}");
}

#[test]
fn a_good_session_gives_no_offence() {
    assert_eq!(said(bytes_of(&numbered(good())), initialize_arguments()), None);
}

/// A change of the session, and a part of what is to be said about it.
type Plant = (&'static str, fn(&mut Vec<Value>), &'static str);

#[test]
fn bad_messages() {
    let plants: [Plant; 22] = [
        (
            "a missing reason",
            |all| drop(all[STOPPED]["body"].as_object_mut().unwrap().remove("reason")),
            "reason is missing",
        ),
        (
            "a threadId that is a string",
            |all| all[STOPPED]["body"]["threadId"] = json!("1"),
            "not of type",
        ),
        (
            "a threadId with a fraction",
            |all| all[STOPPED]["body"]["threadId"] = json!(1.5),
            "not of type",
        ),
        (
            "a threadId over 32 bits",
            |all| all[STOPPED]["body"]["threadId"] = json!(1_u64 << 31),
            "is outside",
        ),
        (
            "a threadId over 63 bits",
            |all| all[STOPPED]["body"]["threadId"] = json!(u64::MAX),
            "is outside",
        ),
        (
            "a frame without a line",
            |all| {
                drop(
                    all[STACK]["body"]["stackFrames"][0]
                        .as_object_mut()
                        .unwrap()
                        .remove("line"),
                )
            },
            "line is missing",
        ),
        (
            "a breakpoint without verified",
            |all| {
                drop(
                    all[BREAKPOINTS]["body"]["breakpoints"][0]
                        .as_object_mut()
                        .unwrap()
                        .remove("verified"),
                )
            },
            "verified is missing",
        ),
        (
            "success as text",
            |all| all[THREADS]["success"] = json!("true"),
            "not of type",
        ),
        (
            "no success",
            |all| drop(all[THREADS].as_object_mut().unwrap().remove("success")),
            "success is missing",
        ),
        ("a null body", |all| all[THREADS]["body"] = Value::Null, "not of type"),
        (
            "no body",
            |all| drop(all[THREADS].as_object_mut().unwrap().remove("body")),
            "body is missing",
        ),
        (
            "a list that is none",
            |all| all[THREADS]["body"]["threads"] = json!({}),
            "not of type",
        ),
        (
            "a misspelt member",
            |all| all[STACK]["body"]["stackFrames"][0]["endLien"] = json!(3),
            "no such member",
        ),
        (
            "a misspelt member of the envelope",
            |all| all[STACK]["sucess"] = json!(true),
            "no such member",
        ),
        (
            "an unknown type",
            |all| all[THREADS]["type"] = json!("banana"),
            "no definition",
        ),
        (
            "an unknown event",
            |all| all[STOPPED]["event"] = json!("debugpySockets"),
            "no definition",
        ),
        (
            "an unknown request",
            |all| all[CHILD]["command"] = json!("startDebuggin"),
            "no definition",
        ),
        (
            "a word that is none of the given ones",
            |all| all[CHILD]["arguments"]["request"] = json!("join"),
            "is none of",
        ),
        (
            "a failure without a message",
            |all| drop(all[REFUSED].as_object_mut().unwrap().remove("message")),
            "a failure without a message",
        ),
        (
            "a failure without a body",
            |all| drop(all[REFUSED].as_object_mut().unwrap().remove("body")),
            "body is missing",
        ),
        (
            "a failure without an error",
            |all| all[REFUSED]["body"] = json!({}),
            "a failure without body.error",
        ),
        (
            "a success with a message",
            |all| all[THREADS]["message"] = json!("fine"),
            "a success with a message",
        ),
    ];
    for (case, plant, part) in plants {
        let mut messages = good();
        plant(&mut messages);
        names(case, said(bytes_of(&numbered(messages)), initialize_arguments()), part);
    }
}

#[test]
fn bad_order() {
    let plants: [Plant; 17] = [
        (
            "a dropped answer",
            |all| drop(all.remove(THREADS)),
            "disconnect answered before",
        ),
        (
            "a dropped answer to disconnect",
            |all| all.truncate(DISCONNECT),
            "the stream ended with no answer",
        ),
        (
            "an answer to no request",
            |all| all[THREADS]["request_seq"] = json!(99),
            "an answer to no request",
        ),
        (
            "an answer to 0",
            |all| all[REFUSED]["request_seq"] = json!(0),
            "an answer to no request",
        ),
        (
            "an answer twice",
            |all| all.insert(DISCONNECT, all[THREADS].clone()),
            "a second answer",
        ),
        (
            "an answer to another command",
            |all| all[THREADS]["command"] = json!("next"),
            "threads was asked",
        ),
        (
            "initialized twice",
            |all| all.insert(ATTACH, all[INITIALIZED].clone()),
            "a second initialized",
        ),
        (
            "initialized before the answer to initialize",
            |all| all.swap(INITIALIZE, INITIALIZED),
            "an event before the initialize response",
        ),
        (
            "output before the answer to initialize",
            |all| all.insert(0, event("output", json!({"output": "early"}))),
            "an event before the initialize response",
        ),
        (
            "a request before the answer to initialize",
            |all| {
                let child = all.remove(CHILD);
                all.insert(0, child);
            },
            "a request before the initialize response",
        ),
        (
            "a stop before the answer to attach",
            |all| all.swap(ATTACH, STOPPED),
            "an event before the attach response",
        ),
        (
            "attach answered before configurationDone",
            |all| all.swap(ATTACH, ATTACH - 1),
            "attach answered before configurationDone",
        ),
        (
            "terminated twice",
            |all| all.push(event("terminated", json!({}))),
            "a second terminated",
        ),
        (
            "a stop after the answer to disconnect",
            |all| all.push(all[STOPPED].clone()),
            "an event after the disconnect response",
        ),
        (
            "an answer after that to disconnect",
            |all| all.push(all[THREADS].clone()),
            "a response after the disconnect response",
        ),
        (
            "a request after the answer to disconnect",
            |all| all.push(all[CHILD].clone()),
            "a request after the disconnect response",
        ),
        (
            "an event that was not asked for",
            |all| all.insert(STACK, event("invalidated", json!({"areas": ["all"]}))),
            "invalidated without",
        ),
    ];
    let mut announced = initialize_arguments();
    announced["supportsInvalidatedEvent"] = json!(false);
    for (case, plant, part) in plants {
        let mut messages = good();
        plant(&mut messages);
        names(case, said(bytes_of(&numbered(messages)), announced.clone()), part);
    }
    let mut silent = initialize_arguments();
    silent.as_object_mut().unwrap().remove("supportsStartDebuggingRequest");
    names(
        "a request that was not asked for",
        said(bytes_of(&numbered(good())), silent),
        "startDebugging without",
    );
}

#[test]
fn bad_numbers() {
    let plants: [Plant; 4] = [
        ("a repeated seq", |all| all[STACK]["seq"] = json!(6), "seq 6 follows 6"),
        ("a gap", |all| all[STACK]["seq"] = json!(8), "seq 8 follows 6"),
        (
            "a beginning at 0",
            |all| all[INITIALIZE]["seq"] = json!(0),
            "seq 0 follows 0",
        ),
        (
            "a seq that is a string",
            |all| all[STACK]["seq"] = json!("7"),
            "not of type",
        ),
    ];
    for (case, plant, part) in plants {
        let mut messages = numbered(good());
        plant(&mut messages);
        names(case, said(bytes_of(&messages), initialize_arguments()), part);
    }
}

#[test]
fn bad_frames() {
    let messages = numbered(good());
    let whole = bytes_of(&messages);
    let threads = |body: &[u8], header: fn(usize) -> String| {
        let mut bytes = bytes_of(&messages[..THREADS]);
        bytes.extend(header(body.len()).into_bytes());
        bytes.extend_from_slice(body);
        bytes.extend(bytes_of(&messages[THREADS + 1..]));
        bytes
    };
    let plain = |length| format!("Content-Length: {length}\r\n\r\n");
    let body = messages[THREADS].to_string().into_bytes();
    let twice = String::from_utf8_lossy(&body).replacen('{', r#"{"command":"threads","#, 1);
    let deep_twice = String::from_utf8_lossy(&body).replacen(r#""id":1"#, r#""id":1,"id":1"#, 1);
    assert_eq!(said(threads(&body, plain), initialize_arguments()), None);
    for (case, bytes, part) in [
        (
            "a length too short",
            threads(&body, |length| format!("Content-Length: {}\r\n\r\n", length - 1)),
            "body is no JSON",
        ),
        (
            "a length too long",
            threads(&body, |length| format!("Content-Length: {}\r\n\r\n", length + 1)),
            "body is no JSON",
        ),
        (
            "lines that end with LF",
            threads(&body, |length| format!("Content-Length: {length}\n\n")),
            "no frame header",
        ),
        (
            "no space",
            threads(&body, |length| format!("Content-Length:{length}\r\n\r\n")),
            "no frame header",
        ),
        (
            "another header",
            threads(&body, |length| {
                format!("Content-Length: {length}\r\nContent-Type: x\r\n\r\n")
            }),
            "no frame header",
        ),
        (
            "not UTF-8",
            threads(b"{\"seq\":8,\"type\":\"\xff\"}", plain),
            "body is no JSON",
        ),
        (
            "half a surrogate pair",
            threads(br#"{"seq":8,"type":"\ud800"}"#, plain),
            "body is no JSON",
        ),
        ("no object", threads(b"[]", plain), "no definition"),
        ("a member twice", threads(twice.as_bytes(), plain), "comes twice"),
        (
            "a member twice, further in",
            threads(deep_twice.as_bytes(), plain),
            "comes twice",
        ),
        (
            "a stream that ends in a header",
            [whole.clone(), b"Content-Len".to_vec()].concat(),
            "ended inside a header",
        ),
        (
            "a stream that ends in a body",
            [whole.clone(), b"Content-Length: 9\r\n\r\n{".to_vec()].concat(),
            "ended inside a body",
        ),
    ] {
        names(case, said(bytes, initialize_arguments()), part);
    }
}
