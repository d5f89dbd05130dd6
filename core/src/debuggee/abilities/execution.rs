//! Letting the program run, back and forth, and stopping it.

use crate::Failure;
use crate::debuggee::{GotoTargets, Outcome, StepInTargetList};
use crate::protocol::{
    GotoArguments, GotoTargetsArguments, NextArguments, PauseArguments, RestartFrameArguments,
    ReverseContinueArguments, StepBackArguments, StepInArguments, StepInTargetsArguments, StepOutArguments,
    TerminateThreadsArguments,
};

/// Steps. Each is answered at once; when it is done, the debuggee reports `stopped`.
pub trait Stepping {
    /// Over calls.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn next(&mut self, arguments: &NextArguments) -> Result<Outcome, Failure>;

    /// Into a call.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn step_in(&mut self, arguments: &StepInArguments) -> Result<Outcome, Failure>;

    /// Out of the function.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn step_out(&mut self, arguments: &StepOutArguments) -> Result<Outcome, Failure>;

    /// Whether `granularity` is obeyed (`supportsSteppingGranularity`).
    fn granularity(&self) -> bool {
        false
    }

    /// Whether `singleThread` is obeyed, also by [`resume`](crate::debuggee::Debuggee::resume)
    /// (`supportsSingleThreadExecutionRequests`).
    fn single_thread(&self) -> bool {
        false
    }
}

/// Choosing among the calls of a line: `stepInTargets` (`supportsStepInTargetsRequest`). `stepIn` then names one.
pub trait StepInTargets {
    /// Push the calls that the frame can step into.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn step_in_targets(
        &mut self,
        arguments: &StepInTargetsArguments,
        targets: &mut StepInTargetList<'_>,
    ) -> Result<Outcome, Failure>;
}

/// Stopping a running program: `pause`.
pub trait Pause {
    /// Answered at once; when the thread stands still, the debuggee reports `stopped`.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn pause(&mut self, arguments: &PauseArguments) -> Result<Outcome, Failure>;
}

/// Running backwards: `stepBack` and `reverseContinue` (`supportsStepBack`).
pub trait StepBack {
    /// One step backwards. Answered at once; when it is done, the debuggee reports `stopped`.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn step_back(&mut self, arguments: &StepBackArguments) -> Result<Outcome, Failure>;

    /// Backwards to the breakpoint before.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn reverse_continue(&mut self, arguments: &ReverseContinueArguments) -> Result<Outcome, Failure>;
}

/// Running a call again from its beginning: `restartFrame` (`supportsRestartFrame`).
pub trait RestartFrame {
    /// Answered at once; when the frame stands at its beginning, the debuggee reports `stopped`.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn restart_frame(&mut self, arguments: &RestartFrameArguments) -> Result<Outcome, Failure>;
}

/// Sending a thread elsewhere: `gotoTargets` and `goto` (`supportsGotoTargetsRequest`).
pub trait Goto {
    /// Push the places that can be gone to from a line of a source.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn goto_targets(
        &mut self,
        arguments: &GotoTargetsArguments<'_>,
        targets: &mut GotoTargets<'_>,
    ) -> Result<Outcome, Failure>;

    /// Sends the thread there, executing nothing between. Answered at once; then the debuggee reports `stopped`.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn goto(&mut self, arguments: &GotoArguments) -> Result<Outcome, Failure>;
}

/// Ending single threads: `terminateThreads` (`supportsTerminateThreadsRequest`).
pub trait TerminateThreads {
    /// Ends these threads.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn terminate_threads(&mut self, arguments: &TerminateThreadsArguments<'_>) -> Result<Outcome, Failure>;
}
