//! What is logged again and again is logged once in a while.

use core::time::Duration;
use std::collections::HashMap;
use std::time::Instant;

use super::super::address::Origin;
use crate::limits::MAX_REMEMBERED;

/// How long a record of the same kind from the same place keeps further ones back.
pub(super) const INTERVAL: Duration = Duration::from_secs(60);

/// Decides which records go out. Its memory is bounded by [`MAX_REMEMBERED`].
#[derive(Debug, Default)]
pub(super) struct Quiet {
    seen: HashMap<(Origin, &'static str), Seen>,
}

#[derive(Debug)]
struct Seen {
    at: Instant,
    /// Kept back since then.
    hidden: u32,
}

impl Quiet {
    /// Whether a record of this kind about this origin goes out now; then, how many were kept back before it.
    pub(super) fn hush(&mut self, origin: Origin, kind: &'static str, now: Instant) -> Option<u32> {
        let key = (origin, kind);
        if let Some(seen) = self.seen.get_mut(&key) {
            if now.saturating_duration_since(seen.at) < INTERVAL {
                seen.hidden = seen.hidden.saturating_add(1);
                return None;
            }
            let hidden = seen.hidden;
            *seen = Seen { at: now, hidden: 0 };
            return Some(hidden);
        }
        if self.seen.len() >= MAX_REMEMBERED {
            self.seen
                .retain(|_, seen| now.saturating_duration_since(seen.at) < INTERVAL);
        }
        if self.seen.len() >= MAX_REMEMBERED {
            // So many places at once are an attack, of which the log has got its share for this minute.
            return None;
        }
        self.seen.insert(key, Seen { at: now, hidden: 0 });
        Some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_record_a_minute_from_one_place_about_one_thing() {
        let mut quiet = Quiet::default();
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        assert_eq!(quiet.hush(Origin::V4(1), "wrong token", begin), Some(0));
        assert_eq!(quiet.hush(Origin::V4(1), "wrong token", at(30)), None);
        assert_eq!(quiet.hush(Origin::V4(1), "wrong token", at(59)), None);
        assert_eq!(quiet.hush(Origin::V4(2), "wrong token", at(59)), Some(0));
        assert_eq!(quiet.hush(Origin::V4(1), "not DAP", at(59)), Some(0));
        assert_eq!(quiet.hush(Origin::V4(1), "wrong token", at(60)), Some(2));
        assert_eq!(quiet.hush(Origin::V4(1), "wrong token", at(61)), None);
    }

    #[test]
    fn a_crowd_can_fill_neither_the_log_nor_the_memory() {
        let mut quiet = Quiet::default();
        let begin = Instant::now();
        let heard = (0..100_000).filter(|&n| quiet.hush(Origin::V4(n), "not DAP", begin).is_some());
        assert_eq!(heard.count(), MAX_REMEMBERED);
        assert_eq!(quiet.seen.len(), MAX_REMEMBERED);
        assert_eq!(quiet.hush(Origin::V6(1), "not DAP", begin + INTERVAL), Some(0));
    }
}
