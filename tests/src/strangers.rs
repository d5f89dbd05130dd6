//! Connections of many kinds that are no debuggers, or bad ones: what an open port meets in the course of years.

use core::net::SocketAddr;
use core::time::Duration;
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};

use socket2::SockRef;

use crate::wire::frame;

/// How many connections are left open at a time, the oldest making room.
const HELD: usize = 20;

const INITIALIZE: &str = r#"{"seq":1,"type":"request","command":"initialize","arguments":{"adapterID":"stranger"}}"#;
const ATTACH: &str = r#"{"seq":2,"type":"request","command":"attach","arguments":{}}"#;
const EVALUATE: &str = r#"{"seq":1,"type":"request","command":"evaluate","arguments":{"expression":"print('a stranger was here')","context":"repl"}}"#;

/// What a connection does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "their names say it")]
pub enum Kind {
    ConnectAndClose,
    Reset,
    HalfClose,
    OneByteAtATime,
    Idle,
    Garbage,
    HttpGet,
    HttpPost,
    TlsHello,
    HugeLength,
    InitializeThenNothing,
    AttachThenReset,
    HeaderOnly,
    DeepJson,
    NotUtf8,
    Oversize,
    ManyAtOnce,
    EvaluateAtOnce,
}

/// All kinds, in the order in which [`Strangers::send_one`] goes through them.
pub const KINDS: [Kind; 18] = [
    Kind::ConnectAndClose,
    Kind::Reset,
    Kind::HalfClose,
    Kind::OneByteAtATime,
    Kind::Idle,
    Kind::Garbage,
    Kind::HttpGet,
    Kind::HttpPost,
    Kind::TlsHello,
    Kind::HugeLength,
    Kind::InitializeThenNothing,
    Kind::AttachThenReset,
    Kind::HeaderOnly,
    Kind::DeepJson,
    Kind::NotUtf8,
    Kind::Oversize,
    Kind::ManyAtOnce,
    Kind::EvaluateAtOnce,
];

/// Strangers that come one after the other. Those that are left open are closed when this is dropped.
#[derive(Debug)]
pub struct Strangers {
    address: SocketAddr,
    held: VecDeque<TcpStream>,
    /// How many connections were made.
    pub connections: usize,
}

impl Strangers {
    /// Strangers to the server at `address`.
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            held: VecDeque::new(),
            connections: 0,
        }
    }

    /// One more connection (or twenty, for [`Kind::ManyAtOnce`]), of the kind whose turn it is.
    ///
    /// # Panics
    ///
    /// When the server takes no connection.
    pub fn send_one(&mut self) -> Kind {
        // Which kinds follow each other changes from round to round.
        let round = self.connections / KINDS.len();
        let kind = KINDS[(self.connections * 5 + round) % KINDS.len()];
        let stream = self.connect();
        // The server may close first at any of this, which is as good.
        let _closed_early = self.act(kind, stream);
        while self.held.len() > HELD {
            self.held.pop_front();
        }
        kind
    }

    fn connect(&mut self) -> TcpStream {
        self.connections += 1;
        let stream = TcpStream::connect(self.address).expect("the server takes connections");
        let _ = stream.set_nodelay(true);
        let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
        let _ = stream.set_write_timeout(Some(Duration::from_secs(10)));
        stream
    }

    fn act(&mut self, kind: Kind, mut stream: TcpStream) -> io::Result<()> {
        match kind {
            Kind::ConnectAndClose => {}
            Kind::Reset => reset(stream)?,
            Kind::HalfClose => {
                stream.write_all(&frame(INITIALIZE.as_bytes()))?;
                stream.shutdown(Shutdown::Write)?;
                self.held.push_back(stream);
            }
            Kind::OneByteAtATime => {
                for byte in frame(INITIALIZE.as_bytes()) {
                    stream.write_all(&[byte])?;
                }
                read_something(&mut stream)?;
            }
            Kind::Idle => self.held.push_back(stream),
            Kind::Garbage => {
                let mut state = self.connections as u32 | 1;
                let garbage: Vec<u8> = core::iter::repeat_with(|| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (state >> 24) as u8
                })
                .take(1000)
                .collect();
                stream.write_all(&garbage)?;
            }
            Kind::HttpGet => {
                stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
                read_something(&mut stream)?;
            }
            Kind::HttpPost => {
                let head = format!(
                    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n",
                    EVALUATE.len()
                );
                stream.write_all(head.as_bytes())?;
                stream.write_all(EVALUATE.as_bytes())?;
            }
            Kind::TlsHello => {
                stream.write_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")?;
                stream.write_all(&[0x5a; 500])?;
            }
            Kind::HugeLength => stream.write_all(b"Content-Length: 1099511627776\r\n\r\n{")?,
            Kind::InitializeThenNothing => {
                stream.write_all(&frame(INITIALIZE.as_bytes()))?;
                self.held.push_back(stream);
            }
            Kind::AttachThenReset => {
                stream.write_all(&frame(INITIALIZE.as_bytes()))?;
                stream.write_all(&frame(ATTACH.as_bytes()))?;
                read_something(&mut stream)?;
                reset(stream)?;
            }
            Kind::HeaderOnly => {
                stream.write_all(b"Content-Length: 100\r\n\r\n")?;
                self.held.push_back(stream);
            }
            Kind::DeepJson => {
                stream.write_all(&frame(&b"[".repeat(10_000)))?;
                read_something(&mut stream)?;
            }
            Kind::NotUtf8 => {
                stream.write_all(&frame(b"{\"seq\":1,\"type\":\"request\",\"command\":\"\xff\xfe\"}"))?;
                read_something(&mut stream)?;
            }
            Kind::Oversize => {
                let body = vec![b' '; 100_000];
                stream.write_all(&frame(&body))?;
                read_something(&mut stream)?;
            }
            Kind::ManyAtOnce => {
                let crowd: Vec<TcpStream> = (0..19).map(|_| self.connect()).collect();
                for mut one in &crowd {
                    one.write_all(&frame(INITIALIZE.as_bytes()))?;
                }
            }
            Kind::EvaluateAtOnce => {
                stream.write_all(&frame(EVALUATE.as_bytes()))?;
                read_something(&mut stream)?;
            }
        }
        Ok(())
    }
}

/// Takes an answer, or the end of the stream.
fn read_something(stream: &mut TcpStream) -> io::Result<()> {
    let mut answer = [0; 256];
    stream.read(&mut answer).map(drop)
}

fn reset(stream: TcpStream) -> io::Result<()> {
    SockRef::from(&stream).set_linger(Some(Duration::ZERO))
}
