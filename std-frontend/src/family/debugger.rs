//! What a program does for its descendants, and what a descendant does.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Instant;

use super::{Cradle, Greeted, Order, Welcome, greet};
use crate::access::Access;
use crate::address::Address;
use crate::debugger::Debugger;
use crate::debugger::Known;
use crate::host::Host;
use crate::io as server;
use crate::shared::lock;
use crate::stage::Patience;
use crate::standard::Occupied;
use crate::start_error::StartError;

/// Processes that descend from this one, and this one as a descendant. On Unix.
impl Debugger {
    /// Makes the connection of a process that is about to begin. `None` where it could not be debugged: nothing listens, or
    /// the process that does is gone.
    ///
    /// # Errors
    ///
    /// The system has no descriptor left.
    pub fn cradle(&self) -> io::Result<Option<Cradle>> {
        if self.shared.descriptors.is_abandoned() || !self.shared.family.reaches() {
            return Ok(None);
        }
        let _standard = Occupied::now();
        Cradle::new().map(Some)
    }

    /// Takes this process's end of a [`Cradle`], also when it is not known yet whether the new process begins at all. A
    /// `successor` takes the place of this very process, by `exec`.
    pub fn adopt(&self, ours: OwnedFd, successor: bool) {
        self.order(Order::Adopt { end: ours, successor });
    }

    /// The children of this process that a client may attach to now, by their process ids; grandchildren are not among
    /// them, unless their parent has ended.
    pub fn children(&self) -> Vec<u32> {
        if self.shared.descriptors.is_abandoned() {
            return Vec::new();
        }
        self.shared.family.free()
    }

    /// A child need not wait for a client any more.
    pub fn let_go(&self, pid: u32) {
        self.order(Order::LetGo(pid));
    }

    /// Lets descendants be debugged by who is at the other end of a connection that this process has opened: each opens one
    /// of its own to the same `address` ([`call_home`](Self::call_home)), and has `luggage` to say there who it is. Nothing
    /// where the server listens: then clients come to them by its port.
    pub fn raise_family(&self, address: &Address, luggage: String) {
        if self.shared.descriptors.is_abandoned() {
            return;
        }
        let mut welcome = Welcome::of(address, true, luggage);
        welcome.calls = Some(std::process::id());
        self.shared.order(server::Order::Raise(welcome));
        // A child that begins right now is taken in behind that.
        self.shared.family.set_reach(true);
    }

    /// Opens the connection of a descendant that is to call, after [`join`](Self::join).
    ///
    /// # Errors
    ///
    /// Nobody is there. It need not wait for a client.
    pub fn call_home(&self, welcome: &Welcome) -> Result<(), StartError> {
        let called = server::Stream::connect(&welcome.host, welcome.port);
        let (stream, peer) = called.inspect_err(|_| self.shared.process.let_go())?;
        self.shared.set_dialled(true);
        self.shared.order(server::Order::Dialled(stream, peer));
        Ok(())
    }

    /// Says, in a descendant, that nobody came in the time that it could wait. Its parent's client is not waited for again,
    /// unless it attaches to some child after all.
    pub fn give_up(&self) {
        self.order(Order::GaveUp);
    }

    /// Asks all descendants of this process to end ([`Host::terminate`]).
    pub fn end_descendants(&self) {
        self.order(Order::EndAll);
    }

    /// Waits until what this process has told the root has left it; `false` when the time is over.
    pub fn flush_family(&self, deadline: Instant) -> bool {
        while self.shared.family.is_unsent() {
            if Instant::now() >= deadline {
                return false;
            }
            self.shared.wake();
            std::thread::sleep(core::time::Duration::from_millis(1));
        }
        true
    }

    fn order(&self, order: Order) {
        if !self.shared.descriptors.is_abandoned() {
            self.shared.family.order(order);
            self.shared.wake();
        }
    }

    /// In a process that has just begun: introduces it to the root, over its end of a [`Cradle`], and waits for the answer.
    /// One that is `quiet` is not announced to clients; it speaks for its children, and they are.
    ///
    /// # Errors
    ///
    /// The root is gone or does not answer, or `theirs` is something else. The process runs on undebugged.
    pub fn greet(theirs: OwnedFd, quiet: bool) -> io::Result<Greeted> {
        greet(theirs, std::process::id(), quiet)
    }

    /// Serves clients that come to the root for this process, on a thread of its own, instead of [`start`](Self::start).
    ///
    /// # Errors
    ///
    /// The system gives no thread or no event queue.
    pub fn join(&self, greeted: Greeted, host: impl Host) -> io::Result<()> {
        let Greeted { welcome, pid, socket } = greeted;
        let mut known = lock(&self.known);
        if known.running || self.shared.ending().is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let _standard = Occupied::now();
        let address = welcome.address().ok_or(io::ErrorKind::InvalidData)?;
        let access = Access {
            evaluate: welcome.evaluate,
            ..Access::default()
        };
        self.shared.process.listening(&crate::Config::default());
        self.shared.family.set_member(pid);
        let post = server::Post::Root(socket);
        server::serve(post, Box::new(host), self.shared.clone(), access, Patience::default())
            .inspect_err(|_| self.shared.process.dormant())?;
        *known = Known {
            running: true,
            address: welcome.calls.is_none().then_some(address),
            inherited: false,
        };
        Ok(())
    }

    /// Tells whether this process is a descendant, served by [`join`](Self::join).
    pub fn is_descendant(&self) -> bool {
        !self.shared.descriptors.is_abandoned() && self.shared.family.member().is_some()
    }

    /// Blocks a descendant until a client was configured, or it need not wait, or the time is over: then `false` comes
    /// back. May be done in slices.
    pub fn hold_child(&self, deadline: Instant) -> bool {
        self.shared.descriptors.is_abandoned() || self.shared.process.hold_child(deadline)
    }
}
