//! What is sent: nine kinds of messages, as compact JSON.

use serde_json::{Value, json};

pub struct Kind {
    pub name: &'static str,
    /// From the client, to be decoded.
    pub requests: Vec<Vec<u8>>,
    /// From the server, to be encoded.
    pub replies: Vec<Vec<u8>>,
}

/// A kind is repeated up to this many bytes, so that one pass takes long enough to be timed.
const ENOUGH: usize = 200_000;

impl Kind {
    fn new(name: &'static str, requests: Vec<Value>, replies: Vec<Value>) -> Self {
        let (requests, replies) = (numbered(requests), numbered(replies));
        Self {
            name,
            requests,
            replies,
        }
    }
}

/// Repeats `messages` and counts them up in `seq`.
fn numbered(messages: Vec<Value>) -> Vec<Vec<u8>> {
    let size: usize = messages.iter().map(|message| message.to_string().len()).sum();
    let times = (ENOUGH / size.max(1)).max(1);
    let mut seq = 0;
    let mut all = vec![];
    for _ in 0..times {
        for message in &messages {
            seq += 1;
            let mut message = message.clone();
            message["seq"] = seq.into();
            all.push(message.to_string().into_bytes());
        }
    }
    all
}

/// The same bytes as they travel.
pub fn framed(bodies: &[Vec<u8>]) -> Vec<u8> {
    let mut wire = vec![];
    for body in bodies {
        wire.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
        wire.extend_from_slice(body);
    }
    wire
}

pub fn kinds() -> Vec<Kind> {
    let breakpoints = |name, n| Kind::new(name, vec![set_breakpoints(n, 0)], vec![breakpoints_set(n, 0)]);
    let outputs = (0..400).map(output).collect();
    vec![
        Kind::new("initialize", vec![initialize()], vec![capabilities()]),
        breakpoints("setBreakpoints, 1", 1),
        breakpoints("setBreakpoints, 50", 50),
        breakpoints("setBreakpoints, 1000", 1000),
        Kind::new("stackTrace, 20", vec![], vec![stack(20)]),
        Kind::new("stackTrace, 200", vec![], vec![stack(200)]),
        Kind::new("variables, 1000", vec![], vec![variables(1000)]),
        Kind::new("output", vec![], outputs),
        Kind::new("mixed session", asked(), answered()),
    ]
}

fn request(command: &str, arguments: Value) -> Value {
    let mut message = json!({"seq": 0, "type": "request", "command": command});
    if !arguments.is_null() {
        message["arguments"] = arguments;
    }
    message
}

fn response(request_seq: u32, command: &str, body: Value) -> Value {
    let mut message =
        json!({"seq": 0, "type": "response", "request_seq": request_seq, "success": true, "command": command});
    if !body.is_null() {
        message["body"] = body;
    }
    message
}

fn event(event: &str, body: Value) -> Value {
    let mut message = json!({"seq": 0, "type": "event", "event": event});
    if !body.is_null() {
        message["body"] = body;
    }
    message
}

fn path(n: usize) -> String {
    let folder = ["storage", "protocol/frames", "web/handlers", "jobs"][n % 4];
    format!(
        "/opt/service/lib/python3.12/site-packages/warehouse/{folder}/part_{}.py",
        n / 4
    )
}

fn source(n: usize) -> Value {
    json!({"name": format!("part_{}.py", n / 4), "path": path(n)})
}

fn initialize() -> Value {
    let mut arguments = json!({
        "clientID": "vscode", "clientName": "Visual Studio Code", "adapterID": "python", "locale": "de",
        "pathFormat": "path", "linesStartAt1": true, "columnsStartAt1": true,
    });
    for ability in [
        "VariableType",
        "VariablePaging",
        "RunInTerminalRequest",
        "MemoryReferences",
        "ProgressReporting",
        "InvalidatedEvent",
        "MemoryEvent",
        "ArgsCanBeInterpretedByShell",
        "StartDebuggingRequest",
        "ANSIStyling",
    ] {
        arguments[format!("supports{ability}")] = true.into();
    }
    request("initialize", arguments)
}

fn capabilities() -> Value {
    let mut body = json!({"supportTerminateDebuggee": true, "exceptionBreakpointFilters": [
        {"filter": "raised", "label": "Raised", "description": "Stop whenever an exception is raised."},
        {"filter": "uncaught", "label": "Uncaught", "description": "Stop when nothing handles it.", "default": true},
    ]});
    for ability in [
        "ConfigurationDoneRequest",
        "FunctionBreakpoints",
        "ConditionalBreakpoints",
        "HitConditionalBreakpoints",
        "EvaluateForHovers",
        "SetVariable",
        "SetExpression",
        "GotoTargetsRequest",
        "StepInTargetsRequest",
        "CompletionsRequest",
        "ModulesRequest",
        "ExceptionInfoRequest",
        "ExceptionOptions",
        "LogPoints",
        "TerminateRequest",
        "DelayedStackTraceLoading",
        "ValueFormattingOptions",
        "ClipboardContext",
    ] {
        body[format!("supports{ability}")] = true.into();
    }
    response(1, "initialize", body)
}

fn set_breakpoints(n: usize, file: usize) -> Value {
    let breakpoints: Vec<Value> = (0..n)
        .map(|i| match i % 16 {
            5 => json!({"line": 3 * i + 8, "condition": "order.state == \"open\" and len(order.items) > 3"}),
            13 => json!({"line": 3 * i + 8, "logMessage": "{order.number}: {order.total} after {elapsed} s"}),
            _ => json!({"line": 3 * i + 8}),
        })
        .collect();
    let lines: Vec<usize> = (0..n).map(|i| 3 * i + 8).collect();
    let arguments =
        json!({"source": source(file), "breakpoints": breakpoints, "lines": lines, "sourceModified": false});
    request("setBreakpoints", arguments)
}

