//! `source`, `loadedSources` and `breakpointLocations`: text that the client cannot read by itself, and where it has code.

use core::ops::RangeInclusive;
use std::borrow::Cow;
use std::path::Path;
use std::sync::{Arc, Mutex};

use dapstub::Failure;
use dapstub::debuggee::{
    BreakpointLocationList, BreakpointLocations, LoadedSources, Outcome, SourceContent, SourceText, Sources,
};
use dapstub::failure::id;
use dapstub::json::Text;
use dapstub::protocol::{
    BreakpointLocation, BreakpointLocationsArguments, LoadedSourcesArguments, Source, SourceArguments, SourceResponse,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::stack::file_name;
use super::{PythonDebuggee, owned};
use crate::engine::{Session, lock};
use crate::events::number;
use crate::modules;
use crate::program_paths::is_name;

/// The names under which code was compiled whose text is handed out; the number of each is its place, from 1. They stay,
/// so that a number means the same as long as the program runs.
static REFERENCES: Mutex<Vec<Arc<str>>> = Mutex::new(Vec::new());

/// The largest text that is handed out, in bytes.
const LARGEST: usize = 8 * 1024 * 1024;

/// How the client gets at the text of some code.
#[derive(Debug)]
pub(super) struct Place<'p> {
    /// Its path on the client's side, or a name such as `<string>`.
    pub(super) path: Cow<'p, str>,
    is_file: bool,
    /// The number to ask for it with; 0 where the client reads the file by itself, or nobody has the text.
    reference: i64,
}

impl Place<'_> {
    /// A file of the client's, by its own path for it.
    pub(super) fn of_client(path: String) -> Self {
        Self {
            path: Cow::Owned(path),
            is_file: true,
            reference: 0,
        }
    }

    /// As DAP has it.
    pub(super) fn as_dap(&self) -> Source<'_> {
        Source {
            name: Some(Text::plain(if self.is_file {
                file_name(&self.path)
            } else {
                &self.path
            })),
            // Names such as `<string>` stand there too, as with debugpy.
            path: Some(Text::plain(&self.path)),
            // A file that the client reads by itself is told so, as debugpy does.
            source_reference: (self.is_file || self.reference != 0).then(|| number(self.reference)),
            ..Source::default()
        }
    }
}

impl PythonDebuggee<'_> {
    /// Where the client finds the code that was compiled as `name`; `globals` are those of the code, if it is at hand.
    ///
    /// The client reads a file by itself if a path mapping leads to it, or if there are no mappings, which is how both
    /// sides see the same disk.
    pub(super) fn place<'p>(&self, session: &Session, name: &'p str, globals: Option<&Bound<'_, PyDict>>) -> Place<'p> {
        let path = session.options.path_mappings.to_local(name);
        let is_file = !is_name(name);
        let is_there = is_file && Path::new(name).is_file();
        let is_mapped = matches!(path, Cow::Owned(_)) || session.options.path_mappings.is_empty();
        let is_readable = is_there && is_mapped;
        // Without a file, somebody may still have the text: an importer, a notebook, `python -c`.
        let has_text = || is_there || is_known_text(self.py, name, globals).unwrap_or(false);
        let reference = if !is_readable && has_text() { reference(name) } else { 0 };
        Place {
            path,
            is_file,
            reference,
        }
    }

    /// The name under which the code of a source of the client's was compiled.
    fn compiled_name(&self, session: &Session, source: Option<&Source<'_>>, reference: i32) -> Result<String, Failure> {
        let reference = match source.and_then(|source| source.source_reference) {
            Some(within) if within > 0 => within,
            _ => reference,
        };
        if reference > 0 {
            let index = usize::try_from(reference).unwrap_or(0).wrapping_sub(1);
            let name = lock(&REFERENCES).get(index).cloned();
            let unknown = || Failure::format(id::BAD_ARGUMENTS, format_args!("no source has the number {reference}"));
            return name.map(|name| name.to_string()).ok_or_else(unknown);
        }
        let path = source.and_then(|source| source.path).map(owned);
        let path = path.filter(|path| !path.is_empty());
        let path = path.ok_or_else(|| {
            Failure::new(
                id::BAD_ARGUMENTS,
                "Source unavailable: expected arguments.source with a path, or a sourceReference above 0",
            )
        })?;
        Ok(session.options.path_mappings.to_remote(&path).into_owned())
    }
}

