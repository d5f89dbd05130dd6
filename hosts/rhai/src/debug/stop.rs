//! A run that stands still: its thread is parked here, and answers the requests about it.

mod expressions;

use std::sync::Arc;

use dapstub::Failure;
use dapstub::debuggee::{Debuggee, Evaluate, ExceptionInfo, Frames, Outcome, Scopes, SetVariable, Threads, Variables};
use dapstub::protocol::{
    ContinueArguments, ContinueResponse, DisconnectArguments, Scope, ScopePresentationHint, ScopesArguments,
    StackFrame, StackFramePresentationHint, StackTraceArguments, VariablesArguments, VariablesFilter,
};
use rhai::{Dynamic, EvalAltResult};
use tokio_util::sync::CancellationToken;

use super::Shared;
use super::attach::Attach;
use super::frames::{Frame, Locals};
use super::ground::{Expression, Ground, Variable, evaluate_among, limited};
use super::sources::Script;
use super::state::{Go, Job, Why};
use super::values::{self, Key};
use crate::rules::Rule;

/// The failures of this file.
pub(crate) mod id {
    pub(crate) const NO_SUCH_HANDLE: u32 = 1000;
    pub(crate) const EVALUATION: u32 = 1001;
    pub(crate) const NOT_WRITABLE: u32 = 1002;
    pub(crate) const NO_SUCH_THREAD: u32 = 1003;
    pub(crate) const NO_SUCH_SOURCE: u32 = 1004;
    pub(crate) const NO_EXCEPTION: u32 = 1005;
}

/// How many children are sent at once, where a client asks for more or for all.
const MAX_CHILDREN: usize = 5000;

/// How many handles one stop gives out; what comes then can't be opened.
const MAX_HANDLES: usize = 1 << 20;

/// What a handle stands for.
#[derive(Clone, Debug)]
enum Handle {
    Frame(usize),
    /// The variables of a frame.
    Locals(usize),
    Constants,
    /// What a variable of a frame holds, or what is in it.
    In {
        frame: usize,
        name: String,
        path: Vec<Key>,
    },
    /// The same of a constant, or of a result, as it was: by its place among [`Stop::results`].
    Of {
        result: usize,
        path: Vec<Key>,
    },
}

/// A run that stands still.
pub(crate) struct Stop<'s, G> {
    shared: &'s Shared,
    rule: &'s Rule,
    script: Script,
    /// The stack, innermost first.
    stack: Vec<Frame>,
    ground: &'s mut G,
    error: Option<&'s EvalAltResult>,
    base: i32,
    first: u32,
    /// By number, from `first` on.
    handles: Vec<Handle>,
    /// Values that were handed out, each with the expression that gives it.
    results: Vec<(Dynamic, String)>,
    /// Of the request that is carried out.
    cancelled: Option<CancellationToken>,
}

impl<'s, G: Ground> Stop<'s, G> {
    /// Stands still, answers requests, and returns how to go on; `None` if there was nobody to stop for.
    #[expect(clippy::too_many_arguments, reason = "all that a stop is made of")]
    pub(crate) fn hold(
        shared: &'s Shared,
        run: i32,
        rule: &'s Rule,
        options: &Arc<Attach>,
        why: &Why,
        error: Option<&'s EvalAltResult>,
        stack: Vec<Frame>,
        ground: &'s mut G,
    ) -> Option<Go> {
        let stopped = shared.stop(run, why)?;
        let mut stop = Self {
            shared,
            rule,
            script: Script::new(&rule.path, &options.mappings),
            // The first handles are the frames.
            handles: (0..stack.len()).map(Handle::Frame).collect(),
            stack,
            ground,
            error,
            base: stopped.base,
            first: stopped.first,
            results: Vec::new(),
            cancelled: None,
        };
        loop {
            match stopped.jobs.recv() {
                Ok(Job::Ask(request, responder)) => {
                    stop.cancelled = Some(responder.cancellation().clone());
                    // A client that is gone needs no answer.
                    let _ = responder.dispatch(&mut stop, &request);
                }
                Ok(Job::Go(go)) => return Some(go),
                Err(_) => return Some(Go::On),
            }
        }
    }

