//! Whole numbers, without an exception for those that are too large.

use pyo3::{ffi, prelude::*};

/// The value of an `int`, and of nothing else that counts as one; `None` if it does not fit.
#[inline]
pub(crate) fn of(value: &Bound<'_, PyAny>) -> Option<i64> {
    let mut overflow = 0;
    // SAFETY: the GIL is held and `value` is alive; given an `int`, the function raises nothing and runs no Python code.
    let number = unsafe {
        if ffi::PyLong_CheckExact(value.as_ptr()) == 0 {
            return None;
        }
        ffi::PyLong_AsLongLongAndOverflow(value.as_ptr(), &raw mut overflow)
    };
    (overflow == 0).then_some(number)
}
