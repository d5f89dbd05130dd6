//! The family of this process, as the I/O thread serves it: the root knows every member, a member its children.
//!
//! Who announces a process to a client is the process that made it; a quiet one, which has no clients, leaves that to its
//! own parent, and so does one that has ended.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream as StdStream;
use std::sync::Arc;

use mio::net::UnixStream;
use mio::{Interest, Registry, Token};

use super::connection::Connection;
use super::record::Replay;
use super::stream::Stream;
use super::wire::{Link, Wire};
use super::{LISTENER, Server};
use crate::LOG;
use crate::address::Address;
use crate::family::{Child, Line, Message, Order, Transfer, Welcome, Will};
use crate::limits::MAX_DESCENDANTS;

/// A descendant, as the root knows it.
#[derive(Debug)]
struct Member {
    line: Line,
    /// There may be something to read or to send.
    stirs: bool,
    /// Once it has introduced itself.
    pid: Option<u32>,
    quiet: bool,
    held: bool,
    /// The member that announces it; `None` for the root.
    parent: Option<usize>,
}

/// The connection of a member to the root.
#[derive(Debug)]
struct Root {
    line: Line,
    stirs: bool,
    /// The root was told that there is a client.
    held: bool,
}

/// What this process is to its family.
#[derive(Debug, Default)]
pub(super) struct Kinship {
    welcome: Welcome,
    members: BTreeMap<usize, Member>,
    root: Option<Root>,
}

impl Kinship {
    /// This process is the root.
    pub(super) fn found(&mut self, welcome: Welcome) {
        self.welcome = welcome;
    }

    /// This process is a member; returns the number of the descriptor.
    pub(super) fn join(&mut self, registry: &Registry, socket: StdStream, token: Token) -> io::Result<i32> {
        let mut socket = UnixStream::from_std(socket);
        registry.register(&mut socket, token, Interest::READABLE | Interest::WRITABLE)?;
        let descriptor = socket.as_raw_fd();
        self.root = Some(Root {
            line: Line::new(socket),
            stirs: true,
            held: false,
        });
        Ok(descriptor)
    }

    /// Something happened to the connection of this number.
    pub(super) fn stir(&mut self, number: usize) {
        if number == LISTENER.0 {
            if let Some(root) = &mut self.root {
                root.stirs = true;
            }
        } else if let Some(member) = self.members.get_mut(&number) {
            member.stirs = true;
        }
    }

    /// What a child of that member is told.
    fn welcome_for(&self, parent: Option<usize>) -> Welcome {
        let mut welcome = self.welcome.clone();
        let parent = parent.and_then(|parent| self.members.get(&parent)?.pid);
        if let (Some(calls), Some(parent)) = (&mut welcome.calls, parent) {
            *calls = parent;
        }
        welcome
    }

    fn is_member(&self) -> bool {
        self.root.is_some()
    }

    fn number_of(&self, pid: u32) -> Option<usize> {
        // The latest, where a process has executed another program.
        let found = self.members.iter().rev().find(|(_, member)| member.pid == Some(pid));
        found.map(|(number, _)| *number)
    }
}

impl Server {
    /// Does what was ordered, and what members and the root say.
    pub(super) fn serve_family(&mut self) {
        for order in self.shared.family.take_orders() {
            match order {
                Order::Adopt { end, successor } if self.kinship.is_member() => {
                    self.tell_root(&Message::Adopt { successor }, Some(end));
                }
                Order::Adopt { end, successor: false } => self.adopt(end, None),
                // The root's own successor comes with the port, not by a connection.
                Order::Adopt { .. } => {}
                Order::LetGo(pid) => self.let_go(pid),
                Order::GaveUp => self.tell_root(&Message::GaveUp, None),
                Order::EndAll if self.kinship.is_member() => self.tell_root(&Message::EndAll, None),
                Order::EndAll => self.end_all(None),
            }
        }
        let stirs = |(number, member): (&usize, &mut Member)| core::mem::take(&mut member.stirs).then_some(*number);
        let stirring: Vec<usize> = self.kinship.members.iter_mut().filter_map(stirs).collect();
        for number in stirring {
            if self.hear_member(number).is_err() {
                self.bury(number);
            }
        }
        // To bury one may show that another has gone as well.
        let is_broken = |(number, member): (&usize, &Member)| member.line.is_broken().then_some(*number);
        while let Some(number) = self.kinship.members.iter().find_map(is_broken) {
            self.bury(number);
        }
        if self
            .kinship
            .root
            .as_mut()
            .is_some_and(|root| core::mem::take(&mut root.stirs))
            && let Err(error) = self.hear_root()
        {
            tracing::debug!(target: LOG, %error, "the process that this one descends from is gone");
            self.lose_root();
        }
        let unsent = self.kinship.root.as_ref().is_some_and(|root| !root.line.is_flushed());
        self.shared.family.set_unsent(unsent);
    }

