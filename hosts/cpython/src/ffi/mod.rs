//! The FFI edge: every `unsafe` of this host stands in this folder, each with its reason.
//!
//! Two kinds of functions are called here: such as belong to CPython's stable ABI, and such as every supported CPython
//! exports without promising them to extension modules. The second kind is looked up by name when first needed, so
//! that one wheel loads everywhere and what is missing is an error of one feature instead of an import failure.

#[cfg(unix)]
mod adopted;
#[cfg(unix)]
mod earlier;
#[cfg(unix)]
mod extents;
#[cfg(unix)]
pub(crate) mod frame_eval;
pub(crate) mod held;
#[cfg(unix)]
mod hot_lines;
pub(crate) mod integers;
mod layout;
#[cfg(unix)]
pub(crate) mod signals;
pub(crate) mod slot;
pub(crate) mod thread_states;
pub(crate) mod variables;

use core::ffi::{c_int, c_long, c_ulong, c_void};

use pyo3::{ffi, prelude::*};

/// The frame that the calling thread executes, or `None` when no Python code runs on it.
///
/// In a callback of `sys.monitoring`, which is native and has no frame of its own, this is the monitored frame.
pub(crate) fn current_frame(py: Python<'_>) -> Option<Bound<'_, PyAny>> {
    // SAFETY: the GIL is held (`py`). The result is a borrowed reference or null; `from_borrowed_ptr_or_opt` takes a
    // reference of its own.
    unsafe { Bound::from_borrowed_ptr_or_opt(py, ffi::PyEval_GetFrame().cast()) }
}

unsafe extern "C" {
    fn PyThread_get_thread_ident() -> c_ulong;
    fn PyGC_Disable() -> c_int;
    fn PyGC_Enable() -> c_int;
    fn PyThreadState_SetAsyncExc(thread: c_ulong, exception: *mut ffi::PyObject) -> c_int;
}

/// The number of the calling thread as `threading.get_ident()` gives it.
pub(crate) fn thread_ident() -> u64 {
    // SAFETY: takes no argument, touches no Python object and may be called without the GIL.
    #[allow(clippy::useless_conversion, reason = "c_ulong has 32 bits on Windows")]
    u64::from(unsafe { PyThread_get_thread_ident() })
}

/// Whether the calling thread belongs to the interpreter that the process began with.
pub(crate) fn is_main_interpreter(_py: Python<'_>) -> bool {
    // SAFETY: the GIL is held, so there is a current interpreter; both functions belong to the stable ABI since 3.9.
    unsafe { ffi::PyInterpreterState_GetID(ffi::PyInterpreterState_Get()) == 0 }
}

/// Lets `exception`, a class, surface in another thread at one of its next bytecodes.
pub(crate) fn set_async_exception(_py: Python<'_>, thread: u64, exception: &Bound<'_, PyAny>) {
    // SAFETY: the GIL is held, and the class is alive; CPython takes its own reference.
    unsafe { PyThreadState_SetAsyncExc(thread as c_ulong, exception.as_ptr()) };
}

/// Gives `error` back unless it is an `AttributeError`.
///
/// PyO3 hands the GIL to whoever waits for it when an error is asked what it is; a look at a stopped program must not.
pub(crate) fn unless_attribute_error(py: Python<'_>, error: PyErr) -> Option<PyErr> {
    error.restore(py);
    // SAFETY: the GIL is held and an exception is set, which is what the first function asks for; the class is a static
    // object of the interpreter.
    unsafe {
        if ffi::PyErr_ExceptionMatches(ffi::PyExc_AttributeError) != 0 {
            ffi::PyErr_Clear();
        }
    }
    PyErr::take(py)
}

/// While it lives, the cyclic garbage collector waits.
///
/// Up to Python 3.11 any allocation may start it, and with it finalizers of the program, Python code that lets other
/// threads run. From 3.12 on it runs between bytecodes only.
pub(crate) struct CollectorPause<'py> {
    _py: Python<'py>,
    was_enabled: bool,
}

impl<'py> CollectorPause<'py> {
    pub(crate) fn begin(py: Python<'py>) -> Self {
        // SAFETY: the GIL is held; the function takes no argument and answers what was set before.
        let was_enabled = unsafe { PyGC_Disable() } != 0;
        Self { _py: py, was_enabled }
    }
}

