//! A debuggee that can do everything, asked for everything.

use dapstub::Failure;
use dapstub::debuggee::*;
use dapstub::frame::{self, Progress};
use dapstub::output::Output;
use dapstub::protocol::*;
use dapstub::session::Request;

struct Everything;

macro_rules! able {
    ($($method:ident: $ability:ident,)*) => {$(
        fn $method(&mut self) -> Option<&mut dyn $ability> {
            Some(self)
        }
    )*};
}

/// Hands every message of the stream over as a request.
pub fn serve_all(wire: &str) {
    let mut rest = wire.as_bytes();
    while let Ok(Progress::Message { body, consumed }) = frame::decode(rest, 4096) {
        rest = rest.get(consumed..).unwrap_or_default();
        if let Ok(request) = Request::parse(body) {
            let mut out = heapless::Vec::<u8, 1024>::new();
            _ = dispatch(&mut Everything, &request, &mut out);
        }
    }
}

impl Debuggee for Everything {
    fn threads(&mut self, threads: &mut Threads<'_>) -> Result<Outcome, Failure> {
        threads.push(&Thread::default())?;
        Ok(Outcome::Done)
    }

    fn stack_trace(&mut self, arguments: &StackTraceArguments, frames: &mut Frames<'_>) -> Result<Outcome, Failure> {
        frames.set_total(1);
        for _ in (0..1).skip(arguments.skip()).take(arguments.take()) {
            frames.push(&StackFrame::default())?;
        }
        Ok(Outcome::Done)
    }

    fn scopes(&mut self, _: &ScopesArguments, scopes: &mut Scopes<'_>) -> Result<Outcome, Failure> {
        scopes.push(&Scope::default())?;
        Ok(Outcome::Done)
    }

    fn variables(&mut self, arguments: &VariablesArguments, variables: &mut Variables<'_>) -> Result<Outcome, Failure> {
        for _ in (0..1).skip(arguments.skip()).take(arguments.take()) {
            variables.push(&Variable::default())?;
        }
        Ok(Outcome::Done)
    }

    fn resume(&mut self, _: &ContinueArguments) -> Result<ContinueResponse, Failure> {
        Ok(ContinueResponse::default())
    }

    fn disconnect(&mut self, _: &DisconnectArguments) -> Result<Outcome, Failure> {
        Err(Failure::not_stopped().shown())
    }

    fn can_terminate(&self) -> bool {
        true
    }

    fn other(&mut self, request: &Request<'_>, body: &mut dyn Output) -> Result<Outcome, Failure> {
        body.push(request.arguments().raw().as_bytes())?;
        Ok(Outcome::Done)
    }

    able! {
        line_breakpoints: LineBreakpoints, breakpoint_locations: BreakpointLocations,
        function_breakpoints: FunctionBreakpoints, exception_breakpoints: ExceptionBreakpoints,
        data_breakpoints: DataBreakpoints, instruction_breakpoints: InstructionBreakpoints,
        exception_info: ExceptionInfo, stepping: Stepping, step_in_targets: StepInTargets, pause: Pause,
        step_back: StepBack, restart_frame: RestartFrame, goto: Goto, terminate_threads: TerminateThreads,
        evaluate: Evaluate, completions: Completions, set_variable: SetVariable, set_expression: SetExpression,
        source_text: SourceText, loaded_sources: LoadedSources, modules: Modules, locations: Locations,
        read_memory: ReadMemory, write_memory: WriteMemory, disassemble: Disassemble, terminate: Terminate,
        restart: Restart, cancel: Cancel,
    }
}

