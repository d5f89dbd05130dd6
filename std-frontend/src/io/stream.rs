//! Sockets of either kind, as the I/O thread waits for them.

use core::fmt;
use std::io::{self, Read, Write};
use std::net::Shutdown;

use mio::net::{TcpListener, TcpStream};
#[cfg(unix)]
use mio::net::{UnixListener, UnixStream};
use mio::{Interest, Registry, Token, event::Source};

use crate::address::Address;
use crate::descriptors::descriptor_of;
use crate::limits::TIME_TO_CONNECT;
#[cfg(unix)]
use crate::listener::unix;
use crate::listener::{Place, place, resolve};
#[cfg(unix)]
use crate::standard::move_away;
use crate::start_error::{StartError, StartFailure};

/// A connection.
#[derive(Debug)]
pub(crate) enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

/// A socket that listens.
pub(crate) enum Listener {
    Tcp(TcpListener),
    /// With the file to be removed.
    #[cfg(unix)]
    Unix(
        UnixListener,
        #[allow(dead_code, reason = "kept to be dropped")] unix::Path,
    ),
}

/// Does the same with either kind.
macro_rules! either {
    ($kind:ident, $socket:expr, $name:ident => $do:expr) => {
        match $socket {
            $kind::Tcp($name, ..) => $do,
            #[cfg(unix)]
            $kind::Unix($name, ..) => $do,
        }
    };
}

impl Stream {
    /// Connects to where a host names, blocking; the socket does not block from then on.
    pub(crate) fn connect(host: &str, port: u16) -> Result<(Self, Address), StartError> {
        let refuse = |failure| move |error| StartError::new(host, port, failure, error);
        match place(host) {
            #[cfg(unix)]
            Place::Unix(path) => {
                let connect = || {
                    let stream = std::os::unix::net::UnixStream::connect(path)?;
                    stream.set_nonblocking(true)?;
                    Ok(UnixStream::from_std(stream))
                };
                let stream = connect().map_err(refuse(StartFailure::Connect))?;
                Ok((Self::Unix(stream), Address::Unix(Some(path.into()))))
            }
            #[cfg(not(unix))]
            Place::Unix(_) => {
                let error = io::Error::new(io::ErrorKind::Unsupported, "there are no Unix sockets on this system");
                Err(refuse(StartFailure::Connect)(error))
            }
            Place::Tcp(name) => {
                let addresses = resolve(name, port).map_err(refuse(StartFailure::Resolve))?;
                let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
                for address in addresses {
                    let connect = || {
                        let stream = std::net::TcpStream::connect_timeout(&address, TIME_TO_CONNECT)?;
                        stream.set_nonblocking(true)?;
                        Ok(stream)
                    };
                    match connect() {
                        Ok(stream) => return Ok((Self::Tcp(TcpStream::from_std(stream)), address.into())),
                        Err(error) => last = error,
                    }
                }
                Err(refuse(StartFailure::Connect)(last))
            }
        }
    }

    pub(crate) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        either!(Self, self, stream => (&*stream).read(buffer))
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        either!(Self, self, stream => (&*stream).write(bytes))
    }

    /// Says on the wire that nothing more will be sent.
    pub(crate) fn finish(&self) {
        // It fails where the peer is gone already.
        let _ = either!(Self, self, stream => stream.shutdown(Shutdown::Write));
    }

    /// The socket as it is, for another process.
    #[cfg(unix)]
    pub(crate) fn into_descriptor(self) -> std::os::fd::OwnedFd {
        either!(Self, self, stream => stream.into())
    }

    /// A socket that came from another process, whose client is at `peer`.
    #[cfg(unix)]
    pub(crate) fn from_descriptor(descriptor: std::os::fd::OwnedFd, peer: &Address) -> io::Result<Self> {
        Ok(match peer {
            Address::Tcp(_) => {
                let stream = move_away(std::net::TcpStream::from(descriptor))?;
                stream.set_nonblocking(true)?;
                Self::Tcp(TcpStream::from_std(stream))
            }
            Address::Unix(_) => {
                let stream = move_away(std::os::unix::net::UnixStream::from(descriptor))?;
                stream.set_nonblocking(true)?;
                Self::Unix(UnixStream::from_std(stream))
            }
        })
    }

    /// Sets the options that an accepted connection has here.
    pub(crate) fn tune(&self) {
        match self {
            Self::Tcp(stream) => crate::listener::tune(stream),
            #[cfg(unix)]
            Self::Unix(_) => {}
        }
    }

    pub(crate) fn descriptor(&self) -> i32 {
        either!(Self, self, stream => descriptor_of(stream))
    }
}

impl Read for &Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Stream::read(self, buffer)
    }
}

impl Listener {
    pub(crate) fn accept(&self) -> io::Result<(Stream, Address)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept()?;
                #[cfg(unix)]
                let stream = move_away(stream)?;
                Ok((Stream::Tcp(stream), Address::Tcp(peer)))
            }
            #[cfg(unix)]
            Self::Unix(listener, _) => {
                let (stream, _) = listener.accept()?;
                Ok((Stream::Unix(move_away(stream)?), Address::Unix(None)))
            }
        }
    }

    /// A second descriptor of the socket, for the program that takes the place of this one.
    #[cfg(unix)]
    pub(crate) fn duplicate(&self) -> io::Result<std::os::fd::OwnedFd> {
        use std::os::fd::AsFd;

        either!(Self, self, listener => listener.as_fd().try_clone_to_owned())
    }

    pub(crate) fn descriptor(&self) -> i32 {
        either!(Self, self, listener => descriptor_of(listener))
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        either!(Self, self, listener => listener.fmt(f))
    }
}

macro_rules! source {
    ($kind:ident) => {
        impl Source for $kind {
            fn register(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
                either!(Self, self, socket => socket.register(registry, token, interests))
            }

            fn reregister(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
                either!(Self, self, socket => socket.reregister(registry, token, interests))
            }

            fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
                either!(Self, self, socket => socket.deregister(registry))
            }
        }
    };
}

source!(Stream);
source!(Listener);
