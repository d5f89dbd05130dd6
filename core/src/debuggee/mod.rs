//! What a host implements, and how requests reach it.
//!
//! In the manner of gdbstub's `Target`: [`Debuggee`] holds what every debugger needs, and each further ability is a
//! trait of its own, handed out by a method that returns `None` unless it is overridden. [`capabilities_of`] derives
//! from these methods what
//! `initialize` announces, so it cannot disagree with the code, and what a host leaves out is answered "not supported"
//! and is not linked.

mod abilities;
mod dispatch;
mod list;
#[cfg(test)]
mod tests;

pub use crate::session::Outcome;
pub use abilities::*;
pub use dispatch::{capabilities_of, dispatch};
pub use list::*;

use crate::Failure;
use crate::output::Output;
use crate::protocol::{
    ChecksumAlgorithm, ContinueArguments, ContinueResponse, DisconnectArguments, InitializeArguments, ScopesArguments,
    StackTraceArguments, VariablesArguments,
};
use crate::session::Request;

/// A program that can be debugged.
///
/// A method does what its request asks and writes the answer, then returns [`Outcome::Done`]; or it returns
/// [`Outcome::Later`], and the request is answered through its ticket when there is something to say. A [`Failure`]
/// becomes an error response.
pub trait Debuggee {
    /// The client introduced itself. It is answered with what [`capabilities_of`] finds.
    fn initialize(&mut self, client: &InitializeArguments<'_>) {
        let _ = client;
    }

    /// `attach` or `launch`: get ready to be configured. The arguments are the host's own.
    ///
    /// # Errors
    ///
    /// The client is told and may try again.
    fn attach(&mut self, request: &Request<'_>) -> Result<Outcome, Failure> {
        let _ = request;
        Ok(Outcome::Done)
    }

    /// `configurationDone`: all breakpoints are set.
    ///
    /// # Errors
    ///
    /// The client is told and may try again.
    fn configuration_done(&mut self) -> Result<Outcome, Failure> {
        Ok(Outcome::Done)
    }

    /// The threads; at least one.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn threads(&mut self, threads: &mut Threads<'_>) -> Result<Outcome, Failure>;

    /// The frames of a stopped thread, innermost first, from [`skip`](StackTraceArguments::skip) on and at most
    /// [`take`](StackTraceArguments::take) of them.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn stack_trace(&mut self, arguments: &StackTraceArguments, frames: &mut Frames<'_>) -> Result<Outcome, Failure>;

    /// The scopes of a frame.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn scopes(&mut self, arguments: &ScopesArguments, scopes: &mut Scopes<'_>) -> Result<Outcome, Failure>;

    /// The variables of a scope, or the children of a variable.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn variables(&mut self, arguments: &VariablesArguments, variables: &mut Variables<'_>) -> Result<Outcome, Failure>;

    /// `continue`. What is returned says whether every thread was resumed.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn resume(&mut self, arguments: &ContinueArguments) -> Result<ContinueResponse, Failure>;

    /// `disconnect`: let the program run on as if never debugged, or end it if the client asks for that and
    /// [`can_terminate`](Self::can_terminate). The session ends whatever is returned.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn disconnect(&mut self, arguments: &DisconnectArguments) -> Result<Outcome, Failure>;

    /// Whether `disconnect` can end the program (`supportTerminateDebuggee`).
    fn can_terminate(&self) -> bool {
        false
    }

    /// Whether `disconnect` can leave the program standing still (`supportSuspendDebuggee`).
    fn can_suspend(&self) -> bool {
        false
    }

    /// Whether values are formatted as `format` asks for it, in frames, variables and expressions
    /// (`supportsValueFormattingOptions`).
    fn value_formats(&self) -> bool {
        false
    }

    /// Whether output and values may have ANSI escape sequences in them (`supportsANSIStyling`).
    fn ansi_styling(&self) -> bool {
        false
    }

