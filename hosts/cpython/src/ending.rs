//! The end of the program that a client asks for: its own, or that of the process which this one descends from.
//!
//! The program is asked by a signal, and its handlers decide what becomes of that. Where the kernel's default is all there
//! is, the process is gone at once and nothing of it could say so: therefore the client is told first, and may leave. It
//! has little time, and the signal comes before anything that its leaving would let run.

#[cfg(unix)]
use core::sync::atomic::{AtomicI32, Ordering};

use crate::engine::Engine;

/// How long a client may take to leave when it was told that the program ends.
#[cfg(unix)]
const PARTING: core::time::Duration = core::time::Duration::from_millis(500);

/// How often it is looked whether it has.
#[cfg(unix)]
const LOOK: core::time::Duration = core::time::Duration::from_millis(1);

/// What is left to be done.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    /// The signal that is sent when the client has left; 0 for none.
    #[cfg(unix)]
    signal: AtomicI32,
}

impl Engine {
    /// Asks the program to end, by `signal`. Needs no GIL, and does not wait.
    ///
    /// # Errors
    ///
    /// The system does not let a process signal itself.
    #[cfg(unix)]
    pub(crate) fn ask_to_end(&'static self, signal: i32) -> std::io::Result<()> {
        let told = crate::ffi::signals::kills(signal) && self.session().is_some();
        if !told {
            return crate::ffi::signal_self(signal);
        }
        if self.ending.signal.swap(signal, Ordering::SeqCst) != 0 {
            return Ok(());
        }
        // It is not stopped again on its last steps.
        self.mute();
        // As `subprocess` and debugpy name the end by a signal.
        crate::events::ended(self, Some(-i64::from(signal)));
        let _blocked = dapstub_std::signals::block();
        let waits = std::thread::Builder::new()
            .name("dapstub-ending".to_owned())
            .spawn(move || {
                let end = std::time::Instant::now() + PARTING;
                while self.ending.signal.load(Ordering::SeqCst) != 0 && std::time::Instant::now() < end {
                    std::thread::sleep(LOOK);
                }
                self.client_has_left();
            });
        if waits.is_err() {
            self.client_has_left();
        }
        Ok(())
    }

    /// The client has gone, or its time is over: if the program is to end, it does. On the I/O thread before anybody else
    /// hears of it, so that a program that stands still does not run on first.
    pub(crate) fn client_has_left(&self) {
        #[cfg(unix)]
        {
            let signal = self.ending.signal.swap(0, Ordering::SeqCst);
            if signal != 0
                && let Err(error) = crate::ffi::signal_self(signal)
            {
                tracing::warn!(target: "dapstub_std", %error, "the program can't be told to end");
            }
        }
    }
}
