//! The signals of the program are the program's: no thread of the debugger takes one, and what runs for a client inherits
//! the program's mask.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs;

use dapstub_tests::deadline;
use dapstub_tests::{Program, Session, on_each_python};
use serde_json::json;

/// SIGUSR1, SIGUSR2 and SIGTERM as bits of a mask.
const SOME: u64 = 1 << 9 | 1 << 11 | 1 << 14;

/// SIGSEGV: a fault of the thread itself.
const FAULT: u64 = 1 << 10;

/// Which signals each thread blocks, by the names of the threads.
fn blocked(program: &Program) -> BTreeMap<String, u64> {
    let tasks = fs::read_dir(format!("/proc/{}/task", program.id())).expect("the program runs");
    let paths = tasks.map(|task| task.expect("its threads can be listed").path());
    // A thread may end meanwhile.
    let found = paths.filter_map(|path| {
        let name = fs::read_to_string(path.join("comm")).ok()?;
        let status = fs::read_to_string(path.join("status")).ok()?;
        Some((name.trim().to_owned(), mask(&status)))
    });
    found.collect()
}

/// The line `SigBlk` of `/proc/PID/status`.
fn mask(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("SigBlk:"));
    let mask = line.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.unwrap_or_else(|| panic!("no mask in {status:?}"))
}

#[test]
fn no_thread_of_the_debugger_takes_them() {
    on_each_python(|python| {
        let mut s = Session::of("sleepers.py").start(python);
        s.program.line("asleep");
        let evaluate = json!({"expression": "1 + 1", "context": "repl"});
        assert_eq!(s.client.ok("evaluate", evaluate)["result"], "2");
        // The kernel cuts names off. The inspector may be at the end of what it did for the client.
        for name in ["dapstub-io", "dapstub-inspect"] {
            let blocks = |masks: BTreeMap<_, _>| masks.get(name).is_some_and(|mask| mask & (SOME | FAULT) == SOME);
            let blocks = deadline::poll(|| blocks(blocked(&s.program)).then_some(()));
            assert!(blocks.is_some(), "{name} does not: {:x?}", blocked(&s.program));
        }
        let masks = blocked(&s.program);
        // The program's own threads are as they were.
        assert!(
            masks
                .iter()
                .any(|(name, mask)| !name.starts_with("dapstub") && *mask == 0),
            "{masks:?}"
        );
        s.program.say("wake up");
        s.ends_with(0);
    });
}

#[test]
fn what_a_client_starts_hears_what_the_program_hears() {
    on_each_python(|python| {
        let mut s = Session::of("sleepers.py").start(python);
        s.program.line("asleep");
        let command = "__import__('subprocess').check_output(['grep', 'SigBlk', '/proc/self/status'], text=True)";
        let body = s
            .client
            .ok("evaluate", json!({"expression": command, "context": "clipboard"}));
        let result = body["result"].as_str().unwrap_or_default();
        assert_eq!(
            mask(&result.trim_matches('\'').replace("\\n", "\n").replace("\\t", "\t")),
            0,
            "{result}"
        );
        s.program.say("wake up");
        s.ends_with(0);
    });
}
