//! From listening to the end: the wait gate, the Python API, signals, forks, and how a session ends.

use core::time::Duration;

use dapstub_tests::program::Launch;
use dapstub_tests::vscode::initialize_arguments;
use dapstub_tests::{Attach, Client, Program, Python, Session, Start, on_each_python};
use serde_json::{Value, json};

fn api(python: &Python, words: &[&str]) -> Program {
    Program::start(python, Session::of("api.py").how(Start::Own).args(words).launch())
}

/// As the command line does it: whoever reads the address may be faster than the wait.
const SLOW_TO_WAIT: &str = "
import os, sys
sys.path.insert(0, os.environ['DAPSTUB_STAGED'])
from dapstub import _api, _dapstub
print('listening', _api.start({'host': '127.0.0.1', 'port': 0})[1], flush=True)
sys.stdin.readline()
_dapstub.wait_for_client(since_start=True)
print('released', flush=True)
";

#[test]
fn a_client_that_is_gone_before_the_wait_begins_opens_the_gate() {
    on_each_python(|python| {
        let mut program = Program::start(python, &Launch::target(["-c", SLOW_TO_WAIT], Start::Own));
        let mut client = program.connect();
        client.attach_like_vscode(&Attach::default(), program.address().port());
        client.disconnect();
        program.say("now wait");
        program.line("released");
        program.ends_with(0);
    });
}

#[test]
fn only_configuration_done_opens_the_gate() {
    on_each_python(|python| {
        let mut program = api(python, &["wait"]);
        let port = program.address().port();
        assert_eq!(program.line("connected"), "False");

        // A connection, an initialize, an attach: none of them is enough, nor is one that leaves after it.
        program.connect().vanish();
        let mut client = program.connect();
        client.initialize();
        client.vanish();
        let mut client = program.connect();
        client.initialize();
        client.send("attach", Attach::default().arguments(port));
        client.wait_event("initialized", |_| true);
        client.ok(
            "setBreakpoints",
            json!({"source": {"path": "/x.py"}, "breakpoints": []}),
        );
        client.vanish();

        let mut client = program.connect_next();
        let attach = client.send("attach", Attach::default().arguments(port));
        client.wait_event("initialized", |_| true);
        program.expect_silence(Duration::from_millis(200));
        client.ok("configurationDone", Value::Null);
        client.wait_success(attach);
        assert_eq!(program.line("released"), "True");
        client.disconnect();
        program.say("end");
        program.line("finished");
        program.ends_with(0);
    });
}

#[test]
fn the_gate_of_the_command_line() {
    on_each_python(|python| {
        let program = Program::start(python, Session::of("forever.py").launch());
        program.address();
        let mut client = program.connect();
        client.initialize();
        program.expect_silence(Duration::from_millis(200));
        client.vanish();
        let mut client = program.connect();
        client.attach_like_vscode(&Attach::default(), program.address().port());
        program.line("started");
        client.disconnect();
    });
}

#[test]
fn a_wait_can_be_cancelled() {
    on_each_python(|python| {
        let mut program = api(python, &["cancel"]);
        assert_eq!(program.line("released"), "False");
        program.ends_with(0);
    });
}

#[test]
fn wrong_calls_raise_what_debugpy_raises() {
    on_each_python(|python| {
        let mut program = api(python, &["errors"]);
        let wanted = [
            ("wait", "raised RuntimeError listen() or connect() must be called first"),
            ("connected", "gave False"),
            ("breakpoint", "gave None"),
            ("word", "raised ValueError expected port or (host, port)"),
            ("large", "raised ValueError invalid port number"),
            (
                "taken",
                "raised RuntimeError Can't listen for client connections: [Errno 98] Address already in use",
            ),
            ("again", "gave ('127.0.0.1', "),
            (
                "twice",
                "raised RuntimeError debugpy.listen() has already been called on this process",
            ),
        ];
        for (what, result) in wanted {
            let found = program.line(what);
            // The name in the text may be ours.
            let found = found.replace("dapstub.listen()", "debugpy.listen()");
            assert!(found.starts_with(result), "{what} {found}");
        }
        program.ends_with(0);
    });
}

