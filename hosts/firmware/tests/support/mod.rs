//! The whole session, as an editor would have it, and everything that is no session; for the image and for the desktop.

use core::net::SocketAddr;
use core::time::Duration;
use dapstub_tests::{Client, deadline, wire};
use serde_json::{Value, json};
use std::io::Write;
use std::net::TcpStream;
use std::thread;

const TEXT: &str = include_str!("../../programs/heating.ctl");

/// A controller that can be debugged.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    /// A serial line: it never closes, and does not tell who is at its other end.
    pub(crate) serial: bool,
}

/// The line, counted from 1, that this stands on.
fn line(part: &str) -> u64 {
    let index = TEXT.lines().position(|line| line.contains(part));
    index.expect("it is in the program") as u64 + 1
}

impl Target {
    /// A client that was answered.
    fn client(self) -> Client {
        let mut client = Client::connect(self.address);
        let arguments = json!({
            "clientID": "vscode", "clientName": "Visual Studio Code", "adapterID": "dapstub", "locale": "en",
            "pathFormat": "path", "linesStartAt1": true, "columnsStartAt1": true, "supportsVariableType": true,
            "supportsVariablePaging": true, "supportsRunInTerminalRequest": true, "supportsMemoryReferences": true,
            "supportsProgressReporting": true, "supportsInvalidatedEvent": true, "supportsMemoryEvent": true
        });
        let able = client.ok("initialize", arguments);
        for ability in [
            "supportsConfigurationDoneRequest",
            "supportsConditionalBreakpoints",
            "supportsEvaluateForHovers",
            "supportsReadMemoryRequest",
            "supportsSetVariable",
        ] {
            assert_eq!(able[ability], true, "{ability}");
        }
        client
    }

