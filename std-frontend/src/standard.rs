//! Keeps the numbers of the standard streams free of sockets.
//!
//! A program that has closed its standard streams still has code that prints: what has number 1 gets it. A socket of ours
//! with that number would carry the program's text into a session, and an event queue would answer it with strange errors.

#[cfg(unix)]
use std::fs::File;
#[cfg(unix)]
use std::io;
#[cfg(unix)]
use std::os::fd::{AsRawFd, OwnedFd};

/// While it lives, nothing that is opened gets the number of a standard stream.
#[derive(Debug)]
pub(crate) struct Occupied {
    #[cfg(unix)]
    _files: Vec<File>,
}

impl Occupied {
    /// Takes those of the numbers that are free.
    pub(crate) fn now() -> Self {
        Self {
            #[cfg(unix)]
            _files: core::iter::from_fn(|| File::open("/dev/null").ok())
                .take_while(is_standard)
                .collect(),
        }
    }
}

/// Moves a socket that has such a number to another one.
#[cfg(unix)]
pub(crate) fn move_away<S: AsRawFd + From<OwnedFd> + Into<OwnedFd>>(socket: S) -> io::Result<S> {
    if is_standard(&socket) {
        // The copy of a descriptor never gets such a number.
        return Ok(socket.into().try_clone()?.into());
    }
    Ok(socket)
}

#[cfg(unix)]
fn is_standard(file: &impl AsRawFd) -> bool {
    (0..=2).contains(&file.as_raw_fd())
}
