//! Starts a Python program under dapstub, straight from a Cargo build.
//!
//! Cargo builds the native module, but Python wants it in a package. [`stage`] lays that package out in the target
//! folder, and [`find_python`] finds an interpreter that can load it. The binary `dapstub` then hands its arguments
//! to the package's own command line:
//!
//! ```text
//! cargo run --release -- --listen 5678 program.py     =     python3 target/release/python/dapstub --listen 5678 program.py
//! ```
//!
//! # Example
//!
//! ```no_run
//! use std::process::Command;
//!
//! let python = dapstub_launcher::find_python()?;
//! let package = dapstub_launcher::stage()?;
//! Command::new(&python.path).arg(package).args(["--listen", "5678", "program.py"]).status()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod python;
mod stage;

pub use python::{NoPython, OLDEST, Python, find_python};
pub use stage::{StageError, stage};
