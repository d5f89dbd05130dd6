//! How far a session has come.

use crate::failure::Refusal;
use crate::protocol::Command;

/// How far a session has come.
///
/// ```text
///                Listening
///                    │ initialize         ^ it failed
///                    v                    │
///                Initializing ────────────┘
///                    │ its answer
///                    v
///                Negotiated <─────────────┐
///                    │ attach, launch     │ it failed
///                    v                    │
///                Attaching ───────────────┘
///                    │ the host is ready: `initialized` goes out, the answer to `attach` is held
///                    v
///                Configuring <────────────┐
///                    │ configurationDone  │ it failed
///                    v                    │
///                Starting ────────────────┘
///                    │ its answer, then that to `attach`
///                    v
///                Running
///
/// any but Listening ── disconnect ──> Ending ── its answer, behind those to all open requests ──> Ended
/// ```
///
/// A request that no arrow allows is answered with an error and changes nothing. What a phase allows besides the
/// arrows: in
/// `Configuring`, `Starting` and `Running` every other request goes to the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing was agreed yet.
    Listening,
    /// The host has `initialize` to answer.
    Initializing,
    /// The capabilities are out.
    Negotiated,
    /// The host has `attach` or `launch` to carry out.
    Attaching,
    /// `initialized` is out; the client sends its breakpoints.
    Configuring,
    /// The host has `configurationDone` to answer.
    Starting,
    /// Events about the program may go out.
    Running,
    /// The host has `disconnect` to answer.
    Ending,
    /// `disconnect` was answered: close the connection.
    Ended,
}

/// What can move a session on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// The client sent this request.
    Asked(Command),
    /// The host answered it. For `attach` and `launch`: the host is ready to be configured.
    Succeeded(Command),
    /// The host refused it.
    Failed(Command),
}

impl Phase {
    /// The phase after `step`, or why it is not allowed. Every transition of a session stands here.
    pub(crate) const fn after(self, step: Move) -> Result<Self, Refusal> {
        use Command::{Attach, ConfigurationDone, Disconnect, Initialize, Launch};
        use Move::{Asked, Failed, Succeeded};
        Ok(match (self, step) {
            (Self::Listening, Asked(Initialize)) => Self::Initializing,
            (Self::Initializing, Succeeded(Initialize)) => Self::Negotiated,
            (Self::Initializing, Failed(Initialize)) => Self::Listening,

            (Self::Negotiated, Asked(Attach | Launch)) => Self::Attaching,
            (Self::Attaching, Succeeded(Attach | Launch)) => Self::Configuring,
            (Self::Attaching, Failed(Attach | Launch)) => Self::Negotiated,

            (Self::Configuring, Asked(ConfigurationDone)) => Self::Starting,
            (Self::Starting, Succeeded(ConfigurationDone)) => Self::Running,
            (Self::Starting, Failed(ConfigurationDone)) => Self::Configuring,

            (Self::Listening, Asked(_)) => return Err(Refusal::NotInitialized),
            (Self::Ending | Self::Ended, Asked(_)) => return Err(Refusal::Ending),
            (_, Asked(Disconnect)) => Self::Ending,
            // Whatever the host says to it, the client is gone after this answer.
            (Self::Ending, Succeeded(Disconnect) | Failed(Disconnect)) => Self::Ended,

            (Self::Initializing, Asked(_)) => return Err(Refusal::NotInitialized),
            (_, Asked(Initialize)) => return Err(Refusal::AlreadyInitialized),
            (Self::Negotiated, Asked(_)) => return Err(Refusal::NotAttached),
            (_, Asked(Attach | Launch)) => return Err(Refusal::AlreadyAttached),
            (Self::Attaching, Asked(_)) => return Err(Refusal::NotAttached),
            (_, Asked(ConfigurationDone)) => return Err(Refusal::AlreadyConfigured),

            // Any other request, and answers that come after the session moved on, change nothing.
            (phase, Asked(_) | Succeeded(_) | Failed(_)) => phase,
        })
    }

    /// Whether the session was configured and has not ended: the program may be reported on.
    #[must_use]
    pub const fn is_running(self) -> bool {
        matches!(self, Self::Running)
    }

    /// Whether a client is attached, or about to be.
    #[must_use]
    pub const fn is_attached(self) -> bool {
        matches!(
            self,
            Self::Attaching | Self::Configuring | Self::Starting | Self::Running | Self::Ending
        )
    }
}
