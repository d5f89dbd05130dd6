//! The log: what the debugger does, for whoever looks for an error of it. Off unless asked for.
//!
//! Into a folder it is written as debugpy's is, so that tools and people find it: `debugpy.server-PID.log` for the calls of the
//! program, `debugpy.adapter-PID.log` for connections, `debugpy.pydevd.PID.log` for the engine. Records hold names, numbers and
//! addresses: no payload, no value of the program, no secret. Nothing here needs the GIL.

use core::fmt::Write as _;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

use pyo3::prelude::*;
use tracing::Level;

use crate::audit;
use crate::engine::lock;

/// Target of the engine's own records.
pub(crate) const ENGINE: &str = "dapstub_engine";

/// Which part of the debugger speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The calls of the program.
    Calls,
    /// Connections.
    Frontend,
    /// Everything else.
    Engine,
}

impl Part {
    fn file_name(self) -> String {
        let pid = std::process::id();
        match self {
            Self::Calls => format!("debugpy.server-{pid}.log"),
            Self::Frontend => format!("debugpy.adapter-{pid}.log"),
            Self::Engine => format!("debugpy.pydevd.{pid}.log"),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Calls => "program",
            Self::Frontend => "frontend",
            Self::Engine => "engine",
        }
    }
}

/// Where the log goes.
#[derive(Debug)]
struct Log {
    begun: Instant,
    folder: Option<PathBuf>,
    files: Vec<(Part, File)>,
    stream: Option<File>,
    /// Of the stream.
    level: Level,
}

static LOG: Mutex<Option<Log>> = Mutex::new(None);
static ON: AtomicBool = AtomicBool::new(false);
/// The process that logs: a forked child may find the lock held for ever, and the files are its parent's.
static PROCESS: AtomicU32 = AtomicU32::new(0);

/// Whether there is a log.
pub(crate) fn is_on() -> bool {
    ON.load(Ordering::Relaxed)
}

/// Begins the log: into files in `folder`, and, up to the level `verbose` (0 for errors, 3 for all), to the stream with this
/// descriptor, which is copied.
///
/// Raises `OSError` when a file cannot be opened.
#[pyfunction]
#[pyo3(signature = (folder, descriptor, verbose))]
pub(crate) fn log_to(py: Python<'_>, folder: Option<PathBuf>, descriptor: Option<i32>, verbose: u8) -> PyResult<()> {
    py.detach(|| begin(folder, descriptor, verbose))?;
    audit::listen();
    tracing::callsite::rebuild_interest_cache();
    Ok(())
}

fn begin(folder: Option<PathBuf>, descriptor: Option<i32>, verbose: u8) -> std::io::Result<()> {
    let here = std::process::id();
    let is_inherited = PROCESS.swap(here, Ordering::Relaxed) != here;
    let mut files = Vec::new();
    if let Some(folder) = &folder {
        std::fs::create_dir_all(folder)?;
        files.push((Part::Calls, open(folder, Part::Calls)?));
        files.push((Part::Engine, open(folder, Part::Engine)?));
    }
    let stream = descriptor.map(crate::ffi::copy_of_descriptor).transpose()?;
    let fresh = Log {
        begun: Instant::now(),
        folder,
        files,
        stream,
        level: [Level::ERROR, Level::WARN, Level::INFO]
            .get(usize::from(verbose))
            .copied()
            .unwrap_or(Level::TRACE),
    };
    // A child of a process that logs may have to give up what it inherited.
    if let Some(mut log) = if is_inherited {
        LOG.try_lock().ok()
    } else {
        Some(lock(&LOG))
    } {
        *log = Some(fresh);
        ON.store(true, Ordering::Relaxed);
    }
    Ok(())
}

/// Gives the records of connections a file of their own, where there is a folder. Without it they stand among the program's
/// calls: a program that connects to an adapter leaves that file to it.
#[pyfunction]
pub(crate) fn log_connections(py: Python<'_>) -> PyResult<()> {
    py.detach(|| {
        if !is_on() || PROCESS.load(Ordering::Relaxed) != std::process::id() {
            return Ok(());
        }
        let mut log = lock(&LOG);
        let Some(Log {
            folder: Some(folder),
            files,
            ..
        }) = log.as_mut()
        else {
            return Ok(());
        };
        if !files.iter().any(|(part, _)| *part == Part::Frontend) {
            files.push((Part::Frontend, open(folder, Part::Frontend)?));
        }
        Ok(())
    })
}

fn open(folder: &Path, part: Part) -> std::io::Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join(part.file_name()))
}

/// Writes one line about a call of the program.
#[pyfunction]
pub(crate) fn log(py: Python<'_>, text: &str) {
    if is_on() {
        py.detach(|| write(Part::Calls, Level::INFO, text));
    }
}

/// Writes one line. What can't be written is lost.
pub(crate) fn write(part: Part, level: Level, text: &str) {
    if !is_on() || PROCESS.load(Ordering::Relaxed) != std::process::id() {
        return;
    }
    let mut log = lock(&LOG);
    let Some(Log {
        begun,
        files,
        stream,
        level: most,
        ..
    }) = log.as_mut()
    else {
        return;
    };
    let seconds = begun.elapsed().as_secs_f64();
    let mut line = String::with_capacity(text.len() + 40);
    let _ = write!(line, "{seconds:10.3} {level:5} {}: ", part.name());
    line.push_str(&text.replace('\n', "\n    "));
    line.push('\n');
    let own = files.iter_mut().position(|(of, _)| *of == part).unwrap_or_default();
    let stream = stream.as_mut().filter(|_| level <= *most);
    for file in files.get_mut(own).map(|(_, file)| file).into_iter().chain(stream) {
        // A log that can't be written is no reason to disturb the program.
        let _ = file.write_all(line.as_bytes());
    }
}
