//! dapstub inside CPython: breakpoints, stepping and inspection of a running Python program.
//!
//! The native module `dapstub._dapstub`, private to the Python package `dapstub` beside it. One process, two threads:
//! the frontend's I/O thread, from `listen()` on, which never takes the GIL, and the inspector, from the first client on,
//! which takes it to look at a running program. A stopped program is looked at by the stopped thread itself.
//!
//! | what | where |
//! |---|---|
//! | what the interpreter reports (`sys.monitoring`, frame evaluation) | `hooks/` |
//! | what follows from it: breakpoints, steps, exceptions | `tracker.rs`, `breakpoints.rs`, `recent.rs`, `beyond.rs`, `step.rs`, `onward.rs`, `exceptions.rs` |
//! | stopping and going on, of all threads or of single ones | `stop.rs`, `gate.rs` |
//! | what the client asks | `host.rs` and `cancel.rs` (I/O thread), `jobs.rs`, `inspector.rs`, `requests.rs`, `debuggee/` |
//! | tasks: who awaits whom, and where | `asyncio/` |
//! | what the program writes | `output.rs` |
//! | a client or an adapter that waits for the program | `connect.rs` |
//! | the log files | `logs.rs` |
//! | child processes: how they begin, how clients hear of them | `births.rs`, `children.rs`, `succession.rs`; the end that a client asks for: `ending.rs` |
//! | values | `inspect/` |
//! | `unsafe` | `ffi/`, nowhere else |

#![deny(unsafe_code)]

#[macro_use]
mod names;

mod addresses;
mod api;
mod asyncio;
mod attach;
mod audit;
#[cfg(unix)]
mod beyond;
#[cfg(unix)]
mod births;
mod breaking_off;
mod breakpoints;
mod cancel;
mod causes;
mod children;
mod choices;
mod connect;
mod debuggee;
mod ending;
mod engine;
mod entries;
mod entry;
mod events;
mod exception_rules;
mod exception_text;
mod exceptions;
mod expression;
#[allow(unsafe_code, reason = "the FFI edge")]
mod ffi;
mod gate;
mod handover;
mod hooks;
mod host;
mod inspect;
mod inspector;
mod jobs;
mod lenient;
mod log_points;
mod logs;
mod modules;
mod my_code;
mod onward;
mod output;
mod presence;
mod private;
mod program_paths;
mod properties;
mod recent;
mod requests;
mod returns;
mod rules;
mod source_lines;
mod source_maps;
mod sparing;
mod stack;
mod step;
mod stop;
#[cfg(unix)]
mod succession;
mod threads;
mod tracker;
mod trouble;
mod uncaught;

#[pyo3::pymodule]
mod _dapstub {
    #[cfg(unix)]
    #[pymodule_export]
    use crate::api::leaving;
    #[pymodule_export]
    use crate::api::{
        EvaluationInterrupted, address, breakpoint, cancel_wait, check_config, exiting, is_client_connected, listen,
        on_client_change, read_config, refuse_other_interpreters, set_program, start, wait_for_client,
    };
    #[cfg(unix)]
    #[pymodule_export]
    use crate::births::{Forker, Starter, cradle, enable_children, forked, forking, has_forked, is_child, join_family};
    #[pymodule_export]
    use crate::connect::{connect, is_running, wait_until_configured};
    #[pymodule_export]
    use crate::handover::Handover;
    #[pymodule_export]
    use crate::logs::{log, log_connections, log_to};
    #[cfg(unix)]
    #[pymodule_export]
    use crate::succession::{bequeath, is_inherited, stay, succeed};
    #[pymodule_export]
    use crate::tracker::trace_this_thread;
    #[pymodule_export]
    use crate::uncaught::show_exception;

    #[pymodule_export]
    #[allow(non_upper_case_globals, reason = "Python's name")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
