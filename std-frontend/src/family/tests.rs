//! A family within one process: each member is a server of its own, under a number of its own.

use core::net::SocketAddr;
use core::time::Duration;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use dapstub::Failure;
use dapstub::protocol::{Capabilities, Command};
use dapstub::session::Request;

use super::greet;
use crate::access::Access;
use crate::{Client, Config, Debugger, Disconnect, Host, Setup};

const LONG: Duration = Duration::from_secs(20);

#[derive(Debug, PartialEq)]
enum Told {
    Began(u32),
    Attached,
    Gone,
    End,
}

struct Program {
    name: &'static str,
    told: Sender<Told>,
    waits: bool,
}

impl Host for Program {
    fn capabilities(&mut self) -> Capabilities<'_> {
        Capabilities {
            supports_configuration_done_request: true,
            ..Default::default()
        }
    }

    fn attach(&mut self, _: &Client, _: &Request<'_>) -> Result<(), Failure> {
        self.told.send(Told::Attached).unwrap();
        Ok(())
    }

    fn request(&mut self, client: &Client, request: Request<'_>) {
        let ticket = request.ticket();
        let _ = match request.command() {
            Command::ConfigurationDone => client.configured(ticket),
            _ => client.respond(ticket, format!(r#"{{"name":"{}"}}"#, self.name).as_bytes()),
        };
    }

    fn child_began(&mut self, _: &Client, pid: u32) -> bool {
        self.told.send(Told::Began(pid)).unwrap();
        self.waits
    }

    fn terminate(&mut self) {
        self.told.send(Told::End).unwrap();
    }

    fn disconnected(&mut self, _: &Client, _: Disconnect) {
        self.told.send(Told::Gone).unwrap();
    }
}

struct Member {
    debugger: Debugger,
    told: Receiver<Told>,
}

impl Member {
    fn root(access: Access) -> (Self, SocketAddr) {
        let (sender, told) = channel();
        let debugger = Debugger::new();
        let config = Config::default().with_host("127.0.0.1").unwrap();
        let setup = Setup {
            access,
            luggage: "luggage".into(),
            ..Config { port: 0, ..config }.into()
        };
        let program = Program {
            name: "root",
            told: sender,
            waits: true,
        };
        let started = debugger.start(setup, program).unwrap();
        (Self { debugger, told }, started.address.tcp().unwrap())
    }

    /// A child that says it has this number.
    fn child(&self, pid: u32, name: &'static str, quiet: bool) -> Self {
        let cradle = self.debugger.cradle().unwrap().unwrap();
        self.debugger.adopt(cradle.ours, false);
        let greeted = greet(cradle.theirs, pid, quiet).unwrap();
        assert_eq!(greeted.welcome.luggage, "luggage");
        let (sender, told) = channel();
        let debugger = Debugger::new();
        let program = Program {
            name,
            told: sender,
            waits: true,
        };
        debugger.join(greeted, program).unwrap();
        Self { debugger, told }
    }

    fn hears(&self, expected: Told) {
        assert_eq!(self.told.recv_timeout(LONG).unwrap(), expected);
    }

    fn goes_on(&self) {
        assert!(self.debugger.hold_child(Instant::now() + LONG));
    }

    fn waits(&self) {
        assert!(!self.debugger.hold_child(Instant::now() + Duration::from_millis(50)));
    }

    fn has_children(&self, expected: &[u32]) {
        let begun = Instant::now();
        while self.debugger.children() != expected {
            assert!(begun.elapsed() < LONG, "{:?}", self.debugger.children());
            std::thread::yield_now();
        }
    }
}

/// A client that reads message by message.
struct Editor(TcpStream, u32);

impl Editor {
    fn at(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        Self(stream, 0)
    }

    fn say(&mut self, command: &str, arguments: &str) {
        self.1 += 1;
        let seq = self.1;
        let body = format!(r#"{{"seq":{seq},"type":"request","command":"{command}","arguments":{arguments}}}"#);
        write!(self.0, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    }

    fn reads(&mut self) -> serde_json::Value {
        let mut header = Vec::new();
        while !header.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.0.read_exact(&mut byte).unwrap();
            header.push(byte[0]);
        }
        let header = String::from_utf8(header).unwrap();
        let length = header.trim().strip_prefix("Content-Length: ").unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        self.0.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    /// Asks, and reads up to the answer.
    fn asks(&mut self, command: &str, arguments: &str) -> serde_json::Value {
        self.say(command, arguments);
        loop {
            let message = self.reads();
            if message["type"] == "response" && message["request_seq"] == self.1 {
                return message;
            }
        }
    }

    fn attaches(&mut self, arguments: &str) {
        let seq = self.1 + 1;
        assert_eq!(self.asks("initialize", r#"{"adapterID":"x"}"#)["seq"], seq);
        self.say("attach", arguments);
        let event = self.reads();
        assert_eq!(event["event"], "initialized", "{event}");
        assert_eq!(event["seq"], seq + 1, "no answer comes twice, no number is left out");
        assert_eq!(self.asks("configurationDone", "{}")["success"], true);
        assert_eq!(self.reads()["command"], "attach");
    }

    fn is_with(&mut self, name: &str) {
        assert_eq!(self.asks("threads", "{}")["body"]["name"], name);
    }
}

#[test]
fn one_port_for_all() {
    let (root, address) = Member::root(Access::default());
    let mut first = Editor::at(address);
    first.attaches("{}");
    root.hears(Told::Attached);
    let child = root.child(101, "child", false);
    root.hears(Told::Began(101));
    child.waits();
    let mut second = Editor::at(address);
    // What the root answers is not answered again, whatever it is.
    assert_eq!(second.asks("threads", "{}")["success"], false);
    second.attaches(r#"{"subProcessId":101}"#);
    child.hears(Told::Attached);
    child.goes_on();
    second.is_with("child");
    first.is_with("root");
    root.has_children(&[]);
    // A grandchild, announced by the child.
    let grandchild = child.child(102, "grandchild", false);
    child.hears(Told::Began(102));
    child.has_children(&[102]);
    let mut third = Editor::at(address);
    third.attaches(r#"{"subProcessId":102,"more":[1,2]}"#);
    third.is_with("grandchild");
    second.is_with("child");
    // The root ends; sessions of others go on.
    root.debugger.shutdown(Duration::from_millis(100));
    grandchild.goes_on();
    third.is_with("grandchild");
    second.is_with("child");
    assert!(child.debugger.cradle().unwrap().is_none());
}

#[test]
fn nobody_waits_in_vain() {
    let (root, address) = Member::root(Access::default());
    let early = root.child(101, "early", false);
    early.goes_on();
    let mut editor = Editor::at(address);
    editor.attaches("{}");
    root.hears(Told::Attached);
    root.has_children(&[101]);
    let child = root.child(102, "child", false);
    root.hears(Told::Began(102));
    child.waits();
    root.debugger.let_go(102);
    child.goes_on();
    // The client that the root has goes, without a word.
    let other = root.child(103, "other", false);
    root.hears(Told::Began(103));
    other.waits();
    drop(editor);
    root.hears(Told::Gone);
    other.goes_on();
    drop((early, child));
}

#[test]
fn a_client_that_attaches_to_no_child_is_waited_for_once() {
    let (root, address) = Member::root(Access::default());
    let mut editor = Editor::at(address);
    editor.attaches("{}");
    root.hears(Told::Attached);
    let child = root.child(101, "child", false);
    root.hears(Told::Began(101));
    child.waits();
    child.debugger.give_up();
    // Orders arrive one after the other.
    let next = child.child(102, "next", true);
    let next = next.child(103, "next", false);
    next.goes_on();
    let other = root.child(104, "other", false);
    root.hears(Told::Began(104));
    other.goes_on();
    // It attaches to one after all.
    let mut second = Editor::at(address);
    second.attaches(r#"{"subProcessId":104}"#);
    let begun = Instant::now();
    while root.debugger.children().contains(&104) {
        assert!(begun.elapsed() < LONG);
    }
    let last = root.child(105, "last", false);
    root.hears(Told::Began(104 + 1));
    last.waits();
}

#[test]
fn the_rules_are_those_of_the_root() {
    let access = Access::default()
        .with_token("correct horse")
        .unwrap()
        .without_evaluate();
    let (root, address) = Member::root(access);
    let child = root.child(101, "child", false);
    child.goes_on();
    let mut stranger = Editor::at(address);
    assert_eq!(stranger.asks("initialize", r#"{"adapterID":"x"}"#)["success"], true);
    assert_eq!(stranger.asks("attach", r#"{"subProcessId":101}"#)["success"], false);
    let mut friend = Editor::at(address);
    friend.attaches(r#"{"subProcessId":101,"token":"correct horse"}"#);
    friend.is_with("child");
    let refused = friend.asks("evaluate", r#"{"expression":"1"}"#);
    assert_eq!(refused["success"], false, "{refused}");
}

#[test]
fn a_child_that_is_not_there() {
    let (root, address) = Member::root(Access::default());
    let child = root.child(101, "child", false);
    let mut editor = Editor::at(address);
    editor.asks("initialize", r#"{"adapterID":"x"}"#);
    let refused = editor.asks("attach", r#"{"subProcessId":7}"#);
    let text = refused["body"]["error"]["format"].as_str().unwrap();
    assert!(text.contains("no child process 7"), "{text}");
    let mut editor = Editor::at(address);
    editor.asks("initialize", r#"{"adapterID":"x"}"#);
    let refused = editor.asks("attach", r#"{"subProcessId":"seven"}"#);
    let text = refused["body"]["error"]["format"].as_str().unwrap();
    assert!(text.contains("arguments.subProcessId"), "{text}");
    // After that the beginning can't be played anywhere else.
    assert_eq!(editor.asks("attach", r#"{"subProcessId":101}"#)["success"], false);
    child.debugger.shutdown(Duration::from_millis(100));
}

#[test]
fn a_quiet_member_speaks_for_its_children() {
    let (root, address) = Member::root(Access::default());
    let mut editor = Editor::at(address);
    editor.attaches("{}");
    root.hears(Told::Attached);
    let server = root.child(101, "server", true);
    let worker = server.child(102, "worker", false);
    root.hears(Told::Began(102));
    let mut other = Editor::at(address);
    other.attaches(r#"{"subProcessId":102}"#);
    other.is_with("worker");
    drop(worker);
}

#[test]
fn whoever_loses_its_parent_belongs_to_the_next() {
    let (root, address) = Member::root(Access::default());
    let child = root.child(101, "child", false);
    let grandchild = child.child(102, "grandchild", false);
    grandchild.goes_on();
    child.debugger.shutdown(Duration::from_millis(100));
    root.has_children(&[102]);
    let mut editor = Editor::at(address);
    editor.attaches(r#"{"subProcessId":102}"#);
    editor.is_with("grandchild");
}

#[test]
fn all_are_asked_to_end() {
    let (root, _) = Member::root(Access::default());
    let child = root.child(101, "child", false);
    let other = root.child(102, "other", false);
    let grandchild = child.child(103, "grandchild", false);
    grandchild.goes_on();
    child.debugger.end_descendants();
    grandchild.hears(Told::End);
    root.debugger.end_descendants();
    for member in [&child, &other, &grandchild] {
        member.hears(Told::End);
    }
}

#[test]
fn a_hostile_member_is_cut_off_and_nobody_else() {
    let (root, address) = Member::root(Access::default());
    let child = root.child(101, "child", false);
    for bytes in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0; 64], &[255; 4096], &[1, 0, 0, 0, 6]] {
        let cradle = root.debugger.cradle().unwrap().unwrap();
        root.debugger.adopt(cradle.ours, false);
        let mut stranger = UnixStream::from(cradle.theirs);
        stranger.set_read_timeout(Some(LONG)).unwrap();
        // It may be cut off in the middle of that.
        let _ = stranger.write_all(bytes);
        let mut rest = Vec::new();
        let ended = stranger.read_to_end(&mut rest);
        assert!(ended.is_ok_and(|count| count == 0) || rest.is_empty(), "{bytes:?}");
    }
    let mut editor = Editor::at(address);
    editor.attaches(r#"{"subProcessId":101}"#);
    editor.is_with("child");
    drop(child);
}
