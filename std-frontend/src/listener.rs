//! From host and port to a listening socket, and the options of every socket.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::io;
use std::net::{TcpListener as StdListener, ToSocketAddrs};

use mio::net::TcpListener;
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};

use crate::limits::{BACKLOG, KEEPALIVE_IDLE, KEEPALIVE_INTERVAL};
use crate::start_error::{StartError, StartFailure};

/// Binds the first address of `host` that can be bound.
pub(crate) fn bind(host: &str, port: u16) -> Result<(TcpListener, SocketAddr), StartError> {
    let refuse = |error| StartError::new(host, port, StartFailure::Resolve, error);
    let (listener, address) = listen(host, port, resolve(host, port).map_err(refuse)?)?;
    Ok((TcpListener::from_std(listener), address))
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
    }
}
