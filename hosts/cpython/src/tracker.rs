//! What the hooks report, and what follows from it: a breakpoint, the end of a step, an exception stop, or nothing.
//!
//! All functions are called with the GIL held, on the thread that executes the reported frame. An error returned here
//! surfaces in the program, so only what has to surface is returned: an exception that a signal handler raised while
//! the thread was stopped. Everything else is reported to the client (`trouble.rs`).

use core::cell::Cell;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use dapstub::protocol::OutputCategory;
use pyo3::prelude::*;

use crate::breakpoints::{Breakpoint, CodePlan, Verdict};
use crate::engine::{self, Engine, lock};
use crate::exception_rules::Filter;
use crate::exceptions;
use crate::ffi;
use crate::gate;
use crate::hooks::{After, Sight};
use crate::log_points;
use crate::modules;
use crate::onward::step_onward;
use crate::returns;
use crate::stack;
use crate::step::{Mode, Step, is_await};
use crate::stop::{Reason, Stop};
use crate::trouble::Trouble;
use crate::uncaught;

thread_local! {
    /// Why nothing of what this thread does is debugged: [`OWN`] and [`UNTRACED`]; mostly neither.
    static LEFT_ALONE: Cell<u8> = const { Cell::new(0) };
    /// This is the inspector thread.
    static INSPECTOR: Cell<bool> = const { Cell::new(false) };
}

/// The debugger itself runs Python code on this thread.
const OWN: u8 = 1;
/// The program does not want this thread to be stopped, except by calls of its own.
const UNTRACED: u8 = 2;

/// While it lives, what this thread executes is not debugged.
#[derive(Debug)]
pub(crate) struct Guard {
    before: u8,
}

impl Guard {
    pub(crate) fn enter() -> Self {
        Self {
            before: LEFT_ALONE.with(|state| state.replace(state.get() | OWN)),
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        LEFT_ALONE.with(|state| state.set(state.get() & UNTRACED | self.before & OWN));
    }
}

/// Whether this thread is not to be stopped: the debugger itself runs on it, or the program does not want it.
pub(crate) fn is_left_alone() -> bool {
    LEFT_ALONE.get() != 0
}

/// Whether the debugger itself runs on this thread.
pub(crate) fn is_debugger_thread() -> bool {
    LEFT_ALONE.get() & OWN != 0
}

/// Lets breakpoints, steps and exceptions of the calling thread be seen, or not: then only a call of `breakpoint()` stops it.
#[pyfunction]
pub(crate) fn trace_this_thread(py: Python<'_>, should_trace: bool) -> PyResult<()> {
    let before = LEFT_ALONE.get();
    let others = before & !UNTRACED;
    LEFT_ALONE.set(if should_trace { others } else { others | UNTRACED });
    match engine::get() {
        // Frames that it runs already, and which nobody looked at meanwhile.
        Some(engine) if should_trace && before != others && engine.is_hooked() => engine.refresh(py, true),
        _ => Ok(()),
    }
}

/// Marks the calling thread as the inspector thread.
pub(crate) fn become_inspector() {
    INSPECTOR.set(true);
    LEFT_ALONE.set(LEFT_ALONE.get() | OWN);
}

/// Whether this is the inspector thread, which is no thread of the program.
pub(crate) fn is_inspector_thread() -> bool {
    INSPECTOR.get()
}

/// The steps under way, by thread.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    table: Mutex<HashMap<u64, Step>>,
    count: AtomicUsize,
    entering: AtomicUsize,
}

impl Steps {
    /// Whether any thread steps.
    pub(crate) fn any(&self) -> bool {
        self.count.load(Ordering::Relaxed) > 0
    }

    /// Whether any thread steps into what is called.
    pub(crate) fn any_enters(&self) -> bool {
        self.entering.load(Ordering::Relaxed) > 0
    }

    /// Looks at the step of `thread`, and may change or end it: `change` gets it and returns whether it goes on.
    pub(crate) fn with<R>(&self, thread: u64, look: impl FnOnce(&mut Step) -> R) -> Option<R> {
        if !self.any() {
            return None;
        }
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let result = table.get_mut(&thread).map(look);
        self.recount(&table);
        result
    }