    /// Follows what happened to clients: children do not wait for one whose parent has none, and the root knows.
    pub(super) fn look_after_family(&mut self) {
        if core::mem::take(&mut self.desk.left) {
            self.shared.family.forget_client();
            for pid in self.shared.family.take_waiting() {
                self.let_go(pid);
            }
        }
        let attached = self.shared.process.is_attached();
        if let Some(root) = &mut self.kinship.root
            && root.held != attached
        {
            root.held = attached;
            self.tell_root(&Message::Held(attached), None);
        }
    }

    fn tell_root(&mut self, message: &Message, descriptor: Option<OwnedFd>) {
        let Some(root) = &mut self.kinship.root else { return };
        if root.line.send(message, descriptor).is_err() {
            self.lose_root();
        }
    }

    fn lose_root(&mut self) {
        if let Some(mut root) = self.kinship.root.take() {
            self.shared.descriptors.remove(root.line.socket.as_raw_fd());
            let _ = self.poll.registry().deregister(&mut root.line.socket);
        }
        self.shared.family.set_reach(false);
        self.shared.process.let_go();
    }

    /// Takes a new descendant in.
    fn adopt(&mut self, end: OwnedFd, parent: Option<usize>) {
        self.shared.family.note();
        if self.kinship.members.len() >= MAX_DESCENDANTS {
            tracing::warn!(target: LOG, limit = MAX_DESCENDANTS, "too many descendants: one more runs undebugged");
            return;
        }
        let socket = StdStream::from(end);
        if let Err(error) = socket.set_nonblocking(true) {
            tracing::debug!(target: LOG, %error, "no connection to a descendant");
            return;
        }
        let mut socket = UnixStream::from_std(socket);
        let number = self.next;
        self.next += 1;
        let interest = Interest::READABLE | Interest::WRITABLE;
        if let Err(error) = self.poll.registry().register(&mut socket, Token(number), interest) {
            tracing::warn!(target: LOG, %error, "a descendant runs undebugged: it can't be watched");
            return;
        }
        self.shared.descriptors.add(socket.as_raw_fd());
        let member = Member {
            line: Line::new(socket),
            stirs: true,
            pid: None,
            quiet: false,
            held: false,
            parent,
        };
        self.kinship.members.insert(number, member);
        // It may have spoken before this.
        if self.hear_member(number).is_err() {
            self.bury(number);
        }
    }

    fn hear_member(&mut self, number: usize) -> io::Result<()> {
        loop {
            let Some(member) = self.kinship.members.get_mut(&number) else {
                return Ok(());
            };
            member.line.flush()?;
            let Some((message, descriptor)) = member.line.receive()? else {
                return Ok(());
            };
            let (parent, quiet) = (member.parent, member.quiet);
            match (message, descriptor) {
                (Message::Hello { pid, quiet }, _) if member.pid.is_none() => {
                    member.pid = Some(pid);
                    member.quiet = quiet;
                    let welcome = self.kinship.welcome_for(parent);
                    let Some(member) = self.kinship.members.get_mut(&number) else {
                        return Ok(());
                    };
                    member.line.send(&Message::Welcome(welcome), None)?;
                    if !quiet {
                        self.announce(number, parent, pid);
                    }
                }
                (Message::Adopt { successor }, Some(end)) => {
                    let parent = if successor || quiet { parent } else { Some(number) };
                    self.adopt(end, parent);
                }
                (Message::LetGo { pid }, _) => {
                    let child = self.kinship.number_of(pid);
                    let child = child.and_then(|child| self.kinship.members.get_mut(&child));
                    if let Some(child) = child.filter(|child| child.parent == Some(number)) {
                        // If it is gone, that shows by itself.
                        let _ = child.line.send(&Message::GoOn, None);
                    }
                }
                (Message::Held(held), _) => {
                    member.held = held;
                    if let Some(pid) = member.pid {
                        self.tell_parent(parent, pid, &Message::ChildHeld { pid, held });
                    }
                }
                (Message::GaveUp, _) => {
                    if let Some(pid) = member.pid {
                        self.tell_parent(parent, pid, &Message::ChildGaveUp { pid });
                    }
                }
                (Message::EndAll, _) => self.end_all(Some(number)),
                _ => return Err(io::ErrorKind::InvalidData.into()),
            }
        }
    }

