//! Why the server did not start.

use core::fmt;
use std::io;

use crate::address::UNIX;

/// The server did not start; the process is as it was, and another start may succeed.
#[derive(Debug)]
pub struct StartError {
    host: String,
    port: u16,
    failure: StartFailure,
    error: io::Error,
}

/// Which step of a start failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StartFailure {
    /// The host is no name or address that could be resolved.
    Resolve,
    /// No address of the host can be listened on: the port is taken, or not ours to take.
    Bind,
    /// No address of the host takes the connection.
    Connect,
    /// The system gave no thread or no event queue.
    Resources,
    /// The server has been shut down, or belongs to the process that this one was forked from.
    Ended,
}

impl StartError {
    /// For frontends.
    #[doc(hidden)]
    pub fn new(host: &str, port: u16, failure: StartFailure, error: io::Error) -> Self {
        Self {
            host: host.into(),
            port,
            failure,
            error,
        }
    }

    /// Returns which step failed.
    pub fn failure(&self) -> StartFailure {
        self.failure
    }

    /// Returns what the system said; its `raw_os_error` is the error number where there is one.
    pub fn io_error(&self) -> &io::Error {
        &self.error
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, error, .. } = self;
        match self.failure {
            StartFailure::Resolve => write!(f, "can't resolve the host {host:?}: {error}"),
            StartFailure::Bind if host.starts_with(UNIX) => write!(f, "can't listen on {host}: {error}"),
            StartFailure::Bind => write!(f, "can't listen on {host}:{port}: {error}"),
            StartFailure::Connect if host.starts_with(UNIX) => write!(f, "can't connect to {host}: {error}"),
            StartFailure::Connect => write!(f, "can't connect to {host}:{port}: {error}"),
            StartFailure::Resources | StartFailure::Ended => write!(f, "can't start the debug server: {error}"),
        }
    }
}

impl core::error::Error for StartError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(&self.error)
    }
}
