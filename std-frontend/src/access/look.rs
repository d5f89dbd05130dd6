//! Look, but don't touch: what a client may ask for where `evaluate` is false.

use dapstub::Failure;
use dapstub::failure::id;
use dapstub::json::{Entries, Raw, Text, ToJson};
use dapstub::output::{Full, Output};
use dapstub::protocol::{
    Command, DataBreakpointInfoArguments, SetBreakpointsArguments, SetDataBreakpointsArguments,
    SetExceptionBreakpointsArguments, SetFunctionBreakpointsArguments, SetInstructionBreakpointsArguments,
};
use dapstub::session::Request;

use crate::Buffer;

/// What may be done about a command.
enum Rule {
    /// It only looks, or lets the program stop and go.
    Free,
    /// It does this, which is not allowed.
    Never(&'static str),
    /// It depends on its arguments.
    Looks(fn(&Request<'_>) -> Result<(), Failure>),
}

/// The table. Showing a value still runs what the program itself has for that (`__repr__`, say); nothing of the
/// client's is evaluated.
fn rule(command: Command) -> Rule {
    use Rule::{Free, Looks, Never};
    match command {
        // What is and where the program stands.
        Command::BreakpointLocations
        | Command::Disassemble
        | Command::ExceptionInfo
        | Command::LoadedSources
        | Command::Locations
        | Command::Modules
        | Command::ReadMemory
        | Command::Scopes
        | Command::Source
        | Command::StackTrace
        | Command::StepInTargets
        | Command::Threads
        | Command::Variables => Free,
        // Stop and go: without that there is little to be looked at.
        Command::Continue | Command::Next | Command::Pause | Command::StepIn | Command::StepOut => Free,
        // The session itself.
        Command::Attach
        | Command::Cancel
        | Command::ConfigurationDone
        | Command::Disconnect
        | Command::Initialize
        | Command::Launch => Free,
        // Asked by the server; as requests of a client they are nothing.
        Command::RunInTerminal | Command::StartDebugging => Free,
        Command::SetBreakpoints => Looks(set_breakpoints),
        Command::SetFunctionBreakpoints => Looks(set_function_breakpoints),
        Command::SetInstructionBreakpoints => Looks(set_instruction_breakpoints),
        Command::SetDataBreakpoints => Looks(set_data_breakpoints),
        Command::SetExceptionBreakpoints => Looks(set_exception_breakpoints),
        Command::DataBreakpointInfo => Looks(data_breakpoint_info),
        Command::Evaluate => Never("it evaluates an expression"),
        Command::Completions => Never("it evaluates what stands before the cursor"),
        Command::SetExpression | Command::SetVariable => Never("it changes a value"),
        Command::WriteMemory => Never("it changes memory"),
        Command::Goto | Command::GotoTargets => Never("it leaves out or repeats code"),
        Command::RestartFrame | Command::ReverseContinue | Command::StepBack => Never("it runs code again"),
        Command::Restart | Command::Terminate => Never("it ends the program"),
        Command::TerminateThreads => Never("it ends threads"),
        Command::Unknown => Never("what it does is not known here"),
    }
}

/// Members of the capabilities that would announce what is refused, or what is most of it.
const NOT_ANNOUNCED: [&str; 17] = [
    "supportTerminateDebuggee",
    "supportsClipboardContext",
    "supportsCompletionsRequest",
    "supportsConditionalBreakpoints",
    "supportsEvaluateForHovers",
    "supportsExceptionFilterOptions",
    "supportsGotoTargetsRequest",
    "supportsLogPoints",
    "supportsRestartFrame",
    "supportsRestartRequest",
    "supportsSetExpression",
    "supportsSetVariable",
    "supportsStepBack",
    "supportsTerminateDebuggee", // debugpy's spelling
    "supportsTerminateRequest",
    "supportsTerminateThreadsRequest",
    "supportsWriteMemoryRequest",
];

/// Says why a request is refused, if it is.
pub(crate) fn refusal(request: &Request<'_>) -> Option<Failure> {
    match rule(request.command()) {
        Rule::Free => None,
        Rule::Never(reason) => Some(refuse(reason)),
        Rule::Looks(look) => look(request).err(),
    }
}

fn refuse(reason: &str) -> Failure {
    Failure::format(
        id::NOT_ALLOWED,
        format_args!("refused, because of `evaluate: false` here: {reason}"),
    )
}

/// Takes out of the answer to `initialize` what is refused anyway.
///
/// # Errors
///
/// The answer is no object of the size that an answer may have: then it is not to be sent as it is.
pub(crate) fn announce(body: &[u8]) -> Result<Buffer, Full> {
    let mut out = Buffer::new();
    let text = str::from_utf8(body).map_err(|_| Full)?;
    let raw = Raw::new(text).map_err(|_| Full)?;
    let members = raw.read::<Entries<'_, Raw<'_>>>().map_err(|_| Full)?;
    out.push(b"{")?;
    let mut first = true;
    for (name, value) in members.iter() {
        if NOT_ANNOUNCED.iter().any(|hidden| name == *hidden) {
            continue;
        }
        if !core::mem::take(&mut first) {
            out.push(b",")?;
        }
        name.write(&mut out)?;
        out.push(b":")?;
        value.write(&mut out)?;
    }
    out.push(b"}")?;
    Ok(out)
}

const CONDITION: &str = "its condition would be evaluated";
const HITS: &str = "only numbers of hits are taken as hit condition";
const LOG: &str = "expressions in its log message would be evaluated";

fn conditions(condition: Option<Text<'_>>, hits: Option<Text<'_>>) -> Result<(), Failure> {
    if !is_blank(condition) {
        return Err(refuse(CONDITION));
    }
    if hits.is_some_and(|hits| !is_number_of_hits(hits)) {
        return Err(refuse(HITS));
    }
    Ok(())
}

fn is_blank(text: Option<Text<'_>>) -> bool {
    text.is_none_or(|text| text.chars().all(char::is_whitespace))
}

/// Whether a hit condition is a number behind at most a comparison: no host evaluates that.
fn is_number_of_hits(text: Text<'_>) -> bool {
    text.chars()
        .all(|character| character.is_ascii_digit() || character.is_whitespace() || "=!<>%".contains(character))
}

fn set_breakpoints(request: &Request<'_>) -> Result<(), Failure> {
    for wanted in request.arguments().parse::<SetBreakpointsArguments<'_>>()?.requested() {
        conditions(wanted.condition, wanted.hit_condition)?;
        if wanted.log_message.is_some_and(|text| text.chars().any(|c| c == '{')) {
            return Err(refuse(LOG));
        }
    }
    Ok(())
}

fn set_function_breakpoints(request: &Request<'_>) -> Result<(), Failure> {
    let arguments = request.arguments().parse::<SetFunctionBreakpointsArguments<'_>>()?;
    arguments
        .breakpoints
        .iter()
        .try_for_each(|wanted| conditions(wanted.condition, wanted.hit_condition))
}

fn set_instruction_breakpoints(request: &Request<'_>) -> Result<(), Failure> {
    let arguments = request.arguments().parse::<SetInstructionBreakpointsArguments<'_>>()?;
    arguments
        .breakpoints
        .iter()
        .try_for_each(|wanted| conditions(wanted.condition, wanted.hit_condition))
}

fn set_data_breakpoints(request: &Request<'_>) -> Result<(), Failure> {
    let arguments = request.arguments().parse::<SetDataBreakpointsArguments<'_>>()?;
    arguments
        .breakpoints
        .iter()
        .try_for_each(|wanted| conditions(wanted.condition, wanted.hit_condition))
}

fn set_exception_breakpoints(request: &Request<'_>) -> Result<(), Failure> {
    let arguments = request.arguments().parse::<SetExceptionBreakpointsArguments<'_>>()?;
    let options = arguments.filter_options.unwrap_or_default();
    options.iter().try_for_each(|option| conditions(option.condition, None))
}

fn data_breakpoint_info(request: &Request<'_>) -> Result<(), Failure> {
    let arguments = request.arguments().parse::<DataBreakpointInfoArguments<'_>>()?;
    if arguments.variables_reference.is_none() && !arguments.as_address {
        return Err(refuse("without `variablesReference` the name is an expression"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(command: &str, arguments: &str) -> Option<String> {
        let body = format!(r#"{{"seq":1,"type":"request","command":"{command}","arguments":{arguments}}}"#);
        let failure = refusal(&Request::parse(body.as_bytes()).unwrap())?;
        Some(failure.text().to_owned())
    }

    #[test]
    fn what_evaluates_changes_or_ends_is_refused_with_the_reason() {
        for (command, arguments, reason) in [
            ("evaluate", r#"{"expression":"1","context":"hover"}"#, "evaluates"),
            ("completions", r#"{"text":"a.","column":3}"#, "evaluates"),
            (
                "setVariable",
                r#"{"variablesReference":1,"name":"a","value":"1"}"#,
                "changes a value",
            ),
            ("setExpression", r#"{"expression":"a","value":"1"}"#, "changes a value"),
            ("writeMemory", r#"{"memoryReference":"0","data":""}"#, "changes memory"),
            ("goto", r#"{"threadId":1,"targetId":1}"#, "leaves out"),
            ("gotoTargets", r#"{"source":{},"line":1}"#, "leaves out"),
            ("stepBack", r#"{"threadId":1}"#, "again"),
            ("reverseContinue", r#"{"threadId":1}"#, "again"),
            ("restartFrame", r#"{"frameId":1}"#, "again"),
            ("restart", "{}", "ends the program"),
            ("terminate", "{}", "ends the program"),
            ("terminateThreads", "{}", "ends threads"),
            ("setDebuggerProperty", "{}", "not known"),
            (
                "setBreakpoints",
                r#"{"source":{},"breakpoints":[{"line":1},{"line":2,"condition":"f()"}]}"#,
                CONDITION,
            ),
            (
                "setBreakpoints",
                r#"{"source":{},"breakpoints":[{"line":1,"hitCondition":"f()"}]}"#,
                HITS,
            ),
            (
                "setBreakpoints",
                r#"{"source":{},"breakpoints":[{"line":1,"logMessage":"a {f()}"}]}"#,
                LOG,
            ),
            (
                "setBreakpoints",
                r#"{"source":{},"breakpoints":[{"line":1,"condition":5}]}"#,
                "expected a string",
            ),
            (
                "setBreakpoints",
                r#"{"source":{},"breakpoints":[{"line":1,"condition":"\u0066()"}]}"#,
                CONDITION,
            ),
            (
                "setFunctionBreakpoints",
                r#"{"breakpoints":[{"name":"f","condition":"x"}]}"#,
                CONDITION,
            ),
            (
                "setFunctionBreakpoints",
                r#"{"breakpoints":[{"name":"f","hitCondition":"x"}]}"#,
                HITS,
            ),
            (
                "setInstructionBreakpoints",
                r#"{"breakpoints":[{"instructionReference":"0","condition":"x"}]}"#,
                CONDITION,
            ),
            (
                "setDataBreakpoints",
                r#"{"breakpoints":[{"dataId":"a","condition":"x"}]}"#,
                CONDITION,
            ),
            (
                "setExceptionBreakpoints",
                r#"{"filters":[],"filterOptions":[{"filterId":"raised","condition":"x"}]}"#,
                CONDITION,
            ),
            ("dataBreakpointInfo", r#"{"name":"f()"}"#, "an expression"),
        ] {
            let text = refused(command, arguments).unwrap_or_else(|| panic!("{command} {arguments}"));
            assert!(text.contains(reason), "{command} {arguments}: {text}");
        }
    }

    #[test]
    fn what_looks_is_let_through() {
        for (command, arguments) in [
            ("threads", "null"),
            ("stackTrace", r#"{"threadId":1}"#),
            ("scopes", r#"{"frameId":1}"#),
            ("variables", r#"{"variablesReference":1}"#),
            ("source", r#"{"sourceReference":1}"#),
            ("continue", r#"{"threadId":1}"#),
            ("next", r#"{"threadId":1}"#),
            ("pause", r#"{"threadId":1}"#),
            ("configurationDone", "{}"),
            ("cancel", r#"{"requestId":1}"#),
            ("setBreakpoints", r#"{"source":{},"lines":[1,2]}"#),
            (
                "setBreakpoints",
                r#"{"source":{},"breakpoints":[{"line":1,"condition":" ","hitCondition":">= 5","logMessage":"here"}]}"#,
            ),
            (
                "setFunctionBreakpoints",
                r#"{"breakpoints":[{"name":"f","hitCondition":"% 2"}]}"#,
            ),
            ("setDataBreakpoints", r#"{"breakpoints":[{"dataId":"a"}]}"#),
            (
                "setExceptionBreakpoints",
                r#"{"filters":["raised"],"filterOptions":[{"filterId":"raised"}]}"#,
            ),
            ("dataBreakpointInfo", r#"{"variablesReference":1,"name":"a"}"#),
        ] {
            assert_eq!(refused(command, arguments), None, "{command} {arguments}");
        }
    }

    #[test]
    fn capabilities_lose_what_is_refused_and_nothing_else() {
        let body = br#"{"supportsSetVariable":true,"supportsConfigurationDoneRequest":true,"supportsEvaluateF\u006frHovers":true,"supportsDebuggerProperties":true,"exceptionBreakpointFilters":[{"filter":"a","label":"b"}],"supportsLogPoints":true}"#;
        let out = announce(body).unwrap();
        assert_eq!(
            str::from_utf8(out.written()).unwrap(),
            r#"{"supportsConfigurationDoneRequest":true,"supportsDebuggerProperties":true,"exceptionBreakpointFilters":[{"filter":"a","label":"b"}]}"#
        );
        assert_eq!(announce(b"{}").unwrap().written(), b"{}");
        assert!(announce(b"[]").is_err() && announce(b"\xff").is_err() && announce(b"").is_err());
    }
}
