//! One connection of a recording, and ours in its place.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::differences;
use super::printed::Printed;
use crate::client::Client;

/// Both sides of one connection.
pub(super) struct Talk {
    /// `None` once it has left.
    pub(super) client: Option<Client>,
    /// Where the recording is.
    pub(super) line: usize,
    /// What stands here for `/app` in the recording.
    pub(super) folder: String,
    port: u16,
    /// Recorded number of a request, and ours.
    seqs: HashMap<i64, i64>,
    pub(super) requests: HashMap<i64, Value>,
    answered: HashSet<i64>,
    /// Requests of the server, by their recorded numbers.
    asked: HashMap<i64, Value>,
    pub(super) ids: Ids,
    pub(super) printed: Printed,
    /// `process` has come.
    begun: bool,
    /// Recorded ids of threads that begin before the next stop.
    begun_threads: Vec<i64>,
    /// A pause lands anywhere: until the program goes on, places aren't compared.
    pub(super) anywhere: bool,
    /// The innermost frame of the next stack is where a function breakpoint stopped.
    pub(super) at_function: bool,
    /// The place of the last stop on this connection.
    pub(super) stopped: Option<i64>,
    /// The innermost frame of the next stack called `breakpoint()`.
    pub(super) at_call: bool,
    /// The program has ended: its process may take the stream with it at any moment.
    ended: bool,
    /// The place of the last message that the order is kept by.
    last: i64,
}

#[derive(Default)]
pub(super) struct Ids {
    pub(super) frames: HashMap<i64, i64>,
    pub(super) references: HashMap<i64, i64>,
    pub(super) threads: HashMap<i64, i64>,
    pub(super) breakpoints: HashMap<i64, i64>,
}

impl Talk {
    pub(super) fn new(client: Client, folder: &str, port: u16) -> Self {
        Self {
            client: Some(client),
            line: 0,
            folder: folder.to_owned(),
            port,
            seqs: HashMap::new(),
            requests: HashMap::new(),
            answered: HashSet::new(),
            asked: HashMap::new(),
            ids: Ids::default(),
            printed: Printed::default(),
            begun: false,
            begun_threads: Vec::new(),
            anywhere: false,
            at_function: false,
            stopped: None,
            at_call: false,
            ended: false,
            last: 0,
        }
    }

    /// The recording has no more of it. Waits for the answers that it lacks: debugpy never gave them.
    pub(super) fn finish(mut self) {
        if self.client.is_some() {
            self.threads_have_begun();
        }
        let Some(client) = self.client.take() else { return };
        for (recorded, seq) in &self.seqs {
            if !self.answered.contains(recorded) {
                client.wait_response(*seq);
            }
        }
        self.is_whole(&client);
    }

    /// Each thread that the recording has seen begin, ours has, too. When that was is a matter of time: ours looks for new
    /// threads when it stops.
    fn threads_have_begun(&mut self) {
        for theirs in core::mem::take(&mut self.begun_threads) {
            let ours = self.client().wait_event("thread", |ours| ours["reason"] == "started");
            if let Some(id) = ours["body"]["threadId"].as_i64() {
                self.ids.threads.entry(theirs).or_insert(id);
            }
        }
    }

    /// Leaves without a word.
    pub(super) fn drop_connection(mut self) {
        if let Some(client) = self.client.take() {
            self.is_whole(&client);
            client.vanish();
        }
    }

    pub(super) fn client(&mut self) -> &mut Client {
        self.client.as_mut().expect("the client has not left")
    }

