//! What happens to processes: they fork, execute something else, become daemons, run out of descriptors or memory, end in
//! every way. The debugger says clearly what it cannot do, or nothing; the program neither hangs nor crashes because of it.

use core::time::Duration;
use std::io::Write;
use std::net::TcpStream;

use dapstub_tests::deadline;
use dapstub_tests::program::Launch;
use dapstub_tests::vscode::{breakpoint, set_breakpoints_arguments};
use dapstub_tests::{Attach, Program, Python, Session, Start, on_each_python};
use serde_json::{Value, json};

fn session(python: &Python) -> Session {
    // The client attaches to no child.
    Session::of("fates.py")
        .variable("DAPSTUB_CHILD_WAIT", "0")
        .start(python)
}

/// Attached, and stopped in `work`, which keeps its breakpoint.
fn stopped(python: &Python) -> Session {
    let mut s = Session::of("fates.py").breakpoint("work").start(python);
    s.breaks_at("work");
    s
}

/// Without a client: it runs at once, or imports the debugger when it is told to.
fn alone(python: &Python, how: Start) -> Program {
    let launch: Launch = Session::of("fates.py")
        .how(how)
        .variable("DAPSTUB_OWN", "1")
        .launch()
        .clone();
    Program::start(python, &launch)
}

/// The session is whole: the program runs, stops, is looked at and goes on.
fn is_whole(s: &mut Session) {
    s.program.advances("tick");
    s.set_breakpoints(&[("loop", json!({}))]);
    s.breaks_at("loop");
    assert!(s.eval("n").parse::<u32>().is_ok());
    s.clear_breakpoints();
    s.resume();
    s.program.advances("tick");
}

fn runs_out(mut s: Session) {
    s.program.say("end");
    s.ends_with(0);
}

/// The program runs, and whoever attaches is served.
fn serves(program: &Program) {
    program.address();
    program.advances("tick");
    let mut client = program.connect();
    client.attach_like_vscode(&Attach::default(), program.address().port());
    client.ok("threads", Value::Null);
    client.disconnect();
}

#[test]
fn a_forked_child_ends_without_the_session_noticing() {
    on_each_python(|python| {
        let mut s = session(python);
        // From here on `n` is 2 in a child alone.
        s.program.line("tick 4");
        for (what, code) in [("fork", "3"), ("fork_from_thread", "3"), ("spawn", "0")] {
            s.set_breakpoints(&[("work", json!({"condition": "n == 2"}))]);
            s.program.say(what);
            if what == "spawn" {
                let sockets = s.program.line("spawned");
                assert!(!sockets.contains(','), "{sockets}");
            } else {
                // The value, no hook, and no socket but the one by which a client may come.
                let seen = s.program.line("child ");
                let sockets = seen.strip_prefix("3 [] [").unwrap_or_else(|| panic!("{what}: {seen}"));
                assert!(!sockets.contains(',') && sockets.ends_with(']'), "{what}: {seen}");
            }
            assert_eq!(s.program.line("child ended with"), code, "{what}");
            s.clear_breakpoints();
            s.client.no_event("stopped");
            s.client.no_event_seen("exited");
            s.client.no_event_seen("terminated");
            is_whole(&mut s);
        }
        runs_out(s);
    });
}

#[test]
fn a_forked_child_that_asks_for_the_debugger_is_told_no() {
    on_each_python(|python| {
        let mut s = session(python);
        s.program.say("fork_and_listen");
        let told = s.program.line("child raised");
        assert!(told.contains("forked"), "{told}");
        assert_eq!(s.program.line("child connected"), "False");
        assert_eq!(s.program.line("child ended with"), "3");
        is_whole(&mut s);
        runs_out(s);
    });
}

/// A hundred forks while a client asks without a pause: whatever lock is held just then, no child hangs.
#[test]
fn a_storm_of_forks_beside_a_busy_session() {
    on_each_python(|python| {
        let mut s = session(python);
        s.set_breakpoints(&[("work", json!({"condition": "n == -1"}))]);
        s.program.say("storm");
        // Not without end: the client keeps every message.
        for _ in 0..500 {
            s.client.ok("threads", Value::Null);
        }
        assert_eq!(s.program.line("storm"), "True");
        is_whole(&mut s);
        runs_out(s);
    });
}

