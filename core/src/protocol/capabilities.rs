//! What a server can do: the answer to `initialize`.

use super::ChecksumAlgorithm;
use crate::json::{Items, Text};

object! {
    /// Everything that a server can announce. What is `false` or absent is not written.
    ///
    /// A server that runs [`dispatch`](crate::debuggee::dispatch) does not fill this in: it is derived from what the
    /// debuggee implements.
    pub struct Capabilities<'a> {
        /// Takes `configurationDone`.
        supports_configuration_done_request: bool = "supportsConfigurationDoneRequest" or false,
        /// Takes `setFunctionBreakpoints`.
        supports_function_breakpoints: bool = "supportsFunctionBreakpoints" or false,
        /// Breakpoints can have a condition.
        supports_conditional_breakpoints: bool = "supportsConditionalBreakpoints" or false,
        /// Breakpoints can have a hit condition.
        supports_hit_conditional_breakpoints: bool = "supportsHitConditionalBreakpoints" or false,
        /// `evaluate` for a hover has no side effects.
        supports_evaluate_for_hovers: bool = "supportsEvaluateForHovers" or false,
        /// Filters for `setExceptionBreakpoints`.
        exception_breakpoint_filters: Option<Items<'a, ExceptionBreakpointsFilter<'a>>> = "exceptionBreakpointFilters",
        /// Takes `stepBack` and `reverseContinue`.
        supports_step_back: bool = "supportsStepBack" or false,
        /// Takes `setVariable`.
        supports_set_variable: bool = "supportsSetVariable" or false,
        /// Takes `restartFrame`.
        supports_restart_frame: bool = "supportsRestartFrame" or false,
        /// Takes `gotoTargets`.
        supports_goto_targets_request: bool = "supportsGotoTargetsRequest" or false,
        /// Takes `stepInTargets`.
        supports_step_in_targets_request: bool = "supportsStepInTargetsRequest" or false,
        /// Takes `completions`.
        supports_completions_request: bool = "supportsCompletionsRequest" or false,
        /// Characters that ask for completions in the console; a dot if absent.
        completion_trigger_characters: Option<Items<'a, Text<'a>>> = "completionTriggerCharacters",
        /// Takes `modules`.
        supports_modules_request: bool = "supportsModulesRequest" or false,
        /// Further columns for a list of modules.
        additional_module_columns: Option<Items<'a, ColumnDescriptor<'a>>> = "additionalModuleColumns",
        /// Checksums that are understood.
        supported_checksum_algorithms: Option<Items<'a, ChecksumAlgorithm>> = "supportedChecksumAlgorithms",
        /// Takes `restart`.
        supports_restart_request: bool = "supportsRestartRequest" or false,
        /// `setExceptionBreakpoints` takes `exceptionOptions`.
        supports_exception_options: bool = "supportsExceptionOptions" or false,
        /// `stackTrace`, `variables` and `evaluate` take `format`.
        supports_value_formatting_options: bool = "supportsValueFormattingOptions" or false,
        /// Takes `exceptionInfo`.
        supports_exception_info_request: bool = "supportsExceptionInfoRequest" or false,
        /// `disconnect` takes `terminateDebuggee`.
        support_terminate_debuggee: bool = "supportTerminateDebuggee" or false,
        /// `disconnect` takes `suspendDebuggee`.
        support_suspend_debuggee: bool = "supportSuspendDebuggee" or false,
        /// `stackTrace` takes `startFrame` and `levels`, so a client can ask for a stack in parts.
        supports_delayed_stack_trace_loading: bool = "supportsDelayedStackTraceLoading" or false,
        /// Takes `loadedSources`.
        supports_loaded_sources_request: bool = "supportsLoadedSourcesRequest" or false,
        /// Breakpoints can have a log message.
        supports_log_points: bool = "supportsLogPoints" or false,
        /// Takes `terminateThreads`.
        supports_terminate_threads_request: bool = "supportsTerminateThreadsRequest" or false,
        /// Takes `setExpression`.
        supports_set_expression: bool = "supportsSetExpression" or false,
        /// Takes `terminate`.
        supports_terminate_request: bool = "supportsTerminateRequest" or false,
        /// Takes `dataBreakpointInfo` and `setDataBreakpoints`.
        supports_data_breakpoints: bool = "supportsDataBreakpoints" or false,
        /// Takes `readMemory`.
        supports_read_memory_request: bool = "supportsReadMemoryRequest" or false,
        /// Takes `writeMemory`.
        supports_write_memory_request: bool = "supportsWriteMemoryRequest" or false,
        /// Takes `disassemble`.
        supports_disassemble_request: bool = "supportsDisassembleRequest" or false,
        /// Takes `cancel`.
        supports_cancel_request: bool = "supportsCancelRequest" or false,
        /// Takes `breakpointLocations`.
        supports_breakpoint_locations_request: bool = "supportsBreakpointLocationsRequest" or false,
        /// `evaluate` knows the context `clipboard`.
        supports_clipboard_context: bool = "supportsClipboardContext" or false,
        /// Steps take `granularity`.
        supports_stepping_granularity: bool = "supportsSteppingGranularity" or false,
        /// Takes `setInstructionBreakpoints`.
        supports_instruction_breakpoints: bool = "supportsInstructionBreakpoints" or false,
        /// `setExceptionBreakpoints` takes `filterOptions`.
        supports_exception_filter_options: bool = "supportsExceptionFilterOptions" or false,
        /// Steps and `continue` take `singleThread`.
        supports_single_thread_execution_requests: bool = "supportsSingleThreadExecutionRequests" or false,
        /// `dataBreakpointInfo` takes `asAddress` and `bytes`.
        supports_data_breakpoint_bytes: bool = "supportsDataBreakpointBytes" or false,
        /// Modes that breakpoints can have.
        breakpoint_modes: Option<Items<'a, BreakpointMode<'a>>> = "breakpointModes",
        /// Output and values may hold ANSI escape sequences.
        supports_ansi_styling: bool = "supportsANSIStyling" or false,
    }
}

