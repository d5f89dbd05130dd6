//! A place for a reference that lives as long as the process, read without a lock.

use core::sync::atomic::{AtomicPtr, Ordering};

/// Empty at first; may be filled, and filled anew. A forked child can rely on it, because no thread can hold it.
pub(crate) struct Slot<T: Sync + 'static>(AtomicPtr<T>);

impl<T: Sync> Slot<T> {
    pub(crate) const fn new() -> Self {
        Self(AtomicPtr::new(core::ptr::null_mut()))
    }

    /// What was put in last.
    pub(crate) fn get(&self) -> Option<&'static T> {
        // SAFETY: the pointer is null or came from a `&'static T`, of which nobody makes a `&mut T`; `Release` in the other
        // methods and `Acquire` here make what it points to visible.
        unsafe { self.0.load(Ordering::Acquire).as_ref() }
    }

    /// Puts another one in.
    pub(crate) fn set(&self, value: &'static T) {
        self.0.store(core::ptr::from_ref(value).cast_mut(), Ordering::Release);
    }

    /// Puts one in if there is none; returns what is there then.
    pub(crate) fn get_or_set(&self, make: impl FnOnce() -> &'static T) -> &'static T {
        if let Some(value) = self.get() {
            return value;
        }
        let value = make();
        let pointer = core::ptr::from_ref(value).cast_mut();
        let null = core::ptr::null_mut();
        match self
            .0
            .compare_exchange(null, pointer, Ordering::AcqRel, Ordering::Acquire)
        {
            Ok(_) => value,
            // Another thread was faster.
            Err(_) => self.get().unwrap_or(value),
        }
    }
}
