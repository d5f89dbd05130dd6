//! The other end of the wire: a scripted client that takes nothing on trust and waits for nothing without a deadline.

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::time::Instant;

use dapstub_std::Address;

use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};

/// No wait of a test lasts longer.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// A socket of either kind.
pub enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

/// Does the same with either kind.
macro_rules! either {
    ($stream:expr, $name:ident => $do:expr) => {
        match $stream {
            Stream::Tcp($name) => $do,
            #[cfg(unix)]
            Stream::Unix($name) => $do,
        }
    };
}

impl Stream {
    fn connect(address: &Address) -> Self {
        match address {
            Address::Tcp(address) => {
                let stream = TcpStream::connect_timeout(address, DEADLINE).expect("connect");
                stream.set_nodelay(true).expect("nodelay");
                Self::Tcp(stream)
            }
            #[cfg(unix)]
            Address::Unix(Some(path)) => Self::Unix(UnixStream::connect(path).expect("connect")),
            other => panic!("nobody can connect to {other}"),
        }
    }

    pub fn set_write_timeout(&self, time: Option<Duration>) -> io::Result<()> {
        either!(self, stream => stream.set_write_timeout(time))
    }

    fn set_read_timeout(&self, time: Option<Duration>) -> io::Result<()> {
        either!(self, stream => stream.set_read_timeout(time))
    }

    fn try_clone(&self) -> io::Result<Self> {
        Ok(match self {
            Self::Tcp(stream) => Self::Tcp(stream.try_clone()?),
            #[cfg(unix)]
            Self::Unix(stream) => Self::Unix(stream.try_clone()?),
        })
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        either!(self, stream => stream.shutdown(how))
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        either!(self, stream => stream.read(buffer))
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        either!(self, stream => stream.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        either!(self, stream => stream.flush())
    }
}

/// One connection to the server.
pub struct Peer {
    stream: Stream,
    received: Vec<u8>,
    sent: i64,
    /// Sequence number of the last message from the server.
    last: i64,
}

impl Peer {
    /// Connects and says nothing.
    pub fn connect(address: impl Into<Address>) -> Self {
        Self::over(Stream::connect(&address.into()))
    }

    /// The same from another of this machine's addresses.
    pub fn connect_from(from: IpAddr, to: SocketAddr) -> Self {
        let socket = Socket::new(Domain::for_address(to), Type::STREAM, None).expect("socket");
        socket.bind(&SocketAddr::new(from, 0).into()).expect("bind");
        socket.connect_timeout(&to.into(), DEADLINE).expect("connect");
        Self::over(Stream::Tcp(socket.into()))
    }

    fn over(stream: Stream) -> Self {
        stream.set_write_timeout(Some(DEADLINE)).expect("write timeout");
        Self {
            stream,
            received: Vec::new(),
            sent: 0,
            last: 0,
        }
    }

    /// Connects and goes through the whole sequence up to the answer to `attach`.
    pub fn attached(address: impl Into<Address>) -> Self {
        let mut peer = Self::connect(address);
        peer.initialize();
        peer.attach();
        peer.configure();
        peer
    }

    /// Sends `initialize` and takes its answer, which must be a success.
    pub fn initialize(&mut self) {
        let answer = self.ask(
            "initialize",
            json!({"adapterID": "test", "clientID": "test", "supportsStartDebuggingRequest": true}),
        );
        assert_eq!(answer["success"], true, "{answer}");
    }

    /// Goes through `initialize` with this number, in the middle of a conversation.
    pub fn initialize_as(&mut self, seq: i64) {
        self.sent = seq - 1;
        self.initialize();
    }

    /// Another handle on the sending side.
    pub fn writer(&self) -> Stream {
        self.stream.try_clone().expect("clone")
    }

    /// Sends `attach` and takes the `initialized` event; the answer comes with [`Peer::configure`].
    pub fn attach(&mut self) {
        self.attach_with(json!({"name": "test"}));
    }

    /// The same with these arguments.
    pub fn attach_with(&mut self, arguments: Value) {
        self.request("attach", arguments);
        let event = self.message();
        assert_eq!(event["event"], "initialized", "{event}");
    }

    /// Sends `configurationDone` and takes both answers.
    pub fn configure(&mut self) {
        let seq = self.request("configurationDone", json!({}));
        let done = self.message();
        assert_eq!(
            (&done["command"], &done["request_seq"]),
            (&json!("configurationDone"), &json!(seq)),
            "{done}"
        );
        assert_eq!(done["success"], true, "{done}");
        let attached = self.message();
        assert_eq!(
            (&attached["command"], &attached["success"]),
            (&json!("attach"), &json!(true)),
            "{attached}"
        );
    }

