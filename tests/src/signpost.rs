//! Shows Python programs that are clients themselves the way through the proxy, where there is one.

use core::net::SocketAddr;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::{env, thread};

use crate::proxy::Proxy;

/// Answers a port of this machine with that of the proxy in front of it. What it has begun ends with it.
pub struct Signpost {
    address: SocketAddr,
    begun: Arc<Mutex<Vec<Arc<Proxy>>>>,
}

impl Signpost {
    /// One where `DAPSTUB_PROXY` is set, else `None`.
    ///
    /// # Panics
    ///
    /// When there is no port.
    pub fn put_up() -> Option<Self> {
        env::var_os("DAPSTUB_PROXY")?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = listener.local_addr().expect("it has an address");
        let begun = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&begun);
        thread::spawn(move || {
            for stream in listener.incoming() {
                // A client that gets no answer says so.
                let _ = stream.and_then(|stream| show(&stream, &kept));
            }
        });
        Some(Self { address, begun })
    }

    /// Makes `command`, which runs a Python, and every Python that it starts look here before connecting.
    pub fn show(&self, command: &mut Command) {
        command.env("DAPSTUB_SIGNPOST", self.address.port().to_string());
        command.env(
            "PYTHONPATH",
            Path::new(env!("CARGO_MANIFEST_DIR")).join("programs/through_proxy"),
        );
    }

    /// How many servers were asked for.
    pub fn asked(&self) -> usize {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl Drop for Signpost {
    fn drop(&mut self) {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn show(mut stream: &TcpStream, begun: &Mutex<Vec<Arc<Proxy>>>) -> io::Result<()> {
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    let port: u16 = line.trim().parse().map_err(io::Error::other)?;
    if let Some(proxy) = Proxy::before(([127, 0, 0, 1], port).into()) {
        writeln!(stream, "{}", proxy.address().port())?;
        begun.lock().unwrap_or_else(PoisonError::into_inner).push(proxy);
    }
    Ok(())
}