    /// How sources are told from older versions of themselves (`supportedChecksumAlgorithms`).
    fn checksums(&self) -> &'static [ChecksumAlgorithm] {
        &[]
    }

    /// A request that no other method covers: one of the host's own. The answer is written as the JSON of a body.
    ///
    /// # Errors
    ///
    /// The client is told. This is what happens unless it is overridden.
    fn other(&mut self, request: &Request<'_>, body: &mut dyn Output) -> Result<Outcome, Failure> {
        let _ = body;
        Err(Failure::not_supported(request.command_str()))
    }

    /// Breakpoints on lines.
    fn line_breakpoints(&mut self) -> Option<&mut dyn LineBreakpoints> {
        None
    }

    /// Where breakpoints can be set.
    fn breakpoint_locations(&mut self) -> Option<&mut dyn BreakpointLocations> {
        None
    }

    /// Breakpoints on functions.
    fn function_breakpoints(&mut self) -> Option<&mut dyn FunctionBreakpoints> {
        None
    }

    /// Breakpoints on exceptions.
    fn exception_breakpoints(&mut self) -> Option<&mut dyn ExceptionBreakpoints> {
        None
    }

    /// Breakpoints on data.
    fn data_breakpoints(&mut self) -> Option<&mut dyn DataBreakpoints> {
        None
    }

    /// Breakpoints on instructions.
    fn instruction_breakpoints(&mut self) -> Option<&mut dyn InstructionBreakpoints> {
        None
    }

    /// Details of an exception.
    fn exception_info(&mut self) -> Option<&mut dyn ExceptionInfo> {
        None
    }

    /// Steps.
    fn stepping(&mut self) -> Option<&mut dyn Stepping> {
        None
    }

    /// Choosing among the calls of a line.
    fn step_in_targets(&mut self) -> Option<&mut dyn StepInTargets> {
        None
    }

    /// Stopping a running program.
    fn pause(&mut self) -> Option<&mut dyn Pause> {
        None
    }

    /// Running backwards.
    fn step_back(&mut self) -> Option<&mut dyn StepBack> {
        None
    }

    /// Running a call again.
    fn restart_frame(&mut self) -> Option<&mut dyn RestartFrame> {
        None
    }

    /// Sending a thread elsewhere.
    fn goto(&mut self) -> Option<&mut dyn Goto> {
        None
    }

    /// Ending single threads.
    fn terminate_threads(&mut self) -> Option<&mut dyn TerminateThreads> {
        None
    }

    /// Expressions.
    fn evaluate(&mut self) -> Option<&mut dyn Evaluate> {
        None
    }

    /// What an expression could go on with.
    fn completions(&mut self) -> Option<&mut dyn Completions> {
        None
    }

    /// Changing variables.
    fn set_variable(&mut self) -> Option<&mut dyn SetVariable> {
        None
    }

    /// Assigning to expressions.
    fn set_expression(&mut self) -> Option<&mut dyn SetExpression> {
        None
    }

    /// Text of sources that the client cannot read.
    fn source_text(&mut self) -> Option<&mut dyn SourceText> {
        None
    }

    /// Everything that is loaded.
    fn loaded_sources(&mut self) -> Option<&mut dyn LoadedSources> {
        None
    }

    /// Modules.
    fn modules(&mut self) -> Option<&mut dyn Modules> {
        None
    }

    /// Where things are declared.
    fn locations(&mut self) -> Option<&mut dyn Locations> {
        None
    }

    /// Reading memory.
    fn read_memory(&mut self) -> Option<&mut dyn ReadMemory> {
        None
    }

    /// Changing memory.
    fn write_memory(&mut self) -> Option<&mut dyn WriteMemory> {
        None
    }

    /// Machine code.
    fn disassemble(&mut self) -> Option<&mut dyn Disassemble> {
        None
    }

    /// Asking the program to end.
    fn terminate(&mut self) -> Option<&mut dyn Terminate> {
        None
    }

    /// Running the program again.
    fn restart(&mut self) -> Option<&mut dyn Restart> {
        None
    }

    /// Giving up what takes long.
    fn cancel(&mut self) -> Option<&mut dyn Cancel> {
        None
    }
}
