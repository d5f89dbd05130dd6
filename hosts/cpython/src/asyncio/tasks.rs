//! All tasks, and what is known of one.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFrozenSet, PyList, PySet, PyString, PyType};

use super::{Asyncio, chain};
use crate::inspect::{call_native, peek};
use crate::{modules, stack, threads};

/// How many classes derived from `Task` are looked for.
const CLASSES: usize = 1000;

/// What a task is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Its coroutine was not begun yet.
    Fresh,
    /// Its coroutine is being executed.
    Running,
    /// It is about to be executed again.
    Ready,
    /// Something that it awaits is not done.
    Waiting,
}

impl Asyncio<'_> {
    /// Whether there may be a task that is not done.
    pub(super) fn is_in_use(&self) -> bool {
        if self.keeps_tasks() {
            self.kept().iter().any(is_pending)
        } else {
            // Since 3.14 the tasks of its own are in no container that could be looked into at no cost.
            self.is_running() || self.kept().iter().any(is_pending)
        }
    }
}

impl<'py> Asyncio<'py> {
    fn py(&self) -> Python<'py> {
        self.names.py()
    }

    /// Whether all tasks are in containers: up to 3.13.
    fn keeps_tasks(&self) -> bool {
        self.py().version_info() < (3, 14)
    }

    /// The tasks in containers.
    fn kept(&self) -> Vec<Bound<'py, PyAny>> {
        let mut found = Vec::new();
        for name in ["_all_tasks", "_scheduled_tasks"] {
            found.extend(self.name(name).iter().flat_map(of_weak_set));
        }
        let eager = self.name("_eager_tasks");
        found.extend(eager.iter().flat_map(elements));
        found.extend(self.noted_as_current());
        found
    }

    /// The tasks that loops execute, as far as they are noted in Python: all up to 3.13.
    fn noted_as_current(&self) -> Vec<Bound<'py, PyAny>> {
        let noted = self
            .name("_current_tasks")
            .and_then(|noted| noted.cast_into::<PyDict>().ok());
        noted.map_or_else(Vec::new, |noted| noted.iter().map(|(_, task)| task).collect())
    }

    /// Whether a loop runs in some thread, as far as its frames tell, or in this one.
    fn is_running(&self) -> bool {
        if self.running_loop().is_some() || modules::loaded(self.py(), "uvloop").is_ok_and(|module| module.is_some()) {
            return true;
        }
        !self.loops_in_frames().is_empty()
    }

    /// The loop of the calling thread.
    fn running_loop(&self) -> Option<Bound<'py, PyAny>> {
        let running = self.native("_get_running_loop")?.call0().ok()?;
        (!running.is_none()).then_some(running)
    }

    /// A function of the module `_asyncio`.
    fn native(&self, name: &str) -> Option<Bound<'py, PyAny>> {
        modules::loaded(self.py(), "_asyncio").ok()??.getattr(name).ok()
    }

    /// The loops that the frames of all threads belong to, each with the ident of its thread.
    pub(super) fn loops_in_frames(&self) -> Vec<(Bound<'py, PyAny>, u64)> {
        let mut loops: Vec<(Bound<'py, PyAny>, u64)> = Vec::new();
        let Ok(innermost) = threads::current_frames(self.py()) else {
            return loops;
        };
        for (ident, frame) in innermost.iter() {
            let ident = ident.extract().unwrap_or_default();
            let mut next = Some(frame);
            while let Some(frame) = next {
                if let Some(running) = loop_of_frame(&frame)
                    && !loops.iter().any(|(known, _)| known.is(&running))
                {
                    loops.push((running, ident));
                }
                next = stack::back(&frame).ok().flatten();
            }
        }
        loops
    }

    /// Every task that is not done, in no particular order.
    pub(super) fn pending(&self) -> Vec<Bound<'py, PyAny>> {
        let mut found = self.kept();
        if !self.keeps_tasks() {
            found.extend(self.of_collector());
            if self.has_frozen_objects() {
                // A few lines of Python in the standard library; there is no other way to these.
                for (running, _) in self.loops_in_frames() {
                    let tasks = self.native("all_tasks").and_then(|all| all.call1((running,)).ok());
                    found.extend(tasks.iter().flat_map(elements));
                }
            }
        }
        let mut seen = std::collections::HashSet::new();
        found.retain(|task| seen.insert(task.as_ptr() as usize) && is_pending(task));
        found
    }

    /// The tasks among all objects that the garbage collector knows.
    fn of_collector(&self) -> Vec<Bound<'py, PyAny>> {
        let objects = modules::loaded(self.py(), "gc")
            .ok()
            .flatten()
            .and_then(|gc| gc.call_method0("get_objects").ok())
            .and_then(|objects| objects.cast_into::<PyList>().ok());
        let classes = self.task_classes();
        objects.map_or_else(Vec::new, |objects| {
            let is_task = |object: &Bound<'py, PyAny>| classes.contains(&(object.get_type_ptr() as usize));
            objects.iter().filter(is_task).collect()
        })
    }

    /// Whether there are objects that the garbage collector does not tell of.
    fn has_frozen_objects(&self) -> bool {
        let gc = modules::loaded(self.py(), "gc").ok().flatten();
        gc.and_then(|gc| gc.call_method0("get_freeze_count").ok()?.extract::<usize>().ok())
            .is_some_and(|count| count > 0)
    }

    /// The addresses of the classes of tasks and of those derived from them.
    fn task_classes(&self) -> Vec<usize> {
        let mut classes = self.tasks.clone();
        let mut next = 0;
        while next < classes.len() && classes.len() < CLASSES {
            // That of `type`, so that no metaclass answers.
            let derived = self.py().get_type::<PyType>().getattr("__subclasses__");
            let derived = derived.and_then(|method| method.call1((&classes[next],)));
            for class in derived.iter().flat_map(elements) {
                classes.extend(class.cast_into::<PyType>());
            }
            next += 1;
        }
        classes.iter().map(|class| class.as_ptr() as usize).collect()
    }

    /// Tasks that may be executed by the thread with these frames.
    pub(super) fn candidates(&self, frames: &[stack::Entry], is_own_thread: bool) -> Vec<Bound<'py, PyAny>> {
        let mut found: Vec<Bound<'py, PyAny>> = Vec::new();
        for entry in frames {
            let frame = entry.frame.bind(self.py());
            found.extend(task_of_handle(frame));
            if !self.keeps_tasks()
                && let Some(running) = loop_of_frame(frame)
            {
                let task = self
                    .native("current_task")
                    .and_then(|current| current.call1((running,)).ok());
                found.extend(task);
            }
        }
        found.extend(self.noted_as_current());
        if is_own_thread {
            found.extend(self.current());
        }
        found.retain(|task| self.is_task(task));
        found
    }

    /// The task that the calling thread executes.
    pub(super) fn current(&self) -> Option<Bound<'py, PyAny>> {
        let running = self.running_loop()?;
        if self.keeps_tasks() {
            let noted = self.name("_current_tasks")?.cast_into::<PyDict>().ok()?;
            return noted.iter().find(|(own, _)| own.is(&running)).map(|(_, task)| task);
        }
        let native = self.native("current_task").and_then(|current| current.call0().ok());
        native.filter(|task| !task.is_none()).or_else(|| {
            let noted = self.name("_current_tasks")?.cast_into::<PyDict>().ok()?;
            noted.iter().find(|(own, _)| own.is(&running)).map(|(_, task)| task)
        })
    }
}

