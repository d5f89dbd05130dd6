//! Plays the client's side of a recorded conversation, and compares what comes back.
//!
//! Numbers that a server chooses (sequence, frame, reference, thread and breakpoint ids) are translated from the recording
//! to what this server chose; paths by their folder. Compared is what a user would see: who stops where and why, with which
//! stack, names, types and values; and that it comes in the recorded order.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::client::{Client, Response};
use crate::program::Program;

/// A difference from the recording that is meant, and why.
#[derive(Debug, Clone, Copy)]
pub struct Difference {
    /// The command whose answer may differ: it has to come, be it a success or not.
    pub command: &'static str,
    /// Why.
    pub reason: &'static str,
}

/// A recording being played.
pub struct Replay<'p> {
    program: &'p mut Program,
    client: Option<Client>,
    /// `/app` in the recording, and what stands for it here.
    folder: String,
    differences: &'p [Difference],
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

/// Names whose values depend on the time.
const TIMED: [&str; 2] = ["k", "end"];

impl<'p> Replay<'p> {
    /// Prepares to play against a program in `folder`.
    pub fn new(program: &'p mut Program, folder: &Path, differences: &'p [Difference]) -> Self {
        let folder = folder.to_string_lossy().into_owned();
        let (seqs, requests, answered, ids) = Default::default();
        let (client, last, line) = (None, 0, 0);
        let (anywhere, at_function, at_call, stopped, ended) = (false, false, false, None, false);
        Self {
            program,
            client,
            folder,
            differences,
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
                // A child process is not debugged: nothing asks for it, nothing answers.
                _ => {}
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
        if let Some(difference) = self.differences.iter().find(|difference| difference.command == command) {
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
            // The end of a thread is a matter of time, and daemons are never told to end.
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
            // debugpy's own greetings, telemetry, modules; and `continued`, which the protocol leaves out where a request
            // already tells it.
            _ => {}
        }
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

    fn compare(&mut self, command: &str, asked: i64, response: &Response, recorded: &Value) {
        let ours = response.body();
        match command {
            "setBreakpoints" | "setFunctionBreakpoints" => {
                self.lengths(ours, recorded, "breakpoints");
                for (ours, recorded) in pairs(ours, recorded, "breakpoints") {
                    for member in ["verified", "line"] {
                        if !recorded[member].is_null() {
                            self.same(member, &ours[member], &recorded[member]);
                        }
                    }
                    if recorded["source"]["path"].is_string() {
                        self.same(
                            "path",
                            &self.their_path(&ours["source"]["path"]),
                            &recorded["source"]["path"],
                        );
                    }
                    if let (Some(theirs), Some(id)) = (recorded["id"].as_i64(), ours["id"].as_i64()) {
                        self.ids.breakpoints.insert(theirs, id);
                    }
                }
            }
            "threads" => {
                let names = |body: &Value| -> HashSet<String> {
                    let threads = body["threads"].as_array().into_iter().flatten();
                    threads
                        .filter_map(|thread| thread["name"].as_str().map(str::to_owned))
                        .collect()
                };
                // Before the first stop it is a matter of time which threads have begun.
                let missing: Vec<String> = names(recorded).difference(&names(ours)).cloned().collect();
                assert!(
                    missing.is_empty() || self.stopped.is_none_or(|stop| response.seq() < stop),
                    "{}",
                    self.say(&format!("no thread {missing:?}"))
                );
                for theirs in recorded["threads"].as_array().into_iter().flatten() {
                    let same = ours["threads"]
                        .as_array()
                        .into_iter()
                        .flatten()
                        .find(|thread| thread["name"] == theirs["name"]);
                    if let (Some(theirs), Some(id)) =
                        (theirs["id"].as_i64(), same.and_then(|thread| thread["id"].as_i64()))
                    {
                        self.ids.threads.insert(theirs, id);
                    }
                }
            }
            "stackTrace" if self.anywhere => self.learn_frames(ours, recorded),
            "stackTrace" => {
                self.same("totalFrames", &ours["totalFrames"], &recorded["totalFrames"]);
                self.lengths(ours, recorded, "stackFrames");
                for (ours, recorded) in pairs(ours, recorded, "stackFrames") {
                    let name = recorded["name"]
                        .as_str()
                        .unwrap_or_default()
                        .trim_end_matches(" (Current frame)");
                    self.same("name", &ours["name"], &json!(name));
                    let further = ours["line"]
                        .as_i64()
                        .zip(recorded["line"].as_i64())
                        .map(|(ours, theirs)| ours - theirs);
                    // debugpy stops for a function breakpoint on the line of `def`; the first line of the body is as
                    // good. For a call of `breakpoint()` it goes on to the next line; here the call itself waits.
                    if !(self.at_function && further == Some(1) || self.at_call && further == Some(-1)) {
                        self.same("line", &ours["line"], &recorded["line"]);
                    }
                    (self.at_function, self.at_call) = (false, false);
                    self.same(
                        "path",
                        &self.their_path(&ours["source"]["path"]),
                        &recorded["source"]["path"],
                    );
                }
                self.learn_frames(ours, recorded);
            }
            "scopes" => {
                self.lengths(ours, recorded, "scopes");
                for (ours, recorded) in pairs(ours, recorded, "scopes") {
                    self.same("name", &ours["name"], &recorded["name"]);
                    self.learn(&ours["variablesReference"], &recorded["variablesReference"]);
                }
            }
            "variables" if self.anywhere => {}
            "variables" => self.variables(asked, ours, recorded),
            "evaluate" => {
                let expression = self.requests[&asked]["arguments"]["expression"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned();
                if !recorded["type"].is_null() {
                    self.same("type", &ours["type"], &recorded["type"]);
                }
                if compared(&expression, recorded, "type") {
                    self.same(&expression, &ours["result"], &recorded["result"]);
                }
                self.learn(&ours["variablesReference"], &recorded["variablesReference"]);
            }
            "exceptionInfo" => {
                self.same("breakMode", &ours["breakMode"], &recorded["breakMode"]);
                self.same("description", &ours["description"], &recorded["description"]);
            }
            _ => {}
        }
    }

    fn variables(&mut self, asked: i64, ours: &Value, recorded: &Value) {
        let ours = ours["variables"].as_array().cloned().unwrap_or_default();
        if let Some(count) = self.requests[&asked]["arguments"]["count"]
            .as_i64()
            .filter(|count| *count > 0)
        {
            // debugpy answers with everything, whatever part is asked for.
            assert!(
                ours.len() as i64 <= count,
                "{}",
                self.say(&format!("{} variables instead of {count}", ours.len()))
            );
            return;
        }
        for theirs in recorded["variables"].as_array().into_iter().flatten() {
            let name = theirs["name"].as_str().unwrap_or_default();
            // Groups of methods and the like, and values that a step saw returned, are debugpy's own additions.
            if name.ends_with(" variables") || name.starts_with("(return)") || name == "len()" {
                continue;
            }
            let found = ours.iter().find(|variable| variable["name"] == name);
            let found = found.unwrap_or_else(|| panic!("{}", self.say(&format!("no variable {name}"))));
            self.same(&format!("type of {name}"), &found["type"], &theirs["type"]);
            if compared(name, theirs, "type") {
                self.same(name, &found["value"], &theirs["value"]);
            }
            self.learn(&found["variablesReference"], &theirs["variablesReference"]);
        }
    }

    fn learn_frames(&mut self, ours: &Value, recorded: &Value) {
        for (ours, recorded) in pairs(ours, recorded, "stackFrames") {
            if let (Some(theirs), Some(id)) = (recorded["id"].as_i64(), ours["id"].as_i64()) {
                self.ids.frames.insert(theirs, id);
            }
        }
    }

    fn learn(&mut self, ours: &Value, recorded: &Value) {
        if let (Some(theirs), Some(id)) = (recorded.as_i64().filter(|id| *id > 0), ours.as_i64()) {
            self.ids.references.insert(theirs, id);
        }
    }

    /// Our path as the recording would name it.
    fn their_path(&self, ours: &Value) -> Value {
        json!(ours.as_str().unwrap_or_default().replace(&self.folder, "/app"))
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

    fn lengths(&self, ours: &Value, recorded: &Value, list: &str) {
        let length = |body: &Value| body[list].as_array().map_or(0, Vec::len);
        self.same(
            &format!("number of {list}"),
            &json!(length(ours)),
            &json!(length(recorded)),
        );
    }

    fn same(&self, what: &str, ours: &Value, recorded: &Value) {
        assert!(
            ours == recorded,
            "{}",
            self.say(&format!("{what}: {ours} instead of {recorded}"))
        );
    }

    fn say(&self, text: &str) -> String {
        let text = format!("line {} of the recording: {text}", self.line);
        self.client.as_ref().map_or(text.clone(), |client| client.report(&text))
    }
}

fn pairs<'v>(ours: &'v Value, recorded: &'v Value, list: &str) -> impl Iterator<Item = (&'v Value, &'v Value)> {
    let items = |body: &'v Value| body[list].as_array().into_iter().flatten();
    items(ours).zip(items(recorded)).collect::<Vec<_>>().into_iter()
}

/// Whether the value itself is compared: that of plain types, unless time decides it.
fn compared(name: &str, recorded: &Value, kind: &str) -> bool {
    let plain = ["int", "str", "bool", "NoneType"]
        .iter()
        .any(|plain| recorded[kind] == *plain);
    plain && !TIMED.contains(&name)
}
