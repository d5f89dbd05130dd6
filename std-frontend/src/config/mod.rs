//! The `debugpy:` block of a `configuration.yaml`.
//!
//! The file is Home Assistant's own and holds anything else besides: other integrations, `!include`, `!secret`,
//! templates. Only our block is read; tags elsewhere are left alone. Keys, words and ranges are those that Home
//! Assistant accepts:
//!
//! | key | default | accepted |
//! | --- | --- | --- |
//! | `host` | `0.0.0.0` | text; numbers become text. A name, an address (`::1`, `[::1]`; `::` is every interface, IPv4 too), or `unix:/path` |
//! | `port` | `5678` | a whole number from 1 to 65535, also as text |
//! | `start` | `true` | YAML booleans; numbers (0 is false); the words true, yes, on, enable, 1 and false, no, off, disable, 0 in any case |
//! | `wait` | `false` | as `start` |
//! | `allow` | everyone | an IP address or a network (`192.168.1.0/24`), or a list of them |
//! | `token` | none | text of 1 to 512 bytes, not blank; numbers become text |
//! | `evaluate` | `true` | as `start` |
//! | `path_mappings` | none | a list of mappings with `local_root`, an absolute path where the editor runs, and `remote_root` |
//! | `just_my_code` | not set | as `start` |
//!
//! `allow`, `token` and `evaluate` are explained in [`access`](crate::access). The last two count for clients that say nothing
//! of the kind themselves, in hosts that know paths and libraries.
//!
//! An empty block means all defaults, and so do `debugpy: false` and `debugpy: []`, because Home Assistant replaces
//! an empty value by "no options" before it checks it. Everything else is refused with file, line, column and what
//! was expected. `<<` merges mappings of the same file.

mod error;
mod mappings;
mod nesting;
mod networks;
mod value;
mod yaml;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

pub use dapstub::config::Config;
pub use error::{ConfigError, ConfigProblem, Position};

use crate::access::Access;

/// Largest file that [`load`] reads, in bytes: many times the largest hand-written configuration, and still parsed
/// within a fraction of a second.
pub const MAX_FILE_SIZE: u64 = 1024 * 1024;

/// Reads the `debugpy:` block out of the file at `path`.
///
/// # Errors
///
/// [`ConfigError`] says what is wrong, where, and what was expected. [`ConfigProblem::NoBlock`] is the answer to a
/// file that says nothing about us; the caller may want to go on without a debugger then.
pub fn load(path: impl AsRef<Path>) -> Result<Settings, ConfigError> {
    let path = path.as_ref();
    let refuse = |problem| ConfigError::new(path, None, problem);
    let unreadable = |error: io::Error| refuse(ConfigProblem::Unreadable(error));
    // Opening a pipe would wait for its writer: look before.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(refuse(ConfigProblem::NotAFile));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(MAX_FILE_SIZE + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    parse(&bytes, path)
}

/// Reads the `debugpy:` block out of `bytes`, the content of the file `name`.
///
/// # Errors
///
/// As [`load`], but for the file that can't be read.
///
/// # Examples
///
/// ```
/// let text = b"light: !include lights.yaml\ndebugpy:\n  port: 5679\n  wait: on\n";
/// let config = dapstub_std::config::parse(text, "configuration.yaml").unwrap().config;
/// assert_eq!((config.port, config.start, config.wait), (5679, true, true));
///
/// let error = dapstub_std::config::parse(b"debugpy:\n  prot: 5679\n", "configuration.yaml").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "configuration.yaml:2:3: debugpy: unknown key \"prot\"; expected host, port, start, wait, allow, token, evaluate, path_mappings or just_my_code (did you mean `port`?)",
/// );
///
/// let text = b"debugpy:\n  allow: 10.0.0.0/8\n  path_mappings:\n    - local_root: /home/me/config\n      remote_root: .\n";
/// let settings = dapstub_std::config::parse(text, "configuration.yaml").unwrap();
/// assert_eq!(settings.access.allow.unwrap()[0].to_string(), "10.0.0.0/8");
/// assert_eq!(settings.path_mappings[0].local_root, "/home/me/config");
/// assert_eq!(settings.just_my_code, None);
/// ```
pub fn parse(bytes: &[u8], name: impl AsRef<Path>) -> Result<Settings, ConfigError> {
    let refuse = |(position, problem)| ConfigError::new(name.as_ref(), position, problem);
    if bytes.len() as u64 > MAX_FILE_SIZE {
        return Err(refuse((None, ConfigProblem::TooLarge { limit: MAX_FILE_SIZE })));
    }
    let text = str::from_utf8(bytes)
        .map_err(|error| refuse((Some(position_of(bytes, error.valid_up_to())), ConfigProblem::NotUtf8)))?;
    if let Some(position) = nesting::too_deep(text) {
        return Err(refuse((
            Some(position),
            ConfigProblem::TooDeep {
                limit: nesting::MAX_DEPTH,
            },
        )));
    }
    yaml::read(text).map(Settings::from).map_err(refuse)
}

/// Finds line and column of the byte at `offset`; everything before it is UTF-8.
fn position_of(bytes: &[u8], offset: usize) -> Position {
    let before = &bytes[..offset];
    let line_start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let column = String::from_utf8_lossy(&before[line_start..]).chars().count() + 1;
    Position {
        line: before.iter().filter(|&&byte| byte == b'\n').count() + 1,
        column,
    }
}

/// Everything that the block says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Where to listen, and whether.
    pub config: Config,
    /// Who may debug, and how far.
    pub access: Access,
    /// For clients that send no `pathMappings`; in the order of the file.
    pub path_mappings: Vec<PathMapping>,
    /// For clients that do not say `justMyCode`: whether library code is left out. `None` where the block says nothing.
    pub just_my_code: Option<bool>,
}

/// The same folder as the client and as the program know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathMapping {
    /// An absolute path where the client runs, perhaps on another system than the program.
    pub local_root: String,
    /// The path where the program runs; below its working directory unless absolute.
    pub remote_root: String,
}

impl From<Config> for Settings {
    fn from(config: Config) -> Self {
        Self {
            config,
            ..Self::default()
        }
    }
}

impl From<yaml::Block> for Settings {
    fn from(block: yaml::Block) -> Self {
        let default = Config::default();
        Self {
            config: Config {
                host: block.host.unwrap_or(default.host),
                port: block.port.unwrap_or(default.port),
                start: block.start.unwrap_or(default.start),
                wait: block.wait.unwrap_or(default.wait),
            },
            access: Access {
                allow: block.allow,
                token: block.token,
                evaluate: block.evaluate.unwrap_or(true),
            },
            path_mappings: block.path_mappings.unwrap_or_default(),
            just_my_code: block.just_my_code,
        }
    }
}

#[cfg(test)]
mod tests;