/// A child of `multiprocessing`, in both ways to begin one.
#[test]
fn processes_of_multiprocessing() {
    on_each_python(|python| {
        let mut s = session(python);
        s.program.say("pool");
        assert_eq!(s.program.line("fork"), "4");
        assert_eq!(s.program.line("spawn"), "4");
        is_whole(&mut s);
        runs_out(s);
    });
}

/// The client types `os.fork()` while the program is stopped: the child is no debuggee and runs on; the parent stays stopped.
#[test]
fn a_fork_in_an_evaluate() {
    on_each_python(|python| {
        let mut s = stopped(python);
        s.clear_breakpoints();
        s.repl("import os; child = os.fork(); globals().update(child=child)");
        let child: u32 = s.eval("child").parse().expect("the parent's answer");
        assert_ne!(child, 0);
        // The child ticks, too: it went on from the place where the parent is stopped.
        s.program.advances("tick");
        assert_eq!(s.eval("os.kill(child, 9)"), "None");
        assert_eq!(s.eval("os.waitpid(child, 0)[1]"), "9");
        s.resume();
        is_whole(&mut s);
        runs_out(s);
    });
}

#[test]
fn another_program_takes_the_place() {
    on_each_python(|python| {
        for held in [false, true] {
            let mut s = if held { stopped(python) } else { session(python) };
            if held {
                let frame = s.top_frame();
                let line = "import os; execute()";
                s.client.send_last(
                    "evaluate",
                    json!({"expression": line, "frameId": frame, "context": "repl"}),
                );
            } else {
                s.program.say("execute");
            }
            s.program.line("executed");
            s.client.wait_closed();
            // The port is free again.
            assert!(TcpStream::connect(s.program.address()).is_err());
            s.program.say("end");
            s.program.ends_with(0);
        }
    });
}

#[test]
fn a_daemon_runs_on_undebugged_and_the_port_is_free() {
    on_each_python(|python| {
        let mut s = session(python);
        s.set_breakpoints(&[("work", json!({"condition": "n == -1"}))]);
        s.program.say("daemonize");
        let seen = s.program.line("daemon");
        assert!(seen.starts_with("3 [] ["), "{seen}");
        s.client.wait_closed();
        s.program.ends_with(0);
        assert!(TcpStream::connect(s.program.address()).is_err());
        s.program.say("go");
        s.program.line("daemon ends");
    });
}

/// `os._exit` runs no exit functions. The client hears of it nevertheless.
#[test]
fn an_end_on_the_spot() {
    on_each_python(|python| {
        let mut s = session(python);
        s.program.say("hard");
        s.ends_with(5);
        // Asked for by the client, it is the last thing that happens.
        let mut s = stopped(python);
        let frame = s.top_frame();
        for no_status in ["'5'", "", "1 << 40", "5, 6"] {
            let line = json!({"expression": format!("os._exit({no_status})"), "frameId": frame, "context": "repl"});
            s.client.refused("evaluate", line);
        }
        let line = json!({"expression": "os._exit(-11)", "frameId": frame, "context": "repl"});
        let error = s.client.refused("evaluate", line);
        assert!(error.starts_with("cancelled"), "{error}");
        s.ends_with(0xf5);
    });
}

/// Stopped in what runs at the very end, with threads that are still there.
#[test]
fn a_stop_while_the_interpreter_shuts_down() {
    on_each_python(|python| {
        let mut s = session(python);
        s.program.say("leave");
        let line = breakpoint(s.source.line("work"), &json!({"condition": "n == 1"}));
        let arguments = set_breakpoints_arguments(&s.source.descriptor(), &[line]);
        s.client.request("setBreakpoints", arguments);
        // Either the debugger has said good-bye by then, or the stop comes; in both cases the program ends.
        while let Some(_stop) = s.next_stop() {
            s.resume();
        }
        s.client.leave_ended_program();
        s.program.ends_with(6);
    });
}

/// Another thread is stopped, or on its way to a stop, when the main thread ends.
#[test]
fn a_thread_that_stops_while_the_main_thread_ends() {
    on_each_python(|python| {
        for stays in [true, false] {
            let mut s = session(python);
            s.set_breakpoints(&[("work", json!({"condition": "n == 1"}))]);
            s.program.say("end_in_thread");
            if stays {
                while s.client.wait_one_of(&["stopped", "terminated"])["event"] == "stopped" {
                    // It may be too late for this, too.
                    s.client.send("continue", json!({"threadId": 1}));
                }
                s.client.leave_ended_program();
            } else {
                s.client.vanish();
            }
            s.program.ends_with(6);
        }
    });
}

