//! The smallest host: a program of five lines that goes round and round, debugged over TCP.
//!
//! ```text
//! cargo run --example echo_debuggee [ADDRESS]      # 127.0.0.1:5678 unless given
//! ```
//!
//! It stops at breakpoints on its lines (in `echo.txt`, as it calls its source), shows the line as a variable, and
//! evaluates every expression to itself.

use dapstub::Failure;
use dapstub::debuggee::{
    Breakpoints, Debuggee, Evaluate, Evaluation, Frames, LineBreakpoints, Outcome, Scopes, Threads, Variables,
};
use dapstub::frame::Receiver;
use dapstub::io::{Client, Program, Turn, serve};
use dapstub::protocol::{
    Breakpoint, ContinueArguments, ContinueResponse, DisconnectArguments, EvaluateArguments, EvaluateResponse, Scope,
    ScopesArguments, SetBreakpointsArguments, Source, StackFrame, StackTraceArguments, StopReason, StoppedEvent,
    Thread, Variable, VariablesArguments,
};
use dapstub::session::{Phase, Session};
use embedded_io::{ErrorKind, ErrorType, Read, ReadReady, Write};
use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

const LINES: u64 = 5;

/// The program, and what the debugger wants of it.
struct Echo {
    line: u64,
    stopped: bool,
    breakpoints: [bool; LINES as usize],
}

impl Debuggee for Echo {
    fn threads(&mut self, threads: &mut Threads<'_>) -> Result<Outcome, Failure> {
        threads.push(&Thread {
            id: 1,
            name: "main".into(),
        })?;
        Ok(Outcome::Done)
    }

    fn stack_trace(&mut self, _: &StackTraceArguments, frames: &mut Frames<'_>) -> Result<Outcome, Failure> {
        let source = Some(Source {
            path: Some("echo.txt".into()),
            ..Default::default()
        });
        frames.push(&StackFrame {
            id: 1,
            name: "echo".into(),
            source,
            line: self.line,
            column: 1,
            ..Default::default()
        })?;
        Ok(Outcome::Done)
    }

    fn scopes(&mut self, _: &ScopesArguments, scopes: &mut Scopes<'_>) -> Result<Outcome, Failure> {
        scopes.push(&Scope {
            name: "Locals".into(),
            variables_reference: 1,
            ..Default::default()
        })?;
        Ok(Outcome::Done)
    }

    fn variables(&mut self, _: &VariablesArguments, variables: &mut Variables<'_>) -> Result<Outcome, Failure> {
        let line = self.line.to_string();
        variables.push(&Variable {
            name: "line".into(),
            value: line.as_str().into(),
            ..Default::default()
        })?;
        Ok(Outcome::Done)
    }

    fn resume(&mut self, _: &ContinueArguments) -> Result<ContinueResponse, Failure> {
        self.stopped = false;
        Ok(ContinueResponse::default())
    }

    fn disconnect(&mut self, _: &DisconnectArguments) -> Result<Outcome, Failure> {
        Ok(Outcome::Done)
    }

    fn line_breakpoints(&mut self) -> Option<&mut dyn LineBreakpoints> {
        Some(self)
    }

    fn evaluate(&mut self) -> Option<&mut dyn Evaluate> {
        Some(self)
    }
}

impl LineBreakpoints for Echo {
    fn set_breakpoints(
        &mut self,
        arguments: &SetBreakpointsArguments<'_>,
        breakpoints: &mut Breakpoints<'_>,
    ) -> Result<Outcome, Failure> {
        self.breakpoints = Default::default();
        for wanted in arguments.requested() {
            let place = wanted
                .line
                .checked_sub(1)
                .and_then(|index| self.breakpoints.get_mut(index as usize));
            let verified = place.map(|set| *set = true).is_some();
            breakpoints.push(&Breakpoint {
                verified,
                line: Some(wanted.line),
                ..Default::default()
            })?;
        }
        Ok(Outcome::Done)
    }
}

impl Evaluate for Echo {
    fn evaluate(&mut self, arguments: &EvaluateArguments<'_>, answer: &mut Evaluation<'_>) -> Result<Outcome, Failure> {
        answer.give(&EvaluateResponse {
            result: arguments.expression,
            ..Default::default()
        })?;
        Ok(Outcome::Done)
    }
}

impl Program for Echo {
    fn turn(&mut self, client: &mut dyn Client) -> Turn {
        if self.stopped || client.phase() != Phase::Running {
            return Turn::Stopped;
        }
        self.line = self.line % LINES + 1;
        if self.breakpoints[self.line as usize - 1] {
            let stop = StoppedEvent {
                reason: StopReason::Breakpoint,
                thread_id: Some(1),
                ..Default::default()
            };
            // If there is no room for the event, the line comes round again.
            self.stopped = client.report(stop).is_ok();
        }
        Turn::Running
    }
}

/// A socket as the core wants its streams.
struct Connection(TcpStream);

fn failed(_: io::Error) -> ErrorKind {
    ErrorKind::Other
}

impl ErrorType for Connection {
    type Error = ErrorKind;
}

impl Read for Connection {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        self.0.read(buffer).map_err(failed)
    }
}

impl ReadReady for Connection {
    fn read_ready(&mut self) -> Result<bool, ErrorKind> {
        self.0.set_nonblocking(true).map_err(failed)?;
        let peeked = self.0.peek(&mut [0]);
        self.0.set_nonblocking(false).map_err(failed)?;
        match peeked {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            // The end of the stream and errors are for `read` to find.
            _ => Ok(true),
        }
    }
}

impl Write for Connection {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        self.0.write(bytes).map_err(failed)
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:5678".into());
    let listener = TcpListener::bind(address)?;
    println!("listening on {}", listener.local_addr()?);
    for client in listener.incoming() {
        let client = client?;
        client.set_nodelay(true)?;
        let mut echo = Echo {
            line: 0,
            stopped: false,
            breakpoints: Default::default(),
        };
        let mut session = Session::<heapless::Vec<u8, 4096>, 8>::new(heapless::Vec::new());
        let mut receiver = Receiver::new([0; 4096]);
        match serve(&mut Connection(client), &mut receiver, &mut session, &mut echo) {
            Ok(end) => println!("client: {end:?}"),
            Err(error) => println!("client given up: {error}"),
        }
    }
    Ok(())
}
