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
//! A server that knows one thread, over any stream:
//!
//! ```
//! use dapstub::{Failure, frame::{Received, Receiver}, protocol::Command, session::{Phase, Session, Step}};
//!
//! fn serve(mut stream: impl std::io::Read + std::io::Write) -> Result<(), Box<dyn std::error::Error>> {
//!     let mut receiver = Receiver::new([0; 4096]);
//!     let mut session = Session::<heapless::Vec<u8, 4096>>::new(heapless::Vec::new());
//!     while session.phase() != Phase::Ended {
//!         match receiver.next()? {
//!             Received::NeedInput => match stream.read(receiver.space())? {
//!                 0 => break, // the client is gone
//!                 n => receiver.fed(n),
//!             },
//!             Received::Oversize { prefix, announced } => session.receive_oversize(prefix, announced)?,
//!             Received::Message(body) => if let Step::Request(request) = session.receive(body)? {
//!                 match (request.command(), request.ticket()) {
//!                     (Command::Initialize, ticket) => session.respond_raw(ticket, br#"{"supportsConfigurationDoneRequest":true}"#)?,
//!                     (Command::Threads, ticket) => session.respond_raw(ticket, br#"{"threads":[{"id":1,"name":"main"}]}"#)?,
//!                     (Command::Attach | Command::ConfigurationDone | Command::Disconnect, ticket) => session.respond_raw(ticket, b"")?,
//!                     (_, ticket) => session.fail(ticket, &Failure::not_supported(request.command_str()))?,
//!                 }
//!             },
//!         }
//!         stream.write_all(session.outgoing())?;
//!         session.sent(usize::MAX);
//!     }
//!     Ok(())
//! }
//! #
//! # struct Wire<'w>(&'w [u8], &'w mut Vec<u8>);
//! # impl std::io::Read for Wire<'_> {
//! #     fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> { self.0.read(buffer) }
//! # }
//! # impl std::io::Write for Wire<'_> {
//! #     fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> { self.1.write(bytes) }
//! #     fn flush(&mut self) -> std::io::Result<()> { Ok(()) }
//! # }
//! # let (mut input, mut sent) = (Vec::new(), Vec::new());
//! # for (seq, command) in ["initialize", "attach", "configurationDone", "threads", "pause", "disconnect"].iter().enumerate() {
//! #     let body = format!(r#"{{"seq":{},"type":"request","command":"{command}"}}"#, seq + 1);
//! #     input.extend(format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes());
//! # }
//! # serve(Wire(&input, &mut sent)).unwrap();
//! # let sent = String::from_utf8(sent).unwrap();
//! # assert_eq!(sent.matches("\"success\":true").count(), 5);
//! # assert!(sent.contains("request `pause` is not supported"));
//! # assert!(sent.ends_with(r#""request_seq":6,"success":true,"command":"disconnect"}"#), "{sent}");
//! ```
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
pub mod small;

pub use failure::{Failure, Reason};
