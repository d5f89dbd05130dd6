//! DAP's commands, events and types.
//!
//! One file per request family, and one per group of shared types. Every type is read from JSON ([`FromJson`]) and
//! written as JSON ([`ToJson`]), so a client can be built on the same types as a server. What is read borrows from the
//! message; strings stay as they stand on the wire ([`Text`]) and lists are walked, not collected ([`Items`]).
//!
//! Members and words unknown to DAP 1.71 are passed over or kept; integers are taken in the range that the schema gives
//! them, at most to 2^53 - 1; `null` for a member that may be absent counts as absent. The specification of each type
//! is the section of its name on <https://microsoft.github.io/debug-adapter-protocol/specification>.
//!
//! [`FromJson`]: crate::json::FromJson
//! [`ToJson`]: crate::json::ToJson
//! [`Text`]: crate::json::Text
//! [`Items`]: crate::json::Items

#[macro_use]
mod macros;

mod arguments;
mod attach;
mod breakpoints;
mod capabilities;
mod command;
mod ending;
mod evaluate;
mod event;
mod events;
mod exceptions;
mod execution;
mod initialize;
mod modules;
mod source;
mod stack;
#[cfg(test)]
mod tests;
mod threads;
mod variables;

pub use arguments::{ArgumentError, Arguments, DeserializeError};
pub use attach::{AttachArguments, LaunchArguments};
pub use breakpoints::{
    Breakpoint, BreakpointProblem, BreakpointsResponse, FunctionBreakpoint, SetBreakpointsArguments,
    SetFunctionBreakpointsArguments, SourceBreakpoint,
};
pub use capabilities::{
    BreakpointMode, BreakpointModeApplicability, Capabilities, ColumnDescriptor, ColumnType, ExceptionBreakpointsFilter,
};
pub use command::Command;
pub use ending::{DisconnectArguments, TerminateArguments};
pub use evaluate::{EvaluateArguments, EvaluateContext, EvaluateResponse};
pub use event::Event;
pub use events::{
    BreakpointEvent, ChangeReason, ContinuedEvent, ExitedEvent, ListChange, ModuleEvent, OutputCategory, OutputEvent,
    OutputGroup, ProcessEvent, StartMethod, StopReason, StoppedEvent, TerminatedEvent, ThreadEvent, ThreadReason,
};
pub use exceptions::{
    ExceptionBreakMode, ExceptionDetails, ExceptionFilterOptions, ExceptionInfoArguments, ExceptionInfoResponse,
    ExceptionOptions, ExceptionPathSegment, SetExceptionBreakpointsArguments,
};
pub use execution::{
    ContinueArguments, ContinueResponse, NextArguments, PauseArguments, StepInArguments, StepOutArguments,
    SteppingGranularity,
};
pub use initialize::{InitializeArguments, PathFormat};
pub use modules::{Module, ModuleId};
pub use source::{Checksum, ChecksumAlgorithm, Source, SourcePresentationHint};
pub use stack::{
    Scope, ScopePresentationHint, ScopesArguments, ScopesResponse, StackFrame, StackFrameFormat,
    StackFramePresentationHint, StackTraceArguments, StackTraceResponse,
};
pub use threads::{Thread, ThreadsResponse};
pub use variables::{
    ValueFormat, Variable, VariableAttribute, VariableKind, VariablePresentationHint, VariableVisibility,
    VariablesArguments, VariablesFilter, VariablesResponse,
};
