//! `setBreakpoints` and `setFunctionBreakpoints`.

use std::sync::Arc;

use dapstub::Failure;
use dapstub::debuggee::{Breakpoints, FunctionBreakpoints, LineBreakpoints, Outcome};
use dapstub::failure::id;
use dapstub::json::Text;
use dapstub::protocol::{
    Breakpoint, BreakpointProblem, SetBreakpointsArguments, SetFunctionBreakpointsArguments, Source,
};

use super::{PythonDebuggee, owned, stack::file_name};
use crate::breakpoints::{Breakpoint as Kept, Wish};
use crate::engine::lock;
use crate::events::number;
use crate::source_lines::{NO_CODE, SourceLines};

/// What became of one wish.
struct Placed {
    id: i64,
    line: u32,
    verified: bool,
    problem: Option<BreakpointProblem>,
    message: Option<String>,
}

const IN_LIBRARY: &str = "this file belongs to a library, and \"justMyCode\" is true: set it to false to stop here";

/// What runs cannot be compared with what the file held when it was loaded, so this is said of every later change.
const CHANGED: &str = "the file has changed since the program started: code loaded before has the lines of then";

impl LineBreakpoints for PythonDebuggee<'_> {
    fn set_breakpoints(
        &mut self,
        arguments: &SetBreakpointsArguments<'_>,
        breakpoints: &mut Breakpoints<'_>,
    ) -> Result<Outcome, Failure> {
        let session = self.session()?;
        let Some(path) = arguments.source.path.map(owned).filter(|path| !path.is_empty()) else {
            return Err(Failure::new(
                id::BAD_ARGUMENTS,
                "arguments.source.path is missing: expected the path of a file",
            ));
        };
        let file = session.options.path_mappings.to_remote(&path).into_owned();
        let key = self.engine.paths.key(&file);
        let is_hidden = !self.engine.is_shown(session, &key);
        let knowledge = self.engine.knowledge().map_err(|error| self.refuse_error(&error))?;
        let lines = knowledge.source_lines.of(self.py, &key);
        let is_changed = lines.is_ok() && SourceLines::is_newer(&key, self.engine.begun);
        let (mut kept, mut placed) = (Vec::new(), Vec::new());
        for asked in arguments.requested() {
            let wish = Wish {
                line: u32::try_from(asked.line).unwrap_or(u32::MAX),
                function: String::new(),
                condition: asked.condition.map(owned),
                hit_condition: asked.hit_condition.map(owned),
                log_message: asked.log_message.map(owned),
            };
            if is_hidden {
                placed.push(self.failed(wish.line, IN_LIBRARY.to_owned()));
                continue;
            }
            let (line, unsure) = match &lines {
                Ok(lines) => match lines.next_breakable(wish.line) {
                    Some(line) => (line, None),
                    None => {
                        placed.push(self.failed(wish.line, NO_CODE.to_owned()));
                        continue;
                    }
                },
                // Code may still carry this name: from another folder, an archive, or `exec`.
                Err(error) => (wish.line, Some(error.to_string())),
            };
            let wanted = wish.line;
            match self.keep(&key, wish, line, &path, unsure.is_some()) {
                Err(text) => placed.push(self.failed(wanted, text)),
                Ok(breakpoint) => {
                    let moved = (line != wanted).then(|| format!("moved from line {wanted}, which has no code"));
                    let remark = match (moved, is_changed.then_some(CHANGED)) {
                        (Some(moved), Some(changed)) => Some(format!("{moved}; {changed}")),
                        (moved, changed) => moved.or(changed.map(str::to_owned)),
                    };
                    placed.push(Placed {
                        id: breakpoint.id(),
                        line,
                        verified: unsure.is_none(),
                        problem: unsure.as_ref().map(|_| BreakpointProblem::Pending),
                        message: unsure.or(remark),
                    });
                    kept.push(breakpoint);
                }
            }
        }
        let old = lock(&self.engine.breakpoints).replace_file(key, kept);
        drop(old);
        self.engine
            .refresh_by_client(self.py)
            .map_err(|error| self.refuse_error(&error))?;
        let source = Source {
            name: Some(Text::plain(file_name(&path))),
            path: Some(Text::plain(&path)),
            ..Source::default()
        };
        for placed in &placed {
            breakpoints.push(&placed.as_dap(Some(source)))?;
        }
        Ok(Outcome::Done)
    }

    fn conditions(&self) -> bool {
        true
    }

    fn hit_conditions(&self) -> bool {
        true
    }

    fn log_points(&self) -> bool {
        true
    }
}

