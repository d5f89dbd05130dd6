//! The variables of a frame, as a debugger sees them: those of the running function itself, or copies that were kept.

use core::cell::RefCell;
use std::sync::OnceLock;
use std::time::Instant;

use rhai::{AST, Dynamic, Engine, EvalAltResult, EvalContext, Expr, Identifier, Position, Scope, Stmt, StmtBlock};
use tokio_util::sync::CancellationToken;

use super::EVALUATION_TIME;
use crate::rules::Rule;
use crate::script_engine;

/// A variable: name, whether it is constant, value.
pub(crate) type Variable = (Identifier, bool, Dynamic);

/// Something to be evaluated, compiled.
#[derive(Debug)]
pub(crate) struct Expression {
    ast: AST,
    tree: Expr,
}

impl Expression {
    /// Compiles an expression.
    ///
    /// # Errors
    ///
    /// What is wrong with it, for people.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match parser().compile_expression(text) {
            Ok(ast) => Ok(Self::new(ast)),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Compiles what was typed into the console: an expression, or statements.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub(crate) fn parse_statements(text: &str) -> Result<Self, String> {
        match parser().compile(text) {
            Ok(ast) => Ok(Self::new(ast)),
            Err(error) => Err(error.to_string()),
        }
    }

    fn new(ast: AST) -> Self {
        let tree = match ast.statements() {
            [Stmt::Expr(expression)] => (**expression).clone(),
            statements => {
                let block = StmtBlock::new(statements.iter().cloned(), Position::NONE, Position::NONE);
                Expr::Stmt(Box::new(block))
            }
        };
        Self { ast, tree }
    }
}

/// Compiles only; optimizes nothing, so that what was typed is what is evaluated.
fn parser() -> &'static Engine {
    static PARSER: OnceLock<Engine> = OnceLock::new();
    PARSER.get_or_init(|| {
        let mut engine = script_engine::new();
        engine.set_optimization_level(rhai::OptimizationLevel::None);
        engine
    })
}

/// The innermost frame of a run.
pub(crate) trait Ground {
    /// All variables, older ones first; names may be there more than once.
    fn variables(&self) -> Vec<Variable>;

    /// Looks at the variable that has this name now.
    fn with(&self, name: &str, look: &mut dyn FnMut(&Dynamic, bool));

    /// Changes it; `None` if there is none, or it is constant.
    fn get_mut(&mut self, name: &str) -> Option<&mut Dynamic>;

    /// The constants at the top of the script, which functions see as `global::NAME`.
    fn constants(&self) -> Vec<Variable>;

    /// Evaluates, and keeps new variables if told to.
    fn evaluate(&mut self, expression: &Expression, keep: bool) -> Result<Dynamic, Box<EvalAltResult>>;
}

impl Ground for EvalContext<'_, '_, '_, '_, '_, '_> {
    fn variables(&self) -> Vec<Variable> {
        let mut variables = copy(self.scope());
        if let Some(this) = self.this_ptr() {
            variables.push(("this".into(), false, this.clone()));
        }
        variables
    }

    fn with(&self, name: &str, look: &mut dyn FnMut(&Dynamic, bool)) {
        if name == "this"
            && let Some(this) = self.this_ptr()
        {
            look(this, false);
        } else if let Some(value) = self.scope().get(name) {
            look(value, self.scope().is_constant(name).unwrap_or(false));
        }
    }

    fn get_mut(&mut self, name: &str) -> Option<&mut Dynamic> {
        if name == "this" {
            self.this_ptr_mut()
        } else {
            self.scope_mut().get_mut(name)
        }
    }

    fn constants(&self) -> Vec<Variable> {
        let Some(constants) = &self.global_runtime_state().constants else {
            return Vec::new();
        };
        let constants = constants.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut constants: Vec<_> = constants
            .iter()
            .map(|(name, value)| (name.as_str().into(), true, value.clone()))
            .collect();
        constants.sort_by(|a: &Variable, b| a.0.cmp(&b.0));
        constants
    }

    fn evaluate(&mut self, expression: &Expression, keep: bool) -> Result<Dynamic, Box<EvalAltResult>> {
        let tree = rhai::Expression::from(&expression.tree);
        if expression.ast.has_functions() {
            // Closures are functions of the expression itself.
            let frame = self.new_frame().with_namespace(expression.ast.shared_lib().clone());
            let mut frame = frame.with_new_caching_layer();
            #[expect(deprecated, reason = "marked so because it may change, not because it goes")]
            return frame.eval_expression_tree_raw(&tree, !keep);
        }
        #[expect(deprecated, reason = "marked so because it may change, not because it goes")]
        self.eval_expression_tree_raw(&tree, !keep)
    }
}

/// Copies the variables of a scope.
pub(crate) fn copy(scope: &Scope<'_>) -> Vec<Variable> {
    let mut variables = Vec::with_capacity(scope.len());
    variables.extend(
        scope
            .iter_raw()
            .map(|(name, constant, value)| (name.into(), constant, value.clone())),
    );
    // Rhai begins with the newest.
    variables.reverse();
    variables
}

/// Makes the engine for [`evaluate_among`]: without the debugging interface, but it keeps the limit of [`limited`].
pub(crate) fn engine() -> Engine {
    let mut engine = script_engine::new();
    engine.on_progress(|operations| {
        // Looking at the clock each time would take longer than the operation.
        (operations % 1024 == 0 && is_over_limit()).then_some(Dynamic::UNIT)
    });
    engine
}

/// Evaluates among variables that were kept, with the functions of a rule.
pub(crate) fn evaluate_among(
    engine: &Engine,
    rule: &Rule,
    variables: &[Variable],
    expression: &Expression,
) -> Result<Dynamic, Box<EvalAltResult>> {
    let mut scope = Scope::new();
    for (name, constant, value) in variables {
        if *constant {
            scope.push_constant_dynamic(name.clone(), value.clone());
        } else {
            scope.push_dynamic(name.clone(), value.clone());
        }
    }
    let ast = rule.ast.clone_functions_only().merge(&expression.ast);
    engine.eval_ast_with_scope(&mut scope, &ast)
}

/// What ends an evaluation before its time.
struct Limit {
    until: Instant,
    cancelled: Option<CancellationToken>,
}

thread_local! {
    static LIMIT: RefCell<Option<Limit>> = const { RefCell::new(None) };
}

/// Does something that is over after [`EVALUATION_TIME`], or when the client cancels it.
pub(crate) fn limited<T>(cancelled: Option<CancellationToken>, evaluate: impl FnOnce() -> T) -> T {
    struct Forget;
    impl Drop for Forget {
        fn drop(&mut self) {
            LIMIT.set(None);
        }
    }
    LIMIT.set(Some(Limit {
        until: Instant::now() + EVALUATION_TIME,
        cancelled,
    }));
    let _forget = Forget;
    evaluate()
}

/// Tells whether the evaluation on this thread has to end.
pub(crate) fn is_over_limit() -> bool {
    LIMIT.with_borrow(|limit| {
        limit.as_ref().is_some_and(|limit| {
            limit.cancelled.as_ref().is_some_and(CancellationToken::is_cancelled) || Instant::now() > limit.until
        })
    })
}
