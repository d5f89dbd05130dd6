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
use crate::exceptions::Filters;
use crate::hooks::{self, Hooks, Need, Sight};
use crate::inspect::Inspection;
use crate::jobs::Jobs;
use crate::modules;
use crate::my_code::LibraryPaths;
use crate::presence::Presence;
use crate::program_paths::{PathTable, is_name};
use crate::source_lines::SourceLines;
use crate::stop::Stops;
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
    pub(crate) steps: Steps,
    pub(crate) breakpoints: Mutex<Table>,
    pub(crate) paths: PathTable,
    pub(crate) presence: Presence,
    pub(crate) audit: Audit,
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
    /// This process is a child that was forked: the debugger stayed in the parent.
    forked: AtomicBool,
    /// When the program got its debugger.
    pub(crate) begun: SystemTime,
}

static ENGINE: OnceLock<Engine> = OnceLock::new();

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
    let engine = Engine {
        debugger: Debugger::new(),
        jobs: Jobs::default(),
        threads: Threads::default(),
        inspection: Inspection::new(),
        stops: Stops::default(),
        steps: Steps::default(),
        breakpoints: Mutex::default(),
        paths: PathTable::here(),
        presence: Presence::default(),
        audit: Audit::default(),
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
        begun: SystemTime::now(),
    };
    Ok(ENGINE.get_or_init(|| engine))
}

/// Locks `mutex`; a panic elsewhere has not left it half changed, because nothing that can panic runs under a lock.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Engine {
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
        outcome
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
        // First: what is still sent must not reach a file that has taken the number of a socket.
        self.debugger.abandon_after_fork();
        #[cfg(unix)]
        crate::ffi::close_descriptors(self.debugger.inherited_descriptors());
        match self.hooks.try_lock().ok().as_deref_mut() {
            Some(Some(hooks)) => hooks.apply(py, Need::default(), true),
            _ => Ok(()),
        }
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
