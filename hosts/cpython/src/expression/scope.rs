//! Where the names of an expression are: in the frame, or among the globals and builtins.

use pyo3::{
    exceptions::PyNameError,
    prelude::*,
    types::{PyDict, PyString, PyTuple},
};

use crate::ffi::variables::{self, Location};

/// `CO_OPTIMIZED`: the code keeps its variables in the frame itself, as functions do.
const CO_OPTIMIZED: u32 = 1;

/// The variables of a code object.
#[derive(Debug)]
pub(super) struct Variables {
    /// Names with their locations in the frame; `None`: the code is no function's.
    names: Option<Vec<(String, Location)>>,
}

impl Variables {
    pub(super) fn of(code: &Bound<'_, PyAny>) -> PyResult<Self> {
        if code.getattr("co_flags")?.extract::<u32>()? & CO_OPTIMIZED == 0 {
            return Ok(Self { names: None });
        }
        let mut names = Vec::new();
        for kind in ["co_varnames", "co_cellvars", "co_freevars"] {
            for name in code.getattr(kind)?.cast_into::<PyTuple>()?.iter() {
                let name = name.cast_into::<PyString>()?;
                if let Some(location) = variables::locate(code, &name) {
                    names.push((name.to_string_lossy().into_owned(), location));
                }
            }
        }
        Ok(Self { names: Some(names) })
    }

    pub(super) fn is_function(&self) -> bool {
        self.names.is_some()
    }

    /// Whether single variables can be read; otherwise all of them have to be asked for.
    pub(super) fn can_be_read(&self, py: Python<'_>) -> bool {
        !self.is_function() || variables::can_be_read(py)
    }

    /// The variable `name`, if it is one of the frame's.
    pub(super) fn local(&self, py: Python<'_>, name: &str) -> Option<Local> {
        let (_, location) = self.names.as_ref()?.iter().find(|(known, _)| known == name)?;
        Some(Local {
            name: PyString::intern(py, name).unbind(),
            text: name.to_owned(),
            location: *location,
        })
    }

    /// Where `name` is looked for.
    pub(super) fn place(&self, py: Python<'_>, name: &str) -> Place {
        match self.local(py, name) {
            Some(local) => Place::Local(local),
            None => Place::Outer(PyString::intern(py, name).unbind()),
        }
    }
}

/// A variable of a frame.
#[derive(Debug)]
pub(super) struct Local {
    name: Py<PyString>,
    text: String,
    location: Location,
}

impl Local {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        self.text == other.text
    }

    /// Its value, `None` while it has none.
    pub(super) fn read<'py>(&self, frame: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
        variables::read(frame, self.name.bind(frame.py()), self.location)
    }
}

/// Where a name is looked for.
#[derive(Debug)]
pub(super) enum Place {
    /// In the frame, and if it has no value there, further out.
    Local(Local),
    /// Among the globals, then the builtins.
    Outer(Py<PyString>),
}

impl Place {
    /// The value of the name.
    ///
    /// # Errors
    ///
    /// `NameError`, with Python's words.
    pub(super) fn read<'py>(&self, frame: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let name = match self {
            Self::Local(local) => match local.read(frame) {
                Some(value) => return Ok(value),
                None => &local.name,
            },
            Self::Outer(name) => name,
        };
        outer(frame, name.bind(frame.py()))
    }
}

fn outer<'py>(frame: &Bound<'py, PyAny>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
    let py = frame.py();
    let globals = frame.getattr(interned!(py, "f_globals"))?;
    let globals = globals.cast::<PyDict>()?;
    if let Some(value) = globals.get_item(name)? {
        return Ok(value);
    }
    let builtins = match globals.get_item(interned!(py, "__builtins__"))? {
        Some(builtins) => builtins,
        None => frame.getattr(interned!(py, "f_builtins"))?,
    };
    let found = match builtins.cast::<PyDict>() {
        Ok(namespace) => namespace.get_item(name)?,
        Err(_) => builtins.getattr_opt(name)?,
    };
    found.ok_or_else(|| PyNameError::new_err(format!("name '{}' is not defined", name.to_string_lossy())))
}
