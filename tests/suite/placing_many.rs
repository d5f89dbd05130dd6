//! Thousands of breakpoints, and files that change while the program runs.

use core::fmt::Write as _;
use core::time::Duration;
use std::fs;
use std::time::SystemTime;

use dapstub_tests::{Session, Source, on_each_python, program};
use serde_json::{Value, json};

/// A program of 2,000 functions over 10,000 lines, each of which is called once for every argument that it gets.
fn long_program() -> String {
    let mut text = String::new();
    for n in 0..2000 {
        let _ = write!(text, "def f{n}(x):\n    # {n}\n    y = x + {n}\n\n    return y\n");
    }
    text.push_str("total = 0\nfor f in (f0, f1, f999, f1998, f1999):\n    total += f(1)\nprint('total', total)\n");
    text
}

#[test]
fn two_thousand_in_one_file() {
    on_each_python(|python| {
        let folder = program::folder();
        let path = folder.path().join("long.py");
        fs::write(&path, long_program()).expect("a file");
        let source = Source::read(&path);
        // On the comment above each statement: every one has to move.
        let wishes: Vec<(i64, Value)> = (0..2000).map(|n| (n * 5 + 2, json!({}))).collect();
        let s = Session::of_file(&path)
            .attach(|attach| attach.breakpoints_at(&source, &wishes))
            .start(python);
        let answers = s.attached.breakpoints[0].clone();
        assert_eq!(answers.len(), 2000);
        for (n, answer) in answers.iter().enumerate() {
            assert_eq!(
                (&answer["verified"], &answer["line"]),
                (&json!(true), &json!(n * 5 + 3))
            );
            assert!(answer["message"].is_string(), "{answer}");
        }
        let stops = s.at_every_stop(|_, stop| (stop.function().to_owned(), stop.line()));
        let wanted = [0, 1, 999, 1998, 1999].map(|n| (format!("f{n}"), n * 5 + 3));
        assert_eq!(stops, wanted);
    });
}

const BEFORE: &str = "def work(n):\n    a = n + 1\n    b = a * 2\n    return b\n";
const AFTER: &str = "# A line more.\n\n\ndef work(n):\n    a = n + 1\n    b = a * 2\n    return b\n";

#[test]
fn a_file_that_changed_after_its_import_is_told_of() {
    on_each_python(|python| {
        let folder = program::folder();
        let (main, module) = (folder.path().join("main.py"), folder.path().join("changing.py"));
        fs::write(&module, BEFORE).expect("a file");
        let text = "import changing\nimport sys\nprint('ready')\nwhile sys.stdin.readline() == 'go\\n':\n    \
                    print('worked', changing.work(1))\n";
        fs::write(&main, text).expect("a file");
        let mut s = Session::of_file(&main).start(python);
        s.program.line("ready");
        let set = |s: &mut Session, line: i64| {
            let arguments = json!({"source": {"path": module}, "breakpoints": [{"line": line}]});
            s.client.ok("setBreakpoints", arguments)["breakpoints"][0].clone()
        };
        let answer = set(&mut s, 3);
        assert_eq!((&answer["verified"], &answer["message"]), (&json!(true), &Value::Null));
        fs::write(&module, AFTER).expect("a file");
        // A file system's clock may be behind by some milliseconds, which is about as long as this has taken.
        let soon = SystemTime::now() + Duration::from_secs(1);
        let file = fs::File::options().append(true).open(&module).expect("a file");
        file.set_modified(soon).expect("a time of its own");
        // The lines are those of the file as it is now; what runs is the code as it was, and the answer says so.
        let answer = set(&mut s, 6);
        assert_eq!((&answer["verified"], &answer["line"]), (&json!(true), &json!(6)));
        assert!(
            answer["message"].as_str().is_some_and(|text| text.contains("changed")),
            "{answer}"
        );
        s.program.say("go");
        assert_eq!(s.program.line("worked"), "4");
        // A stop shows the line that the interpreter knows.
        let answer = set(&mut s, 4);
        assert_eq!(answer["line"], 4, "{answer}");
        s.program.say("go");
        let stop = s.stops_for("breakpoint");
        assert_eq!((stop.function(), stop.line()), ("work", 4));
        s.resume();
        s.program.line("worked");
        s.program.say("end");
        s.ends_with(0);
    });
}