    fn recount(&self, table: &HashMap<u64, Step>) {
        self.count.store(table.len(), Ordering::Relaxed);
        self.entering
            .store(table.values().filter(|step| step.enters()).count(), Ordering::Relaxed);
    }

    /// Begins a step of `thread`; returns the one that it replaces.
    pub(crate) fn begin(&self, thread: u64, step: Step) -> Option<Step> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let old = table.insert(thread, step);
        self.recount(&table);
        old
    }

    /// The frame to which the step of `thread` is bound.
    pub(crate) fn frame<'py>(&self, py: Python<'py>, thread: u64) -> Option<Bound<'py, PyAny>> {
        self.with(thread, |step| step.frame.as_ref().map(|frame| frame.bind(py).clone()))?
    }

    /// A frame to which a step over it is bound.
    #[cfg(unix)]
    fn any_frame<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        let table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let over = table
            .values()
            .filter(|step| matches!(step.mode, Mode::Over | Mode::IntoCall { .. }));
        over.filter_map(|step| step.frame.as_ref())
            .next()
            .map(|frame| frame.bind(py).clone())
    }

    /// Ends the step of `thread`.
    pub(crate) fn end(&self, thread: u64) -> Option<Step> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let old = table.remove(&thread);
        self.recount(&table);
        old
    }

    /// Ends all steps. The caller drops what is returned when it holds no lock.
    pub(crate) fn clear(&self) -> HashMap<u64, Step> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let old = core::mem::take(&mut *table);
        self.recount(&table);
        old
    }
}

/// A line of `code` is about to be executed.
pub(crate) fn line<'py>(
    py: Python<'py>,
    frame: impl FnOnce() -> Option<Bound<'py, PyAny>>,
    code: &Bound<'py, PyAny>,
    line: u32,
) -> Result<After, Trouble> {
    let Some(engine) = engine::get().filter(|engine| engine.is_armed()) else {
        return Ok(After::Disable);
    };
    let lent = engine.lend_plan(code)?;
    let plan = lent.plan();
    let breakpoints = plan.map_or(&[][..], |plan| plan.at(line));
    let has_entries = plan.is_some_and(CodePlan::has_functions);
    let stepping = engine.steps.any();
    if breakpoints.is_empty() && !stepping && !has_entries {
        return Ok(After::Disable);
    }
    let Some(frame) = frame() else { return Ok(After::Keep) };
    if let Some(plan) = plan
        && plan.is_in_middle(&frame)?
    {
        return Ok(After::Disable);
    }
    let mut hits = Vec::new();
    let mut reason = None;
    if has_entries && let Some(entered) = engine.take_entry(ffi::thread_ident(), &frame) {
        for breakpoint in &entered {
            reach(engine, &frame, breakpoint, |frame| breakpoint.reached(frame), &mut hits)?;
        }
        reason = (!hits.is_empty()).then_some(Reason::FunctionBreakpoint);
    }
    let before = hits.len();
    for placed in breakpoints {
        reach(
            engine,
            &frame,
            placed.breakpoint(),
            |frame| placed.reached(frame),
            &mut hits,
        )?;
    }
    if hits.len() > before {
        reason = Some(Reason::Breakpoint);
    }
    if stepping && let Some(ended) = step_ends(engine, &frame, code)? {
        reason = reason.or(Some(ended));
    }
    if let Some(reason) = reason {
        stop_at(engine, py, &frame, reason, hits)?;
    }
    Ok(After::Keep)
}

/// The instructions that go on in the middle of a line: behind a `yield` or an `await`, with a value (`RESUME` with an
/// argument) or with an exception (`CLEANUP_THROW`). From 3.12 on a line may be reported there, as if it were reached anew.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Middle {
    resume: u8,
    cleanup: u8,
}

impl Middle {
    /// Asks the interpreter for their numbers.
    pub(crate) fn new(py: Python<'_>) -> PyResult<Self> {
        let numbers = modules::import(py, "opcode")?.getattr("opmap")?;
        Ok(Self {
            resume: numbers.get_item("RESUME")?.extract()?,
            cleanup: numbers.get_item("CLEANUP_THROW")?.extract()?,
        })
    }

    /// Whether `instruction`, a number and its argument, is one of them.
    pub(crate) fn is_at(self, (number, argument): (u8, u8)) -> bool {
        number == self.cleanup || (number == self.resume && argument & 3 != 0)
    }
}

