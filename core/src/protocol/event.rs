//! An event with its body.

use super::{
    BreakpointEvent, ContinuedEvent, ExitedEvent, ModuleEvent, OutputEvent, ProcessEvent, StoppedEvent,
    TerminatedEvent, ThreadEvent,
};
use crate::json::ToJson;
use crate::output::{Full, Output};

macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident($body:ty) = $name:literal,)*) => {
        /// An event that a host reports, with its body. `initialized` is not among them: the session sends it by
        /// itself.
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Event<'a> {
            $($(#[$doc])* $variant($body),)*
        }

        impl Event<'_> {
            /// The name as it stands on the wire.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)* }
            }

            /// Writes the body.
            ///
            /// # Errors
            ///
            /// [`Full`] when `out` has no room.
            pub fn write_body<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), Full> {
                match self { $(Self::$variant(body) => body.write(out),)* }
            }
        }

        $(impl<'a> From<$body> for Event<'a> {
            fn from(body: $body) -> Self {
                Self::$variant(body)
            }
        })*
    };
}

events! {
    /// The program stands still.
    Stopped(StoppedEvent<'a>) = "stopped",
    /// The program runs again.
    Continued(ContinuedEvent) = "continued",
    /// The program has ended.
    Exited(ExitedEvent) = "exited",
    /// Debugging has ended.
    Terminated(TerminatedEvent<'a>) = "terminated",
    /// A thread began or ended.
    Thread(ThreadEvent<'a>) = "thread",
    /// Text for the console.
    Output(OutputEvent<'a>) = "output",
    /// A breakpoint changed by itself.
    Breakpoint(BreakpointEvent<'a>) = "breakpoint",
    /// A module was loaded, changed or unloaded.
    Module(ModuleEvent<'a>) = "module",
    /// What is being debugged.
    Process(ProcessEvent<'a>) = "process",
}
