//! The argument `rules` of `attach`: which files and modules are shown and which are passed over, whatever
//! `justMyCode` says.
//!
//! A rule names a folder, a file, a glob (`**/tests/*.py`) or a module with all that is below it. Of several that fit,
//! folders and files come before globs, and globs before modules; the longest folder and the longest module win, and
//! the glob that stands first.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use glob::{MatchOptions, Pattern};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule, PyString};
use serde_json::{Map, Value};

use crate::attach::kind;
use crate::engine::lock;
use crate::program_paths::is_name;

/// Globs as debugpy reads them: `*` stays within one folder, `**` goes through any number of them.
const GLOBS: MatchOptions = MatchOptions {
    case_sensitive: !cfg!(windows),
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// The rules of a session.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    paths: Vec<(Pattern, bool)>,
    modules: Vec<(String, bool)>,
    /// What was found for a file; a session asks again and again about the same ones.
    known: Mutex<HashMap<Box<str>, Option<bool>>>,
}

impl Rules {
    /// Reads them from the arguments.
    ///
    /// # Errors
    ///
    /// A sentence: which rule is wrong, and what was expected.
    pub(crate) fn read(members: &Map<String, Value>) -> Result<Self, String> {
        let list = match members.get("rules") {
            None | Some(Value::Null) => return Ok(Self::default()),
            Some(Value::Array(list)) => list,
            Some(other) => return Err(format!("arguments.rules: expected an array, found {}", kind(other))),
        };
        let (mut folders, mut globs, mut modules) = (Vec::new(), Vec::new(), Vec::new());
        for (index, rule) in list.iter().enumerate() {
            let at = format!("arguments.rules[{index}]");
            let include = match rule.get("include") {
                Some(Value::Bool(include)) => *include,
                Some(other) => return Err(format!("{at}.include: expected true or false, found {}", kind(other))),
                None if rule.is_object() => return Err(format!("{at}.include is missing")),
                None => return Err(format!("{at}: expected an object, found {}", kind(rule))),
            };
            let text = |name: &str| match rule.get(name) {
                None | Some(Value::Null) => Ok(None),
                Some(Value::String(text)) => Ok(Some(text.as_str())),
                Some(other) => Err(format!("{at}.{name}: expected a string, found {}", kind(other))),
            };
            match (text("path")?, text("module")?) {
                (Some(path), _) if path.contains(['*', '?']) => {
                    let pattern = compiled(path).map_err(|error| format!("{at}.path: {error}"))?;
                    globs.push((pattern, include));
                }
                (Some(path), _) => folders.push((path, include)),
                (None, Some(module)) => modules.push((module.to_owned(), include)),
                (None, None) => return Err(format!("{at}: expected \"path\" or \"module\"")),
            }
        }
        folders.sort_by_key(|(path, _)| core::cmp::Reverse(path.len()));
        modules.sort_by_key(|(name, _)| core::cmp::Reverse(name.len()));
        let mut paths = Vec::new();
        for (path, include) in folders {
            let mut text = Pattern::escape(path);
            if Path::new(path).is_dir() {
                text = format!("{}/**", text.trim_end_matches(['/', '\\']));
            }
            paths.push((
                compiled(&text).map_err(|error| format!("arguments.rules: {error}"))?,
                include,
            ));
        }
        paths.extend(globs);
        Ok(Self {
            paths,
            modules,
            known: Mutex::default(),
        })
    }

    /// Whether code of `file` (a `co_filename`) is shown; `None` when no rule says anything about it.
    pub(crate) fn include(&self, file: &str) -> Option<bool> {
        if self.paths.is_empty() && self.modules.is_empty() {
            return None;
        }
        if let Some(known) = lock(&self.known).get(file) {
            return *known;
        }
        let found = self.by_path(file).or_else(|| self.by_module(file));
        lock(&self.known).insert(file.into(), found);
        found
    }

    fn by_path(&self, file: &str) -> Option<bool> {
        if is_name(file) {
            return None;
        }
        let path = std::path::absolute(file).unwrap_or_else(|_| PathBuf::from(file));
        let path = path.to_string_lossy();
        let path = path.trim_start_matches('/');
        let mut fitting = self
            .paths
            .iter()
            .filter(|(pattern, _)| pattern.matches_with(path, GLOBS));
        fitting.next().map(|(_, include)| *include)
    }

    fn by_module(&self, file: &str) -> Option<bool> {
        if self.modules.is_empty() {
            return None;
        }
        let name = Python::attach(|py| module_of(py, file)).ok().flatten()?;
        let fits = |module: &str| {
            let rest = name.strip_prefix(module);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let mut fitting = self.modules.iter().filter(|(module, _)| fits(module));
        fitting.next().map(|(_, include)| *include)
    }
}

/// Both sides go without the slash at which absolute paths begin.
fn compiled(path: &str) -> Result<Pattern, glob::PatternError> {
    Pattern::new(path.trim_start_matches('/'))
}

/// The name of the module whose code comes from `file`: one that is loaded, or one that could be from there.
fn module_of(py: Python<'_>, file: &str) -> PyResult<Option<Arc<str>>> {
    let sys = crate::modules::sys(py)?;
    let loaded = sys.getattr("modules")?.cast_into::<PyDict>()?;
    for (name, module) in loaded.iter() {
        let (Ok(name), Ok(module)) = (name.cast::<PyString>(), module.cast::<PyModule>()) else {
            continue;
        };
        let from = module.dict().get_item("__file__")?;
        let from = from.as_ref().and_then(|from| from.cast::<PyString>().ok());
        if from.is_some_and(|from| from.to_string_lossy() == file) {
            return Ok(Some(name.to_string_lossy().into()));
        }
    }
    // Not loaded to the end yet.
    let roots = sys.getattr("path")?.try_iter()?.flatten();
    let roots = roots.filter_map(|root| root.extract::<PathBuf>().ok());
    let below = roots.filter_map(|root| Path::new(file).strip_prefix(root).ok().map(Path::to_path_buf));
    let shortest = below.min_by_key(|rest| rest.components().count());
    Ok(shortest.map(|rest| {
        let parts = rest.with_extension("");
        let mut parts: Vec<_> = parts.iter().map(|part| part.to_string_lossy()).collect();
        if parts.last().is_some_and(|last| last == "__init__") {
            parts.pop();
        }
        parts.join(".").into()
    }))
}
