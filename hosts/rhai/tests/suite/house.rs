//! A whole service on sockets of its own, a client of its debugger, and requests to it.

use core::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use dapstub_rhai::Service;
use dapstub_tests::{Attach, Client};
use dapstub_tokio::{Address, Config};
use serde_json::{Value, json};

/// A service with the scripts of a test.
pub(crate) struct House {
    pub(crate) service: Arc<Service>,
    pub(crate) http: SocketAddr,
    pub(crate) dap: SocketAddr,
    folder: tempfile::TempDir,
    _runtime: tokio::runtime::Runtime,
}

/// The answer to a request.
pub(crate) type Answer = (u16, Value);

impl House {
    /// Serves these scripts: name and text.
    pub(crate) fn with(scripts: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in scripts {
            std::fs::write(folder.path().join(format!("{name}.rhai")), text).unwrap();
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let service = Service::load(folder.path()).unwrap();
        let config = Config {
            port: 0,
            ..Config::default()
        };
        service.debug().configure(config.with_host("127.0.0.1").unwrap());
        let (http, dap) = runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let http = listener.local_addr().unwrap();
            let router = service.router();
            tokio::spawn(async move { axum::serve(listener, router).await });
            let Address::Tcp(dap) = service.debug().start().await.unwrap().address else {
                panic!("not TCP");
            };
            (http, dap)
        });
        Self {
            service,
            http,
            dap,
            folder,
            _runtime: runtime,
        }
    }

    /// Where a script is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(format!("{name}.rhai"))
    }

    /// The same as DAP's `source`.
    pub(crate) fn source(&self, name: &str) -> Value {
        json!({"path": self.path(name), "name": format!("{name}.rhai")})
    }

    /// Changes a script on the disk.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Attaches a client that sets these breakpoints in one script.
    pub(crate) fn attach(&self, script: &str, breakpoints: Value) -> Client {
        self.attach_with(Attach {
            breakpoints: vec![(self.source(script), breakpoints.as_array().cloned().unwrap_or_default())],
            ..Attach::default()
        })
    }

    /// Attaches as an editor does.
    pub(crate) fn attach_with(&self, attach: Attach) -> Client {
        let mut client = Client::connect(self.dap);
        client.attach_like_vscode(&attach, self.dap.port());
        client
    }

    /// Attaches with these arguments beside the usual ones, and no breakpoints.
    pub(crate) fn attach_saying(&self, more: Value) -> Client {
        self.attach_with(Attach {
            more,
            ..Attach::default()
        })
    }

    /// Replaces the breakpoints of one script; returns them as answered.
    pub(crate) fn set(&self, client: &mut Client, script: &str, breakpoints: Value) -> Vec<Value> {
        let body = client.ok(
            "setBreakpoints",
            json!({"source": self.source(script), "breakpoints": breakpoints}),
        );
        body["breakpoints"].as_array().cloned().unwrap()
    }

    /// Lets a rule decide, on a thread of its own.
    pub(crate) fn decide(&self, rule: &str, input: Value) -> JoinHandle<Answer> {
        let url = self.url(&format!("/decide/{rule}"));
        thread::spawn(move || post(&url, &input))
    }

    /// Lets a rule decide, and waits for it.
    pub(crate) fn decides(&self, rule: &str, input: Value) -> Answer {
        self.decide(rule, input).join().unwrap()
    }

    /// Sends a request without a body.
    pub(crate) fn post(&self, path: &str) -> Answer {
        post(&self.url(path), &Value::Null)
    }

    /// Asks whether the service is well.
    pub(crate) fn health(&self) -> String {
        let mut answer = ureq::get(self.url("/health")).call().unwrap();
        answer.body_mut().read_to_string().unwrap()
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.http)
    }
}

pub(crate) fn post(url: &str, input: &Value) -> Answer {
    let agent = ureq::Agent::new_with_config(ureq::Agent::config_builder().http_status_as_error(false).build());
    let mut answer = agent.post(url).send(input.to_string()).unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    (
        answer.status().as_u16(),
        serde_json::from_str(&text).unwrap_or(Value::Null),
    )
}

/// A stop: the thread, and its frames, innermost first.
pub(crate) struct Stop {
    pub(crate) thread: i64,
    pub(crate) body: Value,
    pub(crate) frames: Vec<Value>,
}

impl Stop {
    /// Waits for the next one.
    pub(crate) fn next(client: &mut Client, reason: &str) -> Self {
        let body = client.expect_stop(reason);
        assert_ne!(body["allThreadsStopped"], true);
        let thread = body["threadId"].as_i64().unwrap();
        let stack = client.ok("stackTrace", json!({"threadId": thread}));
        Self {
            thread,
            body,
            frames: stack["stackFrames"].as_array().cloned().unwrap(),
        }
    }

    pub(crate) fn line(&self) -> i64 {
        self.frames[0]["line"].as_i64().unwrap()
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.frames.iter().filter_map(|frame| frame["name"].as_str()).collect()
    }

    /// Evaluates in a frame, as a watch.
    pub(crate) fn eval(&self, client: &mut Client, frame: usize, expression: &str) -> String {
        let arguments = json!({"expression": expression, "frameId": self.frames[frame]["id"], "context": "watch"});
        client.ok("evaluate", arguments)["result"].as_str().unwrap().to_owned()
    }

    /// The variables of a scope of a frame, as they were sent.
    pub(crate) fn scope(&self, client: &mut Client, frame: usize, name: &str) -> Vec<Value> {
        let scopes = client.ok("scopes", json!({"frameId": self.frames[frame]["id"]}));
        let scope = scopes["scopes"]
            .as_array()
            .unwrap()
            .iter()
            .find(|scope| scope["name"] == name);
        let reference = &scope.unwrap_or_else(|| panic!("no scope {name} in {scopes}"))["variablesReference"];
        children(client, reference)
    }

    /// The same as `name=value`, in one line.
    pub(crate) fn shown(&self, client: &mut Client, frame: usize, name: &str) -> String {
        let shown = self.scope(client, frame, name);
        let shown = shown.iter().map(|variable| {
            format!(
                "{}={}",
                variable["name"].as_str().unwrap(),
                variable["value"].as_str().unwrap()
            )
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn go(&self, client: &mut Client) {
        let body = client.ok("continue", json!({"threadId": self.thread}));
        assert_eq!(body["allThreadsContinued"], false);
    }

    /// Steps to the next stop, which must be of this thread.
    pub(crate) fn step(&self, client: &mut Client, command: &str) -> Self {
        client.ok(command, json!({"threadId": self.thread}));
        let next = Self::next(client, "step");
        assert_eq!(next.thread, self.thread);
        next
    }
}

/// What is behind a reference.
pub(crate) fn children(client: &mut Client, reference: &Value) -> Vec<Value> {
    let body = client.ok("variables", json!({"variablesReference": reference}));
    body["variables"].as_array().cloned().unwrap()
}
