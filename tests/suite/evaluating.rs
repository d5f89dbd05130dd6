//! Evaluate: expressions in every context, and statements that change the program.

use dapstub_tests::{Session, on_each_python};
use serde_json::json;

#[test]
fn evaluate_in_every_context() {
    on_each_python(|python| {
        let mut s = Session::of("values.py").stopped_at(python, "look");
        let frame = s.top_frame();
        for context in ["hover", "watch", "repl", "variables", "clipboard"] {
            let body = s.client.ok(
                "evaluate",
                json!({"expression": "point.x + number", "frameId": frame, "context": context}),
            );
            assert_eq!(
                (&body["result"], &body["variablesReference"]),
                (&json!("35"), &json!(0)),
                "{context}"
            );
        }
        let body = s.client.ok(
            "evaluate",
            json!({"expression": "point", "frameId": frame, "context": "hover"}),
        );
        assert_eq!(
            (&body["result"], &body["type"]),
            (&json!("Point(3, 4)"), &json!("Point"))
        );
        let attributes = s.variables(&body["variablesReference"]);
        assert!(
            attributes
                .iter()
                .any(|child| child["name"] == "x" && child["value"] == "3"),
            "{attributes:?}"
        );
        // Names inside comprehensions and lambdas find the locals of the frame.
        assert_eq!(s.eval("[n + number for n in range(2)]"), "[32, 33]");
        assert_eq!(s.eval("(lambda n: n + number)(1)"), "33");
        s.runs_out();
    });
}

#[test]
fn evaluate_errors_are_answers() {
    on_each_python(|python| {
        let mut s = Session::of("values.py").stopped_at(python, "look");
        let frame = s.top_frame();
        for (expression, part) in [
            ("missing", "NameError"),
            ("1 +", "SyntaxError"),
            ("1 / 0", "ZeroDivisionError"),
        ] {
            for context in ["watch", "hover", "repl"] {
                let error = s.client.refused(
                    "evaluate",
                    json!({"expression": expression, "frameId": frame, "context": context}),
                );
                assert!(error.contains(part), "{expression} in {context}: {error}");
            }
        }
        // Even these end nothing but themselves.
        for expression in ["exit(7)", "raise_this()", "(_ for _ in ()).throw(KeyboardInterrupt)"] {
            s.client.refused(
                "evaluate",
                json!({"expression": expression, "frameId": frame, "context": "repl"}),
            );
        }
        assert_eq!(s.eval("number"), "32");
        s.runs_out();
    });
}

#[test]
fn statements_change_the_program() {
    on_each_python(|python| {
        let mut s = Session::of("values.py").stopped_at(python, "look");
        s.repl("number = 100");
        assert_eq!(s.eval("number"), "100");
        assert_eq!(s.locals()["number"], "100");
        s.repl("point.x = 30");
        s.repl("items.append(-1)");
        s.repl("text = text.upper(); extra = 5");
        assert_eq!(s.eval("extra + number"), "105");
        s.repl("for n in range(3):\n    items.append(n)");
        s.repl("import math");
        assert_eq!(s.eval("math.floor(1.5)"), "1");
        s.resume();
        assert_eq!(s.program.line("total"), "110");
        assert_eq!(s.program.line("number"), "100 items 1004 point Point(30, 4) text TEE");
        s.ends_with(0);
    });
}

#[test]
fn globals_change_from_module_and_function() {
    on_each_python(|python| {
        let mut s = Session::of("values.py").stopped_at(python, "end");
        s.repl("LIMIT = 77");
        s.resume();
        assert_eq!(s.program.line("LIMIT"), "77");
        s.ends_with(0);
        let mut s = Session::of("values.py").stopped_at(python, "look");
        s.repl("global LIMIT; LIMIT = 78");
        s.resume();
        assert_eq!(s.program.line("total"), "110");
        s.ends_with(0);
    });
}

#[test]
fn without_a_frame() {
    on_each_python(|python| {
        let mut s = Session::of("values.py").stopped_at(python, "look");
        let mut global = |expression: &str| {
            let body = s
                .client
                .ok("evaluate", json!({"expression": expression, "context": "repl"}));
            body["result"].as_str().expect("a result").to_owned()
        };
        assert_eq!(global("LIMIT"), "10");
        // `sys` is at hand, and is not put among the names of the program.
        assert_eq!(global("sys.modules['__main__'].LIMIT"), "10");
        assert_eq!(
            global("[name for name in ('LIMIT',) if hasattr(sys.modules['__main__'], name)]"),
            "['LIMIT']"
        );
        assert_eq!(global("'sy' + 's' in globals()"), "False");
        global("LIMIT = 77 if sys else 0");
        global("sys.modules['__main__'].added = LIMIT + 1");
        assert_eq!(global("(LIMIT, added)"), "(77, 78)");
        global("del added; sys");
        assert_eq!(global("'added' in globals()"), "False");
        // A name of the program's own is the program's.
        global("sys = 5");
        assert_eq!(global("sys"), "5");
        global("import sys");
        assert_eq!(global("'sy' + 's' in globals()"), "True");
        s.resume();
        assert_eq!(s.program.line("total"), "109");
        assert_eq!(s.program.line("LIMIT"), "77");
        s.ends_with(0);
    });
}

#[test]
fn a_change_in_an_outer_frame() {
    on_each_python(|python| {
        let mut s = Session::of("loop.py").args(&["2"]).breakpoint("back").start(python);
        let stop = s.breaks_at("back");
        s.clear_breakpoints();
        let more = json!({"expression": "total = 1000", "frameId": stop.frame(1), "context": "repl"});
        s.client.ok("evaluate", more);
        assert_eq!(s.locals_of(stop.frame(1))["total"], "1000");
        s.resume();
        // The value of `total` was on its way into the sum already, so only later rounds could tell of it.
        s.program.line("total");
        s.ends_with(0);
    });
}

#[test]
fn console_output_of_an_evaluate_reaches_the_program_output() {
    on_each_python(|python| {
        let mut s = Session::of("values.py").stopped_at(python, "look");
        s.repl("print('from the console')");
        s.program.line("from the console");
        s.runs_out();
    });
}
