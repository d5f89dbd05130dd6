//! CPython 3.11: frame evaluation (PEP 523) that switches tracing on only for frames that need it.
//!
//! While installed, every Python frame is entered through [`evaluate`]. It asks once per code object whether the
//! debugger wants to see that code and keeps the answer in the code object itself (`co_extra`); frames nobody wants to
//! see run with tracing off, at the price of one function call. Frames that are wanted run with the thread's trace
//! function, which is [`trace`].
//!
//! A program may use `sys.settrace` or `sys.setprofile` itself: its trace function is kept in the thread (so that
//! `sys.gettrace()` still answers it) and called by ours for every event, before ours looks at it; a thread that the
//! program traces or profiles has tracing on in every frame, as without us.
//!
//! The structures below are those of 3.11, whose binary interface is frozen; nothing here is used on other versions.

use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicBool, AtomicIsize, AtomicPtr, AtomicUsize, Ordering};
use std::collections::HashMap;
use std::sync::Mutex;

use pyo3::{exceptions::PyRuntimeError, ffi, prelude::*};

use super::{Long, symbol};
use crate::hooks::tracing::{self, Event};
use crate::tracker;

type TraceFunction = unsafe extern "C" fn(*mut ffi::PyObject, *mut ffi::PyObject, c_int, *mut ffi::PyObject) -> c_int;
type EvalFunction = unsafe extern "C" fn(*mut ThreadState, *mut InterpreterFrame, c_int) -> *mut ffi::PyObject;

/// The beginning of 3.11's `PyThreadState`.
#[repr(C)]
pub(crate) struct ThreadState {
    previous: *mut ThreadState,
    next: *mut ThreadState,
    interpreter: *mut c_void,
    initialized: c_int,
    is_static: c_int,
    recursion_remaining: c_int,
    recursion_limit: c_int,
    recursion_headroom: c_int,
    tracing: c_int,
    tracing_what: c_int,
    cframe: *mut CFrame,
    c_profilefunc: Option<TraceFunction>,
    c_tracefunc: Option<TraceFunction>,
    c_profileobj: *mut ffi::PyObject,
    c_traceobj: *mut ffi::PyObject,
}

/// 3.11's `_PyCFrame`: one for each activation of the interpreter loop.
#[repr(C)]
struct CFrame {
    use_tracing: u8,
    current_frame: *mut InterpreterFrame,
    previous: *mut CFrame,
}

/// The beginning of 3.11's `_PyInterpreterFrame`.
#[repr(C)]
pub(crate) struct InterpreterFrame {
    function: *mut ffi::PyObject,
    globals: *mut ffi::PyObject,
    builtins: *mut ffi::PyObject,
    locals: *mut ffi::PyObject,
    code: *mut ffi::PyObject,
    frame_object: *mut ffi::PyObject,
    previous: *mut InterpreterFrame,
    previous_instruction: *mut c_void,
    stack_top: c_int,
    is_entry: bool,
}

const TRACING_ON: u8 = 255;

/// The functions of CPython that this file calls, found once.
struct Api {
    default_eval: EvalFunction,
    get_eval: unsafe extern "C" fn(*mut c_void) -> Option<EvalFunction>,
    set_eval: unsafe extern "C" fn(*mut c_void, EvalFunction),
    thread_head: unsafe extern "C" fn(*mut c_void) -> *mut ThreadState,
    get_extra: unsafe extern "C" fn(*mut ffi::PyObject, isize, *mut *mut c_void) -> c_int,
    set_extra: unsafe extern "C" fn(*mut ffi::PyObject, isize, *mut c_void) -> c_int,
    extra_index: isize,
}

static API: std::sync::OnceLock<Api> = std::sync::OnceLock::new();
/// Whether frames are to be looked at; false lets [`evaluate`] pass everything through.
static ACTIVE: AtomicBool = AtomicBool::new(false);
/// The evaluation function that was there before ours.
static NEXT: AtomicPtr<c_void> = AtomicPtr::new(core::ptr::null_mut());
/// Changes whenever the set of wanted code may have changed; answers kept in code objects carry it.
static GENERATION: AtomicUsize = AtomicUsize::new(1);
/// Threads with a step under way; at 0 nobody looks at the table of steps.
pub(crate) static STEPPING: AtomicIsize = AtomicIsize::new(0);
/// Whether every frame is wanted (exception filters).
pub(crate) static EVERY_FRAME: AtomicBool = AtomicBool::new(false);
/// The program's own trace functions, by thread state.
static CHAINED: Mutex<Option<HashMap<usize, TraceFunction>>> = Mutex::new(None);

