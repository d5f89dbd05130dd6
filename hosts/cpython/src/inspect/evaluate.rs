//! Expressions and statements in the namespace of a stopped frame.

use core::fmt;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::known::Known;
use super::namespace::{Namespace, Scoping, mentions};
use super::quitter::Quitters;
use super::{InspectError, failure, frames};
use crate::{engine, private, returns};

/// The file name of evaluated text, as tracebacks show it.
pub(super) const EVALUATED_FILE: &str = "<evaluate>";

/// The exception that the program has stopped at: its class, itself, its traceback, as debugpy has it.
const EXCEPTION: &str = "__exception__";

/// The `from __future__` features in the flags of a code object.
const FUTURES: u32 = 0x1FE_0000;

/// Why an expression has no value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum EvaluateError {
    /// The frame is not valid any more.
    Stale,
    /// The engine broke it off.
    Interrupted,
    /// It raised, or could not be compiled.
    Raised {
        /// `NameError: name 'x' is not defined`.
        message: String,
        /// The traceback in Python's form, ending with the message, when it was raised in code that the expression
        /// called.
        traceback: Option<String>,
    },
}

impl fmt::Display for EvaluateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stale => InspectError::Stale.fmt(f),
            Self::Interrupted => InspectError::Interrupted.fmt(f),
            Self::Raised { message, .. } => f.write_str(message),
        }
    }
}

impl core::error::Error for EvaluateError {}

impl From<InspectError> for EvaluateError {
    fn from(error: InspectError) -> Self {
        match error {
            InspectError::Stale => Self::Stale,
            InspectError::Interrupted => Self::Interrupted,
            InspectError::Failed(message) => Self::Raised {
                message,
                traceback: None,
            },
        }
    }
}

impl EvaluateError {
    /// Refused by the debugger itself, with a sentence for the user.
    pub(super) fn refused(message: String) -> Self {
        Self::Raised {
            message,
            traceback: None,
        }
    }

    pub(super) fn raised(py: Python<'_>, error: &PyErr) -> Self {
        if failure::is_interruption(py, error) {
            return Self::Interrupted;
        }
        Self::Raised {
            message: failure::describe(py, error, EVALUATED_FILE),
            traceback: failure::traceback(py, error, EVALUATED_FILE),
        }
    }
}

/// Compiles `text` as an expression and runs nothing.
///
/// # Errors
///
/// The `SyntaxError` that it is.
pub(super) fn check(
    known: &Known,
    py: Python<'_>,
    text: &str,
    frame: Option<&Bound<'_, PyAny>>,
) -> Result<(), EvaluateError> {
    let flags = match frame {
        Some(frame) => Namespace::of_frame(frame).and_then(|namespace| namespace.code_flags()),
        None => Ok(0),
    };
    let compiled = flags.and_then(|flags| {
        let arguments = (text, EVALUATED_FILE, "eval", flags & FUTURES, true);
        known.compile.bind(py).call1(arguments)
    });
    compiled.map(drop).map_err(|error| EvaluateError::raised(py, &error))
}

/// Evaluates `text` in `frame`, or in `__main__` without one. `None` is the result of statements, which only `statements` allows.
///
/// # Errors
///
/// Everything that compiling or running raises.
pub(super) fn evaluate<'py>(
    known: &Known,
    py: Python<'py>,
    text: &str,
    frame: Option<&Bound<'py, PyAny>>,
    statements: bool,
) -> Result<Option<Bound<'py, PyAny>>, EvaluateError> {
    run(known, py, text, frame, statements).map_err(|error| EvaluateError::raised(py, &error))
}

fn run<'py>(
    known: &Known,
    py: Python<'py>,
    text: &str,
    frame: Option<&Bound<'py, PyAny>>,
    statements: bool,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let namespace = match frame {
        Some(frame) => Namespace::of_frame(frame)?,
        None => Namespace::of_main(py, text)?,
    };
    let _quitters = Quitters::without(py, text)?;
    let flags = namespace.code_flags()? & FUTURES;
    let compile = |text: &str, mode: &str| {
        let spelled = frame.map_or(Ok(None), |frame| private::spelled_out_in(text, mode, frame))?;
        let text = spelled.as_deref().unwrap_or(text);
        known.compile.bind(py).call1((text, EVALUATED_FILE, mode, flags, true))
    };
    if let Some(frame) = frame
        && let Some(given) = given(text, frame)?
    {
        let code = compile(text.trim(), "eval")?;
        let names = frames::globals(frame)?.copy()?;
        names.update(frames::as_dict(&frames::locals(frame)?)?.as_mapping())?;
        names.update(given.as_mapping())?;
        return known.eval.bind(py).call1((code, names)).map(Some);
    }
    match compile(text.trim(), "eval") {
        Ok(code) => {
            // Outside a function, `:=` in a comprehension would bind a global name.
            let nested = has_inner_scope(&code)? || text.contains(":=");
            let scoping = if nested {
                Scoping::NestedExpression
            } else {
                Scoping::Flat
            };
            namespace.run(known.eval.bind(py), &code, scoping).map(Some)
        }
        Err(error) if !statements || !error.is_instance_of::<pyo3::exceptions::PySyntaxError>(py) => Err(error),
        Err(_) => {
            let text = dedent(text);
            let code = compile(&text, "exec")?;
            // A failing `del` on a view of a frame ends in a NameError that blames the wrong thing (CPython 3.13).
            let apart = has_inner_scope(&code)? || text.contains(":=") || mentions(&text, "del");
            // Names declared global have to reach the module, from functions in the text too.
            let nested = apart && !mentions(&text, "global");
            let scoping = if nested {
                Scoping::NestedStatements
            } else {
                Scoping::Flat
            };
            namespace.run(known.exec.bind(py), &code, scoping)?;
            Ok(None)
        }
    }
}

/// The names in `text` that the debugger itself gives a value in `frame`; `None`: there are none.
fn given<'py>(text: &str, frame: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyDict>>> {
    let names = PyDict::new(frame.py());
    if text.contains(returns::DICTIONARY) {
        names.set_item(returns::DICTIONARY, returns::dictionary(frame)?)?;
    }
    if mentions(text, EXCEPTION)
        && let Some(stop) = engine::get().and_then(|engine| engine.stops.current())
        && let Some(raised) = &stop.raised
        && stop.stack.iter().any(|entry| entry.frame.is(frame))
    {
        let exception = raised.exception.bind(frame.py());
        names.set_item(EXCEPTION, (exception.get_type(), exception, &raised.traceback))?;
    }
    Ok((!names.is_empty()).then_some(names))
}

/// Whether functions, lambdas, classes or comprehensions with a scope of their own are in `code`.
fn has_inner_scope(code: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = code.py();
    let constants = code.getattr(interned!(py, "co_consts"))?.cast_into::<PyTuple>()?;
    Ok(constants.iter().any(|constant| constant.get_type().is(code.get_type())))
}

/// `text` without the indentation which all its lines share, as a selection from an editor has it.
fn dedent(text: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let filled = || text.lines().filter(|line| !line.trim().is_empty());
    let shared = filled().map(indent).min().unwrap_or(0);
    let mut lines: Vec<&str> = text.lines().map(|line| line.get(shared..).unwrap_or("")).collect();
    while lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
    let mut text = lines.join("\n");
    text.push('\n');
    text
}
