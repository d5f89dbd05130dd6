//! Everything that a debuggee may be able to do besides.

use dapstub::Failure;
use dapstub::debuggee::*;
use dapstub::json::{Items, Nested, Text};
use dapstub::output::Full;
use dapstub::protocol::*;

use super::{LONG, Puppet};

/// The methods that hand out the abilities: all of them, or none.
macro_rules! offered {
    () => {
        abilities::offered! {
            line_breakpoints LineBreakpoints, breakpoint_locations BreakpointLocations,
            function_breakpoints FunctionBreakpoints, exception_breakpoints ExceptionBreakpoints,
            data_breakpoints DataBreakpoints, instruction_breakpoints InstructionBreakpoints,
            exception_info ExceptionInfo, stepping Stepping, step_in_targets StepInTargets, pause Pause,
            step_back StepBack, restart_frame RestartFrame, goto Goto, terminate_threads TerminateThreads,
            evaluate Evaluate, completions Completions, set_variable SetVariable, set_expression SetExpression,
            source_text SourceText, loaded_sources LoadedSources, modules Modules, locations Locations,
            read_memory ReadMemory, write_memory WriteMemory, disassemble Disassemble, terminate Terminate,
            restart Restart, cancel Cancel
        }
    };
    ($($method:ident $ability:ident),*) => {
        $(fn $method(&mut self) -> Option<&mut dyn $ability> {
            self.able.then_some(self as _)
        })*
    };
}
pub(super) use offered;

/// Abilities whose methods are answered by an outcome alone, by a list of elements all alike, or by one object.
macro_rules! plain {
    ($($ability:ident { $(
        $method:ident($arguments:ty $(, $kind:ident $answer:ident $item:expr)?);
    )* })*) => {
        $(impl $ability for Puppet {
            $(plain!(@method $method $arguments $(, $kind $answer $item)?);)*
        })*
    };
    (@method $method:ident $arguments:ty) => {
        fn $method(&mut self, _: &$arguments) -> Result<Outcome, Failure> {
            self.outcome()
        }
    };
    (@method $method:ident $arguments:ty, list $list:ident $element:expr) => {
        fn $method(&mut self, _: &$arguments, list: &mut $list<'_>) -> Result<Outcome, Failure> {
            self.fill(|_| list.push(&$element))
        }
    };
    (@method $method:ident $arguments:ty, give $answer:ident $given:expr) => {
        fn $method(&mut self, _: &$arguments, answer: &mut $answer<'_>) -> Result<Outcome, Failure> {
            // Not at all, once, or once more in place of the first.
            for _ in 0..Self::next(self, 3) {
                answer.give(&$given)?;
            }
            self.outcome()
        }
    };
}

