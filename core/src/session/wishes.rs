//! What the client announced that it takes.

use crate::protocol::{Arguments, Command, InitializeArguments};

/// What the client announced in `initialize`, as far as a server may not send it otherwise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wishes {
    progress: bool,
    invalidated: bool,
    memory: bool,
    run_in_terminal: bool,
    start_debugging: bool,
}

impl Wishes {
    pub(super) const NONE: Self = Self {
        progress: false,
        invalidated: false,
        memory: false,
        run_in_terminal: false,
        start_debugging: false,
    };

    /// Of arguments of `initialize`; nothing, if they are not what they should be.
    pub(super) fn of(arguments: Arguments<'_>) -> Self {
        arguments
            .parse::<InitializeArguments<'_>>()
            .map_or(Self::NONE, |client| Self {
                progress: client.supports_progress_reporting,
                invalidated: client.supports_invalidated_event,
                memory: client.supports_memory_event,
                run_in_terminal: client.supports_run_in_terminal_request,
                start_debugging: client.supports_start_debugging_request,
            })
    }

    /// Whether the client takes this event.
    pub(super) fn event(self, name: &str) -> bool {
        match name {
            "progressStart" | "progressUpdate" | "progressEnd" => self.progress,
            "invalidated" => self.invalidated,
            "memory" => self.memory,
            _ => true,
        }
    }

    /// Whether the client can be asked this. Of commands that DAP does not define, nobody knows.
    pub(super) const fn request(self, command: Command) -> bool {
        match command {
            Command::RunInTerminal => self.run_in_terminal,
            Command::StartDebugging => self.start_debugging,
            _ => false,
        }
    }
}