object! {
    /// A filter for exceptions, which the client shows as a check box.
    pub struct ExceptionBreakpointsFilter<'a> {
        /// Its identifier, used in `setExceptionBreakpoints`.
        filter: Text<'a> = "filter",
        /// Its name for people.
        label: Text<'a> = "label",
        /// More about it for people.
        description: Option<Text<'a>> = "description",
        /// Whether it is on to begin with.
        default: bool = "default" or false,
        /// Whether it can have a condition.
        supports_condition: bool = "supportsCondition" or false,
        /// What such a condition looks like, for people.
        condition_description: Option<Text<'a>> = "conditionDescription",
    }
}

words! {
    /// What a further column of a list of modules holds.
    pub enum ColumnType {
        /// Text.
        String = "string",
        /// A number.
        Number = "number",
        /// Yes or no.
        Boolean = "boolean",
        /// A time.
        UnixTimestampUtc = "unixTimestampUTC",
    }
}

object! {
    /// A further column of a list of modules.
    pub struct ColumnDescriptor<'a> {
        /// The member of a module that it shows.
        attribute_name: Text<'a> = "attributeName",
        /// Its heading.
        label: Text<'a> = "label",
        /// How to show the values.
        format: Option<Text<'a>> = "format",
        /// What the values are; text if absent.
        r#type: Option<ColumnType> = "type",
        /// Its width in characters.
        width: Option<u32> = "width",
    }
}

open_words! {
    /// What a breakpoint mode is for.
    pub enum BreakpointModeApplicability<'a> {
        /// Breakpoints on lines.
        Source = "source",
        /// Breakpoints on exceptions.
        Exception = "exception",
        /// Breakpoints on data.
        Data = "data",
        /// Breakpoints on instructions.
        Instruction = "instruction",
    }
}

object! {
    /// A mode that breakpoints can have.
    pub struct BreakpointMode<'a> {
        /// Its identifier.
        mode: Text<'a> = "mode",
        /// Its name for people.
        label: Text<'a> = "label",
        /// More about it for people.
        description: Option<Text<'a>> = "description",
        /// What it is for.
        applies_to: Items<'a, BreakpointModeApplicability<'a>> = "appliesTo",
    }
}
