//! The handle on the debug server of this process.

use core::time::Duration;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use dapstub::config::Config;

use crate::LOG;
use crate::access::Access;
use crate::address::Address;
use crate::host::Host;
use crate::process::{Waited, Waiter};
use crate::setup::Setup;
use crate::shared::{Shared, lock};
use crate::stage::Patience;
use crate::standard::Occupied;
use crate::start_error::{StartError, StartFailure};
use crate::sync::Mutex;
use crate::{io as server, listener};

/// The debug server of a process: dormant until [`start`](Self::start), then listening for the rest of the process.
///
/// While dormant there is no socket, no thread and no cost. Cheap to clone; a program has one.
#[derive(Clone, Debug)]
pub struct Debugger {
    pub(crate) shared: Arc<Shared>,
    /// Held while a start is under way, so that there is only one.
    pub(crate) known: Arc<Mutex<Known>>,
}

/// What is known of the server.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// It has its thread.
    pub(crate) running: bool,
    /// Where it listens, once it does.
    pub(crate) address: Option<Address>,
    /// It came with the socket from the program whose place this one has taken, which the program itself does not know.
    pub(crate) inherited: bool,
}

/// A server that runs.
#[derive(Debug)]
pub struct Started {
    /// Where it listens; the port is the real one where 0 was asked for.
    pub address: Address,
    /// It ran before: this call changed nothing.
    pub already: bool,
    /// The configuration says that the program is to be held: wait with it. It began before the port was open, so no
    /// client is missed. Never set where [`already`](Self::already) is.
    pub hold: Option<Waiter>,
}

impl Default for Debugger {
    fn default() -> Self {
        Self::new()
    }
}

impl Debugger {
    /// Makes a dormant server.
    pub fn new() -> Self {
        Self {
            shared: Arc::new(Shared::new()),
            known: Arc::default(),
        }
    }

    /// Listens at the host and port of a [`Config`](crate::Config), of the [`Settings`](crate::config::Settings) of a file, or
    /// of a [`Setup`], and serves `host` on a thread of its own. A host of the form `unix:/path` is a Unix socket for the
    /// user of this process alone.
    ///
    /// Only the first call does that. Every later one answers with the address and changes nothing; its `host` is
    /// dropped. [`Config::start`](crate::Config::start) is not looked at: whoever calls this wants a start.
    ///
    /// # Errors
    ///
    /// [`StartError`]; the process is as it was before, and another start may be tried.
    pub fn start(&self, setup: impl Into<Setup>, host: impl Host) -> Result<Started, StartError> {
        let Setup {
            config,
            access,
            patience,
            luggage,
        } = setup.into();
        let refuse = |failure, error| StartError::new(&config.host, config.port, failure, error);
        if self.shared.descriptors.is_abandoned() {
            let text = "it belongs to the process that this one was forked from";
            return Err(refuse(StartFailure::Ended, io::Error::other(text)));
        }
        let mut known = lock(&self.known);
        if self.shared.ending().is_some() {
            return Err(refuse(StartFailure::Ended, io::Error::other("it was shut down")));
        }
        #[cfg(unix)]
        let moves = |address: &Address| !listener::means(&config.host, config.port, address);
        #[cfg(not(unix))]
        let moves = |_: &Address| false;
        let inherited = known.inherited;
        if let Some(address) = known.address.clone()
            && !(inherited && moves(&address))
        {
            known.inherited = false;
            #[cfg(unix)]
            if inherited {
                listener::warn_of(&address, &access);
                let welcome = crate::family::Welcome::of(&address, access.evaluate, luggage);
                self.shared.order(server::Order::Rules(access, welcome));
            }
            return Ok(Started {
                address,
                already: !inherited,
                hold: (inherited && config.holds()).then(|| self.waiter()),
            });
        }
        let _standard = Occupied::now();
        let (listener, address) = listener::bind(&config.host, config.port)?;
        let hold = config.holds().then(|| self.waiter());
        listener::warn_of(&address, &access);
        #[cfg(not(unix))]
        let _ = luggage;
        let port = server::Port {
            listener,
            #[cfg(unix)]
            welcome: crate::family::Welcome::of(&address, access.evaluate, luggage),
        };
        if known.running {
            self.shared.order(server::Order::Listen(port, access));
        } else {
            self.shared.process.listening(&config);
            let post = server::Post::Port(port);
            server::serve(post, Box::new(host), self.shared.clone(), access, patience).map_err(|error| {
                self.shared.process.dormant();
                refuse(StartFailure::Resources, error)
            })?;
        }
        *known = Known {
            running: true,
            address: Some(address.clone()),
            inherited: false,
        };
        drop(known);
        tracing::info!(target: LOG, %address, "listening for a debugger");
        Ok(Started {
            address,
            already: false,
            hold,
        })
    }

    /// Returns where the server listens; `None` while it is dormant.
    pub fn address(&self) -> Option<Address> {
        if self.shared.descriptors.is_abandoned() {
            return None;
        }
        lock(&self.known).address.clone()
    }

