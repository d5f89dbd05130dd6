//! How far a connection has come, and how long it may take.

use core::time::Duration;

use crate::limits::{
    LINGER, READ_PAUSE, READ_PAUSE_UNATTACHED, TIME_TO_ATTACH, TIME_TO_CONFIGURE, TIME_TO_INITIALIZE, TOKEN_DELAY,
};

/// How far a connection has come.
///
/// ```text
/// Silent ──initialize──> Initialized ──attach──> Attached
///    └───────────────────────┴──────────────────────┴─────> Leaving ──> closed
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Has not said `initialize`.
    Silent,
    /// Has said `initialize`; others may have as well.
    Initialized,
    /// Has the one place.
    Attached {
        /// By `launch` rather than by `attach`.
        launched: bool,
    },
    /// Is being closed: nothing it sends is looked at.
    Leaving,
}

impl Stage {
    /// Tells whether the connection has the one place.
    pub fn is_attached(self) -> bool {
        matches!(self, Self::Attached { .. })
    }

    /// Tells whether it has the place by `launch`.
    pub fn is_launched(self) -> bool {
        matches!(self, Self::Attached { launched: true })
    }

    /// How many bytes may wait for the peer before no more of it is read.
    pub fn read_pause(self) -> usize {
        if self.is_attached() {
            READ_PAUSE
        } else {
            READ_PAUSE_UNATTACHED
        }
    }

    /// How much a connection is missed: of those that are not attached, the lowest has to go when there are too many.
    pub fn rank(self) -> u8 {
        match self {
            Self::Leaving => 0,
            Self::Silent => 1,
            Self::Initialized => 2,
            Self::Attached { .. } => 3,
        }
    }
}

/// How long peers may take. The default is what [`limits`](crate::limits) says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// From the beginning of a connection to `initialize`.
    pub initialize: Duration,
    /// From there to `attach`.
    pub attach: Duration,
    /// From there to `configurationDone`, before another client may take the place.
    pub configure: Duration,
    /// While a connection is being closed.
    pub linger: Duration,
    /// What a wrong token costs.
    pub token_delay: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            initialize: TIME_TO_INITIALIZE,
            attach: TIME_TO_ATTACH,
            configure: TIME_TO_CONFIGURE,
            linger: LINGER,
            token_delay: TOKEN_DELAY,
        }
    }
}
