//! A proxy between the clients of the tests and every program: something that records, or judges, what passes.
//!
//! `DAPSTUB_PROXY` is its command line. It finds the server's address, `127.0.0.1:PORT`, in the variable `DAPSTUB_PROXY_TO`,
//! takes clients at a port that it chooses, and says where with a first line that ends with that address. It gets SIGTERM
//! when the program is through.

use core::net::SocketAddr;
use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A running proxy; it is ended on drop.
pub struct Proxy {
    child: Child,
    address: SocketAddr,
}

impl Proxy {
    /// Starts what `DAPSTUB_PROXY` names in front of `server`; `None` where it is not set.
    ///
    /// # Panics
    ///
    /// When it can't be started, or doesn't say where it listens.
    pub fn before(server: SocketAddr) -> Option<Self> {
        let command = env::var("DAPSTUB_PROXY").ok()?;
        let mut child = Command::new("sh")
            .args(["-c", &format!("exec {command}")])
            .env("DAPSTUB_PROXY_TO", server.to_string())
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
        Some(Self { child, address })
    }

    /// Where clients are taken.
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
