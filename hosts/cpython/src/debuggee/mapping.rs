//! `setPydevdSourceMap`: which lines of a file are executed under which name.

use dapstub::Failure;
use dapstub::failure::id;
use dapstub::session::Request;
use serde_json::Value;

use super::PythonDebuggee;
use super::custom::{members, unexpected};
use crate::source_maps::{self, Part};

impl PythonDebuggee<'_> {
    /// Replaces what is known of a file; its breakpoints move to where its lines are executed now.
    pub(super) fn map_source(&mut self, request: &Request<'_>) -> Result<(), Failure> {
        let session = self.session()?;
        let members = members(request)?;
        let path = text(
            "source.path",
            members.get("source").and_then(|source| source.get("path")),
        )?;
        let parts = match members.get("pydevdSourceMaps") {
            Some(Value::Array(parts)) => parts,
            Some(other) => return Err(unexpected("pydevdSourceMaps", "an array", other)),
            None => return Err(missing("pydevdSourceMaps")),
        };
        let parts = parts.iter().enumerate().map(|(index, part)| {
            let name = |member: &str| format!("pydevdSourceMaps[{index}].{member}");
            let line = |member: &str| number(&name(member), part.get(member));
            let runtime = part.get("runtimeSource").and_then(|source| source.get("path"));
            Ok(Part {
                line: line("line")?,
                end_line: line("endLine")?,
                runtime: text(&name("runtimeSource.path"), runtime)?.to_owned(),
                runtime_line: line("runtimeLine")?,
            })
        });
        let parts = parts.collect::<Result<Vec<_>, Failure>>()?;
        let key = self.engine.paths.key(&session.options.path_mappings.to_remote(path));
        source_maps::set(&key, path, parts).map_err(|text| self.refuse(text))?;
        self.place_again(session, &key)
    }
}

fn missing(name: &str) -> Failure {
    Failure::format(id::BAD_ARGUMENTS, format_args!("arguments.{name} is missing"))
}

fn text<'v>(name: &str, value: Option<&'v Value>) -> Result<&'v str, Failure> {
    match value {
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(unexpected(name, "a string", other)),
        None => Err(missing(name)),
    }
}

fn number(name: &str, value: Option<&Value>) -> Result<u32, Failure> {
    let value = value.ok_or_else(|| missing(name))?;
    let line = value.as_u64().and_then(|line| u32::try_from(line).ok());
    line.ok_or_else(|| unexpected(name, "a line's number", value))
}
