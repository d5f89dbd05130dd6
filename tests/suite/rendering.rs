//! Values that are hard to show: bounded in length and in time, counted exactly, and never harmful.

use dapstub_tests::{Python, Session, on_each_python};
use serde_json::{Value, json};

/// A session stopped in that function of rendering.py.
fn in_function(python: &Python, name: &str) -> Session {
    Session::of("rendering.py").args(&[name]).stopped_at(python, name)
}

/// The locals of the innermost frame, as the server tells them, asked for once.
fn listed(s: &mut Session) -> Vec<Value> {
    let frame = s.top_frame();
    let scope = s.scope(frame, "Locals");
    s.variables(&scope["variablesReference"])
}

/// The text of the variable of that name.
fn text<'a>(variables: &'a [Value], name: &str) -> &'a str {
    let found = variables.iter().find(|variable| variable["name"] == name);
    found
        .and_then(|variable| variable["value"].as_str())
        .unwrap_or_else(|| panic!("no {name} in {variables:?}"))
}

#[test]
fn what_takes_too_long_is_broken_off_and_the_rest_not_asked() {
    on_each_python(|python| {
        let mut s = in_function(python, "endless");
        let locals = listed(&mut s);
        assert!(text(&locals, "first").contains("broken off"), "{locals:?}");
        assert!(text(&locals, "second").contains("not asked"), "{locals:?}");
        // What needs no code of the program is there all the same.
        assert_eq!((text(&locals, "number"), text(&locals, "items")), ("7", "[1, 2]"));
        let frame = s.top_frame();
        let evaluated = s.client.ok(
            "evaluate",
            json!({"expression": "first", "frameId": frame, "context": "hover"}),
        );
        assert!(
            evaluated["result"]
                .as_str()
                .is_some_and(|text| text.contains("broken off")),
            "{evaluated}"
        );
        s.runs_out();
    });
}

#[test]
fn what_cannot_be_broken_off_harms_nobody_else() {
    on_each_python(|python| {
        // In C code, here asleep, nothing can interrupt it: what it says in the end is of no interest.
        let mut s = in_function(python, "slow");
        let locals = listed(&mut s);
        assert!(text(&locals, "second").contains("not asked"), "{locals:?}");
        assert_eq!(text(&locals, "number"), "7");
        s.runs_out();
        let mut s = in_function(python, "stubborn");
        let locals = listed(&mut s);
        assert_eq!((text(&locals, "value"), text(&locals, "number")), ("Stubborn", "7"));
        s.runs_out();
    });
}

#[test]
fn what_fails_is_told_in_its_place() {
    on_each_python(|python| {
        let mut s = in_function(python, "odd");
        let locals = listed(&mut s);
        let cases = [
            ("raising", "<Trouble in __repr__: no words>"),
            ("exiting", "<SystemExit in __repr__: 3>"),
            ("interrupting", "<KeyboardInterrupt in __repr__>"),
            (
                "number",
                // The interpreter's own words.
                if python.version < (3, 15) {
                    "<TypeError in __repr__: __repr__ returned non-string (type int)>"
                } else {
                    "<TypeError in __repr__: Number.__repr__() must return a str, not int>"
                },
            ),
            ("text", "odd text"),
            ("in_list", "[1, <Trouble in __repr__: no words>, 3]"),
            ("grumpy", "Grumpy"),
            ("liar", "Liar"),
            ("texts", "'kept'"),
            ("lone", r"'\ud800'"),
        ];
        for (name, wanted) in cases {
            assert_eq!(text(&locals, name), wanted, "{name}");
        }
        assert!(
            text(&locals, "recursing").starts_with("<RecursionError in __repr__"),
            "{locals:?}"
        );
        assert!(text(&locals, "unsayable").starts_with("lone "), "{locals:?}");
        let wordy = text(&locals, "wordy");
        assert!(wordy.len() < 400 && wordy.ends_with("..."), "{wordy}");
        // Each can be opened, whatever it refuses.
        for variable in &locals {
            if variable["variablesReference"] != 0 {
                s.variables(&variable["variablesReference"]);
            }
        }
        s.runs_out();
    });
}

