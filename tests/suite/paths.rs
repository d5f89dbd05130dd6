//! Which file is meant: path mappings, links, names alike.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use dapstub_tests::vscode::set_breakpoints_arguments;
use dapstub_tests::{Program, Session, Source, on_each_python, program};
use serde_json::{Value, json};

/// A copy of a program in a folder of its own.
fn copied(name: &str, folder: &Path) -> Source {
    let original = Source::program(name);
    let copy = folder.join(name);
    fs::copy(original.path, &copy).unwrap();
    Source::read(&copy)
}

fn mapped(local: &str, remote: &str) -> Vec<(String, String)> {
    vec![(local.to_owned(), remote.to_owned())]
}

#[test]
fn the_launch_json_of_the_readme() {
    on_each_python(|python| {
        let folder = program::folder();
        let source = copied("loop.py", folder.path());
        let there = json!({"name": "loop.py", "path": "/x/loop.py"});
        // Exactly the members that the file has, in the older form with host and port at the top.
        let setup = Session::of_file(&source.path).args(&["2"]).within(folder.path());
        let program = Program::start(python, setup.launch());
        let mut client = program.connect();
        client.initialize();
        let attach = client.send(
            "attach",
            json!({"type": "python", "request": "attach", "port": program.address().port(), "host": "localhost",
                   "pathMappings": [{"localRoot": "/x", "remoteRoot": "."}]}),
        );
        client.wait_event("initialized", |_| true);
        let breakpoints = [json!({"line": source.line("work")})];
        let body = client.ok("setBreakpoints", set_breakpoints_arguments(&there, &breakpoints));
        assert_eq!(body["breakpoints"][0]["verified"], true);
        client.ok("setExceptionBreakpoints", json!({"filters": ["uncaught"]}));
        client.ok("configurationDone", Value::Null);
        client.wait_success(attach);
        let stop = client.expect_stop("breakpoint");
        let stack = client.ok("stackTrace", json!({"threadId": stop["threadId"]}));
        for frame in stack["stackFrames"].as_array().unwrap() {
            assert_eq!(
                frame["source"]["path"], "/x/loop.py",
                "every frame is shown by its local path"
            );
        }
        client.ok("setBreakpoints", set_breakpoints_arguments(&there, &[]));
        client.ok("continue", json!({"threadId": stop["threadId"]}));
        client.wait_event("terminated", |_| true);
        client.leave_ended_program();
    });
}

#[test]
fn path_mappings() {
    on_each_python(|python| {
        let folder = program::folder();
        let source = copied("loop.py", folder.path());
        let remote = folder.path().to_string_lossy().into_owned();
        for (local, remote) in [
            ("/home/me/project", remote.as_str()),
            ("/home/me/project/", "."),
            ("/x", "."),
        ] {
            let there = json!({"path": format!("{}/loop.py", local.trim_end_matches('/'))});
            let line = json!({"line": source.line("back")});
            let mut s = Session::of_file(&source.path)
                .args(&["1"])
                .within(folder.path())
                .attach(|attach| {
                    attach.path_mappings = mapped(local, remote);
                    attach.breakpoints = vec![(there.clone(), vec![line])];
                })
                .start(python);
            let answered = &s.attached.breakpoints[0][0];
            assert_eq!(answered["verified"], true, "{local} {remote}: {answered}");
            assert_eq!(answered["source"]["path"], there["path"], "{local} {remote}");
            let stop = s.stops_for("breakpoint");
            assert_eq!(json!(stop.path()), there["path"], "{local} {remote}");
            s.resume();
            s.ends_with(0);
        }
    });
}

#[test]
fn a_program_that_changed_its_directory_keeps_its_mapping() {
    on_each_python(|python| {
        let folder = program::folder();
        let path = folder.path().join("moving.py");
        fs::write(&path, "import os\nos.chdir('/')\ndef f():\n    return 1  # here\nf()\n").unwrap();
        let line = Source::read(&path).line("here");
        let mut s = Session::of_file(&path)
            .within(folder.path())
            .attach(|attach| {
                attach.path_mappings = mapped("/x", ".");
                attach.breakpoints = vec![(json!({"path": "/x/moving.py"}), vec![json!({"line": line})])];
            })
            .start(python);
        assert_eq!(s.stops_for("breakpoint").path(), "/x/moving.py");
        s.resume();
        s.ends_with(0);
    });
}

/// The stops at a line of `path` in a program whose file is at `program`.
fn stops_at(python: &dapstub_tests::Python, program: &Path, path: &Path, line: i64) -> usize {
    let source = json!({"path": path});
    Session::of_file(program)
        .args(&["1"])
        .attach(|attach| attach.breakpoints = vec![(source, vec![json!({"line": line})])])
        .start(python)
        .at_every_stop(|_, stop| stop.line())
        .len()
}

#[test]
fn files_of_the_same_name() {
    on_each_python(|python| {
        let folder = program::folder();
        let code = "def work(n):\n    return n  # here\n\n\nwork(1)\n";
        for name in ["one", "two"] {
            fs::create_dir(folder.path().join(name)).unwrap();
            fs::write(folder.path().join(name).join("same.py"), code).unwrap();
        }
        let (one, two) = (folder.path().join("one/same.py"), folder.path().join("two/same.py"));
        assert_eq!(stops_at(python, &one, &one, 2), 1);
        assert_eq!(stops_at(python, &one, &two, 2), 0);
    });
}

#[test]
fn links_to_the_file() {
    on_each_python(|python| {
        let folder = program::folder();
        let source = copied("loop.py", folder.path());
        let link = folder.path().join("link.py");
        symlink(&source.path, &link).unwrap();
        let line = source.line("work");
        // Whichever name the program was started by, and whichever the editor has open.
        assert_eq!(stops_at(python, &link, &source.path, line), 1);
        assert_eq!(stops_at(python, &source.path, &link, line), 1);
    });
}

#[test]
fn unusual_names() {
    on_each_python(|python| {
        let folder = program::folder();
        let unusual = folder.path().join("ein Ordner, \u{fc}ber 100 % \"gut\"");
        fs::create_dir(&unusual).unwrap();
        let source = copied("loop.py", &unusual);
        let path = unusual.join("l\u{f6}op \u{1f40d}.py");
        fs::rename(&source.path, &path).unwrap();
        assert_eq!(stops_at(python, &path, &path, source.line("work")), 1);
    });
}
