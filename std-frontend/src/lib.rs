//! Blocking frontend of dapstub: a debug server on one thread of its own, and its configuration from YAML.
//!
//! A program implements [`Host`] and calls [`Debugger::start`]; from then on any editor that speaks the Debug Adapter
//! Protocol can attach to it. The protocol itself lives in [`dapstub`]; here are sockets, threads and files:
//!
//! - [`config`] reads the `debugpy:` block out of a whole `configuration.yaml`;
//! - [`Debugger`] starts once, waits for clients, ends with the process;
//! - [`Host`] is what the program implements, [`Client`] what it answers and reports through, from any thread;
//! - [`limits`] holds every bound that a peer meets.
//!
//! **Whoever reaches the port runs code in the process.** Listen on the loopback interface.
//!
//! # Threads
//!
//! The server has one thread. It never calls the host with a lock of this crate held, and nothing that the host calls here
//! waits for the network or for that thread, so the two can't lock each other out; only [`Debugger::shutdown`] waits.
//!
//! # Logging
//!
//! All `tracing` records have the target `dapstub_std`. They show addresses, sizes and reasons, never payloads. Most are made
//! on the server's thread, none under a lock of this crate; a subscriber that blocks holds up the server.
//!
//! # Examples
//!
//! ```
//! use dapstub::Failure;
//! use dapstub::protocol::{Capabilities, Command};
//! use dapstub::session::Request;
//! use dapstub_std::{Client, Config, Debugger, Disconnect, Host};
//!
//! struct Program;
//!
//! impl Host for Program {
//!     fn capabilities(&mut self) -> Capabilities<'_> {
//!         Capabilities { supports_configuration_done_request: true, ..Default::default() }
//!     }
//!     fn attach(&mut self, _: &Client, _: &Request<'_>) -> Result<(), Failure> {
//!         Ok(())
//!     }
//!     fn request(&mut self, client: &Client, request: Request<'_>) {
//!         let ticket = request.ticket();
//!         let _ = match request.command() {
//!             Command::ConfigurationDone => client.configured(ticket),
//!             Command::Threads => client.respond(ticket, br#"{"threads":[{"id":1,"name":"main"}]}"#),
//!             _ => client.fail(ticket, &Failure::not_supported(request.command_str())),
//!         };
//!     }
//!     fn disconnected(&mut self, _: &Client, _: Disconnect) {}
//! }
//!
//! let config = Config { port: 0, ..Config::default() }.with_host("127.0.0.1")?;
//! let debugger = Debugger::new();
//! let started = debugger.start(&config, Program)?;
//! assert_eq!(debugger.address(), Some(started.address));
//! assert!(debugger.start(&config, Program)?.already);
//! # debugger.shutdown(std::time::Duration::from_secs(1));
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
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
mod rules;
mod send_error;
mod shared;
mod stage;
mod standard;
mod start_error;

/// What every frontend is made of besides its way to wait for sockets. For `dapstub-tokio`; it changes without notice.
#[doc(hidden)]
pub mod parts {
    pub use crate::link::{Carrier, Link, Refused, Session, Verdict};
    pub use crate::listener::{is_about_one_peer, listen, resolve, tune};
    pub use crate::process::Process;
    pub use crate::stage::{Patience, Stage};

    /// Who is served, and how.
    pub mod rules {
        pub use crate::rules::{
            Route, disconnect, end, fail, not_dap, oversize, panicked, refuse_second, release, route,
        };
    }
}

/// Target of all log records.
const LOG: &str = "dapstub_std";

pub use buffer::Buffer;
pub use client::Client;
pub use dapstub::config::Config;
pub use debugger::{Debugger, Started};
pub use host::{Disconnect, Host};
pub use process::{Waited, Waiter};
pub use send_error::SendError;
pub use start_error::{StartError, StartFailure};
