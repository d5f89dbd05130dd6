//! Going where the client points: `gotoTargets` and `goto`, `stepInTargets`.

use std::collections::VecDeque;
use std::sync::Mutex;

use dapstub::Failure;
use dapstub::debuggee::{Goto, GotoTargets, Outcome, StepInTargetList, StepInTargets};
use dapstub::failure::id;
use dapstub::json::Text;
use dapstub::protocol::{GotoArguments, GotoTarget, GotoTargetsArguments, StepInTarget, StepInTargetsArguments};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use super::{PythonDebuggee, Sequel, owned};
use crate::engine::lock;
use crate::events::number;
use crate::step::Mode;
use crate::{ffi, modules, stack};

/// How many targets are remembered.
const MOST: usize = 256;
/// The longest label, in characters.
const LABEL: usize = 80;

/// What a target's number stands for.
#[derive(Clone, Debug)]
enum Target {
    /// A line of the file with this canonical path.
    Line { file: String, line: u32 },
    /// A call in a frame, by the offsets of its instruction in bytes.
    /// With the lines of the statement around it.
    Call {
        frame: i64,
        first: u32,
        last: u32,
        lines: (u32, u32),
    },
}

/// The targets that were handed out last.
static TARGETS: Mutex<Targets> = Mutex::new(Targets {
    list: VecDeque::new(),
    first: 1,
});

struct Targets {
    list: VecDeque<Target>,
    /// The number of the first of them.
    first: i64,
}

impl Targets {
    fn number(&mut self, target: Target) -> i64 {
        if self.list.len() >= MOST {
            self.list.pop_front();
            self.first += 1;
        }
        self.list.push_back(target);
        self.first + self.list.len() as i64 - 1
    }

    fn get(&self, number: i32) -> Option<Target> {
        let index = usize::try_from(i64::from(number) - self.first).ok()?;
        self.list.get(index).cloned()
    }
}

fn unknown(target: i32) -> Failure {
    Failure::format(
        id::BAD_ARGUMENTS,
        format_args!("arguments.targetId: no target {target}, or it is not valid any more"),
    )
}

impl Goto for PythonDebuggee<'_> {
    fn goto_targets(
        &mut self,
        arguments: &GotoTargetsArguments<'_>,
        targets: &mut GotoTargets<'_>,
    ) -> Result<Outcome, Failure> {
        let session = self.session()?;
        let path = arguments.source.path.map(owned).unwrap_or_default();
        let file = session.options.path_mappings.to_remote(&path).into_owned();
        let key = self.engine.paths.key(&file);
        let knowledge = self.engine.knowledge().map_err(|error| self.refuse_error(&error))?;
        let lines = knowledge.source_lines.of(self.py, &key);
        let lines = lines.map_err(|error| self.refuse(error.to_string()))?;
        let wanted = u32::try_from(arguments.line).unwrap_or(u32::MAX);
        if let Some(line) = lines.next_breakable(wanted) {
            let file = key.to_string();
            let target = lock(&TARGETS).number(Target::Line { file, line });
            targets.push(&GotoTarget {
                id: number(target),
                label: Text::plain(&format!("{path}:{line}")),
                line: u64::from(line),
                ..GotoTarget::default()
            })?;
        }
        Ok(Outcome::Done)
    }

    /// Python lets only the innermost frame of a thread that stands at the beginning of a line go elsewhere, and only to
    /// lines of the same function that are not inside another block; its own words say why not.
    fn goto(&mut self, arguments: &GotoArguments) -> Result<Outcome, Failure> {
        let stop = self.engine.stops.current().ok_or_else(Failure::not_stopped)?;
        let ident = self.ident(i64::from(arguments.thread_id))?;
        let target = lock(&TARGETS).get(arguments.target_id);
        let Some(Target::Line { file, line }) = target else {
            return Err(unknown(arguments.target_id));
        };
        let here = (stop.ident == ident && ident == ffi::thread_ident() && stop.raised.is_none())
            .then(|| stop.stack.first())
            .flatten();
        let Some(here) = here else {
            let text = "this thread cannot be sent elsewhere now: it does not stand at the beginning of a line";
            return Err(self.refuse(text.to_owned()));
        };
        let frame = here.frame.bind(self.py);
        let name = stack::file_of(frame).map_err(|error| self.refuse_error(&error))?;
        if *self.engine.paths.key(&name) != *file {
            return Err(self.refuse(format!(
                "line {line} is in another file than the function that is stopped"
            )));
        }
        // The interpreter does not report the line that it is sent to: the stop that follows is made here.
        if !stack::line_of(frame).is_ok_and(|now| now == line) {
            set_line(frame, line).map_err(|error| self.refuse_error(&error))?;
        }
        let thread = i64::from(arguments.thread_id);
        self.sequel = Sequel::Goto { thread };
        Ok(Outcome::Done)
    }
}

