//! `gotoTargets` and `goto`, `stepInTargets` and `stepIn` with a target, `stopOnEntry`.

use dapstub_tests::{Python, Session, Start, Stop, on_each_python};
use serde_json::{Value, json};

fn stopped(python: &Python, marker: &str) -> (Session, Stop) {
    let mut s = Session::of("jumps.py").breakpoint(marker).start(python);
    let stop = s.breaks_at(marker);
    s.clear_breakpoints();
    (s, stop)
}

/// The target for a line of the main file.
fn target(s: &mut Session, line: i64) -> Value {
    let source = s.source.descriptor();
    let body = s.client.ok("gotoTargets", json!({"source": source, "line": line}));
    body["targets"][0].clone()
}

/// Sends the thread to the line marked `marker`.
fn go(s: &mut Session, marker: &str) -> Stop {
    let line = s.source.line(marker);
    let target = target(s, line);
    assert_eq!(target["line"], line);
    s.client
        .ok("goto", json!({"threadId": s.thread, "targetId": target["id"]}));
    let stop = s.stops_for("goto");
    assert_eq!(stop.marker(), marker);
    stop
}

#[test]
fn forwards_and_backwards() {
    on_each_python(|python| {
        let (mut s, _) = stopped(python, "second");
        assert_eq!(s.attached.capabilities["supportsGotoTargetsRequest"], true);
        // Nothing between is executed.
        go(&mut s, "last");
        assert_eq!(s.eval("value"), "1");
        go(&mut s, "second");
        // Steps and breakpoints go on from there.
        s.steps_to("next", "third");
        assert_eq!(s.eval("value"), "11");
        go(&mut s, "second");
        s.set_breakpoints(&[("third", json!({}))]);
        s.resume();
        s.breaks_at("third");
        assert_eq!(s.eval("value"), "21");
        // To the line where it stands already.
        go(&mut s, "third");
        s.clear_breakpoints();
        s.resume();
        assert_eq!(s.program.line("forth"), "123");
        s.ends_with(0);
    });
}

#[test]
fn a_breakpoint_where_it_is_sent_counts_once() {
    on_each_python(|python| {
        let mut s = Session::of("jumps.py")
            .breakpoint("first")
            .breakpoint("third")
            .start(python);
        s.breaks_at("first");
        // Skipping the assignment would leave `value` unbound.
        s.repl("value = 5");
        go(&mut s, "third");
        s.set_breakpoints(&[("third", json!({})), ("last", json!({}))]);
        s.resume();
        s.breaks_at("last");
        s.clear_breakpoints();
        s.resume();
        assert_eq!(s.program.line("forth"), "107");
        s.ends_with(0);
    });
}

#[test]
fn where_it_cannot_go() {
    on_each_python(|python| {
        let (mut s, _) = stopped(python, "second");
        let refused = |s: &mut Session, line: i64| {
            let target = target(s, line);
            s.client
                .refused("goto", json!({"threadId": s.thread, "targetId": target["id"]}))
        };
        // Into a loop, into another function.
        let line = s.source.line("loop");
        let error = refused(&mut s, line);
        assert!(error.contains("ValueError"), "{error}");
        let line = s.source.line("one");
        let error = refused(&mut s, line);
        assert!(error.contains("ValueError"), "{error}");
        let error = s
            .client
            .refused("goto", json!({"threadId": s.thread, "targetId": 424_242}));
        assert!(error.contains("no target 424242"), "{error}");
        // Behind the last code of the file there is no target.
        assert_eq!(target(&mut s, 9999), Value::Null);
        assert_eq!(s.eval("value"), "1");
        // After a step out the thread stands within a line.
        s.step("stepOut");
        let line = s.source.line("main-nested");
        let error = refused(&mut s, line);
        assert!(!error.is_empty());
        s.resume();
        assert_eq!(s.program.line("forth"), "113");
        s.ends_with(0);
    });
}

#[test]
fn a_paused_thread_stays() {
    on_each_python(|python| {
        let mut s = Session::of("forever.py").start(python);
        s.program.line("started");
        s.client.ok("pause", json!({"threadId": 1}));
        s.stops_for("pause");
        let found = target(&mut s, 1);
        let error = s
            .client
            .refused("goto", json!({"threadId": s.thread, "targetId": found["id"]}));
        assert!(error.contains("beginning of a line"), "{error}");
        s.detach();
    });
}

fn targets(s: &mut Session, frame: i64) -> Vec<(String, i64)> {
    let body = s.client.ok("stepInTargets", json!({"frameId": frame}));
    let list = body["targets"].as_array().cloned().unwrap_or_default();
    list.iter()
        .map(|target| {
            let label = target["label"].as_str().unwrap_or_default().to_owned();
            (label, target["id"].as_i64().unwrap_or_default())
        })
        .collect()
}

