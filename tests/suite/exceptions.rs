//! The exception filters `raised`, `uncaught` and `userUnhandled`.

use dapstub_tests::program::Launch;
use dapstub_tests::{Python, Session, Source, Start, Stop, on_each_python};
use serde_json::{Value, json};

fn session(python: &Python, scenario: &str, filters: &[&str]) -> Session {
    Session::of("raises.py")
        .args(&[scenario])
        .filters(filters)
        .start(python)
}

/// What an editor shows for the stop: the text of the exception, its type and the line's marker.
fn shown(stop: &Stop) -> (String, String, String) {
    assert_eq!(stop.body["reason"], "exception");
    let text = |member: &str| stop.body[member].as_str().unwrap_or_default().to_owned();
    (text("description"), text("text"), stop.marker().to_owned())
}

/// Exit status and standard error of the scenario without a debugger.
fn plain(python: &Python, scenario: &str) -> (Option<i32>, Vec<String>) {
    let output = Launch::file(&Source::program("raises.py").path, Start::Plain)
        .args([scenario])
        .run(python);
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stderr)
            .lines()
            .map(str::to_owned)
            .collect(),
    )
}

#[test]
fn filters_are_offered_as_debugpy_names_them() {
    on_each_python(|python| {
        let s = session(python, "silent", &[]);
        let filters = s.attached.capabilities["exceptionBreakpointFilters"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let names: Vec<&Value> = filters.iter().map(|filter| &filter["filter"]).collect();
        assert_eq!(names, ["raised", "uncaught", "userUnhandled"]);
        let defaults: Vec<bool> = filters.iter().map(|filter| filter["default"] == true).collect();
        assert_eq!(defaults, [false, true, false]);
        s.ends_with(0);
    });
}

#[test]
fn raised_stops_in_each_frame_that_the_exception_comes_to() {
    on_each_python(|python| {
        let stops = session(python, "caught", &["raised"]).at_every_stop(|s, stop| {
            let (description, class, marker) = shown(stop);
            assert_eq!(
                (s.eval("text"), class.as_str()),
                (format!("'{description}'"), "ValueError")
            );
            format!("{description} {} {marker}", stop.function())
        });
        let wanted = ["low raise", "middle middle", "high high", "caught "];
        let wanted: Vec<String> = ["one", "two"]
            .iter()
            .flat_map(|text| wanted.map(|place| format!("{text} {place}")))
            .collect();
        assert_eq!(stops, wanted);
    });
}

#[test]
fn raised_by_native_code() {
    on_each_python(|python| {
        let stops =
            session(python, "builtin", &["raised"]).at_every_stop(|_, stop| (stop.marker().to_owned(), shown(stop).1));
        assert_eq!(
            stops,
            [
                ("key".to_owned(), "KeyError".to_owned()),
                ("int".to_owned(), "ValueError".to_owned())
            ]
        );
    });
}

#[test]
fn raised_is_silent_for_iterations_that_end() {
    on_each_python(|python| {
        assert_eq!(
            session(python, "silent", &["raised"]).at_every_stop(|_, stop| shown(stop)),
            []
        );
    });
}

#[test]
fn caught_exceptions_do_not_stop_unless_asked_for() {
    on_each_python(|python| {
        for filters in [&[][..], &["uncaught"], &["uncaught", "userUnhandled"]] {
            assert_eq!(
                session(python, "caught", filters).at_every_stop(|_, stop| shown(stop)),
                [],
                "{filters:?}"
            );
        }
    });
}

#[test]
fn filters_change_while_attached() {
    on_each_python(|python| {
        let mut s = session(python, "caught", &["raised"]);
        assert_eq!(shown(&s.stops_for("exception")).0, "one");
        s.client.ok("setExceptionBreakpoints", json!({"filters": []}));
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn uncaught_stops_where_it_was_raised_and_changes_nothing() {
    on_each_python(|python| {
        let (code, traceback) = plain(python, "uncaught");
        assert_eq!(code, Some(1));
        let mut s = session(python, "uncaught", &["uncaught"]);
        let stop = s.stops_for("exception");
        assert_eq!(stop.body["description"], "nobody catches this");
        assert!(
            stop.body["text"].as_str().unwrap_or_default().starts_with("ValueError"),
            "{}",
            stop.body
        );
        assert_eq!(stop.marker(), "raise");
        assert_eq!(stop.functions(), ["low", "middle", "high", "uncaught", "<module>"]);
        let locals = s.locals_of(stop.frame(0));
        assert_eq!(locals["text"], "'nobody catches this'");
        assert!(locals.contains_key("secret"), "{locals:?}");
        s.resume();
        let program = s.ends_with(1);
        assert_eq!(without_start(&program.errors()), traceback);
    });
}

/// Standard error without what the debugger says on start.
fn without_start(lines: &[String]) -> Vec<String> {
    lines
        .iter()
        .filter(|line| !line.contains("listening"))
        .cloned()
        .collect()
}

#[test]
fn uncaught_in_a_thread() {
    on_each_python(|python| {
        let mut s = session(python, "uncaught_in_thread", &["uncaught"]);
        let stop = s.stops_for("exception");
        assert_eq!((shown(&stop).0.as_str(), stop.marker()), ("in a thread", "raise"));
        let threads = s.client.ok("threads", Value::Null);
        let name = threads["threads"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|thread| thread["id"] == stop.thread);
        assert_eq!(name.map(|thread| &thread["name"]), Some(&json!("unlucky")));
        s.resume();
        assert_eq!(s.program.line("main goes on"), "");
        let program = s.ends_with(0);
        let (_, traceback) = plain(python, "uncaught_in_thread");
        assert_eq!(without_start(&program.errors()), traceback);
    });
}

#[test]
fn leaving_by_sys_exit_is_no_uncaught_exception() {
    on_each_python(|python| {
        let mut s = session(python, "leaves", &["uncaught", "userUnhandled"]);
        assert!(s.next_stop().is_none());
        s.client.leave_ended_program();
        s.program.ends_with(0);
    });
}

#[test]
fn exit_status_is_unchanged_by_the_filters() {
    on_each_python(|python| {
        let mut s = session(python, "fails", &["uncaught"]);
        // debugpy stops here when the status isn't 0; both are sensible.
        while s.next_stop().is_some() {
            s.resume();
        }
        s.client.leave_ended_program();
        s.program.ends_with(3);
    });
}

#[test]
fn user_unhandled_stops_where_it_leaves_for_a_library() {
    on_each_python(|python| {
        let mut s = session(python, "through_library", &["userUnhandled"]);
        let stop = s.stops_for("exception");
        assert_eq!(shown(&stop).0, "left home");
        assert!(["raise", "leaves-home"].contains(&stop.marker()), "{}", stop.marker());
        s.resume();
        assert_eq!(s.program.line("library caught"), "left home");
        s.ends_with(0);
    });
}

#[test]
fn uncaught_alone_is_silent_for_what_a_library_catches() {
    on_each_python(|python| {
        assert_eq!(
            session(python, "through_library", &["uncaught"]).at_every_stop(|_, stop| shown(stop)),
            []
        );
    });
}

#[test]
fn exception_info_if_it_is_offered() {
    on_each_python(|python| {
        let mut s = session(python, "uncaught", &["uncaught"]);
        let stop = s.stops_for("exception");
        let asked = json!({"threadId": stop.thread});
        if s.attached.capabilities["supportsExceptionInfoRequest"] == true {
            let info = s.client.ok("exceptionInfo", asked);
            assert!(
                info["exceptionId"].as_str().unwrap_or_default().ends_with("ValueError"),
                "{info}"
            );
            assert_eq!(
                (&info["breakMode"], &info["description"]),
                (&json!("unhandled"), &json!("nobody catches this"))
            );
            let trace = info["details"]["stackTrace"].as_str().unwrap_or_default();
            assert!(trace.contains("raises.py") && trace.contains("in low"), "{info}");
        } else {
            s.client.refused("exceptionInfo", asked);
        }
        s.resume();
        s.ends_with(1);
    });
}
