//! Why a configuration was refused, and where.

use core::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::value::cut;

/// A configuration that was refused.
///
/// `Display` writes `FILE:LINE:COLUMN: what is wrong, what was expected`, on one line. Values are repeated at most in
/// part.
#[derive(Debug)]
pub struct ConfigError {
    file: PathBuf,
    position: Option<Position>,
    problem: ConfigProblem,
}

/// A place in a file; lines and columns are counted from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
}

/// What is wrong with a configuration.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConfigProblem {
    /// The file can't be opened or read.
    Unreadable(io::Error),
    /// The path names a directory, a pipe or a device.
    NotAFile,
    /// The file is larger than `limit` bytes.
    TooLarge {
        /// Largest size accepted, in bytes.
        limit: u64,
    },
    /// The file is not UTF-8 text.
    NotUtf8,
    /// Brackets are nested deeper than `limit`.
    TooDeep {
        /// Deepest nesting accepted.
        limit: usize,
    },
    /// The file is not YAML.
    Syntax(String),
    /// The file as a whole is not a mapping of keys to values.
    NotAMapping {
        /// What stands there instead.
        found: String,
    },
    /// The file has no `debugpy:` key on its top level.
    NoBlock,
    /// A second `debugpy:` key on the top level.
    SecondBlock,
    /// The same key twice in the block.
    DuplicateKey(String),
    /// A key that the block does not have.
    UnknownKey {
        /// The key as it stands in the file.
        key: String,
        /// The known key that looks most like it.
        nearest: Option<&'static str>,
    },
    /// A value with a tag such as `!secret`, which Home Assistant would resolve before any integration sees it.
    Tag {
        /// The key whose value it is; none for the block itself.
        key: Option<&'static str>,
        /// The tag, with its exclamation mark.
        tag: String,
    },
    /// A value of another type or range.
    Value {
        /// The key whose value it is; none for the block itself.
        key: Option<&'static str>,
        /// What would have been accepted.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// `<<` merges more mappings than `limit`.
    TooManyMerges {
        /// Most mappings accepted in all merges together.
        limit: usize,
    },
}

impl ConfigError {
    pub(super) fn new(file: &Path, position: Option<Position>, problem: ConfigProblem) -> Self {
        Self {
            file: file.to_owned(),
            position,
            problem,
        }
    }

    /// Returns the file that was read, as it was named by the caller.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Returns where the problem stands; `None` where it concerns the whole file.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// Returns what is wrong.
    pub fn problem(&self) -> &ConfigProblem {
        &self.problem
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(Position { line, column }) = self.position {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl core::error::Error for ConfigError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match &self.problem {
            ConfigProblem::Unreadable(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "can't be read: {error}"),
            Self::NotAFile => f.write_str("is not a regular file"),
            Self::TooLarge { limit } => write!(f, "is larger than the limit of {limit} bytes"),
            Self::NotUtf8 => f.write_str("is not UTF-8 text"),
            Self::TooDeep { limit } => write!(f, "brackets are nested deeper than the limit of {limit}"),
            Self::Syntax(text) => write!(f, "is not valid YAML: {text}"),
            Self::NotAMapping { found } => {
                write!(
                    f,
                    "expected keys and values on the top level (such as `debugpy:`), found {found}"
                )
            }
            Self::NoBlock => {
                f.write_str("has no `debugpy:` entry; add the line `debugpy:` on the top level to accept all defaults")
            }
            Self::SecondBlock => f.write_str("a second `debugpy:` entry; expected one"),
            Self::DuplicateKey(key) => write!(f, "debugpy: `{key}` stands here for the second time; expected once"),
            Self::UnknownKey { key, nearest } => {
                write!(f, "debugpy: unknown key {key}; expected {KEYS}")?;
                match nearest {
                    Some(nearest) => write!(f, " (did you mean `{nearest}`?)"),
                    None => Ok(()),
                }
            }
            Self::Tag { key, tag } => {
                write!(
                    f,
                    "{}{} is resolved by Home Assistant, not here; expected a plain value",
                    KeyPath(*key),
                    cut(tag)
                )
            }
            Self::Value { key, expected, found } => write!(f, "{}expected {expected}, found {found}", KeyPath(*key)),
            Self::TooManyMerges { limit } => write!(f, "debugpy: merges (`<<`) more than {limit} mappings"),
        }
    }
}

/// The keys of the block.
const KEYS: &str = "host, port, start, wait, allow, token, evaluate, path_mappings or just_my_code";

/// Writes `debugpy: ` or `debugpy: KEY: `.
struct KeyPath(Option<&'static str>);

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("debugpy: ")?;
        match self.0 {
            Some(key) => write!(f, "{key}: "),
            None => Ok(()),
        }
    }
}
