//! What the client announced that it takes.

use crate::protocol::{Arguments, Command};

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
        let [progress, invalidated, memory, run_in_terminal, start_debugging] = arguments
            .members([
                "supportsProgressReporting",
                "supportsInvalidatedEvent",
                "supportsMemoryEvent",
                "supportsRunInTerminalRequest",
                "supportsStartDebuggingRequest",
            ])
            .map(|member| member.is_some_and(|value| value.text() == "true"));
        Self {
            progress,
            invalidated,
            memory,
            run_in_terminal,
            start_debugging,
        }
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