    /// Connects to a client, or to an adapter, that waits at this host and port (or `unix:/path`), and serves it as if it had
    /// come. Blocks until the connection stands. `host` is dropped where a server runs already.
    ///
    /// The program runs on when the connection ends; another one may be opened then. A [`start`](Self::start) that comes
    /// later listens besides. Returns `false`, and does nothing, where the server listens or has a client.
    ///
    /// # Errors
    ///
    /// [`StartError`]; the process is as it was before.
    pub fn connect(&self, name: &str, port: u16, host: impl Host) -> Result<bool, StartError> {
        let refuse = |failure, error| StartError::new(name, port, failure, error);
        if self.shared.descriptors.is_abandoned() {
            let text = "it belongs to the process that this one was forked from";
            return Err(refuse(StartFailure::Ended, io::Error::other(text)));
        }
        let mut known = lock(&self.known);
        if self.shared.ending().is_some() {
            return Err(refuse(StartFailure::Ended, io::Error::other("it was shut down")));
        }
        if known.address.is_some() || self.shared.is_dialled() {
            return Ok(false);
        }
        let _standard = Occupied::now();
        let (stream, peer) = server::Stream::connect(name, port)?;
        if !known.running {
            self.shared.process.listening(&Config::default());
            let (access, patience) = (Access::default(), Patience::default());
            server::serve(
                server::Post::Nowhere,
                Box::new(host),
                self.shared.clone(),
                access,
                patience,
            )
            .map_err(|error| {
                self.shared.process.dormant();
                refuse(StartFailure::Resources, error)
            })?;
            known.running = true;
        }
        tracing::info!(target: LOG, %peer, "connected to a debugger");
        self.shared.set_dialled(true);
        self.shared.order(server::Order::Dialled(stream, peer));
        Ok(true)
    }

    /// Tells whether the server runs: it listens, or has been connected to a client.
    pub fn is_running(&self) -> bool {
        !self.shared.descriptors.is_abandoned() && lock(&self.known).running
    }

    /// Tells whether the connection that [`connect`](Self::connect) has opened stands.
    pub fn is_dialled(&self) -> bool {
        !self.shared.descriptors.is_abandoned() && self.shared.is_dialled()
    }

    /// Tells whether a client is attached.
    pub fn is_client_connected(&self) -> bool {
        !self.shared.descriptors.is_abandoned() && self.shared.process.is_attached()
    }

    /// Tells whether the program is to be held still: the configuration it was started with says `start` and `wait`, and no
    /// client has sent `configurationDone` so far.
    pub fn is_held(&self) -> bool {
        !self.shared.descriptors.is_abandoned() && self.shared.process.is_held()
    }

    /// Blocks until a client has sent `configurationDone`, at once if one that has is attached; `None` waits for ever.
    ///
    /// `false` when the time is over, the wait was cancelled, or the server has shut down.
    pub fn wait_for_client(&self, timeout: Option<Duration>) -> bool {
        self.waiter().wait(timeout) == Waited::Client
    }

    /// Begins a wait that can be done in slices.
    pub fn waiter(&self) -> Waiter {
        Waiter::new(self.shared.process.clone())
    }

    /// Ends every wait that has begun.
    pub fn cancel_wait(&self) {
        self.shared.process.cancel();
    }

    /// Ends the server, at the end of the process: the attached client is told (`terminated`), gets what waits for it
    /// and may `disconnect`; then everything is closed. Returns `false` if that took longer than `timeout`.
    ///
    /// There is no start after it. On the I/O thread (in a method of [`Host`]) it does not wait and returns `false`.
    pub fn shutdown(&self, timeout: Duration) -> bool {
        if self.shared.descriptors.is_abandoned() {
            return true;
        }
        let now = Instant::now();
        // A timeout beyond all clocks is as good as a year.
        let deadline = now
            .checked_add(timeout)
            .unwrap_or(now + Duration::from_secs(365 * 24 * 3600));
        let running = {
            let known = lock(&self.known);
            self.shared.end_by(deadline);
            known.running
        };
        self.shared.process.cancel();
        if !running {
            return true;
        }
        let on_io_thread = self.shared.thread.get() == Some(&std::thread::current().id());
        // The thread itself keeps to the deadline; it gets a moment more to say that it is gone.
        !on_io_thread && self.shared.wait_ended(deadline + Duration::from_millis(200))
    }

    /// In a forked child: from now on this handle and its clients do nothing. Takes no lock and allocates nothing.
    ///
    /// The I/O thread was not forked, and a lock may have been held just then. So everything here answers as if dormant from now on;
    /// a child that wants a server of its own makes a new [`Debugger`]. The child should then close
    /// [`inherited_descriptors`](Self::inherited_descriptors), or it keeps the parent's port and connections open.
    pub fn abandon_after_fork(&self) {
        self.shared.descriptors.abandon();
    }

    /// Lists the sockets of the server, for a forked child to close. Takes no lock and allocates nothing. Empty where
    /// there is no `fork`.
    pub fn inherited_descriptors(&self) -> impl Iterator<Item = i32> + '_ {
        self.shared.descriptors.list()
    }
}
