//! From requests to calls.

use super::{Answer, Debuggee, List, Outcome};
use crate::Failure;
use crate::failure::id;
use crate::json::{FromJson, Items, ToJson};
use crate::output::Output;
use crate::protocol::{Capabilities, Command};
use crate::session::Request;

/// Carries out a request by calls on `debuggee`, and writes the body of the answer into `body`: nothing where DAP
/// defines none.
///
/// Use it with [`Session::answer`](crate::session::Session::answer), which makes a response of what it returns.
///
/// # Errors
///
/// The failure to be answered. What was written before has to be dropped.
pub fn dispatch<D, O>(debuggee: &mut D, request: &Request<'_>, body: &mut O) -> Result<Outcome, Failure>
where
    D: Debuggee + ?Sized,
    O: Output,
{
    carry_out(debuggee, request, body)
}

/// The same for any output, so that the code for all types is there once.
fn carry_out<D>(debuggee: &mut D, request: &Request<'_>, body: &mut dyn Output) -> Result<Outcome, Failure>
where
    D: Debuggee + ?Sized,
{
    let not_supported = || Failure::not_supported(request.command_str());
    match request.command() {
        Command::Initialize => {
            debuggee.initialize(&read(request)?);
            capabilities_of(debuggee).write(body)?;
            Ok(Outcome::Done)
        }
        Command::Attach | Command::Launch => debuggee.attach(request),
        Command::ConfigurationDone => debuggee.configuration_done(),
        Command::Disconnect => debuggee.disconnect(&read(request)?),
        Command::Threads => list(body, "threads", |threads| debuggee.threads(threads)),
        Command::StackTrace => {
            let arguments = read(request)?;
            list(body, "stackFrames", |frames| debuggee.stack_trace(&arguments, frames))
        }
        Command::Scopes => {
            let arguments = read(request)?;
            list(body, "scopes", |scopes| debuggee.scopes(&arguments, scopes))
        }
        Command::Variables => {
            let arguments = read(request)?;
            list(body, "variables", |variables| debuggee.variables(&arguments, variables))
        }
        Command::Continue => {
            debuggee.resume(&read(request)?)?.write(body)?;
            Ok(Outcome::Done)
        }
        Command::SetBreakpoints => {
            let able = debuggee.line_breakpoints().ok_or_else(not_supported)?;
            let arguments = read(request)?;
            list(body, "breakpoints", |breakpoints| {
                able.set_breakpoints(&arguments, breakpoints)
            })
        }
        Command::SetFunctionBreakpoints => {
            let able = debuggee.function_breakpoints().ok_or_else(not_supported)?;
            let arguments = read(request)?;
            list(body, "breakpoints", |breakpoints| {
                able.set_function_breakpoints(&arguments, breakpoints)
            })
        }
        Command::SetExceptionBreakpoints => {
            let able = debuggee.exception_breakpoints().ok_or_else(not_supported)?;
            let arguments = read(request)?;
            list(body, "breakpoints", |breakpoints| {
                able.set_exception_breakpoints(&arguments, breakpoints)
            })
        }
        Command::ExceptionInfo => {
            let able = debuggee.exception_info().ok_or_else(not_supported)?;
            let arguments = read(request)?;
            answer(body, |answer| able.exception_info(&arguments, answer))
        }
        Command::Evaluate => {
            let able = debuggee.evaluate().ok_or_else(not_supported)?;
            let arguments = read(request)?;
            answer(body, |answer| able.evaluate(&arguments, answer))
        }
        Command::Next => debuggee.stepping().ok_or_else(not_supported)?.next(&read(request)?),
        Command::StepIn => debuggee.stepping().ok_or_else(not_supported)?.step_in(&read(request)?),
        Command::StepOut => debuggee.stepping().ok_or_else(not_supported)?.step_out(&read(request)?),
        Command::Pause => debuggee.pause().ok_or_else(not_supported)?.pause(&read(request)?),
        Command::Terminate => debuggee
            .terminate()
            .ok_or_else(not_supported)?
            .terminate(&read(request)?),
        _ => debuggee.other(request, body),
    }
}

/// What `initialize` announces for this debuggee.
pub fn capabilities_of<D: Debuggee + ?Sized>(debuggee: &mut D) -> Capabilities<'static> {
    let mut able = Capabilities {
        supports_configuration_done_request: true,
        supports_delayed_stack_trace_loading: true,
        support_terminate_debuggee: debuggee.can_terminate(),
        supports_function_breakpoints: debuggee.function_breakpoints().is_some(),
        supports_exception_info_request: debuggee.exception_info().is_some(),
        supports_terminate_request: debuggee.terminate().is_some(),
        ..Capabilities::default()
    };
    if let Some(lines) = debuggee.line_breakpoints() {
        able.supports_conditional_breakpoints = lines.conditions();
        able.supports_hit_conditional_breakpoints = lines.hit_conditions();
        able.supports_log_points = lines.log_points();
    }
    if let Some(exceptions) = debuggee.exception_breakpoints() {
        able.exception_breakpoint_filters = Some(Items::new(exceptions.filters()));
        able.supports_exception_filter_options = exceptions.filter_options();
        able.supports_exception_options = exceptions.exception_options();
    }
    if let Some(steps) = debuggee.stepping() {
        able.supports_stepping_granularity = steps.granularity();
        able.supports_single_thread_execution_requests = steps.single_thread();
    }
    if let Some(expressions) = debuggee.evaluate() {
        able.supports_evaluate_for_hovers = expressions.hovers();
        able.supports_clipboard_context = expressions.clipboard();
    }
    able
}

fn read<'b, T: FromJson<'b>>(request: &Request<'b>) -> Result<T, Failure> {
    Ok(request.arguments().parse()?)
}

fn list<'o, E: super::Element>(
    body: &'o mut dyn Output,
    key: &str,
    fill: impl FnOnce(&mut List<'o, E>) -> Result<Outcome, Failure>,
) -> Result<Outcome, Failure> {
    let mut list = List::begin(body, key)?;
    let outcome = fill(&mut list)?;
    list.end()?;
    Ok(outcome)
}

fn answer<'o, E: super::Element>(
    body: &'o mut dyn Output,
    fill: impl FnOnce(&mut Answer<'o, E>) -> Result<Outcome, Failure>,
) -> Result<Outcome, Failure> {
    let mut answer = Answer::new(body);
    let outcome = fill(&mut answer)?;
    match outcome {
        Outcome::Done if !answer.is_given() => Err(Failure::new(id::INTERNAL, "the debuggee gave no answer")),
        outcome => Ok(outcome),
    }
}
