//! Ending the program, and running it again.

use crate::Failure;
use crate::debuggee::Outcome;
use crate::protocol::{RestartArguments, TerminateArguments};

/// Asking the program to end: `terminate`.
pub trait Terminate {
    /// Answered at once; when the program has ended, the debuggee reports `terminated`.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn terminate(&mut self, arguments: &TerminateArguments) -> Result<Outcome, Failure>;
}

/// Running the program again from its beginning, in the same session: `restart` (`supportsRestartRequest`).
pub trait Restart {
    /// Restarts the program. Breakpoints stay.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn restart(&mut self, arguments: &RestartArguments<'_>) -> Result<Outcome, Failure>;
}
