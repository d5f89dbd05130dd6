//! Blocking frontend of dapstub: sockets, threads, YAML configuration, access rules.
#![forbid(unsafe_code)]

pub mod config;
pub mod limits;

mod buffer;
mod client;
mod debugger;
mod descriptors;
mod host;
mod io;
mod link;
mod listener;
mod process;
mod shared;
mod start_error;

/// Target of all log records.
const LOG: &str = "dapstub_std";

pub use buffer::Buffer;
pub use client::{Client, SendError};
pub use dapstub::config::Config;
pub use debugger::{Debugger, Started};
pub use host::{Disconnect, Host};
pub use process::{Waited, Waiter};
pub use start_error::{StartError, StartFailure};
