//! Peers that are no debuggers, or bad ones: each ends as it should, and the next client attaches.

use core::time::Duration;

use dapstub::protocol::Command;
use dapstub_std::Disconnect;
use dapstub_std::limits::{BODY_LIMIT, BODY_LIMIT_UNATTACHED, MAX_UNATTACHED, OUTGOING_LIMIT};
use serde_json::{Value, json};

use crate::server::Server;
use crate::support::{Peer, until};

const INITIALIZE: &str = r#"{"seq":1,"type":"request","command":"initialize","arguments":{"adapterID":"x"}}"#;

fn frame(body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    [format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
}

/// How a conversation has to end.
enum End {
    /// Without a byte from us.
    Closed,
    /// With one error response of this number and a text that holds these words; the connection goes on.
    Answered(i64, &'static str),
    /// Without an answer: the rest of the message is still to come.
    Waits,
}

use End::{Answered, Closed, Waits};

fn first_messages() -> Vec<(&'static str, Vec<u8>, End)> {
    let post = |headers: &str| {
        let body = String::from_utf8(frame(INITIALIZE)).unwrap();
        let head = format!("POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}");
        format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
    };
    let bare = |headers: &str| format!("{headers}\r\n{INITIALIZE}").into_bytes();
    let length = INITIALIZE.len();
    vec![
        ("HTTP POST", post(""), Closed),
        (
            "HTTP POST of a page",
            post("Origin: http://evil.example\r\nContent-Type: text/plain\r\n"),
            Closed,
        ),
        (
            "HTTP GET",
            b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".to_vec(),
            Closed,
        ),
        (
            "Origin header",
            bare(&format!("Origin: http://evil.example\r\nContent-Length: {length}\r\n")),
            Closed,
        ),
        ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(), Closed),
        ("text", b"hello\r\n".to_vec(), Closed),
        ("binary", vec![0; 100], Closed),
        ("negative length", bare("Content-Length: -1\r\n"), Closed),
        ("huge length", bare("Content-Length: 1099511627776\r\n"), Closed),
        (
            "length beyond all numbers",
            bare("Content-Length: 99999999999999999999999999\r\n"),
            Closed,
        ),
        (
            "length twice",
            bare(&format!("Content-Length: {length}\r\nContent-Length: {length}\r\n")),
            Closed,
        ),
        ("no length", bare("Content-Type: application/json\r\n"), Closed),
        ("empty length", bare("Content-Length: \r\n"), Closed),
        ("endless header line", vec![b'C'; 100_000], Closed),
        (
            "endless header",
            "Content-Type: x\r\n".repeat(10_000).into_bytes(),
            Closed,
        ),
        ("line feeds only", bare(&format!("Content-Length: {length}\n")), Closed),
        (
            "not UTF-8",
            frame(b"{\"seq\":1,\"type\":\"request\",\"command\":\"\xff\xfe\"}"),
            Answered(1, "UTF-8"),
        ),
        ("50,000 brackets", frame("[".repeat(50_000)), Answered(0, "")),
        ("100,000 brackets", frame("[".repeat(100_000)), Answered(0, "larger")),
        ("deep arguments", frame(deep(20_000)), Answered(7, "")),
        ("truncated body", frame(INITIALIZE)[..60].to_vec(), Waits),
        ("nothing in it", b"Content-Length: 0\r\n\r\n".to_vec(), Answered(0, "")),
        (
            "wrong JSON",
            frame(r#"{"seq":4,"type":"request","command":"initialize",}"#),
            Answered(4, ""),
        ),
        ("no object", frame("[1,2,3]"), Answered(0, "")),
        (
            "wrong type",
            frame(r#"{"seq":5,"type":"requset","command":"initialize"}"#),
            Answered(5, "type"),
        ),
        (
            "an event",
            frame(r#"{"seq":6,"type":"event","event":"stopped"}"#),
            Answered(6, "type"),
        ),
        (
            "no command",
            frame(r#"{"seq":6,"type":"request"}"#),
            Answered(6, "command"),
        ),
        (
            "command of wrong type",
            frame(r#"{"seq":6,"type":"request","command":[]}"#),
            Answered(6, "command"),
        ),
        (
            "seq of wrong type",
            frame(r#"{"seq":"6","type":"request","command":"threads"}"#),
            Answered(0, "seq"),
        ),
        (
            "unknown command",
            frame(r#"{"seq":8,"type":"request","command":"frobnicate"}"#),
            Answered(8, "initialize"),
        ),
        ("evaluate at once", frame(evaluate(9)), Answered(9, "initialize")),
        (
            "attach at once",
            frame(r#"{"seq":9,"type":"request","command":"attach"}"#),
            Answered(9, "initialize"),
        ),
        (
            "disconnect at once",
            frame(r#"{"seq":9,"type":"request","command":"disconnect"}"#),
            Answered(9, "initialize"),
        ),
        (
            "over the limit",
            frame(vec![b' '; BODY_LIMIT_UNATTACHED + 1]),
            Answered(0, "larger"),
        ),
        ("far over the limit", frame(over(BODY_LIMIT * 3)), Answered(3, "larger")),
    ]
}

fn deep(n: usize) -> String {
    let arguments = format!("{}{}", "[".repeat(n), "]".repeat(n));
    format!(r#"{{"seq":7,"type":"request","command":"initialize","arguments":{arguments}}}"#)
}

fn evaluate(seq: i64) -> String {
    format!(r#"{{"seq":{seq},"type":"request","command":"evaluate","arguments":{{"expression":"1"}}}}"#)
}

fn over(n: usize) -> String {
    format!(
        r#"{{"seq":3,"type":"request","command":"initialize","arguments":{{"adapterID":"{}"}}}}"#,
        "x".repeat(n)
    )
}

fn assert_error(answer: &Value, seq: i64, words: &str, name: &str) {
    assert_eq!(
        (&answer["type"], &answer["success"]),
        (&json!("response"), &json!(false)),
        "{name}: {answer}"
    );
    assert_eq!(answer["request_seq"], seq, "{name}: {answer}");
    let error = &answer["body"]["error"];
    assert!(error["id"].as_u64().is_some_and(|id| id > 0), "{name}: {answer}");
    assert!(
        error["format"]
            .as_str()
            .is_some_and(|text| !text.is_empty() && text.contains(words)),
        "{name}: {answer}"
    );
}

/// Hostile first messages.
pub fn hostile_first_messages<S: Server>() {
    let server = S::start();
    for (name, bytes, end) in first_messages() {
        let mut peer = server.peer();
        peer.raw(&bytes);
        match end {
            Closed => peer.expect_end(),
            Answered(seq, words) => {
                assert_error(&peer.message(), seq, words, name);
                // The stream is still in step.
                peer.initialize_as(2);
            }
            Waits => assert!(peer.is_silent_for(Duration::from_millis(50)), "{name}"),
        }
        drop(peer);
        server.serves_a_session();
    }
    server.no_note();
}

/// Hostile first messages byte by byte.
pub fn hostile_first_messages_byte_by_byte<S: Server>() {
    let server = S::start();
    for (name, bytes, end) in first_messages().into_iter().filter(|(_, bytes, _)| bytes.len() < 300) {
        let mut peer = server.peer();
        for byte in bytes {
            peer.raw(&[byte]);
        }
        match end {
            Closed => peer.expect_end(),
            Answered(seq, words) => assert_error(&peer.message(), seq, words, name),
            Waits => {}
        }
    }
    server.serves_a_session();
    server.no_note();
}

/// Wrong messages in a session do not end it.
pub fn wrong_messages_in_a_session_do_not_end_it<S: Server>() {
    let server = S::start();
    let mut peer = server.attach();
    for (name, body, seq, words) in [
        ("second initialize", INITIALIZE.to_owned(), 1, "initialized already"),
        (
            "second attach",
            r#"{"seq":2,"type":"request","command":"attach"}"#.into(),
            2,
            "attached already",
        ),
        (
            "configurationDone twice",
            r#"{"seq":2,"type":"request","command":"configurationDone"}"#.into(),
            2,
            "already",
        ),
        ("wrong JSON", r#"{"seq":3,"type":"request""#.into(), 3, ""),
        ("deep", deep(20_000), 7, ""),
        ("100,000 brackets", "[".repeat(100_000), 0, ""),
        ("too large", over(BODY_LIMIT), 3, "larger"),
    ] {
        peer.raw(&frame(body));
        assert_error(&peer.message(), seq, words, name);
        server.no_note();
    }
    let wrong = peer.ask("setBreakpoints", json!({"source": 5}));
    assert_eq!(
        (&wrong["success"], &wrong["body"]["error"]["id"]),
        (&json!(false), &json!(5)),
        "{wrong}"
    );
    server.requested(Command::SetBreakpoints);
    let unknown = peer.ask("frobnicate", json!({"x": "a\"b"}));
    assert_eq!(
        (&unknown["success"], &unknown["command"]),
        (&json!(false), &json!("frobnicate")),
        "{unknown}"
    );
    server.requested(Command::Unknown);
    peer.disconnect();
    server.disconnected();
    server.serves_a_session();
}

/// A session that turns into http is told why it ends.
pub fn a_session_that_turns_into_http_is_told_why_it_ends<S: Server>() {
    let server = S::start();
    let mut peer = server.attach();
    let late = peer.ask("threads", json!(null));
    assert_eq!(late["success"], true);
    server.requested(Command::Threads);
    peer.raw(b"GET / HTTP/1.1\r\n\r\n");
    let event = peer.message();
    assert_eq!(
        (&event["event"], &event["body"]["category"]),
        (&json!("output"), &json!("important")),
        "{event}"
    );
    assert!(
        event["body"]["output"].as_str().unwrap().contains("not a DAP header"),
        "{event}"
    );
    peer.expect_end();
    assert_eq!(server.disconnected(), Disconnect::Misbehaved);
    server.serves_a_session();
}

/// Many messages in one write are answered in order.
pub fn many_messages_in_one_write_are_answered_in_order<S: Server>() {
    let server = S::start();
    let mut peer = server.attach();
    let many: Vec<u8> = (10..5_010).flat_map(|seq| frame(evaluate(seq))).collect();
    let answers = std::thread::scope(|scope| {
        let mut writer = peer.writer();
        scope.spawn(move || std::io::Write::write_all(&mut writer, &many).unwrap());
        (10..5_010)
            .map(|seq| peer.message()["request_seq"] == seq)
            .filter(|right| *right)
            .count()
    });
    assert_eq!(answers, 5_000);
    peer.disconnect();
}

/// A thousand connections come and go.
pub fn a_thousand_connections_come_and_go<S: Server>() {
    let server = S::start();
    for round in 0..1_000 {
        let peer = server.peer();
        if round % 3 == 0 { peer.reset() } else { drop(peer) }
    }
    server.serves_a_session();
    // The same with a session beside them.
    let mut peer = server.attach();
    for round in 0..300 {
        let mut guest = server.peer();
        match round % 3 {
            0 => guest.raw(b"GET / HTTP/1.1\r\n\r\n"),
            1 => guest.raw(&frame(INITIALIZE)),
            _ => {}
        }
        if round % 2 == 0 {
            guest.reset()
        } else {
            drop(guest)
        }
        if round % 50 == 0 {
            assert_eq!(peer.ask("threads", json!(null))["success"], true);
            server.requested(Command::Threads);
        }
    }
    peer.disconnect();
    server.disconnected();
    server.serves_a_session();
    server.no_note();
}

/// Too many silent connections make room for a new one.
pub fn too_many_silent_connections_make_room_for_a_new_one<S: Server>() {
    let server = S::start();
    let mut initialized = server.peer();
    initialized.initialize();
    let mut silent: Vec<Peer> = (0..MAX_UNATTACHED + 20).map(|_| server.peer()).collect();
    server.serves_a_session();
    // The oldest silent ones had to go; the one that had said `initialize` is older, but stays.
    silent[0].expect_end();
    assert!(silent.last_mut().unwrap().is_silent_for(Duration::from_millis(10)));
    assert!(initialized.is_silent_for(Duration::from_millis(10)));
    initialized.disconnect();
    let mut attached = server.attach();
    silent.extend((0..2 * MAX_UNATTACHED).map(|_| server.peer()));
    assert_eq!(attached.ask("threads", json!(null))["success"], true);
    attached.disconnect();
}

/// A slow sender holds up nobody.
pub fn a_slow_sender_holds_up_nobody<S: Server>() {
    let server = S::start();
    let mut slow = server.peer();
    for (index, byte) in frame(INITIALIZE).into_iter().enumerate() {
        slow.raw(&[byte]);
        if index % 25 == 0 {
            server.serves_a_session();
        }
    }
    assert_eq!(slow.message()["success"], true);
}

/// A stranger that never reads can not fill the memory.
pub fn a_stranger_that_never_reads_can_not_fill_the_memory<S: Server>() {
    let server = S::start();
    let peer = server.peer();
    let mut writer = peer.writer();
    writer.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    let many = frame(evaluate(1)).repeat(1_000);
    let mut written = 0;
    // Each is answered with an error; sooner or later the server reads no further.
    while std::io::Write::write_all(&mut writer, &many).is_ok() {
        written += many.len();
        assert!(written < 256 * 1024 * 1024, "the server reads on and on");
    }
    server.serves_a_session();
}

/// A client that never reads is dropped and the program goes on.
pub fn a_client_that_never_reads_is_dropped_and_the_program_goes_on<S: Server>() {
    let server = S::start();
    let peer = server.attach();
    let body = format!(r#"{{"output":"{}"}}"#, "x".repeat(256 * 1024));
    let mut sent = 0;
    while server.event("output", body.as_bytes()).is_ok() {
        sent += body.len();
        assert!(sent < 4 * OUTGOING_LIMIT, "the queue has no end");
    }
    assert_eq!(server.disconnected(), Disconnect::Misbehaved);
    until("the client is closed", || !server.is_client_open());
    drop(peer);
    server.serves_a_session();
}