#[test]
fn start_happens_once() {
    on_each_python(|python| {
        let mut program = api(python, &["start"]);
        assert_eq!(program.line("dormant"), "gave None");
        assert!(program.line("taken").starts_with("raised RuntimeError"));
        program.address();
        assert_eq!([program.line("same"), program.line("same")], ["True", "True"]);
        assert!(program.line("listen").starts_with("raised RuntimeError"));
        assert!(program.line("unknown").contains("port"));
        let mut client = program.connect();
        client.attach_like_vscode(&Attach::default(), program.address().port());
        client.disconnect();
        program.say("end");
        program.ends_with(0);
    });
}

/// Attaches to a program that called the API itself, with breakpoints at these markers.
fn attached(python: &Python, words: &[&str], markers: &[&str]) -> Session {
    let mut setup = Session::of("api.py").how(Start::Own).args(words);
    for marker in markers {
        setup = setup.breakpoint(marker);
    }
    setup.start(python)
}

#[test]
fn breakpoints_set_by_a_call() {
    on_each_python(|python| {
        let mut s = attached(python, &["stops"], &[]);
        for (call, after) in [("call", "after-call"), ("builtin", "after-builtin")] {
            let stop = s.stops_for("breakpoint");
            assert_eq!(stop.function(), "stops");
            assert!([call, after].contains(&stop.marker()), "{}", stop.marker());
            assert_eq!(stop.hit(), [0; 0]);
            let stop = if stop.marker() == call {
                s.steps_to("next", after)
            } else {
                stop
            };
            assert_eq!(stop.marker(), after);
            s.resume();
        }
        assert_eq!(s.program.line("n"), "2");
        s.ends_with(0);
    });
}

#[test]
fn sigterm_while_stopped_runs_the_handler_and_ends_the_program() {
    on_each_python(|python| {
        for thread in ["main", "other"] {
            let mut s = attached(python, &["signals", thread], &["work"]);
            s.breaks_at("work");
            s.program.signal("TERM");
            assert_eq!(s.program.line("handled"), "SIGTERM", "{thread}");
            s.program.ends_with(40 + 15);
        }
    });
}

#[test]
fn sigterm_without_a_handler_ends_the_stopped_program() {
    on_each_python(|python| {
        let mut s = Session::of("loop.py").args(&["1"]).breakpoint("work").start(python);
        s.breaks_at("work");
        s.program.signal("TERM");
        assert!(!s.program.wait().success());
    });
}

#[test]
fn sigint_while_stopped_is_a_keyboard_interrupt() {
    on_each_python(|python| {
        let mut s = attached(python, &["interrupted"], &["work"]);
        s.breaks_at("work");
        s.program.signal("INT");
        s.program.line("interrupted");
        s.program.ends_with(9);
    });
}

#[test]
fn a_hung_evaluate_does_not_hold_the_program() {
    on_each_python(|python| {
        let setup = Session::of("probe.py").breakpoint("work");
        for leave in [Client::disconnect as fn(Client), Client::vanish] {
            let mut s = setup.clone().start(python);
            s.breaks_at("work");
            let frame = s.top_frame();
            s.client.send(
                "evaluate",
                json!({"expression": "while True: pass", "frameId": frame, "context": "repl"}),
            );
            leave(s.client);
            s.program.advances("tick");
            s.program.loses_its_hooks();
            s.program.say("end");
            s.program.ends_with(0);
        }
    });
}

