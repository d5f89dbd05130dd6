//! What runs and requests share, behind one lock. Nothing here waits.

use core::sync::atomic::Ordering;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use dapstub::json::Items;
use dapstub::protocol::{
    BreakpointEvent, ChangeReason, ContinuedEvent, ListChange, LoadedSourceEvent, OutputCategory, OutputEvent,
    StopReason, StoppedEvent, ThreadEvent, ThreadReason,
};
use dapstub_tokio::{Client, Request, Responder};

use super::attach::Attach;
use super::breakpoints::{Breakpoint, Plan, Target};
use super::sources::{Script, rule_at};
use super::{MAX_STOPPED, Shared};
use crate::rules::{Rule, Rules};

/// The thread that stands for the service.
pub(crate) const SERVICE: i32 = 1;

/// How many bits of a handle count within one stop; the others say which stop it belongs to.
const LOCAL_BITS: u32 = 20;

/// What a parked run is told.
pub(crate) enum Job {
    /// A request about it.
    Ask(Request, Responder),
    /// It may run on.
    Go(Go),
}

/// How a run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Go {
    /// To the next breakpoint.
    On,
    /// To the next statement of this function, or of one that called it.
    Over,
    /// To the next statement anywhere.
    In,
    /// To the next statement of a function that called this one.
    Out,
}

/// The session of the attached client.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) options: Arc<Attach>,
    /// `configurationDone` is answered: runs may stop.
    pub(crate) live: bool,
}

/// A watched run.
#[derive(Debug)]
struct Run {
    name: String,
    /// The client knows that there is such a thread.
    announced: bool,
    /// It is to stop at its next statement.
    pause: bool,
    /// It stands still.
    stop: Option<Standing>,
}

#[derive(Debug)]
struct Standing {
    jobs: Sender<Job>,
    slot: usize,
}

/// Handles of stops, one after the other: an old one is not soon used again.
#[derive(Debug, Default)]
struct Slot {
    taken: bool,
    next: u32,
}

/// Everything.
#[derive(Debug, Default)]
pub(crate) struct State {
    session: Option<Session>,
    files: BTreeMap<PathBuf, Vec<Breakpoint>>,
    functions: Vec<Breakpoint>,
    /// Runs that end in an error stop there.
    uncaught: bool,
    /// The next run that gets to a statement is to stop.
    pause_next: bool,
    runs: BTreeMap<i32, Run>,
    run_numbers: u32,
    breakpoint_numbers: i32,
    slots: Vec<Slot>,
    /// Plans that were made, by rule.
    plans: BTreeMap<PathBuf, (Arc<Rule>, Arc<Plan>)>,
    /// The client was told that too many runs stand still.
    crowded: bool,
}

/// What a run has to know, as of now.
#[derive(Debug)]
pub(crate) struct Orders {
    /// Nobody debugs.
    pub(crate) idle: bool,
    pub(crate) pause: bool,
    pub(crate) uncaught: bool,
    pub(crate) plan: Arc<Plan>,
    pub(crate) client: Option<Client>,
    pub(crate) options: Arc<Attach>,
}

/// A stop that was reported: the parked thread takes its jobs from here.
#[derive(Debug)]
pub(crate) struct Stopped {
    pub(crate) jobs: Receiver<Job>,
    /// The part of its handles that says which stop they belong to.
    pub(crate) base: i32,
    /// The first number of the part that counts within it.
    pub(crate) first: u32,
}

/// Why a run stops.
#[derive(Clone, Debug)]
pub(crate) struct Why {
    pub(crate) reason: StopReason<'static>,
    pub(crate) breakpoints: Vec<i32>,
    pub(crate) text: Option<String>,
}

impl State {
    pub(crate) fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    fn live(&self) -> Option<&Session> {
        self.session.as_ref().filter(|session| session.live)
    }

    /// Returns the id and name of each thread, and notes that the client knows them.
    pub(crate) fn threads(&mut self, mut each: impl FnMut(i32, &str)) {
        each(SERVICE, "service: all rules");
        for (id, run) in &mut self.runs {
            run.announced = true;
            each(*id, &run.name);
        }
    }

    /// Tells whether there is such a thread.
    pub(crate) fn has_thread(&self, id: i32) -> bool {
        id == SERVICE || self.runs.contains_key(&id)
    }

    /// Returns the way to a run that stands still.
    pub(crate) fn standing(&self, run: i32) -> Option<Sender<Job>> {
        Some(self.runs.get(&run)?.stop.as_ref()?.jobs.clone())
    }

