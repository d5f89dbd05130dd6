//! Expressions of breakpoints: compiled once, evaluated in the frames that reach the breakpoint.
//!
//! A condition on a hot line is evaluated millions of times, so there are three ways, chosen once for each code object
//! that holds the breakpoint:
//!
//! | way | for | what is read of the frame |
//! |---|---|---|
//! | natively (`simple.rs`) | names, constants, attributes, items, arithmetic, comparisons, `and`, `or`, `not` | the names that are used |
//! | as a function whose parameters are the frame's variables | anything else, calls included | the names that are used |
//! | `eval` in the frame's namespaces | what looks at or changes its namespace (`locals()`, `:=`), class bodies | everything |
//!
//! All three give the same value and raise the same exceptions. What the first two cannot find in the frame they look
//! for among the globals and the builtins, as `eval` does.

mod parse;
mod scope;
mod simple;

use std::sync::Mutex;

use pyo3::{
    prelude::*,
    types::{PyDict, PyString, PyTuple},
};

use self::scope::{Local, Place, Variables};
use self::simple::Simple;
use crate::engine::lock;
use crate::{modules, private};

/// Names that tell the namespace they are called in, so that it has to be the frame's.
const LOOK_AT_NAMESPACE: [&str; 6] = ["locals", "vars", "dir", "eval", "exec", "super"];

/// A compiled condition or `{expression}` of a log message.
#[derive(Debug)]
pub(crate) struct Expression {
    text: String,
    code: Py<PyAny>,
    /// Whether the expression has inner scopes (a lambda, a comprehension): those see globals only, so that the
    /// frame's variables have to be put among them.
    is_nested: bool,
    simple: Option<Simple>,
}

/// How an [`Expression`] is evaluated in the frames of one code object.
#[derive(Debug)]
pub(crate) struct Binding {
    way: Way,
    /// The code keeps its variables in its frame. Otherwise only a module's top level, whose variables are the globals,
    /// is evaluated by `way`.
    in_function: bool,
}

#[derive(Debug)]
enum Way {
    /// [`Expression::simple`], with a place for each of its names.
    Simple(Vec<Place>),
    /// A function of these variables; made for the globals that it was last called with.
    Function {
        parameters: Vec<Local>,
        made: Mutex<Option<Made>>,
    },
    /// `eval`.
    General,
    /// Another expression: this one, with its private names spelled out for the class around the code.
    Spelled(Box<(Expression, Binding)>),
}

#[derive(Debug)]
struct Made {
    globals: Py<PyAny>,
    function: Py<PyAny>,
}

impl Expression {
    /// Compiles `text`.
    ///
    /// # Errors
    ///
    /// The `SyntaxError` of the interpreter.
    pub(crate) fn compile(py: Python<'_>, text: &str) -> PyResult<Self> {
        let text = text.trim();
        let code = compile(py, text)?;
        let code_type = code.get_type();
        let constants = code.getattr("co_consts")?.cast_into::<PyTuple>()?;
        let is_nested = constants
            .iter()
            .any(|constant| constant.is_instance(&code_type).unwrap_or(false));
        Ok(Self {
            simple: Simple::read(py, text)?,
            text: text.to_owned(),
            code: code.unbind(),
            is_nested,
        })
    }

    /// Chooses how to evaluate in the frames of `code`. Private names mean those of the class around it.
    pub(crate) fn bind(&self, code: &Bound<'_, PyAny>) -> PyResult<Binding> {
        let variables = Variables::of(code)?;
        let in_function = variables.is_function();
        if let Some(text) = private::spelled_out(&self.text, "eval", code)? {
            let spelled = Self::compile(code.py(), &text)?;
            let binding = spelled.bind(code)?;
            let way = Way::Spelled(Box::new((spelled, binding)));
            return Ok(Binding { way, in_function });
        }
        let way = match &self.simple {
            _ if !variables.can_be_read(code.py()) => Way::General,
            Some(simple) => Way::Simple(simple.names().map(|name| variables.place(code.py(), name)).collect()),
            None => self
                .parameters(code.py(), &variables)?
                .map_or(Way::General, |parameters| Way::Function {
                    parameters,
                    made: Mutex::new(None),
                }),
        };
        Ok(Binding { way, in_function })
    }

    /// The variables among the names that the expression uses; `None` if it has to be evaluated in the namespace itself.
    fn parameters(&self, py: Python<'_>, variables: &Variables) -> PyResult<Option<Vec<Local>>> {
        let mut names = Vec::new();
        names_of(self.code.bind(py), &mut names)?;
        // An assignment, unless it stands in a string.
        let assigns = self.text.contains(":=");
        if assigns || names.iter().any(|name| LOOK_AT_NAMESPACE.contains(&name.as_str())) {
            return Ok(None);
        }
        let mut parameters: Vec<Local> = Vec::new();
        for name in names {
            if let Some(local) = variables.local(py, &name)
                && !parameters.iter().any(|known| known.is(&local))
            {
                parameters.push(local);
            }
        }
        Ok(Some(parameters))
    }

