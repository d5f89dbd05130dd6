//! Malformed and hostile first messages against a program that runs. Whatever comes, the program keeps running, and the
//! next client attaches.

use core::time::Duration;
use std::io::Write;
use std::net::{Shutdown, TcpStream};

use dapstub_tests::client::brief;
use dapstub_tests::vscode::initialize_arguments;
use dapstub_tests::wire::frame;
use dapstub_tests::{Attach, Client, Program, Session, Start, on_each_python};
use serde_json::{Value, json};

fn running(python: &dapstub_tests::Python) -> Program {
    let program = Program::start(python, Session::of("probe.py").how(Start::Running).launch());
    program.address();
    program
}

/// The program runs, and a client that behaves is served.
fn is_unharmed(program: &Program, case: &str) {
    eprintln!("after: {case}");
    program.advances("tick");
    let mut client = program.connect();
    client.attach_like_vscode(&Attach::default(), program.address().port());
    client.disconnect();
}

fn initialize() -> Vec<u8> {
    let message = json!({"seq": 1, "type": "request", "command": "initialize", "arguments": initialize_arguments()});
    message.to_string().into_bytes()
}

fn headed(header: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{header}\r\n\r\n").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// Streams that are not DAP: each is closed, and nothing in it is carried out or answered.
#[test]
fn a_stream_that_is_not_dap_is_closed() {
    let body = initialize();
    let length = body.len();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        (
            "HTTP POST",
            headed(
                &format!("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}"),
                &body,
            ),
        ),
        ("HTTP GET", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec()),
        (
            "HTTP OPTIONS",
            b"OPTIONS * HTTP/1.1\r\nContent-Length: 0\r\n\r\n".to_vec(),
        ),
        (
            "a foreign header first",
            headed(
                &format!("Origin: http://example.org\r\nContent-Length: {length}"),
                &body,
            ),
        ),
        (
            "a foreign header after",
            headed(
                &format!("Content-Length: {length}\r\nOrigin: http://example.org"),
                &body,
            ),
        ),
        (
            "a header that hides",
            headed(&format!("X-Content-Length: 5\r\nContent-Length: {length}"), &body),
        ),
        ("a negative length", headed("Content-Length: -1", &body)),
        ("a signed length", headed(&format!("Content-Length: +{length}"), &body)),
        ("a length in hex", headed("Content-Length: 0x20", &body)),
        (
            "a length with a fraction",
            headed(&format!("Content-Length: {length}.0"), &body),
        ),
        ("an empty length", headed("Content-Length: ", &body)),
        (
            "a list of lengths",
            headed(&format!("Content-Length: {length}, {length}"), &body),
        ),
        ("a terabyte announced", headed("Content-Length: 1099511627776", &body)),
        (
            "a length over 64 bits",
            headed("Content-Length: 99999999999999999999999999", &body),
        ),
        (
            "two lengths that differ",
            headed(&format!("Content-Length: {length}\r\nContent-Length: 2"), &body),
        ),
        (
            "no length",
            headed("Content-Type: application/vscode-jsonrpc; charset=utf-8", &body),
        ),
        ("no header at all", [b"\r\n\r\n".to_vec(), body.clone()].concat()),
        ("a header without a colon", headed("Content-Length", &body)),
        ("a line without an end", vec![b'A'; 1 << 20]),
        ("headers without an end", b"Content-Type: x\r\n".repeat(1 << 16)),
        ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(50)),
        ("zero bytes", vec![0; 4096]),
        ("JSON without a frame", body.clone()),
        (
            "garbage after a good frame",
            [frame(b"{}"), b"garbage\r\n\r\n".to_vec()].concat(),
        ),
    ];
    on_each_python(|python| {
        let program = running(python);
        for (case, bytes) in &cases {
            let mut client = program.connect();
            client.expect_unreadable();
            // The server may close the stream before all of it is out.
            let _closed_early = client.send_raw(bytes);
            client.wait_closed();
            let answers = client.seen();
            assert!(
                answers.iter().all(|message| message["success"] == false),
                "{case}: {answers:?}"
            );
            is_unharmed(&program, case);
        }
    });
}