#[test]
fn what_changes_while_it_is_shown() {
    on_each_python(|python| {
        let mut s = in_function(python, "changing");
        let locals = listed(&mut s);
        assert_eq!(text(&locals, "cleared"), "[1, 2, cleared]");
        assert_eq!(text(&locals, "emptied"), "{'a': 1, 'b': cleared, 'c': 3}");
        assert_eq!(text(&locals, "growing"), "[grown to 2]");
        for (name, change) in [
            ("items", "del items[300:]"),
            ("table", "table.clear()"),
            ("unique", "unique.clear()"),
        ] {
            let variable = s.local(name);
            let reference = &variable["variablesReference"];
            assert_eq!(variable["indexedVariables"], 1000);
            assert_eq!(s.page(reference, "indexed", 250, 100).len(), 100);
            s.repl(change);
            let left = if name == "items" { 50 } else { 0 };
            assert_eq!(s.page(reference, "indexed", 250, 100).len(), left, "{name}");
            assert_eq!(s.page(reference, "indexed", 900, 100).len(), 0, "{name}");
        }
        s.runs_out();
    });
}

#[test]
fn what_is_huge_is_cut() {
    on_each_python(|python| {
        let mut s = in_function(python, "huge");
        let locals = listed(&mut s);
        for name in ["big", "negative", "enormous", "limit", "text", "raw", "deep", "wide"] {
            let value = text(&locals, name);
            assert!(value.len() < 400 && value.contains("..."), "{name}: {value}");
        }
        // Python itself would refuse to write these in decimal.
        assert!(text(&locals, "enormous").ends_with("(10000001 bits)"), "{locals:?}");
        assert!(text(&locals, "negative").starts_with("-0x1000"), "{locals:?}");
        assert_eq!(text(&locals, "numbers"), format!("range(0, 1{})", "0".repeat(30)));
        // The way down into the deepest value has no end that matters.
        let mut next = s.local("deep");
        for _ in 0..30 {
            assert_eq!(next["indexedVariables"], 1);
            next = s.page(&next["variablesReference"], "indexed", 0, 1).remove(0);
        }
        // To copy a value gives more of it, and still not all.
        let frame = s.top_frame();
        let copied = s.client.ok(
            "evaluate",
            json!({"expression": "text", "frameId": frame, "context": "clipboard"}),
        );
        let length = copied["result"].as_str().map_or(0, str::len);
        assert!((1_000_000..2_000_000).contains(&length), "{length} bytes");
        s.runs_out();
    });
}

#[test]
fn what_contains_itself() {
    on_each_python(|python| {
        let mut s = in_function(python, "circles");
        let locals = listed(&mut s);
        let cases = [
            ("items", "[1, [...]]"),
            ("table", "{'self': {...}}"),
            ("pair", "([(...)],)"),
            ("bare", "namespace(me=namespace(...))"),
        ];
        for (name, wanted) in cases {
            assert_eq!(text(&locals, name), wanted);
        }
        assert!(text(&locals, "queue").starts_with("deque(["), "{locals:?}");
        let mut next = s.local("table");
        for _ in 0..5 {
            next = s.page(&next["variablesReference"], "indexed", 0, 1).remove(0);
            assert_eq!(
                (&next["name"], &next["value"]),
                (&json!("'self'"), &json!("{'self': {...}}"))
            );
        }
        s.runs_out();
    });
}

/// Name and value of children.
fn brief(children: &[Value]) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    children
        .iter()
        .map(|child| (text(&child["name"]), text(&child["value"])))
        .collect()
}

