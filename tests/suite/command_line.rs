//! The command line: a program ends under it as it does under plain Python. Its details are tested in Python, beside it.

use std::path::Path;
use std::process::Output;

use dapstub_tests::program::{Launch, folder};
use dapstub_tests::{Python, Source, Start, on_each_python};

/// What can be seen of the end of a process, without what the debugger says about its port.
fn seen(output: &Output) -> (String, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let errors: Vec<String> = text(&output.stderr)
        .lines()
        .filter(|line| !line.starts_with("dapstub: listening on"))
        .map(str::to_owned)
        .collect();
    (output.status.to_string(), text(&output.stdout), errors.join("\n"))
}

fn ends_alike(python: &Python, words: &[&str], within: Option<&Path>) {
    let run = |start| {
        let launch = Launch::target(words, start);
        let launch = within.map_or(launch.clone(), |folder| launch.within(folder));
        seen(&launch.run(python))
    };
    assert_eq!(run(Start::Running), run(Start::Plain), "{words:?}");
}

#[test]
fn files_end_alike() {
    on_each_python(|python| {
        let path = Source::program("ends.py").path;
        let path = path.to_string_lossy();
        for how in ["well", "raises", "exits", "says", "interrupted", "hard", "aborts"] {
            ends_alike(python, &[&path, how, "--listen", "-c"], None);
        }
    });
}

#[test]
fn code_ends_alike() {
    on_each_python(|python| {
        ends_alike(
            python,
            &["-c", "import sys; print(sys.argv, __name__)", "a", "-m"],
            None,
        );
        ends_alike(python, &["-c", "def f():\n    return 1 / 0\nf()"], None);
    });
}

#[test]
fn modules_end_alike() {
    on_each_python(|python| {
        let folder = folder();
        std::fs::create_dir(folder.path().join("package")).unwrap();
        std::fs::write(folder.path().join("package/__init__.py"), "").unwrap();
        let text = "import sys\nprint(sys.argv[1:], __name__, __package__)\nraise SystemExit(4)\n";
        std::fs::write(folder.path().join("package/part.py"), text).unwrap();
        ends_alike(python, &["-m", "package.part", "x"], Some(folder.path()));
        ends_alike(python, &["-m", "json.tool", "--help"], Some(folder.path()));
    });
}

#[test]
fn errors_before_the_program_runs_are_alike() {
    on_each_python(|python| {
        let folder = folder();
        std::fs::write(folder.path().join("wrong.py"), "x = = 1\n").unwrap();
        let path = folder.path().join("wrong.py");
        ends_alike(python, &[&path.to_string_lossy()], None);
        ends_alike(python, &["-c", "x = = 1"], None);
    });
}

#[test]
fn wrong_use_is_status_two_and_says_how() {
    on_each_python(|python| {
        for words in [&["--nonsense"][..], &[]] {
            let output = Launch::target(words, Start::Running).run(python);
            let (_, _, errors) = seen(&output);
            assert_eq!(output.status.code(), Some(2), "{words:?}: {errors}");
            assert!(errors.contains("usage: dapstub"), "{errors}");
        }
    });
}
