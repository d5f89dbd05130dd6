//! Threads of the program: small lasting numbers for the client, names, and who has come and gone.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::{prelude::*, types::PyDict};

use crate::{ffi, modules};

/// A thread as the client sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ThreadView {
    pub(crate) id: i64,
    pub(crate) ident: u64,
    pub(crate) name: String,
}

#[derive(Debug, Default)]
struct Table {
    ids: HashMap<u64, i64>,
    last: i64,
}

/// Gives out thread ids: 1, 2, ... in the order in which threads are seen; a thread keeps its id while it lives.
#[derive(Debug, Default)]
pub(crate) struct Threads {
    table: Mutex<Table>,
}

impl Threads {
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The id of the thread with this `threading.get_ident()`.
    pub(crate) fn id(&self, ident: u64) -> i64 {
        let mut table = self.lock();
        if let Some(id) = table.ids.get(&ident) {
            return *id;
        }
        table.last += 1;
        let id = table.last;
        table.ids.insert(ident, id);
        id
    }

    /// The ident behind an id, if that thread was seen alive last time.
    pub(crate) fn ident(&self, id: i64) -> Option<u64> {
        self.lock()
            .ids
            .iter()
            .find(|(_, known)| **known == id)
            .map(|(ident, _)| *ident)
    }

    /// All threads that execute Python code now, and `stopped`; ids of threads that have ended are forgotten and returned.
    pub(crate) fn list(&self, py: Python<'_>, stopped: Option<u64>) -> PyResult<(Vec<ThreadView>, Vec<i64>)> {
        let own = crate::tracker::is_inspector_thread().then(ffi::thread_ident);
        let frames = current_frames(py)?;
        let names = names(py)?;
        let mut threads = Vec::with_capacity(frames.len());
        let mut idents: Vec<u64> = frames
            .iter()
            .map(|(ident, _)| ident.extract::<u64>())
            .collect::<PyResult<Vec<u64>>>()?;
        let audits = |ident| crate::engine::get().is_some_and(|engine| engine.audit.is_thread(ident));
        idents.retain(|ident| Some(*ident) != own && !audits(*ident));
        let main = main_ident(py)?;
        // A thread that runs no Python code just now: the one whose last frame an exception has left, and the main
        // thread between two pieces of the program.
        let known_main = main.filter(|main| self.lock().ids.contains_key(main));
        for ident in stopped.into_iter().chain(known_main) {
            if !idents.contains(&ident) {
                idents.push(ident);
            }
        }
        // The main thread comes first, the others as they were started (idents say nothing, ids do).
        idents.sort_by_key(|ident| {
            (
                Some(*ident) != main,
                self.lock().ids.get(ident).copied().unwrap_or(i64::MAX),
                *ident,
            )
        });
        for ident in idents {
            let name = names.get(&ident).cloned().unwrap_or_else(|| {
                if Some(ident) == main {
                    "MainThread".to_owned()
                } else {
                    format!("Thread {ident}")
                }
            });
            threads.push(ThreadView {
                id: self.id(ident),
                ident,
                name,
            });
        }
        let mut gone = Vec::new();
        self.lock().ids.retain(|ident, id| {
            let lives = threads.iter().any(|thread| thread.ident == *ident);
            if !lives {
                gone.push(*id);
            }
            lives
        });
        gone.sort_unstable();
        Ok((threads, gone))
    }
}

/// `sys._current_frames()`: the innermost frame of each thread, by ident.
pub(crate) fn current_frames(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    Ok(modules::sys(py)?
        .call_method0("_current_frames")?
        .cast_into::<PyDict>()?)
}

/// The ident of the main thread, if the `threading` module was loaded; a debugger does not load it for its own sake.
pub(crate) fn main_ident(py: Python<'_>) -> PyResult<Option<u64>> {
    let Some(threading) = modules::loaded(py, "threading")? else {
        return Ok(None);
    };
    // `_ident` rather than the property `ident`: no Python code runs for it, so no other thread either. A module that
    // the program is importing just now may not have the names yet.
    let Ok(main) = threading.getattr("_main_thread") else {
        return Ok(None);
    };
    main.getattr("_ident")?.extract()
}

/// The names of the threads that `threading` knows, by ident.
pub(crate) fn names(py: Python<'_>) -> PyResult<HashMap<u64, String>> {
    let mut names = HashMap::new();
    let Some(threading) = modules::loaded(py, "threading")? else {
        return Ok(names);
    };
    let Ok(active) = threading.getattr("_active") else {
        return Ok(names);
    };
    let active = active.cast_into::<PyDict>()?;
    for (ident, thread) in active.iter() {
        // `_name` rather than `name`: a subclass may compute the latter.
        if let (Ok(ident), Ok(name)) = (ident.extract(), thread.getattr("_name").and_then(|name| name.extract())) {
            names.insert(ident, name);
        }
    }
    Ok(names)
}
