//! `setVariable` and `setExpression`: what is shown can be changed, and the program goes on with it.

use dapstub_tests::{Python, Session, on_each_python};
use serde_json::{Value, json};

fn stopped_at(python: &Python, marker: &str) -> Session {
    let mut s = Session::of("changes.py").breakpoint(marker).start(python);
    s.breaks_at(marker);
    s.clear_breakpoints();
    s
}

fn scope_reference(s: &mut Session, name: &str) -> Value {
    let frame = s.top_frame();
    s.scope(frame, name)["variablesReference"].clone()
}

fn set(s: &mut Session, reference: &Value, name: &str, value: &str) -> Value {
    s.client.ok(
        "setVariable",
        json!({"variablesReference": reference, "name": name, "value": value}),
    )
}

fn refused(s: &mut Session, reference: &Value, name: &str, value: &str) -> String {
    s.client.refused(
        "setVariable",
        json!({"variablesReference": reference, "name": name, "value": value}),
    )
}

/// The reference of a local variable.
fn local(s: &mut Session, name: &str) -> Value {
    let locals = scope_reference(s, "Locals");
    child(s, &locals, name)["variablesReference"].clone()
}

fn child(s: &mut Session, reference: &Value, name: &str) -> Value {
    let children = s.variables(reference);
    let found = children.iter().find(|child| child["name"] == name);
    found.cloned().unwrap_or_else(|| panic!("no {name} in {children:#?}"))
}

#[test]
fn variables_of_a_function() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "inner");
        assert_eq!(s.attached.capabilities["supportsSetVariable"], true);
        let locals = scope_reference(&mut s, "Locals");
        let answer = set(&mut s, &locals, "number", "number + 41");
        assert_eq!(
            (&answer["value"], &answer["type"], &answer["variablesReference"]),
            (&json!("42"), &json!("int"), &json!(0))
        );
        // The editor looks at the values again.
        let told = s.client.wait_event("invalidated", |_| true);
        assert_eq!(told["body"]["areas"], json!(["variables"]));
        assert_eq!(s.locals()["number"], "42");
        // A variable of the enclosing function.
        assert_eq!(set(&mut s, &locals, "shared", "50")["value"], "50");
        let globals = scope_reference(&mut s, "Globals");
        assert_eq!(set(&mut s, &globals, "COUNT", "COUNT + 8")["value"], "9");
        s.resume();
        assert_eq!(s.program.line("number"), "42");
        assert_eq!(s.program.line("shared"), "50");
        assert_eq!(s.program.line("count"), "9");
        assert_eq!(s.program.line("result"), "50 outer 50");
        s.ends_with(0);
    });
}

#[test]
fn elements_entries_and_attributes() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "inner");
        let items = local(&mut s, "items");
        assert_eq!(set(&mut s, &items, "1", "'two'")["value"], "'two'");
        let table = local(&mut s, "table");
        assert_eq!(set(&mut s, &table, "'a'", "[number]")["value"], "[1]");
        set(&mut s, &table, "2", "22");
        set(&mut s, &table, "('t', 1)", "None");
        let point = local(&mut s, "point");
        assert_eq!(set(&mut s, &point, "x", "30")["value"], "30");
        // What a property makes of it is what is told.
        let opened = child(&mut s, &point, "doubled")["variablesReference"].clone();
        assert_eq!(set(&mut s, &opened, "doubled", "5")["value"], "10");
        set(&mut s, &point, "doubled", "6");
        let slotted = local(&mut s, "slotted");
        set(&mut s, &slotted, "left", "'L'");
        let numbers = local(&mut s, "numbers");
        set(&mut s, &numbers, "0", "True");
        s.resume();
        assert_eq!(s.program.line("items"), "[1, 'two', 3]");
        assert_eq!(s.program.line("table"), "{'a': [1], 2: 22, ('t', 1): None}");
        assert_eq!(s.program.line("point"), "30 12 plane");
        assert_eq!(s.program.line("slotted"), "L");
        assert_eq!(s.program.line("numbers"), "[1, 2]");
        s.ends_with(0);
    });
}

#[test]
fn the_value_is_evaluated_where_the_variable_was_found() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "inner");
        let stack = s.client.ok("stackTrace", json!({"threadId": s.thread}));
        let caller = stack["stackFrames"][1]["id"].as_i64().expect("a frame");
        let outer = s.scope(caller, "Locals")["variablesReference"].clone();
        // `number` is no name of the outer function.
        assert!(refused(&mut s, &outer, "shared", "number").contains("NameError"));
        set(&mut s, &outer, "shared", "shared * 3");
        assert_eq!(s.eval("shared"), "15");
        s.resume();
        assert_eq!(s.program.line("result"), "15 outer 15");
        s.ends_with(0);
    });
}

