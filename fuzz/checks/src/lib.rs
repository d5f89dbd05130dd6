//! What the fuzz targets assert, one module for each target.
//!
//! Every module has one function, `check`, that takes the bytes of one input and panics when a promise is broken. The
//! files in `fuzz/fuzz_targets` hand libFuzzer's inputs to it; the test `replay` hands it every input that is kept in
//! `fuzz/corpus` and `fuzz/regressions`, on any toolchain.
// A check that fails panics: that is how both callers learn of it.
#![allow(clippy::missing_panics_doc)]

pub mod frame;
pub mod json;
pub mod lifecycle;
pub mod request;
pub mod serve;
pub mod session;
pub mod yaml;

mod debuggee;
mod incoming;
mod judge;
mod members;
