//! The controller on a desktop, with a TCP socket in the place of the serial line.
//!
//! ```text
//! cargo run -p dapstub-firmware [ADDRESS]      # 127.0.0.1:5678 unless given
//! ```

use core::time::Duration;
use dapstub_firmware::language::Program;
use dapstub_firmware::{Board, Controller, HEATING, Line, serve};
use embedded_io::{ErrorKind, ErrorType, Read, ReadReady, Write};
use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Instant;

/// Large enough for what an editor sends, and for the text of the program.
const MESSAGE: usize = 2048;

/// A clock and nothing else.
struct Desktop {
    start: Instant,
}

impl Board for Desktop {
    const PROGRAM: Program = HEATING;

    fn millis(&mut self) -> u32 {
        // Wraps, as the clock of a board does.
        self.start.elapsed().as_millis() as u32
    }

    fn idle(&mut self) {
        thread::sleep(Duration::from_millis(1));
    }
}

/// A socket that is used like a serial line: whoever is connected is heard, one after the other.
struct Socket {
    listener: TcpListener,
    client: Option<TcpStream>,
}

impl Socket {
    /// What became of an attempt that may find nothing to do. Any other trouble is the client's end.
    fn tried<T>(&mut self, result: io::Result<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            Err(_) => {
                self.client = None;
                None
            }
        }
    }
}

impl ErrorType for Socket {
    type Error = ErrorKind;
}

impl ReadReady for Socket {
    fn read_ready(&mut self) -> Result<bool, ErrorKind> {
        if self.client.is_none()
            && let Ok((client, _)) = self.listener.accept()
        {
            let usable = client.set_nonblocking(true).and_then(|()| client.set_nodelay(true));
            self.client = usable.is_ok().then_some(client);
        }
        let Some(client) = &self.client else { return Ok(false) };
        match client.peek(&mut [0]) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            // The end of the stream and errors are for `read` to find.
            _ => Ok(true),
        }
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        let Some(client) = &mut self.client else { return Ok(0) };
        let result = client.read(buffer);
        let n = self.tried(result).unwrap_or(0);
        if n == 0 {
            self.client = None;
        }
        Ok(n)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        loop {
            // What nobody reads is lost, as on a serial line.
            let Some(client) = &mut self.client else {
                return Ok(bytes.len());
            };
            let result = client.write(bytes);
            if let Some(n) = self.tried(result) {
                return Ok(n);
            }
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

impl Line for Socket {
    fn hang_up(&mut self) {
        self.client = None;
    }
}

fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:5678".into());
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    println!("listening on {}", listener.local_addr()?);
    let mut socket = Socket { listener, client: None };
    let mut controller = Controller::new(Desktop { start: Instant::now() });
    let (mut received, mut answers) = ([0; MESSAGE], [0; MESSAGE]);
    match serve(&mut socket, &mut controller, &mut received, &mut answers) {
        Ok(()) => Ok(()),
        Err(error) => Err(io::Error::other(format!("{error:?}"))),
    }
}