    fn number(&self, index: usize) -> i32 {
        // 20 bits in all; 0 alone would mean nothing, but `base` is never 0.
        let local = (self.first as usize + index) % (1 << 20);
        self.base | i32::try_from(local).unwrap_or(0)
    }

    fn hand_out(&mut self, handle: Handle) -> i32 {
        if self.handles.len() >= MAX_HANDLES {
            return 0;
        }
        self.handles.push(handle);
        self.number(self.handles.len() - 1)
    }

    fn handle(&self, number: i32) -> Result<Handle, Failure> {
        let local = u32::try_from(number & 0xf_ffff).unwrap_or(0);
        let index = local.wrapping_sub(self.first) & 0xf_ffff;
        let handle = (number & !0xf_ffff == self.base)
            .then(|| self.handles.get(index as usize))
            .flatten();
        handle.cloned().ok_or_else(|| {
            Failure::format(
                id::NO_SUCH_HANDLE,
                format_args!("{number} belongs to nothing, or to a stop that is over"),
            )
        })
    }

    fn frame(&self, number: i32) -> Result<usize, Failure> {
        match self.handle(number)? {
            Handle::Frame(index) => Ok(index),
            _ => Err(Failure::format(
                id::NO_SUCH_HANDLE,
                format_args!("{number} is no frame"),
            )),
        }
    }

    /// The variables of a frame that can be seen: of those with the same name, the last.
    fn locals(&self, frame: usize) -> Vec<Variable> {
        let mut all = match self.stack.get(frame).map(|frame| &frame.locals) {
            Some(Locals::Live) => self.ground.variables(),
            Some(Locals::Kept(variables) | Locals::Arguments(variables)) => variables.clone(),
            None => Vec::new(),
        };
        let mut seen = std::collections::HashSet::new();
        all.reverse();
        all.retain(|(name, ..)| seen.insert(name.clone()));
        all.reverse();
        all
    }

    /// Looks at a variable of a frame.
    fn with(&self, frame: usize, name: &str, look: &mut dyn FnMut(&Dynamic, bool)) {
        match self.stack.get(frame).map(|frame| &frame.locals) {
            Some(Locals::Live) => self.ground.with(name, look),
            Some(Locals::Kept(variables) | Locals::Arguments(variables)) => {
                if let Some((_, constant, value)) = variables.iter().rev().find(|(known, ..)| known == name) {
                    look(value, *constant);
                }
            }
            None => {}
        }
    }

    fn evaluate_in(&mut self, frame: usize, expression: &Expression, keep: bool) -> Result<Dynamic, Failure> {
        let cancelled = self.cancelled.clone();
        let is_cancelled = || self.cancelled.as_ref().is_some_and(CancellationToken::is_cancelled);
        let failed = |error: Box<EvalAltResult>| match error.unwrap_inner() {
            EvalAltResult::ErrorTerminated(..) if is_cancelled() => Failure::cancelled(),
            EvalAltResult::ErrorTerminated(..) => Failure::new(id::EVALUATION, "the evaluation took too long"),
            _ => Failure::format(id::EVALUATION, format_args!("{error}")),
        };
        match self.stack.get(frame).map(|frame| &frame.locals) {
            Some(Locals::Live) => {
                let ground = &mut *self.ground;
                limited(cancelled, || ground.evaluate(expression, keep)).map_err(failed)
            }
            Some(Locals::Kept(variables) | Locals::Arguments(variables)) => limited(cancelled, || {
                evaluate_among(&self.shared.evaluating, self.rule, variables, expression)
            })
            .map_err(failed),
            None => Err(Failure::new(id::NO_SUCH_HANDLE, "there is no such frame")),
        }
    }

