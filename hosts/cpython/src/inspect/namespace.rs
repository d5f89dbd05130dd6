//! The names an evaluated expression sees, and how its assignments reach the frame.
//!
//! A module or class body has a real dictionary; from 3.13 on `f_locals` of a function writes through (PEP 667). On
//! 3.11 and 3.12 it is a copy: what changed in it is put back into the frame, and only that, because the function's
//! own variables may have changed meanwhile through a closure.
//!
//! A lambda or comprehension in evaluated text is compiled as if it stood in a module, so it would see only globals.
//! Where there is one, the text gets a dictionary with both kinds of names as its globals. What such a function reads
//! later is therefore as it was when the text ran.
//!
//! Without a frame the names are those of `__main__`, and `sys`, whether the program has imported it there or not: tools
//! that look at a program before they know any of its frames begin with `sys.modules`, and under debugpy they may. Text
//! that needs it so is run in a dictionary of its own as well.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyModule, PyString};

use super::frames;
use super::known::plain_text;

/// Where names are looked up and assigned.
pub(super) struct Namespace<'py> {
    globals: Bound<'py, PyDict>,
    locals: Locals<'py>,
    frame: Option<Bound<'py, PyAny>>,
}

enum Locals<'py> {
    /// The locals are the globals.
    Same,
    /// The same, with `sys` besides, which is lent and not theirs.
    Lent(Bound<'py, PyModule>),
    /// Assignments take effect where they are made.
    Live(Bound<'py, PyAny>),
    /// Assignments have to be put back into the frame.
    Copied(Bound<'py, PyDict>),
}

/// A name and its new value, or that it was deleted.
type Change<'py> = (Bound<'py, PyAny>, Option<Bound<'py, PyAny>>);

/// How the text is compiled, as far as names depend on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Scoping {
    /// No scope inside: names are looked up as they come.
    Flat,
    /// An expression with scopes inside.
    NestedExpression,
    /// Statements with scopes inside, which may define functions that call each other.
    NestedStatements,
}

impl<'py> Namespace<'py> {
    pub(super) fn of_frame(frame: &Bound<'py, PyAny>) -> PyResult<Self> {
        let globals = frames::globals(frame)?;
        let names = frames::locals(frame)?;
        let locals = if names.is(&globals) {
            Locals::Same
        } else {
            match names.cast_exact::<PyDict>() {
                Ok(dict) if frames::is_function(frame)? => Locals::Copied(dict.copy()?),
                _ => Locals::Live(names),
            }
        };
        Ok(Self {
            globals,
            locals,
            frame: Some(frame.clone()),
        })
    }

    /// For `text` without a frame.
    pub(super) fn of_main(py: Python<'py>, text: &str) -> PyResult<Self> {
        let main = crate::modules::import(py, "__main__")?;
        let globals = main.cast::<PyModule>()?.dict();
        // What is imported is to be the program's own.
        let lent = mentions(text, "sys") && !mentions(text, "import") && !globals.contains("sys")?;
        let locals = if lent {
            Locals::Lent(crate::modules::sys(py)?)
        } else {
            Locals::Same
        };
        Ok(Self {
            globals,
            locals,
            frame: None,
        })
    }

    /// The flags of the frame's code; 0 without a frame.
    pub(super) fn code_flags(&self) -> PyResult<u32> {
        let Some(frame) = &self.frame else { return Ok(0) };
        let py = frame.py();
        frame
            .getattr(interned!(py, "f_code"))?
            .getattr(interned!(py, "co_flags"))?
            .extract()
    }

    /// Runs `code` with `runner`, which is `eval` or `exec`, and puts its assignments into the frame, also when it
    /// raised halfway.
    ///
    /// # Errors
    ///
    /// What the code raises; `ValueError` where it deleted a variable of a function, which no interpreter can do from
    /// outside.
    pub(super) fn run(
        &self,
        runner: &Bound<'py, PyAny>,
        code: &Bound<'py, PyAny>,
        scoping: Scoping,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (result, changes) = match (&self.locals, scoping) {
            (Locals::Same, _) => return runner.call1((code, &self.globals)),
            (Locals::Lent(module), _) => {
                let (before, names) = (self.globals.copy()?, self.globals.copy()?);
                before.set_item("sys", module)?;
                names.set_item("sys", module)?;
                let result = runner.call1((code, &names));
                (result, changes(&before, &names)?)
            }
            (Locals::Live(names), Scoping::Flat) => return runner.call1((code, &self.globals, names)),
            (Locals::Copied(names), Scoping::Flat) => {
                let own = names.copy()?;
                let result = runner.call1((code, &self.globals, &own));
                (result, changes(names, &own)?)
            }
            (Locals::Live(names), Scoping::NestedExpression) => {
                let (before, merged) = self.merged(names)?;
                let result = runner.call1((code, &merged, names));
                (result, changes(&before, &merged)?)
            }
            (Locals::Copied(names), Scoping::NestedExpression) => {
                let (before, merged) = self.merged(names.as_any())?;
                let own = names.copy()?;
                let result = runner.call1((code, &merged, &own));
                let mut all = changes(&before, &merged)?;
                all.extend(changes(names, &own)?);
                (result, all)
            }
            (Locals::Live(_) | Locals::Copied(_), Scoping::NestedStatements) => {
                let names = match &self.locals {
                    Locals::Copied(names) => names.as_any(),
                    Locals::Live(names) => names,
                    Locals::Same | Locals::Lent(_) => self.globals.as_any(),
                };
                let (before, merged) = self.merged(names)?;
                let result = runner.call1((code, &merged));
                (result, changes(&before, &merged)?)
            }
        };
        let applied = if changes.is_empty() {
            Ok(())
        } else {
            self.apply(changes)
        };
        let value = result?;
        applied?;
        Ok(value)
    }

    /// Binds a name of the frame to `value`, as an assignment in its code would.
    ///
    /// # Errors
    ///
    /// What the namespace raises: one of the program's own, that of a class body with a metaclass, may refuse.
    pub(super) fn bind(&self, name: Bound<'py, PyAny>, value: Bound<'py, PyAny>) -> PyResult<()> {
        self.apply(vec![(name, Some(value))])
    }

    /// Globals and locals in one dictionary, twice: as it is before, and to be run in.
    fn merged(&self, names: &Bound<'py, PyAny>) -> PyResult<(Bound<'py, PyDict>, Bound<'py, PyDict>)> {
        let merged = self.globals.copy()?;
        merged.update(names.cast::<PyMapping>()?)?;
        Ok((merged.copy()?, merged))
    }

    fn apply(&self, changes: Vec<Change<'py>>) -> PyResult<()> {
        // Read again: on 3.11 and 3.12 this brings the dictionary up to date with the function's own variables.
        let (names, declared) = match &self.frame {
            Some(frame) if frames::is_function(frame)? => (frames::locals(frame)?, frames::declared(frame)?),
            Some(frame) => (frames::locals(frame)?, Vec::new()),
            None => (self.globals.as_any().clone(), Vec::new()),
        };
        let mut result = Ok(());
        for (name, value) in changes {
            let applied = match value {
                Some(value) => names.set_item(&name, value),
                None if declared.iter().any(|own| own.eq(&name).unwrap_or(false)) => {
                    let text = format!(
                        "cannot remove local variable '{}' from a running frame",
                        plain_text(&name)
                    );
                    Err(PyValueError::new_err(text))
                }
                None if names.contains(&name).unwrap_or(false) => names.del_item(&name),
                None => Ok(()),
            };
            result = result.and(applied);
        }
        if let (Locals::Copied(_), Some(frame)) = (&self.locals, &self.frame) {
            crate::ffi::locals_to_fast(frame);
        }
        result
    }
}

/// Whether `word` stands in `text` as a word.
pub(super) fn mentions(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|part| part == word)
}

/// What differs in `after`, by identity.
fn changes<'py>(before: &Bound<'py, PyDict>, after: &Bound<'py, PyDict>) -> PyResult<Vec<Change<'py>>> {
    let mut list = Vec::new();
    // Only strings are names; comparing anything else could run code of the program.
    let pairs = |dict: &Bound<'py, PyDict>| -> Vec<_> {
        dict.iter()
            .filter(|(name, _)| name.is_exact_instance_of::<PyString>())
            .collect()
    };
    for (name, value) in pairs(after) {
        if before.get_item(&name)?.is_none_or(|old| !old.is(&value)) && name.ne("__builtins__")? {
            list.push((name, Some(value)));
        }
    }
    for (name, _) in pairs(before) {
        if !after.contains(&name)? {
            list.push((name, None));
        }
    }
    Ok(list)
}
