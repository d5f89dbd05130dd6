//! What Rhai calls at each node of a watched run.

use core::cell::RefCell;
use core::sync::atomic::Ordering;
use std::sync::Arc;

use dapstub::protocol::{OutputCategory, OutputEvent, StopReason};
use dapstub_tokio::Client;
use rhai::debugger::{DebuggerCommand, DebuggerEvent};
use rhai::{ASTNode, Dynamic, Engine, EvalAltResult, EvalContext, Position, Scope, Stmt};

use super::Shared;
use super::attach::Attach;
use super::breakpoints::{Part, Plan};
use super::frames::{self, Kept};
use super::ground::{Ground, copy, is_over_limit, limited};
use super::lines::{Place, called};
use super::sources::Script;
use super::state::{Go, Why};
use super::stop::Stop;
use super::values;
use crate::rules::Rule;
use crate::script_engine;

thread_local! {
    /// The watched run of this thread. Borrowed while the debugger itself is at work.
    static TRACKER: RefCell<Option<Tracker>> = const { RefCell::new(None) };
}

/// Makes the engine with the debugging interface.
pub(crate) fn engine() -> Engine {
    let mut engine = script_engine::new();
    engine.on_print(|text| {
        tracing::info!(target: "script", "{text}");
        TRACKER.with(|tracker| {
            if let Ok(Some(tracker)) = tracker.try_borrow().as_deref() {
                tracker.write(&format!("{text}\n"), OutputCategory::Stdout, None);
            }
        });
    });
    #[expect(deprecated, reason = "marked so because it may change, not because it goes")]
    engine.register_debugger(
        |_, debugger| debugger,
        |context, event, node, _, position| on_node(context, event, node, position),
    );
    engine
}

/// Runs a rule on this thread, under the eyes of its tracker.
pub(crate) fn run(
    shared: &Arc<Shared>,
    rule: &Arc<Rule>,
    path: &str,
    scope: &mut Scope<'_>,
) -> Result<Dynamic, Box<EvalAltResult>> {
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            if let Some(tracker) = TRACKER.take() {
                tracker.shared.end(tracker.id);
            }
        }
    }
    TRACKER.set(Some(Tracker::new(shared.clone(), rule.clone(), path)));
    let _end = End;
    let result = shared.watching.eval_ast_with_scope(scope, &rule.ast);
    if let Err(error) = &result {
        TRACKER.with_borrow_mut(|tracker| {
            if let Some(tracker) = tracker {
                tracker.failed(error, scope);
            }
        });
    }
    result
}

fn on_node(
    context: EvalContext<'_, '_, '_, '_, '_, '_>,
    event: DebuggerEvent<'_>,
    node: ASTNode<'_>,
    position: Position,
) -> Result<DebuggerCommand, Box<EvalAltResult>> {
    TRACKER.with(|tracker| match tracker.try_borrow_mut().as_deref_mut() {
        Ok(Some(tracker)) => tracker.at(context, event, node, position),
        Ok(None) => Ok(DebuggerCommand::Continue),
        // An expression of the client runs script functions: they are not stopped, only limited.
        Err(_) if is_over_limit() => {
            Err(EvalAltResult::ErrorTerminated("it took too long, or was cancelled".into(), position).into())
        }
        Err(_) => Ok(DebuggerCommand::StepInto),
    })
}

/// One watched run.
struct Tracker {
    shared: Arc<Shared>,
    rule: Arc<Rule>,
    id: i32,
    /// The last of [`Shared::news`] that was heard.
    news: u64,
    idle: bool,
    pause: bool,
    /// The variables of each statement are kept, in case that it fails.
    uncaught: bool,
    plan: Arc<Plan>,
    client: Option<Client>,
    options: Arc<Attach>,
    step: Option<(Go, usize)>,
    /// Variables of functions that called others, outermost first.
    kept: Vec<Kept>,
}

impl Tracker {
    fn new(shared: Arc<Shared>, rule: Arc<Rule>, path: &str) -> Self {
        let id = shared.begin(&rule, path);
        let mut tracker = Self {
            news: 0,
            idle: false,
            pause: false,
            uncaught: false,
            plan: Arc::default(),
            client: None,
            options: Arc::default(),
            step: None,
            kept: Vec::new(),
            shared,
            rule,
            id,
        };
        tracker.catch_up(true);
        tracker
    }

    /// Hears the news.
    #[cold]
    fn catch_up(&mut self, first: bool) {
        self.news = self.shared.news.load(Ordering::Acquire);
        let orders = self.shared.orders(self.id, &self.rule, (!first).then_some(&self.plan));
        self.idle = orders.idle;
        self.pause |= orders.pause;
        self.uncaught = orders.uncaught;
        self.plan = orders.plan;
        self.client = orders.client;
        self.options = orders.options;
        if self.idle {
            self.pause = false;
            self.step = None;
            self.kept.clear();
        }
    }

    #[inline]
    fn at(
        &mut self,
        mut context: EvalContext<'_, '_, '_, '_, '_, '_>,
        event: DebuggerEvent<'_>,
        node: ASTNode<'_>,
        position: Position,
    ) -> Result<DebuggerCommand, Box<EvalAltResult>> {
        if self.shared.news.load(Ordering::Acquire) != self.news {
            self.catch_up(false);
        }
        if self.idle {
            // This run is not looked at any more.
            return Ok(DebuggerCommand::Continue);
        }
        if let DebuggerEvent::FunctionExitWithValue(_) | DebuggerEvent::FunctionExitWithError(_) = event {
            return Ok(DebuggerCommand::StepInto);
        }
        let attentive = self.pause || self.uncaught || self.step.is_some();
        if let Some(function) = called(&node)
            && (self.plan.is_reached_by(function) || attentive && self.rule.debug.places.is_function(function))
            && let Some(place) = Place::of(position)
        {
            self.keep(&context, place);
        }
        if (attentive || self.plan.has_line(position.line().unwrap_or(0) as u32))
            && let Some(place) = Place::of(position)
        {
            let entry = matches!(node, ASTNode::Stmt(Stmt::Noop(_)));
            if entry || self.rule.debug.places.is_statement(place) {
                self.look(&mut context, place, entry);
            }
        }
        Ok(if self.idle {
            DebuggerCommand::Continue
        } else {
            DebuggerCommand::StepInto
        })
    }

