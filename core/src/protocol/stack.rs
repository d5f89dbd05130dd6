//! `stackTrace` and `scopes`.

use super::{ModuleId, Source};
use crate::json::{Items, Text};

object! {
    /// Arguments of `stackTrace`.
    pub struct StackTraceArguments in "Requests_StackTrace" {
        /// The thread.
        thread_id: i32 = "threadId",
        /// How many of the innermost frames to leave out.
        start_frame: Option<u32> = "startFrame",
        /// How many frames to give; all if absent or 0.
        levels: Option<u32> = "levels",
        /// What to show in the names of frames.
        format: Option<StackFrameFormat> = "format",
    }
}

impl StackTraceArguments {
    /// How many frames to leave out.
    #[must_use]
    pub fn skip(&self) -> usize {
        usize::try_from(self.start_frame.unwrap_or(0)).unwrap_or(usize::MAX)
    }

    /// How many frames to give at most.
    #[must_use]
    pub fn take(&self) -> usize {
        match self.levels.unwrap_or(0) {
            0 => usize::MAX,
            levels => usize::try_from(levels).unwrap_or(usize::MAX),
        }
    }
}

object! {
    /// What to show in the names of frames.
    pub struct StackFrameFormat in "Types_StackFrameFormat" {
        /// Values in hexadecimal digits.
        hex: bool = "hex" or false,
        /// Parameters.
        parameters: bool = "parameters" or false,
        /// Their types.
        parameter_types: bool = "parameterTypes" or false,
        /// Their names.
        parameter_names: bool = "parameterNames" or false,
        /// Their values.
        parameter_values: bool = "parameterValues" or false,
        /// The line.
        line: bool = "line" or false,
        /// The module.
        module: bool = "module" or false,
        /// Frames too that are left out otherwise.
        include_all: bool = "includeAll" or false,
    }
}

words! {
    /// How a client shows a frame.
    pub enum StackFramePresentationHint in "Types_StackFrame" {
        /// As any other.
        Normal = "normal",
        /// As a heading, not as a frame.
        Label = "label",
        /// Greyed.
        Subtle = "subtle",
    }
}

object! {
    /// A frame of a stack.
    pub struct StackFrame<'a> in "Types_StackFrame" {
        /// Its number, unique among all threads, valid until the thread resumes.
        id: i32 = "id",
        /// Its name, usually of a function.
        name: Text<'a> = "name",
        /// The source it is in.
        source: Option<Source<'a>> = "source",
        /// The line; 0 without a source.
        line: u64 = "line",
        /// The column; 0 without a source.
        column: u64 = "column",
        /// Last line.
        end_line: Option<u64> = "endLine",
        /// Last column.
        end_column: Option<u64> = "endColumn",
        /// Whether `restartFrame` can restart it. Absent means yes where that request is supported.
        can_restart: Option<bool> = "canRestart",
        /// Where it is in memory.
        instruction_pointer_reference: Option<Text<'a>> = "instructionPointerReference",
        /// The module it is in.
        module_id: Option<ModuleId<'a>> = "moduleId",
        /// How to show it.
        presentation_hint: Option<StackFramePresentationHint> = "presentationHint",
    }
}

object! {
    /// Answer to `stackTrace`.
    pub struct StackTraceResponse<'a> in "Requests_StackTrace" {
        /// The frames, innermost first.
        stack_frames: Items<'a, StackFrame<'a>> = "stackFrames",
        /// How many there are in all.
        total_frames: Option<u32> = "totalFrames",
    }
}

object! {
    /// Arguments of `scopes`.
    pub struct ScopesArguments in "Requests_Scopes" {
        /// The frame.
        frame_id: i32 = "frameId",
    }
}

open_words! {
    /// What kind of scope it is.
    pub enum ScopePresentationHint<'a> in "Types_Scope" {
        /// Parameters.
        Arguments = "arguments",
        /// Local variables.
        Locals = "locals",
        /// Registers.
        Registers = "registers",
        /// Results of functions.
        ReturnValue = "returnValue",
    }
}

object! {
    /// A group of variables of a frame.
    pub struct Scope<'a> in "Types_Scope" {
        /// Its name for people.
        name: Text<'a> = "name",
        /// What kind of scope it is.
        presentation_hint: Option<ScopePresentationHint<'a>> = "presentationHint",
        /// Handle for `variables`, above 0.
        variables_reference: i32 = "variablesReference",
        /// How many named variables it has.
        named_variables: Option<i32> = "namedVariables",
        /// How many indexed variables it has.
        indexed_variables: Option<i32> = "indexedVariables",
        /// Whether it takes long to read, so that a client waits until the user opens it.
        expensive: bool = "expensive",
        /// The source it is in.
        source: Option<Source<'a>> = "source",
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
    /// Answer to `scopes`.
    pub struct ScopesResponse<'a> in "Requests_Scopes" {
        /// The scopes; a client opens the first.
        scopes: Items<'a, Scope<'a>> = "scopes",
    }
}
