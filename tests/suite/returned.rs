//! What functions return during a step is shown after it.

use dapstub_tests::{Python, Session, on_each_python};
use serde_json::{Value, json};

fn stopped_at(python: &Python, marker: &str, more: Value) -> Session {
    let setup = Session::of("returned.py").attach(|attach| attach.more = more);
    setup.stopped_at(python, marker)
}

/// The returned values among the locals of the innermost frame: name and value, in order.
fn returned(s: &mut Session) -> Vec<(String, String)> {
    let frame = s.top_frame();
    let scope = s.scope(frame, "Locals");
    let variables = s.variables(&scope["variablesReference"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let names = variables
        .iter()
        .map(|variable| (text(&variable["name"]), text(&variable["value"])));
    names.filter(|(name, _)| name.starts_with("(return) ")).collect()
}

fn names(s: &mut Session) -> Vec<String> {
    returned(s).into_iter().map(|(name, _)| name).collect()
}

#[test]
fn after_a_step_over_a_call() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "start", json!({}));
        assert_eq!(returned(&mut s), []);
        s.steps_to("next", "add-call");
        assert_eq!(
            returned(&mut s),
            [("(return) Point.__init__".to_owned(), "None".to_owned())]
        );
        s.steps_to("next", "method");
        let sum = s.local("(return) add");
        assert_eq!((&sum["value"], &sum["type"]), (&json!("3"), &json!("int")), "{sum}");
        assert_eq!(sum["presentationHint"]["attributes"], json!(["readOnly"]));
        // What was returned before stays, as long as the function goes on by steps.
        assert_eq!(names(&mut s), ["(return) Point.__init__", "(return) add"]);
        s.walks("next", "operator lambda generator nested");
        assert_eq!(
            names(&mut s),
            [
                "(return) <lambda>",
                "(return) Point.__add__",
                "(return) Point.__init__",
                "(return) Point.doubled",
                "(return) add"
            ]
        );
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn they_can_be_opened_and_evaluated_but_not_changed() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "method", json!({}));
        s.steps_to("next", "operator");
        let point = s.local("(return) Point.doubled");
        let children = s.variables(&point["variablesReference"]);
        let x = children
            .iter()
            .find(|child| child["name"] == "x")
            .expect("the attribute");
        assert_eq!(x["value"], "6");
        assert_eq!(s.eval(x["evaluateName"].as_str().unwrap_or_default()), "6");
        assert_eq!(
            s.eval(point["evaluateName"].as_str().unwrap_or_default()),
            point["value"]
        );
        let frame = s.top_frame();
        let scope = s.scope(frame, "Locals");
        let error = s.client.refused(
            "setVariable",
            json!({"variablesReference": scope["variablesReference"], "name": "(return) Point.doubled", "value": "1"}),
        );
        assert!(error.contains("cannot be assigned"), "{error}");
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn only_of_calls_of_the_function_that_steps() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "nested", json!({}));
        s.steps_to("next", "busy");
        assert_eq!(returned(&mut s), [("(return) nested".to_owned(), "8".to_owned())]);
        // Thirty thousand calls inside of it are of no account.
        s.steps_to("next", "again");
        assert_eq!(names(&mut s), ["(return) busy", "(return) nested"]);
        s.steps_to("next", "last");
        assert_eq!(names(&mut s), ["(return) busy", "(return) nested", "(return) one"]);
        s.steps_to("next", "done");
        assert_eq!(returned(&mut s)[0], ("(return) add".to_owned(), "'xy'".to_owned()));
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn after_a_step_out_and_at_the_end_of_a_function() {
    on_each_python(|python| {
        for commands in [&["stepOut"][..], &["next", "next"], &["stepIn", "stepIn"]] {
            let mut s = stopped_at(python, "add-call", json!({}));
            s.steps_to("stepIn", "add");
            assert_eq!(names(&mut s), [""; 0]);
            for command in commands {
                s.step(command);
            }
            assert_eq!(
                returned(&mut s),
                [("(return) add".to_owned(), "3".to_owned())],
                "{commands:?}"
            );
            s.resume();
            s.ends_with(0);
        }
    });
}

#[test]
fn of_a_coroutine_that_was_awaited() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "await", json!({}));
        s.steps_to("next", "awaited");
        assert_eq!(returned(&mut s), [("(return) later".to_owned(), "'abab'".to_owned())]);
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn they_are_gone_when_the_program_went_on() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "add-call", json!({}));
        s.steps_to("next", "method");
        assert_eq!(names(&mut s), ["(return) add"]);
        s.set_breakpoints(&[("nested", json!({}))]);
        s.resume();
        s.breaks_at("nested");
        assert_eq!(names(&mut s), [""; 0]);
        s.clear_breakpoints();
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn only_where_the_client_wants_them() {
    on_each_python(|python| {
        for more in [
            json!({"showReturnValue": false}),
            json!({"showReturnValue": null, "debugOptions": []}),
        ] {
            let mut s = stopped_at(python, "add-call", more.clone());
            s.steps_to("next", "method");
            assert_eq!(names(&mut s), [""; 0], "{more}");
            s.resume();
            s.ends_with(0);
        }
        for more in [
            json!({"showReturnValue": null}),
            json!({"showReturnValue": null, "debugOptions": [], "options": "SHOW_RETURN_VALUE=True"}),
        ] {
            let mut s = stopped_at(python, "add-call", more.clone());
            s.steps_to("next", "method");
            assert_eq!(names(&mut s), ["(return) add"], "{more}");
            s.resume();
            s.ends_with(0);
        }
    });
}
