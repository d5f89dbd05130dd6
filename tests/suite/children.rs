//! Child processes: each has a client of its own, by the port of its parent; none waits for one in vain.

use dapstub_tests::children::{Child, wait_gone};
use dapstub_tests::vscode::initialize_arguments;
use dapstub_tests::{Attach, Program, Python, Session, Source, Start, on_each_python};
use serde_json::{Value, json};

fn session(python: &Python) -> Session {
    let s = Session::of("family.py").start(python);
    s.program.line("started");
    s
}

/// One child, begun in that way, is stopped, looked at, stepped and let go; `status` is what the parent says of it.
fn is_debugged(s: &mut Session, way: &str, status: &str) {
    s.program.say(way);
    let mut child = s.attach_child(&["work"]);
    child.breaks_at("work");
    assert_eq!(child.eval("n"), "1", "{way}");
    assert_eq!(
        child.eval("__import__('os').getpid()"),
        child.configuration["subProcessId"].to_string()
    );
    child.next_to("after");
    assert_eq!(child.eval("total + 1"), "3", "{way}");
    child.resume();
    child.ends();
    assert_eq!(s.program.line("child"), "2", "{way}");
    assert_eq!(s.program.line(&format!("{way} gives")), status, "{way}");
}

fn are_debugged(ways: &[(&str, &str)]) {
    on_each_python(|python| {
        let mut s = session(python);
        for (way, status) in ways {
            is_debugged(&mut s, way, status);
        }
        s.client.no_event_seen("stopped");
        s.program.say("end");
        s.ends_with(0);
    });
}

#[test]
fn forked() {
    are_debugged(&[("fork", "3"), ("fork_and_exit", "4"), ("fork_in_thread", "4")]);
}

#[test]
fn of_multiprocessing() {
    are_debugged(&[("mp_fork", "0"), ("mp_spawn", "0"), ("mp_forkserver", "0")]);
}

#[test]
fn of_subprocess() {
    are_debugged(&[
        ("file", "0"),
        ("code", "0"),
        ("module", "0"),
        ("options", "0"),
        ("environment", "0"),
        ("open_descriptors", "0"),
        ("by_name", "0"),
        ("in_session", "0"),
    ]);
}

#[test]
fn of_os() {
    are_debugged(&[("spawnv", "0"), ("spawnle", "0"), ("posix_spawn", "0")]);
}

/// All of a pool of eight are stopped at the same time, by one port, and the parent is served meanwhile.
#[test]
fn a_pool_of_eight() {
    on_each_python(|python| {
        let mut s = session(python);
        for way in ["pool_fork", "pool_spawn", "pool_forkserver"] {
            s.program.say(way);
            let mut workers: Vec<Child> = (0..8).map(|_| s.attach_child(&["square"])).collect();
            let mut tasks: Vec<i64> = Vec::new();
            // A worker that is quick may do several tasks; each is stopped at.
            while tasks.len() < 8 {
                for worker in &mut workers {
                    if worker.client.has_event("stopped") {
                        worker.breaks_at("square");
                        tasks.push(worker.eval("n").parse().expect("a number"));
                        worker.resume();
                    }
                }
                s.client.ok("threads", Value::Null);
            }
            tasks.sort_unstable();
            assert_eq!(tasks, [0, 1, 2, 3, 4, 5, 6, 7], "{way}");
            assert_eq!(s.program.line(&format!("{way} gives")), "280", "{way}");
        }
        s.program.say("end");
        s.ends_with(0);
    });
}

/// Takes the announcements of so many children, without an answer to any.
fn hears_of(s: &mut Session, count: usize) -> Vec<Value> {
    let asked: Vec<Value> = (0..count).map(|_| s.client.wait_child_request()).collect();
    let mut pids: Vec<&Value> = asked
        .iter()
        .map(|request| &request["arguments"]["configuration"]["subProcessId"])
        .collect();
    pids.sort_unstable_by_key(|pid| pid.as_u64());
    pids.dedup();
    assert_eq!(pids.len(), count);
    asked
}

/// A client that answers no announcement hears of every child all the same, and debugs each.
#[test]
fn announcements_that_are_never_answered() {
    on_each_python(|python| {
        let mut s = patient(python);
        s.program.say("pool_of_8");
        let asked = hears_of(&mut s, 8);
        let attach = |request: &Value| s.attach_child_with(&request["arguments"]["configuration"], &["together"]);
        let mut workers: Vec<Child> = asked.iter().map(attach).collect();
        for worker in &mut workers {
            worker.breaks_at("together");
        }
        s.client.ok("threads", Value::Null);
        for worker in &mut workers {
            worker.resume();
        }
        assert_eq!(s.program.line("pool_of_8 gives"), "0");
        for worker in workers {
            worker.ends();
        }
        s.program.say("end");
        s.ends_with(0);
    });
}

