//! Breakpoints: what the client set, where it lies in code objects, and what happens when it is reached.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use dapstub_host::{HitCondition, LogMessage, Piece};
use pyo3::{prelude::*, types::PyBytes};

use crate::addresses::AddressMap;
#[cfg(unix)]
use crate::beyond;
use crate::engine::{Engine, lock};
use crate::expression::{Binding, Expression};
use crate::hooks::Sight;
use crate::properties::{self, Failed};
use crate::sparing::Sparing;
use crate::{stack, tracker};

/// What the client wrote; equal wishes keep their breakpoint, with its id and its count of hits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Wish {
    /// The line asked for, 0 for a function breakpoint.
    pub(crate) line: u32,
    /// The function's name, empty for a line breakpoint.
    pub(crate) function: String,
    pub(crate) condition: Option<String>,
    pub(crate) hit_condition: Option<String>,
    pub(crate) log_message: Option<String>,
}

/// A breakpoint that may be reached.
#[derive(Debug)]
pub(crate) struct Breakpoint {
    id: i64,
    wish: Wish,
    /// The line at which it lies, from 1.
    line: u32,
    condition: Option<Expression>,
    hit_condition: Option<HitCondition>,
    log: Option<Vec<LogPiece>>,
    hits: AtomicU64,
    /// That its condition fails.
    failures: Sparing,
    /// The path as the client wrote it, for log points' events.
    pub(crate) client_path: String,
    /// Answered as unverified; to be verified when code with this line is seen.
    pending: AtomicBool,
}

#[derive(Debug)]
enum LogPiece {
    Text(String),
    Value(Expression),
}

/// What a breakpoint that was reached asks for.
#[derive(Debug)]
pub(crate) enum Verdict {
    Pass,
    Stop,
    /// Its condition could not be evaluated; with the text for the user, if there is to be one.
    Failed {
        text: Option<String>,
        stops: bool,
    },
    /// A log message, to be sent without stopping.
    Log(String),
}

impl Breakpoint {
    /// Compiles what `wish` says.
    ///
    /// # Errors
    ///
    /// A sentence for the user: which of the three texts is wrong, why, and what was expected.
    pub(crate) fn new(
        py: Python<'_>,
        id: i64,
        wish: Wish,
        line: u32,
        client_path: &str,
        pending: bool,
    ) -> Result<Self, String> {
        let compile = |what: &str, text: &str| {
            Expression::compile(py, text).map_err(|error| format!("{what}: {}", describe(py, &error)))
        };
        let condition = match wish.condition.as_deref().filter(|text| !text.trim().is_empty()) {
            Some(text) => Some(compile("condition", text)?),
            None => None,
        };
        let hit_condition = match wish.hit_condition.as_deref().filter(|text| !text.trim().is_empty()) {
            Some(text) => Some(HitCondition::parse(text).map_err(|error| format!("hit condition: {error}"))?),
            None => None,
        };
        let log = match wish.log_message.as_deref().filter(|text| !text.is_empty()) {
            Some(text) => {
                let message = LogMessage::parse(text).map_err(|error| format!("log message: {error}"))?;
                let pieces = message.pieces().iter().map(|piece| match piece {
                    Piece::Literal(text) => Ok(LogPiece::Text(text.clone())),
                    Piece::Expression(text) => compile("log message", text).map(LogPiece::Value),
                });
                Some(pieces.collect::<Result<Vec<_>, String>>()?)
            }
            None => None,
        };
        let client_path = client_path.to_owned();
        let (hits, pending) = (AtomicU64::new(0), AtomicBool::new(pending));
        Ok(Self {
            id,
            wish,
            line,
            condition,
            hit_condition,
            log,
            hits,
            failures: Sparing::default(),
            client_path,
            pending,
        })
    }

    /// The number by which the client knows it.
    pub(crate) fn id(&self) -> i64 {
        self.id
    }

