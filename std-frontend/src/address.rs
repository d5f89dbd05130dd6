//! Where a server listens, and where its clients are.

use core::fmt;
use core::net::SocketAddr;
use std::path::PathBuf;

/// What stands in front of the path where a host names a Unix socket.
pub(crate) const UNIX: &str = "unix:";

/// One end of a connection, or where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Address {
    /// A TCP address and port.
    Tcp(SocketAddr),
    /// The path of a Unix socket; none for the other end of a connection to one.
    Unix(Option<PathBuf>),
}

impl Address {
    /// Returns the address and port, where it is one.
    pub fn tcp(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(address) => Some(*address),
            Self::Unix(_) => None,
        }
    }

    /// Tells whether only programs on this machine can come from there.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().to_canonical().is_loopback(),
            Self::Unix(_) => true,
        }
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp(address)
    }
}

impl fmt::Display for Address {
    /// As in a configuration: `127.0.0.1:5678`, `unix:/run/app/debug`. An IPv4 address that came to an IPv6 socket is
    /// written as what it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => SocketAddr::new(address.ip().to_canonical(), address.port()).fmt(f),
            Self::Unix(Some(path)) => write!(f, "{UNIX}{}", path.display()),
            Self::Unix(None) => f.write_str("unix"),
        }
    }
}

/// What one peer is counted by: an IPv4 address; of an IPv6 address the 64 bits that a provider gives to one customer,
/// who has the rest to choose from; everybody on a Unix socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// An IPv4 address.
    V4(u32),
    /// The upper half of an IPv6 address.
    V6(u64),
    /// The Unix socket.
    Unix,
}

impl From<&Address> for Origin {
    fn from(address: &Address) -> Self {
        use core::net::IpAddr;
        match address.tcp().map(|address| address.ip().to_canonical()) {
            Some(IpAddr::V4(ip)) => Self::V4(ip.to_bits()),
            Some(IpAddr::V6(ip)) => Self::V6((ip.to_bits() >> 64) as u64),
            None => Self::Unix,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_one_customer_are_one_origin() {
        let of = |text: &str| Origin::from(&Address::Tcp(text.parse().unwrap()));
        assert_eq!(of("10.0.0.1:1"), of("10.0.0.1:2"));
        assert_eq!(of("10.0.0.1:1"), of("[::ffff:10.0.0.1]:1"));
        assert_ne!(of("10.0.0.1:1"), of("10.0.0.2:1"));
        assert_eq!(of("[2001:db8::1]:1"), of("[2001:db8::ffff:0:0:9]:1"));
        assert_ne!(of("[2001:db8::1]:1"), of("[2001:db8:0:1::1]:1"));
        assert_ne!(of("[::1]:1"), Origin::from(&Address::Unix(None)));
    }

    #[test]
    fn addresses_are_written_as_in_a_configuration() {
        let tcp = |text: &str| Address::Tcp(text.parse().unwrap());
        assert_eq!(tcp("[::ffff:10.0.0.1]:7").to_string(), "10.0.0.1:7");
        assert_eq!(tcp("[::1]:7").to_string(), "[::1]:7");
        assert_eq!(Address::Unix(Some("/run/x".into())).to_string(), "unix:/run/x");
        assert!(tcp("[::ffff:127.0.0.1]:7").is_local() && !tcp("[::]:7").is_local());
    }
}
