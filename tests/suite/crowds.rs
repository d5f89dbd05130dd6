//! Hundreds of threads: every stop is told, none is lost, and a pause waits for nobody.

use std::collections::BTreeSet;

use dapstub_tests::{Session, on_each_python};
use serde_json::{Value, json};

/// Takes the next stop, or the end of the program, without looking at anything else.
fn next_stop(s: &mut Session) -> Option<Value> {
    let message = s.client.wait_one_of(&["stopped", "terminated"]);
    (message["event"] == "stopped").then(|| message["body"].clone())
}

#[test]
fn two_hundred_at_one_line_stop_one_after_the_other() {
    on_each_python(|python| {
        let mut s = Session::of("threads.py")
            .args(&["200"])
            .breakpoint("together")
            .start(python);
        let mut numbers = BTreeSet::new();
        while let Some(body) = next_stop(&mut s) {
            s.thread = body["threadId"].as_i64().expect("a stop names its thread");
            let number: i64 = s.eval("number").parse().expect("a number");
            assert!(numbers.insert(number), "thread {number} stopped twice");
            s.resume();
        }
        assert_eq!(numbers.len(), 200);
        s.client.leave_ended_program();
        s.program.ends_with(0);
        assert_eq!(s.program.output().last().map(String::as_str), Some("sum 2646700"));
    });
}

#[test]
fn five_hundred_at_one_line_while_continue_comes_at_any_moment() {
    on_each_python(|python| {
        let mut s = Session::of("threads.py")
            .args(&["500"])
            .breakpoint("together")
            .start(python);
        let mut threads = BTreeSet::new();
        while let Some(body) = next_stop(&mut s) {
            threads.insert(body["threadId"].as_i64());
            // Every second time, two at once: the second finds the program running, or ends the next stop too.
            let mut sent = vec![s.client.send("continue", json!({"threadId": body["threadId"]}))];
            if threads.len() % 2 == 0 && threads.len() < 200 {
                sent.push(s.client.send("continue", json!({"threadId": body["threadId"]})));
            }
            for seq in sent {
                s.client.wait_response(seq);
            }
        }
        assert_eq!(threads.len(), 500);
        s.client.leave_ended_program();
        s.program.ends_with(0);
        assert_eq!(s.program.output().last().map(String::as_str), Some("sum 41541750"));
    });
}

#[test]
fn threads_that_come_and_go_each_stop_once() {
    on_each_python(|python| {
        let mut s = Session::of("crowd.py")
            .args(&["brief", "120"])
            .breakpoint("brief")
            .start(python);
        let mut numbers = BTreeSet::new();
        while let Some(body) = next_stop(&mut s) {
            s.thread = body["threadId"].as_i64().expect("a stop names its thread");
            assert!(numbers.insert(s.eval("number")), "{body}");
            s.resume();
        }
        assert_eq!(numbers.len(), 120);
        s.client.leave_ended_program();
        s.program.ends_with(0);
        assert!(s.program.output().contains(&"seen 120".to_owned()));
    });
}

#[test]
fn detached_amid_a_crowd_lets_all_of_them_run() {
    on_each_python(|python| {
        let mut s = Session::of("threads.py")
            .args(&["200"])
            .breakpoint("together")
            .start(python);
        for _ in 0..3 {
            let body = next_stop(&mut s).expect("a stop");
            s.thread = body["threadId"].as_i64().expect("a stop names its thread");
            s.resume();
        }
        // One is stopped, and nearly two hundred wait for their turn to stop.
        next_stop(&mut s);
        let mut program = s.detach();
        assert_eq!(program.line("sum"), "2646700");
        program.ends_with(0);
    });
}

#[test]
fn pause_while_two_hundred_sleep_or_wait_in_c_code() {
    on_each_python(|python| {
        let mut s = Session::of("crowd.py").args(&["asleep", "200"]).start(python);
        s.program.line("asleep");
        for _ in 0..3 {
            s.client.ok("pause", json!({"threadId": 1}));
            let body = s.client.expect_stop("pause");
            s.thread = body["threadId"].as_i64().expect("a stop names its thread");
            let threads = s.client.ok("threads", Value::Null);
            let names: BTreeSet<&str> = threads["threads"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|thread| thread["name"].as_str())
                .collect();
            for number in 0..200 {
                assert!(names.contains(&*format!("asleep-{number}")), "{number} of {names:?}");
            }
            for thread in threads["threads"].as_array().into_iter().flatten().step_by(40) {
                let stack = s.client.ok("stackTrace", json!({"threadId": thread["id"]}));
                assert!(stack["totalFrames"].as_i64().is_some_and(|total| total > 0), "{stack}");
            }
            s.resume();
        }
        s.program.say("wake up");
        s.program.line("awake");
    });
}
