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

    /// The attached client's `configurationDone` was answered. Says whether this released the gate: `true` at most
    /// once.
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;
    use std::vec::Vec;

    fn with(start: bool, wait: bool) -> Lifecycle {
        Lifecycle::new(&Config {
            start,
            wait,
            ..Config::default()
        })
    }

    #[test]
    fn failed_bind_can_be_tried_again() {
        let mut life = with(true, false);
        assert_eq!(life.start(), Start::Bind);
        assert_eq!(life.start(), Start::AlreadyRunning, "only one binds");
        life.bind_failed();
        assert_eq!(life.state(), State::Dormant);
        assert_eq!(life.start(), Start::Bind);
        life.bound();
        life.bind_failed();
        assert_eq!((life.state(), life.start()), (State::Listening, Start::AlreadyRunning));
    }

    #[test]
    fn second_client_is_refused_until_the_first_leaves() {
        let mut life = with(true, false);
        assert_eq!(life.attach(), Err(AttachError::NotListening));
        let Start::Bind = life.start() else { panic!() };
        assert_eq!(life.attach(), Err(AttachError::NotListening));
        life.bound();
        life.attach().unwrap();
        assert_eq!(life.attach(), Err(AttachError::Busy));
        assert_eq!(
            AttachError::Busy.to_string(),
            "another client is debugging this program; disconnect it first"
        );
        life.detach();
        life.attach().unwrap();
    }

    #[test]
    fn client_that_drops_before_it_is_configured_does_not_release_the_program() {
        let mut life = with(true, true);
        assert!(!life.is_held(), "nobody could release it yet");
        let Start::Bind = life.start() else { panic!() };
        life.bound();
        life.attach().unwrap();
        life.detach();
        assert!(life.is_held());
        assert!(!life.configured(), "there is no client");
        life.attach().unwrap();
        assert!(life.configured());
        life.detach();
        life.attach().unwrap();
        assert!(!life.configured(), "released already");
        assert!(!life.is_held());
    }

    #[test]
    fn wait_without_start_holds_nobody() {
        for (start, wait) in [(true, false), (false, true), (false, false)] {
            let mut life = with(start, wait);
            let Start::Bind = life.start() else { panic!() };
            life.bound();
            assert!(!life.is_held());
            life.attach().unwrap();
            assert!(!life.configured());
        }
    }

    #[derive(Clone, Copy, Debug)]
    enum Play {
        Start,
        Bound,
        BindFailed,
        Attach,
        Configured,
        Detach,
    }

    const PLAYS: [Play; 6] = [
        Play::Start,
        Play::Bound,
        Play::BindFailed,
        Play::Attach,
        Play::Configured,
        Play::Detach,
    ];

    /// What an onlooker knows of one process.
    #[derive(Clone, Copy, Default)]
    struct Onlooker {
        listening: bool,
        binding: bool,
        attached: bool,
        releases: u32,
    }

    /// Plays one move and checks every promise of the lifecycle.
    fn play(life: &mut Lifecycle, seen: &mut Onlooker, hold: bool, next: Play) {
        let before = *life;
        match next {
            Play::Start => {
                let told = life.start() == Start::Bind;
                assert_eq!(told, !seen.listening && !seen.binding, "inject once");
                seen.binding |= told;
                assert!(told || *life == before, "a later start changes nothing");
            }
            Play::Bound => {
                life.bound();
                seen.listening |= seen.binding;
                seen.binding = false;
            }
            Play::BindFailed => {
                life.bind_failed();
                seen.binding = false;
            }
            Play::Attach => {
                let taken = life.attach().is_ok();
                assert_eq!(taken, seen.listening && !seen.attached, "one client at a time");
                seen.attached |= taken;
            }
            Play::Configured => {
                let released = life.configured();
                assert!(!released || seen.attached);
                seen.releases += u32::from(released);
            }
            Play::Detach => {
                life.detach();
                seen.attached = false;
            }
        }
        assert!(seen.releases <= u32::from(hold), "released once, and only if held");
        let released_now = before.is_held() && !life.is_held();
        let way_out = matches!(next, Play::Configured | Play::BindFailed);
        assert!(!released_now || way_out, "only configurationDone releases");
        assert_eq!(
            life.is_held(),
            hold && seen.releases == 0 && (seen.listening || seen.binding)
        );
        if seen.listening {
            assert!(
                matches!(life.state(), State::Listening | State::Attached),
                "listening for ever"
            );
        }
    }

    #[test]
    fn every_order_of_moves_keeps_the_promises() {
        for (start, wait) in [(true, true), (true, false), (false, true), (false, false)] {
            let first = (with(start, wait), Onlooker::default());
            let mut layer = Vec::from([first]);
            for _ in 0..7 {
                let mut next = Vec::new();
                for (life, seen) in layer {
                    for step in PLAYS {
                        let (mut life, mut seen) = (life, seen);
                        play(&mut life, &mut seen, start && wait, step);
                        next.push((life, seen));
                    }
                }
                layer = next;
            }
            assert_eq!(layer.len(), 6usize.pow(7));
        }
    }
}
