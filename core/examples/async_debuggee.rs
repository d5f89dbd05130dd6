//! The loop for executors, as a task of embassy would run it: a lamp that blinks, debugged while it does.
//!
//! ```text
//! cargo run --example async_debuggee --features embedded-io-async [ADDRESS]      # 127.0.0.1:5678 unless given
//! ```
//!
//! On a microcontroller the connection is a UART of the executor's, and `pace` a timer. Here the connection is a socket
//! that is asked again and again, and the executor a loop: both are there so that the example runs anywhere.

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use dapstub::Failure;
use dapstub::debuggee::{Debuggee, Frames, Outcome, Pause, Scopes, Threads, Variables};
use dapstub::frame::Receiver;
use dapstub::io::{Client, Program, Turn, serve_async};
use dapstub::protocol::{
    ContinueArguments, ContinueResponse, DisconnectArguments, PauseArguments, Scope, ScopesArguments, StackFrame,
    StackTraceArguments, StopReason, StoppedEvent, Thread, Variable, VariablesArguments,
};
use dapstub::session::{Phase, Session};
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

/// The program.
struct Lamp {
    blinked: u32,
    running: bool,
    pausing: bool,
}

impl Debuggee for Lamp {
    fn threads(&mut self, threads: &mut Threads<'_>) -> Result<Outcome, Failure> {
        threads.push(&Thread {
            id: 1,
            name: "lamp".into(),
        })?;
        Ok(Outcome::Done)
    }

    fn stack_trace(&mut self, _: &StackTraceArguments, frames: &mut Frames<'_>) -> Result<Outcome, Failure> {
        frames.push(&StackFrame {
            id: 1,
            name: "blink".into(),
            ..Default::default()
        })?;
        Ok(Outcome::Done)
    }

    fn scopes(&mut self, _: &ScopesArguments, scopes: &mut Scopes<'_>) -> Result<Outcome, Failure> {
        scopes.push(&Scope {
            name: "Lamp".into(),
            variables_reference: 1,
            ..Default::default()
        })?;
        Ok(Outcome::Done)
    }

    fn variables(&mut self, _: &VariablesArguments, variables: &mut Variables<'_>) -> Result<Outcome, Failure> {
        let value = self.blinked.to_string();
        variables.push(&Variable {
            name: "blinked".into(),
            value: value.as_str().into(),
            ..Default::default()
        })?;
        Ok(Outcome::Done)
    }

    fn resume(&mut self, _: &ContinueArguments) -> Result<ContinueResponse, Failure> {
        self.running = true;
        Ok(ContinueResponse::default())
    }

    fn disconnect(&mut self, _: &DisconnectArguments) -> Result<Outcome, Failure> {
        self.running = true;
        Ok(Outcome::Done)
    }

    fn pause(&mut self) -> Option<&mut dyn Pause> {
        Some(self)
    }
}

impl Pause for Lamp {
    fn pause(&mut self, _: &PauseArguments) -> Result<Outcome, Failure> {
        self.pausing = true;
        Ok(Outcome::Done)
    }
}

impl Program for Lamp {
    fn turn(&mut self, client: &mut dyn Client) -> Turn {
        if self.pausing && client.phase() == Phase::Running {
            let stop = StoppedEvent {
                reason: StopReason::Pause,
                thread_id: Some(1),
                ..Default::default()
            };
            // If there is no room for the event, the next turn sends it.
            self.running = client.report(stop).is_err();
            self.pausing = self.running;
        }
        if !self.running {
            return Turn::Stopped;
        }
        self.blinked += 1;
        Turn::Running
    }
}

/// A socket as an executor sees it: what is not there yet is pending.
struct Connection(TcpStream);

/// Runs something that may have to wait, until it is done.
async fn ready<T>(mut attempt: impl FnMut() -> io::Result<T>) -> Result<T, ErrorKind> {
    poll_fn(|context| match attempt() {
        Ok(value) => Poll::Ready(Ok(value)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            context.waker().wake_by_ref();
            Poll::Pending
        }
        Err(_) => Poll::Ready(Err(ErrorKind::Other)),
    })
    .await
}

impl ErrorType for Connection {
    type Error = ErrorKind;
}

impl Read for Connection {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        ready(|| self.0.read(buffer)).await
    }
}

impl Write for Connection {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        ready(|| self.0.write(bytes)).await
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

/// Lets other tasks run: a timer's `after_millis(10)`, on a board.
async fn pace() {
    let mut again = false;
    poll_fn(|context| {
        if core::mem::replace(&mut again, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// An executor with one task.
fn block_on<F: Future>(task: F) -> F::Output {
    let mut task = pin!(task);
    loop {
        if let Poll::Ready(output) = task.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:5678".into());
    let listener = TcpListener::bind(address)?;
    println!("listening on {}", listener.local_addr()?);
    let mut lamp = Lamp {
        blinked: 0,
        running: true,
        pausing: false,
    };
    for client in listener.incoming() {
        let client = client?;
        client.set_nodelay(true)?;
        client.set_nonblocking(true)?;
        let mut session = Session::<heapless::Vec<u8, 1024>, 4>::new(heapless::Vec::new());
        let mut receiver = Receiver::new([0; 1024]);
        let mut connection = Connection(client);
        let end = block_on(serve_async(
            &mut connection,
            &mut receiver,
            &mut session,
            &mut lamp,
            pace,
        ));
        lamp.running = true;
        match end {
            Ok(end) => println!("client: {end:?}"),
            Err(error) => println!("client given up: {error}"),
        }
    }
    Ok(())
}
