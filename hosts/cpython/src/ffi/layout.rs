//! Structures of CPython 3.11, as far as they are looked into.
//!
//! The binary interface of a released version is frozen; nothing here is used on another one.

use core::ffi::{c_char, c_int, c_short, c_void};

use pyo3::ffi;

/// A function that an interpreter calls for its events.
pub(super) type TraceFunction =
    unsafe extern "C" fn(*mut ffi::PyObject, *mut ffi::PyObject, c_int, *mut ffi::PyObject) -> c_int;

/// The beginning of `PyThreadState`.
#[repr(C)]
pub(crate) struct ThreadState {
    pub(super) previous: *mut ThreadState,
    pub(super) next: *mut ThreadState,
    pub(super) interpreter: *mut c_void,
    pub(super) initialized: c_int,
    pub(super) is_static: c_int,
    pub(super) recursion_remaining: c_int,
    pub(super) recursion_limit: c_int,
    pub(super) recursion_headroom: c_int,
    pub(super) tracing: c_int,
    pub(super) tracing_what: c_int,
    pub(super) cframe: *mut CFrame,
    pub(super) c_profilefunc: Option<TraceFunction>,
    pub(super) c_tracefunc: Option<TraceFunction>,
    pub(super) c_profileobj: *mut ffi::PyObject,
    pub(super) c_traceobj: *mut ffi::PyObject,
}

/// `_PyCFrame`: one for each activation of the interpreter loop.
#[repr(C)]
pub(super) struct CFrame {
    pub(super) use_tracing: u8,
    pub(super) current_frame: *mut InterpreterFrame,
    pub(super) previous: *mut CFrame,
}

/// `_PyInterpreterFrame`.
#[repr(C)]
pub(crate) struct InterpreterFrame {
    pub(super) function: *mut ffi::PyObject,
    pub(super) globals: *mut ffi::PyObject,
    pub(super) builtins: *mut ffi::PyObject,
    pub(super) locals: *mut ffi::PyObject,
    pub(super) code: *mut ffi::PyObject,
    pub(super) frame_object: *mut ffi::PyObject,
    pub(super) previous: *mut InterpreterFrame,
    /// The instruction that is executed; before the first one, what would be one before that.
    pub(super) instruction: *mut c_void,
    pub(super) stack_top: c_int,
    pub(super) is_entry: bool,
    pub(super) owner: c_char,
    /// The first of the variables and the stack.
    pub(super) variables: [*mut ffi::PyObject; 1],
}

/// The beginning of `PyFrameObject`.
#[repr(C)]
pub(super) struct FrameObject {
    head: ffi::PyObject,
    back: *mut ffi::PyObject,
    pub(super) frame: *mut InterpreterFrame,
    trace: *mut ffi::PyObject,
    /// The line, while a trace function runs.
    pub(super) line: c_int,
}

/// `PyCodeObject`.
#[repr(C)]
pub(super) struct CodeObject {
    head: ffi::PyVarObject,
    constants: *mut ffi::PyObject,
    names: *mut ffi::PyObject,
    /// Bytes; empty when nothing in the code catches an exception or cleans up behind one.
    pub(super) exception_table: *mut ffi::PyObject,
    flags: c_int,
    warmup: c_short,
    line_array_entry_size: c_short,
    argument_count: c_int,
    positional_only_count: c_int,
    keyword_only_count: c_int,
    stack_size: c_int,
    first_line: c_int,
    /// How many variables a frame has.
    pub(super) local_count: c_int,
    plain_local_count: c_int,
    plain_cell_count: c_int,
    cell_count: c_int,
    free_count: c_int,
    /// A tuple: the variables' names.
    pub(super) local_names: *mut ffi::PyObject,
    /// Bytes: what kind of variable each is.
    pub(super) local_kinds: *mut ffi::PyObject,
    file_name: *mut ffi::PyObject,
    name: *mut ffi::PyObject,
    qualified_name: *mut ffi::PyObject,
    line_table: *mut ffi::PyObject,
    weak_references: *mut ffi::PyObject,
    code: *mut ffi::PyObject,
    line_array: *mut c_char,
    first_traceable: c_int,
    /// `_PyCodeObjectExtra`, or null.
    pub(super) extra: *const CodeExtra,
    /// The first of the instructions.
    pub(super) instructions: [u16; 1],
}

/// `_PyCodeObjectExtra`: values that extensions keep in a code object.
#[repr(C)]
pub(super) struct CodeExtra {
    /// How many there are, never negative.
    pub(super) size: usize,
    /// The first of them.
    pub(super) values: [*mut c_void; 1],
}
