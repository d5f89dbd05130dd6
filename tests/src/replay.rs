//! Plays the client's side of a recorded conversation, and compares what comes back.
//!
//! Numbers that a server chooses (sequence, frame, reference, thread and breakpoint ids) are translated from the recording
//! to what this server chose; paths by their folder. Compared is what a user would see: who stops where and why, with which
//! stack, names, types and values; and that it comes in the recorded order.

mod compare;
pub mod differences;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::client::Client;
use crate::program::Program;

/// A recording being played.
pub struct Replay<'p> {
    program: &'p mut Program,
    client: Option<Client>,
    /// `/app` in the recording, and what stands for it here.
    folder: String,
    /// Recorded number of a request, and ours.
    seqs: HashMap<i64, i64>,
    requests: HashMap<i64, Value>,
    answered: HashSet<i64>,
    ids: Ids,
    /// A pause lands anywhere: until the program goes on, places aren't compared.
    anywhere: bool,
    /// The innermost frame of the next stack is where a function breakpoint stopped.
    at_function: bool,
    /// The place of the last stop on this connection.
    stopped: Option<i64>,
    /// The innermost frame of the next stack called `breakpoint()`.
    at_call: bool,
    /// The program has ended: its process may take the stream with it at any moment.
    ended: bool,
    /// The place of the last message that the order is kept by.
    last: i64,
    line: usize,
}

#[derive(Default)]
struct Ids {
    frames: HashMap<i64, i64>,
    references: HashMap<i64, i64>,
    threads: HashMap<i64, i64>,
    breakpoints: HashMap<i64, i64>,
}

impl<'p> Replay<'p> {
    /// Prepares to play against a program in `folder`.
    pub fn new(program: &'p mut Program, folder: &Path) -> Self {
        let folder = folder.to_string_lossy().into_owned();
        let (seqs, requests, answered, ids) = Default::default();
        let (client, last, line) = (None, 0, 0);
        let (anywhere, at_function, at_call, stopped, ended) = (false, false, false, None, false);
        Self {
            program,
            client,
            folder,
            seqs,
            requests,
            answered,
            ids,
            anywhere,
            at_function,
            at_call,
            stopped,
            ended,
            last,
            line,
        }
    }

