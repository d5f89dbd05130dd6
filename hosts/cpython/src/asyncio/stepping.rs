//! Where a step goes on when a task ends.

use pyo3::prelude::*;

use super::awaiters::{self, How};
use super::{Asyncio, chain, tasks};

/// How many tasks of libraries may stand between a task and one of the user's that awaits it.
const LEVELS: usize = 10;

/// A task whose outermost frame ends.
pub(crate) struct Ended<'py> {
    asyncio: Asyncio<'py>,
    task: Bound<'py, PyAny>,
}

/// The task that this thread executes, if `frame` is its outermost.
pub(crate) fn ended_task<'py>(frame: &Bound<'py, PyAny>) -> Option<Ended<'py>> {
    let asyncio = Asyncio::loaded(frame.py())?;
    let task = asyncio.current().filter(|task| asyncio.is_task(task))?;
    let outermost = chain::frame_of(&tasks::coroutine(&task)?)?;
    outermost.is(frame).then_some(Ended { asyncio, task })
}

impl<'py> Ended<'py> {
    /// The innermost frame that `is_shown` of the task that is woken first, and the frame that it called, if there is
    /// one: what waits is behind that. `None` where nobody waits.
    pub(crate) fn awaiting(
        &self,
        is_shown: impl Fn(&Bound<'py, PyAny>) -> bool,
    ) -> Option<(Bound<'py, PyAny>, Option<Bound<'py, PyAny>>)> {
        let mut task = self.task.clone();
        for _ in 0..LEVELS {
            let awaiters = awaiters::of(&self.asyncio, &task);
            task = awaiters.into_iter().find(|awaiter| awaiter.how == How::Awaits)?.task;
            let frames = chain::frames(&tasks::coroutine(&task)?);
            if let Some(shown) = frames.iter().position(&is_shown) {
                let called = shown.checked_sub(1).map(|inner| frames[inner].clone());
                return Some((frames[shown].clone(), called));
            }
        }
        None
    }
}
