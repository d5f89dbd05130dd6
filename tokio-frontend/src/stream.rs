//! A connection of either kind, and what is below a session on it.

use core::sync::atomic::{AtomicBool, Ordering};
use std::io;
use std::sync::Arc;

use bytes::BytesMut;
use dapstub_std::parts::{Carrier, Door, Process};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio::sync::Notify;

#[derive(Debug)]
pub(crate) enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

/// Does the same with either kind.
macro_rules! either {
    ($stream:expr, $name:ident => $do:expr) => {
        match $stream {
            Stream::Tcp($name) => $do,
            #[cfg(unix)]
            Stream::Unix($name) => $do,
        }
    };
}

impl Stream {
    pub(crate) async fn readable(&self) -> io::Result<()> {
        either!(self, stream => stream.readable().await)
    }

    pub(crate) async fn writable(&self) -> io::Result<()> {
        either!(self, stream => stream.writable().await)
    }

    /// Appends what has come, at most as much as `buffer` has room for.
    pub(crate) fn try_read(&self, buffer: &mut BytesMut) -> io::Result<usize> {
        either!(self, stream => stream.try_read_buf(buffer))
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        either!(self, stream => stream.try_write(bytes))
    }

    fn finish(&self) {
        // It fails where the peer is gone already.
        let _ = either!(self, stream => socket2::SockRef::from(stream).shutdown(std::net::Shutdown::Write));
    }
}

/// What is below one connection.
#[derive(Debug)]
pub(crate) struct Wire {
    process: Arc<Process>,
    door: Arc<Door>,
    /// The connection's task has something to look at.
    pub(crate) wake: Notify,
    /// Less waits than before.
    pub(crate) room: Notify,
    /// The task knows that something waits.
    stuck: AtomicBool,
}

impl Wire {
    pub(crate) fn new(process: Arc<Process>, door: Arc<Door>) -> Self {
        Self {
            process,
            door,
            wake: Notify::new(),
            room: Notify::new(),
            stuck: AtomicBool::new(false),
        }
    }

    /// There is room on the wire again.
    pub(crate) fn unstuck(&self) {
        self.stuck.store(false, Ordering::Relaxed);
    }
}

impl Carrier for Wire {
    type Socket = Arc<Stream>;

    fn send(&self, socket: &Arc<Stream>, bytes: &[u8]) -> io::Result<usize> {
        socket.try_write(bytes)
    }

    fn finish(&self, socket: &Arc<Stream>) {
        socket.finish();
    }

    fn wake(&self) {
        self.wake.notify_one();
    }

    fn is_stuck(&self) {
        if !self.stuck.swap(true, Ordering::Relaxed) {
            self.wake.notify_one();
        }
    }

    fn process(&self) -> &Process {
        &self.process
    }

    fn door(&self) -> &Door {
        &self.door
    }
}
