//! `setPydevdSourceMap`: the cells of a notebook are executed under names of their own, and shown as parts of its file.

use dapstub_tests::{Python, Session, on_each_python};
use serde_json::{Value, json};

const NOTEBOOK: &str = "/home/user/notebook.py";

fn running(python: &Python) -> Session {
    let mut s = Session::of("cells.py").start(python);
    s.client.ok("threads", Value::Null);
    s
}

/// One cell: its lines in the notebook, its name, and the line of it that the first of them is.
fn part(line: i64, end_line: i64, runtime: &str, runtime_line: i64) -> Value {
    json!({"line": line, "endLine": end_line, "runtimeSource": {"path": runtime}, "runtimeLine": runtime_line})
}

fn map(s: &mut Session, parts: Value) {
    let arguments = json!({"source": {"path": NOTEBOOK}, "pydevdSourceMaps": parts});
    s.client.ok("setPydevdSourceMap", arguments);
}

fn set(s: &mut Session, lines: &[i64]) -> Vec<i64> {
    let list: Vec<Value> = lines.iter().map(|line| json!({"line": line})).collect();
    let body = s.client.ok(
        "setBreakpoints",
        json!({"source": {"path": NOTEBOOK}, "breakpoints": list}),
    );
    let answered = body["breakpoints"].as_array().cloned().unwrap_or_default();
    answered.iter().filter_map(|one| one["id"].as_i64()).collect()
}

/// The lines of the notebook that a stop shows, innermost first.
fn lines(s: &mut Session, reason: &str) -> (Vec<i64>, Vec<i64>) {
    let stop = s.stops_for(reason);
    let of_notebook = stop.frames.iter().filter(|frame| frame["source"]["path"] == NOTEBOOK);
    let lines = of_notebook.filter_map(|frame| frame["line"].as_i64()).collect();
    (lines, stop.hit())
}

#[test]
fn breakpoints_stops_and_steps_in_cells() {
    on_each_python(|python| {
        let mut s = running(python);
        map(
            &mut s,
            json!([part(11, 13, "<cell-1>", 1), part(21, 26, "<cell-2>", 1)]),
        );
        let ids = set(&mut s, &[13, 23]);
        s.program.say("<cell-1> <cell-2>");
        assert_eq!(lines(&mut s, "breakpoint"), (vec![13], vec![ids[0]]));
        assert_eq!(s.eval("a"), "1");
        s.resume();
        assert_eq!(lines(&mut s, "breakpoint"), (vec![23, 25], vec![ids[1]]));
        s.client.ok("stepOut", json!({"threadId": s.thread}));
        assert_eq!(lines(&mut s, "step").0, [25]);
        s.client.ok("next", json!({"threadId": s.thread}));
        assert_eq!(lines(&mut s, "step").0, [26]);
        s.resume();
        s.program.line("ran");
        let program = s.detach();
        drop(program);
    });
}

#[test]
fn a_new_map_moves_the_breakpoints() {
    on_each_python(|python| {
        let mut s = running(python);
        // Set before anything is known of the cells, they are answered with their numbers.
        let ids = set(&mut s, &[12]);
        map(&mut s, json!([part(11, 13, "<cell-1>", 1)]));
        s.program.say("<cell-1> <cell-2>");
        assert_eq!(lines(&mut s, "breakpoint"), (vec![12], ids.clone()));
        s.resume();
        s.program.line("ran");
        // The same lines are another cell now; the one before is no part of the notebook any more.
        map(&mut s, json!([part(8, 13, "<cell-2>", 1)]));
        s.program.say("<cell-1> <cell-2>");
        assert_eq!(lines(&mut s, "breakpoint"), (vec![12], ids));
        assert_eq!(s.eval("twice(4)"), "8");
        s.resume();
        s.program.line("ran");
        map(&mut s, json!([]));
        s.program.say("<cell-1> <cell-2>");
        s.program.line("ran");
        s.client.no_event("stopped");
        let program = s.detach();
        drop(program);
    });
}

#[test]
fn what_is_wrong_is_said() {
    on_each_python(|python| {
        let mut s = running(python);
        map(&mut s, json!([part(11, 13, "<cell-1>", 1)]));
        let other = json!({"source": {"path": "/home/user/other.py"}, "pydevdSourceMaps": [part(1, 3, "<cell-1>", 1)]});
        let error = s.client.refused("setPydevdSourceMap", other);
        assert!(error.contains("<cell-1>") && error.contains(NOTEBOOK), "{error}");
        for (arguments, parts) in [
            (json!({}), ["arguments.source.path", "is missing"]),
            (json!({"source": {"path": 1}}), ["arguments.source.path", "a string"]),
            (
                json!({"source": {"path": "/x"}}),
                ["arguments.pydevdSourceMaps", "is missing"],
            ),
            (
                json!({"source": {"path": "/x"}, "pydevdSourceMaps": {}}),
                ["arguments.pydevdSourceMaps", "an array"],
            ),
            (
                json!({"source": {"path": "/x"}, "pydevdSourceMaps": [{"line": -1}]}),
                ["arguments.pydevdSourceMaps[0].line", "a line's number"],
            ),
            (
                json!({"source": {"path": "/x"}, "pydevdSourceMaps": [{"line": 1, "endLine": 2}]}),
                ["arguments.pydevdSourceMaps[0].runtimeSource.path", "is missing"],
            ),
        ] {
            let error = s.client.refused("setPydevdSourceMap", arguments.clone());
            assert!(parts.iter().all(|part| error.contains(part)), "{arguments}: {error}");
        }
        let program = s.detach();
        drop(program);
    });
}
