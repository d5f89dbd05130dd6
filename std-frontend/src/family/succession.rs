//! How the process that listens hands its port on to the program that takes its place, by `exec`.
//!
//! The socket goes on by its descriptor, so that the port is never closed and whoever connects meanwhile waits there. The
//! rules of access and what descendants are told go by a second descriptor, from which they are read.

use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::mpsc::channel;
use std::time::Instant;

use super::message::{Rest, text};
use super::{GREETING, Welcome};
use crate::access::{Access, Token, network};
use crate::address::Address;
use crate::debugger::{Debugger, Known};
use crate::host::Host;
use crate::io as server;
use crate::listener::unix;
use crate::shared::lock;
use crate::stage::Patience;
use crate::standard::Occupied;

/// Longest form of a [`Will`], in bytes: what a pair of sockets holds before anybody reads.
const LIMIT: usize = 64 * 1024;

/// What the next program in this process goes on with. Both descriptors are closed by `exec` unless that is changed.
#[derive(Debug)]
pub struct Bequest {
    /// The socket that listens.
    pub listener: OwnedFd,
    /// What [`Will::read`] reads.
    pub will: OwnedFd,
}

/// What is to be known about a port besides its socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Will {
    /// As descendants are told.
    pub welcome: Welcome,
    /// The rules of the port.
    pub(crate) access: Access,
    /// A client was attached: it may come again.
    pub held: bool,
}

impl Will {
    fn encode(&self) -> Vec<u8> {
        let Self { welcome, access, held } = self;
        let mut out = vec![u8::from(*held), u8::from(welcome.evaluate)];
        out.extend(welcome.port.to_le_bytes());
        text(&mut out, welcome.host.as_bytes());
        text(&mut out, welcome.luggage.as_bytes());
        // A token is never empty.
        text(&mut out, access.token.as_ref().map_or("", Token::reveal).as_bytes());
        // One more than there are, so that none at all is not the same as no rule.
        let count = access.allow.as_ref().map_or(0, |networks| networks.len() + 1);
        out.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
        for network in access.allow.iter().flatten() {
            text(&mut out, network.to_string().as_bytes());
        }
        out
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = Rest(bytes);
        let (held, evaluate) = (rest.flag()?, rest.flag()?);
        let welcome = Welcome {
            calls: None,
            port: u16::from_le_bytes(*rest.take(2)?.first_chunk()?),
            host: rest.text()?,
            luggage: rest.text()?,
            evaluate,
        };
        let token = rest.text()?;
        let token = (!token.is_empty()).then(|| Token::new(&token)).transpose().ok()?;
        let allow = match rest.number()? {
            0 => None,
            count => {
                let networks = (1..count).map(|_| network(&rest.text()?).ok());
                Some(networks.collect::<Option<_>>()?)
            }
        };
        if !rest.0.is_empty() {
            return None;
        }
        let access = Access { allow, token, evaluate };
        Some(Self { welcome, access, held })
    }

    /// Reads it, once.
    ///
    /// # Errors
    ///
    /// The descriptor is something else.
    pub fn read(will: OwnedFd) -> io::Result<Self> {
        let socket = UnixStream::from(will);
        socket.local_addr()?;
        socket.set_nonblocking(false)?;
        socket.set_read_timeout(Some(GREETING))?;
        let mut bytes = Vec::new();
        socket.take(LIMIT as u64 + 1).read_to_end(&mut bytes)?;
        Self::decode(&bytes).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// `None`: there is more to say than goes.
    fn written(&self) -> Option<OwnedFd> {
        let bytes = self.encode();
        if bytes.len() > LIMIT {
            return None;
        }
        let (mut ours, theirs) = UnixStream::pair().ok()?;
        ours.set_nonblocking(true).ok()?;
        ours.write_all(&bytes).ok()?;
        Some(theirs.into())
    }
}

/// A process that executes another program, and that program.
impl Debugger {
    /// What the program goes on with that takes the place of this one. From then on this one accepts nobody: who connects
    /// waits for that program, or until [`stay`](Self::stay). `None` where nothing listens here, or the I/O thread says nothing
    /// until the deadline.
    pub fn bequeath(&self, deadline: Instant) -> Option<Bequest> {
        if self.is_descendant() || self.address().is_none() {
            return None;
        }
        let _standard = Occupied::now();
        let (sender, receiver) = channel();
        self.shared.order(server::Order::Bequeath(sender));
        let left = deadline.saturating_duration_since(Instant::now());
        let bequest = receiver.recv_timeout(left).ok().and_then(|(listener, will)| {
            let will = will.written()?;
            Some(Bequest { listener, will })
        });
        if bequest.is_none() {
            self.stay();
        }
        bequest
    }

    /// No other program has taken the place after all.
    pub fn stay(&self) {
        if !self.is_descendant() && self.address().is_some() {
            self.shared.order(server::Order::Stay);
        }
    }

