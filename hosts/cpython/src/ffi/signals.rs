//! Notices signals while the program is stopped.
//!
//! A stopped program holds the GIL, so Python's own handlers cannot run unless the stopped thread is the main one, and
//! even then nothing tells whether one has. While a stop lasts, the handlers that Python installed for SIGINT, SIGTERM
//! and SIGHUP are therefore wrapped: the wrapper notes the number and calls the handler that was there. A signal whose
//! action is the default or "ignore" is left alone: the kernel does what it always does.

use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

use libc::c_int;

const WATCHED: [c_int; 3] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP];

/// How many [`Watch`]es live.
static WATCHES: AtomicUsize = AtomicUsize::new(0);
/// The last signal noticed, 0 for none.
static SEEN: AtomicI32 = AtomicI32::new(0);
/// The handlers that were there, in the order of `WATCHED`; 0 for none.
static PREVIOUS: [AtomicUsize; 3] = [AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0)];

extern "C" fn note(signal: c_int) {
    SEEN.store(signal, Ordering::Relaxed);
    for (index, watched) in WATCHED.iter().enumerate() {
        if *watched == signal {
            let previous = PREVIOUS[index].load(Ordering::Relaxed);
            if previous != 0 {
                // SAFETY: the address was read from `sigaction` as a handler without SA_SIGINFO, whose signature is
                // this one; calling it is what the kernel would have done.
                let handler: extern "C" fn(c_int) = unsafe { core::mem::transmute(previous) };
                handler(signal);
            }
        }
    }
}

/// Wraps the handlers for as long as it lives. Several may live at a time; a signal is told to the one that asks first.
#[derive(Debug)]
pub(crate) struct Watch(());

impl Watch {
    /// Starts watching; the first one forgets what was seen before. Called with the GIL.
    pub(crate) fn start() -> Self {
        if WATCHES.fetch_add(1, Ordering::Relaxed) == 0 {
            SEEN.store(0, Ordering::Relaxed);
        }
        for (index, signal) in WATCHED.iter().enumerate() {
            let Some(mut action) = current(*signal) else { continue };
            let handler = action.sa_sigaction;
            let ours = note as *const () as usize;
            let is_custom = handler != libc::SIG_DFL && handler != libc::SIG_IGN && handler != ours;
            if is_custom && action.sa_flags & libc::SA_SIGINFO == 0 {
                PREVIOUS[index].store(handler, Ordering::Relaxed);
                action.sa_sigaction = ours;
                // SAFETY: `action` came from the kernel and only its handler changed, to a function that does nothing
                // but atomic accesses and a call of the former handler (safe in a signal handler).
                unsafe { libc::sigaction(*signal, &raw const action, core::ptr::null_mut()) };
            }
        }
        Self(())
    }

    /// The signal noticed since the last call, if any.
    pub(crate) fn take(&self) -> Option<c_int> {
        Some(SEEN.swap(0, Ordering::Relaxed)).filter(|signal| *signal != 0)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if WATCHES.fetch_sub(1, Ordering::Relaxed) > 1 {
            return;
        }
        for (index, signal) in WATCHED.iter().enumerate() {
            let previous = PREVIOUS[index].swap(0, Ordering::Relaxed);
            if previous == 0 {
                continue;
            }
            // A handler that the program installed meanwhile stays.
            if let Some(mut action) =
                current(*signal).filter(|action| action.sa_sigaction == note as *const () as usize)
            {
                action.sa_sigaction = previous;
                // SAFETY: puts back the handler that `start` took away.
                unsafe { libc::sigaction(*signal, &raw const action, core::ptr::null_mut()) };
            }
        }
    }
}

/// Whether a signal was noticed that nobody has taken.
pub(crate) fn is_noticed() -> bool {
    SEEN.load(Ordering::Relaxed) != 0
}

/// Whether `signal` ends this process at once, because nothing but the kernel's default is set for it.
pub(crate) fn kills(signal: c_int) -> bool {
    // The first process of a container is spared by the kernel.
    std::process::id() != 1 && current(signal).is_some_and(|action| action.sa_sigaction == libc::SIG_DFL)
}

/// What the kernel does on `signal` now.
fn current(signal: c_int) -> Option<libc::sigaction> {
    let mut action = MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: a null new action only reads; on success the whole structure is written.
    unsafe {
        if libc::sigaction(signal, core::ptr::null(), action.as_mut_ptr()) == 0 {
            Some(action.assume_init())
        } else {
            None
        }
    }
}
