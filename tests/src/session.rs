//! One program, one attached client, and the words in which the suites talk about them.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::client::Client;
use crate::interpreters::Python;
use crate::program::{Launch, Program, Start};
use crate::source::Source;
use crate::vscode::{Attach, Attached, breakpoint, set_breakpoints_arguments};

/// What a session begins with; ends with [`start`](Setup::start).
#[derive(Debug, Clone)]
pub struct Setup {
    source: Source,
    launch: Launch,
    lines: Vec<Value>,
    attach: Attach,
}

impl Setup {
    /// Starts the program so, instead of waiting for the client.
    #[must_use]
    pub fn how(mut self, start: Start) -> Self {
        self.launch = self.launch.how(start);
        self
    }

    /// Adds arguments of the program.
    #[must_use]
    pub fn args(mut self, words: &[&str]) -> Self {
        self.launch = self.launch.args(words);
        self
    }

    /// Starts it in `folder`.
    #[must_use]
    pub fn within(mut self, folder: &Path) -> Self {
        self.launch = self.launch.within(folder);
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.launch = self.launch.variable(name, value);
        self
    }

    /// Adds a breakpoint at the line marked `marker`.
    #[must_use]
    pub fn breakpoint(self, marker: &str) -> Self {
        self.breakpoint_with(marker, json!({}))
    }

    /// Adds a breakpoint with members beside `line`: `condition`, `hitCondition`, `logMessage`.
    #[must_use]
    pub fn breakpoint_with(mut self, marker: &str, more: Value) -> Self {
        self.lines.push(breakpoint(self.source.line(marker), &more));
        self
    }

    /// Adds a function breakpoint.
    #[must_use]
    pub fn function(mut self, name: &str) -> Self {
        self.attach.functions.push(json!({"name": name}));
        self
    }

    /// Switches exception filters on.
    #[must_use]
    pub fn filters(mut self, filters: &[&str]) -> Self {
        self.attach.filters = filters.iter().map(|&filter| filter.to_owned()).collect();
        self
    }

    /// Changes the attach arguments.
    #[must_use]
    pub fn attach(mut self, change: impl FnOnce(&mut Attach)) -> Self {
        change(&mut self.attach);
        self
    }

    /// Starts the program and attaches to it.
    pub fn start(self, python: &Python) -> Session {
        let program = Program::start(python, &self.launch);
        self.attach_to(python, program)
    }

    /// Starts the program and lets it run to the line marked `marker`, where it stands without a breakpoint.
    pub fn stopped_at(self, python: &Python, marker: &str) -> Session {
        let mut session = self.breakpoint(marker).start(python);
        session.breaks_at(marker);
        session.clear_breakpoints();
        session
    }

    /// Attaches to a program that was started before.
    pub fn attach_to(mut self, python: &Python, program: Program) -> Session {
        if !self.lines.is_empty() {
            self.attach.breakpoints.push((self.source.descriptor(), self.lines));
        }
        let mut client = program.connect();
        let attached = client.attach_like_vscode(&self.attach, program.address().port());
        Session {
            python: python.clone(),
            program,
            client,
            source: self.source,
            attached,
            thread: 1,
        }
    }

    /// How the program is started.
    pub fn launch(&self) -> &Launch {
        &self.launch
    }
}

/// A program with a client attached.
pub struct Session {
    /// The interpreter.
    pub python: Python,
    /// The process.
    pub program: Program,
    /// The connection.
    pub client: Client,
    /// The program's main file.
    pub source: Source,
    /// What was answered on attach.
    pub attached: Attached,
    /// The thread that stopped last.
    pub thread: i64,
}

/// One stop, with the stack as it was.
#[derive(Debug, Clone)]
pub struct Stop {
    /// The body of the event.
    pub body: Value,
    /// The thread that stopped.
    pub thread: i64,
    /// Its frames, innermost first.
    pub frames: Vec<Value>,
    source: Source,
}

impl Stop {
    /// The marker of the line; empty where it has none or lies in another file.
    pub fn marker(&self) -> &str {
        self.marker_at(0)
    }

    /// The marker of a frame's line, 0 being the innermost.
    pub fn marker_at(&self, frame: usize) -> &str {
        let here = self
            .source
            .path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let path = self.frames[frame]["source"]["path"].as_str().unwrap_or_default();
        if path.ends_with(&here) {
            self.source.marker(self.line_at(frame))
        } else {
            ""
        }
    }

    /// The line, counted from 1.
    pub fn line(&self) -> i64 {
        self.line_at(0)
    }

    fn line_at(&self, frame: usize) -> i64 {
        self.frames[frame]["line"].as_i64().unwrap_or_default()
    }

