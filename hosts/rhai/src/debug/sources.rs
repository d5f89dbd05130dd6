//! Scripts as the client knows them.

use std::path::Path;
use std::sync::Arc;

use dapstub::protocol::Source;
use dapstub_host::PathMappings;

use crate::rules::{Rule, Rules};

/// A source, with the text that [`Source`] borrows.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    name: String,
    path: String,
}

impl Script {
    /// The file at `path`, under the client's path for it.
    pub(crate) fn new(path: &Path, mappings: &PathMappings) -> Self {
        let name = path.file_name().unwrap_or_default();
        Self {
            name: name.to_string_lossy().into_owned(),
            path: mappings.to_local(&path.to_string_lossy()).into_owned(),
        }
    }

    /// The same as the protocol has it.
    pub(crate) fn source(&self) -> Source<'_> {
        Source {
            name: Some(self.name.as_str().into()),
            path: Some(self.path.as_str().into()),
            ..Default::default()
        }
    }
}

/// Returns the path on this side for one that the client sent.
pub(crate) fn remote(path: &str, mappings: &PathMappings) -> std::path::PathBuf {
    let path = mappings.to_remote(path);
    let path = Path::new(&*path);
    // Links are resolved, as they were when the rules were loaded.
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Returns the rule that was read from this file.
pub(crate) fn rule_at<'r>(rules: &'r Rules, path: &Path) -> Option<&'r Arc<Rule>> {
    rules.values().find(|rule| rule.path == path)
}
