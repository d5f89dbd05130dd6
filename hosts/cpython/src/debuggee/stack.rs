//! `threads`, `stackTrace` and `scopes`.

use dapstub::Failure;
use dapstub::debuggee::{Frames, Outcome, Scopes, Threads};
use dapstub::json::Text;
use dapstub::protocol::{
    ModuleId, Scope, ScopePresentationHint, ScopesArguments, StackFrame, StackFramePresentationHint,
    StackTraceArguments, Thread,
};
use pyo3::types::PyDictMethods;

use super::PythonDebuggee;
use crate::events::number;
use crate::inspect::{frame_globals, frame_view};
use crate::stack::{self, Entry};
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

    /// The stack of a thread of the stopped program.
    pub(super) fn stack_of(&mut self, ident: u64) -> Result<Vec<Entry>, Failure> {
        let stop = self.engine.stops.current().ok_or_else(Failure::not_stopped)?;
        if stop.ident == ident {
            return Ok(stop.stack.iter().map(|entry| entry.clone_ref(self.py)).collect());
        }
        threads::current_frames(self.py)
            .and_then(|frames| frames.get_item(ident))
            .and_then(|innermost| stack::walk(self.engine, innermost))
            .map_err(|error| self.refuse_error(&error))
    }

    pub(super) fn list_frames(
        &mut self,
        arguments: &StackTraceArguments,
        list: &mut Frames<'_>,
    ) -> Result<Outcome, Failure> {
        let session = self.session()?;
        if self.engine.stops.current().is_none() {
            return Err(Failure::not_stopped());
        }
        let ident = self.ident(i64::from(arguments.thread_id))?;
        let entries = self.stack_of(ident)?;
        list.set_total(u32::try_from(entries.len()).unwrap_or(u32::MAX));
        for entry in entries.iter().skip(arguments.skip()).take(arguments.take()) {
            let frame = entry.frame.bind(self.py);
            let view = frame_view(frame).map_err(|error| self.refuse_error(&error))?;
            let globals = frame_globals(frame);
            let place = self.place(session, &view.path, globals.as_ref());
            let module = globals.and_then(|globals| self.tell_module(session, &globals, &view.path));
            let is_library = self.engine.is_library(&view.path);
            list.push(&StackFrame {
                id: number(self.engine.inspection.frame_id(frame)),
                name: Text::plain(&view.name),
                source: Some(place.as_dap()),
                module_id: module.as_deref().map(|name| ModuleId::Text(Text::plain(name))),
                line: u64::from(entry.line),
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
        Ok(Outcome::Done)
    }
}

/// The last component of a path of either kind of system.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}