/// One that answers when it has heard of all, in any order, is understood: those that it refuses go on.
#[test]
fn announcements_that_are_answered_late() {
    on_each_python(|python| {
        let mut s = patient(python);
        s.program.say("pool_of_12");
        let asked = hears_of(&mut s, 12);
        let wanted = s.attach_child_with(&asked[5]["arguments"]["configuration"], &[]);
        for (index, request) in asked.iter().enumerate().rev() {
            s.client.answer(request, index == 5);
        }
        assert_eq!(s.program.line("pool_of_12 gives"), "0");
        wanted.ends();
        // Once more is no answer to anything.
        s.client.answer(&asked[0], false);
        s.client.ok("threads", Value::Null);
        s.program.say("end");
        s.ends_with(0);
    });
}

/// One that neither answers nor attaches is waited for no longer than the first child waits.
#[test]
fn announcements_that_nobody_heeds() {
    on_each_python(|python| {
        let mut s = Session::of("family.py")
            .variable("DAPSTUB_CHILD_WAIT", "1")
            .start(python);
        s.program.line("started");
        s.program.say("pool_of_12");
        let asked = hears_of(&mut s, 12);
        assert_eq!(s.program.line("pool_of_12 gives"), "0");
        for request in &asked {
            s.client.answer(request, true);
        }
        s.client.ok("threads", Value::Null);
        assert!(!s.client.has_request("startDebugging"));
        s.program.say("end");
        s.ends_with(0);
    });
}

#[test]
fn workers_of_an_executor() {
    on_each_python(|python| {
        let mut s = session(python);
        s.program.say("executor");
        let mut stops = 0;
        let mut workers = vec![s.attach_child(&["square"])];
        while stops < 2 {
            if s.client.has_request("startDebugging") {
                let worker = s.attach_child(&["square"]);
                workers.push(worker);
            }
            for worker in &mut workers {
                if worker.client.has_event("stopped") {
                    worker.breaks_at("square");
                    worker.resume();
                    stops += 1;
                }
            }
        }
        assert_eq!(s.program.line("executor gives"), "[2, 8]");
        s.program.say("end");
        s.ends_with(0);
    });
}

#[test]
fn a_grandchild() {
    on_each_python(|python| {
        let mut s = session(python);
        s.program.say("grandchild");
        let mut child = s.attach_child(&[]);
        // It is the child's client that hears of it.
        let configuration = child.client.wait_child();
        let mut grandchild = s.attach_child_with(&configuration, &["work"]);
        grandchild.breaks_at("work");
        assert_eq!(
            grandchild.eval("__import__('os').getppid()"),
            child.configuration["subProcessId"].to_string()
        );
        grandchild.resume();
        grandchild.ends();
        child.ends();
        assert_eq!(s.program.line("grandchild gives"), "0");
        s.client.no_event_seen("stopped");
        s.program.say("end");
        s.ends_with(0);
    });
}

/// The configuration is the client's own; what cannot be meant for a child is left out.
#[test]
fn what_the_client_is_told() {
    on_each_python(|python| {
        let more = json!({"args": ["x"], "listen": null, "preLaunchTask": "a", "postDebugTask": "b", "processId": 5,
                          "restart": true, "env": {"A": "1"}, "justMyCode": false, "subProcess": true});
        let mut s = Session::of("family.py")
            .attach(|attach| attach.more = more)
            .start(python);
        s.program.line("started");
        s.program.say("file");
        let told = s.client.wait_child();
        let pid = told["subProcessId"].clone();
        let port = s.program.address().port();
        let expected = json!({
            "name": format!("Subprocess {pid}"), "type": "debugpy", "subProcessId": pid,
            "connect": {"host": "127.0.0.1", "port": port},
            "debugOptions": ["RedirectOutput", "ShowReturnValue"], "showReturnValue": true,
            "workspaceFolder": "/workspace", "clientOS": "unix", "__sessionId": "00000000-0000-0000-0000-000000000001",
            "env": {"A": "1"}, "justMyCode": false, "subProcess": true
        });
        assert_eq!(told, expected);
        s.attach_child_with(&told, &[]).ends();
        s.program.line("file gives");
        s.program.say("end");
        s.ends_with(0);
    });
}

