//! The small server answers as the large one does: the same streams, cut up in the same way, give the same messages but
//! for the texts of errors.

use core::convert::Infallible;
use dapstub::Failure;
use dapstub::frame::{Progress, Receiver, decode};
use dapstub::io::{self, Client, Turn};
use dapstub::output::Output;
use dapstub::session::{Outcome, Request, Session};
use dapstub::small::{self, Body, Events, Heard, Server};
use embedded_io::{ErrorType, Read, ReadReady, Write};
use proptest::prelude::*;
use serde_json::Value;

const ROOM: usize = 512;

/// A client that says all it has to say, in pieces of these lengths, and keeps what it is sent.
struct Wire {
    input: Vec<u8>,
    pieces: Vec<usize>,
    piece: usize,
    sent: Vec<u8>,
    ready: bool,
}

impl ErrorType for Wire {
    type Error = Infallible;
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        let piece = self.pieces.get(self.piece).copied().unwrap_or(usize::MAX);
        self.piece += 1;
        let n = buffer.len().min(self.input.len()).min(piece);
        buffer[..n].copy_from_slice(&self.input[..n]);
        self.input.drain(..n);
        Ok(n)
    }
}

impl ReadReady for Wire {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        self.ready = !self.ready;
        Ok(self.ready)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.sent.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// A host that knows a few requests, and reports a stop as soon as it may.
#[derive(Default)]
struct Table {
    stops: usize,
    lost: usize,
}

/// The commands that both hosts know, and what they answer.
const ANSWERS: [(&str, &str); 7] = [
    ("initialize", r#"{"supportsConfigurationDoneRequest":true}"#),
    ("attach", ""),
    ("launch", ""),
    ("configurationDone", ""),
    ("disconnect", ""),
    ("pause", ""),
    ("threads", r#"{"threads":[{"id":1,"name":"main"}]}"#),
];

/// The answer of the large server's host.
fn answer(request: &Request<'_>) -> Option<&'static str> {
    let [refuse] = request.arguments().members(["refuse"]);
    if refuse.is_some() {
        return None;
    }
    let name = request.command().as_str();
    let found = ANSWERS.iter().find(|(command, _)| *command == name);
    found.map(|(_, answer)| *answer)
}

impl io::Host for Table {
    fn carry_out(&mut self, request: &Request<'_>, body: &mut dyn Output) -> Result<Outcome, Failure> {
        let answer = answer(request).ok_or_else(|| Failure::new(1000, "no"))?;
        body.push(answer.as_bytes())?;
        Ok(Outcome::Done)
    }

    fn turn(&mut self, client: &mut dyn Client) -> Turn {
        if self.stops < 2
            && client
                .event("stopped", &|out| out.push(b"{\"reason\":\"pause\"}"))
                .is_ok()
        {
            self.stops += 1;
        }
        Turn::Running
    }

    fn replaced(&mut self) -> bool {
        self.lost += 1;
        true
    }
}

impl small::Host for Table {
    fn carry_out(&mut self, request: &small::Request<'_>, body: &mut Body<'_>) -> Result<(), &'static str> {
        let [refuse] = request.arguments().members("refuse");
        let names = ANSWERS.map(|(command, _)| command).join(" ");
        let (_, answer) = ANSWERS.get(request.command(&names)).ok_or("no")?;
        if refuse.is_there() {
            return Err("no");
        }
        body.raw(answer);
        Ok(())
    }

    fn turn(&mut self, events: &mut Events<'_, '_>) {
        if self.stops < 2 && events.report("stopped", |body| body.raw("{\"reason\":\"pause\"}")) {
            self.stops += 1;
        }
    }

    fn heard(&mut self, _: Heard) -> bool {
        true
    }

    fn lost(&mut self) {
        self.lost += 1;
    }
}

/// What was sent, without the texts of errors.
fn messages(sent: &[u8]) -> Vec<Value> {
    let mut rest = sent;
    let mut found = Vec::new();
    while let Progress::Message { body, consumed } = decode(rest, 4096).expect("the server writes frames") {
        let mut message: Value = serde_json::from_slice(body).expect("of JSON");
        if message["success"] == false {
            assert!(
                message["message"].is_string() && message["body"]["error"]["id"].is_u64(),
                "{message}"
            );
            message["message"] = Value::Null;
            message["body"] = Value::Null;
        }
        found.push(message);
        rest = &rest[consumed..];
    }
    assert!(rest.is_empty());
    found
}

/// What a session led to: the messages, how it ended, and whether a client was lost in the middle.
type Course = (Vec<Value>, &'static str);

fn wire(input: &[u8], pieces: &[usize]) -> Wire {
    Wire {
        input: input.into(),
        pieces: pieces.into(),
        piece: 0,
        sent: Vec::new(),
        ready: false,
    }
}

fn large(input: &[u8], pieces: &[usize]) -> Course {
    let mut wire = wire(input, pieces);
    let mut session = Session::<heapless::Vec<u8, 4096>, 2>::new(heapless::Vec::new());
    let end = io::serve(
        &mut wire,
        &mut Receiver::new([0; ROOM]),
        &mut session,
        &mut Table::default(),
    );
    let end = match end {
        Ok(io::End::Disconnected) => "disconnected",
        Ok(io::End::Lost) => "lost",
        Err(_) => "not DAP",
    };
    (messages(&wire.sent), end)
}

fn small(input: &[u8], pieces: &[usize]) -> Course {
    let mut wire = wire(input, pieces);
    let (mut received, mut answers) = ([0; ROOM], [0; 4096]);
    let mut host = Table::default();
    let Ok(end) = Server::new(&mut received, &mut answers).serve(&mut wire, &mut host);
    let end = match end {
        small::End::Disconnected => "disconnected",
        small::End::Lost => "lost",
        small::End::NotDap => "not DAP",
    };
    assert!(end == "disconnected" || host.lost > 0, "the host is told");
    (messages(&wire.sent), end)
}

fn framed(body: &str) -> String {
    format!("Content-Length: {}\r\n\r\n{body}", body.len())
}

/// Something that may come, numbered.
fn part(kind: usize, seq: usize) -> String {
    let request = |command: &str, more: &str| {
        framed(&format!(
            r#"{{"seq":{seq},"type":"request","command":"{command}"{more}}}"#
        ))
    };
    match kind {
        0 => request("initialize", r#","arguments":{"adapterID":"x"}"#),
        1 => request("attach", ""),
        2 => request("configurationDone", ""),
        3 => request("threads", r#","arguments":null"#),
        4 => request("disconnect", ""),
        5 => request("launch", r#","arguments":{"refuse":1}"#),
        6 => request("configurationDone", r#","arguments":{"refuse":1}"#),
        7 => request("initialize", r#","arguments":{"refuse":1}"#),
        8 => request("modules", ""),
        9 => request("my own \\u00e9", ""),
        10 => framed(&format!(
            r#"{{"seq":{seq},"type":"response","request_seq":1,"success":true,"command":"x"}}"#
        )),
        11 => framed(&format!(r#"{{"seq":{seq},"type":"event","event":"x"}}"#)),
        12 => framed(&format!(r#"{{"seq":{seq},"type":"request"}}"#)),
        13 => framed(&format!(r#"{{"seq":-{seq},"type":"request","command":"threads"}}"#)),
        14 => request("threads", r#","arguments":{"a":[1,]}"#),
        15 => request(
            "threads",
            &format!(r#","arguments":{{"a":{}1{}}}"#, "[".repeat(70), "]".repeat(70)),
        ),
        16 => request("threads", &format!(r#","arguments":{{"a":"{}"}}"#, "x".repeat(ROOM))),
        17 => request(
            "threads",
            &format!(r#","arguments":{{"a":"{}"}}"#, "x".repeat(3 * ROOM)),
        ),
        18 => "\r\n".into(),
        19 => framed(""),
        20 => "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\ncontent-length:2\r\n\r\n{}".into(),
        21 => framed(&"[".repeat(400)),
        22 => request(&"n".repeat(60), ""),
        23 => request("threads", "}"),
        // From here on, nothing follows.
        24 => framed(&"x".repeat(5 * ROOM)),
        25 => "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}".into(),
        26 => "Content-Length: 99999999999999999999\r\n\r\n{}".into(),
        27 => "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}".into(),
        28 => "Content-Length: 2\n\n{}".into(),
        29 => "Content-Length: -2\r\n\r\n{}".into(),
        30 => "Content-Length:\r\n\r\n{}".into(),
        31 => format!("Content-Type: {}\r\n\r\n", "x".repeat(200)),
        32 => "Content-Type: x\r\n\r\n".into(),
        _ => "\0\0\0\0".into(),
    }
}

fn stream(kinds: &[usize]) -> String {
    kinds
        .iter()
        .enumerate()
        .map(|(index, kind)| part(*kind, index + 1))
        .collect()
}

/// The same without the stops. The program has its turns between pieces, and reports when it may; when that is depends on
/// how a server reads.
fn quiet((messages, end): Course) -> Course {
    let mut messages: Vec<Value> = messages
        .into_iter()
        .filter(|message| message["event"] != "stopped")
        .collect();
    for message in &mut messages {
        message["seq"] = Value::Null;
    }
    (messages, end)
}

#[test]
fn every_stream_alone_and_in_a_session() {
    for kind in 0..34 {
        for before in [&[][..], &[0], &[0, 1], &[0, 1, 2], &[0, 1, 2, 3]] {
            let kinds: Vec<usize> = before.iter().copied().chain([kind, 0, 1, 3, 2, 3, 4]).collect();
            let input = stream(&kinds);
            for pieces in [vec![], vec![1; input.len()]] {
                let (small, large) = (small(input.as_bytes(), &pieces), large(input.as_bytes(), &pieces));
                assert_eq!(quiet(small), quiet(large), "{kinds:?}");
            }
        }
    }
}

proptest! {
    #[test]
    fn any_order_in_any_pieces(kinds in proptest::collection::vec(0usize..34, 0..20), pieces in proptest::collection::vec(1usize..60, 0..200)) {
        let input = stream(&kinds);
        prop_assert_eq!(quiet(small(input.as_bytes(), &pieces)), quiet(large(input.as_bytes(), &pieces)));
    }
}
