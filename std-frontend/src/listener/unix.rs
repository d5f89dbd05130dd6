//! A Unix socket for its owner alone.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{self, PathBuf};

use crate::limits::BACKLOG;
use socket2::{Domain, SockAddr, Socket, Type};

/// The file of a socket, removed when this is dropped, unless it was replaced meanwhile.
#[derive(Debug)]
pub struct Path {
    path: PathBuf,
    /// Device and number of the file.
    file: (u64, u64),
}

impl Path {
    /// The file of a socket that another program has bound.
    ///
    /// # Errors
    ///
    /// What the system says: the file is gone, for one.
    pub(crate) fn of(path: &path::Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            file: identity(path)?,
        })
    }
}

impl Drop for Path {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|file| file == self.file) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn identity(path: &path::Path) -> io::Result<(u64, u64)> {
    let metadata = fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

/// Listens, without blocking, on a Unix socket that only the user of this process (and root) can connect to: mode 0600
/// from before the first connection is possible.
///
/// A socket that a dead process has left at `path` is replaced; one on which somebody listens is not, nor is anything
/// that is no socket.
///
/// # Errors
///
/// What the system says; [`AddrInUse`](io::ErrorKind::AddrInUse) where something is in the way.
pub fn bind(path: &path::Path) -> io::Result<(UnixListener, Path)> {
    let address = SockAddr::unix(path)?;
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    match socket.bind(&address) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_left_over(path, &address) => {
            fs::remove_file(path)?;
            socket.bind(&address)?;
        }
        result => result?,
    }
    let path = Path::of(path)?;
    // Nobody can connect before the socket listens, so there is no moment at which others could.
    fs::set_permissions(&path.path, Permissions::from_mode(0o600))?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok((std::os::fd::OwnedFd::from(socket).into(), path))
}

/// Tells whether the file is a socket on which nobody listens.
fn is_left_over(path: &path::Path, address: &SockAddr) -> bool {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket());
    let refused = || {
        let probe = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        probe.set_nonblocking(true)?;
        probe.connect(address)
    };
    is_socket && refused().is_err_and(|error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused)
}
