//! The debugger: script runs as threads of the Debug Adapter Protocol.
//!
//! | file | what it holds |
//! |---|---|
//! | `mod.rs` | [`Debug`](struct@Debug): what the service calls, and which runs are watched |
//! | `host.rs`, `desk.rs` | the requests of the client: [`dapstub_tokio::Host`], and [`dapstub::debuggee::Debuggee`] |
//! | `attach.rs` | the arguments of `attach` |
//! | `sources.rs` | scripts as DAP's sources |
//! | `lines.rs` | where a script can be stopped |
//! | `breakpoints.rs` | breakpoints, and the plan of a rule that is made of them |
//! | `state.rs` | what all runs and requests share, behind one lock |
//! | `tracker.rs` | what Rhai calls at each node of a watched run |
//! | `stop.rs`, `frames.rs`, `values.rs` | a run that stands still, and what the client sees of it |
//! | `ground.rs` | the variables of a frame, alive or kept |
//!
//! # Which runs are watched
//!
//! There are two Rhai engines, alike but for the debugging interface, which costs at every node of a script. A
//! run takes the one with it only if, when it begins, an attached client has a breakpoint in that very script, wants
//! exceptions, has asked for a pause, or attached with `"followAll": true`. Every other run is as fast as if nobody was
//! attached; but it can't be stopped any more either, which matters for scripts that run for long.
//!
//! # Runs as threads
//!
//! Thread 1 stands for the service: a pause of it stops the next statement of any run, and a `continue` resumes everything.
//! Every watched run has a thread of its own while it lasts, named after its request. The client hears of one by events
//! when it stops; those that end before are over in milliseconds, and thousands of events a second are no help to
//! anybody.
//!
//! A run that stops parks the thread it has to itself, of tokio's pool for blocking work. At most [`MAX_STOPPED`] runs stand
//! still at once; those that reach a breakpoint beyond it run on, and the console says so.

mod attach;
mod breakpoints;
mod desk;
mod frames;
mod ground;
mod host;
mod lines;
mod sources;
mod state;
mod stop;
mod tracker;
mod values;

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dapstub_tokio::{Debugger, Setup, StartError, Started};
use rhai::{AST, Dynamic, Engine, EvalAltResult, Scope};

use self::lines::Places;
use self::state::State;
use crate::rules::{Library, LoadError, Rule, Rules};

/// How many runs can stand still at once. Each holds a thread of tokio's pool for blocking work, which has 512.
pub const MAX_STOPPED: usize = 128;

/// How long an expression of the client may take.
const EVALUATION_TIME: Duration = Duration::from_secs(5);

/// What the debugger keeps with each rule.
#[derive(Debug)]
pub struct OfRule {
    /// Where it can be stopped.
    places: Places,
    /// There is a breakpoint in it.
    wanted: AtomicBool,
}

impl OfRule {
    pub(crate) fn of(ast: &AST) -> Self {
        Self {
            places: Places::of(ast),
            wanted: AtomicBool::new(false),
        }
    }
}

/// The debugger of a service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Debug(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    debugger: Debugger,
    setup: Mutex<Setup>,
    library: Arc<Library>,
    /// With the debugging interface.
    watching: Engine,
    /// For expressions among variables that were kept.
    evaluating: Engine,
    state: Mutex<State>,
    /// Counts what running scripts have to hear of: breakpoints, pauses, a client that is gone.
    news: AtomicU64,
    /// Every run is watched.
    all: AtomicBool,
}

impl Debug {
    /// Makes a dormant debugger for these rules.
    pub(crate) fn new(library: Arc<Library>) -> Self {
        Self(Arc::new(Shared {
            debugger: Debugger::new(),
            setup: Mutex::default(),
            library,
            watching: tracker::engine(),
            evaluating: ground::engine(),
            state: Mutex::default(),
            news: AtomicU64::new(0),
            all: AtomicBool::new(false),
        }))
    }

    /// Says where [`start`](Self::start) listens, and who may debug.
    pub fn configure(&self, setup: impl Into<Setup>) {
        *self.0.setup.lock().unwrap_or_else(PoisonError::into_inner) = setup.into();
    }

    /// Starts to listen, once; a later call says where.
    ///
    /// # Errors
    ///
    /// [`StartError`]: it is as dormant as before, and may be tried again.
    pub async fn start(&self) -> Result<Started, StartError> {
        let setup = self.0.setup.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.0.debugger.start(setup, host::RuleHost(self.0.clone())).await
    }

    /// Returns the frontend, which knows addresses and clients.
    pub fn debugger(&self) -> &Debugger {
        &self.0.debugger
    }

    /// Lets everything that stands still run on, then ends the session and the server; a client has `timeout` to say good-bye.
    pub async fn shutdown(&self, timeout: Duration) {
        self.0.detach();
        self.0.debugger.shutdown(timeout).await;
    }

    /// Tells whether a run of `rule` that begins now is to be watched. Two loads without order: this is all that a request
    /// pays while nobody debugs.
    #[inline]
    pub fn wants(&self, rule: &Rule) -> bool {
        rule.debug.wanted.load(Ordering::Relaxed) || self.0.all.load(Ordering::Relaxed)
    }

    /// Runs a rule that is to be watched, on the present thread, which is parked while the run stands still. `path` is that
    /// of its request.
    ///
    /// # Errors
    ///
    /// As without the debugger.
    pub fn run(&self, rule: &Arc<Rule>, path: &str, scope: &mut Scope<'_>) -> Result<Dynamic, Box<EvalAltResult>> {
        tracker::run(&self.0, rule, path, scope)
    }

    /// Reads the scripts again. Breakpoints move to the new ones.
    pub(crate) fn reload(&self, engine: &Engine) -> Result<Arc<Rules>, LoadError> {
        let old = self.0.library.rules();
        let new = self.0.library.reload(engine)?;
        self.0.reloaded(&old, &new);
        Ok(new)
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Running scripts have to look again.
    fn tell(&self) {
        self.news.fetch_add(1, Ordering::Release);
    }
}
