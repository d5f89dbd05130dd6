//! Numbers of thread states: each is given once, and later ones are greater.

use pyo3::{ffi, prelude::*};

/// The number of the calling thread's state.
pub(crate) fn current(_py: Python<'_>) -> i64 {
    // SAFETY: the GIL is held, so the calling thread has a current state.
    unsafe { ffi::PyThreadState_GetID(ffi::PyThreadState_Get()) }
}

/// A number that no thread state of the interpreter exceeds now, and every later one will.
pub(crate) fn newest(py: Python<'_>) -> i64 {
    // SAFETY: the GIL is held. A state is made for the current interpreter, asked for its number and taken away again
    // without having been anybody's; a null one, when there is no memory, is not touched.
    unsafe {
        let state = ffi::PyThreadState_New(ffi::PyInterpreterState_Get());
        if state.is_null() {
            return current(py);
        }
        let number = ffi::PyThreadState_GetID(state);
        ffi::PyThreadState_Clear(state);
        ffi::PyThreadState_Delete(state);
        number
    }
}