    /// Listens on with the socket of the program whose place this one has taken, instead of [`start`](Self::start). The
    /// first `start` that follows is not one too many: its rules count from then on, and if it names another address,
    /// that one takes the place of this.
    ///
    /// # Errors
    ///
    /// The descriptor is no such socket, the server runs already, or the system gives no thread.
    pub fn inherit(&self, listener: OwnedFd, will: Will, host: impl Host) -> io::Result<Address> {
        let mut known = lock(&self.known);
        if known.running || self.shared.ending().is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let _standard = Occupied::now();
        let Will { welcome, access, .. } = will;
        let address = welcome.address().ok_or(io::ErrorKind::InvalidData)?;
        let listener = match &address {
            Address::Tcp(tcp) => {
                let listener = TcpListener::from(listener);
                if listener.local_addr()? != *tcp {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                listener.set_nonblocking(true)?;
                server::Listener::Tcp(mio::net::TcpListener::from_std(listener))
            }
            Address::Unix(path) => {
                let listener = UnixListener::from(listener);
                let path = path.as_deref().ok_or(io::ErrorKind::InvalidData)?;
                if listener.local_addr()?.as_pathname() != Some(path) {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                listener.set_nonblocking(true)?;
                let listener = mio::net::UnixListener::from_std(listener);
                server::Listener::Unix(listener, unix::Path::of(path)?)
            }
        };
        self.shared.process.listening(&crate::Config::default());
        let post = server::Post::Port(server::Port { listener, welcome });
        server::serve(post, Box::new(host), self.shared.clone(), access, Patience::default())
            .inspect_err(|_| self.shared.process.dormant())?;
        *known = Known {
            running: true,
            address: Some(address.clone()),
            inherited: true,
        };
        Ok(address)
    }

    /// Tells whether the server listens by [`inherit`](Self::inherit), and no [`start`](Self::start) has followed.
    pub fn is_inherited(&self) -> bool {
        !self.shared.descriptors.is_abandoned() && lock(&self.known).inherited
    }
}

#[cfg(test)]
mod tests {
    use dapstub::Failure;
    use dapstub::protocol::Capabilities;
    use dapstub::session::Request;

    use super::*;
    use crate::{Client, Config, Disconnect, Setup};

    struct Program;

    impl Host for Program {
        fn capabilities(&mut self) -> Capabilities<'_> {
            Capabilities::default()
        }

        fn attach(&mut self, _: &Client, _: &Request<'_>) -> Result<(), Failure> {
            Ok(())
        }

        fn request(&mut self, client: &Client, request: Request<'_>) {
            let _ = client.respond(request.ticket(), b"");
        }

        fn disconnected(&mut self, _: &Client, _: Disconnect) {}
    }

    fn all() -> Vec<Will> {
        let welcome = Welcome {
            calls: None,
            host: "::1".into(),
            port: 5678,
            evaluate: false,
            luggage: "{\"ä\":1}".into(),
        };
        let access = Access::default().without_evaluate();
        let of = |access| Will {
            welcome: welcome.clone(),
            access,
            held: true,
        };
        vec![
            of(access.clone()),
            of(access.clone().with_token("correct horse").unwrap()),
            of(access.clone().with_allow([]).unwrap()),
            of(access
                .with_token("x")
                .unwrap()
                .with_allow(["::1", "10.0.0.0/8"])
                .unwrap()),
        ]
    }

    #[test]
    fn what_is_written_is_read() {
        for will in all() {
            assert_eq!(Will::read(will.written().unwrap()).unwrap(), will);
        }
    }

    #[test]
    fn anything_else_is_none() {
        let will = all().pop().unwrap().encode();
        assert!((0..will.len()).all(|end| Will::decode(&will[..end]).is_none()));
        assert_eq!(Will::decode(&[&will[..], &[0]].concat()), None);
        assert_eq!(Will::decode(&[2, 0, 0, 0]), None);
        let mut large = all().remove(0);
        large.welcome.luggage = "x".repeat(LIMIT);
        assert!(large.written().is_none());
        assert!(Will::read(std::fs::File::open("/dev/null").unwrap().into()).is_err());
    }

    #[test]
    fn the_port_is_open_all_the_time() {
        let config = || Config::default().with_host("127.0.0.1").unwrap();
        let first = Debugger::new();
        let setup = Setup {
            access: Access::default().with_token("correct horse").unwrap(),
            ..Config { port: 0, ..config() }.into()
        };
        let address = first.start(setup, Program).unwrap().address;
        let deadline = Instant::now() + GREETING * 10;
        let bequest = first.bequeath(deadline).unwrap();
        assert!(first.shutdown(GREETING));
        // The port is open although nobody serves it.
        let mut client = std::net::TcpStream::connect(address.tcp().unwrap()).unwrap();
        let body = r#"{"seq":1,"type":"request","command":"initialize","arguments":{"adapterID":"x"}}"#;
        write!(client, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        let will = Will::read(bequest.will).unwrap();
        assert!(will.access.token.is_some() && !will.held);
        let next = Debugger::new();
        assert_eq!(next.inherit(bequest.listener, will, Program).unwrap(), address);
        client.set_read_timeout(Some(GREETING * 10)).unwrap();
        assert!(client.read(&mut [0; 16]).unwrap() > 0);
        // The program's own start comes after it.
        assert!(next.is_inherited());
        let port = address.tcp().unwrap().port();
        let again = next.start(Config { port, ..config() }, Program).unwrap();
        assert!(!again.already && again.address == address && !next.is_inherited());
        assert!(next.start(config(), Program).unwrap().already);
        next.shutdown(GREETING);
    }

    #[test]
    fn another_address_takes_the_place() {
        let config = |port| Config {
            port,
            ..Config::default().with_host("127.0.0.1").unwrap()
        };
        let first = Debugger::new();
        let address = first.start(config(0), Program).unwrap().address.tcp().unwrap();
        let bequest = first.bequeath(Instant::now() + GREETING * 10).unwrap();
        first.shutdown(GREETING);
        let next = Debugger::new();
        let will = Will::read(bequest.will).unwrap();
        next.inherit(bequest.listener, will, Program).unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let again = next.start(config(port), Program).unwrap();
        assert_eq!(again.address.tcp().unwrap().port(), port);
        std::net::TcpStream::connect(again.address.tcp().unwrap()).unwrap();
        let begun = Instant::now();
        while std::net::TcpStream::connect(address).is_ok() {
            assert!(begun.elapsed() < GREETING * 10);
        }
        next.shutdown(GREETING);
    }
}
