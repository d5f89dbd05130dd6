//! How the server is set up, as plain values. Where they come from (YAML, command line) is a frontend's business.

use core::fmt;

/// The longest host name, in bytes: what DNS allows.
pub const MAX_HOST: usize = 253;

/// Where to listen, and whether.
///
/// ```
/// use dapstub::config::Config;
///
/// let config = Config::default();
/// assert_eq!((config.host.as_str(), config.port, config.start, config.wait), ("0.0.0.0", 5678, true, false));
/// assert!(!Config { start: false, wait: true, ..config }.holds());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Name or address of the interface to listen on. The default is every interface: **whoever reaches the port runs
    /// code**.
    pub host: heapless::String<MAX_HOST>,
    /// TCP port; 0 asks the system for a free one.
    pub port: u16,
    /// Whether to listen from the beginning. If not, nothing exists until someone asks for it.
    pub start: bool,
    /// Whether the program is held until a client has configured itself. Ignored without [`start`](Self::start).
    pub wait: bool,
}

impl Config {
    /// The host if none is given: every IPv4 interface.
    pub const DEFAULT_HOST: &'static str = "0.0.0.0";
    /// The port if none is given, the same as debugpy's.
    pub const DEFAULT_PORT: u16 = 5678;

    /// The same with another host.
    ///
    /// # Errors
    ///
    /// The name has more than [`MAX_HOST`] bytes.
    pub fn with_host(mut self, host: &str) -> Result<Self, HostTooLong> {
        self.host = heapless::String::try_from(host).map_err(|_| HostTooLong { length: host.len() })?;
        Ok(self)
    }

    /// Whether the program is to be held for a client.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.start && self.wait
    }
}

impl Default for Config {
    fn default() -> Self {
        let host = heapless::String::try_from(Self::DEFAULT_HOST).unwrap_or_default();
        Self {
            host,
            port: Self::DEFAULT_PORT,
            start: true,
            wait: false,
        }
    }
}

/// A host name longer than DNS allows. The user's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostTooLong {
    /// Its length in bytes.
    pub length: usize,
}

impl fmt::Display for HostTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "host name of {} bytes exceeds the limit of {MAX_HOST}", self.length)
    }
}

impl core::error::Error for HostTooLong {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn host_has_the_length_that_dns_allows() {
        let longest = "h".repeat(MAX_HOST);
        assert_eq!(Config::default().with_host(&longest).unwrap().host, longest.as_str());
        let error = Config::default().with_host(&"h".repeat(MAX_HOST + 1)).unwrap_err();
        assert_eq!(error.to_string(), "host name of 254 bytes exceeds the limit of 253");
    }
}
