//! Every order of events that a model checker finds for the threads of the program and the thread that serves connections.
//!
//! [`shuttle`] runs each model thousands of times, and at every lock, condition variable and atomic flag chooses which thread goes
//! on: at random, and by the PCT algorithm, which is good at bugs that want a few unlikely switches. A thread that waits for ever
//! is a failure by itself. The I/O thread is played by the models, with the rules and links of the real one and a socket that keeps
//! what it is given.
//!
//!     RUSTFLAGS="--cfg dapstub_model" cargo test -p dapstub-std --lib --target-dir target/model model
//!
//! `DAPSTUB_MODEL_ROUNDS` is the number of schedules for each model and each strategy, 2,000 without it.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::env;
use std::io;
use std::sync::Arc;

use dapstub::config::Config;
use dapstub::protocol::Command;
use dapstub::session::{Step, Ticket};
use shuttle::thread;

use crate::access::{Access, Door};
use crate::address::Address;
use crate::host::Disconnect;
use crate::link::{Carrier, Link, Verdict};
use crate::process::{Process, Waited, Waiter};
use crate::rules::{self, Route};
use crate::shared::lock;
use crate::stage::{Patience, Stage};
use crate::sync::Mutex;

/// Below the links: one process, no system.
#[derive(Clone, Debug)]
struct Paper {
    process: Arc<Process>,
    door: Arc<Door>,
    /// How many bytes the system takes before it has no room; `None` for all.
    room: Option<usize>,
}

/// What was sent, and whether it was said that no more comes.
#[derive(Debug, Default)]
struct Sheet {
    written: Mutex<Vec<u8>>,
}

impl Carrier for Paper {
    type Socket = Arc<Sheet>;

    fn send(&self, sheet: &Arc<Sheet>, bytes: &[u8]) -> io::Result<usize> {
        let mut written = lock(&sheet.written);
        let room = self.room.map_or(bytes.len(), |room| room - room.min(written.len()));
        let taken = bytes.len().min(room);
        if taken == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        written.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn finish(&self, _: &Arc<Sheet>) {}

    fn wake(&self) {}

    fn process(&self) -> &Process {
        &self.process
    }

    fn door(&self) -> &Door {
        &self.door
    }
}

/// One client as the I/O thread sees it.
struct Visit {
    link: Arc<Link<Paper>>,
    sheet: Arc<Sheet>,
    stage: Stage,
}

impl Paper {
    fn listening(wait: bool) -> Self {
        let process = Process::default();
        process.listening(&Config {
            wait,
            ..Config::default()
        });
        Self {
            process: Arc::new(process),
            door: Arc::new(Door::new(Access::default(), Duration::ZERO)),
            room: None,
        }
    }

    fn visit(&self, id: u64) -> Visit {
        let sheet = Arc::new(Sheet::default());
        let peer = Address::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, 1)));
        Visit {
            link: Arc::new(Link::new(id, peer, self.clone(), sheet.clone())),
            sheet,
            stage: Stage::Silent,
        }
    }
}

