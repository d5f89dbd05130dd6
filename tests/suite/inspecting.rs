//! Stack, scopes and variables.

use std::collections::BTreeMap;

use dapstub_tests::{Session, on_each_python};
use serde_json::{Value, json};

/// The children that hold data: name and value, without groups of methods and the like.
fn children(s: &mut Session, variable: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let children = s.variables(&variable["variablesReference"]);
    let data = children
        .iter()
        .filter(|child| child["value"] != "" && child["name"] != "len()");
    data.map(|child| (text(&child["name"]), text(&child["value"])))
        .collect()
}

#[test]
fn stack_comes_in_pages() {
    on_each_python(|python| {
        let mut s = Session::of("values.py").stopped_at(python, "bottom");
        let thread = s.thread;
        let mut page = |start: i64, levels: i64| {
            let body = s.client.ok(
                "stackTrace",
                json!({"threadId": thread, "startFrame": start, "levels": levels}),
            );
            assert_eq!(body["totalFrames"], 51, "50 calls and the module");
            body["stackFrames"].as_array().cloned().unwrap_or_default()
        };
        let all = page(0, 0);
        assert_eq!(all.len(), 51);
        assert_eq!(all[50]["name"], "<module>");
        for (start, levels) in [(0, 1), (1, 19), (20, 20), (45, 20), (51, 5), (60, 1)] {
            let wanted: Vec<&Value> = all.iter().skip(start as usize).take(levels as usize).collect();
            assert_eq!(
                page(start, levels).iter().collect::<Vec<_>>(),
                wanted,
                "{start} {levels}"
            );
        }
        s.runs_out();
    });
}

#[test]
fn frames_tell_where_they_are() {
    on_each_python(|python| {
        let mut s = Session::of("values.py").stopped_at(python, "look");
        let body = s.client.ok("stackTrace", json!({"threadId": s.thread}));
        let frame = &body["stackFrames"][0];
        assert_eq!(
            (&frame["name"], &frame["line"]),
            (&json!("look"), &json!(s.source.line("look")))
        );
        assert_eq!(frame["source"]["path"], json!(s.source.path));
        assert!(frame["column"].as_i64().is_some_and(|column| column >= 1), "{frame}");
        s.runs_out();
    });
}

#[test]
fn scopes_are_locals_and_globals() {
    on_each_python(|python| {
        let mut s = Session::of("values.py").stopped_at(python, "look");
        let frame = s.top_frame();
        let body = s.client.ok("scopes", json!({"frameId": frame}));
        let names: Vec<&Value> = body["scopes"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|scope| &scope["name"])
            .collect();
        assert_eq!(names, ["Locals", "Globals"]);
        let globals = s.scope(frame, "Globals");
        let globals = s.variables(&globals["variablesReference"]);
        let limit = globals
            .iter()
            .find(|variable| variable["name"] == "LIMIT")
            .expect("a global of the program");
        assert_eq!((&limit["value"], &limit["type"]), (&json!("10"), &json!("int")));
        s.runs_out();
    });
}

#[test]
fn locals_with_their_types() {
    on_each_python(|python| {
        let mut s = Session::of("values.py").stopped_at(python, "look");
        let cases = [
            ("number", "32", "int"),
            ("text", "'tee'", "str"),
            ("rest", "(1, 2)", "tuple"),
            ("options", "{'flag': True}", "dict"),
            ("point", "Point(3, 4)", "Point"),
            ("nothing", "None", "NoneType"),
            ("floating", "1.5", "float"),
            ("raw", r"b'\x00\xff'", "bytes"),
            ("pair", "Pair(first=5, second=6)", "Pair"),
            ("own_name", "'shadow'", "str"),
        ];
        for (name, value, kind) in cases {
            let variable = s.local(name);
            assert_eq!(
                (&variable["value"], &variable["type"]),
                (&json!(value), &json!(kind)),
                "{variable}"
            );
            assert_eq!(variable["evaluateName"], name);
        }
        assert!(!s.locals().contains_key("total"), "not assigned yet");
        s.runs_out();
    });
}

#[test]
fn a_value_without_words_is_still_shown() {
    on_each_python(|python| {
        let mut s = Session::of("values.py").stopped_at(python, "look");
        let shy = s.local("shy");
        assert!(!shy["value"].as_str().unwrap_or_default().is_empty(), "{shy}");
        s.runs_out();
    });
}

