//! The stack of a stopped task, continued by the tasks that await it.

use dapstub_tests::{Python, Session, Stop, on_each_python};
use serde_json::{Value, json};

/// What is not of the library: functions, and labels in brackets.
fn shape(stop: &Stop) -> Vec<String> {
    let own = stop.frames.iter().filter(|frame| frame["presentationHint"] != "subtle");
    own.map(|frame| {
        let name = frame["name"].as_str().unwrap_or_default();
        if frame["presentationHint"] == "label" {
            format!("[{name}]")
        } else {
            name.to_owned()
        }
    })
    .collect()
}

fn stopped(python: &Python, arguments: &[&str]) -> (Session, Stop) {
    let mut s = Session::of("awaiting.py")
        .args(arguments)
        .breakpoint("leaf")
        .start(python);
    let stop = s.breaks_at("leaf");
    s.clear_breakpoints();
    (s, stop)
}

/// The shape of a stack in a scenario, where the name of the task is one that asyncio gives.
fn awaited_by(scenario: &str, wanted: &[&str]) {
    on_each_python(|python| {
        let (s, stop) = stopped(python, &[scenario]);
        assert_eq!(shape(&stop), wanted, "{scenario} on {python}");
        s.runs_out();
    });
}

const END: [&str; 3] = ["main", "[event loop]", "<module>"];

fn chain<'a>(middle: &[&'a str]) -> Vec<&'a str> {
    let mut all = vec!["leaf", "branch"];
    all.extend(middle);
    all.push("[await in task Task-1]");
    all.extend(END);
    all
}

#[test]
fn directly() {
    awaited_by("direct", &chain(&["[await in task outer]", "direct"]));
}

#[test]
fn level_after_level() {
    let middle = ["[await in task between]", "middle", "[await in task outer]", "levels"];
    awaited_by("levels", &chain(&middle));
}

#[test]
fn by_gather() {
    awaited_by("gather", &chain(&["[await in task outer]", "gather"]));
}

#[test]
fn by_wait() {
    awaited_by("wait", &chain(&["[await in task outer]", "wait"]));
}

#[test]
fn by_wait_for_and_timeout() {
    on_each_python(|python| {
        // From 3.12 on it is awaited in the same task, up to 3.11 in one of its own.
        let (s, stop) = stopped(python, &["wait_for"]);
        let shape = shape(&stop);
        let expected = if python.at_least(12) {
            vec![
                "leaf",
                "branch",
                "wait_for",
                "[await in task Task-1]",
                END[0],
                END[1],
                END[2],
            ]
        } else {
            chain(&["[await in task outer]", "wait_for"])
        };
        assert_eq!(shape, expected, "{python}");
        s.runs_out();
    });
    awaited_by("timeout", &chain(&["[await in task outer]", "timeout"]));
}

#[test]
fn by_shield() {
    awaited_by("shield", &chain(&["[await in task outer]", "shield"]));
}

#[test]
fn by_as_completed() {
    awaited_by("as_completed", &chain(&["[await in task outer]", "as_completed"]));
}

#[test]
fn by_a_task_group() {
    awaited_by("group", &chain(&["[await in task outer]", "group"]));
    // It is not waited for yet.
    awaited_by("in_group", &chain(&["[task group in task outer]", "in_group"]));
}

#[test]
fn by_several_tasks() {
    let middle = ["[await in task one]", "one", "[await in task outer]", "several"];
    let mut wanted = chain(&middle);
    let loop_at = wanted.len() - 2;
    wanted.splice(loop_at..loop_at, ["[await in task other]", "other"]);
    awaited_by("several", &wanted);
}

#[test]
fn through_asynchronous_generators_and_awaitable_objects() {
    awaited_by("generator", &chain(&["[await in task outer]", "stream", "generator"]));
    awaited_by(
        "awaitable",
        &chain(&["[await in task outer]", "__await__", "awaitable"]),
    );
}

#[test]
fn tasks_written_in_python() {
    awaited_by("python_tasks", &chain(&["[await in task outer]", "python_tasks"]));
}

#[test]
fn by_a_crowd() {
    on_each_python(|python| {
        let (s, stop) = stopped(python, &["crowd"]);
        let shape = shape(&stop);
        assert!(shape.len() < 250, "{}", shape.len());
        assert!(
            shape.iter().any(|row| row.ends_with("more tasks await this one]")),
            "{shape:?}"
        );
        assert_eq!(shape.last().map(String::as_str), Some("<module>"));
        s.runs_out();
    });
}

#[test]
fn no_code_of_the_program_runs_for_it() {
    on_each_python(|python| {
        let (mut s, stop) = stopped(python, &["odd"]);
        assert_eq!(shape(&stop), chain(&["[await in task outer]", "odd"]));
        let scope = s.scope(stop.frame(0), "Tasks");
        s.variables(&scope["variablesReference"]);
        s.resume();
        s.client.wait_event("terminated", |_| true);
        s.client.leave_ended_program();
        s.program.ends_with(0);
        let output = s.program.output();
        assert_eq!(output, ["end"], "{python}");
    });
}

