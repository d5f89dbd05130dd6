use super::*;
use crate::json::{FromJson, Items, Raw, Text, ToJson};
use crate::output::{Output, SliceOutput};
use core::fmt::Debug;
use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

fn arguments(json: &str) -> Arguments<'_> {
    Arguments::new(Some(Raw::new(json).unwrap()))
}

fn written<T: ToJson>(value: &T) -> String {
    let mut storage = vec![0; 8192];
    let mut out = SliceOutput::new(&mut storage);
    value.write(&mut out).unwrap();
    String::from_utf8(out.written().to_vec()).unwrap()
}

/// Reads `json` and expects to write the same again.
fn same<'a, T: FromJson<'a> + ToJson + PartialEq + Debug>(json: &'a str) -> T {
    let value: T = arguments(json)
        .parse()
        .unwrap_or_else(|error| panic!("{json}: {error}"));
    assert_eq!(written(&value), json);
    assert_eq!(value, arguments(json).parse().unwrap());
    value
}

#[test]
fn every_command_has_its_name() {
    assert_eq!(Command::ALL.len(), 45);
    for command in Command::ALL {
        assert_eq!(Command::named(command.as_str()), *command);
        assert_eq!(command.to_string(), command.as_str());
    }
    assert_eq!(Command::named("Attach"), Command::Unknown);
    assert_eq!(Command::named(""), Command::Unknown);
    assert_eq!(Command::ALL.iter().filter(|command| command.is_reverse()).count(), 2);
}

#[test]
fn initialize_as_vs_code_sends_it() {
    let arguments = arguments(
        r#"{"clientID":"vscode","clientName":"Visual Studio Code","adapterID":"debugpy","pathFormat":"path","linesStartAt1":true,"columnsStartAt1":true,"supportsVariableType":true,"supportsVariablePaging":true,"supportsRunInTerminalRequest":true,"locale":"en","supportsProgressReporting":true,"supportsInvalidatedEvent":true,"supportsMemoryReferences":true,"supportsArgsCanBeInterpretedByShell":true,"supportsMemoryEvent":true,"supportsStartDebuggingRequest":true,"supportsANSIStyling":true}"#,
    );
    let client: InitializeArguments<'_> = arguments.parse().unwrap();
    assert_eq!(client.client_id.unwrap(), "vscode");
    assert_eq!(client.path_format, Some(PathFormat::Path));
    assert!(client.supports_ansi_styling && client.supports_variable_paging && client.lines_start_at1);
    let bare: InitializeArguments<'_> = super::tests::arguments(r#"{"adapterID":"x","pathFormat":"vms"}"#)
        .parse()
        .unwrap();
    assert!(bare.lines_start_at1 && bare.columns_start_at1 && !bare.supports_variable_type);
    assert_eq!(bare.path_format, Some(PathFormat::Other("vms".into())));
    same::<InitializeArguments<'_>>(r#"{"adapterID":"x","linesStartAt1":false,"pathFormat":"uri"}"#);
}

#[test]
fn breakpoints_in_both_forms() {
    let new: SetBreakpointsArguments<'_> = same(
        r#"{"source":{"name":"a.py","path":"/app/\u00e9.py","sources":[{"name":"b"}],"adapterData":{"x":[1]},"checksums":[{"algorithm":"SHA256","checksum":"00"}]},"breakpoints":[{"line":3},{"line":4,"column":1,"condition":"x == \"a\"","hitCondition":"% 5","logMessage":"{x}","mode":"m"}],"lines":[3,4],"sourceModified":true}"#,
    );
    assert_eq!(new.source.path.unwrap(), "/app/é.py");
    let requested: Vec<_> = new.requested().collect();
    assert_eq!(requested.len(), 2);
    assert_eq!(requested[1].condition.unwrap(), "x == \"a\"");
    assert_eq!(
        new.source
            .sources
            .unwrap()
            .iter()
            .next()
            .unwrap()
            .unwrap()
            .name
            .unwrap(),
        "b"
    );
    let old: SetBreakpointsArguments<'_> = arguments(r#"{"source":{},"lines":[7,9],"breakpoints":null}"#)
        .parse()
        .unwrap();
    assert_eq!(
        old.requested().map(|breakpoint| breakpoint.line).collect::<Vec<_>>(),
        [7, 9]
    );
    let none: SetBreakpointsArguments<'_> = arguments(r#"{"source":{}}"#).parse().unwrap();
    assert_eq!(none.requested().count(), 0);
    same::<SetFunctionBreakpointsArguments<'_>>(r#"{"breakpoints":[{"name":"f","condition":"c","hitCondition":"5"}]}"#);
}

