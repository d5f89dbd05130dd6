//! Steps in tasks, while other tasks run in the same thread.

use dapstub_tests::{Python, Session, Stop, on_each_python};
use serde_json::json;

/// A session stopped at `marker` in a scenario of tasksteps.py, with no breakpoint left.
fn stopped_at(python: &Python, scenario: &str, marker: &str) -> Session {
    Session::of("tasksteps.py").args(&[scenario]).stopped_at(python, marker)
}

#[test]
fn over_awaits_where_other_tasks_run_the_same_code() {
    on_each_python(|python| {
        let mut s = Session::of("tasksteps.py")
            .args(&["same_code"])
            .breakpoint_with("w1", json!({"condition": "n == 2"}))
            .start(python);
        s.breaks_at("w1");
        s.clear_breakpoints();
        for marker in ["w2", "w3", "w4", "w5", "w6"] {
            s.steps_to("next", marker);
            assert_eq!(s.eval("n"), "2", "{marker}");
        }
        s.runs_out();
    });
}

#[test]
fn over_a_bare_future() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "bare", "b1");
        s.walks("next", "b2 b3 b4 b5");
        s.runs_out();
        // There is nothing to step into, and other tasks are not what was called.
        let mut s = stopped_at(python, "bare", "b1");
        s.walks("stepIn", "b2 b3 b4 b5");
        s.runs_out();
    });
}

#[test]
fn into_what_is_awaited_and_out_of_it() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "calls", "c1");
        s.walks("stepIn", "a1 a2");
        let stop = s.steps_to("stepOut", "c1");
        assert_eq!(stop.function(), "calls");
        s.walks("next", "c2 c3");
        s.walks("stepIn", "c4");
        s.runs_out();
        let mut s = stopped_at(python, "calls", "c2");
        s.steps_to("stepIn", "a1");
        let stop = s.steps_to("stepOut", "c2");
        assert_eq!(stop.function(), "calls");
        s.runs_out();
    });
}

/// Goes out of a task, which leads to where it is awaited; `then` is the line behind.
fn out_of_a_task(scenario: &str, inside: &str, awaiting: &str, then: &str) {
    for command in ["next", "stepIn", "stepOut"] {
        on_each_python(|python| {
            let mut s = stopped_at(python, scenario, inside);
            let stop = s.steps_to(command, awaiting);
            assert_eq!(s.source.marker(stop.line()), awaiting, "{command} on {python}");
            s.steps_to("next", then);
            s.runs_out();
        });
    }
}

#[test]
fn out_of_a_task_to_what_awaits_it() {
    out_of_a_task("task_of_its_own", "a2", "t1", "t2");
}

#[test]
fn out_of_a_task_to_a_gather() {
    out_of_a_task("gathered", "a2", "g1", "g2");
}

#[test]
fn out_of_a_task_to_a_wait_with_a_timeout() {
    out_of_a_task("timed", "a2", "wf1", "wf2");
}

#[test]
fn out_of_a_task_to_its_group() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "grouped", "a2");
        let stop = s.step("stepOut");
        assert_eq!((stop.function(), stop.marker()), ("grouped", "tg1"), "{python}");
        s.steps_to("next", "tg4");
        s.runs_out();
        let mut s = stopped_at(python, "grouped", "tg3");
        s.walks("next", "tg1 tg4");
        s.runs_out();
    });
}

#[test]
fn out_of_a_task_that_nobody_awaits() {
    on_each_python(|python| {
        for command in ["next", "stepIn", "stepOut"] {
            let mut s = stopped_at(python, "forgotten", "a2");
            // Not in whatever runs next: behind the loop, where the thread's own calls go on.
            let stop = s.step(command);
            assert_eq!(
                (stop.function(), stop.marker()),
                ("<module>", "run"),
                "{command} on {python}"
            );
            s.runs_out();
        }
    });
}

#[test]
fn out_of_a_task_that_fails() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "failed", "f1");
        s.steps_to("next", "f2");
        s.client.ok("next", json!({"threadId": s.thread}));
        let mut stop = s.stops_for("step");
        // A stop where the exception passes may be.
        if stop.marker() == "d1" {
            stop = s.step("next");
        }
        assert_eq!((stop.function(), stop.marker()), ("failed", "d2"), "{python}");
        s.steps_to("next", "d3");
        s.runs_out();
    });
}

#[test]
fn over_an_await_that_is_cancelled() {
    on_each_python(|python| {
        for command in ["next", "stepIn"] {
            let mut s = stopped_at(python, "cancelled", "p1");
            s.walks(command, "p2 p3 p4");
            let mut stop = s.step(command);
            if stop.marker() == "k1" {
                stop = s.step(command);
            }
            assert_eq!((stop.function(), stop.marker()), ("cancelled", "k2"), "{python}");
            s.steps_to(command, "k3");
            s.runs_out();
        }
        // Cancelled before it is out.
        let mut s = stopped_at(python, "cancelled", "p1");
        let stop = s.step("stepOut");
        assert!(["k1", "k2"].contains(&stop.marker()), "{} on {python}", stop.marker());
        s.runs_out();
    });
}

#[test]
fn over_every_asynchronous_syntax() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "syntax", "s1");
        s.walks("next", "s2 s3 s2 s3 s2 s4 s5 s4");
        s.walks("next", "s6 s7 s8 s9 s10");
        s.runs_out();
    });
}

#[test]
fn into_every_asynchronous_syntax() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "syntax", "s2");
        s.walks("stepIn", "n0");
        s.walks("next", "n1 n2");
        let stop = s.steps_to("next", "s2");
        assert_eq!(stop.function(), "syntax");
        s.walks("next", "s3 s2 s3 s2 s4");
        s.walks("stepIn", "m1 m2");
        let stop = s.steps_to("stepOut", "s4");
        assert_eq!(stop.function(), "syntax");
        s.walks("next", "s5 s4");
        s.walks("stepIn", "m3");
        s.steps_to("stepOut", "s4");
        s.runs_out();
    });
}