fn api(py: Python<'_>) -> PyResult<&'static Api> {
    if let Some(api) = API.get() {
        return Ok(api);
    }
    let find = |name: &core::ffi::CStr| {
        symbol(py, name).ok_or_else(|| PyRuntimeError::new_err(format!("this Python does not export {name:?}")))
    };
    // SAFETY: each name is looked up with the signature that 3.11's headers give it.
    let api = unsafe {
        let request_index: unsafe extern "C" fn(*mut c_void) -> isize =
            core::mem::transmute(find(c"_PyEval_RequestCodeExtraIndex")?);
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
            get_extra: core::mem::transmute::<
                *mut c_void,
                unsafe extern "C" fn(*mut ffi::PyObject, isize, *mut *mut c_void) -> c_int,
            >(find(c"_PyCode_GetExtra")?),
            set_extra: core::mem::transmute::<
                *mut c_void,
                unsafe extern "C" fn(*mut ffi::PyObject, isize, *mut c_void) -> c_int,
            >(find(c"_PyCode_SetExtra")?),
            extra_index: request_index(core::ptr::null_mut()),
        }
    };
    if api.extra_index < 0 {
        return Err(PyRuntimeError::new_err("no code extra index is left"));
    }
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
    ACTIVE.store(true, Ordering::Relaxed);
    Ok(())
}

/// Takes everything back: the evaluation function (if ours is still the outermost) and every thread's trace function.
pub(crate) fn uninstall(py: Python<'_>) -> PyResult<()> {
    let api = api(py)?;
    ACTIVE.store(false, Ordering::Relaxed);
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
            release(thread);
            thread = (*thread).next;
        }
    }
    if let Ok(mut chained) = CHAINED.lock() {
        *chained = None;
    }
    Ok(())
}

/// Forgets every answer kept in code objects.
pub(crate) fn forget_answers() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
}

