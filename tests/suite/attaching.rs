//! Attach, detach, and attach again.

use std::fs;
use std::path::Path;

use dapstub_tests::program::Launch;
use dapstub_tests::{Attach, Program, Python, Session, Source, Start, deadline, on_each_python, program};
use serde_json::{Value, json};

#[test]
fn initialize_offers_what_works() {
    on_each_python(|python| {
        let s = Session::of("forever.py").start(python);
        let capabilities = &s.attached.capabilities;
        for name in [
            "supportsConfigurationDoneRequest",
            "supportsConditionalBreakpoints",
            "supportsHitConditionalBreakpoints",
            "supportsLogPoints",
            "supportsFunctionBreakpoints",
            "supportsEvaluateForHovers",
            "supportsDelayedStackTraceLoading",
            "supportTerminateDebuggee",
            "supportsTerminateRequest",
        ] {
            assert_eq!(capabilities[name], true, "{name}");
        }
    });
}

#[test]
fn every_request_is_answered_also_those_not_offered() {
    on_each_python(|python| {
        let mut s = Session::of("loop.py").args(&["1"]).breakpoint("work").start(python);
        s.breaks_at("work");
        let cases = [
            ("breakpointLocations", json!({"source": {"path": "/x.py"}, "line": 3})),
            ("dataBreakpointInfo", json!({"name": "n"})),
            ("setDataBreakpoints", json!({"breakpoints": []})),
            ("setInstructionBreakpoints", json!({"breakpoints": []})),
            ("restartFrame", json!({"frameId": 1})),
            ("restart", json!({})),
            ("stepBack", json!({"threadId": 1})),
            ("reverseContinue", json!({"threadId": 1})),
            ("goto", json!({"threadId": 1, "targetId": 1})),
            ("terminateThreads", json!({"threadIds": [1]})),
            ("readMemory", json!({"memoryReference": "1", "count": 4})),
            ("writeMemory", json!({"memoryReference": "1", "data": ""})),
            ("disassemble", json!({"memoryReference": "1", "instructionCount": 1})),
            ("locations", json!({"locationReference": 1})),
            ("noSuchRequest", json!({})),
        ];
        for (command, arguments) in cases {
            s.client.refused(command, arguments);
        }
        // Offered or not, these end in an answer, and the session goes on.
        for command in [
            "cancel",
            "completions",
            "loadedSources",
            "setVariable",
            "setExpression",
            "modules",
            "source",
            "exceptionInfo",
        ] {
            s.client.request(command, json!({}));
        }
        assert_eq!(s.eval("n"), "0");
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn attached_without_breakpoints_leaves_no_hook() {
    on_each_python(|python| {
        let mut s = Session::of("probe.py").start(python);
        s.program.advances("tick");
        s.program.say("hooks");
        assert_eq!(s.program.line("hooks"), "[]");
        s.program.say("end");
        s.ends_with(0);
    });
}

#[test]
fn detach_while_running_leaves_no_hook() {
    on_each_python(|python| {
        let s = Session::of("probe.py")
            .breakpoint_with("work", json!({"condition": "False"}))
            .start(python);
        s.program.advances("tick");
        let mut program = s.detach();
        program.advances("tick");
        program.loses_its_hooks();
        program.say("end");
        program.ends_with(0);
    });
}

#[test]
fn detach_while_stopped_resumes_and_leaves_no_hook() {
    on_each_python(|python| {
        let mut s = Session::of("probe.py")
            .breakpoint("work")
            .filters(&["raised", "uncaught"])
            .start(python);
        s.breaks_at("work");
        s.steps_to("next", "loop");
        let mut program = s.detach();
        program.advances("tick");
        program.loses_its_hooks();
        program.say("end");
        program.ends_with(0);
    });
}

/// A short run of calls and lines in the program, in seconds.
fn speed(program: &mut Program) -> f64 {
    program.say("speed");
    program.line("speed").parse().expect("a number of seconds")
}

#[test]
fn detached_runs_at_full_speed() {
    on_each_python(|python| {
        let setup = Session::of("probe.py")
            .how(Start::Running)
            .breakpoint_with("work", json!({"condition": "n == -1"}))
            .filters(&["raised", "uncaught", "userUnhandled"]);
        let mut program = Program::start(python, setup.launch());
        let before = speed(&mut program);
        let mut s = setup.attach_to(python, program);
        speed(&mut s.program);
        let mut program = s.detach();
        // A trace function costs twice as much and more, at any load; a busy machine only now and then.
        let fast = deadline::poll(|| (speed(&mut program) < before * 1.4).then_some(()));
        assert!(fast.is_some(), "never as fast again as {before} s");
        program.say("end");
        program.ends_with(0);
    });
}

#[test]
fn the_main_thread_stays_the_main_thread() {
    on_each_python(|python| {
        // `threading` takes the thread that imports it for the main thread, in old versions: that may not be one of ours.
        let code = "import sys\nprint('ready')\nsys.stdin.readline()\nimport threading\n\
                    print('main', threading.current_thread() is threading.main_thread(), threading.active_count())";
        let mut program = Program::start(python, &Launch::target(["-c", code], Start::Running));
        let mut client = program.connect();
        client.attach_like_vscode(&Attach::default(), program.address().port());
        let threads = client.ok("threads", Value::Null);
        assert_eq!(threads["threads"][0]["name"], "MainThread");
        client.ok("pause", json!({"threadId": 1}));
        let stop = client.expect_stop("pause");
        client.ok("continue", json!({"threadId": stop["threadId"]}));
        program.say("go on");
        assert_eq!(program.line("main"), "True 1");
        client.wait_event("terminated", |_| true);
        client.leave_ended_program();
        program.ends_with(0);
    });
}

#[test]
fn attach_twenty_times() {
    on_each_python(|python| {
        let setup = Session::of("probe.py").how(Start::Running).breakpoint("work");
        let mut program = Program::start(python, setup.launch());
        let mut last = 0;
        for round in 0..20 {
            let mut s = setup.clone().attach_to(python, program);
            s.breaks_at("work");
            let n: i64 = s.eval("n").parse().unwrap();
            assert!(n > last || round == 0, "the program went on between the sessions");
            last = n;
            if round % 2 == 0 {
                s.clear_breakpoints();
                s.resume();
            }
            program = s.detach();
            program.advances("tick");
        }
        program.loses_its_hooks();
        program.say("end");
        program.ends_with(0);
    });
}

#[test]
fn a_client_that_vanishes_while_stopped_frees_the_program() {
    on_each_python(|python| {
        let setup = Session::of("probe.py").how(Start::Running).breakpoint("work");
        let program = Program::start(python, setup.launch());
        let mut s = setup.clone().attach_to(python, program);
        s.breaks_at("work");
        s.client.vanish();
        s.program.advances("tick");
        let mut s = setup.attach_to(python, s.program);
        s.breaks_at("work");
        let mut program = s.detach();
        program.loses_its_hooks();
        program.say("end");
        program.ends_with(0);
    });
}

#[test]
fn a_client_that_vanishes_while_running_frees_the_place() {
    on_each_python(|python| {
        let setup = Session::of("probe.py")
            .how(Start::Running)
            .breakpoint_with("work", json!({"condition": "n == -1"}));
        let program = Program::start(python, setup.launch());
        let s = setup.clone().attach_to(python, program);
        s.program.advances("tick");
        s.client.vanish();
        s.program.advances("tick");
        let s = setup.attach_to(python, s.program);
        let mut program = s.detach();
        program.say("end");
        program.ends_with(0);
    });
}

#[test]
fn a_second_client_is_refused_and_told_why() {
    on_each_python(|python| {
        let mut s = Session::of("probe.py").breakpoint("work").start(python);
        s.breaks_at("work");
        let mut second = s.program.connect();
        let reason = second.refused("initialize", dapstub_tests::vscode::initialize_arguments());
        assert!(reason.len() > 20 && reason.contains("another client"), "{reason}");
        second.wait_closed();
        // The first session noticed nothing.
        assert_eq!(s.eval("n"), "0");
        s.clear_breakpoints();
        s.resume();
        s.program.say("end");
        s.ends_with(0);
    });
}

#[test]
fn silent_connections_do_not_take_the_place() {
    on_each_python(|python| {
        let setup = Session::of("probe.py").breakpoint("work");
        let program = Program::start(python, setup.launch());
        let silent: Vec<_> = (0..20).map(|_| program.connect()).collect();
        for _ in 0..50 {
            program.connect().vanish();
        }
        let mut s = setup.attach_to(python, program);
        s.breaks_at("work");
        s.clear_breakpoints();
        s.resume();
        drop(silent);
        s.program.say("end");
        s.ends_with(0);
    });
}

/// A virtual environment with one module in its site-packages, and a program that calls it.
fn with_library(python: &Python, folder: &Path) -> (Python, Source, Source) {
    let environment = folder.join("env");
    let output = python
        .command()
        .args(["-m", "venv", "--without-pip"])
        .arg(&environment)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let library = environment.join(format!(
        "lib/python{}.{}/site-packages/library.py",
        python.version.0, python.version.1
    ));
    fs::write(
        &library,
        "def call(function):\n    before = 1  # library\n    return function()\n",
    )
    .unwrap();
    let user = folder.join("user.py");
    fs::write(
        &user,
        "import library\n\ndef back():\n    return 2  # mine\n\nprint(library.call(back))  # call\n",
    )
    .unwrap();
    (
        python.with_executable(&environment.join("bin/python")),
        Source::read(&user),
        Source::read(&library),
    )
}

#[test]
fn just_my_code_leaves_libraries_alone() {
    on_each_python(|python| {
        let folder = program::folder();
        let (python, user, library) = with_library(python, folder.path());
        let session = |just_my_code: Option<bool>| {
            Session::of_file(&user.path)
                .breakpoint("call")
                .attach(|attach| {
                    *attach = attach.clone().breakpoints(&library, &[("library", json!({}))]);
                    attach.just_my_code = just_my_code;
                })
                .start(&python)
        };
        for mine in [None, Some(true)] {
            let mut s = session(mine);
            let answered = &s.attached.breakpoints[0][0];
            assert_eq!(answered["verified"], false, "{answered}");
            assert!(
                answered["message"].as_str().unwrap_or_default().contains("justMyCode"),
                "{answered}"
            );
            s.breaks_at("call");
            s.steps_to("stepIn", "mine");
            s.resume();
            assert!(s.next_stop().is_none());
            s.client.leave_ended_program();
        }
        let mut s = session(Some(false));
        assert_eq!(s.attached.breakpoints[0][0]["verified"], true);
        s.breaks_at("call");
        s.resume();
        let stop = s.stops_for("breakpoint");
        assert_eq!(
            (Path::new(stop.path()), stop.function()),
            (library.path.as_path(), "call")
        );
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn attach_without_breakpoints_does_not_disturb() {
    on_each_python(|python| {
        let mut s = Session::of("threads.py").args(&["3"]).start(python);
        assert!(s.next_stop().is_none());
        s.client.leave_ended_program();
        s.program.ends_with(0);
    });
}

#[test]
fn bad_attach_arguments_are_refused_and_may_be_mended() {
    on_each_python(|python| {
        let program = Program::start(python, Session::of("probe.py").launch());
        let mut client = program.connect();
        client.initialize();
        let error = client.refused("attach", json!({"pathMappings": "everything"}));
        assert!(error.contains("pathMappings"), "{error}");
        let attach = client.send("attach", Attach::default().arguments(program.address().port()));
        client.wait_event("initialized", |_| true);
        client.ok("configurationDone", Value::Null);
        client.wait_success(attach);
        client.disconnect();
        program.advances("tick");
    });
}