/// A client that knows no `startDebugging` gets debugpy's event.
#[test]
fn by_the_event() {
    on_each_python(|python| {
        let setup = Session::of("family.py").how(Start::Running);
        let mut program = Program::start(python, setup.launch());
        program.line("started");
        let mut client = program.connect();
        let mut initialize = initialize_arguments();
        initialize["supportsStartDebuggingRequest"] = json!(false);
        let attach = Attach {
            legacy: true,
            ..Attach::default()
        };
        client.attach_with(initialize, attach.arguments(program.address().port()), &attach);
        program.say("file");
        let told = client.wait_event("debugpyAttach", |_| true)["body"].clone();
        assert_eq!(told["request"], "attach");
        assert_eq!(
            told["connect"],
            json!({"host": "localhost", "port": program.address().port()})
        );
        assert!(told["host"].is_null() && told["port"].is_null());
        let mut child = Child::attach(program.address(), &told, &Source::program("family.py"), &["work"]);
        child.breaks_at("work");
        child.resume();
        child.ends();
        assert_eq!(program.line("file gives"), "0");
        client.disconnect();
        program.say("end");
        program.ends_with(0);
    });
}

const ALL: [&str; 10] = [
    "fork",
    "mp_fork",
    "mp_spawn",
    "mp_forkserver",
    "file",
    "posix_spawn",
    "spawnv",
    "pool_fork",
    "pool_spawn",
    "fork_and_exec",
];

/// Without a client at all nothing waits, and nothing is different.
#[test]
fn without_a_client() {
    on_each_python(|python| {
        let setup = Session::of("family.py").how(Start::Running);
        let mut program = Program::start(python, setup.launch());
        for way in ALL {
            program.say(way);
            program.line(&format!("{way} gives"));
        }
        program.say("end");
        program.ends_with(0);
    });
}

/// A client that does not answer at all is waited for once, for a limited time, and only by the first.
#[test]
fn nobody_attaches() {
    on_each_python(|python| {
        let mut s = Session::of("family.py")
            .variable("DAPSTUB_CHILD_WAIT", "0.2")
            .start(python);
        for way in ALL {
            s.program.say(way);
            s.program.line(&format!("{way} gives"));
        }
        s.client.ok("threads", Value::Null);
        s.program.say("end");
        s.ends_with(0);
    });
}

/// With patience without end only the client's word lets it go on.
fn patient(python: &Python) -> Session {
    let s = Session::of("family.py")
        .variable("DAPSTUB_CHILD_WAIT", "100000")
        .start(python);
    s.program.line("started");
    s
}

#[test]
fn the_client_refuses() {
    on_each_python(|python| {
        let mut s = patient(python);
        for way in ["fork", "file", "mp_spawn"] {
            s.program.say(way);
            let request = s.client.wait_child_request();
            s.client.answer(&request, false);
            s.program.line(&format!("{way} gives"));
        }
        s.program.say("end");
        s.ends_with(0);
    });
}

/// The parent's client goes, in each way, while a child waits: child and parent run on.
#[test]
fn the_parents_client_goes_while_children_wait() {
    on_each_python(|python| {
        for disconnects in [true, false] {
            for way in ["fork", "mp_spawn", "pool_spawn"] {
                let mut s = patient(python);
                s.program.say(way);
                s.client.wait_child();
                let mut program = if disconnects {
                    s.detach()
                } else {
                    s.client.vanish();
                    s.program
                };
                program.line(&format!("{way} gives"));
                program.say("end");
                program.ends_with(0);
            }
        }
    });
}

/// It goes while children are stopped: their own clients hold them, and let them go.
#[test]
fn the_parents_client_goes_while_children_are_stopped() {
    on_each_python(|python| {
        let mut s = patient(python);
        s.program.say("pool_fork");
        let mut workers: Vec<Child> = (0..8).map(|_| s.attach_child(&["work"])).collect();
        workers[0].breaks_at("work");
        s.client.vanish();
        let pid = workers[0].eval("__import__('os').getpid()");
        assert_eq!(pid, workers[0].configuration["subProcessId"].to_string());
        // Their clients go as well, in either way.
        for (index, worker) in workers.into_iter().enumerate() {
            if index % 2 == 0 {
                worker.client.vanish()
            } else {
                worker.client.disconnect()
            }
        }
        assert_eq!(s.program.line("pool_fork gives"), "280");
        s.program.say("end");
        s.program.ends_with(0);
    });
}

/// The parent is killed: a child that waits goes on, one that has a client keeps it.
#[test]
fn the_parent_dies() {
    on_each_python(|python| {
        let mut s = patient(python);
        s.program.say("lasting");
        let mut child = s.attach_child(&["work"]);
        child.breaks_at("work");
        let waiting = s.client.wait_child();
        s.program.signal("KILL");
        s.program.wait();
        s.client.wait_closed();
        assert_eq!(child.eval("n"), "5");
        let pid = child.configuration["subProcessId"].as_u64().expect("a number");
        child.client.vanish();
        wait_gone(&s.program, pid);
        wait_gone(&s.program, waiting["subProcessId"].as_u64().expect("a number"));
    });
}

