//! A debuggee that answers however the input wants it to.

mod abilities;

use dapstub::Failure;
use dapstub::debuggee::*;
use dapstub::output::{Full, Output};
use dapstub::protocol::*;
use dapstub::session::{Request, Ticket};

/// Every decision comes out of `seed`.
#[derive(Debug)]
pub(crate) struct Puppet {
    seed: u32,
    able: bool,
    /// Requests that were put off.
    pub(crate) kept: Vec<Ticket>,
    /// How often it ran.
    pub(crate) turns: u32,
}

/// Most elements that a list gets.
const MOST: u32 = 100;

impl Puppet {
    pub(crate) const fn new(seed: u8) -> Self {
        Self {
            seed: (seed as u32) << 8 | 0x55,
            able: seed % 4 != 3,
            kept: Vec::new(),
            turns: 0,
        }
    }

    pub(crate) const fn next(&mut self, choices: u32) -> u32 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 17;
        self.seed ^= self.seed << 5;
        (self.seed >> 4) % choices
    }

    fn outcome(&mut self) -> Result<Outcome, Failure> {
        match self.next(8) {
            0 => Ok(Outcome::Later),
            1 => Err(Failure::new(1000, "the puppet \"won't\"\n")),
            2 => Err(Failure::not_stopped().shown()),
            3 => Err(Failure::format(1001, format_args!("{:?}", "é\u{1}".repeat(60)))),
            _ => Ok(Outcome::Done),
        }
    }

    /// Pushes some elements; then gives up at the first that does not fit, or ends the list there.
    fn fill(&mut self, mut push: impl FnMut(u32) -> Result<(), Full>) -> Result<Outcome, Failure> {
        let count = match self.next(4) {
            0 => 0,
            1 => self.next(MOST),
            few => few,
        };
        let gives_up = self.next(2) == 0;
        for n in 0..count {
            match push(n) {
                Ok(()) => {}
                Err(full) if gives_up => return Err(full.into()),
                Err(Full) => break,
            }
        }
        self.outcome()
    }
}

const LONG: &str =
    "a value that is \"quoted\", with a \\ and é, \u{1}, \u{1f600} and \u{2028}, longer than most of them are";

impl Debuggee for Puppet {
    fn attach(&mut self, request: &Request<'_>) -> Result<Outcome, Failure> {
        let arguments: AttachArguments<'_> = request.arguments().parse()?;
        let _ = arguments.restart;
        self.outcome()
    }

    fn configuration_done(&mut self) -> Result<Outcome, Failure> {
        self.outcome()
    }

    fn threads(&mut self, threads: &mut Threads<'_>) -> Result<Outcome, Failure> {
        self.fill(|n| {
            threads.push(&Thread {
                id: n as i32,
                name: LONG.into(),
            })
        })
    }

    fn stack_trace(&mut self, arguments: &StackTraceArguments, frames: &mut Frames<'_>) -> Result<Outcome, Failure> {
        frames.set_total(u32::MAX);
        let first = u64::try_from(arguments.skip()).unwrap_or(0);
        self.fill(|n| {
            frames.push(&StackFrame {
                id: n as i32,
                name: LONG.into(),
                source: Some(Source {
                    source_reference: Some(3),
                    ..Default::default()
                }),
                line: first,
                ..Default::default()
            })
        })
    }

    fn scopes(&mut self, arguments: &ScopesArguments, scopes: &mut Scopes<'_>) -> Result<Outcome, Failure> {
        self.fill(|_| {
            scopes.push(&Scope {
                name: "Locals".into(),
                presentation_hint: Some(ScopePresentationHint::Other("odd".into())),
                variables_reference: arguments.frame_id,
                ..Default::default()
            })
        })
    }

    fn variables(&mut self, arguments: &VariablesArguments, variables: &mut Variables<'_>) -> Result<Outcome, Failure> {
        let _ = (arguments.skip(), arguments.take());
        self.fill(|n| {
            variables.push(&Variable {
                name: "x".into(),
                value: LONG.into(),
                variables_reference: n as i32,
                ..Default::default()
            })
        })
    }

    fn resume(&mut self, _: &ContinueArguments) -> Result<ContinueResponse, Failure> {
        self.outcome().map(|_| ContinueResponse::default())
    }

    fn disconnect(&mut self, _: &DisconnectArguments) -> Result<Outcome, Failure> {
        self.outcome()
    }

    fn can_terminate(&self) -> bool {
        self.able
    }

    fn other(&mut self, request: &Request<'_>, body: &mut dyn Output) -> Result<Outcome, Failure> {
        match self.next(3) {
            0 => return Err(Failure::not_supported(request.command_str())),
            1 => body.push(b"{\"mine\":[1,2,3]}")?,
            _ => {}
        }
        self.outcome()
    }

    abilities::offered!();
}
