//! `cancel`: of what runs, of what waits, and of what is over.

use dapstub_tests::{Python, Session, on_each_python};
use serde_json::json;

fn stopped(python: &Python) -> Session {
    let mut s = Session::of("values.py").breakpoint("look").start(python);
    s.breaks_at("look");
    s.clear_breakpoints();
    s
}

fn runs_out(mut s: Session) {
    s.resume();
    s.ends_with(0);
}

/// Code that runs until it is broken off, and says on standard output that it has begun.
const ENDLESS: &str = "print('begun', flush=True)\nwhile True:\n    pass";

#[test]
fn a_running_evaluate() {
    on_each_python(|python| {
        let mut s = stopped(python);
        assert_eq!(s.attached.capabilities["supportsCancelRequest"], true);
        let frame = s.top_frame();
        let stubborn = "print('begun', flush=True)\nwhile True:\n    try:\n        while True:\n            pass\n    \
                        except Exception:\n        pass";
        for code in [ENDLESS, stubborn] {
            let evaluate = s.client.send(
                "evaluate",
                json!({"expression": code, "frameId": frame, "context": "repl"}),
            );
            s.program.line("begun");
            s.client.ok("cancel", json!({"requestId": evaluate}));
            let answer = s.client.wait_response(evaluate);
            assert_eq!(
                (answer.success(), &answer.message["message"]),
                (false, &json!("cancelled"))
            );
        }
        // The program stands where it stood, and can be asked.
        assert_eq!(s.eval("number"), "32");
        runs_out(s);
    });
}

#[test]
fn at_any_moment() {
    on_each_python(|python| {
        let mut s = stopped(python);
        let frame = s.top_frame();
        for _ in 0..20 {
            // Before it is begun, while it is, or in between: it ends.
            let evaluate = s.client.send(
                "evaluate",
                json!({"expression": "while True: pass", "frameId": frame, "context": "repl"}),
            );
            let cancel = s.client.send("cancel", json!({"requestId": evaluate}));
            assert_eq!(s.client.wait_response(evaluate).message["message"], "cancelled");
            s.client.wait_success(cancel);
        }
        assert_eq!(s.eval("number"), "32");
        runs_out(s);
    });
}

#[test]
fn a_request_that_waits() {
    on_each_python(|python| {
        let mut s = stopped(python);
        let frame = s.top_frame();
        let evaluate = s.client.send(
            "evaluate",
            json!({"expression": ENDLESS, "frameId": frame, "context": "repl"}),
        );
        s.program.line("begun");
        let scopes = s.client.send("scopes", json!({"frameId": frame}));
        let threads = s.client.send("threads", json!(null));
        s.client.ok("cancel", json!({"requestId": scopes}));
        let answer = s.client.wait_response(scopes);
        assert_eq!(
            (answer.success(), &answer.message["message"]),
            (false, &json!("cancelled"))
        );
        s.client.ok("cancel", json!({"requestId": evaluate}));
        assert!(!s.client.wait_response(evaluate).success());
        // What was not cancelled is answered.
        s.client.wait_success(threads);
        runs_out(s);
    });
}

#[test]
fn nothing_to_cancel() {
    on_each_python(|python| {
        let mut s = stopped(python);
        let over = s.client.send("threads", json!(null));
        s.client.wait_success(over);
        for arguments in [
            json!({"requestId": over}),
            json!({"requestId": 999_999}),
            json!({"progressId": "unknown"}),
            json!({}),
        ] {
            s.client.ok("cancel", arguments);
        }
        let error = s.client.refused("cancel", json!({"requestId": "one"}));
        assert!(error.contains("requestId"), "{error}");
        // What follows is not hit by it.
        for _ in 0..20 {
            let evaluate = s.client.send("evaluate", json!({"expression": "sum(range(2000))"}));
            s.client.ok("cancel", json!({"requestId": evaluate}));
            let answer = s.client.wait_response(evaluate);
            assert!(
                answer.success() || answer.message["message"] == "cancelled",
                "{}",
                answer.error()
            );
            assert_eq!(s.eval("number"), "32");
        }
        runs_out(s);
    });
}
