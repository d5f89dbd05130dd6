//! Where a breakpoint may stand: lines without code, code of every shape, files not loaded yet, code that already runs.

use std::fs;

use dapstub_tests::{Program, Python, Session, Source, Start, Stop, on_each_python, program};
use serde_json::{Value, json};

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
