//! Random requests of many clients in turn to one program with threads, tasks and exceptions.
//!
//! No request may go unanswered, the program may not crash or stand still, and nothing may grow: memory, objects,
//! references, threads and file descriptors are the same in the end as after the first part.
//!
//! `DAPSTUB_STRESS_SECONDS` is the length, 30 without it; `DAPSTUB_STRESS_SEED` makes the same requests again. All
//! interpreters are put to it at the same time. What was done is printed, with the seed:
//!
//! ```text
//! DAPSTUB_STRESS_SECONDS=1800 DAPSTUB_TEST_ONLY=3.11 cargo test --release -p dapstub-tests --test suite stress:: -- --nocapture
//! ```
#![cfg(target_os = "linux")]

use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::panic;
use std::thread;
use std::time::{Instant, SystemTime};

use dapstub_tests::dice::Dice;
use dapstub_tests::vscode::{Attach, breakpoint, initialize_arguments, set_breakpoints_arguments};
use dapstub_tests::{Client, Program, Python, Session, Source, Start, deadline, interpreters};
use serde_json::{Value, json};

/// What one program was put to.
#[derive(Debug, Default)]
struct Tally {
    sessions: u64,
    requests: u64,
    refused: u64,
    stops: u64,
    ends: BTreeMap<&'static str, u64>,
}

/// What a program costs, by its own account and the system's.
#[derive(Debug, Clone, Copy)]
struct Cost {
    /// Resident memory, in KiB.
    rss: i64,
    /// Blocks of Python's allocator.
    blocks: i64,
    /// Objects that its garbage collector knows.
    objects: i64,
    /// References to a few objects of the program.
    references: i64,
    descriptors: i64,
    threads: i64,
    /// How far the program has come.
    rounds: i64,
}

impl Cost {
    fn of(program: &mut Program) -> Self {
        program.say("report");
        let report: Value = serde_json::from_str(&program.line("report ")).expect("a report in JSON");
        let number = |name: &str| report[name].as_i64().expect("a number");
        let entries = |folder: &str| {
            let folder = format!("/proc/{}/{folder}", program.id());
            fs::read_dir(folder).expect("a process").count() as i64
        };
        Self {
            rss: number("rss"),
            blocks: number("blocks"),
            objects: number("objects"),
            references: number("references"),
            rounds: number("rounds"),
            descriptors: entries("fd"),
            threads: entries("task"),
        }
    }
}

/// One client's life, random in all but that it is answered.
struct Visit<'a> {
    dice: &'a mut Dice,
    tally: &'a mut Tally,
    client: Client,
    source: &'a Source,
    /// The thread that is stopped.
    stopped: Option<i64>,
    frames: Vec<i64>,
    references: Vec<i64>,
}

const EXPRESSIONS: [&str; 16] = [
    "n",
    "total + 1",
    "1 / 0",
    "missing",
    "side_effect()",
    "slow(0.02)",
    "fails(3)",
    "Record(13)",
    "Record(7).broken",
    "[work(k) for k in range(3)]",
    "rounds",
    "1 +",
    "'x' * 1000000",
    "list(range(100000))",
    "threading.enumerate()",
    "exit(3)",
];
const CONDITIONS: [&str; 6] = ["n", "1 / 0", "missing", "side_effect() % 2", "fails(n)", "sys.exit(3)"];
const STATEMENTS: [&str; 5] = [
    "spare['changes'] = 0",
    "extra = 5",
    "import math; math.sqrt(2)",
    "raise Trouble('typed')",
    "for k in range(10):\n    work(k)",
];
const FILTERS: [&str; 3] = ["raised", "uncaught", "userUnhandled"];