    /// Returns the way to the run that gave out this handle.
    pub(crate) fn owner(&self, handle: i32) -> Option<Sender<Job>> {
        let slot = usize::try_from(handle >> LOCAL_BITS).ok()?.checked_sub(1)?;
        let standing = self.runs.values().filter_map(|run| run.stop.as_ref());
        standing
            .filter(|stop| stop.slot == slot)
            .map(|stop| stop.jobs.clone())
            .next()
    }

    /// Takes the way to a run that stands still: it is as good as running.
    pub(crate) fn take(&mut self, run: i32) -> Option<Sender<Job>> {
        let stop = self.runs.get_mut(&run)?.stop.take()?;
        if let Some(slot) = self.slots.get_mut(stop.slot) {
            slot.taken = false;
        }
        Some(stop.jobs)
    }

    /// The same with every one.
    pub(crate) fn take_all(&mut self) -> Vec<Sender<Job>> {
        let ids: Vec<_> = self.runs.keys().copied().collect();
        ids.into_iter().filter_map(|id| self.take(id)).collect()
    }

    fn free_slot(&mut self) -> Option<usize> {
        let free = self.slots.iter().position(|slot| !slot.taken);
        let index = free.unwrap_or(self.slots.len());
        if index >= MAX_STOPPED {
            return None;
        }
        if free.is_none() {
            self.slots.push(Slot::default());
        }
        Some(index)
    }
}

impl Shared {
    /// A client is attached.
    pub(crate) fn attached(&self, client: Client, options: Attach) {
        let mut state = self.state();
        state.session = Some(Session {
            client,
            options: Arc::new(options),
            live: false,
        });
    }

    /// Its configuration is done.
    pub(crate) fn configured(&self) {
        let mut state = self.state();
        if let Some(session) = &mut state.session {
            session.live = true;
        }
        self.changed(&mut state);
    }

    /// Nobody is attached any more: everything runs on, as if nobody ever was.
    pub(crate) fn detach(&self) {
        let mut state = self.state();
        state.session = None;
        state.files.clear();
        state.functions.clear();
        state.uncaught = false;
        state.pause_next = false;
        state.crowded = false;
        for run in state.runs.values_mut() {
            run.announced = false;
            run.pause = false;
        }
        let standing = state.take_all();
        self.changed(&mut state);
        drop(state);
        go(standing);
    }

    /// What is watched, and for what, is another: looks which rules are concerned, and tells the runs.
    fn changed(&self, state: &mut State) {
        state.plans.clear();
        let rules = self.library.rules();
        let live = state.live().is_some();
        for rule in rules.values() {
            let wanted = live && !self.plan(state, rule).is_empty();
            rule.debug.wanted.store(wanted, Ordering::Relaxed);
        }
        self.watch(state);
        self.tell();
    }

    /// Says whether all runs are watched.
    fn watch(&self, state: &State) {
        let all = state
            .live()
            .is_some_and(|session| state.uncaught || state.pause_next || session.options.follow_all);
        self.all.store(all, Ordering::Relaxed);
    }

    fn plan(&self, state: &mut State, rule: &Arc<Rule>) -> Arc<Plan> {
        if let Some((known, plan)) = state.plans.get(&rule.path)
            && Arc::ptr_eq(known, rule)
        {
            return plan.clone();
        }
        let lines = state.files.get(&rule.path).map_or(&[][..], Vec::as_slice);
        let plan = Arc::new(Plan::new(rule, lines.iter(), state.functions.iter()));
        state.plans.insert(rule.path.clone(), (rule.clone(), plan.clone()));
        plan
    }

    /// A watched run begins; returns its number.
    pub(crate) fn begin(&self, rule: &Arc<Rule>, path: &str) -> i32 {
        let mut state = self.state();
        state.run_numbers = state.run_numbers % 0x3fff_ffff + 1;
        let number = state.run_numbers;
        let id = i32::try_from(number).unwrap_or(i32::MAX).saturating_add(SERVICE);
        let run = Run {
            name: format!("{path} #{number} ({})", rule.name),
            announced: false,
            pause: false,
            stop: None,
        };
        state.runs.insert(id, run);
        id
    }

