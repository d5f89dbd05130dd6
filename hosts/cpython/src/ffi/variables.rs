//! Reads single variables of a function's frame, without the mapping of all of them that `f_locals` is.
//!
//! From 3.12 on `PyFrame_GetVar` does it. 3.11 does not have it, and the frame's own memory is read: its layout is that
//! of a released version and does not change any more. Where neither can be had, nothing is read here.

use core::ffi::c_void;
use std::sync::OnceLock;

use pyo3::{
    ffi,
    prelude::*,
    types::{PyBytes, PyString, PyTuple},
};

use super::layout::{CodeObject, FrameObject};
use super::symbol;

type GetVariable = unsafe extern "C" fn(*mut ffi::PyObject, *mut ffi::PyObject) -> *mut ffi::PyObject;

/// How variables are read in this process. Addresses are kept as numbers: those of static objects of the interpreter.
#[derive(Debug, Clone, Copy)]
struct Reader {
    frame_type: usize,
    cell_type: usize,
    /// `PyFrame_GetVar`; `None` on 3.11.
    get: Option<GetVariable>,
}

static READER: OnceLock<Option<Reader>> = OnceLock::new();

fn reader(py: Python<'_>) -> Option<Reader> {
    *READER.get_or_init(|| {
        let get = if py.version_info() >= (3, 12) {
            let found = symbol(py, c"PyFrame_GetVar")?;
            // SAFETY: CPython declares `PyObject *PyFrame_GetVar(PyFrameObject *, PyObject *)` from 3.12 on.
            Some(unsafe { core::mem::transmute::<*mut c_void, GetVariable>(found) })
        } else {
            None
        };
        Some(Reader {
            frame_type: symbol(py, c"PyFrame_Type")? as usize,
            cell_type: symbol(py, c"PyCell_Type")? as usize,
            get,
        })
    })
}

/// Whether [`read`] works in this process.
pub(crate) fn can_be_read(py: Python<'_>) -> bool {
    reader(py).is_some()
}

/// Where frames have a variable.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Location {
    index: usize,
    /// It is shared with other functions, through a cell.
    in_cell: bool,
}

/// Where the frames of `code` have the variable `name`, to be given to [`read`]. `None`: they have none.
pub(crate) fn locate(code: &Bound<'_, PyAny>, name: &Bound<'_, PyString>) -> Option<Location> {
    if reader(code.py())?.get.is_some() {
        // Found by name.
        return Some(Location {
            index: 0,
            in_cell: false,
        });
    }
    // SAFETY: only code objects are given to this function, on 3.11, where they have this layout; the tuple of names and
    // the kinds live as long as they do.
    let (names, kinds) = unsafe {
        let code_object = code.as_ptr().cast::<CodeObject>();
        (
            Bound::from_borrowed_ptr(code.py(), (*code_object).local_names),
            Bound::from_borrowed_ptr(code.py(), (*code_object).local_kinds),
        )
    };
    let names = names.cast_into::<PyTuple>().ok()?;
    let index = names
        .iter()
        .position(|known| known.is(name) || known.eq(name).unwrap_or(false))?;
    let kind = kinds.cast::<PyBytes>().ok()?.as_bytes().get(index).copied()?;
    Some(Location {
        index,
        in_cell: kind & IN_CELL != 0,
    })
}

/// The value of the variable `name` of `frame`, `None` while it has none. `location` is what [`locate`] answered for the
/// code of the frame.
pub(crate) fn read<'py>(
    frame: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
    location: Location,
) -> Option<Bound<'py, PyAny>> {
    let py = frame.py();
    let reader = reader(py)?;
    if frame.get_type_ptr() as usize != reader.frame_type {
        return None;
    }
    if let Some(get) = reader.get {
        // SAFETY: the GIL is held, `frame` is a frame object and `name` a string. The result is a new reference, or null
        // with an exception set, which says that the variable has no value.
        return unsafe {
            let value = get(frame.as_ptr(), name.as_ptr());
            if value.is_null() {
                ffi::PyErr_Clear();
            }
            Bound::from_owned_ptr_or_opt(py, value)
        };
    }
    // SAFETY: a frame object of 3.11, whose layout this is. It always points to its frame, and that to its code; behind
    // the frame's head lie as many variables as the code says, each null or a live object. The GIL is held, so nothing
    // changes meanwhile; the value gets a reference of its own.
    let value = unsafe {
        let inner = (*frame.as_ptr().cast::<FrameObject>()).frame;
        let code = (*inner).code.cast::<CodeObject>();
        if location.index >= usize::try_from((*code).local_count).ok()? {
            return None;
        }
        let variables = (&raw const (*inner).variables).cast::<*mut ffi::PyObject>();
        Bound::from_borrowed_ptr_or_opt(py, *variables.add(location.index))?
    };
    if location.in_cell && value.get_type_ptr() as usize == reader.cell_type {
        return value.getattr(interned!(py, "cell_contents")).ok();
    }
    Some(value)
}

/// `CO_FAST_CELL | CO_FAST_FREE`: the variable is shared with other functions, through a cell.
const IN_CELL: u8 = 0x40 | 0x80;
