//! Names of attributes, made once.
//!
//! PyO3 has a macro `intern!` for that. It hands the GIL to whoever waits for it when a name is first used, which lets
//! another thread run in the middle of a look at a stopped program: here no thread gets to run.

use std::sync::OnceLock;

use pyo3::{prelude::*, types::PyString};

/// A name behind [`interned!`].
pub(crate) struct Name {
    text: &'static str,
    made: OnceLock<Py<PyString>>,
}

impl Name {
    pub(crate) const fn new(text: &'static str) -> Self {
        Self {
            text,
            made: OnceLock::new(),
        }
    }

    /// The name as Python's string. Nobody waits for it in vain: to make it runs no Python code and keeps the GIL.
    pub(crate) fn get<'py>(&self, py: Python<'py>) -> &Bound<'py, PyString> {
        self.made
            .get_or_init(|| PyString::intern(py, self.text).unbind())
            .bind(py)
    }
}

/// `interned!(py, "name")`: the name as a `&Bound<PyString>`.
macro_rules! interned {
    ($py:expr, $text:expr) => {{
        static NAME: crate::names::Name = crate::names::Name::new($text);
        NAME.get($py)
    }};
}