    /// Returns what the run has to look for. A pause of whatever comes next is its own from now on.
    pub(crate) fn orders(&self, id: i32, rule: &Arc<Rule>, old: Option<&Arc<Plan>>) -> Orders {
        let mut state = self.state();
        let idle = state.live().is_none();
        let mut pause = state
            .runs
            .get_mut(&id)
            .is_some_and(|run| core::mem::take(&mut run.pause));
        if core::mem::take(&mut state.pause_next) {
            pause = true;
            self.watch(&state);
        }
        // A run of a script that was read again keeps what it had: the lines of the new one say nothing about it.
        let current = self.library.rule(&rule.name).is_some_and(|now| Arc::ptr_eq(&now, rule));
        let plan = match old {
            Some(old) if !current => old.clone(),
            _ if idle => Arc::default(),
            _ => self.plan(&mut state, rule),
        };
        let session = state.session.as_ref();
        Orders {
            idle,
            pause,
            uncaught: state.uncaught,
            plan,
            client: session.map(|session| session.client.clone()),
            options: session.map(|session| session.options.clone()).unwrap_or_default(),
        }
    }

    /// A watched run has ended.
    pub(crate) fn end(&self, id: i32) {
        let mut state = self.state();
        let run = state.runs.remove(&id);
        if run.is_some_and(|run| run.announced)
            && let Some(session) = state.live()
        {
            let _ = session.client.report(ThreadEvent {
                reason: ThreadReason::Exited,
                thread_id: id,
            });
        }
    }

    /// A run stops, and says so. `None` if it has to run on: nobody is there, or too many stand still already.
    pub(crate) fn stop(&self, id: i32, why: &Why) -> Option<Stopped> {
        let mut state = self.state();
        state.live()?;
        let Some(slot) = state.free_slot() else {
            if !core::mem::replace(&mut state.crowded, true) {
                let text =
                    format!("{MAX_STOPPED} runs stand still already; the others run on past their breakpoints\n");
                say(&state, &text, OutputCategory::Important);
            }
            return None;
        };
        let (jobs, receiver) = channel();
        let taken = state.slots.get_mut(slot)?;
        taken.taken = true;
        // Far enough from the handles of the stop before that an old one is told from a new one.
        let first = taken.next;
        taken.next = taken.next.wrapping_add(4096) % (1 << LOCAL_BITS);
        let run = state.runs.get_mut(&id)?;
        run.stop = Some(Standing { jobs, slot });
        let known = core::mem::replace(&mut run.announced, true);
        let session = state.session.as_ref()?;
        if !known {
            let _ = session.client.report(ThreadEvent {
                reason: ThreadReason::Started,
                thread_id: id,
            });
        }
        let _ = session.client.report(StoppedEvent {
            reason: why.reason,
            thread_id: Some(id),
            text: why.text.as_deref().map(Into::into),
            hit_breakpoint_ids: (!why.breakpoints.is_empty()).then(|| Items::new(&why.breakpoints)),
            ..Default::default()
        });
        let base = i32::try_from((slot + 1) << LOCAL_BITS).unwrap_or(i32::MAX);
        Some(Stopped {
            jobs: receiver,
            base,
            first,
        })
    }

    /// Asks a run to stop; the service stands for whichever comes next. `false` if there is no such run.
    pub(crate) fn pause(&self, id: i32) -> bool {
        let mut state = self.state();
        if id == SERVICE {
            state.pause_next = true;
            self.watch(&state);
        } else {
            match state.runs.get_mut(&id) {
                Some(run) => run.pause = run.stop.is_none(),
                None => return false,
            }
        }
        self.tell();
        true
    }

    /// Replaces the breakpoints of a file.
    pub(crate) fn set_lines(
        &self,
        path: PathBuf,
        wanted: impl Iterator<Item = impl FnOnce(i32) -> Breakpoint>,
        mut each: impl FnMut(&Breakpoint, bool),
    ) {
        let rules = self.library.rules();
        let rule = rule_at(&rules, &path);
        let mut state = self.state();
        let mut set: Vec<Breakpoint> = Vec::new();
        for new in wanted {
            state.breakpoint_numbers += 1;
            let mut breakpoint = new(state.breakpoint_numbers);
            breakpoint.place_in(rule.map(|rule| &**rule));
            each(&breakpoint, rule.is_some());
            set.push(breakpoint);
        }
        if set.is_empty() {
            state.files.remove(&path);
        } else {
            state.files.insert(path, set);
        }
        self.changed(&mut state);
    }

    /// Replaces the breakpoints of functions.
    pub(crate) fn set_functions(
        &self,
        wanted: impl Iterator<Item = impl FnOnce(i32) -> Breakpoint>,
        mut each: impl FnMut(&Breakpoint, Option<&Rule>),
    ) {
        let rules = self.library.rules();
        let mut state = self.state();
        let mut set = Vec::new();
        for new in wanted {
            state.breakpoint_numbers += 1;
            let mut breakpoint = new(state.breakpoint_numbers);
            let rule = rule_with(&rules, &breakpoint);
            breakpoint.place_in(rule);
            each(&breakpoint, rule);
            set.push(breakpoint);
        }
        state.functions = set;
        self.changed(&mut state);
    }

