//! A scripted DAP client, and what the end-to-end suites need around it: real Python programs under dapstub, the
//! interpreters of this machine, and places in sources named by comments.
//!
//! The client reads and writes bytes by itself. It shares no parser with the server, so the two cannot agree on a mistake.
//! Every message of the server is held against the official schema ([`schema`]) and against the order rules of the
//! protocol ([`rules`]); a broken rule fails the test that saw it, whatever that test was about.
//!
//! A suite reads like this:
//!
//! ```no_run
//! use dapstub_tests::{on_each_python, Session};
//!
//! on_each_python(|python| {
//!     let mut s = Session::of("loop.py").breakpoint("in the loop").start(python);
//!     let stop = s.stops_for("breakpoint");
//!     assert_eq!(stop.marker(), "in the loop");
//!     assert_eq!(s.eval("n"), "0");
//!     s.clear_breakpoints();
//!     s.resume();
//!     s.ends_with(0);
//! });
//! ```

pub mod bridge;
pub mod children;
pub mod client;
pub mod deadline;
pub mod dice;
pub mod interpreters;
pub mod lines;
pub mod once;
#[cfg(test)]
mod planted;
pub mod program;
pub mod proxy;
pub mod replay;
pub mod rules;
pub mod schema;
pub mod session;
pub mod signpost;
pub mod source;
pub mod strangers;
pub mod vscode;
pub mod wire;

pub use client::{Client, Response};
pub use interpreters::{Python, on_each_python};
pub use program::{Program, Start};
pub use session::{Session, Stop};
pub use source::Source;
pub use vscode::Attach;
