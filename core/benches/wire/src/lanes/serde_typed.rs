//! Libraries that bring only JSON: with the types of [`model`](crate::model), and a header reader by hand.

use super::{Encoder, Found, Lane};
use crate::model::*;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::hint::black_box;
use std::io::Write;

pub struct ByHand;
pub struct SerdeJson;
pub struct Sonic;
pub struct SerdeJsonCore;

/// The next body: the least that finds it. It is not strict about what else stands in a header.
pub fn next_body<'a>(wire: &mut &'a [u8]) -> Option<&'a [u8]> {
    let mut length = None;
    loop {
        let end = memchr::memchr(b'\n', wire)?;
        let (line, rest) = wire.split_at(end + 1);
        *wire = rest;
        if line == b"\r\n" {
            break;
        }
        if let Some(digits) = line.strip_prefix(b"Content-Length: ") {
            let digits = digits.strip_suffix(b"\r\n")?;
            let number = |sum: usize, digit: &u8| digit.is_ascii_digit().then(|| sum * 10 + usize::from(digit - b'0'));
            length = digits.iter().try_fold(0, number);
        }
    }
    let (body, rest) = wire.split_at_checked(length?)?;
    *wire = rest;
    Some(body)
}

/// Reads the arguments of `$command` and counts the breakpoints, each of which is looked at.
macro_rules! typed {
    ($command:expr, $text:expr, $read:ident, $long:ident, $short:ident) => {{
        let mut breakpoints = 0;
        macro_rules! read {
            ($type:ty) => {
                black_box($read::<$type>($text)?)
            };
        }
        match $command {
            "initialize" => drop(read!(Initialize)),
            "attach" => read!(Attach<$short<Mapping>>).path_mappings.iter().for_each(look),
            "setBreakpoints" => {
                for breakpoint in &read!(SetBreakpoints<$long<SourceBreakpoint>>).breakpoints {
                    look(breakpoint);
                    breakpoints += 1;
                }
            }
            "setFunctionBreakpoints" => {
                let arguments = read!(SetFunctionBreakpoints<$short<FunctionBreakpoint>>);
                arguments.breakpoints.iter().for_each(look);
            }
            "setExceptionBreakpoints" => {
                read!(SetExceptionBreakpoints<$short<Str>>)
                    .filters
                    .iter()
                    .for_each(look);
            }
            "stackTrace" => drop(read!(StackTraceArguments)),
            "scopes" => drop(read!(ScopesArguments)),
            "variables" => drop(read!(VariablesArguments)),
            "evaluate" => drop(read!(EvaluateArguments)),
            "next" | "continue" => drop(read!(ThreadArguments)),
            "disconnect" => drop(read!(DisconnectArguments)),
            _ => {}
        }
        Some(breakpoints)
    }};
}

fn look<T>(value: &T) {
    black_box(value);
}

fn decode(mut wire: &[u8], mut request: impl FnMut(&[u8]) -> Option<usize>) -> Option<Found> {
    let mut found = Found::default();
    while let Some(body) = next_body(&mut wire) {
        found.messages += 1;
        found.content += request(body)?;
    }
    Some(found)
}

struct Written<W> {
    replies: Vec<Reply<'static>>,
    /// The body, whose length has to be known before its header is written.
    body: Vec<u8>,
    write: W,
}

impl<W: FnMut(&Reply<'static>, &mut Vec<u8>)> Encoder for Written<W> {
    fn encode(&mut self, out: &mut Vec<u8>) {
        for reply in &self.replies {
            self.body.clear();
            (self.write)(reply, &mut self.body);
            write!(out, "Content-Length: {}\r\n\r\n", self.body.len()).expect("a vector takes everything");
            out.extend_from_slice(&self.body);
        }
    }
}

fn encoder(
    bodies: &'static [Vec<u8>],
    write: impl FnMut(&Reply<'static>, &mut Vec<u8>) + 'static,
) -> Option<Box<dyn Encoder>> {
    let replies = bodies.iter().map(|body| Reply::read(body)).collect::<Option<_>>()?;
    let body = vec![];
    Some(Box::new(Written { replies, body, write }))
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "reading it is the work")]
struct Envelope<'a> {
    seq: i32,
    #[serde(rename = "type")]
    kind: &'a str,
    command: &'a str,
    arguments: Option<&'a RawValue>,
}

