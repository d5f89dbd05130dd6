//! The binary hands everything over to Python, and nothing of it shows.

use std::path::PathBuf;
use std::process::{Command, Output};

fn dapstub(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dapstub"))
        .args(arguments)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace("\r\n", "\n")
}

#[test]
fn the_command_line_is_the_package_s() {
    let output = dapstub(&["--version"]);
    assert_eq!(text(&output.stderr), "");
    assert_eq!(
        text(&output.stdout),
        concat!("dapstub ", env!("CARGO_PKG_VERSION"), "\n")
    );
    assert!(output.status.success());

    let output = dapstub(&["--lisen", "5678"]);
    assert!(
        text(&output.stderr).ends_with("dapstub: error: unknown option --lisen\n"),
        "{output:?}"
    );
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_exit_status_is_the_program_s() {
    let output = dapstub(&[
        "--listen",
        "0",
        "-c",
        "import sys; print(sys.argv[1]); sys.exit(7)",
        "--listen",
    ]);
    assert_eq!(
        (text(&output.stdout).as_str(), output.status.code()),
        ("--listen\n", Some(7))
    );
}

#[test]
fn the_program_does_not_see_where_the_package_lies() {
    let program = "import os, sys; print(sys.path[0] == '', sys.argv[1] in sys.path, os.environ.get('PYTHONPATH'))";
    let package = dapstub_launcher::stage().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_dapstub"))
        .args(["--listen", "0", "-c", program])
        .arg(package.parent().unwrap())
        .env_remove("PYTHONPATH")
        .output()
        .unwrap();
    assert_eq!(text(&output.stdout), "True False None\n", "{}", text(&output.stderr));
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_program_and_with_it_the_binary() {
    use std::os::unix::process::ExitStatusExt;

    let output = dapstub(&["--listen", "0", "-c", "raise KeyboardInterrupt"]);
    assert_eq!(output.status.signal(), Some(2));
}

#[test]
fn a_chosen_interpreter_that_will_not_do_is_refused() {
    let output = Command::new(env!("CARGO_BIN_EXE_dapstub"))
        .arg("--version")
        .env("DAPSTUB_PYTHON", "dapstub-no-such-python")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let expected = "dapstub: no CPython 3.11 or newer found\n  dapstub-no-such-python: not found\n\
                    set DAPSTUB_PYTHON to the path of one\n";
    assert_eq!(text(&output.stderr), expected);
}

#[test]
fn a_test_stages_the_package_that_the_binary_runs() {
    let package = dapstub_launcher::stage().unwrap();
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_dapstub"));
    assert_eq!(package, binary.with_file_name("python").join("dapstub"));
    let python = dapstub_launcher::find_python().unwrap();
    let output = Command::new(python.path)
        .arg(package)
        .arg("--version")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
}
