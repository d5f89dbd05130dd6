//! What a server asks of a client: `runInTerminal` and `startDebugging`.

use crate::json::{Entries, Items, Raw, Text};

object! {
    /// Arguments of `runInTerminal`.
    pub struct RunInTerminalArguments<'a> in "Reverse_Requests_RunInTerminal" {
        /// Which terminal; the client's own if absent.
        kind: Option<TerminalKind> = "kind",
        /// Its title.
        title: Option<Text<'a>> = "title",
        /// The directory to run the command in; none if empty.
        cwd: Text<'a> = "cwd",
        /// The command and its arguments.
        args: Items<'a, Text<'a>> = "args",
        /// Variables of the environment that are set, or removed where the value is `None`.
        env: Option<Entries<'a, Option<Text<'a>>>> = "env",
        /// The arguments are for a shell, so the client does not quote them.
        args_can_be_interpreted_by_shell: bool = "argsCanBeInterpretedByShell" or false,
    }
}

words! {
    /// A kind of terminal.
    pub enum TerminalKind in "Reverse_Requests_RunInTerminal" {
        /// Inside the client.
        Integrated = "integrated",
        /// A window of its own.
        External = "external",
    }
}

object! {
    /// Answer to `runInTerminal`.
    pub struct RunInTerminalResponse in "Reverse_Requests_RunInTerminal" {
        /// Number of the process in the system.
        process_id: Option<i32> = "processId",
        /// Number of the process of the shell.
        shell_process_id: Option<i32> = "shellProcessId",
    }
}

object! {
    /// Arguments of `startDebugging`: a session besides this one.
    pub struct StartDebuggingArguments<'a> in "Reverse_Requests_StartDebugging" {
        /// Its configuration, as the user would write it for this server.
        configuration: Entries<'a, Raw<'a>> = "configuration",
        /// Where its output is shown; the client decides if absent.
        output_presentation: Option<OutputPresentation> = "outputPresentation",
        /// How it begins.
        request: StartRequest = "request",
    }
}

words! {
    /// Where the output of a further session is shown.
    pub enum OutputPresentation in "Reverse_Requests_StartDebugging" {
        /// By itself.
        Separate = "separate",
        /// With that of the session that started it.
        MergeWithParent = "mergeWithParent",
    }
}

words! {
    /// How a session begins.
    pub enum StartRequest in "Reverse_Requests_StartDebugging" {
        /// With `launch`.
        Launch = "launch",
        /// With `attach`.
        Attach = "attach",
    }
}
