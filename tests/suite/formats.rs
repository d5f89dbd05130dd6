//! `format`: values in hexadecimal, names of frames with module and line.

use dapstub_tests::{Session, on_each_python};
use serde_json::{Value, json};

const HEX: fn() -> Value = || json!({"hex": true});

fn pairs(list: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = list["variables"].as_array().into_iter().flatten();
    list.map(|one| (text(&one["name"]), text(&one["value"]))).collect()
}

fn wanted(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn numbers_in_hexadecimal() {
    on_each_python(|python| {
        let setup = Session::of("integers.py");
        let mut s = setup
            .attach(|attach| attach.more = json!({"variablePresentation": {"all": "hide", "protected": "inline"}}))
            .stopped_at(python, "here");
        assert_eq!(s.attached.capabilities["supportsValueFormattingOptions"], true);
        let frame = s.top_frame();
        let scope = s.scope(frame, "Locals");
        let asked = |reference: &Value, format: Value| json!({"variablesReference": reference, "format": format});
        let locals = s.client.ok("variables", asked(&scope["variablesReference"], HEX()));
        assert_eq!(
            pairs(&locals),
            wanted(&[
                ("a", "0x64"),
                ("b", "[0x1, 0xa, 0x64]"),
                ("c", "{0xa: 0xa, -0xff: 0x400000000000000000}"),
                ("d", "{(0x1, 0xa): {0x10}}"),
                ("e", "True"),
                ("s", "'16'"),
            ])
        );
        let [b, c, d] = ["b", "c", "d"].map(|name| s.local(name)["variablesReference"].clone());
        let inside = s.client.ok("variables", asked(&b, HEX()));
        assert_eq!(
            pairs(&inside),
            wanted(&[("0x0", "0x1"), ("0x1", "0xa"), ("0x2", "0x64"), ("len()", "0x3")])
        );
        assert_eq!(inside["variables"][2]["evaluateName"], "b[2]");
        let inside = s.client.ok("variables", asked(&c, HEX()));
        assert_eq!(
            pairs(&inside),
            wanted(&[("0xa", "0xa"), ("-0xff", "0x400000000000000000"), ("len()", "0x2")])
        );
        let inside = s.client.ok("variables", asked(&d, HEX()));
        assert_eq!(inside["variables"][0]["name"], "(0x1, 0xa)");
        // Without it, as ever.
        let inside = s.client.ok("variables", asked(&b, json!({"hex": false})));
        assert_eq!(pairs(&inside)[1], ("1".to_owned(), "10".to_owned()));

        let body = s.client.ok(
            "evaluate",
            json!({"expression": "a + 1", "frameId": frame, "format": HEX()}),
        );
        assert_eq!(body["result"], "0x65");
        let set = json!({"variablesReference": b, "name": "0x2", "value": "255", "format": HEX()});
        assert_eq!(s.client.ok("setVariable", set)["value"], "0xff");
        let set = json!({"variablesReference": c, "name": "-0xff", "value": "17", "format": HEX()});
        assert_eq!(s.client.ok("setVariable", set)["value"], "0x11");
        let set = json!({"expression": "a", "value": "0x20", "frameId": frame, "format": HEX()});
        assert_eq!(s.client.ok("setExpression", set)["value"], "0x20");
        assert_eq!(s.eval("a, b, c[-255]"), "(32, [1, 10, 255], 17)");
        s.runs_out();
    });
}

#[test]
fn names_of_frames() {
    on_each_python(|python| {
        let mut s = Session::of("integers.py").stopped_at(python, "here");
        let (here, call) = (s.source.line("here"), s.source.line("here") + 3);
        let cases = [
            (json!({}), ["shown".to_owned(), "<module>".to_owned()]),
            (
                json!({"module": true}),
                ["__main__.shown".to_owned(), "__main__".to_owned()],
            ),
            (
                json!({"line": true}),
                [format!("shown : {here}"), format!("<module> : {call}")],
            ),
            (
                json!({"module": true, "line": true, "hex": true}),
                [format!("__main__.shown : {here}"), format!("__main__ : {call}")],
            ),
        ];
        for (format, wanted) in cases {
            let stack = s
                .client
                .ok("stackTrace", json!({"threadId": s.thread, "format": format}));
            let frames = stack["stackFrames"].as_array().cloned().unwrap_or_default();
            let names: Vec<&Value> = frames.iter().map(|frame| &frame["name"]).collect();
            assert_eq!(names, wanted.iter().collect::<Vec<_>>(), "{format}");
        }
        s.runs_out();
    });
}