/// The methods of an ability: each writes one element, gives one answer, or says nothing.
macro_rules! abilities {
    ($($ability:ident { $($method:ident($arguments:ty $(, $answer:ty)?) $how:ident;)* })*) => {$(
        impl $ability for Everything {
            $(abilities!(@method $method $arguments, $($answer,)? $how);)*
        }
    )*};
    (@method $method:ident $arguments:ty, $answer:ty, $how:ident) => {
        fn $method(&mut self, _: &$arguments, answer: &mut $answer) -> Result<Outcome, Failure> {
            answer.$how(&Default::default())?;
            Ok(Outcome::Done)
        }
    };
    (@method $method:ident $arguments:ty, done) => {
        fn $method(&mut self, _: &$arguments) -> Result<Outcome, Failure> {
            Ok(Outcome::Done)
        }
    };
}
abilities! {
    BreakpointLocations { breakpoint_locations(BreakpointLocationsArguments<'_>, BreakpointLocationList<'_>) push; }
    DataBreakpoints {
        data_breakpoint_info(DataBreakpointInfoArguments<'_>, DataBreakpointInfo<'_>) give;
        set_data_breakpoints(SetDataBreakpointsArguments<'_>, Breakpoints<'_>) push;
    }
    InstructionBreakpoints { set_instruction_breakpoints(SetInstructionBreakpointsArguments<'_>, Breakpoints<'_>) push; }
    ExceptionInfo { exception_info(ExceptionInfoArguments, Exception<'_>) give; }
    Stepping {
        next(NextArguments) done;
        step_in(StepInArguments) done;
        step_out(StepOutArguments) done;
    }
    StepInTargets { step_in_targets(StepInTargetsArguments, StepInTargetList<'_>) push; }
    Pause { pause(PauseArguments) done; }
    StepBack {
        step_back(StepBackArguments) done;
        reverse_continue(ReverseContinueArguments) done;
    }
    RestartFrame { restart_frame(RestartFrameArguments) done; }
    Goto {
        goto_targets(GotoTargetsArguments<'_>, GotoTargets<'_>) push;
        goto(GotoArguments) done;
    }
    TerminateThreads { terminate_threads(TerminateThreadsArguments<'_>) done; }
    Completions { completions(CompletionsArguments<'_>, CompletionList<'_>) push; }
    SetVariable { set_variable(SetVariableArguments<'_>, VariableSet<'_>) give; }
    SetExpression { set_expression(SetExpressionArguments<'_>, ExpressionSet<'_>) give; }
    SourceText { source(SourceArguments<'_>, SourceContent<'_>) give; }
    LoadedSources { loaded_sources(LoadedSourcesArguments, Sources<'_>) push; }
    Modules { modules(ModulesArguments, ModuleList<'_>) push; }
    Locations { location(LocationsArguments, Location<'_>) give; }
    ReadMemory { read_memory(ReadMemoryArguments<'_>, MemoryRead<'_>) give; }
    WriteMemory { write_memory(WriteMemoryArguments<'_>, MemoryWritten<'_>) give; }
    Disassemble { disassemble(DisassembleArguments<'_>, Instructions<'_>) push; }
    Terminate { terminate(TerminateArguments) done; }
    Restart { restart(RestartArguments<'_>) done; }
    Cancel { cancel(CancelArguments<'_>) done; }
}

impl LineBreakpoints for Everything {
    fn set_breakpoints(
        &mut self,
        arguments: &SetBreakpointsArguments<'_>,
        breakpoints: &mut Breakpoints<'_>,
    ) -> Result<Outcome, Failure> {
        for wanted in arguments.requested() {
            let (line, message) = (Some(wanted.line), wanted.condition);
            breakpoints.push(&Breakpoint {
                line,
                message,
                ..Default::default()
            })?;
        }
        Ok(Outcome::Done)
    }
}

impl FunctionBreakpoints for Everything {
    fn set_function_breakpoints(
        &mut self,
        arguments: &SetFunctionBreakpointsArguments<'_>,
        breakpoints: &mut Breakpoints<'_>,
    ) -> Result<Outcome, Failure> {
        for wanted in arguments.breakpoints {
            breakpoints.push(&Breakpoint {
                message: Some(wanted.name),
                ..Default::default()
            })?;
        }
        Ok(Outcome::Done)
    }
}

impl ExceptionBreakpoints for Everything {
    fn filters(&self) -> &'static [ExceptionBreakpointsFilter<'static>] {
        &[]
    }

    fn set_exception_breakpoints(
        &mut self,
        arguments: &SetExceptionBreakpointsArguments<'_>,
        breakpoints: &mut Breakpoints<'_>,
    ) -> Result<Outcome, Failure> {
        for wanted in arguments.filters {
            breakpoints.push(&Breakpoint {
                message: Some(wanted),
                ..Default::default()
            })?;
        }
        Ok(Outcome::Done)
    }
}

impl Evaluate for Everything {
    fn evaluate(&mut self, arguments: &EvaluateArguments<'_>, answer: &mut Evaluation<'_>) -> Result<Outcome, Failure> {
        answer.give(&EvaluateResponse {
            result: arguments.expression,
            ..Default::default()
        })?;
        Ok(Outcome::Later)
    }
}
