//! What the I/O thread, the threads of the program and the handles share.

use core::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock, PoisonError};
use std::thread::ThreadId;
use std::time::Instant;

use crate::descriptors::Descriptors;
use crate::io::Order;
use crate::process::Process;
use crate::sync::{AtomicBool, Condvar, Mutex, MutexGuard};

/// Takes a lock whose last holder may have panicked: what stands behind our locks is valid at any time.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) process: Arc<Process>,
    pub(crate) descriptors: Descriptors,
    #[cfg(unix)]
    pub(crate) family: crate::family::Family,
    /// Gets the I/O thread out of its wait; set when there is one.
    pub(crate) waker: OnceLock<mio::Waker>,
    pub(crate) thread: OnceLock<ThreadId>,
    orders: Mutex<Vec<Order>>,
    /// A connection that the program opened is there.
    dialled: AtomicBool,
    ending: Mutex<Ending>,
    ended: Condvar,
}

/// How far the server is with its end.
#[derive(Clone, Copy, Debug, Default)]
struct Ending {
    /// To be over by then, once asked for.
    deadline: Option<Instant>,
    /// The I/O thread is gone.
    done: bool,
}

impl Shared {
    pub(crate) fn new() -> Self {
        Self {
            process: Arc::default(),
            descriptors: Descriptors::new(),
            #[cfg(unix)]
            family: crate::family::Family::default(),
            waker: OnceLock::new(),
            thread: OnceLock::new(),
            orders: Mutex::default(),
            dialled: AtomicBool::new(false),
            ending: Mutex::default(),
            ended: Condvar::new(),
        }
    }

    /// Makes the I/O thread look at all its connections.
    pub(crate) fn wake(&self) {
        if let Some(waker) = self.waker.get()
            && let Err(error) = waker.wake()
        {
            tracing::error!(target: "dapstub_std", %error, "the I/O thread can't be woken");
        }
    }

    /// Has the I/O thread do something, as soon as it runs.
    pub(crate) fn order(&self, order: Order) {
        lock(&self.orders).push(order);
        self.wake();
    }

    /// Tells whether a connection is there that the program opened itself.
    pub(crate) fn is_dialled(&self) -> bool {
        self.dialled.load(Ordering::Acquire)
    }

    /// Notes whether one is there.
    pub(crate) fn set_dialled(&self, dialled: bool) {
        self.dialled.store(dialled, Ordering::Release);
    }

    /// Takes what was ordered.
    pub(crate) fn take_orders(&self) -> Vec<Order> {
        core::mem::take(&mut *lock(&self.orders))
    }

    /// Until when the server is to be over, if it is.
    pub(crate) fn ending(&self) -> Option<Instant> {
        lock(&self.ending).deadline
    }

    /// Asks the I/O thread to end; the first deadline counts.
    pub(crate) fn end_by(&self, deadline: Instant) {
        lock(&self.ending).deadline.get_or_insert(deadline);
        self.wake();
    }

    /// The I/O thread says that it is gone.
    pub(crate) fn set_ended(&self) {
        lock(&self.ending).done = true;
        self.ended.notify_all();
    }

    /// Waits until the I/O thread is gone, or the time is over.
    pub(crate) fn wait_ended(&self, deadline: Instant) -> bool {
        let mut ending = lock(&self.ending);
        while !ending.done {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            ending = self
                .ended
                .wait_timeout(ending, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        true
    }
}
