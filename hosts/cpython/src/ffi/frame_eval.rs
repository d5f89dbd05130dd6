//! CPython 3.11: frame evaluation (PEP 523) that switches tracing on only for frames that need it.
//!
//! While installed, every Python frame is entered through [`evaluate`]. It asks once per code object whether the
//! debugger wants to see that code and keeps the answer in the code object itself (`co_extra`); frames nobody wants to
//! see run with tracing off, at the price of one function call and one comparison ([`QUIET`]). Frames that are wanted
//! run with the thread's trace function, which is [`trace`]. It is called for every line of such a frame; those without
//! a breakpoint go back after another comparison ([`HOT_CODE`]).
//!
//! Exceptions need no tracing: CPython reports them to any trace function that a thread has, in every frame. So while a
//! filter wants to see them, threads have [`trace`] and their frames run with tracing off all the same. It goes on behind
//! each report, until the frame calls or ends.
//!
//! A program may use `sys.settrace` or `sys.setprofile` itself: its trace function is kept in the thread (so that
//! `sys.gettrace()` still answers it) and called by ours for every event, before ours looks at it; a thread that the
//! program traces or profiles has tracing on in every frame, as without us.

use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize, Ordering, fence};
use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use pyo3::{exceptions::PyRuntimeError, ffi, prelude::*};

use super::layout::{CodeObject, FrameObject, InterpreterFrame, ThreadState, TraceFunction};
use super::{Long, symbol};
use crate::hooks::Need;
use crate::hooks::tracing::{self, Event};
use crate::{gate, tracker};

type EvalFunction = unsafe extern "C" fn(*mut ThreadState, *mut InterpreterFrame, c_int) -> *mut ffi::PyObject;

const TRACING_ON: u8 = 255;

/// The functions of CPython that this file calls, found once.
struct Api {
    default_eval: EvalFunction,
    get_eval: unsafe extern "C" fn(*mut c_void) -> Option<EvalFunction>,
    set_eval: unsafe extern "C" fn(*mut c_void, EvalFunction),
    thread_head: unsafe extern "C" fn(*mut c_void) -> *mut ThreadState,
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
/// Some thread has a step under way.
static STEPPING: AtomicBool = AtomicBool::new(false);
/// What [`kept_answer`] gives for a frame that is to run as if we were not here; [`NEVER`] while there is none.
static QUIET: AtomicUsize = AtomicUsize::new(NEVER);
/// Every frame of a thread that is not to run is to be reported.
static GATED: AtomicBool = AtomicBool::new(false);
/// Exceptions are to be reported, in whatever frame.
static RAISES: AtomicBool = AtomicBool::new(false);
/// Frames that an exception leaves are to be reported. Tracing is on behind the report of an exception; a frame that
/// catches it and then lets it go on may have called something meanwhile, so frames that catch are traced.
static UNWINDS: AtomicBool = AtomicBool::new(false);
/// Beginnings and ends of frames matter to somebody.
static ENDS: AtomicBool = AtomicBool::new(false);
/// The code object whose line was looked up last, and its lines with breakpoints (0 for none). Kept alive by the table
/// of breakpoints; forgotten when that changes.
static HOT_CODE: AtomicUsize = AtomicUsize::new(0);
static HOT_LINES: [AtomicU32; tracing::FEW] = [const { AtomicU32::new(0) }; tracing::FEW];
/// The frame whose calls' results are noted, while a step that wants them is bound to it; 0 for none.
static RETURNS_TO: AtomicUsize = AtomicUsize::new(0);
/// Where in a code object its answer is kept.
static EXTRA_INDEX: AtomicUsize = AtomicUsize::new(usize::MAX);

/// The outermost frames of the activations that were running when [`evaluate`] was installed. CPython takes the switch of an
/// activation along to the one that it returns to, and nothing of ours runs when one of these ends. Once such a frame is gone
/// its address may be another's, which costs tracing where there need be none, no more.
static EARLIER: Mutex<Option<HashSet<usize>>> = Mutex::new(None);

/// No code object's answer.
const NEVER: usize = usize::MAX;
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
            set_extra: core::mem::transmute::<
                *mut c_void,
                unsafe extern "C" fn(*mut ffi::PyObject, isize, *mut c_void) -> c_int,
            >(find(c"_PyCode_SetExtra")?),
            extra_index: request_index(core::ptr::null_mut()),
        }
    };
    let Ok(index) = usize::try_from(api.extra_index) else {
        return Err(PyRuntimeError::new_err("no code extra index is left"));
    };
    EXTRA_INDEX.store(index, Ordering::Relaxed);
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
        note_running_activations(api);
    }
    renew_quiet();
    Ok(())
}