impl FunctionBreakpoints for PythonDebuggee<'_> {
    fn set_function_breakpoints(
        &mut self,
        arguments: &SetFunctionBreakpointsArguments<'_>,
        breakpoints: &mut Breakpoints<'_>,
    ) -> Result<Outcome, Failure> {
        let (mut kept, mut placed) = (Vec::new(), Vec::new());
        for asked in arguments.breakpoints.iter() {
            let wish = Wish {
                line: 0,
                function: owned(asked.name).trim().trim_end_matches("()").to_owned(),
                condition: asked.condition.map(owned),
                hit_condition: asked.hit_condition.map(owned),
                log_message: None,
            };
            if !is_function_name(&wish.function) {
                let text = format!(
                    "`{}` is no function's name; expected `function`, `Class.method` or `module.function`",
                    wish.function
                );
                placed.push(self.failed(0, text));
                continue;
            }
            let known = lock(&self.engine.breakpoints).find_function(&wish);
            let made = match known {
                Some(known) => Ok(known),
                None => {
                    let id = lock(&self.engine.breakpoints).next_id();
                    Kept::new(self.py, id, wish, 0, "", false).map(Arc::new)
                }
            };
            match made {
                Err(text) => placed.push(self.failed(0, text)),
                Ok(breakpoint) => {
                    placed.push(Placed {
                        id: breakpoint.id(),
                        line: 0,
                        verified: true,
                        problem: None,
                        message: None,
                    });
                    kept.push(breakpoint);
                }
            }
        }
        let old = lock(&self.engine.breakpoints).replace_functions(kept);
        drop(old);
        self.engine
            .refresh_by_client(self.py)
            .map_err(|error| self.refuse_error(&error))?;
        for placed in &placed {
            breakpoints.push(&placed.as_dap(None))?;
        }
        Ok(Outcome::Done)
    }
}

impl PythonDebuggee<'_> {
    /// The breakpoint for `wish`: the one that is there already, or a new one.
    fn keep(&self, key: &str, wish: Wish, line: u32, path: &str, pending: bool) -> Result<Arc<Kept>, String> {
        let known = lock(&self.engine.breakpoints).find(key, &wish, line);
        if let Some(known) = known {
            return Ok(known);
        }
        let id = lock(&self.engine.breakpoints).next_id();
        Kept::new(self.py, id, wish, line, path, pending).map(Arc::new)
    }

    fn failed(&self, line: u32, message: String) -> Placed {
        let id = lock(&self.engine.breakpoints).next_id();
        Placed {
            id,
            line,
            verified: false,
            problem: Some(BreakpointProblem::Failed),
            message: Some(message),
        }
    }
}

impl Placed {
    fn as_dap<'s>(&'s self, source: Option<Source<'s>>) -> Breakpoint<'s> {
        Breakpoint {
            id: Some(number(self.id)),
            verified: self.verified,
            message: self.message.as_deref().map(Text::plain),
            source,
            line: (self.line > 0).then_some(u64::from(self.line)),
            reason: self.problem,
            ..Breakpoint::default()
        }
    }
}

/// Whether `name` can be the (qualified) name of a function: identifiers joined by dots, also `<lambda>` and `<locals>`.
fn is_function_name(name: &str) -> bool {
    !name.is_empty()
        && name.split('.').all(|part| {
            let inner = part
                .strip_prefix('<')
                .and_then(|part| part.strip_suffix('>'))
                .unwrap_or(part);
            inner.starts_with(|first: char| first.is_alphabetic() || first == '_')
                && inner.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
        })
}
