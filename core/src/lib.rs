#![no_std]
#![forbid(unsafe_code)]
#![deny(
    missing_docs,
    unreachable_pub,
    clippy::alloc_instead_of_core,
    clippy::std_instead_of_core
)]
// What a peer sends must not panic: no indexing, no unwrapping, no arithmetic that can overflow.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unreachable,
        clippy::unwrap_used,
        clippy::string_slice
    )
)]
//! The core of a Debug Adapter Protocol (DAP) server: no_std, no allocation, no I/O, no unsafe.
//!
//! A program that embeds it can be debugged from every editor that speaks DAP: what `gdbstub` is to GDB, for DAP. Bytes
//! go in, requests come out; answers and events go in, bytes come out. Sockets, threads and time belong to the caller.
//!
//! There are three layers, and each is of use alone:
//!
//! | layer | what it does | for whom |
//! |---|---|---|
//! | [`frame`] | a byte stream into message bodies, strictly | proxies, tests, fuzzing |
//! | [`session`] | bodies into requests with tickets; sequence numbers, order rules, error responses | hosts that answer from several threads, or later |
//! | [`debuggee`] | requests into calls on a trait; capabilities derived from what is implemented | hosts with one object and one loop |
//!
//! Besides: [`json`] (scanner, reader, writer), [`protocol`] (commands, events and types of DAP), [`lifecycle`] (a
//! process that listens once and may be held for its debugger), [`config`], [`client`] (the other side), and [`io`], a
//! blocking loop over [`embedded_io`], whose example is a whole debuggee.
//!
//! ```
//! use dapstub::frame::{Received, Receiver};
//! use dapstub::protocol::{Command, StackTraceArguments};
//! use dapstub::session::{Session, Step};
//! use dapstub::Failure;
//!
//! let mut receiver = Receiver::new([0; 4096]);
//! let mut session = Session::<heapless::Vec<u8, 4096>>::new(heapless::Vec::new());
//!
//! // 1. What the connection gave goes into the receiver.
//! let read = b"Content-Length: 80\r\n\r\n{\"seq\":1,\"type\":\"request\",\"command\":\"initialize\",\"arguments\":{\"adapterID\":\"my\"}}";
//! receiver.space()[..read.len()].copy_from_slice(read);
//! receiver.fed(read.len());
//!
//! // 2. Messages come out; the session turns them into requests, or has answered them itself.
//! while let Received::Message(body) = receiver.next()? {
//!     if let Step::Request(request) = session.receive(body)? {
//!         let ticket = request.ticket();
//!         match request.command() {
//!             Command::Initialize => session.respond_raw(ticket, br#"{"supportsConfigurationDoneRequest":true}"#)?,
//!             Command::StackTrace => match request.arguments().parse::<StackTraceArguments>() {
//!                 Ok(_) => session.respond_raw(ticket, br#"{"stackFrames":[]}"#)?,
//!                 Err(error) => session.fail(ticket, &Failure::from(error))?,
//!             },
//!             _ => session.fail(ticket, &Failure::not_supported(request.command_str()))?,
//!         }
//!     }
//! }
//!
//! // 3. What is outgoing goes to the connection.
//! assert!(session.outgoing().starts_with(b"Content-Length: "));
//! let written = session.outgoing().len();
//! session.sent(written);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Promises
//!
//! 1. Nothing a peer sends makes it panic, recurse, allocate, or grow past the storage it was given.
//! 2. A body over the limit is refused before any of it is kept; it is skipped up to a second bound, and beyond that
//!    the
//!    stream ends with the reason ([`frame::Limits`]).
//! 3. The stream is DAP or it is closed ([`frame::FrameError`]).
//! 4. A bad body is not a bad stream: every request is answered exactly once, whatever it is.
//! 5. DAP's order is kept ([`session::Phase`]).
//! 6. No floating point anywhere, and no `core::fmt` but in what prints errors.

#[cfg(test)]
extern crate std;

/// The example of the readme, to be compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub mod client;
pub mod config;
pub mod debuggee;
pub mod failure;
pub mod frame;
pub mod io;
pub mod json;
pub mod lifecycle;
pub mod output;
pub mod protocol;
pub mod session;

pub use failure::{Failure, Reason};
