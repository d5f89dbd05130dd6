//! A debuggee that can do everything: each request reaches its method, and everything is announced.

use super::*;
use crate::json::Text;
use crate::protocol::*;

/// Writes down which method was called.
#[derive(Default)]
struct Able(Vec<&'static str>);

macro_rules! abilities {
    ($($ability:ident $get:ident { $($method:ident($arguments:ty $(, $answer:ident $give:ident $item:expr)?);)* $(=> $($extra:item)*)? })*) => {
        $(impl $ability for Able {
            $(fn $method(&mut self, _: &$arguments $(, answer: &mut super::$answer<'_>)?) -> Result<Outcome, Failure> {
                self.0.push(stringify!($method));
                $(answer.$give(&$item)?;)?
                Ok(Outcome::Done)
            })*
            $($($extra)*)?
        })*

        impl Debuggee for Able {
            $(fn $get(&mut self) -> Option<&mut dyn $ability> {
                Some(self)
            })*

            fn threads(&mut self, threads: &mut Threads<'_>) -> Result<Outcome, Failure> {
                threads.push(&Thread { id: 1, name: "one".into() })?;
                Ok(Outcome::Done)
            }

            fn stack_trace(&mut self, _: &StackTraceArguments, _: &mut Frames<'_>) -> Result<Outcome, Failure> {
                Ok(Outcome::Done)
            }

            fn scopes(&mut self, _: &ScopesArguments, _: &mut Scopes<'_>) -> Result<Outcome, Failure> {
                Ok(Outcome::Done)
            }

            fn variables(&mut self, _: &VariablesArguments, _: &mut Variables<'_>) -> Result<Outcome, Failure> {
                Ok(Outcome::Done)
            }

            fn resume(&mut self, _: &ContinueArguments) -> Result<ContinueResponse, Failure> {
                Ok(ContinueResponse::default())
            }

            fn disconnect(&mut self, _: &DisconnectArguments) -> Result<Outcome, Failure> {
                Ok(Outcome::Done)
            }

            fn can_terminate(&self) -> bool {
                true
            }

            fn can_suspend(&self) -> bool {
                true
            }

            fn value_formats(&self) -> bool {
                true
            }

            fn ansi_styling(&self) -> bool {
                true
            }

            fn checksums(&self) -> &'static [ChecksumAlgorithm] {
                &[ChecksumAlgorithm::Sha256]
            }
        }
    };
}

const BREAKPOINT: Breakpoint<'static> = Breakpoint {
    id: Some(7),
    verified: true,
    message: None,
    source: None,
    line: None,
    column: None,
    end_line: None,
    end_column: None,
    instruction_reference: None,
    offset: None,
    reason: None,
};