    pub(super) fn send(&mut self, recorded: &Value, processes: &HashMap<i64, i64>) {
        let command = recorded["command"].as_str().unwrap_or_default().to_owned();
        let mut arguments = recorded["arguments"].clone();
        self.translate(&command, &mut arguments, processes);
        if ["continue", "next", "stepIn", "stepOut", "disconnect"].contains(&command.as_str()) {
            self.anywhere = false;
        }
        if command == "disconnect"
            && let Some(client) = &self.client
        {
            // Nothing comes afterwards.
            self.is_all_printed(client);
        }
        if self.ended && command == "disconnect" {
            self.threads_have_begun();
            if let Some(client) = self.client.take() {
                self.is_whole(&client);
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
    fn translate(&self, command: &str, arguments: &mut Value, processes: &HashMap<i64, i64>) {
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
            place["port"] = json!(self.port);
            if let Some(child) = arguments["subProcessId"].as_i64() {
                let ours = processes.get(&child).expect("the child was announced");
                arguments["subProcessId"] = json!(ours);
                arguments["name"] = json!(format!("Subprocess {ours}"));
            }
        }
        if let Some(path) = arguments["source"]["path"].as_str() {
            arguments["source"]["path"] = json!(path.replace("/app", &self.folder));
        }
    }

    pub(super) fn response(&mut self, recorded: &Value) {
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

    pub(super) fn event(&mut self, recorded: &Value, processes: &mut HashMap<i64, i64>) {
        let name = recorded["event"].as_str().unwrap_or_default();
        let body = &recorded["body"];
        match name {
            "initialized" | "terminated" => {
                self.ended =
                    name == "terminated" && !self.requests.values().any(|asked| asked["command"] == "disconnect");
                let ours = self.client().wait_event_or_end(name);
                if let Some(ours) = ours {
                    self.keeps_order(&ours);
                }
            }
            "process" => {
                let ours = self.client().wait_event(name, |_| true);
                for member in ["startMethod", "isLocalProcess"] {
                    self.same(member, &ours["body"][member], &body[member]);
                }
                self.same("name", &self.their_path(&ours["body"]["name"]), &body["name"]);
                self.is_process(&ours["body"]["systemProcessId"], &body["systemProcessId"], processes);
                self.keeps_order(&ours);
                self.begun = true;
            }
            "thread" if body["reason"] == "started" => {
                self.begun_threads.extend(body["threadId"].as_i64());
            }
            "stopped" => {
                let ours = self.client().wait_event(name, |_| true);
                self.threads_have_begun();
                self.stops(&ours["body"], body);
                self.stopped = ours["seq"].as_i64();
                self.keeps_order(&ours);
            }
            "output" if !self.begun && body["category"] == "stdout" => self.may_be_missing("output before process"),
            "output" if body["category"] == "stdout" || body["category"] == "stderr" => self.output(body),
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

    /// The server asks the client something: here only to attach to a child.
    pub(super) fn asked(&mut self, recorded: &Value, processes: &mut HashMap<i64, i64>) {
        let command = recorded["command"].as_str().unwrap_or_default();
        let ours = self.client().wait_request(command);
        let (mut found, mut wanted) = (ours["arguments"].clone(), recorded["arguments"].clone());
        let (found, wanted) = (&mut found["configuration"], &mut wanted["configuration"]);
        self.is_process(&found["subProcessId"], &wanted["subProcessId"], processes);
        self.same(
            "name",
            &found["name"],
            &json!(format!("Subprocess {}", found["subProcessId"])),
        );
        self.same("port", &found["connect"]["port"], &json!(self.port));
        for member in ["name", "subProcessId"] {
            wanted[member] = found[member].take();
            found[member] = wanted[member].clone();
        }
        wanted["connect"]["port"] = json!(self.port);
        self.same("configuration", found, wanted);
        self.same(
            "request",
            &ours["arguments"]["request"],
            &recorded["arguments"]["request"],
        );
        self.keeps_order(&ours);
        self.asked
            .insert(recorded["seq"].as_i64().unwrap_or_default(), ours.clone());
    }

    /// The client answers what it was asked.
    pub(super) fn answer(&mut self, recorded: &Value) {
        let asked = recorded["request_seq"].as_i64().unwrap_or_default();
        let request = self.asked.remove(&asked).expect("the client was asked");
        self.client().answer(&request, recorded["success"] == true);
    }

    /// A process has the same number wherever the recording names it.
    fn is_process(&self, ours: &Value, recorded: &Value, processes: &mut HashMap<i64, i64>) {
        let (Some(ours), Some(recorded)) = (ours.as_i64(), recorded.as_i64()) else {
            panic!("{}", self.say(&format!("{ours} instead of {recorded}, a process")));
        };
        let known = *processes.entry(recorded).or_insert(ours);
        self.same("process", &json!(ours), &json!(known));
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

    pub(super) fn keeps_order(&mut self, message: &Value) {
        let seq = message["seq"].as_i64().unwrap_or_default();
        assert!(seq > self.last, "{}", self.say("comes earlier than in the recording"));
        self.last = seq;
    }

    pub(super) fn say(&self, text: &str) -> String {
        let text = format!("line {} of the recording: {text}", self.line);
        self.client.as_ref().map_or(text.clone(), |client| client.report(&text))
    }
}
