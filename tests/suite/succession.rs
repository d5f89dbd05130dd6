//! A program that executes another one, or itself anew, in the process that listens: the port stays open, and clients find
//! the next program there.

use std::net::TcpStream;

use dapstub_tests::children::Child;
use dapstub_tests::{Attach, Client, Program, Python, Session, Start, on_each_python};
use serde_json::{Value, json};

fn session(python: &Python, patience: &str) -> Session {
    let s = Session::of("family.py")
        .variable("DAPSTUB_CHILD_WAIT", patience)
        .start(python);
    s.program.line("started");
    s
}

fn attach(program: &Program, attach: &Attach) -> Client {
    let mut client = program.connect();
    client.attach_like_vscode(attach, program.address().port());
    client
}

/// The client is told of the end, and of the next program, which waits for it.
#[test]
fn a_client_finds_the_next_program_at_the_same_port() {
    on_each_python(|python| {
        let mut s = session(python, "100000");
        let pid = s.program.id();
        for _ in 0..2 {
            s.program.say("execute");
            s.program.line("executing");
            // It hears of that as of a child.
            let told = s.client.wait_child_request()["arguments"]["configuration"].clone();
            assert_eq!(told["subProcessId"], pid);
            s.client.wait_event("terminated", |_| true);
            s.client.leave_ended_program();
            s.client = Child::attach(s.program.address(), &told, &s.source, &["work"]).client;
            let stop = s.breaks_at("work");
            assert_eq!(s.eval("n"), "1");
            // As far as it can see it was not started by a debugger.
            assert_eq!(s.eval("sys.argv[1:]"), "['again']");
            assert_eq!(s.eval("sys.orig_argv[2:]"), "['again']");
            assert_eq!(s.eval("os.getpid()"), pid.to_string());
            assert_eq!(stop.functions(), ["work", "child", "say_and_go_on", "<module>"]);
            s.steps_to("next", "after");
            s.resume();
            s.program.line("started");
        }
        // Its children are found by that port as well.
        s.program.say("file");
        let mut child = s.attach_child(&["work"]);
        child.breaks_at("work");
        child.resume();
        child.ends();
        s.program.line("file gives");
        s.program.say("end");
        s.ends_with(0);
    });
}

/// One that does not leave when it is told so is cut off.
#[test]
fn a_client_that_stays() {
    on_each_python(|python| {
        let mut s = session(python, "0.2");
        s.program.say("execute");
        s.client.wait_event("terminated", |_| true);
        s.client.wait_closed();
        // Nobody comes: it goes on, and takes one that comes late.
        s.program.line("started");
        s.client = attach(&s.program, &Attach::default());
        s.client.ok("threads", Value::Null);
        s.program.say("end");
        s.ends_with(0);
    });
}

/// Asked for by the client itself, at a stop.
#[test]
fn at_a_stop() {
    on_each_python(|python| {
        let mut s = session(python, "0");
        s.set_breakpoints(&[("work", json!({}))]);
        s.program.say("work");
        s.breaks_at("work");
        let frame = s.top_frame();
        let line = json!({"expression": "execute()", "frameId": frame, "context": "repl"});
        s.client.send("evaluate", line);
        s.client.wait_event("terminated", |_| true);
        s.client.wait_closed();
        s.program.line("started");
        s.client = attach(&s.program, &Attach::default());
        s.program.say("end");
        s.ends_with(0);
    });
}

#[test]
fn without_a_client_nothing_waits() {
    on_each_python(|python| {
        let setup = Session::of("family.py")
            .variable("DAPSTUB_CHILD_WAIT", "100000")
            .how(Start::Running);
        let mut program = Program::start(python, setup.launch());
        program.line("started");
        let address = program.address();
        for _ in 0..3 {
            program.say("execute");
            program.line("started");
            // It stands in the queue of the system, if nobody has taken it.
            assert!(TcpStream::connect(address).is_ok());
        }
        let mut client = attach(&program, &Attach::default());
        client.ok("threads", Value::Null);
        client.disconnect();
        program.say("end");
        program.ends_with(0);
    });
}

/// A program that begins anew calls `listen` again: it gets what it has, and a second call is one too many.
#[test]
fn the_next_program_listens_itself() {
    on_each_python(|python| {
        let setup = Session::of("family.py").how(Start::Running);
        let mut program = Program::start(python, setup.launch());
        program.line("started");
        let port = program.address().port();
        for _ in 0..2 {
            program.say("execute_and_listen");
            assert_eq!(program.line("endpoint"), format!("127.0.0.1 {port}"));
            let refused = program.line("twice");
            assert!(refused.contains("already been called"), "{refused}");
            program.line("started");
        }
        let mut client = attach(&program, &Attach::default());
        client.ok("threads", Value::Null);
        client.disconnect();
        program.say("end");
        program.ends_with(0);
    });
}

/// It does not come about: this program goes on, and so does its port.
#[test]
fn an_exec_that_fails() {
    on_each_python(|python| {
        let mut s = session(python, "100000");
        // There is no such file, so there is no reason to say anything.
        s.program.say("missing_program");
        assert_eq!(s.program.line("missing_program gives"), "FileNotFoundError");
        s.client.ok("threads", Value::Null);
        // The system refuses it when the client is told already.
        s.program.say("execute_in_vain");
        s.client.wait_event("terminated", |_| true);
        s.client.leave_ended_program();
        assert_eq!(s.program.line("execute_in_vain gives"), "OSError");
        let again = Attach::default().breakpoints(&s.source, &[("square", json!({}))]);
        s.client = attach(&s.program, &again);
        s.program.say("file");
        let mut child = s.attach_child(&["work"]);
        child.breaks_at("work");
        child.resume();
        child.ends();
        s.program.line("file gives");
        s.program.say("end");
        s.ends_with(0);
    });
}

/// The children of the old program run on, and so do their sessions.
#[test]
fn children_outlive_it() {
    on_each_python(|python| {
        let mut s = session(python, "100000");
        s.program.say("lasting");
        let mut child = s.attach_child(&["work"]);
        child.breaks_at("work");
        s.attach_child(&[]).client.disconnect();
        s.program.line("lasting gives");
        s.program.say("execute");
        s.client.wait_event("terminated", |_| true);
        s.client.leave_ended_program();
        s.client = attach(&s.program, &Attach::default());
        s.program.line("started");
        assert_eq!(child.eval("n"), "5");
        child.client.disconnect();
        s.program.say("end");
        s.ends_with(0);
    });
}

/// The rules go on with the port.
#[test]
fn the_rules_stay() {
    on_each_python(|python| {
        let setup = Session::of("family.py")
            .variable("FAMILY", &json!({"token": "correct horse battery"}).to_string())
            .how(Start::Own);
        let mut program = Program::start(python, setup.launch());
        program.address();
        program.line("started");
        program.say("execute");
        program.line("started");
        for given in [json!("wrong horse battery"), Value::Null] {
            let mut client = program.connect();
            client.initialize();
            let mut arguments = Attach::default().arguments(program.address().port());
            arguments["token"] = given;
            let told = client.refused("attach", arguments);
            assert!(told.contains("token"), "{told}");
        }
        let arguments = Attach {
            more: json!({"token": "correct horse battery"}),
            ..Attach::default()
        };
        let mut client = attach(&program, &arguments);
        client.ok("threads", Value::Null);
        client.disconnect();
        program.say("end");
        program.ends_with(0);
    });
}
