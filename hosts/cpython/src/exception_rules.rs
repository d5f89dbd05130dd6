//! What the client set with `setExceptionBreakpoints`: which exceptions stop the program, when, and on what condition.
//!
//! A condition is an expression in the frame that would stop, in which `__exception__` is the exception.

use std::sync::{Arc, Mutex};

use dapstub::protocol::OutputCategory;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyTuple, PyType};

use crate::breakpoints::describe;
use crate::engine::{Session, lock};
use crate::exceptions::Filters;
use crate::tracker::Guard;
use crate::{events, modules, private};

/// When an exception is looked at.
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

/// The classes that a rule is about.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Classes {
    All,
    /// These and what inherits from them, by name, with or without the module.
    Named(Vec<String>),
    /// All others.
    Except(Vec<String>),
}

/// One filter, or one of the `exceptionOptions`.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) classes: Classes,
    /// `None`: never.
    pub(crate) filter: Option<Filter>,
    pub(crate) condition: Option<Condition>,
}

static RULES: Mutex<Option<Arc<[Rule]>>> = Mutex::new(None);

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
        let builtins = modules::import(py, "builtins")?;
        let eval = builtins.getattr("eval")?;
        let value = match private::spelled_out_in(self.text.trim(), "eval", frame)? {
            Some(text) => eval.call1((text, names)),
            None => eval.call1((&self.code, names)),
        };
        value?.is_truthy()
    }

    /// Whether it is true, or fails, which the client is told.
    fn allows(&self, session: &Session, frame: &Bound<'_, PyAny>, exception: &Bound<'_, PyAny>) -> bool {
        let _guard = Guard::enter();
        self.holds(frame, exception).unwrap_or_else(|error| {
            let reason = describe(frame.py(), &error);
            let text = format!("exception filter: condition `{}` failed: {reason}\n", self.text);
            events::output(&session.client, OutputCategory::Stderr, &text);
            true
        })
    }
}

impl Rule {
    /// How far the class of an exception is from what the rule is about: 0 for the class itself, more for those that it
    /// inherits from, most for a rule about all. `None`: the rule is not about it.
    fn distance(&self, ancestors: &[String]) -> Option<usize> {
        let named = |names: &[String]| {
            let fits = |ancestor: &String, name: &String| {
                ancestor == name
                    || ancestor.rsplit('.').next() == Some(name)
                    || name.strip_prefix("builtins.") == Some(ancestor)
            };
            ancestors
                .iter()
                .position(|ancestor| names.iter().any(|name| fits(ancestor, name)))
        };
        match &self.classes {
            Classes::All => Some(usize::MAX),
            Classes::Named(names) => named(names),
            Classes::Except(names) => named(names).is_none().then_some(usize::MAX),
        }
    }
}

/// Replaces what is set; returns what the hooks have to see for it.
pub(crate) fn set(rules: Vec<Rule>) -> Filters {
    let has = |filter| rules.iter().any(|rule| rule.filter == Some(filter));
    let filters = Filters {
        raised: has(Filter::Raised),
        uncaught: has(Filter::Uncaught),
        user_unhandled: has(Filter::UserUnhandled),
    };
    let old = lock(&RULES).replace(rules.into());
    // Compiled code only: nothing of the program's runs when it goes.
    drop(old);
    filters
}

/// Whether `exception` is to be stopped for in `frame`: a rule about it says so, its condition allows it, and none that
/// is nearer to its class says never.
pub(crate) fn hold(session: &Session, filter: Filter, frame: &Bound<'_, PyAny>, exception: &Bound<'_, PyAny>) -> bool {
    let Some(rules) = lock(&RULES).clone() else {
        return false;
    };
    // Names are made only where a rule has some.
    let ancestors = if rules.iter().all(|rule| rule.classes == Classes::All) {
        Vec::new()
    } else {
        ancestors(exception).unwrap_or_default()
    };
    let nearest = |wanted: Option<Filter>| {
        let fitting = rules.iter().filter(|rule| rule.filter == wanted);
        fitting
            .filter_map(|rule| Some((rule.distance(&ancestors)?, rule)))
            .min_by_key(|(distance, _)| *distance)
    };
    let Some((distance, rule)) = nearest(Some(filter)) else {
        return false;
    };
    if nearest(None).is_some_and(|(never, _)| never < distance) {
        return false;
    }
    rule.condition
        .as_ref()
        .is_none_or(|condition| condition.allows(session, frame, exception))
}

/// The names of the class of an exception and of all that it inherits from, with their modules unless built in.
fn ancestors(exception: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    // 3.11 may report a class in the place of an exception that nobody has made yet.
    let class = match exception.cast::<PyType>() {
        Ok(class) => class.clone(),
        Err(_) => exception.get_type(),
    };
    let mro = class.getattr("__mro__")?.cast_into::<PyTuple>()?;
    let names = mro.iter().map(|base| {
        let base = base.cast_into::<PyType>()?;
        let name = base.qualname()?.to_string_lossy().into_owned();
        let module = base.module().map(|module| module.to_string_lossy().into_owned());
        Ok(match module.as_deref() {
            Ok("builtins") | Err(_) => name,
            Ok(module) => format!("{module}.{name}"),
        })
    });
    names.collect()
}
