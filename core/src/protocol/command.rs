//! The commands of DAP.

macro_rules! commands {
    ($($variant:ident = $name:literal,)*) => {
        /// A command, by name. All 45 of DAP 1.71, and one value for everything else.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Command {
            $(
                #[doc = concat!("`", $name, "`")]
                $variant,
            )*
            /// A command that DAP does not define, perhaps of the host's own. Its name stands in the request.
            Unknown,
        }

        impl Command {
            /// Every command that DAP defines.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The command of this name, or [`Unknown`](Self::Unknown).
            #[must_use]
            pub fn named(name: &str) -> Self {
                if cfg!(feature = "optimize_for_size") {
                    let index = Self::NAMES.iter().position(|known| *known == name);
                    return index.and_then(|index| Self::ALL.get(index)).copied().unwrap_or(Self::Unknown);
                }
                match name {
                    $($name => Self::$variant,)*
                    _ => Self::Unknown,
                }
            }

            const NAMES: &'static [&'static str] = &[$($name),*];

            /// The name as it stands on the wire; empty for [`Unknown`](Self::Unknown).
            #[must_use]
            #[allow(clippy::indexing_slicing, reason = "the index was looked at")]
            pub const fn as_str(self) -> &'static str {
                let index = self as usize;
                if index < Self::NAMES.len() {
                    Self::NAMES[index]
                } else {
                    ""
                }
            }
        }
    };
}

commands! {
    Attach = "attach",
    BreakpointLocations = "breakpointLocations",
    Cancel = "cancel",
    Completions = "completions",
    ConfigurationDone = "configurationDone",
    Continue = "continue",
    DataBreakpointInfo = "dataBreakpointInfo",
    Disassemble = "disassemble",
    Disconnect = "disconnect",
    Evaluate = "evaluate",
    ExceptionInfo = "exceptionInfo",
    Goto = "goto",
    GotoTargets = "gotoTargets",
    Initialize = "initialize",
    Launch = "launch",
    LoadedSources = "loadedSources",
    Locations = "locations",
    Modules = "modules",
    Next = "next",
    Pause = "pause",
    ReadMemory = "readMemory",
    Restart = "restart",
    RestartFrame = "restartFrame",
    ReverseContinue = "reverseContinue",
    RunInTerminal = "runInTerminal",
    Scopes = "scopes",
    SetBreakpoints = "setBreakpoints",
    SetDataBreakpoints = "setDataBreakpoints",
    SetExceptionBreakpoints = "setExceptionBreakpoints",
    SetExpression = "setExpression",
    SetFunctionBreakpoints = "setFunctionBreakpoints",
    SetInstructionBreakpoints = "setInstructionBreakpoints",
    SetVariable = "setVariable",
    Source = "source",
    StackTrace = "stackTrace",
    StartDebugging = "startDebugging",
    StepBack = "stepBack",
    StepIn = "stepIn",
    StepInTargets = "stepInTargets",
    StepOut = "stepOut",
    Terminate = "terminate",
    TerminateThreads = "terminateThreads",
    Threads = "threads",
    Variables = "variables",
    WriteMemory = "writeMemory",
}

impl Command {
    /// Whether the server asks it and the client answers.
    #[must_use]
    pub const fn is_reverse(self) -> bool {
        matches!(self, Self::RunInTerminal | Self::StartDebugging)
    }
}

impl core::fmt::Display for Command {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(if let Self::Unknown = self {
            "unknown command"
        } else {
            self.as_str()
        })
    }
}
