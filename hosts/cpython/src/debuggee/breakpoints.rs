//! `setBreakpoints` and `setFunctionBreakpoints`.

use std::collections::BTreeMap;
use std::sync::Arc;

use dapstub::Failure;
use dapstub::debuggee::{Breakpoints, FunctionBreakpoints, LineBreakpoints, Outcome};
use dapstub::failure::id;
use dapstub::json::Text;
use dapstub::protocol::{
    Breakpoint, BreakpointProblem, SetBreakpointsArguments, SetFunctionBreakpointsArguments, Source,
};

use super::{PythonDebuggee, owned, stack::file_name};
use crate::breakpoints::{Asked, Breakpoint as Kept, Wish};
use crate::engine::{Session, lock};
use crate::events::number;
use crate::source_lines::{NO_CODE, SourceError, SourceLines};
use crate::source_maps;

/// What became of one wish.
struct Placed {
    id: i64,
    line: u32,
    verified: bool,
    problem: Option<BreakpointProblem>,
    message: Option<String>,
}

const IN_LIBRARY: &str = "this file belongs to a library, and \"justMyCode\" is true: set it to false to stop here";

const IN_RULES: &str = "this file is left out by \"rules\"";

/// debugpy's words, which clients know. Code with this name may still turn up, and then the client is told.
const MISSING: &str = "Breakpoint in file that does not exist.";

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
        let wishes = arguments.requested().map(|asked| Wish {
            line: u32::try_from(asked.line).unwrap_or(u32::MAX),
            function: String::new(),
            condition: asked.condition.map(owned),
            hit_condition: asked.hit_condition.map(owned),
            log_message: asked.log_message.map(owned),
        });
        let wishes = wishes.collect();
        let placed = self.place_all(session, key, path.clone(), wishes)?;
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
    /// Puts what was asked for in one of the client's files in the place of what was there before.
    fn place_all(
        &mut self,
        session: &Session,
        key: Arc<str>,
        path: String,
        wishes: Vec<Wish>,
    ) -> Result<Vec<Placed>, Failure> {
        let is_hidden = !self.engine.is_shown(session, &key);
        let knowledge = self.engine.knowledge().map_err(|error| self.refuse_error(&error))?;
        let lines = knowledge.source_lines.of(self.py, &key);
        let is_changed = lines.is_ok() && SourceLines::is_newer(&key, self.engine.begun);
        let before = lock(&self.engine.breakpoints).asked(&key).unwrap_or_default().files;
        // What was placed elsewhere before goes away there.
        let mut kept: BTreeMap<Arc<str>, Vec<Arc<Kept>>> =
            before.iter().map(|file| (Arc::clone(file), Vec::new())).collect();
        kept.entry(Arc::clone(&key)).or_default();
        let mut placed = Vec::new();
        for wish in &wishes {
            let (wish, wanted) = (wish.clone(), wish.line);
            if let Some((runtime, line)) = source_maps::to_program(&key, wanted) {
                let file = self.engine.paths.key(&runtime);
                match self.keep((&file, &before), wish, line, &path, false) {
                    Err(text) => placed.push(self.failed(wanted, text)),
                    Ok(breakpoint) => {
                        placed.push(Placed {
                            id: breakpoint.id(),
                            line: wanted,
                            verified: true,
                            problem: None,
                            message: None,
                        });
                        kept.entry(file).or_default().push(breakpoint);
                    }
                }
                continue;
            }
            if is_hidden {
                let why = if session.options.rules.include(&key).is_some() {
                    IN_RULES
                } else {
                    IN_LIBRARY
                };
                placed.push(self.failed(wanted, why.to_owned()));
                continue;
            }
            let (line, unsure) = match &lines {
                Ok(lines) => match lines.next_breakable(wanted) {
                    Some(line) => (line, None),
                    None => {
                        placed.push(self.failed(wanted, NO_CODE.to_owned()));
                        continue;
                    }
                },
                // Code may still carry this name: from another folder, an archive, or `exec`.
                Err(error) => (wanted, Some(error)),
            };
            match self.keep((&key, &before), wish, line, &path, unsure.is_some()) {
                Err(text) => placed.push(self.failed(wanted, text)),
                Ok(breakpoint) => {
                    let moved = (line != wanted).then(|| format!("moved from line {wanted}, which has no code"));
                    let remark = match (moved, is_changed.then_some(CHANGED)) {
                        (Some(moved), Some(changed)) => Some(format!("{moved}; {changed}")),
                        (moved, changed) => moved.or(changed.map(str::to_owned)),
                    };
                    let is_missing = matches!(unsure, Some(SourceError::Missing { .. }));
                    placed.push(Placed {
                        id: breakpoint.id(),
                        line,
                        verified: unsure.is_none(),
                        problem: unsure.filter(|_| !is_missing).map(|_| BreakpointProblem::Pending),
                        message: match unsure {
                            Some(_) if is_missing => Some(MISSING.to_owned()),
                            unsure => unsure.map(ToString::to_string).or(remark),
                        },
                    });
                    kept.entry(Arc::clone(&key)).or_default().push(breakpoint);
                }
            }
        }
        let files = kept.keys().cloned().collect();
        let old: Vec<_> = {
            let mut table = lock(&self.engine.breakpoints);
            table.remember(key, Asked { path, wishes, files });
            kept.into_iter()
                .map(|(file, set)| table.replace_file(file, set))
                .collect()
        };
        drop(old);
        let refreshed = self.engine.refresh_by_client(self.py);
        refreshed.map_err(|error| self.refuse_error(&error))?;
        Ok(placed)
    }

    /// Places anew what was asked for in the client's file with that canonical path, because it is executed elsewhere now.
    pub(super) fn place_again(&mut self, session: &Session, key: &Arc<str>) -> Result<(), Failure> {
        let asked = lock(&self.engine.breakpoints).asked(key);
        match asked {
            Some(asked) => self
                .place_all(session, Arc::clone(key), asked.path, asked.wishes)
                .map(drop),
            None => Ok(()),
        }
    }

    /// The breakpoint for `wish` in a file: the one that is there already, or a new one.
    ///
    /// One that stood in another of the files `before` keeps its number.
    fn keep(
        &self,
        (key, before): (&str, &[Arc<str>]),
        wish: Wish,
        line: u32,
        path: &str,
        pending: bool,
    ) -> Result<Arc<Kept>, String> {
        let known = lock(&self.engine.breakpoints).find(key, &wish, line);
        if let Some(known) = known {
            return Ok(known);
        }
        let id = {
            let mut table = lock(&self.engine.breakpoints);
            table.id_in(before, &wish).unwrap_or_else(|| table.next_id())
        };
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