    /// Evaluates in `frame`, which executes the code object of `binding`. Runs Python code: no lock may be held.
    pub(crate) fn evaluate_bound<'py>(
        &self,
        binding: &Binding,
        frame: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if let Way::Spelled(spelled) = &binding.way {
            return spelled.0.evaluate_bound(&spelled.1, frame);
        }
        if matches!(binding.way, Way::General) || (!binding.in_function && !is_module_level(frame)?) {
            return self.evaluate(frame);
        }
        match (&binding.way, &self.simple) {
            (Way::Simple(places), Some(simple)) => simple.evaluate(frame, places),
            (Way::Function { parameters, made }, _) => {
                let mut arguments = Vec::with_capacity(parameters.len());
                for parameter in parameters {
                    match parameter.read(frame) {
                        Some(value) => arguments.push(value),
                        // Unbound just now: a global of that name counts, if there is one.
                        None => return self.evaluate(frame),
                    }
                }
                self.function(frame, parameters, made)?
                    .call1(PyTuple::new(frame.py(), arguments)?)
            }
            _ => self.evaluate(frame),
        }
    }

    /// Whether what [`evaluate_bound`](Self::evaluate_bound) gives is true. Runs Python code: no lock may be held.
    pub(crate) fn is_true_bound(&self, binding: &Binding, frame: &Bound<'_, PyAny>) -> PyResult<bool> {
        match (&binding.way, &self.simple) {
            (Way::Simple(places), Some(simple)) if binding.in_function => simple.is_true(frame, places),
            _ => self.evaluate_bound(binding, frame)?.is_truthy(),
        }
    }

    /// The function of `parameters` for the globals of `frame`.
    fn function<'py>(
        &self,
        frame: &Bound<'py, PyAny>,
        parameters: &[Local],
        made: &Mutex<Option<Made>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = frame.py();
        let globals = frame.getattr(interned!(py, "f_globals"))?;
        if let Some(made) = lock(made).as_ref().filter(|made| made.globals.is(&globals)) {
            return Ok(made.function.bind(py).clone());
        }
        let names: Vec<&str> = parameters.iter().map(Local::text).collect();
        // The text is a whole expression, it was compiled by itself; in parentheses, with a line end behind it that ends a
        // comment, it is the same one.
        let source = format!("lambda {}: (\n{}\n)", names.join(", "), self.text);
        let function = eval(py)?.call1((compile(py, &source)?, &globals))?;
        let old = lock(made).replace(Made {
            globals: globals.unbind(),
            function: function.clone().unbind(),
        });
        drop(old);
        Ok(function)
    }

    /// Evaluates in any frame. Runs Python code: no lock may be held.
    pub(crate) fn evaluate<'py>(&self, frame: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = frame.py();
        let globals = frame.getattr("f_globals")?;
        let locals = frame.getattr("f_locals")?;
        let eval = eval(py)?;
        if self.is_nested && !globals.is(&locals) {
            let merged = globals.cast::<PyDict>()?.copy()?;
            merged.call_method1("update", (&locals,))?;
            return eval.call1((&self.code, merged));
        }
        eval.call1((&self.code, globals, locals))
    }
}

fn eval(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    modules::import(py, "builtins")?.getattr("eval")
}

/// Compiles an expression as if nothing else had been compiled before: the code that runs just now may have imported
/// something from `__future__`.
fn compile<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    modules::import(py, "builtins")?
        .getattr("compile")?
        .call1((text, "<breakpoint>", "eval", 0, true))
}

/// All names that `code` and the code inside it use, attributes included.
fn names_of(code: &Bound<'_, PyAny>, names: &mut Vec<String>) -> PyResult<()> {
    for name in code.getattr("co_names")?.cast_into::<PyTuple>()?.iter() {
        names.push(name.cast::<PyString>()?.to_string_lossy().into_owned());
    }
    let code_type = code.get_type();
    for constant in code.getattr("co_consts")?.cast_into::<PyTuple>()?.iter() {
        if constant.is_instance(&code_type)? {
            names_of(&constant, names)?;
        }
    }
    Ok(())
}

/// Whether the variables of `frame` are its globals.
fn is_module_level(frame: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = frame.py();
    let globals = frame.getattr(interned!(py, "f_globals"))?;
    Ok(frame.getattr(interned!(py, "f_locals"))?.is(&globals))
}
