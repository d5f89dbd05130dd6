//! Breakpoints of every kind. Each request replaces what one of the same kind had set.

use crate::Failure;
use crate::debuggee::{BreakpointLocationList, Breakpoints, DataBreakpointInfo, Outcome};
use crate::protocol::{
    BreakpointLocationsArguments, BreakpointMode, DataBreakpointInfoArguments, ExceptionBreakpointsFilter,
    SetBreakpointsArguments, SetDataBreakpointsArguments, SetExceptionBreakpointsArguments,
    SetFunctionBreakpointsArguments, SetInstructionBreakpointsArguments,
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

    /// The modes that a breakpoint can have (`breakpointModes`).
    fn modes(&self) -> &'static [BreakpointMode<'static>] {
        &[]
    }

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

/// Where breakpoints can be set: `breakpointLocations` (`supportsBreakpointLocationsRequest`).
pub trait BreakpointLocations {
    /// Push the places of a range of a source.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn breakpoint_locations(
        &mut self,
        arguments: &BreakpointLocationsArguments<'_>,
        locations: &mut BreakpointLocationList<'_>,
    ) -> Result<Outcome, Failure>;
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

/// Breakpoints on data: `dataBreakpointInfo` and `setDataBreakpoints` (`supportsDataBreakpoints`).
pub trait DataBreakpoints {
    /// Whether a variable, an expression or a range of memory can be watched, and under which name.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn data_breakpoint_info(
        &mut self,
        arguments: &DataBreakpointInfoArguments<'_>,
        answer: &mut DataBreakpointInfo<'_>,
    ) -> Result<Outcome, Failure>;

    /// Replaces all breakpoints on data. Push one answer for each, in the same order.
    ///
    /// # Errors
    ///
    /// The client is told; the old breakpoints should stay then.
    fn set_data_breakpoints(
        &mut self,
        arguments: &SetDataBreakpointsArguments<'_>,
        breakpoints: &mut Breakpoints<'_>,
    ) -> Result<Outcome, Failure>;

    /// Whether a range of memory can be watched (`supportsDataBreakpointBytes`).
    fn bytes(&self) -> bool {
        false
    }
}

/// Breakpoints on instructions: `setInstructionBreakpoints` (`supportsInstructionBreakpoints`).
pub trait InstructionBreakpoints {
    /// Replaces all breakpoints on instructions. Push one answer for each, in the same order.
    ///
    /// # Errors
    ///
    /// The client is told; the old breakpoints should stay then.
    fn set_instruction_breakpoints(
        &mut self,
        arguments: &SetInstructionBreakpointsArguments<'_>,
        breakpoints: &mut Breakpoints<'_>,
    ) -> Result<Outcome, Failure>;
}
