//! What a debuggee may be able to do besides.

use super::{Breakpoints, Evaluation, Exception, Outcome};
use crate::Failure;
use crate::protocol::{
    EvaluateArguments, ExceptionBreakpointsFilter, ExceptionInfoArguments, NextArguments, PauseArguments,
    SetBreakpointsArguments, SetExceptionBreakpointsArguments, SetFunctionBreakpointsArguments, StepInArguments,
    StepOutArguments, TerminateArguments,
};

/// Breakpoints on lines: `setBreakpoints`.
pub trait LineBreakpoints {
    /// Replaces the breakpoints of one source. Push one answer for each that was
    /// [`requested`](SetBreakpointsArguments::requested), in the same order.
    ///
    /// # Errors
    ///
    /// The client is told; the old breakpoints should stay then.
    fn set_breakpoints(
        &mut self,
        arguments: &SetBreakpointsArguments<'_>,
        breakpoints: &mut Breakpoints<'_>,
    ) -> Result<Outcome, Failure>;

    /// Whether conditions are obeyed (`supportsConditionalBreakpoints`).
    fn conditions(&self) -> bool {
        false
    }

    /// Whether hit conditions are obeyed (`supportsHitConditionalBreakpoints`).
    fn hit_conditions(&self) -> bool {
        false
    }

    /// Whether log messages are written (`supportsLogPoints`).
    fn log_points(&self) -> bool {
        false
    }
}

/// Breakpoints on functions: `setFunctionBreakpoints`.
pub trait FunctionBreakpoints {
    /// Replaces all breakpoints on functions. Push one answer for each, in the same order.
    ///
    /// # Errors
    ///
    /// The client is told; the old breakpoints should stay then.
    fn set_function_breakpoints(
        &mut self,
        arguments: &SetFunctionBreakpointsArguments<'_>,
        breakpoints: &mut Breakpoints<'_>,
    ) -> Result<Outcome, Failure>;
}

/// Breakpoints on exceptions: `setExceptionBreakpoints`.
pub trait ExceptionBreakpoints {
    /// The filters that a client can switch on (`exceptionBreakpointFilters`).
    fn filters(&self) -> &'static [ExceptionBreakpointsFilter<'static>];

    /// Replaces what is switched on. Push one answer for each filter, or none at all.
    ///
    /// # Errors
    ///
    /// The client is told; what was switched on should stay then.
    fn set_exception_breakpoints(
        &mut self,
        arguments: &SetExceptionBreakpointsArguments<'_>,
        breakpoints: &mut Breakpoints<'_>,
    ) -> Result<Outcome, Failure>;

    /// Whether filters can have conditions (`supportsExceptionFilterOptions`).
    fn filter_options(&self) -> bool {
        false
    }

    /// Whether single exceptions can be chosen (`supportsExceptionOptions`).
    fn exception_options(&self) -> bool {
        false
    }
}

/// Details of an exception: `exceptionInfo`.
pub trait ExceptionInfo {
    /// Tells about the exception that a thread stopped on.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn exception_info(
        &mut self,
        arguments: &ExceptionInfoArguments,
        answer: &mut Exception<'_>,
    ) -> Result<Outcome, Failure>;
}

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

    /// Whether `singleThread` is obeyed, also by [`resume`](super::Debuggee::resume)
    /// (`supportsSingleThreadExecutionRequests`).
    fn single_thread(&self) -> bool {
        false
    }
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

/// Expressions: `evaluate`.
pub trait Evaluate {
    /// Evaluates an expression.
    ///
    /// # Errors
    ///
    /// The client is told; this is how an expression that fails is answered.
    fn evaluate(&mut self, arguments: &EvaluateArguments<'_>, answer: &mut Evaluation<'_>) -> Result<Outcome, Failure>;

    /// Whether an expression under the mouse is evaluated without side effects (`supportsEvaluateForHovers`).
    fn hovers(&self) -> bool {
        false
    }

    /// Whether the context `clipboard` gives values in full (`supportsClipboardContext`).
    fn clipboard(&self) -> bool {
        false
    }
}

/// Asking the program to end: `terminate`.
pub trait Terminate {
    /// Answered at once; when the program has ended, the debuggee reports `terminated`.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn terminate(&mut self, arguments: &TerminateArguments) -> Result<Outcome, Failure>;
}
