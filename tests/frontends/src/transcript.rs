//! One scripted visit of several clients, byte for byte.

use core::fmt::Write as _;
use core::net::SocketAddr;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use dapstub::protocol::Command;
use dapstub_std::Disconnect;
use dapstub_std::limits::BODY_LIMIT_UNATTACHED;

use crate::server::{Note, Server};
use crate::support::DEADLINE;

/// Plays the script and writes down what was sent (`>`) and what the server sent (`<`), headers included.
///
/// Nothing is left to chance: after each step the script waits for as many messages as the step brings, and for what the
/// program is told.
pub fn play<S: Server>() -> String {
    let server = S::start();
    let mut log = String::new();
    session(&server, &mut log);
    second_client(&server, &mut log);
    strangers(&server, &mut log);
    server.no_note();
    log
}

fn session<S: Server>(server: &S, log: &mut String) {
    let mut wire = Wire::connect(server.address(), "a session", log);
    wire.says(r#"{"seq":1,"type":"request","command":"threads"}"#, 1);
    wire.says(r#"{"command":"initialize","arguments":{"clientID":"script","adapterID":"x","supportsStartDebuggingRequest":true,"linesStartAt1":true},"type":"request","seq":2}"#, 1);
    wire.says(
        r#"{"seq":3,"type":"request","command":"evaluate","arguments":{"expression":"1"}}"#,
        1,
    );
    wire.says(
        r#"{"seq":4,"type":"request","command":"attach","arguments":{"name":"refuse"}}"#,
        1,
    );
    wire.says(
        r#"{"seq":5,"type":"request","command":"attach","arguments":{"name":"panic"}}"#,
        1,
    );
    wire.says(
        r#"{"seq":6,"type":"request","command":"attach","arguments":{"name":"a \u00e9"}}"#,
        1,
    );
    server.attached();
    wire.says(r#"{"seq":7,"type":"request","command":"setBreakpoints","arguments":{"source":{"path":"/a"},"breakpoints":[{"line":3}]}}"#, 1);
    wire.says(
        r#"{"seq":8,"type":"request","command":"setBreakpoints","arguments":{"source":5}}"#,
        1,
    );
    wire.says(r#"{"seq":9,"type":"request","command":"configurationDone"}"#, 2);
    server
        .event(
            "stopped",
            br#"{"reason":"breakpoint","threadId":1,"allThreadsStopped":true}"#,
        )
        .unwrap();
    wire.hears(1);
    wire.says(r#"{"seq":10,"type":"request","command":"threads","arguments":null}"#, 1);
    // Three at once; the first is answered last.
    wire.says(
        r#"{"seq":11,"type":"request","command":"evaluate","arguments":{"expression":"later"}}"#,
        0,
    );
    wire.says(
        r#"{"seq":12,"type":"request","command":"evaluate","arguments":{"expression":"1"}}"#,
        0,
    );
    wire.says(
        r#"{"seq":13,"type":"request","command":"frobnicate\n","arguments":{"x":[1.5e3,null]}}"#,
        2,
    );
    server
        .answer_later(br#"{"result":"late","variablesReference":0}"#)
        .unwrap();
    wire.hears(1);
    wire.says(
        r#"{"seq":14,"type":"request","command":"evaluate","arguments":{"expression":"panic"}}"#,
        1,
    );
    wire.says(r#"{"seq":15,"type":"request","command":"threads","#, 1);
    wire.says("[[[", 1);
    wire.says(r#"{"seq":16,"type":"event","event":"stopped"}"#, 1);
    let long = format!(
        r#"{{"seq":17,"type":"request","command":"evaluate","arguments":{{"expression":"{}"}}}}"#,
        "x".repeat(2_000_000)
    );
    wire.says(&long, 1);
    server.ask(
        Command::StartDebugging,
        br#"{"request":"attach","configuration":{"name":"child"}}"#,
    );
    wire.hears(1);
    wire.says(
        r#"{"seq":18,"type":"response","request_seq":21,"success":true,"command":"startDebugging"}"#,
        0,
    );
    wire.says(
        r#"{"seq":19,"type":"request","command":"evaluate","arguments":{"expression":"later"}}"#,
        0,
    );
    wire.says(r#"{"seq":20,"type":"request","command":"threads"}"#, 1);
    server.event("output", "{\"output\":\"päng\\n\"}".as_bytes()).unwrap();
    wire.hears(1);
    wire.says(
        r#"{"seq":21,"type":"request","command":"disconnect","arguments":{"restart":false}}"#,
        3,
    );
    wire.ends();
    let mut commands = Vec::new();
    let how = loop {
        match server.note() {
            Note::Request(command) => commands.push(command),
            Note::Disconnected(how) => break how,
            Note::Attached => panic!("nobody attached"),
        }
    };
    let terminate_debuggee = false;
    assert_eq!(how, Disconnect::Requested { terminate_debuggee });
    let _ = writeln!(log, "= {commands:?}");
}

fn second_client<S: Server>(server: &S, log: &mut String) {
    let peer = server.attach();
    let mut wire = Wire::connect(server.address(), "a second client", log);
    wire.says(
        r#"{"seq":1,"type":"request","command":"initialize","arguments":{"adapterID":"x"}}"#,
        1,
    );
    wire.ends();
    peer.disconnect();
    server.disconnected();
}

fn strangers<S: Server>(server: &S, log: &mut String) {
    let mut wire = Wire::connect(server.address(), "a web page", log);
    wire.sends(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}");
    wire.ends();
    let mut wire = Wire::connect(server.address(), "too much from a stranger", log);
    wire.says(&" ".repeat(BODY_LIMIT_UNATTACHED + 1), 1);
    wire.says(
        r#"{"seq":2,"type":"request","command":"initialize","arguments":{"adapterID":5}}"#,
        1,
    );
    wire.says(
        r#"{"seq":3,"type":"request","command":"initialize","arguments":{"adapterID":"x"}}"#,
        1,
    );
    wire.sends(b"Content-Length: 99999999\r\n\r\n");
    wire.ends();
    let mut wire = Wire::connect(server.address(), "a session that turns into HTTP", log);
    wire.says(
        r#"{"seq":1,"type":"request","command":"initialize","arguments":{"adapterID":"x"}}"#,
        1,
    );
    wire.says(r#"{"seq":2,"type":"request","command":"launch"}"#, 1);
    server.attached();
    wire.says(r#"{"seq":3,"type":"request","command":"configurationDone"}"#, 2);
    server.requested(Command::ConfigurationDone);
    wire.sends(b"GET / HTTP/1.1\r\n\r\n");
    wire.hears(1);
    wire.ends();
    assert_eq!(server.disconnected(), Disconnect::Misbehaved);
}

/// One connection that writes everything down.
struct Wire<'l> {
    stream: TcpStream,
    log: &'l mut String,
    /// Received, and not yet written down.
    received: Vec<u8>,
}

impl<'l> Wire<'l> {
    fn connect(address: SocketAddr, who: &str, log: &'l mut String) -> Self {
        let stream = TcpStream::connect(address).expect("connect");
        stream.set_read_timeout(Some(DEADLINE)).expect("timeout");
        let _ = writeln!(log, "# {who}");
        Self {
            stream,
            log,
            received: Vec::new(),
        }
    }

    /// Sends a message and waits for so many of the server.
    fn says(&mut self, body: &str, messages: usize) {
        self.sends(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
        self.hears(messages);
    }

    fn sends(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("send");
        let text = String::from_utf8_lossy(bytes);
        let shown: String = text.chars().take(200).collect();
        let _ = writeln!(self.log, "> {}", shown.escape_debug());
    }

    fn hears(&mut self, messages: usize) {
        for _ in 0..messages {
            let length = loop {
                match whole(&self.received) {
                    Some(length) => break length,
                    None => assert!(self.fill(), "closed too early:\n{}", self.log),
                }
            };
            let message: Vec<u8> = self.received.drain(..length).collect();
            let text = String::from_utf8(message).expect("UTF-8");
            let _ = writeln!(self.log, "< {}", text.replace("\r\n", "\\r\\n"));
        }
    }

    fn fill(&mut self) -> bool {
        let mut bytes = [0; 4096];
        let n = self.stream.read(&mut bytes).expect("receive");
        self.received.extend_from_slice(&bytes[..n]);
        n > 0
    }

    /// The server closes, and has nothing more to say.
    fn ends(mut self) {
        while self.fill() {}
        assert_eq!(String::from_utf8_lossy(&self.received), "", "{}", self.log);
        let _ = self.stream.shutdown(Shutdown::Both);
        let _ = writeln!(self.log, "closed");
    }
}

/// Length of the message that stands whole at the front.
fn whole(bytes: &[u8]) -> Option<usize> {
    let header = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = str::from_utf8(&bytes[..header]).expect("ASCII header");
    let length: usize = text.trim().strip_prefix("Content-Length: ")?.parse().expect("length");
    (bytes.len() >= header + length).then_some(header + length)
}
