//! What the program itself prints: debugpy sends piece by piece, ours whole lines, and how many there are is a matter of time.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::talk::Talk;
use crate::client::Client;
use crate::deadline;

/// What the recording has so far.
#[derive(Default)]
pub(super) struct Printed {
    /// By category, what is no whole line yet.
    pieces: HashMap<String, String>,
    /// Category and line. When each comes is a matter of time; that it came shows when the connection ends.
    owed: BTreeSet<(String, String)>,
}

impl Printed {
    /// Whether there is something of that category.
    pub(super) fn has(&self, category: &str) -> bool {
        self.pieces.contains_key(category)
    }
}

impl Talk {
    /// Compares a recorded `output` of a standard stream.
    pub(super) fn output(&mut self, body: &Value) {
        let (category, piece) = (
            body["category"].as_str().unwrap_or_default(),
            body["output"].as_str().unwrap_or_default(),
        );
        // debugpy sends the line of a log point in one piece, and `print` in several.
        if piece.ends_with('\n') && piece.lines().count() == 1 && piece.len() > 1 && category == "stdout" {
            let text = piece.trim_end();
            let wanted = |ours: &Value| ours["output"].as_str().is_some_and(|output| output.contains(text));
            let ours = self.client().wait_event("output", wanted);
            self.keeps_order(&ours);
            return;
        }
        let text = self.printed.pieces.entry(category.to_owned()).or_default();
        text.push_str(piece);
        let Some(end) = text.rfind('\n') else { return };
        let rest = text.split_off(end + 1);
        for line in core::mem::replace(text, rest).lines() {
            let line = steady(&line.replace("/app", &self.folder));
            if !line.is_empty() {
                self.printed.owed.insert((category.to_owned(), line));
            }
        }
    }

    /// Everything that the recording has was printed here.
    pub(super) fn is_all_printed(&self, client: &Client) {
        for (category, line) in &self.printed.owed {
            let found = deadline::poll(|| is_printed(client, category, line).then_some(()));
            let text = format!("line {}: {line:?} isn't printed on {category}", self.line);
            assert!(found.is_some(), "{}", client.report(&text));
        }
    }
}

/// A line without what depends on the time (how often the program has gone round) and on the version (marks below the
/// line of a traceback).
fn steady(line: &str) -> String {
    if line.trim_start().starts_with(['~', '^']) {
        return String::new();
    }
    match line.split_once(' ') {
        Some((word, number)) if number.parse::<u64>().is_ok() => format!("{word} "),
        _ => line.to_owned(),
    }
}

fn is_printed(client: &Client, category: &str, wanted: &str) -> bool {
    let mut text = String::new();
    for message in client.seen() {
        let body = &message["body"];
        if message["event"] == "output" && body["category"] == category {
            text.push_str(body["output"].as_str().unwrap_or_default());
        }
    }
    text.lines()
        .any(|line| line == wanted || wanted.ends_with(' ') && line.starts_with(wanted))
}