    /// Plays the recording to its end, or to the note that contains `until`. `at` is told each note and each command sent,
    /// before it takes effect, and may act on the program.
    ///
    /// # Panics
    ///
    /// At the first difference that isn't listed, with the line of the recording.
    pub fn play(&mut self, path: &Path, until: Option<&str>, mut at: impl FnMut(&str, &mut Program)) {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("can't read {}: {error}", path.display()));
        for (number, line) in text.lines().enumerate() {
            self.line = number + 1;
            let record: Value = serde_json::from_str(line).expect("a line of a recording is JSON");
            if let Some(note) = record["note"].as_str() {
                if until.is_some_and(|until| note.contains(until)) {
                    break;
                }
                at(note, self.program);
                self.note(note);
                continue;
            }
            let message = &record["msg"];
            match (record["dir"].as_str(), message["type"].as_str()) {
                (Some("c2s"), Some("request")) => {
                    at(message["command"].as_str().unwrap_or_default(), self.program);
                    self.send(message);
                }
                (Some("s2c"), Some("response")) => self.response(message),
                (Some("s2c"), Some("event")) => self.event(message),
                (Some("s2c"), Some("request")) => self.may_be_missing(message["command"].as_str().unwrap_or_default()),
                // The client's answer to a request that it was not asked.
                (Some("c2s"), Some("response")) => {}
                _ => panic!("line {}: neither request, response nor event: {line}", self.line),
            }
        }
        self.answer_rest();
    }

    fn note(&mut self, note: &str) {
        match note {
            "tcp connected" => {
                self.answer_rest();
                self.seqs.clear();
                self.requests.clear();
                self.answered.clear();
                self.last = 0;
                self.stopped = None;
                self.client = Some(self.program.connect());
            }
            "the client drops the connection while the program is stopped" => self.client = None,
            _ => {}
        }
    }

    /// Waits for the answers that the recording lacks: debugpy never gave them.
    fn answer_rest(&mut self) {
        self.ended = false;
        if let Some(client) = &self.client {
            for (recorded, seq) in &self.seqs {
                if !self.answered.contains(recorded) {
                    client.wait_response(*seq);
                }
            }
        }
        self.answered.extend(self.seqs.keys());
    }

    fn client(&mut self) -> &mut Client {
        self.client.as_mut().expect("the recording connects first")
    }

    fn send(&mut self, recorded: &Value) {
        let command = recorded["command"].as_str().unwrap_or_default().to_owned();
        let mut arguments = recorded["arguments"].clone();
        self.translate(&command, &mut arguments);
        if ["continue", "next", "stepIn", "stepOut", "disconnect"].contains(&command.as_str()) {
            self.anywhere = false;
        }
        if self.ended && command == "disconnect" {
            if let Some(client) = self.client.take() {
                client.leave_ended_program();
            }
            return;
        }
        let seq = self.client().send(&command, arguments);
        let recorded_seq = recorded["seq"].as_i64().unwrap_or_default();
        self.seqs.insert(recorded_seq, seq);
        self.requests.insert(recorded_seq, recorded.clone());
    }

    /// Puts our numbers and paths into recorded arguments.
    fn translate(&self, command: &str, arguments: &mut Value) {
        let port = self.program.address().port();
        for (member, table) in [
            ("frameId", &self.ids.frames),
            ("variablesReference", &self.ids.references),
            ("threadId", &self.ids.threads),
        ] {
            if let Some(ours) = arguments[member].as_i64().and_then(|id| table.get(&id)) {
                arguments[member] = json!(ours);
            }
        }
        if command == "attach" {
            let place = if arguments["connect"].is_object() {
                &mut arguments["connect"]
            } else {
                &mut *arguments
            };
            place["port"] = json!(port);
        }
        if let Some(path) = arguments["source"]["path"].as_str() {
            arguments["source"]["path"] = json!(path.replace("/app", &self.folder));
        }
    }

    fn response(&mut self, recorded: &Value) {
        let asked = recorded["request_seq"].as_i64().unwrap_or_default();
        let command = recorded["command"].as_str().unwrap_or_default();
        self.answered.insert(asked);
        let Some(&seq) = self.seqs.get(&asked) else {
            // Only what follows the end of the program isn't sent.
            assert!(self.ended, "line {}: an answer to what was never asked", self.line);
            return;
        };
        let response = self.client().wait_response(seq);
        if let Some(difference) = differences::find(&differences::ANSWERS, command) {
            eprintln!("line {}: {command} may differ: {}", self.line, difference.reason);
            return;
        }
        self.same("success", &json!(response.success()), &recorded["success"]);
        if response.success() {
            self.compare(command, asked, &response, &recorded["body"]);
        } else if command == "evaluate" {
            let kind = recorded["message"]
                .as_str()
                .unwrap_or_default()
                .lines()
                .last()
                .unwrap_or_default();
            let kind = kind.split(':').next().unwrap_or_default();
            assert!(
                response.error().contains(kind),
                "{}",
                self.say(&format!("{} instead of {kind}", response.error()))
            );
        }
        // An editor's `threads` after configurationDone mixes with the events that follow.
        if !["threads", "disconnect", "pause"].contains(&command) {
            self.keeps_order(&response.message);
        }
    }

    fn event(&mut self, recorded: &Value) {
        let name = recorded["event"].as_str().unwrap_or_default();
        let body = &recorded["body"];
        match name {
            "initialized" | "terminated" => {
                self.ended =
                    name == "terminated" && !self.requests.values().any(|asked| asked["command"] == "disconnect");
                let ours = self.client().wait_event_or_end(name);
                self.keeps_order_unless_ended(ours);
            }
            "process" => {
                let ours = self.client().wait_event(name, |_| true);
                self.same("startMethod", &ours["body"]["startMethod"], &body["startMethod"]);
                self.keeps_order(&ours);
            }
            "thread" if body["reason"] == "started" => {
                let ours = self.client().wait_event(name, |ours| ours["reason"] == "started");
                if let (Some(theirs), Some(id)) = (body["threadId"].as_i64(), ours["body"]["threadId"].as_i64()) {
                    self.ids.threads.entry(theirs).or_insert(id);
                }
            }
            "stopped" => {
                let ours = self.client().wait_event(name, |_| true);
                self.stops(&ours["body"], body);
                self.stopped = ours["seq"].as_i64();
                self.keeps_order(&ours);
            }
            "output" if body["category"] == "stdout" => {
                let text = body["output"].as_str().unwrap_or_default().trim_end().to_owned();
                let wanted = |ours: &Value| ours["output"].as_str().is_some_and(|output| output.contains(&text));
                let ours = self.client().wait_event(name, wanted);
                self.keeps_order(&ours);
            }
            "module" => {
                let ours = self
                    .client()
                    .wait_event(name, |ours| ours["module"]["name"] == body["module"]["name"]);
                let path = self.their_path(&ours["body"]["module"]["path"]);
                self.same("path", &path, &body["module"]["path"]);
            }
            "continued" => {
                let ours = self.client().wait_event(name, |_| true);
                self.same(
                    "allThreadsContinued",
                    &ours["body"]["allThreadsContinued"],
                    &body["allThreadsContinued"],
                );
                self.keeps_order(&ours);
            }
            "output" => self.may_be_missing(&format!("output ({})", body["category"].as_str().unwrap_or("console"))),
            "thread" => self.may_be_missing("thread (exited)"),
            _ => self.may_be_missing(name),
        }
    }

    /// What debugpy has sent need not come from ours, which must be said in [`differences`].
    fn may_be_missing(&self, what: &str) {
        assert!(
            differences::find(&differences::SENT, what).is_some(),
            "line {}: {what} is neither compared nor among the differences",
            self.line
        );
    }

    fn stops(&mut self, ours: &Value, recorded: &Value) {
        for member in ["reason", "description", "allThreadsStopped"] {
            if !recorded[member].is_null() {
                self.same(member, &ours[member], &recorded[member]);
            }
        }
        if let Some(text) = recorded["text"].as_str() {
            let kind = text.split_whitespace().next().unwrap_or_default();
            assert!(
                ours["text"].as_str().is_some_and(|text| text.contains(kind)),
                "{}",
                self.say(&format!("{ours}: no {kind}"))
            );
        }
        let hits = |body: &Value| -> Vec<i64> {
            body["hitBreakpointIds"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_i64)
                .collect()
        };
        let wanted: Vec<i64> = hits(recorded).iter().map(|id| self.ids.breakpoints[id]).collect();
        self.same("hitBreakpointIds", &json!(hits(ours)), &json!(wanted));
        self.at_call = recorded["reason"] == "breakpoint" && hits(recorded).is_empty();
        self.at_function = recorded["reason"] == "function breakpoint";
        self.anywhere = recorded["reason"] == "pause";
        self.ids.frames.clear();
        self.ids.references.clear();
        if let (Some(theirs), Some(id)) = (recorded["threadId"].as_i64(), ours["threadId"].as_i64()) {
            self.ids.threads.insert(theirs, id);
        }
    }

    fn keeps_order_unless_ended(&mut self, message: Option<Value>) {
        if let Some(message) = message {
            self.keeps_order(&message);
        }
    }

    fn keeps_order(&mut self, message: &Value) {
        let seq = message["seq"].as_i64().unwrap_or_default();
        assert!(seq > self.last, "{}", self.say("comes earlier than in the recording"));
        self.last = seq;
    }

    fn say(&self, text: &str) -> String {
        let text = format!("line {} of the recording: {text}", self.line);
        self.client.as_ref().map_or(text.clone(), |client| client.report(&text))
    }
}
