//! What a client can ask of the controller, request by request.
//!
//! The requests are taken from the session by hand, and of their arguments only the members that matter here: that is
//! what costs the least flash. The typed traits of `dapstub::debuggee` are the more comfortable way, where there is room.

mod answer;
mod breakpoints;
mod execution;
#[cfg(feature = "memory")]
mod memory;
mod values;

pub(crate) use answer::Answer;
pub(crate) use breakpoints::{Breakpoint, MAX_BREAKPOINTS};

use crate::controller::State;
use crate::language::MAIN;
use crate::{Board, Controller};
use dapstub::failure::{Reason, Word, id};
use dapstub::json::{FromJson, Raw};
use dapstub::protocol::{Arguments, Command};
use dapstub::session::Request;

/// Why a request is refused.
#[derive(Clone, Copy)]
pub(crate) enum Refused {
    /// Only a stopped program can do it.
    NotStopped,
    /// Anything else, for people.
    Because(&'static str),
}

impl From<&'static str> for Refused {
    fn from(text: &'static str) -> Self {
        Self::Because(text)
    }
}

impl From<Refused> for Reason<'static> {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NotStopped => Reason {
                word: Some(Word::NotStopped),
                ..Reason::new(id::NOT_STOPPED, "the program is not stopped")
            },
            // The first number that is a host's own.
            Refused::Because(text) => Reason::new(1000, text),
        }
    }
}

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
    pub(crate) fn obey(&mut self, request: &Request<'_>, answer: &mut Answer<'_, '_>) -> Result<(), Refused> {
        let arguments = request.arguments();
        match request.command() {
            Command::Initialize => {
                for part in CAPABILITIES {
                    answer.raw(part);
                }
            }
            Command::Attach | Command::Launch => {
                let [silence] = arguments.members(["silence"]);
                if let Some(seconds) = number(silence) {
                    self.silence = (seconds.clamp(1, 86_400) as u32).wrapping_mul(1000);
                }
            }
            Command::ConfigurationDone => {
                if self.state == State::Held {
                    self.go(0);
                }
            }
            Command::Disconnect => self.release(),
            Command::Threads => answer.raw("{\"threads\":[{\"id\":1,\"name\":\"controller\"}]}"),
            Command::StackTrace => self.stack_trace(answer)?,
            Command::Scopes => self.scopes(arguments, answer)?,
            Command::Variables => self.variables(arguments, answer)?,
            Command::SetBreakpoints => self.set_breakpoints(arguments, answer)?,
            Command::Continue => {
                self.resume(0)?;
                answer.raw("{\"allThreadsContinued\":true}");
            }
            #[cfg(feature = "stepping")]
            Command::Next => self.resume(self.machine.depth().wrapping_add(1))?,
            #[cfg(feature = "stepping")]
            Command::StepIn => self.resume(u8::MAX)?,
            #[cfg(feature = "stepping")]
            Command::StepOut => self.resume(self.machine.depth())?,
            #[cfg(feature = "pause")]
            Command::Pause => self.pause(),
            #[cfg(feature = "set-variable")]
            Command::SetVariable => self.set_variable(arguments, answer)?,
            #[cfg(feature = "evaluate")]
            Command::Evaluate => self.evaluate(arguments, answer)?,
            #[cfg(feature = "source")]
            Command::Source => {
                answer.raw("{\"content\":");
                answer.text(B::PROGRAM.text);
                answer.raw("}");
            }
            #[cfg(feature = "memory")]
            Command::ReadMemory => self.read_memory(arguments, answer)?,
            _ => return Err("not supported by this controller".into()),
        }
        answer.end()
    }

    /// Refuses what only a stopped program can do.
    fn stopped(&self) -> Result<(), Refused> {
        match self.state {
            State::Stopped => Ok(()),
            _ => Err(Refused::NotStopped),
        }
    }

    fn stack_trace(&self, answer: &mut Answer<'_, '_>) -> Result<(), Refused> {
        self.stopped()?;
        answer.raw("{\"stackFrames\":[");
        // The innermost comes first.
        for index in (0..=self.machine.depth()).rev() {
            let Some(frame) = self.machine.frame(index) else { break };
            answer.raw("{\"id\":");
            answer.number(i32::from(index).wrapping_add(1));
            answer.raw(",\"name\":\"");
            answer.raw(B::PROGRAM.names.function(frame.function));
            answer.raw("\",\"line\":");
            answer.number(frame.line.into());
            answer.raw(SOURCE);
            answer.raw(B::PROGRAM.file);
            answer.raw(if index == 0 { "\"}}" } else { "\"}}," });
        }
        answer.raw("]}");
        Ok(())
    }

    fn scopes(&self, arguments: Arguments<'_>, answer: &mut Answer<'_, '_>) -> Result<(), Refused> {
        let [id] = arguments.members(["frameId"]);
        let id = number(id).unwrap_or(0);
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

/// The number that a member is, if it is there and one.
fn number(member: Option<Raw<'_>>) -> Option<i32> {
    i32::read(&mut dapstub::json::Cursor::new(member?)).ok()
}
