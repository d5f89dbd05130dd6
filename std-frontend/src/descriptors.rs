//! Which descriptors a forked child inherits and should close.
//!
//! A fork copies only the thread that calls it. A lock that another thread held at that moment stays locked in the
//! child for ever, so nothing here takes one: the table is an array of atomics that the I/O thread keeps up to date.

use core::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use crate::limits::{MAX_DESCENDANTS, MAX_UNATTACHED};

/// The listener or the connection to the root, the attached client, the unattached ones, one that is about to replace one of
/// them, and those of descendants.
const SLOTS: usize = MAX_UNATTACHED + 3 + MAX_DESCENDANTS;

const EMPTY: i32 = -1;

/// Open sockets by number, readable without a lock.
#[derive(Debug)]
pub(crate) struct Descriptors {
    slots: [AtomicI32; SLOTS],
    abandoned: AtomicBool,
}

impl Descriptors {
    pub(crate) fn new() -> Self {
        Self {
            slots: [const { AtomicI32::new(EMPTY) }; SLOTS],
            abandoned: AtomicBool::new(false),
        }
    }

    /// Notes an open socket. Call it right after the socket came to be.
    pub(crate) fn add(&self, descriptor: i32) {
        let free = |slot: &&AtomicI32| {
            slot.compare_exchange(EMPTY, descriptor, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
        };
        if self.slots.iter().find(free).is_none() {
            tracing::error!(target: "dapstub_std", descriptor, "no slot left to note a socket");
        }
    }

    /// Forgets a socket. Call it before the socket is closed: its number may be another's right after.
    pub(crate) fn remove(&self, descriptor: i32) {
        for slot in &self.slots {
            if slot
                .compare_exchange(descriptor, EMPTY, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
            {
                return;
            }
        }
    }

    /// Lists the open sockets.
    pub(crate) fn list(&self) -> impl Iterator<Item = i32> + '_ {
        self.slots
            .iter()
            .map(|slot| slot.load(Ordering::Relaxed))
            .filter(|&descriptor| descriptor != EMPTY)
    }

    /// From now on nothing here belongs to this process.
    pub(crate) fn abandon(&self) {
        self.abandoned.store(true, Ordering::Relaxed);
    }

    /// Tells whether this is a forked child's copy.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Relaxed)
    }
}

#[cfg(unix)]
pub(crate) fn descriptor_of(socket: &impl std::os::fd::AsRawFd) -> i32 {
    socket.as_raw_fd()
}

/// Other systems don't fork, so the table stays empty of use there.
#[cfg(not(unix))]
pub(crate) fn descriptor_of<T>(_: &T) -> i32 {
    EMPTY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_used_again() {
        let table = Descriptors::new();
        for descriptor in 0..1_000 {
            table.add(descriptor);
            assert_eq!(table.list().collect::<Vec<_>>(), [descriptor]);
            table.remove(descriptor);
        }
        assert_eq!(table.list().count(), 0);
    }
}