/// Sets the line at which `frame` goes on.
fn set_line(frame: &Bound<'_, PyAny>, line: u32) -> PyResult<()> {
    let py = frame.py();
    if py.version_info() >= (3, 12) {
        return frame.setattr("f_lineno", line);
    }
    // 3.11 wants a trace function of the frame itself; ours is one of the thread.
    let theirs = frame.getattr("f_trace")?;
    if theirs.is_none() {
        frame.setattr("f_trace", modules::import(py, "builtins")?.getattr("print")?)?;
    }
    let outcome = frame.setattr("f_lineno", line);
    if theirs.is_none() {
        frame.setattr("f_trace", theirs)?;
    }
    outcome
}

impl StepInTargets for PythonDebuggee<'_> {
    /// The calls of the statement at which the innermost frame of a thread stands, in the order in which they happen.
    fn step_in_targets(
        &mut self,
        arguments: &StepInTargetsArguments,
        targets: &mut StepInTargetList<'_>,
    ) -> Result<Outcome, Failure> {
        let stop = self.engine.stops.current().ok_or_else(Failure::not_stopped)?;
        let frame_id = i64::from(arguments.frame_id);
        let frame = self.engine.inspection.frame(self.py, frame_id);
        let frame = frame.map_err(|error| self.refuse(error.to_string()))?;
        // What a frame further out goes on with is the return of the call that it is in.
        let is_innermost = stop.stack.first().is_some_and(|entry| entry.frame.is(&frame));
        if !is_innermost || stop.raised.is_some() {
            return Ok(Outcome::Done);
        }
        // In the middle of a call, which is over for whoever looks at it: only what comes after it is still to be called.
        let is_fresh =
            stop.ident == ffi::thread_ident() && ffi::current_frame(self.py).is_some_and(|current| current.is(&frame));
        let (calls, lines) = calls(&frame, is_fresh).map_err(|error| self.refuse_error(&error))?;
        for call in calls {
            let target = Target::Call {
                frame: frame_id,
                first: call.first,
                last: call.last,
                lines,
            };
            let target = lock(&TARGETS).number(target);
            targets.push(&StepInTarget {
                id: number(target),
                label: Text::plain(&call.label),
                line: Some(u64::from(call.line)),
                ..StepInTarget::default()
            })?;
        }
        Ok(Outcome::Done)
    }
}

impl PythonDebuggee<'_> {
    /// How to step into the call with this number, in the frame `frame`.
    pub(super) fn mode_into(&self, target: i32, frame: &Py<PyAny>) -> Result<Mode, Failure> {
        let found = lock(&TARGETS).get(target);
        let Some(Target::Call {
            frame: id,
            first,
            last,
            lines,
        }) = found
        else {
            return Err(unknown(target));
        };
        match self.engine.inspection.frame(self.py, id) {
            Ok(found) if found.is(frame) => Ok(Mode::IntoCall { first, last, lines }),
            _ => Err(unknown(target)),
        }
    }
}

/// A call that a frame has before it.
struct Call {
    first: u32,
    last: u32,
    /// What it returns is awaited at once: what is called by name is executed by that.
    is_awaited: bool,
    line: u32,
    label: String,
}

