//! CPython 3.11: how far the frames of each code object are traced.
//!
//! The engine is asked once per code object and generation, and its answer is kept in the code object itself
//! (`co_extra`), where [`frame_eval`](super::frame_eval) finds it with a few loads.

use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::OnceLock;

use pyo3::{exceptions::PyRuntimeError, ffi, prelude::*};

use super::layout::{CodeObject, InterpreterFrame};
use super::symbol;
use crate::hooks::tracing::{self, Extent};

type SetExtra = unsafe extern "C" fn(*mut ffi::PyObject, isize, *mut c_void) -> c_int;

/// `_PyCode_SetExtra`.
static SET_EXTRA: OnceLock<SetExtra> = OnceLock::new();
/// Where in a code object its answer is kept.
static INDEX: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Changes whenever the set of wanted code may have changed; answers kept in code objects carry it, above [`EXTENT_BITS`].
static GENERATION: AtomicUsize = AtomicUsize::new(1 << EXTENT_BITS);
/// Frames that an exception leaves are to be reported. Tracing is on behind the report of an exception; a frame that
/// catches it and then lets it go on may have called something meanwhile, so frames that catch are traced.
static UNWINDS: AtomicBool = AtomicBool::new(false);

/// How many bits of an answer say how far frames are traced: 0, not at all; [`TO_THE_END`]; else up to the instruction at
/// this offset.
const EXTENT_BITS: u32 = if usize::BITS > 32 { 32 } else { 1 };
pub(super) const TO_THE_END: usize = (1 << EXTENT_BITS) - 1;

/// Gets room in code objects, once.
pub(super) fn prepare(py: Python<'_>) -> PyResult<()> {
    let find = |name: &core::ffi::CStr| {
        symbol(py, name).ok_or_else(|| PyRuntimeError::new_err(format!("this Python does not export {name:?}")))
    };
    if SET_EXTRA.get().is_some() {
        return Ok(());
    }
    let set_extra = find(c"_PyCode_SetExtra")?;
    let request_index = find(c"_PyEval_RequestCodeExtraIndex")?;
    // SAFETY: both are looked up with the signatures that 3.11's headers give them; null means that the values need no
    // destructor.
    let (set_extra, index) = unsafe {
        let request_index: unsafe extern "C" fn(*mut c_void) -> isize = core::mem::transmute(request_index);
        (
            core::mem::transmute::<*mut c_void, SetExtra>(set_extra),
            request_index(core::ptr::null_mut()),
        )
    };
    let Ok(index) = usize::try_from(index) else {
        return Err(PyRuntimeError::new_err("no code extra index is left"));
    };
    INDEX.store(index, Ordering::Relaxed);
    SET_EXTRA.get_or_init(|| set_extra);
    Ok(())
}

/// What an answer of this generation has above [`EXTENT_BITS`]; by itself, the answer for code of no interest.
#[inline]
pub(super) fn generation() -> usize {
    GENERATION.load(Ordering::Relaxed)
}

/// Forgets every answer.
pub(super) fn renew() {
    GENERATION.fetch_add(1 << EXTENT_BITS, Ordering::Relaxed);
}

/// Says whether frames that an exception leaves are to be reported; whether that is a change.
pub(super) fn look_for_unwinds(unwinds: bool) -> bool {
    UNWINDS.swap(unwinds, Ordering::Relaxed) != unwinds
}

/// What is kept in `code`: the generation of the answer and how far the code is wanted. 0: nothing.
///
/// # Safety
///
/// `code` is a live code object of 3.11.
#[inline]
pub(super) unsafe fn kept(code: *mut ffi::PyObject) -> usize {
    let index = INDEX.load(Ordering::Relaxed);
    // SAFETY: by contract; CPython allocates as many values behind the structure as its size says.
    unsafe {
        let extra = (*code.cast::<CodeObject>()).extra;
        if extra.is_null() || (*extra).size <= index {
            return 0;
        }
        *(&raw const (*extra).values).cast::<usize>().add(index)
    }
}

/// How far the frames of `code` are to be traced, in [`EXTENT_BITS`]; asked once per code object and generation.
///
/// # Safety
///
/// `code` is a live code object of 3.11, and the GIL is held.
#[inline]
pub(super) unsafe fn extent(code: *mut ffi::PyObject) -> usize {
    // SAFETY: by contract.
    let kept = unsafe { kept(code) };
    if kept & !TO_THE_END == generation() {
        return kept & TO_THE_END;
    }
    // SAFETY: by contract.
    unsafe { ask_extent(code) }
}

/// # Safety
///
/// As for [`extent`].
#[cold]
unsafe fn ask_extent(code: *mut ffi::PyObject) -> usize {
    let Some(set_extra) = SET_EXTRA.get() else { return 0 };
    let (generation, index) = (generation(), INDEX.load(Ordering::Relaxed).cast_signed());
    // SAFETY: the interpreter evaluates a frame on this thread, so it holds the GIL. An exception that is on its way
    // is kept aside, because the question may call Python's API.
    let extent = unsafe {
        let (mut kind, mut value, mut traceback) =
            (core::ptr::null_mut(), core::ptr::null_mut(), core::ptr::null_mut());
        ffi::PyErr_Fetch(&raw mut kind, &raw mut value, &raw mut traceback);
        let extent =
            if UNWINDS.load(Ordering::Relaxed) && ffi::PyBytes_Size((*code.cast::<CodeObject>()).exception_table) > 0 {
                TO_THE_END
            } else {
                match tracing::extent(&Bound::from_borrowed_ptr(Python::assume_attached(), code)) {
                    Extent::Nothing => 0,
                    Extent::Until(offset) => offset.min(TO_THE_END),
                    Extent::Everything => TO_THE_END,
                }
            };
        ffi::PyErr_Restore(kind, value, traceback);
        extent
    };
    // SAFETY: as above; the value is a number, so nothing has to be freed with the code object.
    unsafe { set_extra(code, index, (generation | extent) as *mut c_void) };
    extent
}

/// The address of the instruction at `offset` of `code`.
///
/// # Safety
///
/// `code` is a live code object of 3.11.
#[inline]
pub(super) unsafe fn instruction(code: *mut ffi::PyObject, offset: usize) -> usize {
    // SAFETY: by contract; nothing is read.
    unsafe { (&raw const (*code.cast::<CodeObject>()).instructions) as usize }.saturating_add(offset)
}

/// Whether `frame` may reach a breakpoint from where it is.
///
/// # Safety
///
/// `frame` is a live frame of 3.11, and the GIL is held.
#[inline]
pub(super) unsafe fn is_wanted(frame: *const InterpreterFrame) -> bool {
    // SAFETY: by contract; a frame always points to its code.
    unsafe {
        match extent((*frame).code) {
            0 => false,
            TO_THE_END => true,
            offset => ((*frame).instruction as usize) < instruction((*frame).code, offset),
        }
    }
}