    /// The name of the innermost function.
    pub fn function(&self) -> &str {
        self.frames[0]["name"].as_str().unwrap_or_default()
    }

    /// The names of the functions on the stack, innermost first.
    pub fn functions(&self) -> Vec<&str> {
        self.frames.iter().filter_map(|frame| frame["name"].as_str()).collect()
    }

    /// The file of the innermost frame.
    pub fn path(&self) -> &str {
        self.frames[0]["source"]["path"].as_str().unwrap_or_default()
    }

    /// The id of a frame, 0 being the innermost.
    pub fn frame(&self, index: usize) -> i64 {
        self.frames[index]["id"].as_i64().unwrap_or_default()
    }

    /// The breakpoints that were hit.
    pub fn hit(&self) -> Vec<i64> {
        self.body["hitBreakpointIds"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_i64)
            .collect()
    }
}

impl Session {
    /// Prepares a session with `tests/programs/<name>`, held until the client has configured.
    pub fn of(name: &str) -> Setup {
        let source = Source::program(name);
        let launch = Launch::file(&source.path, Start::Waiting);
        Setup {
            source,
            launch,
            lines: Vec::new(),
            attach: Attach::default(),
        }
    }

    /// Prepares a session with the file at `path`, likewise.
    pub fn of_file(path: &Path) -> Setup {
        let source = Source::read(path);
        let launch = Launch::file(path, Start::Waiting);
        Setup {
            source,
            launch,
            lines: Vec::new(),
            attach: Attach::default(),
        }
    }

    /// Waits for the next stop, which must have that reason, and asks for the stack as an editor does.
    pub fn stops_for(&mut self, reason: &str) -> Stop {
        let body = self.client.expect_stop(reason);
        self.stopped(body)
    }

    /// The stack that belongs to the stop that `body` tells.
    pub fn stopped(&mut self, body: Value) -> Stop {
        assert_eq!(
            body["allThreadsStopped"],
            true,
            "{}",
            self.client.report("a stop holds every thread")
        );
        let thread = body["threadId"].as_i64().unwrap_or_default();
        self.thread = thread;
        self.client.ok("threads", Value::Null);
        let stack = self
            .client
            .ok("stackTrace", json!({"threadId": thread, "startFrame": 0, "levels": 1}));
        let mut frames = stack["stackFrames"].as_array().cloned().unwrap_or_default();
        if stack["totalFrames"].as_i64().is_none_or(|total| total > 1) {
            let rest = self.client.ok(
                "stackTrace",
                json!({"threadId": thread, "startFrame": 1, "levels": 1000}),
            );
            frames.extend(rest["stackFrames"].as_array().cloned().unwrap_or_default());
        }
        assert!(!frames.is_empty(), "{}", self.client.report("a stop has a stack"));
        Stop {
            body,
            thread,
            frames,
            source: self.source.clone(),
        }
    }

    /// Waits for the next stop, whatever its reason, or for the end of the program: then `None`.
    pub fn next_stop(&mut self) -> Option<Stop> {
        let message = self.client.wait_one_of(&["stopped", "terminated"]);
        (message["event"] == "stopped").then(|| self.stopped(message["body"].clone()))
    }

    /// Resumes from stop to stop until the program ends; at each stop `look` is asked. Returns what it said.
    pub fn at_every_stop<T>(mut self, mut look: impl FnMut(&mut Self, &Stop) -> T) -> Vec<T> {
        let mut said = Vec::new();
        while let Some(stop) = self.next_stop() {
            said.push(look(&mut self, &stop));
            self.resume();
        }
        self.client.leave_ended_program();
        self.program.ends_with(0);
        said
    }

    /// Waits for a stop at a breakpoint on the line marked `marker`.
    pub fn breaks_at(&mut self, marker: &str) -> Stop {
        let stop = self.stops_for("breakpoint");
        self.expect_marker(&stop, marker);
        stop
    }

    fn expect_marker(&self, stop: &Stop, marker: &str) {
        let found = format!("{} (line {} of {})", stop.marker(), stop.line(), stop.path());
        assert!(
            stop.marker() == marker,
            "{}",
            self.client.report(&format!("stopped at {found} instead of {marker}"))
        );
    }

    /// Lets the program go on.
    pub fn resume(&mut self) {
        self.client.ok("continue", json!({"threadId": self.thread}));
    }

    /// Steps by `command` and waits for the stop.
    pub fn step(&mut self, command: &str) -> Stop {
        self.client.ok(command, json!({"threadId": self.thread}));
        self.stops_for("step")
    }

    /// Steps by `command`, which must lead to the line marked `marker`.
    pub fn steps_to(&mut self, command: &str, marker: &str) -> Stop {
        let stop = self.step(command);
        self.expect_marker(&stop, marker);
        stop
    }