    /// A statement or a function begins here.
    fn look(&mut self, context: &mut EvalContext<'_, '_, '_, '_, '_, '_>, place: Place, entry: bool) {
        let depth = depth(context);
        if self.uncaught && !entry {
            self.keep(context, place);
        }
        let mut hit = Vec::new();
        let mut of_function = false;
        let mut trouble = None;
        for point in self.plan.clone().at(place) {
            if let Some(condition) = &point.condition {
                match limited(None, || context.evaluate(condition, false)) {
                    Ok(value) if value.as_bool().unwrap_or(false) => {}
                    Ok(value) if value.is_bool() => continue,
                    Ok(value) => {
                        trouble = Some(format!(
                            "the condition is {}, neither true nor false",
                            values::text(&value)
                        ))
                    }
                    Err(error) => trouble = Some(format!("the condition failed: {error}")),
                }
            }
            if !point.hit() {
                continue;
            }
            if let Some(message) = &point.message {
                self.log(context, message, place);
                continue;
            }
            of_function |= point.of_function;
            hit.push(point.id);
        }
        let stepped = !entry
            && self.step.is_some_and(|(go, from)| match go {
                Go::In => true,
                Go::Over => depth <= from,
                Go::Out => depth < from,
                Go::On => false,
            });
        let reason = if !hit.is_empty() {
            if of_function {
                StopReason::FunctionBreakpoint
            } else {
                StopReason::Breakpoint
            }
        } else if stepped {
            StopReason::Step
        } else if self.pause && !entry {
            StopReason::Pause
        } else {
            return;
        };
        let why = Why {
            reason,
            breakpoints: hit,
            text: trouble,
        };
        self.stop(context, place, &why, depth);
    }

    /// Stands still until somebody lets it go.
    fn stop(&mut self, context: &mut EvalContext<'_, '_, '_, '_, '_, '_>, place: Place, why: &Why, depth: usize) {
        self.pause = false;
        self.step = None;
        let stack = frames::of(context, &self.rule, place, &self.kept, self.uncaught);
        if let Some(go) = Stop::hold(
            &self.shared,
            self.id,
            &self.rule,
            &self.options,
            why,
            None,
            stack,
            context,
        ) {
            self.step = (go != Go::On).then_some((go, depth));
        }
    }

    /// The run has failed. Its functions have ended; what was kept of them can still be looked at.
    fn failed(&mut self, error: &EvalAltResult, scope: &Scope<'_>) {
        if self.shared.news.load(Ordering::Acquire) != self.news {
            self.catch_up(false);
        }
        if !self.uncaught || self.idle {
            return;
        }
        let why = Why {
            reason: StopReason::Exception,
            breakpoints: Vec::new(),
            text: Some(error.to_string()),
        };
        let stack = frames::of_failure(error, &self.rule, &self.kept, || copy(scope));
        Stop::hold(
            &self.shared,
            self.id,
            &self.rule,
            &self.options,
            &why,
            Some(error),
            stack,
            &mut frames::Nothing,
        );
    }

    /// Keeps the variables of the running function, in place of what was kept of it and of functions that it called before.
    fn keep(&mut self, context: &EvalContext<'_, '_, '_, '_, '_, '_>, place: Place) {
        let depth = depth(context);
        while self.kept.last().is_some_and(|kept| kept.depth >= depth) {
            self.kept.pop();
        }
        let variables = context.variables();
        let called = context.debugger().and_then(|debugger| debugger.call_stack().last());
        self.kept.push(Kept {
            depth,
            function: called.map(|call| (call.fn_name.clone(), call.args.len())),
            place,
            variables,
        });
    }

    /// Writes what a log point has to say.
    fn log(&self, context: &mut EvalContext<'_, '_, '_, '_, '_, '_>, message: &[Part], place: Place) {
        let mut text = String::new();
        for part in message {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Value(expression) => match limited(None, || context.evaluate(expression, false)) {
                    // What is text already needs no quotes here.
                    Ok(value) if value.is_string() => text.push_str(&value.to_string()),
                    Ok(value) => text.push_str(&values::text(&value)),
                    Err(error) => text.push_str(&format!("<{error}>")),
                },
            }
        }
        text.push('\n');
        self.write(&text, OutputCategory::Console, Some(place));
    }

    /// Sends output, and waits for a client that falls behind.
    fn write(&self, text: &str, category: OutputCategory<'_>, place: Option<Place>) {
        let (Some(client), Ok(runtime)) = (&self.client, tokio::runtime::Handle::try_current()) else {
            return;
        };
        if runtime.block_on(client.ready()).is_err() {
            return;
        }
        let script = Script::new(&self.rule.path, &self.options.mappings);
        let _ = client.report(OutputEvent {
            category: Some(category),
            output: text.into(),
            source: place.map(|_| script.source()),
            line: place.map(|place| place.line.into()),
            column: place.map(|place| place.column.into()),
            ..Default::default()
        });
    }
}

/// How many functions are running, native ones included.
fn depth(context: &EvalContext<'_, '_, '_, '_, '_, '_>) -> usize {
    context.debugger().map_or(0, |debugger| debugger.call_stack().len())
}