/// Why the step of this thread ends at the line that `frame` is about to execute; `None` if it goes on.
fn step_ends(engine: &Engine, frame: &Bound<'_, PyAny>, code: &Bound<'_, PyAny>) -> PyResult<Option<Reason>> {
    let ident = ffi::thread_ident();
    let ends = |step: &mut Step| {
        step.ends_at_line(frame)
            .then(|| (step.is_bound_to(frame), step.mode.reason()))
    };
    let Some(Some((is_bound, reason))) = engine.steps.with(ident, ends) else {
        return Ok(None);
    };
    if gate::take_waited_at(frame)? {
        return Ok(None);
    }
    let is_middle = frame.py().version_info() >= (3, 12)
        && match exceptions::instruction(frame)? {
            Some(instruction) => Middle::new(frame.py())?.is_at(instruction),
            None => false,
        };
    let Some(session) = engine.session().filter(|_| !is_middle) else {
        return Ok(None);
    };
    let ends = is_bound || engine.is_shown(&session, &stack::file_of_code(code)?);
    Ok(ends.then_some(reason))
}

/// Lets a breakpoint count and decide; if it stops, its id is added to `hits`.
fn reach<'py>(
    engine: &Engine,
    frame: &Bound<'py, PyAny>,
    breakpoint: &Breakpoint,
    decide: impl FnOnce(&Bound<'py, PyAny>) -> Verdict,
    hits: &mut Vec<i64>,
) -> Result<(), Trouble> {
    let verdict = {
        let _guard = Guard::enter();
        decide(frame)
    };
    match verdict {
        Verdict::Pass => {}
        Verdict::Stop => hits.push(breakpoint.id()),
        Verdict::Failed { text, stops } => {
            if let Some((session, text)) = engine.session().zip(text) {
                crate::events::output(&session.client, OutputCategory::Important, &text);
            }
            if stops {
                hits.push(breakpoint.id());
            }
        }
        Verdict::Log(text) => {
            if let Some(session) = engine.session() {
                log_points::add(engine, frame.py(), &session.client, breakpoint, &text)?;
            }
        }
    }
    Ok(())
}

/// Ends the step of this thread and stops in `frame`.
fn stop_at(
    engine: &'static Engine,
    py: Python<'_>,
    frame: &Bound<'_, PyAny>,
    reason: Reason,
    hits: Vec<i64>,
) -> Result<(), Trouble> {
    drop(engine.steps.end(ffi::thread_ident()));
    let stack = stack::walk(engine, Some(frame.clone()))?;
    engine.stops.park(engine, py, Stop::here(reason, hits, stack))
}

/// `code` begins to be executed, or resumes.
pub(crate) fn started(frame: &Bound<'_, PyAny>, code: &Bound<'_, PyAny>, resumed: bool) -> Result<After, Trouble> {
    let Some(engine) = engine::get() else {
        return Ok(After::Disable);
    };
    let Some(session) = engine.armed_session() else {
        return Ok(After::Disable);
    };
    let mut after = After::Disable;
    if let Some(plan) = engine.plan(code)? {
        engine.watch(code, plan.sight())?;
        if plan.begins_on_breakpoint() && !resumed {
            after = After::Keep;
        }
        if plan.has_functions() {
            after = After::Keep;
            if !resumed {
                let module = frame
                    .getattr("f_globals")?
                    .get_item("__name__")
                    .and_then(|name| name.extract::<String>());
                engine.note_entry(ffi::thread_ident(), frame, plan.functions(module.ok().as_deref()));
            }
        }
    }
    if returns::are_wanted(engine, &session) && returns::started(engine, &session, frame, code)? == After::Keep {
        after = After::Keep;
    }
    if engine.steps.any_enters() {
        after = After::Keep;
        let ident = ffi::thread_ident();
        let enters = engine.steps.with(ident, |step| step.enters()).unwrap_or(false);
        if enters
            && engine.is_shown(&session, &stack::file_of_code(code)?)
            && engine.steps.with(ident, |step| step.enters_frame(frame)) == Some(true)
        {
            engine.watch(code, Sight::Step)?;
        }
    }
    Ok(after)
}

