//! Expressions of breakpoints: compiled once, evaluated in the frame that reached the breakpoint.

use pyo3::{
    prelude::*,
    types::{PyDict, PyTuple},
};

use crate::modules;

/// A compiled condition or `{expression}` of a log message.
#[derive(Debug)]
pub(crate) struct Expression {
    code: Py<PyAny>,
    /// Whether the expression has inner scopes (a lambda, a comprehension): those see globals only, so that the
    /// frame's variables have to be put among them.
    is_nested: bool,
}

impl Expression {
    /// Compiles `text`.
    ///
    /// # Errors
    ///
    /// The `SyntaxError` of the interpreter.
    pub(crate) fn compile(py: Python<'_>, text: &str) -> PyResult<Self> {
        let builtins = modules::import(py, "builtins")?;
        let code = builtins
            .getattr("compile")?
            .call1((text.trim(), "<breakpoint>", "eval"))?;
        let code_type = code.get_type();
        let constants = code.getattr("co_consts")?.cast_into::<PyTuple>()?;
        let is_nested = constants
            .iter()
            .any(|constant| constant.is_instance(&code_type).unwrap_or(false));
        Ok(Self {
            code: code.unbind(),
            is_nested,
        })
    }

    /// Evaluates in `frame`. Runs Python code: no lock may be held.
    pub(crate) fn evaluate<'py>(&self, frame: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = frame.py();
        let globals = frame.getattr("f_globals")?;
        let locals = frame.getattr("f_locals")?;
        let eval = modules::import(py, "builtins")?.getattr("eval")?;
        if self.is_nested && !globals.is(&locals) {
            let merged = globals.cast::<PyDict>()?.copy()?;
            merged.call_method1("update", (&locals,))?;
            return eval.call1((&self.code, merged));
        }
        eval.call1((&self.code, globals, locals))
    }
}
