//! Thousands of connections of every kind come and go while sessions debug a real program: it works on, its memory and its
//! descriptors stay where they are.
//!
//! `DAPSTUB_ENDURANCE` is the number of connections for each interpreter, 600 without it. The figures in BENCHMARKS.md come from
//!
//!     DAPSTUB_ENDURANCE=10000 cargo test --release -p dapstub-tests --test endurance -- --nocapture
#![cfg(target_os = "linux")]

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::sync::mpsc::channel;
use std::time::Instant;
use std::{env, fs, thread};

use dapstub_tests::strangers::{KINDS, Strangers};
use dapstub_tests::{Attach, Program, Python, Session, Source, Start, deadline, on_each_python};
use serde_json::{Value, json};

/// Connections in the life of one session.
const SPELL: usize = 200;
/// What may be added after the first tenth, in KiB: less than a quarter of a kilobyte for each of ten thousand.
const GROWTH: u64 = 2 * 1024;

fn connections() -> usize {
    env::var("DAPSTUB_ENDURANCE")
        .ok()
        .map_or(600, |text| text.parse().expect("a number of connections"))
}

/// Resident memory in KiB.
fn resident(program: &Program) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", program.id())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    number.expect("a number of kilobytes")
}

fn descriptors(program: &Program) -> usize {
    fs::read_dir(format!("/proc/{}/fd", program.id()))
        .expect("it runs")
        .count()
}

/// A session that stops, looks and goes on until it is told to end, `least` times at least. Returns how often it stopped.
/// `attached` is called once it has the place.
fn debug(program: &Program, over: &AtomicBool, least: usize, attached: impl FnOnce()) -> usize {
    let source = Source::program("probe.py");
    let mut client = program.connect();
    let attach = Attach::default().breakpoints(&source, &[("work", json!({}))]);
    client.attach_like_vscode(&attach, program.address().port());
    attached();
    let mut stops = 0;
    while !over.load(Ordering::Relaxed) || stops < least {
        let stop = client.expect_stop("breakpoint");
        let stack = client.ok("stackTrace", json!({"threadId": stop["threadId"], "levels": 1}));
        let frame = &stack["stackFrames"][0]["id"];
        let value = client.ok("evaluate", json!({"expression": "n * 0", "frameId": frame}));
        assert_eq!(value["result"], "0");
        client.ok("threads", Value::Null);
        client.ok("continue", json!({"threadId": stop["threadId"]}));
        stops += 1;
    }
    client.disconnect();
    stops
}

/// All strangers have left, so nothing but the listener is open: as many descriptors as at the beginning.
fn settles(program: &Program, before: usize) -> usize {
    let settled = deadline::poll(|| (descriptors(program) <= before).then_some(()));
    assert!(settled.is_some(), "{} descriptors after {before}", descriptors(program));
    descriptors(program)
}

fn endure(python: &Python, wanted: usize) {
    let launch = Session::of("probe.py").how(Start::Running).launch().clone();
    let mut program = Program::start(python, &launch);
    program.address();
    program.advances("tick");
    // What comes with the first session stays: it is there before anything is counted.
    debug(&program, &AtomicBool::new(true), 1, || {});
    let open = settles(&program, descriptors(&program));
    let begin = Instant::now();
    let (mut made, mut sessions, mut stops) = (0, 0, 0);
    let (mut before, mut slowest) = (None, Duration::ZERO);
    while made < wanted {
        let over = AtomicBool::new(false);
        let mut strangers = Strangers::new(program.address());
        thread::scope(|scope| {
            let (attached, is_attached) = channel();
            let (program, over) = (&program, &over);
            let session = scope.spawn(move || debug(program, over, 10, || attached.send(()).expect("somebody waits")));
            // Some of the strangers would take the place if it were free. A session that fails is told by `join`.
            let _ = is_attached.recv();
            while strangers.connections < SPELL {
                strangers.send_one();
            }
            over.store(true, Ordering::Relaxed);
            stops += session
                .join()
                .unwrap_or_else(|failure| std::panic::resume_unwind(failure));
            sessions += 1;
        });
        // Without a session the place is free, and some of the strangers take it for a moment.
        for _ in 0..KINDS.len() {
            strangers.send_one();
        }
        made += strangers.connections;
        drop(strangers);
        // Whoever comes now is served at once.
        let asked = Instant::now();
        debug(&program, &AtomicBool::new(true), 1, || {});
        slowest = slowest.max(asked.elapsed());
        settles(&program, open);
        if before.is_none() && made * 10 >= wanted {
            before = Some(resident(&program));
        }
    }
    let (before, after) = (before.expect("there was a first tenth"), resident(&program));
    program.advances("tick");
    println!(
        "{python}: {made} connections of {} kinds in {:.1} s beside {sessions} sessions with {stops} stops; resident {before} KiB, \
         then {after} KiB; descriptors {open}, then {}; attach and leave afterwards took at most {:.1} ms",
        KINDS.len(),
        begin.elapsed().as_secs_f64(),
        descriptors(&program),
        slowest.as_secs_f64() * 1e3,
    );
    assert!(after < before + GROWTH, "{python}: from {before} to {after} KiB");
    program.say("hooks");
    assert_eq!(program.line("hooks"), "[]");
    program.say("end");
    program.ends_with(0);
    assert!(!program.output().iter().any(|line| line.contains("stranger")));
}

#[test]
fn connections_of_every_kind_beside_sessions() {
    on_each_python(|python| endure(python, connections()));
}
