//! The client's side of recorded debugpy sessions, played against our server.

use std::fs;
use std::path::{Path, PathBuf};

use dapstub_tests::program::Launch;
use dapstub_tests::replay::{Difference, Replay};
use dapstub_tests::{Attach, Program, Python, Source, Start, on_each_python, program};

/// Where our answers differ from the recorded ones, in every recording.
const DIFFERENCES: [Difference; 6] = [
    Difference {
        command: "source",
        reason: "debugpy refuses it without a number; here a path will do",
    },
    Difference {
        command: "stepInTargets",
        reason: "debugpy also names calls of the lines that follow; here they are those of the line where it stands",
    },
    own("debugpySystemInfo"),
    own("pydevdSystemInfo"),
    own("setDebuggerProperty"),
    // The capabilities are compared in `attaching`, member for member.
    Difference {
        command: "initialize",
        reason: "capabilities follow from what is built, and carry DAP's names alone",
    },
];

const fn own(command: &'static str) -> Difference {
    Difference {
        command,
        reason: "debugpy's own, not a DAP request: answered, with what is so here",
    }
}

fn recording(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("transcripts").join(name)
}

/// Plays a recording against demo.py in a folder of its own; returns the program, with its standard input open.
fn play(
    python: &Python,
    name: &str,
    words: &[&str],
    until: Option<&str>,
    at: impl FnMut(&str, &mut Program),
) -> Program {
    let folder = program::folder();
    let path = folder.path().join("demo.py");
    fs::copy(Source::program("demo.py").path, &path).unwrap();
    let launch = Launch::file(&path, Start::Own).args(words).within(folder.path());
    let mut program = Program::start(python, &launch);
    Replay::new(&mut program, folder.path(), &DIFFERENCES).play(&recording(name), until, at);
    program
}

/// Tells the program to end where the recording says that it runs to its end.
fn end_by_note(at: &str, program: &mut Program) {
    if at.starts_with("the program runs to its end") {
        program.say("end");
    }
}

#[test]
fn a_full_session() {
    on_each_python(|python| {
        let mut program = play(python, "attach-full.jsonl", &["wait", "guard"], None, end_by_note);
        program.ends_with(0);
    });
}

#[test]
fn the_seed_as_the_editor_sends_it() {
    on_each_python(|python| {
        let mut program = play(python, "attach-seed-vscode.jsonl", &["wait"], None, |_, _| {});
        program.say("end");
        program.ends_with(0);
    });
}

#[test]
fn the_seed_as_it_is_written() {
    on_each_python(|python| {
        let mut program = play(python, "attach-seed-bare.jsonl", &["wait"], None, |_, _| {});
        program.say("end");
        program.ends_with(0);
    });
}

#[test]
fn a_client_that_drops_while_stopped() {
    on_each_python(|python| {
        let mut program = play(python, "drop-while-stopped.jsonl", &["breakpoint"], None, |_, _| {});
        program.say("end");
        program.ends_with(0);
    });
}

#[test]
fn an_uncaught_exception_and_the_end() {
    on_each_python(|python| {
        let mut told = false;
        let mut program = play(python, "uncaught-exit.jsonl", &["uncaught"], None, |at, program| {
            // In the recording the time ran out; here the program is told, once it is attached to.
            if at == "threads" && !told {
                told = true;
                program.say("end");
            }
        });
        program.ends_with(1);
        let errors = program.errors();
        assert_eq!(
            errors.last().map(String::as_str),
            Some("ZeroDivisionError: division by zero"),
            "{errors:?}"
        );
    });
}

#[test]
fn requests_that_debugpy_never_answers() {
    on_each_python(|python| {
        let until = Some("a new connection tries to attach");
        let mut program = play(python, "unsupported-request.jsonl", &["wait"], until, |_, _| {});
        // debugpy is stuck by now, its program stopped and the place taken. Here both go on.
        let mut client = program.connect();
        client.attach_like_vscode(&Attach::default(), program.address().port());
        client.disconnect();
        program.say("end");
        program.ends_with(0);
    });
}
