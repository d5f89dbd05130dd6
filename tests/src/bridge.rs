//! A port that leads to a Unix socket, for clients that know only ports.

use core::net::SocketAddr;
use std::io;
use std::net::{Shutdown, TcpListener};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread;

/// Such a port, for the rest of the process.
pub struct Bridge {
    address: SocketAddr,
}

impl Bridge {
    /// Each connection gets one of its own to the socket at `path`.
    ///
    /// # Panics
    ///
    /// When there is no port.
    pub fn to(path: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("it has an address");
        let path = path.to_owned();
        thread::spawn(move || {
            for stream in listener.incoming() {
                // A client whose connection can't be made sees the end of its stream.
                let _ = stream.and_then(|stream| join(stream, path.clone()));
            }
        });
        Self { address }
    }

    /// Where clients connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

fn join(client: std::net::TcpStream, path: PathBuf) -> io::Result<()> {
    let server = UnixStream::connect(path)?;
    let (mut from_client, mut to_client) = (client.try_clone()?, client);
    let (mut from_server, mut to_server) = (server.try_clone()?, server);
    thread::spawn(move || {
        // Either side may be gone at any time: the other is told so.
        let _ = io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Write);
    });
    thread::spawn(move || {
        let _ = io::copy(&mut from_server, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Both);
    });
    Ok(())
}
