//! What may be said without end is said sparingly: a client that is told more than it reads would be dropped.

use core::time::Duration;
use std::sync::Mutex;
use std::time::Instant;

use crate::engine::lock;

/// How often in a second something is said at most.
const MOST: u32 = 10;
const SECOND: Duration = Duration::from_secs(1);

/// Counts how often one thing was said, and how often it was not.
#[derive(Debug, Default)]
pub(crate) struct Sparing {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When this second began.
    since: Option<Instant>,
    /// How often it was said in this second.
    said: u32,
    /// How often it was not said since it was said last.
    unsaid: u64,
}

impl Sparing {
    /// Whether it is to be said now; if so, how often it was not since the last time.
    pub(crate) fn says(&self) -> Option<u64> {
        let mut state = lock(&self.state);
        let now = Instant::now();
        if state.since.is_none_or(|since| now.duration_since(since) >= SECOND) {
            state.since = Some(now);
            state.said = 0;
        }
        if state.said == MOST {
            state.unsaid += 1;
            return None;
        }
        state.said += 1;
        Some(core::mem::take(&mut state.unsaid))
    }
}
