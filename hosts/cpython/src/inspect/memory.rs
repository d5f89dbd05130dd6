//! The bytes of bytes-like objects, read and written by a client that shows them in its own way.

use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyMemoryView};

use super::evaluate::EvaluateError;
use super::known::module_name;
use super::table::Kind;
use super::{InspectError, Inspection};

/// The most bytes that are handed out at a time.
const MOST: usize = 1 << 20;

/// Whether `value` has bytes to show: `bytes`, `bytearray`, `memoryview`, `array.array`, `mmap.mmap`.
pub(super) fn has_bytes(value: &Bound<'_, PyAny>) -> bool {
    if value.is_instance_of::<PyBytes>()
        || value.is_instance_of::<PyByteArray>()
        || value.is_instance_of::<PyMemoryView>()
    {
        return true;
    }
    let class = value.get_type();
    let is_named = |name: &str| class.name().is_ok_and(|own| own == name);
    ["array", "mmap"]
        .iter()
        .any(|name| is_named(name) && module_name(&class) == *name)
}

impl Inspection {
    /// The bytes from `offset` on, at most `count`, and how many of the bytes wanted are not there. Nothing is before the
    /// first byte.
    ///
    /// # Errors
    ///
    /// [`EvaluateError`]: the number is not valid any more, or the object has let go of its bytes.
    pub(crate) fn read_bytes(
        &self,
        py: Python<'_>,
        number: i64,
        offset: i64,
        count: u64,
    ) -> Result<(Vec<u8>, u64), EvaluateError> {
        let view = self.view_of(py, number)?;
        let count_wanted = usize::try_from(count).unwrap_or(usize::MAX).min(MOST);
        let read = || -> PyResult<Vec<u8>> {
            let len = view.len()?;
            let Ok(start) = usize::try_from(offset) else {
                return Ok(Vec::new());
            };
            let start = start.min(len);
            let end = start.saturating_add(count_wanted).min(len);
            let part = view.get_item(pyo3::types::PySlice::new(py, start as isize, end as isize, 1))?;
            Ok(part
                .call_method0("tobytes")?
                .cast_into::<PyBytes>()?
                .as_bytes()
                .to_vec())
        };
        let bytes = read().map_err(|error| EvaluateError::raised(py, &error));
        release(&view);
        let bytes = bytes?;
        let missing = count - bytes.len() as u64;
        Ok((bytes, missing))
    }

    /// Writes `bytes` at `offset`; without `partial` all of them or none. Returns how many were written.
    ///
    /// # Errors
    ///
    /// [`EvaluateError`]: also where the bytes cannot be changed, or do not fit.
    pub(crate) fn write_bytes(
        &self,
        py: Python<'_>,
        number: i64,
        offset: i64,
        bytes: &[u8],
        partial: bool,
    ) -> Result<usize, EvaluateError> {
        let view = self.view_of(py, number)?;
        let write = || -> PyResult<Result<usize, String>> {
            if view.getattr("readonly")?.is_truthy()? {
                return Ok(Err("these bytes cannot be changed: the object is read-only".to_owned()));
            }
            let len = view.len()?;
            let start = usize::try_from(offset).ok().filter(|start| *start <= len);
            let fitting = start.map_or(0, |start| bytes.len().min(len - start));
            if fitting < bytes.len() && !partial {
                let text = format!("{} bytes at offset {offset} do not fit: there are {len}", bytes.len());
                return Ok(Err(text));
            }
            if let Some(start) = start.filter(|_| fitting > 0) {
                let slice = pyo3::types::PySlice::new(py, start as isize, (start + fitting) as isize, 1);
                view.set_item(slice, PyBytes::new(py, &bytes[..fitting]))?;
            }
            Ok(Ok(fitting))
        };
        let written = write();
        release(&view);
        written
            .map_err(|error| EvaluateError::raised(py, &error))?
            .map_err(EvaluateError::refused)
    }

    /// A flat view of the bytes of the object with that number. It has to be released, so that the object can grow again.
    fn view_of<'py>(&self, py: Python<'py>, number: i64) -> Result<Bound<'py, PyAny>, EvaluateError> {
        let entry = self.entry(py, number).filter(|entry| entry.kind == Kind::Memory);
        let entry = entry.ok_or(InspectError::Stale)?;
        let flat = || {
            let view = PyMemoryView::from(&entry.object)?;
            view.call_method1("cast", ("B",))
        };
        flat().map_err(|error| EvaluateError::raised(py, &error))
    }

    /// The number under which the bytes of `value` can be asked for; 0 if it has none.
    pub(super) fn memory_of(&self, value: &Bound<'_, PyAny>) -> i64 {
        if has_bytes(value) {
            self.number(super::Entry::new(Kind::Memory, value.clone(), None))
        } else {
            0
        }
    }
}

/// Lets go of the bytes now, rather than when the collector comes.
fn release(view: &Bound<'_, PyAny>) {
    // Refused while a part of it is looked at, which nobody does.
    let _ = view.call_method0("release");
}
