//! DAP's commands, events and types.
//!
//! One file per request family, and one per group of shared types. Every type is read from JSON ([`FromJson`]) and
//! written as JSON ([`ToJson`]), so a client can be built on the same types as a server. What is read borrows from the
//! message; strings stay as they stand on the wire ([`Text`]) and lists are walked, not collected ([`Items`]).
//!
//! Members and words unknown to DAP 1.71 are passed over or kept; integers are taken in the range that the schema gives
//! them, at most to 2^53 - 1; `null` for a member that may be absent counts as absent. The documentation of each type
//! ends with its section of the specification.
//!
//! What belongs together is said by types too: [`requests`] has for each command its arguments, its response and the
//! capability it needs, and [`Event`] has each event with its body.
//!
//! ```
//! use dapstub::json::Raw;
//! use dapstub::protocol::{Arguments, requests};
//!
//! let json = Raw::new(r#"{"variablesReference":7,"name":"x","value":"5"}"#)?;
//! let set = Arguments::new(Some(json)).of::<requests::SetVariable>()?;
//! assert_eq!((set.variables_reference, set.name), (7, "x".into()));
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! [`FromJson`]: crate::json::FromJson
//! [`ToJson`]: crate::json::ToJson
//! [`Text`]: crate::json::Text
//! [`Items`]: crate::json::Items

#[macro_use]
mod macros;

pub(crate) mod answer;
mod arguments;
mod attach;
mod base64;
mod breakpoint_locations;
mod breakpoints;
mod cancel;
mod capabilities;
mod command;
mod completions;
mod data_breakpoints;
mod ending;
mod evaluate;
mod event;
mod events;
mod exceptions;
mod execution;
mod initialize;
mod locations;
mod member_error;
mod memory;
mod message;
mod modules;
mod nothing;
pub mod requests;
mod reverse;
#[cfg(test)]
mod schema;
mod source;
mod stack;
mod targets;
#[cfg(test)]
mod tests;
mod threads;
mod variables;

pub use answer::ResponseError;
pub use arguments::{Arguments, DeserializeError};
pub use attach::*;
pub use base64::{Base64, Base64Bytes};
pub use breakpoint_locations::*;
pub use breakpoints::*;
pub use cancel::*;
pub use capabilities::*;
pub use command::Command;
pub use completions::*;
pub use data_breakpoints::*;
pub use ending::*;
pub use evaluate::*;
pub use event::{Event, Report};
pub use events::*;
pub use exceptions::*;
pub use execution::*;
pub use initialize::*;
pub use locations::*;
pub use member_error::MemberError;
pub use memory::*;
pub use message::*;
pub use modules::*;
pub use nothing::Nothing;
pub use requests::{Presence, RequestType};
pub use reverse::*;
pub use source::*;
pub use stack::*;
pub use targets::*;
pub use threads::*;
pub use variables::*;
