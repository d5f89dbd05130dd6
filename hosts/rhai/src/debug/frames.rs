//! The stack of a run.

use rhai::{EvalAltResult, EvalContext, ImmutableString, Position};

use super::ground::{Expression, Ground, Variable};
use super::lines::Place;
use crate::rules::Rule;

/// What was kept of a function when it called another one.
#[derive(Debug)]
pub(crate) struct Kept {
    /// How many functions were running.
    pub(crate) depth: usize,
    /// Its name and how many arguments it has; `None` at the top of the script.
    pub(crate) function: Option<(ImmutableString, usize)>,
    /// Where it was.
    pub(crate) place: Place,
    pub(crate) variables: Vec<Variable>,
}

/// A frame of a stack.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) name: String,
    /// Where it is; `None` in a function of the service.
    pub(crate) place: Option<Place>,
    pub(crate) locals: Locals,
}

/// The variables of a frame.
#[derive(Debug)]
pub(crate) enum Locals {
    /// Those of the running function.
    Live,
    /// Copies, as they were when it called the next one, or failed.
    Kept(Vec<Variable>),
    /// Nothing but the arguments is known.
    Arguments(Vec<Variable>),
}

/// Returns the stack of a run that is at `place`, innermost first. `each` says that every statement was kept; otherwise only
/// calls were, and what was kept at an earlier one says nothing.
pub(crate) fn of(
    context: &EvalContext<'_, '_, '_, '_, '_, '_>,
    rule: &Rule,
    place: Place,
    kept: &[Kept],
    each: bool,
) -> Vec<Frame> {
    let calls = context.debugger().map_or(&[][..], |debugger| debugger.call_stack());
    let mut frames = Vec::with_capacity(calls.len() + 1);
    for depth in (0..=calls.len()).rev() {
        let call = depth.checked_sub(1).and_then(|index| calls.get(index));
        let innermost = depth == calls.len();
        // Where the next one was called from.
        let called = calls.get(depth).and_then(|next| Place::of(next.pos));
        let known = kept
            .iter()
            .find(|kept| kept.depth == depth && (each || Some(kept.place) == called));
        let function = call.and_then(|call| rule.debug.places.function(&call.fn_name, call.args.len()));
        let native = call.is_some() && function.is_none();
        let place = if innermost {
            Some(place)
        } else if native {
            None
        } else {
            called.or_else(|| known.map(|known| known.place))
        };
        let locals = if innermost {
            Locals::Live
        } else if let Some(known) = known.filter(|_| !native) {
            Locals::Kept(known.variables.clone())
        } else {
            let names = function.map_or(&[][..], |function| function.parameters.as_slice());
            let values = call.map_or(&[][..], |call| call.args.as_slice());
            let argument = |index: usize| names.get(index).map_or_else(|| format!("${index}"), Clone::clone);
            let arguments = values.iter().enumerate();
            let arguments = arguments.map(|(index, value)| (argument(index).into(), false, value.clone()));
            Locals::Arguments(arguments.collect())
        };
        let name = match call {
            None => rule.name.clone(),
            Some(call) => name_of(&call.fn_name, native),
        };
        frames.push(Frame { name, place, locals });
    }
    frames
}

/// Returns the stack of a run that has ended in `error`, innermost first. `scope` copies the variables at the top of the script.
pub(crate) fn of_failure(
    error: &EvalAltResult,
    rule: &Rule,
    kept: &[Kept],
    scope: impl FnOnce() -> Vec<Variable>,
) -> Vec<Frame> {
    // What was called, outermost first: its name, and where it was called from.
    let mut calls: Vec<(&str, Position)> = Vec::new();
    let mut inner = error;
    while let EvalAltResult::ErrorInFunctionCall(name, _, next, position) = inner {
        calls.push((name, *position));
        inner = next;
    }
    // Only functions of the script are kept, so they are counted, not their depths.
    let mut kept = kept.iter();
    let mut frames = vec![Frame {
        name: rule.name.clone(),
        place: None,
        locals: match kept.next() {
            Some(top) => Locals::Kept(top.variables.clone()),
            None => Locals::Kept(scope()),
        },
    }];
    for (name, called_from) in calls {
        if let Some(caller) = frames.last_mut() {
            caller.place = Place::of(called_from);
        }
        let known = kept
            .next()
            .filter(|kept| kept.function.as_ref().is_some_and(|(known, _)| known == name));
        frames.push(Frame {
            name: name_of(name, false),
            place: None,
            locals: Locals::Kept(known.map(|known| known.variables.clone()).unwrap_or_default()),
        });
    }
    if let Some(innermost) = frames.last_mut() {
        innermost.place = Place::of(inner.position());
    }
    frames.reverse();
    frames
}

fn name_of(function: &str, native: bool) -> String {
    if function.starts_with("anon$") {
        "closure".to_owned()
    } else if native {
        format!("{function} (of the service)")
    } else {
        function.to_owned()
    }
}

/// What is left of a run that has ended.
pub(crate) struct Nothing;

impl Ground for Nothing {
    fn variables(&self) -> Vec<Variable> {
        Vec::new()
    }

    fn with(&self, _: &str, _: &mut dyn FnMut(&rhai::Dynamic, bool)) {}

    fn get_mut(&mut self, _: &str) -> Option<&mut rhai::Dynamic> {
        None
    }

    fn constants(&self) -> Vec<Variable> {
        Vec::new()
    }

    fn evaluate(&mut self, _: &Expression, _: bool) -> Result<rhai::Dynamic, Box<EvalAltResult>> {
        Err("the run has ended".into())
    }
}
