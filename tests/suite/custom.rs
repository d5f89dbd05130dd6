//! debugpy's own requests, and arguments of `attach` that are wrong.

use dapstub_tests::{Program, Session, on_each_python};
use serde_json::json;

#[test]
fn system_info() {
    on_each_python(|python| {
        let mut s = Session::of("loop.py").args(&["1"]).breakpoint("back").start(python);
        s.breaks_at("back");
        s.clear_breakpoints();
        for command in ["debugpySystemInfo", "pydevdSystemInfo"] {
            let info = s.client.ok(command, json!(null));
            assert_eq!(info["process"]["bitness"], 64);
            let version = info["python"]["version"].as_str().unwrap_or_default().to_owned();
            assert_eq!(
                s.eval(&format!("__import__('sys').version.startswith('{}')", &version[..4])),
                "True"
            );
            assert_eq!(info["process"]["pid"].to_string(), s.eval("__import__('os').getpid()"));
            assert_eq!(
                info["process"]["ppid"].to_string(),
                s.eval("__import__('os').getppid()")
            );
            assert_eq!(info["python"]["implementation"]["description"], "CPython", "{info}");
        }
        let info = s.client.ok("debugpySystemInfo", json!({}));
        assert_eq!(info["debugpy"]["implementation"], "dapstub");
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn debugger_properties() {
    on_each_python(|python| {
        let mut s = Session::of("loop.py").args(&["1"]).breakpoint("back").start(python);
        s.breaks_at("back");
        s.clear_breakpoints();
        s.client.ok(
            "setDebuggerProperty",
            json!({"ideOS": "Windows", "multiThreadsSingleNotification": true, "skipPrintBreakpointException": ["X"],
                   "dontTraceStartPatterns": ["/editor"], "unknown": 1}),
        );
        let error = s.client.refused("setDebuggerProperty", json!({"ideOS": 3}));
        assert!(error.contains("ideOS") && error.contains("a string"), "{error}");
        let error = s.client.refused("pydevdNonsense", json!({}));
        assert!(error.contains("`pydevdNonsense` is not supported"), "{error}");
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn wrong_arguments_of_attach_are_named() {
    on_each_python(|python| {
        let setup = Session::of("loop.py").args(&["1"]);
        let program = Program::start(python, setup.launch());
        let mut client = program.connect();
        client.initialize();
        for (arguments, parts) in [
            (
                json!({"redirectOutput": "yes"}),
                ["arguments.redirectOutput", "true or false"],
            ),
            (
                json!({"debugOptions": "RedirectOutput"}),
                ["arguments.debugOptions", "an array of strings"],
            ),
            (
                json!({"debugOptions": ["A", 1]}),
                ["arguments.debugOptions[1]", "a string"],
            ),
            (
                json!({"maxExceptionStackFrames": -1}),
                ["arguments.maxExceptionStackFrames", "a number"],
            ),
            (
                json!({"breakOnSystemExit": 3}),
                ["arguments.breakOnSystemExit", "an array"],
            ),
            (
                json!({"breakOnSystemExit": [{"from": 1}]}),
                ["arguments.breakOnSystemExit[0]", "an exit status"],
            ),
            (
                json!({"variablePresentation": []}),
                ["arguments.variablePresentation", "an object"],
            ),
            (
                json!({"variablePresentation": {"all": "none"}}),
                ["arguments.variablePresentation.all", "hide"],
            ),
            (json!({"stopOnEntry": 1}), ["arguments.stopOnEntry", "true or false"]),
            (json!({"subProcess": {}}), ["arguments.subProcess", "true or false"]),
        ] {
            let error = client.refused("attach", arguments.clone());
            assert!(parts.iter().all(|part| error.contains(part)), "{arguments}: {error}");
        }
        // The client may try again; what is unknown does not matter.
        let attached = client.send(
            "attach",
            json!({"gevent": "x", "anything": [1], "debugOptions": ["Whatever"]}),
        );
        client.wait_event("initialized", |_| true);
        client.ok("configurationDone", json!(null));
        client.wait_success(attached);
        client.wait_event("terminated", |_| true);
        client.leave_ended_program();
    });
}