/// The calls that `frame` has still before it in its statement, and the lines of that; `fresh`: nothing of the
/// instruction at which it stands has happened yet.
fn calls(frame: &Bound<'_, PyAny>, fresh: bool) -> PyResult<(Vec<Call>, (u32, u32))> {
    let py = frame.py();
    let code = frame.getattr("f_code")?;
    let here = stack::line_of(frame)?;
    let last_executed: i64 = frame.getattr("f_lasti")?.extract()?;
    let bytes = code.getattr("co_code")?.cast_into::<PyBytes>()?;
    let bytes = bytes.as_bytes();
    let names = modules::import(py, "opcode")?.getattr("opname")?;
    let name = |opcode: u8| -> PyResult<String> {
        Ok(names
            .get_item(opcode)?
            .cast_into::<PyString>()?
            .to_string_lossy()
            .into_owned())
    };
    let lines = lines(py, frame)?;
    let (begin, end) = statement(&code, here)?;
    let mut found: Vec<Call> = Vec::new();
    let positions = code.call_method0("co_positions")?.try_iter()?;
    for (index, (instruction, position)) in bytes.chunks_exact(2).zip(positions).enumerate() {
        let offset = u32::try_from(2 * index).unwrap_or(u32::MAX);
        let name = name(instruction[0])?;
        if let Some(call) = found.last_mut().filter(|call| call.last + 2 == offset)
            && belongs_to_call(&name, call)
        {
            call.last = offset;
            call.is_awaited |= name == "GET_AWAITABLE";
            continue;
        }
        let is_call = ["CALL", "CALL_KW", "CALL_FUNCTION_EX"].contains(&name.as_str());
        let is_past = i64::from(offset) < last_executed || (!fresh && i64::from(offset) == last_executed);
        if !is_call || is_past {
            continue;
        }
        let (line, end_line, column, end_column): (Option<u32>, Option<u32>, Option<usize>, Option<usize>) =
            position?.extract()?;
        let Some(line) = line else { continue };
        let end_line = end_line.unwrap_or(line);
        if line > end || end_line < begin {
            continue;
        }
        let label = column
            .zip(end_column)
            .and_then(|columns| label(&lines, line, end_line, columns))
            .unwrap_or_else(|| format!("call {}", found.len() + 1));
        found.push(Call {
            first: offset,
            last: offset,
            is_awaited: false,
            line,
            label,
        });
    }
    Ok((found, (begin, end)))
}

/// The lines of the expressions that reach over `line`, and over each other.
fn statement(code: &Bound<'_, PyAny>, line: u32) -> PyResult<(u32, u32)> {
    let mut spans = Vec::new();
    for position in code.call_method0("co_positions")?.try_iter()? {
        let (begin, end, ..): (Option<u32>, Option<u32>, Option<u32>, Option<u32>) = position?.extract()?;
        spans.extend(begin.zip(end).filter(|(begin, end)| begin < end));
    }
    let (mut begin, mut end) = (line, line);
    loop {
        let touching = spans.iter().filter(|(from, to)| *from <= end && *to >= begin);
        let (from, to) = touching.fold((begin, end), |(begin, end), (from, to)| {
            (begin.min(*from), end.max(*to))
        });
        if (from, to) == (begin, end) {
            return Ok((begin, end));
        }
        (begin, end) = (from, to);
    }
}

/// Whether an instruction behind `call` belongs to it: the rest of its own, and an `await` of what it returns.
fn belongs_to_call(instruction: &str, call: &Call) -> bool {
    match instruction {
        "CACHE" | "GET_AWAITABLE" => true,
        "LOAD_CONST" | "SEND" | "YIELD_VALUE" | "RESUME" | "JUMP_BACKWARD_NO_INTERRUPT" | "END_SEND" => call.is_awaited,
        // What 3.15 has in the place of `LOAD_CONST`.
        "PUSH_NULL" | "LOAD_COMMON_CONSTANT" => call.is_awaited,
        _ => false,
    }
}

/// The text of the file of a frame, by lines; none if there is none.
fn lines(py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    let name = stack::file_of(frame)?;
    let globals = frame.getattr("f_globals")?;
    modules::import(py, "linecache")?
        .call_method1("getlines", (name, globals))?
        .extract()
}

/// The text of a call, on one line. Columns count bytes.
fn label(lines: &[String], line: u32, end_line: u32, columns: (usize, usize)) -> Option<String> {
    let first = usize::try_from(line).ok()?.checked_sub(1)?;
    let last = usize::try_from(end_line).ok()?.checked_sub(1)?;
    let mut text = String::new();
    for (index, line) in lines.get(first..=last)?.iter().enumerate() {
        let start = if index == 0 { columns.0 } else { 0 };
        let end = if first + index == last { columns.1 } else { line.len() };
        let part = line.get(start..end)?.trim();
        if !text.is_empty() && !text.ends_with('(') && !part.starts_with(')') {
            text.push(' ');
        }
        text.push_str(part);
    }
    Some(match text.char_indices().nth(LABEL) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    })
}