    /// Steps by `command` once for each marker, each of which must be reached in turn; separated by blanks.
    pub fn walks(&mut self, command: &str, markers: &str) {
        for marker in markers.split_whitespace() {
            self.steps_to(command, marker);
        }
    }

    /// Replaces the breakpoints of the main file; returns them as answered.
    pub fn set_breakpoints(&mut self, breakpoints: &[(&str, Value)]) -> Vec<Value> {
        let list: Vec<Value> = breakpoints
            .iter()
            .map(|(marker, more)| breakpoint(self.source.line(marker), more))
            .collect();
        let arguments = set_breakpoints_arguments(&self.source.descriptor(), &list);
        self.client.ok("setBreakpoints", arguments)["breakpoints"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    }

    /// Removes the breakpoints of the main file.
    pub fn clear_breakpoints(&mut self) {
        self.set_breakpoints(&[]);
    }

    /// The id of the innermost frame of the thread that stopped last.
    pub fn top_frame(&mut self) -> i64 {
        let stack = self.client.ok(
            "stackTrace",
            json!({"threadId": self.thread, "startFrame": 0, "levels": 1}),
        );
        stack["stackFrames"][0]["id"].as_i64().unwrap_or_default()
    }

    /// Evaluates in the innermost frame, as a watch; the result as text.
    pub fn eval(&mut self, expression: &str) -> String {
        let frame = self.top_frame();
        let body = self.client.ok(
            "evaluate",
            json!({"expression": expression, "frameId": frame, "context": "watch"}),
        );
        body["result"].as_str().unwrap_or_default().to_owned()
    }

    /// Types a line into the debug console, in the innermost frame.
    pub fn repl(&mut self, line: &str) -> Value {
        let frame = self.top_frame();
        self.client.ok(
            "evaluate",
            json!({"expression": line, "frameId": frame, "context": "repl"}),
        )
    }

    /// The scopes of a frame by name.
    pub fn scope(&mut self, frame: i64, name: &str) -> Value {
        let body = self.client.ok("scopes", json!({"frameId": frame}));
        let found = body["scopes"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|scope| scope["name"] == name);
        found
            .cloned()
            .unwrap_or_else(|| panic!("{}", self.client.report(&format!("no scope {name}"))))
    }

    /// The variables behind a reference.
    pub fn variables(&mut self, reference: &Value) -> Vec<Value> {
        let body = self.client.ok("variables", json!({"variablesReference": reference}));
        body["variables"].as_array().cloned().unwrap_or_default()
    }

    /// The locals of a frame: name and value, of those that have a value of their own.
    pub fn locals_of(&mut self, frame: i64) -> BTreeMap<String, String> {
        let scope = self.scope(frame, "Locals");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let variables = self.variables(&scope["variablesReference"]);
        variables
            .iter()
            .map(|variable| (text(&variable["name"]), text(&variable["value"])))
            .collect()
    }

    /// The variable of that name among the locals of the innermost frame.
    pub fn local(&mut self, name: &str) -> Value {
        let frame = self.top_frame();
        let scope = self.scope(frame, "Locals");
        let variables = self.variables(&scope["variablesReference"]);
        let found = variables.into_iter().find(|variable| variable["name"] == name);
        found.unwrap_or_else(|| panic!("{}", self.client.report(&format!("no local {name}"))))
    }

    /// A page of the variables behind a reference: `filter` is `indexed` or `named`.
    pub fn page(&mut self, reference: &Value, filter: &str, start: u64, count: u64) -> Vec<Value> {
        let arguments = json!({"variablesReference": reference, "filter": filter, "start": start, "count": count});
        let body = self.client.ok("variables", arguments);
        body["variables"].as_array().cloned().unwrap_or_default()
    }

    /// The locals of the innermost frame.
    pub fn locals(&mut self) -> BTreeMap<String, String> {
        let frame = self.top_frame();
        self.locals_of(frame)
    }

    /// Goes on to the end of the program, which comes without another stop and without an error.
    pub fn runs_out(mut self) {
        self.resume();
        assert!(
            self.next_stop().is_none(),
            "{}",
            self.client.report("a stop on the way to the end")
        );
        self.client.leave_ended_program();
        self.program.ends_with(0);
    }

    /// The program ends by itself: `terminated` comes, the client disconnects, the process ends with that status.
    pub fn ends_with(mut self, code: i32) -> Program {
        self.client.wait_event("terminated", |_| true);
        self.client.leave_ended_program();
        self.program.ends_with(code);
        self.program
    }

    /// The client disconnects; the program is handed back.
    pub fn detach(self) -> Program {
        self.client.disconnect();
        self.program
    }
}
