//! What a client can ask of the controller, request by request.

mod breakpoints;
mod execution;
mod memory;
mod number;
mod values;

pub(crate) use breakpoints::{Breakpoint, MAX_BREAKPOINTS};

use crate::controller::State;
use crate::{Board, Controller};
use dapstub::debuggee::{Debuggee, Frames, LineBreakpoints, Outcome, Scopes, Threads, Variables};
use dapstub::json::{Cursor, Raw};
use dapstub::protocol::{
    ContinueArguments, ContinueResponse, DisconnectArguments, Scope, ScopesArguments, Source, StackFrame,
    StackTraceArguments, Thread, VariablesArguments,
};
use dapstub::session::Request;
use dapstub::Failure;

/// The one thread.
pub(crate) const THREAD: i32 = 1;
/// The handle of the program's text.
const TEXT: i32 = 1;

impl<B: Board> Controller<B> {
    fn source(&self) -> Source<'static> {
        Source {
            name: Some(self.program.file.into()),
            source_reference: Some(TEXT),
            ..Default::default()
        }
    }

    /// Refuses what only a stopped program can do.
    fn stopped(&self) -> Result<(), Failure> {
        match self.state {
            State::Stopped => Ok(()),
            _ => Err(Failure::not_stopped()),
        }
    }
}

impl<B: Board> Debuggee for Controller<B> {
    fn attach(&mut self, request: &Request<'_>) -> Result<Outcome, Failure> {
        if let Some(seconds) = silence(request.arguments().raw()) {
            self.silence = seconds.saturating_mul(1000);
        }
        Ok(Outcome::Done)
    }

    fn configuration_done(&mut self) -> Result<Outcome, Failure> {
        if self.state == State::Held {
            self.go(0);
        }
        Ok(Outcome::Done)
    }

    fn threads(&mut self, threads: &mut Threads<'_>) -> Result<Outcome, Failure> {
        threads.push(&Thread {
            id: THREAD,
            name: "controller".into(),
        })?;
        Ok(Outcome::Done)
    }

    fn stack_trace(&mut self, arguments: &StackTraceArguments, frames: &mut Frames<'_>) -> Result<Outcome, Failure> {
        self.stopped()?;
        let depth = self.machine.depth();
        let all = (0..=depth).rev();
        for index in all.skip(arguments.skip()).take(arguments.take()) {
            let Some(frame) = self.machine.frame(index) else { break };
            frames.push(&StackFrame {
                id: i32::from(index).wrapping_add(1),
                name: self.program.names.function(frame.function).into(),
                source: Some(self.source()),
                line: frame.line.into(),
                column: 1,
                ..Default::default()
            })?;
        }
        frames.set_total(u32::from(depth).wrapping_add(1));
        Ok(Outcome::Done)
    }

    fn scopes(&mut self, arguments: &ScopesArguments, scopes: &mut Scopes<'_>) -> Result<Outcome, Failure> {
        let frame = self.frame(Some(arguments.frame_id))?;
        let locals = Scope {
            name: "Locals".into(),
            variables_reference: arguments.frame_id,
            ..Default::default()
        };
        if frame.function != crate::language::MAIN {
            scopes.push(&locals)?;
        }
        scopes.push(&Scope {
            name: "Globals".into(),
            variables_reference: values::GLOBALS,
            ..locals
        })?;
        Ok(Outcome::Done)
    }

    fn variables(&mut self, arguments: &VariablesArguments, variables: &mut Variables<'_>) -> Result<Outcome, Failure> {
        self.list_variables(arguments, variables)
    }

    fn resume(&mut self, _: &ContinueArguments) -> Result<ContinueResponse, Failure> {
        self.stopped()?;
        self.go(0);
        Ok(ContinueResponse::default())
    }

    fn disconnect(&mut self, _: &DisconnectArguments) -> Result<Outcome, Failure> {
        self.release();
        Ok(Outcome::Done)
    }

    fn line_breakpoints(&mut self) -> Option<&mut dyn LineBreakpoints> {
        Some(self)
    }

    #[cfg(feature = "stepping")]
    fn stepping(&mut self) -> Option<&mut dyn dapstub::debuggee::Stepping> {
        Some(self)
    }

    #[cfg(feature = "pause")]
    fn pause(&mut self) -> Option<&mut dyn dapstub::debuggee::Pause> {
        Some(self)
    }

    #[cfg(feature = "evaluate")]
    fn evaluate(&mut self) -> Option<&mut dyn dapstub::debuggee::Evaluate> {
        Some(self)
    }

    #[cfg(feature = "set-variable")]
    fn set_variable(&mut self) -> Option<&mut dyn dapstub::debuggee::SetVariable> {
        Some(self)
    }

    #[cfg(feature = "source")]
    fn source_text(&mut self) -> Option<&mut dyn dapstub::debuggee::SourceText> {
        Some(self)
    }

    #[cfg(feature = "memory")]
    fn read_memory(&mut self) -> Option<&mut dyn dapstub::debuggee::ReadMemory> {
        Some(self)
    }
}

#[cfg(feature = "source")]
impl<B: Board> dapstub::debuggee::SourceText for Controller<B> {
    fn source(
        &mut self,
        _: &dapstub::protocol::SourceArguments<'_>,
        answer: &mut dapstub::debuggee::SourceContent<'_>,
    ) -> Result<Outcome, Failure> {
        answer.give(&dapstub::protocol::SourceResponse {
            content: self.program.text.into(),
            mime_type: None,
        })?;
        Ok(Outcome::Done)
    }
}

/// The seconds of silence that a client wants to be allowed: the member `silence` of its `attach`.
fn silence(arguments: &str) -> Option<u32> {
    let mut cursor = Cursor::new(Raw::new(arguments).ok()?);
    cursor.object().ok()?;
    while let Some(key) = cursor.member() {
        if key.text() == "silence" {
            return Some(cursor.integer(1, 86_400).ok()? as u32);
        }
        cursor.raw();
    }
    None
}