/// The number of a name.
fn reference(name: &str) -> i64 {
    let mut known = lock(&REFERENCES);
    let index = known.iter().position(|other| **other == *name).unwrap_or_else(|| {
        known.push(name.into());
        known.len() - 1
    });
    i64::try_from(index + 1).unwrap_or(0)
}

/// Whether Python has the text of some code for a traceback, or can ask the importer that brought it. Next to nothing
/// runs for it, so that a stack can be listed without letting go of the program.
fn is_known_text(py: Python<'_>, name: &str, globals: Option<&Bound<'_, PyDict>>) -> PyResult<bool> {
    // Whoever makes the text of a name known has to have loaded it; an importer need not.
    let linecache = match modules::loaded(py, "linecache")? {
        Some(linecache) => linecache,
        None if is_name(name) => return Ok(false),
        None => modules::import(py, "linecache")?,
    };
    if linecache.getattr("cache")?.contains(name)? {
        return Ok(true);
    }
    match globals {
        Some(globals) if !is_name(name) => linecache.call_method1("lazycache", (name, globals))?.extract(),
        _ => Ok(false),
    }
}

/// The lines of some code, from wherever Python itself takes them for a traceback.
fn lines_of(py: Python<'_>, name: &str) -> PyResult<Vec<String>> {
    modules::import(py, "linecache")?
        .call_method1("getlines", (name,))?
        .extract()
}

impl SourceText for PythonDebuggee<'_> {
    fn source(&mut self, arguments: &SourceArguments<'_>, answer: &mut SourceContent<'_>) -> Result<Outcome, Failure> {
        let session = self.session()?;
        let name = self.compiled_name(session, arguments.source.as_ref(), arguments.source_reference)?;
        // A file may have changed since Python looked at it for a traceback.
        let checked =
            modules::import(self.py, "linecache").and_then(|cache| cache.call_method1("checkcache", (&name,)));
        let lines = checked.and_then(|_| lines_of(self.py, &name));
        let text = lines.map_err(|error| self.refuse_error(&error))?.concat();
        if text.is_empty() {
            return Err(self.refuse(format!("{name}: the program has no text of it")));
        }
        if text.len() > LARGEST {
            return Err(self.refuse(format!("{name}: {} bytes are too many to be sent", text.len())));
        }
        answer.give(&SourceResponse {
            content: Text::plain(&text),
            mime_type: Some(Text::plain("text/x-python")),
        })?;
        Ok(Outcome::Done)
    }
}

impl LoadedSources for PythonDebuggee<'_> {
    /// The files of the modules that are loaded now, and the texts that frames have referred to.
    fn loaded_sources(
        &mut self,
        _arguments: &LoadedSourcesArguments,
        sources: &mut Sources<'_>,
    ) -> Result<Outcome, Failure> {
        let session = self.session()?;
        let loaded = super::modules::loaded(self.py).map_err(|error| self.refuse_error(&error))?;
        let mut files: Vec<String> = loaded.into_iter().filter_map(|module| module.file).collect();
        files.retain(|file| file.ends_with(".py") || file.ends_with(".pyw"));
        files.extend(lock(&REFERENCES).iter().map(|name| name.to_string()));
        files.sort_unstable();
        files.dedup();
        for file in files.iter().filter(|file| !self.engine.is_own_file(file)) {
            let place = self.place(session, file, None);
            sources.push(&place.as_dap())?;
        }
        Ok(Outcome::Done)
    }
}

impl BreakpointLocations for PythonDebuggee<'_> {
    fn breakpoint_locations(
        &mut self,
        arguments: &BreakpointLocationsArguments<'_>,
        locations: &mut BreakpointLocationList<'_>,
    ) -> Result<Outcome, Failure> {
        let session = self.session()?;
        let name = self.compiled_name(session, Some(&arguments.source), 0)?;
        let key = self.engine.paths.key(&name);
        let knowledge = self.engine.knowledge().map_err(|error| self.refuse_error(&error))?;
        let lines = knowledge.source_lines.of(self.py, &key);
        let lines = lines.map_err(|error| self.refuse(error.to_string()))?;
        for line in lines.within(range(arguments.line, arguments.end_line)) {
            locations.push(&BreakpointLocation {
                line: u64::from(line),
                ..BreakpointLocation::default()
            })?;
        }
        Ok(Outcome::Done)
    }
}

/// The lines that are meant, where the last may be left out.
fn range(first: u64, last: Option<u64>) -> RangeInclusive<u32> {
    let line = |line: u64| u32::try_from(line).unwrap_or(u32::MAX);
    line(first)..=line(last.unwrap_or(first))
}