    /// Has a new descendant announced to the client of its parent.
    fn announce(&mut self, number: usize, parent: Option<usize>, pid: u32) {
        match parent {
            None => self.consider(pid),
            Some(parent) => {
                let parent = self.kinship.members.get_mut(&parent);
                let told = parent.map(|parent| parent.line.send(&Message::Born { pid }, None).is_ok());
                if told != Some(true)
                    && let Some(member) = self.kinship.members.get_mut(&number)
                {
                    let _ = member.line.send(&Message::GoOn, None);
                }
            }
        }
    }

    fn tell_parent(&mut self, parent: Option<usize>, pid: u32, message: &Message) {
        match parent.and_then(|parent| self.kinship.members.get_mut(&parent)) {
            Some(parent) => {
                // If it is gone, that shows by itself.
                let _ = parent.line.send(message, None);
            }
            None => self.note(pid, message),
        }
    }

    /// Keeps in mind what becomes of a child of this process.
    fn note(&mut self, pid: u32, message: &Message) {
        let family = &self.shared.family;
        match message {
            Message::Died { .. } => family.remove(pid),
            Message::ChildHeld { held, .. } => family.hold(pid, *held),
            Message::ChildGaveUp { .. } => family.gave_up(pid),
            _ => {}
        }
    }

    /// A child of this process has begun: has it announced, and lets it go if nobody is there to whom it could be.
    fn consider(&mut self, pid: u32) {
        let child = Child {
            held: false,
            waits: true,
        };
        self.shared.family.add(pid, child);
        if !self.desk.child_began(pid) || self.shared.family.is_ignored() {
            self.let_go(pid);
        }
    }

    fn let_go(&mut self, pid: u32) {
        self.shared.family.change(pid, |child| child.waits = false);
        if self.kinship.is_member() {
            self.tell_root(&Message::LetGo { pid }, None);
        } else if let Some(number) = self.kinship.number_of(pid)
            && let Some(member) = self.kinship.members.get_mut(&number)
        {
            let _ = member.line.send(&Message::GoOn, None);
        }
    }

    /// Asks the descendants of a member, or all, to end.
    fn end_all(&mut self, ancestor: Option<usize>) {
        let numbers: Vec<usize> = self.kinship.members.keys().copied().collect();
        for number in numbers {
            if self.descends(number, ancestor)
                && let Some(member) = self.kinship.members.get_mut(&number)
            {
                let _ = member.line.send(&Message::End, None);
            }
        }
    }

    fn descends(&self, number: usize, ancestor: Option<usize>) -> bool {
        let Some(ancestor) = ancestor else { return true };
        let parent = |number: &usize| self.kinship.members.get(number)?.parent;
        // A parent is older than its child, so this ends.
        core::iter::successors(parent(&number), parent).any(|number| number == ancestor)
    }

    /// A member is gone.
    fn bury(&mut self, number: usize) {
        let Some(mut member) = self.kinship.members.remove(&number) else {
            return;
        };
        self.shared.descriptors.remove(member.line.socket.as_raw_fd());
        let _ = self.poll.registry().deregister(&mut member.line.socket);
        if let Some(pid) = member.pid
            && self.kinship.number_of(pid).is_none()
        {
            self.tell_parent(member.parent, pid, &Message::Died { pid });
        }
        let orphans: Vec<(usize, Option<u32>, bool)> = self
            .kinship
            .members
            .iter_mut()
            .filter(|(_, child)| child.parent == Some(number))
            .map(|(number, child)| {
                child.parent = member.parent;
                // Whoever was to speak for it has gone.
                let _ = child.line.send(&Message::GoOn, None);
                (*number, child.pid.filter(|_| !child.quiet), child.held)
            })
            .collect();
        // They are announced to the next client.
        for (_, pid, held) in orphans {
            let Some(pid) = pid else { continue };
            if member.parent.is_none() {
                self.shared.family.add(pid, Child { held, waits: false });
            } else {
                self.tell_parent(member.parent, pid, &Message::ChildHeld { pid, held });
            }
        }
    }

