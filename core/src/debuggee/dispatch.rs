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
    carry_out(debuggee, request, body).unwrap_or_else(|| Err(Failure::not_supported(request.command_str())))
}

/// The same for any output, so that the code for all types is there once; `None` if the debuggee is not able to.
fn carry_out<D>(debuggee: &mut D, request: &Request<'_>, body: &mut dyn Output) -> Option<Result<Outcome, Failure>>
where
    D: Debuggee + ?Sized,
{
    Some(match request.command() {
        Command::Initialize => introduce(debuggee, request, body),
        Command::Attach | Command::Launch => debuggee.attach(request),
        Command::ConfigurationDone => debuggee.configuration_done(),
        Command::Disconnect => done(request, |arguments| debuggee.disconnect(arguments)),
        Command::Threads => list(body, "threads", |threads| debuggee.threads(threads)),
        Command::StackTrace => listed(request, body, "stackFrames", |arguments, list| {
            debuggee.stack_trace(arguments, list)
        }),
        Command::Scopes => listed(request, body, "scopes", |arguments, list| {
            debuggee.scopes(arguments, list)
        }),
        Command::Variables => listed(request, body, "variables", |arguments, list| {
            debuggee.variables(arguments, list)
        }),
        Command::Continue => done(request, |arguments| {
            debuggee.resume(arguments)?.write(body)?;
            Ok(Outcome::Done)
        }),

        Command::SetBreakpoints => {
            let able = debuggee.line_breakpoints()?;
            listed(request, body, "breakpoints", |arguments, list| {
                able.set_breakpoints(arguments, list)
            })
        }
        Command::BreakpointLocations => {
            let able = debuggee.breakpoint_locations()?;
            listed(request, body, "breakpoints", |arguments, list| {
                able.breakpoint_locations(arguments, list)
            })
        }
        Command::SetFunctionBreakpoints => {
            let able = debuggee.function_breakpoints()?;
            listed(request, body, "breakpoints", |arguments, list| {
                able.set_function_breakpoints(arguments, list)
            })
        }
        Command::SetExceptionBreakpoints => {
            let able = debuggee.exception_breakpoints()?;
            listed(request, body, "breakpoints", |arguments, list| {
                able.set_exception_breakpoints(arguments, list)
            })
        }
        Command::DataBreakpointInfo => {
            let able = debuggee.data_breakpoints()?;
            answered(request, body, |arguments, answer| {
                able.data_breakpoint_info(arguments, answer)
            })
        }
        Command::SetDataBreakpoints => {
            let able = debuggee.data_breakpoints()?;
            listed(request, body, "breakpoints", |arguments, list| {
                able.set_data_breakpoints(arguments, list)
            })
        }
        Command::SetInstructionBreakpoints => {
            let able = debuggee.instruction_breakpoints()?;
            listed(request, body, "breakpoints", |arguments, list| {
                able.set_instruction_breakpoints(arguments, list)
            })
        }

        Command::Next => {
            let able = debuggee.stepping()?;
            done(request, |arguments| able.next(arguments))
        }
        Command::StepIn => {
            let able = debuggee.stepping()?;
            done(request, |arguments| able.step_in(arguments))
        }
        Command::StepOut => {
            let able = debuggee.stepping()?;
            done(request, |arguments| able.step_out(arguments))
        }
        Command::StepInTargets => {
            let able = debuggee.step_in_targets()?;
            listed(request, body, "targets", |arguments, list| {
                able.step_in_targets(arguments, list)
            })
        }
        Command::Pause => {
            let able = debuggee.pause()?;
            done(request, |arguments| able.pause(arguments))
        }
        Command::StepBack => {
            let able = debuggee.step_back()?;
            done(request, |arguments| able.step_back(arguments))
        }
        Command::ReverseContinue => {
            let able = debuggee.step_back()?;
            done(request, |arguments| able.reverse_continue(arguments))
        }
        Command::RestartFrame => {
            let able = debuggee.restart_frame()?;
            done(request, |arguments| able.restart_frame(arguments))
        }
        Command::GotoTargets => {
            let able = debuggee.goto()?;
            listed(request, body, "targets", |arguments, list| {
                able.goto_targets(arguments, list)
            })
        }
        Command::Goto => {
            let able = debuggee.goto()?;
            done(request, |arguments| able.goto(arguments))
        }
        Command::TerminateThreads => {
            let able = debuggee.terminate_threads()?;
            done(request, |arguments| able.terminate_threads(arguments))
        }

        Command::Evaluate => {
            let able = debuggee.evaluate()?;
            answered(request, body, |arguments, answer| able.evaluate(arguments, answer))
        }
        Command::Completions => {
            let able = debuggee.completions()?;
            listed(request, body, "targets", |arguments, list| {
                able.completions(arguments, list)
            })
        }
        Command::SetVariable => {
            let able = debuggee.set_variable()?;
            answered(request, body, |arguments, answer| able.set_variable(arguments, answer))
        }
        Command::SetExpression => {
            let able = debuggee.set_expression()?;
            answered(request, body, |arguments, answer| {
                able.set_expression(arguments, answer)
            })
        }
        Command::ExceptionInfo => {
            let able = debuggee.exception_info()?;
            answered(request, body, |arguments, answer| {
                able.exception_info(arguments, answer)
            })
        }

        Command::Source => {
            let able = debuggee.source_text()?;
            answered(request, body, |arguments, answer| able.source(arguments, answer))
        }
        Command::LoadedSources => {
            let able = debuggee.loaded_sources()?;
            listed(request, body, "sources", |arguments, list| {
                able.loaded_sources(arguments, list)
            })
        }
        Command::Modules => {
            let able = debuggee.modules()?;
            listed(request, body, "modules", |arguments, list| {
                able.modules(arguments, list)
            })
        }
        Command::Locations => {
            let able = debuggee.locations()?;
            answered(request, body, |arguments, answer| able.location(arguments, answer))
        }

        Command::ReadMemory => {
            let able = debuggee.read_memory()?;
            answered(request, body, |arguments, answer| able.read_memory(arguments, answer))
        }
        Command::WriteMemory => {
            let able = debuggee.write_memory()?;
            // The only answer that may be left out.
            done(request, |arguments| {
                able.write_memory(arguments, &mut Answer::new(body))
            })
        }
        Command::Disassemble => {
            let able = debuggee.disassemble()?;
            listed(request, body, "instructions", |arguments, list| {
                able.disassemble(arguments, list)
            })
        }

        Command::Terminate => {
            let able = debuggee.terminate()?;
            done(request, |arguments| able.terminate(arguments))
        }
        Command::Restart => {
            let able = debuggee.restart()?;
            done(request, |arguments| able.restart(arguments))
        }
        Command::Cancel => {
            let able = debuggee.cancel()?;
            done(request, |arguments| able.cancel(arguments))
        }

        // A client has no business asking these.
        Command::RunInTerminal | Command::StartDebugging => return None,
        Command::Unknown => debuggee.other(request, body),
    })
}

/// What `initialize` announces for this debuggee.
pub fn capabilities_of<D: Debuggee + ?Sized>(debuggee: &mut D) -> Capabilities<'static> {
    let mut able = Capabilities {
        supports_configuration_done_request: true,
        supports_delayed_stack_trace_loading: true,
        support_terminate_debuggee: debuggee.can_terminate(),
        support_suspend_debuggee: debuggee.can_suspend(),
        supports_value_formatting_options: debuggee.value_formats(),
        supports_ansi_styling: debuggee.ansi_styling(),
        supported_checksum_algorithms: some(debuggee.checksums()),
        supports_breakpoint_locations_request: debuggee.breakpoint_locations().is_some(),
        supports_function_breakpoints: debuggee.function_breakpoints().is_some(),
        supports_instruction_breakpoints: debuggee.instruction_breakpoints().is_some(),
        supports_step_in_targets_request: debuggee.step_in_targets().is_some(),
        supports_step_back: debuggee.step_back().is_some(),
        supports_restart_frame: debuggee.restart_frame().is_some(),
        supports_goto_targets_request: debuggee.goto().is_some(),
        supports_terminate_threads_request: debuggee.terminate_threads().is_some(),
        supports_set_variable: debuggee.set_variable().is_some(),
        supports_set_expression: debuggee.set_expression().is_some(),
        supports_exception_info_request: debuggee.exception_info().is_some(),
        supports_loaded_sources_request: debuggee.loaded_sources().is_some(),
        supports_read_memory_request: debuggee.read_memory().is_some(),
        supports_write_memory_request: debuggee.write_memory().is_some(),
        supports_disassemble_request: debuggee.disassemble().is_some(),
        supports_terminate_request: debuggee.terminate().is_some(),
        supports_restart_request: debuggee.restart().is_some(),
        supports_cancel_request: debuggee.cancel().is_some(),
        ..Capabilities::default()
    };
    if let Some(lines) = debuggee.line_breakpoints() {
        able.supports_conditional_breakpoints = lines.conditions();
        able.supports_hit_conditional_breakpoints = lines.hit_conditions();
        able.supports_log_points = lines.log_points();
        able.breakpoint_modes = some(lines.modes());
    }
    if let Some(exceptions) = debuggee.exception_breakpoints() {
        able.exception_breakpoint_filters = Some(Items::new(exceptions.filters()));
        able.supports_exception_filter_options = exceptions.filter_options();
        able.supports_exception_options = exceptions.exception_options();
    }
    if let Some(data) = debuggee.data_breakpoints() {
        able.supports_data_breakpoints = true;
        able.supports_data_breakpoint_bytes = data.bytes();
    }
    if let Some(steps) = debuggee.stepping() {
        able.supports_stepping_granularity = steps.granularity();
        able.supports_single_thread_execution_requests = steps.single_thread();
    }
    if let Some(expressions) = debuggee.evaluate() {
        able.supports_evaluate_for_hovers = expressions.hovers();
        able.supports_clipboard_context = expressions.clipboard();
    }
    if let Some(completions) = debuggee.completions() {
        able.supports_completions_request = true;
        able.completion_trigger_characters = some(completions.trigger_characters());
    }
    if let Some(modules) = debuggee.modules() {
        able.supports_modules_request = true;
        able.additional_module_columns = some(modules.columns());
    }
    able
}