    /// Leaves properly: `disconnect`, its answer, `terminated` for a client that had attached, end of stream.
    pub fn disconnect(mut self) {
        let answer = self.ask("disconnect", json!({}));
        assert_eq!(answer["success"], true, "{answer}");
        if let Some(message) = self.message_or_end() {
            assert_eq!(message["event"], "terminated", "{message}");
            self.expect_end();
        }
    }

    /// Sends a request and returns its sequence number.
    pub fn request(&mut self, command: &str, arguments: Value) -> i64 {
        self.sent += 1;
        let seq = self.sent;
        self.frame(&json!({"seq": seq, "type": "request", "command": command, "arguments": arguments}).to_string());
        seq
    }

    /// Sends a request and returns its answer; events in between are dropped.
    pub fn ask(&mut self, command: &str, arguments: Value) -> Value {
        let seq = self.request(command, arguments);
        self.answer_to(seq)
    }

    /// Waits for the answer to request `seq`.
    pub fn answer_to(&mut self, seq: i64) -> Value {
        loop {
            let message = self.message();
            if message["type"] == "response" && message["request_seq"] == seq {
                return message;
            }
        }
    }

    /// Sends one well-framed body.
    pub fn frame(&mut self, body: &str) {
        self.raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    /// Sends bytes as they are. A server that has closed already is no failure here.
    pub fn raw(&mut self, bytes: &[u8]) {
        if let Err(error) = self.stream.write_all(bytes) {
            let closed = [
                ErrorKind::BrokenPipe,
                ErrorKind::ConnectionReset,
                ErrorKind::ConnectionAborted,
            ];
            assert!(closed.contains(&error.kind()), "send: {error}");
        }
    }

    /// Waits for the next message and checks its frame and its sequence number.
    pub fn message(&mut self) -> Value {
        self.message_or_end().expect("the server closed the connection")
    }

    /// Waits for the next message, or for the end of the stream.
    pub fn message_or_end(&mut self) -> Option<Value> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(message) = self.buffered() {
                return Some(message);
            }
            if !self.fill(deadline) {
                assert!(
                    self.received.is_empty(),
                    "the stream ends inside a message: {:?}",
                    self.text()
                );
                return None;
            }
        }
    }

    /// Tells whether nothing arrives for `time`.
    pub fn is_silent_for(&mut self, time: Duration) -> bool {
        assert!(self.received.is_empty());
        let mut byte = [0];
        self.stream.set_read_timeout(Some(time)).expect("timeout");
        match self.stream.read(&mut byte) {
            // What came is still needed, and nothing at all is the end.
            Ok(n) => {
                self.received.extend_from_slice(&byte[..n]);
                false
            }
            Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        }
    }

    /// Waits for the end of the stream; nothing may come before it.
    pub fn expect_end(&mut self) {
        let message = self.message_or_end();
        assert!(message.is_none(), "{message:?}");
    }

    /// Takes what comes until the stream ends.
    pub fn until_end(&mut self) -> Vec<Value> {
        core::iter::from_fn(|| self.message_or_end()).collect()
    }

    /// Sends no more; what the server says can still be read.
    pub fn finish_sending(&self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Ends the connection by a reset instead of a proper close.
    pub fn reset(self) {
        let socket = either!(&self.stream, stream => socket2::SockRef::from(stream));
        socket.set_linger(Some(Duration::ZERO)).expect("linger");
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.received).into_owned()
    }

    /// Takes one whole message out of what was received.
    fn buffered(&mut self) -> Option<Value> {
        let end = self.received.windows(4).position(|window| window == b"\r\n\r\n")?;
        let header = core::str::from_utf8(&self.received[..end]).expect("ASCII header");
        let length = header
            .strip_prefix("Content-Length: ")
            .unwrap_or_else(|| panic!("header {header:?}"));
        let length: usize = length.parse().unwrap_or_else(|_| panic!("header {header:?}"));
        let body = self.received.get(end + 4..end + 4 + length)?;
        let message: Value = serde_json::from_slice(body).expect("JSON body");
        self.received.drain(..end + 4 + length);
        self.last += 1;
        assert_eq!(message["seq"], self.last, "sequence numbers grow by one: {message}");
        Some(message)
    }

    /// Reads what there is; `false` at the end of the stream.
    fn fill(&mut self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        assert!(
            !left.is_zero(),
            "nothing came in time; received so far: {:?}",
            self.text()
        );
        self.stream.set_read_timeout(Some(left)).expect("timeout");
        let mut bytes = [0; 64 * 1024];
        match self.stream.read(&mut bytes) {
            Ok(0) => false,
            Ok(n) => {
                self.received.extend_from_slice(&bytes[..n]);
                true
            }
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted) => false,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => true,
            Err(error) => panic!("receive: {error}"),
        }
    }
}
