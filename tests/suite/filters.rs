//! Exception filters with conditions, and exits that are stopped at.

use dapstub_tests::{Python, Session, Start, on_each_python};
use serde_json::{Value, json};

/// Runs a function of raises.py with one filter and its condition.
fn with_condition(python: &Python, function: &str, filter: &str, condition: &str) -> Session {
    let mut s = Session::of("raises.py")
        .args(&[function])
        .breakpoint("start")
        .start(python);
    s.breaks_at("start");
    assert_eq!(s.attached.capabilities["supportsExceptionFilterOptions"], true);
    let body = s.client.ok(
        "setExceptionBreakpoints",
        json!({"filters": [], "filterOptions": [{"filterId": filter, "condition": condition}]}),
    );
    assert_eq!(body["breakpoints"][0]["verified"], true, "{body}");
    s.clear_breakpoints();
    s.resume();
    s
}

#[test]
fn raised_with_a_condition() {
    on_each_python(|python| {
        for condition in [
            "text == 'two'",
            "str(__exception__) == 'two'",
            "any(n == 'two' for n in [text])",
        ] {
            let s = with_condition(python, "caught", "raised", condition);
            let stops = s.at_every_stop(|_, stop| {
                assert_eq!(stop.body["description"], "two", "{condition}");
                stop.function().to_owned()
            });
            assert_eq!(stops, ["low", "middle", "high", "caught"], "{condition}");
        }
        let s = with_condition(python, "caught", "raised", "isinstance(__exception__, KeyError)");
        s.ends_with(0);
    });
}

#[test]
fn uncaught_with_a_condition() {
    on_each_python(|python| {
        let mut s = with_condition(python, "uncaught", "uncaught", "'nobody' in text");
        s.stops_for("exception");
        s.resume();
        s.ends_with(1);
        let s = with_condition(python, "uncaught", "uncaught", "'somebody' in text");
        s.ends_with(1);
    });
}

#[test]
fn user_unhandled_with_a_condition() {
    on_each_python(|python| {
        let mut s = with_condition(python, "through_library", "userUnhandled", "n == 1");
        let stop = s.stops_for("exception");
        assert_eq!(stop.function(), "callback");
        s.resume();
        s.ends_with(0);
        let s = with_condition(python, "through_library", "userUnhandled", "n == 2");
        s.ends_with(0);
    });
}

#[test]
fn a_condition_that_fails_stops_and_says_why() {
    on_each_python(|python| {
        let mut s = with_condition(python, "uncaught", "uncaught", "missing > 1");
        s.stops_for("exception");
        s.client.wait_event("output", |body| {
            body["output"]
                .as_str()
                .is_some_and(|text| text.contains("missing > 1") && text.contains("NameError"))
        });
        s.resume();
        s.ends_with(1);
    });
}

#[test]
fn what_is_wrong_is_said() {
    on_each_python(|python| {
        let mut s = Session::of("raises.py")
            .args(&["caught"])
            .breakpoint("start")
            .start(python);
        s.breaks_at("start");
        let body = s.client.ok(
            "setExceptionBreakpoints",
            json!({"filters": ["raised"], "filterOptions": [
                {"filterId": "raised", "condition": "1 +"}, {"filterId": "nonsense"}, {"filterId": "uncaught", "condition": " "}
            ]}),
        );
        let verified: Vec<bool> = body["breakpoints"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| one["verified"] == true)
            .collect();
        assert_eq!(verified, [true, false, false, true]);
        let message = body["breakpoints"][1]["message"].as_str().unwrap_or_default();
        assert!(message.contains("SyntaxError"), "{message}");
        // Every set replaces the one before, conditions too.
        s.client.ok("setExceptionBreakpoints", json!({"filters": []}));
        s.clear_breakpoints();
        s.resume();
        s.ends_with(0);
    });
}

fn exits(python: &Python, function: &str, more: Value) -> Session {
    let setup = Session::of("raises.py").args(&[function]).filters(&["uncaught"]);
    setup.attach(|attach| attach.more = more).start(python)
}

#[test]
fn chosen_exits() {
    on_each_python(|python| {
        for more in [
            json!({"breakOnSystemExit": [3]}),
            json!({"breakOnSystemExit": [1, {"from": 2, "to": 5}]}),
        ] {
            let mut s = exits(python, "fails", more);
            let stop = s.stops_for("exception");
            assert_eq!((&stop.body["text"], stop.function()), (&json!("SystemExit"), "fails"));
            s.resume();
            s.ends_with(3);
        }
        for more in [
            json!({"breakOnSystemExitZero": true}),
            json!({"debugOptions": ["BreakOnSystemExitZero"]}),
        ] {
            let mut s = exits(python, "leaves", more);
            s.stops_for("exception");
            s.resume();
            s.ends_with(0);
        }
        exits(python, "fails", json!({"breakOnSystemExit": [4, null]})).ends_with(3);
        // Where nothing is said, a failure is an exception as any other.
        exits(python, "leaves", json!({})).ends_with(0);
        let mut s = exits(python, "fails", json!({}));
        s.stops_for("exception");
        s.resume();
        s.ends_with(3);
        // Web servers leave so to load themselves anew.
        for name in ["django", "flask", "jinja"] {
            exits(python, "fails", json!({name: true})).ends_with(3);
        }
    });
}

#[test]
fn an_exit_of_a_program_that_started_its_debugger_itself() {
    on_each_python(|python| {
        let of = |status: &str| {
            let setup = Session::of("exits.py").how(Start::Own).args(&[status]);
            setup.filters(&["uncaught"]).start(python)
        };
        let mut s = of("3");
        let stop = s.stops_for("exception");
        // The exit before it was caught.
        assert_eq!((stop.marker_at(0), stop.marker_at(1)), ("exit", "last"));
        assert_eq!(stop.body["text"], "SystemExit");
        s.resume();
        s.ends_with(3);
        of("0").ends_with(0);
    });
}
