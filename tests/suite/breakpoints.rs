//! Line and function breakpoints, conditions, hit conditions and log points.

use std::fs;

use dapstub_tests::{Program, Python, Session, Source, Start, Stop, on_each_python, program};
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
fn before_the_file_is_loaded() {
    on_each_python(|python| {
        let late = Source::program("late.py");
        let mut s = Session::of("importer.py")
            .attach(|attach| {
                *attach = attach
                    .clone()
                    .breakpoints(&late, &[("module-level", json!({})), ("late", json!({}))])
            })
            .start(python);
        s.program.line("ready");
        s.program.say("go");
        for marker in ["module-level", "late"] {
            let stop = s.stops_for("breakpoint");
            assert_eq!(
                (stop.path(), stop.line()),
                (late.path.to_str().unwrap(), late.line(marker))
            );
            s.resume();
        }
        assert_eq!(s.program.line("answer"), "42");
        s.ends_with(0);
    });
}

#[test]
fn in_a_function_that_already_runs() {
    on_each_python(|python| {
        let setup = Session::of("forever.py").how(Start::Running).breakpoint("loop");
        let program = Program::start(python, setup.launch());
        program.advances("tick");
        let mut s = setup.attach_to(python, program);
        s.breaks_at("loop");
        let first: i64 = s.eval("n").parse().unwrap();
        s.resume();
        s.breaks_at("loop");
        assert_eq!(s.eval("n"), (first + 1).to_string());
        s.clear_breakpoints();
        s.resume();
        s.program.advances("tick");
        s.client.no_event("stopped");
        s.program.say("stop");
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
fn on_a_line_without_code_moves_on_and_says_so() {
    on_each_python(|python| {
        let mut s = Session::of("gaps.py").breakpoint("only a comment").start(python);
        let source = s.source.clone();
        let moved = &s.attached.breakpoints[0][0];
        assert_eq!(
            (&moved["verified"], &moved["line"]),
            (&json!(true), &json!(source.line("after-comment")))
        );
        s.breaks_at("after-comment");
        for (wanted, real) in [
            ("sum-begins", "sum-begins"),
            ("else", "else-body"),
            ("global", "return"),
        ] {
            let answered = s.set_breakpoints(&[(wanted, json!({}))]);
            assert_eq!(
                (&answered[0]["verified"], &answered[0]["line"]),
                (&json!(true), &json!(source.line(real))),
                "{wanted}"
            );
        }
        let beyond = s.set_breakpoints(&[("nothing follows", json!({}))]);
        assert_eq!(beyond[0]["verified"], false);
        assert!(
            !beyond[0]["message"].as_str().unwrap_or_default().is_empty(),
            "{beyond:?}"
        );
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn moved_breakpoints_stop_where_they_moved_to() {
    on_each_python(|python| {
        let s = Session::of("gaps.py")
            .breakpoint("else")
            .breakpoint("global")
            .start(python);
        let stops = s.at_every_stop(|_, stop| stop.marker().to_owned());
        assert_eq!(stops, ["return", "else-body", "return"]);
    });
}

#[test]
fn of_a_file_that_does_not_exist_is_not_verified() {
    on_each_python(|python| {
        let mut s = Session::of("forever.py").start(python);
        let source = json!({"path": "/no/such/file.py"});
        let body = s.client.ok(
            "setBreakpoints",
            json!({"source": source, "breakpoints": [{"line": 3}]}),
        );
        let answered = &body["breakpoints"][0];
        assert_eq!(answered["verified"], false, "{answered}");
        assert!(answered["message"].is_string(), "{answered}");
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

#[test]
fn condition_that_raises_is_told_and_harms_nothing() {
    on_each_python(|python| {
        let mut s = Session::of("loop.py")
            .args(&["3"])
            .breakpoint_with("round", json!({"condition": "missing > n"}))
            .breakpoint("after")
            .start(python);
        // It may stop at the place of the error, as debugpy does, or run on.
        while s.next_stop().expect("the last breakpoint").marker() == "round" {
            s.resume();
        }
        let said = s.client.take_events("output");
        assert!(
            said.iter()
                .any(|event| event["body"]["output"].as_str().unwrap_or("").contains("NameError")),
            "{said:?}"
        );
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

/// The functions in which a breakpoint at each of the lines stops, one run for each line.
fn functions_at(python: &Python, marker: &str) -> Vec<String> {
    let s = Session::of("shapes.py").breakpoint(marker).start(python);
    s.at_every_stop(|_, stop| {
        assert_eq!(stop.marker(), marker);
        stop.function().to_owned()
    })
}

#[test]
fn in_nested_functions_lambdas_and_class_bodies() {
    on_each_python(|python| {
        let cases: [(&str, &[&str]); 12] = [
            ("inner", &["inner"]),
            ("wrapper", &["wrapper"]),
            ("decorating", &["decorator"]),
            ("decorated", &["decorated"]),
            ("class-body", &["Body"]),
            ("method", &["method"]),
            ("static", &["static"]),
            ("property", &["attribute"]),
            ("lambda", &["<module>", "<lambda>"]),
            ("handler", &["closing"]),
            ("else", &["conditional"]),
            ("case", &["main"]),
        ];
        for (marker, functions) in cases {
            assert_eq!(functions_at(python, marker), functions, "{marker}");
        }
        // The line of a decorator runs before its function is made, and again when it is called with it.
        let stops = functions_at(python, "at-decorator");
        assert!(
            !stops.is_empty() && stops.iter().all(|function| function == "<module>"),
            "{stops:?}"
        );
    });
}

#[test]
fn several_functions_on_one_line() {
    on_each_python(|python| assert_eq!(functions_at(python, "pair"), ["<module>", "<lambda>", "<lambda>"]));
}

#[test]
fn in_comprehensions_and_generators() {
    on_each_python(|python| {
        // Since 3.12 a list comprehension has no frame of its own, a generator expression still has.
        let inline = |name| if python.at_least(12) { "comprehensions" } else { name };
        assert_eq!(functions_at(python, "list-element"), [inline("<listcomp>"); 3]);
        assert_eq!(functions_at(python, "dict-element"), [inline("<dictcomp>"); 3]);
        assert_eq!(functions_at(python, "generator-element"), ["<genexpr>"; 3]);
        assert_eq!(functions_at(python, "first-yield"), ["generator"]);
        assert_eq!(functions_at(python, "second-yield"), ["generator"]);
    });
}

#[test]
fn in_coroutines_and_async_generators() {
    on_each_python(|python| {
        let s = Session::of("coroutines.py")
            .breakpoint("suspended")
            .breakpoint("fetched")
            .breakpoint("yielded")
            .breakpoint("end")
            .start(python);
        let stops = s.at_every_stop(|_, stop| stop.marker().to_owned());
        let mut wanted = vec!["suspended", "fetched", "yielded", "yielded"];
        wanted.extend(["suspended", "suspended", "fetched", "fetched", "end"]);
        assert_eq!(stops, wanted);
    });
}

#[test]
fn in_recursion_stops_in_each_call() {
    on_each_python(|python| {
        let s = Session::of("recursion.py").breakpoint("return").start(python);
        let depths = s.at_every_stop(|s, stop| {
            (
                s.eval("n"),
                stop.functions().iter().filter(|f| **f == "factorial").count(),
            )
        });
        let wanted = [("2", 4), ("3", 3), ("4", 2), ("5", 1)];
        assert_eq!(depths, wanted.map(|(n, depth)| (n.to_owned(), depth)));
    });
}

#[test]
fn reached_by_threads_together_stops_each() {
    on_each_python(|python| {
        let s = Session::of("threads.py")
            .args(&["4"])
            .breakpoint("together")
            .start(python);
        let mut stops = s.at_every_stop(|s, stop: &Stop| {
            assert_eq!(stop.marker(), "together");
            let threads = s.client.ok("threads", Value::Null)["threads"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let thread = threads
                .iter()
                .find(|thread| thread["id"] == stop.thread)
                .expect("the thread is listed");
            (thread["name"].as_str().unwrap_or_default().to_owned(), s.eval("number"))
        });
        stops.sort();
        let wanted: Vec<(String, String)> = (0..4).map(|n| (format!("worker-{n}"), n.to_string())).collect();
        assert_eq!(stops, wanted);
    });
}

#[test]
fn in_code_run_by_exec_under_a_file_name() {
    on_each_python(|python| {
        let folder = program::folder();
        let path = folder.path().join("plugin.py");
        fs::write(&path, "def entry(n):\n    result = n + 2  # here\n    return result\n").unwrap();
        let plugin = Source::read(&path);
        let mut s = Session::of("plugins.py")
            .args(&[path.to_str().unwrap()])
            .attach(|attach| *attach = attach.clone().breakpoints(&plugin, &[("here", json!({}))]))
            .start(python);
        let stop = s.stops_for("breakpoint");
        assert_eq!(
            (stop.path(), stop.function(), stop.line()),
            (path.to_str().unwrap(), "entry", 2)
        );
        s.resume();
        assert_eq!(s.program.line("plugin says"), "22");
        s.ends_with(0);
    });
}
