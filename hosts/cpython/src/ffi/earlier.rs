//! The activations that ran already when frames began to be looked at on CPython 3.11.
//!
//! CPython takes the switch of an activation along to the one that it returns to, and nothing of ours runs when one of these
//! ends. They are known by their outermost frames. Once such a frame is gone its address may be another's, which costs tracing
//! where there need be none, no more.

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// The addresses of the frames, sorted.
static ENTRIES: Mutex<Vec<usize>> = Mutex::new(Vec::new());
/// A bit for each of them: most other frames are told apart without the lock.
static BITS: AtomicU64 = AtomicU64::new(0);

/// Frames lie at least so many bytes apart, as a power of two.
const ALIGNMENT: u32 = 4;

const fn bit(entry: usize) -> u64 {
    1 << ((entry >> ALIGNMENT) % 64)
}

/// Keeps these in place of what was kept before.
pub(super) fn keep(mut entries: Vec<usize>) {
    entries.sort_unstable();
    let bits = entries.iter().fold(0, |bits, entry| bits | bit(*entry));
    *ENTRIES.lock().unwrap_or_else(PoisonError::into_inner) = entries;
    BITS.store(bits, Ordering::Relaxed);
}

/// Whether this is one of them.
pub(super) fn has(entry: usize) -> bool {
    let entries = || ENTRIES.lock().unwrap_or_else(PoisonError::into_inner);
    BITS.load(Ordering::Relaxed) & bit(entry) != 0 && entries().binary_search(&entry).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_kept() {
        keep(vec![0x7000, 0x1010, 0x4020]);
        assert!(has(0x7000) && has(0x1010) && has(0x4020));
        // The second has the bit of one that is kept.
        assert!(!has(0x1020) && !has(0x7400));
        keep(Vec::new());
        assert!(!has(0x7000));
    }
}
