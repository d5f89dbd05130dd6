//! Modules of the standard library, found wherever the program happens to be.
//!
//! An import statement looks for `__import__` among the builtins of the frame that runs, and a program may run code that
//! has none (`eval(code, {"__builtins__": {}})`, as `namedtuple` does). In a callback of the interpreter that frame is
//! the program's. So the function itself is fetched once, while the program calls us.

use std::sync::OnceLock;

use pyo3::{
    exceptions::PyRuntimeError,
    prelude::*,
    types::{PyDict, PyModule},
};

struct Found {
    /// `builtins.__import__`
    import: Py<PyAny>,
    sys: Py<PyModule>,
}

static FOUND: OnceLock<Found> = OnceLock::new();

/// Fetches what the other functions need. Called once, from a call that the program makes.
pub(crate) fn prepare(py: Python<'_>) -> PyResult<()> {
    if FOUND.get().is_none() {
        let found = Found {
            import: py.import("builtins")?.getattr("__import__")?.unbind(),
            sys: py.import("sys")?.unbind(),
        };
        // Whoever loads this first is taken for the main thread (up to 3.12), which must not be a thread of ours.
        py.import("threading")?;
        // Another thread was faster: what it found is the same.
        let _ = FOUND.set(found);
    }
    Ok(())
}

fn found() -> PyResult<&'static Found> {
    FOUND
        .get()
        .ok_or_else(|| PyRuntimeError::new_err("the debugger was not prepared"))
}

/// The module `sys`.
pub(crate) fn sys(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    Ok(found()?.sys.bind(py).clone())
}

/// A module of the standard library.
pub(crate) fn import<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    if let Some(module) = loaded(py, name)? {
        return Ok(module);
    }
    found()?.import.bind(py).call1((name,))
}

/// A module, if the program has loaded it already.
pub(crate) fn loaded<'py>(py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    sys(py)?.getattr("modules")?.cast_into::<PyDict>()?.get_item(name)
}

/// The same, but whole: if another thread is in the middle of loading it, that is waited for. Not for threads that the
/// program may depend on.
pub(crate) fn loaded_whole<'py>(py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    match loaded(py, name)? {
        Some(_) => found()?.import.bind(py).call1((name,)).map(Some),
        None => Ok(None),
    }
}
