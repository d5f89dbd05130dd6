//! Which lines of a program are reached, and how often, as the interpreter itself tells without a debugger.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::interpreters::Python;
use crate::program::{Launch, Start};
use crate::source::Source;

/// How often each line was reached, by file name.
pub type Counts = BTreeMap<String, BTreeMap<i64, u64>>;

/// One line as it was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// The file's name, without its folder.
    pub file: String,
    /// The line, counted from 1.
    pub line: i64,
    /// The number of its frame: the module's is 1.
    pub frame: i64,
    /// The number of the frame of the program from which that was called or resumed, 0 without one.
    pub caller: i64,
}

/// What the interpreter counts by itself in the program at `path` and the files beside it, and the lines in the order in
/// which they were reached; that is empty where they are more than 10,000.
///
/// # Panics
///
/// When the program fails.
pub fn reference(python: &Python, path: &Path) -> (Counts, Vec<Reached>) {
    let counter = Source::program("line_counts.py").path;
    let output = Launch::file(&counter, Start::Plain).args([path]).run(python);
    assert!(
        output.status.success(),
        "{} on {python}: {}",
        path.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let last: Value = serde_json::from_str(text.lines().last().unwrap_or_default()).expect("a line of JSON at the end");
    let mut counts = Counts::new();
    for (file, lines) in last["counts"].as_object().into_iter().flatten() {
        let lines = lines.as_object().into_iter().flatten();
        let number = |(line, count): (&String, &Value)| Some((line.parse().ok()?, count.as_u64()?));
        counts.insert(file.clone(), lines.filter_map(number).collect());
    }
    let order = last["order"].as_array().into_iter().flatten();
    let reached = |place: &Value| {
        Some(Reached {
            file: place[0].as_str()?.to_owned(),
            line: place[1].as_i64()?,
            frame: place[2].as_i64()?,
            caller: place[3].as_i64()?,
        })
    };
    (counts, order.filter_map(reached).collect())
}
