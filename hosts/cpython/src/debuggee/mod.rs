//! What a client can ask of a Python program: the core's `Debuggee`, run by a thread that holds the GIL.

mod breakpoints;
mod changing;
mod completing;
mod custom;
pub(crate) use custom::system_info;
mod exceptions;
mod execution;
mod jumping;
mod mapping;
mod memory;
pub(crate) mod modules;
mod sources;
mod stack;
mod values;

use dapstub::Failure;
use dapstub::debuggee::{
    BreakpointLocations, Cancel, Completions, Debuggee, Evaluate, ExceptionBreakpoints, ExceptionInfo, Frames,
    FunctionBreakpoints, Goto, LineBreakpoints, LoadedSources, Modules, Outcome, Pause, ReadMemory, Scopes,
    SetExpression, SetVariable, SourceText, StepInTargets, Stepping, Terminate, Threads, Variables, WriteMemory,
    capabilities_of,
};
use dapstub::failure::id;
use dapstub::json::Text;
use dapstub::output::Output;
use dapstub::protocol::{
    Capabilities, ContinueArguments, ContinueResponse, DisconnectArguments, ScopesArguments, StackTraceArguments,
    VariablesArguments,
};
use dapstub::session::Request;
use dapstub_std::Client;
use pyo3::prelude::*;

use crate::engine::{Engine, Session};
use crate::stop::Resume;

/// What follows a request after it was answered.
#[derive(Debug, Default)]
pub(crate) enum Sequel {
    #[default]
    Nothing,
    /// The stop ends; `thread` is the one that the client named.
    Resume { resume: Resume, thread: i64 },
    /// The stop ends, and another one follows where the thread was sent.
    Goto { thread: i64 },
    /// The program stops; the thread is given by its ident.
    Pause { ident: u64 },
    /// The program is asked to end, by an interrupt or a termination signal.
    Terminate { interrupt: bool },
}

/// The program, for one request.
pub(crate) struct PythonDebuggee<'a> {
    engine: &'static Engine,
    py: Python<'a>,
    session: Option<&'a Session>,
    sequel: Sequel,
    /// Why the request is refused, when that takes more words than a [`Failure`] holds.
    refusal: Option<String>,
    /// What the client is told once it is answered.
    afterwards: Vec<Afterwards>,
    /// For the answer to `exceptionInfo`: the file where the stack begins, which DAP has no member for.
    exception_source: Option<String>,
}

/// An event that follows the answer.
pub(crate) type Afterwards = Box<dyn FnOnce(&Client)>;

/// What is left to do when a request was carried out.
pub(crate) struct Finish {
    pub(crate) sequel: Sequel,
    /// The whole text of a refusal.
    pub(crate) refusal: Option<String>,
    pub(crate) afterwards: Vec<Afterwards>,
    pub(crate) exception_source: Option<String>,
}

/// What `initialize` announces.
pub(crate) fn capabilities(engine: &'static Engine, py: Python<'_>) -> Capabilities<'static> {
    capabilities_of(&mut PythonDebuggee {
        engine,
        py,
        session: None,
        sequel: Sequel::Nothing,
        refusal: None,
        afterwards: Vec::new(),
        exception_source: None,
    })
}

impl<'a> PythonDebuggee<'a> {
    pub(crate) fn new(engine: &'static Engine, py: Python<'a>, session: &'a Session) -> Self {
        Self {
            engine,
            py,
            session: Some(session),
            sequel: Sequel::Nothing,
            refusal: None,
            afterwards: Vec::new(),
            exception_source: None,
        }
    }

    /// What follows the answer, and the text of a refusal.
    pub(crate) fn finish(self) -> Finish {
        Finish {
            sequel: self.sequel,
            refusal: self.refusal,
            afterwards: self.afterwards,
            exception_source: self.exception_source,
        }
    }

    /// Tells the client something as soon as it is answered.
    fn after_the_answer(&mut self, tell: impl FnOnce(&Client) + 'static) {
        self.afterwards.push(Box::new(tell));
    }

