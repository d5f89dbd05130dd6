//! Which lines of a Python source file a breakpoint can stop at.

use core::ffi::CStr;
use core::hash::Hasher;
use core::time::Duration;
use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::ffi::CString;
use std::fs::{self, File};
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use pyo3::exceptions::PyWarning;
use pyo3::prelude::*;
use pyo3::types::code::PyCodeInput;
use pyo3::types::{PyCode, PyList, PyModule, PyTuple};

mod error;
mod file_lines;

pub(crate) use error::SourceError;
pub(crate) use file_lines::{FileLines, NO_CODE};

/// The largest source file that is looked at, in bytes. Compiling that much holds the program for a second or two.
pub(crate) const LARGEST_FILE: u64 = 8 << 20;

/// Files remembered; beyond it, the one that was not asked for longest is forgotten.
const MOST_FILES: usize = 256;

/// A file changed less than this before it was read may change again without a new time stamp.
const TIME_STAMP_GRAIN: Duration = Duration::from_secs(2);

/// The file name that the compiler is told. No warning of the program can carry it, see [`Hushed`].
const COMPILED_AS: &CStr = c"<dapstub: looking for lines with code>";

/// The lines with code of every source file that a client asked about; each file is compiled once per content.
///
/// The interpreter's own compiler decides, so the answer fits the running version. Compiling runs nothing of the file,
/// prints no warning and imports no module of the program; only a file with a coding cookie makes the interpreter look
/// up that codec. The GIL is never given up here, so a stopped program stays stopped (unless garbage collection happens
/// to run a finalizer of the program, or the program audits compilations). The lock inside is never held while Python
/// works, so such code cannot meet it.
pub(crate) struct SourceLines {
    /// Opcode of `RESUME`, which ends what a function does before its first line.
    resume: Option<u8>,
    warnings: Py<PyModule>,
    files: Mutex<HashMap<String, Remembered>>,
}

struct Remembered {
    stamp: Stamp,
    digest: u64,
    lines: Result<Arc<FileLines>, SourceError>,
    asked: SystemTime,
}

impl SourceLines {
    /// Imports what is needed later, so that asking while the program is stopped imports nothing.
    pub(crate) fn new(py: Python<'_>) -> PyResult<Self> {
        let opcodes = py.import(interned!(py, "opcode"))?.getattr(interned!(py, "opmap"))?;
        // A `dict` up to 3.14, a `frozendict` since.
        let resume = opcodes.get_item(interned!(py, "RESUME")).ok();
        Ok(Self {
            resume: resume.map(|code| code.extract()).transpose()?,
            warnings: py.import(interned!(py, "warnings"))?.unbind(),
            files: Mutex::default(),
        })
    }

    /// The lines with code of the file at `path`, a path of the debuggee.
    ///
    /// The first call for a content compiles it; later ones look at the file's time stamp and size, and read it again
    /// only when those moved. Keep the answer for all breakpoints of one request.
    ///
    /// # Errors
    ///
    /// [`SourceError`], whose text is meant for the `message` of the breakpoints of that file.
    pub(crate) fn of(&self, py: Python<'_>, path: &str) -> Result<Arc<FileLines>, SourceError> {
        let stamp = Stamp::of_path(path)?;
        if let Some(lines) = self.remembered(path, |known| stamp.settled && known.stamp == stamp) {
            return lines;
        }
        let (stamp, source) = read(path)?;
        let digest = digest(&source);
        let same_content = |known: &mut Remembered| {
            let same = known.digest == digest && known.stamp.size == stamp.size;
            if same {
                known.stamp = stamp;
            }
            same
        };
        if let Some(lines) = self.remembered(path, same_content) {
            return lines;
        }
        let lines = self.compiled(py, source);
        if !matches!(lines, Err(SourceError::Failed(_))) {
            self.remember(
                path,
                Remembered {
                    stamp,
                    digest,
                    lines: lines.clone(),
                    asked: SystemTime::now(),
                },
            );
        }
        lines
    }

    /// Whether the file at `path` was written after `moment`. Not known means no.
    pub(crate) fn is_newer(path: &str, moment: SystemTime) -> bool {
        let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
        modified.is_ok_and(|modified| modified > moment)
    }