    /// The line at which it lies.
    pub(crate) fn line(&self) -> u32 {
        self.line
    }

    /// Counts a passage through `frame` and decides. Runs Python code: no lock may be held.
    pub(crate) fn reached(&self, frame: &Bound<'_, PyAny>) -> Verdict {
        self.decide(frame, None, &[])
    }

    /// What the user is told of a condition that fails; `None` where that was said often enough just now.
    fn failure(&self, py: Python<'_>, raised: &PyErr) -> Option<String> {
        let unsaid = self.failures.says()?;
        let condition = self.wish.condition.as_deref().unwrap_or_default();
        let reason = describe(py, raised);
        let more = match unsaid {
            0 => String::new(),
            times => format!(" (and {times} times more since this was said last)"),
        };
        Some(format!(
            "{}: condition `{condition}` failed: {reason}{more}\n",
            self.place()
        ))
    }

    fn decide(&self, frame: &Bound<'_, PyAny>, condition_binding: Option<&Binding>, values: &[Binding]) -> Verdict {
        let mut failed = None;
        if let Some(condition) = &self.condition {
            let holds = match condition_binding {
                Some(binding) => condition.is_true_bound(binding, frame),
                None => condition.evaluate(frame).and_then(|value| value.is_truthy()),
            };
            match holds {
                Ok(true) => {}
                Ok(false) => return Verdict::Pass,
                Err(raised) => {
                    let Failed { stops, tells } = properties::on_failure(frame.py(), &raised);
                    let text = if tells { self.failure(frame.py(), &raised) } else { None };
                    failed = Some(Verdict::Failed { text, stops });
                }
            }
        }
        let hits = self.hits.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(failed) = failed {
            return failed;
        }
        if self
            .hit_condition
            .as_ref()
            .is_some_and(|condition| !condition.holds(hits))
        {
            return Verdict::Pass;
        }
        match &self.log {
            None => Verdict::Stop,
            Some(pieces) => Verdict::Log(compose(pieces, values, frame)),
        }
    }

    fn place(&self) -> String {
        if self.wish.function.is_empty() {
            format!("{}:{}", self.client_path, self.line)
        } else {
            format!("breakpoint on function {}", self.wish.function)
        }
    }
}

fn evaluate<'py>(
    expression: &Expression,
    binding: Option<&Binding>,
    frame: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    match binding {
        Some(binding) => expression.evaluate_bound(binding, frame),
        None => expression.evaluate(frame),
    }
}

/// The text of a log point. An expression that fails is replaced by what it raised. `bindings`: one for each value, or
/// none at all.
fn compose(pieces: &[LogPiece], bindings: &[Binding], frame: &Bound<'_, PyAny>) -> String {
    let mut text = String::new();
    let mut bindings = bindings.iter();
    for piece in pieces {
        match piece {
            LogPiece::Text(literal) => text.push_str(literal),
            LogPiece::Value(expression) => {
                let shown = evaluate(expression, bindings.next(), frame).and_then(|value| value.str());
                match shown {
                    Ok(value) => text.push_str(&value.to_string_lossy()),
                    Err(error) => text.push_str(&format!("<{}>", describe(frame.py(), &error))),
                }
            }
        }
    }
    text.push('\n');
    text
}

/// `TypeName: message` of an exception.
pub(crate) fn describe(py: Python<'_>, error: &PyErr) -> String {
    let name = error
        .get_type(py)
        .name()
        .map_or_else(|_| "exception".to_owned(), |name| name.to_string());
    match error.value(py).str() {
        Ok(text) if !text.is_empty().unwrap_or(true) => format!("{name}: {}", text.to_string_lossy()),
        _ => name,
    }
}

/// A breakpoint in one code object.
#[derive(Debug)]
pub(crate) struct Placed {
    breakpoint: Arc<Breakpoint>,
    condition: Option<Binding>,
    /// One for each value of the log message.
    values: Vec<Binding>,
}

