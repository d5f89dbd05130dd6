//! `variablePresentation`: how groups of variables are shown.

use dapstub_tests::{Python, Session, on_each_python};
use serde_json::{Value, json};

/// The names below `station`, and what is in its groups.
fn shown(python: &Python, presentation: Value) -> (Vec<String>, Vec<(String, Vec<String>)>) {
    let setup = Session::of("groups.py").breakpoint("look");
    let mut s = setup
        .attach(|attach| attach.more = json!({"variablePresentation": presentation}))
        .start(python);
    s.breaks_at("look");
    s.clear_breakpoints();
    let frame = s.top_frame();
    let value = s.client.ok(
        "evaluate",
        json!({"expression": "station", "frameId": frame, "context": "watch"}),
    );
    let names = |list: &[Value]| -> Vec<String> {
        list.iter()
            .map(|child| child["name"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    let children = s.variables(&value["variablesReference"]);
    let groups: Vec<_> = children
        .iter()
        .filter(|child| child["name"].as_str().is_some_and(|name| name.ends_with(" variables")))
        .cloned()
        .collect();
    let groups = groups
        .iter()
        .map(|group| {
            let inside = names(&s.variables(&group["variablesReference"]));
            (group["name"].as_str().unwrap_or_default().to_owned(), inside)
        })
        .collect();
    s.resume();
    s.ends_with(0);
    (names(&children), groups)
}

fn has(names: &[String], wanted: &[&str]) -> bool {
    wanted.iter().all(|wanted| names.iter().any(|name| name == wanted))
}

#[test]
fn by_default_protected_names_stand_among_the_others() {
    on_each_python(|python| {
        let (names, groups) = shown(python, json!(null));
        assert_eq!(
            names,
            [
                "special variables",
                "function variables",
                "class variables",
                "name",
                "_secret"
            ]
        );
        assert!(has(&groups[1].1, &["tune", "_search"]), "{groups:?}");
        assert_eq!(groups[2].1, ["Inner"]);
    });
}

#[test]
fn inline_hidden_and_grouped() {
    on_each_python(|python| {
        let (names, groups) = shown(python, json!({"all": "inline"}));
        assert!(
            has(&names, &["name", "_secret", "tune", "Inner", "__class__"]),
            "{names:?}"
        );
        assert_eq!(groups, []);
        let (names, groups) = shown(python, json!({"all": "hide"}));
        assert_eq!((names, groups), (vec!["name".to_owned()], vec![]));
        let (names, groups) = shown(
            python,
            json!({"special": "hide", "function": "inline", "protected": "group"}),
        );
        assert_eq!(names, ["class variables", "protected variables", "name", "tune"]);
        assert_eq!(groups[1].1, ["_search", "_secret"]);
    });
}