abilities! {
    LineBreakpoints line_breakpoints {
        set_breakpoints(SetBreakpointsArguments<'_>, Breakpoints push BREAKPOINT);
        => fn conditions(&self) -> bool { true }
        fn hit_conditions(&self) -> bool { true }
        fn log_points(&self) -> bool { true }
        fn modes(&self) -> &'static [BreakpointMode<'static>] {
            const MODE: BreakpointMode<'static> = BreakpointMode {
                mode: Text::plain("hardware"),
                label: Text::plain("Hardware"),
                description: None,
                applies_to: crate::json::Items::new(&[BreakpointModeApplicability::Source]),
            };
            &[MODE]
        }
    }
    BreakpointLocations breakpoint_locations {
        breakpoint_locations(
            BreakpointLocationsArguments<'_>, BreakpointLocationList push BreakpointLocation { line: 3, ..Default::default() }
        );
    }
    FunctionBreakpoints function_breakpoints {
        set_function_breakpoints(SetFunctionBreakpointsArguments<'_>, Breakpoints push BREAKPOINT);
    }
    ExceptionBreakpoints exception_breakpoints {
        set_exception_breakpoints(SetExceptionBreakpointsArguments<'_>, Breakpoints push BREAKPOINT);
        => fn filters(&self) -> &'static [ExceptionBreakpointsFilter<'static>] { Counter::filters() }
        fn filter_options(&self) -> bool { true }
        fn exception_options(&self) -> bool { true }
    }
    DataBreakpoints data_breakpoints {
        data_breakpoint_info(
            DataBreakpointInfoArguments<'_>, DataBreakpointInfo give DataBreakpointInfoResponse {
                description: "n".into(),
                ..Default::default()
            }
        );
        set_data_breakpoints(SetDataBreakpointsArguments<'_>, Breakpoints push BREAKPOINT);
        => fn bytes(&self) -> bool { true }
    }
    InstructionBreakpoints instruction_breakpoints {
        set_instruction_breakpoints(SetInstructionBreakpointsArguments<'_>, Breakpoints push BREAKPOINT);
    }
    ExceptionInfo exception_info {
        exception_info(ExceptionInfoArguments, Exception give ExceptionInfoResponse::default());
    }
    Stepping stepping {
        next(NextArguments);
        step_in(StepInArguments);
        step_out(StepOutArguments);
        => fn granularity(&self) -> bool { true }
        fn single_thread(&self) -> bool { true }
    }
    StepInTargets step_in_targets {
        step_in_targets(StepInTargetsArguments, StepInTargetList push StepInTarget::default());
    }
    Pause pause { pause(PauseArguments); }
    StepBack step_back {
        step_back(StepBackArguments);
        reverse_continue(ReverseContinueArguments);
    }
    RestartFrame restart_frame { restart_frame(RestartFrameArguments); }
    Goto goto {
        goto_targets(GotoTargetsArguments<'_>, GotoTargets push GotoTarget::default());
        goto(GotoArguments);
    }
    TerminateThreads terminate_threads { terminate_threads(TerminateThreadsArguments<'_>); }
    Evaluate evaluate {
        evaluate(EvaluateArguments<'_>, Evaluation give EvaluateResponse::default());
        => fn hovers(&self) -> bool { true }
        fn clipboard(&self) -> bool { true }
    }
    Completions completions {
        completions(CompletionsArguments<'_>, CompletionList push CompletionItem::default());
        => fn trigger_characters(&self) -> &'static [Text<'static>] {
            const DOT: Text<'static> = Text::plain(".");
            &[DOT]
        }
    }
    SetVariable set_variable { set_variable(SetVariableArguments<'_>, VariableSet give SetVariableResponse::default()); }
    SetExpression set_expression {
        set_expression(SetExpressionArguments<'_>, ExpressionSet give SetExpressionResponse::default());
    }
    SourceText source_text { source(SourceArguments<'_>, SourceContent give SourceResponse::default()); }
    LoadedSources loaded_sources { loaded_sources(LoadedSourcesArguments, Sources push Source::default()); }
    Modules modules {
        modules(ModulesArguments, ModuleList push Module::default());
        => fn columns(&self) -> &'static [ColumnDescriptor<'static>] {
            const COLUMN: ColumnDescriptor<'static> = ColumnDescriptor {
                attribute_name: Text::plain("a"),
                label: Text::plain("A"),
                format: None,
                r#type: None,
                width: None,
            };
            &[COLUMN]
        }
    }
    Locations locations { location(LocationsArguments, Location give LocationsResponse::default()); }
    ReadMemory read_memory { read_memory(ReadMemoryArguments<'_>, MemoryRead give ReadMemoryResponse::default()); }
    WriteMemory write_memory {
        write_memory(WriteMemoryArguments<'_>, MemoryWritten give WriteMemoryResponse::default());
    }
    Disassemble disassemble {
        disassemble(DisassembleArguments<'_>, Instructions push DisassembledInstruction::default());
    }
    Terminate terminate { terminate(TerminateArguments); }
    Restart restart { restart(RestartArguments<'_>); }
    Cancel cancel { cancel(CancelArguments<'_>); }
}

/// What `dispatch` makes of a request with these arguments: the methods called, and the body.
fn carried_out(command: Command, arguments: &str) -> (Vec<&'static str>, String) {
    let mut able = Able::default();
    let message = format!(r#"{{"seq":1,"type":"request","command":"{command}","arguments":{arguments}}}"#);
    let request = Request::parse(message.as_bytes()).unwrap();
    let mut out = heapless::Vec::<u8, 4096>::new();
    let outcome = dispatch(&mut able, &request, &mut out);
    assert_eq!(outcome, Ok(Outcome::Done), "{command}");
    (able.0, String::from_utf8(out.to_vec()).unwrap())
}

#[test]
fn everything_is_announced() {
    let (_, body) = carried_out(Command::Initialize, r#"{"adapterID":"x"}"#);
    let announced: serde_json::Value = serde_json::from_str(&body).unwrap();
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/schema/debugAdapterProtocol.json")).unwrap();
    let all = schema["definitions"]["Capabilities"]["properties"].as_object().unwrap();
    assert_eq!(all.len(), 42);
    for name in all.keys() {
        assert!(
            announced[name] == true || announced[name].as_array().is_some_and(|list| !list.is_empty()),
            "{name} is {}",
            announced[name]
        );
    }
}

#[test]
fn every_request_reaches_its_method() {
    // Members of all argument types together; each passes over those of others.
    const ARGUMENTS: &str = r#"{"adapterID":"x","threadId":1,"frameId":1,"variablesReference":1,"sourceReference":1,
        "locationReference":1,"targetId":1,"memoryReference":"m","count":1,"data":"","instructionCount":1,"line":1,
        "column":1,"text":"t","name":"n","value":"v","expression":"e","filters":[],"breakpoints":[],"source":{}}"#;
    for &command in Command::ALL {
        if command.is_reverse() {
            continue;
        }
        let (called, body) = carried_out(command, ARGUMENTS);
        let method: String = command
            .as_str()
            .chars()
            .flat_map(|letter| [letter.is_uppercase().then_some('_'), Some(letter.to_ascii_lowercase())])
            .flatten()
            .collect();
        let expected = match command {
            // Those of every debuggee.
            Command::Initialize | Command::Attach | Command::Launch | Command::ConfigurationDone => vec![],
            Command::Disconnect | Command::Threads | Command::StackTrace | Command::Scopes => vec![],
            Command::Variables | Command::Continue => vec![],
            Command::Locations => vec!["location"],
            _ => vec![method.as_str()],
        };
        assert_eq!(called, expected, "{command}");
        if !body.is_empty() {
            let body: serde_json::Value = serde_json::from_str(&body).unwrap();
            assert!(body.is_object(), "{command}");
        }
    }
}

#[test]
fn reverse_requests_are_not_for_a_client_to_ask() {
    for command in [Command::RunInTerminal, Command::StartDebugging] {
        let message = format!(r#"{{"seq":1,"type":"request","command":"{command}","arguments":{{}}}}"#);
        let request = Request::parse(message.as_bytes()).unwrap();
        let failure = dispatch(&mut Able::default(), &request, &mut heapless::Vec::<u8, 64>::new()).unwrap_err();
        assert_eq!(failure.text(), format!("request `{command}` is not supported"));
    }
}

#[test]
fn totals_stand_behind_their_lists() {
    struct Long;
    impl Modules for Long {
        fn modules(&mut self, _: &ModulesArguments, modules: &mut ModuleList<'_>) -> Result<Outcome, Failure> {
            // As many as fit, each whole.
            while modules.push(&Module::default()).is_ok() {}
            modules.set_total(9_007_199_254_740_991);
            Ok(Outcome::Done)
        }
    }
    for room in 64..128 {
        let mut storage = vec![0; room];
        let mut out = crate::output::SliceOutput::new(&mut storage);
        let mut list = List::begin(&mut out, "modules").unwrap();
        Long.modules(&ModulesArguments::default(), &mut list).unwrap();
        let len = list.len();
        list.end().unwrap();
        let body: serde_json::Value = serde_json::from_slice(out.written()).unwrap();
        assert_eq!(body["modules"].as_array().unwrap().len(), len);
        assert_eq!(body["totalModules"], 9_007_199_254_740_991_i64);
    }
}