impl Visit<'_> {
    fn send(&mut self, command: &str, arguments: Value) -> i64 {
        self.tally.requests += 1;
        self.client.send(command, arguments)
    }

    /// Sends and waits for the answer, whatever it is.
    fn ask(&mut self, command: &str, arguments: Value) -> Value {
        let seq = self.send(command, arguments);
        self.answer(seq)
    }

    fn answer(&mut self, seq: i64) -> Value {
        let response = self.client.wait_response(seq);
        if !response.success() {
            self.tally.refused += 1;
        }
        response.body().clone()
    }

    /// Takes note of stops that came in.
    fn look(&mut self) {
        for event in self.client.take_events("stopped") {
            self.tally.stops += 1;
            self.stopped = event["body"]["threadId"].as_i64();
            self.frames.clear();
            self.references.clear();
        }
    }

    fn breakpoints(&mut self) -> Value {
        let count = self.dice.below(6);
        let list: Vec<Value> = (0..count)
            .map(|_| {
                let line = 1 + self.dice.below(self.source.line_count() as u64 + 3) as i64;
                let more = match self.dice.below(8) {
                    0 => json!({"condition": self.dice.pick(&CONDITIONS)}),
                    1 => json!({"condition": "n % 7 == 0"}),
                    2 => json!({"condition": "False"}),
                    3 => json!({"hitCondition": format!("% {}", 1 + self.dice.below(20))}),
                    4 => json!({"hitCondition": "nonsense"}),
                    5 => json!({"logMessage": "n={n} {missing}", "hitCondition": "% 30"}),
                    6 => json!({"logMessage": "seen {rounds}", "hitCondition": "< 3000", "condition": "True"}),
                    _ => Value::Null,
                };
                breakpoint(line, &more)
            })
            .collect();
        set_breakpoints_arguments(&self.source.descriptor(), &list)
    }

    fn filters(&mut self) -> Value {
        let chosen: Vec<&str> = FILTERS.into_iter().filter(|_| self.dice.one_in(3)).collect();
        json!({"filters": chosen})
    }

    /// Attaches; false where the server would not have it.
    fn attach(&mut self, port: u16) {
        let pending = self.send("attach", Attach::default().arguments(port));
        self.client.wait_event("initialized", |_| true);
        let arguments = self.breakpoints();
        let mut open = vec![self.send("setBreakpoints", arguments)];
        let arguments = self.filters();
        open.push(self.send("setExceptionBreakpoints", arguments));
        open.push(self.send("configurationDone", Value::Null));
        open.push(pending);
        for seq in open {
            self.answer(seq);
        }
    }

    /// One request, or several at once.
    fn act(&mut self) {
        self.look();
        let thread = self.stopped.unwrap_or(1);
        match self.dice.below(20) {
            0 | 1 => {
                let arguments = self.breakpoints();
                self.ask("setBreakpoints", arguments);
            }
            2 => {
                let arguments = self.filters();
                self.ask("setExceptionBreakpoints", arguments);
            }
            3 => {
                let name = *self.dice.pick(&["work", "Record.__init__", "hop", "nothing", "juggle"]);
                let functions = if self.dice.one_in(2) {
                    json!([])
                } else {
                    json!([{"name": name}])
                };
                self.ask("setFunctionBreakpoints", json!({"breakpoints": functions}));
            }
            4 => {
                self.ask("pause", json!({"threadId": 1}));
            }
            5..=7 => {
                let (start, levels) = (self.dice.below(4), self.dice.below(10));
                let arguments = json!({"threadId": thread, "startFrame": start, "levels": levels});
                let body = self.ask("stackTrace", arguments);
                let frames = body["stackFrames"].as_array().into_iter().flatten();
                self.frames.extend(frames.filter_map(|frame| frame["id"].as_i64()));
            }
            8 | 9 => {
                let frame = self.frame();
                let body = self.ask("scopes", json!({"frameId": frame}));
                self.keep_references(&body["scopes"]);
            }
            10 | 11 => {
                let reference = if self.references.is_empty() {
                    7
                } else {
                    *self.dice.pick(&self.references)
                };
                let mut arguments = json!({"variablesReference": reference});
                match self.dice.below(4) {
                    0 => {}
                    1 => arguments["filter"] = json!("named"),
                    2 => arguments["filter"] = json!("indexed"),
                    _ => {
                        arguments["start"] = json!(self.dice.below(200));
                        arguments["count"] = json!(self.dice.below(100));
                    }
                }
                let body = self.ask("variables", arguments);
                self.keep_references(&body["variables"]);
            }
            12 | 13 => self.evaluate(),
            14 => {
                let (list, answers): (Vec<i64>, Vec<i64>) = (self.frames.clone(), Vec::new());
                let mut answers = answers;
                for frame in list.iter().take(5) {
                    answers.push(self.send("scopes", json!({"frameId": frame})));
                }
                answers.push(self.send("threads", Value::Null));
                answers.push(self.send("exceptionInfo", json!({"threadId": thread})));
                for seq in answers {
                    self.answer(seq);
                }
            }
            15 => {
                let command = *self
                    .dice
                    .pick(&["noSuchRequest", "stackTrace", "modules", "loadedSources", "source"]);
                self.ask(command, json!({"nonsense": [1, 2, {"deep": null}]}));
            }
            16 => self.malformed(),
            _ => {
                if self.stopped.is_some() {
                    let command = *self.dice.pick(&["continue", "continue", "next", "stepIn", "stepOut"]);
                    self.stopped = None;
                    let single = self.dice.one_in(3);
                    let thread = if self.dice.one_in(3) { 1 } else { thread };
                    self.ask(command, json!({"threadId": thread, "singleThread": single}));
                } else if self.dice.one_in(4) {
                    // Some threads may be held.
                    let single = self.dice.one_in(2);
                    self.ask("continue", json!({"threadId": 1, "singleThread": single}));
                } else {
                    thread::sleep(Duration::from_millis(self.dice.below(5)));
                }
            }
        }
    }

    fn frame(&mut self) -> i64 {
        if self.frames.is_empty() {
            3
        } else {
            *self.dice.pick(&self.frames)
        }
    }

    fn keep_references(&mut self, list: &Value) {
        let found = list.as_array().into_iter().flatten();
        let found = found.filter_map(|one| one["variablesReference"].as_i64().filter(|&number| number > 0));
        self.references.extend(found);
        let len = self.references.len();
        self.references.drain(..len.saturating_sub(200));
    }

    fn evaluate(&mut self) {
        let (expression, context) = if self.dice.one_in(4) {
            (*self.dice.pick(&STATEMENTS), "repl")
        } else {
            (
                *self.dice.pick(&EXPRESSIONS),
                *self.dice.pick(&["watch", "hover", "repl", "clipboard"]),
            )
        };
        let mut arguments = json!({"expression": expression, "context": context});
        if !self.frames.is_empty() {
            arguments["frameId"] = json!(self.frame());
        }
        let body = self.ask("evaluate", arguments);
        self.keep_references(&json!([body]));
    }

    /// A body that is no request in a frame that is one: answered, and the stream goes on.
    fn malformed(&mut self) {
        let body = *self.dice.pick(&[
            &b"{\"type\": "[..],
            b"[]",
            b"\xff\xfe",
            b"{}",
            b"{\"type\":\"request\"}",
        ]);
        self.client.expect_unreadable();
        self.tally.requests += 1;
        let frame = dapstub_tests::wire::frame(body);
        if self.client.send_raw(&frame).is_ok() {
            self.client.wait_unreadable();
        }
    }

    /// Leaves in one of the ways in which clients leave.
    fn leave(mut self) {
        let way = *self.dice.pick(&[
            "disconnect",
            "vanish",
            "mid-request",
            "in the middle of a frame",
            "no frame at all",
        ]);
        *self.tally.ends.entry(way).or_default() += 1;
        self.tally.sessions += 1;
        match way {
            "disconnect" => {
                self.tally.requests += 1;
                self.client.disconnect();
            }
            "vanish" => self.client.vanish(),
            "mid-request" => {
                // The last of them may run for long: nobody waits for it.
                let frame = self.frame();
                self.send("evaluate", json!({"expression": "slow(0.3)", "frameId": frame}));
                self.send("evaluate", json!({"expression": "while True: pass", "context": "repl"}));
                self.client.vanish();
            }
            "in the middle of a frame" => {
                let _closed_already = self.client.send_raw(b"Content-Length: 100\r\n\r\n{\"seq\":");
                self.client.vanish();
            }
            _ => {
                let _closed_already = self.client.send_raw(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n");
                self.client.wait_closed();
            }
        }
    }
}

