//! CPython 3.11: frame evaluation (PEP 523) that switches tracing on only for frames that need it.
//!
//! While installed, every Python frame is entered through [`evaluate`]. It asks once per code object whether the
//! debugger wants to see that code and keeps the answer in the code object itself (`co_extra`); frames nobody wants to
//! see run with tracing off, at the price of one function call and one comparison ([`QUIET`]). Frames that are wanted
//! run with the thread's trace function, which is [`trace`]. It is called for every line of such a frame; those without
//! a breakpoint go back after another comparison ([`hot_lines`]). Where a frame cannot reach any breakpoint any more, it
//! goes on with tracing off ([`rest`]).
//!
//! Exceptions need no tracing: CPython reports them to any trace function that a thread has, in every frame. So while a
//! filter wants to see them, threads have [`trace`] and their frames run with tracing off all the same. It goes on behind
//! each report, until the frame calls or ends.
//!
//! A program may use `sys.settrace` or `sys.setprofile` itself: its trace function is kept in the thread (so that
//! `sys.gettrace()` still answers it) and called by ours for every event, before ours looks at it; a thread that the
//! program traces or profiles has tracing on in every frame, as without us.

use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

use pyo3::{exceptions::PyRuntimeError, ffi, prelude::*};

use super::adopted::{
    chained, forget_chained, is_ours, is_traced_by_program, release, settle, switch, wait_until_made,
};
use super::layout::{FrameObject, InterpreterFrame, ThreadState};
use super::{Long, earlier, extents, hot_lines, symbol};
use crate::hooks::Need;
use crate::hooks::tracing::{self, Event};
use crate::{gate, tracker};

type EvalFunction = unsafe extern "C" fn(*mut ThreadState, *mut InterpreterFrame, c_int) -> *mut ffi::PyObject;

/// The functions of CPython that this file calls, found once.
struct Api {
    default_eval: EvalFunction,
    get_eval: unsafe extern "C" fn(*mut c_void) -> Option<EvalFunction>,
    set_eval: unsafe extern "C" fn(*mut c_void, EvalFunction),
    thread_head: unsafe extern "C" fn(*mut c_void) -> *mut ThreadState,
}

static API: std::sync::OnceLock<Api> = std::sync::OnceLock::new();
/// Whether frames are to be looked at; false lets [`evaluate`] pass everything through.
static ACTIVE: AtomicBool = AtomicBool::new(false);
/// The evaluation function that was there before ours.
static NEXT: AtomicPtr<c_void> = AtomicPtr::new(core::ptr::null_mut());
/// Some thread has a step under way.
static STEPPING: AtomicBool = AtomicBool::new(false);
/// What [`extents::kept`] gives for a frame that is to run as if we were not here; [`NEVER`] while there is none.
static QUIET: AtomicUsize = AtomicUsize::new(NEVER);
/// Every frame of a thread that is not to run is to be reported.
static GATED: AtomicBool = AtomicBool::new(false);
/// Exceptions are to be reported, in whatever frame.
pub(super) static RAISES: AtomicBool = AtomicBool::new(false);
/// Beginnings and ends of frames matter to somebody.
static ENDS: AtomicBool = AtomicBool::new(false);
/// The frame whose calls' results are noted, while a step that wants them is bound to it; 0 for none.
static RETURNS_TO: AtomicUsize = AtomicUsize::new(0);

/// No code object's answer.
const NEVER: usize = usize::MAX;

