//! `completions`: names, attributes and keys, with and without a frame.

use dapstub_tests::{Python, Session, on_each_python};
use serde_json::{Value, json};

fn stopped(python: &Python) -> Session {
    let mut s = Session::of("completing.py").breakpoint("listen").start(python);
    s.breaks_at("listen");
    s.clear_breakpoints();
    s
}

/// The completions of `text` with the caret at its end.
fn complete(s: &mut Session, text: &str) -> Vec<Value> {
    let frame = s.top_frame();
    let lines: Vec<&str> = text.split('\n').collect();
    let column = lines[lines.len() - 1].encode_utf16().count() + 1;
    let body = s.client.ok(
        "completions",
        json!({"frameId": frame, "text": text, "line": lines.len(), "column": column}),
    );
    body["targets"].as_array().cloned().expect("targets")
}

fn labels(list: &[Value]) -> Vec<&str> {
    list.iter().filter_map(|item| item["label"].as_str()).collect()
}

fn of_type<'a>(list: &'a [Value], label: &str) -> &'a str {
    list.iter()
        .find(|item| item["label"] == label)
        .and_then(|item| item["type"].as_str())
        .unwrap_or_else(|| panic!("no {label} in {:?}", labels(list)))
}

fn runs_out(mut s: Session) {
    s.resume();
    assert_eq!(s.program.line("reads"), "0 []", "nothing was called for it");
    s.ends_with(0);
}

#[test]
fn names_of_every_kind() {
    on_each_python(|python| {
        let mut s = stopped(python);
        assert_eq!(s.attached.capabilities["supportsCompletionsRequest"], true);
        assert_eq!(
            s.attached.capabilities["completionTriggerCharacters"],
            json!([".", "[", "'", "\""])
        );
        let found = complete(&mut s, "lo");
        assert_eq!(labels(&found), ["local_list", "local_name", "locals", "LookupError"]);
        assert_eq!(
            (&found[0]["start"], &found[0]["length"], &found[0]["type"]),
            (&json!(0), &json!(2), &json!("field"))
        );
        let all = complete(&mut s, "");
        for (label, kind) in [
            ("radio", "field"),
            ("Radio", "class"),
            ("listen", "function"),
            ("os", "module"),
            ("len", "function"),
            ("int", "class"),
            ("while", "keyword"),
        ] {
            assert_eq!(of_type(&all, label), kind, "{label}");
        }
        assert!(labels(&all).iter().position(|&l| l == "radio") < labels(&all).iter().position(|&l| l == "__name__"));
        // Also within an expression, and regardless of case; what is written as typed comes first.
        let found = complete(&mut s, "print(1 + ra");
        assert_eq!(labels(&found), ["radio", "raise", "range", "Radio"]);
        assert_eq!((&found[0]["start"], &found[0]["length"]), (&json!(10), &json!(2)));
        runs_out(s);
    });
}

#[test]
fn attributes_without_reading_them() {
    on_each_python(|python| {
        let mut s = stopped(python);
        let found = complete(&mut s, "radio.");
        for (label, kind) in [
            ("station", "field"),
            ("tune", "function"),
            ("volume", "property"),
            ("band", "field"),
            ("__class__", "class"),
        ] {
            assert_eq!(of_type(&found, label), kind, "{label}");
        }
        assert_eq!((&found[0]["start"], &found[0]["length"]), (&json!(6), &json!(0)));
        assert_eq!(labels(&complete(&mut s, "x = [radio.st")), ["station"]);
        assert_eq!(labels(&complete(&mut s, "local_list[0].tu")), ["tune"]);
        assert_eq!(labels(&complete(&mut s, "local_list[0].station.bit_l")), ["bit_length"]);
        assert_eq!(labels(&complete(&mut s, "'text'.upp")), ["upper"]);
        assert_eq!(
            labels(&complete(&mut s, "os.pa")),
            ["pardir", "path", "pathconf", "pathconf_names", "pathsep", "PathLike"]
        );
        assert_eq!(labels(&complete(&mut s, "proxy.remo")), ["remote_name"]);
        assert_eq!(labels(&complete(&mut s, "for n in 1, 2:\n    radio.sta")), ["station"]);
        // Nothing is called to find out.
        for text in [
            "calls.append(1).",
            "radio.tune().",
            "missing.x",
            "1.",
            "'os.pa",
            "# os.pa",
            "radio.1",
        ] {
            assert_eq!(labels(&complete(&mut s, text)), [""; 0], "{text}");
        }
        runs_out(s);
    });
}

#[test]
fn keys_of_dictionaries() {
    on_each_python(|python| {
        let mut s = stopped(python);
        assert_eq!(
            labels(&complete(&mut s, "stations[")),
            ["\"it's\"", "'music'", "'news'", "7"]
        );
        let found = complete(&mut s, "x = stations[\"ne");
        assert_eq!(labels(&found), ["\"news\""]);
        assert_eq!((&found[0]["start"], &found[0]["length"]), (&json!(13), &json!(3)));
        assert_eq!(labels(&complete(&mut s, "stations['music']['")), ["'jazz'"]);
        assert_eq!(labels(&complete(&mut s, "local_list[")), [""; 0]);
        // A name may stand there as well.
        assert_eq!(labels(&complete(&mut s, "stations[local_n")), ["local_name"]);
        runs_out(s);
    });
}

#[test]
fn the_caret_may_stand_anywhere() {
    on_each_python(|python| {
        let mut s = stopped(python);
        let frame = s.top_frame();
        let at = |s: &mut Session, text: &str, line: Value, column: i64| {
            let mut arguments = json!({"frameId": frame, "text": text, "column": column});
            if !line.is_null() {
                arguments["line"] = line;
            }
            let body = s.client.ok("completions", arguments);
            let list = body["targets"].as_array().cloned().unwrap_or_default();
            list.first().cloned().unwrap_or_default()
        };
        assert_eq!(at(&mut s, "radio.sta + 1", Value::Null, 9)["label"], "station");
        assert_eq!(at(&mut s, "radio.sta\nproxy.rem", json!(2), 10)["label"], "remote_name");
        // Columns count UTF-16 code units, in which this sign has two.
        let found = at(&mut s, "'😀'; radio.sta", Value::Null, 16);
        assert_eq!(
            (&found["label"], &found["start"], &found["length"]),
            (&json!("station"), &json!(12), &json!(3))
        );
        for (line, column) in [(json!(1), 0), (json!(0), 1), (json!(99), 99)] {
            s.client.ok(
                "completions",
                json!({"frameId": frame, "text": "radio.", "line": line, "column": column}),
            );
        }
        let error = s
            .client
            .refused("completions", json!({"frameId": 99_999, "text": "r", "column": 2}));
        assert!(error.contains("not valid any more"), "{error}");
        runs_out(s);
    });
}

#[test]
fn without_a_frame_and_while_it_runs() {
    on_each_python(|python| {
        let mut s = stopped(python);
        let global = |s: &mut Session, text: &str| {
            let body = s
                .client
                .ok("completions", json!({"text": text, "column": text.len() + 1}));
            body["targets"].as_array().cloned().expect("targets")
        };
        assert_eq!(labels(&global(&mut s, "Rad")), ["Radio"]);
        assert_eq!(labels(&global(&mut s, "local_n")), [""; 0]);
        runs_out(s);

        let mut s = Session::of("forever.py").start(python);
        s.program.line("started");
        assert!(labels(&global(&mut s, "print")).contains(&"print"));
        s.detach();
    });
}
