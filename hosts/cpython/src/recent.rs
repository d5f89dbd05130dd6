//! The breakpoints of the code objects that reach lines most often, at hand without a lock.
//!
//! The table of breakpoints ([`Table`](crate::breakpoints::Table)) answers for any code object, under its lock. A line
//! that is reached millions of times a second asks here first.

use core::hash::Hasher as _;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use pyo3::prelude::*;

use crate::addresses::AddressHasher;
use crate::breakpoints::CodePlan;
use crate::engine::Engine;
use crate::ffi::held::Held;

/// How many code objects there is room for.
const ROOM: usize = 16;

/// What the table has answered.
struct Answer {
    /// Held, so that no other object gets its address.
    code: Py<PyAny>,
    plan: Arc<CodePlan>,
    version: usize,
}

/// The answers, each in a place that its code's address gives.
pub(crate) struct RecentPlans {
    places: [Held<Answer>; ROOM],
    /// Changes with the table.
    version: AtomicUsize,
}

impl RecentPlans {
    pub(crate) const fn new() -> Self {
        Self {
            places: [const { Held::new() }; ROOM],
            version: AtomicUsize::new(0),
        }
    }

    /// The table has changed.
    pub(crate) fn forget(&self, py: Python<'_>) {
        self.version.fetch_add(1, Ordering::Relaxed);
        for place in &self.places {
            drop(place.take(py));
        }
    }
}

/// The breakpoints of a code object, while a line of it is looked at.
pub(crate) struct Lent<'py> {
    py: Python<'py>,
    answer: Option<Box<Answer>>,
    plans: &'static RecentPlans,
    place: usize,
}

impl Lent<'_> {
    /// `None`: there are none in this code.
    pub(crate) fn plan(&self) -> Option<&CodePlan> {
        self.answer.as_deref().map(|answer| &*answer.plan)
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(answer) = self.answer.take()
            && answer.version == self.plans.version.load(Ordering::Relaxed)
        {
            drop(self.plans.places[self.place].put(self.py, answer));
        }
    }
}

impl Engine {
    /// As [`plan`](Self::plan), for the lines of hot code.
    #[inline]
    pub(crate) fn lend_plan<'py>(&'static self, code: &Bound<'py, PyAny>) -> PyResult<Lent<'py>> {
        let (py, plans) = (code.py(), &self.recent);
        let mut hasher = AddressHasher::default();
        hasher.write_usize(code.as_ptr() as usize);
        let place = hasher.finish() as usize % ROOM;
        let answer = plans.places[place].take(py).filter(|answer| {
            answer.code.as_ptr() == code.as_ptr() && answer.version == plans.version.load(Ordering::Relaxed)
        });
        let answer = match answer {
            Some(answer) => Some(answer),
            None => self.ask(code)?,
        };
        Ok(Lent {
            py,
            answer,
            plans,
            place,
        })
    }

    #[cold]
    fn ask(&self, code: &Bound<'_, PyAny>) -> PyResult<Option<Box<Answer>>> {
        // Read first: what the table answers may be older than a change, never taken for newer.
        let version = self.recent.version.load(Ordering::Relaxed);
        let plan = self.plan(code)?;
        Ok(plan.map(|plan| {
            Box::new(Answer {
                code: code.clone().unbind(),
                plan,
                version,
            })
        }))
    }
}
