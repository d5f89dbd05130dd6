//! A process and its descendants that are debugged through one port.
//!
//! The process that listens is the root. Each descendant has one connection to it, a pair of sockets that was made before
//! it began: there is no address that a stranger could connect to, and no secret. A descendant that has a child itself
//! sends the other end on to the root, over its own connection, so that the root knows them all, and a family goes on when
//! a member in the middle has ended.
//!
//! A client that wants a descendant comes to the root's port and says `attach` with `subProcessId`. When the rules of access
//! have let it in, its socket itself goes to the descendant, with all bytes that came from it so far; what the root has
//! answered is answered there again, and not sent. From then on the root has no part in that session.
//!
//! A root that has no port, because it has itself opened the connection to an adapter, knows its descendants in the same
//! way, and each opens a connection of its own to that adapter.

mod debugger;
mod line;
mod message;
mod succession;
#[cfg(test)]
mod tests;

use core::net::IpAddr;
use core::time::Duration;
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

pub(crate) use line::Line;
pub use message::Welcome;
pub(crate) use message::{Message, RECORD_LIMIT, Transfer};
pub use succession::{Bequest, Will};

use crate::address::Address;
use crate::listener::{Place, place};
use crate::shared::lock;
use crate::sync::Mutex;

/// How long a new process waits for the root to answer its first word.
const GREETING: Duration = Duration::from_secs(2);

/// What the program's threads want of the I/O thread.
#[derive(Debug)]
pub(crate) enum Order {
    /// A descendant's connection begins here.
    Adopt { end: OwnedFd, successor: bool },
    /// This child need not wait for a client.
    LetGo(u32),
    /// This process has waited for one in vain.
    GaveUp,
    /// All descendants are to end.
    EndAll,
}

/// A child of this process, or of one that has no sessions itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Child {
    /// It has a client.
    pub(crate) held: bool,
    /// It may wait for one.
    pub(crate) waits: bool,
}

#[derive(Debug, Default)]
struct State {
    orders: Vec<Order>,
    /// Connections of descendants can reach the root.
    reaches: bool,
    /// This process is a descendant itself, and known by this number.
    member: Option<u32>,
    children: BTreeMap<u32, Child>,
    /// There was a descendant.
    ever: bool,
    /// A child got a client while the present one of this process was there.
    taken: bool,
    /// None did, and one has waited in vain: the client is not interested.
    ignored: bool,
    /// Bytes or descriptors still wait to be sent to the root.
    unsent: bool,
}

/// What the threads of this process know of its family. The lock is held for a few instructions.
#[derive(Debug, Default)]
pub(crate) struct Family(Mutex<State>);

impl Family {
    /// From now on descendants can be adopted, or not any more.
    pub(crate) fn set_reach(&self, reaches: bool) {
        let mut state = lock(&self.0);
        state.reaches = reaches;
        if !reaches {
            state.orders.clear();
            state.children.clear();
        }
    }

    /// This process is a descendant.
    pub(crate) fn set_member(&self, pid: u32) {
        lock(&self.0).member = Some(pid);
    }

    /// The process id by which the root knows this descendant.
    pub(crate) fn member(&self) -> Option<u32> {
        lock(&self.0).member
    }

    /// Tells whether descendants can be adopted.
    pub(crate) fn reaches(&self) -> bool {
        lock(&self.0).reaches
    }

    pub(crate) fn order(&self, order: Order) {
        let mut state = lock(&self.0);
        if state.reaches {
            state.unsent = true;
            state.orders.push(order);
        }
    }

    pub(crate) fn take_orders(&self) -> Vec<Order> {
        core::mem::take(&mut lock(&self.0).orders)
    }

    pub(crate) fn has_orders(&self) -> bool {
        !lock(&self.0).orders.is_empty()
    }

    /// Says whether something still waits to be sent to the root.
    pub(crate) fn set_unsent(&self, unsent: bool) {
        let mut state = lock(&self.0);
        state.unsent = unsent || !state.orders.is_empty();
    }

    /// Tells whether something still waits to be sent to the root.
    pub(crate) fn is_unsent(&self) -> bool {
        lock(&self.0).unsent
    }

    /// There is a descendant, whoever's it is.
    pub(crate) fn note(&self) {
        lock(&self.0).ever = true;
    }

    /// Tells whether there was ever one.
    pub(crate) fn was_ever(&self) -> bool {
        lock(&self.0).ever
    }

