//! The client's side of recorded debugpy sessions, played against our server.

use std::fs;
use std::path::{Path, PathBuf};

use dapstub_tests::program::Launch;
use dapstub_tests::replay::{Replay, differences};
use dapstub_tests::{Attach, Program, Python, Source, Start, on_each_python, program};

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
    Replay::new(&mut program, folder.path()).play(&recording(name), until, at);
    program
}

/// Tells the program to end where the recording says that it runs to its end.
fn end_by_note(at: &str, program: &mut Program) {
    if at.starts_with("the program runs to its end") {
        program.say("end");
    }
}

fn full_session(name: &str) {
    on_each_python(|python| {
        let mut program = play(python, name, &["wait", "guard", "child"], None, end_by_note);
        program.ends_with(0);
    });
}

#[test]
fn a_full_session() {
    full_session("attach-full.jsonl");
}

#[test]
fn a_full_session_recorded_on_3_14() {
    full_session("attach-full-py314.jsonl");
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
        let mut program = play(
            python,
            "drop-while-stopped.jsonl",
            &["breakpoint"],
            None,
            |at, program| {
                // It goes on as soon as the end of the connection is seen, and takes the next client.
                if at.starts_with("tcp closed") {
                    program.advances("tick");
                }
            },
        );
        program.say("end");
        program.ends_with(0);
    });
}

fn uncaught_exception(name: &str) {
    on_each_python(|python| {
        let mut told = false;
        let mut program = play(python, name, &["uncaught"], None, |at, program| {
            // In the recording the time ran out; here the program is told, once it has printed something for the client.
            if at == "stopped" && !told {
                told = true;
                program.advances("tick");
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
fn an_uncaught_exception_and_the_end() {
    uncaught_exception("uncaught-exit.jsonl");
}

#[test]
fn an_uncaught_exception_and_the_end_recorded_on_3_14() {
    uncaught_exception("uncaught-exit-py314.jsonl");
}

/// No recording lies there unused.
#[test]
fn every_recording_is_played() {
    let mut found = 0;
    for entry in fs::read_dir(recording("")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".jsonl") {
            assert!(
                include_str!("transcripts.rs").contains(&format!("\"{name}\"")),
                "{name}"
            );
            found += 1;
        }
    }
    assert_eq!(found, 8);
}

/// The table of differences in the readme says what is in force here, and nothing else.
#[test]
fn every_difference_is_listed_with_its_reason() {
    let readme = fs::read_to_string(recording("README.md")).unwrap();
    let table = readme
        .split_once("| where | why |")
        .expect("the table of differences")
        .1;
    let rows: Vec<&str> = table.lines().skip(2).take_while(|line| line.starts_with('|')).collect();
    let lists = [
        &differences::ANSWERS[..],
        &differences::SENT,
        &differences::OURS,
        &differences::PARTS,
    ];
    let wanted: Vec<String> = lists
        .into_iter()
        .flatten()
        .map(|difference| format!("| {} | {} |", difference.what, difference.reason))
        .collect();
    assert_eq!(rows, wanted);
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