    /// Says whether runs stop that end in an error.
    pub(crate) fn set_uncaught(&self, uncaught: bool) {
        let mut state = self.state();
        state.uncaught = uncaught;
        self.changed(&mut state);
    }

    /// Scripts were read again: breakpoints find their new places, and the client hears of what changed.
    pub(crate) fn reloaded(&self, old: &Rules, new: &Rules) {
        let mut state = self.state();
        let state = &mut *state;
        let Some(session) = state.session.as_ref() else {
            return self.changed(state);
        };
        let options = session.options.clone();
        let client = session.client.clone();
        for (path, breakpoints) in &mut state.files {
            let rule = rule_at(new, path);
            let script = Script::new(path, &options.mappings);
            for breakpoint in breakpoints {
                if breakpoint.place_in(rule.map(|rule| &**rule)) {
                    report(&client, breakpoint, rule.is_some(), Some(&script));
                }
            }
        }
        for breakpoint in &mut state.functions {
            let rule = rule_with(new, breakpoint);
            if breakpoint.place_in(rule) {
                let script = rule.map(|rule| Script::new(&rule.path, &options.mappings));
                report(&client, breakpoint, true, script.as_ref());
            }
        }
        let tell = |rule: &Rule, reason| {
            let script = Script::new(&rule.path, &options.mappings);
            let source = script.source();
            let _ = client.report(LoadedSourceEvent { reason, source });
        };
        for (name, rule) in new {
            match old.get(name) {
                None => tell(rule, ListChange::New),
                Some(before) if before.text != rule.text => tell(rule, ListChange::Changed),
                Some(_) => {}
            }
        }
        for (_, rule) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
            tell(rule, ListChange::Removed);
        }
        self.changed(state);
    }

    /// Everything that stands still runs on, and the client hears of it.
    pub(crate) fn resume_all(&self) -> Vec<Sender<Job>> {
        let mut state = self.state();
        let ids: Vec<_> = state
            .runs
            .iter()
            .filter(|(_, run)| run.stop.is_some())
            .map(|(id, _)| *id)
            .collect();
        if let Some(session) = state.live() {
            for &thread_id in &ids {
                let _ = session.client.report(ContinuedEvent {
                    thread_id,
                    all_threads_continued: Some(false),
                });
            }
        }
        state.take_all()
    }
}

/// Lets parked threads run on.
pub(crate) fn go(standing: Vec<Sender<Job>>) {
    for jobs in standing {
        // One that is gone needs no word.
        let _ = jobs.send(Job::Go(Go::On));
    }
}

fn say(state: &State, text: &str, category: OutputCategory<'static>) {
    if let Some(session) = state.live() {
        let _ = session.client.report(OutputEvent {
            category: Some(category),
            output: text.into(),
            ..Default::default()
        });
    }
}

/// The first rule that has the function of this breakpoint.
fn rule_with<'r>(rules: &'r Rules, breakpoint: &Breakpoint) -> Option<&'r Rule> {
    let Target::Function(name) = &breakpoint.target else {
        return None;
    };
    rules
        .values()
        .map(|rule| &**rule)
        .find(|rule| rule.debug.places.is_function(name))
}

fn report(client: &Client, breakpoint: &Breakpoint, known: bool, script: Option<&Script>) {
    let message = breakpoint.message(known);
    let _ = client.report(BreakpointEvent {
        reason: ChangeReason::Changed,
        breakpoint: as_sent(breakpoint, message.as_deref(), script),
    });
}

/// A breakpoint as the client gets it.
pub(crate) fn as_sent<'b>(
    breakpoint: &Breakpoint,
    message: Option<&'b str>,
    script: Option<&'b Script>,
) -> dapstub::protocol::Breakpoint<'b> {
    use dapstub::protocol::BreakpointProblem;

    let set = breakpoint.is_set();
    let place = breakpoint.place.filter(|_| set);
    let problem = if breakpoint.point.is_err() {
        BreakpointProblem::Failed
    } else {
        BreakpointProblem::Pending
    };
    dapstub::protocol::Breakpoint {
        id: Some(breakpoint.id),
        verified: set,
        message: message.map(Into::into),
        source: script.map(Script::source),
        line: place.map(|place| place.line.into()),
        column: place.map(|place| place.column.into()),
        reason: (!set).then_some(problem),
        ..Default::default()
    }
}