    /// The children of a frame's variables, of constants, or of a value.
    fn push_children(
        &mut self,
        handle: &Handle,
        skip: usize,
        take: usize,
        variables: &mut Variables<'_>,
    ) -> Result<(), Failure> {
        // First what there is, then the handles for it.
        let mut found: Vec<Child> = Vec::new();
        match handle {
            Handle::Frame(_) => return Err(Failure::new(id::NO_SUCH_HANDLE, "a frame has scopes, not variables")),
            Handle::Locals(frame) => {
                let live = matches!(
                    self.stack.get(*frame),
                    Some(Frame {
                        locals: Locals::Live,
                        ..
                    })
                );
                for (name, constant, value) in self.locals(*frame).into_iter().skip(skip).take(take) {
                    let inside = Handle::In {
                        frame: *frame,
                        name: name.to_string(),
                        path: Vec::new(),
                    };
                    found.push(Child::new(
                        &value,
                        name.to_string(),
                        Some(name.to_string()),
                        inside,
                        constant || !live,
                    ));
                }
            }
            Handle::Constants => {
                for (name, _, value) in self.ground.constants().into_iter().skip(skip).take(take) {
                    let expression = format!("global::{name}");
                    let inside = Handle::Of {
                        result: self.results.len(),
                        path: Vec::new(),
                    };
                    found.push(Child::new(
                        &value,
                        name.to_string(),
                        Some(expression.clone()),
                        inside,
                        true,
                    ));
                    self.results.push((value, expression));
                }
            }
            Handle::In { frame, name, path } => {
                let live = matches!(
                    self.stack.get(*frame),
                    Some(Frame {
                        locals: Locals::Live,
                        ..
                    })
                );
                let expression = path
                    .iter()
                    .fold(name.clone(), |expression, key| values::step(&expression, key));
                self.with(*frame, name, &mut |value, constant| {
                    values::follow(value, path, &mut |value| {
                        values::children(value, skip, take, &mut |key, child| {
                            let inside = Handle::In {
                                frame: *frame,
                                name: name.clone(),
                                path: [path.as_slice(), core::slice::from_ref(&key)].concat(),
                            };
                            let expression = Some(values::step(&expression, &key));
                            found.push(Child::new(child, label(&key), expression, inside, constant || !live));
                        });
                    });
                });
            }
            Handle::Of { result, path } => {
                let Some((value, expression)) = self.results.get(*result) else {
                    return Ok(());
                };
                let at = path.iter().fold(expression.clone(), |at, key| values::step(&at, key));
                values::follow(value, path, &mut |inner| {
                    values::children(inner, skip, take, &mut |key, child| {
                        let inside = Handle::Of {
                            result: *result,
                            path: [path.as_slice(), core::slice::from_ref(&key)].concat(),
                        };
                        let expression = Some(values::step(&at, &key));
                        found.push(Child::new(child, label(&key), expression, inside, true));
                    });
                });
            }
        }
        for child in found {
            let reference = if child.size.is_empty() {
                0
            } else {
                self.hand_out(child.inside)
            };
            variables.push(&dapstub::protocol::Variable {
                name: child.name.as_str().into(),
                value: child.text.as_str().into(),
                r#type: Some(child.kind.as_str().into()),
                presentation_hint: child.constant.then(read_only),
                evaluate_name: child.expression.as_deref().map(Into::into),
                variables_reference: reference,
                named_variables: count(child.size.named),
                indexed_variables: count(child.size.indexed),
                ..Default::default()
            })?;
        }
        Ok(())
    }

    /// How many children there are behind a handle.
    fn size_of(&self, handle: &Handle) -> values::Size {
        let mut size = values::Size::default();
        match handle {
            Handle::Frame(_) => {}
            Handle::Locals(frame) => size.named = self.locals(*frame).len(),
            Handle::Constants => size.named = self.ground.constants().len(),
            Handle::In { frame, name, path } => self.with(*frame, name, &mut |value, _| {
                values::follow(value, path, &mut |value| size = values::size(value));
            }),
            Handle::Of { result, path } => {
                if let Some((value, _)) = self.results.get(*result) {
                    values::follow(value, path, &mut |value| size = values::size(value));
                }
            }
        }
        size
    }
}

/// A child that is to be sent.
struct Child {
    name: String,
    text: String,
    kind: String,
    size: values::Size,
    expression: Option<String>,
    inside: Handle,
    constant: bool,
}

impl Child {
    fn new(value: &Dynamic, name: String, expression: Option<String>, inside: Handle, constant: bool) -> Self {
        Self {
            name,
            text: values::text(value),
            kind: values::kind(value),
            size: values::size(value),
            expression,
            inside,
            constant,
        }
    }
}

