//! The debuggees under `tests/programs`, and places in them named by comments instead of numbers.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// One Python file whose lines carry markers: a marker is the text of the comment that ends a line.
#[derive(Debug, Clone)]
pub struct Source {
    /// Where the file is.
    pub path: PathBuf,
    lines: Vec<String>,
}

impl Source {
    /// Reads `tests/programs/<name>`.
    ///
    /// # Panics
    ///
    /// When there is no such file.
    pub fn program(name: &str) -> Self {
        Self::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("programs").join(name))
    }

    /// Reads the file at `path`.
    ///
    /// # Panics
    ///
    /// When it can't be read.
    pub fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("can't read {}: {error}", path.display()));
        Self {
            path: path.to_owned(),
            lines: text.lines().map(str::to_owned).collect(),
        }
    }

    /// The line, counted from 1, that ends with the comment `marker`.
    ///
    /// # Panics
    ///
    /// When there is none, or more than one.
    pub fn line(&self, marker: &str) -> i64 {
        let found: Vec<usize> = (0..self.lines.len())
            .filter(|&at| marker_of(&self.lines[at]) == marker)
            .collect();
        assert!(
            found.len() == 1,
            "{} lines of {} are marked {marker:?}",
            found.len(),
            self.path.display()
        );
        found[0] as i64 + 1
    }

    /// The marker of that line, counted from 1; empty where there is none.
    pub fn marker(&self, line: i64) -> &str {
        self.lines.get(line as usize - 1).map_or("", |text| marker_of(text))
    }

    /// How many lines it has.
    pub fn line_count(&self) -> i64 {
        self.lines.len() as i64
    }

    /// The `source` that an editor sends for this file.
    pub fn descriptor(&self) -> Value {
        json!({"name": self.path.file_name().map(|name| name.to_string_lossy()), "path": self.path})
    }
}

fn marker_of(line: &str) -> &str {
    line.rsplit_once("# ").map_or("", |(_, marker)| marker.trim_end())
}
