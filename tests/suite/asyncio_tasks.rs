//! The scope with all tasks that are not done.

use dapstub_tests::{Session, Stop, on_each_python};
use serde_json::{Value, json};

fn text<'a>(variable: &'a Value, member: &str) -> &'a str {
    variable[member].as_str().unwrap_or_default()
}

/// The tasks that the innermost frame of a stop shows.
fn tasks(s: &mut Session, stop: &Stop) -> Vec<Value> {
    let scope = s.scope(stop.frame(0), "Tasks");
    assert_eq!(scope["expensive"], true, "{scope}");
    s.variables(&scope["variablesReference"])
}

fn names(tasks: &[Value]) -> Vec<&str> {
    tasks.iter().map(|task| text(task, "name")).collect()
}

fn named<'a>(tasks: &'a [Value], name: &str) -> &'a Value {
    let found = tasks.iter().find(|task| task["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} among {:?}", names(tasks)))
}

/// Where a task is, as it is shown.
fn at(s: &Session, marker: &str, function: &str) -> String {
    format!("at tasks.py:{} in {function}", s.source.line(marker))
}

#[test]
fn each_with_what_it_is_doing_and_where() {
    on_each_python(|python| {
        let mut s = Session::of("tasks.py").args(&["one"]).breakpoint("main").start(python);
        let stop = s.breaks_at("main");
        let tasks = tasks(&mut s, &stop);
        let all = ["Task-1", "doomed", "first", "fresh", "python", "several", "special"];
        assert_eq!(names(&tasks), all, "{python}");
        let inner = at(&s, "inner", "inner");
        let expected = [
            ("first", format!("waiting: waiting {inner}, for a future [MainThread]")),
            (
                "special",
                format!("waiting: waiting {inner}, for a future [MainThread]"),
            ),
            ("python", format!("waiting: waiting {inner}, for a future [MainThread]")),
            (
                "several",
                format!(
                    "gathering: waiting {}, for all of a gather [MainThread]",
                    at(&s, "gathering", "gathering")
                ),
            ),
            (
                "doomed",
                format!(
                    "cancelled: being cancelled, waiting {}, for a future [MainThread]",
                    at(&s, "cancelled", "cancelled")
                ),
            ),
            ("Task-1", "alone: running [MainThread]".to_owned()),
        ];
        for (name, value) in expected {
            assert_eq!(text(named(&tasks, name), "value"), value, "{python}");
        }
        let fresh = text(named(&tasks, "fresh"), "value");
        assert!(fresh.starts_with("waiting: not begun at tasks.py:"), "{fresh}");
        s.program_ends();
    });
}

/// Lets the program of a session go on to its end.
trait Ends {
    fn program_ends(self);
}

impl Ends for Session {
    fn program_ends(mut self) {
        self.clear_breakpoints();
        self.resume();
        self.program.line("ready");
        self.program.say("end");
        self.ends_with(0);
    }
}

#[test]
fn opened_into_frames_and_their_variables() {
    on_each_python(|python| {
        let mut s = Session::of("tasks.py").args(&["one"]).breakpoint("main").start(python);
        let stop = s.breaks_at("main");
        let tasks = tasks(&mut s, &stop);
        let parts = s.variables(&named(&tasks, "first")["variablesReference"]);
        assert_eq!(
            names(&parts),
            [
                "0: sleep",
                "1: inner",
                "2: waiting",
                "waits for",
                "awaited by several",
                "task"
            ]
        );
        let path = s.source.path.display().to_string();
        assert_eq!(text(&parts[1], "value"), format!("{path}:{}", s.source.line("inner")));
        assert_eq!(text(&parts[2], "value"), format!("{path}:{}", s.source.line("waiting")));
        let locals = s.variables(&parts[1]["variablesReference"]);
        let note = named(&locals, "note");
        assert_eq!(text(note, "value"), "'inner 1'");
        // It would name something else in the frame that is looked at.
        assert_eq!(note["evaluateName"], Value::Null);
        let changed = s.client.ok(
            "setVariable",
            json!({"variablesReference": parts[1]["variablesReference"], "name": "note", "value": "n + 1"}),
        );
        assert_eq!(changed["value"], "2");
        // The object itself is there as well, and what awaits it can be followed.
        let object = named(&parts, "task");
        assert!(text(object, "value").contains("first"), "{object}");
        assert_ne!(object["variablesReference"], 0);
        let above = s.variables(&named(&parts, "awaited by several")["variablesReference"]);
        assert_eq!(names(&above)[..1], ["0: gathering"]);
        s.program_ends();
    });
}