impl Placed {
    fn new(breakpoint: &Arc<Breakpoint>, code: &Bound<'_, PyAny>) -> PyResult<Self> {
        let bind = |expression: &Expression| expression.bind(code);
        let values = breakpoint.log.iter().flatten().filter_map(|piece| match piece {
            LogPiece::Text(_) => None,
            LogPiece::Value(expression) => Some(expression),
        });
        Ok(Self {
            condition: breakpoint.condition.as_ref().map(bind).transpose()?,
            values: values.map(bind).collect::<PyResult<_>>()?,
            breakpoint: Arc::clone(breakpoint),
        })
    }

    /// The breakpoint itself.
    pub(crate) fn breakpoint(&self) -> &Breakpoint {
        &self.breakpoint
    }

    /// As [`Breakpoint::reached`], in a frame that executes the code object.
    pub(crate) fn reached(&self, frame: &Bound<'_, PyAny>) -> Verdict {
        self.breakpoint.decide(frame, self.condition.as_ref(), &self.values)
    }
}

/// The breakpoints of a code object.
#[derive(Debug)]
pub(crate) struct CodePlan {
    /// By line, in order.
    lines: Vec<(u32, Vec<Placed>)>,
    functions: Vec<Arc<Breakpoint>>,
    qualified_name: String,
    /// The line at which the code begins.
    first_line: u32,
    /// The offsets of the instructions that go on in the middle of a line (from 3.12 on).
    middles: Vec<usize>,
    /// The offset of the instruction from which on a frame reaches none of the lines any more (3.11).
    #[cfg(unix)]
    beyond: Option<usize>,
}

impl CodePlan {
    /// The breakpoints at `line`.
    pub(crate) fn at(&self, line: u32) -> &[Placed] {
        let found = self.lines.binary_search_by_key(&line, |(number, _)| *number);
        found.map_or(&[], |index| &self.lines[index].1)
    }

    /// The lines that have breakpoints, in order.
    #[cfg(unix)]
    pub(crate) fn lines(&self) -> impl ExactSizeIterator<Item = u32> {
        self.lines.iter().map(|(line, _)| *line)
    }

    /// The offset of the instruction from which on a frame reaches no breakpoint any more, where there is one (3.11).
    #[cfg(unix)]
    pub(crate) fn beyond(&self) -> Option<usize> {
        self.beyond
    }

    /// Whether there is a breakpoint on the line at which the code begins. `sys.monitoring` reports that line only while
    /// beginnings are reported, if it is the line of `def` or `lambda` too.
    pub(crate) fn begins_on_breakpoint(&self) -> bool {
        !self.at(self.first_line).is_empty()
    }

    /// Whether `frame` is about to go on in the middle of a line, which is not reached thereby.
    pub(crate) fn is_in_middle(&self, frame: &Bound<'_, PyAny>) -> PyResult<bool> {
        if self.middles.is_empty() {
            return Ok(false);
        }
        let offset = frame.getattr(interned!(frame.py(), "f_lasti"))?.extract::<usize>();
        Ok(offset.is_ok_and(|offset| self.middles.contains(&offset)))
    }

    /// What has to be seen of the code.
    pub(crate) fn sight(&self) -> Sight {
        if self.has_functions() {
            Sight::Functions
        } else {
            Sight::Breakpoints
        }
    }

    /// Whether function breakpoints may name this code.
    pub(crate) fn has_functions(&self) -> bool {
        !self.functions.is_empty()
    }

    /// The function breakpoints that name this code, for a function of `module`.
    pub(crate) fn functions(&self, module: Option<&str>) -> Vec<Arc<Breakpoint>> {
        let full = module.map(|module| format!("{module}.{}", self.qualified_name));
        let fits = |name: &str| {
            name == self.qualified_name
                || self.qualified_name.rsplit('.').next() == Some(name)
                || full.as_deref() == Some(name)
        };
        self.functions
            .iter()
            .filter(|breakpoint| fits(&breakpoint.wish.function))
            .cloned()
            .collect()
    }
}

