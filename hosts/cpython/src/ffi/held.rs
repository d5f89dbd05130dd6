//! A place for a value that one thread at a time takes out and puts back, guarded by nothing but the GIL.

use core::sync::atomic::{AtomicPtr, Ordering};

use pyo3::prelude::*;

/// Empty at first, and while somebody has the value.
///
/// For what is needed millions of times: neither a lock nor a count of references, which are locked operations of the
/// processor, is paid for.
pub(crate) struct Held<T: Send>(AtomicPtr<T>);

impl<T: Send> Held<T> {
    pub(crate) const fn new() -> Self {
        Self(AtomicPtr::new(core::ptr::null_mut()))
    }

    /// Takes the value out.
    pub(crate) fn take(&self, _py: Python<'_>) -> Option<Box<T>> {
        let value = self.0.load(Ordering::Relaxed);
        if value.is_null() {
            return None;
        }
        self.0.store(core::ptr::null_mut(), Ordering::Relaxed);
        // SAFETY: `put` has made it from a box. The GIL is held, and no Python without one is supported: nobody else can
        // have taken it between the two lines above, and its hand-over orders what the threads have written.
        Some(unsafe { Box::from_raw(value) })
    }

    /// Puts a value in; returns the one that was there, which is to be dropped where Python code may run.
    pub(crate) fn put(&self, py: Python<'_>, value: Box<T>) -> Option<Box<T>> {
        let old = self.take(py);
        self.0.store(Box::into_raw(value), Ordering::Relaxed);
        old
    }
}

impl<T: Send> Drop for Held<T> {
    fn drop(&mut self) {
        let value = core::mem::replace(self.0.get_mut(), core::ptr::null_mut());
        if !value.is_null() {
            // SAFETY: `put` has made it from a box, and nobody else can reach it.
            drop(unsafe { Box::from_raw(value) });
        }
    }
}