plain! {
    BreakpointLocations {
        breakpoint_locations(BreakpointLocationsArguments<'_>, list BreakpointLocationList BreakpointLocation {
            line: 9_007_199_254_740_991,
            ..Default::default()
        });
    }
    DataBreakpoints {
        data_breakpoint_info(DataBreakpointInfoArguments<'_>, give DataBreakpointInfo DataBreakpointInfoResponse {
            description: LONG.into(),
            ..Default::default()
        });
        set_data_breakpoints(SetDataBreakpointsArguments<'_>, list Breakpoints Breakpoint::default());
    }
    InstructionBreakpoints {
        set_instruction_breakpoints(SetInstructionBreakpointsArguments<'_>, list Breakpoints Breakpoint {
            offset: Some(-9_007_199_254_740_991),
            ..Default::default()
        });
    }
    StepInTargets {
        step_in_targets(StepInTargetsArguments, list StepInTargetList StepInTarget {
            label: LONG.into(),
            ..Default::default()
        });
    }
    Pause { pause(PauseArguments); }
    StepBack {
        step_back(StepBackArguments);
        reverse_continue(ReverseContinueArguments);
    }
    RestartFrame { restart_frame(RestartFrameArguments); }
    Goto {
        goto_targets(GotoTargetsArguments<'_>, list GotoTargets GotoTarget {
            label: LONG.into(),
            ..Default::default()
        });
        goto(GotoArguments);
    }
    TerminateThreads { terminate_threads(TerminateThreadsArguments<'_>); }
    Completions {
        completions(CompletionsArguments<'_>, list CompletionList CompletionItem {
            label: LONG.into(),
            ..Default::default()
        });
    }
    SetVariable {
        set_variable(SetVariableArguments<'_>, give VariableSet SetVariableResponse {
            value: LONG.into(),
            ..Default::default()
        });
    }
    SetExpression {
        set_expression(SetExpressionArguments<'_>, give ExpressionSet SetExpressionResponse {
            value: LONG.into(),
            ..Default::default()
        });
    }
    SourceText {
        source(SourceArguments<'_>, give SourceContent SourceResponse {
            content: LONG.into(),
            ..Default::default()
        });
    }
    LoadedSources {
        loaded_sources(LoadedSourcesArguments, list Sources Source {
            path: Some(LONG.into()),
            ..Default::default()
        });
    }
    Locations { location(LocationsArguments, give Location LocationsResponse::default()); }
    ReadMemory {
        read_memory(ReadMemoryArguments<'_>, give MemoryRead ReadMemoryResponse {
            data: Some(Base64::new(LONG.as_bytes())),
            ..Default::default()
        });
    }
    Disassemble {
        disassemble(DisassembleArguments<'_>, list Instructions DisassembledInstruction {
            instruction: LONG.into(),
            ..Default::default()
        });
    }
    Stepping {
        next(NextArguments);
        step_in(StepInArguments);
        step_out(StepOutArguments);
    }
    Terminate { terminate(TerminateArguments); }
    Restart { restart(RestartArguments<'_>); }
    Cancel { cancel(CancelArguments<'_>); }
}

impl LineBreakpoints for Puppet {
    fn set_breakpoints(
        &mut self,
        arguments: &SetBreakpointsArguments<'_>,
        breakpoints: &mut Breakpoints<'_>,
    ) -> Result<Outcome, Failure> {
        for wanted in arguments.requested() {
            let pushed = breakpoints.push(&Breakpoint {
                line: Some(wanted.line),
                message: wanted.condition,
                source: Some(arguments.source),
                verified: wanted.log_message.is_none(),
                ..Default::default()
            });
            match pushed {
                Err(full) if Self::next(self, 2) == 0 => return Err(full.into()),
                Err(Full) => break,
                Ok(()) => {}
            }
        }
        self.outcome()
    }

    fn conditions(&self) -> bool {
        true
    }
}

impl FunctionBreakpoints for Puppet {
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
        self.outcome()
    }
}

const FILTERS: [ExceptionBreakpointsFilter<'static>; 1] = [ExceptionBreakpointsFilter {
    filter: Text::plain("raised"),
    label: Text::plain("Raised"),
    description: None,
    default: true,
    supports_condition: false,
    condition_description: None,
}];

impl ExceptionBreakpoints for Puppet {
    fn filters(&self) -> &'static [ExceptionBreakpointsFilter<'static>] {
        &FILTERS
    }

    fn set_exception_breakpoints(
        &mut self,
        arguments: &SetExceptionBreakpointsArguments<'_>,
        breakpoints: &mut Breakpoints<'_>,
    ) -> Result<Outcome, Failure> {
        for filter in arguments.filters {
            breakpoints.push(&Breakpoint {
                message: Some(filter),
                reason: Some(BreakpointProblem::Failed),
                ..Default::default()
            })?;
        }
        self.outcome()
    }
}

impl ExceptionInfo for Puppet {
    fn exception_info(&mut self, _: &ExceptionInfoArguments, answer: &mut Exception<'_>) -> Result<Outcome, Failure> {
        let inner = [ExceptionDetails::default(); 2];
        let response = ExceptionInfoResponse {
            exception_id: LONG.into(),
            break_mode: ExceptionBreakMode::Always,
            details: Some(ExceptionDetails {
                inner_exception: Some(Nested::new(&inner)),
                ..Default::default()
            }),
            ..Default::default()
        };
        if Self::next(self, 4) > 0 {
            answer.give(&response)?;
        }
        self.outcome()
    }
}

impl Evaluate for Puppet {
    fn evaluate(&mut self, arguments: &EvaluateArguments<'_>, answer: &mut Evaluation<'_>) -> Result<Outcome, Failure> {
        for _ in 0..Self::next(self, 3) {
            let attributes = [
                VariableAttribute::ReadOnly,
                VariableAttribute::Other(arguments.expression),
            ];
            answer.give(&EvaluateResponse {
                result: arguments.expression,
                presentation_hint: Some(VariablePresentationHint {
                    attributes: Some(Items::new(&attributes)),
                    ..Default::default()
                }),
                ..Default::default()
            })?;
        }
        self.outcome()
    }
}

impl Modules for Puppet {
    fn modules(&mut self, _: &ModulesArguments, modules: &mut ModuleList<'_>) -> Result<Outcome, Failure> {
        modules.set_total(9_007_199_254_740_991);
        self.fill(|_| {
            modules.push(&Module {
                name: LONG.into(),
                ..Default::default()
            })
        })
    }
}

impl WriteMemory for Puppet {
    fn write_memory(
        &mut self,
        arguments: &WriteMemoryArguments<'_>,
        answer: &mut MemoryWritten<'_>,
    ) -> Result<Outcome, Failure> {
        answer.give(&WriteMemoryResponse {
            bytes_written: u32::try_from(arguments.data.len()).ok(),
            ..Default::default()
        })?;
        self.outcome()
    }
}