/// Where `code` goes on in the middle of a line.
fn middles(code: &Bound<'_, PyAny>) -> PyResult<Vec<usize>> {
    /// `CO_GENERATOR | CO_COROUTINE | CO_ITERABLE_COROUTINE | CO_ASYNC_GENERATOR`
    const SUSPENDS: u32 = 0x20 | 0x80 | 0x100 | 0x200;
    let py = code.py();
    if py.version_info() < (3, 12) || code.getattr("co_flags")?.extract::<u32>()? & SUSPENDS == 0 {
        return Ok(Vec::new());
    }
    let middle = tracker::Middle::new(py)?;
    let instructions = code.getattr("co_code")?.cast_into::<PyBytes>()?;
    let pairs = instructions.as_bytes().chunks_exact(2).enumerate();
    let found = pairs.filter(|(_, pair)| middle.is_at((pair[0], pair[1])));
    Ok(found.map(|(index, _)| 2 * index).collect())
}

/// A code object that was looked at; held, so that its address is not reused while the answer is kept.
#[derive(Debug)]
struct Seen {
    _code: Py<PyAny>,
    plan: Option<Arc<CodePlan>>,
}

/// What the client asked for in one of its files.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    /// The path as the client wrote it.
    pub(crate) path: String,
    pub(crate) wishes: Vec<Wish>,
    /// The files, by canonical path, in which they were placed: it may be code of other names that is executed.
    pub(crate) files: Vec<Arc<str>>,
}

/// All breakpoints of the session.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// What was asked for last, by the canonical path of the client's file.
    asked: HashMap<Arc<str>, Asked>,
    /// Line breakpoints by canonical path.
    files: HashMap<Arc<str>, Vec<Arc<Breakpoint>>>,
    functions: Vec<Arc<Breakpoint>>,
    seen: AddressMap<Seen>,
    next_id: i64,
}

impl Table {
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.functions.is_empty() && self.files.values().all(Vec::is_empty)
    }

    /// Whether there are breakpoints on functions' names.
    pub(crate) fn has_functions(&self) -> bool {
        !self.functions.is_empty()
    }

    /// A number that no breakpoint had before, from 0.
    pub(crate) fn next_id(&mut self) -> i64 {
        self.next_id += 1;
        self.next_id - 1
    }

    /// What was asked for last in the client's file with that canonical path.
    pub(crate) fn asked(&self, key: &str) -> Option<Asked> {
        self.asked.get(key).cloned()
    }

    /// Remembers what was asked for.
    pub(crate) fn remember(&mut self, key: Arc<str>, asked: Asked) {
        self.asked.insert(key, asked);
    }

    /// The number of the breakpoint for an equal wish in any of these files.
    pub(crate) fn id_in(&self, files: &[Arc<str>], wish: &Wish) -> Option<i64> {
        let known = files.iter().filter_map(|file| self.files.get(file)).flatten();
        known
            .filter(|breakpoint| breakpoint.wish == *wish)
            .map(|breakpoint| breakpoint.id)
            .next()
    }

    /// The breakpoint of `file` for an equal wish at the same line, to be kept when a set is replaced.
    pub(crate) fn find(&self, file: &str, wish: &Wish, line: u32) -> Option<Arc<Breakpoint>> {
        let known = self.files.get(file)?;
        known
            .iter()
            .find(|breakpoint| breakpoint.wish == *wish && breakpoint.line == line)
            .cloned()
    }

    /// The function breakpoint for an equal wish.
    pub(crate) fn find_function(&self, wish: &Wish) -> Option<Arc<Breakpoint>> {
        self.functions
            .iter()
            .find(|breakpoint| breakpoint.wish == *wish)
            .cloned()
    }

    /// Replaces the set of `file`; returns what the caller drops without a lock.
    pub(crate) fn replace_file(&mut self, file: Arc<str>, set: Vec<Arc<Breakpoint>>) -> impl Sized + use<> {
        let old = if set.is_empty() {
            self.files.remove(&file)
        } else {
            self.files.insert(file, set)
        };
        (old, core::mem::take(&mut self.seen))
    }

    /// Replaces the function breakpoints; returns what the caller drops without a lock.
    pub(crate) fn replace_functions(&mut self, set: Vec<Arc<Breakpoint>>) -> impl Sized + use<> {
        (
            core::mem::replace(&mut self.functions, set),
            core::mem::take(&mut self.seen),
        )
    }
}

