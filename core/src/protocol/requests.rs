//! All requests of DAP, as types: what each takes, what it is answered with, and what has to be announced for it.
//!
//! There is a marker for every [`Command`]; the markers are never made, only named:
//! `asker.request::<requests::SetVariable>(..)`, `response.read::<requests::SetVariable>()`.

use super::*;
use crate::json::{FromJson, Items, ToJson};
use core::fmt::Debug;

/// Whether a request has arguments, or a response a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It has to be there.
    Required,
    /// It may be left out: its type is an `Option`.
    Optional,
    /// There is none: its type is [`Nothing`].
    None,
}

/// What DAP says of a request.
pub trait RequestType {
    /// The command.
    const COMMAND: Command;
    /// Whether it has arguments.
    const ARGUMENTS: Presence;
    /// Whether its response has a body.
    const BODY: Presence;
    /// The member of [`Announcement`](Self::Announcement) without which it must not be asked.
    const CAPABILITY: Option<&'static str>;

    /// Its arguments.
    type Arguments<'a>: FromJson<'a> + ToJson + Copy + Debug + PartialEq;
    /// The body of its response, if it was carried out.
    type Response<'a>: FromJson<'a> + ToJson + Copy + Debug + PartialEq;
    /// What the side that is asked has announced: [`Capabilities`], or [`InitializeArguments`] for a reverse request.
    type Announcement<'a>;

    /// Whether the side that announced this can be asked.
    fn is_announced(by: &Self::Announcement<'_>) -> bool;
}

/// A member that announces something.
trait Announced {
    fn is_announced(&self) -> bool;
}

impl Announced for bool {
    fn is_announced(&self) -> bool {
        *self
    }
}

impl<'a, T: FromJson<'a> + Copy> Announced for Option<Items<'a, T>> {
    fn is_announced(&self) -> bool {
        self.is_some_and(|items| !items.is_empty())
    }
}

