//! When are two paths the same file? What a client sends is compared with `co_filename` here.

use core::time::Duration;
use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Spellings remembered. A program that makes up names without end costs no more than this.
const MOST_SPELLINGS: usize = 16_384;

/// A file that was not there is looked for again after this long.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// One key for each file, however its path is spelled.
///
/// `co_filename` may be relative to the folder in which the program started, and both it and the client's path may lead
/// over symbolic links. The key is the absolute path with all of that resolved. Names of code without a file
/// (`<string>`) are their own keys. Answers are remembered; nothing here needs the GIL.
#[derive(Debug)]
pub(crate) struct PathTable {
    /// What relative paths are relative to.
    folder: PathBuf,
    spellings: Mutex<Spellings>,
}

#[derive(Debug, Default)]
struct Spellings {
    keys: HashMap<Box<str>, Remembered>,
    /// Each key once, so that a file with several spellings is one allocation.
    distinct: HashSet<Arc<str>>,
}

#[derive(Clone, Debug)]
struct Remembered {
    key: Arc<str>,
    /// `None` if the file was there.
    look_again: Option<Instant>,
}

impl PathTable {
    /// A table for a program that started in the working directory of this moment: make it before the program runs.
    pub(crate) fn here() -> Self {
        Self::below(std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")))
    }

    /// A table in which relative paths are below `folder`.
    pub(crate) fn below(folder: PathBuf) -> Self {
        Self {
            folder,
            spellings: Mutex::default(),
        }
    }

    /// The key of `path`, which is a `co_filename` or a path from the client after its mapping to this side.
    ///
    /// Of a file that does not exist, the folders that do are resolved. Such an answer holds for a second, so that a
    /// file that appears later gets its right key.
    pub(crate) fn key(&self, path: &str) -> Arc<str> {
        if let Some(known) = self.locked().keys.get(path)
            && known.look_again.is_none_or(|at| Instant::now() < at)
        {
            return Arc::clone(&known.key);
        }
        // Looking at the disk may take long, and is done without the lock.
        let (text, found) = if is_name(path) {
            (path.to_owned(), true)
        } else {
            resolved(&self.folder.join(path))
        };
        let look_again = if found {
            None
        } else {
            Instant::now().checked_add(LOOK_AGAIN)
        };
        self.locked().remember(path, text, look_again)
    }

    /// Forgets every answer, so that links that have moved since are followed anew. Keys given out stay valid texts.
    pub(crate) fn forget(&self) {
        *self.locked() = Spellings::default();
    }

    fn locked(&self) -> MutexGuard<'_, Spellings> {
        self.spellings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Spellings {
    fn remember(&mut self, path: &str, text: String, look_again: Option<Instant>) -> Arc<str> {
        if self.keys.len() >= MOST_SPELLINGS {
            *self = Self::default();
        }
        let key = match self.distinct.get(text.as_str()) {
            Some(key) => Arc::clone(key),
            None => {
                let key: Arc<str> = text.into();
                self.distinct.insert(Arc::clone(&key));
                key
            }
        };
        self.keys.insert(
            path.into(),
            Remembered {
                key: Arc::clone(&key),
                look_again,
            },
        );
        key
    }
}

/// Whether this is a name like `<string>` rather than a path.
pub(crate) fn is_name(co_filename: &str) -> bool {
    co_filename.starts_with('<') && co_filename.ends_with('>')
}

/// `path` without `.`, `..` and doubled separators, by its text alone; on Windows also in lower case.
pub(crate) fn tidied(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(tidy.pop()),
            other => tidy.push(other),
        }
    }
    folded(tidy)
}

/// The canonical form of an absolute path, and whether the file exists.
fn resolved(path: &Path) -> (String, bool) {
    let mut existing = path;
    let mut missing = Vec::new();
    loop {
        match existing.canonicalize() {
            Ok(mut found) => {
                let is_whole = missing.is_empty();
                found.extend(missing.iter().rev());
                // Below what exists, `..` can only be resolved by the text.
                let found = if is_whole { folded(found) } else { tidied(&found) };
                if let Some(text) = found.to_str() {
                    return (text.to_owned(), is_whole);
                }
                break;
            }
            Err(error) if is_absence(&error) => {}
            Err(_) => break,
        }
        let mut components = existing.components();
        match components.next_back() {
            Some(last @ (Component::Normal(_) | Component::ParentDir)) => missing.push(last),
            _ => break,
        }
        existing = components.as_path();
    }
    (tidied(path).to_string_lossy().into_owned(), false)
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Windows compares paths without regard to case, and its `canonicalize` begins with a prefix that nobody else writes.
#[cfg(windows)]
fn folded(path: PathBuf) -> PathBuf {
    let text = path.to_string_lossy().to_lowercase().replace('/', r"\");
    match text.strip_prefix(r"\\?\unc\") {
        Some(share) => PathBuf::from(format!(r"\\{share}")),
        None => PathBuf::from(text.strip_prefix(r"\\?\").unwrap_or(&text)),
    }
}

#[cfg(not(windows))]
fn folded(path: PathBuf) -> PathBuf {
    path
}
