//! What is below the connections of this frontend: sockets of `mio`, and a thread that is woken to serve them.

use core::net::SocketAddr;
use std::io::{self, Write};
use std::net::Shutdown;
use std::sync::Arc;

use mio::net::TcpStream;

use crate::link::Carrier;
use crate::process::Process;
use crate::shared::Shared;

/// One connection, seen from any thread.
pub(crate) type Link = crate::link::Link<Wire>;

#[derive(Debug)]
pub(crate) struct Wire(pub(crate) Arc<Shared>);

impl Carrier for Wire {
    type Socket = Arc<TcpStream>;
    type Peer = SocketAddr;

    fn send(&self, socket: &Arc<TcpStream>, bytes: &[u8]) -> io::Result<usize> {
        (&**socket).write(bytes)
    }

    fn finish(&self, socket: &Arc<TcpStream>) {
        // It fails where the peer is gone already.
        let _ = socket.shutdown(Shutdown::Write);
    }

    fn wake(&self) {
        self.0.wake();
    }

    fn process(&self) -> &Process {
        &self.0.process
    }

    fn is_abandoned(&self) -> bool {
        self.0.descriptors.is_abandoned()
    }
}