#[test]
fn the_other_arguments() {
    let exceptions: SetExceptionBreakpointsArguments<'_> = same(
        r#"{"filters":["raised","uncaught"],"filterOptions":[{"filterId":"raised","condition":"x","mode":"m"}],"exceptionOptions":[{"path":[{"negate":true,"names":["a","b"]}],"breakMode":"userUnhandled"}]}"#,
    );
    assert_eq!(
        exceptions.filters,
        Items::new(&[Text::plain("raised"), Text::plain("uncaught")])
    );
    let stack: StackTraceArguments =
        same(r#"{"threadId":1,"startFrame":5,"levels":20,"format":{"hex":true,"parameterTypes":true}}"#);
    assert_eq!((stack.skip(), stack.take()), (5, 20));
    let stack: StackTraceArguments = arguments(r#"{"threadId":1,"levels":0}"#).parse().unwrap();
    assert_eq!((stack.skip(), stack.take()), (0, usize::MAX));
    let children: VariablesArguments =
        same(r#"{"variablesReference":3,"filter":"indexed","start":100,"count":50,"format":{"hex":true}}"#);
    assert_eq!(
        (children.skip(), children.take(), children.filter),
        (100, 50, Some(VariablesFilter::Indexed))
    );
    same::<ScopesArguments>(r#"{"frameId":7}"#);
    same::<EvaluateArguments<'_>>(
        r#"{"expression":"a\nb","frameId":2,"line":1,"column":2,"source":{"path":"p"},"context":"telepathy","format":{}}"#,
    );
    for json in [
        r#"{"threadId":1}"#,
        r#"{"threadId":1,"singleThread":true,"granularity":"instruction"}"#,
    ] {
        same::<NextArguments>(json);
        same::<StepInArguments>(json);
        same::<StepOutArguments>(json);
    }
    same::<StepInArguments>(r#"{"threadId":1,"targetId":9}"#);
    same::<ContinueArguments>(r#"{"threadId":1,"singleThread":true}"#);
    same::<PauseArguments>(r#"{"threadId":-1}"#);
    same::<ExceptionInfoArguments>(r#"{"threadId":1}"#);
    same::<TerminateArguments>(r#"{"restart":true}"#);
    same::<DisconnectArguments>(r#"{"restart":true,"terminateDebuggee":false,"suspendDebuggee":true}"#);
    same::<LaunchArguments<'_>>(r#"{"noDebug":true,"__restart":{"a":[1.5]}}"#);
    same::<AttachArguments<'_>>(r#"{"__restart":5}"#);
}

#[test]
fn requests_tell_what_they_need() {
    let mut server = Capabilities::default();
    assert!(requests::Evaluate::is_announced(&server) && requests::Threads::is_announced(&server));
    assert!(!requests::StepBack::is_announced(&server) && !requests::ReverseContinue::is_announced(&server));
    server.supports_step_back = true;
    assert!(requests::StepBack::is_announced(&server) && requests::ReverseContinue::is_announced(&server));
    server.exception_breakpoint_filters = Some(Items::new(&[]));
    assert!(!requests::SetExceptionBreakpoints::is_announced(&server));
    let filters = [ExceptionBreakpointsFilter::default()];
    server.exception_breakpoint_filters = Some(Items::new(&filters));
    assert!(requests::SetExceptionBreakpoints::is_announced(&server));
    let client = InitializeArguments {
        supports_run_in_terminal_request: true,
        ..Default::default()
    };
    assert!(requests::RunInTerminal::is_announced(&client) && !requests::StartDebugging::is_announced(&client));
}

#[test]
fn arguments_are_read_as_their_request_says() {
    let absent = Arguments::new(None);
    assert_eq!(absent.of::<requests::Disconnect>().unwrap(), None);
    assert_eq!(absent.of::<requests::Attach>().unwrap(), AttachArguments::default());
    assert_eq!(arguments("[]").of::<requests::Threads>().unwrap(), Nothing);
    let json = r#"{"arguments":{"__restart":{"n":1},"program":"a.py"}}"#;
    let restart = arguments(json).of::<requests::Restart>().unwrap().unwrap();
    let configuration = restart.arguments.unwrap();
    assert_eq!(configuration.get("program").unwrap().text(), r#""a.py""#);
    let attach = Arguments::new(configuration.raw());
    assert_eq!(
        attach.of::<requests::Attach>().unwrap().restart.unwrap().text(),
        r#"{"n":1}"#
    );
    assert_eq!(
        error::<RestartArguments<'_>>(r#"{"arguments":5}"#),
        "arguments.arguments: expected an object, found 5"
    );
}

#[test]
fn a_change_of_capabilities_can_take_back() {
    let json = r#"{"capabilities":{"supportsStepBack":false,"supportsRestartFrame":true}}"#;
    let event: CapabilitiesEvent<'_> = same(json);
    let changed = event.capabilities;
    assert_eq!(
        (changed.supports_step_back, changed.supports_goto_targets_request),
        (Some(false), None)
    );
}

#[test]
fn answers_and_events_go_there_and_back() {
    same::<BreakpointsResponse<'_>>(
        r#"{"breakpoints":[{"id":1,"verified":true,"message":"m","source":{"path":"p"},"line":1,"column":2,"endLine":3,"endColumn":4,"instructionReference":"0x1","offset":-9007199254740991,"reason":"pending"}]}"#,
    );
    same::<StackTraceResponse<'_>>(
        r#"{"stackFrames":[{"id":1,"name":"f","source":{"path":"p","sourceReference":0,"presentationHint":"deemphasize","origin":"o"},"line":9007199254740991,"column":0,"endLine":2,"endColumn":3,"canRestart":false,"instructionPointerReference":"0x1","moduleId":5,"presentationHint":"subtle"},{"id":2,"name":"","line":0,"column":0,"moduleId":"m"}],"totalFrames":2}"#,
    );
    same::<ScopesResponse<'_>>(
        r#"{"scopes":[{"name":"Locals","presentationHint":"locals","variablesReference":1,"namedVariables":2,"indexedVariables":0,"expensive":false,"source":{},"line":1,"column":2,"endLine":3,"endColumn":4}]}"#,
    );
    same::<VariablesResponse<'_>>(
        r#"{"variables":[{"name":"x","value":"1","type":"int","presentationHint":{"kind":"data","attributes":["readOnly","new"],"visibility":"private","lazy":true},"evaluateName":"x","variablesReference":0,"namedVariables":1,"indexedVariables":2,"memoryReference":"0x1","declarationLocationReference":3,"valueLocationReference":4}]}"#,
    );
    same::<ThreadsResponse<'_>>(r#"{"threads":[{"id":1,"name":"MainThread"}]}"#);
    same::<EvaluateResponse<'_>>(
        r#"{"result":"1","type":"int","presentationHint":{},"variablesReference":0,"namedVariables":1,"indexedVariables":2,"memoryReference":"m","valueLocationReference":4}"#,
    );
    same::<ContinueResponse>(r#"{"allThreadsContinued":true}"#);
    same::<ExceptionInfoResponse<'_>>(
        r#"{"exceptionId":"E","description":"d","breakMode":"always","details":{"message":"m","typeName":"E","fullTypeName":"a.E","evaluateName":"e","stackTrace":"t","innerException":[{"message":"i","innerException":[]}]}}"#,
    );
    same::<StoppedEvent<'_>>(
        r#"{"reason":"function breakpoint","description":"d","threadId":1,"preserveFocusHint":true,"text":"t","allThreadsStopped":true,"hitBreakpointIds":[1,2]}"#,
    );
    same::<ContinuedEvent>(r#"{"threadId":1,"allThreadsContinued":true}"#);
    same::<ExitedEvent>(r#"{"exitCode":-9}"#);
    same::<TerminatedEvent<'_>>(r#"{"restart":{"a":1}}"#);
    same::<ThreadEvent<'_>>(r#"{"reason":"started","threadId":2}"#);
    same::<OutputEvent<'_>>(
        r#"{"category":"stderr","output":"a\n","group":"startCollapsed","variablesReference":1,"source":{},"line":1,"column":2,"data":[{}],"locationReference":3}"#,
    );
    same::<BreakpointEvent<'_>>(r#"{"reason":"changed","breakpoint":{"verified":false}}"#);
    same::<ModuleEvent<'_>>(
        r#"{"reason":"new","module":{"id":"m","name":"n","path":"p","isOptimized":false,"isUserCode":true,"version":"1","symbolStatus":"s","symbolFilePath":"f","dateTimeStamp":"d","addressRange":"a"}}"#,
    );
    same::<ProcessEvent<'_>>(
        r#"{"name":"a.py","systemProcessId":1,"isLocalProcess":true,"startMethod":"attach","pointerSize":64}"#,
    );
}

#[test]
fn capabilities_write_only_what_is_there() {
    assert_eq!(written(&Capabilities::default()), "{}");
    let json = r#"{"supportsConfigurationDoneRequest":true,"exceptionBreakpointFilters":[{"filter":"raised","label":"Raised","description":"d","default":true,"supportsCondition":true,"conditionDescription":"c"}],"completionTriggerCharacters":["."],"additionalModuleColumns":[{"attributeName":"a","label":"l","format":"f","type":"unixTimestampUTC","width":3}],"supportedChecksumAlgorithms":["MD5"],"supportsSteppingGranularity":true,"breakpointModes":[{"mode":"m","label":"l","description":"d","appliesTo":["source","other"]}],"supportsANSIStyling":true}"#;
    same::<Capabilities<'_>>(json);
    // The definition has 42 of them: each name once.
    let all = format!("{:?}", Capabilities::default());
    assert_eq!(all.matches(": ").count(), 42);
}

#[test]
fn unknown_members_null_and_repetition_are_let_pass() {
    let json = r#"{"zz":[{"threadId":"x"}],"threadId":1,"startFrame":null,"format":null,"levels":1,"levels":2,"thr\u0065adIdx":5}"#;
    let stack: StackTraceArguments = arguments(json).parse().unwrap();
    assert_eq!(
        (stack.thread_id, stack.start_frame, stack.levels, stack.format),
        (1, None, Some(2), None)
    );
    // A name may be written with escapes.
    let pause: PauseArguments = arguments(r#"{"thread\u0049d":7}"#).parse().unwrap();
    assert_eq!(pause.thread_id, 7);
}

#[test]
fn absent_arguments_read_as_an_empty_object() {
    for absent in [Arguments::new(None), Arguments::new(Some(Raw::new("null").unwrap()))] {
        assert!(absent.is_absent());
        assert_eq!(absent.raw(), "{}");
        assert_eq!(
            absent.parse(),
            Ok(DisconnectArguments::default()).map_err(|_: MemberError<'_>| panic!())
        );
        let error = absent.parse::<PauseArguments>().unwrap_err();
        assert_eq!(error.to_string(), "arguments: member `threadId` is missing");
    }
    assert!(!arguments("{}").is_absent());
}

impl PartialEq for MemberError<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

fn error<'a, T: FromJson<'a> + Debug>(json: &'a str) -> String {
    arguments(json).parse::<T>().unwrap_err().to_string()
}

#[test]
fn errors_name_the_member() {
    type Set<'a> = SetBreakpointsArguments<'a>;
    for (json, text) in [
        ("[]", "arguments: expected an object, found an array"),
        (r#""x""#, "arguments: expected an object, found a string"),
        ("{}", "arguments: member `source` is missing"),
        (r#"{"source":5}"#, "arguments.source: expected an object, found 5"),
        (
            r#"{"source":{"path":true}}"#,
            "arguments.source.path: expected a string, found a boolean",
        ),
        (
            r#"{"source":{}, "breakpoints": {"line":1}}"#,
            "arguments.breakpoints: expected an array, found an object",
        ),
        (
            r#"{"source":{},"breakpoints":[{"line":1},{"condition":"c"}]}"#,
            "arguments.breakpoints[1]: member `line` is missing",
        ),
        (
            r#"{"x":[{},[1,2]], "breakpoints" : [ {"line":1} , 7, {} , {"line" : "3"} ],"source":{}}"#,
            "arguments.breakpoints[1]: expected an object, found 7",
        ),
        (
            r#"{"breakpoints":[{"line":1},{"line":2},{"line":3},{"zz":[[]],"line": "3"}]}"#,
            "arguments.breakpoints[3].line: expected an integer, found a string",
        ),
        (
            r#"{"breakpoints":[{"line":-1}]}"#,
            "arguments.breakpoints[0].line: expected an integer from 0 to 9007199254740991, found -1",
        ),
        (
            r#"{"breakpoints":[{"line":1.0}]}"#,
            "arguments.breakpoints[0].line: expected an integer from 0 to 9007199254740991, found 1.0",
        ),
        (
            r#"{"breakpoints":[{"l\u0069ne":1e3}]}"#,
            "arguments.breakpoints[0].line: expected an integer from 0 to 9007199254740991, found 1e3",
        ),
        (
            r#"{"source":{"checksums":[{"algorithm":"CRC","checksum":""}]}}"#,
            "arguments.source.checksums[0].algorithm: expected one of MD5, SHA1, SHA256, timestamp, found \"CRC\"",
        ),
        (
            r#"{"source":{"sources":{}}}"#,
            "arguments.source.sources: expected an array, found an object",
        ),
        (
            r#"{"source":{},"lines":[1,null]}"#,
            "arguments.lines[1]: expected an integer, found null",
        ),
        (
            r#"{"source":{},"sourceModified":"no"}"#,
            "arguments.sourceModified: expected true or false, found a string",
        ),
    ] {
        assert_eq!(error::<Set<'_>>(json), text);
    }
    assert_eq!(
        error::<PauseArguments>(r#"{"threadId":2147483648}"#),
        "arguments.threadId: expected an integer from -2147483648 to 2147483647, found 2147483648"
    );
    assert_eq!(
        error::<VariablesArguments>(r#"{"variablesReference":1,"filter":"odd"}"#),
        "arguments.filter: expected one of indexed, named, found \"odd\""
    );
    assert_eq!(
        error::<StackFrame<'_>>(r#"{"moduleId":1.5}"#),
        "arguments.moduleId: expected an integer or a string, found 1.5"
    );
}

#[test]
fn error_becomes_a_failure() {
    let failure: crate::Failure = arguments("{}").parse::<PauseArguments>().unwrap_err().into();
    assert_eq!(failure.text(), "arguments: member `threadId` is missing");
    let long = format!(r#"{{"{}":1,"breakpoints":[{{"line":"x"}}]}}"#, "k".repeat(100));
    let failure: crate::Failure = arguments(&long)
        .parse::<SetBreakpointsArguments<'_>>()
        .unwrap_err()
        .into();
    assert_eq!(
        failure.text(),
        "arguments.breakpoints[0].line: expected an integer, found a string"
    );
}

#[test]
fn types_that_contain_themselves_do_not_recurse() {
    let deep = format!(
        r#"{{"source":{}{{}}{}}}"#,
        r#"{"sources":["#.repeat(30),
        "]}".repeat(30)
    );
    let set: SetBreakpointsArguments<'_> = arguments(&deep).parse().unwrap();
    assert_eq!(set.source, set.source);
    assert!(format!("{set:?}").len() > 200);
}

#[test]
fn types_of_the_host_are_read_by_serde() {
    #[derive(serde::Deserialize, Debug, PartialEq)]
    #[serde(rename_all = "camelCase")]
    struct Mapping<'a> {
        #[serde(borrow)]
        local_root: Text<'a>,
        remote_root: &'a str,
    }
    #[derive(serde::Deserialize, Debug, PartialEq)]
    #[serde(rename_all = "camelCase")]
    struct Attach<'a> {
        just_my_code: Option<bool>,
        #[serde(borrow)]
        path_mappings: heapless::Vec<Mapping<'a>, 4>,
        port: Option<u16>,
    }
    let json = r#"{"name":"\ud83d\ude00","type":"python","connect":{"x":[1]},"pathMappings":[{"localRoot":"${workspaceFolder}\\\u00e9","remoteRoot":"."}],"justMyCode":false}"#;
    let attach: Attach<'_> = arguments(json).deserialize().unwrap();
    assert_eq!(attach.path_mappings[0].local_root, r"${workspaceFolder}\é");
    assert_eq!(
        (attach.path_mappings[0].remote_root, attach.just_my_code, attach.port),
        (".", Some(false), None)
    );
    let error = arguments(r#"{"pathMappings":5}"#)
        .deserialize::<Attach<'_>>()
        .unwrap_err();
    assert!(error.to_string().starts_with("arguments: "));
    assert_eq!(crate::Failure::from(error).id(), crate::failure::id::BAD_ARGUMENTS);
}

proptest::proptest! {
    /// Whatever the arguments are, a typed reader gives a value or an error that can be printed.
    #[test]
    fn any_arguments_can_be_read(json in near_arguments()) {
        let raw = arguments(&json);
        if let Err(error) = raw.parse::<SetBreakpointsArguments<'_>>() {
            proptest::prop_assert!(error.to_string().starts_with("arguments"));
        }
        if let Err(error) = raw.parse::<EvaluateArguments<'_>>() {
            proptest::prop_assert!(error.to_string().starts_with("arguments"));
        }
    }
}

fn near_arguments() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    let leaf = prop::sample::select(vec![
        "null",
        "1",
        "-1",
        "1.5",
        "true",
        "\"a\"",
        "\"\\u00e9\"",
        "[]",
        "{}",
    ])
    .prop_map(String::from);
    let key = prop::sample::select(vec![
        "source",
        "breakpoints",
        "line",
        "lines",
        "path",
        "sources",
        "expression",
        "context",
        "x",
        "\\u006cine",
    ]);
    leaf.prop_recursive(5, 30, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|items| format!("[ {} ]", items.join(" , "))),
            prop::collection::vec((key.clone(), inner), 0..5).prop_map(|members| {
                let members: Vec<_> = members
                    .iter()
                    .map(|(key, value)| format!("\"{key}\" : {value}"))
                    .collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}
