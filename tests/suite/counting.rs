//! Breakpoints are reached exactly as often as the interpreter reaches their lines: on every line of programs of every
//! kind, in every form of code.
//!
//! Three counts have to agree. The first is written in the programs, as comments: `# times 3`, and where the compilers
//! of the versions really differ `# times 3 (3.11: 4, 3.13+: 5)`. The second is the interpreter's, without a debugger
//! (`programs/line_counts.py`). The third is ours: each line with code gets a log point with a hit condition that lets
//! it speak from the last arrival on that is expected. It has to speak once: not at all says that hits are missing,
//! twice that there are too many.
//!
//! Where versions differ: an expression over several lines returns to its lines in more or fewer places, and 3.12 counts
//! a line again where `and` and `or` jump within it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use dapstub_tests::lines::{self, Counts};
use dapstub_tests::{Program, Python, Session, Source, Start, on_each_python};
use serde_json::{Value, json};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("programs/counts")
}

/// The number in a comment such as `times 3 (3.11: 4, 3.13+: 5)` for that version.
fn written(marker: &str, python: &Python) -> Option<u64> {
    let rest = marker.strip_prefix("times ")?;
    let number = |text: &str| -> Option<u64> {
        let digits: String = text.trim().chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    let exceptions = rest
        .split_once('(')
        .map_or("", |(_, inside)| inside.trim_end_matches(')'));
    for exception in exceptions.split(',').filter_map(|text| text.split_once(':')) {
        let version = exception.0.trim().strip_prefix("3.").expect("a version");
        let fits = match version.strip_suffix('+') {
            Some(from) => python.at_least(from.parse().expect("a minor version")),
            None => python.version.1 == version.parse::<u32>().expect("a minor version"),
        };
        if fits {
            return number(exception.1);
        }
    }
    number(rest)
}

/// The files which a program is made of.
fn files(program: &str) -> Vec<Source> {
    let more: &[&str] = if program == "executed.py" { &["snippet.py"] } else { &[] };
    let names = [program].into_iter().chain(more.iter().copied());
    names.map(|name| Source::read(&folder().join(name))).collect()
}

fn name_of(source: &Source) -> String {
    source
        .path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// The numbers written in the programs are those of the interpreter.
fn agrees_with_comments(python: &Python, program: &str, counts: &Counts) {
    for source in files(program) {
        let lines = &counts[&name_of(&source)];
        for line in 1..=source.line_count() {
            if let Some(wanted) = written(source.marker(line), python) {
                let counted = lines.get(&line).copied().unwrap_or(0);
                assert_eq!(
                    counted,
                    wanted,
                    "{program} line {line} on {python}: {}",
                    source.marker(line)
                );
            }
        }
    }
}

/// Which lines get a log point: those that leave this remainder when they are divided by that number.
#[derive(Debug, Clone, Copy)]
struct Sieve {
    divisor: i64,
    remainder: i64,
}

impl Sieve {
    const ALL: Self = Self {
        divisor: 1,
        remainder: 0,
    };

    fn has(self, line: i64) -> bool {
        line % self.divisor == self.remainder
    }
}

/// A log point for each line: `FILE LINE HITS`, from the last expected hit on.
fn log_points(source: &Source, counts: &Counts, more: &Value, sieve: Sieve) -> Vec<(i64, Value)> {
    let name = name_of(source);
    let lines = &counts[&name];
    (1..=source.line_count())
        .filter(|&line| sieve.has(line))
        .map(|line| {
            let mut wish = json!({"logMessage": format!("hit {name} {line}")});
            if let Some(count) = lines.get(&line) {
                wish["hitCondition"] = json!(format!(">= {count}"));
            }
            for (member, value) in more.as_object().into_iter().flatten() {
                wish[member] = value.clone();
            }
            (line, wish)
        })
        .collect()
}

/// Which lines spoke, and how often.
fn spoken(output: &[Value]) -> Counts {
    let mut spoken = Counts::new();
    let text: String = output
        .iter()
        .filter_map(|event| event["body"]["output"].as_str())
        .collect();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        if words.next() == Some("hit") {
            let file = words.next().expect("a file").to_owned();
            let line = words.next().and_then(|word| word.parse().ok()).expect("a line");
            *spoken.entry(file).or_default().entry(line).or_default() += 1;
        }
    }
    spoken
}

/// Runs the program with a log point on every line of `sieve`, and compares.
fn counts_as(python: &Python, program: &str, counts: &Counts, more: &Value, filters: &[&str], sieve: Sieve) {
    let sources = files(program);
    let s = Session::of_file(&sources[0].path)
        .filters(filters)
        .attach(|attach| {
            for source in &sources {
                attach.breakpoints_at(source, &log_points(source, counts, more, sieve));
            }
        })
        .start(python);
    // A line whose breakpoint moved says nothing of itself, but the lines that were reached all have code.
    let mut silent: BTreeSet<(String, i64)> = BTreeSet::new();
    for (source, answers) in sources.iter().zip(&s.attached.breakpoints) {
        let name = name_of(source);
        for (line, answer) in (1..).filter(|&line| sieve.has(line)).zip(answers) {
            let moved = answer["verified"] != true || answer["line"] != line;
            assert!(
                !moved || !counts[&name].contains_key(&line),
                "{program} line {line} on {python} is reached, but a breakpoint there: {answer}"
            );
            if moved {
                silent.insert((name.clone(), line));
            }
        }
    }
    let output = until_end(s);
    let heard = spoken(&output);
    let mut wrong = Vec::new();
    for source in &sources {
        let name = name_of(source);
        for line in (1..=source.line_count()).filter(|&line| sieve.has(line)) {
            let expected = counts[&name].get(&line).copied().unwrap_or(0);
            let times = heard
                .get(&name)
                .and_then(|lines| lines.get(&line))
                .copied()
                .unwrap_or(0);
            if !silent.contains(&(name.clone(), line)) && times != expected.min(1) {
                let fault = match (expected, times) {
                    (0, times) => format!("reached {times} times instead of never"),
                    (expected, 0) => format!("reached fewer than {expected} times"),
                    (expected, times) => format!("reached {} times instead of {expected}", expected + times - 1),
                };
                wrong.push(format!("{name} line {line}: {fault}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{program} on {python}, {more} {filters:?} {sieve:?}:\n{}",
        wrong.join("\n")
    );
}

/// Lets the program run to its end, without a stop but for exceptions; the events with output.
fn until_end(mut s: Session) -> Vec<Value> {
    while let Some(stop) = s.next_stop() {
        assert_eq!(stop.body["reason"], "exception", "{}", stop.body);
        s.resume();
    }
    let output = s.client.take_events("output");
    s.client.leave_ended_program();
    s.program.ends_with(0);
    output
}

/// How far apart few breakpoints stand.
const SPARSE: i64 = 5;

fn all_counts_of(program: &str) {
    on_each_python(|python| {
        let (counts, _) = lines::reference(python, &folder().join(program));
        agrees_with_comments(python, program, &counts);
        counts_as(python, program, &counts, &Value::Null, &[], Sieve::ALL);
        // Most code has no breakpoint then, or only one, before or behind loops and handlers that are left or not.
        for remainder in 0..SPARSE {
            let sieve = Sieve {
                divisor: SPARSE,
                remainder,
            };
            counts_as(python, program, &counts, &Value::Null, &[], sieve);
        }
        // A condition on the way, and hooks for exceptions beside those for lines.
        counts_as(
            python,
            program,
            &counts,
            &json!({"condition": "__name__"}),
            &["uncaught", "userUnhandled"],
            Sieve::ALL,
        );
    });
}

#[test]
fn of_calls() {
    all_counts_of("calls.py");
}

#[test]
fn of_loops() {
    all_counts_of("loop.py");
}

#[test]
fn of_text() {
    all_counts_of("text.py");
}

#[test]
fn of_tasks() {
    all_counts_of("tasks.py");
}

#[test]
fn of_errors() {
    all_counts_of("errors.py");
}

#[test]
fn of_pipelines() {
    all_counts_of("pipeline.py");
}

#[test]
fn of_objects() {
    all_counts_of("objects.py");
}

#[test]
fn of_shapes() {
    all_counts_of("shapes.py");
}

#[test]
fn of_threads() {
    all_counts_of("threads.py");
}

#[test]
fn of_executed_code() {
    all_counts_of("executed.py");
}

/// A breakpoint on every line stops at each in the order in which the interpreter goes.
fn stops_in_order(program: &str) {
    on_each_python(|python| {
        let (counts, order) = lines::reference(python, &folder().join(program));
        let order: Vec<(String, i64)> = order.into_iter().map(|at| (at.file, at.line)).collect();
        let sources = files(program);
        let s = Session::of_file(&sources[0].path)
            .attach(|attach| {
                for source in &sources {
                    let lines = counts[&name_of(source)].keys();
                    let plain: Vec<(i64, Value)> = lines.map(|&line| (line, Value::Null)).collect();
                    attach.breakpoints_at(source, &plain);
                }
            })
            .start(python);
        let stops = s.at_every_stop(|_, stop| {
            assert_eq!(stop.body["reason"], "breakpoint", "{}", stop.body);
            let file = Path::new(stop.path()).file_name().unwrap_or_default();
            (file.to_string_lossy().into_owned(), stop.line())
        });
        let differs = stops.iter().zip(&order).position(|(stop, wanted)| stop != wanted);
        assert!(
            stops == order,
            "{program} on {python}: {} stops of {}, the first wrong one: {:?}",
            stops.len(),
            order.len(),
            differs.map(|at| (at, &stops[at], &order[at]))
        );
    });
}

#[test]
fn stops_come_in_the_order_of_the_lines() {
    stops_in_order("shapes.py");
    stops_in_order("executed.py");
}

#[test]
fn of_code_that_runs_already_when_breakpoints_come() {
    on_each_python(|python| {
        let setup = Session::of("rounds.py").how(Start::Running);
        let program = Program::start(python, setup.launch());
        program.line("ready");
        let mut s = setup.attach_to(python, program);
        // Main thread, thread, generator and coroutine are all in the middle of their functions.
        let markers = ["main round", "thread round", "generator round", "task round"];
        let wishes: Vec<(&str, Value)> = markers
            .iter()
            .map(|&marker| (marker, json!({"logMessage": format!("hit {marker}")})))
            .collect();
        for _ in 0..3 {
            s.set_breakpoints(&wishes);
            s.program.say("go");
            s.program.line("round over");
            s.clear_breakpoints();
            s.program.say("go");
            s.program.line("round over");
        }
        s.program.say("end");
        let output = until_end(s);
        let text: String = output
            .iter()
            .filter_map(|event| event["body"]["output"].as_str())
            .collect();
        for marker in markers {
            let count = text.lines().filter(|line| *line == format!("hit {marker}")).count();
            assert_eq!(count, 30, "{marker} on {python}");
        }
    });
}