    fn remembered(
        &self,
        path: &str,
        fits: impl FnOnce(&mut Remembered) -> bool,
    ) -> Option<Result<Arc<FileLines>, SourceError>> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let known = files.get_mut(path)?;
        if !fits(known) {
            return None;
        }
        known.asked = SystemTime::now();
        Some(known.lines.clone())
    }

    fn remember(&self, path: &str, file: Remembered) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if files.len() >= MOST_FILES && !files.contains_key(path) {
            let oldest = files
                .iter()
                .min_by_key(|(_, known)| known.asked)
                .map(|(path, _)| path.clone());
            if let Some(oldest) = oldest {
                files.remove(&oldest);
            }
        }
        files.insert(path.to_owned(), file);
    }

    fn compiled(&self, py: Python<'_>, source: Vec<u8>) -> Result<Arc<FileLines>, SourceError> {
        let continuations = file_lines::continuations(&source);
        let source = CString::new(source).map_err(|error| {
            let before = error.into_vec().into_iter().take_while(|&byte| byte != 0);
            let line = 1 + before.filter(|&byte| byte == b'\n').count();
            SourceError::Syntax {
                line: u32::try_from(line).ok(),
                message: "a null byte, which no source has".into(),
            }
        })?;
        let code = {
            let _hushed = Hushed::new(self.warnings.bind(py));
            PyCode::compile(py, &source, COMPILED_AS, PyCodeInput::File)
        };
        let lines = code.and_then(|code| FileLines::of_code(code, self.resume, continuations));
        lines.map(Arc::new).map_err(|error| SourceError::of_python(py, &error))
    }
}

/// Keeps the compiler's warnings about our copy of the source from being printed (or raised, with `-W error`).
///
/// `warnings.catch_warnings` exchanges the program's list of filters and puts the old one back, which undoes what
/// another thread does meanwhile. Here a single entry goes in and comes out again by two atomic list operations. It
/// matches only the made-up module name that the interpreter derives from [`COMPILED_AS`], so even an entry that
/// another thread happens to copy has no effect on anything else.
struct Hushed<'py>(Option<(Bound<'py, PyList>, Bound<'py, PyTuple>)>);

impl<'py> Hushed<'py> {
    fn new(warnings: &Bound<'py, PyModule>) -> Self {
        let insert = || {
            let py = warnings.py();
            let filters = warnings.getattr(interned!(py, "filters"))?.cast_into::<PyList>()?;
            let module = COMPILED_AS.to_string_lossy();
            let rule = ("ignore", py.None(), py.get_type::<PyWarning>(), module, 0).into_pyobject(py)?;
            filters.insert(0, &rule)?;
            Ok::<_, PyErr>((filters, rule))
        };
        // Without filters a warning may be printed: no reason to refuse the breakpoint.
        Self(insert().ok())
    }
}

impl Drop for Hushed<'_> {
    fn drop(&mut self) {
        if let Some((filters, rule)) = &self.0 {
            // It is gone already where the program cleared its filters.
            let _ = filters.call_method1(interned!(filters.py(), "remove"), (rule,));
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
    /// Old enough to say that the same time stamp means the same content.
    settled: bool,
}

impl Stamp {
    fn of_path(path: &str) -> Result<Self, SourceError> {
        if path.is_empty() || (path.starts_with('<') && path.ends_with('>')) {
            return Err(SourceError::NoFile { name: path.to_owned() });
        }
        let metadata = fs::metadata(path).map_err(|error| SourceError::of_io(path, &error))?;
        // Opening a pipe or a device may wait for ever.
        if !metadata.is_file() {
            return Err(SourceError::NoRegularFile { path: path.to_owned() });
        }
        Self::of_metadata(&metadata)
    }

    fn of_metadata(metadata: &fs::Metadata) -> Result<Self, SourceError> {
        if metadata.len() > LARGEST_FILE {
            return Err(SourceError::TooLarge { size: metadata.len() });
        }
        let modified = metadata.modified().ok();
        let age = modified.and_then(|modified| SystemTime::now().duration_since(modified).ok());
        Ok(Self {
            size: metadata.len(),
            modified,
            settled: age.is_some_and(|age| age > TIME_STAMP_GRAIN),
        })
    }
}

fn read(path: &str) -> Result<(Stamp, Vec<u8>), SourceError> {
    let file = File::open(path).map_err(|error| SourceError::of_io(path, &error))?;
    let metadata = file.metadata().map_err(|error| SourceError::of_io(path, &error))?;
    let mut stamp = Stamp::of_metadata(&metadata)?;
    let mut source = Vec::new();
    file.take(LARGEST_FILE + 1)
        .read_to_end(&mut source)
        .map_err(|error| SourceError::of_io(path, &error))?;
    let size = source.len() as u64;
    if size > LARGEST_FILE {
        return Err(SourceError::TooLarge { size });
    }
    // A file that grew meanwhile is read again next time.
    stamp.settled &= size == stamp.size;
    stamp.size = size;
    Ok((stamp, source))
}

fn digest(source: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(source);
    hasher.finish()
}
