//! Children of programs that listen in other ways than by a port for everybody.

use dapstub_tests::bridge::Bridge;
use dapstub_tests::children::Child;
use dapstub_tests::{Attach, Client, Program, Python, Session, Source, Start, on_each_python};
use serde_json::{Value, json};

/// A program that has called the API so.
fn program(python: &Python, wanted: &Value) -> Program {
    let setup = Session::of("family.py")
        .variable("FAMILY", &wanted.to_string())
        .variable("DAPSTUB_CHILD_WAIT", "100000")
        .how(Start::Own);
    let program = Program::start(python, setup.launch());
    if wanted["address"].is_null() {
        program.address();
    }
    program.line("started");
    program
}

fn attach(program: &Program, more: Value) -> Client {
    let mut client = program.connect();
    let attach = Attach {
        more,
        ..Attach::default()
    };
    client.attach_like_vscode(&attach, program.address().port());
    client
}

fn end(mut program: Program, client: Client) {
    client.disconnect();
    program.say("end");
    program.ends_with(0);
}

#[test]
fn by_a_unix_socket() {
    on_each_python(|python| {
        let folder = dapstub_tests::program::folder();
        let path = folder.path().join("socket");
        let mut program = program(python, &json!({"address": format!("unix:{}", path.display())}));
        let bridge = Bridge::to(&path);
        let mut client = Client::connect(bridge.address());
        client.attach_like_vscode(&Attach::default(), 0);
        for way in ["fork", "mp_spawn", "file"] {
            program.say(way);
            let told = client.wait_child();
            // The way by which the client itself came is its own matter.
            assert_eq!(told["connect"], json!({"host": "127.0.0.1", "port": 0}));
            let mut child = Child::attach(bridge.address(), &told, &Source::program("family.py"), &["work"]);
            child.breaks_at("work");
            child.resume();
            child.ends();
            program.line(&format!("{way} gives"));
        }
        program.say("execute");
        client.wait_event("terminated", |_| true);
        client.leave_ended_program();
        let mut client = Client::connect(bridge.address());
        client.attach_like_vscode(&Attach::default(), 0);
        client.ok("threads", Value::Null);
        program.line("started");
        end(program, client);
        // Nothing is left of it.
        assert!(!path.exists());
    });
}

#[test]
fn with_a_token() {
    on_each_python(|python| {
        let token = "correct horse battery";
        let mut program = program(python, &json!({"token": token}));
        let mut client = attach(&program, json!({"token": token}));
        for way in ["fork", "file"] {
            program.say(way);
            let told = client.wait_child();
            // It is part of the client's own configuration.
            assert_eq!(told["token"], token);
            for wrong in [Value::Null, json!("wrong horse battery")] {
                let mut arguments = told.clone();
                arguments["token"] = wrong;
                let mut stranger = program.connect();
                stranger.initialize();
                let refused = stranger.refused("attach", arguments);
                assert!(refused.contains("token"), "{refused}");
                stranger.wait_closed();
            }
            let mut child = Child::attach(program.address(), &told, &Source::program("family.py"), &["work"]);
            child.breaks_at("work");
            child.resume();
            child.ends();
            program.line(&format!("{way} gives"));
        }
        end(program, client);
    });
}

/// No secret stands where other users can read it.
#[test]
fn no_token_on_a_command_line() {
    on_each_python(|python| {
        let token = "correct horse battery";
        let mut program = program(python, &json!({"token": token}));
        let mut client = attach(&program, json!({"token": token}));
        program.say("file");
        let told = client.wait_child();
        let pid = told["subProcessId"].clone();
        for place in ["cmdline", "environ"] {
            let seen = std::fs::read(format!("/proc/{pid}/{place}")).expect("it waits");
            let seen = String::from_utf8_lossy(&seen);
            // How the test told its program is not ours to hide.
            let seen = seen.replace(&json!({"token": token}).to_string(), "");
            assert!(!seen.contains(token), "{seen}");
        }
        Child::attach(program.address(), &told, &Source::program("family.py"), &[]).ends();
        program.line("file gives");
        program.say("execute");
        client.wait_event("terminated", |_| true);
        client.leave_ended_program();
        let client = attach(&program, json!({"token": token}));
        program.line("started");
        let seen = std::fs::read(format!("/proc/{}/cmdline", program.id())).expect("it runs");
        assert!(!String::from_utf8_lossy(&seen).contains(token));
        end(program, client);
    });
}

#[test]
fn import_debugpy_in_a_child() {
    on_each_python(|python| {
        let mut program = program(python, &json!({"as_debugpy": true}));
        program.say("debugpy_of_child");
        // The same module is there before anybody has imported it.
        assert_eq!(program.line("child's debugpy"), "dapstub True");
        assert_eq!(program.line("debugpy_of_child gives"), "0");
        program.say("end");
        program.ends_with(0);
    });
}

#[test]
fn switched_off_by_the_program() {
    on_each_python(|python| {
        let mut program = program(python, &json!({"configure": {"subProcess": false}}));
        let mut client = attach(&program, json!({"subProcess": true}));
        for way in ["fork", "file", "mp_spawn"] {
            program.say(way);
            program.line(&format!("{way} gives"));
        }
        client.ok("threads", Value::Null);
        assert!(!client.has_request("startDebugging"));
        end(program, client);
    });
}
