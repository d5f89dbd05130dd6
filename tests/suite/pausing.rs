//! Pause and continue.

use core::time::Duration;

use dapstub_tests::{Session, Start, on_each_python};
use serde_json::{Value, json};

#[test]
fn pause_of_a_busy_loop() {
    on_each_python(|python| {
        let mut s = Session::of("busy.py").start(python);
        s.program.line("counting");
        // Clients of debugpy's name no thread.
        for arguments in [json!({"threadId": 1}), json!(null), json!({})] {
            s.client.ok("pause", arguments);
            let stop = s.stops_for("pause");
            let main = stack_of(&mut s, "MainThread");
            assert_eq!(main[0], "count");
            assert!(stop.body["allThreadsStopped"] == true);
            s.resume();
        }
        s.program.say("stop");
        s.program.line("counted");
        s.ends_with(0);
    });
}

/// The functions on the stack of the thread with that name.
fn stack_of(s: &mut Session, name: &str) -> Vec<String> {
    let threads = s.client.ok("threads", Value::Null);
    let thread = threads["threads"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|thread| thread["name"] == name);
    let id = thread.map(|thread| thread["id"].clone()).expect("the thread is listed");
    let body = s.client.ok("stackTrace", json!({"threadId": id}));
    let frames = body["stackFrames"].as_array().cloned().unwrap_or_default();
    frames
        .iter()
        .map(|frame| frame["name"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn pause_while_every_thread_waits() {
    on_each_python(|python| {
        let mut s = Session::of("sleepers.py").start(python);
        s.program.line("asleep");
        // Nothing here wakes by itself within the hour.
        s.client.ok("pause", json!({"threadId": 1}));
        s.stops_for("pause");
        for name in ["sleeps", "locked", "reads"] {
            let stack = stack_of(&mut s, name);
            assert!(stack.iter().any(|function| function == name), "{stack:?}");
        }
        let main = stack_of(&mut s, "MainThread");
        assert_eq!(main.last().map(String::as_str), Some("<module>"));
        s.resume();
        s.program.say("wake up");
        s.program.line("awake");
        s.ends_with(0);
    });
}

#[test]
fn a_paused_program_can_be_looked_into() {
    on_each_python(|python| {
        let mut s = Session::of("sleepers.py").start(python);
        s.program.line("asleep");
        s.client.ok("pause", json!({"threadId": 1}));
        let stop = s.stops_for("pause");
        let outermost = stop.frames.len() - 1;
        let body = s.client.ok(
            "evaluate",
            json!({"expression": "6 * 7", "frameId": stop.frame(outermost), "context": "watch"}),
        );
        assert_eq!(body["result"], "42");
        s.resume();
        s.program.say("wake up");
        s.ends_with(0);
    });
}

#[test]
fn nothing_moves_while_stopped() {
    on_each_python(|python| {
        let mut s = Session::of("steps.py")
            .args(&["several"])
            .breakpoint("s1")
            .start(python);
        s.breaks_at("s1");
        // Read without evaluating anything, for an evaluate may let other threads run.
        let count = |s: &mut Session| {
            let threads = s.client.ok("threads", Value::Null);
            let mut threads = threads["threads"].as_array().into_iter().flatten();
            let busy = threads
                .find(|thread| thread["name"] == "busy")
                .expect("the thread is listed");
            let stack = s.client.ok("stackTrace", json!({"threadId": busy["id"]}));
            let mut frames = stack["stackFrames"].as_array().into_iter().flatten();
            let frame = frames
                .find(|frame| frame["name"] == "busy")
                .expect("its function is on the stack");
            s.locals_of(frame["id"].as_i64().expect("a frame has an id"))["n"].clone()
        };
        let first = count(&mut s);
        s.client.no_event_within("continued", Duration::from_millis(200));
        assert_eq!(count(&mut s), first);
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn pause_then_step() {
    on_each_python(|python| {
        let mut s = Session::of("busy.py").start(python);
        s.program.line("counting");
        s.client.ok("pause", json!({"threadId": 1}));
        s.stops_for("pause");
        let threads = s.client.ok("threads", Value::Null);
        let main = threads["threads"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|thread| thread["name"] == "MainThread");
        s.thread = main
            .and_then(|thread| thread["id"].as_i64())
            .expect("the main thread is listed");
        assert_eq!(s.step("next").function(), "count");
        s.resume();
        s.program.say("stop");
        s.ends_with(0);
    });
}

#[test]
fn pause_twice_stops_once() {
    on_each_python(|python| {
        let mut s = Session::of("forever.py").how(Start::Running).start(python);
        s.client.ok("pause", json!({"threadId": 1}));
        s.stops_for("pause");
        // A second pause finds the program stopped: whatever is answered, it does not stop again after the resume.
        s.client.request("pause", json!({"threadId": 1}));
        s.resume();
        s.program.advances("tick");
        s.client.no_event("stopped");
        s.program.say("stop");
        s.ends_with(0);
    });
}

#[test]
fn continue_answers_and_every_thread_goes_on() {
    on_each_python(|python| {
        let mut s = Session::of("forever.py").breakpoint("tick").start(python);
        s.breaks_at("tick");
        s.clear_breakpoints();
        let body = s.client.ok("continue", json!({"threadId": s.thread}));
        assert!(body["allThreadsContinued"].as_bool().unwrap_or(true), "{body}");
        s.program.advances("tick");
        s.program.say("stop");
        s.ends_with(0);
    });
}
