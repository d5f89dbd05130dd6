//! Step over, step in and step out.

use dapstub_tests::{Python, Session, Stop, on_each_python};
use serde_json::json;

/// A session stopped at `marker` in a scenario of steps.py, with no breakpoint left.
fn stopped_at(python: &Python, scenario: &str, marker: &str) -> Session {
    Session::of("steps.py").args(&[scenario]).stopped_at(python, marker)
}

#[test]
fn over_calls_and_back_to_the_caller() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "calls", "c1");
        s.walks("next", "c2 c3 c4");
        let stop = s.step("next");
        assert_eq!(stop.function(), "<module>");
        assert!(["dispatch", "done"].contains(&stop.marker()), "{}", stop.marker());
        s.runs_out();
    });
}

#[test]
fn over_loops_and_branches() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "branches", "b1");
        s.walks("next", "b2 b3 b5 b2 b3 b4 b2 b6 b7");
        s.runs_out();
    });
}

#[test]
fn in_and_out() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "calls", "c2");
        let stop = s.steps_to("stepIn", "add");
        assert_eq!(stop.functions()[..2], ["add", "calls"]);
        // The call is not finished: its value is yet to be assigned.
        let stop = s.steps_to("stepOut", "c2");
        assert_eq!(stop.function(), "calls");
        s.steps_to("next", "c3");
        s.steps_to("stepIn", "add");
        assert_eq!((s.eval("a"), s.eval("b")), ("1".to_owned(), "1".to_owned()));
        s.steps_to("stepOut", "c3");
        s.steps_to("stepIn", "add");
        assert_eq!((s.eval("a"), s.eval("b")), ("3".to_owned(), "2".to_owned()));
        s.steps_to("stepOut", "c3");
        s.walks("stepIn", "c4");
        s.runs_out();
    });
}

#[test]
fn out_of_a_loop_runs_all_its_rounds() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "branches", "b3");
        let stop = s.step("stepOut");
        assert_eq!((stop.function(), stop.marker()), ("<module>", "dispatch"));
        s.runs_out();
    });
}

#[test]
fn over_generators() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "generators", "h1");
        s.walks("next", "h2 h3 h2 h3 h2 h4");
        s.runs_out();
    });
}

#[test]
fn into_and_through_generators() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "generators", "h2");
        s.steps_to("stepIn", "g1");
        // A yield hands control back; where it is taken up again is the consumer.
        let stop = s.steps_to("stepOut", "h2");
        assert_eq!(stop.function(), "generators");
        s.walks("next", "h3 h2");
        s.steps_to("stepIn", "g2");
        s.runs_out();
    });
}

#[test]
fn over_await_that_suspends() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "coroutines", "f1");
        s.walks("next", "f2 f3");
        assert_eq!((s.eval("first"), s.eval("second")), ("2".to_owned(), "4".to_owned()));
        s.runs_out();
    });
}

#[test]
fn into_coroutines_and_over_their_suspension() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "coroutines", "f1");
        s.steps_to("stepIn", "a1");
        s.steps_to("next", "a2");
        let stop = s.step("stepOut");
        assert_eq!(stop.function(), "fetching");
        assert!(["f1", "f2"].contains(&stop.marker()), "{}", stop.marker());
        s.runs_out();
    });
}

#[test]
fn over_comprehensions() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "comprehensions", "l1");
        s.walks("next", "l2 l3 l4");
        s.runs_out();
    });
}

#[test]
fn over_exceptions_in_flight() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "exceptions", "e1");
        let mut way = Vec::new();
        while way.last().is_none_or(|marker| marker != "e6") {
            way.push(s.step("next").marker().to_owned());
        }
        // The line of `try` itself has code in every version, and carries no marker.
        way.retain(|marker| !marker.is_empty());
        assert_eq!(way, ["e2", "e3", "e4", "e5", "e6"]);
        s.runs_out();
    });
}

#[test]
fn an_exception_that_leaves_the_function_lands_in_the_handler() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "caught_above", "p1");
        s.walks("next", "p2");
        let stop = until_function(&mut s, "caught_above");
        assert!(["q1", "q2"].contains(&stop.marker()), "{}", stop.marker());
        let stop = if stop.marker() == "q1" {
            s.steps_to("next", "q2")
        } else {
            stop
        };
        assert_eq!(stop.marker(), "q2");
        s.walks("next", "q3");
        s.runs_out();
    });
}

/// Steps over until that function is the innermost; a stop or two on the way, where the exception is told, may be.
fn until_function(s: &mut Session, function: &str) -> Stop {
    for _ in 0..3 {
        let stop = s.step("next");
        if stop.function() == function {
            return stop;
        }
    }
    panic!("{}", s.client.report(&format!("no step led to {function}")));
}

