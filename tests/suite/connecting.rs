//! The program connects: to an editor that waits for it, and to an adapter that stands between.

use std::net::TcpListener;

use dapstub_tests::program::{Launch, staged};
use dapstub_tests::proxy::Waiting;
use dapstub_tests::{Attach, Client, Program, Python, Session, Source, Start, on_each_python};
use serde_json::{Value, json};

fn calls(python: &Python, function: &str, port: u16) -> Program {
    let setup = Session::of("calls.py")
        .how(Start::Own)
        .args(&[function, &port.to_string()]);
    Program::start(python, setup.launch())
}

fn here() -> Attach {
    Attach::default().breakpoints(&Source::program("calls.py"), &[("here", Value::Null)])
}

#[test]
fn an_editor_that_waits() {
    on_each_python(|python| {
        let waiting = Waiting::open();
        let port = waiting.port();
        let mut program = calls(python, "connected", port);
        let mut client = Client::accept(&waiting);
        assert_eq!(
            program.line("before"),
            "raised RuntimeError listen() or connect() must be called first"
        );
        // The order is the same as for whoever comes by himself.
        client.refused("threads", Value::Null);
        client.refused("evaluate", json!({"expression": "1"}));
        // `connect` holds the program until its breakpoints are set.
        client.attach_like_vscode(&here(), port);
        assert_eq!(program.line("connect"), "gave None");
        assert_eq!(program.line("twice"), "gave None");
        assert_eq!(program.line("connected"), "True");
        let stop = client.expect_stop("breakpoint");
        client.ok("continue", json!({"threadId": stop["threadId"]}));
        program.line("worked");

        // The connection ends, and the program runs on; it may connect again, and listen besides.
        client.vanish();
        program.say("work");
        program.line("worked");
        let mut client = connects_again(&mut program, "again", &waiting);
        client.attach_like_vscode(&here(), port);
        assert_eq!(program.line("again"), "gave None");
        program.say("work");
        let stop = client.expect_stop("breakpoint");
        client.ok("continue", json!({"threadId": stop["threadId"]}));
        program.line("worked");
        client.disconnect();

        // Nobody configures: the end of the connection lets the program go.
        connects_again(&mut program, "in vain", &waiting).vanish();
        assert_eq!(program.line("in vain"), "gave None");

        program.say("listen");
        let mut client = Client::connect(([127, 0, 0, 1], program.address().port()).into());
        client.attach_like_vscode(&here(), program.address().port());
        client.disconnect();
        program.say("end");
        program.ends_with(0);
    });
}

#[test]
fn a_breakpoint_right_behind_the_call() {
    on_each_python(|python| {
        let waiting = Waiting::open();
        let port = waiting.port();
        let mut program = calls(python, "nested", port);
        let mut client = Client::accept(&waiting);
        let source = Source::program("calls.py");
        client.attach_like_vscode(
            &Attach::default().breakpoints(&source, &[("behind", Value::Null)]),
            port,
        );
        let stop = client.expect_stop("breakpoint");
        client.ok("continue", json!({"threadId": stop["threadId"]}));
        program.line("nested");
        client.disconnect();
        program.ends_with(0);
    });
}

/// Has the program connect, by that order. Until the end of the old connection was noticed, `connect` returns at once.
fn connects_again(program: &mut Program, order: &str, waiting: &Waiting) -> Client {
    program.say(order);
    let client = dapstub_tests::deadline::poll(|| {
        if program.has_line(order) {
            program.line(order);
            program.say(order);
        }
        Client::try_accept(waiting)
    });
    client.expect("the program connects")
}

#[test]
fn nobody_waits() {
    on_each_python(|python| {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let code = format!(
            "import os, sys\nsys.path.insert(0, os.environ['DAPSTUB_STAGED'])\nimport dapstub\n\
             for where in ({port}, 'abc', 70000, ('127.0.0.1',), ('no such host', 1)):\n\
             \x20   try:\n        print(dapstub.connect(where))\n\
             \x20   except (OSError, ValueError) as error:\n\
             \x20       print(type(error).__name__, error if isinstance(error, ValueError) else '')\n\
             print(dapstub.is_client_connected(), sys.breakpointhook is sys.__breakpointhook__)\n"
        );
        let output = Launch::target(["-c", &code], Start::Plain).run(python);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        assert_eq!(
            lines,
            [
                "ConnectionRefusedError",
                "ValueError expected port or (host, port)",
                "ValueError invalid port number",
                "ValueError expected port or (host, port)",
                "OSError",
                "False True",
            ],
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    });
}

#[test]
fn an_adapter_that_asks_who_comes() {
    on_each_python(|python| {
        let waiting = Waiting::open();
        let port = waiting.port();
        let mut program = calls(python, "introduced", port);
        // An adapter lets its client configure when `attach` is answered, and says `*` for all threads.
        let mut adapter = Client::accept(&waiting).unjudged();
        let authorized = adapter.ok("pydevdAuthorize", json!({"debugServerAccessToken": null}));
        assert_eq!(authorized["clientAccessToken"], "open sesame");
        let info = adapter.ok("pydevdSystemInfo", Value::Null);
        assert_eq!(info["process"]["ppid"], 4711);
        assert!(info["process"]["pid"].is_i64(), "{info}");
        assert!(
            adapter
                .refused("pydevdSomethingElse", Value::Null)
                .contains("pydevdSomethingElse")
        );
        adapter.ok("initialize", json!({"adapterID": "debugpy"}));
        adapter.ok("attach", json!({"listen": {"host": "127.0.0.1", "port": port}}));
        let source = Source::program("calls.py");
        adapter.ok(
            "setBreakpoints",
            json!({"source": source.descriptor(), "breakpoints": [{"line": source.line("here")}]}),
        );
        adapter.ok("configurationDone", Value::Null);
        adapter.expect_stop("breakpoint");
        adapter.ok("continue", json!({"threadId": "*"}));
        program.line("worked");
        adapter.ok("disconnect", json!({"terminateDebuggee": false}));
        adapter.wait_closed();
        program.say("end");
        program.line("finished");
        program.ends_with(0);
    });
}

#[test]
fn only_who_was_called_may_ask_early() {
    on_each_python(|python| {
        let program = Program::start(python, Session::of("forever.py").how(Start::Running).launch());
        for command in ["pydevdAuthorize", "pydevdSystemInfo"] {
            let mut client = program.connect();
            assert!(client.refused(command, Value::Null).contains("initialize"));
            client.vanish();
        }
    });
}

#[test]
fn by_the_command_line() {
    on_each_python(|python| {
        let waiting = Waiting::open();
        let port = waiting.port();
        let source = Source::program("forever.py");
        let package = staged().join("dapstub").into_os_string();
        let words = [
            package.clone(),
            "--connect".into(),
            format!("127.0.0.1:{port}").into(),
            "--wait-for-client".into(),
            source.path.clone().into_os_string(),
        ];
        let program = Program::start(python, &Launch::target(words, Start::Plain));
        let mut client = Client::accept(&waiting);
        client.attach_like_vscode(&Attach::default(), port);
        program.line("started");
        client.disconnect();
        drop(waiting);

        let words = [
            package,
            "--connect".into(),
            port.to_string().into(),
            "-c".into(),
            "print(1)".into(),
        ];
        let output = Launch::target(words, Start::Plain).run(python);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(errors.starts_with("dapstub: can't connect to 127.0.0.1:"), "{errors}");
    });
}
