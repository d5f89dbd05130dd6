//! A proxy between the clients of the tests and every program: something that records, or judges, what passes.
//!
//! `DAPSTUB_PROXY` is its command line. It finds the address to which it leads, `127.0.0.1:PORT`, in the variable
//! `DAPSTUB_PROXY_TO`, takes connections at a port that it chooses, and says where with a first line that ends with that
//! address. It gets SIGTERM when nobody needs it any more.
//!
//! Where a program connects to an editor that waits, the server is on the other side of the proxy than usual: then
//! `DAPSTUB_PROXY_CALLER` is `server`, else `client`.

use core::net::SocketAddr;
use std::collections::HashMap;
use std::env;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

/// A running proxy; it is ended on drop.
pub struct Proxy {
    child: Child,
    address: SocketAddr,
}

/// Who opens the connections that a proxy takes.
#[derive(Clone, Copy)]
enum Caller {
    Client,
    Server,
}

impl Proxy {
    /// The one in front of `server`: that which runs already, else a new one. `None` where `DAPSTUB_PROXY` is not set.
    ///
    /// It lives as long as someone holds it.
    ///
    /// # Panics
    ///
    /// When it can't be started, or doesn't say where it listens.
    pub fn before(server: SocketAddr) -> Option<Arc<Self>> {
        static RUNNING: OnceLock<Mutex<HashMap<SocketAddr, Weak<Proxy>>>> = OnceLock::new();
        let command = env::var("DAPSTUB_PROXY").ok()?;
        let running = RUNNING.get_or_init(Mutex::default);
        let known = |running: &HashMap<_, Weak<Self>>| running.get(&server).and_then(Weak::upgrade);
        let found = known(&running.lock().unwrap_or_else(PoisonError::into_inner));
        if found.is_some() {
            return found;
        }
        // Other tests begin theirs meanwhile. Two in front of one server do no harm.
        let begun = Arc::new(Self::begin(&command, server, Caller::Client));
        let mut running = running.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|_, proxy| proxy.strong_count() > 0);
        running.insert(server, Arc::downgrade(&begun));
        Some(begun)
    }

    fn begin(command: &str, to: SocketAddr, caller: Caller) -> Self {
        let caller = match caller {
            Caller::Client => "client",
            Caller::Server => "server",
        };
        let mut child = Command::new("sh")
            .args(["-c", &format!("exec {command}")])
            .env("DAPSTUB_PROXY_TO", to.to_string())
            .env("DAPSTUB_PROXY_CALLER", caller)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("can't start {command}: {error}"));
        let mut line = String::new();
        let output = child.stdout.take().expect("piped");
        BufReader::new(output)
            .read_line(&mut line)
            .expect("a line of the proxy");
        let address = line.split_whitespace().last().and_then(|word| word.parse().ok());
        let address = address.unwrap_or_else(|| panic!("{command} doesn't say where it listens: {line:?}"));
        Self { child, address }
    }

    /// Where connections are taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// A port at which a program is waited for, behind a proxy where there is one. Closed on drop.
pub struct Waiting {
    listener: TcpListener,
    proxy: Option<Arc<Proxy>>,
}

impl Waiting {
    /// Opens a port of this machine.
    ///
    /// # Panics
    ///
    /// When there is none, or no proxy.
    pub fn open() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        listener.set_nonblocking(true).expect("a listener that does not block");
        let here = listener.local_addr().expect("an address");
        let proxy = env::var("DAPSTUB_PROXY")
            .ok()
            .map(|command| Arc::new(Proxy::begin(&command, here, Caller::Server)));
        Self { listener, proxy }
    }

    /// Where the program is to connect to.
    ///
    /// # Panics
    ///
    /// When the port has no address.
    pub fn port(&self) -> u16 {
        let here = || self.listener.local_addr().expect("an address");
        self.proxy.as_deref().map_or_else(here, Proxy::address).port()
    }

    /// The listener, which does not block.
    pub(crate) fn listener(&self) -> &TcpListener {
        &self.listener
    }

    pub(crate) fn proxy(&self) -> Option<Arc<Proxy>> {
        self.proxy.clone()
    }
}
