//! An event with its body.

use super::{
    BreakpointEvent, CapabilitiesEvent, ContinuedEvent, ExitedEvent, InvalidatedEvent, LoadedSourceEvent, MemberError,
    MemoryEvent, ModuleEvent, Nothing, OutputEvent, ProcessEvent, ProgressEndEvent, ProgressStartEvent,
    ProgressUpdateEvent, StoppedEvent, TerminatedEvent, ThreadEvent, member_error,
};
use crate::json::{Raw, Text, ToJson};
use crate::output::{Full, Output};

/// What can be reported as an event: the body of one, or an [`Event`]. Whoever reports a body links only what writes
/// this body.
pub trait Report {
    /// The name of the event as it stands on the wire.
    fn name(&self) -> &'static str;

    /// Writes the body; nothing, where there is none.
    ///
    /// # Errors
    ///
    /// [`Full`] when `out` has no room.
    fn write_body<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), Full>;
}

macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident($body:ident $(<$a:lifetime>)?) = $name:literal,)*) => {
        /// An event with its body: all 17 of DAP 1.71.
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Event<'a> {
            /// The server takes the configuration. A session sends it by itself and does not let it be reported.
            Initialized,
            $($(#[$doc])* $variant($body $(<$a>)?),)*
        }

        impl<'a> Event<'a> {
            /// The name as it stands on the wire.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    Self::Initialized => "initialized",
                    $(Self::$variant(_) => $name,)*
                }
            }

            /// Writes the body; nothing for `initialized`.
            ///
            /// # Errors
            ///
            /// [`Full`] when `out` has no room.
            pub fn write_body<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), Full> {
                match self {
                    Self::Initialized => Nothing.write(out),
                    $(Self::$variant(body) => body.write(out),)*
                }
            }

            /// Reads the event of this name; `None` if DAP does not define it.
            ///
            /// # Errors
            ///
            /// Which member of the body is not what it should be.
            pub fn read(name: Text<'_>, body: Option<Raw<'a>>) -> Result<Option<Self>, MemberError<'a>> {
                let mut buffer = crate::json::Key::buffer();
                Ok(Some(match name.decode(&mut buffer).unwrap_or_default() {
                    "initialized" => Self::Initialized,
                    $($name => Self::$variant(member_error::read("body", body)?),)*
                    _ => return Ok(None),
                }))
            }
        }

        $(impl<'a> From<$body $(<$a>)?> for Event<'a> {
            fn from(body: $body $(<$a>)?) -> Self {
                Self::$variant(body)
            }
        }

        impl $(<$a>)? Report for $body $(<$a>)? {
            fn name(&self) -> &'static str {
                $name
            }

            fn write_body<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), Full> {
                self.write(out)
            }
        })*

        /// What the tests look at: every event.
        #[cfg(test)]
        pub(super) fn all() -> std::vec::Vec<super::schema::shape::Event> {
            use super::schema::shape::Event;
            std::vec![Event::of::<Nothing>("initialized"), $(Event::of::<$body>($name)),*]
        }
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
    /// A source was loaded, changed or unloaded.
    LoadedSource(LoadedSourceEvent<'a>) = "loadedSource",
    /// What is being debugged.
    Process(ProcessEvent<'a>) = "process",
    /// The server can do more, or less, than it announced.
    Capabilities(CapabilitiesEvent<'a>) = "capabilities",
    /// Something begins that takes its time.
    ProgressStart(ProgressStartEvent<'a>) = "progressStart",
    /// It has come further.
    ProgressUpdate(ProgressUpdateEvent<'a>) = "progressUpdate",
    /// It is over.
    ProgressEnd(ProgressEndEvent<'a>) = "progressEnd",
    /// What the client shows is out of date.
    Invalidated(InvalidatedEvent<'a>) = "invalidated",
    /// Bytes in memory have changed.
    Memory(MemoryEvent<'a>) = "memory",
}

impl Report for Event<'_> {
    fn name(&self) -> &'static str {
        self.name()
    }

    fn write_body<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), Full> {
        self.write_body(out)
    }
}