/// Switches tracing on in every thread, for frames that were already running. Frames entered later decide for themselves.
pub(crate) fn trace_running_frames(py: Python<'_>) -> PyResult<()> {
    let api = api(py)?;
    // SAFETY: as in `uninstall`.
    unsafe {
        let mut thread = (api.thread_head)(ffi::PyInterpreterState_Get().cast());
        while !thread.is_null() {
            switch(thread, true);
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

fn is_ours(function: Option<TraceFunction>) -> bool {
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
unsafe fn adopt(state: *mut ThreadState) {
    // SAFETY: by contract; nothing but plain fields is touched.
    unsafe {
        if is_ours((*state).c_tracefunc) {
            return;
        }
        if let Ok(mut chained) = CHAINED.lock() {
            let chained = chained.get_or_insert_default();
            match (*state).c_tracefunc {
                Some(function) => chained.insert(state as usize, function),
                None => chained.remove(&(state as usize)),
            };
        }
        (*state).c_tracefunc = Some(trace);
    }
}

fn chained(state: *const ThreadState) -> Option<TraceFunction> {
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
unsafe fn is_traced_by_program(state: *const ThreadState) -> bool {
    // SAFETY: by contract.
    unsafe { (*state).c_profilefunc.is_some() || !(*state).c_traceobj.is_null() }
}

/// Gives `state` back the trace function that it had.
///
/// # Safety
///
/// As for [`adopt`].
unsafe fn release(state: *mut ThreadState) {
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
unsafe fn settle(state: *mut ThreadState) {
    // SAFETY: by contract.
    unsafe {
        // A thread state that is being made just now, without the GIL, has no activation yet.
        if (*state).tracing == 0 && !(*state).cframe.is_null() {
            let on = (*state).c_profilefunc.is_some() || (*state).c_tracefunc.is_some();
            (*(*state).cframe).use_tracing = if on { TRACING_ON } else { 0 };
        }
    }
}

/// Switches tracing on or off in the activation that `state` runs, unless it is inside a trace function just now.
///
/// Off also means without a trace function, unless the program has one: CPython reports exceptions to any there is,
/// traced frame or not, and switches tracing on behind that.
///
/// # Safety
///
/// As for [`adopt`].
unsafe fn switch(state: *mut ThreadState, on: bool) {
    // SAFETY: by contract; a thread state has an activation record, the root one at least, as soon as it is made.
    unsafe {
        if (*state).cframe.is_null() {
            return;
        }
        if on {
            // Also from inside a trace function: CPython looks at this field when it leaves that.
            adopt(state);
        }
        if (*state).tracing != 0 {
            return;
        }
        if !on && is_ours((*state).c_tracefunc) && (*state).c_traceobj.is_null() {
            (*state).c_tracefunc = None;
        }
        (*(*state).cframe).use_tracing = if on { TRACING_ON } else { 0 };
    }
}

/// Whether the debugger wants to see `code`; asked once per code object and generation.
fn is_wanted(code: *mut ffi::PyObject) -> bool {
    let Some(api) = API.get() else { return false };
    let generation = GENERATION.load(Ordering::Relaxed);
    let mut extra: *mut c_void = core::ptr::null_mut();
    // SAFETY: `code` is the code object of a live frame, `extra_index` was given by CPython for our use.
    if unsafe { (api.get_extra)(code, api.extra_index, &raw mut extra) } == 0 && extra as usize >> 1 == generation {
        return extra as usize & 1 == 1;
    }
    // SAFETY: the interpreter evaluates a frame on this thread, so it holds the GIL. An exception that is on its way
    // is kept aside, because the question may call Python's API.
    let wanted = unsafe {
        let (mut kind, mut value, mut traceback) =
            (core::ptr::null_mut(), core::ptr::null_mut(), core::ptr::null_mut());
        ffi::PyErr_Fetch(&raw mut kind, &raw mut value, &raw mut traceback);
        let wanted = {
            let py = Python::assume_attached();
            tracing::is_wanted(&Bound::from_borrowed_ptr(py, code))
        };
        ffi::PyErr_Restore(kind, value, traceback);
        wanted
    };
    // SAFETY: as above; the value is a number, so nothing has to be freed with the code object.
    unsafe {
        (api.set_extra)(
            code,
            api.extra_index,
            (generation << 1 | usize::from(wanted)) as *mut c_void,
        )
    };
    wanted
}

/// Whether tracing has to be on in `frame`. `entered`: the frame begins now, rather than being returned to.
///
/// # Safety
///
/// As for [`adopt`]; `frame` is a live frame of that thread.
unsafe fn needs_tracing(state: *mut ThreadState, frame: *const InterpreterFrame, entered: bool) -> bool {
    // SAFETY: by contract.
    unsafe {
        is_traced_by_program(state)
            || EVERY_FRAME.load(Ordering::Relaxed)
            || is_wanted((*frame).code)
            || (STEPPING.load(Ordering::Relaxed) > 0 && tracing::step_needs(entered))
    }
}

/// Whether tracing has to be on in the activation whose innermost frame is `frame`, which is returned to.
///
/// Frames entered before [`evaluate`] was installed may share one activation: any of them may be wanted.
///
/// # Safety
///
/// As for [`adopt`]; `frame` is null or a live frame of that thread.
unsafe fn returns_to_wanted(state: *mut ThreadState, mut frame: *const InterpreterFrame) -> bool {
    // SAFETY: by contract; the frames before a live frame are alive.
    unsafe {
        while !frame.is_null() {
            if needs_tracing(state, frame, false) {
                return true;
            }
            if (*frame).is_entry {
                return false;
            }
            frame = (*frame).previous;
        }
        is_traced_by_program(state)
    }
}

/// Evaluates one frame.
unsafe extern "C" fn evaluate(
    state: *mut ThreadState,
    frame: *mut InterpreterFrame,
    throw: c_int,
) -> *mut ffi::PyObject {
    // SAFETY: NEXT was set by `install` to the function that CPython itself would call.
    let next = unsafe { core::mem::transmute::<*mut c_void, EvalFunction>(NEXT.load(Ordering::Relaxed)) };
    // SAFETY: CPython passes its live thread state and the frame to run; the state outlives the call of `next`, and the
    // frame is not touched behind it.
    unsafe {
        let looks = ACTIVE.load(Ordering::Relaxed) && (*state).tracing == 0 && !tracker::is_debugger_thread();
        if looks {
            let on = needs_tracing(state, frame, true);
            switch(state, on);
        }
        let result = next(state, frame, throw);
        if (*state).tracing == 0 && !tracker::is_debugger_thread() {
            if ACTIVE.load(Ordering::Relaxed) {
                let on = returns_to_wanted(state, (*(*state).cframe).current_frame);
                switch(state, on);
            } else {
                settle(state);
            }
        }
        result
    }
}

/// The trace function of every thread while installed: first the program's own, then the debugger.
unsafe extern "C" fn trace(
    object: *mut ffi::PyObject,
    frame: *mut ffi::PyObject,
    what: c_int,
    argument: *mut ffi::PyObject,
) -> c_int {
    // SAFETY: CPython calls trace functions with the GIL held and a live frame; `argument` is null or a live object.
    // The program's own function gets exactly the arguments that CPython would have given it.
    unsafe {
        if !object.is_null()
            && let Some(theirs) = chained(ffi::PyThreadState_Get().cast())
            && theirs(object, frame, what, argument) != 0
        {
            return -1;
        }
        let Some(event) = Event::from_code(Long::from(what)) else {
            return 0;
        };
        let py = Python::assume_attached();
        let argument = Bound::from_borrowed_ptr_or_opt(py, argument);
        // A return by exception is reported with the exception still set: kept aside while the debugger looks.
        let (mut kind, mut value, mut traceback) =
            (core::ptr::null_mut(), core::ptr::null_mut(), core::ptr::null_mut());
        ffi::PyErr_Fetch(&raw mut kind, &raw mut value, &raw mut traceback);
        let outcome = tracing::traced(&Bound::from_borrowed_ptr(py, frame), event, argument.as_ref());
        match outcome {
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
