//! Where a step goes on when a task ends.

use pyo3::prelude::*;

use super::awaiters::{self, How};
use super::{Asyncio, chain, tasks};

/// A task whose outermost frame ends, and who runs next because of it.
pub(crate) struct Ended<'py> {
    /// The frames of the task that awaits it first, innermost first; none where no task does.
    pub(crate) awaiting: Vec<Bound<'py, PyAny>>,
}

/// The task that this thread executes, if `frame` is its outermost.
pub(crate) fn ended_task<'py>(frame: &Bound<'py, PyAny>) -> Option<Ended<'py>> {
    let asyncio = Asyncio::loaded(frame.py())?;
    let task = asyncio.current().filter(|task| asyncio.is_task(task))?;
    let outermost = chain::frame_of(&tasks::coroutine(&task)?)?;
    if !outermost.is(frame) {
        return None;
    }
    let awaiters = awaiters::of(&asyncio, &task);
    let first = awaiters.iter().find(|awaiter| awaiter.how == How::Awaits);
    let coroutine = first.and_then(|awaiter| tasks::coroutine(&awaiter.task));
    Some(Ended {
        awaiting: coroutine.map(|coroutine| chain::frames(&coroutine)).unwrap_or_default(),
    })
}
