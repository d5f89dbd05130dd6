//! Frontend of dapstub on tokio: a debug server among the tasks of an async program.
//!
//! A program implements [`Host`] and calls [`Debugger::start`]; from then on any editor that speaks the Debug Adapter
//! Protocol can attach to it, over TCP or a Unix socket. The protocol itself lives in [`dapstub`]; configuration, limits and
//! rules are those of [`dapstub_std`], the blocking frontend.
//!
//! - [`Debugger`] starts once, waits for clients, shuts down;
//! - [`Host`] is what the program implements: requests are `async` and don't wait for each other;
//! - [`Responder`] answers a request, from anywhere and as late as you like; [`Client`] reports events and asks the editor;
//! - [`codec`] is the base protocol as a [`tokio_util::codec`], for proxies and clients too;
//! - [`config`] reads the `debugpy:` block out of a whole `configuration.yaml`; [`access`] says who may debug, and how far;
//!   [`limits`] holds every bound that a peer meets.
//!
//! **Whoever may attach runs code in the process.** Listen on the loopback interface or a Unix socket (`unix:/path`), or set
//! [`access`] rules.
//!
//! # Tasks
//!
//! One task accepts, and each connection has one; a request that waits becomes another. All of them live on the runtime
//! that called [`Debugger::start`], current-thread or multi-thread, and end with it. Messages are sent by whoever makes them, in one
//! call, without waiting; only what the system doesn't take is left for the connection's task.
//!
//! # Cancellation
//!
//! Every future of this crate may be dropped at any `await`: its documentation says what has happened then.
//!
//! # Logging
//!
//! `tracing` records have the targets `dapstub_tokio` and, where they come from the common part, `dapstub_std`; who came, who was
//! refused and why has the target [`AUDIT`], as [`dapstub_std`] describes. They show
//! addresses, sizes and reasons, never payloads. Each connection has a span of its own, `attach` and requests have one inside it.
//!
//! # Examples
//!
//! ```
//! use dapstub_tokio::{Config, Debugger, Host, Request, Responder};
//!
//! struct Program;
//!
//! impl Host for Program {
//!     async fn request(&self, request: Request, responder: Responder) {
//!         let _ = responder.not_supported(&request);
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn core::error::Error>> {
//! let config = Config { port: 0, ..Config::default() }.with_host("127.0.0.1")?;
//! let debugger = Debugger::new();
//! let started = debugger.start(&config, Program).await?;
//! started.wait().await; // `wait: true`: until a client has sent configurationDone
//! assert_eq!(debugger.address(), Some(started.address));
//! assert!(debugger.start(&config, Program).await?.already);
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

pub mod codec;

mod client;
mod connection;
mod conversation;
mod debugger;
mod desk;
mod guard;
mod host;
mod listener;
mod request;
mod responder;
mod server;
mod shared;
mod stream;
mod waiter;

/// Target of all log records.
const LOG: &str = "dapstub_tokio";

pub use client::Client;
pub use dapstub_std::{
    AUDIT, Address, Buffer, Config, Disconnect, Patience, SendError, Setup, StartError, StartFailure, Waited, access,
    config, limits,
};
pub use debugger::{Debugger, Started};
pub use host::Host;
pub use listener::Listener;
pub use request::{Reply, Request};
pub use responder::Responder;
pub use waiter::Waiter;