/// A connection that the server has taken; others are refused as long as the one before is being seen off.
fn taken(program: &Program, tally: &mut Tally) -> Client {
    let client = deadline::poll(|| {
        let mut client = program.connect();
        tally.requests += 1;
        client
            .request("initialize", initialize_arguments())
            .success()
            .then_some(client)
    });
    client.unwrap_or_else(|| panic!("{}", program.report("the server takes no new client")))
}

fn visit(program: &Program, source: &Source, dice: &mut Dice, tally: &mut Tally) {
    let client = taken(program, tally);
    let mut visit = Visit {
        dice,
        tally,
        client,
        source,
        stopped: None,
        frames: Vec::new(),
        references: Vec::new(),
    };
    if visit.dice.one_in(10) {
        // Leaves before it has attached.
        return visit.leave();
    }
    visit.attach(program.address().port());
    if visit.dice.one_in(10) {
        let mut second = program.connect();
        second.refused("initialize", initialize_arguments());
    }
    for _ in 0..visit.dice.below(60) {
        visit.act();
    }
    visit.leave();
}

/// Puts one program to it for `length`.
fn stress(python: &Python, length: Duration, seed: u64) -> String {
    let source = Source::program("stress.py");
    let setup = Session::of("stress.py").how(Start::Running);
    // A crash says where.
    let setup = setup.variable("PYTHONFAULTHANDLER", "1");
    let mut program = Program::start(python, setup.launch());
    program.address();
    let (mut dice, mut tally) = (Dice::new(seed), Tally::default());
    let begun = Instant::now();
    let mut warm: Option<(Cost, u64)> = None;
    let mut last = Cost::of(&mut program);
    let (mut looked, mut way) = (Instant::now(), Vec::new());
    while begun.elapsed() < length {
        let visited = panic::catch_unwind(AssertUnwindSafe(|| visit(&program, &source, &mut dice, &mut tally)));
        if let Err(failure) = visited {
            let state = fs::read_to_string(format!("/proc/{}/stat", program.id())).unwrap_or_default();
            let _ = writeln!(
                io::stderr(),
                "{}",
                program.report(&format!("after {tally:?}, {state:?}"))
            );
            panic::resume_unwind(failure);
        }
        if looked.elapsed() > length / 20 {
            looked = Instant::now();
            last = Cost::of(&mut program);
            way.push((last.rss, last.blocks));
            if warm.is_none() && begun.elapsed() > length / 4 {
                warm = Some((last, tally.requests));
            }
        }
    }
    // Seen off: the last of the clients, and what it left running.
    drop(taken(&program, &mut tally));
    let end = deadline::poll(|| {
        let cost = Cost::of(&mut program);
        let (warm, _) = warm?;
        (cost.rounds > last.rounds && cost.descriptors <= warm.descriptors && cost.threads <= warm.threads + 1)
            .then_some(cost)
    });
    let (warm, requests) = warm.expect("the run was long enough");
    let end = end.unwrap_or_else(|| Cost::of(&mut program));
    program.say("end");
    program.line("over");
    program.ends_with(0);
    let summary = format!(
        "{python}, seed {seed}, {} s: {} sessions, {} requests ({} refused), {} stops, left by {:?}\n  after {requests} requests: \
         {warm:?}\n  at the end: {end:?}\n  resident KiB and blocks on the way: {way:?}",
        begun.elapsed().as_secs(),
        tally.sessions,
        tally.requests,
        tally.refused,
        tally.stops,
        tally.ends,
    );
    // The allocators, and all that is kept for each line and each expression, take minutes to have what they ever need.
    let is_brief = length < Duration::from_secs(600);
    let (resident, blocks, objects) = if is_brief {
        (24 * 1024, 5_000, 2_000)
    } else {
        (8 * 1024, 2_000, 1_000)
    };
    let bounds = [
        ("resident KiB", end.rss - warm.rss, resident),
        ("blocks", end.blocks - warm.blocks, blocks),
        ("objects", end.objects - warm.objects, objects),
        ("references", end.references - warm.references, 50),
        ("file descriptors", end.descriptors - warm.descriptors, 0),
        ("threads", end.threads - warm.threads, 1),
    ];
    let grown: Vec<String> = bounds
        .iter()
        .filter(|(_, growth, bound)| growth > bound)
        .map(|(what, growth, bound)| format!("{what} grew by {growth}, more than {bound}"))
        .collect();
    assert!(grown.is_empty(), "{}\n{summary}", grown.join(", "));
    assert!(end.rounds > last.rounds, "the program stands still\n{summary}");
    summary
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().and_then(|text| text.parse().ok())
}

#[test]
fn random_requests() {
    let length = Duration::from_secs(number("DAPSTUB_STRESS_SECONDS").unwrap_or(30));
    let seed = number("DAPSTUB_STRESS_SEED").unwrap_or_else(|| {
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        now.as_secs() % 1_000_000
    });
    let failed: Vec<String> = thread::scope(|scope| {
        let runs: Vec<_> = interpreters::all()
            .iter()
            .map(|python| {
                let run = move || panic::catch_unwind(AssertUnwindSafe(|| stress(python, length, seed)));
                (python, scope.spawn(run))
            })
            .collect();
        runs.into_iter()
            .filter_map(|(python, run)| match run.join().expect("panics are caught") {
                // Past the capture of test output, which nobody reads where all is well.
                Ok(summary) => writeln!(io::stderr(), "{summary}").err().map(|error| error.to_string()),
                Err(_) => Some(format!("{python} with DAPSTUB_STRESS_SEED={seed}")),
            })
            .collect()
    });
    assert!(failed.is_empty(), "failed on {}", failed.join(", "));
}
