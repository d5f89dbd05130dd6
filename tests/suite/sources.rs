//! Modules and sources: `modules` with its event, `loadedSources`, `source` by path and by number, `breakpointLocations`.

use dapstub_tests::{Python, Session, Source, Stop, on_each_python};
use serde_json::{Value, json};

fn stopped(python: &Python) -> (Session, Stop) {
    let mut s = Session::of("sources.py").breakpoint("look").start(python);
    let stop = s.breaks_at("look");
    s.clear_breakpoints();
    (s, stop)
}

fn runs_out(mut s: Session) {
    s.resume();
    assert_eq!(s.program.line("done"), "1");
    s.ends_with(0);
}

fn source_of<'a>(stop: &'a Stop, function: &str) -> &'a Value {
    let frame = stop.frames.iter().find(|frame| frame["name"] == function);
    &frame.unwrap_or_else(|| panic!("no {function} in {:?}", stop.functions()))["source"]
}

fn text(s: &mut Session, source: &Value) -> String {
    let reference = source["sourceReference"].as_i64().unwrap_or(0);
    let body = s
        .client
        .ok("source", json!({"source": source, "sourceReference": reference}));
    assert_eq!(body["mimeType"], "text/x-python");
    body["content"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn text_without_a_file() {
    on_each_python(|python| {
        let (mut s, stop) = stopped(python);
        // In a notebook's cell, and in an archive.
        let cell = source_of(&stop, "typed").clone();
        assert_eq!(cell["name"], "<cell 1>");
        assert!(
            cell["sourceReference"].as_i64().is_some_and(|number| number > 0),
            "{cell}"
        );
        assert!(text(&mut s, &cell).contains("# in the cell"));
        let packed = source_of(&stop, "called").clone();
        assert!(
            packed["sourceReference"].as_i64().is_some_and(|number| number > 0),
            "{packed}"
        );
        assert!(text(&mut s, &packed).contains("# packed"));
        // A client of older days sends the number alone.
        let body = s
            .client
            .ok("source", json!({"sourceReference": cell["sourceReference"]}));
        assert!(body["content"].as_str().unwrap_or_default().contains("# in the cell"));
        // The same code keeps its number.
        let again = s.client.ok("stackTrace", json!({"threadId": s.thread}));
        let found = again["stackFrames"].as_array().into_iter().flatten();
        assert!(found.into_iter().any(|frame| frame["source"] == cell));
        // Nobody has the text of this, and a file is the client's own.
        assert!(source_of(&stop, "lost")["sourceReference"].is_null());
        assert_eq!(source_of(&stop, "look")["sourceReference"], 0);
        runs_out(s);
    });
}

#[test]
fn a_file_that_only_the_program_can_read() {
    on_each_python(|python| {
        let here = Source::program("sources.py");
        let folder = here.path.parent().expect("a folder").to_string_lossy().into_owned();
        // With a mapping the client's disk is another one: what it does not cover is sent.
        let mut s = Session::of("sources.py")
            .attach(|attach| attach.path_mappings = vec![("/editor".to_owned(), "/nowhere".to_owned())])
            .breakpoint("look")
            .start(python);
        let stop = s.breaks_at("look");
        let source = source_of(&stop, "look").clone();
        assert!(
            source["sourceReference"].as_i64().is_some_and(|number| number > 0),
            "{source}"
        );
        assert!(text(&mut s, &source).contains("return 1  # look"));
        s.clear_breakpoints();
        runs_out(s);

        let mut s = Session::of("sources.py")
            .attach(|attach| attach.path_mappings = vec![("/editor".to_owned(), folder.clone())])
            .how(dapstub_tests::Start::Waiting)
            .function("look")
            .start(python);
        let stop = s.stops_for("function breakpoint");
        assert_eq!(source_of(&stop, "look")["path"], "/editor/sources.py");
        assert_eq!(source_of(&stop, "look")["sourceReference"], 0);
        // By its path it can be had all the same.
        assert!(text(&mut s, &json!({"path": "/editor/sources.py"})).contains("return 1  # look"));
        s.client.ok("setFunctionBreakpoints", json!({"breakpoints": []}));
        runs_out(s);
    });
}

#[test]
fn no_text() {
    on_each_python(|python| {
        let (mut s, _) = stopped(python);
        for (arguments, part) in [
            (json!({"sourceReference": 9999}), "no source has the number 9999"),
            (json!({"sourceReference": 0}), "Source unavailable"),
            (
                json!({"source": {"path": "/not/there.py"}, "sourceReference": 0}),
                "no text",
            ),
            (
                json!({"source": {"path": "<nowhere>"}, "sourceReference": 0}),
                "no text",
            ),
            (json!({"source": {"path": "/etc"}, "sourceReference": 0}), "no text"),
        ] {
            let error = s.client.refused("source", arguments.clone());
            assert!(error.contains(part), "{arguments}: {error}");
        }
        runs_out(s);
    });
}

#[test]
fn modules_and_their_event() {
    on_each_python(|python| {
        let (mut s, stop) = stopped(python);
        let told: Vec<Value> = s.client.take_events("module");
        let inside = told.iter().find(|event| event["body"]["module"]["name"] == "inside");
        let inside = &inside.unwrap_or_else(|| panic!("no event for inside: {told:?}"))["body"];
        assert_eq!(
            (&inside["reason"], &inside["module"]["version"]),
            (&json!("new"), &json!("1.2"))
        );
        let main = told.iter().find(|event| event["body"]["module"]["name"] == "__main__");
        let main = &main.expect("an event for __main__")["body"]["module"];
        assert_eq!(
            (&main["path"], &main["isUserCode"]),
            (&json!(s.source.path), &json!(true))
        );
        // Once for each.
        let names: Vec<&str> = told
            .iter()
            .filter_map(|event| event["body"]["module"]["name"].as_str())
            .collect();
        assert_eq!(names.iter().filter(|name| **name == "__main__").count(), 1, "{names:?}");
        assert_eq!(stop.frames[0]["moduleId"], main["id"]);
        s.step("next");
        s.client.no_event("module");

        let body = s.client.ok("modules", json!({}));
        let all = body["modules"].as_array().cloned().expect("modules");
        assert_eq!(body["totalModules"], all.len());
        for name in ["__main__", "inside", "os", "sys"] {
            assert!(all.iter().any(|module| module["name"] == name), "no {name}");
        }
        let os = all.iter().find(|module| module["name"] == "os").expect("os");
        assert_eq!(os["isUserCode"], false);
        let page = s.client.ok("modules", json!({"startModule": 2, "moduleCount": 3}));
        assert_eq!(page["modules"].as_array().map(Vec::as_slice), all.get(2..5));
        runs_out(s);
    });
}

#[test]
fn loaded_sources() {
    on_each_python(|python| {
        let (mut s, stop) = stopped(python);
        let body = s.client.ok("loadedSources", json!({}));
        let all = body["sources"].as_array().cloned().expect("sources");
        let has = |path: &Value| all.iter().any(|source| source["path"] == *path);
        assert!(has(&json!(s.source.path)), "the program itself");
        assert!(has(&source_of(&stop, "called")["path"]), "the archive");
        assert!(all.contains(source_of(&stop, "typed")), "the cell");
        assert!(
            !all.iter()
                .any(|source| source["path"].as_str().is_some_and(|path| path.contains("dapstub/_")))
        );
        runs_out(s);
    });
}

#[test]
fn where_breakpoints_can_be() {
    on_each_python(|python| {
        let (mut s, _) = stopped(python);
        assert_eq!(s.attached.capabilities["supportsBreakpointLocationsRequest"], true);
        let source = s.source.descriptor();
        let first = s.source.line("look") - 2;
        let lines = |s: &mut Session, line: i64, end: Value| -> Vec<i64> {
            let mut arguments = json!({"source": source, "line": line});
            if !end.is_null() {
                arguments["endLine"] = end;
            }
            let body = s.client.ok("breakpointLocations", arguments);
            let list = body["breakpoints"].as_array().cloned().unwrap_or_default();
            list.iter().filter_map(|place| place["line"].as_i64()).collect()
        };
        // `def`, its body, and the next `def`; nothing on the empty lines.
        assert_eq!(
            lines(&mut s, first, json!(first + 5)),
            [first + 1, first + 2, first + 5]
        );
        assert_eq!(lines(&mut s, first + 2, Value::Null), [first + 2]);
        assert_eq!(lines(&mut s, first + 3, Value::Null), [0; 0]);
        assert_eq!(lines(&mut s, first + 3, json!(first)), [0; 0]);
        let error = s.client.refused(
            "breakpointLocations",
            json!({"source": {"path": "/not/there.py"}, "line": 1}),
        );
        assert!(error.contains("/not/there.py"), "{error}");
        runs_out(s);
    });
}

#[test]
fn a_breakpoint_that_finds_its_code_late() {
    on_each_python(|python| {
        let cell = json!({"name": "<cell 1>", "path": "<cell 1>"});
        let setup = Session::of("sources.py").breakpoint("look").attach(|attach| {
            attach.just_my_code = Some(false);
            attach.breakpoints.push((cell, vec![json!({"line": 2})]));
        });
        let mut s = setup.start(python);
        let pending = s.attached.breakpoints[0][0].clone();
        assert_eq!(
            (&pending["verified"], &pending["reason"]),
            (&json!(false), &json!("pending"))
        );
        let stop = s.stops_for("breakpoint");
        assert_eq!((stop.function(), stop.line()), ("typed", 2));
        let told = s.client.wait_event("breakpoint", |_| true);
        assert_eq!(
            (
                &told["body"]["reason"],
                &told["body"]["breakpoint"]["id"],
                &told["body"]["breakpoint"]["verified"]
            ),
            (&json!("changed"), &pending["id"], &json!(true))
        );
        s.resume();
        s.breaks_at("look");
        runs_out(s);
    });
}