#[test]
fn behind_the_end_of_the_loop() {
    on_each_python(|python| {
        for command in ["next", "stepIn", "stepOut"] {
            let mut s = stopped_at(python, "loop_end", "le2");
            let stop = s.step(command);
            assert_eq!(
                (stop.function(), stop.marker()),
                ("<module>", "run"),
                "{command} on {python}"
            );
            s.steps_to("next", "end");
            s.runs_out();
        }
    });
}

#[test]
fn over_work_in_another_thread() {
    on_each_python(|python| {
        for command in ["next", "stepIn"] {
            let mut s = stopped_at(python, "in_a_thread", "th1");
            s.steps_to(command, "th2");
            s.runs_out();
        }
    });
}

#[test]
fn a_task_that_never_goes_on_leaves_the_program_running() {
    on_each_python(|python| {
        for command in ["next", "stepIn", "stepOut"] {
            let mut s = stopped_at(python, "never", "v2");
            s.client.ok(command, json!({"threadId": s.thread}));
            s.program.advances("tick");
            s.client.ok("pause", json!({"threadId": s.thread}));
            s.stops_for("pause");
            s.clear_breakpoints();
            s.resume();
            s.program.advances("tick");
            s.program.say("stop");
            s.ends_with(0);
        }
    });
}

#[test]
fn a_breakpoint_elsewhere_is_reached_while_a_step_waits() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "never", "v2");
        s.set_breakpoints(&[("ticking", json!({}))]);
        s.client.ok("next", json!({"threadId": s.thread}));
        s.breaks_at("ticking");
        s.clear_breakpoints();
        s.resume();
        s.program.advances("tick");
        s.program.say("stop");
        s.ends_with(0);
    });
}

#[test]
fn tasks_that_begin_at_once() {
    on_each_python(|python| {
        if !python.at_least(12) {
            return;
        }
        let mut s = stopped_at(python, "eager", "e1");
        s.walks("stepIn", "a1");
        s.walks("next", "a2");
        // It went on in the loop by then, and is awaited.
        s.steps_to("next", "e2");
        s.walks("next", "e3 e4");
        s.runs_out();
        let mut s = stopped_at(python, "eager", "e3");
        s.walks("stepIn", "o1");
        // Called and ended within that line.
        let stop: Stop = s.steps_to("next", "e3");
        assert_eq!(stop.function(), "eager");
        s.walks("next", "e4");
        s.runs_out();
    });
}

#[test]
fn tasks_written_in_python() {
    on_each_python(|python| {
        let start = |scenario: &str, marker: &str| {
            Session::of("tasksteps.py")
                .args(&[scenario, "python"])
                .stopped_at(python, marker)
        };
        let mut s = start("task_of_its_own", "a1");
        s.walks("next", "a2 t1 t2");
        s.runs_out();
        let mut s = start("bare", "b1");
        s.walks("stepIn", "b2 b3 b4 b5");
        s.runs_out();
    });
}

#[test]
fn into_one_of_several_awaited_calls() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "two_on_a_line", "y1");
        let frame = s.top_frame();
        let body = s.client.ok("stepInTargets", json!({"frameId": frame}));
        let targets = body["targets"].as_array().cloned().unwrap_or_default();
        let labels: Vec<&str> = targets.iter().filter_map(|target| target["label"].as_str()).collect();
        assert_eq!(labels, ["fetch(1)", "fetch(2)"], "{python}");
        s.client
            .ok("stepIn", json!({"threadId": s.thread, "targetId": targets[1]["id"]}));
        let stop = s.stops_for("step");
        assert_eq!((stop.function(), stop.marker()), ("fetch", "a1"), "{python}");
        assert_eq!(s.eval("n"), "2", "{python}");
        s.steps_to("stepOut", "y1");
        s.steps_to("next", "y2");
        s.runs_out();
    });
}

#[test]
fn over_an_await_that_times_out() {
    on_each_python(|python| {
        for command in ["next", "stepIn"] {
            let mut s = stopped_at(python, "timed_out", "o2");
            let mut way = vec![s.step(command).marker().to_owned()];
            while way.last().is_some_and(|marker| marker != "o4") {
                way.push(s.step(command).marker().to_owned());
            }
            // The end of the block is on the way, where the interpreter tells it.
            assert!(
                way.iter().all(|marker| ["o1", "o3", "o4"].contains(&marker.as_str())),
                "{way:?} on {python}"
            );
            s.runs_out();
        }
    });
}

#[test]
fn over_the_body_of_a_group_that_fails() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "group_fails", "h2");
        let mut way = vec![s.step("next").marker().to_owned()];
        while way.last().is_some_and(|marker| marker != "h5") {
            way.push(s.step("next").marker().to_owned());
        }
        way.dedup();
        assert_eq!(way, ["h1", "h3", "h4", "h5"].map(str::to_owned), "{python}");
        s.runs_out();
    });
}

#[test]
fn the_same_code_in_the_loop_of_another_thread() {
    on_each_python(|python| {
        let mut s = Session::of("tasksteps.py")
            .args(&["two_loops"])
            .breakpoint_with("w1", json!({"condition": "n == 2"}))
            .start(python);
        let stop = s.breaks_at("w1");
        s.clear_breakpoints();
        for marker in ["w2", "w3", "w4", "w5", "w6"] {
            assert_eq!(s.steps_to("next", marker).thread, stop.thread, "{python}");
            assert_eq!(s.eval("n"), "2", "{marker}");
        }
        s.runs_out();
    });
}