/// An empty list is not announced.
fn some<T>(items: &'static [T]) -> Option<Items<'static, T>> {
    (!items.is_empty()).then(|| Items::new(items))
}

// What follows is kept out of `carry_out`, so that its stack does not hold the arguments of all requests at once.

#[inline(never)]
fn introduce<D>(debuggee: &mut D, request: &Request<'_>, body: &mut dyn Output) -> Result<Outcome, Failure>
where
    D: Debuggee + ?Sized,
{
    debuggee.initialize(&request.arguments().parse()?);
    capabilities_of(debuggee).write(body)?;
    Ok(Outcome::Done)
}

/// Carries out a request that is answered without a body, or with one that `carry_out` writes.
#[inline(never)]
fn done<'b, T: FromJson<'b>>(
    request: &Request<'b>,
    carry_out: impl FnOnce(&T) -> Result<Outcome, Failure>,
) -> Result<Outcome, Failure> {
    carry_out(&request.arguments().parse()?)
}

/// Carries out a request that is answered with a list.
#[inline(never)]
fn listed<'b, 'o, T: FromJson<'b>, E: super::Element>(
    request: &Request<'b>,
    body: &'o mut dyn Output,
    key: &str,
    fill: impl FnOnce(&T, &mut List<'o, E>) -> Result<Outcome, Failure>,
) -> Result<Outcome, Failure> {
    let arguments = request.arguments().parse()?;
    list(body, key, |list| fill(&arguments, list))
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

/// Carries out a request that is answered with an object.
#[inline(never)]
fn answered<'b, 'o, T: FromJson<'b>, E: super::Element>(
    request: &Request<'b>,
    body: &'o mut dyn Output,
    fill: impl FnOnce(&T, &mut Answer<'o, E>) -> Result<Outcome, Failure>,
) -> Result<Outcome, Failure> {
    let mut answer = Answer::new(body);
    match fill(&request.arguments().parse()?, &mut answer)? {
        Outcome::Done if !answer.is_given() => Err(Failure::new(id::INTERNAL, "the debuggee gave no answer")),
        outcome => Ok(outcome),
    }
}
