//! `setPydevdSourceMap`: lines of a file of the client's that are executed under another name, as the cells of a notebook
//! are.
//!
//! The client speaks of the lines of its file (a notebook exported as a script, most often); the program has compiled them
//! as `<ipython-input-3-...>` or a temporary file. Breakpoints go one way, frames the other.

use core::sync::atomic::{AtomicBool, Ordering};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::engine::lock;

/// Lines of a file, and where they are executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// The first and the last line in the client's file.
    pub(crate) line: u32,
    pub(crate) end_line: u32,
    /// The name under which they were compiled, and the line there that the first of them is.
    pub(crate) runtime: String,
    pub(crate) runtime_line: u32,
}

/// Whether there are any.
static ANY: AtomicBool = AtomicBool::new(false);

/// A file of the client's.
#[derive(Debug)]
struct Mapped {
    /// Its path as the client writes it.
    path: String,
    parts: Vec<Part>,
}

/// The files that have parts, by canonical path.
static MAPS: Mutex<BTreeMap<Arc<str>, Mapped>> = Mutex::new(BTreeMap::new());

/// Replaces the parts of the file with the canonical path `key`, which the client calls `path`.
///
/// # Errors
///
/// A sentence: code that belongs to one file cannot belong to another as well.
pub(crate) fn set(key: &Arc<str>, path: &str, mut parts: Vec<Part>) -> Result<(), String> {
    let mut maps = lock(&MAPS);
    for part in &parts {
        let taken = |(other, mapped): &(&Arc<str>, &Mapped)| {
            *other != key && mapped.parts.iter().any(|known| known.runtime == part.runtime)
        };
        if let Some((_, other)) = maps.iter().find(taken) {
            let (runtime, other) = (&part.runtime, &other.path);
            return Err(format!("{runtime} cannot be part of {path}: it is mapped to {other}"));
        }
    }
    parts.sort_by_key(|part| part.line);
    if parts.is_empty() {
        maps.remove(key);
    } else {
        let path = path.to_owned();
        maps.insert(Arc::clone(key), Mapped { path, parts });
    }
    ANY.store(!maps.is_empty(), Ordering::Relaxed);
    Ok(())
}

/// The session has ended.
pub(crate) fn forget() {
    lock(&MAPS).clear();
    ANY.store(false, Ordering::Relaxed);
}

/// Whether code compiled as `runtime` is shown as part of another file.
pub(crate) fn has(runtime: &str) -> bool {
    let has = |mapped: &Mapped| mapped.parts.iter().any(|part| part.runtime == runtime);
    ANY.load(Ordering::Relaxed) && lock(&MAPS).values().any(has)
}

/// The client's file and line for a line of code compiled as `runtime`.
pub(crate) fn to_client(runtime: &str, line: u32) -> Option<(String, u32)> {
    if !ANY.load(Ordering::Relaxed) {
        return None;
    }
    let maps = lock(&MAPS);
    let all = maps
        .values()
        .flat_map(|mapped| mapped.parts.iter().map(|part| (&mapped.path, part)));
    let mut of_this = all.filter(|(_, part)| part.runtime == runtime);
    of_this.find_map(|(path, part)| {
        let offset = line.checked_sub(part.runtime_line)?;
        (offset <= part.end_line.saturating_sub(part.line)).then(|| (path.clone(), part.line + offset))
    })
}

/// Where a line of the client's file with the canonical path `key` is executed: the name under which it was compiled,
/// and the line there.
pub(crate) fn to_program(key: &str, line: u32) -> Option<(String, u32)> {
    if !ANY.load(Ordering::Relaxed) {
        return None;
    }
    let maps = lock(&MAPS);
    let mut parts = maps.get(key)?.parts.iter();
    let part = parts.find(|part| (part.line..=part.end_line).contains(&line))?;
    Some((part.runtime.clone(), part.runtime_line.saturating_add(line - part.line)))
}
