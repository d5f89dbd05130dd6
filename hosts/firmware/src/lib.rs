#![no_std]
#![forbid(unsafe_code)]
//! A controller whose program is debugged over its serial line, from any editor that speaks the Debug Adapter Protocol.
//!
//! Everything but the board: a [`language`] that is compiled with this crate, the [`machine`] that executes it, and the
//! [`Controller`], which is both the program and what its debugger talks to. [`serve()`] runs it over any byte stream of
//! `embedded-io` and never gives up. An image for a microcontroller adds start-up code, a UART and a clock; `main.rs`
//! adds a socket, for a desktop.
//!
//! Nothing here allocates, recurses, formats with `core::fmt` or can panic.

mod controller;
mod debug;
pub mod language;
mod line;
pub mod machine;

pub use controller::{Board, Controller, DEFAULT_SILENCE};
pub use line::{Line, serve};

/// The program of the example: a heating controller.
pub const HEATING: language::Program = program!("heating.ctl");
