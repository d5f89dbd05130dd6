//! `setBreakpoints`, `setFunctionBreakpoints` and `setInstructionBreakpoints`. Each request replaces what was set before it.

use super::Source;
use crate::json::{Items, Iter, Text};

object! {
    /// Arguments of `setBreakpoints`: all breakpoints of one source.
    pub struct SetBreakpointsArguments<'a> in "Requests_SetBreakpoints" {
        /// The source.
        source: Source<'a> = "source",
        /// The breakpoints; none removes all.
        breakpoints: Option<Items<'a, SourceBreakpoint<'a>>> = "breakpoints",
        /// The older form of `breakpoints`: only the lines.
        lines: Option<Items<'a, u64>> = "lines",
        /// The text of the source was changed since the program was started.
        source_modified: bool = "sourceModified" or false,
    }
}

impl<'a> SetBreakpointsArguments<'a> {
    /// The breakpoints asked for, in whichever of the two forms they came.
    #[must_use]
    pub fn requested(&self) -> Requested<'a> {
        let old = if self.breakpoints.is_none() { self.lines } else { None };
        Requested {
            breakpoints: self.breakpoints.unwrap_or_default().iter(),
            lines: old.unwrap_or_default().iter(),
        }
    }
}

/// The breakpoints that a client asked for ([`SetBreakpointsArguments::requested`]).
pub struct Requested<'a> {
    breakpoints: Iter<'a, SourceBreakpoint<'a>>,
    lines: Iter<'a, u64>,
}

impl<'a> Iterator for Requested<'a> {
    type Item = SourceBreakpoint<'a>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if let Some(breakpoint) = self.breakpoints.next() {
            return Some(breakpoint);
        }
        let line = self.lines.next()?;
        Some(SourceBreakpoint {
            line,
            ..Default::default()
        })
    }
}

object! {
    /// A breakpoint on a line, as the client wants it.
    pub struct SourceBreakpoint<'a> in "Types_SourceBreakpoint" {
        /// The line, counted as agreed in `initialize`.
        line: u64 = "line",
        /// The column, for more than one on a line.
        column: Option<u64> = "column",
        /// Stop only if this expression is true.
        condition: Option<Text<'a>> = "condition",
        /// Stop only at some of the hits; in the language of the debuggee.
        hit_condition: Option<Text<'a>> = "hitCondition",
        /// Do not stop but write this text; `{expressions}` in it are evaluated.
        log_message: Option<Text<'a>> = "logMessage",
        /// One of the announced breakpoint modes.
        mode: Option<Text<'a>> = "mode",
    }
}

object! {
    /// Arguments of `setFunctionBreakpoints`: all function breakpoints.
    pub struct SetFunctionBreakpointsArguments<'a> in "Requests_SetFunctionBreakpoints" {
        /// The breakpoints; none removes all.
        breakpoints: Items<'a, FunctionBreakpoint<'a>> = "breakpoints",
    }
}

object! {
    /// A breakpoint on a function, as the client wants it.
    pub struct FunctionBreakpoint<'a> in "Types_FunctionBreakpoint" {
        /// Name of the function.
        name: Text<'a> = "name",
        /// Stop only if this expression is true.
        condition: Option<Text<'a>> = "condition",
        /// Stop only at some of the hits.
        hit_condition: Option<Text<'a>> = "hitCondition",
    }
}

words! {
    /// Why a breakpoint is not verified.
    pub enum BreakpointProblem in "Types_Breakpoint" {
        /// It may be later, when its code is loaded.
        Pending = "pending",
        /// It cannot be set.
        Failed = "failed",
    }
}

object! {
    /// A breakpoint as it was set, or was not. The answer has one for each that was asked for, in the same order.
    pub struct Breakpoint<'a> in "Types_Breakpoint" {
        /// Number for later events about it.
        id: Option<i32> = "id",
        /// Whether it is set, though perhaps elsewhere.
        verified: bool = "verified",
        /// Why not, or why elsewhere, for people.
        message: Option<Text<'a>> = "message",
        /// The source it is in.
        source: Option<Source<'a>> = "source",
        /// First line of the code it covers.
        line: Option<u64> = "line",
        /// First column.
        column: Option<u64> = "column",
        /// Last line.
        end_line: Option<u64> = "endLine",
        /// Last column.
        end_column: Option<u64> = "endColumn",
        /// Where it is in memory.
        instruction_reference: Option<Text<'a>> = "instructionReference",
        /// Distance from that place, in bytes.
        offset: Option<i64> = "offset",
        /// Why it is not verified, for the client.
        reason: Option<BreakpointProblem> = "reason",
    }
}

object! {
    /// Answer to the requests that set breakpoints: `setBreakpoints`, `setFunctionBreakpoints`, `setDataBreakpoints`
    /// and `setInstructionBreakpoints`.
    #[doc(alias = "SetBreakpointsResponse")]
    #[doc(alias = "SetFunctionBreakpointsResponse")]
    #[doc(alias = "SetDataBreakpointsResponse")]
    #[doc(alias = "SetInstructionBreakpointsResponse")]
    pub struct BreakpointsResponse<'a> in "Requests_SetBreakpoints" {
        /// One for each that was asked for, in the same order.
        breakpoints: Items<'a, Breakpoint<'a>> = "breakpoints",
    }
}

object! {
    /// Arguments of `setInstructionBreakpoints`: all breakpoints on instructions.
    pub struct SetInstructionBreakpointsArguments<'a> in "Requests_SetInstructionBreakpoints" {
        /// The breakpoints; none removes all.
        breakpoints: Items<'a, InstructionBreakpoint<'a>> = "breakpoints",
    }
}

object! {
    /// A breakpoint on an instruction, as the client wants it.
    pub struct InstructionBreakpoint<'a> in "Types_InstructionBreakpoint" {
        /// A place in memory, as an earlier answer named it.
        instruction_reference: Text<'a> = "instructionReference",
        /// Distance from that place, in bytes.
        offset: Option<i64> = "offset",
        /// Stop only if this expression is true.
        condition: Option<Text<'a>> = "condition",
        /// Stop only at some of the hits.
        hit_condition: Option<Text<'a>> = "hitCondition",
        /// One of the announced breakpoint modes.
        mode: Option<Text<'a>> = "mode",
    }
}
