//! asyncio: tasks, who awaits whom, and where they wait.
//!
//! Nothing here imports asyncio for the program, and nothing runs the program's code: what is wanted is kept by asyncio in
//! attributes, and read past anything that a subclass may have put in their place. Where something is not as expected, it
//! is left out; a look at tasks never fails.
//!
//! | what | where |
//! |---|---|
//! | all tasks, and what is known of one | `tasks.rs` |
//! | the frames of a coroutine that waits | `chain.rs` |
//! | the tasks that wait for a future | `awaiters.rs` |
//! | the stack of a task, continued | `stack.rs` |
//! | the tasks as a client sees them | `listing.rs` |
//! | where a step goes on when a task ends | `stepping.rs` |

mod awaiters;
mod chain;
mod listing;
mod stack;
mod stepping;
mod tasks;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule, PyType};

use crate::modules;

pub(crate) use listing::{Line, Opens, describe_task, list_tasks};
pub(crate) use stack::continue_stack;
pub(crate) use stepping::ended_task;

/// asyncio, as the program has loaded it.
struct Asyncio<'py> {
    /// The names of `asyncio.tasks`.
    names: Bound<'py, PyDict>,
    module: Bound<'py, PyModule>,
    /// The classes of tasks, native and in Python.
    tasks: Vec<Bound<'py, PyType>>,
    /// The same of futures.
    futures: Vec<Bound<'py, PyType>>,
}

impl<'py> Asyncio<'py> {
    /// `None` where the program has not loaded it.
    fn loaded(py: Python<'py>) -> Option<Self> {
        let module = |name| modules::loaded(py, name).ok()??.cast_into::<PyModule>().ok();
        let (tasks, futures) = (module("asyncio.tasks")?, module("asyncio.futures")?);
        let classes = |names: &Bound<'py, PyDict>, wanted: [&str; 2]| -> Vec<Bound<'py, PyType>> {
            let found = wanted.into_iter().filter_map(|name| names.get_item(name).ok()?);
            found.filter_map(|class| class.cast_into().ok()).collect()
        };
        Some(Self {
            tasks: classes(&tasks.dict(), ["Task", "_PyTask"]),
            futures: classes(&futures.dict(), ["Future", "_PyFuture"]),
            names: tasks.dict(),
            module: tasks,
        })
    }

    fn name(&self, name: &str) -> Option<Bound<'py, PyAny>> {
        self.names.get_item(name).ok()?
    }

    fn is_task(&self, object: &Bound<'py, PyAny>) -> bool {
        is_one_of(&self.tasks, object)
    }

    fn is_future(&self, object: &Bound<'py, PyAny>) -> bool {
        is_one_of(&self.futures, object)
    }
}

/// Whether the class of `object` is one of these or derived from one, whatever the object says of itself.
fn is_one_of(classes: &[Bound<'_, PyType>], object: &Bound<'_, PyAny>) -> bool {
    let class = object.get_type();
    classes
        .iter()
        .any(|wanted| class.is(wanted) || class.is_subclass(wanted).unwrap_or(false))
}

/// `asyncio.tasks`, if there are tasks in the program.
pub(crate) fn module_in_use(py: Python<'_>) -> Option<Bound<'_, PyAny>> {
    let asyncio = Asyncio::loaded(py)?;
    asyncio.is_in_use().then(|| asyncio.module.into_any())
}

/// Finds out what is needed later, so that no module has to be looked for in the middle of a stop.
pub(crate) fn prepare(py: Python<'_>) -> PyResult<()> {
    modules::import(py, "gc").map(drop)
}