#[test]
fn what_cannot_be_assigned_is_refused() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "inner");
        let locals = scope_reference(&mut s, "Locals");
        for (name, value, part) in [
            ("number", "1 +", "SyntaxError"),
            ("number", "missing", "NameError"),
            ("number", "x = 1", "SyntaxError"),
            ("nobody", "1", "no variable `nobody`"),
        ] {
            let error = refused(&mut s, &locals, name, value);
            assert!(error.contains(part), "{name} = {value}: {error}");
        }
        for (owner, name, part) in [
            ("fixed", "0", "TypeError"),
            ("fixed", "len()", "length"),
            ("unique", "0", "no order"),
            ("view", "'k'", "TypeError"),
            ("items", "3", "no variable `3`"),
            ("point", "y", "no variable `y`"),
        ] {
            let reference = local(&mut s, owner);
            let error = refused(&mut s, &reference, name, "1");
            assert!(error.contains(part), "{owner}.{name}: {error}");
        }
        assert!(refused(&mut s, &json!(999_999), "x", "1").contains("not valid any more"));
        assert_eq!(s.eval("number"), "1");
        let stale = locals;
        s.set_breakpoints(&[("after", json!({}))]);
        s.resume();
        s.breaks_at("after");
        assert!(refused(&mut s, &stale, "number", "1").contains("not valid any more"));
        s.clear_breakpoints();
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn modules_class_bodies_and_generators() {
    on_each_python(|python| {
        for (marker, name, value, prefix, said) in [
            ("body", "member", "4", "twice", "8 4"),
            ("generator", "value", "'new'", "value", "new"),
            ("module", "label", "'changed'", "label", "changed"),
        ] {
            let mut s = stopped_at(python, marker);
            let locals = scope_reference(&mut s, "Locals");
            set(&mut s, &locals, name, value);
            s.resume();
            assert_eq!(s.program.line(prefix), said, "{marker}");
            s.ends_with(0);
        }
    });
}

#[test]
fn expressions_are_assigned_to() {
    on_each_python(|python| {
        let mut s = stopped_at(python, "inner");
        assert_eq!(s.attached.capabilities["supportsSetExpression"], true);
        let frame = s.top_frame();
        let assign = |s: &mut Session, expression: &str, value: &str| {
            s.client.ok(
                "setExpression",
                json!({"expression": expression, "value": value, "frameId": frame}),
            )["value"]
                .clone()
        };
        assert_eq!(assign(&mut s, "number", "7"), "7");
        assert_eq!(assign(&mut s, "items[-1]", "number + 1"), "8");
        assert_eq!(assign(&mut s, "table['new']", "{1: 2}  # a comment"), "{1: 2}");
        assert_eq!(assign(&mut s, "point.doubled", "4"), "8");
        assert_eq!(assign(&mut s, "shared", "(lambda: 60)()"), "60");
        for (expression, value, part) in [
            ("number + 1", "2", "SyntaxError"),
            ("number", "1; import os", "SyntaxError"),
            ("number = 3", "2", "SyntaxError"),
            ("point.x.y", "1", "AttributeError"),
        ] {
            let error = s.client.refused(
                "setExpression",
                json!({"expression": expression, "value": value, "frameId": frame}),
            );
            assert!(error.contains(part), "{expression} = {value}: {error}");
        }
        // Without a frame it is the program's main module.
        s.client
            .ok("setExpression", json!({"expression": "COUNT", "value": "77"}));
        s.resume();
        assert_eq!(s.program.line("number"), "7");
        assert_eq!(s.program.line("shared"), "60");
        assert_eq!(s.program.line("items"), "[1, 2, 8]");
        assert_eq!(s.program.line("count"), "77");
        s.ends_with(0);
    });
}

#[test]
fn a_client_that_takes_no_invalidated_event_gets_none() {
    on_each_python(|python| {
        let setup = Session::of("changes.py").breakpoint("inner");
        let program = dapstub_tests::Program::start(python, setup.launch());
        let mut client = program.connect();
        client.ok("initialize", json!({"adapterID": "debugpy"}));
        let attached = client.send("attach", json!({}));
        client.wait_event("initialized", |_| true);
        let source = dapstub_tests::Source::program("changes.py");
        let line = source.line("inner");
        client.ok(
            "setBreakpoints",
            json!({"source": source.descriptor(), "breakpoints": [{"line": line}]}),
        );
        client.ok("configurationDone", Value::Null);
        client.wait_success(attached);
        let thread = client.expect_stop("breakpoint")["threadId"].clone();
        let stack = client.ok("stackTrace", json!({"threadId": thread}));
        let frame = &stack["stackFrames"][0]["id"];
        client.ok(
            "evaluate",
            json!({"expression": "number = 3", "frameId": frame, "context": "repl"}),
        );
        client.no_event("invalidated");
        client.disconnect();
    });
}