#[test]
fn signals_while_stopped() {
    on_each_python(|python| {
        // With a handler of the program: it is called, and the program runs.
        for signal in ["HUP", "TERM"] {
            let mut s = session(python);
            s.program.say("handle");
            s.program.line("handles");
            s.set_breakpoints(&[("work", json!({}))]);
            s.breaks_at("work");
            s.clear_breakpoints();
            s.program.signal(signal);
            assert_eq!(s.program.line("handled"), format!("SIG{signal}"));
            is_whole(&mut s);
            // One that asks for no end waits until the program runs.
            s.set_breakpoints(&[("work", json!({}))]);
            s.breaks_at("work");
            s.clear_breakpoints();
            s.program.signal("USR1");
            assert_eq!(s.eval("n + 0 == n"), "True");
            s.resume();
            assert_eq!(s.program.line("handled"), "SIGUSR1");
            is_whole(&mut s);
            runs_out(s);
        }
        // Without one: it ends the program, whatever stands still.
        for (signal, number) in [("HUP", 1), ("TERM", 15), ("KILL", 9)] {
            let mut s = stopped(python);
            s.program.signal(signal);
            let status = s.program.wait();
            assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(number));
            s.client.wait_closed();
        }
        // Suspended and continued by the system while stopped by the debugger.
        let mut s = stopped(python);
        s.program.signal("STOP");
        s.program.signal("CONT");
        assert_eq!(s.eval("n * 0"), "0");
        s.clear_breakpoints();
        s.resume();
        runs_out(s);
    });
}

#[test]
fn no_descriptor_is_left() {
    on_each_python(|python| {
        // For the listener: a clear error, and the next try works.
        let mut program = alone(python, Start::Own);
        program.line("started");
        program.say("exhaust");
        program.line("exhausted");
        program.say("listen");
        let told = program.line("raised");
        assert!(
            told.contains("Too many open files") || told.contains("No module"),
            "{told}"
        );
        program.advances("tick");
        program.say("relieve");
        program.line("relieved");
        program.say("listen");
        serves(&program);
        program.say("end");
        program.ends_with(0);
        // For one more client: whoever is attached goes on, and whoever waits gets in when there is one again.
        let mut s = session(python);
        s.program.say("exhaust");
        s.program.line("exhausted");
        is_whole(&mut s);
        s.client.disconnect();
        let mut waiting = s.program.connect();
        let initialize = waiting.send("initialize", json!({"adapterID": "patient"}));
        s.program.advances("tick");
        s.program.say("relieve");
        s.program.line("relieved");
        waiting.wait_success(initialize);
        drop(waiting);
        serves(&s.program);
        s.program.say("end");
        s.program.ends_with(0);
    });
}

#[test]
fn no_memory_for_a_thread() {
    on_each_python(|python| {
        // For the debugger to listen: a clear error, and the next try works.
        let mut program = alone(python, Start::Own);
        program.line("started");
        program.say("narrow");
        program.line("narrow can't start new thread");
        program.say("listen");
        let told = program.line("raised");
        assert!(told.contains("Resource temporarily unavailable"), "{told}");
        program.advances("tick");
        program.say("widen");
        program.line("wide");
        program.say("listen");
        serves(&program);
        program.say("end");
        program.ends_with(0);
        // Later: whoever wants to attach is told, or served, and the program goes on.
        let mut program = alone(python, Start::Running);
        program.address();
        program.say("narrow");
        program.line("narrow can't start new thread");
        let mut client = program.connect();
        client.ok("initialize", json!({"adapterID": "x"}));
        let attach = client.send("attach", json!({}));
        let answer = client.wait_response(attach);
        assert!(
            !answer.success() && answer.error().contains("thread"),
            "{}",
            answer.message
        );
        program.advances("tick");
        program.say("widen");
        program.line("wide");
        // The same connection may try again.
        client.send("attach", json!({}));
        client.wait_event("initialized", |_| true);
        client.ok("configurationDone", Value::Null);
        client.disconnect();
        serves(&program);
        program.say("end");
        program.ends_with(0);
    });
}

