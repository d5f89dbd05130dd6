//! Tasks under what else drives asyncio: uvloop and anyio.
//!
//! An interpreter that has the packages is used as it is. For others they are installed into an environment of their own,
//! from wherever pip gets packages; where it gets none, the test says so and is skipped.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};

use dapstub_tests::{Python, Session, on_each_python, program};

/// The interpreters that have the packages, by version.
static PREPARED: Mutex<Option<HashMap<String, Option<Python>>>> = Mutex::new(None);

fn has_packages(python: &Python) -> bool {
    let output = python.command().args(["-c", "import uvloop, anyio"]).output();
    output.is_ok_and(|output| output.status.success())
}

fn prepare(python: &Python) -> Option<Python> {
    if has_packages(python) {
        return Some(python.clone());
    }
    // Beside the staged package, and used again by later runs.
    let (major, minor) = python.version;
    let folder = program::folder()
        .path()
        .with_file_name(format!("packages-{major}.{minor}"));
    let own = python.with_executable(&folder.join("bin/python"));
    if has_packages(&own) {
        return Some(own);
    }
    let made = python.command().args(["-m", "venv", "--clear"]).arg(&folder).output();
    if made.is_ok_and(|made| made.status.success()) {
        let words = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--only-binary",
            ":all:",
            "uvloop",
            "anyio",
        ];
        // Whether it worked is seen below.
        let _ = own.command().args(words).output();
    }
    has_packages(&own).then_some(own)
}

/// Runs `test` with each interpreter for which the packages are to be had.
fn on_each_with_packages(test: impl Fn(&Python)) {
    on_each_python(|python| {
        let found = {
            let mut prepared = PREPARED.lock().unwrap_or_else(PoisonError::into_inner);
            let prepared = prepared.get_or_insert_default();
            let entry = prepared.entry(python.to_string()).or_insert_with(|| prepare(python));
            entry.clone()
        };
        match found {
            Some(python) => test(&python),
            // Past the capture of test output: whoever runs the tests has to see it.
            None => drop(writeln!(
                io::stderr(),
                "SKIPPED {python}: pip cannot install uvloop and anyio there"
            )),
        }
    });
}

fn stopped_at(python: &Python, program: &str, scenario: &str, under: &str, marker: &str) -> Session {
    Session::of(program).args(&[scenario, under]).stopped_at(python, marker)
}

#[test]
fn the_stack_goes_on_under_uvloop() {
    on_each_with_packages(|python| {
        let mut s = Session::of("awaiting.py")
            .args(&["levels", "uvloop"])
            .breakpoint("leaf")
            .start(python);
        let stop = s.breaks_at("leaf");
        s.clear_breakpoints();
        let own = stop.frames.iter().filter(|frame| frame["presentationHint"] != "subtle");
        let names: Vec<&str> = own.filter_map(|frame| frame["name"].as_str()).collect();
        let labels: Vec<&&str> = names.iter().filter(|name| name.contains(' ')).collect();
        assert!(
            names.starts_with(&["leaf", "branch", "await in task between", "middle"]),
            "{python}: {names:?}"
        );
        assert!(labels.contains(&&"await in task outer"), "{python}: {names:?}");
        assert_eq!(names.last(), Some(&"<module>"));
        s.runs_out();
    });
}

#[test]
fn tasks_are_listed_under_uvloop() {
    on_each_with_packages(|python| {
        let mut s = Session::of("tasks.py").args(&["uvloop"]).start(python);
        s.program.line("ready");
        s.client.ok("pause", serde_json::json!({"threadId": 1}));
        let stop = s.stops_for("pause");
        let scope = s.scope(stop.frame(0), "Tasks");
        let tasks = s.variables(&scope["variablesReference"]);
        let wanted = ["doomed", "first", "fresh", "python", "several", "special"];
        for name in wanted {
            assert!(
                tasks.iter().any(|task| task["name"] == name),
                "{name} on {python}: {tasks:?}"
            );
        }
        let threads = tasks.iter().filter_map(|task| task["value"].as_str());
        assert!(
            threads.into_iter().all(|text| text.ends_with("[MainThread]")),
            "{tasks:?}"
        );
        s.resume();
        s.program.say("end");
        s.ends_with(0);
    });
}

#[test]
fn steps_under_uvloop() {
    on_each_with_packages(|python| {
        let mut s = stopped_at(python, "tasksteps.py", "bare", "uvloop", "b1");
        s.walks("next", "b2 b3 b4 b5");
        s.runs_out();
        let mut s = stopped_at(python, "tasksteps.py", "task_of_its_own", "uvloop", "a1");
        s.walks("next", "a2 t1 t2");
        s.runs_out();
        let mut s = stopped_at(python, "tasksteps.py", "cancelled", "uvloop", "p1");
        s.walks("stepIn", "p2 p3 p4");
        s.runs_out();
        let mut s = stopped_at(python, "tasksteps.py", "loop_end", "uvloop", "le2");
        s.walks("stepOut", "run");
        s.runs_out();
    });
}

#[test]
fn steps_and_stacks_under_anyio() {
    on_each_with_packages(|python| {
        for scenario in ["bare", "calls", "failed", "syntax"] {
            let first = match scenario {
                "bare" => "b1",
                "calls" => "c1",
                "failed" => "d1",
                _ => "s1",
            };
            let mut s = stopped_at(python, "tasksteps.py", scenario, "anyio", first);
            let way = match scenario {
                "bare" => "b2 b3 b4 b5",
                "calls" => "c2 c3 c4",
                "failed" => "d2 d3",
                _ => "s2 s3 s2 s3 s2 s4 s5 s4 s6 s7 s8 s9 s10",
            };
            s.walks("next", way);
            s.runs_out();
        }
        let mut s = Session::of("tasksteps.py")
            .args(&["bare", "anyio"])
            .breakpoint("b1")
            .start(python);
        let stop = s.breaks_at("b1");
        s.clear_breakpoints();
        let functions = stop.functions();
        assert!(functions.contains(&"in_anyio"), "{python}: {functions:?}");
        s.runs_out();
    });
}