#[test]
fn of_several_loops_from_a_thread_without_one() {
    on_each_python(|python| {
        let mut s = Session::of("tasks.py")
            .args(&["threads"])
            .breakpoint("outside")
            .start(python);
        let stop = s.breaks_at("outside");
        let tasks = tasks(&mut s, &stop);
        for thread in ["[loop 1]", "[loop 2]"] {
            let of = tasks.iter().filter(|task| text(task, "value").ends_with(thread));
            assert_eq!(of.count(), 7, "{thread} on {python}: {tasks:?}");
        }
        let all = names(&tasks);
        for (index, name) in all.iter().enumerate() {
            assert!(!all[..index].contains(name), "two of {name}");
        }
        let scopes = s.client.ok("scopes", json!({"frameId": stop.frame(0)}));
        let scopes = scopes["scopes"].as_array().cloned().unwrap_or_default();
        assert_eq!(names(&scopes), ["Locals", "Globals", "Tasks"]);
        s.clear_breakpoints();
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn of_a_loop_that_idles() {
    on_each_python(|python| {
        let mut s = Session::of("tasks.py").args(&["one"]).start(python);
        s.program.line("ready");
        s.client.ok("pause", json!({"threadId": 1}));
        let stop = s.stops_for("pause");
        let tasks = tasks(&mut s, &stop);
        assert_eq!(names(&tasks).len(), 7, "{python}: {tasks:?}");
        let idle = at(&s, "idle", "main");
        assert_eq!(
            text(named(&tasks, "Task-1"), "value"),
            format!("alone: waiting {idle}, for a future [MainThread]")
        );
        s.resume();
        s.program.say("end");
        s.ends_with(0);
    });
}

#[test]
fn those_that_the_collector_does_not_tell_of() {
    on_each_python(|python| {
        let mut s = Session::of("tasks.py")
            .args(&["frozen"])
            .breakpoint("frozen")
            .start(python);
        let stop = s.breaks_at("frozen");
        let tasks = tasks(&mut s, &stop);
        assert_eq!(names(&tasks), ["Task-1", "frozen"], "{python}");
        s.runs_out();
    });
}

#[test]
fn without_a_loop_there_is_no_such_scope() {
    on_each_python(|python| {
        let mut s = Session::of("tasks.py").args(&["none"]).breakpoint("none").start(python);
        let stop = s.breaks_at("none");
        let scopes = s.client.ok("scopes", json!({"frameId": stop.frame(0)}));
        let scopes = scopes["scopes"].as_array().cloned().unwrap_or_default();
        assert_eq!(names(&scopes), ["Locals", "Globals"]);
        s.runs_out();
    });
}

#[test]
fn no_other_thread_runs_while_they_are_looked_at() {
    on_each_python(|python| {
        let mut s = Session::of("tasks.py").args(&["busy"]).breakpoint("main").start(python);
        let stop = s.breaks_at("main");
        let threads = s.client.ok("threads", Value::Null)["threads"].clone();
        let threads = threads.as_array().cloned().unwrap_or_default();
        let busy = named(&threads, "busy")["id"].clone();
        // Read without evaluating anything, for an evaluate may let other threads run.
        let moved = |s: &mut Session| {
            let stack = s.client.ok("stackTrace", json!({"threadId": busy}));
            let frame = stack["stackFrames"][0]["id"].as_i64().unwrap_or_default();
            s.locals_of(frame)["moved"].clone()
        };
        let before = moved(&mut s);
        for _ in 0..20 {
            let tasks = tasks(&mut s, &stop);
            let parts = s.variables(&named(&tasks, "several")["variablesReference"]);
            assert!(parts.len() > 2, "{parts:?}");
            s.client.ok("stackTrace", json!({"threadId": s.thread}));
        }
        assert_eq!(moved(&mut s), before, "{python}");
        s.program_ends();
    });
}
