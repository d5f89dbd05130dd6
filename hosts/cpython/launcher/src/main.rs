//! `dapstub`: runs a Python program that an editor can attach to. The command line itself is the Python package's;
//! this finds an interpreter and hands everything over.

use core::error::Error;
use std::env;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    match launch() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("dapstub: {error}");
            ExitCode::FAILURE
        }
    }
}

fn launch() -> Result<ExitCode, Box<dyn Error>> {
    let python = dapstub_launcher::find_python()?;
    let package = dapstub_launcher::stage()?;
    let mut command = Command::new(&python.path);
    command.arg(package).args(env::args_os().skip(1));
    hand_over(command)
}

/// Becomes the interpreter: signals, exit status and terminal are its own.
#[cfg(unix)]
fn hand_over(mut command: Command) -> Result<ExitCode, Box<dyn Error>> {
    use std::os::unix::process::CommandExt;

    let error = command.exec();
    Err(format!("{}: {error}", command.get_program().display()).into())
}

/// Waits for the interpreter, and ends with its exit status.
#[cfg(not(unix))]
fn hand_over(mut command: Command) -> Result<ExitCode, Box<dyn Error>> {
    let status = command.status()?;
    Ok(ExitCode::from(
        status
            .code()
            .and_then(|code| u8::try_from(code).ok())
            .unwrap_or(u8::MAX),
    ))
}
