//! Code in which no thread is held: it holds locks of Python's own, which every other thread needs.
//!
//! A thread that waits for an item of a queue holds the queue's lock whenever it wakes, and so on. Held there, it would
//! hold up the one that runs, at lines where nobody expects it. It is let on until it is back in other code.

use pyo3::prelude::*;

use crate::engine::Engine;
use crate::stack;

/// Files of the standard library.
const FILES: [&str; 7] = [
    "threading.py",
    "queue.py",
    "weakref.py",
    "_weakrefset.py",
    "logging/__init__.py",
    "concurrent/futures/_base.py",
    "concurrent/futures/thread.py",
];

/// Whether no thread is held in `code`.
pub(crate) fn is_spared(engine: &Engine, code: &Bound<'_, PyAny>) -> bool {
    let Ok(file) = stack::file_of_code(code) else {
        return false;
    };
    file.starts_with("<frozen importlib.") || (is_named(&file) && engine.is_library(&file))
}

fn is_named(file: &str) -> bool {
    FILES.iter().any(|name| {
        let folder = file.strip_suffix(name).or_else(|| {
            let name = name.replace('/', "\\");
            file.strip_suffix(&name)
        });
        folder.is_some_and(|folder| folder.ends_with(['/', '\\']) && !folder.contains("site-packages"))
    })
}

#[cfg(test)]
mod tests {
    use super::is_named;

    #[test]
    fn files_of_the_standard_library_by_name() {
        assert!(is_named("/usr/lib/python3.12/threading.py"));
        assert!(is_named("/usr/lib/python3.12/concurrent/futures/thread.py"));
        assert!(is_named("C:\\Python\\Lib\\logging\\__init__.py"));
        assert!(!is_named("/usr/lib/python3.12/mythreading.py"));
        assert!(!is_named("/usr/lib/python3/site-packages/x/queue.py"));
    }
}
