//! How the engine gets to see the program run: one trait, one file for each mechanism.
//!
//! | Python | mechanism | file |
//! |---|---|---|
//! | 3.12 and later | `sys.monitoring` (PEP 669) | `monitoring.rs` |
//! | 3.11 | frame evaluation (PEP 523) that traces single frames | `tracing.rs` |
//!
//! While single threads run alone, every line of the others is of interest: `gate_tool.rs`, and the same frame evaluation.
//!
//! Nothing is installed while [`Need::is_nothing`]: a program that listens, or that is attached to without
//! breakpoints, runs as if there were no debugger.

mod gate_tool;
mod monitoring;
#[cfg(unix)]
pub(crate) mod tracing;

use pyo3::prelude::*;

/// What a callback answers about the place that it was called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// Call again for this place.
    Keep,
    /// Nothing to see here until the needs change.
    Disable,
}

/// What the engine has to see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Need {
    /// Code that begins or resumes, because breakpoints may lie in it.
    pub(crate) code: bool,
    /// Breakpoints on functions' names are among them.
    pub(crate) functions: bool,
    /// Every exception that is raised.
    pub(crate) raises: bool,
    /// Every frame that an exception leaves.
    pub(crate) unwinds: bool,
    /// A step is under way: frames that an exception leaves.
    pub(crate) steps: bool,
    /// A step into whatever is called next is under way: every frame that begins.
    pub(crate) enters: bool,
    /// What functions return during the step under way: every frame that begins.
    pub(crate) returns: bool,
}

impl Need {
    /// Whether no hook is needed at all.
    pub(crate) fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

/// What is to be seen of a code object, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// Lines: it has breakpoints.
    Breakpoints,
    /// Lines and ends of frames: it has breakpoints on its name.
    Functions,
    /// Returns, until there is no step any more: what is returned is shown after it.
    Return,
    /// Lines and ends of frames, until there is no step any more: a step waits for its end.
    StepEnd,
    /// The same, and also lines that were answered with [`After::Disable`]: a step waits for its next line.
    Step,
}

impl Sight {
    /// Whether lines are to be seen.
    pub(crate) fn has_lines(self) -> bool {
        self != Self::Return
    }

    /// Whether ends of frames are to be seen.
    pub(crate) fn has_ends(self) -> bool {
        !matches!(self, Self::Breakpoints | Self::Return)
    }

    /// Whether it is over when no step is under way.
    pub(crate) fn is_of_step(self) -> bool {
        matches!(self, Self::Return | Self::StepEnd | Self::Step)
    }
}

/// A mechanism. All methods are called with the GIL held and without any lock that a callback of the engine takes.
pub(crate) trait Hooks: Send {
    /// Installs what `need` asks for and takes away the rest. `fresh`: breakpoints changed, so that earlier answers of
    /// [`After::Disable`] no longer count.
    fn apply(&mut self, py: Python<'_>, need: Need, fresh: bool) -> PyResult<()>;

    /// Lets lines of `code` be seen, and what else `sight` says.
    fn watch(&mut self, code: &Bound<'_, PyAny>, sight: Sight) -> PyResult<()>;

    /// Gives whatever a thread does next, in any code, to [`gate::pass`](crate::gate::pass), or no longer. May be called
    /// again with the same answer, when there are new threads.
    ///
    /// # Errors
    ///
    /// The interpreter has no room for it; nothing has changed.
    fn gate(&mut self, py: Python<'_>, closed: bool) -> PyResult<()>;
}

/// The mechanism for the interpreter that runs.
pub(crate) fn for_this_python(py: Python<'_>) -> PyResult<Box<dyn Hooks>> {
    if py.version_info() >= (3, 12) {
        return Ok(Box::new(monitoring::Monitoring::new(py)?));
    }
    #[cfg(unix)]
    return Ok(Box::new(tracing::Tracing::new()));
    #[cfg(not(unix))]
    Err(pyo3::exceptions::PyRuntimeError::new_err(
        "on this platform dapstub needs Python 3.12 or later",
    ))
}
