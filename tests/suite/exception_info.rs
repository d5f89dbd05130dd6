//! `exceptionInfo`: the exception with what led to it, and the text of its stack.

use dapstub_tests::{Python, Session, on_each_python};
use serde_json::{Value, json};

/// Runs a function of raises.py with `filter` on, up to the stop on `message`, and asks.
fn info(python: &Python, function: &str, filter: &str, message: &str, more: Value) -> (Session, Value) {
    let setup = Session::of("raises.py").args(&[function]).filters(&[filter]);
    let mut s = setup.attach(|attach| attach.more = more).start(python);
    loop {
        let stop = s.stops_for("exception");
        if stop.body["description"].as_str().unwrap_or_default().contains(message) {
            break;
        }
        s.resume();
    }
    let info = s.client.ok("exceptionInfo", json!({"threadId": s.thread}));
    (s, info)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// The parts come in this order.
fn in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let at = rest
            .find(part)
            .unwrap_or_else(|| panic!("no {part:?} in its place in:\n{text}"));
        rest = &rest[at + part.len()..];
    }
}

fn ends(mut s: Session, code: i32) {
    s.client.ok("setExceptionBreakpoints", json!({"filters": []}));
    s.resume();
    s.ends_with(code);
}

#[test]
fn causes_and_contexts() {
    on_each_python(|python| {
        let (s, info) = info(python, "chained", "uncaught", "third", json!({}));
        assert_eq!(
            (&info["exceptionId"], &info["breakMode"], &info["description"]),
            (&json!("RuntimeError"), &json!("unhandled"), &json!("third"))
        );
        let details = &info["details"];
        assert_eq!(
            (&details["typeName"], &details["fullTypeName"], &details["message"]),
            (&json!("RuntimeError"), &json!(null), &json!("third"))
        );
        // What was being handled, and then its cause.
        let second = &details["innerException"][0];
        assert_eq!(
            (&second["typeName"], &second["message"]),
            (&json!("KeyError"), &json!("'second'"))
        );
        let first = &second["innerException"][0];
        assert_eq!(
            (&first["typeName"], &first["message"]),
            (&json!("ValueError"), &json!("first"))
        );
        assert!(first["innerException"].is_null(), "{first}");
        in_order(
            text(&first["stackTrace"]),
            &["in chained", "in low", "raise ValueError(text)", "ValueError: first"],
        );
        // The text of the whole is what Python prints, from the first frame to the message.
        let whole = text(&details["stackTrace"]);
        assert!(whole.starts_with("  File ") && whole.ends_with("third"), "{whole}");
        in_order(
            text(&details["stackTrace"]),
            &[
                "in chained",
                "in low",
                "ValueError: first",
                "direct cause of the following exception",
                "KeyError: 'second'",
                "During handling of the above exception, another exception occurred",
                "in <module>",
                "in chained",
                "raise RuntimeError(\"third\")",
                "RuntimeError: third",
            ],
        );
        ends(s, 1);
    });
}

/// All rows of the stack of the thread that stopped.
fn stack(s: &mut Session) -> Vec<Value> {
    let stack = s.client.ok("stackTrace", json!({"threadId": s.thread}));
    stack["stackFrames"].as_array().cloned().expect("a list")
}

/// The frames below the labels can be looked into like others, a frame that stands there twice too.
#[test]
fn the_stack_goes_on_with_what_led_to_it() {
    on_each_python(|python| {
        let (mut s, _) = info(python, "chained", "uncaught", "third", json!({}));
        let names = |s: &mut Session| -> Vec<String> {
            let rows = stack(s).into_iter();
            rows.map(|row| match row["presentationHint"].as_str() {
                Some("label") => text(&row["name"]).to_owned(),
                _ => format!("{} {}", text(&row["name"]), row["line"]),
            })
            .collect()
        };
        let line = |s: &Session, mark: &str| s.source.line(mark);
        let (third, main) = (line(&s, "third"), line(&s, "start"));
        let wanted = [
            format!("chained {third}"),
            format!("<module> {main}"),
            "while handling KeyError('second')".to_owned(),
            format!("chained {}", line(&s, "second")),
            "caused by ValueError('first')".to_owned(),
            format!("low {}", line(&s, "raise")),
            format!("chained {}", line(&s, "first")),
        ];
        assert_eq!(names(&mut s), wanted);
        let rows = stack(&mut s);
        let ids: std::collections::BTreeSet<i64> = rows.iter().filter_map(|row| row["id"].as_i64()).collect();
        assert_eq!(ids.len(), rows.len(), "{rows:?}");
        let low = json!({"expression": "secret", "frameId": rows[5]["id"], "context": "watch"});
        assert_eq!(s.client.ok("evaluate", low)["result"], "'firstfirst'");
        for row in [3, 6] {
            let scopes = s.client.ok("scopes", json!({"frameId": rows[row]["id"]}));
            assert_eq!(scopes["scopes"][0]["name"], "Locals");
        }
        ends(s, 1);
    });
}

