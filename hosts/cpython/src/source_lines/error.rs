//! Why the lines of a source file are not known, in words for the person at the editor.

use core::fmt;
use std::io;

use pyo3::exceptions::PySyntaxError;
use pyo3::prelude::*;

use super::LARGEST_FILE;

/// Why the lines of a file are not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SourceError {
    /// A name such as `<string>`, which code has that comes from no file.
    NoFile { name: String },
    /// Nothing there.
    Missing { path: String },
    /// A folder, pipe, socket or device.
    NoRegularFile { path: String },
    /// The operating system refused.
    Unreadable { path: String, reason: String },
    /// Larger than [`LARGEST_FILE`].
    TooLarge { size: u64 },
    /// Not Python, or not of this version, or in another encoding than it says. Counted from 1.
    Syntax { line: Option<u32>, message: String },
    /// The interpreter could not compile it for a reason of its own, such as no memory. Not remembered.
    Failed(String),
}

impl SourceError {
    pub(super) fn of_io(path: &str, error: &io::Error) -> Self {
        let path = path.to_owned();
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::Missing { path },
            // A path with a null byte.
            io::ErrorKind::InvalidInput => Self::NoFile {
                name: path.escape_default().to_string(),
            },
            _ => Self::Unreadable {
                path,
                reason: error.to_string(),
            },
        }
    }

    pub(super) fn of_python(py: Python<'_>, error: &PyErr) -> Self {
        if !error.is_instance_of::<PySyntaxError>(py) {
            return Self::Failed(error.to_string());
        }
        let value = error.value(py);
        let line = value
            .getattr(interned!(py, "lineno"))
            .and_then(|line| line.extract())
            .ok()
            .flatten();
        let message = value
            .getattr(interned!(py, "msg"))
            .and_then(|message| message.extract());
        Self::Syntax {
            line: line.filter(|&line| line > 0),
            message: message.unwrap_or_else(|_| error.to_string()),
        }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFile { name } => write!(f, "{name:?} is no file, so it has no lines to stop at"),
            Self::Missing { path } => {
                write!(
                    f,
                    "{path} does not exist where the program runs; do the pathMappings fit?"
                )
            }
            Self::NoRegularFile { path } => write!(f, "{path} is a folder or device; expected a source file"),
            Self::Unreadable { path, reason } => write!(f, "{path} cannot be read where the program runs: {reason}"),
            Self::TooLarge { size } => {
                write!(
                    f,
                    "the file has {size} bytes, more than the {LARGEST_FILE} that are looked at"
                )
            }
            Self::Syntax {
                line: Some(line),
                message,
            } => {
                write!(
                    f,
                    "the file on the program's side does not compile: line {line}: {message}"
                )
            }
            Self::Syntax { line: None, message } => {
                write!(f, "the file on the program's side does not compile: {message}")
            }
            Self::Failed(reason) => write!(f, "the interpreter could not compile the file: {reason}"),
        }
    }
}

impl core::error::Error for SourceError {}