/// The loop that this frame runs, if it is that of asyncio.
fn loop_of_frame<'py>(frame: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    match function_of(frame)?.as_str() {
        "_run_once" | "run_forever" => self_of(frame, "base_events.py"),
        "run" => peek(&self_of(frame, "runners.py")?, "_loop"),
        _ => None,
    }
}

/// The task whose turn this frame of the loop is.
fn task_of_handle<'py>(frame: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    if function_of(frame)? != "_run" {
        return None;
    }
    let handle = self_of(frame, "events.py")?;
    peek(&peek(&handle, "_callback")?, "__self__")
}

fn function_of(frame: &Bound<'_, PyAny>) -> Option<String> {
    let py = frame.py();
    let code = frame.getattr(interned!(py, "f_code")).ok()?;
    let name = code.getattr(interned!(py, "co_name")).ok()?;
    Some(name.cast::<PyString>().ok()?.to_string_lossy().into_owned())
}

/// The `self` of a frame, if its code is of that file of asyncio.
fn self_of<'py>(frame: &Bound<'py, PyAny>, file: &str) -> Option<Bound<'py, PyAny>> {
    let path = stack::file_of(frame).ok()?;
    let mut parts = path.rsplit(['/', '\\']);
    if parts.next() != Some(file) || parts.next() != Some("asyncio") {
        return None;
    }
    let locals = frame.getattr(interned!(frame.py(), "f_locals")).ok()?;
    locals.get_item("self").ok()
}

/// Whether a task is not done. One that is just being made has no coroutine yet, and is none.
fn is_pending(task: &Bound<'_, PyAny>) -> bool {
    let is_text = |value: Bound<'_, PyAny>| value.cast::<PyString>().is_ok_and(|text| text == "PENDING");
    peek(task, "_state").is_some_and(is_text) && coroutine(task).is_some()
}

/// What a task executes.
pub(super) fn coroutine<'py>(task: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    peek(task, "_coro").filter(|coroutine| !coroutine.is_none())
}

