//! The engine: what there is once in a process, and what a session changes of it.
//!
//! Threads and locks. The frontend's I/O thread calls `host.rs` and never takes the GIL. Python threads come in through
//! `tracker.rs` with the GIL held. No lock of this module is held while Python code may run; each is taken for a few
//! instructions only, so that the order of taking them does not matter.

use core::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

use dapstub_std::{Client, Debugger};
use pyo3::{exceptions::PyRuntimeError, prelude::*};

use crate::attach::AttachOptions;
use crate::audit::Audit;
use crate::breakpoints::Table;
use crate::children::Offspring;
use crate::connect::Introductions;
use crate::ending::Ending;
use crate::exceptions::Filters;
use crate::ffi::slot::Slot;
use crate::gate::Gate;
use crate::hooks::{self, Hooks, Need, Sight};
use crate::inspect::Inspection;
use crate::jobs::Jobs;
use crate::log_points::Gathered;
use crate::modules;
use crate::my_code::LibraryPaths;
use crate::presence::Presence;
use crate::program_paths::{PathTable, is_name};
use crate::recent::RecentPlans;
use crate::source_lines::SourceLines;
use crate::stop::{Stop, Stops};
use crate::threads::Threads;
use crate::tracker::{Guard, Steps};

/// The session of the attached client.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) options: AttachOptions,
}

/// What has to be known of the installation.
pub(crate) struct Knowledge {
    pub(crate) libraries: LibraryPaths,
    pub(crate) source_lines: SourceLines,
}

/// Everything of the debugger in this process.
pub(crate) struct Engine {
    pub(crate) debugger: Debugger,
    pub(crate) jobs: Jobs,
    pub(crate) threads: Threads,
    pub(crate) inspection: Inspection,
    pub(crate) stops: Stops,
    pub(crate) gate: Gate,
    pub(crate) steps: Steps,
    pub(crate) breakpoints: Mutex<Table>,
    pub(crate) recent: RecentPlans,
    pub(crate) paths: PathTable,
    pub(crate) presence: Presence,
    pub(crate) audit: Audit,
    pub(crate) gathered: Mutex<Gathered>,
    pub(crate) offspring: Offspring,
    pub(crate) ending: Ending,
    pub(crate) introductions: Introductions,
    /// Filled when the first client attaches: until then nothing is imported on the program's account.
    knowledge: OnceLock<Knowledge>,
    filters: AtomicU8,
    /// Set from `configurationDone` until the client leaves: breakpoints count.
    armed: AtomicBool,
    /// The hooks for it are in place as well: until then the program does not stop itself, or it would overtake them.
    hooked: AtomicBool,
    /// A termination signal came while the program was stopped: it is not stopped again.
    muted: AtomicBool,
    session: Mutex<Option<Arc<Session>>>,
    hooks: Mutex<Option<Box<dyn Hooks>>>,
    pub(crate) program: Mutex<String>,
    /// From the first client on.
    pub(crate) inspector: Mutex<Option<std::thread::JoinHandle<()>>>,
    /// This process is a child that was forked: this engine stayed in the parent.
    forked: AtomicBool,
    /// In such a child: hooks of the parent's may be left.
    muddled: AtomicBool,
    /// When the program got its debugger.
    pub(crate) begun: SystemTime,
}

/// The engine of this process. A forked child puts another one in its place; the one before stays as it is, for ever.
static ENGINE: Slot<Engine> = Slot::new();

/// The engine, once [`prepare`] was called.
pub(crate) fn get() -> Option<&'static Engine> {
    ENGINE.get()
}

