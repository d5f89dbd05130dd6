//! Conditions of exception filters: expressions in the frame that would stop, in which `__exception__` is the exception.

use std::sync::{Arc, Mutex};

use dapstub::protocol::OutputCategory;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping};

use crate::breakpoints::describe;
use crate::engine::{Session, lock};
use crate::tracker::Guard;
use crate::{events, modules};

/// The filter to which a condition belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    Raised,
    Uncaught,
    UserUnhandled,
}

/// A compiled condition.
#[derive(Debug)]
pub(crate) struct Condition {
    text: String,
    code: Py<PyAny>,
}

/// What the client set.
#[derive(Debug, Default, Clone)]
pub(crate) struct Conditions {
    raised: Option<Arc<Condition>>,
    uncaught: Option<Arc<Condition>>,
    user_unhandled: Option<Arc<Condition>>,
}

static CONDITIONS: Mutex<Conditions> = Mutex::new(Conditions {
    raised: None,
    uncaught: None,
    user_unhandled: None,
});

impl Conditions {
    /// The condition of a filter.
    pub(crate) fn of(&mut self, filter: Filter) -> &mut Option<Arc<Condition>> {
        match filter {
            Filter::Raised => &mut self.raised,
            Filter::Uncaught => &mut self.uncaught,
            Filter::UserUnhandled => &mut self.user_unhandled,
        }
    }
}

impl Condition {
    /// Compiles `text`.
    ///
    /// # Errors
    ///
    /// The `SyntaxError` of the interpreter.
    pub(crate) fn compile(py: Python<'_>, text: String) -> PyResult<Self> {
        let compile = modules::import(py, "builtins")?.getattr("compile")?;
        let code = compile.call1((text.trim(), "<condition>", "eval"))?.unbind();
        Ok(Self { text, code })
    }

    fn holds(&self, frame: &Bound<'_, PyAny>, exception: &Bound<'_, PyAny>) -> PyResult<bool> {
        let py = frame.py();
        let names = frame.getattr("f_globals")?.cast_into::<PyDict>()?.copy()?;
        names.update(frame.getattr("f_locals")?.cast::<PyMapping>()?)?;
        names.set_item("__exception__", exception)?;
        let eval = modules::import(py, "builtins")?.getattr("eval")?;
        eval.call1((&self.code, names))?.is_truthy()
    }
}

/// Replaces what is set.
pub(crate) fn set(conditions: Conditions) {
    let old = core::mem::replace(&mut *lock(&CONDITIONS), conditions);
    // Compiled code only: nothing of the program's runs when it goes.
    drop(old);
}

/// Whether `exception` is to be stopped for in `frame`: there is no condition, or it is true, or it fails, which the
/// client is told.
pub(crate) fn hold(session: &Session, filter: Filter, frame: &Bound<'_, PyAny>, exception: &Bound<'_, PyAny>) -> bool {
    let Some(condition) = lock(&CONDITIONS).of(filter).clone() else {
        return true;
    };
    let _guard = Guard::enter();
    condition.holds(frame, exception).unwrap_or_else(|error| {
        let reason = describe(frame.py(), &error);
        let text = format!("exception filter: condition `{}` failed: {reason}\n", condition.text);
        events::output(&session.client, OutputCategory::Stderr, &text);
        true
    })
}
