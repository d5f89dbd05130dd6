//! Plays the client's side of a recorded conversation, and compares what comes back.
//!
//! Numbers that a server chooses (sequence, frame, reference, thread, breakpoint and process ids) are translated from the
//! recording to what this server chose; paths by their folder. Compared is what a user would see: who stops where and why,
//! with which stack, names, types and values; and that it comes in the recorded order.

mod compare;
pub mod differences;
mod extras;
mod printed;
mod talk;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::Program;
use talk::Talk;

/// A recording being played.
pub struct Replay<'p> {
    program: &'p mut Program,
    /// `/app` in the recording, and what stands for it here.
    folder: String,
    /// The connections by their recorded numbers: a child process has one of its own beside that of its parent.
    talks: BTreeMap<i64, Talk>,
    /// Recorded numbers of processes, and ours.
    processes: HashMap<i64, i64>,
}

impl<'p> Replay<'p> {
    /// Prepares to play against a program in `folder`.
    pub fn new(program: &'p mut Program, folder: &Path) -> Self {
        Self {
            program,
            folder: folder.to_string_lossy().into_owned(),
            talks: BTreeMap::new(),
            processes: HashMap::new(),
        }
    }

    /// Plays the recording to its end, or to the note that contains `until`. `at` is told each note, each command that is
    /// sent and each `stopped` that is waited for, before that takes effect, and may act on the program.
    ///
    /// # Panics
    ///
    /// At the first difference that isn't listed, with the line of the recording.
    pub fn play(mut self, path: &Path, until: Option<&str>, mut at: impl FnMut(&str, &mut Program)) {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("can't read {}: {error}", path.display()));
        let mut ended = until.is_none();
        for (index, line) in text.lines().enumerate() {
            let record: Value = serde_json::from_str(line).expect("a line of a recording is JSON");
            if let Some(note) = record["note"].as_str() {
                if until.is_some_and(|until| note.contains(until)) {
                    ended = true;
                    break;
                }
                at(note, self.program);
                self.note(record["conn"].as_i64(), note);
                continue;
            }
            let message = &record["msg"];
            if record["dir"] == "c2s" && message["type"] == "request" {
                at(message["command"].as_str().unwrap_or_default(), self.program);
            } else if message["event"] == "stopped" {
                at("stopped", self.program);
            }
            let number = record["conn"].as_i64().expect("a message is of a connection");
            let talk = self.talks.get_mut(&number).expect("the recording connects first");
            talk.line = index + 1;
            match (record["dir"].as_str(), message["type"].as_str()) {
                (Some("c2s"), Some("request")) => talk.send(message, &self.processes),
                (Some("s2c"), Some("response")) => talk.response(message),
                (Some("s2c"), Some("event")) => talk.event(message, &mut self.processes),
                (Some("s2c"), Some("request")) => talk.asked(message, &mut self.processes),
                (Some("c2s"), Some("response")) => talk.answer(message),
                _ => panic!("line {}: neither request, response nor event: {line}", index + 1),
            }
        }
        assert!(ended, "no note says {until:?}");
        for (_, talk) in self.talks {
            talk.finish();
        }
    }

    fn note(&mut self, number: Option<i64>, note: &str) {
        let Some(number) = number else { return };
        match note {
            "tcp connected" => {
                let talk = Talk::new(self.program.connect(), &self.folder, self.program.address().port());
                self.talks.insert(number, talk);
            }
            "the client drops the connection while the program is stopped" => {
                if let Some(talk) = self.talks.remove(&number) {
                    talk.drop_connection();
                }
            }
            "tcp closed by the other side or locally" => {
                if let Some(talk) = self.talks.remove(&number) {
                    talk.finish();
                }
            }
            _ => {}
        }
    }
}
