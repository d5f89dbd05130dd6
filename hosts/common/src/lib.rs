#![forbid(unsafe_code)]
//! What debuggers of more than one host need, whatever language the host runs.
//!
//! A client describes breakpoints in small notations of its own: how often a line must be hit ([`HitCondition`]),
//! what a log point prints ([`LogMessage`]), and under which folder it knows the files that the debuggee runs
//! ([`PathMappings`]). Reading them has nothing to do with sockets, threads or interpreters, so it is done here once.
//!
//! Nothing in this crate does I/O. Every error says what was expected, in words meant for the person at the editor.

mod hit_condition;
mod log_message;
mod path_mapping;

pub use hit_condition::{HitCondition, HitConditionError};
pub use log_message::{LogMessage, LogMessageError, Piece};
pub use path_mapping::PathMappings;
