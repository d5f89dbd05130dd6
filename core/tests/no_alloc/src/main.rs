//! Serves one scripted client, without std, without alloc, without an allocator, and calls whatever else there is in the
//! core. That it links is the proof; that it returns 0 shows that what was linked is the real thing.
#![no_std]
#![no_main]

mod everything;
mod layers;
mod types;

use dapstub::Failure;
use dapstub::debuggee::{
    Breakpoints, Debuggee, Evaluate, Evaluation, Frames, LineBreakpoints, Outcome, Scopes, Threads, Variables,
};
use dapstub::frame::Receiver;
use dapstub::io::{Client, End, Program, Turn, serve};
use dapstub::output::{Output, SliceOutput};
use dapstub::protocol::{
    Breakpoint, ContinueArguments, ContinueResponse, DisconnectArguments, EvaluateArguments, EvaluateResponse, Scope,
    ScopesArguments, SetBreakpointsArguments, StackFrame, StackTraceArguments, StoppedEvent, Thread, Variable,
    VariablesArguments,
};
use dapstub::session::Session;

struct Counter {
    n: u32,
    running: bool,
}

impl Debuggee for Counter {
    fn threads(&mut self, threads: &mut Threads<'_>) -> Result<Outcome, Failure> {
        threads.push(&Thread {
            id: 1,
            name: "main".into(),
        })?;
        Ok(Outcome::Done)
    }

    fn stack_trace(&mut self, _: &StackTraceArguments, frames: &mut Frames<'_>) -> Result<Outcome, Failure> {
        frames.push(&StackFrame {
            id: 1,
            name: "count".into(),
            line: 1,
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
        variables.push(&Variable {
            name: "n".into(),
            value: "?".into(),
            ..Default::default()
        })?;
        Ok(Outcome::Done)
    }

    fn resume(&mut self, _: &ContinueArguments) -> Result<ContinueResponse, Failure> {
        self.running = true;
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

impl LineBreakpoints for Counter {
    fn set_breakpoints(
        &mut self,
        arguments: &SetBreakpointsArguments<'_>,
        breakpoints: &mut Breakpoints<'_>,
    ) -> Result<Outcome, Failure> {
        for wanted in arguments.requested() {
            breakpoints.push(&Breakpoint {
                verified: true,
                line: Some(wanted.line),
                ..Default::default()
            })?;
        }
        Ok(Outcome::Done)
    }
}

impl Evaluate for Counter {
    fn evaluate(&mut self, arguments: &EvaluateArguments<'_>, answer: &mut Evaluation<'_>) -> Result<Outcome, Failure> {
        let mut buffer = [0; 64];
        let expression = arguments.expression.decode(&mut buffer)?;
        if expression != "n" {
            return Err(Failure::new(1000, "only n is known"));
        }
        answer.give(&EvaluateResponse {
            result: "4".into(),
            ..Default::default()
        })?;
        Ok(Outcome::Done)
    }
}

impl Program for Counter {
    fn turn(&mut self, client: &mut dyn Client) -> Turn {
        if !self.running {
            return Turn::Stopped;
        }
        self.n = self.n.saturating_add(1);
        if self.n == 4 {
            self.running = false;
            // A client that left in the meantime needs no report.
            let _ = client.report(StoppedEvent {
                thread_id: Some(1),
                ..Default::default()
            });
        }
        Turn::Running
    }
}

/// The client: what it sends, and a sum over what it is sent.
struct Wire {
    input: &'static [u8],
    written: u32,
    ready: bool,
}

impl embedded_io::ErrorType for Wire {
    type Error = core::convert::Infallible;
}

impl embedded_io::Read for Wire {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, Self::Error> {
        let mut n = 0;
        for (slot, byte) in buf.iter_mut().zip(self.input) {
            *slot = *byte;
            n += 1;
        }
        self.input = self.input.get(n..).unwrap_or_default();
        Ok(n)
    }
}

impl embedded_io::ReadReady for Wire {
    fn read_ready(&mut self) -> Result<bool, Self::Error> {
        self.ready = !self.ready;
        Ok(self.ready)
    }
}

impl embedded_io::Write for Wire {
    fn write(&mut self, buf: &[u8]) -> Result<usize, Self::Error> {
        self.written = self.written.saturating_add(buf.len() as u32);
        Ok(buf.len())
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

const INPUT: &str = concat!(
    "Content-Length: 79\r\n\r\n",
    r#"{"seq":1,"type":"request","command":"initialize","arguments":{"adapterID":"x"}}"#,
    "Content-Length: 45\r\n\r\n",
    r#"{"seq":2,"type":"request","command":"attach"}"#,
    "Content-Length: 116\r\n\r\n",
    r#"{"seq":3,"type":"request","command":"setBreakpoints","arguments":{"source":{"path":"c"},"breakpoints":[{"line":4}]}}"#,
    "Content-Length: 56\r\n\r\n",
    r#"{"seq":4,"type":"request","command":"configurationDone"}"#,
    "Content-Length: 83\r\n\r\n",
    r#"{"seq":5,"type":"request","command":"evaluate","arguments":{"expression":"\u006e"}}"#,
    "Content-Length: 49\r\n\r\n",
    r#"{"seq":6,"type":"request","command":"disconnect"}"#,
);

// The C runtime that starts a program, and `memcpy` and its like, which a compiler expects to find.
#[link(name = "c")]
unsafe extern "C" {}

/// Serves the client once, and says whether all went as it should.
fn served(out: impl Output) -> bool {
    let mut wire = Wire {
        input: INPUT.as_bytes(),
        written: 0,
        ready: false,
    };
    let mut session = Session::<_, 4>::new(out);
    let mut counter = Counter { n: 0, running: false };
    let end = serve(&mut wire, &mut Receiver::new([0; 256]), &mut session, &mut counter);
    end == Ok(End::Disconnected) && wire.written > 500
}

// SAFETY: the C runtime calls `main` once, with this signature; nothing else in this program has the name.
#[unsafe(no_mangle)]
extern "C" fn main() -> i32 {
    let both = served(heapless::Vec::<u8, 1024>::new()) && served(SliceOutput::new(&mut [0; 1024]));
    // What the compiler knows it could work out, with the panics that then cannot happen.
    let text = core::hint::black_box(INPUT);
    let mut out = heapless::Vec::<u8, 4096>::new();
    types::read_and_write(text, &mut out);
    layers::call(text, &mut out);
    everything::serve_all(text);
    core::hint::black_box(&out);
    #[cfg(feature = "can_panic")]
    core::hint::black_box(text.as_bytes()[core::hint::black_box(1)]);
    i32::from(!both)
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
