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
fn files_that_an_extension_wants_passed_over() {
    on_each_python(|python| {
        let mut s = Session::of("steps.py").args(&["calls"]).stopped_at(python, "c2");
        let patterns = json!({"dontTraceStartPatterns": ["/no/such"], "dontTraceEndPatterns": ["other.py"]});
        s.client.ok("setDebuggerProperty", patterns);
        s.steps_to("stepIn", "add");
        s.steps_to("stepOut", "c2");
        s.steps_to("next", "c3");
        // One of them alone says nothing.
        s.client
            .ok("setDebuggerProperty", json!({"dontTraceEndPatterns": ["steps.py"]}));
        s.steps_to("stepIn", "add");
        let patterns = json!({"dontTraceStartPatterns": [], "dontTraceEndPatterns": ["/steps.py"]});
        s.client.ok("setDebuggerProperty", patterns);
        s.client.ok("stepIn", json!({"threadId": s.thread}));
        // Nothing of the program is left to stop in but the function in which the step began.
        while let Some(stop) = s.next_stop() {
            assert_eq!(stop.function(), "add");
            s.resume();
        }
        s.client.leave_ended_program();
        s.program.ends_with(0);
    });
}

#[test]
fn the_older_options_of_attach() {
    on_each_python(|python| {
        // What the newer members say counts more, and `options` more than `debugOptions`.
        for (more, just_my_code) in [
            (json!({"debugOptions": ["DebugStdLib"]}), false),
            (
                json!({"debugOptions": [], "options": "DEBUG_STDLIB=True;NONSENSE;X=Y"}),
                false,
            ),
            (
                json!({"debugOptions": ["DebugStdLib"], "options": "DEBUG_STDLIB=False"}),
                true,
            ),
            (json!({"debugOptions": ["DebugStdLib"], "debugStdLib": false}), true),
            (json!({"debugOptions": ["DebugStdLib"], "justMyCode": true}), true),
            (json!({"debugStdLib": true}), false),
            (json!({"debugStdLib": true, "justMyCode": true}), true),
        ] {
            let setup = Session::of("imports.py").attach(|attach| attach.more = more.clone());
            let mut s = setup.stopped_at(python, "call");
            let stop = s.step("stepIn");
            assert_eq!(stop.function() == "main", just_my_code, "{more}: {}", stop.function());
            s.resume();
            s.ends_with(0);
        }
    });
}

#[test]
fn continue_concerns_every_thread_whatever_it_names() {
    on_each_python(|python| {
        let mut s = Session::of("loop.py").args(&["3"]).breakpoint("back").start(python);
        for arguments in [json!(null), json!({}), json!({"threadId": null})] {
            s.breaks_at("back");
            let body = s.client.ok("continue", arguments.clone());
            assert_eq!(body["allThreadsContinued"], true, "{arguments}");
        }
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
            (
                json!({"resolveSymlinks": "no"}),
                ["arguments.resolveSymlinks", "true or false"],
            ),
            (json!({"clientOS": 1}), ["arguments.clientOS", "a string"]),
            (json!({"guiEventLoop": []}), ["arguments.guiEventLoop", "a string"]),
            (json!({"autoReload": true}), ["arguments.autoReload", "an object"]),
            (json!({"django": "yes"}), ["arguments.django", "true or false"]),
            (json!({"options": ["X"]}), ["arguments.options", "a string"]),
        ] {
            let error = client.refused("attach", arguments.clone());
            assert!(parts.iter().all(|part| error.contains(part)), "{arguments}: {error}");
        }
        // The client may try again; what is unknown does not matter.
        let attached = client.send(
            "attach",
            json!({"gevent": "x", "anything": [1], "debugOptions": ["Whatever", "FixFilePathCase", "WindowsClient"],
                   "clientOS": "windows", "guiEventLoop": "matplotlib", "autoReload": {"enable": false},
                   "resolveSymlinks": true, "django": false, "jinja": true, "subProcess": false, "sourceMaps": true}),
        );
        client.wait_event("initialized", |_| true);
        client.ok("configurationDone", json!(null));
        client.wait_success(attached);
        client.wait_event("terminated", |_| true);
        client.leave_ended_program();
    });
}
