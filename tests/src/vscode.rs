//! The messages of an attach in the order and form in which VS Code sends them.

use serde_json::{Value, json};

use crate::client::{Client, Response};
use crate::source::Source;

/// The arguments of VS Code's `initialize`.
pub fn initialize_arguments() -> Value {
    json!({
        "clientID": "vscode", "clientName": "Visual Studio Code", "adapterID": "debugpy", "pathFormat": "path",
        "linesStartAt1": true, "columnsStartAt1": true, "supportsVariableType": true, "supportsVariablePaging": true,
        "supportsRunInTerminalRequest": true, "locale": "en", "supportsProgressReporting": true,
        "supportsInvalidatedEvent": true, "supportsMemoryReferences": true,
        "supportsArgsCanBeInterpretedByShell": true, "supportsMemoryEvent": true,
        "supportsStartDebuggingRequest": true, "supportsANSIStyling": true
    })
}

/// What a launch.json says, and the breakpoints that the editor holds.
#[derive(Debug, Clone, Default)]
pub struct Attach {
    /// `localRoot` and `remoteRoot`, one pair for each mapping.
    pub path_mappings: Vec<(String, String)>,
    /// `justMyCode`, left out when `None`.
    pub just_my_code: Option<bool>,
    /// The older form: `host` and `port` at the top instead of `connect`.
    pub legacy: bool,
    /// Members that the attach arguments have besides.
    pub more: Value,
    /// The `source` of each file with its breakpoints.
    pub breakpoints: Vec<(Value, Vec<Value>)>,
    /// Function breakpoints.
    pub functions: Vec<Value>,
    /// Exception filters.
    pub filters: Vec<String>,
}

/// The answers to the configuration.
#[derive(Debug, Clone)]
pub struct Attached {
    /// The body of the initialize response.
    pub capabilities: Value,
    /// The breakpoints of each source.
    pub breakpoints: Vec<Vec<Value>>,
    /// The function breakpoints.
    pub functions: Vec<Value>,
}

impl Attach {
    /// Adds breakpoints of one file: each a marker and the members beside `line`.
    #[must_use]
    pub fn breakpoints(mut self, source: &Source, breakpoints: &[(&str, Value)]) -> Self {
        let list = breakpoints
            .iter()
            .map(|(marker, more)| breakpoint(source.line(marker), more))
            .collect();
        self.breakpoints.push((source.descriptor(), list));
        self
    }

    /// Adds breakpoints of one file: each a line, and the members beside it.
    pub fn breakpoints_at(&mut self, source: &Source, breakpoints: &[(i64, Value)]) {
        let list = breakpoints.iter().map(|(line, more)| breakpoint(*line, more)).collect();
        self.breakpoints.push((source.descriptor(), list));
    }

    /// The attach arguments for a server at `port`.
    pub fn arguments(&self, port: u16) -> Value {
        let mut arguments = json!({
            "name": "Python: Remote Attach", "type": "debugpy", "request": "attach",
            "debugOptions": ["RedirectOutput", "ShowReturnValue"], "showReturnValue": true,
            "workspaceFolder": "/workspace", "clientOS": "unix", "__sessionId": "00000000-0000-0000-0000-000000000001"
        });
        if self.legacy {
            arguments["host"] = json!("localhost");
            arguments["port"] = json!(port);
            arguments["type"] = json!("python");
        } else {
            arguments["connect"] = json!({"host": "127.0.0.1", "port": port});
        }
        if !self.path_mappings.is_empty() {
            let pair = |(local, remote): &(String, String)| json!({"localRoot": local, "remoteRoot": remote});
            arguments["pathMappings"] = self.path_mappings.iter().map(pair).collect();
        }
        if let Some(just_my_code) = self.just_my_code {
            arguments["justMyCode"] = json!(just_my_code);
        }
        for (member, value) in self.more.as_object().into_iter().flatten() {
            arguments[member] = value.clone();
        }
        arguments
    }
}

/// A source breakpoint at `line` with the members of `more`.
pub fn breakpoint(line: i64, more: &Value) -> Value {
    let mut breakpoint = json!({"line": line});
    for (member, value) in more.as_object().into_iter().flatten() {
        breakpoint[member] = value.clone();
    }
    breakpoint
}

/// The arguments of `setBreakpoints`, with the list of lines that older servers want.
pub fn set_breakpoints_arguments(source: &Value, breakpoints: &[Value]) -> Value {
    let lines: Vec<&Value> = breakpoints.iter().map(|breakpoint| &breakpoint["line"]).collect();
    json!({"source": source, "lines": lines, "breakpoints": breakpoints, "sourceModified": false})
}

impl Client {
    /// Sends `initialize` as VS Code does; returns the capabilities.
    pub fn initialize(&mut self) -> Value {
        self.ok("initialize", initialize_arguments())
    }

    /// Runs the whole attach: initialize; attach; on `initialized` every breakpoint without waiting in between;
    /// configurationDone; then the attach response and `threads`.
    ///
    /// # Panics
    ///
    /// When the server answers in another order, or refuses anything.
    pub fn attach_like_vscode(&mut self, attach: &Attach, port: u16) -> Attached {
        self.attach_with(initialize_arguments(), attach.arguments(port), attach)
    }

    /// The same with other arguments of `initialize` and `attach`.
    ///
    /// # Panics
    ///
    /// As above.
    pub fn attach_with(&mut self, initialize: Value, arguments: Value, attach: &Attach) -> Attached {
        let capabilities = self.ok("initialize", initialize);
        let pending = self.send("attach", arguments);
        self.wait_event("initialized", |_| true);
        let sources: Vec<i64> = attach
            .breakpoints
            .iter()
            .map(|(source, breakpoints)| self.send("setBreakpoints", set_breakpoints_arguments(source, breakpoints)))
            .collect();
        let functions = self.send("setFunctionBreakpoints", json!({"breakpoints": attach.functions}));
        let exceptions = self.send("setExceptionBreakpoints", json!({"filters": attach.filters}));
        let breakpoints = sources.into_iter().map(|seq| listed(&self.wait_success(seq))).collect();
        let functions = listed(&self.wait_success(functions));
        self.wait_success(exceptions);
        let done = self.send("configurationDone", Value::Null);
        let threads = self.send("threads", Value::Null);
        let done = self.wait_success(done);
        let attached = self.wait_success(pending);
        assert_eq!(
            attached.seq(),
            done.seq() + 1,
            "{}",
            self.report("the attach response follows configurationDone's")
        );
        self.wait_response(threads);
        Attached {
            capabilities,
            breakpoints,
            functions,
        }
    }
}

fn listed(response: &Response) -> Vec<Value> {
    response.body()["breakpoints"].as_array().cloned().unwrap_or_default()
}