#[test]
fn out_of_a_function_that_raises() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "caught_above", "e0");
        let mut way = vec![s.step("stepOut").function().to_owned()];
        if way[0] == "passes_on" {
            way.push(s.step("stepOut").function().to_owned());
        }
        assert_eq!(way.last().map(String::as_str), Some("caught_above"));
        s.runs_out();
    });
}

#[test]
fn through_with() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "contexts", "w1");
        s.walks("next", "w2 w3 w2 w4");
        s.runs_out();
        let mut s = stopped_at(python, "contexts", "w2");
        s.steps_to("stepIn", "enter");
        s.steps_to("stepOut", "w2");
        s.walks("next", "w3 w2");
        s.steps_to("stepIn", "exit");
        s.runs_out();
    });
}

#[test]
fn over_recursion_stays_in_its_own_call() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "recursion", "r-call");
        s.steps_to("next", "r-return");
        assert_eq!((s.eval("n"), s.eval("inner")), ("4".to_owned(), "6".to_owned()));
        s.runs_out();
        let mut s = stopped_at(python, "recursion", "r-call");
        let stop = s.step("stepIn");
        assert_eq!((stop.function(), s.eval("n").as_str()), ("factorial", "3"));
        let stop = s.steps_to("stepOut", "r-call");
        assert_eq!((stop.function(), s.eval("n").as_str()), ("factorial", "4"));
        s.runs_out();
    });
}

#[test]
fn over_a_line_that_reaches_a_breakpoint_stops_there() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "breaks_inside", "i1");
        s.set_breakpoints(&[("add", json!({}))]);
        s.client.ok("next", json!({"threadId": s.thread}));
        let stop = s.breaks_at("add");
        assert_eq!(stop.functions()[..2], ["add", "breaks_inside"]);
        // The step ended there: going on does not stop at the line after.
        s.runs_out();
    });
}

#[test]
fn over_several_statements_on_one_line() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "same_line", "o1");
        s.walks("next", "o2");
        s.runs_out();
        let mut s = stopped_at(python, "same_line", "o1");
        assert_eq!(s.step("stepIn").function(), "two_lines");
        s.runs_out();
    });
}

#[test]
fn in_skips_the_standard_library_but_not_what_it_calls() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "library", "j1");
        s.walks("stepIn", "j2 called-back");
        let stop = s.steps_to("stepOut", "j2");
        assert_eq!(stop.function(), "library");
        s.walks("stepIn", "j3 add");
        s.walks("stepOut", "j3");
        s.runs_out();
    });
}

#[test]
fn in_enters_the_standard_library_without_just_my_code() {
    on_each_python(|python| {
        let mut s = Session::of("steps.py")
            .args(&["library"])
            .breakpoint("j1")
            .attach(|attach| attach.just_my_code = Some(false))
            .start(python);
        s.breaks_at("j1");
        let stop = s.step("stepIn");
        assert_eq!(stop.function(), "dumps");
        assert!(stop.path().ends_with("json/__init__.py"), "{}", stop.path());
        let stop = s.step("stepOut");
        assert_eq!((stop.function(), stop.marker()), ("library", "j1"));
        s.runs_out();
    });
}

#[test]
fn past_the_end_of_a_thread() {
    on_each_python(|python| {
        for command in ["next", "stepIn", "stepOut"] {
            let mut s = stopped_at(python, "thread_end", "t2");
            s.client.ok(command, json!({"threadId": s.thread}));
            // Nothing of the user's is left in this thread, so no stop is due.
            assert!(s.next_stop().is_none(), "{command}");
            s.client.leave_ended_program();
            s.program.ends_with(0);
        }
    });
}

#[test]
fn past_the_end_of_the_program() {
    on_each_python(|python| {
        for command in ["next", "stepIn", "stepOut"] {
            let mut s = stopped_at(python, "calls", "done");
            s.client.ok(command, json!({"threadId": s.thread}));
            assert!(s.next_stop().is_none(), "{command}");
            s.client.leave_ended_program();
            s.program.ends_with(0);
        }
    });
}

#[test]
fn one_of_several_threads() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "several", "s1");
        let thread = s.thread;
        for marker in ["s2", "s3", "s4"] {
            assert_eq!(s.steps_to("next", marker).thread, thread);
        }
        s.runs_out();
    });
}

#[test]
fn a_step_without_a_stop_is_refused() {
    on_each_python(|python| {
        let mut s = Session::of("forever.py").start(python);
        s.program.advances("tick");
        for command in ["next", "stepIn", "stepOut"] {
            s.client.refused(command, json!({"threadId": 1}));
        }
        s.program.advances("tick");
        s.program.say("stop");
        s.ends_with(0);
    });
}