/// Where it says so, what was handled did not lead to it. One that led to itself ends the row.
#[test]
fn the_stack_of_an_exception_that_stands_alone() {
    on_each_python(|python| {
        for (function, message) in [("suppressed", "alone"), ("circular", "round")] {
            let (mut s, _) = info(python, function, "uncaught", message, json!({}));
            let labels = stack(&mut s)
                .iter()
                .filter(|row| row["presentationHint"] == "label")
                .count();
            assert_eq!(labels, usize::from(function == "circular"), "{function}");
            ends(s, 1);
        }
    });
}

#[test]
fn what_led_to_it_is_shown_as_far_as_is_bearable() {
    on_each_python(|python| {
        for (function, message, labels, frames) in [("many", "10", 8, 2), ("deep", "after all", 1, 2002)] {
            let (mut s, _) = info(python, function, "uncaught", message, json!({}));
            let rows = stack(&mut s);
            let told = rows.iter().filter(|row| row["presentationHint"] == "label").count();
            assert_eq!((told, rows.len() - told), (labels, frames), "{function}");
            ends(s, 1);
        }
    });
}

#[test]
fn classes_of_modules() {
    on_each_python(|python| {
        let (s, told) = info(python, "of_a_library", "uncaught", "torn", json!({}));
        let details = &told["details"];
        assert_eq!(
            (&details["typeName"], &details["fullTypeName"]),
            (&json!("Error"), &json!("shutil.Error"))
        );
        ends(s, 1);
    });
}

#[test]
fn the_stack_reaches_to_the_beginning_of_the_program() {
    on_each_python(|python| {
        let (s, info) = info(python, "caught", "raised", "one", json!({}));
        assert_eq!(info["breakMode"], "always");
        let trace = text(&info["details"]["stackTrace"]);
        in_order(
            trace,
            &[
                "in <module>",
                "in caught",
                "in high",
                "in middle",
                "in low",
                "ValueError: one",
            ],
        );
        assert_eq!(trace.matches("File ").count(), 5, "{trace}");
        ends(s, 0);
    });
}

#[test]
fn suppressed_groups_and_notes() {
    on_each_python(|python| {
        let (s, told) = info(python, "suppressed", "uncaught", "alone", json!({}));
        assert!(told["details"]["innerException"].is_null(), "{told}");
        assert!(!text(&told["details"]["stackTrace"]).contains("never told"), "{told}");
        ends(s, 1);

        let (s, told) = info(python, "group", "uncaught", "several", json!({}));
        let inner = told["details"]["innerException"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let names: Vec<&str> = inner.iter().map(|one| text(&one["typeName"])).collect();
        assert_eq!(names, ["ValueError", "TypeError"]);
        ends(s, 1);

        let (s, told) = info(python, "noted", "uncaught", "with a note", json!({}));
        in_order(
            text(&told["details"]["stackTrace"]),
            &["ValueError: with a note", "look here"],
        );
        ends(s, 1);
    });
}

#[test]
fn max_exception_stack_frames() {
    on_each_python(|python| {
        let (s, told) = info(
            python,
            "recursing",
            "uncaught",
            "deep",
            json!({"maxExceptionStackFrames": 4}),
        );
        let trace = text(&told["details"]["stackTrace"]);
        assert_eq!(trace.matches("File ").count(), 4, "{trace}");
        in_order(
            trace,
            &["more frames above]", "in recursing", "in low", "ValueError: deep"],
        );
        ends(s, 1);
    });
}

#[test]
fn evaluated_by_its_name() {
    on_each_python(|python| {
        let (mut s, _) = info(python, "caught", "raised", "one", json!({}));
        for (expression, value) in [
            ("__exception__[0].__name__", "'ValueError'"),
            ("__exception__[1].args", "('one',)"),
            ("__exception__[2].tb_frame.f_code.co_name", "'low'"),
            ("[str(n) for n in __exception__[1:2]] + [text]", "['one', 'one']"),
        ] {
            assert_eq!(s.eval(expression), value, "{expression}");
        }
        ends(s, 0);
        // Where there is none, there is no such name.
        let mut s = Session::of("loop.py").args(&["1"]).breakpoint("back").start(python);
        s.breaks_at("back");
        let asked = json!({"expression": "__exception__", "frameId": s.top_frame(), "context": "watch"});
        let error = s.client.refused("evaluate", asked);
        assert!(error.contains("NameError"), "{error}");
        s.clear_breakpoints();
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn no_exception_no_info() {
    on_each_python(|python| {
        let mut s = Session::of("loop.py").args(&["1"]).breakpoint("back").start(python);
        s.breaks_at("back");
        let error = s.client.refused("exceptionInfo", json!({"threadId": s.thread}));
        assert!(error.contains("did not stop on an exception"), "{error}");
        let error = s.client.refused("exceptionInfo", json!({"threadId": 4242}));
        assert!(error.contains("no thread 4242"), "{error}");
        s.clear_breakpoints();
        s.resume();
        s.ends_with(0);
    });
}
