//! Gives every reader every case, each in a process of its own, and prints the table.

use hostile::summary::summary;
use hostile::{cases::cases, child, dap, ours};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

/// Where a reader hangs that is still running.
const PATIENCE: Duration = Duration::from_secs(20);

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [reader, index] = &*arguments
        && let Ok(index) = index.parse()
    {
        return match &**reader {
            "ours" => child(index, |stream, tell| ours::read(stream, tell)),
            "dap" => child(index, |stream, tell| dap(stream, tell)),
            _ => panic!("no reader {reader}"),
        };
    }
    let this = env::current_exe().expect("this program").display().to_string();
    let mut readers = vec![("dapstub", this.clone(), "ours"), ("dap 0.4.1-alpha1", this, "dap")];
    // Further readers: NAME PROGRAM, which is run with `other` and the number of the case.
    for pair in arguments.chunks_exact(2) {
        readers.push((&pair[0], pair[1].clone(), "other"));
    }
    let names: Vec<_> = readers.iter().map(|(name, ..)| format!(" {name} |")).collect();
    println!("| stream |{}\n|---|{}", names.concat(), "---|".repeat(readers.len()));
    for (index, case) in cases().iter().enumerate() {
        let cells = readers
            .iter()
            .map(|(_, program, reader)| format!(" {} |", run(program, reader, index)));
        println!("| {} |{}", case.name, cells.collect::<String>());
    }
}

fn run(program: &str, reader: &str, index: usize) -> String {
    let mut child = Command::new(program)
        .args([reader, &index.to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let start = Instant::now();
    while child.try_wait().expect("it can be waited for").is_none() {
        if start.elapsed() > PATIENCE {
            child.kill().expect("it can be ended");
            child.wait().expect("it has ended");
            return "hangs".into();
        }
        thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().expect("it has ended");
    let errors = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return match () {
            () if errors.contains("overflowed its stack") => "**aborts**: stack overflow".into(),
            () if errors.contains("memory allocation") => "**aborts**: out of memory".into(),
            () if errors.contains("panicked") => {
                let why = errors.lines().skip_while(|line| !line.contains("panicked")).nth(1);
                format!("**panics**: {}", why.unwrap_or_default())
            }
            () => format!("**ends**: {}", output.status),
        };
    }
    let lines: Vec<String> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(str::to_owned)
        .collect();
    summary(&lines)
}