#[test]
fn a_client_that_comes_late_hears_of_those_that_live() {
    on_each_python(|python| {
        let mut s = session(python);
        s.program.say("lasting");
        let mut first = s.attach_child(&["work"]);
        first.breaks_at("work");
        let other = s.client.wait_child()["subProcessId"].clone();
        s.client.vanish();
        assert_eq!(s.program.line("lasting gives"), "begun");
        let mut client = s.program.connect();
        client.attach_like_vscode(&Attach::default(), s.program.address().port());
        // The first has a client already.
        let told = client.wait_child();
        assert_eq!(told["subProcessId"], other);
        let mut child = Child::attach(s.program.address(), &told, &s.source, &["work"]);
        child.breaks_at("work");
        assert_eq!(child.eval("n"), "5");
        first.client.disconnect();
        child.client.disconnect();
        s.program.say("end_lasting");
        assert_eq!(s.program.line("end_lasting gives"), "[0, 0]");
        client.disconnect();
        s.program.say("end");
        s.program.ends_with(0);
    });
}

#[test]
fn a_child_that_is_not_there() {
    on_each_python(|python| {
        let mut s = session(python);
        is_debugged(&mut s, "file", "0");
        let mut client = s.program.connect();
        client.initialize();
        let mut arguments = Attach::default().arguments(1);
        arguments["subProcessId"] = json!(1);
        let told = client.refused("attach", arguments);
        assert!(told.contains("no child process 1"), "{told}");
        client.wait_closed();
        s.program.say("end");
        s.ends_with(0);
    });
}

#[test]
fn switched_off() {
    on_each_python(|python| {
        let mut s = Session::of("family.py")
            .variable("DAPSTUB_CHILD_WAIT", "100000")
            .attach(|attach| attach.more = json!({"subProcess": false}))
            .start(python);
        for way in ["fork", "file"] {
            s.program.say(way);
            s.program.line(&format!("{way} gives"));
        }
        s.client.ok("threads", Value::Null);
        assert!(!s.client.has_request("startDebugging"));
        s.program.say("end");
        s.ends_with(0);
    });
}

#[test]
fn what_is_no_python_is_left_alone() {
    on_each_python(|python| {
        let mut s = patient(python);
        for (way, line) in [
            ("other", "other"),
            ("shell", "shell"),
            ("version", "Python"),
            ("input", "from input"),
        ] {
            s.program.say(way);
            s.program.line(line);
            s.program.line(&format!("{way} gives 0"));
        }
        s.program.say("missing");
        s.program.line("missing gives 2");
        assert!(!s.client.has_request("startDebugging"));
        s.program.say("end");
        s.ends_with(0);
    });
}

/// What a child can see of itself is what it sees without a debugger.
#[test]
fn a_child_sees_no_debugger() {
    on_each_python(|python| {
        let look = |setup: dapstub_tests::session::Setup, start: Start| {
            let mut program = Program::start(python, setup.how(start).launch());
            program.say("look");
            let seen = ["argv", "main", "environment"].map(|prefix| program.line(prefix));
            program.say("end");
            program.ends_with(0);
            seen
        };
        let debugged = look(Session::of("family.py"), Start::Running);
        assert_eq!(debugged, look(Session::of("family.py"), Start::Plain));
    });
}

#[test]
fn storms() {
    on_each_python(|python| {
        let mut s = patient(python);
        for way in ["storm_fork", "storm_spawn"] {
            s.program.say(way);
            for _ in 0..30 {
                let child = s.attach_child(&[]);
                child.ends();
            }
            assert_eq!(s.program.line(&format!("{way} gives")), "0");
        }
        s.program.say("end");
        s.ends_with(0);
    });
}

#[test]
fn a_child_that_writes_into_its_sockets() {
    on_each_python(|python| {
        let mut s = Session::of("family.py")
            .variable("DAPSTUB_CHILD_WAIT", "0")
            .start(python);
        s.program.line("started");
        s.program.say("hostile");
        assert_eq!(s.program.line("hostile gives"), "0");
        s.program.say("tick");
        s.program.line("tick gives tock");
        s.client.take_events("output");
        s.client.ok("threads", Value::Null);
        s.program.say("end");
        s.ends_with(0);
    });
}

/// A child that executes another program is announced again, under the same number.
#[test]
fn a_child_that_executes_another_program() {
    on_each_python(|python| {
        let mut s = session(python);
        s.program.say("fork_and_exec");
        let first = s.attach_child(&[]);
        let pid = first.configuration["subProcessId"].clone();
        first.ends();
        let mut next = s.attach_child(&["work"]);
        assert_eq!(next.configuration["subProcessId"], pid);
        next.breaks_at("work");
        assert_eq!(next.eval("__import__('os').getpid()"), pid.to_string());
        next.resume();
        next.ends();
        assert_eq!(s.program.line("fork_and_exec gives"), "0");
        s.program.say("end");
        s.ends_with(0);
    });
}