impl Drop for CollectorPause<'_> {
    fn drop(&mut self) {
        if self.was_enabled {
            // SAFETY: as above.
            unsafe { PyGC_Enable() };
        }
    }
}

/// Writes what the dictionary `frame.f_locals` holds back into the frame's own variables.
///
/// Needed before Python 3.13; later `f_locals` writes through by itself (PEP 667) and this does nothing.
pub(crate) fn locals_to_fast(frame: &Bound<'_, PyAny>) {
    if let Some(function) = symbol(frame.py(), c"PyFrame_LocalsToFast") {
        // SAFETY: CPython declares `void PyFrame_LocalsToFast(PyFrameObject *, int)`; `frame` is a live frame object
        // (checked below by its type) and the GIL is held.
        let function: unsafe extern "C" fn(*mut ffi::PyObject, c_int) = unsafe { core::mem::transmute(function) };
        let is_frame = frame
            .get_type()
            .name()
            .is_ok_and(|name| name.to_string_lossy() == "frame");
        if is_frame {
            // SAFETY: as above.
            unsafe { function(frame.as_ptr(), 0) };
        }
    }
}

/// Looks up what CPython exports outside its stable ABI. Found on Unix only.
#[cfg(not(unix))]
pub(crate) fn symbol(_py: Python<'_>, _name: &core::ffi::CStr) -> Option<*mut c_void> {
    None
}

/// Looks up what CPython exports outside its stable ABI.
#[cfg(unix)]
pub(crate) fn symbol(_py: Python<'_>, name: &core::ffi::CStr) -> Option<*mut c_void> {
    // SAFETY: `name` ends with NUL; RTLD_DEFAULT searches what is loaded, and nothing is loaded or run by it.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    (!found.is_null()).then_some(found)
}

/// Closes file descriptors that a forked child inherited.
#[cfg(unix)]
pub(crate) fn close_descriptors(descriptors: impl IntoIterator<Item = i32>) {
    for descriptor in descriptors {
        // SAFETY: the descriptors belong to the parent's server, which has no thread and no owner in this process.
        unsafe { libc::close(descriptor) };
    }
}

/// A copy of a descriptor of the program's, as a file that is closed for itself.
#[cfg(unix)]
pub(crate) fn copy_of_descriptor(descriptor: i32) -> std::io::Result<std::fs::File> {
    if descriptor < 0 {
        return Err(std::io::Error::from_raw_os_error(libc::EBADF));
    }
    // SAFETY: the number is not negative, and is borrowed for this call only; a number that is not open makes `dup` fail.
    let borrowed = unsafe { std::os::fd::BorrowedFd::borrow_raw(descriptor) };
    Ok(borrowed.try_clone_to_owned()?.into())
}

/// The same for the standard error stream, the only one that has the same number in every library here.
#[cfg(windows)]
pub(crate) fn copy_of_descriptor(descriptor: i32) -> std::io::Result<std::fs::File> {
    use std::os::windows::io::AsHandle as _;
    if descriptor != 2 {
        return Err(std::io::ErrorKind::Unsupported.into());
    }
    Ok(std::io::stderr().as_handle().try_clone_to_owned()?.into())
}

/// Takes a descriptor that this process was given by its number, by whoever started it for that purpose.
///
/// `None`: there is no such open descriptor.
#[cfg(unix)]
pub(crate) fn take_descriptor(number: i32) -> Option<std::os::fd::OwnedFd> {
    use std::os::fd::FromRawFd;

    if number < 0 {
        return None;
    }
    // SAFETY: asks only whether it is open, and has it closed by `exec` from now on.
    if unsafe { libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC) } < 0 {
        return None;
    }
    // SAFETY: it is open, and the caller's to close: nobody else in this process knows of it.
    Some(unsafe { std::os::fd::OwnedFd::from_raw_fd(number) })
}

/// Sends `signal` to this process, as `kill` would from outside.
#[cfg(unix)]
pub(crate) fn signal_self(signal: c_int) -> std::io::Result<()> {
    // SAFETY: plain system calls without pointers.
    if unsafe { libc::kill(libc::getpid(), signal) } == 0 {
        Ok(())
    } else {
        Err(std::io::Error::last_os_error())
    }
}

/// Keeps the type of `c_long` in one place for the signatures of this folder.
pub(crate) type Long = c_long;
