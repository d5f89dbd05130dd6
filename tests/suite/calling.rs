//! What a program can call besides `listen` and its kin: exceptions that it shows, threads that it exempts, the dormant
//! debugger, and `--pid` for a program that calls nothing.

use dapstub_tests::program::{Launch, staged};
use dapstub_tests::proxy::Waiting;
use dapstub_tests::{Attach, Client, Program, Python, Session, Source, Start, on_each_python};
use serde_json::{Value, json};

fn calls(python: &Python, function: &str) -> Session {
    let setup = Session::of("calls.py").how(Start::Own).args(&[function]);
    setup.filters(&["uncaught"]).breakpoint("here").start(python)
}

#[test]
fn an_exception_that_is_shown() {
    on_each_python(|python| {
        let mut s = calls(python, "triggered");
        let stop = s.stops_for("exception");
        assert_eq!((stop.function(), stop.marker()), ("divide", "fails"));
        assert_eq!(stop.functions()[..2], ["divide", "triggered"]);
        let info = s.client.ok("exceptionInfo", json!({"threadId": stop.thread}));
        assert_eq!(
            (&info["exceptionId"], &info["breakMode"]),
            (&json!("ZeroDivisionError"), &json!("unhandled"))
        );
        assert_eq!(s.program.line("alone"), "None");
        assert!(s.program.line("wrong").starts_with("raised ValueError"));
        assert_eq!(s.program.line("none"), "gave None");
        s.resume();
        s.program.line("first");

        // The second one asks for no filter.
        assert_eq!(s.stops_for("exception").function(), "divide");
        s.resume();
        s.program.line("second");
        s.client.ok("setExceptionBreakpoints", json!({"filters": []}));
        s.program.say("on");
        s.program.line("third");
        s.program.line("finished");
        s.client.leave_ended_program();
    });
}

#[test]
fn a_thread_that_is_left_alone() {
    on_each_python(|python| {
        let setup = Session::of("calls.py").how(Start::Own).args(&["untraced"]);
        let mut s = setup.breakpoint("here").breakpoint("again").start(python);
        // The breakpoint in `work` does not count, a call of its own does.
        let stop = s.stops_for("breakpoint");
        assert_eq!((stop.function(), stop.marker()), ("untraced", "call"));
        s.resume();
        assert_eq!(s.program.line("this"), "gave None");
        s.breaks_at("here");
        s.resume();
        // In a frame that ran all the time.
        s.breaks_at("again");
        s.resume();
        assert_eq!(s.program.line("n"), "1");
        s.program.line("finished");
        s.client.leave_ended_program();
    });
}

#[cfg(unix)]
#[test]
fn dormant_until_a_signal_comes() {
    on_each_python(|python| {
        let mut program = Program::start(
            python,
            Session::of("calls.py").how(Start::Own).args(&["armed"]).launch(),
        );
        assert!(
            program
                .line("elsewhere")
                .starts_with("raised ValueError arm() must be called from the main thread")
        );
        assert!(program.line("wrong").starts_with("raised ValueError unknown setting"));
        assert_eq!(program.line("threads"), "1");
        assert_eq!(program.line("address"), "None");

        // The port is taken: that is logged, the program's own handler runs, and the next signal tries again.
        program.signal("USR1");
        assert!(program.line("logged dapstub ").contains("can't listen on 127.0.0.1:"));
        program.line("own handler");
        program.say("free");
        program.line("freed");
        program.signal("USR1");
        program.line("own handler");
        program.say("address");
        let address = program.line("address");
        let port = address
            .trim_end_matches(')')
            .rsplit(' ')
            .next()
            .and_then(|text| text.parse().ok());
        let port: u16 = port.unwrap_or_else(|| panic!("no address in {address}"));
        program.signal("USR1");
        program.line("own handler");
        program.say("address");
        assert_eq!(program.line("address"), address);

        let mut client = Client::connect(([127, 0, 0, 1], port).into());
        let attach = Attach::default().breakpoints(&Source::program("calls.py"), &[("here", Value::Null)]);
        client.attach_like_vscode(&attach, port);
        program.say("work");
        let stop = client.expect_stop("breakpoint");
        client.ok("continue", json!({"threadId": stop["threadId"]}));
        program.line("worked");
        client.disconnect();
        program.say("end");
        program.ends_with(0);
    });
}

