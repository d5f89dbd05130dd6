//! CPython 3.11: the lines with breakpoints of the code object that reached a line last.
//!
//! Traced code mostly goes round in one function: whether a line matters is a few comparisons then.

use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use pyo3::{ffi, prelude::*};

use super::extents;
use super::layout::InterpreterFrame;
use crate::hooks::tracing;

/// The code object whose line was looked up last, and its lines with breakpoints (0 for none). Kept alive by the table
/// of breakpoints; forgotten when that changes.
static CODE: AtomicUsize = AtomicUsize::new(0);
static LINES: [AtomicU32; tracing::FEW] = [const { AtomicU32::new(0) }; tracing::FEW];
/// The address of the instruction from which on frames of that code reach none of these lines any more.
static END: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Forgets them: breakpoints change.
pub(super) fn forget() {
    CODE.store(0, Ordering::Relaxed);
}

/// Whether `line` of `code` has a breakpoint, or may matter otherwise.
///
/// # Safety
///
/// `code` is a live code object of 3.11, and the GIL is held.
#[inline]
pub(super) unsafe fn has(code: *mut ffi::PyObject, line: u32) -> bool {
    // SAFETY: by contract.
    if CODE.load(Ordering::Relaxed) != code as usize && !unsafe { put(code) } {
        return true;
    }
    LINES.iter().any(|kept| kept.load(Ordering::Relaxed) == line)
}

/// Whether `frame` is behind all of these lines, and they are those of its code.
///
/// # Safety
///
/// `frame` is a live frame of 3.11, and the GIL is held.
#[inline]
pub(super) unsafe fn are_behind(frame: *const InterpreterFrame) -> bool {
    // SAFETY: by contract.
    unsafe {
        CODE.load(Ordering::Relaxed) == (*frame).code as usize
            && (*frame).instruction as usize >= END.load(Ordering::Relaxed)
    }
}

/// Puts in the lines of `code`; `false`: it has more lines that matter than there is room for.
///
/// # Safety
///
/// `code` is a live code object of 3.11, and the GIL is held.
#[inline(never)]
unsafe fn put(code: *mut ffi::PyObject) -> bool {
    // SAFETY: by contract.
    let (lines, extent) = unsafe {
        let object = Bound::from_borrowed_ptr(Python::assume_attached(), code);
        (tracing::few_lines(&object), extents::extent(code))
    };
    let Some(lines) = lines else { return false };
    for (kept, line) in LINES.iter().zip(lines) {
        kept.store(line, Ordering::Relaxed);
    }
    let end = match extent {
        extents::TO_THE_END => usize::MAX,
        // SAFETY: by contract.
        offset => unsafe { extents::instruction(code, offset) },
    };
    END.store(end, Ordering::Relaxed);
    CODE.store(code as usize, Ordering::Relaxed);
    true
}
