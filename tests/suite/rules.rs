//! The argument `rules`: which files and modules are stepped into, stopped in and shown.

use std::fs;
use std::path::Path;

use dapstub_tests::{Program, Python, Session, on_each_python, program};
use serde_json::{Value, json};

/// A package with a module that calls back, in a folder of its own.
fn package() -> tempfile::TempDir {
    let folder = program::folder();
    let inside = folder.path().join("outer/inside");
    fs::create_dir_all(&inside).expect("a folder");
    fs::write(folder.path().join("outer/__init__.py"), "").expect("a file");
    fs::write(inside.join("__init__.py"), "").expect("a file");
    fs::write(
        inside.join("deep.py"),
        "def calls(callback):\n    before = 1\n    result = callback(before)\n    return result\n",
    )
    .expect("a file");
    folder
}

fn session(python: &Python, folder: &Path, arguments: &[&str], more: Value) -> Session {
    let folder = folder.to_str().expect("a name");
    let setup = Session::of("ruled.py").args(&[folder]).args(arguments);
    setup.attach(|attach| attach.more = more).stopped_at(python, "call")
}

/// Where a step into the call of the package's function leads.
fn entered(python: &Python, folder: &Path, more: Value) -> String {
    let mut s = session(python, folder, &[], more);
    let stop = s.step("stepIn");
    let name = stop.function().to_owned();
    s.resume();
    s.ends_with(0);
    name
}

#[test]
fn folders_files_globs_and_modules() {
    on_each_python(|python| {
        let folder = package();
        let root = folder.path().to_str().expect("a name");
        let rule = |path: &str, include: bool| json!({"path": path, "include": include});
        let module = |module: &str, include: bool| json!({"module": module, "include": include});
        let cases = [
            (json!([]), "calls"),
            (json!([rule(root, false)]), "callback"),
            (
                json!([rule(&format!("{root}/outer/inside/deep.py"), false)]),
                "callback",
            ),
            (json!([rule("**/inside/*.py", false)]), "callback"),
            (json!([rule("**/deep.py", false)]), "callback"),
            (json!([rule("**/outer/*.py", false)]), "calls"),
            (json!([rule("**/in?ide/**", false)]), "callback"),
            (json!([module("outer", false)]), "callback"),
            (json!([module("outer.inside.deep", false)]), "callback"),
            (json!([module("oute", false)]), "calls"),
            // The longest folder wins, whatever the order.
            (
                json!([rule(root, false), rule(&format!("{root}/outer/inside"), true)]),
                "calls",
            ),
            (
                json!([rule(&format!("{root}/outer"), true), rule(root, false)]),
                "calls",
            ),
            // Folders before globs, globs before modules; the first glob.
            (json!([rule("**/deep.py", true), rule(root, false)]), "callback"),
            (
                json!([module("outer.inside.deep", true), rule("**/deep.py", false)]),
                "callback",
            ),
            (json!([rule("**/deep.py", true), rule("**/inside/**", false)]), "calls"),
            // The longest module.
            (json!([module("outer", false), module("outer.inside", true)]), "calls"),
        ];
        for (rules, wanted) in cases {
            let found = entered(python, folder.path(), json!({"rules": rules.clone()}));
            assert_eq!(found, wanted, "{rules}");
        }
    });
}

#[test]
fn a_rule_goes_before_just_my_code() {
    on_each_python(|python| {
        let folder = package();
        let installed = folder.path().join("site-packages");
        fs::create_dir_all(&installed).expect("a folder");
        fs::rename(folder.path().join("outer"), installed.join("outer")).expect("a folder");
        let rules = |include: bool| json!([{"path": installed, "include": include}]);
        assert_eq!(entered(python, &installed, json!({})), "callback");
        assert_eq!(entered(python, &installed, json!({"rules": rules(true)})), "calls");
        assert_eq!(entered(python, &installed, json!({"justMyCode": false})), "calls");
        let both = json!({"justMyCode": false, "rules": rules(false)});
        assert_eq!(entered(python, &installed, both), "callback");
    });
}

#[test]
fn what_is_left_out_has_no_stops_and_no_frames() {
    on_each_python(|python| {
        let folder = package();
        let deep = folder.path().join("outer/inside/deep.py");
        let more = json!({"rules": [{"path": folder.path(), "include": false}]});
        let mut s = session(python, folder.path(), &["raise"], more);
        let body = s.client.ok(
            "setBreakpoints",
            json!({"source": {"path": deep}, "breakpoints": [{"line": 2}]}),
        );
        assert_eq!(body["breakpoints"][0]["verified"], false, "{body}");
        let message = body["breakpoints"][0]["message"].as_str().unwrap_or_default();
        assert!(message.contains("rules"), "{message}");
        s.client.ok("setExceptionBreakpoints", json!({"filters": ["raised"]}));
        s.resume();
        // Raised in the callback, passed over in the package, and come to the caller.
        let stop = s.stops_for("exception");
        assert_eq!(
            (stop.marker(), stop.functions()),
            ("raise", vec!["callback", "<module>"])
        );
        s.resume();
        let stop = s.stops_for("exception");
        assert_eq!((stop.marker(), stop.functions()), ("call", vec!["<module>"]));
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn wrong_rules_are_named() {
    on_each_python(|python| {
        let setup = Session::of("loop.py").args(&["1"]);
        let program = Program::start(python, setup.launch());
        let mut client = program.connect();
        client.initialize();
        for (rules, parts) in [
            (json!({}), ["arguments.rules", "expected an array"]),
            (json!([1]), ["arguments.rules[0]", "expected an object"]),
            (json!([{"path": "/x"}]), ["arguments.rules[0].include", "is missing"]),
            (
                json!([{"path": "/x", "include": 1}]),
                ["arguments.rules[0].include", "true or false"],
            ),
            (
                json!([{"include": true}]),
                ["arguments.rules[0]", "\"path\" or \"module\""],
            ),
            (
                json!([{"module": 3, "include": true}]),
                ["arguments.rules[0].module", "a string"],
            ),
            (
                json!([{"path": "**x/[", "include": true}]),
                ["arguments.rules[0].path", "error"],
            ),
        ] {
            let error = client.refused("attach", json!({"rules": rules.clone()}));
            assert!(parts.iter().all(|part| error.contains(part)), "{rules}: {error}");
        }
        let attached = client.send("attach", json!({"rules": null}));
        client.wait_event("initialized", |_| true);
        client.ok("configurationDone", json!(null));
        client.wait_success(attached);
        client.wait_event("terminated", |_| true);
        client.leave_ended_program();
    });
}
