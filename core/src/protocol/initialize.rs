//! `initialize`: what the client is and can do. The answer is [`Capabilities`](super::Capabilities).
//! And `configurationDone`, with which the client has said all.

use crate::json::Text;

open_words! {
    /// How the client writes paths.
    pub enum PathFormat<'a> in "Requests_Initialize" {
        /// As the operating system writes them.
        Path = "path",
        /// As `file:` URIs.
        Uri = "uri",
    }
}

object! {
    /// Arguments of `initialize`.
    pub struct InitializeArguments<'a> in "Requests_Initialize" {
        /// Identifier of the client, such as `vscode`.
        client_id: Option<Text<'a>> = "clientID",
        /// Name of the client for people.
        client_name: Option<Text<'a>> = "clientName",
        /// Identifier of the debug adapter, such as `debugpy`.
        adapter_id: Text<'a> = "adapterID",
        /// Language of the user, such as `en-US`.
        locale: Option<Text<'a>> = "locale",
        /// Whether the first line is 1 rather than 0.
        lines_start_at1: bool = "linesStartAt1" or true,
        /// Whether the first column is 1 rather than 0.
        columns_start_at1: bool = "columnsStartAt1" or true,
        /// How paths are written.
        path_format: Option<PathFormat<'a>> = "pathFormat",
        /// The client shows the type of a variable.
        supports_variable_type: bool = "supportsVariableType" or false,
        /// The client asks for long lists of variables in pages.
        supports_variable_paging: bool = "supportsVariablePaging" or false,
        /// The client takes the reverse request `runInTerminal`.
        supports_run_in_terminal_request: bool = "supportsRunInTerminalRequest" or false,
        /// The client knows references to memory.
        supports_memory_references: bool = "supportsMemoryReferences" or false,
        /// The client takes the progress events.
        supports_progress_reporting: bool = "supportsProgressReporting" or false,
        /// The client takes the `invalidated` event.
        supports_invalidated_event: bool = "supportsInvalidatedEvent" or false,
        /// The client takes the `memory` event.
        supports_memory_event: bool = "supportsMemoryEvent" or false,
        /// The client knows `argsCanBeInterpretedByShell` in `runInTerminal`.
        supports_args_can_be_interpreted_by_shell: bool = "supportsArgsCanBeInterpretedByShell" or false,
        /// The client takes the reverse request `startDebugging`.
        supports_start_debugging_request: bool = "supportsStartDebuggingRequest" or false,
        /// The client shows ANSI escape sequences in output and values.
        supports_ansi_styling: bool = "supportsANSIStyling" or false,
    }
}

object! {
    /// Arguments of `configurationDone`: DAP defines no member.
    pub struct ConfigurationDoneArguments in "Requests_ConfigurationDone" {}
}
