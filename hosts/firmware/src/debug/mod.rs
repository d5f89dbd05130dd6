//! What a client can ask of the controller, request by request.
//!
//! The requests are taken from the session by hand, and of their arguments only the members that matter here: that is
//! what costs the least flash. The typed traits of `dapstub::debuggee` are the more comfortable way, where there is room.

mod breakpoints;
mod execution;
#[cfg(feature = "memory")]
mod memory;
mod values;

pub(crate) use breakpoints::{Breakpoint, MAX_BREAKPOINTS};

use crate::controller::State;
use crate::language::MAIN;
use crate::{Board, Controller};
use dapstub::small::{Body, NOT_STOPPED, Request, Value};

/// The requests that are known here, numbered in this order.
const COMMANDS: &str = "initialize attach launch configurationDone disconnect threads stackTrace scopes variables setBreakpoints continue next stepIn stepOut pause setVariable evaluate source readMemory";

/// What `initialize` announces.
const CAPABILITIES: &[&str] = &[
    "{\"supportsConfigurationDoneRequest\":true",
    #[cfg(feature = "conditions")]
    ",\"supportsConditionalBreakpoints\":true",
    #[cfg(feature = "evaluate")]
    ",\"supportsEvaluateForHovers\":true",
    #[cfg(feature = "memory")]
    ",\"supportsReadMemoryRequest\":true",
    #[cfg(feature = "set-variable")]
    ",\"supportsSetVariable\":true",
    "}",
];

/// How sources, which are all the same one, are told to the client.
const SOURCE: &str = ",\"column\":1,\"source\":{\"sourceReference\":1,\"name\":\"";

impl<B: Board> Controller<B> {
    pub(crate) fn obey(&mut self, request: &Request<'_>, answer: &mut Body<'_>) -> Result<(), &'static str> {
        let arguments = request.arguments();
        match request.command(COMMANDS) {
            0 => {
                for part in CAPABILITIES {
                    answer.raw(part);
                }
            }
            1 | 2 => {
                let [silence, ..] = arguments.members::<3>("silence");
                if let Some(seconds) = silence.number() {
                    self.silence = (seconds.clamp(1, 86_400) as u32).wrapping_mul(1000);
                }
            }
            3 => {
                if self.state == State::Held {
                    self.go(0);
                }
            }
            4 => self.release(),
            5 => answer.raw("{\"threads\":[{\"id\":1,\"name\":\"controller\"}]}"),
            6 => self.stack_trace(answer)?,
            7 => self.scopes(arguments, answer)?,
            8 => self.variables(arguments, answer)?,
            9 => self.set_breakpoints(arguments, answer)?,
            10 => {
                self.resume(0)?;
                answer.raw("{\"allThreadsContinued\":true}");
            }
            #[cfg(feature = "stepping")]
            11 => self.resume(self.machine.depth().wrapping_add(1))?,
            #[cfg(feature = "stepping")]
            12 => self.resume(u8::MAX)?,
            #[cfg(feature = "stepping")]
            13 => self.resume(self.machine.depth())?,
            #[cfg(feature = "pause")]
            14 => self.pause(),
            #[cfg(feature = "set-variable")]
            15 => self.set_variable(arguments, answer)?,
            #[cfg(feature = "evaluate")]
            16 => self.evaluate(arguments, answer)?,
            #[cfg(feature = "source")]
            17 => {
                answer.raw("{\"content\":");
                answer.text(B::PROGRAM.text);
                answer.raw("}");
            }
            #[cfg(feature = "memory")]
            18 => self.read_memory(arguments, answer)?,
            _ => return Err("not supported by this controller"),
        }
        Ok(())
    }

    /// Refuses what only a stopped program can do.
    fn stopped(&self) -> Result<(), &'static str> {
        match self.state {
            State::Stopped => Ok(()),
            _ => Err(NOT_STOPPED),
        }
    }

    fn stack_trace(&self, answer: &mut Body<'_>) -> Result<(), &'static str> {
        self.stopped()?;
        answer.raw("{\"stackFrames\":[");
        // The innermost comes first.
        for index in (0..=self.machine.depth()).rev() {
            let Some(frame) = self.machine.frame(index) else { break };
            answer.raw("{\"id\":");
            answer.number(i32::from(index).wrapping_add(1));
            answer.raw(",\"name\":\"");
            answer.bytes(B::PROGRAM.names.function(frame.function));
            answer.raw("\",\"line\":");
            answer.number(frame.line.into());
            answer.raw(SOURCE);
            answer.raw(B::PROGRAM.file);
            answer.raw(if index == 0 { "\"}}" } else { "\"}}," });
        }
        answer.raw("]}");
        Ok(())
    }

    fn scopes(&self, arguments: Value<'_>, answer: &mut Body<'_>) -> Result<(), &'static str> {
        let [id, ..] = arguments.members::<3>("frameId");
        let id = id.number().unwrap_or(0);
        answer.raw("{\"scopes\":[");
        if self.frame(id)?.function != MAIN {
            answer.raw("{\"name\":\"Locals\",\"expensive\":false,\"variablesReference\":");
            answer.number(id);
            answer.raw("},");
        }
        answer.raw("{\"name\":\"Globals\",\"expensive\":false,\"variablesReference\":100}]}");
        Ok(())
    }
}
