//! How many connections are taken in a time.

use core::time::Duration;
use std::time::Instant;

use crate::limits::{CONNECTION_BURST, CONNECTION_RATE};

/// So long the next one waits at least once there are too many: waking for each by itself would cost more than it.
const PAUSE: Duration = Duration::from_millis(20);

/// Counts connections against [`CONNECTION_RATE`] and [`CONNECTION_BURST`].
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// When all that were taken would have come, had they kept to the rate.
    due: Option<Instant>,
}

impl Pace {
    const INTERVAL: Duration = Duration::from_nanos(1_000_000_000 / CONNECTION_RATE as u64);

    /// Until when no connection is taken; none if one may be taken now.
    pub(super) fn wait(&self, now: Instant) -> Option<Instant> {
        let ahead = self.due?.saturating_duration_since(now);
        let burst = Self::INTERVAL * CONNECTION_BURST;
        (ahead > burst).then(|| now + (ahead - burst).max(PAUSE))
    }

    /// One was taken.
    pub(super) fn took(&mut self, now: Instant) {
        self.due = Some(self.due.map_or(now, |due| due.max(now)) + Self::INTERVAL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many are taken until the next has to wait.
    fn rush(pace: &mut Pace, now: Instant) -> u32 {
        let mut taken = 0;
        while pace.wait(now).is_none() {
            pace.took(now);
            taken += 1;
        }
        taken
    }

    #[test]
    fn a_burst_and_then_so_many_a_second() {
        let mut pace = Pace::default();
        let begin = Instant::now();
        assert_eq!(rush(&mut pace, begin), CONNECTION_BURST + 1);
        let next = pace.wait(begin).unwrap();
        assert!(next - begin >= PAUSE);
        assert!(pace.wait(next).is_none());
        let mut taken = 0;
        for step in 1..=10 {
            taken += rush(&mut pace, begin + Duration::from_millis(100) * step);
        }
        assert_eq!(taken, CONNECTION_RATE);
        // After a rest the burst is there again, and no more than that.
        assert_eq!(rush(&mut pace, begin + Duration::from_secs(3600)), CONNECTION_BURST + 1);
    }
}