    /// Waits until a client is answered. A board that starts may lose the first bytes, and a serial line that was misused
    /// wants silence; on a busy machine nobody knows how long either takes.
    pub(crate) fn recovered(self) {
        let mut seq = 1000;
        let served = deadline::poll(|| {
            // Only an answer to this attempt says that nothing of an earlier one is still on its way.
            seq += 1;
            let body =
                format!(r#"{{"seq":{seq},"type":"request","command":"initialize","arguments":{{"adapterID":"x"}}}}"#);
            let mut stream = TcpStream::connect(self.address).ok()?;
            stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
            stream.write_all(&wire::frame(body.as_bytes())).ok()?;
            // Whole messages are read, so that nothing of them is left for the next client.
            while let Ok(Some(message)) = wire::read(&mut stream) {
                if message["request_seq"] == seq && message["success"] == true {
                    return Some(());
                }
            }
            None
        });
        served.expect("the board serves again");
    }

    /// A client that has attached, set these breakpoints, and said that this is all. The answer to `setBreakpoints`.
    fn attach(self, silence: u64, breakpoints: &Value) -> (Client, Value) {
        let mut client = self.client();
        let attach = client.send("attach", json!({"name": "controller", "silence": silence}));
        client.wait_event("initialized", |_| true);
        let set = set(&mut client, breakpoints);
        client.ok("configurationDone", Value::Null);
        client.wait_success(attach);
        (client, set)
    }

    /// Says good-bye, and waits for the end of a stream that has one.
    fn leave(self, client: Client) {
        if self.serial {
            let mut client = client;
            client.ok("disconnect", json!({"restart": false}));
        } else {
            client.disconnect();
        }
    }
}

fn set(client: &mut Client, breakpoints: &Value) -> Value {
    let source = json!({"path": "/home/user/heating.ctl", "name": "heating.ctl"});
    client.ok("setBreakpoints", json!({"source": source, "breakpoints": breakpoints}))["breakpoints"].clone()
}

/// Names and values of a scope of the innermost frame.
fn variables(client: &mut Client, scope: &str) -> Vec<Value> {
    let frame = stack(client)[0]["id"].clone();
    let scopes = client.ok("scopes", json!({"frameId": frame}));
    let found = scopes["scopes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|found| found["name"] == scope);
    let reference = &found.unwrap_or_else(|| panic!("no {scope} in {scopes}"))["variablesReference"];
    let variables = client.ok("variables", json!({"variablesReference": reference}));
    variables["variables"].as_array().unwrap().clone()
}

fn variable(client: &mut Client, scope: &str, name: &str) -> Value {
    let variables = variables(client, scope);
    let found = variables.iter().find(|variable| variable["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {variables:?}")).clone()
}

fn value(client: &mut Client, scope: &str, name: &str) -> i64 {
    variable(client, scope, name)["value"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap()
}

fn stack(client: &mut Client) -> Vec<Value> {
    let stack = client.ok("stackTrace", json!({"threadId": 1, "startFrame": 0, "levels": 20}));
    stack["stackFrames"].as_array().unwrap().clone()
}

/// Where the innermost frame stands.
fn place(client: &mut Client) -> (String, u64) {
    let top = &stack(client)[0];
    (top["name"].as_str().unwrap().into(), top["line"].as_u64().unwrap())
}

fn evaluate(client: &mut Client, expression: &str) -> String {
    let frame = stack(client)[0]["id"].clone();
    let result = client.ok(
        "evaluate",
        json!({"expression": expression, "frameId": frame, "context": "watch"}),
    );
    result["result"].as_str().unwrap().into()
}

fn go(client: &mut Client, command: &str, reason: &str) -> (String, u64) {
    client.ok(command, json!({"threadId": 1}));
    assert_eq!(client.expect_stop(reason)["allThreadsStopped"], true);
    place(client)
}

/// Attaches, looks at everything, steps, changes values, runs into the fault, leaves.
pub(crate) fn whole_session(target: Target) {
    let summing = line("sum = sum + room");
    let wanted = json!([
        {"line": summing, "condition": "left == 1 and working > 2"},
        {"line": line("var sum"), "condition": "left == 1 and"},
        {"line": line("var power"), "condition": "nothing > 1"},
        {"line": 10_000},
    ]);
    let (mut client, set_now) = target.attach(60, &wanted);
    assert_eq!(set_now[0], json!({"line": summing, "verified": true}));
    assert_eq!(set_now[1]["message"], "a value is missing");
    assert_eq!(set_now[2]["message"], "no such variable");
    assert_eq!(set_now[3]["message"], "no statement there");
    let elsewhere = client.ok(
        "setBreakpoints",
        json!({"source": {"path": "/home/user/other.py"}, "breakpoints": [{"line": 1}]}),
    );
    assert_eq!(elsewhere["breakpoints"][0]["verified"], false);

    // At the breakpoint, where its condition is true.
    client.expect_stop("breakpoint");
    assert_eq!(client.ok("threads", Value::Null)["threads"][0]["name"], "controller");
    let frames = stack(&mut client);
    let names: Vec<_> = frames.iter().map(|frame| frame["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["measure", "main"]);
    assert_eq!(frames[0]["line"], summing);
    assert_eq!(frames[1]["line"], line("heater = regulate"));
    let source = client.ok("source", json!({"source": frames[0]["source"], "sourceReference": 1}));
    assert_eq!(source["content"], TEXT);
    let locals: Vec<_> = variables(&mut client, "Locals")
        .iter()
        .map(|local| local["name"].clone())
        .collect();
    assert_eq!(locals, ["working", "sum", "left"]);
    assert_eq!(value(&mut client, "Locals", "left"), 1);
    assert_eq!(value(&mut client, "Globals", "wanted"), 210);
    assert_eq!(
        evaluate(&mut client, "(left + 2) * -working - 7 % 4 + (not left == 1)"),
        "-12"
    );
    assert_eq!(
        client.refused("evaluate", json!({"expression": "1 / 0", "frameId": 1})),
        "division by zero | division by zero"
    );
    assert!(
        client
            .refused("evaluate", json!({"expression": "mean(1, 2)", "frameId": 1}))
            .contains("no such variable")
    );
    assert!(
        client
            .refused("scopes", json!({"frameId": 77}))
            .contains("no such frame")
    );
    let deep = "(".repeat(60) + "1";
    assert!(
        client
            .refused("evaluate", json!({"expression": deep, "frameId": 1}))
            .contains("nested too deeply")
    );

    // Values are changed, and lie where they are said to.
    let reference = stack(&mut client)[0]["id"].clone();
    let changed = client.ok(
        "setVariable",
        json!({"variablesReference": reference, "name": "sum", "value": "100000 + left"}),
    );
    assert_eq!(changed["value"], "100001");
    assert_eq!(evaluate(&mut client, "sum"), "100001");
    assert!(
        client
            .refused(
                "setVariable",
                json!({"variablesReference": 100, "name": "nobody", "value": "1"})
            )
            .contains("no such variable")
    );
    let at = variable(&mut client, "Locals", "sum")["memoryReference"].clone();
    let memory = client.ok("readMemory", json!({"memoryReference": at, "offset": 0, "count": 4}));
    assert_eq!(memory["data"], "oYYBAA==");
    assert_eq!(memory["address"], at);
    let memory = client.ok("readMemory", json!({"memoryReference": "0x10", "count": 100}));
    assert_eq!((&memory["data"], &memory["unreadableBytes"]), (&json!(""), &json!(100)));
    assert!(
        client
            .refused("readMemory", json!({"memoryReference": "sum", "count": 1}))
            .contains("not an address")
    );

    // Steps: over lines, into a call, out of it.
    set(&mut client, &json!([]));
    assert_eq!(
        go(&mut client, "next", "step"),
        ("measure".into(), line("left = left - 1"))
    );
    go(&mut client, "next", "step");
    assert_eq!(go(&mut client, "next", "step"), ("measure".into(), line("return mean")));
    assert_eq!(
        go(&mut client, "stepIn", "step"),
        ("mean".into(), line("return sum / count"))
    );
    assert_eq!(
        go(&mut client, "stepOut", "step"),
        ("regulate".into(), line("var error"))
    );
    assert_eq!(go(&mut client, "next", "step"), ("regulate".into(), line("var power")));
    assert_eq!(
        go(&mut client, "stepOut", "step"),
        ("main".into(), line("room = room + heater"))
    );

    // It runs until it is paused, and meanwhile nobody can look at it.
    client.ok("continue", json!({"threadId": 1}));
    assert!(
        client
            .refused("stackTrace", json!({"threadId": 1}))
            .starts_with("notStopped")
    );
    assert!(
        client
            .refused("evaluate", json!({"expression": "room"}))
            .starts_with("notStopped")
    );
    let (_, at) = go(&mut client, "pause", "pause");
    assert!(at > 0);

    // Without a sensor, the mean cannot be made.
    client.ok(
        "setVariable",
        json!({"variablesReference": 100, "name": "sensors", "value": "0"}),
    );
    client.ok("continue", json!({"threadId": 1}));
    assert_eq!(client.expect_stop("exception")["text"], "division by zero");
    assert_eq!(place(&mut client), ("mean".into(), line("return sum / count")));
    assert_eq!(value(&mut client, "Locals", "count"), 0);
    // It begins again then.
    let begins = json!([{"line": line("var wanted")}, {"line": line("rounds = rounds + 1")}]);
    set(&mut client, &begins);
    assert_eq!(
        go(&mut client, "continue", "breakpoint"),
        ("main".into(), line("var wanted"))
    );
    assert_eq!(go(&mut client, "continue", "breakpoint").1, line("rounds = rounds + 1"));
    assert_eq!(value(&mut client, "Globals", "rounds"), 0);
    assert_eq!(value(&mut client, "Globals", "sensors"), 3);
    assert!(client.refused("modules", json!({})).contains("not supported"));
    target.leave(client);
}

/// A program that waits for its debugger has not begun before it was configured, not even after a client came and went.
#[cfg(feature = "wait")]
pub(crate) fn held_at_boot(target: Target) {
    target.client().vanish();
    let (mut client, _) = target.attach(60, &json!([{"line": line("var wanted")}]));
    client.expect_stop("breakpoint");
    assert_eq!(place(&mut client), ("main".into(), line("var wanted")));
    target.leave(client);
}

/// Leaves the program running, as it was before.
pub(crate) fn runs_on_after(target: Target) {
    let (mut client, _) = target.attach(60, &json!([{"line": line("rounds = rounds + 1")}]));
    client.expect_stop("breakpoint");
    let before = value(&mut client, "Globals", "rounds");
    target.leave(client);
    let (mut client, _) = target.attach(
        60,
        &json!([{"line": line("rounds = rounds + 1"), "condition": format!("rounds > {}", before + 3)}]),
    );
    client.expect_stop("breakpoint");
    // The program may have been further by the time it was attached to.
    assert!(value(&mut client, "Globals", "rounds") > before + 3);
    target.leave(client);
}

/// A client that is lost while the program is stopped does not leave it so, and a new one may come at once.
pub(crate) fn lost_clients(target: Target) {
    let here = json!([{"line": line("rounds = rounds + 1")}]);
    let (mut client, _) = target.attach(1, &here);
    client.expect_stop("breakpoint");
    let before = value(&mut client, "Globals", "rounds");
    client.vanish();
    // Silence is what is tried here: a second of it is allowed, then 50 rounds are done each second.
    thread::sleep(Duration::from_secs(3));
    let (mut client, _) = target.attach(60, &here);
    client.expect_stop("breakpoint");
    let after = value(&mut client, "Globals", "rounds");
    assert!(after > before + 5, "stood still from {before} to {after}");

    // While it is stopped for minutes, and in the middle of what it says.
    client.vanish();
    let mut client = target.client();
    client.send_raw(b"Content-Length: 500\r\n\r\n{\"seq\":").unwrap();
    client.vanish();
    // Five seconds by its own clock, which an emulated board on a busy machine is behind with.
    thread::sleep(Duration::from_secs(if target.serial { 12 } else { 6 }));
    let (client, _) = target.attach(60, &here);
    client.expect_stop("breakpoint");
    target.leave(client);
}

/// What is no good message is refused, and the session goes on.
pub(crate) fn bad_messages(target: Target) {
    let (mut client, _) = target.attach(60, &json!([]));
    let brackets = "[".repeat(1900);
    client.expect_unreadable();
    client.send_raw(&wire::frame(brackets.as_bytes())).unwrap();
    assert_eq!(client.wait_any_response("1,900 brackets")["success"], false);
    let mut seq = 100;
    let mut refused = |client: &mut Client, body: &str| {
        seq += 1;
        client.sent_raw(seq, "threads");
        let head = format!(r#"{{"seq":{seq},"type":"request","command":"threads""#);
        client
            .send_raw(&wire::frame(format!("{head}{body}").as_bytes()))
            .unwrap();
        let response = client.wait_response(seq);
        assert!(!response.success(), "{body}");
        response.error()
    };
    assert!(refused(&mut client, &format!(r#","arguments":{brackets}"#)).contains("nested"));
    assert!(refused(&mut client, &format!(r#","x":"{}"}}"#, "x".repeat(3000))).contains("larger than"));
    refused(&mut client, r#","arguments":{"a":01}}"#);
    refused(&mut client, r#","arguments":{"a":"\ud800"}}"#);
    refused(&mut client, "}}");
    refused(&mut client, ",");
    assert_eq!(client.ok("threads", Value::Null)["threads"][0]["id"], 1);
    target.leave(client);
}

/// What is no DAP ends the session, whatever stands behind it; and the next client is served.
pub(crate) fn bad_streams(target: Target) {
    let request = r#"{"seq":50,"type":"request","command":"evaluate","arguments":{"expression":"1"}}"#;
    let framed = format!("Content-Length: {}\r\n\r\n{request}", request.len());
    let streams = [
        format!("Content-Length: 99999999999999999999\r\n\r\n{framed}"),
        format!("Content-Length: 4000000000\r\n\r\n{framed}"),
        format!("Content-Length: 20000\r\n\r\n{framed}"),
        format!(
            "POST / HTTP/1.1\r\nHost: localhost:5678\r\nContent-Length: {}\r\n\r\n{framed}",
            framed.len()
        ),
        format!("garbage{framed}"),
        format!("\0\u{ff}\n{framed}"),
        format!("{}{framed}", "x".repeat(3000)),
    ];
    for stream in streams {
        let (client, _) = target.attach(60, &json!([]));
        // The server may close while this is sent.
        let mut client = client.unjudged();
        let _ = client.send_raw(stream.as_bytes());
        if target.serial {
            client.wait_event("terminated", |_| true);
        } else {
            client.wait_closed();
        }
        let answers = client.seen();
        assert!(
            !answers.iter().any(|message| message["request_seq"] == 50),
            "{answers:?}"
        );
        client.vanish();
    }
    // The same before anything was agreed. A serial line has to be silent for a while then.
    let mut client = Client::connect(target.address);
    let _ = client.send_raw(b"GET / HTTP/1.1\r\n\r\n");
    thread::sleep(Duration::from_millis(500));
    assert_eq!(client.seen().len(), 0);
    client.vanish();
    target.recovered();
    target.leave(target.attach(60, &json!([])).0);
}
