//! Who may debug the program, and how far.
//!
//! | rule | default | what it does |
//! |---|---|---|
//! | [`allow`](Access::allow) | everyone | networks that may connect. A connection from elsewhere is closed before a byte of it is read or sent, so a scanner does not even learn what listens |
//! | [`token`](Access::token) | none | a secret that stands as `token` among the arguments of `attach`. Without it, or with a wrong one, `attach` fails with the reason and the connection closes. Compared in constant time; a wrong one costs its address [`TOKEN_DELAY`](crate::limits::TOKEN_DELAY) before its next try is looked at |
//! | [`evaluate`](Access::evaluate) | yes | `false`: look, but don't touch. What would evaluate an expression of the client's, change the program or end it is refused, and not announced |
//!
//! `allow` is about TCP. Who may connect to a Unix socket is decided by its file, which only the user of the process
//! (and root) can open. A connection through a tunnel comes from the machine on which the tunnel ends, which is mostly
//! this one: allow `127.0.0.0/8` then.
//!
//! The token crosses the network as it is: there is no encryption here. Where others can listen, come through SSH.

mod door;
pub(crate) mod look;
mod network;
mod pace;
mod quiet;
mod token;

pub use door::Door;
pub(crate) use door::{Entry, Why};
pub use ipnet::IpNet;
pub use network::{NetworkError, network};
pub use token::{Token, TokenError};

use crate::address::Address;

/// Who may debug the program, and how far. The default is everyone, and everything.
///
/// ```
/// use dapstub_std::access::Access;
///
/// let access = Access::default().with_allow(["192.168.1.0/24", "::1"])?.with_token("correct horse battery")?;
/// assert!(!access.is_open());
/// assert!(!format!("{access:?}").contains("horse"));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Networks that may connect by TCP; `None` for all. Of an empty list nobody is part.
    pub allow: Option<Vec<IpNet>>,
    /// What a client has to know in order to attach.
    pub token: Option<Token>,
    /// Whether clients may evaluate expressions, change and end the program.
    pub evaluate: bool,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            allow: None,
            token: None,
            evaluate: true,
        }
    }
}

impl Access {
    /// The same for clients of these networks only, each an address or `address/bits`.
    ///
    /// # Errors
    ///
    /// The first text that is neither.
    pub fn with_allow<'t>(mut self, networks: impl IntoIterator<Item = &'t str>) -> Result<Self, NetworkError> {
        self.allow = Some(networks.into_iter().map(network).collect::<Result<_, _>>()?);
        Ok(self)
    }

    /// The same for clients that know this token only.
    ///
    /// # Errors
    ///
    /// The token is blank or too long.
    pub fn with_token(mut self, token: &str) -> Result<Self, TokenError> {
        self.token = Some(Token::new(token)?);
        Ok(self)
    }

    /// The same for clients that look, but don't touch.
    #[must_use]
    pub fn without_evaluate(mut self) -> Self {
        self.evaluate = false;
        self
    }

    /// Tells whether whoever can connect may attach: neither [`allow`](Self::allow) nor [`token`](Self::token) is set.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.allow.is_none() && self.token.is_none()
    }

    /// Tells whether a connection from there is taken.
    #[must_use]
    pub fn allows(&self, peer: &Address) -> bool {
        let (Some(networks), Some(address)) = (&self.allow, peer.tcp()) else {
            return true;
        };
        let ip = address.ip().to_canonical();
        networks.iter().any(|network| network.contains(&ip))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_and_who_is_in_them() {
        let access = Access::default()
            .with_allow([
                "10.1.0.0/16",
                "192.168.7.9/24",
                "2001:db8::/32",
                "::ffff:172.16.0.0/108",
                "::1",
            ])
            .unwrap();
        for (peer, allowed) in [
            ("10.1.2.3:1", true),
            ("10.2.2.3:1", false),
            ("[::ffff:10.1.2.3]:1", true),
            ("192.168.7.200:1", true),
            ("172.17.0.1:1", true),
            ("172.32.0.1:1", false),
            ("[2001:db8:1::5]:1", true),
            ("[2001:db9::5]:1", false),
            ("[::1]:1", true),
            ("127.0.0.1:1", false),
        ] {
            assert_eq!(access.allows(&Address::Tcp(peer.parse().unwrap())), allowed, "{peer}");
        }
        assert!(access.allows(&Address::Unix(None)));
        assert!(Access::default().allows(&Address::Tcp("8.8.8.8:1".parse().unwrap())));
        let nobody = Access::default().with_allow([]).unwrap();
        assert!(!nobody.is_open() && !nobody.allows(&Address::Tcp("127.0.0.1:1".parse().unwrap())));
    }
}
