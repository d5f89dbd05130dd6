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
//! A Debug Adapter Protocol server core: no_std, no allocation, no I/O.

#[cfg(test)]
extern crate std;

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
