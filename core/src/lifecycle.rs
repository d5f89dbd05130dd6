//! The process: dormant, listening for ever, attached; and the gate that holds a program for its debugger.
//!
//! A pure machine, without clock, socket or lock: a frontend keeps it under its own lock and does what the answers say.

use crate::config::Config;
use core::fmt;

/// Where the process stands.
///
/// ```text
///          start                bound                attach
/// Dormant ───────> Starting ───────────> Listening ─────────> Attached
///    ^                │                      ^                    │
///    └── bind failed ─┘                      └─ the client left ──┘
/// ```
///
/// There is no way back to `Dormant` once bound: what listens, listens for the rest of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing exists: no socket, no hook, no thread.
    Dormant,
    /// Someone is binding the socket.
    Starting,
    /// Bound; no client debugs.
    Listening,
    /// One client debugs; another is refused.
    Attached,
}

/// What a call of [`Lifecycle::start`] has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "whoever gets `Bind` has to bind"]
pub enum Start {
    /// Bind now, then call [`Lifecycle::bound`] or [`Lifecycle::bind_failed`]. Nobody else is told so in the meantime.
    Bind,
    /// It is running, or someone else is about to bind it: change nothing, answer with the address.
    AlreadyRunning,
}

/// The state of the whole process, and the wait gate.
///
/// ```
/// use dapstub::config::Config;
/// use dapstub::lifecycle::{Lifecycle, Start};
///
/// let mut life = Lifecycle::new(&Config { wait: true, ..Config::default() });
/// assert_eq!(life.start(), Start::Bind);
/// life.bound();
/// assert_eq!(life.start(), Start::AlreadyRunning);
/// life.attach().unwrap();
/// assert!(life.is_held());
/// assert!(life.configured());
/// assert!(!life.is_held());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifecycle {
    state: State,
    gate: Gate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    /// Nobody is to be held.
    None,
    /// The program is held once the server runs.
    Held,
    /// A client has configured itself.
    Released,
}

impl Lifecycle {
    /// A dormant process. The program is to be held only if `config` says both `start` and `wait`; a start that comes
    /// later by other means holds nobody.
    #[must_use]
    pub const fn new(config: &Config) -> Self {
        Self {
            state: State::Dormant,
            gate: if config.holds() { Gate::Held } else { Gate::None },
        }
    }

    /// Where the process stands.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// Asks to start. Exactly one caller is told to bind.
    pub const fn start(&mut self) -> Start {
        match self.state {
            State::Dormant => {
                self.state = State::Starting;
                Start::Bind
            }
            State::Starting | State::Listening | State::Attached => Start::AlreadyRunning,
        }
    }

    /// The socket is bound. Only after [`Start::Bind`]; at any other time nothing happens.
    pub const fn bound(&mut self) {
        if let State::Starting = self.state {
            self.state = State::Listening;
        }
    }

    /// The socket could not be bound: dormant again, and another start may try. Only after [`Start::Bind`].
    pub const fn bind_failed(&mut self) {
        if let State::Starting = self.state {
            self.state = State::Dormant;
        }
    }

    /// A client wants to debug.
    ///
    /// # Errors
    ///
    /// [`AttachError`]: refuse the client with this text.
    pub const fn attach(&mut self) -> Result<(), AttachError> {
        match self.state {
            State::Listening => {
                self.state = State::Attached;
                Ok(())
            }
            State::Attached => Err(AttachError::Busy),
            State::Dormant | State::Starting => Err(AttachError::NotListening),
        }
    }

    /// The attached client's `configurationDone` was answered. Says whether this released the gate: `true` at most once.
    pub const fn configured(&mut self) -> bool {
        match (self.state, self.gate) {
            (State::Attached, Gate::Held) => {
                self.gate = Gate::Released;
                true
            }
            _ => false,
        }
    }

    /// The attached client left, by whatever way. The next one may attach. The gate stays as it is.
    pub const fn detach(&mut self) {
        if let State::Attached = self.state {
            self.state = State::Listening;
        }
    }

    /// Whether the program has to wait now. While dormant it does not: nobody could release it.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        matches!(
            (self.gate, self.state),
            (Gate::Held, State::Starting | State::Listening | State::Attached)
        )
    }
}

/// Why a client cannot debug. Its text is meant for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttachError {
    /// Another client debugs.
    Busy,
    /// There is no listener.
    NotListening,
}

impl AttachError {
    /// The text for the client.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Busy => "another client is debugging this program; disconnect it first",
            Self::NotListening => "this program does not listen for debuggers",
        }
    }
}

impl fmt::Display for AttachError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl core::error::Error for AttachError {}

impl From<AttachError> for crate::Failure {
    fn from(error: AttachError) -> Self {
        Self::new(crate::failure::id::ORDER, error.text()).shown()
    }
}