/// `frame` goes on behind a `yield` or an `await` that has brought a value; a step may have waited for it.
pub(crate) fn gone_on(frame: &Bound<'_, PyAny>, code: &Bound<'_, PyAny>) -> Result<After, Trouble> {
    let Some(engine) = engine::get().filter(|engine| engine.steps.any()) else {
        return started(frame, code, true);
    };
    let ends = |step: &mut Step| step.ends_at_resumption_of(frame);
    if engine.steps.with(ffi::thread_ident(), ends) == Some(true) && engine.armed_session().is_some() {
        stop_at(engine, frame.py(), frame, Reason::Step, Vec::new())?;
    }
    started(frame, code, true)?;
    Ok(After::Keep)
}

/// `frame` gives back control with `value`: for good, or (`yields`) until it is resumed.
pub(crate) fn returned(
    frame: &Bound<'_, PyAny>,
    code: &Bound<'_, PyAny>,
    value: &Bound<'_, PyAny>,
    yields: bool,
) -> Result<(), Trouble> {
    let Some(engine) = engine::get() else { return Ok(()) };
    let ident = ffi::thread_ident();
    if !yields {
        engine.drop_entry(ident, frame);
        returns::returned(engine, frame, code, value)?;
    }
    if !engine
        .steps
        .with(ident, |step| step.is_about_end_of(frame))
        .unwrap_or(false)
    {
        return Ok(());
    }
    if yields && is_await(code, value)? {
        return Ok(());
    }
    let Some(session) = engine.armed_session() else {
        return Ok(());
    };
    let reason = engine
        .steps
        .with(ident, |step| step.mode.reason())
        .unwrap_or(Reason::Step);
    match stack::visible_back(engine, frame)? {
        Some(caller) if engine.is_shown(&session, &stack::file_of(&caller)?) => {
            stop_at(engine, frame.py(), &caller, reason, Vec::new())
        }
        // There is no line behind the call of `breakpoint()`: better here than never.
        _ if reason == Reason::Breakpoint => stop_at(engine, frame.py(), frame, reason, Vec::new()),
        None => end_step(engine, frame.py(), ident),
        Some(_) => step_onward(engine, &session, frame, ident),
    }
}

/// An exception leaves `frame`.
pub(crate) fn unwound(frame: &Bound<'_, PyAny>, exception: Option<&Bound<'_, PyAny>>) -> Result<(), Trouble> {
    let Some(engine) = engine::get() else { return Ok(()) };
    let Some(session) = engine.armed_session() else {
        return Ok(());
    };
    let ident = ffi::thread_ident();
    engine.drop_entry(ident, frame);
    if uncaught::is_exiting()
        && let Some(exception) = exceptions::passing(frame, exception)
    {
        uncaught::leaves(engine, frame, &exception)?;
    }
    if engine.filters().user_unhandled
        && let Some(stop) = exceptions::leaves_user_code(engine, &session, frame, exception)?
        && stop.is_wanted(&session, Filter::UserUnhandled, frame)
    {
        engine.stops.park(engine, frame.py(), stop)?;
    }
    if exception.is_none() {
        exceptions::forget_passing();
    }
    if !engine
        .steps
        .with(ident, |step| step.is_about_end_of(frame))
        .unwrap_or(false)
    {
        return Ok(());
    }
    match stack::visible_back(engine, frame)? {
        None => end_step(engine, frame.py(), ident),
        Some(caller) if engine.is_shown(&session, &stack::file_of(&caller)?) => {
            let code = caller.getattr("f_code")?;
            drop(engine.steps.begin(ident, Step::bound(Mode::Over, caller.unbind())));
            engine.refresh(frame.py(), false)?;
            Ok(engine.watch(&code, Sight::Step)?)
        }
        Some(_) => step_onward(engine, &session, frame, ident),
    }
}

/// An exception was raised in `frame`, or has reached it.
pub(crate) fn raised(
    frame: &Bound<'_, PyAny>,
    exception: &Bound<'_, PyAny>,
    traceback: &Bound<'_, PyAny>,
) -> Result<(), Trouble> {
    let Some(engine) = engine::get() else { return Ok(()) };
    let Some(session) = engine.armed_session() else {
        return Ok(());
    };
    let filters = engine.filters();
    if (filters.user_unhandled || uncaught::is_exiting()) && frame.py().version_info() < (3, 12) {
        exceptions::note_passing(frame, exception, traceback);
    }
    if filters.raised
        && let Some(stop) = exceptions::is_new(engine, &session, frame, exception, traceback)?
        && stop.is_wanted(&session, Filter::Raised, frame)
    {
        drop(engine.steps.end(ffi::thread_ident()));
        engine.stops.park(engine, frame.py(), stop)?;
    }
    Ok(())
}