impl Visit {
    /// Gives a request to the session; its ticket, if the session is still there.
    fn receive(&self, seq: u32, command: &str) -> Option<Ticket> {
        let body = format!(r#"{{"seq":{seq},"type":"request","command":"{command}","arguments":{{"adapterID":"x"}}}}"#);
        match self.link.receive(body.as_bytes()) {
            Ok(Step::Request(request)) => Some(request.ticket()),
            _ => None,
        }
    }

    /// `initialize` and `attach`, as the I/O thread does it: `false` where another client has the place.
    fn attaches(&mut self) -> bool {
        let Some(ticket) = self.receive(1, "initialize") else {
            return false;
        };
        if self.link.respond_raw(ticket, b"{}").is_err() {
            return false;
        }
        self.stage = Stage::Initialized;
        let Some(ticket) = self.receive(2, "attach") else {
            return false;
        };
        if self.link.carrier.process.attach().is_err() {
            rules::refuse_second(&self.link, ticket);
            return false;
        }
        self.stage = Stage::Attached { launched: false };
        let _ = self.link.act(|session| session.attached(ticket), || ());
        true
    }

    /// `disconnect`, by the rules.
    fn disconnects(&mut self, seq: u32) {
        let body = format!(r#"{{"seq":{seq},"type":"request","command":"disconnect"}}"#);
        if let Ok(Step::Request(request)) = self.link.receive(body.as_bytes()) {
            assert!(matches!(
                rules::route(&self.link, self.stage, &request, &Patience::default(), false),
                Route::Disconnect
            ));
            let how = rules::disconnect(&self.link, self.stage, &request);
            let _ = rules::release(&self.link, &mut self.stage, how);
        }
    }

    /// The connection is lost.
    fn is_lost(&mut self) -> bool {
        let attached = rules::release(&self.link, &mut self.stage, Disconnect::Lost);
        self.link.close();
        attached
    }

    /// The messages on the wire, each whole and numbered without a gap.
    fn messages(&self) -> Vec<serde_json::Value> {
        let written = lock(&self.sheet.written).clone();
        let mut rest = &written[..];
        let mut messages = Vec::new();
        while !rest.is_empty() {
            let text = core::str::from_utf8(rest).expect("text");
            let (head, _) = text.split_once("\r\n\r\n").expect("a header");
            let length: usize = head["Content-Length: ".len()..].parse().expect("a length");
            let begin = head.len() + 4;
            let message: serde_json::Value = serde_json::from_slice(&rest[begin..begin + length]).expect("JSON");
            assert_eq!(message["seq"], messages.len() + 1, "a gap in the numbers");
            messages.push(message);
            rest = &rest[begin + length..];
        }
        messages
    }
}

/// Tries a model in many schedules.
fn check(model: fn()) {
    let rounds = env::var("DAPSTUB_MODEL_ROUNDS").map_or(2_000, |text| text.parse().expect("a number"));
    shuttle::check_random(model, rounds);
    shuttle::check_pct(model, rounds, 3);
}

/// The answer to `configurationDone` comes from a thread of the program while the client is lost: whatever comes first, the
/// place is free afterwards, nobody counts as configured, and the next client gets in.
#[test]
fn a_client_that_is_lost_while_its_configuration_is_answered() {
    check(|| {
        let paper = Paper::listening(true);
        let mut visit = paper.visit(1);
        assert!(visit.attaches());
        let ticket = visit.receive(3, "configurationDone").expect("open");
        let answering = thread::spawn({
            let link = visit.link.clone();
            move || link.respond_raw(ticket, b"").is_ok()
        });
        assert!(visit.is_lost());
        let answered = answering.join().unwrap();
        assert!(!paper.process.is_attached());
        // It is held exactly as long as nobody was answered.
        assert_eq!(paper.process.is_held(), !answered);
        assert_eq!(
            Waiter::new(paper.process.clone()).wait(Some(Duration::ZERO)),
            Waited::TimedOut
        );
        assert!(paper.visit(2).attaches());
    });
}

/// Everyone who waits is released by the first client that is configured, and by nothing else.
#[test]
fn the_gate_opens_for_everybody_and_once() {
    check(|| {
        let paper = Paper::listening(true);
        let waiters: Vec<_> = (0..2)
            .map(|_| {
                let waiter = Waiter::new(paper.process.clone());
                thread::spawn(move || waiter.wait(None))
            })
            .collect();
        let clients: Vec<_> = (1..=2)
            .map(|id| {
                let paper = paper.clone();
                thread::spawn(move || {
                    let mut visit = paper.visit(id);
                    if !visit.attaches() {
                        return false;
                    }
                    let ticket = visit.receive(3, "configurationDone").expect("open");
                    assert!(visit.link.respond_raw(ticket, b"").is_ok());
                    visit.disconnects(4);
                    true
                })
            })
            .collect();
        let configured = clients.into_iter().map(|one| one.join().unwrap());
        assert!(configured.filter(|configured| *configured).count() >= 1);
        for waiter in waiters {
            assert_eq!(waiter.join().unwrap(), Waited::Client);
        }
        assert!(!paper.process.is_held() && !paper.process.is_attached());
    });
}

/// A wait that is cancelled ends, also when a client comes just then.
#[test]
fn a_wait_is_cancelled_while_a_client_comes() {
    check(|| {
        let paper = Paper::listening(true);
        let waiter = Waiter::new(paper.process.clone());
        let waiting = thread::spawn(move || waiter.wait(None));
        let cancelling = thread::spawn({
            let process = paper.process.clone();
            move || process.cancel()
        });
        let mut visit = paper.visit(1);
        assert!(visit.attaches());
        let ticket = visit.receive(3, "configurationDone").expect("open");
        assert!(visit.link.respond_raw(ticket, b"").is_ok());
        assert_ne!(waiting.join().unwrap(), Waited::TimedOut);
        cancelling.join().unwrap();
    });
}

/// Events and answers from many threads: whole frames, numbered without a gap, each request answered once, `terminated` and
/// nothing else behind the answer to `disconnect`.
#[test]
fn messages_from_many_threads_while_the_client_disconnects() {
    check(|| {
        let paper = Paper::listening(false);
        let mut visit = paper.visit(1);
        assert!(visit.attaches());
        let ticket = visit.receive(3, "configurationDone").expect("open");
        assert!(visit.link.respond_raw(ticket, b"").is_ok());
        let open: Vec<Ticket> = (4..6).map(|seq| visit.receive(seq, "threads").expect("open")).collect();
        let mut threads: Vec<_> = open
            .into_iter()
            .map(|ticket| {
                let link = visit.link.clone();
                thread::spawn(move || {
                    let _ = link.event("output", br#"{"output":"x"}"#);
                    let _ = link.respond_raw(ticket, br#"{"threads":[]}"#);
                })
            })
            .collect();
        threads.push(thread::spawn({
            let link = visit.link.clone();
            move || {
                let _ = link.event("output", br#"{"output":"y"}"#);
                link.judge(Verdict::Closed);
            }
        }));
        visit.disconnects(6);
        for one in threads {
            one.join().unwrap();
        }
        let messages = visit.messages();
        for seq in 1..6 {
            let answers = messages.iter().filter(|message| message["request_seq"] == seq).count();
            assert!(answers <= 1, "{messages:?}");
        }
        let place = messages.iter().position(|message| message["request_seq"] == 6);
        if let Some(place) = place {
            let behind: Vec<_> = messages[place + 1..].iter().map(|message| &message["event"]).collect();
            assert_eq!(
                behind,
                ["terminated"],
                "behind the answer to `disconnect`: {messages:?}"
            );
            // Then every other request was answered before.
            assert!((1..6).all(|seq| messages.iter().any(|message| message["request_seq"] == seq)));
        }
        assert!(visit.link.is_sealed() && !visit.link.is_open());
    });
}

/// Two clients want the place while the one that has it leaves: one at a time has it, and it is not lost.
#[test]
fn the_place_goes_from_one_to_the_next() {
    check(|| {
        let paper = Paper::listening(false);
        let holders = Arc::new(Mutex::new(0));
        let clients: Vec<_> = (1..=3)
            .map(|id| {
                let (paper, holders) = (paper.clone(), holders.clone());
                thread::spawn(move || {
                    let mut visit = paper.visit(id);
                    if !visit.attaches() {
                        return false;
                    }
                    *lock(&holders) += 1;
                    assert_eq!(*lock(&holders), 1, "two clients have the place");
                    let ticket = visit.receive(3, "configurationDone").expect("open");
                    let _ = visit.link.respond_raw(ticket, b"");
                    *lock(&holders) -= 1;
                    if id == 2 {
                        visit.is_lost();
                    } else {
                        visit.disconnects(4);
                    }
                    true
                })
            })
            .collect();
        let attached: Vec<bool> = clients.into_iter().map(|one| one.join().unwrap()).collect();
        assert!(attached.contains(&true));
        assert!(!paper.process.is_attached());
        assert!(paper.visit(4).attaches());
    });
}

/// A client that reads nothing: what the program says waits, and is sent whole when there is room.
#[test]
fn what_waits_is_sent_whole() {
    check(|| {
        let mut paper = Paper::listening(false);
        paper.room = Some(300);
        let mut visit = paper.visit(1);
        assert!(visit.attaches());
        let ticket = visit.receive(3, "configurationDone").expect("open");
        assert_eq!(ticket.command(), Command::ConfigurationDone);
        let _ = visit.link.respond_raw(ticket, b"");
        let speaking: Vec<_> = (0..2)
            .map(|_| {
                let link = visit.link.clone();
                thread::spawn(move || link.event("output", br#"{"output":"0123456789"}"#).is_ok())
            })
            .collect();
        // The I/O thread is told that there is room, and finds none; then the peer reads.
        visit.link.flush();
        assert!(speaking.into_iter().all(|one| one.join().unwrap()));
        assert!(visit.link.pending() > 0);
        let first = core::mem::take(&mut *lock(&visit.sheet.written));
        visit.link.flush();
        let second = core::mem::take(&mut *lock(&visit.sheet.written));
        visit.link.flush();
        let third = core::mem::take(&mut *lock(&visit.sheet.written));
        *lock(&visit.sheet.written) = [first, second, third].concat();
        assert_eq!(visit.link.pending(), 0);
        assert_eq!(
            visit
                .messages()
                .iter()
                .filter(|message| message["event"] == "output")
                .count(),
            2
        );
    });
}