    pub(crate) fn add(&self, pid: u32, child: Child) {
        lock(&self.0).children.insert(pid, child);
    }

    pub(crate) fn remove(&self, pid: u32) {
        lock(&self.0).children.remove(&pid);
    }

    pub(crate) fn change(&self, pid: u32, change: impl FnOnce(&mut Child)) {
        if let Some(child) = lock(&self.0).children.get_mut(&pid) {
            change(child);
        }
    }

    /// A child got a client, or lost it.
    pub(crate) fn hold(&self, pid: u32, held: bool) {
        self.change(pid, |child| child.held = held);
        if held {
            let mut state = lock(&self.0);
            state.taken = true;
            state.ignored = false;
        }
    }

    /// A child has waited in vain.
    pub(crate) fn gave_up(&self, pid: u32) {
        self.change(pid, |child| child.waits = false);
        let mut state = lock(&self.0);
        state.ignored = !state.taken;
    }

    /// Whether it is known that the client attaches to no child.
    pub(crate) fn is_ignored(&self) -> bool {
        lock(&self.0).ignored
    }

    /// The client has gone: the next one may be interested.
    pub(crate) fn forget_client(&self) {
        let mut state = lock(&self.0);
        (state.taken, state.ignored) = (false, false);
    }

    /// The children that a client may attach to now.
    pub(crate) fn free(&self) -> Vec<u32> {
        let state = lock(&self.0);
        let free = state.children.iter().filter(|(_, child)| !child.held);
        free.map(|(pid, _)| *pid).collect()
    }

    /// Those that may wait for a client; they are told not to, and count as told.
    pub(crate) fn take_waiting(&self) -> Vec<u32> {
        let mut state = lock(&self.0);
        let waiting = state.children.iter_mut().filter(|(_, child)| child.waits);
        waiting
            .map(|(pid, child)| {
                child.waits = false;
                *pid
            })
            .collect()
    }
}

impl Welcome {
    /// Of a server that listens there.
    pub(crate) fn of(address: &Address, evaluate: bool, luggage: String) -> Self {
        let (host, port) = match address.tcp() {
            Some(tcp) => (tcp.ip().to_string(), tcp.port()),
            None => (address.to_string(), 0),
        };
        Self {
            host,
            port,
            evaluate,
            calls: None,
            luggage,
        }
    }

    /// Where that server listens.
    pub(crate) fn address(&self) -> Option<Address> {
        match place(&self.host) {
            Place::Unix(path) => Some(Address::Unix(Some(path.into()))),
            Place::Tcp(host) => Some(Address::Tcp((host.parse::<IpAddr>().ok()?, self.port).into())),
        }
    }
}

/// The two ends of the connection of a process that is about to begin.
#[derive(Debug)]
pub struct Cradle {
    /// For [`Debugger::adopt`](crate::Debugger::adopt), in this process.
    pub ours: OwnedFd,
    /// For [`Debugger::greet`](crate::Debugger::greet), in the new one. Closed by `exec` unless that is changed.
    pub theirs: OwnedFd,
}

impl Cradle {
    pub(crate) fn new() -> io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        Ok(Self {
            ours: ours.into(),
            theirs: theirs.into(),
        })
    }
}

/// The connection of this process to the root, which has answered.
#[derive(Debug)]
pub struct Greeted {
    /// What it said.
    pub welcome: Welcome,
    pub(crate) pid: u32,
    pub(crate) socket: UnixStream,
}

/// Introduces this process to the root.
pub(crate) fn greet(end: OwnedFd, pid: u32, quiet: bool) -> io::Result<Greeted> {
    let mut socket = UnixStream::from(end);
    // Not a socket of this kind: whoever closed it meanwhile has given its number to something else.
    socket.local_addr()?;
    socket.set_nonblocking(false)?;
    socket.set_read_timeout(Some(GREETING))?;
    socket.set_write_timeout(Some(GREETING))?;
    socket.write_all(&Message::Hello { pid, quiet }.encode())?;
    let mut length = [0; 4];
    socket.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > message::LIMIT {
        return Err(io::ErrorKind::InvalidData.into());
    }
    // Not a byte more: a descriptor may follow.
    let mut bytes = vec![0; length];
    socket.read_exact(&mut bytes)?;
    let Some(Message::Welcome(welcome)) = Message::decode(&bytes) else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    socket.set_nonblocking(true)?;
    Ok(Greeted { welcome, pid, socket })
}