/// What a web page can send to a local port: several posts on one connection, with code to run in the last.
#[test]
fn a_web_page_cannot_run_code() {
    on_each_python(|python| {
        let program = running(python);
        let messages = [
            json!({"seq": 1, "type": "request", "command": "initialize", "arguments": initialize_arguments()}),
            json!({"seq": 2, "type": "request", "command": "attach", "arguments": {}}),
            json!({"seq": 3, "type": "request", "command": "configurationDone"}),
            json!({"seq": 4, "type": "request", "command": "evaluate",
                   "arguments": {"expression": "print('the page was here')", "context": "repl"}}),
        ];
        let mut posts = Vec::new();
        for message in messages {
            let body = message.to_string();
            let header = format!(
                "POST /x HTTP/1.1\r\nHost: localhost:5678\r\nOrigin: http://example.org\r\nContent-Type: text/plain\r\nContent-Length: {}",
                body.len()
            );
            posts.extend(headed(&header, body.as_bytes()));
        }
        let mut client = program.connect();
        let _closed_early = client.send_raw(&posts);
        client.wait_closed();
        assert_eq!(client.seen(), [Value::Null; 0]);
        is_unharmed(&program, "four posts");
        drop(client);
        let mut program = program;
        program.say("end");
        program.ends_with(0);
        assert!(!program.output().iter().any(|line| line.contains("the page was here")));
    });
}

