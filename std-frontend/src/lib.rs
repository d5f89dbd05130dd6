//! Blocking frontend of dapstub: a debug server on one thread of its own, and its configuration from YAML.
//!
//! A program implements [`Host`] and calls [`Debugger::start`]; from then on any editor that speaks the Debug Adapter
//! Protocol can attach to it. The protocol itself lives in [`dapstub`]; here are sockets, threads and files:
//!
//! - [`config`] reads the `debugpy:` block out of a whole `configuration.yaml`;
//! - [`Debugger`] starts once, waits for clients, ends with the process;
//! - [`Host`] is what the program implements, [`Client`] what it answers and reports through, from any thread;
//! - [`access`] says who may debug, and how far; [`limits`] holds every bound that a peer meets.
//!
//! **Whoever may attach runs code in the process.** Listen on the loopback interface or a Unix socket (`unix:/path`), or set
//! [`access`] rules.
//!
//! # Threads
//!
//! The server has one thread. It never calls the host with a lock of this crate held, and nothing that the host calls here
//! waits for the network or for that thread, so the two can't lock each other out; only [`Debugger::shutdown`] waits. The
//! signals of the program stay the program's: the thread blocks them all, and [`signals`] lets threads of a host do so.
//!
//! # Logging
//!
//! All `tracing` records show addresses, sizes and reasons, never payloads. Most are made on the server's thread, none under
//! a lock of this crate; a subscriber that blocks holds up the server. Those for whoever runs the server have the target
//! [`dapstub_std`](crate), those for whoever is responsible for it have the target [`AUDIT`], `dapstub::audit`, in every frontend:
//!
//! | record | level | fields |
//! |---|---|---|
//! | `client attached` | info | `peer`, `id` |
//! | `client detached` | info | `peer`, `id`, `how` |
//! | `client refused` | warning | `peer`, `id` (once it has one), `reason`, `repeated` |
//! | `request refused` (`evaluate: false`) | warning | `peer`, `id`, `command`, `repeated` |
//! | `too many connections a second: they have to wait` | warning | `limit` |
//!
//! No record holds a token, a value, or any text of a peer's. Of refusals from one address for one reason, one is
//! written in a minute; `repeated` says how many were not since the one before.
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

pub mod access;
pub mod config;
pub mod limits;
pub mod signals;

mod address;
mod buffer;
mod client;
mod debugger;
mod descriptors;
#[cfg(unix)]
mod family;
mod host;
mod io;
mod link;
mod listener;
#[cfg(all(test, dapstub_model))]
mod model;
mod process;
mod rules;
mod send_error;
mod setup;
mod shared;
mod stage;
mod standard;
mod start_error;
mod sync;

/// What every frontend is made of besides its way to wait for sockets. For `dapstub-tokio`; it changes without notice.
#[doc(hidden)]
pub mod parts {
    pub use crate::access::Door;
    pub use crate::address::Origin;
    pub use crate::link::{Carrier, Link, Refused, Session, Verdict};
    #[cfg(unix)]
    pub use crate::listener::unix;
    pub use crate::listener::{Place, is_about_one_peer, listen, place, resolve, tune, warn_of};
    pub use crate::process::Process;
    pub use crate::stage::Stage;

    /// Who is served, and how.
    pub mod rules {
        pub use crate::rules::{
            Route, again, announced, attached, crowded_out, disconnect, end, fail, least_missed, no_threads, not_dap,
            oversize, panicked, refuse_second, refused_by_program, release, replace, route, stalled, too_late,
        };
    }
}

/// Target of all log records.
const LOG: &str = "dapstub_std";

/// Target of the records that say who came, who was refused and why. See [Logging](crate#logging).
pub const AUDIT: &str = "dapstub::audit";

pub use address::Address;
pub use buffer::Buffer;
pub use client::Client;
pub use dapstub::config::Config;
pub use debugger::{Debugger, Started};
#[cfg(unix)]
pub use family::{Bequest, Cradle, Greeted, Welcome, Will};
pub use host::{Disconnect, Host};
pub use process::{Waited, Waiter};
pub use send_error::SendError;
pub use setup::Setup;
pub use stage::Patience;
pub use start_error::{StartError, StartFailure};