/// The engine; made at the first call, which costs no thread, no hook and no socket.
pub(crate) fn prepare(py: Python<'_>) -> PyResult<&'static Engine> {
    if let Some(engine) = ENGINE.get() {
        return Ok(engine);
    }
    modules::prepare(py)?;
    Ok(ENGINE.get_or_set(|| Box::leak(Box::new(Engine::new()))))
}

/// Lets a forked child have an engine of its own; what others of this module answer is that one from now on.
pub(crate) fn replace(engine: &'static Engine) {
    ENGINE.set(engine);
}

/// Locks `mutex`; a panic elsewhere has not left it half changed, because nothing that can panic runs under a lock.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Engine {
    /// An engine that nothing was done with.
    pub(crate) fn new() -> Self {
        Self {
            debugger: Debugger::new(),
            jobs: Jobs::default(),
            threads: Threads::default(),
            inspection: Inspection::new(),
            stops: Stops::default(),
            gate: Gate::default(),
            steps: Steps::default(),
            breakpoints: Mutex::default(),
            recent: RecentPlans::new(),
            paths: PathTable::here(),
            presence: Presence::default(),
            audit: Audit::default(),
            gathered: Mutex::default(),
            offspring: Offspring::default(),
            ending: Ending::default(),
            introductions: Introductions::default(),
            knowledge: OnceLock::new(),
            filters: AtomicU8::new(0),
            armed: AtomicBool::new(false),
            hooked: AtomicBool::new(false),
            muted: AtomicBool::new(false),
            session: Mutex::new(None),
            hooks: Mutex::new(None),
            program: Mutex::new(String::new()),
            inspector: Mutex::new(None),
            forked: AtomicBool::new(false),
            muddled: AtomicBool::new(false),
            begun: SystemTime::now(),
        }
    }

    /// The session that is attached now.
    pub(crate) fn session(&self) -> Option<Arc<Session>> {
        lock(&self.session).clone()
    }

    /// The session, if breakpoints and steps count now.
    pub(crate) fn armed_session(&self) -> Option<Arc<Session>> {
        if self.is_armed() { self.session() } else { None }
    }

    /// Whether breakpoints and steps count now.
    pub(crate) fn is_armed(&self) -> bool {
        self.armed.load(Ordering::Acquire) && !self.muted.load(Ordering::Relaxed) && !self.is_forked()
    }

    /// Lets a client in; its breakpoints count from [`arm`](Self::arm) on.
    pub(crate) fn begin(&self, py: Python<'_>, client: Client, options: AttachOptions) -> PyResult<()> {
        if self.knowledge.get().is_none() {
            let knowledge = Knowledge {
                libraries: LibraryPaths::discover(py)?,
                source_lines: SourceLines::new(py)?,
            };
            crate::inspect::prepare(py)?;
            crate::asyncio::prepare(py)?;
            // Imported when they are first needed, they might be in the middle of it when an evaluation is broken off.
            for module in ["types", "collections.abc", "weakref"] {
                crate::modules::import(py, module)?;
            }
            // Filled by nobody else: sessions begin one after the other.
            let _ = self.knowledge.set(knowledge);
        }
        self.paths.forget();
        self.muted.store(false, Ordering::Relaxed);
        self.inspection.present(options.choices.presentation);
        *lock(&self.session) = Some(Arc::new(Session { client, options }));
        Ok(())
    }

    /// Lets breakpoints count.
    pub(crate) fn arm(&self, py: Python<'_>) -> PyResult<()> {
        self.armed.store(true, Ordering::Release);
        let outcome = self.refresh(py, true);
        self.hooked.store(true, Ordering::Release);
        outcome
    }

    /// Whether the program may stop itself now: breakpoints count, and are in place.
    pub(crate) fn is_hooked(&self) -> bool {
        self.hooked.load(Ordering::Acquire) && self.is_armed()
    }

    /// No stop any more until the client asks for a pause or changes a breakpoint: the program is to end.
    pub(crate) fn mute(&self) {
        self.muted.store(true, Ordering::Relaxed);
    }

    /// Ends that silence, if there is one; breakpoints count again.
    pub(crate) fn unmute(&self, py: Python<'_>) -> PyResult<()> {
        if self.muted.swap(false, Ordering::Relaxed) {
            self.refresh(py, true)
        } else {
            Ok(())
        }
    }

    /// Forgets the session and everything that it set; the program runs as if nobody had attached.
    pub(crate) fn end(&self, py: Python<'_>) -> PyResult<()> {
        self.armed.store(false, Ordering::Release);
        self.hooked.store(false, Ordering::Release);
        let session = lock(&self.session).take();
        let table = core::mem::take(&mut *lock(&self.breakpoints));
        let steps = self.steps.clear();
        self.set_filters(py, Filters::default())?;
        self.inspection.forget(py);
        let opened = self.open_gate(py);
        crate::output::end(py);
        crate::entry::forget();
        crate::returns::forget();
        crate::exception_rules::set(Vec::new());
        crate::properties::forget();
        crate::source_maps::forget();
        let outcome = self.refresh(py, true);
        crate::exceptions::forget_passing();
        crate::uncaught::forget();
        // These may hold the last references to objects of the program: dropped when no lock is held any more.
        drop((session, table, steps));
        opened.and(outcome)
    }

    /// The exception filters that are set.
    pub(crate) fn filters(&self) -> Filters {
        Filters::from_bits(self.filters.load(Ordering::Relaxed))
    }

    /// Sets the exception filters; [`refresh`](Self::refresh) has to follow.
    pub(crate) fn set_filters(&self, py: Python<'_>, filters: Filters) -> PyResult<()> {
        self.filters.store(filters.bits(), Ordering::Relaxed);
        crate::uncaught::install(py, filters.uncaught)
    }

    /// Brings the hooks in line with breakpoints, filters and steps. `fresh`: breakpoints changed.
    pub(crate) fn refresh(&self, py: Python<'_>, fresh: bool) -> PyResult<()> {
        let _guard = Guard::enter();
        if fresh {
            self.recent.forget(py);
        }
        let need = self.need();
        let mut slot = lock(&self.hooks);
        if slot.is_none() {
            if need.is_nothing() {
                return Ok(());
            }
            *slot = Some(hooks::for_this_python(py)?);
        }
        let Some(hooks) = slot.as_mut() else { return Ok(()) };
        hooks.apply(py, need, fresh)?;
        drop(slot);
        if need.code && fresh {
            self.watch_running_code(py)?;
        }
        Ok(())
    }

    /// Lets the hooks report to the gate whatever a thread does next. To be called before the gate closes.
    ///
    /// # Errors
    ///
    /// There is no way to see it; the gate must stay open.
    pub(crate) fn prepare_gate(&self, py: Python<'_>) -> PyResult<()> {
        let _guard = Guard::enter();
        let mut slot = lock(&self.hooks);
        if slot.is_none() {
            *slot = Some(hooks::for_this_python(py)?);
        }
        let prepared = slot.as_mut().map_or(Ok(()), |hooks| hooks.gate(py, true));
        self.gate.set_prepared(prepared.is_ok());
        prepared
    }

    /// Lets all threads run, and takes away what reported to the gate.
    pub(crate) fn open_gate(&self, py: Python<'_>) -> PyResult<()> {
        let _guard = Guard::enter();
        self.gate.open();
        self.gate.set_prepared(false);
        lock(&self.hooks).as_mut().map_or(Ok(()), |hooks| hooks.gate(py, false))
    }

    /// Whether there is a thread that stands: the program is stopped, or some of it while the rest runs.
    pub(crate) fn is_any_stopped(&self) -> bool {
        self.stops.current().is_some() || self.gate.is_closed()
    }

    /// The stop that a thread has not come back from.
    pub(crate) fn stop_of(&self, ident: u64) -> Option<Arc<Stop>> {
        let current = self.stops.current().filter(|stop| stop.ident == ident);
        current.or_else(|| self.gate.stop_of(ident))
    }

    /// The same after the client changed a breakpoint, which also ends a silence after a termination signal.
    pub(crate) fn refresh_by_client(&self, py: Python<'_>) -> PyResult<()> {
        self.muted.store(false, Ordering::Relaxed);
        self.refresh(py, true)
    }

    /// Lets lines of `code` be seen from now on, and what else `sight` says.
    pub(crate) fn watch(&self, code: &Bound<'_, PyAny>, sight: Sight) -> PyResult<()> {
        // Not to be had: the hooks change just now, on this thread, and a finalizer of the program was let in.
        let Ok(mut hooks) = self.hooks.try_lock() else {
            return Ok(());
        };
        match hooks.as_mut() {
            Some(hooks) => hooks.watch(code, sight),
            None => Ok(()),
        }
    }

    /// Whether this process was forked off the one that is debugged.
    pub(crate) fn is_forked(&self) -> bool {
        self.forked.load(Ordering::Relaxed)
    }

    /// In a forked child: takes the hooks away and closes the sockets, which belong to the parent.
    ///
    /// A lock that another thread held at the time of the fork is held for ever here, so none is waited for.
    pub(crate) fn abandon(&self, py: Python<'_>) -> PyResult<()> {
        self.forked.store(true, Ordering::Relaxed);
        self.armed.store(false, Ordering::Relaxed);
        self.gate.abandon();
        // First: what is still sent must not reach a file that has taken the number of a socket.
        self.debugger.abandon_after_fork();
        #[cfg(unix)]
        crate::ffi::close_descriptors(self.debugger.inherited_descriptors());
        match self.hooks.try_lock().ok().as_deref_mut() {
            Some(Some(hooks)) => {
                let opened = hooks.gate(py, false);
                hooks.apply(py, Need::default(), true).and(opened)?;
            }
            Some(None) => {}
            // The hooks change just now, further up on this stack: what they will be is not known.
            None => self.muddled.store(true, Ordering::Relaxed),
        }
        Ok(())
    }

    /// In a forked child, after [`abandon`](Self::abandon): whether another engine may take over.
    pub(crate) fn is_clean(&self) -> bool {
        !self.muddled.load(Ordering::Relaxed)
    }

    /// In a forked child, before another engine takes over: takes back what the parent's client had changed in the
    /// interpreter besides the hooks. These locks are taken with the GIL only, which the forking thread had.
    pub(crate) fn undo(&self, py: Python<'_>) -> PyResult<()> {
        crate::output::end(py);
        crate::entry::forget();
        let _ = crate::exception_rules::set(Vec::new());
        crate::source_maps::forget();
        crate::returns::forget();
        crate::exceptions::forget_passing();
        crate::uncaught::forget();
        drop(self.steps.clear());
        crate::uncaught::install(py, false)
    }

    fn need(&self) -> Need {
        let Some(session) = self.armed_session() else {
            return Need::default();
        };
        let filters = self.filters();
        let (code, functions) = {
            let table = lock(&self.breakpoints);
            (!table.is_empty(), table.has_functions())
        };
        Need {
            code,
            functions,
            raises: filters.raised,
            unwinds: filters.user_unhandled || crate::uncaught::is_exiting(),
            steps: self.steps.any(),
            enters: self.steps.any_enters(),
            returns: crate::returns::are_wanted(self, &session),
        }
    }

    /// Looks for breakpoints in the code that all threads execute now.
    fn watch_running_code(&self, py: Python<'_>) -> PyResult<()> {
        for (_, innermost) in crate::threads::current_frames(py)?.iter() {
            let mut next = Some(innermost);
            while let Some(frame) = next {
                let code = frame.getattr("f_code")?;
                if let Some(plan) = self.plan(&code)? {
                    self.watch(&code, plan.sight())?;
                }
                next = crate::stack::back(&frame)?;
            }
        }
        Ok(())
    }

    /// Whether `file` belongs to the debugger's own package.
    pub(crate) fn is_own_file(&self, file: &str) -> bool {
        self.knowledge.get().is_some_and(|known| known.libraries.is_own(file))
    }

    /// Whether `file` belongs to Python, to an installed package or to the debugger.
    pub(crate) fn is_library(&self, file: &str) -> bool {
        self.knowledge
            .get()
            .is_some_and(|known| known.libraries.is_library(file))
    }

    /// What is known of the installation; there is something from the first session on.
    pub(crate) fn knowledge(&self) -> PyResult<&Knowledge> {
        self.knowledge
            .get()
            .ok_or_else(|| PyRuntimeError::new_err("no client has attached yet"))
    }

    /// Whether the user wants to see code of `file`: anything but the debugger, with `justMyCode` nothing of libraries.
    /// `rules` go before that. What libraries and the interpreter itself make up is never shown.
    ///
    /// Code that comes from no file is mostly made by libraries (`namedtuple`, `dataclass`), and there is nothing to
    /// show for it; what a person typed is the exception.
    pub(crate) fn is_shown(&self, session: &Session, file: &str) -> bool {
        if self.is_own_file(file) || crate::properties::is_passed_over(file) {
            return false;
        }
        if let Some(include) = session.options.rules.include(file) {
            return include;
        }
        let is_generated = is_name(file) && self.is_library(file);
        if (!session.options.just_my_code && !is_generated) || crate::source_maps::has(file) {
            return true;
        }
        !self.is_library(file) && (!is_name(file) || self.is_typed(file))
    }

    /// The same for the frames of a stack. Code that comes from no file stands there too: it was called.
    pub(crate) fn is_shown_in_stack(&self, session: &Session, file: &str) -> bool {
        let is_unnamed = || {
            let is_left_out = session.options.rules.include(file).is_some() || crate::properties::is_passed_over(file);
            let is_users = !session.options.just_my_code || !self.is_library(file);
            is_name(file) && is_users && !is_left_out
        };
        self.is_shown(session, file) || is_unnamed()
    }

    /// Whether code of `file` is the user's own, whatever `justMyCode` says.
    pub(crate) fn is_users(&self, session: &Session, file: &str) -> bool {
        if self.is_own_file(file) {
            return false;
        }
        session
            .options
            .rules
            .include(file)
            .unwrap_or_else(|| !self.is_library(file))
    }

    /// Whether a name that is no file's stands for what a person typed.
    fn is_typed(&self, name: &str) -> bool {
        name.starts_with("<stdin") || name.starts_with("<ipython") || *lock(&self.program) == "-c"
    }
}