/// A well-framed body with a fault gets an error response, and the stream goes on.
#[test]
fn a_bad_body_is_answered_and_the_stream_goes_on() {
    let request = |more: Value| {
        let mut message =
            json!({"seq": 1, "type": "request", "command": "initialize", "arguments": initialize_arguments()});
        for (member, value) in more.as_object().unwrap() {
            message[member] = value.clone();
        }
        message.to_string().into_bytes()
    };
    let without = |member: &str| {
        let mut message: Value = serde_json::from_slice(&initialize()).unwrap();
        message.as_object_mut().unwrap().remove(member);
        message.to_string().into_bytes()
    };
    let nested = format!(
        r#"{{"seq":1,"type":"request","command":"initialize","arguments":{}"#,
        "[".repeat(100_000)
    );
    let balanced = format!(
        r#"{{"seq":1,"type":"request","command":"initialize","arguments":{}{}}}"#,
        "[".repeat(5000),
        "]".repeat(5000)
    );
    // The body, and what its answer has to name as the command: empty where only the number can be read, and nothing where
    // that can't be read either. What stands in front of a fault is read.
    let cases: Vec<(&str, Vec<u8>, Option<&str>)> = vec![
        ("zero length", Vec::new(), None),
        ("not JSON", b"hello".to_vec(), None),
        ("cut off JSON", b"{\"seq\":1,".to_vec(), Some("")),
        (
            "JSON with a tail",
            [initialize(), b"}".to_vec()].concat(),
            Some("initialize"),
        ),
        ("a JSON list", b"[1,2,3]".to_vec(), None),
        ("a JSON number", b"7".to_vec(), None),
        ("an empty object", b"{}".to_vec(), None),
        ("100,000 brackets", vec![b'['; 100_000], None),
        (
            "100,000 brackets in the arguments",
            nested.into_bytes(),
            Some("initialize"),
        ),
        (
            "5,000 balanced brackets in the arguments",
            balanced.into_bytes(),
            Some("initialize"),
        ),
        (
            "not UTF-8",
            b"{\"seq\":1,\"type\":\"request\",\"command\":\"\xff\xfe\"}".to_vec(),
            Some(""),
        ),
        (
            "a raw control character",
            b"{\"seq\":1,\"type\":\"request\",\"command\":\"a\x01b\"}".to_vec(),
            Some(""),
        ),
        (
            "half a surrogate pair",
            br#"{"seq":1,"type":"request","command":"\ud800"}"#.to_vec(),
            Some(""),
        ),
        (
            "a fault in front of the number",
            br#"{"command":"initialize","arguments":{"adapterID":tru},"type":"request","seq":1}"#.to_vec(),
            None,
        ),
        ("no seq", without("seq"), None),
        ("seq as text", request(json!({"seq": "1"})), None),
        ("seq with a fraction", request(json!({"seq": 1.5})), None),
        (
            "seq over 53 bits",
            request(json!({"seq": 9_007_199_254_740_993_u64})),
            None,
        ),
        ("no type", without("type"), Some("initialize")),
        ("a wrong type", request(json!({"type": "banana"})), Some("initialize")),
        (
            "a type that is no text",
            request(json!({"type": 5})),
            Some("initialize"),
        ),
        ("no command", without("command"), Some("")),
        (
            "a command that is no text",
            request(json!({"command": ["initialize"]})),
            Some(""),
        ),
        ("an unknown command", request(json!({"command": "fly"})), Some("fly")),
        (
            "arguments that are a number",
            request(json!({"arguments": 5})),
            Some("initialize"),
        ),
        (
            "arguments that are a list",
            request(json!({"arguments": []})),
            Some("initialize"),
        ),
        (
            "an argument of the wrong type",
            request(json!({"arguments": {"adapterID": 5}})),
            Some("initialize"),
        ),
        (
            "attach before initialize",
            request(json!({"command": "attach", "arguments": {}})),
            Some("attach"),
        ),
        (
            "evaluate before initialize",
            request(json!({"command": "evaluate", "arguments": {"expression": "1"}})),
            Some("evaluate"),
        ),
        (
            "disconnect of nothing, wrong arguments",
            request(json!({"command": "pause", "arguments": "x"})),
            Some("pause"),
        ),
    ];
    on_each_python(|python| {
        let mut wrong = Vec::new();
        let program = running(python);
        for (case, body, command) in &cases {
            let mut client = program.connect();
            match command {
                Some(command) => client.sent_raw(1, command),
                None => client.expect_unreadable(),
            }
            client.send_raw(&frame(body)).unwrap();
            let answer = client.wait_any_response(case);
            let refused = answer["success"] == false && answer["body"]["error"]["format"].is_string();
            if !refused || answer["request_seq"] != i64::from(command.is_some()) {
                wrong.push(format!("{case}: {}", brief(&answer)));
                drop(client.unjudged());
                is_unharmed(&program, case);
                continue;
            }
            // The same connection goes on.
            client.count_from(2);
            client.attach_like_vscode(&Attach::default(), program.address().port());
            client.disconnect();
            is_unharmed(&program, case);
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    });
}

/// A body over the limit is skipped and answered, and the stream goes on; one far over it ends the stream.
#[test]
fn a_body_that_is_too_large() {
    let padded = |size: usize| {
        let text = format!(
            r#"{{"seq":9,"type":"request","command":"evaluate","arguments":{{"expression":"{}"}}}}"#,
            "1".repeat(size)
        );
        frame(text.as_bytes())
    };
    on_each_python(|python| {
        let program = running(python);
        // Before attach little is needed, so little is kept.
        let mut client = program.connect();
        client.sent_raw(9, "evaluate");
        client.send_raw(&padded(100_000)).unwrap();
        let answer = client.wait_response(9);
        assert!(!answer.success());
        client.attach_like_vscode(&Attach::default(), program.address().port());
        client.count_from(9);
        client.sent_raw(9, "evaluate");
        client.send_raw(&padded(2_000_000)).unwrap();
        assert!(!client.wait_response(9).success());
        client.ok("threads", Value::Null);
        let _closed_early = client.send_raw(&padded(20_000_000));
        client.wait_closed();
        is_unharmed(&program, "a body of 20 MB");
    });
}

/// Requests in the wrong order.
#[test]
fn order_is_kept() {
    on_each_python(|python| {
        let program = running(python);
        let mut client = program.connect();
        for command in [
            "configurationDone",
            "threads",
            "setBreakpoints",
            "attach",
            "evaluate",
            "disconnected",
        ] {
            client.refused(command, json!({}));
        }
        client.initialize();
        client.refused("initialize", initialize_arguments());
        client.refused("configurationDone", Value::Null);
        client.refused(
            "setBreakpoints",
            json!({"source": {"path": "/x.py"}, "breakpoints": []}),
        );
        let attach = client.send("attach", Attach::default().arguments(program.address().port()));
        client.wait_event("initialized", |_| true);
        client.refused("attach", json!({}));
        client.refused("initialize", initialize_arguments());
        client.ok("configurationDone", Value::Null);
        client.wait_success(attach);
        client.refused("configurationDone", Value::Null);
        client.refused("attach", json!({}));
        client.disconnect();
        is_unharmed(&program, "wrong order");
    });
}

/// Streams that end in the middle of something.
#[test]
fn a_stream_that_is_cut_off() {
    on_each_python(|python| {
        let program = running(python);
        let whole = frame(&initialize());
        for cut in [0, 1, 10, 20, 25, whole.len() / 2, whole.len() - 1] {
            let mut client = program.connect();
            client.send_raw(&whole[..cut]).unwrap();
            client.finish_sending();
            client.wait_closed();
            is_unharmed(&program, "a cut");
        }
        // A whole message whose sender is gone before the answer.
        for _ in 0..20 {
            let mut stream = TcpStream::connect(program.address()).unwrap();
            stream.write_all(&whole).unwrap();
            let _gone = stream.shutdown(Shutdown::Both);
        }
        is_unharmed(&program, "senders that don't wait");
    });
}

/// A listener is not ended by its peers.
#[test]
fn a_thousand_connections_that_say_nothing() {
    on_each_python(|python| {
        let program = running(python);
        for _ in 0..1000 {
            drop(TcpStream::connect(program.address()).unwrap());
        }
        is_unharmed(&program, "a thousand connections");
    });
}

/// Forms that real clients use, though the specification has another.
#[test]
fn what_real_clients_do_is_tolerated() {
    let body = initialize();
    let length = body.len();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("lower case", headed(&format!("content-length: {length}"), &body)),
        ("no space", headed(&format!("Content-Length:{length}"), &body)),
        (
            "a content type",
            headed(
                &format!("Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: {length}"),
                &body,
            ),
        ),
        (
            "a content type after",
            headed(
                &format!("Content-Length: {length}\r\nContent-Type: application/json"),
                &body,
            ),
        ),
        ("a blank line first", [b"\r\n".to_vec(), frame(&body)].concat()),
    ];
    on_each_python(|python| {
        let program = running(python);
        for (case, bytes) in &cases {
            let mut client = program.connect();
            client.sent_raw(1, "initialize");
            client.send_raw(bytes).unwrap();
            client.wait_success(1);
            client.vanish();
            is_unharmed(&program, case);
        }
        let mut client = program.connect();
        client.sent_raw(1, "initialize");
        for byte in frame(&body) {
            client.send_raw(&[byte]).unwrap();
        }
        client.wait_success(1);
    });
}