    fn hear_root(&mut self) -> io::Result<()> {
        loop {
            let Some(root) = &mut self.kinship.root else {
                return Ok(());
            };
            root.line.flush()?;
            let Some((message, descriptor)) = root.line.receive()? else {
                return Ok(());
            };
            match (message, descriptor) {
                (Message::GoOn, _) => self.shared.process.let_go(),
                (Message::Born { pid }, _) => self.consider(pid),
                (
                    message @ (Message::Died { pid } | Message::ChildHeld { pid, .. } | Message::ChildGaveUp { pid }),
                    _,
                ) => self.note(pid, &message),
                (Message::Client(transfer), Some(socket)) => self.take_over(transfer, socket),
                (Message::End, _) => self.desk.terminate(),
                _ => return Err(io::ErrorKind::InvalidData.into()),
            }
        }
    }

    /// Takes over a client that came to the root and wants this process.
    fn take_over(&mut self, transfer: Transfer, socket: OwnedFd) {
        let peer = transfer.peer.map_or(Address::Unix(None), Address::Tcp);
        let mut stream = match Stream::from_descriptor(socket, &peer) {
            Ok(stream) => stream,
            Err(error) => {
                tracing::warn!(target: LOG, %error, "a client that the root sent is lost");
                return;
            }
        };
        let number = self.next;
        self.next += 1;
        let interest = Interest::READABLE | Interest::WRITABLE;
        if let Err(error) = self.poll.registry().register(&mut stream, Token(number), interest) {
            tracing::warn!(target: LOG, %peer, %error, "connection refused: it can't be watched");
            return;
        }
        tracing::debug!(target: LOG, id = number, %peer, "connection, by way of the root");
        self.shared.descriptors.add(stream.descriptor());
        let socket = Arc::new(stream);
        let wire = Wire {
            shared: self.shared.clone(),
            door: self.door.clone(),
        };
        let link = Arc::new(Link::adopted(number as u64, peer, wire));
        let replay = Replay::new(transfer.record, transfer.answered);
        self.connections
            .insert(number, Connection::adopted(link, socket, self.patience, replay));
    }

    /// Gives a connection to the member that its client wants; `false` if there is none.
    pub(super) fn pass_on(&mut self, number: usize) -> bool {
        let Some(connection) = self.connections.get_mut(&number) else {
            return true;
        };
        let wanted = connection.wanted.as_ref().map(|wanted| wanted.pid);
        let Some(child) = wanted.and_then(|pid| self.kinship.number_of(pid)) else {
            return false;
        };
        // What waits to be sent could not go along.
        if connection.link.pending() > 0 {
            return false;
        }
        let Some((record, answered)) = connection.take_record() else {
            return false;
        };
        let Some(connection) = self.connections.remove(&number) else {
            return true;
        };
        let peer = connection.link.peer.tcp();
        connection.link.close();
        self.shared.descriptors.remove(connection.socket.descriptor());
        // The link let go of its half, so this is the last one.
        let Some(mut socket) = Arc::into_inner(connection.socket) else {
            return true;
        };
        let _ = self.poll.registry().deregister(&mut socket);
        let transfer = Transfer { peer, answered, record };
        tracing::debug!(target: LOG, id = number, "connection given to a descendant");
        if let Some(member) = self.kinship.members.get_mut(&child)
            && member
                .line
                .send(&Message::Client(transfer), Some(socket.into_descriptor()))
                .is_err()
        {
            self.bury(child);
        }
        true
    }

    /// What the program needs to know that takes the place of this one.
    pub(super) fn will(&self) -> Will {
        Will {
            welcome: self.kinship.welcome.clone(),
            access: self.door.access().clone(),
            held: self.shared.process.is_attached(),
        }
    }

    /// Lets go of everything without closing a descriptor: their numbers are not ours any more.
    pub(super) fn forget(self) {
        core::mem::forget(self);
    }
}
