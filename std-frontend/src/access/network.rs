//! Networks, as they are written in a configuration.

use core::fmt;
use core::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

/// Reads `address` or `address/bits`; bits of the address behind the first `bits` do not count. IPv4 addresses that are
/// written as IPv6 (`::ffff:10.0.0.0/104`) are taken for what they are.
///
/// # Errors
///
/// The text is neither.
pub fn network(text: &str) -> Result<IpNet, NetworkError> {
    let text = text.trim();
    let bare = text.parse::<IpAddr>().map(IpNet::from);
    let network = bare.or_else(|_| text.parse::<IpNet>()).map_err(|_| NetworkError)?;
    if let IpNet::V6(v6) = network
        && let (Some(v4), Some(bits)) = (v6.addr().to_ipv4_mapped(), v6.prefix_len().checked_sub(96))
        && let Ok(v4) = Ipv4Net::new(v4, bits)
    {
        return Ok(v4.trunc().into());
    }
    Ok(network.trunc())
}

/// A text that is no network. The user's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkError;

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected an IP address or a network, such as 192.168.1.0/24")
    }
}

impl core::error::Error for NetworkError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_and_bad_networks() {
        for (text, expected) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            (" 10.9.9.9/8 ", "10.0.0.0/8"),
            ("10.9.9.9", "10.9.9.9/32"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("::1", "::1/128"),
            ("FE80::5/10", "fe80::/10"),
            ("::ffff:10.9.9.9/104", "10.0.0.0/8"),
            ("::ffff:10.9.9.9", "10.9.9.9/32"),
            ("::/0", "::/0"),
        ] {
            assert_eq!(
                network(text).map(|net| net.to_string()).as_deref(),
                Ok(expected),
                "{text}"
            );
        }
        for text in [
            "",
            "10.0.0.0/33",
            "10.0.0/8",
            "::/129",
            "localhost",
            "10.0.0.0/255.0.0.0",
            "10.0.0.0/",
            "/8",
            "010.0.0.1",
            "fe80::1%eth0",
            "10.0.0.1-9",
        ] {
            assert_eq!(network(text), Err(NetworkError), "{text}");
        }
    }
}
