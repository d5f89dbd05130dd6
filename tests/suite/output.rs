//! What the program writes, as `output` events; and what the console prints.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use dapstub_tests::session::Setup;
use dapstub_tests::{Attach, Session, Start, deadline, on_each_python, wire};
use serde_json::{Value, json};

/// A session in which nothing is asked for beyond what the test asks for.
fn plain(function: &str, more: Value) -> Setup {
    Session::of("writes.py").args(&[function]).attach(|attach| {
        attach.more = json!({"debugOptions": []});
        for (name, value) in more.as_object().into_iter().flatten() {
            attach.more[name] = value.clone();
        }
    })
}

/// The text of the events that came so far, by category.
fn written(s: &Session, category: &str) -> String {
    let events = s.client.seen();
    let events = events
        .iter()
        .filter(|message| message["event"] == "output" && message["body"]["category"] == category);
    events
        .filter_map(|message| message["body"]["output"].as_str())
        .collect()
}

#[test]
fn redirected_output() {
    on_each_python(|python| {
        for more in [
            json!({"redirectOutput": true}),
            json!({"debugOptions": ["RedirectOutput", "Unknown"]}),
        ] {
            let mut s = plain("lines", more).breakpoint("stop").start(python);
            s.breaks_at("stop");
            // All of it is here before the stop is told.
            assert_eq!(written(&s, "stdout"), "one 1\nno end yet; ended\nprompt> ä\n");
            assert_eq!(written(&s, "stderr"), "to the other side\n");
            let events = s.client.take_events("output");
            let texts: Vec<&str> = events
                .iter()
                .filter_map(|event| event["body"]["output"].as_str())
                .collect();
            // Whole lines, and what was flushed.
            assert_eq!(
                texts,
                [
                    "one 1\n",
                    "to the other side\n",
                    "no end yet; ended\n",
                    "prompt> ",
                    "ä\n"
                ]
            );
            s.clear_breakpoints();
            s.resume();
            // It still goes where it went.
            let program = s.ends_with(0);
            assert_eq!(program.output()[..2], ["one 1", "no end yet; ended"]);
        }
    });
}

#[test]
fn bytes_come_once_and_text_as_well() {
    on_each_python(|python| {
        let setup = plain("bytes_too", json!({"redirectOutput": true}));
        let mut s = setup.breakpoint("stop_bytes").start(python);
        s.breaks_at("stop_bytes");
        assert_eq!(written(&s, "stdout"), "é à\ntext\n");
        assert_eq!(written(&s, "stderr"), "other bytes\n");
        s.client.disconnect();
        s.program.line("stopping");
        // The buffer is as it was.
        assert_eq!(s.program.line("own"), "False");
    });
}

#[test]
fn nothing_is_sent_unless_asked_for() {
    on_each_python(|python| {
        for more in [
            json!({}),
            json!({"redirectOutput": false, "debugOptions": ["RedirectOutput"]}),
        ] {
            let mut s = plain("lines", more).breakpoint("stop").start(python);
            s.breaks_at("stop");
            s.client.no_event("output");
            s.clear_breakpoints();
            s.resume();
            assert_eq!(s.program.line("own"), "False False");
            s.ends_with(0);
        }
    });
}

#[test]
fn the_streams_are_as_before_when_the_client_has_gone() {
    on_each_python(|python| {
        let mut s = plain("waits", json!({"redirectOutput": true})).start(python);
        s.program.say("attached");
        assert_eq!(s.program.line("own"), "True attached");
        s.client
            .wait_event("output", |body| body["output"] == "own True attached\n");
        let mut program = s.detach();
        // The farewell is answered first, and carried out then.
        let freed = deadline::poll(|| {
            program.say("alone");
            (program.line("own") == "False alone").then_some(())
        });
        assert!(freed.is_some(), "{}", program.report("the stream keeps what was set"));
        let mut client = program.connect();
        let again = Attach {
            more: json!({"redirectOutput": true}),
            ..Attach::default()
        };
        client.attach_like_vscode(&again, program.address().port());
        program.say("again");
        client.wait_event("output", |body| body["output"] == "own True again\n");
        client.disconnect();
    });
}

#[test]
fn the_console_prints_into_the_console() {
    on_each_python(|python| {
        let mut s = plain("lines", json!({})).breakpoint("stop").start(python);
        s.breaks_at("stop");
        s.clear_breakpoints();
        let body = s.repl("print('from the console', end='')");
        assert_eq!(body["result"], "");
        s.client.wait_event("output", |body| {
            body["category"] == "stdout" && body["output"] == "from the console"
        });
        s.repl("import sys\nfor n in range(2):\n    print(n, file=sys.stderr)");
        assert_eq!(written(&s, "stderr"), "0\n1\n");
        // A watch is evaluated again and again: it says nothing.
        s.eval("print('a watch')");
        assert!(!written(&s, "stdout").contains("a watch"));
        s.resume();
        assert_eq!(s.program.line("own"), "False False");
        s.ends_with(0);
    });
}

#[test]
fn a_stream_with_a_write_of_its_own_keeps_it() {
    on_each_python(|python| {
        let mut s = plain("own", json!({"redirectOutput": true}))
            .breakpoint("own")
            .start(python);
        s.breaks_at("own");
        s.clear_breakpoints();
        s.repl("print('in the console')");
        s.resume();
        assert_eq!(s.program.line("kept"), "4");
        assert_eq!(s.program.line("still"), "True");
        s.ends_with(0);
    });
}

#[test]
fn a_program_without_streams() {
    on_each_python(|python| {
        let mut s = plain("none", json!({"redirectOutput": true}))
            .breakpoint("none")
            .start(python);
        s.breaks_at("none");
        s.clear_breakpoints();
        s.repl("print('nowhere')");
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn a_forked_child_writes_as_if_nobody_listened() {
    on_each_python(|python| {
        let s = plain("forks", json!({"redirectOutput": true})).start(python);
        for n in 0..20 {
            assert_eq!(s.program.line("in the child"), n.to_string());
        }
        s.program.line("parent");
        s.client.wait_event("output", |body| body["output"] == "parent\n");
        assert!(!written(&s, "stdout").contains("in the child"));
        s.ends_with(0);
    });
}

#[test]
fn a_client_that_does_not_read_holds_nothing_up() {
    on_each_python(|python| {
        let setup = plain("flood", json!({}));
        let mut program = dapstub_tests::Program::start(python, &setup.launch().clone().how(Start::Waiting));
        let mut stream = TcpStream::connect(program.address()).unwrap();
        for (seq, command, arguments) in [
            (1, "initialize", json!({"adapterID": "debugpy"})),
            (2, "attach", json!({"redirectOutput": true})),
            (3, "configurationDone", json!({})),
        ] {
            let message = json!({"seq": seq, "type": "request", "command": command, "arguments": arguments});
            stream.write_all(&wire::frame(message.to_string().as_bytes())).unwrap();
        }
        // 40 MB, of which the client takes what fits into the socket.
        program.line("flooded");
        // Most of it was left out rather than kept.
        let (mut seen, mut buffer) = (0, vec![0; 1 << 20]);
        while let Ok(n @ 1..) = stream.read(&mut buffer) {
            seen += n;
        }
        assert!(seen < 30_000_000, "{seen} bytes");
        program.ends_with(0);
    });
}