/// The header reader that all three share.
impl Lane for ByHand {
    fn name(&self) -> &'static str {
        "header by hand"
    }

    fn frame(&mut self, mut wire: &[u8]) -> Option<Found> {
        let mut found = Found::default();
        while let Some(body) = next_body(&mut wire) {
            found.messages += 1;
            found.content += body.len();
            black_box(body);
        }
        Some(found)
    }
}

impl Lane for SerdeJson {
    fn name(&self) -> &'static str {
        "serde_json, borrowed"
    }

    fn decode(&mut self, wire: &[u8]) -> Option<Found> {
        fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
            serde_json::from_str(text).ok()
        }
        decode(wire, |body| {
            let envelope: Envelope<'_> = black_box(serde_json::from_slice(body).ok()?);
            let arguments = envelope.arguments.map_or("{}", |raw| raw.get());
            typed!(envelope.command, arguments, read, Vec, Vec)
        })
    }

    fn encoder(&self, bodies: &'static [Vec<u8>]) -> Option<Box<dyn Encoder>> {
        encoder(bodies, |reply, out| {
            serde_json::to_writer(out, reply).expect("a vector takes everything");
        })
    }
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "reading it is the work")]
struct LazyEnvelope<'a> {
    seq: i32,
    #[serde(rename = "type")]
    kind: &'a str,
    command: &'a str,
    #[serde(borrow)]
    arguments: Option<sonic_rs::LazyValue<'a>>,
}

impl Lane for Sonic {
    fn name(&self) -> &'static str {
        "sonic-rs"
    }

    fn decode(&mut self, wire: &[u8]) -> Option<Found> {
        fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
            sonic_rs::from_str(text).ok()
        }
        decode(wire, |body| {
            let envelope: LazyEnvelope<'_> = black_box(sonic_rs::from_slice(body).ok()?);
            let arguments = envelope.arguments.as_ref().map_or("{}", |value| value.as_raw_str());
            typed!(envelope.command, arguments, read, Vec, Vec)
        })
    }

    fn encoder(&self, bodies: &'static [Vec<u8>]) -> Option<Box<dyn Encoder>> {
        encoder(bodies, |reply, out| {
            sonic_rs::to_writer(out, reply).expect("a vector takes everything");
        })
    }
}

/// Room for the most breakpoints in the traffic.
type Long<T> = heapless::Vec<T, 1024>;
type Short<T> = heapless::Vec<T, 8>;

/// It hands out no unread part of a message, so each is read twice: for the command, and for its arguments.
#[derive(Deserialize)]
#[allow(dead_code, reason = "reading it is the work")]
struct ShortEnvelope<'a> {
    seq: i32,
    #[serde(rename = "type")]
    kind: &'a str,
    command: &'a str,
}

#[derive(Deserialize)]
struct Only<T> {
    arguments: T,
}

impl Lane for SerdeJsonCore {
    fn name(&self) -> &'static str {
        "serde-json-core + heapless"
    }

    fn decode(&mut self, wire: &[u8]) -> Option<Found> {
        /// With room for the text of one string without its escapes.
        fn read<'a, T: Deserialize<'a>>((body, unescaped): (&'a [u8], &mut [u8])) -> Option<T> {
            let (whole, _): (Only<T>, _) = serde_json_core::from_slice_escaped(body, unescaped).ok()?;
            Some(whole.arguments)
        }
        let mut unescaped = [0; 4096];
        decode(wire, |body| {
            let (envelope, _): (ShortEnvelope<'_>, _) =
                black_box(serde_json_core::from_slice_escaped(body, &mut unescaped).ok()?);
            typed!(envelope.command, (body, &mut unescaped), read, Long, Short)
        })
    }

    fn encoder(&self, bodies: &'static [Vec<u8>]) -> Option<Box<dyn Encoder>> {
        let mut room = vec![0; 1 << 20];
        encoder(bodies, move |reply, out| {
            let length = serde_json_core::to_slice(reply, &mut room).expect("there is room for the longest");
            out.extend_from_slice(&room[..length]);
        })
    }
}