#[test]
fn long_values_are_cut() {
    on_each_python(|python| {
        let mut s = Session::of("values.py").stopped_at(python, "look");
        for name in ["huge", "many", "table"] {
            let variable = s.local(name);
            let length = variable["value"].as_str().unwrap_or_default().len();
            assert!(length > 10 && length < 70_000, "{name}: {length} bytes");
        }
        s.runs_out();
    });
}

/// The text of the value at an index.
type ValueAt = fn(i64) -> String;

/// How many children the variable announces.
fn announced(variable: &Value) -> i64 {
    variable["indexedVariables"].as_i64().unwrap_or(0) + variable["namedVariables"].as_i64().unwrap_or(0)
}

#[test]
fn lists_dicts_and_tuples_come_in_pages() {
    on_each_python(|python| {
        let mut s = Session::of("values.py").stopped_at(python, "look");
        let cases: [(&str, i64, ValueAt); 3] = [
            ("items", 1000, |n| n.to_string()),
            ("many", 100_000, |n| n.to_string()),
            ("table", 300, |n| (n * n).to_string()),
        ];
        for (name, count, value) in cases {
            let variable = s.local(name);
            assert!(announced(&variable) >= count, "{variable}");
            assert!(announced(&variable) < count + 20, "{variable}");
            let filter = if variable["indexedVariables"].as_i64().unwrap_or(0) >= count {
                "indexed"
            } else {
                "named"
            };
            for (start, size) in [(0, 5), (count / 2, 7), (count - 3, 3)] {
                let body = s.client.ok(
                    "variables",
                    json!({"variablesReference": variable["variablesReference"], "filter": filter,
                           "start": start, "count": size}),
                );
                let page = body["variables"].as_array().cloned().unwrap_or_default();
                let values: Vec<&str> = page.iter().filter_map(|child| child["value"].as_str()).collect();
                let wanted: Vec<String> = (start..start + size).map(value).collect();
                assert_eq!(values, wanted, "{name} {start}");
            }
        }
        s.runs_out();
    });
}

#[test]
fn children_of_collections() {
    on_each_python(|python| {
        let mut s = Session::of("values.py").stopped_at(python, "look");
        let values = |s: &mut Session, name: &str| -> Vec<String> {
            let variable = s.local(name);
            children(s, &variable).into_iter().map(|(_, value)| value).collect()
        };
        assert_eq!(values(&mut s, "fixed"), ["'a'", "['b', {'c': 1}]"]);
        let mut unique = values(&mut s, "unique");
        unique.sort();
        assert_eq!(unique, ["7", "8", "9"]);
        assert_eq!(values(&mut s, "odd_keys"), ["'one'", "'pair'", "'nothing'", "'quoted'"]);
        let odd = s.local("odd_keys");
        let names: Vec<String> = children(&mut s, &odd).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["1", "(2, 3)", "None", "'say \"hi\"'"]);
        s.runs_out();
    });
}

#[test]
fn children_of_objects() {
    on_each_python(|python| {
        let mut s = Session::of("values.py").stopped_at(python, "look");
        let mut attributes = |name: &str| -> BTreeMap<String, String> {
            let variable = s.local(name);
            children(&mut s, &variable).into_iter().collect()
        };
        let point = attributes("point");
        assert_eq!((point["x"].as_str(), point["y"].as_str()), ("3", "4"));
        let slotted = attributes("slotted");
        assert_eq!((slotted["left"].as_str(), slotted["right"].as_str()), ("1", "'r'"));
        let pair = s.local("pair");
        let values: Vec<String> = children(&mut s, &pair).into_iter().map(|(_, value)| value).collect();
        assert!(
            values.contains(&"5".to_owned()) && values.contains(&"6".to_owned()),
            "{values:?}"
        );
        s.runs_out();
    });
}

