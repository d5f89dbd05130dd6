//! The one thread that serves the listener and all connections.
//!
//! Sockets never block, and the system is asked which of them are ready, so a connection that says nothing costs a
//! small buffer and no thread. Readiness comes edge-triggered: what was reported once is remembered in the connection
//! until a read or a write says that it is over.

mod connection;
mod desk;
mod inbox;
#[cfg(unix)]
mod kinship;
mod record;
mod stream;
#[cfg(test)]
mod tests;
mod wire;

use core::time::Duration;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use mio::{Events, Interest, Poll, Token, Waker};

use crate::LOG;
use crate::access::{Access, Door};
use crate::address::{Address, Origin};
use crate::host::{Disconnect, Host};
use crate::limits::{ACCEPT_PAUSE, FAREWELL, TURN_ACCEPTS};
use crate::listener::is_about_one_peer;
use crate::rules;
use crate::shared::Shared;
use crate::signals;
use crate::stage::{Patience, Stage};
use connection::{Connection, Fate};
use desk::Desk;
pub(crate) use stream::Listener;
pub(crate) use stream::Stream;
pub(crate) use wire::{Link, Wire};

const LISTENER: Token = Token(0);
const WAKER: Token = Token(1);
/// Connections are numbered from here on, in the order of their arrival; no number comes twice.
const FIRST: usize = 2;

/// What a running server is asked for.
#[derive(Debug)]
pub(crate) enum Order {
    /// To listen as well.
    Listen(Port, Access),
    /// To serve a connection that the program opened.
    Dialled(Stream, Address),
    /// To go by other rules, and to tell descendants so.
    #[cfg(unix)]
    Rules(Access, crate::family::Welcome),
    /// To take descendants in, which call where this process has called.
    #[cfg(unix)]
    Raise(crate::family::Welcome),
    /// To say what the program needs that takes the place of this one, and to leave who comes to that.
    #[cfg(unix)]
    Bequeath(std::sync::mpsc::Sender<(std::os::fd::OwnedFd, crate::family::Will)>),
    /// To go on: no other program has taken the place.
    #[cfg(unix)]
    Stay,
}

/// A socket that clients come to.
#[derive(Debug)]
pub(crate) struct Port {
    pub(crate) listener: Listener,
    /// For descendants.
    #[cfg(unix)]
    pub(crate) welcome: crate::family::Welcome,
}

/// Where a server gets its clients from.
pub(crate) enum Post {
    /// They come to this socket.
    Port(Port),
    /// The root of the family sends them.
    #[cfg(unix)]
    Root(std::os::unix::net::UnixStream),
    /// The program goes to them: see [`Order`].
    Nowhere,
}

#[cfg(test)]
impl From<Listener> for Post {
    fn from(listener: Listener) -> Self {
        Self::Port(Port {
            listener,
            #[cfg(unix)]
            welcome: crate::family::Welcome::default(),
        })
    }
}

/// Serves a post, and what it is ordered to, on a thread of its own for the rest of the process.
pub(crate) fn serve(
    post: Post,
    host: Box<dyn Host>,
    shared: Arc<Shared>,
    access: Access,
    patience: Patience,
) -> io::Result<()> {
    let poll = Poll::new()?;
    let waker = Waker::new(poll.registry(), WAKER)?;
    #[cfg(unix)]
    let mut kinship = kinship::Kinship::default();
    let (listener, descriptor) = match post {
        Post::Port(mut port) => {
            poll.registry()
                .register(&mut port.listener, LISTENER, Interest::READABLE)?;
            #[cfg(unix)]
            kinship.found(port.welcome);
            let descriptor = port.listener.descriptor();
            (Some(port.listener), Some(descriptor))
        }
        #[cfg(unix)]
        Post::Root(socket) => (None, Some(kinship.join(poll.registry(), socket, LISTENER)?)),
        Post::Nowhere => (None, None),
    };
    #[cfg(unix)]
    shared.family.set_reach(descriptor.is_some());
    let server = Server {
        poll,
        desk: Desk::new(host, shared.clone(), patience),
        door: Arc::new(Door::new(access, patience.token_delay)),
        shared: shared.clone(),
        listener,
        #[cfg(unix)]
        kinship,
        accepting: Accepting::Idle,
        connections: BTreeMap::new(),
        next: FIRST,
        patience,
        farewell: None,
    };
    if let Some(descriptor) = descriptor {
        shared.descriptors.add(descriptor);
    }
    let blocked = signals::block();
    let thread = std::thread::Builder::new().name("dapstub-io".into()).spawn(move || {
        // There is one such thread in the life of a server, so nothing was set before.
        let _ = server.shared.thread.set(std::thread::current().id());
        let _ = server.shared.waker.set(waker);
        server.run();
    });
    drop(blocked);
    thread.map(drop).inspect_err(|_| {
        #[cfg(unix)]
        shared.family.set_reach(false);
        if let Some(descriptor) = descriptor {
            shared.descriptors.remove(descriptor);
        }
    })
}

