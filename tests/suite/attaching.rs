//! Attach, detach, and attach again.

use std::fs;
use std::path::Path;

use dapstub_tests::vscode::set_breakpoints_arguments;
use dapstub_tests::{Attach, Program, Python, Session, Source, Start, on_each_python, program};
use serde_json::{Value, json};

/// A copy of a program in a folder of its own.
fn copied(name: &str, folder: &Path) -> Source {
    let original = Source::program(name);
    let copy = folder.join(name);
    fs::copy(original.path, &copy).unwrap();
    Source::read(&copy)
}

fn mapped(local: &str, remote: &str) -> Vec<(String, String)> {
    vec![(local.to_owned(), remote.to_owned())]
}

#[test]
fn the_launch_json_of_the_readme() {
    on_each_python(|python| {
        let folder = program::folder();
        let source = copied("loop.py", folder.path());
        let there = json!({"name": "loop.py", "path": "/x/loop.py"});
        // Exactly the members that the file has, in the older form with host and port at the top.
        let setup = Session::of_file(&source.path).args(&["2"]).within(folder.path());
        let program = Program::start(python, setup.launch());
        let mut client = program.connect();
        client.initialize();
        let attach = client.send(
            "attach",
            json!({"type": "python", "request": "attach", "port": program.address().port(), "host": "localhost",
                   "pathMappings": [{"localRoot": "/x", "remoteRoot": "."}]}),
        );
        client.wait_event("initialized", |_| true);
        let breakpoints = [json!({"line": source.line("work")})];
        let body = client.ok("setBreakpoints", set_breakpoints_arguments(&there, &breakpoints));
        assert_eq!(body["breakpoints"][0]["verified"], true);
        client.ok("setExceptionBreakpoints", json!({"filters": ["uncaught"]}));
        client.ok("configurationDone", Value::Null);
        client.wait_success(attach);
        let stop = client.expect_stop("breakpoint");
        let stack = client.ok("stackTrace", json!({"threadId": stop["threadId"]}));
        for frame in stack["stackFrames"].as_array().unwrap() {
            assert_eq!(
                frame["source"]["path"], "/x/loop.py",
                "every frame is shown by its local path"
            );
        }
        client.ok("setBreakpoints", set_breakpoints_arguments(&there, &[]));
        client.ok("continue", json!({"threadId": stop["threadId"]}));
        client.wait_event("terminated", |_| true);
        client.leave_ended_program();
    });
}

#[test]
fn path_mappings() {
    on_each_python(|python| {
        let folder = program::folder();
        let source = copied("loop.py", folder.path());
        let remote = folder.path().to_string_lossy().into_owned();
        for (local, remote) in [
            ("/home/me/project", remote.as_str()),
            ("/home/me/project/", "."),
            ("/x", "."),
        ] {
            let there = json!({"path": format!("{}/loop.py", local.trim_end_matches('/'))});
            let line = json!({"line": source.line("back")});
            let mut s = Session::of_file(&source.path)
                .args(&["1"])
                .within(folder.path())
                .attach(|attach| {
                    attach.path_mappings = mapped(local, remote);
                    attach.breakpoints = vec![(there.clone(), vec![line])];
                })
                .start(python);
            let answered = &s.attached.breakpoints[0][0];
            assert_eq!(answered["verified"], true, "{local} {remote}: {answered}");
            assert_eq!(answered["source"]["path"], there["path"], "{local} {remote}");
            let stop = s.stops_for("breakpoint");
            assert_eq!(json!(stop.path()), there["path"], "{local} {remote}");
            s.resume();
            s.ends_with(0);
        }
    });
}

#[test]
fn a_program_that_changed_its_directory_keeps_its_mapping() {
    on_each_python(|python| {
        let folder = program::folder();
        let path = folder.path().join("moving.py");
        fs::write(&path, "import os\nos.chdir('/')\ndef f():\n    return 1  # here\nf()\n").unwrap();
        let line = Source::read(&path).line("here");
        let mut s = Session::of_file(&path)
            .within(folder.path())
            .attach(|attach| {
                attach.path_mappings = mapped("/x", ".");
                attach.breakpoints = vec![(json!({"path": "/x/moving.py"}), vec![json!({"line": line})])];
            })
            .start(python);
        assert_eq!(s.stops_for("breakpoint").path(), "/x/moving.py");
        s.resume();
        s.ends_with(0);
    });
}

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
            ("loadedSources", json!({})),
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

/// The hooks in the interpreter, as the program finds them.
fn hooks(program: &mut Program) -> String {
    program.say("hooks");
    program.line("hooks")
}

#[test]
fn attached_without_breakpoints_leaves_no_hook() {
    on_each_python(|python| {
        let mut s = Session::of("probe.py").start(python);
        s.program.advances("tick");
        assert_eq!(hooks(&mut s.program), "[]");
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
        assert_eq!(hooks(&mut program), "[]");
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
        assert_eq!(hooks(&mut program), "[]");
        program.say("end");
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
        assert_eq!(hooks(&mut program), "[]");
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
        assert_eq!(hooks(&mut program), "[]");
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