#[test]
fn an_evaluate_may_wait_for_another_thread() {
    on_each_python(|python| {
        let mut s = Session::of("steps.py")
            .args(&["several"])
            .breakpoint("s1")
            .start(python);
        s.breaks_at("s1");
        // The other thread has to run for this to end.
        s.repl("stop.set()");
        assert_eq!(s.eval("thread.join()"), "None");
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn a_fork_runs_on_undebugged() {
    on_each_python(|python| {
        let mut s = Session::of("probe.py")
            .breakpoint_with("work", json!({"condition": "n == 2"}))
            .start(python);
        s.breaks_at("work");
        s.resume();
        s.program.say("fork");
        assert_eq!(s.program.line("child worked"), "3 []");
        assert_eq!(s.program.line("child ended with"), "7");
        s.client.no_event("stopped");
        // The session of the parent is whole.
        s.set_breakpoints(&[("loop", json!({}))]);
        s.breaks_at("loop");
        s.clear_breakpoints();
        s.resume();
        s.program.say("end");
        s.ends_with(0);
    });
}

#[test]
fn the_end_of_the_program_is_told() {
    on_each_python(|python| {
        let mut s = Session::of("loop.py").args(&["1"]).start(python);
        s.client.wait_event("terminated", |_| true);
        let exited = s.client.take_events("exited");
        assert!(exited.iter().all(|event| event["body"]["exitCode"] == 0), "{exited:?}");
        s.client.leave_ended_program();
        s.program.ends_with(0);
    });
}

#[test]
fn a_client_that_stays_does_not_keep_an_ended_program() {
    on_each_python(|python| {
        let mut s = Session::of("loop.py").args(&["1"]).start(python);
        s.client.wait_event("terminated", |_| true);
        // No disconnect comes.
        s.program.ends_with(0);
        s.client.wait_closed();
    });
}

#[test]
fn events_of_processes_and_threads() {
    on_each_python(|python| {
        let mut s = Session::of("threads.py")
            .args(&["2"])
            .breakpoint("then")
            .breakpoint("joined")
            .start(python);
        let process = s.client.wait_event("process", |_| true);
        assert_eq!(process["body"]["systemProcessId"], s.program.id());
        assert_eq!(process["body"]["startMethod"], "attach");
        assert_eq!(process["body"]["name"], json!(s.source.path));
        // A thread is announced by the time it stops, and its end by the next stop.
        let mut workers = Vec::new();
        for _ in 0..2 {
            let stop = s.breaks_at("then");
            workers.push(stop.thread);
            s.resume();
        }
        s.breaks_at("joined");
        let threads = s.client.take_events("thread");
        let place = |thread: i64, reason: &str| {
            let body = json!({"threadId": thread, "reason": reason});
            let events: Vec<_> = threads.iter().filter(|event| event["body"] == body).collect();
            assert_eq!(events.len(), 1, "{thread} {reason}: {threads:?}");
            events[0]["seq"].as_i64()
        };
        for &worker in &workers {
            let stop = s
                .client
                .seen()
                .into_iter()
                .find(|message| message["body"]["threadId"] == worker && message["event"] == "stopped");
            let stop = stop.and_then(|stop| stop["seq"].as_i64());
            assert!(
                place(worker, "started") < stop && stop < place(worker, "exited"),
                "{worker}: {threads:?}"
            );
        }
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn disconnect_with_terminate_debuggee_ends_the_program() {
    on_each_python(|python| {
        for stopped in [false, true] {
            let setup = Session::of("probe.py");
            let setup = if stopped { setup.breakpoint("work") } else { setup };
            let mut s = setup.start(python);
            if stopped {
                s.breaks_at("work");
            }
            s.client.ok("disconnect", json!({"terminateDebuggee": true}));
            s.program.wait();
            s.client.wait_closed();
        }
    });
}

#[test]
fn terminate_ends_the_program() {
    on_each_python(|python| {
        for stopped in [false, true] {
            let setup = Session::of("probe.py");
            let setup = if stopped { setup.breakpoint("work") } else { setup };
            let mut s = setup.start(python);
            if stopped {
                s.breaks_at("work");
            }
            s.client.ok("terminate", json!({}));
            s.program.wait();
            s.client.wait_closed();
        }
    });
}

#[test]
fn requests_in_flight_are_answered_on_disconnect() {
    on_each_python(|python| {
        let mut s = Session::of("loop.py").args(&["3"]).breakpoint("round").start(python);
        s.breaks_at("round");
        let frame = s.top_frame();
        for _ in 0..10 {
            s.client.send("scopes", json!({"frameId": frame}));
            s.client.send("threads", Value::Null);
        }
        // The order rules see to it that each of them is answered before this is.
        s.client.disconnect();
        s.program.ends_with(0);
    });
}

#[test]
fn a_later_initialize_is_refused_and_changes_nothing() {
    on_each_python(|python| {
        let mut s = Session::of("loop.py").args(&["1"]).breakpoint("work").start(python);
        s.breaks_at("work");
        s.client.refused("initialize", initialize_arguments());
        s.client.refused("attach", json!({}));
        assert_eq!(s.eval("n"), "0");
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn without_a_client_the_program_just_runs() {
    on_each_python(|python| {
        let launch: Launch = Session::of("loop.py").args(&["3"]).how(Start::Running).launch().clone();
        let output = launch.run(python);
        assert!(output.status.success());
        assert_eq!(String::from_utf8_lossy(&output.stdout), "total 6\n");
    });
}
