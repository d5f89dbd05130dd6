//! Whole programs, step by step, held against where the interpreter goes by itself.
//!
//! Stepping in goes to every line that is reached, in the order in which they are reached, and besides, after each call,
//! to the line that it returns to. The reference for the lines comes from the interpreter without a debugger
//! (`programs/line_counts.py`); a return is a stop in a frame further out, at the line where that frame was.

use std::path::Path;

use dapstub_tests::lines::{self, Reached};
use dapstub_tests::{Python, Session, Source, Stop, on_each_python};
use serde_json::json;

/// A line of a file, with the number of frames around it.
type Place = (String, i64, usize);

fn place(stop: &Stop) -> Place {
    let file = Path::new(stop.path()).file_name().unwrap_or_default();
    (file.to_string_lossy().into_owned(), stop.line(), stop.frames.len())
}

/// Which step is to be made at a stop.
type Choice = fn(&Stop) -> &'static str;

/// Steps from the first line of the program until it ends, or for `most` steps.
fn walk(python: &Python, path: &Path, first: i64, most: usize, choice: Choice) -> Vec<Place> {
    let source = Source::read(path);
    let mut s = Session::of_file(path)
        .attach(|attach| attach.breakpoints_at(&source, &[(first, json!({}))]))
        .start(python);
    let mut next = Some(s.stops_for("breakpoint"));
    s.clear_breakpoints();
    let mut way = Vec::new();
    while let Some(stop) = next.filter(|_| way.len() < most) {
        way.push(place(&stop));
        s.client.ok(choice(&stop), json!({"threadId": s.thread}));
        next = s.next_stop();
        if let Some(stop) = &next {
            assert_eq!(stop.body["reason"], "step", "{}", stop.body);
        }
    }
    if way.len() < most {
        s.client.leave_ended_program();
        s.program.ends_with(0);
    }
    way
}

/// The stops that are no returns: those in a frame further out than the stop before, where that frame was.
fn without_returns(way: &[Place]) -> Vec<(String, i64)> {
    let mut around: Vec<Option<(String, i64)>> = Vec::new();
    let mut lines = Vec::new();
    for (file, line, depth) in way {
        let here = (file.clone(), *line);
        let outwards = *depth < around.len();
        around.truncate(*depth);
        // A generator that goes on in the middle of a line reaches none, so where it was may not be known.
        let was = around.last().cloned().flatten();
        let returned = outwards && was.is_none_or(|was| was == here);
        around.resize(*depth, None);
        around[depth - 1] = Some(here.clone());
        if !returned {
            lines.push(here);
        }
    }
    lines
}

/// Walks through the program, and compares with those of the lines by themselves that `wanted` accepts.
fn goes(program: &str, most: usize, choice: Choice, wanted: fn(&Reached) -> bool) {
    on_each_python(|python| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("programs/counts")
            .join(program);
        let (_, order) = lines::reference(python, &path);
        let way = walk(python, &path, order[0].line, most, choice);
        let went = without_returns(&way);
        let order: Vec<(String, i64)> = order.into_iter().filter(wanted).map(|at| (at.file, at.line)).collect();
        let whole = way.len() < most;
        let differs =
            (0..went.len().max(if whole { order.len() } else { 0 })).find(|&at| went.get(at) != order.get(at));
        if let Some(at) = differs {
            let near = |list: &[(String, i64)]| {
                let lines = list.iter().skip(at.saturating_sub(4)).take(9);
                lines.map(|(_, line)| *line).collect::<Vec<_>>()
            };
            panic!(
                "{program} on {python}: stop {at} differs\n  went {:?}\n  instead of {:?}",
                near(&went),
                near(&order)
            );
        }
    });
}

/// Into everything.
fn steps_in(program: &str, most: usize) {
    goes(program, most, |_| "stepIn", |_| true);
}

/// Into what the module calls, and over everything there.
fn steps_over(program: &str, most: usize) {
    let choice: Choice = |stop| if stop.frames.len() == 1 { "stepIn" } else { "next" };
    goes(program, most, choice, |at| at.frame == 1 || at.caller == 1);
}

#[test]
fn into_shapes() {
    steps_in("shapes.py", usize::MAX);
}

#[test]
fn into_executed_code() {
    steps_in("executed.py", usize::MAX);
}

#[test]
fn into_exceptions() {
    steps_in("errors.py", 300);
}

#[test]
fn into_generators() {
    steps_in("pipeline.py", 300);
}

#[test]
fn into_objects() {
    steps_in("objects.py", 300);
}

#[test]
fn into_text() {
    steps_in("text.py", 300);
}

#[test]
fn over_shapes() {
    steps_over("shapes.py", usize::MAX);
}

#[test]
fn over_exceptions() {
    steps_over("errors.py", 400);
}

#[test]
fn over_generators() {
    steps_over("pipeline.py", 200);
}

#[test]
fn over_objects() {
    steps_over("objects.py", 300);
}
