//! Children of a program that has connected to debugpy's adapter: each calls that as well, as debugpy's own do.

use dapstub_tests::proxy::Waiting;
use dapstub_tests::{Client, Program, Python, Session, Source, Start, on_each_python};
use serde_json::{Value, json};

/// An adapter that waits, and a program that calls it.
struct Adapter {
    waiting: Waiting,
    program: Program,
    source: Source,
}

/// The adapter's side of the connection of one process.
struct Call {
    client: Client,
    pid: i64,
    parent: i64,
}

impl Adapter {
    /// Children wait for ever for what only a client can say.
    fn called(python: &Python, patience: &str) -> Self {
        let waiting = Waiting::open();
        let port = waiting.port();
        let setup = Session::of("family.py")
            .variable("FAMILY", &json!({"connect": port, "token": "open sesame"}).to_string())
            .variable("DAPSTUB_CHILD_WAIT", patience)
            .how(Start::Own);
        let program = Program::start(python, setup.launch());
        Self {
            waiting,
            program,
            source: Source::program("family.py"),
        }
    }

    /// The next process calls, and says who it is. An adapter keeps its own order.
    fn call(&self) -> Call {
        let mut client = Client::accept(&self.waiting).unjudged();
        let authorized = client.ok("pydevdAuthorize", json!({"debugServerAccessToken": null}));
        assert_eq!(authorized["clientAccessToken"], "open sesame");
        let process = client.ok("pydevdSystemInfo", Value::Null)["process"].clone();
        Call {
            client,
            pid: process["pid"].as_i64().expect("a number"),
            parent: process["ppid"].as_i64().expect("a number"),
        }
    }

    /// The process that was started here is called, and let in with these arguments.
    fn root(&self, arguments: Value) -> Call {
        let mut root = self.call();
        root.attach(arguments, None);
        root
    }

    fn end(mut self, mut root: Call) {
        root.client.ok("disconnect", json!({"terminateDebuggee": false}));
        root.client.wait_closed();
        self.program.say("end");
        self.program.ends_with(0);
    }
}

impl Call {
    fn attach(&mut self, arguments: Value, breakpoint: Option<(&Source, &str)>) {
        self.client.ok("initialize", json!({"adapterID": "debugpy"}));
        self.client.ok("attach", arguments);
        if let Some((source, marker)) = breakpoint {
            let list = json!({"source": source.descriptor(), "breakpoints": [{"line": source.line(marker)}]});
            self.client.ok("setBreakpoints", list);
        }
        self.client.ok("configurationDone", Value::Null);
    }

    fn ends(self) {
        self.client.wait_event("terminated", |_| true);
        self.client.leave_ended_program();
    }
}

#[test]
fn each_by_a_connection_of_its_own() {
    on_each_python(|python| {
        let mut adapter = Adapter::called(python, "100000");
        let root = adapter.root(json!({}));
        adapter.program.line("started");
        for way in ["fork", "mp_spawn", "mp_forkserver", "file"] {
            adapter.program.say(way);
            let mut child = adapter.call();
            assert_eq!(child.parent, root.pid, "{way}");
            assert_ne!(child.pid, root.pid, "{way}");
            child.attach(json!({"subProcessId": child.pid}), Some((&adapter.source, "work")));
            child.client.expect_stop("breakpoint");
            child.client.ok("continue", json!({"threadId": "*"}));
            adapter.program.line("child 2");
            child.ends();
            adapter.program.line(&format!("{way} gives"));
        }
        // The adapter's client hears of them by the adapter.
        assert!(!root.client.has_request("startDebugging") && !root.client.has_event("debugpyAttach"));
        adapter.end(root);
    });
}

#[test]
fn a_grandchild_names_its_own_parent() {
    on_each_python(|python| {
        let mut adapter = Adapter::called(python, "100000");
        let root = adapter.root(json!({}));
        adapter.program.say("grandchild");
        let mut child = adapter.call();
        child.attach(json!({"subProcessId": child.pid}), None);
        let mut grandchild = adapter.call();
        assert_eq!((child.parent, grandchild.parent), (root.pid, child.pid));
        grandchild.attach(json!({"subProcessId": grandchild.pid}), Some((&adapter.source, "work")));
        grandchild.client.expect_stop("breakpoint");
        grandchild.client.ok("continue", json!({"threadId": "*"}));
        grandchild.ends();
        child.ends();
        adapter.program.line("grandchild gives 0");
        adapter.end(root);
    });
}

#[test]
fn a_child_that_executes_another_program() {
    on_each_python(|python| {
        let mut adapter = Adapter::called(python, "100000");
        let root = adapter.root(json!({}));
        adapter.program.say("fork_and_exec");
        let mut first = adapter.call();
        first.attach(json!({"subProcessId": first.pid}), None);
        let pid = first.pid;
        first.ends();
        let mut next = adapter.call();
        assert_eq!((next.pid, next.parent), (pid, root.pid));
        next.attach(json!({"subProcessId": pid}), Some((&adapter.source, "work")));
        next.client.expect_stop("breakpoint");
        next.client.ok("continue", json!({"threadId": "*"}));
        next.ends();
        adapter.program.line("fork_and_exec gives 0");
        adapter.end(root);
    });
}

/// An adapter whose client does not want a child says so in this way.
#[test]
fn a_child_that_is_let_go() {
    on_each_python(|python| {
        let mut adapter = Adapter::called(python, "100000");
        let root = adapter.root(json!({}));
        adapter.program.say("file");
        let mut child = adapter.call();
        child.attach(json!({"subProcessId": child.pid}), None);
        child.client.ok("disconnect", Value::Null);
        adapter.program.line("file gives 0");
        adapter.end(root);
    });
}

/// The adapter hangs up, or has gone, or its client goes: nothing waits.
#[test]
fn nobody_holds_a_child_up() {
    on_each_python(|python| {
        let mut adapter = Adapter::called(python, "100000");
        let root = adapter.root(json!({}));
        for way in ["fork", "file"] {
            adapter.program.say(way);
            adapter.call().client.vanish();
            adapter.program.line(&format!("{way} gives"));
        }
        adapter.program.say("file");
        let child = adapter.call();
        root.client.vanish();
        adapter.program.line("file gives 0");
        child.client.wait_closed();
        drop(adapter.waiting);
        for way in ["fork", "mp_spawn", "file"] {
            adapter.program.say(way);
            adapter.program.line(&format!("{way} gives"));
        }
        adapter.program.say("end");
        adapter.program.ends_with(0);
    });
}

#[test]
fn not_where_the_client_wants_none() {
    on_each_python(|python| {
        let mut adapter = Adapter::called(python, "100000");
        let root = adapter.root(json!({"subProcess": false}));
        for way in ["fork", "file"] {
            adapter.program.say(way);
            adapter.program.line(&format!("{way} gives"));
        }
        assert!(Client::try_accept(&adapter.waiting).is_none());
        adapter.end(root);
    });
}
