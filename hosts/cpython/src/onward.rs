//! Where a step goes on when its frame has ended in a library.

use pyo3::prelude::*;

use crate::asyncio;
use crate::engine::{Engine, Session};
use crate::hooks::Sight;
use crate::stack;
use crate::step::{Mode, Reach, Step, can_wait};
use crate::trouble::Trouble;

/// The step of a frame that ends in a library goes on: where the library returns to the user's code, or calls it; behind
/// the end of a task, in the task that awaits it.
pub(crate) fn step_onward(
    engine: &Engine,
    session: &Session,
    frame: &Bound<'_, PyAny>,
    ident: u64,
) -> Result<(), Trouble> {
    let mut outermost = None;
    let mut next = stack::visible_back(engine, frame)?;
    while let Some(caller) = next {
        if engine.is_shown(session, &stack::file_of(&caller)?) {
            break;
        }
        next = stack::visible_back(engine, &caller)?;
        outermost = Some(caller);
    }
    let mut step = Step::anywhere(Mode::Over);
    let mut watched = Vec::new();
    if let Some(ended) = asyncio::ended_task(frame) {
        let is_shown =
            |frame: &Bound<'_, PyAny>| stack::file_of(frame).is_ok_and(|file| engine.is_shown(session, &file));
        step.reach = Reach::Nowhere;
        if let Some((awaiting, called)) = ended.awaiting(is_shown) {
            watched.push((awaiting.getattr("f_code")?, Sight::Step));
            step.frame = Some(awaiting.unbind());
            match called {
                Some(called) => {
                    watched.push((called.getattr("f_code")?, Sight::StepEnd));
                    step.until.push(called.unbind());
                }
                None => step.reach = Reach::Resumed,
            }
        }
    } else if let Some(outermost) = &outermost
        && can_wait(&outermost.getattr("f_code")?)?
    {
        step.reach = Reach::Within;
    }
    if let Some(outermost) = outermost {
        watched.push((outermost.getattr("f_code")?, Sight::StepEnd));
        step.until.push(outermost.unbind());
    }
    drop(engine.steps.begin(ident, step));
    engine.refresh(frame.py(), false)?;
    for (code, sight) in watched {
        engine.watch(&code, sight)?;
    }
    Ok(watch_callers(engine, frame)?)
}

/// Lets lines be seen in all frames of the user's code from which `frame` was called.
pub(crate) fn watch_callers(engine: &Engine, frame: &Bound<'_, PyAny>) -> PyResult<()> {
    let Some(session) = engine.session() else { return Ok(()) };
    let mut next = stack::visible_back(engine, frame)?;
    while let Some(caller) = next {
        let code = caller.getattr("f_code")?;
        if engine.is_shown(&session, &stack::file_of_code(&code)?) {
            engine.watch(&code, Sight::Step)?;
        }
        next = stack::visible_back(engine, &caller)?;
    }
    Ok(())
}