/// No file can be written: by a limit that binds root as well, and by a read-only file system where that can be had.
#[test]
fn nothing_can_be_written() {
    on_each_python(|python| {
        let code = r#"
import ctypes, os, resource, signal, sys
libc = ctypes.CDLL(None, use_errno=True)
read_only = libc.unshare(0x20000) == 0 and libc.mount(b"none", b"/", None, 0x4000 | 0x40000, None) == 0
read_only = read_only and libc.mount(b"none", b"/", None, 0x20 | 0x1000 | 0x1, None) == 0
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
sys.path.insert(0, os.environ["DAPSTUB_STAGED"])
import dapstub
print("listening", dapstub.listen(("127.0.0.1", 0))[1], flush=True)
dapstub.wait_for_client()
def work():
    dapstub.breakpoint()
work()
print("read only", read_only, flush=True)
"#;
        let mut program = Program::start(python, &Launch::target(["-c", code], Start::Own));
        let mut client = program.connect();
        client.attach_like_vscode(&Attach::default(), program.address().port());
        let stop = client.expect_stop("breakpoint");
        client.ok("stackTrace", json!({"threadId": stop["threadId"]}));
        client.ok("continue", json!({"threadId": stop["threadId"]}));
        if program.line("read only") != "True" {
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED a read-only file system: it takes the right to mount; the limit on files has held"
            );
        }
        client.wait_event("terminated", |_| true);
        client.leave_ended_program();
        program.ends_with(0);
    });
}

/// A program that has closed its standard streams: none of our sockets takes their numbers, so that nothing the program
/// prints gets into a session.
#[test]
fn standard_streams_are_closed() {
    on_each_python(|python| {
        let folder = dapstub_tests::program::folder();
        let port = folder.path().join("port");
        let code = r#"
import os, sys, time
sys.path.insert(0, os.environ["DAPSTUB_STAGED"])
for number in range(3):
    os.close(number)
import dapstub
address = dapstub.listen(("127.0.0.1", 0))
with open(sys.argv[1] + ".new", "w") as file:
    file.write(str(address[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
dapstub.wait_for_client()
said = 0
for number in [0, 1, 2] * 3:
    try:
        os.write(number, b"nothing for a client\r\n\r\n")
        said += 1
    except OSError:
        pass
try:
    print("neither", flush=True)
except Exception:
    pass
dapstub.breakpoint()
sys.exit(20 + said)
"#;
        let launch = Launch::target(["-c", code], Start::Own).args([port.as_os_str()]);
        let mut program = Program::start(python, &launch);
        let number = deadline::poll(|| std::fs::read_to_string(&port).ok()).expect("a port");
        let address = ([127, 0, 0, 1], number.parse().expect("a number")).into();
        // Strangers first, so that descriptors come and go.
        for _ in 0..5 {
            let mut stranger = TcpStream::connect(address).expect("it listens");
            stranger.write_all(b"GET / HTTP/1.1\r\n\r\n").expect("a small message");
        }
        let mut client = dapstub_tests::Client::connect(address);
        client.attach_like_vscode(&Attach::default(), address.port());
        let stop = client.expect_stop("breakpoint");
        // It says that the stream is closed, or nothing.
        let print = json!({"expression": "print('x')", "context": "repl"});
        let answer = client.request("evaluate", print);
        assert!(
            answer.success() || answer.error().contains("Bad file descriptor"),
            "{}",
            answer.message
        );
        client.ok("continue", json!({"threadId": stop["threadId"]}));
        client.wait_event("terminated", |_| true);
        client.leave_ended_program();
        program.ends_with(20);
    });
}

#[test]
fn other_interpreters_in_the_process() {
    on_each_python(|python| {
        let mut s = Session::of("fates.py")
            .variable("DAPSTUB_OWN", "1")
            .breakpoint_with("work", json!({"condition": "n == -1"}))
            .start(python);
        s.program.say("subinterpreters");
        for _ in 0..3 {
            let told = s.program.line("refused");
            assert!(told.contains("subinterpreters"), "{told}");
        }
        s.program.line("interpreters 2");
        is_whole(&mut s);
        runs_out(s);
    });
}

/// A silence that a program keeps because it is held is not mistaken for a hang.
#[test]
fn the_program_is_told_to_end_while_it_is_held() {
    on_each_python(|python| {
        for signal in ["TERM", "INT"] {
            let mut program = Program::start(python, Session::of("fates.py").launch());
            program.address();
            program.expect_silence(Duration::from_millis(100));
            program.signal(signal);
            assert!(!program.wait().success());
        }
    });
}
