//! Stacks: the frames of a thread as a person wants to see them.

use pyo3::prelude::*;

use crate::engine::Engine;

/// A frame and the line at which it is shown (from 1).
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) frame: Py<PyAny>,
    pub(crate) line: u32,
}

impl Entry {
    pub(crate) fn clone_ref(&self, py: Python<'_>) -> Self {
        Self {
            frame: self.frame.clone_ref(py),
            line: self.line,
        }
    }
}

/// A line of a stack.
#[derive(Debug)]
pub(crate) enum Row {
    /// A frame.
    Frame {
        entry: Entry,
        /// It stands below a label about this object, and may stand elsewhere in the same stack too.
        below: Option<Py<PyAny>>,
    },
    /// What the frames below it are.
    Label {
        text: String,
        /// The task or the exception that they are of, or something that stands for the loop.
        about: Py<PyAny>,
    },
}

impl Row {
    /// The row of a frame that stands in the stack once.
    pub(crate) const fn of(entry: Entry) -> Self {
        Self::Frame { entry, below: None }
    }
}

/// The frames from `innermost` outwards, without the debugger's own.
pub(crate) fn walk(engine: &Engine, innermost: Option<Bound<'_, PyAny>>) -> PyResult<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut next = innermost;
    while let Some(frame) = next {
        let file = file_of(&frame)?;
        if engine.is_own_file(&file) {
            // What started the launcher (`python -m`) is no part of the program either.
            next = beyond_launcher(engine, &frame)?;
            continue;
        }
        entries.push(Entry {
            frame: frame.clone().unbind(),
            line: line_of(&frame)?,
        });
        next = back(&frame)?;
    }
    Ok(entries)
}

/// The caller of a frame of the debugger, or `None` when nothing but the interpreter's module runner is left there.
fn beyond_launcher<'py>(engine: &Engine, own: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let caller = visible_back(engine, own)?;
    let mut next = caller.clone();
    while let Some(frame) = next {
        if file_of(&frame)? != "<frozen runpy>" {
            return Ok(caller);
        }
        next = back(&frame)?;
    }
    Ok(None)
}

/// The frames that a traceback names, innermost first, and then those which called the first of them.
pub(crate) fn walk_traceback(engine: &Engine, traceback: &Bound<'_, PyAny>) -> PyResult<Vec<Entry>> {
    let mut entries = of_traceback(engine, traceback)?;
    if !traceback.is_none() {
        entries.extend(walk(engine, back(&traceback.getattr("tb_frame")?)?)?);
    }
    Ok(entries)
}

/// The frames that a traceback names, innermost first, without the debugger's own.
pub(crate) fn of_traceback(engine: &Engine, traceback: &Bound<'_, PyAny>) -> PyResult<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut next = Some(traceback.clone()).filter(|traceback| !traceback.is_none());
    while let Some(traceback) = next {
        let frame = traceback.getattr("tb_frame")?;
        if !is_hidden(engine, &frame)? {
            let line = traceback
                .getattr("tb_lineno")?
                .extract::<Option<u32>>()?
                .unwrap_or_default();
            entries.push(Entry {
                frame: frame.unbind(),
                line,
            });
        }
        next = Some(traceback.getattr("tb_next")?).filter(|traceback| !traceback.is_none());
    }
    entries.reverse();
    Ok(entries)
}

/// The caller of `frame`.
pub(crate) fn back<'py>(frame: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    Ok(Some(frame.getattr("f_back")?).filter(|frame| !frame.is_none()))
}

/// The nearest caller of `frame` that is not the debugger's own.
pub(crate) fn visible_back<'py>(engine: &Engine, frame: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let mut next = back(frame)?;
    while let Some(frame) = next {
        if !is_hidden(engine, &frame)? {
            return Ok(Some(frame));
        }
        next = back(&frame)?;
    }
    Ok(None)
}

/// The line that `frame` executes, 0 when it has none.
pub(crate) fn line_of(frame: &Bound<'_, PyAny>) -> PyResult<u32> {
    Ok(frame.getattr("f_lineno")?.extract::<Option<u32>>()?.unwrap_or_default())
}

/// The file name of the code that `frame` executes.
pub(crate) fn file_of(frame: &Bound<'_, PyAny>) -> PyResult<String> {
    file_of_code(&frame.getattr("f_code")?)
}

/// The file name in a code object; undecodable bytes are replaced.
pub(crate) fn file_of_code(code: &Bound<'_, PyAny>) -> PyResult<String> {
    Ok(code
        .getattr("co_filename")?
        .cast_into::<pyo3::types::PyString>()?
        .to_string_lossy()
        .into_owned())
}

/// Whether `frame` belongs to the debugger itself (its launcher and package).
pub(crate) fn is_hidden(engine: &Engine, frame: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(engine.is_own_file(&file_of(frame)?))
}
