//! `exit()` and `quit()`, typed by a person who means the console.

use pyo3::prelude::*;

use crate::modules;

/// Keeps `exit()` and `quit()` of the module `site` from closing the program's standard input, which they do before they
/// raise `SystemExit`.
pub(super) struct StandardInput<'py> {
    sys: Bound<'py, PyAny>,
    input: Bound<'py, PyAny>,
}

impl<'py> StandardInput<'py> {
    /// Takes it away while `text` runs, if that may call one of them.
    pub(super) fn keep(py: Python<'py>, text: &str) -> PyResult<Option<Self>> {
        if !text.contains("exit") && !text.contains("quit") {
            return Ok(None);
        }
        let sys = modules::sys(py)?.clone();
        let input = sys.getattr(interned!(py, "stdin"))?;
        sys.setattr(interned!(py, "stdin"), py.None())?;
        Ok(Some(Self {
            sys: sys.into_any(),
            input,
        }))
    }
}

impl Drop for StandardInput<'_> {
    fn drop(&mut self) {
        let name = interned!(self.sys.py(), "stdin");
        // Another one that was set meanwhile stays. Neither can fail: these are entries of a module's dictionary.
        if self.sys.getattr(name).is_ok_and(|now| now.is_none()) {
            let _ = self.sys.setattr(name, &self.input);
        }
    }
}
