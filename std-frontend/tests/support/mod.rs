//! What the tests of this crate share: a small host, a server around it, and a client that checks every byte.

#![allow(dead_code, unreachable_pub, reason = "each test program uses a part of it")]

mod peer;

use core::time::Duration;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use dapstub::Failure;
use dapstub::protocol::{Capabilities, Command, EvaluateArguments, SetBreakpointsArguments};
use dapstub::session::{Request, Ticket};
use dapstub_std::{Address, Client, Config, Debugger, Disconnect, Host, Setup};

pub use peer::{DEADLINE, Peer};

/// What the host was told, in order.
#[derive(Debug)]
pub enum Note {
    Attached(Client),
    Request(Command),
    Disconnected(Disconnect),
}

/// A program that can hardly be debugged, but says all it hears.
pub struct TestHost {
    notes: Sender<Note>,
    /// Requests whose expression is `later`, for a test to answer.
    pub later: Arc<Mutex<Vec<Ticket>>>,
}

impl Host for TestHost {
    fn capabilities(&mut self) -> Capabilities<'_> {
        Capabilities {
            supports_configuration_done_request: true,
            ..Default::default()
        }
    }

    fn attach(&mut self, client: &Client, request: &Request<'_>) -> Result<(), Failure> {
        match request.arguments().raw() {
            raw if raw.contains("\"refuse\"") => Err(Failure::new(1000, "not today")),
            raw if raw.contains("\"panic\"") => panic!("asked to"),
            _ => {
                let _ = self.notes.send(Note::Attached(client.clone()));
                Ok(())
            }
        }
    }

    fn request(&mut self, client: &Client, request: Request<'_>) {
        let ticket = request.ticket();
        let is_later = request
            .arguments()
            .parse::<EvaluateArguments<'_>>()
            .is_ok_and(|arguments| arguments.expression == "later");
        if request.command() == Command::Evaluate && is_later {
            // Before it is noted, because whoever reads the note takes it.
            self.later.lock().unwrap().push(request.ticket());
        }
        let _ = self.notes.send(Note::Request(request.command()));
        let result = match request.command() {
            Command::ConfigurationDone => client.configured(ticket),
            Command::Threads => client.respond(ticket, br#"{"threads":[{"id":1,"name":"main"}]}"#),
            Command::SetBreakpoints => match request.arguments().parse::<SetBreakpointsArguments<'_>>() {
                Ok(_) => client.respond(ticket, br#"{"breakpoints":[]}"#),
                Err(error) => client.fail(ticket, &Failure::from(error)),
            },
            Command::Evaluate => match request.arguments().parse::<EvaluateArguments<'_>>() {
                Ok(_) if is_later => Ok(()),
                Ok(arguments) if arguments.expression == "panic" => panic!("asked to"),
                Ok(_) => client.respond(ticket, br#"{"result":"42","variablesReference":0}"#),
                Err(error) => client.fail(ticket, &Failure::from(error)),
            },
            _ => client.fail(ticket, &Failure::not_supported(request.command_str())),
        };
        result.expect("an open request of a client that is there can be answered");
    }

    fn disconnected(&mut self, _: &Client, how: Disconnect) {
        let _ = self.notes.send(Note::Disconnected(how));
    }
}

/// A running server.
pub struct Server {
    pub debugger: Debugger,
    pub address: Address,
    pub notes: Receiver<Note>,
    pub later: Arc<Mutex<Vec<Ticket>>>,
}

/// Configuration of a server on a free port of the loopback interface.
pub fn loopback() -> Config {
    Config {
        port: 0,
        ..Config::default()
    }
    .with_host("127.0.0.1")
    .unwrap()
}

/// A host and the place where its notes arrive.
pub fn host() -> (TestHost, Receiver<Note>) {
    let (sender, notes) = channel();
    (
        TestHost {
            notes: sender,
            later: Arc::default(),
        },
        notes,
    )
}

impl Server {
    /// Starts a server on a free port.
    pub fn start() -> Self {
        Self::start_with(loopback())
    }

    /// Starts a server.
    pub fn start_with(setup: impl Into<Setup>) -> Self {
        let debugger = Debugger::new();
        let (host, notes) = host();
        let later = host.later.clone();
        let started = debugger.start(setup, host).expect("start");
        assert!(!started.already);
        Self {
            debugger,
            address: started.address,
            notes,
            later,
        }
    }

    /// Connects and says nothing.
    pub fn peer(&self) -> Peer {
        Peer::connect(self.address.clone())
    }

    /// Attaches and configures a client; returns both ends.
    pub fn attach(&self) -> (Peer, Client) {
        let peer = Peer::attached(self.address.clone());
        let client = self.attached();
        self.requested(Command::ConfigurationDone);
        (peer, client)
    }

    /// The next note, which must say that a client has attached.
    pub fn attached(&self) -> Client {
        match self.note() {
            Note::Attached(client) => client,
            other => panic!("{other:?}"),
        }
    }

    /// The next note must be a request of this command.
    pub fn requested(&self, command: Command) {
        match self.note() {
            Note::Request(found) => assert_eq!(found, command),
            other => panic!("{other:?}"),
        }
    }

    /// The next note must say that the client is gone.
    pub fn disconnected(&self) -> Disconnect {
        match self.note() {
            Note::Disconnected(how) => how,
            other => panic!("{other:?}"),
        }
    }

    pub fn note(&self) -> Note {
        self.notes.recv_timeout(DEADLINE).expect("the host hears of it in time")
    }

    /// Nothing was told that the test has not asked for.
    pub fn no_note(&self) {
        if let Ok(note) = self.notes.try_recv() {
            panic!("{note:?}");
        }
    }

    /// A whole session works: attach, ask, leave.
    pub fn serves_a_session(&self) {
        let (mut peer, _) = self.attach();
        let answer = peer.ask("threads", serde_json::json!(null));
        assert_eq!(answer["body"]["threads"][0]["name"], "main", "{answer}");
        self.requested(Command::Threads);
        peer.disconnect();
        assert_eq!(
            self.disconnected(),
            Disconnect::Requested {
                terminate_debuggee: false
            }
        );
    }
}

/// Waits until `condition` holds.
pub fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !condition() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
