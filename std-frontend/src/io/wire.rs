//! What is below the connections of this frontend: sockets of `mio`, and a thread that is woken to serve them.

use std::io;
use std::sync::Arc;

use super::stream::Stream;
use crate::access::Door;
use crate::link::Carrier;
use crate::process::Process;
use crate::shared::Shared;

/// One connection, seen from any thread.
pub(crate) type Link = crate::link::Link<Wire>;

#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) shared: Arc<Shared>,
    pub(crate) door: Arc<Door>,
}

impl Carrier for Wire {
    type Socket = Arc<Stream>;

    fn send(&self, socket: &Arc<Stream>, bytes: &[u8]) -> io::Result<usize> {
        socket.write(bytes)
    }

    fn finish(&self, socket: &Arc<Stream>) {
        socket.finish();
    }

    fn wake(&self) {
        self.shared.wake();
    }

    fn process(&self) -> &Process {
        &self.shared.process
    }

    fn door(&self) -> &Door {
        &self.door
    }

    fn is_abandoned(&self) -> bool {
        self.shared.descriptors.is_abandoned()
    }
}
