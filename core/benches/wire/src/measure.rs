//! Checks that all lanes do the same, and takes their times.

use crate::heap;
use crate::lanes::{self, Encoder, Found, Lane};
use crate::traffic::{Kind, framed};
use cpu_time::ThreadTime;
use serde_json::Value;
use std::hint::black_box;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operation {
    Frame,
    Decode,
    Encode,
}

pub struct Options {
    /// How often each lane has its turn.
    pub rounds: usize,
    /// How long a turn is.
    pub slice_ms: u64,
    /// Part of the name of the kinds that are measured.
    pub kind: String,
}

impl Default for Options {
    fn default() -> Self {
        let kind = String::new();
        Self {
            rounds: 21,
            slice_ms: 8,
            kind,
        }
    }
}

/// A kind of message, and what each lane took for it.
pub struct Row {
    pub kind: &'static str,
    /// Bytes of a message, on average and with its header.
    pub bytes: f64,
    pub cells: Vec<Cell>,
}

pub struct Cell {
    pub lane: &'static str,
    /// Nanoseconds of CPU time for a message: the median of all turns.
    pub ns: f64,
    /// Requests to the allocator for a message.
    pub allocations: f64,
}

/// A lane at its work.
enum Runner {
    Reader(Box<dyn Lane>),
    Writer(&'static str, Box<dyn Encoder>),
}

impl Runner {
    fn name(&self) -> &'static str {
        match self {
            Self::Reader(lane) => lane.name(),
            Self::Writer(name, _) => name,
        }
    }

    /// One pass over the messages, and its time.
    fn pass(&mut self, operation: Operation, wire: &[u8], out: &mut Vec<u8>) -> Duration {
        out.clear();
        if let Self::Writer(_, encoder) = self {
            encoder.prepare();
        }
        let start = ThreadTime::now();
        match self {
            Self::Reader(lane) if operation == Operation::Frame => _ = black_box(lane.frame(black_box(wire))),
            Self::Reader(lane) => _ = black_box(lane.decode(black_box(wire))),
            Self::Writer(_, encoder) => encoder.encode(out),
        }
        start.elapsed()
    }
}

/// `None` if the kind has nothing for this operation.
pub fn measure(operation: Operation, kind: Kind, options: &Options) -> Option<Row> {
    let bodies = match operation {
        Operation::Frame => [kind.requests, kind.replies].concat(),
        Operation::Decode => kind.requests,
        Operation::Encode => kind.replies,
    };
    if bodies.is_empty() {
        return None;
    }
    let bodies: &'static [Vec<u8>] = bodies.leak();
    let wire = framed(bodies);
    let mut out = Vec::with_capacity(2 * wire.len());

    let expected = expected(operation, bodies);
    let mut turns = vec![];
    for lane in lanes::all() {
        if let Some(mut runner) = runner(lane, operation, bodies, &wire, expected) {
            runner.pass(operation, &wire, &mut out);
            if operation == Operation::Encode {
                compare(runner.name(), kind.name, &out, bodies);
                out.clear();
            }
            let Some(allocations) = counted(&mut runner, operation, &wire, &mut out) else {
                continue;
            };
            turns.push((runner, vec![], allocations as f64 / bodies.len() as f64));
        }
    }

    let count = turns.len();
    for round in 0..options.rounds {
        // In turn, and each time with another one first, so that what disturbs the machine disturbs all.
        for turn in 0..count {
            let (runner, times, _) = &mut turns[(round + turn) % count];
            let (mut passes, mut spent) = (0, Duration::ZERO);
            while spent < Duration::from_millis(options.slice_ms) {
                spent += runner.pass(operation, &wire, &mut out);
                passes += 1;
            }
            times.push(spent.as_nanos() as f64 / f64::from(passes) / bodies.len() as f64);
        }
    }
    let cells = turns.into_iter().map(|(runner, mut times, allocations)| {
        times.sort_by(f64::total_cmp);
        let ns = times.get(times.len() / 2).copied().unwrap_or_default();
        Cell {
            lane: runner.name(),
            ns,
            allocations,
        }
    });
    Some(Row {
        kind: kind.name,
        bytes: wire.len() as f64 / bodies.len() as f64,
        cells: cells.collect(),
    })
}

fn runner(
    mut lane: Box<dyn Lane>,
    operation: Operation,
    bodies: &'static [Vec<u8>],
    wire: &[u8],
    expected: Found,
) -> Option<Runner> {
    let name = lane.name();
    if operation == Operation::Encode {
        return lane.encoder(bodies).map(|encoder| Runner::Writer(name, encoder));
    }
    let found = if operation == Operation::Frame {
        lane.frame(wire)
    } else {
        lane.decode(wire)
    };
    if name != lanes::LIMIT {
        assert_eq!(found?, expected, "{name}, {operation:?}");
    }
    Some(Runner::Reader(lane))
}

/// Allocations of one pass, without what is prepared for it.
fn counted(runner: &mut Runner, operation: Operation, wire: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    Some(match runner {
        Runner::Writer(_, encoder) => {
            encoder.prepare();
            heap::asked_by(|| encoder.encode(out))
        }
        Runner::Reader(lane) if operation == Operation::Frame => heap::asked_by(|| _ = lane.frame(wire)),
        Runner::Reader(lane) => heap::asked_by(|| _ = lane.decode(wire)),
    })
}

fn expected(operation: Operation, bodies: &[Vec<u8>]) -> Found {
    let content = |body: &Vec<u8>| match operation {
        Operation::Frame => body.len(),
        _ => {
            let message = value(body);
            let breakpoints =
                (message["command"] == "setBreakpoints").then(|| message["arguments"]["breakpoints"].as_array());
            breakpoints.flatten().map_or(0, Vec::len)
        }
    };
    Found {
        messages: bodies.len(),
        content: bodies.iter().map(content).sum(),
    }
}

/// What was written has to mean the same as what it was made from.
fn compare(lane: &str, kind: &str, mut written: &[u8], bodies: &[Vec<u8>]) {
    for (index, body) in bodies.iter().enumerate() {
        // `dap` writes a line end behind each message.
        written = written.strip_prefix(b"\r\n").unwrap_or(written);
        let header = b"Content-Length: ";
        let end =
            memchr::memmem::find(written, b"\r\n\r\n").unwrap_or_else(|| panic!("{lane}, {kind}: no message {index}"));
        let digits = std::str::from_utf8(&written[header.len()..end]).expect("digits");
        let (message, rest) = written[end + 4..].split_at(digits.parse().expect("a number"));
        assert_eq!(
            meaning(value(message)),
            meaning(value(body)),
            "{lane}, {kind}, message {index}"
        );
        written = rest;
    }
    assert!(written.trim_ascii().is_empty(), "{lane}, {kind}: something follows");
}

fn value(json: &[u8]) -> Value {
    serde_json::from_slice(json).expect("JSON")
}

/// The message without its number, which some libraries count for themselves, and without members that are `null` or a
/// body of no member.
fn meaning(mut message: Value) -> Value {
    fn drop_null(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.retain(|_, value| !value.is_null());
                members.values_mut().for_each(drop_null);
            }
            Value::Array(elements) => elements.iter_mut().for_each(drop_null),
            _ => {}
        }
    }
    message["seq"] = Value::Null;
    drop_null(&mut message);
    if message["body"] == serde_json::json!({}) {
        message["body"] = Value::Null;
    }
    drop_null(&mut message);
    message
}
