//! What a server can do: the answer to `initialize`.

use super::ChecksumAlgorithm;
use crate::json::{Items, Text};

/// Declares the two forms in which capabilities are announced: all of them, where absent means no, and those that
/// changed, where absent means as before. A member without a type is a yes or no.
macro_rules! capabilities {
    ([$($all:tt)*] [$($changed:tt)*] $a:lifetime) => {
        object! {
            /// Everything that a server can announce. What is `false` or absent is not written.
            ///
            /// A server that runs [`dispatch`](crate::debuggee::dispatch) does not fill this in: it is derived from
            /// what the debuggee implements.
            pub struct Capabilities<$a> in "Types_Capabilities" { $($all)* }
        }

        object! {
            /// The capabilities that changed, for the event `capabilities`. What is `None` stays as it was announced.
            pub struct ChangedCapabilities<$a> in "Types_Capabilities" { $($changed)* }
        }
    };
    ([$($all:tt)*] [$($changed:tt)*] $a:lifetime
        $(#[$doc:meta])* $field:ident = $key:literal, $($rest:tt)*
    ) => {
        capabilities! {
            [$($all)* $(#[$doc])* $field: bool = $key or false,]
            [$($changed)* $(#[$doc])* $field: Option<bool> = $key,]
            $a $($rest)*
        }
    };
    ([$($all:tt)*] [$($changed:tt)*] $a:lifetime
        $(#[$doc:meta])* $field:ident: $type:ty = $key:literal, $($rest:tt)*
    ) => {
        capabilities! {
            [$($all)* $(#[$doc])* $field: $type = $key,]
            [$($changed)* $(#[$doc])* $field: $type = $key,]
            $a $($rest)*
        }
    };
}

capabilities! { [] [] 'a
    /// Takes `configurationDone`.
    supports_configuration_done_request = "supportsConfigurationDoneRequest",
    /// Takes `setFunctionBreakpoints`.
    supports_function_breakpoints = "supportsFunctionBreakpoints",
    /// Breakpoints can have a condition.
    supports_conditional_breakpoints = "supportsConditionalBreakpoints",
    /// Breakpoints can have a hit condition.
    supports_hit_conditional_breakpoints = "supportsHitConditionalBreakpoints",
    /// `evaluate` for a hover has no side effects.
    supports_evaluate_for_hovers = "supportsEvaluateForHovers",
    /// Filters for `setExceptionBreakpoints`.
    exception_breakpoint_filters: Option<Items<'a, ExceptionBreakpointsFilter<'a>>> = "exceptionBreakpointFilters",
    /// Takes `stepBack` and `reverseContinue`.
    supports_step_back = "supportsStepBack",
    /// Takes `setVariable`.
    supports_set_variable = "supportsSetVariable",
    /// Takes `restartFrame`.
    supports_restart_frame = "supportsRestartFrame",
    /// Takes `gotoTargets`.
    supports_goto_targets_request = "supportsGotoTargetsRequest",
    /// Takes `stepInTargets`.
    supports_step_in_targets_request = "supportsStepInTargetsRequest",
    /// Takes `completions`.
    supports_completions_request = "supportsCompletionsRequest",
    /// Characters that ask for completions in the console; a dot if absent.
    completion_trigger_characters: Option<Items<'a, Text<'a>>> = "completionTriggerCharacters",
    /// Takes `modules`.
    supports_modules_request = "supportsModulesRequest",
    /// Further columns for a list of modules.
    additional_module_columns: Option<Items<'a, ColumnDescriptor<'a>>> = "additionalModuleColumns",
    /// Checksums that are understood.
    supported_checksum_algorithms: Option<Items<'a, ChecksumAlgorithm>> = "supportedChecksumAlgorithms",
    /// Takes `restart`.
    supports_restart_request = "supportsRestartRequest",
    /// `setExceptionBreakpoints` takes `exceptionOptions`.
    supports_exception_options = "supportsExceptionOptions",
    /// `stackTrace`, `variables` and `evaluate` take `format`.
    supports_value_formatting_options = "supportsValueFormattingOptions",
    /// Takes `exceptionInfo`.
    supports_exception_info_request = "supportsExceptionInfoRequest",
    /// `disconnect` takes `terminateDebuggee`.
    support_terminate_debuggee = "supportTerminateDebuggee",
    /// `disconnect` takes `suspendDebuggee`.
    support_suspend_debuggee = "supportSuspendDebuggee",
    /// `stackTrace` takes `startFrame` and `levels`, so a client can ask for a stack in parts.
    supports_delayed_stack_trace_loading = "supportsDelayedStackTraceLoading",
    /// Takes `loadedSources`.
    supports_loaded_sources_request = "supportsLoadedSourcesRequest",
    /// Breakpoints can have a log message.
    supports_log_points = "supportsLogPoints",
    /// Takes `terminateThreads`.
    supports_terminate_threads_request = "supportsTerminateThreadsRequest",
    /// Takes `setExpression`.
    supports_set_expression = "supportsSetExpression",
    /// Takes `terminate`.
    supports_terminate_request = "supportsTerminateRequest",
    /// Takes `dataBreakpointInfo` and `setDataBreakpoints`.
    supports_data_breakpoints = "supportsDataBreakpoints",
    /// Takes `readMemory`.
    supports_read_memory_request = "supportsReadMemoryRequest",
    /// Takes `writeMemory`.
    supports_write_memory_request = "supportsWriteMemoryRequest",
    /// Takes `disassemble`.
    supports_disassemble_request = "supportsDisassembleRequest",
    /// Takes `cancel`.
    supports_cancel_request = "supportsCancelRequest",
    /// Takes `breakpointLocations`.
    supports_breakpoint_locations_request = "supportsBreakpointLocationsRequest",
    /// `evaluate` knows the context `clipboard`.
    supports_clipboard_context = "supportsClipboardContext",
    /// Steps take `granularity`.
    supports_stepping_granularity = "supportsSteppingGranularity",
    /// Takes `setInstructionBreakpoints`.
    supports_instruction_breakpoints = "supportsInstructionBreakpoints",
    /// `setExceptionBreakpoints` takes `filterOptions`.
    supports_exception_filter_options = "supportsExceptionFilterOptions",
    /// Steps and `continue` take `singleThread`.
    supports_single_thread_execution_requests = "supportsSingleThreadExecutionRequests",
    /// `dataBreakpointInfo` takes `asAddress` and `bytes`.
    supports_data_breakpoint_bytes = "supportsDataBreakpointBytes",
    /// Modes that breakpoints can have.
    breakpoint_modes: Option<Items<'a, BreakpointMode<'a>>> = "breakpointModes",
    /// Output and values may hold ANSI escape sequences.
    supports_ansi_styling = "supportsANSIStyling",
}

object! {
    /// A filter for exceptions, which the client shows as a check box.
    pub struct ExceptionBreakpointsFilter<'a> in "Types_ExceptionBreakpointsFilter" {
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
    pub enum ColumnType in "Types_ColumnDescriptor" {
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
    pub struct ColumnDescriptor<'a> in "Types_ColumnDescriptor" {
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
    pub enum BreakpointModeApplicability<'a> in "Types_BreakpointModeApplicability" {
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
    pub struct BreakpointMode<'a> in "Types_BreakpointMode" {
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