fn note_running_activations(api: &Api) {
    let mut entries = HashSet::new();
    // SAFETY: as in `uninstall`; the frames before a live frame are alive.
    unsafe {
        let mut thread = (api.thread_head)(ffi::PyInterpreterState_Get().cast());
        while !thread.is_null() {
            wait_until_made(thread);
            let mut frame: *const InterpreterFrame = (*(*thread).cframe).current_frame;
            while !frame.is_null() {
                if (*frame).is_entry {
                    entries.insert(frame as usize);
                }
                frame = (*frame).previous;
            }
            thread = (*thread).next;
        }
    }
    if let Ok(mut earlier) = EARLIER.lock() {
        *earlier = Some(entries);
    }
}

/// Whether the activation with this outermost frame was running when [`evaluate`] was installed.
fn is_earlier(entry: *const InterpreterFrame) -> bool {
    EARLIER.lock().is_ok_and(|earlier| {
        earlier
            .as_ref()
            .is_some_and(|entries| entries.contains(&(entry as usize)))
    })
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
    if let Ok(mut chained) = CHAINED.lock() {
        *chained = None;
    }
    if let Ok(mut earlier) = EARLIER.lock() {
        *earlier = None;
    }
    Ok(())
}

/// Says what is to be seen. `fresh`: forgets every answer kept in code objects.
pub(crate) fn look_for(need: Need, fresh: bool) {
    RAISES.store(need.raises || need.unwinds, Ordering::Relaxed);
    let unwinds = UNWINDS.swap(need.unwinds, Ordering::Relaxed);
    STEPPING.store(need.steps, Ordering::Relaxed);
    ENDS.store(need.steps || need.unwinds || need.functions, Ordering::Relaxed);
    if fresh || unwinds != need.unwinds {
        GENERATION.fetch_add(1, Ordering::Relaxed);
        HOT_CODE.store(0, Ordering::Relaxed);
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
    let quiet = if is_quiet {
        GENERATION.load(Ordering::Relaxed) << 1
    } else {
        NEVER
    };
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

/// Waits until `state` is whole.
///
/// A native thread that attaches itself to the interpreter makes its state without the GIL: it is put into the list
/// first, and then filled in, the successor before the activation record. That takes nanoseconds, and waits for
/// nothing that the caller holds.
///
/// # Safety
///
/// `state` is in the interpreter's list and the GIL is held, so that it cannot go away.
unsafe fn wait_until_made(state: *const ThreadState) {
    // SAFETY: by contract; the other thread writes this field, so it is read anew each time.
    while unsafe { (&raw const (*state).cframe).read_volatile() }.is_null() {
        std::thread::yield_now();
    }
    fence(Ordering::Acquire);
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
unsafe fn switch(state: *mut ThreadState, on: bool) {
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

/// What is kept in `code`: the generation of the answer and, in the lowest bit, whether the code is wanted. 0: nothing.
///
/// # Safety
///
/// `code` is a live code object of 3.11.
unsafe fn kept_answer(code: *mut ffi::PyObject) -> usize {
    let index = EXTRA_INDEX.load(Ordering::Relaxed);
    // SAFETY: by contract; CPython allocates as many values behind the structure as its size says.
    unsafe {
        let extra = (*code.cast::<CodeObject>()).extra;
        if extra.is_null() || usize::try_from((*extra).size).is_ok_and(|size| size <= index) {
            return 0;
        }
        *(&raw const (*extra).values).cast::<usize>().add(index)
    }
}

/// Whether the frames of `code` are to be traced; asked once per code object and generation.
///
/// # Safety
///
/// `code` is a live code object of 3.11, and the GIL is held.
unsafe fn is_wanted(code: *mut ffi::PyObject) -> bool {
    let Some(api) = API.get() else { return false };
    let generation = GENERATION.load(Ordering::Relaxed);
    // SAFETY: by contract.
    let kept = unsafe { kept_answer(code) };
    if kept >> 1 == generation {
        return kept & 1 == 1;
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
                || (UNWINDS.load(Ordering::Relaxed)
                    && ffi::PyBytes_Size((*code.cast::<CodeObject>()).exception_table) > 0)
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
            || is_wanted((*frame).code)
            || (STEPPING.load(Ordering::Relaxed) && tracing::step_needs(entered, (*frame).frame_object as usize))
            || (GATED.load(Ordering::Relaxed) && gate::is_due())
    }
}

/// Whether tracing has to be on in the activation whose innermost frame is `frame`, which is returned to.
///
/// Frames entered before [`evaluate`] was installed may share one activation: any of them may be wanted. So may those of the
/// activation that it returns to, if it was entered before that itself: see [`EARLIER`].
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
            if (*frame).is_entry && !is_earlier(frame) {
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
        let quiet = QUIET.load(Ordering::Relaxed);
        if kept_answer((*frame).code) == quiet && is_quiet(state) {
            let result = next(state, frame, throw);
            // The caller was not traced before, so it is not now, unless something has changed meanwhile.
            if QUIET.load(Ordering::Relaxed) == quiet && is_quiet(state) {
                return result;
            }
            leave(state);
            return result;
        }
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
/// As for [`adopt`].
#[inline]
unsafe fn is_quiet(state: *const ThreadState) -> bool {
    // SAFETY: by contract; a thread state always has an activation record.
    unsafe { (*(*state).cframe).use_tracing == 0 && (!RAISES.load(Ordering::Relaxed) || is_ours((*state).c_tracefunc)) }
}

/// Switches tracing on or off for the frame that is returned to.
///
/// # Safety
///
/// As for [`adopt`].
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
/// As for [`adopt`]; `frame` is a live frame object for which CPython calls a trace function.
#[inline]
unsafe fn matters(frame: *mut ffi::PyObject, event: Event) -> bool {
    let (code, line) = match event {
        Event::Exception => return true,
        Event::Call | Event::Return => return ENDS.load(Ordering::Relaxed),
        Event::Line if STEPPING.load(Ordering::Relaxed) => return true,
        // SAFETY: by contract; a frame object always points to its frame, and that to its code.
        Event::Line => unsafe {
            let frame = frame.cast::<FrameObject>();
            ((*(*frame).frame).code, (*frame).line.unsigned_abs())
        },
    };
    if HOT_CODE.load(Ordering::Relaxed) != code as usize {
        // SAFETY: the GIL is held by contract, and the frame keeps its code alive.
        let lines = unsafe { tracing::few_lines(&Bound::from_borrowed_ptr(Python::assume_attached(), code)) };
        let Some(lines) = lines else { return true };
        for (kept, line) in HOT_LINES.iter().zip(lines) {
            kept.store(line, Ordering::Relaxed);
        }
        HOT_CODE.store(code as usize, Ordering::Relaxed);
    }
    HOT_LINES.iter().any(|kept| kept.load(Ordering::Relaxed) == line)
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
        if GATED.load(Ordering::Relaxed) && gate::is_due() {
            let (mut kind, mut value, mut traceback) =
                (core::ptr::null_mut(), core::ptr::null_mut(), core::ptr::null_mut());
            ffi::PyErr_Fetch(&raw mut kind, &raw mut value, &raw mut traceback);
            tracing::pass_gate(&Bound::from_borrowed_ptr(Python::assume_attached(), frame));
            ffi::PyErr_Restore(kind, value, traceback);
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
        if !matters(frame, event) {
            return 0;
        }
        let py = Python::assume_attached();
        let frame_object = Bound::from_borrowed_ptr(py, frame);
        if event == Event::Line {
            let frame = frame.cast::<FrameObject>();
            let code = Bound::from_borrowed_ptr(py, (*(*frame).frame).code);
            let line = (*frame).line.unsigned_abs();
            return match tracing::line(&frame_object, &code, line) {
                Ok(()) => 0,
                Err(error) => {
                    error.restore(py);
                    -1
                }
            };
        }
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