fn label(key: &Key) -> String {
    match key {
        Key::Index(index) => index.to_string(),
        Key::Name(name) => name.clone(),
    }
}

fn count(number: usize) -> Option<i32> {
    (number > 0).then(|| i32::try_from(number).unwrap_or(i32::MAX))
}

fn read_only() -> dapstub::protocol::VariablePresentationHint<'static> {
    use dapstub::json::Items;
    use dapstub::protocol::{VariableAttribute, VariablePresentationHint};

    VariablePresentationHint {
        attributes: Some(Items::new(&[VariableAttribute::ReadOnly])),
        ..Default::default()
    }
}

impl<G: Ground> Debuggee for Stop<'_, G> {
    fn threads(&mut self, _: &mut Threads<'_>) -> Result<Outcome, Failure> {
        Err(elsewhere())
    }

    fn resume(&mut self, _: &ContinueArguments) -> Result<ContinueResponse, Failure> {
        Err(elsewhere())
    }

    fn disconnect(&mut self, _: &DisconnectArguments) -> Result<Outcome, Failure> {
        Err(elsewhere())
    }

    fn stack_trace(&mut self, arguments: &StackTraceArguments, frames: &mut Frames<'_>) -> Result<Outcome, Failure> {
        for (index, frame) in self
            .stack
            .iter()
            .enumerate()
            .skip(arguments.skip())
            .take(arguments.take())
        {
            let place = frame.place;
            frames.push(&StackFrame {
                id: self.number(index),
                name: frame.name.as_str().into(),
                source: place.map(|_| self.script.source()),
                line: place.map_or(0, |place| place.line.into()),
                column: place.map_or(0, |place| place.column.into()),
                presentation_hint: place.is_none().then_some(StackFramePresentationHint::Subtle),
                ..Default::default()
            })?;
        }
        frames.set_total(u32::try_from(self.stack.len()).unwrap_or(u32::MAX));
        Ok(Outcome::Done)
    }

    fn scopes(&mut self, arguments: &ScopesArguments, scopes: &mut Scopes<'_>) -> Result<Outcome, Failure> {
        let frame = self.frame(arguments.frame_id)?;
        let only_arguments = matches!(
            self.stack.get(frame),
            Some(Frame {
                locals: Locals::Arguments(_),
                ..
            })
        );
        let locals = self.locals(frame).len();
        let reference = self.hand_out(Handle::Locals(frame));
        scopes.push(&Scope {
            name: if only_arguments { "Arguments" } else { "Locals" }.into(),
            presentation_hint: Some(if only_arguments {
                ScopePresentationHint::Arguments
            } else {
                ScopePresentationHint::Locals
            }),
            variables_reference: reference,
            named_variables: count(locals),
            ..Default::default()
        })?;
        let constants = self.ground.constants().len();
        if constants > 0 {
            let reference = self.hand_out(Handle::Constants);
            scopes.push(&Scope {
                name: "Globals".into(),
                variables_reference: reference,
                named_variables: count(constants),
                ..Default::default()
            })?;
        }
        Ok(Outcome::Done)
    }

    fn variables(&mut self, arguments: &VariablesArguments, variables: &mut Variables<'_>) -> Result<Outcome, Failure> {
        let handle = self.handle(arguments.variables_reference)?;
        let size = self.size_of(&handle);
        let none = match arguments.filter {
            Some(VariablesFilter::Indexed) => size.indexed == 0,
            Some(VariablesFilter::Named) => size.named == 0,
            None => false,
        };
        if !none {
            self.push_children(&handle, arguments.skip(), arguments.take().min(MAX_CHILDREN), variables)?;
        }
        Ok(Outcome::Done)
    }

    fn evaluate(&mut self) -> Option<&mut dyn Evaluate> {
        Some(self)
    }

    fn set_variable(&mut self) -> Option<&mut dyn SetVariable> {
        Some(self)
    }

    fn exception_info(&mut self) -> Option<&mut dyn ExceptionInfo> {
        Some(self)
    }
}

fn elsewhere() -> Failure {
    Failure::new(
        dapstub::failure::id::INTERNAL,
        "a run that stands still does not answer this",
    )
}
