//! Where a script can be stopped: at the statements that Rhai's debugging interface reports, found by walking the syntax tree.

use std::collections::{BTreeSet, HashSet};

use rhai::{AST, ASTNode, Expr, Position, Stmt};

/// A place in a script: line and column, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl Place {
    /// `None` for what the parser made up.
    pub(crate) fn of(position: Position) -> Option<Self> {
        Some(Self {
            line: u32::try_from(position.line()?).ok()?,
            column: u32::try_from(position.position().unwrap_or(1)).ok()?,
        })
    }
}

/// A function that is defined in a script.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) parameters: Vec<String>,
    /// Its opening brace, which is reported when it is called.
    pub(crate) entry: Place,
    /// Its closing brace.
    end: Place,
}

/// All places of one script.
#[derive(Debug)]
pub(crate) struct Places {
    /// Where statements begin.
    statements: BTreeSet<Place>,
    /// Where functions begin.
    entries: BTreeSet<Place>,
    functions: Vec<Function>,
    names: HashSet<String>,
    /// Which functions are called, and where.
    calls: Vec<(Place, String)>,
}

impl Places {
    pub(crate) fn of(ast: &AST) -> Self {
        let mut statements = BTreeSet::new();
        let mut calls = Vec::new();
        ast.walk(&mut |path: &[ASTNode<'_>]| {
            let Some(node) = path.last() else { return true };
            if let ASTNode::Stmt(statement) = node {
                statements.extend(reported(statement).and_then(Place::of));
            }
            if let Some(name) = called(node)
                && let Some(place) = Place::of(node.position())
            {
                calls.push((place, name.to_owned()));
            }
            true
        });
        let mut functions = Vec::new();
        for (_, _, _, _, definition) in ast.shared_lib().iter_script_fn_info() {
            if let Some(entry) = Place::of(definition.body.start_position()) {
                let end = Place::of(definition.body.end_position());
                functions.push(Function {
                    name: definition.name.to_string(),
                    parameters: definition.params.iter().map(ToString::to_string).collect(),
                    entry,
                    end: end.unwrap_or(entry),
                });
            }
        }
        Self {
            statements,
            entries: functions.iter().map(|function| function.entry).collect(),
            names: functions.iter().map(|function| function.name.clone()).collect(),
            functions,
            calls,
        }
    }

    /// Returns the names of the functions from which one of these places can be reached, by calls that are written down in the
    /// script.
    pub(crate) fn reaching(&self, places: impl Iterator<Item = Place>) -> HashSet<String> {
        let mut names: HashSet<String> = places
            .filter_map(|place| Some(self.around(place)?.name.clone()))
            .collect();
        loop {
            let callers = self.calls.iter().filter(|(_, name)| names.contains(name));
            let callers = callers.filter_map(|(place, _)| Some(self.around(*place)?.name.clone()));
            let new: Vec<String> = callers.filter(|name| !names.contains(name)).collect();
            if new.is_empty() {
                return names;
            }
            names.extend(new);
        }
    }

    /// The innermost function that has this place inside it.
    fn around(&self, place: Place) -> Option<&Function> {
        let around = self.functions.iter();
        around
            .filter(|function| function.entry <= place && place <= function.end)
            .max_by_key(|function| function.entry)
    }

    /// Tells whether a statement begins here.
    pub(crate) fn is_statement(&self, place: Place) -> bool {
        self.statements.contains(&place)
    }

    /// Tells whether a script function has this name.
    pub(crate) fn is_function(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Returns a function, by name and number of arguments.
    pub(crate) fn function(&self, name: &str, arguments: usize) -> Option<&Function> {
        self.functions
            .iter()
            .find(|function| function.name == name && function.parameters.len() == arguments)
    }

    /// Returns every function of this name.
    pub(crate) fn functions(&self, name: &str) -> impl Iterator<Item = &Function> {
        self.functions.iter().filter(move |function| function.name == name)
    }

    /// Returns the place where a breakpoint at `line` stops: the first statement of that line, or behind `column` if there is
    /// one; else the beginning of a function on that line, else the first of all these on a later line.
    pub(crate) fn nearest(&self, line: u32, column: Option<u32>) -> Option<Place> {
        let from = |column| Place { line, column };
        let on_line = |from: Place| self.statements.range(from..).next().filter(|place| place.line == line);
        let exact = column
            .and_then(|column| on_line(from(column)))
            .or_else(|| on_line(from(0)));
        let behind = |places: &BTreeSet<Place>| places.range(from(0)..).next().copied();
        exact.copied().or_else(|| {
            [behind(&self.statements), behind(&self.entries)]
                .into_iter()
                .flatten()
                .min()
        })
    }

    /// Returns every place between two lines, both included, in order.
    pub(crate) fn between(&self, first: u32, last: u32) -> Vec<Place> {
        if last < first {
            return Vec::new();
        }
        let range = Place { line: first, column: 0 }..=Place {
            line: last,
            column: u32::MAX,
        };
        let mut places: Vec<_> = self.statements.range(range.clone()).copied().collect();
        // A brace is a place of its own only where no statement shares its line.
        let alone = |entry: &Place| !places.iter().any(|place| place.line == entry.line);
        let entries: Vec<_> = self.entries.range(range).copied().filter(alone).collect();
        places.extend(entries);
        places.sort_unstable();
        places
    }
}

/// The name of the function that is called here, unless it is an operator.
pub(crate) fn called<'n>(node: &'n ASTNode<'_>) -> Option<&'n str> {
    match node {
        ASTNode::Expr(Expr::FnCall(call, _) | Expr::MethodCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _)) => {
            call.op_token.is_none().then_some(call.name.as_str())
        }
        _ => None,
    }
}

/// The position at which Rhai reports a statement.
fn reported(statement: &Stmt) -> Option<Position> {
    match statement {
        // Never reported, or only as what stands inside it.
        Stmt::Noop(_) | Stmt::Block(_) | Stmt::Share(_) => None,
        Stmt::Expr(expression) => match &**expression {
            Expr::Stmt(_) => None,
            expression => Some(expression.position()),
        },
        // The condition, which is looked at before each turn; an endless loop has none.
        Stmt::While(flow, position) => Some(match &flow.expr {
            Expr::Unit(_) | Expr::BoolConstant(..) => *position,
            condition => condition.position(),
        }),
        statement => Some(statement.position()),
    }
}