macro_rules! requests {
    ($($marker:ident($presence:ident $arguments:ty) -> $body:ident $response:ty
        $(, needs $capability:ident = $key:literal)? $(, of $announcement:ident)?;)*
    ) => {
        $(
            #[doc = concat!("The request of [`Command::", stringify!($marker), "`].")]
            #[doc = requests!(@section $marker $($announcement)?)]
            #[derive(Clone, Copy, Debug)]
            pub enum $marker {}

            impl RequestType for $marker {
                const COMMAND: Command = Command::$marker;
                const ARGUMENTS: Presence = Presence::$presence;
                const BODY: Presence = Presence::$body;
                const CAPABILITY: Option<&'static str> = requests!(@key $($key)?);
                type Arguments<'a> = requests!(@type $presence $arguments);
                type Response<'a> = requests!(@type $body $response);
                type Announcement<'a> = requests!(@announcement $($announcement)?);

                fn is_announced(by: &Self::Announcement<'_>) -> bool {
                    let _ = by;
                    requests!(@announced by $($capability)?)
                }
            }
        )*

        /// What the tests look at: every request.
        #[cfg(test)]
        pub(super) fn all() -> std::vec::Vec<schema::shape::Request> {
            std::vec![$(schema::shape::Request::of::<$marker>(
                schema::shape::copy!(<$marker as RequestType>::Arguments<'_>),
                schema::shape::copy!(<$marker as RequestType>::Response<'_>),
            )),*]
        }
    };
    (@section $marker:ident) => { specification!(concat!("Requests_", stringify!($marker))) };
    (@section $marker:ident $reverse:ident) => { specification!(concat!("Reverse_Requests_", stringify!($marker))) };
    (@key) => { None };
    (@key $key:literal) => { Some($key) };
    (@type Required $type:ty) => { $type };
    (@type Optional $type:ty) => { Option<$type> };
    (@type None $type:ty) => { $type };
    (@announcement) => { Capabilities<'a> };
    (@announcement $announcement:ident) => { $announcement<'a> };
    (@announced $by:ident) => { true };
    (@announced $by:ident $capability:ident) => { Announced::is_announced(&$by.$capability) };
}

requests! {
    Attach(Required AttachArguments<'a>) -> None Nothing;
    BreakpointLocations(Optional BreakpointLocationsArguments<'a>) -> Required BreakpointLocationsResponse<'a>,
        needs supports_breakpoint_locations_request = "supportsBreakpointLocationsRequest";
    Cancel(Optional CancelArguments<'a>) -> None Nothing, needs supports_cancel_request = "supportsCancelRequest";
    Completions(Required CompletionsArguments<'a>) -> Required CompletionsResponse<'a>,
        needs supports_completions_request = "supportsCompletionsRequest";
    ConfigurationDone(Optional ConfigurationDoneArguments) -> None Nothing,
        needs supports_configuration_done_request = "supportsConfigurationDoneRequest";
    Continue(Required ContinueArguments) -> Required ContinueResponse;
    DataBreakpointInfo(Required DataBreakpointInfoArguments<'a>) -> Required DataBreakpointInfoResponse<'a>,
        needs supports_data_breakpoints = "supportsDataBreakpoints";
    Disassemble(Required DisassembleArguments<'a>) -> Optional DisassembleResponse<'a>,
        needs supports_disassemble_request = "supportsDisassembleRequest";
    Disconnect(Optional DisconnectArguments) -> None Nothing;
    Evaluate(Required EvaluateArguments<'a>) -> Required EvaluateResponse<'a>;
    ExceptionInfo(Required ExceptionInfoArguments) -> Required ExceptionInfoResponse<'a>,
        needs supports_exception_info_request = "supportsExceptionInfoRequest";
    Goto(Required GotoArguments) -> None Nothing,
        needs supports_goto_targets_request = "supportsGotoTargetsRequest";
    GotoTargets(Required GotoTargetsArguments<'a>) -> Required GotoTargetsResponse<'a>,
        needs supports_goto_targets_request = "supportsGotoTargetsRequest";
    Initialize(Required InitializeArguments<'a>) -> Optional Capabilities<'a>;
    Launch(Required LaunchArguments<'a>) -> None Nothing;
    LoadedSources(Optional LoadedSourcesArguments) -> Required LoadedSourcesResponse<'a>,
        needs supports_loaded_sources_request = "supportsLoadedSourcesRequest";
    Locations(Required LocationsArguments) -> Optional LocationsResponse<'a>;
    Modules(Required ModulesArguments) -> Required ModulesResponse<'a>,
        needs supports_modules_request = "supportsModulesRequest";
    Next(Required NextArguments) -> None Nothing;
    Pause(Required PauseArguments) -> None Nothing;
    ReadMemory(Required ReadMemoryArguments<'a>) -> Optional ReadMemoryResponse<'a>,
        needs supports_read_memory_request = "supportsReadMemoryRequest";
    Restart(Optional RestartArguments<'a>) -> None Nothing,
        needs supports_restart_request = "supportsRestartRequest";
    RestartFrame(Required RestartFrameArguments) -> None Nothing,
        needs supports_restart_frame = "supportsRestartFrame";
    ReverseContinue(Required ReverseContinueArguments) -> None Nothing,
        needs supports_step_back = "supportsStepBack";
    RunInTerminal(Required RunInTerminalArguments<'a>) -> Required RunInTerminalResponse,
        needs supports_run_in_terminal_request = "supportsRunInTerminalRequest", of InitializeArguments;
    Scopes(Required ScopesArguments) -> Required ScopesResponse<'a>;
    SetBreakpoints(Required SetBreakpointsArguments<'a>) -> Required BreakpointsResponse<'a>;
    SetDataBreakpoints(Required SetDataBreakpointsArguments<'a>) -> Required BreakpointsResponse<'a>,
        needs supports_data_breakpoints = "supportsDataBreakpoints";
    SetExceptionBreakpoints(Required SetExceptionBreakpointsArguments<'a>)
        -> Optional SetExceptionBreakpointsResponse<'a>,
        needs exception_breakpoint_filters = "exceptionBreakpointFilters";
    SetExpression(Required SetExpressionArguments<'a>) -> Required SetExpressionResponse<'a>,
        needs supports_set_expression = "supportsSetExpression";
    SetFunctionBreakpoints(Required SetFunctionBreakpointsArguments<'a>) -> Required BreakpointsResponse<'a>,
        needs supports_function_breakpoints = "supportsFunctionBreakpoints";
    SetInstructionBreakpoints(Required SetInstructionBreakpointsArguments<'a>) -> Required BreakpointsResponse<'a>,
        needs supports_instruction_breakpoints = "supportsInstructionBreakpoints";
    SetVariable(Required SetVariableArguments<'a>) -> Required SetVariableResponse<'a>,
        needs supports_set_variable = "supportsSetVariable";
    Source(Required SourceArguments<'a>) -> Required SourceResponse<'a>;
    StackTrace(Required StackTraceArguments) -> Required StackTraceResponse<'a>;
    StartDebugging(Required StartDebuggingArguments<'a>) -> None Nothing,
        needs supports_start_debugging_request = "supportsStartDebuggingRequest", of InitializeArguments;
    StepBack(Required StepBackArguments) -> None Nothing, needs supports_step_back = "supportsStepBack";
    StepIn(Required StepInArguments) -> None Nothing;
    StepInTargets(Required StepInTargetsArguments) -> Required StepInTargetsResponse<'a>,
        needs supports_step_in_targets_request = "supportsStepInTargetsRequest";
    StepOut(Required StepOutArguments) -> None Nothing;
    Terminate(Optional TerminateArguments) -> None Nothing,
        needs supports_terminate_request = "supportsTerminateRequest";
    TerminateThreads(Required TerminateThreadsArguments<'a>) -> None Nothing,
        needs supports_terminate_threads_request = "supportsTerminateThreadsRequest";
    Threads(None Nothing) -> Required ThreadsResponse<'a>;
    Variables(Required VariablesArguments) -> Required VariablesResponse<'a>;
    WriteMemory(Required WriteMemoryArguments<'a>) -> Optional WriteMemoryResponse,
        needs supports_write_memory_request = "supportsWriteMemoryRequest";
}