fn step_into(s: &mut Session, frame: i64, index: usize) -> Stop {
    let (_, id) = targets(s, frame)[index].clone();
    s.client.ok("stepIn", json!({"threadId": s.thread, "targetId": id}));
    s.stops_for("step")
}

#[test]
fn one_of_several_calls() {
    on_each_python(|python| {
        let (mut s, _) = stopped(python, "nested");
        assert_eq!(s.attached.capabilities["supportsStepInTargetsRequest"], true);
        let frame = s.top_frame();
        let found = targets(&mut s, frame);
        let labels: Vec<&str> = found.iter().map(|(label, _)| label.as_str()).collect();
        assert_eq!(labels, ["one()", "two(one())", "one(two(one()))"]);
        let stop = step_into(&mut s, frame, 2);
        assert_eq!((stop.marker(), s.eval("n").as_str()), ("one", "3"));
        // What has been called is no target any more.
        s.step("stepOut");
        let frame = s.top_frame();
        assert_eq!(targets(&mut s, frame).len(), 0);
        s.resume();
        assert_eq!(s.program.line("nested"), "(4, 4, 5, False, [1, 3])");
        s.ends_with(0);
    });
}

#[test]
fn a_call_on_another_line_of_the_statement() {
    on_each_python(|python| {
        let (mut s, _) = stopped(python, "nested");
        s.step("next");
        let frame = s.top_frame();
        let found = targets(&mut s, frame);
        let labels: Vec<&str> = found.iter().map(|(label, _)| label.as_str()).collect();
        assert_eq!(labels, ["one(1)", "two()"]);
        // The lines on the way to it do not end the step.
        let stop = step_into(&mut s, frame, 1);
        assert_eq!((stop.marker(), s.eval("n").as_str()), ("two", "0"));
        s.steps_to("stepOut", "lines");
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn the_middle_one_and_one_that_is_not_reached() {
    on_each_python(|python| {
        let (mut s, _) = stopped(python, "nested");
        let frame = s.top_frame();
        let stop = step_into(&mut s, frame, 1);
        assert_eq!((stop.marker(), s.eval("n").as_str()), ("two", "1"));
        s.set_breakpoints(&[("either", json!({}))]);
        s.resume();
        s.breaks_at("either");
        let frame = s.top_frame();
        assert_eq!(
            targets(&mut s, frame)
                .iter()
                .map(|one| one.0.as_str())
                .collect::<Vec<_>>(),
            ["one()"]
        );
        // It never comes to `one()`: the step ends at the next line.
        let stop = step_into(&mut s, frame, 0);
        assert_eq!(stop.marker(), "sorting");
        s.clear_breakpoints();
        // A native function that calls back.
        let frame = s.top_frame();
        let stop = step_into(&mut s, frame, 0);
        assert_eq!((stop.marker(), s.eval("n").as_str()), ("one", "3"));
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn calls_through_other_functions() {
    on_each_python(|python| {
        let (mut s, _) = stopped(python, "through");
        let frame = s.top_frame();
        let stop = step_into(&mut s, frame, 1);
        assert_eq!(stop.marker(), "apply");
        // Frames further out have no calls before them, and a number that was never given out is refused.
        assert_eq!(targets(&mut s, stop.frame(1)).len(), 0);
        for id in [0, 999_999] {
            let error = s
                .client
                .refused("stepIn", json!({"threadId": s.thread, "targetId": id}));
            assert!(error.contains("no target"), "{error}");
        }
        s.client.refused("stepInTargets", json!({"frameId": 999_999}));
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn stop_on_entry() {
    on_each_python(|python| {
        for more in [json!({"stopOnEntry": true}), json!({"debugOptions": ["StopOnEntry"]})] {
            let mut s = Session::of("jumps.py")
                .attach(|attach| attach.more = more)
                .start(python);
            let stop = s.stops_for("entry");
            assert_eq!((stop.line(), stop.function()), (1, "<module>"));
            s.step("next");
            s.resume();
            s.ends_with(0);
        }
        // Held by its own call.
        let mut s = Session::of("api.py")
            .how(Start::Own)
            .args(&["wait"])
            .attach(|attach| attach.more = json!({"stopOnEntry": true}))
            .start(python);
        let stop = s.stops_for("entry");
        assert_eq!(stop.path(), s.source.path.to_string_lossy());
        s.resume();
        s.program.say("end");
        s.ends_with(0);
        // A program that does not wait is not stopped.
        let mut s = Session::of("forever.py")
            .how(Start::Running)
            .attach(|attach| attach.more = json!({"stopOnEntry": true}))
            .start(python);
        s.program.line("started");
        s.client.no_event("stopped");
        s.detach();
    });
}
