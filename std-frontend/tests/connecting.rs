//! The program opens the connection: to a client that waits, and to an adapter that first asks who comes.

mod support;

use core::time::Duration;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use dapstub::Failure;
use dapstub::output::Output;
use dapstub::protocol::{Capabilities, Command};
use dapstub::session::Request;
use dapstub_std::{Buffer, Client, Debugger, Disconnect, Host, StartFailure};
use serde_json::{Value, json};
use support::{DEADLINE, host, loopback, until};

/// A program that tells an adapter its name.
struct Introduced;

impl Host for Introduced {
    fn capabilities(&mut self) -> Capabilities<'_> {
        Capabilities::default()
    }

    fn early(&mut self, client: &Client, request: &Request<'_>, body: &mut Buffer) -> Result<(), Failure> {
        assert!(client.is_dialled());
        if request.command_str() != "whoAreYou" {
            return Err(Failure::not_supported(request.command_str()));
        }
        Ok(body.push(br#"{"name":"program"}"#)?)
    }

    fn attach(&mut self, _: &Client, _: &Request<'_>) -> Result<(), Failure> {
        Ok(())
    }

    fn request(&mut self, client: &Client, request: Request<'_>) {
        let _ = match request.command() {
            Command::ConfigurationDone => client.configured(request.ticket()),
            _ => client.respond(request.ticket(), b""),
        };
    }

    fn disconnected(&mut self, _: &Client, _: Disconnect) {}
}

/// The waiting side.
struct Waiting(BufReader<TcpStream>);

impl Waiting {
    fn accept(listener: &TcpListener) -> Self {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        Self(BufReader::new(stream))
    }

    /// Sends a request and reads up to its answer.
    fn ask(&mut self, seq: u32, command: &str) -> (Value, Vec<Value>) {
        let message = json!({"seq": seq, "type": "request", "command": command, "arguments": {"adapterID": "x"}});
        let body = message.to_string();
        write!(self.0.get_mut(), "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut events = Vec::new();
        loop {
            let message = self.read();
            if message["request_seq"] == seq {
                return (message, events);
            }
            events.push(message);
        }
    }

    fn read(&mut self) -> Value {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        let length: usize = line["Content-Length: ".len()..].trim_end().parse().unwrap();
        self.0.read_line(&mut line).unwrap();
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }
}

fn waiting() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

#[test]
fn an_adapter_asks_first_and_has_attach_answered_at_once() {
    let (listener, port) = waiting();
    let debugger = Debugger::new();
    assert!(debugger.connect("127.0.0.1", port, Introduced).unwrap());
    assert!(debugger.is_running() && debugger.address().is_none());
    assert!(
        !debugger.connect("127.0.0.1", port, Introduced).unwrap(),
        "it is connected"
    );
    let mut adapter = Waiting::accept(&listener);
    // Nothing that DAP knows comes early.
    assert_eq!(adapter.ask(1, "threads").0["success"], false);
    assert_eq!(adapter.ask(2, "whoElse").0["success"], false);
    assert_eq!(adapter.ask(3, "whoAreYou").0["body"]["name"], "program");
    assert_eq!(adapter.ask(4, "initialize").0["success"], true);
    let (attach, events) = adapter.ask(5, "attach");
    assert_eq!(attach["success"], true);
    assert_eq!(events[0]["event"], "initialized");
    assert!(!debugger.wait_for_client(Some(Duration::from_millis(20))));
    assert_eq!(adapter.ask(6, "configurationDone").0["success"], true);
    assert!(debugger.is_client_connected() && debugger.wait_for_client(Some(DEADLINE)));
    assert!(debugger.shutdown(DEADLINE));
}

#[test]
fn a_client_that_waits_keeps_the_order_of_dap() {
    let (listener, port) = waiting();
    let debugger = Debugger::new();
    assert!(debugger.connect("127.0.0.1", port, Introduced).unwrap());
    let mut client = Waiting::accept(&listener);
    assert_eq!(client.ask(1, "initialize").0["success"], true);
    assert_eq!(client.ask(2, "whoAreYou").0["success"], false, "too late for that");
    let body = r#"{"seq":3,"type":"request","command":"attach"}"#;
    write!(client.0.get_mut(), "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    assert_eq!(client.read()["event"], "initialized");
    assert_eq!(client.ask(4, "configurationDone").0["success"], true);
    assert_eq!(client.read()["request_seq"], 3, "the answer to `attach` follows");

    // It goes, and the program connects again; and it listens besides.
    drop(client);
    until("gone", || !debugger.is_client_connected());
    until("connected again", || {
        debugger.connect("127.0.0.1", port, Introduced).unwrap()
    });
    let mut client = Waiting::accept(&listener);
    let started = debugger.start(loopback(), host().0).unwrap();
    assert!(!started.already);
    assert_eq!(debugger.address(), Some(started.address.clone()));
    assert_eq!(client.ask(1, "initialize").0["success"], true);
    let mut stranger = Waiting(BufReader::new(
        TcpStream::connect(started.address.tcp().unwrap()).unwrap(),
    ));
    assert_eq!(stranger.ask(1, "whoAreYou").0["success"], false, "it was not called");
    assert_eq!(stranger.ask(2, "initialize").0["success"], true);
    assert!(!debugger.connect("127.0.0.1", port, Introduced).unwrap(), "it listens");
    assert!(debugger.shutdown(DEADLINE));
}

#[test]
fn nobody_waits_and_another_try_is_as_good_as_the_first() {
    let (listener, port) = waiting();
    drop(listener);
    let debugger = Debugger::new();
    let error = debugger.connect("127.0.0.1", port, Introduced).unwrap_err();
    assert_eq!(error.failure(), StartFailure::Connect);
    assert_eq!(error.io_error().kind(), std::io::ErrorKind::ConnectionRefused);
    assert!(
        error
            .to_string()
            .starts_with(&format!("can't connect to 127.0.0.1:{port}: "))
    );
    assert!(!debugger.is_running());
    let error = debugger.connect("no such host", port, Introduced).unwrap_err();
    assert_eq!(error.failure(), StartFailure::Resolve);
    let (listener, port) = waiting();
    assert!(debugger.connect("127.0.0.1", port, Introduced).unwrap());
    Waiting::accept(&listener);
    assert!(debugger.shutdown(DEADLINE));
    let error = debugger.connect("127.0.0.1", port, Introduced).unwrap_err();
    assert_eq!(error.failure(), StartFailure::Ended);
}
