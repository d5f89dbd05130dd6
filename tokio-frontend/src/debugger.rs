//! The handle on the debug server of this process.

use core::time::Duration;
use std::io;
use std::sync::Arc;

use dapstub_std::parts::{self, Door};
use dapstub_std::{Address, Setup, StartError, StartFailure};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::client::Client;
use crate::conversation::lock;
use crate::host::Host;
use crate::listener::Listener;
use crate::server;
use crate::shared::Shared;
use crate::waiter::Waiter;
use crate::{LOG, Waited};

/// The debug server of a process: dormant until [`start`](Self::start), then listening for the rest of the process, or as
/// long as the runtime lives that it was started on.
///
/// While dormant there is no socket, no task and no cost. Cheap to clone; a program has one. Dropping it changes nothing.
#[derive(Clone, Debug)]
pub struct Debugger {
    shared: Arc<Shared>,
    /// Held while a start is under way, so that there is only one.
    starting: Arc<tokio::sync::Mutex<()>>,
}

/// A server that runs.
#[derive(Debug)]
pub struct Started {
    /// Where it listens; the port is the real one where 0 was asked for.
    pub address: Address,
    /// It ran before: this call changed nothing.
    pub already: bool,
    /// The configuration says that the program is to be held. It began before the port was open, so no client is missed.
    /// Never set where [`already`](Self::already) is.
    pub hold: Option<Waiter>,
}

impl Started {
    /// Holds the program if the configuration says so (`wait: true`), until a client has sent `configurationDone`, or the
    /// wait is cancelled. May be dropped at any time, and called again.
    pub async fn wait(&self) {
        if let Some(hold) = &self.hold {
            hold.wait().await;
        }
    }
}

impl Default for Debugger {
    fn default() -> Self {
        Self::new()
    }
}

impl Debugger {
    /// Makes a dormant server.
    pub fn new() -> Self {
        Self::with_cancellation(CancellationToken::new())
    }

    /// The same; it shuts down as [`shutdown`](Self::shutdown) says as soon as `token` is cancelled. The server cancels this token
    /// itself when it ends in another way: give it a child of the program's own.
    pub fn with_cancellation(token: CancellationToken) -> Self {
        Self {
            shared: Arc::new(Shared::new(token)),
            starting: Arc::default(),
        }
    }

    /// Listens at the host and port of a [`Config`](crate::Config), of the [`Settings`](crate::config::Settings) of a file, or
    /// of a [`Setup`], and serves `host` in tasks of the present runtime. A host of the form `unix:/path` is a Unix socket
    /// for the user of this process alone.
    ///
    /// Only the first call does that. Every later one answers with the address and changes nothing; its `host` is
    /// dropped. [`Config::start`](crate::Config::start) is not looked at: whoever calls this wants a start. Dropped before it is done, it has
    /// done nothing.
    ///
    /// # Errors
    ///
    /// [`StartError`]; the process is as it was before, and another start may be tried.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime that has I/O and time.
    pub async fn start(&self, setup: impl Into<Setup>, host: impl Host) -> Result<Started, StartError> {
        let setup = setup.into();
        let config = &setup.config;
        let _only = self.starting.lock().await;
        let refuse = |failure, error| StartError::new(&config.host, config.port, failure, error);
        if let Some(started) = self.running(refuse)? {
            return Ok(started);
        }
        let listener = Listener::bind(config).await?;
        // Nothing waits from here on.
        self.serve(listener, &setup, host)
            .map_err(|error| refuse(StartFailure::Resources, error))
    }

    /// The same on a socket that listens already, such as one of a service manager; host and port of `setup` do not count.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start); the listener is dropped.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub async fn start_on(
        &self,
        listener: impl Into<Listener>,
        setup: impl Into<Setup>,
        host: impl Host,
    ) -> Result<Started, StartError> {
        let (listener, setup) = (listener.into(), setup.into());
        let _only = self.starting.lock().await;
        let refuse = |failure, error| StartError::new("the given socket", 0, failure, error);
        if let Some(started) = self.running(refuse)? {
            return Ok(started);
        }
        self.serve(listener, &setup, host)
            .map_err(|error| refuse(StartFailure::Resources, error))
    }

    fn running(&self, refuse: impl Fn(StartFailure, io::Error) -> StartError) -> Result<Option<Started>, StartError> {
        if self.shared.ending.is_cancelled() {
            return Err(refuse(StartFailure::Ended, io::Error::other("it was shut down")));
        }
        Ok(self.address().map(|address| Started {
            address,
            already: true,
            hold: None,
        }))
    }

    fn serve(&self, listener: Listener, setup: &Setup, host: impl Host) -> io::Result<Started> {
        let address = listener.address()?;
        let hold = setup.config.holds().then(|| self.waiter());
        self.shared.process.listening(&setup.config);
        *lock(&self.shared.address) = Some(address.clone());
        let shared = self.shared.clone();
        let door = Arc::new(Door::new(setup.access.clone(), setup.patience.token_delay));
        tokio::spawn(server::serve(listener, Arc::new(host), shared, door, setup.patience));
        tracing::info!(target: LOG, %address, "listening for a debugger");
        parts::warn_of(&address, &setup.access);
        Ok(Started {
            address,
            already: false,
            hold,
        })
    }

    /// Returns where the server listens; `None` while it is dormant.
    pub fn address(&self) -> Option<Address> {
        lock(&self.shared.address).clone()
    }

    /// Returns the attached client.
    pub fn client(&self) -> Option<Client> {
        lock(&self.shared.client).clone()
    }

    /// Tells whether a client is attached.
    pub fn is_client_connected(&self) -> bool {
        self.shared.process.is_attached()
    }

    /// Tells whether the program is to be held still: the configuration it was started with says `start` and `wait`, and no
    /// client has sent `configurationDone` so far.
    pub fn is_held(&self) -> bool {
        self.shared.process.is_held()
    }

    /// Waits until a client has sent `configurationDone`, or [`cancel_wait`](Self::cancel_wait); at once if one that has is
    /// attached. May be dropped at any time. For a limit use [`tokio::time::timeout`].
    pub async fn wait(&self) -> Waited {
        self.waiter().wait().await
    }

    /// Begins a wait that can be done in slices.
    pub fn waiter(&self) -> Waiter {
        Waiter::new(self.shared.process.clone())
    }

    /// Ends every wait that has begun.
    pub fn cancel_wait(&self) {
        self.shared.process.cancel();
    }

    /// Ends the server, at the end of the program: what the attached client waits for is answered with `cancelled`, it is
    /// told (`terminated`), gets what waits for it and may `disconnect`; then everything is closed. Returns `false` if
    /// something had to be closed before its time because `timeout` was over.
    ///
    /// There is no start after it. Dropped while it waits, the server ends all the same.
    pub async fn shutdown(&self, timeout: Duration) -> bool {
        let now = Instant::now();
        // A timeout beyond all clocks is as good as a year.
        let deadline = now
            .checked_add(timeout)
            .unwrap_or(now + Duration::from_secs(365 * 24 * 3600));
        self.shared.deadline.send_if_modified(|known| {
            let first = known.is_none();
            known.get_or_insert(deadline);
            first
        });
        self.shared.ending.cancel();
        self.shared.process.cancel();
        if self.address().is_none() {
            return true;
        }
        self.shared.ended.cancelled().await;
        Instant::now() < deadline
    }
}
