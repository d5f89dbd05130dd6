//! A program that counts, and can be paused and looked at from an editor while it does.
//!
//! ```sh
//! cargo run -p dapstub-std --example counter                        # listens on 127.0.0.1:5678
//! cargo run -p dapstub-std --example counter -- configuration.yaml  # as its `debugpy:` block says
//! ```
//!
//! Attach any DAP client to the port, pause, expand `Counter` and change nothing; continue, detach: it counts on.

use core::time::Duration;
use std::sync::{Arc, Condvar, Mutex};

use dapstub::Failure;
use dapstub::debuggee::{
    Debuggee, Evaluate, Evaluation, Frames, Outcome, Pause, Scopes, Threads, Variables, capabilities_of, dispatch,
};
use dapstub::output::Output;
use dapstub::protocol::{
    Capabilities, Command, ContinueArguments, ContinueResponse, DisconnectArguments, EvaluateArguments,
    EvaluateResponse, PauseArguments, Scope, ScopesArguments, StackFrame, StackTraceArguments, StopReason,
    StoppedEvent, Thread, Variable, VariablesArguments,
};
use dapstub::session::Request;
use dapstub_std::{Buffer, Client, Config, Debugger, Disconnect, Host, config};

const THREAD: i32 = 1;
const FRAME: i32 = 1;
const LOCALS: i32 = 1;

/// What the program and its debugger share.
#[derive(Default)]
struct Program {
    state: Mutex<State>,
    resumed: Condvar,
}

#[derive(Default)]
struct State {
    count: u64,
    paused: bool,
}

/// The debugger's view. Every question is answered at once, under the program's own lock.
struct Counter(Arc<Program>);

impl Counter {
    fn go_on(&self) {
        self.0.state.lock().unwrap().paused = false;
        self.0.resumed.notify_all();
    }
}

impl Debuggee for Counter {
    fn threads(&mut self, threads: &mut Threads<'_>) -> Result<Outcome, Failure> {
        threads.push(&Thread {
            id: THREAD,
            name: "main".into(),
        })?;
        Ok(Outcome::Done)
    }

    fn stack_trace(&mut self, _: &StackTraceArguments, frames: &mut Frames<'_>) -> Result<Outcome, Failure> {
        frames.push(&StackFrame {
            id: FRAME,
            name: "count".into(),
            ..Default::default()
        })?;
        Ok(Outcome::Done)
    }

    fn scopes(&mut self, _: &ScopesArguments, scopes: &mut Scopes<'_>) -> Result<Outcome, Failure> {
        scopes.push(&Scope {
            name: "Counter".into(),
            variables_reference: LOCALS,
            ..Default::default()
        })?;
        Ok(Outcome::Done)
    }

    fn variables(&mut self, _: &VariablesArguments, variables: &mut Variables<'_>) -> Result<Outcome, Failure> {
        let count = self.0.state.lock().unwrap().count.to_string();
        variables.push(&Variable {
            name: "count".into(),
            value: count.as_str().into(),
            ..Default::default()
        })?;
        Ok(Outcome::Done)
    }

    fn resume(&mut self, _: &ContinueArguments) -> Result<ContinueResponse, Failure> {
        self.go_on();
        Ok(ContinueResponse {
            all_threads_continued: Some(true),
        })
    }

    fn disconnect(&mut self, _: &DisconnectArguments) -> Result<Outcome, Failure> {
        Ok(Outcome::Done)
    }

    fn pause(&mut self) -> Option<&mut dyn Pause> {
        Some(self)
    }

    fn evaluate(&mut self) -> Option<&mut dyn Evaluate> {
        Some(self)
    }
}

impl Pause for Counter {
    fn pause(&mut self, _: &PauseArguments) -> Result<Outcome, Failure> {
        self.0.state.lock().unwrap().paused = true;
        Ok(Outcome::Done)
    }
}

impl Evaluate for Counter {
    fn evaluate(&mut self, arguments: &EvaluateArguments<'_>, answer: &mut Evaluation<'_>) -> Result<Outcome, Failure> {
        if arguments.expression != "count" {
            return Err(Failure::new(1000, "this program knows only `count`"));
        }
        let count = self.0.state.lock().unwrap().count.to_string();
        answer.give(&EvaluateResponse {
            result: count.as_str().into(),
            ..Default::default()
        })?;
        Ok(Outcome::Done)
    }
}

/// Between the frontend and the debuggee: requests in, answers and events out.
impl Host for Counter {
    fn capabilities(&mut self) -> Capabilities<'_> {
        capabilities_of(self)
    }

    fn attach(&mut self, client: &Client, _: &Request<'_>) -> Result<(), Failure> {
        println!("{} is debugging", client.peer());
        Ok(())
    }

    fn request(&mut self, client: &Client, request: Request<'_>) {
        let mut body = Buffer::new();
        // A client that is gone meanwhile needs no answer.
        let _ = match dispatch(self, &request, &mut body) {
            Ok(_) => client.respond(request.ticket(), body.written()),
            Err(failure) => client.fail(request.ticket(), &failure),
        };
        if request.command() == Command::Pause {
            let stopped = StoppedEvent {
                reason: StopReason::Pause,
                thread_id: Some(THREAD),
                all_threads_stopped: true,
                ..Default::default()
            };
            let _ = client.report(stopped);
        }
    }

    fn disconnected(&mut self, client: &Client, how: Disconnect) {
        println!("{} is gone: {how:?}", client.peer());
        self.go_on();
    }
}

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let settings = match std::env::args().nth(1) {
        Some(path) => config::load(path)?,
        None => Config::default().with_host("127.0.0.1")?.into(),
    };
    let program = Arc::new(Program::default());
    let debugger = Debugger::new();
    if settings.config.start {
        let started = debugger.start(&settings, Counter(program.clone()))?;
        println!("listening on {}", started.address);
        if let Some(hold) = started.hold {
            println!("waiting for a debugger");
            hold.wait(None);
        }
    }
    loop {
        let state = program.state.lock().unwrap();
        let mut state = program.resumed.wait_while(state, |state| state.paused).unwrap();
        state.count += 1;
        println!("{}", state.count);
        drop(state);
        std::thread::sleep(Duration::from_secs(1));
    }
}
