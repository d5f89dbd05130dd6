//! Gives the interpreter to the program, with no Python frame under it.
//!
//! The command line cannot simply call the program: its own frames would show in `traceback.print_stack()`, count
//! against the recursion limit, and stand in every traceback. Instead it unwinds completely by an exception of its
//! own, and the interpreter calls `sys.excepthook`, which is a [`Handover`], after the last frame is gone.

use pyo3::exceptions::PyBaseException;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::tracker::Guard;
use crate::uncaught;

/// What stands in `sys.excepthook` while the command line leaves.
///
/// Called once, by the interpreter, with whatever arguments: `begin()` is called and answers `(run, args)`;
/// `run(*args)` is the program; `end(raised)` is told what it raised (`None`: it ended normally) and answers the
/// exception to leave with (`SystemExit`), or `None`: then `raised`, if any, is reported as the interpreter reports
/// any uncaught exception, through the program's own `sys.excepthook`, and the exit status becomes 1.
#[pyclass(frozen, module = "dapstub._dapstub")]
pub(crate) struct Handover {
    begin: Py<PyAny>,
    end: Py<PyAny>,
}

#[pymethods]
impl Handover {
    #[new]
    fn new(begin: Py<PyAny>, end: Py<PyAny>) -> Self {
        Self { begin, end }
    }

    #[pyo3(signature = (*_carrier))]
    fn __call__(&self, py: Python<'_>, _carrier: &Bound<'_, PyTuple>) -> PyResult<()> {
        // `begin` puts the program's own hook back, which may drop the last reference to this object.
        let (begin, end) = (self.begin.bind(py).clone(), self.end.bind(py).clone());
        let (run, arguments): (Bound<'_, PyAny>, Bound<'_, PyTuple>) = {
            let _guard = Guard::enter();
            begin.call0()?.extract()?
        };
        // As an object: it carries its traceback, which `end` may cut. A `PyErr` may keep it beside the object.
        let raised = run.call1(arguments).err().map(|error| error.into_value(py));
        if let Some(raised) = &raised {
            // The program may have set a hook of its own meanwhile; here the exception is at hand whatever it did.
            uncaught::surfacing(raised.bind(py).as_any())?;
        }
        let leave: Option<Bound<'_, PyBaseException>> = {
            let _guard = Guard::enter();
            end.call1((raised.as_ref(),))?.extract()?
        };
        match (leave, raised) {
            (Some(leave), _) => Err(PyErr::from_value(leave.into_any())),
            (None, Some(raised)) => {
                PyErr::from_value(raised.into_bound(py).into_any()).print_and_set_sys_last_vars(py);
                Ok(())
            }
            (None, None) => Ok(()),
        }
    }
}