/// A client that asks and asks and never reads an answer.
#[test]
fn a_client_that_never_reads() {
    on_each_python(|python| {
        let program = running(python);
        let mut stream = TcpStream::connect(program.address()).unwrap();
        stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
        let mut bytes = frame(&initialize());
        for seq in 2..2000 {
            let message =
                json!({"seq": seq, "type": "request", "command": "initialize", "arguments": {"adapterID": "x"}});
            bytes.extend(frame(message.to_string().as_bytes()));
        }
        // 20 MB at most; the server stops reading, or drops the connection, long before.
        let mut sent = 0;
        while sent < 20_000_000 && stream.write_all(&bytes).is_ok() {
            sent += bytes.len();
        }
        is_unharmed(&program, "a client that never reads, still there");
        drop(stream);
        is_unharmed(&program, "a client that never reads, gone");
    });
}

/// The same faults in the middle of a session: it ends, the program goes on.
#[test]
fn garbage_in_a_session_ends_the_session_alone() {
    on_each_python(|python| {
        let mut s = Session::of("probe.py").breakpoint("work").start(python);
        s.breaks_at("work");
        s.client.send_raw(b"POST / HTTP/1.1\r\n\r\n").unwrap();
        s.client.wait_closed();
        let program = s.program;
        drop::<Client>(s.client);
        is_unharmed(&program, "garbage in a session");
    });
}