fn api(py: Python<'_>) -> PyResult<&'static Api> {
    if let Some(api) = API.get() {
        return Ok(api);
    }
    let find = |name: &core::ffi::CStr| {
        symbol(py, name).ok_or_else(|| PyRuntimeError::new_err(format!("this Python does not export {name:?}")))
    };
    // SAFETY: each name is looked up with the signature that 3.11's headers give it.
    let api = unsafe {
        Api {
            default_eval: core::mem::transmute::<*mut c_void, EvalFunction>(find(c"_PyEval_EvalFrameDefault")?),
            get_eval: core::mem::transmute::<*mut c_void, unsafe extern "C" fn(*mut c_void) -> Option<EvalFunction>>(
                find(c"_PyInterpreterState_GetEvalFrameFunc")?,
            ),
            set_eval: core::mem::transmute::<*mut c_void, unsafe extern "C" fn(*mut c_void, EvalFunction)>(find(
                c"_PyInterpreterState_SetEvalFrameFunc",
            )?),
            thread_head: core::mem::transmute::<*mut c_void, unsafe extern "C" fn(*mut c_void) -> *mut ThreadState>(
                find(c"PyInterpreterState_ThreadHead")?,
            ),
        }
    };
    extents::prepare(py)?;
    Ok(API.get_or_init(|| api))
}

/// Puts [`evaluate`] in front of the interpreter's evaluation function.
pub(crate) fn install(py: Python<'_>) -> PyResult<()> {
    let api = api(py)?;
    // SAFETY: the GIL is held; the interpreter state is the current one.
    unsafe {
        let interpreter: *mut c_void = ffi::PyInterpreterState_Get().cast();
        let present = (api.get_eval)(interpreter).unwrap_or(api.default_eval);
        if present as usize != evaluate as *const () as usize {
            NEXT.store(present as *mut c_void, Ordering::Relaxed);
            (api.set_eval)(interpreter, evaluate);
        }
    }
    if !ACTIVE.swap(true, Ordering::Relaxed) {
        earlier::keep(running(api));
    }
    renew_quiet();
    Ok(())
}

/// The outermost frames of the activations that are running, in every thread.
fn running(api: &Api) -> Vec<usize> {
    let mut entries = Vec::new();
    // SAFETY: as in `uninstall`; the frames before a live frame are alive.
    unsafe {
        let mut thread = (api.thread_head)(ffi::PyInterpreterState_Get().cast());
        while !thread.is_null() {
            wait_until_made(thread);
            let mut frame: *const InterpreterFrame = (*(*thread).cframe).current_frame;
            while !frame.is_null() {
                if (*frame).is_entry {
                    entries.push(frame as usize);
                }
                frame = (*frame).previous;
            }
            thread = (*thread).next;
        }
    }
    entries
}

/// Takes everything back: the evaluation function (if ours is still the outermost) and every thread's trace function.
pub(crate) fn uninstall(py: Python<'_>) -> PyResult<()> {
    let api = api(py)?;
    ACTIVE.store(false, Ordering::Relaxed);
    renew_quiet();
    // SAFETY: the GIL is held, so no thread state runs or goes away while they are walked.
    unsafe {
        let interpreter: *mut c_void = ffi::PyInterpreterState_Get().cast();
        let present = (api.get_eval)(interpreter).map_or(0, |function| function as usize);
        if present == evaluate as *const () as usize {
            let next = NEXT.load(Ordering::Relaxed);
            (api.set_eval)(interpreter, core::mem::transmute::<*mut c_void, EvalFunction>(next));
        }
        let mut thread = (api.thread_head)(interpreter);
        while !thread.is_null() {
            wait_until_made(thread);
            release(thread);
            thread = (*thread).next;
        }
    }
    forget_chained();
    earlier::keep(Vec::new());
    Ok(())
}

/// Says what is to be seen. `fresh`: forgets every answer kept in code objects.
pub(crate) fn look_for(need: Need, fresh: bool) {
    RAISES.store(need.raises || need.unwinds, Ordering::Relaxed);
    STEPPING.store(need.steps, Ordering::Relaxed);
    ENDS.store(need.steps || need.unwinds || need.functions, Ordering::Relaxed);
    if extents::look_for_unwinds(need.unwinds) || fresh {
        extents::renew();
        hot_lines::forget();
    }
    renew_quiet();
}

/// Says whether threads that are not to run are to be reported to the gate.
pub(crate) fn look_for_gate(closed: bool) {
    GATED.store(closed, Ordering::Relaxed);
    renew_quiet();
}

/// Lets what is returned to `caller` be noted.
pub(crate) fn note_returns_to(caller: Option<&Bound<'_, PyAny>>) {
    // SAFETY: the steps give out frame objects only, and a frame object always points to its frame.
    let frame = caller.map_or(0, |caller| unsafe {
        (*caller.as_ptr().cast::<FrameObject>()).frame as usize
    });
    RETURNS_TO.store(frame, Ordering::Relaxed);
}

fn renew_quiet() {
    let is_quiet =
        ACTIVE.load(Ordering::Relaxed) && !STEPPING.load(Ordering::Relaxed) && !GATED.load(Ordering::Relaxed);
    let quiet = if is_quiet { extents::generation() } else { NEVER };
    QUIET.store(quiet, Ordering::Relaxed);
}

/// Switches tracing on in every thread, for frames that were already running. Frames entered later decide for themselves.
pub(crate) fn trace_running_frames(py: Python<'_>) -> PyResult<()> {
    let api = api(py)?;
    // SAFETY: as in `uninstall`.
    unsafe {
        let mut thread = (api.thread_head)(ffi::PyInterpreterState_Get().cast());
        while !thread.is_null() {
            wait_until_made(thread);
            switch(thread, true);
            thread = (*thread).next;
        }
    }
    Ok(())
}

/// Switches tracing off in the frames that run now and need none, when the gate has opened.
pub(crate) fn settle_running_frames(py: Python<'_>) -> PyResult<()> {
    if STEPPING.load(Ordering::Relaxed) {
        // Whose step it is, only its own thread knows.
        return Ok(());
    }
    let api = api(py)?;
    // SAFETY: as in `uninstall`.
    unsafe {
        let mut thread = (api.thread_head)(ffi::PyInterpreterState_Get().cast());
        while !thread.is_null() {
            wait_until_made(thread);
            let on = returns_to_wanted(thread, (*(*thread).cframe).current_frame);
            switch(thread, on);
            let reports = on || RAISES.load(Ordering::Relaxed);
            if (*thread).tracing != 0 && !reports && is_ours((*thread).c_tracefunc) && (*thread).c_traceobj.is_null() {
                // CPython looks at this field when it leaves the trace function, in which the thread has waited.
                (*thread).c_tracefunc = None;
            }
            thread = (*thread).next;
        }
    }
    Ok(())
}

/// Puts our trace function back after the program called `sys.settrace` on this thread.
pub(crate) fn adopt_current(_py: Python<'_>) {
    // SAFETY: the GIL is held, so the calling thread has a current state.
    unsafe {
        let state = ffi::PyThreadState_Get().cast::<ThreadState>();
        switch(state, true);
    }
}

/// Whether tracing has to be on in `frame`. `entered`: the frame begins now, rather than being returned to.
///
/// # Safety
///
/// As for [`switch`]; `frame` is a live frame of that thread.
#[inline]
unsafe fn needs_tracing(state: *mut ThreadState, frame: *const InterpreterFrame, entered: bool) -> bool {
    // SAFETY: by contract.
    unsafe {
        is_traced_by_program(state)
            || extents::is_wanted(frame)
            || (STEPPING.load(Ordering::Relaxed) && tracing::step_needs(entered, (*frame).frame_object as usize))
            || (GATED.load(Ordering::Relaxed) && gate::is_due())
    }
}

/// Whether tracing has to be on in the activation whose innermost frame is `frame`, which is returned to.
///
/// Frames entered before [`evaluate`] was installed may share one activation: any of them may be wanted. So may those of the
/// activation that it returns to, if it was entered before that itself: see [`earlier`].
///
/// # Safety
///
/// As for [`switch`]; `frame` is null or a live frame of that thread.
unsafe fn returns_to_wanted(state: *mut ThreadState, mut frame: *const InterpreterFrame) -> bool {
    // SAFETY: by contract; the frames before a live frame are alive.
    unsafe {
        while !frame.is_null() {
            if needs_tracing(state, frame, false) {
                return true;
            }
            if (*frame).is_entry && !earlier::has(frame as usize) {
                return false;
            }
            frame = (*frame).previous;
        }
        is_traced_by_program(state)
    }
}

/// Evaluates one frame.
///
/// Most are nobody's business: those take the short way here, and the C stack of every Python call holds little of ours.
unsafe extern "C" fn evaluate(
    state: *mut ThreadState,
    frame: *mut InterpreterFrame,
    throw: c_int,
) -> *mut ffi::PyObject {
    // SAFETY: NEXT was set by `install` to the function that CPython itself would call. CPython passes its live thread
    // state and the frame to run; the state outlives the call of `next`, and the frame is not touched behind it.
    unsafe {
        let quiet = QUIET.load(Ordering::Relaxed);
        if extents::kept((*frame).code) != quiet || !is_quiet(state) {
            return evaluate_closely(state, frame, throw);
        }
        let next = core::mem::transmute::<*mut c_void, EvalFunction>(NEXT.load(Ordering::Relaxed));
        let result = next(state, frame, throw);
        // The caller was not traced before, so it is not now, unless something has changed meanwhile.
        if QUIET.load(Ordering::Relaxed) != quiet || !is_quiet(state) {
            leave(state);
        }
        result
    }
}

/// The same for a frame that may have to be traced, or that is returned from to one.
///
/// # Safety
///
/// As for [`evaluate`], which CPython has called with these arguments.
#[inline(never)]
unsafe fn evaluate_closely(state: *mut ThreadState, frame: *mut InterpreterFrame, throw: c_int) -> *mut ffi::PyObject {
    // SAFETY: as in `evaluate`.
    unsafe {
        let looks = ACTIVE.load(Ordering::Relaxed) && (*state).tracing == 0 && !tracker::is_left_alone();
        let mut noted = core::ptr::null_mut();
        if looks {
            let mut on = needs_tracing(state, frame, true);
            let returns_to = RETURNS_TO.load(Ordering::Relaxed);
            if returns_to != 0 && throw == 0 && (*(*state).cframe).current_frame as usize == returns_to {
                let code = Bound::from_borrowed_ptr(Python::assume_attached(), (*frame).code);
                if tracing::returns_plainly(&code) {
                    noted = code.into_ptr();
                } else {
                    on |= tracing::returns_later(&code);
                }
            }
            switch(state, on);
        }
        let next = core::mem::transmute::<*mut c_void, EvalFunction>(NEXT.load(Ordering::Relaxed));
        let result = next(state, frame, throw);
        let result = if noted.is_null() { result } else { note(noted, result) };
        leave(state);
        result
    }
}

/// Notes that a frame of `code` has returned `result`, and gives that on: null, with an exception, where the debugger let
/// one surface.
///
/// # Safety
///
/// The GIL is held. `code` is a reference of the caller's to a code object, which is given up; `result` is null or one
/// to any object.
#[cold]
unsafe fn note(code: *mut ffi::PyObject, result: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: by contract.
    unsafe {
        let py = Python::assume_attached();
        let code = Bound::from_owned_ptr(py, code);
        if result.is_null() {
            return result;
        }
        let value = Bound::from_owned_ptr(py, result);
        match tracing::noted(&code, &value) {
            Ok(()) => value.into_ptr(),
            Err(error) => {
                error.restore(py);
                core::ptr::null_mut()
            }
        }
    }
}

/// Whether `state` runs with tracing off, and with a trace function only where exceptions are to be reported.
///
/// # Safety
///
/// As for [`switch`].
#[inline]
unsafe fn is_quiet(state: *const ThreadState) -> bool {
    // SAFETY: by contract; a thread state always has an activation record.
    unsafe { (*(*state).cframe).use_tracing == 0 && (!RAISES.load(Ordering::Relaxed) || is_ours((*state).c_tracefunc)) }
}

/// Switches tracing on or off for the frame that is returned to.
///
/// # Safety
///
/// As for [`switch`].
#[inline(never)]
unsafe fn leave(state: *mut ThreadState) {
    // SAFETY: by contract.
    unsafe {
        if (*state).tracing != 0 || tracker::is_left_alone() {
            return;
        }
        if ACTIVE.load(Ordering::Relaxed) {
            let on = returns_to_wanted(state, (*(*state).cframe).current_frame);
            switch(state, on);
        } else {
            settle(state);
        }
    }
}

/// Whether an event of a traced frame has to be looked at closely.
///
/// # Safety
///
/// As for [`switch`]; `frame` is a live frame object for which CPython calls a trace function.
#[inline]
unsafe fn matters(frame: *mut ffi::PyObject, event: Event) -> bool {
    match event {
        Event::Exception => true,
        Event::Call | Event::Return => ENDS.load(Ordering::Relaxed),
        Event::Line if STEPPING.load(Ordering::Relaxed) => true,
        // SAFETY: by contract; a frame object always points to its frame, and that to its code.
        Event::Line => unsafe {
            let frame = frame.cast::<FrameObject>();
            hot_lines::has((*(*frame).frame).code, (*frame).line.unsigned_abs())
        },
    }
}

/// Lets `frame`, which is about to execute a line, go on with tracing off if it reaches no breakpoint any more.
///
/// # Safety
///
/// `frame` is the live frame for which CPython calls [`trace`] on this thread, with the GIL held.
#[inline]
unsafe fn rest(frame: *mut InterpreterFrame) {
    // SAFETY: by contract, as for `adopt`.
    unsafe {
        if !hot_lines::are_behind(frame) || QUIET.load(Ordering::Relaxed) == NEVER || RAISES.load(Ordering::Relaxed) {
            return;
        }
        let state = ffi::PyThreadState_Get().cast::<ThreadState>();
        if !is_ours((*state).c_tracefunc) {
            return;
        }
        let is_wanted = if (*frame).is_entry {
            is_traced_by_program(state)
        } else {
            returns_to_wanted(state, frame)
        };
        if !is_wanted {
            // CPython looks at this field when it leaves the trace function.
            (*state).c_tracefunc = None;
        }
    }
}

/// The trace function of every thread while installed: first the program's own, then the debugger.
pub(super) unsafe extern "C" fn trace(
    object: *mut ffi::PyObject,
    frame: *mut ffi::PyObject,
    what: c_int,
    argument: *mut ffi::PyObject,
) -> c_int {
    // SAFETY: CPython calls trace functions with the GIL held and a live frame; `argument` is null or a live object.
    // The program's own function gets exactly the arguments that CPython would have given it.
    unsafe {
        if GATED.load(Ordering::Relaxed) && gate::is_due() {
            pass_gate(frame);
        }
        if !object.is_null()
            && let Some(theirs) = chained(ffi::PyThreadState_Get().cast())
            && theirs(object, frame, what, argument) != 0
        {
            return -1;
        }
        let Some(event) = Event::from_code(Long::from(what)) else {
            return 0;
        };
        if event != Event::Line {
            return if matters(frame, event) {
                look(frame, event, argument)
            } else {
                0
            };
        }
        let inner = (*frame.cast::<FrameObject>()).frame;
        if matters(frame, event) {
            let py = Python::assume_attached();
            let code = Bound::from_borrowed_ptr(py, (*inner).code);
            let line = (*frame.cast::<FrameObject>()).line.unsigned_abs();
            if let Err(error) = tracing::line(&Bound::from_borrowed_ptr(py, frame), &code, line) {
                error.restore(py);
                return -1;
            }
        }
        rest(inner);
        0
    }
}

/// Lets the thread wait at the gate.
///
/// # Safety
///
/// As for [`trace`], which CPython has called for this frame object.
#[cold]
unsafe fn pass_gate(frame: *mut ffi::PyObject) {
    // SAFETY: by contract; an exception that is on its way is kept aside.
    unsafe {
        let (mut kind, mut value, mut traceback) =
            (core::ptr::null_mut(), core::ptr::null_mut(), core::ptr::null_mut());
        ffi::PyErr_Fetch(&raw mut kind, &raw mut value, &raw mut traceback);
        tracing::pass_gate(&Bound::from_borrowed_ptr(Python::assume_attached(), frame));
        ffi::PyErr_Restore(kind, value, traceback);
    }
}

/// Gives an event other than a line to the engine.
///
/// # Safety
///
/// As for [`trace`], which CPython has called with these arguments.
#[inline(never)]
unsafe fn look(frame: *mut ffi::PyObject, event: Event, argument: *mut ffi::PyObject) -> c_int {
    // SAFETY: by contract.
    unsafe {
        let py = Python::assume_attached();
        let frame_object = Bound::from_borrowed_ptr(py, frame);
        let argument = Bound::from_borrowed_ptr_or_opt(py, argument);
        // A return by exception is reported with the exception still set: kept aside while the debugger looks.
        let (mut kind, mut value, mut traceback) =
            (core::ptr::null_mut(), core::ptr::null_mut(), core::ptr::null_mut());
        ffi::PyErr_Fetch(&raw mut kind, &raw mut value, &raw mut traceback);
        match tracing::traced(&frame_object, event, argument.as_ref()) {
            Ok(()) => {
                ffi::PyErr_Restore(kind, value, traceback);
                0
            }
            Err(error) => {
                for pending in [kind, value, traceback] {
                    ffi::Py_XDECREF(pending);
                }
                error.restore(py);
                -1
            }
        }
    }
}