impl Engine {
    /// The breakpoints of `code`, `None` when there are none. Answered from memory after the first time.
    pub(crate) fn plan(&self, code: &Bound<'_, PyAny>) -> PyResult<Option<Arc<CodePlan>>> {
        let address = code.as_ptr() as usize;
        {
            let table = lock(&self.breakpoints);
            if let Some(seen) = table.seen.get(&address) {
                return Ok(seen.plan.clone());
            }
            if table.is_empty() {
                return Ok(None);
            }
        }
        let plan = self.make_plan(code)?.map(Arc::new);
        let seen = Seen {
            _code: code.clone().unbind(),
            plan: plan.clone(),
        };
        let old = lock(&self.breakpoints).seen.insert(address, seen);
        drop(old);
        Ok(plan)
    }

    fn make_plan(&self, code: &Bound<'_, PyAny>) -> PyResult<Option<CodePlan>> {
        let file = stack::file_of_code(code)?;
        if let Some(session) = self.session()
            && !self.is_shown(&session, &file)
        {
            return Ok(None);
        }
        let key = self.paths.key(&file);
        let (candidates, functions) = {
            let table = lock(&self.breakpoints);
            (
                table.files.get(&key).cloned().unwrap_or_default(),
                table.functions.clone(),
            )
        };
        let qualified_name = code.getattr("co_qualname")?.extract::<String>()?;
        let mut lines: BTreeMap<u32, Vec<Placed>> = BTreeMap::new();
        let mut places = Vec::new();
        if !candidates.is_empty() {
            let mut present = std::collections::HashSet::new();
            for entry in code.call_method0("co_lines")?.try_iter()? {
                let (begin, end, line) = entry?.extract::<(usize, usize, Option<u32>)>()?;
                if let Some(line) = line {
                    present.insert(line);
                    places.push((line, (begin, end)));
                }
            }
            for breakpoint in candidates
                .iter()
                .filter(|breakpoint| present.contains(&breakpoint.line))
            {
                if breakpoint.pending.swap(false, Ordering::Relaxed)
                    && let Some(session) = self.session()
                {
                    crate::events::bound(&session.client, breakpoint);
                }
                let placed = Placed::new(breakpoint, code)?;
                lines.entry(breakpoint.line).or_default().push(placed);
            }
        }
        let simple = qualified_name.rsplit('.').next().unwrap_or_default().to_owned();
        let functions: Vec<_> = functions
            .into_iter()
            .filter(|breakpoint| breakpoint.wish.function.rsplit('.').next() == Some(simple.as_str()))
            .collect();
        if lines.is_empty() && functions.is_empty() {
            return Ok(None);
        }
        #[cfg(unix)]
        let beyond = if functions.is_empty() && code.py().version_info() < (3, 12) {
            places.retain(|(line, _)| lines.contains_key(line));
            let places: Vec<_> = places.into_iter().map(|(_, place)| place).collect();
            beyond::of(code, &places)?
        } else {
            None
        };
        Ok(Some(CodePlan {
            lines: lines.into_iter().collect(),
            functions,
            qualified_name,
            first_line: code.getattr("co_firstlineno")?.extract().unwrap_or_default(),
            middles: middles(code)?,
            #[cfg(unix)]
            beyond,
        }))
    }
}
