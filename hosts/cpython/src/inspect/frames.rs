//! Stack frames: where they are and which names they see.

use std::collections::HashSet;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::attributes::{Attribute, entries, name_text};

/// The namespace of the code is in fast locals, not in a mapping.
const CO_OPTIMIZED: u32 = 1;

/// Whose frame it is.
#[derive(Clone, Debug)]
pub(crate) struct FrameView {
    /// The function's name, `<module>` for a module's own code.
    pub(crate) name: String,
    /// The file as the program names it (`co_filename`), not translated to the client's folders.
    pub(crate) path: String,
}

/// Reads whose frame `frame` is.
///
/// # Errors
///
/// [`PyErr`] when `frame` is not a frame.
pub(crate) fn frame_view(frame: &Bound<'_, PyAny>) -> PyResult<FrameView> {
    let py = frame.py();
    let code = frame.getattr(interned!(py, "f_code"))?;
    let name = name_text(&code.getattr(interned!(py, "co_name"))?);
    let path = name_text(&code.getattr(interned!(py, "co_filename"))?);
    Ok(FrameView { name, path })
}

/// The global names of a frame, unless it has none to speak of.
pub(crate) fn frame_globals<'py>(frame: &Bound<'py, PyAny>) -> Option<Bound<'py, PyDict>> {
    globals(frame).ok()
}

/// The global names of a frame.
pub(super) fn globals<'py>(frame: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    Ok(frame
        .getattr(interned!(frame.py(), "f_globals"))?
        .cast_into::<PyDict>()?)
}

/// The local names of a frame, as they are now: a dictionary filled for us (3.11, 3.12, functions), a view that writes
/// through (3.13 and later, functions) or the namespace itself (modules, class bodies).
pub(super) fn locals<'py>(frame: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    frame.getattr(interned!(frame.py(), "f_locals"))
}

/// Whether the locals of `frame` are a function's.
pub(super) fn is_function(frame: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = frame.py();
    let flags: u32 = frame
        .getattr(interned!(py, "f_code"))?
        .getattr(interned!(py, "co_flags"))?
        .extract()?;
    Ok(flags & CO_OPTIMIZED != 0)
}

/// The names which the code of a function declares: parameters and variables, then those shared with inner functions,
/// then those of outer ones.
pub(super) fn declared<'py>(frame: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let py = frame.py();
    let code = frame.getattr(interned!(py, "f_code"))?;
    let mut names = Vec::new();
    for list in [
        interned!(py, "co_varnames"),
        interned!(py, "co_cellvars"),
        interned!(py, "co_freevars"),
    ] {
        names.extend(code.getattr(list)?.cast_into::<PyTuple>()?.iter());
    }
    Ok(names)
}

/// The locals of a frame with their values: of a function in the order of its code, then names that were added while
/// it was stopped; of modules and classes in the order of assignment.
pub(super) fn local_entries<'py>(frame: &Bound<'py, PyAny>) -> PyResult<Vec<Attribute<'py>>> {
    let names = as_dict(&locals(frame)?)?;
    if !is_function(frame)? {
        return Ok(entries(&names));
    }
    let mut seen = HashSet::new();
    let mut list = Vec::with_capacity(names.len());
    for name in declared(frame)? {
        if let Some(value) = names.get_item(&name)? {
            let name = name_text(&name);
            // `.0` is the argument of a comprehension, which nobody wrote.
            if !name.starts_with('.') && seen.insert(name.clone()) {
                list.push(Attribute::value(name, value));
            }
        }
    }
    let added = entries(&names)
        .into_iter()
        .filter(|entry| !entry.name.starts_with('.') && !seen.contains(&entry.name));
    list.extend(added);
    Ok(list)
}

/// `names` itself where it is a dictionary, else a copy.
pub(super) fn as_dict<'py>(names: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    if let Ok(dict) = names.cast::<PyDict>() {
        return Ok(dict.clone());
    }
    let copy = PyDict::new(names.py());
    // The method, which is native; a check for being a mapping would run Python code, and other threads with it.
    copy.call_method1(interned!(names.py(), "update"), (names,))?;
    Ok(copy)
}
