//! `exceptionOptions`: single classes of exceptions, each with a mode of its own.

use dapstub_tests::{Python, Session, on_each_python};
use serde_json::{Value, json};

/// The lines where `function` of raises.py stops with these options.
fn stops(python: &Python, function: &str, options: Value, status: i32) -> Vec<String> {
    let mut s = Session::of("raises.py").args(&[function]).stopped_at(python, "start");
    assert_eq!(s.attached.capabilities["supportsExceptionOptions"], true);
    let body = s.client.ok(
        "setExceptionBreakpoints",
        json!({"filters": [], "exceptionOptions": options}),
    );
    for answered in body["breakpoints"].as_array().into_iter().flatten() {
        assert_eq!(answered["verified"], true, "{body}");
    }
    s.resume();
    let mut markers = Vec::new();
    while let Some(stop) = s.next_stop() {
        markers.push(format!(
            "{} {}",
            stop.body["text"].as_str().unwrap_or_default(),
            stop.marker()
        ));
        s.resume();
    }
    s.client.leave_ended_program();
    s.program.ends_with(status);
    markers
}

fn option(names: Value, mode: &str) -> Value {
    let mut path = vec![json!({"names": ["Python Exceptions"]})];
    if !names.is_null() {
        path.push(json!({"names": names}));
    }
    json!({"path": path, "breakMode": mode})
}

#[test]
fn classes_by_name_and_what_inherits_from_them() {
    on_each_python(|python| {
        let both = ["KeyError key", "ValueError int"];
        for (options, wanted) in [
            (json!([option(json!(null), "always")]), &both[..]),
            (json!([option(json!(["KeyError"]), "always")]), &both[..1]),
            (json!([option(json!(["builtins.ValueError"]), "always")]), &both[1..]),
            (json!([option(json!(["LookupError"]), "always")]), &both[..1]),
            (
                json!([option(json!(["LookupError", "ValueError"]), "always")]),
                &both[..],
            ),
            (json!([option(json!(["TypeError"]), "always")]), &[]),
            (json!([option(json!(null), "never")]), &[]),
            // What is nearer to the class counts.
            (
                json!([option(json!(null), "always"), option(json!(["KeyError"]), "never")]),
                &both[1..],
            ),
            (
                json!([
                    option(json!(["LookupError"]), "never"),
                    option(json!(["KeyError"]), "always")
                ]),
                &both[..1],
            ),
            (
                json!([{"path": [{"names": ["Python Exceptions"]}, {"names": ["KeyError"], "negate": true}], "breakMode": "always"}]),
                &both[1..],
            ),
        ] {
            assert_eq!(stops(python, "builtin", options.clone(), 0), wanted, "{options}");
        }
    });
}

#[test]
fn modes() {
    on_each_python(|python| {
        let uncaught = |mode: &str, name: &str| stops(python, "uncaught", json!([option(json!([name]), mode)]), 1);
        assert_eq!(uncaught("unhandled", "ValueError"), ["ValueError raise"]);
        assert_eq!(uncaught("unhandled", "KeyError"), [""; 0]);
        assert_eq!(uncaught("never", "ValueError"), [""; 0]);
        // It leaves the program itself.
        assert_eq!(uncaught("userUnhandled", "Exception"), ["ValueError start"]);
        let library = |mode: &str| {
            stops(
                python,
                "through_library",
                json!([option(json!(["ValueError"]), mode)]),
                0,
            )
        };
        assert_eq!(library("unhandled"), [""; 0]);
        assert_eq!(library("userUnhandled"), ["ValueError leaves-home"]);
    });
}

#[test]
fn what_is_wrong_is_said() {
    on_each_python(|python| {
        let mut s = Session::of("raises.py").args(&["caught"]).stopped_at(python, "start");
        let body = s.client.ok(
            "setExceptionBreakpoints",
            json!({"filters": ["uncaught"], "exceptionOptions": [
                {"path": [{"names": ["C++ Exceptions"]}], "breakMode": "always"}, {"breakMode": "never"}
            ]}),
        );
        let verified: Vec<bool> = body["breakpoints"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| one["verified"] == true)
            .collect();
        assert_eq!(verified, [true, false, true], "{body}");
        let message = body["breakpoints"][1]["message"].as_str().unwrap_or_default();
        assert!(message.contains("Python Exceptions"), "{message}");
        let error = s.client.refused(
            "setExceptionBreakpoints",
            json!({"filters": [], "exceptionOptions": [{"breakMode": "sometimes"}]}),
        );
        assert!(error.contains("breakMode"), "{error}");
        s.runs_out();
    });
}
