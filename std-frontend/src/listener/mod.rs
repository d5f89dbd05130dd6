//! From host and port to a listening socket, and the options of every socket.

#[cfg(unix)]
pub mod unix;

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::io;
use std::net::{TcpListener as StdListener, ToSocketAddrs};

use mio::net::TcpListener;
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};

use crate::LOG;
use crate::access::{Access, Token};
use crate::address::{Address, UNIX};
use crate::io::Listener;
use crate::limits::{BACKLOG, KEEPALIVE_IDLE, KEEPALIVE_INTERVAL};
use crate::start_error::{StartError, StartFailure};

/// What a host names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'h> {
    /// A Unix socket, by its path.
    Unix(&'h str),
    /// A name or an address.
    Tcp(&'h str),
}

/// Says what a host names: `unix:/path`, or a name or address for TCP.
pub fn place(host: &str) -> Place<'_> {
    match host.trim().strip_prefix(UNIX) {
        Some(path) => Place::Unix(path),
        None => Place::Tcp(host),
    }
}

/// Listens where a configuration says.
pub(crate) fn bind(host: &str, port: u16) -> Result<(Listener, Address), StartError> {
    let refuse = |failure| move |error| StartError::new(host, port, failure, error);
    match place(host) {
        #[cfg(unix)]
        Place::Unix(path) => {
            let path = std::path::Path::new(path);
            let (listener, guard) = unix::bind(path).map_err(refuse(StartFailure::Bind))?;
            let listener = mio::net::UnixListener::from_std(listener);
            Ok((Listener::Unix(listener, guard), Address::Unix(Some(path.to_owned()))))
        }
        #[cfg(not(unix))]
        Place::Unix(_) => {
            let error = io::Error::new(io::ErrorKind::Unsupported, "there are no Unix sockets on this system");
            Err(refuse(StartFailure::Bind)(error))
        }
        Place::Tcp(name) => {
            let addresses = resolve(name, port).map_err(refuse(StartFailure::Resolve))?;
            let (listener, address) = listen(host, port, addresses)?;
            Ok((Listener::Tcp(TcpListener::from_std(listener)), address.into()))
        }
    }
}

/// Tells whether a host and a port, of which 0 is any, mean the address at which a server listens.
#[cfg(unix)]
pub(crate) fn means(host: &str, port: u16, address: &Address) -> bool {
    match (place(host), address) {
        (Place::Unix(path), Address::Unix(Some(own))) => std::path::Path::new(path) == own,
        (Place::Tcp(name), Address::Tcp(own)) => {
            (port == 0 || port == own.port()) && resolve(name, own.port()).is_ok_and(|all| all.contains(own))
        }
        _ => false,
    }
}

/// Says in the log what is worth a second thought about a server that listens from now on.
pub fn warn_of(address: &Address, access: &Access) {
    if !address.is_local() && access.is_open() {
        tracing::warn!(
            target: LOG, %address,
            "whoever reaches this port runs code in this process; listen on 127.0.0.1 and use a tunnel instead, or set `allow` or `token`",
        );
    }
    if access.token.as_ref().is_some_and(Token::is_short) {
        tracing::warn!(target: LOG, %address, "the token is so short that it may be found by trying");
    }
}

/// Listens, without blocking, on the first of the addresses of `host` that can be listened on.
///
/// # Errors
///
/// [`StartFailure::Bind`], with what the system said to the last of them.
pub fn listen(host: &str, port: u16, addresses: Vec<SocketAddr>) -> Result<(StdListener, SocketAddr), StartError> {
    let refuse = |error| StartError::new(host, port, StartFailure::Bind, error);
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in addresses {
        match listen_on(address) {
            Ok(listener) => {
                let address = listener.local_addr().map_err(refuse)?;
                return Ok((listener, address));
            }
            Err(error) => last = error,
        }
    }
    Err(refuse(last))
}

/// Finds the addresses of a host, which may take as long as the system likes. The empty host is every IPv4 address; an
/// IPv6 address may stand in brackets.
///
/// # Errors
///
/// What the system says.
pub fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let host = host.trim();
    if host.is_empty() {
        return Ok(vec![(Ipv4Addr::UNSPECIFIED, port).into()]);
    }
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(vec![(address, port).into()]);
    }
    let mut addresses: Vec<SocketAddr> = (bare, port).to_socket_addrs()?.collect();
    // `localhost` is both; whoever writes it in a launch.json mostly means 127.0.0.1.
    addresses.sort_by_key(SocketAddr::is_ipv6);
    Ok(addresses)
}

