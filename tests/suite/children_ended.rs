//! Child processes that are ended by the client of their parent: their own clients hear of it.

use dapstub_tests::children::{Child, wait_gone};
use dapstub_tests::{Session, on_each_python};
use serde_json::{Value, json};

/// What a client says that ends the program and its children.
fn words() -> [(&'static str, Value); 2] {
    [
        ("terminate", json!({})),
        ("disconnect", json!({"terminateDebuggee": true})),
    ]
}

fn says_goodbye(child: &Child, code: i64) {
    child.client.wait_event("exited", |body| body["exitCode"] == code);
    child.client.wait_event("terminated", |_| true);
}

/// Both while they run and while one is stopped, which does not go on before it ends.
#[test]
fn their_clients_are_told_first() {
    on_each_python(|python| {
        for (request, arguments) in words() {
            let mut s = Session::of("family.py").start(python);
            s.program.say("lasting");
            let mut stopped = s.attach_child(&["work"]);
            stopped.breaks_at("work");
            let running = s.attach_child(&[]);
            s.program.line(&format!("round {}", running.pid()));
            s.client.ok(request, arguments);
            let held = format!("round {}", stopped.pid());
            for child in [stopped, running] {
                says_goodbye(&child, -15);
                let pid = child.pid();
                child.client.leave_ended_program();
                wait_gone(&s.program, pid);
            }
            assert!(!s.program.output().contains(&held));
            s.program.wait();
        }
    });
}

/// The client of the program itself is told as well.
#[test]
fn so_is_the_client_that_asks() {
    on_each_python(|python| {
        let mut s = Session::of("family.py").start(python);
        s.program.line("started");
        s.client.ok("terminate", json!({}));
        s.client.wait_event("exited", |body| body["exitCode"] == -15);
        s.client.wait_event("terminated", |_| true);
        s.client.leave_ended_program();
        assert!(!s.program.wait().success());
    });
}

/// A client that does not leave holds nothing up.
#[test]
fn a_client_that_stays_is_not_waited_for_long() {
    on_each_python(|python| {
        let mut s = Session::of("family.py").start(python);
        s.program.say("lasting");
        let children: Vec<Child> = (0..2).map(|_| s.attach_child(&[])).collect();
        s.client.ok("terminate", json!({}));
        for child in children {
            says_goodbye(&child, -15);
            child.client.wait_closed();
        }
        s.client.wait_closed();
        s.program.wait();
    });
}

/// A child with a handler of its own ends by that.
#[test]
fn a_child_that_handles_the_signal() {
    on_each_python(|python| {
        let mut s = Session::of("family.py").start(python);
        s.program.say("handling");
        let child = s.attach_child(&["work"]);
        child.client.expect_stop("breakpoint");
        s.client.ok("terminate", json!({}));
        s.program.line("stopped by SIGTERM");
        child.client.wait_event("terminated", |_| true);
        child.client.leave_ended_program();
    });
}

#[test]
fn left_alone() {
    on_each_python(|python| {
        let mut s = Session::of("family.py")
            .attach(|attach| attach.more = json!({"terminateChildProcesses": false}))
            .start(python);
        s.program.say("lasting");
        let children: Vec<Child> = (0..2).map(|_| s.attach_child(&[])).collect();
        s.client.ok("terminate", json!({}));
        for child in children {
            // It ends by itself: what it reads has ended.
            says_goodbye(&child, 0);
            child.client.wait_closed();
        }
        s.program.wait();
    });
}
