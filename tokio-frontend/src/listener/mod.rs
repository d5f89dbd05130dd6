//! Where clients arrive: TCP ports and Unix sockets.

#[cfg(unix)]
mod unix;

use core::fmt;
use core::net::SocketAddr;
use std::io;
use std::path::PathBuf;

use dapstub_std::parts;
use dapstub_std::{Config, StartError, StartFailure};
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;

use crate::stream::Stream;

/// What stands in front of the path where a host names a Unix socket.
const UNIX: &str = "unix:";

/// One end of a connection, or where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Address {
    /// A TCP address and port.
    Tcp(SocketAddr),
    /// The path of a Unix socket; none for the other end of a connection to one.
    Unix(Option<PathBuf>),
}

impl Address {
    /// Returns the address and port, where it is one.
    pub fn tcp(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(address) => Some(*address),
            Self::Unix(_) => None,
        }
    }

    /// Tells whether only programs on this machine can come from there.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().to_canonical().is_loopback(),
            Self::Unix(_) => true,
        }
    }
}

impl fmt::Display for Address {
    /// As in a configuration: `127.0.0.1:5678`, `unix:/run/app/debug`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(Some(path)) => write!(f, "{UNIX}{}", path.display()),
            Self::Unix(None) => f.write_str("unix"),
        }
    }
}

/// A socket that listens, for [`Debugger::start_on`](crate::Debugger::start_on).
#[derive(Debug)]
pub struct Listener(Kind);

#[derive(Debug)]
enum Kind {
    Tcp(TcpListener),
    #[cfg(unix)]
    /// With the file to be removed.
    Unix(
        UnixListener,
        #[allow(dead_code, reason = "kept to be dropped")] Option<unix::Path>,
    ),
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Self(Kind::Tcp(listener))
    }
}

#[cfg(unix)]
impl From<UnixListener> for Listener {
    /// Who may connect is the business of whoever made it; [`Listener::unix`] makes one for its owner alone.
    fn from(listener: UnixListener) -> Self {
        Self(Kind::Unix(listener, None))
    }
}

impl Listener {
    /// Listens on a Unix socket that only the user of this process (and root) can connect to: mode 0600 from before
    /// the first connection is possible.
    ///
    /// A socket that a dead process has left at `path` is replaced; one on which somebody listens is not, nor is
    /// anything that is no socket. The file is removed when the listener is dropped.
    ///
    /// # Errors
    ///
    /// What the system says; [`AddrInUse`](io::ErrorKind::AddrInUse) where something is in the way.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime that has I/O.
    #[cfg(unix)]
    pub fn unix(path: impl AsRef<std::path::Path>) -> io::Result<Self> {
        let (listener, path) = unix::bind(path.as_ref())?;
        Ok(Self(Kind::Unix(listener, Some(path))))
    }

    /// Listens where a configuration says. Up to the last step nothing is bound, so it may be dropped at any time.
    pub(crate) async fn bind(config: &Config) -> Result<Self, StartError> {
        let (host, port) = (config.host.as_str(), config.port);
        let refuse = |failure, error| StartError::new(host, port, failure, error);
        #[cfg(unix)]
        if let Some(path) = host.strip_prefix(UNIX) {
            return Self::unix(path).map_err(|error| refuse(StartFailure::Bind, error));
        }
        let name = host.to_owned();
        // Names are looked up by the system, which takes its time.
        let addresses = tokio::task::spawn_blocking(move || parts::resolve(&name, port))
            .await
            .unwrap_or_else(|error| Err(error.into()))
            .map_err(|error| refuse(StartFailure::Resolve, error))?;
        let (listener, _) = parts::listen(host, port, addresses)?;
        let listener = TcpListener::from_std(listener).map_err(|error| refuse(StartFailure::Resources, error))?;
        Ok(listener.into())
    }

    pub(crate) fn address(&self) -> io::Result<Address> {
        match &self.0 {
            Kind::Tcp(listener) => listener.local_addr().map(Address::Tcp),
            #[cfg(unix)]
            Kind::Unix(listener, _) => {
                let path = listener.local_addr()?.as_pathname().map(Into::into);
                Ok(Address::Unix(path))
            }
        }
    }

    /// Waits for the next connection. Nothing is lost when this is dropped.
    pub(crate) async fn accept(&self) -> io::Result<(Stream, Address)> {
        match &self.0 {
            Kind::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                parts::tune(&stream);
                Ok((Stream::Tcp(stream), Address::Tcp(peer)))
            }
            #[cfg(unix)]
            Kind::Unix(listener, _) => {
                let (stream, _) = listener.accept().await?;
                Ok((Stream::Unix(stream), Address::Unix(None)))
            }
        }
    }
}
