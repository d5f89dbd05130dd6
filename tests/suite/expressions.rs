//! Expressions of breakpoints have the value that Python gives them, wherever they are evaluated.

use dapstub_tests::{Session, on_each_python};
use serde_json::json;

/// The lines of the program at which breakpoints are set.
const PLACES: [&str; 7] = [
    "function",
    "inner",
    "generator",
    "coroutine",
    "coroutine-without",
    "module",
    "body",
];

const EXPRESSIONS: [&str; 73] = [
    "n",
    "n == 2",
    "n!=2",
    "n < m",
    "n <= 2 and m > 1",
    "n % 3",
    "n % 2 == 0",
    "(n + m) * 2 - 1",
    "n - -1",
    "7 // n",
    "-1 % 3",
    "not n",
    "not not n",
    "n or m",
    "n and m",
    "n and m or text",
    "not n == 2",
    "n == 1 == m",
    "1 < n < 3",
    "(n)",
    "n is 1",
    "item is None",
    "item is not None",
    "item is (not None)",
    "n in items",
    "n not in items",
    "n in text",
    "'w' in text",
    "text == \"two\"",
    "text == 'two'",
    "text == 'two' 'words'",
    "text + '!'",
    "text + n",
    "text * n",
    "text % n",
    "text[1:3]",
    "text[n]",
    "items[n]",
    "items[-1]",
    "items[n - 1] + 1",
    "items[items[0]]",
    "items",
    "item.value",
    "item.value == n",
    "item.value.real",
    "item.missing",
    "item.loud",
    "item < n",
    "item < n or n",
    "item > n",
    "free",
    "cell",
    "cell + n",
    "shared",
    "unset",
    "unset and n",
    "missing",
    "missing or n",
    "n or missing",
    "n == 5 and missing",
    "__name__",
    "str",
    "len is max",
    "True",
    "None",
    "1.5 * n",
    "10 ** n",
    "len(items) + cell",
    "sum(x + n for x in items)",
    "[x + n + cell for x in items]",
    "(lambda y: (y, n, free))(1)",
    "max(n, m) if n else shared",
    "locals()['n']",
];

#[test]
fn values_are_those_of_python() {
    on_each_python(|python| {
        let mut setup = Session::of("expressions.py").args(&EXPRESSIONS);
        for place in PLACES {
            for (number, text) in EXPRESSIONS.iter().enumerate() {
                let message = format!("log {{place}} {{turn}} {number} {{{text}}}");
                setup = setup.breakpoint_with(place, json!({"logMessage": message}));
            }
        }
        let mut s = setup.start(python);
        for answered in &s.attached.breakpoints[0] {
            assert_eq!(answered["verified"], true, "{answered}");
        }
        s.client.wait_event("terminated", |_| true);
        s.client.no_event_seen("stopped");
        let events = s.client.take_events("output");
        s.client.leave_ended_program();
        let logged: String = events
            .iter()
            .filter_map(|event| event["body"]["output"].as_str())
            .collect();
        s.program.ends_with(0);
        let told = s.program.output().join("\n");
        let lines = |text: &str, beginning: &str| -> Vec<String> {
            let mut lines: Vec<_> = text
                .lines()
                .filter_map(|line| line.strip_prefix(beginning))
                .map(str::to_owned)
                .collect();
            lines.sort();
            lines
        };
        let (wanted, found) = (lines(&told, "own "), lines(&logged, "log "));
        assert_eq!(wanted.len(), PLACES.len() * 4 * EXPRESSIONS.len());
        for (wanted, found) in wanted.iter().zip(&found) {
            assert_eq!(found, wanted);
        }
        assert_eq!(found.len(), wanted.len());
    });
}

#[test]
fn a_condition_that_raises_is_told_of() {
    on_each_python(|python| {
        for (condition, reason) in [
            ("n == missing", "NameError: name 'missing' is not defined"),
            ("n.missing", "AttributeError: 'int' object has no attribute 'missing'"),
            (
                "n < ''",
                "TypeError: '<' not supported between instances of 'int' and 'str'",
            ),
        ] {
            let more = json!({"condition": condition});
            let mut s = Session::of("loop.py").args(&["1"]).stopped_at(python, "before");
            s.client
                .ok("setDebuggerProperty", json!({"skipPrintBreakpointException": []}));
            s.set_breakpoints(&[("round", more), ("after", json!({}))]);
            s.resume();
            s.breaks_at("after");
            let events = s.client.take_events("output");
            let text = events[0]["body"]["output"].as_str().unwrap_or_default();
            assert!(text.contains(reason), "{text}");
            s.resume();
            s.ends_with(0);
        }
    });
}