fn breakpoints_set(n: usize, file: usize) -> Value {
    let set = |i| json!({"id": i + 1, "verified": true, "line": 3 * i + 8, "source": {"path": path(file)}});
    let breakpoints: Vec<Value> = (0..n).map(set).collect();
    response(3, "setBreakpoints", json!({"breakpoints": breakpoints}))
}

fn stack(n: usize) -> Value {
    let frame = |i| {
        let hint = if i % 3 == 2 { "subtle" } else { "normal" };
        let name = format!("Dispatcher.deliver_{}", i % 11);
        json!({"id": i + 1, "name": name, "source": source(i), "line": 7 * i + 21, "column": 1, "presentationHint": hint})
    };
    let frames: Vec<Value> = (0..n).map(frame).collect();
    response(9, "stackTrace", json!({"stackFrames": frames, "totalFrames": n}))
}

fn variables(n: usize) -> Value {
    let variable = |i: usize| {
        let (kind, value, children) = match i % 4 {
            0 => ("int", (i * 70_001).to_string(), 0),
            1 => ("str", format!("'parcel {i}, \u{e0} la carte'"), 0),
            2 => (
                "dict",
                format!("{{'weight': {i}, 'to': \"Stra\u{df}e {i}\"}}"),
                i + 2000,
            ),
            _ => (
                "Parcel",
                format!("<Parcel number={i} state=PENDING at 0x7f32a{i:07x}>"),
                i + 2000,
            ),
        };
        json!({"name": format!("item_{i}"), "value": value, "type": kind,
            "evaluateName": format!("self.parcels[{i}]"), "variablesReference": children})
    };
    let variables: Vec<Value> = (0..n).map(variable).collect();
    response(12, "variables", json!({"variables": variables}))
}

fn output(i: usize) -> Value {
    let (category, level) = if i % 8 == 7 {
        ("stderr", "WARNING")
    } else {
        ("stdout", "INFO")
    };
    let text = format!(
        "08:{:02}:{:02} {level:<8} warehouse.jobs: parcel {i} handed to \"line {}\" in 3.2 ms\n",
        i / 60 % 60,
        i % 60,
        i % 9
    );
    event(
        "output",
        json!({"category": category, "output": text, "source": source(i % 32), "line": i % 700 + 1}),
    )
}

/// What an editor asks from `initialize` to `disconnect`, with five stops.
fn asked() -> Vec<Value> {
    let attach = json!({"name": "Attach", "type": "python", "request": "attach", "justMyCode": false,
        "connect": {"host": "127.0.0.1", "port": 5678},
        "pathMappings": [{"localRoot": "/home/me/warehouse", "remoteRoot": "/opt/service/lib"}]});
    let mut all = vec![
        initialize(),
        request("attach", attach),
        set_breakpoints(2, 1),
        set_breakpoints(9, 6),
        request("setFunctionBreakpoints", json!({"breakpoints": []})),
        request("setExceptionBreakpoints", json!({"filters": ["uncaught"]})),
        request("configurationDone", Value::Null),
        request("threads", Value::Null),
    ];
    for i in 0..5 {
        all.extend([
            request("threads", Value::Null),
            request("stackTrace", json!({"threadId": 1, "startFrame": 0, "levels": 20})),
            request("scopes", json!({"frameId": i + 1})),
            request("variables", json!({"variablesReference": i + 3})),
            request(
                "variables",
                json!({"variablesReference": i + 2000, "filter": "indexed", "start": 100, "count": 100}),
            ),
            request(
                "evaluate",
                json!({"expression": "order.items[\"first\"]", "frameId": i + 1, "context": "watch"}),
            ),
            request("next", json!({"threadId": 1, "granularity": "line"})),
        ]);
    }
    all.push(request("continue", json!({"threadId": 1})));
    all.push(request(
        "disconnect",
        json!({"restart": false, "terminateDebuggee": false}),
    ));
    all
}

/// What the server says to it.
fn answered() -> Vec<Value> {
    let threads = json!({"threads": [{"id": 1, "name": "MainThread"}, {"id": 2, "name": "worker-0"}]});
    let scopes = json!({"scopes": [
        {"name": "Locals", "presentationHint": "locals", "variablesReference": 3, "expensive": false},
        {"name": "Globals", "variablesReference": 4, "expensive": true},
    ]});
    let mut all = vec![
        capabilities(),
        event("initialized", Value::Null),
        breakpoints_set(2, 1),
        breakpoints_set(9, 6),
        response(5, "setFunctionBreakpoints", json!({"breakpoints": []})),
        response(7, "configurationDone", Value::Null),
        response(2, "attach", Value::Null),
        response(8, "threads", threads.clone()),
    ];
    for i in 0..5 {
        all.extend((0..3).map(|n| output(3 * i + n)));
        all.extend([
            event(
                "stopped",
                json!({"reason": "step", "threadId": 1, "allThreadsStopped": true}),
            ),
            response(9, "threads", threads.clone()),
            stack(20),
            response(11, "scopes", scopes.clone()),
            variables(14),
            variables(100),
            response(
                14,
                "evaluate",
                json!({"result": "'crate \"7\"'", "type": "str", "variablesReference": 0}),
            ),
            response(15, "next", Value::Null),
        ]);
    }
    all.push(response(16, "continue", json!({})));
    all.push(response(17, "disconnect", Value::Null));
    all.push(event("terminated", Value::Null));
    all
}
