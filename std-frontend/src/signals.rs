//! Keeps the signals of a program away from the threads of its debugger.
//!
//! A signal for the process goes to any thread that does not [`block`] it. The handler then runs there, and the thread of
//! the program that sleeps until a signal comes is not woken: Python's main thread, for example, which runs the handlers
//! written in Python, would notice nothing before it has waited for what it waits for.
//!
//! Where there are no POSIX signals, nothing here does anything.

#[cfg(unix)]
use std::sync::OnceLock;

#[cfg(unix)]
use nix::sys::signal::{SigSet, SigmaskHow, Signal};

/// What no thread may block: these say that the thread itself has gone wrong.
#[cfg(unix)]
const OWN: [Signal; 6] = [
    Signal::SIGSEGV,
    Signal::SIGBUS,
    Signal::SIGFPE,
    Signal::SIGILL,
    Signal::SIGTRAP,
    Signal::SIGSYS,
];

/// The mask of the program's thread that started the first thread of the debugger.
#[cfg(unix)]
static OF_PROGRAM: OnceLock<SigSet> = OnceLock::new();

/// While it lives, the calling thread takes no signal, and a thread that it starts never does.
#[derive(Debug)]
#[must_use = "it ends when it is dropped"]
pub struct Blocked {
    /// The mask that returns. A mask is never refused in fact: `pthread_sigmask` fails for an unknown `how` alone.
    #[cfg(unix)]
    before: Option<SigSet>,
}

/// Blocks all signals in the calling thread, but for those that a fault of the thread itself raises (`SIGSEGV` and its
/// like). Threads inherit that: block, start the thread, drop what this returns.
#[cfg(unix)]
pub fn block() -> Blocked {
    let mut all = SigSet::all();
    for signal in OWN {
        all.remove(signal);
    }
    let before = all.thread_swap_mask(SigmaskHow::SIG_BLOCK).ok();
    if let Some(mask) = before {
        OF_PROGRAM.get_or_init(|| mask);
    }
    Blocked { before }
}

/// Blocks nothing: there are no signals here.
#[cfg(not(unix))]
pub fn block() -> Blocked {
    Blocked {}
}

#[cfg(unix)]
impl Drop for Blocked {
    fn drop(&mut self) {
        if let Some(before) = self.before {
            let _ = before.thread_set_mask();
        }
    }
}

/// Runs something that is the program's: code that may start processes or threads, which inherit the mask.
///
/// The thread has the signal mask meanwhile that the program had where it started the debugger.
pub fn as_program<R>(run: impl FnOnce() -> R) -> R {
    #[cfg(unix)]
    let _blocked = OF_PROGRAM.get().map(|mask| Blocked {
        before: mask.thread_swap_mask(SigmaskHow::SIG_SETMASK).ok(),
    });
    run()
}

#[cfg(all(test, unix))]
mod tests {
    use std::thread;

    use super::*;

    fn mask() -> SigSet {
        SigSet::thread_get_mask().unwrap()
    }

    #[test]
    fn threads_inherit_it() {
        // On a thread of its own: the mask of the program is that of the first thread that blocks.
        let test = thread::spawn(|| {
            assert!(!mask().contains(Signal::SIGTERM));
            let blocked = block();
            assert!(mask().contains(Signal::SIGTERM) && !mask().contains(Signal::SIGSEGV));
            let started = thread::spawn(|| {
                let before = mask();
                let inside = as_program(mask);
                (before, inside, mask())
            });
            drop(blocked);
            assert!(!mask().contains(Signal::SIGTERM));
            let (before, inside, after) = started.join().unwrap();
            assert!(before.contains(Signal::SIGTERM) && before.contains(Signal::SIGUSR1));
            assert!(!inside.contains(Signal::SIGTERM) && !inside.contains(Signal::SIGUSR1));
            assert_eq!(after, before);
        });
        test.join().unwrap();
    }
}