/// Whether somebody waits to be accepted.
#[derive(Clone, Copy, Debug)]
enum Accepting {
    /// Nobody, until the system says otherwise.
    Idle,
    /// Perhaps.
    Ready,
    /// Perhaps, but the system had no descriptor left: not before this time.
    Paused(Instant),
    /// Perhaps, but the next program in this process sees to that.
    #[cfg(unix)]
    Left,
}

struct Server {
    poll: Poll,
    desk: Desk,
    door: Arc<Door>,
    shared: Arc<Shared>,
    /// `None` while it does not listen, once it ends, and in a child.
    listener: Option<Listener>,
    #[cfg(unix)]
    kinship: kinship::Kinship,
    accepting: Accepting,
    /// By number, so the oldest comes first.
    connections: BTreeMap<usize, Connection>,
    next: usize,
    patience: Patience,
    /// The server ends: until then the attached client may say goodbye.
    farewell: Option<Instant>,
}

/// Says that the thread is gone, also when it panicked.
struct Gone(Arc<Shared>);

impl Drop for Gone {
    fn drop(&mut self) {
        #[cfg(unix)]
        self.0.family.set_reach(false);
        self.0.process.let_go();
        self.0.process.cancel();
        self.0.set_ended();
    }
}

impl Server {
    fn run(mut self) {
        let _gone = Gone(self.shared.clone());
        let mut events = Events::with_capacity(128);
        let mut due = Vec::new();
        loop {
            self.obey();
            if self.is_over() {
                break;
            }
            let wait = self.wait();
            match self.poll.poll(&mut events, wait) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                // A child that closes all its descriptors, to become a daemon, say, has closed ours as well. Their numbers may
                // be others' by now.
                #[cfg(unix)]
                Err(error)
                    if self.listener.is_none()
                        && error.raw_os_error() == Some(rustix::io::Errno::BADF.raw_os_error()) =>
                {
                    self.forget();
                    return;
                }
                Err(error) => {
                    tracing::error!(target: LOG, %error, "waiting for sockets failed");
                    std::thread::sleep(ACCEPT_PAUSE);
                }
            }
            for event in &events {
                match event.token() {
                    LISTENER if self.listener.is_some() && matches!(self.accepting, Accepting::Idle) => {
                        self.accepting = Accepting::Ready;
                    }
                    #[cfg(unix)]
                    LISTENER if self.listener.is_none() => self.kinship.stir(LISTENER.0),
                    LISTENER | WAKER => {}
                    Token(number) => {
                        #[cfg(unix)]
                        self.kinship.stir(number);
                        if let Some(connection) = self.connections.get_mut(&number) {
                            connection.readable |= event.is_readable() || event.is_read_closed() || event.is_error();
                            connection.writable |= event.is_writable() || event.is_write_closed() || event.is_error();
                        }
                    }
                }
            }
            self.accept();
            #[cfg(unix)]
            self.serve_family();
            let now = Instant::now();
            due.extend(
                self.connections
                    .iter()
                    .filter(|(_, connection)| connection.is_due(now))
                    .map(|(&number, _)| number),
            );
            for number in due.drain(..) {
                self.turn(number);
            }
            self.expire();
            #[cfg(unix)]
            self.look_after_family();
        }
    }

    /// Does what was ordered meanwhile.
    fn obey(&mut self) {
        for order in self.shared.take_orders() {
            match order {
                Order::Listen(port, access) => {
                    let mut listener = port.listener;
                    if let Some(mut old) = self.listener.take() {
                        self.shared.descriptors.remove(old.descriptor());
                        let _ = self.poll.registry().deregister(&mut old);
                    }
                    let registered = self
                        .poll
                        .registry()
                        .register(&mut listener, LISTENER, Interest::READABLE);
                    if let Err(error) = registered {
                        tracing::error!(target: LOG, %error, "the listener can't be watched");
                        continue;
                    }
                    self.shared.descriptors.add(listener.descriptor());
                    #[cfg(unix)]
                    {
                        self.kinship.found(port.welcome);
                        self.shared.family.set_reach(true);
                    }
                    self.door = Arc::new(Door::new(access, self.patience.token_delay));
                    self.listener = Some(listener);
                    self.accepting = Accepting::Ready;
                }
                Order::Dialled(stream, peer) => self.take_in(stream, peer, true),
                #[cfg(unix)]
                Order::Rules(access, welcome) => {
                    self.kinship.found(welcome);
                    self.door = Arc::new(Door::new(access, self.patience.token_delay));
                }
                #[cfg(unix)]
                Order::Raise(welcome) if self.listener.is_none() => {
                    self.kinship.found(welcome);
                    self.shared.family.set_reach(true);
                }
                // They come by the port.
                #[cfg(unix)]
                Order::Raise(_) => {}
                #[cfg(unix)]
                Order::Bequeath(heir) => {
                    let Some(listener) = &self.listener else { continue };
                    match listener.duplicate() {
                        // Whoever asked may have given up.
                        Ok(listener) => {
                            drop(heir.send((listener, self.will())));
                            self.accepting = Accepting::Left;
                        }
                        Err(error) => tracing::debug!(target: LOG, %error, "the port can't be handed on"),
                    }
                }
                #[cfg(unix)]
                Order::Stay => self.accepting = Accepting::Ready,
            }
        }
    }

    /// How long nothing can be due.
    fn wait(&self) -> Option<Duration> {
        let now = Instant::now();
        if matches!(self.accepting, Accepting::Ready) || self.connections.values().any(|one| one.is_due(now)) {
            return Some(Duration::ZERO);
        }
        #[cfg(unix)]
        if self.shared.family.has_orders() {
            return Some(Duration::ZERO);
        }
        let pause = match self.accepting {
            Accepting::Paused(until) => Some(until),
            _ => None,
        };
        let deadlines = self.connections.values().flat_map(Connection::deadlines);
        let next = deadlines
            .chain(pause)
            .chain(self.farewell)
            .chain(self.shared.ending())
            .min()?;
        Some(next.saturating_duration_since(now))
    }

    fn turn(&mut self, number: usize) {
        let Some(connection) = self.connections.get_mut(&number) else {
            return;
        };
        match connection.turn(&mut self.desk) {
            Fate::Stay => {}
            Fate::Close => self.close(number),
            Fate::HandOver => self.hand_over(number),
        }
    }

    /// Gives a connection to the child that its client wants, or answers that there is none.
    fn hand_over(&mut self, number: usize) {
        #[cfg(unix)]
        if self.pass_on(number) {
            return;
        }
        if let Some(connection) = self.connections.get_mut(&number)
            && let Some(wanted) = connection.wanted.take()
        {
            Desk::no_child(&connection.link, wanted);
            connection.stay();
        }
    }

    /// Accepts who waits, unless the system has nothing left for them.
    fn accept(&mut self) {
        match self.accepting {
            Accepting::Idle => return,
            #[cfg(unix)]
            Accepting::Left => return,
            Accepting::Paused(until) if Instant::now() < until => return,
            Accepting::Ready | Accepting::Paused(_) => {}
        }
        for _ in 0..TURN_ACCEPTS {
            let Some(listener) = &self.listener else { return };
            if let Some(until) = self.door.wait(Instant::now()) {
                self.accepting = Accepting::Paused(until);
                return;
            }
            match listener.accept() {
                Ok((stream, peer)) => self.admit(stream, peer),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.accepting = Accepting::Idle;
                    return;
                }
                Err(error) if is_about_one_peer(&error) => {
                    tracing::debug!(target: LOG, %error, "a connection was gone before it was accepted");
                }
                Err(error) => {
                    if !matches!(self.accepting, Accepting::Paused(_)) {
                        tracing::warn!(target: LOG, %error, "can't accept connections; trying again");
                    }
                    self.accepting = Accepting::Paused(Instant::now() + ACCEPT_PAUSE);
                    return;
                }
            }
        }
        self.accepting = Accepting::Ready;
    }

    /// Takes a new connection in, if need be in the place of the one that is missed least.
    fn admit(&mut self, stream: Stream, peer: Address) {
        if !self.door.admits(&peer, Instant::now()) {
            return;
        }
        let unattached = self
            .connections
            .values()
            .filter(|connection| !connection.stage.is_attached() && !connection.link.dialled)
            .map(|connection| {
                (
                    connection.link.id,
                    connection.stage.rank(),
                    Origin::from(&connection.link.peer),
                )
            });
        if let Some(number) = rules::least_missed(unattached, Origin::from(&peer)) {
            let number = number as usize;
            if let Some(connection) = self.connections.get(&number) {
                rules::crowded_out(&connection.link);
            }
            self.close(number);
        }
        self.take_in(stream, peer, false);
    }

    /// Serves a connection from now on.
    fn take_in(&mut self, mut stream: Stream, peer: Address, dialled: bool) {
        let number = self.next;
        self.next += 1;
        stream.tune();
        let interest = Interest::READABLE | Interest::WRITABLE;
        if let Err(error) = self.poll.registry().register(&mut stream, Token(number), interest) {
            tracing::warn!(target: LOG, %peer, %error, "connection refused: it can't be watched");
            if dialled {
                self.shared.set_dialled(false);
            }
            return;
        }
        tracing::debug!(target: LOG, id = number, %peer, "connection");
        self.shared.descriptors.add(stream.descriptor());
        let socket = Arc::new(stream);
        let wire = Wire {
            shared: self.shared.clone(),
            door: self.door.clone(),
        };
        let make = if dialled { Link::dialled } else { Link::new };
        let link = make(number as u64, peer, wire, socket.clone());
        self.connections
            .insert(number, Connection::new(Arc::new(link), socket, self.patience));
    }

    /// Closes a connection at once.
    fn close(&mut self, number: usize) {
        let Some(mut connection) = self.connections.remove(&number) else {
            return;
        };
        self.desk
            .release(&connection.link, &mut connection.stage, Disconnect::Lost);
        connection.link.close();
        if connection.link.dialled {
            self.shared.set_dialled(false);
            // A child that has called in vain.
            #[cfg(unix)]
            if self.shared.family.member().is_some() {
                self.shared.process.let_go();
            }
        }
        self.shared.descriptors.remove(connection.socket.descriptor());
        // The link let go of its half, so this is the last one.
        if let Some(mut socket) = Arc::into_inner(connection.socket)
            && let Err(error) = self.poll.registry().deregister(&mut socket)
        {
            tracing::debug!(target: LOG, id = number, %error, "deregister");
        }
    }

    /// Ends the connections whose time is over.
    fn expire(&mut self) {
        let now = Instant::now();
        let over = |connection: &Connection| connection.deadline.is_some_and(|deadline| deadline <= now);
        let late: Vec<usize> = self
            .connections
            .iter()
            .filter(|(_, connection)| over(connection))
            .map(|(&number, _)| number)
            .collect();
        for number in late {
            if let Some(connection) = self.connections.get(&number) {
                rules::too_late(&connection.link, connection.stage);
            }
            self.close(number);
        }
    }

    /// Tells whether the thread is done; begins with the end when somebody asked for it.
    fn is_over(&mut self) -> bool {
        let Some(deadline) = self.shared.ending() else {
            return false;
        };
        let now = Instant::now();
        let begins = self.farewell.is_none();
        let farewell = *self.farewell.get_or_insert(deadline.min(now + FAREWELL));
        if begins {
            if let Some(mut listener) = self.listener.take() {
                self.shared.descriptors.remove(listener.descriptor());
                let _ = self.poll.registry().deregister(&mut listener);
            }
            self.accepting = Accepting::Idle;
            for connection in self.connections.values_mut() {
                if connection.stage.is_attached() {
                    self.desk.end(&connection.link);
                } else if connection.stage != Stage::Leaving {
                    connection.leave(&mut self.desk, Disconnect::Closed);
                    connection.writable = true;
                }
            }
        }
        if farewell <= now {
            self.farewell = Some(deadline);
            for connection in self
                .connections
                .values_mut()
                .filter(|connection| connection.stage.is_attached())
            {
                connection.leave(&mut self.desk, Disconnect::Closed);
                connection.writable = true;
            }
        }
        if deadline <= now {
            while let Some((&number, _)) = self.connections.first_key_value() {
                self.close(number);
            }
        }
        self.connections.is_empty()
    }
}