#[test]
fn children_of_children_and_their_evaluate_names() {
    on_each_python(|python| {
        let mut s = Session::of("values.py").stopped_at(python, "look");
        let fixed = s.local("fixed");
        let inner = s
            .variables(&fixed["variablesReference"])
            .into_iter()
            .find(|child| child["type"] == "list")
            .unwrap();
        assert_eq!(inner["evaluateName"], "fixed[1]");
        let innermost = s
            .variables(&inner["variablesReference"])
            .into_iter()
            .find(|child| child["type"] == "dict")
            .unwrap();
        let leaf = s
            .variables(&innermost["variablesReference"])
            .into_iter()
            .find(|child| child["value"] == "1")
            .unwrap();
        let name = leaf["evaluateName"].as_str().unwrap().to_owned();
        assert_eq!(s.eval(&name), "1", "{name}");
        let odd = s.local("odd_keys");
        for child in s.variables(&odd["variablesReference"]) {
            if let Some(name) = child["evaluateName"]
                .as_str()
                .filter(|name| name.starts_with("odd_keys["))
            {
                assert_eq!(json!(s.eval(name)), child["value"]);
            }
        }
        let circle = s.local("circle");
        let once = s
            .variables(&circle["variablesReference"])
            .into_iter()
            .find(|child| child["type"] == "list")
            .unwrap();
        assert_ne!(once["variablesReference"], 0);
        s.runs_out();
    });
}

#[test]
fn captured_variables_are_locals() {
    on_each_python(|python| {
        let mut s = Session::of("values.py").stopped_at(python, "inner");
        assert_eq!(s.locals().get("captured").map(String::as_str), Some("11"));
        assert_eq!(s.eval("captured * 2"), "22");
        s.runs_out();
    });
}

#[test]
fn outer_frames_have_their_own_locals() {
    on_each_python(|python| {
        let mut s = Session::of("values.py").breakpoint("bottom").start(python);
        let stop = s.breaks_at("bottom");
        for frame in [0, 1, 20, 49] {
            let n = s.client.ok(
                "evaluate",
                json!({"expression": "n", "frameId": stop.frame(frame), "context": "watch"}),
            );
            assert_eq!(n["result"], frame.to_string());
            assert_eq!(s.locals_of(stop.frame(frame))["n"], frame.to_string());
        }
        s.runs_out();
    });
}

#[test]
fn references_end_with_the_stop() {
    on_each_python(|python| {
        let mut s = Session::of("loop.py").args(&["3"]).breakpoint("round").start(python);
        let stop = s.breaks_at("round");
        let frame = stop.frame(0);
        let scope = s.scope(frame, "Locals");
        let value = s.client.ok("evaluate", json!({"expression": "[1]", "frameId": frame}));
        s.resume();
        let stop = s.breaks_at("round");
        s.client
            .refused("variables", json!({"variablesReference": value["variablesReference"]}));
        // A frame that goes on keeps its number and those of its scopes, as with debugpy.
        assert_eq!((stop.frame(0), &s.scope(frame, "Locals")), (frame, &scope));
        assert_eq!(s.variables(&scope["variablesReference"]).len(), s.locals().len());
        let inner = s.set_breakpoints(&[("work", json!({}))]);
        assert_eq!(inner.len(), 1);
        s.resume();
        let stop = s.breaks_at("work");
        let scope = s.scope(stop.frame(0), "Locals");
        s.set_breakpoints(&[("round", json!({}))]);
        s.resume();
        s.breaks_at("round");
        s.client.refused("scopes", json!({"frameId": stop.frame(0)}));
        s.client
            .refused("variables", json!({"variablesReference": scope["variablesReference"]}));
        s.client
            .refused("variables", json!({"variablesReference": 2_000_000_000}));
        s.client.refused("scopes", json!({"frameId": 2_000_000_000}));
        s.client.refused(
            "evaluate",
            json!({"expression": "1", "frameId": 2_000_000_000, "context": "watch"}),
        );
        s.client.refused("stackTrace", json!({"threadId": 2_000_000_000}));
        s.clear_breakpoints();
        s.runs_out();
    });
}

#[test]
fn requests_about_a_running_program_are_answered() {
    on_each_python(|python| {
        let mut s = Session::of("forever.py").start(python);
        s.program.advances("tick");
        let threads = s.client.ok("threads", Value::Null);
        assert_eq!(threads["threads"][0]["name"], "MainThread");
        s.client.refused("variables", json!({"variablesReference": 1}));
        s.client.refused("scopes", json!({"frameId": 1}));
        // Whether a running thread shows a stack is the server's choice; an answer is not.
        s.client
            .request("stackTrace", json!({"threadId": threads["threads"][0]["id"]}));
        s.client
            .request("evaluate", json!({"expression": "1 + 1", "context": "repl"}));
        s.program.advances("tick");
        s.program.say("stop");
        s.ends_with(0);
    });
}