/// The step of this thread has nowhere to go on: the thread ends.
fn end_step(engine: &Engine, py: Python<'_>, ident: u64) -> Result<(), Trouble> {
    drop(engine.steps.end(ident));
    Ok(engine.refresh(py, false)?)
}

/// The lines of `code` that have breakpoints, filled up with 0, if there are no more than `N` and no other line matters.
#[cfg(unix)]
pub(crate) fn breakpoint_lines<const N: usize>(code: &Bound<'_, PyAny>) -> Option<[u32; N]> {
    let mut few = [0; N];
    let Some(plan) = engine::get()?.plan(code).ok()? else {
        return Some(few);
    };
    if plan.has_functions() || plan.lines().len() > N {
        return None;
    }
    for (kept, line) in few.iter_mut().zip(plan.lines()) {
        *kept = line;
    }
    Some(few)
}

/// How far the frames of a code object are to be traced (3.11).
#[cfg(unix)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    Nothing,
    /// Up to the instruction at this offset.
    Until(usize),
    Everything,
}

/// How far frames of `code` may reach breakpoints.
#[cfg(unix)]
pub(crate) fn extent(code: &Bound<'_, PyAny>) -> Extent {
    match engine::get().map(|engine| engine.plan(code)) {
        Some(Ok(Some(plan))) => plan.beyond().map_or(Extent::Everything, Extent::Until),
        _ => Extent::Nothing,
    }
}

/// Whether the step of this thread, if there is one, has to see a frame that begins (`entered`) or is returned to, whose
/// object is at this address (0 without one).
#[cfg(unix)]
#[cold]
pub(crate) fn step_needs(entered: bool, frame: usize) -> bool {
    let needs = |step: &mut Step| !entered || step.enters() || step.concerns(frame);
    engine::get()
        .and_then(|engine| engine.steps.with(ffi::thread_ident(), needs))
        .unwrap_or(false)
}

/// A frame to which a step is bound: what is returned to it is shown.
#[cfg(unix)]
pub(crate) fn bound_frame(py: Python<'_>) -> Option<Bound<'_, PyAny>> {
    engine::get()?.steps.any_frame(py)
}

/// See [`returns::returned_to_step`].
#[cfg(unix)]
pub(crate) fn returned_to_step(code: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    match engine::get() {
        Some(engine) => returns::returned_to_step(engine, code, value),
        None => Ok(()),
    }
}

/// Whether a frame that "is called" only resumes: its `RESUME` instruction says so (3.11, where a generator's
/// resumption is the same event as a call).
pub(crate) fn is_resuming(frame: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(exceptions::instruction(frame)?.is_some_and(|(_, argument)| argument != 0))
}

/// Whether a frame that "returns" only suspends itself (3.11, where both are the same event).
pub(crate) fn is_yielding(frame: &Bound<'_, PyAny>) -> PyResult<bool> {
    exceptions::is_at(frame, "YIELD_VALUE")
}

/// The program's `sys.settrace`, kept while ours stands in its place (3.11).
static SETTRACE: Mutex<Option<Py<PyAny>>> = Mutex::new(None);

/// Keeps the interpreter's `sys.settrace`.
pub(crate) fn keep_settrace(function: Py<PyAny>) {
    *lock(&SETTRACE) = Some(function);
}

/// Takes it back out, to put it where it was.
pub(crate) fn take_settrace(_py: Python<'_>) -> Option<Py<PyAny>> {
    lock(&SETTRACE).take()
}

/// Calls it.
pub(crate) fn call_settrace(py: Python<'_>, function: &Bound<'_, PyAny>) -> PyResult<()> {
    let original = lock(&SETTRACE).as_ref().map(|original| original.clone_ref(py));
    match original {
        Some(original) => original.call1(py, (function,)).map(drop),
        None => Ok(()),
    }
}
