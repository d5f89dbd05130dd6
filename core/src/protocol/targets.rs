//! Where a thread can be sent: `stepInTargets`, for a line with several calls, and `gotoTargets` with `goto`.

use super::Source;
use crate::json::{Items, Text};

object! {
    /// Arguments of `stepInTargets`.
    pub struct StepInTargetsArguments in "Requests_StepInTargets" {
        /// The frame that is to step.
        frame_id: i32 = "frameId",
    }
}

object! {
    /// Answer to `stepInTargets`.
    pub struct StepInTargetsResponse<'a> in "Requests_StepInTargets" {
        /// The calls that can be stepped into.
        targets: Items<'a, StepInTarget<'a>> = "targets",
    }
}

object! {
    /// A call that can be stepped into.
    pub struct StepInTarget<'a> in "Types_StepInTarget" {
        /// Its number, for `stepIn`.
        id: i32 = "id",
        /// Its name for people.
        label: Text<'a> = "label",
        /// First line.
        line: Option<u64> = "line",
        /// First column.
        column: Option<u64> = "column",
        /// Last line.
        end_line: Option<u64> = "endLine",
        /// Last column.
        end_column: Option<u64> = "endColumn",
    }
}

object! {
    /// Arguments of `gotoTargets`.
    pub struct GotoTargetsArguments<'a> in "Requests_GotoTargets" {
        /// The source.
        source: Source<'a> = "source",
        /// The line.
        line: u64 = "line",
        /// The column.
        column: Option<u64> = "column",
    }
}

object! {
    /// Answer to `gotoTargets`.
    pub struct GotoTargetsResponse<'a> in "Requests_GotoTargets" {
        /// The places that a thread can be sent to.
        targets: Items<'a, GotoTarget<'a>> = "targets",
    }
}

object! {
    /// A place that a thread can be sent to.
    pub struct GotoTarget<'a> in "Types_GotoTarget" {
        /// Its number, for `goto`.
        id: i32 = "id",
        /// Its name for people.
        label: Text<'a> = "label",
        /// First line.
        line: u64 = "line",
        /// First column.
        column: Option<u64> = "column",
        /// Last line.
        end_line: Option<u64> = "endLine",
        /// Last column.
        end_column: Option<u64> = "endColumn",
        /// Where it is in memory.
        instruction_pointer_reference: Option<Text<'a>> = "instructionPointerReference",
    }
}

object! {
    /// Arguments of `goto`. Nothing between here and there is executed.
    pub struct GotoArguments in "Requests_Goto" {
        /// The thread to send there.
        thread_id: i32 = "threadId",
        /// The place.
        target_id: i32 = "targetId",
    }
}
