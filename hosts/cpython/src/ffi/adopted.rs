//! CPython 3.11: which trace function a thread has: ours, the program's own behind ours, or none; and whether tracing is on.

use core::sync::atomic::{AtomicBool, Ordering, fence};
use std::collections::HashMap;
use std::sync::Mutex;

use super::frame_eval::{RAISES, trace};
use super::layout::{ThreadState, TraceFunction};

const TRACING_ON: u8 = 255;

/// The program's own trace functions, by thread state.
static CHAINED: Mutex<Option<HashMap<usize, TraceFunction>>> = Mutex::new(None);
/// There may be some.
static CHAINS: AtomicBool = AtomicBool::new(false);

/// Waits until `state` is whole.
///
/// A native thread that attaches itself to the interpreter makes its state without the GIL: it is put into the list
/// first, and then filled in, the successor before the activation record. That takes nanoseconds, and waits for
/// nothing that the caller holds.
///
/// # Safety
///
/// `state` is in the interpreter's list and the GIL is held, so that it cannot go away.
pub(super) unsafe fn wait_until_made(state: *const ThreadState) {
    // SAFETY: by contract; the other thread writes this field, so it is read anew each time.
    while unsafe { (&raw const (*state).cframe).read_volatile() }.is_null() {
        std::thread::yield_now();
    }
    fence(Ordering::Acquire);
}

#[inline]
pub(super) fn is_ours(function: Option<TraceFunction>) -> bool {
    function.is_some_and(|function| function as usize == trace as *const () as usize)
}

/// Makes ours the trace function of `state` and remembers the one that was there.
///
/// Thread states are handled by pointer throughout: CPython changes them whenever it runs, so no reference to one may
/// be held while it does.
///
/// # Safety
///
/// `state` is a live thread state and the GIL is held. The same holds for every function below that takes one.
#[inline]
unsafe fn adopt(state: *mut ThreadState) {
    // SAFETY: by contract; nothing but plain fields is touched.
    unsafe {
        if is_ours((*state).c_tracefunc) {
            return;
        }
        let present = (*state).c_tracefunc.replace(trace);
        if present.is_some() || CHAINS.load(Ordering::Relaxed) {
            chain(state, present);
        }
    }
}

/// Remembers what the trace function of `state` was.
#[cold]
fn chain(state: *const ThreadState, function: Option<TraceFunction>) {
    let Ok(mut chained) = CHAINED.lock() else { return };
    CHAINS.store(true, Ordering::Relaxed);
    let chained = chained.get_or_insert_default();
    match function {
        Some(function) => chained.insert(state as usize, function),
        None => chained.remove(&(state as usize)),
    };
}

/// Forgets them all, when every thread has been given its own back.
pub(super) fn forget_chained() {
    if let Ok(mut chained) = CHAINED.lock() {
        *chained = None;
        CHAINS.store(false, Ordering::Relaxed);
    }
}

/// What the trace function of `state` was.
#[cold]
pub(super) fn chained(state: *const ThreadState) -> Option<TraceFunction> {
    CHAINED
        .lock()
        .ok()
        .and_then(|map| map.as_ref().and_then(|map| map.get(&(state as usize)).copied()))
}

/// Whether the program itself traces or profiles this thread.
///
/// # Safety
///
/// As for [`adopt`].
#[inline]
pub(super) unsafe fn is_traced_by_program(state: *const ThreadState) -> bool {
    // SAFETY: by contract.
    unsafe { (*state).c_profilefunc.is_some() || !(*state).c_traceobj.is_null() }
}

/// Gives `state` back the trace function that it had.
///
/// # Safety
///
/// As for [`adopt`].
pub(super) unsafe fn release(state: *mut ThreadState) {
    // SAFETY: by contract.
    unsafe {
        if is_ours((*state).c_tracefunc) {
            (*state).c_tracefunc = if (*state).c_traceobj.is_null() {
                None
            } else {
                chained(state)
            };
        }
        settle(state);
    }
}

/// Leaves the activation that `state` runs with tracing on or off as CPython itself would.
///
/// # Safety
///
/// As for [`adopt`].
pub(super) unsafe fn settle(state: *mut ThreadState) {
    // SAFETY: by contract.
    unsafe {
        if (*state).tracing == 0 {
            let on = (*state).c_profilefunc.is_some() || (*state).c_tracefunc.is_some();
            (*(*state).cframe).use_tracing = if on { TRACING_ON } else { 0 };
        }
    }
}

/// Switches tracing on or off in the activation that `state` runs, unless it is inside a trace function just now.
///
/// Off also means without a trace function, unless the program has one or exceptions are to be reported: CPython reports
/// them to any there is, traced frame or not, and switches tracing on behind that.
///
/// # Safety
///
/// As for [`adopt`].
#[inline]
pub(super) unsafe fn switch(state: *mut ThreadState, on: bool) {
    // SAFETY: by contract; a thread state always has an activation record, the root one at least.
    unsafe {
        let reports = on || RAISES.load(Ordering::Relaxed);
        if reports {
            // Also from inside a trace function: CPython looks at this field when it leaves that.
            adopt(state);
        }
        if (*state).tracing != 0 {
            return;
        }
        if !reports && is_ours((*state).c_tracefunc) && (*state).c_traceobj.is_null() {
            (*state).c_tracefunc = None;
        }
        (*(*state).cframe).use_tracing = if on { TRACING_ON } else { 0 };
    }
}