fn pid(python: &Python, pid: u32, options: &[&str]) -> (Option<i32>, String, String) {
    let mut words = vec![staged().join("dapstub").into_os_string()];
    words.extend(options.iter().map(Into::into));
    words.extend(["--pid".into(), pid.to_string().into()]);
    let output = Launch::target(words, Start::Plain).run(python);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_program_that_runs_already() {
    on_each_python(|python| {
        let setup = Session::of("calls.py").how(Start::Plain).args(&["forever"]);
        let program = Program::start(python, setup.launch());
        program.line("started");
        if !python.at_least(14) {
            let (status, _, errors) = pid(python, program.id(), &["--listen", "0"]);
            assert_eq!(status, Some(1));
            assert!(errors.contains("--pid needs Python 3.14 or newer"), "{errors}");
            assert!(errors.contains("python -m dapstub --listen"), "{errors}");
            return;
        }
        let (status, said, errors) = pid(python, program.id(), &["--listen", "0"]);
        assert_eq!(status, Some(0), "{said}{errors}");
        let port: u16 = said
            .trim_end()
            .rsplit(':')
            .next()
            .and_then(|text| text.parse().ok())
            .unwrap_or_else(|| panic!("no port in {said}"));
        let mut client = Client::connect(([127, 0, 0, 1], port).into());
        let attach = Attach::default().breakpoints(&Source::program("calls.py"), &[("loop", Value::Null)]);
        client.attach_like_vscode(&attach, port);
        client.expect_stop("breakpoint");
        client.disconnect();
        // A second time it says where.
        let (status, again, _) = pid(python, program.id(), &["--listen", "0"]);
        assert_eq!(status, Some(0));
        assert!(
            again.contains(&format!("is already listening on 127.0.0.1:{port}")),
            "{again}"
        );
        // A process that is none, and no process.
        let (status, _, errors) = pid(python, 0x7fff_fff0, &["--listen", "0"]);
        assert_eq!(
            (status, errors.contains("there is no process")),
            (Some(1), true),
            "{errors}"
        );
        let (status, _, errors) = pid(python, std::process::id(), &["--listen", "0"]);
        assert_eq!(
            (status, errors.contains("takes no debugger")),
            (Some(1), true),
            "{errors}"
        );
        let (status, _, errors) = pid(python, program.id(), &["--listen", "0", "--disable-sys-remote-exec"]);
        assert_eq!(
            (status, errors.contains("--disable-sys-remote-exec")),
            (Some(1), true),
            "{errors}"
        );
    });
}

#[test]
fn a_program_that_runs_already_connects() {
    on_each_python(|python| {
        if !python.at_least(14) {
            return;
        }
        let setup = Session::of("calls.py").how(Start::Plain).args(&["forever"]);
        let program = Program::start(python, setup.launch());
        program.line("started");
        let waiting = Waiting::open();
        let port = waiting.port().to_string();
        let (status, said, errors) = pid(python, program.id(), &["--connect", &port]);
        assert_eq!(status, Some(0), "{said}{errors}");
        let mut client = Client::accept(&waiting);
        let attach = Attach::default().breakpoints(&Source::program("calls.py"), &[("loop", Value::Null)]);
        client.attach_like_vscode(&attach, 0);
        client.expect_stop("breakpoint");
        client.disconnect();
        drop(waiting);
        let (status, _, errors) = pid(python, program.id(), &["--connect", &port]);
        assert_eq!(status, Some(1));
        assert!(errors.contains("already") || errors.contains("refused"), "{errors}");
    });
}