    fn session(&self) -> Result<&'a Session, Failure> {
        self.session
            .ok_or_else(|| Failure::new(id::INTERNAL, "no client is attached"))
    }

    /// Refuses the request with a text of any length.
    fn refuse(&mut self, text: String) -> Failure {
        let failure = Failure::new(id::INTERNAL, &text);
        self.refusal = Some(text);
        failure
    }

    /// Refuses the request because the interpreter did.
    fn refuse_error(&mut self, error: &PyErr) -> Failure {
        let text = crate::breakpoints::describe(self.py, error);
        self.refuse(text)
    }
}

/// A text of the client's, decoded.
fn owned(text: Text<'_>) -> String {
    text.chars().collect()
}

impl Debuggee for PythonDebuggee<'_> {
    fn threads(&mut self, threads: &mut Threads<'_>) -> Result<Outcome, Failure> {
        self.list_threads(threads)
    }

    fn stack_trace(&mut self, arguments: &StackTraceArguments, frames: &mut Frames<'_>) -> Result<Outcome, Failure> {
        self.list_frames(arguments, frames)
    }

    fn scopes(&mut self, arguments: &ScopesArguments, scopes: &mut Scopes<'_>) -> Result<Outcome, Failure> {
        self.list_scopes(arguments, scopes)
    }

    fn variables(&mut self, arguments: &VariablesArguments, variables: &mut Variables<'_>) -> Result<Outcome, Failure> {
        self.list_variables(arguments, variables)
    }

    fn resume(&mut self, arguments: &ContinueArguments) -> Result<ContinueResponse, Failure> {
        self.continue_all(arguments)
    }

    /// The frontend answers `disconnect` itself and tells the engine by `Host::disconnected`.
    fn disconnect(&mut self, _arguments: &DisconnectArguments) -> Result<Outcome, Failure> {
        Ok(Outcome::Done)
    }

    fn value_formats(&self) -> bool {
        true
    }

    fn can_terminate(&self) -> bool {
        true
    }

    fn line_breakpoints(&mut self) -> Option<&mut dyn LineBreakpoints> {
        Some(self)
    }

    fn function_breakpoints(&mut self) -> Option<&mut dyn FunctionBreakpoints> {
        Some(self)
    }

    fn exception_breakpoints(&mut self) -> Option<&mut dyn ExceptionBreakpoints> {
        Some(self)
    }

    fn exception_info(&mut self) -> Option<&mut dyn ExceptionInfo> {
        Some(self)
    }

    fn stepping(&mut self) -> Option<&mut dyn Stepping> {
        Some(self)
    }

    fn pause(&mut self) -> Option<&mut dyn Pause> {
        Some(self)
    }

    fn evaluate(&mut self) -> Option<&mut dyn Evaluate> {
        Some(self)
    }

    fn goto(&mut self) -> Option<&mut dyn Goto> {
        Some(self)
    }

    fn step_in_targets(&mut self) -> Option<&mut dyn StepInTargets> {
        Some(self)
    }

    fn other(&mut self, request: &Request<'_>, body: &mut dyn Output) -> Result<Outcome, Failure> {
        self.carry_out_custom(request, body)
    }

    fn read_memory(&mut self) -> Option<&mut dyn ReadMemory> {
        Some(self)
    }

    fn write_memory(&mut self) -> Option<&mut dyn WriteMemory> {
        Some(self)
    }

    fn cancel(&mut self) -> Option<&mut dyn Cancel> {
        Some(self)
    }

    fn breakpoint_locations(&mut self) -> Option<&mut dyn BreakpointLocations> {
        Some(self)
    }

    fn source_text(&mut self) -> Option<&mut dyn SourceText> {
        Some(self)
    }

    fn loaded_sources(&mut self) -> Option<&mut dyn LoadedSources> {
        Some(self)
    }

    fn modules(&mut self) -> Option<&mut dyn Modules> {
        Some(self)
    }

    fn completions(&mut self) -> Option<&mut dyn Completions> {
        Some(self)
    }

    fn set_variable(&mut self) -> Option<&mut dyn SetVariable> {
        Some(self)
    }

    fn set_expression(&mut self) -> Option<&mut dyn SetExpression> {
        Some(self)
    }

    fn terminate(&mut self) -> Option<&mut dyn Terminate> {
        Some(self)
    }
}
