//! Clients that vanish while the program is stopped, in every way, and evaluations that go wrong: the program runs on, and the
//! next client gets in.

use core::net::SocketAddr;
use core::time::Duration;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use dapstub_tests::wire::frame;
use dapstub_tests::{Attach, Program, Python, Session, deadline, on_each_python};
use serde_json::{Value, json};
use socket2::SockRef;

/// What a script client says first.
const BEGIN: [(&str, &str); 5] = [
    ("initialize", r#"{"adapterID":"x"}"#),
    ("attach", "{}"),
    ("setFunctionBreakpoints", r#"{"breakpoints":[{"name":"work"}]}"#),
    ("configurationDone", "{}"),
    ("threads", "{}"),
];

fn opening() -> Vec<u8> {
    let message = |(index, (command, arguments)): (usize, &(&str, &str))| {
        let seq = index + 1;
        frame(format!(r#"{{"seq":{seq},"type":"request","command":"{command}","arguments":{arguments}}}"#).as_bytes())
    };
    BEGIN.iter().enumerate().flat_map(message).collect()
}

/// A connection without any comfort, whose program is stopped at a breakpoint.
fn stopped(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(deadline::limit())).expect("a timeout");
    stream.write_all(&opening()).expect("sent");
    let mut text = Vec::new();
    while !String::from_utf8_lossy(&text).contains("\"stopped\"") {
        let mut part = [0; 4096];
        match stream.read(&mut part).expect("in time") {
            0 => panic!("the stream has ended: {}", String::from_utf8_lossy(&text)),
            n => text.extend_from_slice(&part[..n]),
        }
    }
    stream
}

/// A client in a process of its own: it attaches, sees the stop, says so, and waits.
fn other_process(python: &Python, address: SocketAddr, then: &str) -> Child {
    let code = r#"
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.sendall(sys.stdin.buffer.read())
text = b""
while b'"stopped"' not in text:
    text += s.recv(4096)
if sys.argv[2] == "repair":
    s.setsockopt(socket.IPPROTO_TCP, 19, 1)
    s.close()
print("stopped", flush=True)
import time
time.sleep(3600)
"#;
    let mut child = python
        .command()
        .args(["-c", code, &address.port().to_string(), then])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a client");
    child.stdin.take().expect("piped").write_all(&opening()).expect("sent");
    let mut line = [0; 7];
    let seen = child.stdout.as_mut().expect("piped").read_exact(&mut line);
    if seen.is_err() {
        let _ = child.kill();
        let _ = child.wait();
    }
    child
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .arg(format!("-{name}"))
        .arg(child.id().to_string())
        .status();
    assert!(sent.is_ok_and(|status| status.success()));
}

fn ended(mut child: Child) {
    // It may have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
}

fn probe(python: &Python) -> Program {
    let program = Program::start(
        python,
        Session::of("probe.py").how(dapstub_tests::Start::Running).launch(),
    );
    program.address();
    program
}

/// The program runs without a hook, and the next client attaches at once.
fn runs_and_serves(program: &mut Program, what: &str, since: Instant) {
    program.advances("tick");
    let running = since.elapsed();
    let mut client = program.connect();
    client.attach_like_vscode(&Attach::default(), program.address().port());
    let attached = since.elapsed();
    client.disconnect();
    program.loses_its_hooks();
    eprintln!("{what}: running again after {running:?}, the next client attached after {attached:?}");
}

#[test]
fn a_client_that_leaves_a_stopped_program() {
    on_each_python(|python| {
        let mut program = probe(python);
        for round in 0..3 {
            let stream = stopped(program.address());
            let begin = Instant::now();
            drop(stream);
            runs_and_serves(&mut program, &format!("closed ({round})"), begin);

            let stream = stopped(program.address());
            SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("linger");
            let begin = Instant::now();
            drop(stream);
            runs_and_serves(&mut program, "reset", begin);

            let stream = stopped(program.address());
            let begin = Instant::now();
            stream.shutdown(std::net::Shutdown::Write).expect("shutdown");
            runs_and_serves(&mut program, "half closed", begin);
            drop(stream);
        }
        let client = other_process(python, program.address(), "wait");
        let begin = Instant::now();
        signal(&client, "KILL");
        runs_and_serves(&mut program, "killed", begin);
        ended(client);
        // Whatever state the debugger is in: a step under way, a pause, an evaluation, an answer half read.
        for last in [
            r#"{"seq":6,"type":"request","command":"next","arguments":{"threadId":1}}"#,
            r#"{"seq":6,"type":"request","command":"stepIn","arguments":{"threadId":1}}"#,
            r#"{"seq":6,"type":"request","command":"pause","arguments":{"threadId":1}}"#,
            r#"{"seq":6,"type":"request","command":"evaluate","arguments":{"expression":"'x' * 10**7"}}"#,
            r#"{"seq":6,"type":"request","command":"evaluate","arguments":{"expression":"while True: pass","context":"repl"}}"#,
            r#"{"seq":6,"type":"request","command":"stackTrace","arguments":{"threadId":1}}"#,
        ] {
            let mut stream = stopped(program.address());
            stream.write_all(&frame(last.as_bytes())).expect("sent");
            SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("linger");
            let begin = Instant::now();
            drop(stream);
            runs_and_serves(&mut program, last, begin);
        }
        program.say("end");
        program.ends_with(0);
    });
}

/// A client whose process is suspended: its system still answers for it, so that nothing but its silence tells.
#[test]
fn a_suspended_client_does_not_keep_the_program_for_ever() {
    on_each_python(|python| {
        let launch = Session::of("probe.py")
            .how(dapstub_tests::Start::Running)
            .variable("DAPSTUB_STOP_LIMIT", "1")
            .launch()
            .clone();
        let mut program = Program::start(python, &launch);
        program.address();
        let client = other_process(python, program.address(), "wait");
        signal(&client, "STOP");
        let begin = Instant::now();
        runs_and_serves(&mut program, "suspended", begin);
        signal(&client, "CONT");
        ended(client);
        // Whoever asks something is not silent.
        let mut s = Session::of("probe.py").breakpoint("work").attach_to(python, program);
        s.breaks_at("work");
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_millis(2500) {
            assert!(s.eval("n").parse::<u32>().is_ok());
            std::thread::sleep(Duration::from_millis(50));
        }
        s.client.disconnect();
    });
}

/// A client whose system forgets the connection without a word: the next probe tells. Takes as long as keepalive does.
#[test]
fn a_client_that_is_gone_without_a_word() {
    let python = &dapstub_tests::interpreters::all()[0];
    let mut program = probe(python);
    let client = other_process(python, program.address(), "repair");
    let begin = Instant::now();
    if client.stdout.as_ref().is_none() || !is_alive(&client) {
        ended(client);
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED a connection that is forgotten: to forget one takes the right to administer the network"
        );
        return;
    }
    program.expect_silence(Duration::from_millis(100));
    // By now the connection is probed after 15 seconds.
    runs_and_serves(&mut program, "forgotten", begin);
    ended(client);
}

fn is_alive(child: &Child) -> bool {
    std::fs::read_to_string(format!("/proc/{}/stat", child.id())).is_ok_and(|stat| {
        !stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .trim_start()
            .starts_with('Z')
    })
}

/// What stands behind a `disconnect`, in the same write, is not carried out.
#[test]
fn nothing_behind_a_disconnect_is_carried_out() {
    on_each_python(|python| {
        let mut program = probe(python);
        for arguments in [
            "{}",
            r#"{"terminateDebuggee":5}"#,
            r#"{"restart":false,"terminateDebuggee":false}"#,
        ] {
            let mut stream = stopped(program.address());
            let behind = r#"{"expression":"print('tick behind the disconnect')","context":"repl"}"#;
            let wire = [
                format!(r#"{{"seq":10,"type":"request","command":"disconnect","arguments":{arguments}}}"#),
                format!(r#"{{"seq":11,"type":"request","command":"evaluate","arguments":{behind}}}"#),
                r#"{"seq":12,"type":"request","command":"terminate","arguments":{}}"#.to_owned(),
                r#"{"seq":13,"type":"request","command":"initialize","arguments":{"adapterID":"x"}}"#.to_owned(),
                r#"{"seq":14,"type":"request","command":"attach","arguments":{}}"#.to_owned(),
                r#"{"seq":15,"type":"request","command":"configurationDone"}"#.to_owned(),
                format!(r#"{{"seq":16,"type":"request","command":"evaluate","arguments":{behind}}}"#),
            ];
            let bytes: Vec<u8> = wire.iter().flat_map(|body| frame(body.as_bytes())).collect();
            stream.write_all(&bytes).expect("sent");
            let mut answers = String::new();
            let _reset = stream.read_to_string(&mut answers);
            assert!(answers.contains(r#""request_seq":10"#), "{answers}");
            assert!(!answers.contains(r#""request_seq":11"#), "{answers}");
            runs_and_serves(&mut program, arguments, Instant::now());
        }
        program.say("end");
        program.ends_with(0);
        assert!(!program.output().iter().any(|line| line.contains("behind")));
    });
}

#[test]
fn an_evaluate_that_never_ends_can_be_broken_off() {
    on_each_python(|python| {
        let mut s = Session::of("probe.py").breakpoint("work").start(python);
        s.breaks_at("work");
        s.clear_breakpoints();
        let can_cancel = s.attached.capabilities["supportsCancelRequest"] == true;
        for endless in [
            "while True: pass",
            "sum(1 for _ in iter(int, 1))",
            "while True:\n    try:\n        while True: pass\n    except Exception: pass",
        ] {
            let frame = s.top_frame();
            let arguments = json!({"expression": endless, "frameId": frame, "context": "repl"});
            let hung = s.client.send("evaluate", arguments.clone());
            s.client.ok("pause", json!({"threadId": s.thread}));
            assert!(!s.client.wait_response(hung).success(), "{endless}");
            assert!(s.eval("n").parse::<u32>().is_ok(), "{endless}");
            if can_cancel {
                let hung = s.client.send("evaluate", arguments);
                s.client.ok("cancel", json!({"requestId": hung}));
                let answer = s.client.wait_response(hung);
                assert!(!answer.success(), "{endless}");
                assert_eq!(answer.message["message"], "cancelled", "{endless}");
                assert!(s.eval("n").parse::<u32>().is_ok(), "{endless}");
            }
        }
        // The same while the program runs, and nothing is left of it.
        s.resume();
        let hung = s
            .client
            .send("evaluate", json!({"expression": "while True: pass", "context": "repl"}));
        s.client.send("pause", json!({"threadId": s.thread}));
        assert!(!s.client.wait_response(hung).success());
        s.stops_for("pause");
        s.resume();
        s.program.loses_its_hooks();
        s.program.say("end");
        s.ends_with(0);
    });
}

/// What a person may type: each is answered, and neither the program nor the session ends of it.
#[test]
fn what_is_evaluated_ends_nothing_but_itself() {
    on_each_python(|python| {
        let mut s = Session::of("probe.py").breakpoint("work").start(python);
        s.breaks_at("work");
        let mut lines = vec![
            ("exit()", false),
            ("quit(3)", false),
            ("sys.exit(4)", false),
            ("raise SystemExit(5)", false),
            ("raise SystemExit", false),
            ("raise KeyboardInterrupt", false),
            ("raise GeneratorExit", false),
            ("raise BaseException('base')", false),
            ("raise MemoryError", false),
            ("(lambda f: f(f))(lambda f: f(f))", false),
            ("[0] * 10**18", false),
            ("yield 1", false),
            ("return 1", false),
            ("break", false),
            ("await n", false),
            ("print(", false),
            ("\0", false),
            ("", true),
            ("(", false),
            ("sys.settrace(None)", true),
            ("sys.setprofile(None)", true),
            ("threading.settrace(None); threading.setprofile(None)", true),
            (
                "threading.Thread(target=print, args=('tick from a thread',)).start()",
                true,
            ),
            ("threading.Thread(target=lambda: 1 / 0).start()", true),
            ("import gc; gc.collect(); gc.disable(); gc.enable()", true),
            ("sys.setrecursionlimit(sys.getrecursionlimit())", true),
            ("import importlib; importlib.invalidate_caches()", true),
            ("sys.breakpointhook(); breakpoint()", true),
            ("sys.stdout.flush(); sys.stderr.flush()", true),
            ("'x' * 10**8", true),
            ("list(range(10**6))", true),
        ];
        if python.at_least(12) {
            lines.push(("[sys.monitoring.get_tool(n) for n in range(6)]", true));
        }
        for (line, fine) in lines {
            let frame = s.top_frame();
            let arguments = json!({"expression": line, "frameId": frame, "context": "repl"});
            let answer = s.client.request("evaluate", arguments);
            assert_eq!(answer.success(), fine, "{line}: {}", answer.error());
            assert_eq!(s.eval("n * 0"), "0", "{line}");
        }
        // Breakpoints still count.
        s.resume();
        s.breaks_at("work");
        s.clear_breakpoints();
        s.resume();
        s.program.advances("tick");
        // The same in a program that runs: no frame, another thread.
        for line in [
            "exit()",
            "raise KeyboardInterrupt",
            "raise SystemExit(4)",
            "import sys; sys.settrace(None)",
        ] {
            s.client
                .request("evaluate", json!({"expression": line, "context": "repl"}));
            s.program.advances("tick");
        }
        let threads = s.client.ok("threads", Value::Null);
        assert!(threads["threads"].as_array().is_some_and(|threads| !threads.is_empty()));
        s.program.say("end");
        s.ends_with(0);
    });
}
