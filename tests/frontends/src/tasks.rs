//! The frontend on tokio, on either kind of runtime.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use dapstub::Failure;
use dapstub::protocol::{Command, EvaluateArguments, SetBreakpointsArguments};
use dapstub_std::{Address, SendError, Setup};
use dapstub_tokio::{Client, Debugger, Disconnect, Host, Request, Responder};
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use crate::server::{Note, Reporter, Server};
use crate::support::DEADLINE;

/// A program that can hardly be debugged, but says all it hears.
struct Program {
    notes: Sender<Note>,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    client: Mutex<Option<Client>>,
    /// Requests whose expression is `later`, for a test to answer.
    later: Mutex<Vec<Responder>>,
}

impl Host for Program {
    async fn attach(&self, client: Client, request: Request) -> Result<(), Failure> {
        match request.arguments().raw() {
            raw if raw.contains("\"refuse\"") => return Err(Failure::new(1000, "not today")),
            raw if raw.contains("\"panic\"") => panic!("asked to"),
            // Once round the scheduler, so that the connection is not served in one go.
            _ => tokio::task::yield_now().await,
        }
        *self.seen.client.lock().unwrap() = Some(client);
        let _ = self.notes.send(Note::Attached);
        Ok(())
    }

    async fn request(&self, request: Request, responder: Responder) {
        if request.command() == Command::Evaluate
            && let Ok(arguments) = request.parse::<EvaluateArguments<'_>>()
            && arguments.expression == "later"
        {
            // Before it is noted, because whoever reads the note takes it.
            self.seen.later.lock().unwrap().push(responder);
            let _ = self.notes.send(Note::Request(Command::Evaluate));
            return;
        }
        let _ = self.notes.send(Note::Request(request.command()));
        let result = match request.command() {
            Command::ConfigurationDone => responder.done(),
            Command::Threads => responder.respond_raw(br#"{"threads":[{"id":1,"name":"main"}]}"#),
            Command::SetBreakpoints => match request.parse::<SetBreakpointsArguments<'_>>() {
                Ok(_) => responder.respond_raw(br#"{"breakpoints":[]}"#),
                Err(failure) => responder.fail(&failure),
            },
            Command::Evaluate => match request.parse::<EvaluateArguments<'_>>() {
                Ok(arguments) if arguments.expression == "panic" => panic!("asked to"),
                Ok(_) => responder.respond_raw(br#"{"result":"42","variablesReference":0}"#),
                Err(failure) => responder.fail(&failure),
            },
            _ => responder.not_supported(&request),
        };
        result.expect("an open request of a client that is there can be answered");
    }

    fn disconnected(&self, _: &Client, how: Disconnect) {
        let _ = self.notes.send(Note::Disconnected(how));
    }
}

/// The frontend on tokio, with so many threads; 0 is the current-thread runtime.
pub struct Tasks<const THREADS: usize> {
    /// The server's handle, for what the trait does not have.
    pub debugger: Debugger,
    /// The runtime that it lives on.
    pub runtime: Handle,
    address: Address,
    notes: Receiver<Note>,
    seen: Arc<Seen>,
    /// Dropped, it ends the runtime.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// On the current-thread runtime.
pub type CurrentThread = Tasks<0>;
/// On the multi-thread runtime.
pub type MultiThread = Tasks<2>;

impl<const THREADS: usize> Tasks<THREADS> {
    fn client(&self) -> Client {
        self.seen.client.lock().unwrap().clone().expect("a client has attached")
    }
}

impl<const THREADS: usize> Server for Tasks<THREADS> {
    fn start_with(setup: Setup) -> Self {
        let runtime = match THREADS {
            0 => Builder::new_current_thread().enable_all().build(),
            n => Builder::new_multi_thread().worker_threads(n).enable_all().build(),
        };
        let runtime = runtime.unwrap();
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let (notes, heard) = channel();
        let seen = Arc::new(Seen::default());
        let program = Program {
            notes,
            seen: seen.clone(),
        };
        let debugger = Debugger::new();
        let started = runtime.block_on(debugger.start(setup, program)).expect("start");
        assert!(!started.already);
        let thread = std::thread::spawn(move || {
            let _ = runtime.block_on(stopped);
        });
        Self {
            debugger,
            runtime: handle,
            address: started.address,
            notes: heard,
            seen,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    fn place(&self) -> Address {
        self.address.clone()
    }

    fn note(&self) -> Note {
        self.notes.recv_timeout(DEADLINE).expect("the host hears of it in time")
    }

    fn no_note(&self) {
        if let Ok(note) = self.notes.try_recv() {
            panic!("{note:?}");
        }
    }

    fn is_client_connected(&self) -> bool {
        self.debugger.is_client_connected()
    }

    fn forget(&self) {
        while self.notes.try_recv().is_ok() {}
    }

    fn reporter(&self) -> Reporter {
        let client = self.client();
        Box::new(move |name, body| client.event(name, body))
    }

    fn ask(&self, command: Command, arguments: &'static [u8]) {
        let client = self.client();
        self.runtime
            .spawn(async move { client.request(command, arguments).await });
    }

    fn answer_later(&self, body: &'static [u8]) -> Result<(), SendError> {
        let responder = self.seen.later.lock().unwrap().pop().expect("`later` was asked");
        let (sender, answered) = channel();
        self.runtime.spawn(async move {
            let _ = sender.send(responder.respond_raw(body));
        });
        answered.recv_timeout(DEADLINE).expect("answered in time")
    }

    fn close_client(&self) {
        self.client().close();
    }

    fn is_client_open(&self) -> bool {
        self.client().is_open()
    }
}

impl<const THREADS: usize> Drop for Tasks<THREADS> {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
