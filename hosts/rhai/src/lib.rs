#![forbid(unsafe_code)]
//! A service whose decisions are Rhai scripts, and which can be debugged from an editor while it serves.
//!
//! Heating, ventilation and hot water of a house: sensor values come in as JSON over HTTP, a [`Rule`] decides, and the
//! decision goes out with its reasons. The service itself is small: [`rules`] keeps the compiled scripts, [`script_engine`]
//! runs them, [`service`] has the HTTP side and [`command_line`] its options.
//!
//! The rest is the debugger (feature `debugger`, on by default): [`debug`] makes each script run a thread of the
//! Debug Adapter Protocol, over the tokio frontend of dapstub. While nobody debugs, a request costs one load of an atomic flag
//! more than without it.

pub mod command_line;
#[cfg(feature = "debugger")]
pub mod debug;
pub mod rules;
pub mod script_engine;
pub mod service;

pub use rules::{Library, Rule};
pub use service::Service;
