//! Child processes as an editor deals with them: it is told of one, and attaches to it with what it was told.

use core::net::SocketAddr;

use serde_json::{Value, json};

use crate::client::Client;
use crate::program::Program;
use crate::session::Session;
use crate::source::Source;
use crate::vscode::{Attach, initialize_arguments};

/// An attached client of a child. The child itself ends with its parent.
pub struct Child {
    /// The connection.
    pub client: Client,
    /// The configuration that the client was given.
    pub configuration: Value,
    source: Source,
    thread: i64,
}

impl Client {
    /// Takes the next announcement of a child, by `startDebugging`, answers that all is well, and returns the configuration.
    pub fn wait_child(&mut self) -> Value {
        let request = self.wait_child_request();
        self.answer(&request, true);
        request["arguments"]["configuration"].clone()
    }

    /// The same without an answer; returns the request.
    pub fn wait_child_request(&mut self) -> Value {
        let request = self.wait_request("startDebugging");
        assert_eq!(request["arguments"]["request"], "attach");
        request
    }
}

impl Child {
    /// Attaches with a configuration, and with a breakpoint at each of the marked lines of `source`.
    pub fn attach(address: SocketAddr, configuration: &Value, source: &Source, markers: &[&str]) -> Self {
        let list: Vec<(&str, Value)> = markers.iter().map(|marker| (*marker, json!({}))).collect();
        let attach = Attach::default().breakpoints(source, &list);
        let mut client = Client::connect(address);
        client.attach_with(initialize_arguments(), configuration.clone(), &attach);
        Self {
            client,
            configuration: configuration.clone(),
            source: source.clone(),
            thread: 1,
        }
    }

    /// The number of the process.
    pub fn pid(&self) -> u64 {
        self.configuration["subProcessId"].as_u64().expect("a number")
    }

    /// Waits for a stop at a breakpoint on the line marked `marker`.
    pub fn breaks_at(&mut self, marker: &str) {
        self.stops_at("breakpoint", marker);
    }

    fn stops_at(&mut self, reason: &str, marker: &str) {
        self.thread = self.client.expect_stop(reason)["threadId"].as_i64().unwrap_or_default();
        let line = self.top_frame()["line"].as_i64().unwrap_or_default();
        assert_eq!(
            self.source.marker(line),
            marker,
            "{}",
            self.client.report("stopped elsewhere")
        );
    }

    fn top_frame(&mut self) -> Value {
        let arguments = json!({"threadId": self.thread, "startFrame": 0, "levels": 1});
        self.client.ok("stackTrace", arguments)["stackFrames"][0].clone()
    }

    /// Evaluates in the innermost frame; the result as text.
    pub fn eval(&mut self, expression: &str) -> String {
        let frame = self.top_frame()["id"].clone();
        let arguments = json!({"expression": expression, "frameId": frame, "context": "watch"});
        self.client.ok("evaluate", arguments)["result"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Steps over the line, to the one marked `marker`.
    pub fn next_to(&mut self, marker: &str) {
        self.client.ok("next", json!({"threadId": self.thread}));
        self.stops_at("step", marker);
    }

    /// Lets it go on.
    pub fn resume(&mut self) {
        self.client.ok("continue", json!({"threadId": self.thread}));
    }

    /// It ends, and says so.
    pub fn ends(self) {
        self.client.wait_event("terminated", |_| true);
        self.client.leave_ended_program();
    }
}

impl Session {
    /// Is told of a child, and attaches to it.
    pub fn attach_child(&mut self, markers: &[&str]) -> Child {
        let configuration = self.client.wait_child();
        self.attach_child_with(&configuration, markers)
    }

    /// Attaches to a child with this configuration.
    pub fn attach_child_with(&self, configuration: &Value, markers: &[&str]) -> Child {
        Child::attach(self.program.address(), configuration, &self.source, markers)
    }
}

/// Whether there is a process of this number that has not ended.
pub fn lives(pid: u64) -> bool {
    // A process that has ended, and that nobody has asked for its status, is state Z.
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
        stat.rsplit(')')
            .next()
            .is_some_and(|rest| !rest.trim_start().starts_with('Z'))
    })
}

/// Waits for the end of a process that is no child of ours.
pub fn wait_gone(program: &Program, pid: u64) {
    if crate::deadline::poll(|| (!lives(pid)).then_some(())).is_none() {
        panic!("{}", program.report(&format!("process {pid} doesn't end")));
    }
}
