//! Where clients arrive: TCP ports and Unix sockets.

use std::io;

#[cfg(unix)]
use dapstub_std::parts::unix;
use dapstub_std::parts::{self, Place};
use dapstub_std::{Address, Config, StartError, StartFailure};
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;

use crate::stream::Stream;

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
        Ok(Self(Kind::Unix(UnixListener::from_std(listener)?, Some(path))))
    }

    /// Listens where a configuration says. Up to the last step nothing is bound, so it may be dropped at any time.
    pub(crate) async fn bind(config: &Config) -> Result<Self, StartError> {
        let (host, port) = (config.host.as_str(), config.port);
        let refuse = |failure, error| StartError::new(host, port, failure, error);
        let name = match parts::place(host) {
            #[cfg(unix)]
            Place::Unix(path) => return Self::unix(path).map_err(|error| refuse(StartFailure::Bind, error)),
            #[cfg(not(unix))]
            Place::Unix(_) => {
                let error = io::Error::new(io::ErrorKind::Unsupported, "there are no Unix sockets on this system");
                return Err(refuse(StartFailure::Bind, error));
            }
            Place::Tcp(name) => name.to_owned(),
        };
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
                Ok((Stream::Tcp(stream), peer.into()))
            }
            #[cfg(unix)]
            Kind::Unix(listener, _) => {
                let (stream, _) = listener.accept().await?;
                Ok((Stream::Unix(stream), Address::Unix(None)))
            }
        }
    }
}