#[test]
fn counts_are_exact_and_pages_are_parts_of_the_whole() {
    on_each_python(|python| {
        let mut s = in_function(python, "counted");
        for variable in listed(&mut s) {
            let name = variable["name"].as_str().unwrap_or_default();
            let reference = &variable["variablesReference"];
            let wanted = match name {
                "squares" => 500,
                "chain" => 251,
                "interface" => 3,
                "empty" => 0,
                _ => 250,
            };
            assert_eq!(variable["indexedVariables"], wanted, "{variable}");
            let elements = s.page(reference, "indexed", 0, 0);
            assert_eq!(elements.len(), wanted, "{name}");
            let named = s.page(reference, "named", 0, 0);
            assert_eq!(variable["namedVariables"], named.len(), "{variable}");
            let length = named.iter().find(|child| child["name"] == "len()").expect("a length");
            assert_eq!(length["value"], wanted.to_string(), "{name}");
            // Without a filter: groups, elements, length.
            let all = brief(&s.variables(reference));
            let (groups, length) = named.split_at(named.len() - 1);
            assert_eq!(all, [brief(groups), brief(&elements), brief(length)].concat(), "{name}");
            let middle = s.client.ok(
                "variables",
                json!({"variablesReference": reference, "start": 1, "count": all.len() - 2}),
            );
            let middle = middle["variables"].as_array().cloned().unwrap_or_default();
            assert_eq!(brief(&middle), all[1..all.len() - 1], "{name}");
            for (start, count) in [(0, 1), (1, 99), (100, 100), (245, 10), (wanted, 5), (10_000, 1)] {
                let page = brief(&s.page(reference, "indexed", start as u64, count as u64));
                let part: Vec<_> = brief(&elements).into_iter().skip(start).take(count).collect();
                assert_eq!(page, part, "{name} {start} {count}");
            }
        }
        // In the order that the container has, with keys as names.
        let ordered = s.local("ordered");
        let last = s.page(&ordered["variablesReference"], "indexed", 249, 1);
        assert_eq!(brief(&last), [("0".to_owned(), "0".to_owned())]);
        let doubles = s.local("doubles");
        let page = s.page(&doubles["variablesReference"], "indexed", 100, 1);
        assert_eq!(brief(&page), [("100".to_owned(), "100.0".to_owned())]);
        s.runs_out();
    });
}

#[test]
fn what_says_little_of_itself() {
    on_each_python(|python| {
        let mut s = in_function(python, "others");
        let unknown = s.local("unknown");
        assert_eq!(
            (&unknown["value"], &unknown["indexedVariables"]),
            (&json!("Lengths(None)"), &Value::Null)
        );
        let endless = s.local("endless");
        assert_eq!(endless["indexedVariables"], i32::MAX);
        let page = s.page(&endless["variablesReference"], "indexed", 2, 3);
        let wanted = [("2", "4"), ("3", "<Trouble: no third>"), ("4", "8")];
        assert_eq!(
            brief(&page),
            wanted.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
        let interface = s.local("interface");
        assert_eq!(interface["value"], "Interface([1., 2., 3.])");
        s.variables(&interface["variablesReference"]);
        s.runs_out();
    });
}

#[test]
fn properties_are_read_when_opened() {
    on_each_python(|python| {
        let mut s = in_function(python, "others");
        let properties = s.local("properties");
        let children = s.variables(&properties["variablesReference"]);
        let cases = [
            ("fine", "11"),
            ("broken", "<Trouble: no such luck>"),
            ("leaving", "<SystemExit: 3>"),
            ("endless", "<broken off: it took too long>"),
        ];
        for (name, wanted) in cases {
            let child = children
                .iter()
                .find(|child| child["name"] == name)
                .expect("the property");
            assert_eq!(child["presentationHint"]["lazy"], true, "{child}");
            let opened = s.variables(&child["variablesReference"]);
            assert_eq!(brief(&opened), [(name.to_owned(), wanted.to_owned())]);
        }
        s.runs_out();
    });
}