#[test]
fn what_is_not_as_expected_leaves_the_plain_stack() {
    on_each_python(|python| {
        let mut s = Session::of("awaiting.py")
            .args(&["broken"])
            .breakpoint("odd names")
            .breakpoint("no module")
            .start(python);
        let stop = s.breaks_at("odd names");
        assert_eq!(shape(&stop)[0], "leaf_without_asyncio");
        assert_eq!(shape(&stop).last().map(String::as_str), Some("<module>"));
        s.client.ok("scopes", json!({"frameId": stop.frame(0)}));
        s.resume();
        let stop = s.breaks_at("no module");
        assert_eq!(shape(&stop), ["leaf_without_asyncio", "<module>"]);
        s.client.ok("scopes", json!({"frameId": stop.frame(0)}));
        s.runs_out();
    });
}

#[test]
fn tasks_that_begin_at_once() {
    on_each_python(|python| {
        if !python.at_least(12) {
            return;
        }
        let mut s = Session::of("awaiting.py")
            .args(&["eager"])
            .breakpoint("at once")
            .breakpoint("later")
            .start(python);
        let stop = s.breaks_at("at once");
        // Called by the task that makes it, and awaited by none yet.
        let called = [
            "at_once",
            "eager",
            "[await in task Task-1]",
            "main",
            "[event loop]",
            "<module>",
        ];
        assert_eq!(shape(&stop), called, "{python}");
        s.resume();
        let stop = s.breaks_at("later");
        let outer = ["[await in task outer]", "eager", "[await in task Task-1]", "main"];
        assert_eq!(shape(&stop)[1..5], outer, "{python}");
        s.runs_out();
    });
}

#[test]
fn frames_of_waiting_tasks_are_looked_into_and_changed() {
    on_each_python(|python| {
        let (mut s, stop) = stopped(python, &["levels"]);
        let at = |name: &str| {
            let found = stop.frames.iter().find(|frame| frame["name"] == name);
            found.cloned().unwrap_or_else(|| panic!("no frame {name}"))
        };
        let middle = at("middle");
        assert_eq!(middle["line"], s.source.line("middle"));
        let frame = middle["id"].as_i64().unwrap_or_default();
        assert_eq!(s.locals_of(frame).get("below").map(String::as_str), Some("'middle'"));
        let evaluate = |s: &mut Session, expression: &str, context: &str| {
            let arguments = json!({"expression": expression, "frameId": frame, "context": context});
            s.client.ok("evaluate", arguments)["result"].clone()
        };
        assert_eq!(evaluate(&mut s, "below + '!'", "watch"), "'middle!'");
        let scope = s.scope(frame, "Locals");
        s.client.ok(
            "setVariable",
            json!({"variablesReference": scope["variablesReference"], "name": "below", "value": "'changed'"}),
        );
        assert_eq!(evaluate(&mut s, "below", "watch"), "'changed'");
        // A label has no names, and is no place to evaluate.
        let label = at("await in task between");
        assert_eq!((&label["line"], &label["source"]), (&json!(0), &Value::Null));
        let scopes = s.client.ok("scopes", json!({"frameId": label["id"]}));
        assert_eq!(scopes["scopes"], json!([]));
        s.client.refused(
            "evaluate",
            json!({"expression": "1", "frameId": label["id"], "context": "watch"}),
        );
        s.runs_out();
    });
}

#[test]
fn pages_fit_together() {
    on_each_python(|python| {
        let (mut s, stop) = stopped(python, &["several"]);
        let mut joined = Vec::new();
        for start in 0..stop.frames.len() {
            let arguments = json!({"threadId": s.thread, "startFrame": start, "levels": 1});
            let page = s.client.ok("stackTrace", arguments);
            assert_eq!(page["totalFrames"], json!(stop.frames.len()));
            joined.extend(page["stackFrames"].as_array().cloned().unwrap_or_default());
        }
        assert_eq!(joined, stop.frames);
        s.runs_out();
    });
}

#[test]
fn a_loop_in_another_thread() {
    on_each_python(|python| {
        let (s, stop) = stopped(python, &["levels", "thread"]);
        let mut wanted = chain(&["[await in task between]", "middle", "[await in task outer]", "levels"]);
        wanted.pop();
        assert_eq!(shape(&stop), wanted);
        s.runs_out();
    });
}

#[test]
fn without_tasks_stacks_are_as_they_were() {
    on_each_python(|python| {
        let (s, stop) = stopped(python, &["plain"]);
        // `main` awaits the task, so a label is due; what is awaited in the same task needs none.
        assert_eq!(shape(&stop)[..3], ["leaf", "branch", "plain"]);
        s.runs_out();
        let mut s = Session::of("steps.py").args(&["generators"]).stopped_at(python, "h3");
        let body = s.client.ok("stackTrace", json!({"threadId": s.thread}));
        let hints: Vec<&Value> = body["stackFrames"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|frame| &frame["presentationHint"])
            .collect();
        assert!(hints.iter().all(|hint| **hint != "label"), "{body}");
        s.runs_out();
    });
}
