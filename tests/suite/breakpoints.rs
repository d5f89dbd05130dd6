//! Line and function breakpoints, conditions, hit conditions and log points.

use dapstub_tests::{Python, Session, on_each_python};
use serde_json::{Value, json};

/// The values of `n` at the stops in twelve rounds of loop.py with a breakpoint like `more`.
fn stops_of(python: &Python, more: Value) -> Vec<i64> {
    let s = Session::of("loop.py")
        .args(&["12"])
        .breakpoint_with("round", more)
        .start(python);
    s.at_every_stop(|s, _| s.eval("n").parse().expect("n is a number"))
}

/// The text of all `output` events until the program ends, without a stop.
fn output_until_end(mut s: Session) -> String {
    s.client.wait_event("terminated", |_| true);
    s.client.no_event("stopped");
    let events = s.client.take_events("output");
    s.client.leave_ended_program();
    s.program.ends_with(0);
    events
        .iter()
        .filter_map(|event| event["body"]["output"].as_str())
        .collect()
}

#[test]
fn stop_names_the_breakpoint_and_shows_the_stack() {
    on_each_python(|python| {
        let mut s = Session::of("loop.py").args(&["1"]).breakpoint("work").start(python);
        let answered = s.attached.breakpoints[0][0].clone();
        assert_eq!(answered["verified"], true);
        assert_eq!(answered["line"], s.source.line("work"));
        let stop = s.breaks_at("work");
        assert_eq!(stop.hit(), [answered["id"].as_i64().unwrap()]);
        assert_eq!(stop.functions(), ["work", "main", "<module>"]);
        assert_eq!([stop.marker_at(1), stop.marker_at(2)], ["round", "main"]);
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn set_while_the_program_runs() {
    on_each_python(|python| {
        let mut s = Session::of("forever.py").start(python);
        s.program.advances("tick");
        s.set_breakpoints(&[("tick", json!({}))]);
        s.breaks_at("tick");
        // Replaced as a whole: the old one no longer stops.
        s.set_breakpoints(&[("loop", json!({}))]);
        s.resume();
        s.breaks_at("loop");
        s.resume();
        s.breaks_at("loop");
        s.clear_breakpoints();
        s.resume();
        s.program.advances("tick");
        s.client.no_event("stopped");
        s.program.say("stop");
        s.ends_with(0);
    });
}

#[test]
fn condition() {
    on_each_python(|python| {
        assert_eq!(stops_of(python, json!({"condition": "n == 3"})), [3]);
        assert_eq!(
            stops_of(python, json!({"condition": "n > 9 and work(n) == 2 * n"})),
            [10, 11]
        );
        assert_eq!(stops_of(python, json!({"condition": "False"})), [0; 0]);
    });
}

#[test]
fn hit_condition() {
    on_each_python(|python| {
        let cases: [(&str, &[i64]); 7] = [
            ("5", &[4]),
            ("== 5", &[4]),
            (">= 10", &[9, 10, 11]),
            ("> 10", &[10, 11]),
            ("% 5", &[4, 9]),
            ("< 3", &[0, 1]),
            ("<= 3", &[0, 1, 2]),
        ];
        for (hits, stops) in cases {
            assert_eq!(stops_of(python, json!({"hitCondition": hits})), stops, "{hits}");
        }
    });
}

#[test]
fn hits_count_only_where_the_condition_holds() {
    on_each_python(|python| {
        assert_eq!(
            stops_of(python, json!({"condition": "n % 2 == 0", "hitCondition": "3"})),
            [4]
        );
        assert_eq!(
            stops_of(python, json!({"condition": "n % 2 == 0", "hitCondition": "% 2"})),
            [2, 6, 10]
        );
    });
}

#[test]
fn bad_condition_is_refused_with_its_breakpoint() {
    on_each_python(|python| {
        let s = Session::of("loop.py")
            .args(&["3"])
            .breakpoint_with("round", json!({"condition": "n =="}))
            .breakpoint_with("work", json!({"hitCondition": "every now and then"}))
            .breakpoint("after")
            .start(python);
        let answered = s.attached.breakpoints[0].clone();
        for bad in &answered[..2] {
            assert_eq!(bad["verified"], false, "{bad}");
            assert!(!bad["message"].as_str().unwrap_or_default().is_empty(), "{bad}");
        }
        assert_eq!(answered[2]["verified"], true);
        assert_eq!(s.at_every_stop(|_, stop| stop.marker().to_owned()), ["after"]);
    });
}

/// What was told of the condition of a breakpoint, after a run in which nothing stopped before "after".
fn told_of(python: &dapstub_tests::Python, rounds: &str, condition: &str) -> Vec<String> {
    let mut s = Session::of("loop.py")
        .args(&[rounds])
        .breakpoint_with("round", json!({"condition": condition}))
        .breakpoint("after")
        .start(python);
    s.breaks_at("after");
    let said = s.client.take_events("output");
    let important = said.iter().filter(|event| event["body"]["category"] == "important");
    let texts = important.map(|event| event["body"]["output"].as_str().unwrap_or_default().to_owned());
    let texts = texts.collect();
    s.resume();
    s.ends_with(0);
    texts
}

#[test]
fn condition_that_raises_is_told_and_does_not_stop() {
    on_each_python(|python| {
        let told = told_of(python, "3", "1 / 0");
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(
            told[0].contains("1 / 0") && told[0].contains("ZeroDivisionError"),
            "{told:?}"
        );
        // A name that is not there (yet) is nothing to speak of.
        assert_eq!(told_of(python, "3", "missing > n"), [""; 0]);
    });
}

#[test]
fn condition_that_raises_on_a_hot_line_does_not_flood_the_client() {
    on_each_python(|python| {
        let told = told_of(python, "100000", "1 / 0");
        assert!((10..100_000 / 2).contains(&told.len()), "{}", told.len());
        assert!(told.iter().all(|text| text.contains("ZeroDivisionError")), "{told:?}");
    });
}

#[test]
fn condition_that_raises_stops_where_the_client_wants_it() {
    on_each_python(|python| {
        let s = Session::of("loop.py").args(&["2"]).breakpoint("round");
        let mut s = s.start(python);
        s.breaks_at("round");
        s.set_breakpoints(&[
            ("round", json!({"condition": "n / 0"})),
            ("back", json!({"condition": "missing"})),
        ]);
        let properties = json!({"skipSuspendOnBreakpointException": ["NameError"], "skipPrintBreakpointException": ["ArithmeticError"]});
        s.client.ok("setDebuggerProperty", properties);
        s.resume();
        // It stops, and nobody says why; the other does not, and is told of.
        s.breaks_at("round");
        let said = s.client.take_events("output");
        let important = said.iter().filter(|event| event["body"]["category"] == "important");
        let texts: Vec<&str> = important.filter_map(|event| event["body"]["output"].as_str()).collect();
        assert!(
            texts.iter().all(|text| text.contains("NameError")) && !texts.is_empty(),
            "{texts:?}"
        );
        s.clear_breakpoints();
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn log_point_says_and_does_not_stop() {
    on_each_python(|python| {
        let message = "{n} doubled is {work(n)}, {{n}} is {'n'}";
        let s = Session::of("loop.py")
            .args(&["3"])
            .breakpoint_with("round", json!({"logMessage": message}))
            .start(python);
        let text = output_until_end(s);
        let lines: Vec<&str> = text.lines().filter(|line| line.contains("doubled")).collect();
        let wanted = [
            "0 doubled is 0, {n} is n",
            "1 doubled is 2, {n} is n",
            "2 doubled is 4, {n} is n",
        ];
        assert_eq!(lines, wanted);
    });
}

#[test]
fn log_point_with_conditions() {
    on_each_python(|python| {
        let more = json!({"logMessage": "n={n}", "condition": "n % 2", "hitCondition": ">= 2"});
        let s = Session::of("loop.py")
            .args(&["8"])
            .breakpoint_with("round", more)
            .start(python);
        let text = output_until_end(s);
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("n=")).collect();
        assert_eq!(lines, ["n=3", "n=5", "n=7"]);
    });
}

#[test]
fn a_flood_of_log_messages_arrives_whole_and_in_order() {
    on_each_python(|python| {
        let s = Session::of("loop.py")
            .args(&["100000"])
            .breakpoint_with("round", json!({"logMessage": "n={n}"}))
            .start(python);
        let text = output_until_end(s);
        let numbers = text
            .lines()
            .filter_map(|line| line.strip_prefix("n=")?.parse::<i64>().ok());
        assert!(numbers.eq(0..100_000));
    });
}

#[test]
fn log_messages_come_before_the_stop_that_follows_them() {
    on_each_python(|python| {
        let mut s = Session::of("loop.py")
            .args(&["200"])
            .breakpoint_with("round", json!({"logMessage": "n={n}"}))
            .breakpoint_with("round", json!({"condition": "n == 150"}))
            .start(python);
        s.breaks_at("round");
        let events = s.client.take_events("output");
        let text: String = events
            .iter()
            .filter_map(|event| event["body"]["output"].as_str())
            .collect();
        let numbers = text
            .lines()
            .filter_map(|line| line.strip_prefix("n=")?.parse::<i64>().ok());
        assert!(numbers.eq(0..=150), "{text}");
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn log_point_that_raises_tells_the_error() {
    on_each_python(|python| {
        let more = json!({"logMessage": "value {missing}"});
        let s = Session::of("loop.py")
            .args(&["1"])
            .breakpoint_with("round", more)
            .start(python);
        let text = output_until_end(s);
        assert!(text.contains("missing"), "{text}");
    });
}

#[test]
fn function_breakpoint() {
    on_each_python(|python| {
        let mut s = Session::of("loop.py").args(&["2"]).function("work").start(python);
        assert_eq!(s.attached.functions.len(), 1);
        let stop = s.stops_for("function breakpoint");
        assert_eq!(stop.function(), "work");
        assert_eq!(stop.hit(), [s.attached.functions[0]["id"].as_i64().unwrap()]);
        assert_eq!(s.eval("n"), "0");
        s.resume();
        assert_eq!(s.stops_for("function breakpoint").function(), "work");
        s.client.ok("setFunctionBreakpoints", json!({"breakpoints": []}));
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn function_breakpoint_with_conditions() {
    on_each_python(|python| {
        let functions = vec![json!({"name": "work", "condition": "n > 4", "hitCondition": "% 2"})];
        let s = Session::of("loop.py")
            .args(&["12"])
            .attach(|attach| attach.functions = functions)
            .start(python);
        assert_eq!(s.at_every_stop(|s, _| s.eval("n")), ["6", "8", "10"]);
    });
}

#[test]
fn function_breakpoint_by_qualified_name() {
    on_each_python(|python| {
        let stops = |name: &str| {
            let s = Session::of("methods.py").function(name).start(python);
            s.at_every_stop(|_, stop| stop.marker().to_owned())
        };
        assert_eq!(stops("Counter.add"), ["Counter.add"]);
        assert_eq!(stops("Counter.Inner.add"), ["Counter.Inner.add"]);
        assert_eq!(stops("nested"), ["nested"]);
        // A bare name stands for every function of that name.
        assert_eq!(stops("add"), ["Counter.add", "Counter.Inner.add", "Other.add", "add"]);
        assert_eq!(stops("dd"), [""; 0]);
    });
}
