//! How long a test waits before it says what it waited for.

use core::time::Duration;
use std::env;
use std::sync::OnceLock;
use std::time::Instant;

/// The longest any single wait may take: 30 seconds, or what `DAPSTUB_TEST_DEADLINE` says in seconds.
///
/// It is no measure of speed: a slow machine passes as well, and only a hang reaches it.
pub fn limit() -> Duration {
    static LIMIT: OnceLock<Duration> = OnceLock::new();
    *LIMIT.get_or_init(|| {
        let seconds = env::var("DAPSTUB_TEST_DEADLINE")
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(30);
        Duration::from_secs(seconds)
    })
}

/// The moment at which a wait that begins now gives up.
pub fn after_limit() -> Instant {
    Instant::now() + limit()
}

/// Asks `ready` every few milliseconds until it answers `Some`; `None` when the deadline passed first.
pub fn poll<T>(mut ready: impl FnMut() -> Option<T>) -> Option<T> {
    let end = after_limit();
    loop {
        if let Some(value) = ready() {
            return Some(value);
        }
        if Instant::now() >= end {
            return None;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
