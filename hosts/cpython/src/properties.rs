//! `setDebuggerProperty`: what an editor's extension sets behind the user's back.

use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyType};

use crate::engine::lock;

/// The properties that have an effect.
#[derive(Clone, Debug, Default)]
pub(crate) struct Properties {
    /// A condition that fails with one of these does not stop the program; `None`: with any.
    pub(crate) skip_suspend: Option<Vec<String>>,
    /// A condition that fails with one of these is not told of; `None`: with a `NameError`.
    pub(crate) skip_print: Option<Vec<String>>,
    /// Files whose paths begin or end so are passed over.
    pub(crate) starts: Vec<String>,
    pub(crate) ends: Vec<String>,
}

static PROPERTIES: Mutex<Option<Properties>> = Mutex::new(None);

/// Changes them for the session.
pub(crate) fn change(change: impl FnOnce(&mut Properties)) {
    change(lock(&PROPERTIES).get_or_insert_default());
}

/// The session has ended.
pub(crate) fn forget() {
    *lock(&PROPERTIES) = None;
}

/// Whether code of `file` is passed over as the debugger's own is.
pub(crate) fn is_passed_over(file: &str) -> bool {
    let properties = lock(&PROPERTIES);
    properties.as_ref().is_some_and(|properties| {
        properties.starts.iter().any(|start| file.starts_with(start.as_str()))
            || properties.ends.iter().any(|end| file.ends_with(end.as_str()))
    })
}

/// What follows from a condition that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failed {
    pub(crate) stops: bool,
    pub(crate) tells: bool,
}

/// Looks at what a condition raised: unless the client wants it otherwise, the program is not stopped, and the client is
/// told of all but names that are not there (yet).
pub(crate) fn on_failure(py: Python<'_>, error: &PyErr) -> Failed {
    let properties = lock(&PROPERTIES).clone().unwrap_or_default();
    let is_among = |names: &[String]| ancestors(&error.get_type(py)).iter().any(|name| names.contains(name));
    let name_error = ["NameError".to_owned()];
    Failed {
        stops: properties.skip_suspend.is_some_and(|names| !is_among(&names)),
        tells: !is_among(properties.skip_print.as_deref().unwrap_or(&name_error)),
    }
}

/// The names of a class and of those that it inherits from.
fn ancestors(class: &Bound<'_, PyType>) -> Vec<String> {
    let mro = class
        .getattr("__mro__")
        .ok()
        .and_then(|mro| mro.cast_into::<PyTuple>().ok());
    let bases = mro.iter().flat_map(|mro| mro.iter());
    let names = bases.filter_map(|base| Some(base.cast::<PyType>().ok()?.name().ok()?.to_string_lossy().into_owned()));
    names.collect()
}
