//! What the tests of this crate share: a program whose answers a test steers, and an async client.

#![allow(dead_code, unreachable_pub, reason = "each test program uses a part of it")]

mod peer;

use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;
use std::sync::{Arc, Mutex};

use dapstub::Failure;
use dapstub::protocol::{Capabilities, Command, EvaluateArguments, EvaluateResponse};
use dapstub_tokio::{Client, Config, Debugger, Disconnect, Host, Request, Responder};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

pub use peer::{DEADLINE, Peer, within};

/// What the program was told.
#[derive(Debug)]
pub enum Note {
    /// An `attach` begins.
    Attach(Client),
    Request(Command),
    Disconnected(Disconnect),
    /// Something of the program's was dropped before its time.
    Dropped(&'static str),
}

/// A program whose `evaluate` does what it is told: `now`, `yield N` (round the scheduler N times), `never`, `keep` (for a test
/// to answer), `forget` (drops the responder), `cancellable`, `panic`, `panic later`. The name in `attach` says the same.
#[derive(Clone)]
pub struct Program {
    notes: UnboundedSender<Note>,
    pub kept: Arc<Mutex<Vec<Responder>>>,
}

/// Says so if it is dropped before it was told not to.
struct Bomb<'p>(&'p Program, &'static str);

impl Drop for Bomb<'_> {
    fn drop(&mut self) {
        if !self.1.is_empty() {
            let _ = self.0.notes.send(Note::Dropped(self.1));
        }
    }
}

impl Program {
    pub fn new() -> (Self, UnboundedReceiver<Note>) {
        let (notes, heard) = unbounded_channel();
        let kept = Arc::default();
        (Self { notes, kept }, heard)
    }

    async fn take_time(&self, how: &str, what: &'static str) {
        let mut bomb = Bomb(self, what);
        if let Some(times) = how.strip_prefix("yield ") {
            for _ in 0..times.parse().unwrap() {
                tokio::task::yield_now().await;
            }
        } else if how == "never" {
            core::future::pending::<()>().await;
        } else if how == "panic" {
            bomb.1 = "";
            panic!("asked to");
        } else if how == "panic later" {
            tokio::task::yield_now().await;
            bomb.1 = "";
            panic!("asked to");
        }
        bomb.1 = "";
    }
}

impl Host for Program {
    fn capabilities(&self) -> Capabilities<'_> {
        Capabilities {
            supports_configuration_done_request: true,
            supports_cancel_request: true,
            ..Default::default()
        }
    }

    async fn attach(&self, client: Client, request: Request) -> Result<(), Failure> {
        let _ = self.notes.send(Note::Attach(client));
        let name = request.arguments().raw().split('"').nth(3).unwrap_or("").to_owned();
        self.take_time(&name, "attach").await;
        if name.starts_with("refuse") {
            tokio::task::yield_now().await;
            return Err(Failure::new(1000, "not today"));
        }
        Ok(())
    }

    async fn request(&self, request: Request, responder: Responder) {
        let _ = self.notes.send(Note::Request(request.command()));
        let _ = match request.command() {
            Command::ConfigurationDone => responder.done(),
            Command::Threads => responder.respond_raw(br#"{"threads":[{"id":1,"name":"main"}]}"#),
            Command::Evaluate => {
                let arguments: EvaluateArguments<'_> = match request.parse() {
                    Ok(arguments) => arguments,
                    Err(failure) => {
                        let _ = responder.fail(&failure);
                        return;
                    }
                };
                match arguments.expression.raw() {
                    "keep" => return self.kept.lock().unwrap().push(responder),
                    "forget" => return drop(responder),
                    "cancellable" => {
                        responder.cancellation().cancelled().await;
                        let _ = responder.fail(&Failure::new(1001, "as you like"));
                        return;
                    }
                    how => self.take_time(how, "evaluate").await,
                }
                responder.respond(&EvaluateResponse {
                    result: arguments.expression,
                    ..Default::default()
                })
            }
            _ => responder.not_supported(&request),
        };
    }

    fn disconnected(&self, _: &Client, how: Disconnect) {
        let _ = self.notes.send(Note::Disconnected(how));
    }
}

/// A running server.
pub struct Server {
    pub debugger: Debugger,
    pub notes: UnboundedReceiver<Note>,
    pub program: Program,
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

impl Server {
    pub async fn start() -> Self {
        let debugger = Debugger::new();
        let (program, notes) = Program::new();
        let started = within(debugger.start(&loopback(), program.clone())).await.unwrap();
        assert!(!started.already);
        Self {
            debugger,
            notes,
            program,
        }
    }

    /// Connects and says nothing.
    pub async fn peer(&self) -> Peer {
        Peer::connect(self.debugger.address().unwrap()).await
    }

    /// Attaches and configures a client.
    pub async fn attach(&mut self) -> (Peer, Client) {
        let mut peer = self.peer().await;
        peer.attached().await;
        let client = self.attaches().await;
        self.requested(Command::ConfigurationDone).await;
        (peer, client)
    }

    pub async fn note(&mut self) -> Note {
        within(self.notes.recv()).await.expect("the program is there")
    }

    pub async fn attaches(&mut self) -> Client {
        match self.note().await {
            Note::Attach(client) => client,
            other => panic!("{other:?}"),
        }
    }

    pub async fn requested(&mut self, command: Command) {
        match self.note().await {
            Note::Request(found) => assert_eq!(found, command),
            other => panic!("{other:?}"),
        }
    }

    pub async fn disconnected(&mut self) -> Disconnect {
        match self.note().await {
            Note::Disconnected(how) => how,
            other => panic!("{other:?}"),
        }
    }

    pub async fn dropped(&mut self, what: &str) {
        match self.note().await {
            Note::Dropped(found) => assert_eq!(found, what),
            other => panic!("{other:?}"),
        }
    }

    pub fn no_note(&mut self) {
        if let Ok(note) = self.notes.try_recv() {
            panic!("{note:?}");
        }
    }

    /// A whole session works: attach, ask, leave.
    pub async fn serves_a_session(&mut self) {
        let (mut peer, _) = self.attach().await;
        assert_eq!(peer.ask("threads", "{}").await["success"], true);
        self.requested(Command::Threads).await;
        peer.disconnect().await;
        assert!(matches!(self.disconnected().await, Disconnect::Requested { .. }));
    }

    /// Shuts down; no task of it is left behind.
    pub async fn ends(self) {
        assert!(within(self.debugger.shutdown(DEADLINE)).await);
        until("no task is left", || alive() == 0).await;
    }
}

/// How many tasks of this runtime live. The one of `block_on` is none of them.
pub fn alive() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

/// Waits until `condition` holds.
pub async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let wait = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    assert!(
        tokio::time::timeout(DEADLINE, wait).await.is_ok(),
        "not in time: {what}"
    );
}

/// Polls a future at most so many times, then drops it.
pub async fn dropped_after<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => {
                // Polled again also where nothing has happened.
                context.waker().wake_by_ref();
                Poll::Pending
            }
        }
    })
    .await
}

/// Runs a test on both kinds of runtime.
#[macro_export]
macro_rules! on_both_runtimes {
    ($($(#[$doc:meta])* async fn $name:ident() $body:block)*) => {
        $(
            $(#[$doc])*
            mod $name {
                use super::*;

                async fn run() $body

                #[test]
                fn current_thread() {
                    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(run());
                }

                #[test]
                fn multi_thread() {
                    let mut builder = tokio::runtime::Builder::new_multi_thread();
                    builder.worker_threads(2).enable_all().build().unwrap().block_on(run());
                }
            }
        )*
    };
}