/// The future that a task waits for.
pub(super) fn awaited<'py>(task: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    peek(task, "_fut_waiter").filter(|future| !future.is_none())
}

/// The name of a task.
pub(super) fn name(task: &Bound<'_, PyAny>) -> String {
    let name = call_native(task, "get_name").or_else(|| peek(task, "_name"));
    let text = name.and_then(|name| Some(name.cast::<PyString>().ok()?.to_string_lossy().into_owned()));
    text.unwrap_or_else(|| "without a name".to_owned())
}

/// The name of what a task executes.
pub(super) fn coroutine_name(task: &Bound<'_, PyAny>) -> String {
    let name = coroutine(task).and_then(|coroutine| peek(&coroutine, "__qualname__"));
    let text = name.and_then(|name| Some(name.cast::<PyString>().ok()?.to_string_lossy().into_owned()));
    text.unwrap_or_else(|| "?".to_owned())
}

/// What a task is doing.
pub(super) fn state(task: &Bound<'_, PyAny>) -> State {
    let coroutine = coroutine(task);
    let is = |name: &str| {
        let value = coroutine.as_ref().and_then(|coroutine| peek(coroutine, name));
        value.is_some_and(|value| value.extract::<bool>().unwrap_or(false))
    };
    let begun = coroutine
        .as_ref()
        .and_then(chain::frame_of)
        .and_then(|frame| frame.getattr("f_lasti").ok()?.extract::<i64>().ok());
    if ["cr_running", "gi_running", "ag_running"].into_iter().any(is) {
        State::Running
    } else if awaited(task).is_some_and(|future| is_pending_future(&future)) {
        State::Waiting
    } else if begun.is_some_and(|instruction| instruction <= 0) || is_fresh(coroutine.as_ref()) {
        State::Fresh
    } else {
        State::Ready
    }
}

/// Whether a coroutine has not begun: it is not suspended, although it does not run.
fn is_fresh(coroutine: Option<&Bound<'_, PyAny>>) -> bool {
    let suspended = coroutine.and_then(|coroutine| peek(coroutine, "cr_suspended"));
    suspended.is_some_and(|suspended| !suspended.extract::<bool>().unwrap_or(true))
}

fn is_pending_future(future: &Bound<'_, PyAny>) -> bool {
    let state = peek(future, "_state");
    state.is_none_or(|state| state.cast::<PyString>().is_ok_and(|text| text == "PENDING"))
}

/// Whether a task was asked to end, and has not yet.
pub(super) fn is_cancelling(task: &Bound<'_, PyAny>) -> bool {
    let requested = call_native(task, "cancelling").or_else(|| peek(task, "_num_cancels_requested"));
    let requested = requested.and_then(|count| count.extract::<i64>().ok()).unwrap_or(0);
    let must = peek(task, "_must_cancel").is_some_and(|must| must.extract::<bool>().unwrap_or(false));
    requested > 0 || must
}

/// The ident of the thread that runs the loop of a task, if the loop tells, or `loops` do.
pub(super) fn thread(task: &Bound<'_, PyAny>, loops: &[(Bound<'_, PyAny>, u64)]) -> Option<u64> {
    let own = peek(task, "_loop")?;
    let told = peek(&own, "_thread_id").and_then(|ident| ident.extract().ok());
    told.or_else(|| {
        loops
            .iter()
            .find(|(running, _)| running.is(&own))
            .map(|(_, ident)| *ident)
    })
}

/// The elements of a container whose iteration is native; of any other, none.
pub(super) fn elements<'py>(container: &Bound<'py, PyAny>) -> Vec<Bound<'py, PyAny>> {
    let is_native = container.is_exact_instance_of::<PyList>()
        || container.is_exact_instance_of::<PySet>()
        || container.is_exact_instance_of::<PyFrozenSet>()
        || is_deque(container);
    if !is_native {
        return Vec::new();
    }
    let elements = container.try_iter();
    elements.map_or_else(|_| Vec::new(), |elements| elements.flatten().collect())
}

fn is_deque(container: &Bound<'_, PyAny>) -> bool {
    let module = modules::loaded(container.py(), "_collections").ok().flatten();
    let class = module.and_then(|module| module.getattr("deque").ok());
    class.is_some_and(|class| container.get_type().is(&class))
}

/// The entries of a `WeakSet` that still live, without asking it, since that is written in Python.
fn of_weak_set<'py>(set: &Bound<'py, PyAny>) -> Vec<Bound<'py, PyAny>> {
    let references = peek(set, "data").map(|data| elements(&data)).unwrap_or_default();
    let alive = references.iter().filter_map(|reference| reference.call0().ok());
    alive.filter(|object| !object.is_none()).collect()
}
