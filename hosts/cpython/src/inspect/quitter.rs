//! `exit()` and `quit()`, typed by a person who means the console.

use pyo3::prelude::*;

use super::known::module_name;
use crate::modules;

/// Keeps `exit()` and `quit()` of the module `site` from closing the program's standard input, which they do before they
/// raise `SystemExit`: `sys.exit` stands in their place for as long as this lives.
///
/// What other threads may notice of it is only that standard input stays open where they call one of them just then.
pub(super) struct Quitters<'py> {
    builtins: Bound<'py, PyAny>,
    instead: Bound<'py, PyAny>,
    /// Name and function, of those that were there.
    found: Vec<(&'static str, Bound<'py, PyAny>)>,
}

impl<'py> Quitters<'py> {
    /// Takes them away while `text` runs, if that may call one of them.
    pub(super) fn without(py: Python<'py>, text: &str) -> PyResult<Option<Self>> {
        if !text.contains("exit") && !text.contains("quit") {
            return Ok(None);
        }
        let sys = modules::sys(py)?;
        // Imported since the interpreter began: nothing runs for it.
        let builtins = sys
            .getattr(interned!(py, "modules"))?
            .get_item(interned!(py, "builtins"))?;
        let instead = sys.getattr(interned!(py, "exit"))?;
        let mut quitters = Self {
            builtins,
            instead,
            found: Vec::new(),
        };
        for name in ["exit", "quit"] {
            let Some(function) = quitters.builtins.getattr_opt(name)? else {
                continue;
            };
            if module_name(&function.get_type()) == "_sitebuiltins" {
                quitters.builtins.setattr(name, &quitters.instead)?;
                quitters.found.push((name, function));
            }
        }
        Ok(Some(quitters))
    }
}

impl Drop for Quitters<'_> {
    fn drop(&mut self) {
        for (name, function) in &self.found {
            // Another one that was set meanwhile stays. Neither can fail: these are entries of a module's dictionary.
            if self.builtins.getattr(*name).is_ok_and(|now| now.is(&self.instead)) {
                let _ = self.builtins.setattr(*name, function);
            }
        }
    }
}
