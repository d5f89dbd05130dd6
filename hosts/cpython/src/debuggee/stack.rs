//! `threads`, `stackTrace` and `scopes`.

use dapstub::Failure;
use dapstub::debuggee::{Frames, Outcome, Scopes, Threads};
use dapstub::json::Text;
use dapstub::protocol::{
    ModuleId, Scope, ScopePresentationHint, ScopesArguments, StackFrame, StackFrameFormat, StackFramePresentationHint,
    StackTraceArguments, Thread,
};
use pyo3::types::PyDictMethods;

use super::PythonDebuggee;
use super::sources::Place;
use crate::asyncio;
use crate::causes;
use crate::engine::Session;
use crate::events::number;
use crate::inspect::{frame_globals, frame_view};
use crate::source_maps;
use crate::stack::{self, Entry, Row};
use crate::threads;

impl PythonDebuggee<'_> {
    pub(super) fn list_threads(&mut self, list: &mut Threads<'_>) -> Result<Outcome, Failure> {
        let (threads, _) = self
            .engine
            .threads
            .list(self.py, self.engine.stops.stopped_thread())
            .map_err(|error| self.refuse_error(&error))?;
        for thread in &threads {
            list.push(&Thread {
                id: number(thread.id),
                name: Text::plain(&thread.name),
            })?;
        }
        Ok(Outcome::Done)
    }

    /// The stack of a thread of the program, which is stopped, some of its threads at least.
    pub(super) fn stack_of(&mut self, ident: u64) -> Result<Vec<Entry>, Failure> {
        if !self.engine.is_any_stopped() {
            return Err(Failure::not_stopped());
        }
        if let Some(stop) = self.engine.stop_of(ident) {
            return Ok(stop.stack.iter().map(|entry| entry.clone_ref(self.py)).collect());
        }
        threads::current_frames(self.py)
            .and_then(|frames| frames.get_item(ident))
            .and_then(|innermost| stack::walk(self.engine, innermost))
            .map_err(|error| self.refuse_error(&error))
    }

    /// Takes out the frames of code that the user does not want to see, unless nothing else is there.
    fn leave_out_hidden(&self, session: &Session, rows: &mut Vec<Row>) {
        let is_shown = |entry: &Entry| {
            let file = stack::file_of(entry.frame.bind(self.py));
            file.is_ok_and(|file| self.engine.is_shown_in_stack(session, &file))
        };
        if rows
            .iter()
            .any(|row| matches!(row, Row::Frame { entry, below: None } if is_shown(entry)))
        {
            rows.retain(|row| match row {
                Row::Frame { entry, .. } => is_shown(entry),
                Row::Label { .. } => true,
            });
        }
    }

    pub(super) fn list_frames(
        &mut self,
        arguments: &StackTraceArguments,
        list: &mut Frames<'_>,
    ) -> Result<Outcome, Failure> {
        let session = self.session()?;
        if !self.engine.is_any_stopped() {
            return Err(Failure::not_stopped());
        }
        let ident = self.ident(i64::from(arguments.thread_id))?;
        let mut rows = asyncio::continue_stack(self.engine, self.py, self.stack_of(ident)?);
        let stop = self.engine.stop_of(ident);
        if let Some(raised) = stop.as_ref().and_then(|stop| stop.raised.as_ref()) {
            let led = causes::rows(self.engine, raised.exception.bind(self.py));
            rows.extend(led.map_err(|error| self.refuse_error(&error))?);
        }
        self.leave_out_hidden(session, &mut rows);
        list.set_total(u32::try_from(rows.len()).unwrap_or(u32::MAX));
        for row in rows.iter().skip(arguments.skip()).take(arguments.take()) {
            let (entry, below) = match row {
                Row::Frame { entry, below } => (entry, below),
                Row::Label { text, about } => {
                    list.push(&StackFrame {
                        id: number(self.engine.inspection.label_id(about.bind(self.py))),
                        name: Text::plain(text),
                        presentation_hint: Some(StackFramePresentationHint::Label),
                        ..StackFrame::default()
                    })?;
                    continue;
                }
            };
            let frame = entry.frame.bind(self.py);
            let view = frame_view(frame).map_err(|error| self.refuse_error(&error))?;
            let globals = frame_globals(frame);
            let (place, line) = match source_maps::to_client(&view.path, entry.line) {
                Some((path, line)) => (Place::of_client(path), line),
                None => (self.place(session, &view.path, globals.as_ref()), entry.line),
            };
            let module = globals.and_then(|globals| self.tell_module(session, &globals, &view.path));
            let is_library = self.engine.is_library(&view.path);
            let name = match arguments.format {
                Some(format) => formatted(format, &view.name, module.as_deref(), line, &view.path),
                None => view.name,
            };
            list.push(&StackFrame {
                id: number(match below {
                    None => self.engine.inspection.frame_id(frame),
                    Some(about) => self.engine.inspection.frame_id_below(frame, about.bind(self.py)),
                }),
                name: Text::plain(&name),
                source: Some(place.as_dap()),
                module_id: module.as_deref().map(|name| ModuleId::Text(Text::plain(name))),
                line: u64::from(line),
                column: 1,
                presentation_hint: is_library.then_some(StackFramePresentationHint::Subtle),
                ..StackFrame::default()
            })?;
        }
        Ok(Outcome::Done)
    }

    pub(super) fn list_scopes(
        &mut self,
        arguments: &ScopesArguments,
        list: &mut Scopes<'_>,
    ) -> Result<Outcome, Failure> {
        let id = i64::from(arguments.frame_id);
        if self.engine.inspection.is_label(self.py, id) {
            return Ok(Outcome::Done);
        }
        let scopes = self
            .engine
            .inspection
            .scopes(self.py, id)
            .map_err(|error| self.refuse(error.to_string()))?;
        for scope in scopes {
            list.push(&Scope {
                name: Text::plain(scope.name),
                presentation_hint: scope.presentation_hint.map(|_| ScopePresentationHint::Locals),
                variables_reference: number(scope.reference),
                expensive: false,
                ..Scope::default()
            })?;
        }
        // Last, because some clients take the first two for locals and globals.
        if let Some(module) = asyncio::module_in_use(self.py) {
            list.push(&Scope {
                name: Text::plain("Tasks"),
                variables_reference: number(self.engine.inspection.tasks(&module)),
                expensive: true,
                ..Scope::default()
            })?;
        }
        Ok(Outcome::Done)
    }
}

/// The name of a frame with what the client wants to have in it: the module, the line.
fn formatted(format: StackFrameFormat, name: &str, module: Option<&str>, line: u32, path: &str) -> String {
    let mut text = match (format.module, module.filter(|module| !module.is_empty())) {
        (false, _) => name.to_owned(),
        (true, Some(module)) if name == MODULE => module.to_owned(),
        (true, Some(module)) => format!("{module}.{name}"),
        (true, None) => {
            let file = file_name(path);
            let stem = file.strip_suffix(".py").unwrap_or(file);
            if name == MODULE {
                format!("{name} in {stem}")
            } else {
                format!("{stem}.{name}")
            }
        }
    };
    if format.line {
        text.push_str(&format!(" : {line}"));
    }
    text
}

/// What the code of a module is called.
const MODULE: &str = "<module>";

/// The last component of a path of either kind of system.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}