fn listen_on(address: SocketAddr) -> io::Result<StdListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // On Unix: a port whose last connections are still dying can be taken. On Windows the option would let two
    // programs listen on one port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    if address.is_ipv6() && address.ip().is_unspecified() {
        socket.set_only_v6(false)?;
    }
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// Sets the options of an accepted connection. None of them is worth refusing a client for.
pub fn tune<'s>(stream: impl Into<SockRef<'s>>) {
    let socket = stream.into();
    let keepalive = TcpKeepalive::new()
        .with_time(KEEPALIVE_IDLE)
        .with_interval(KEEPALIVE_INTERVAL);
    #[cfg(not(windows))]
    let keepalive = keepalive.with_retries(crate::limits::KEEPALIVE_RETRIES);
    let results = [
        socket.set_tcp_nodelay(true),
        socket.set_tcp_keepalive(&keepalive),
        #[cfg(any(target_os = "linux", target_os = "android"))]
        socket.set_tcp_user_timeout(Some(crate::limits::UNACKNOWLEDGED)),
    ];
    for error in results.into_iter().filter_map(Result::err) {
        tracing::debug!(target: "dapstub_std", %error, "a socket option was refused");
    }
}

/// Tells whether an error of `accept` concerns the peer that was to be accepted and nobody else.
pub fn is_about_one_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{
        ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, Interrupted, NetworkDown,
        NetworkUnreachable, PermissionDenied, TimedOut,
    };
    matches!(
        error.kind(),
        ConnectionAborted
            | ConnectionRefused
            | ConnectionReset
            | HostUnreachable
            | Interrupted
            | NetworkDown
            | NetworkUnreachable
            | PermissionDenied
            | TimedOut
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_become_addresses() {
        for (host, expected) in [
            ("", "0.0.0.0:80"),
            ("127.0.0.1", "127.0.0.1:80"),
            (" ::1 ", "[::1]:80"),
            ("[::1]", "[::1]:80"),
            ("localhost", "127.0.0.1:80"),
        ] {
            assert_eq!(resolve(host, 80).unwrap()[0].to_string(), expected, "{host:?}");
        }
        assert!(resolve("no such host", 80).is_err());
        assert_eq!(place("unix:/run/x"), Place::Unix("/run/x"));
        assert_eq!(place("::1"), Place::Tcp("::1"));
    }

    #[test]
    fn both_kinds_of_address_come_in_where_every_ipv6_address_is_listened_on() {
        let addresses = resolve("::", 0).unwrap();
        let (listener, address) = match listen("::", 0, addresses) {
            Ok(listening) => listening,
            // A system without IPv6.
            Err(_) if std::net::UdpSocket::bind("[::1]:0").is_err() => return,
            Err(error) => panic!("{error}"),
        };
        listener.set_nonblocking(false).unwrap();
        std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, address.port())).unwrap();
        let (_, peer) = listener.accept().unwrap();
        assert!(Address::from(peer).is_local() && Address::from(peer).to_string().starts_with("127.0.0.1:"));
    }

    /// What finds a peer that vanished without a word, such as one whose cable was pulled: the system itself, by these.
    #[test]
    #[cfg(target_os = "linux")]
    fn vanished_peers_are_looked_for() {
        use crate::limits::{KEEPALIVE_RETRIES, UNACKNOWLEDGED};

        let (listener, address) = listen("127.0.0.1", 0, resolve("127.0.0.1", 0).unwrap()).unwrap();
        let _client = std::net::TcpStream::connect(address).unwrap();
        listener.set_nonblocking(false).unwrap();
        let (stream, _) = listener.accept().unwrap();
        tune(&stream);
        let socket = SockRef::from(&stream);
        assert!(socket.keepalive().unwrap() && socket.tcp_nodelay().unwrap());
        assert_eq!(socket.tcp_keepalive_time().unwrap(), KEEPALIVE_IDLE);
        assert_eq!(socket.tcp_keepalive_interval().unwrap(), KEEPALIVE_INTERVAL);
        assert_eq!(socket.tcp_keepalive_retries().unwrap(), KEEPALIVE_RETRIES);
        assert_eq!(socket.tcp_user_timeout().unwrap(), Some(UNACKNOWLEDGED));
        assert_eq!(KEEPALIVE_IDLE + KEEPALIVE_INTERVAL * KEEPALIVE_RETRIES, UNACKNOWLEDGED);
    }
}
