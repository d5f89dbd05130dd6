//! Clients that others have made, in sessions with a program that imports `dapstub`, and with one that imports `debugpy` after
//! `dapstub.install_as_debugpy()`.
//!
//! A client that is not installed is skipped with a line on standard error, or fails where `DAPSTUB_CLIENTS_REQUIRED` names it:
//! `vscode`, `emacs`, or both.

use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dapstub_tests::program::{Launch, folder, staged};
use dapstub_tests::{Attach, Program, Python, Session, Source, Start, on_each_python};
use serde_json::json;

fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(name)
}

/// Whether a program runs at all.
fn runs(name: &str, argument: &str) -> bool {
    let status = Command::new(name)
        .arg(argument)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

fn skip(name: &str, what: &str, remedy: &str) {
    let required = env::var("DAPSTUB_CLIENTS_REQUIRED").unwrap_or_default();
    assert!(
        !required.split_whitespace().any(|required| required == name),
        "{what} is not installed: {remedy}"
    );
    // Past the capture of test output: whoever runs the tests has to see it.
    drop(writeln!(io::stderr(), "SKIPPED {what}: not installed ({remedy})"));
}

/// How a program comes to its debugger: by `import dapstub`, and by `import debugpy` where dapstub stands in for it.
const WAYS: &str = "dapstub debugpy";

/// Runs a client's session with programs of `python`; it must end well.
fn session(client: &mut Command, python: &Python) {
    let command = python.command();
    let words: Vec<_> = [command.get_program()].into_iter().chain(command.get_args()).collect();
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    let output = client
        .env("DAPSTUB_CLIENT_PYTHON", json!(words).to_string())
        .env("DAPSTUB_STAGED", staged())
        .env("DAPSTUB_CLIENT_WAYS", WAYS)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("can't start {client:?}: {error}"));
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{}: {}\n{}", output.status, said[0], said[1]);
    println!("{}\n{}", said[0], said[1]);
}

#[test]
fn our_own() {
    on_each_python(|python| {
        for way in WAYS.split(' ') {
            let source = Source::read(&here("orders.py"));
            let launch = Launch::file(&source.path, Start::Own).args([way, "price"]);
            let program = Program::start(python, &launch);
            let mut client = program.connect();
            let attach = Attach::default().breakpoints(&source, &[("call", json!({}))]);
            let attached = client.attach_like_vscode(&attach, program.address().port());
            let python = python.clone();
            let mut s = Session {
                python,
                program,
                client,
                source,
                attached,
                thread: 1,
            };
            s.program.say("go");
            let stop = s.breaks_at("call");
            assert_eq!(stop.functions(), ["price", "main", "<module>"]);
            assert_eq!(s.eval("order.name"), "'lamp'");
            s.steps_to("stepIn", "total");
            s.steps_to("stepOut", "call");
            s.steps_to("next", "sum");
            assert_eq!(s.locals()["total"], "Decimal('39.80')");
            s.clear_breakpoints();
            s.runs_out();
        }
    });
}

#[test]
fn vscode() {
    let folder = here("vscode");
    if !folder.join("node_modules").is_dir() || !runs("node", "--version") {
        return skip(
            "vscode",
            "VS Code's DebugClient",
            "Node 18 or newer, and `npm ci` in tests/clients/vscode",
        );
    }
    on_each_python(|python| {
        session(
            Command::new("node")
                .current_dir(&folder)
                .args(["--test", "session.test.js"]),
            python,
        );
    });
}

#[test]
fn emacs() {
    let mode = "(unless (require 'dap-mode nil t) (kill-emacs 1))";
    let installed = Command::new("emacs")
        .args(["--batch", "--eval", "(package-initialize)", "--eval", mode])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !installed.is_ok_and(|status| status.success()) {
        return skip(
            "emacs",
            "Emacs with dap-mode",
            "Debian: apt-get install emacs-nox elpa-dap-mode",
        );
    }
    on_each_python(|python| {
        // Emacs keeps its own files there.
        let home = folder();
        session(
            Command::new("emacs")
                .env("HOME", home.path())
                .args(["--batch", "--eval", "(package-initialize)", "-l"])
                .arg(here("emacs").join("session.el"))
                .args(["-f", "ert-run-tests-batch-and-exit"]),
            python,
        );
    });
}
