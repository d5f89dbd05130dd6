//! The core, through what it offers to hosts.

mod held;
mod replies;

use super::bytes_codec::CHUNK;
use super::{Encoder, Found, Lane, OURS, OURS_BUFFERED};
use dapstub::frame::{self, Limits, Progress, Received, Receiver};
use dapstub::json::{Cursor, Expected, FromJson, Items, Mismatch, Text};
use dapstub::protocol::{
    Command, ContinueArguments, DisconnectArguments, EvaluateArguments, InitializeArguments, NextArguments,
    ScopesArguments, SetBreakpointsArguments, SetExceptionBreakpointsArguments, SetFunctionBreakpointsArguments,
    StackTraceArguments, VariablesArguments,
};
use dapstub::session::Request;
use std::hint::black_box;

/// The largest body taken, far above any here.
const LIMIT: usize = 4 << 20;

/// Messages that lie in memory: nothing is copied.
pub struct Ours;

impl Lane for Ours {
    fn name(&self) -> &'static str {
        OURS
    }

    fn frame(&mut self, wire: &[u8]) -> Option<Found> {
        let mut found = Found::default();
        each_body(wire, |body| {
            found.messages += 1;
            found.content += black_box(body).len();
            Some(())
        })?;
        Some(found)
    }

    fn decode(&mut self, wire: &[u8]) -> Option<Found> {
        let mut found = Found::default();
        each_body(wire, |body| {
            found.messages += 1;
            found.content += read(body)?;
            Some(())
        })?;
        Some(found)
    }

    fn encoder(&self, bodies: &'static [Vec<u8>]) -> Option<Box<dyn Encoder>> {
        Some(Box::new(replies::Replies::new(bodies)?))
    }
}

fn each_body(mut wire: &[u8], mut take: impl FnMut(&[u8]) -> Option<()>) -> Option<()> {
    loop {
        match frame::decode(wire, LIMIT).ok()? {
            Progress::Message { body, consumed } => {
                take(body)?;
                wire = &wire[consumed..];
            }
            Progress::Partial { .. } => return Some(()),
        }
    }
}

/// Messages that arrive in pieces and are put together in a buffer of the receiver.
pub struct Buffered {
    storage: Vec<u8>,
}

impl Default for Buffered {
    fn default() -> Self {
        Self {
            storage: vec![0; 512 * 1024],
        }
    }
}

impl Buffered {
    fn pass(&mut self, wire: &[u8], mut content: impl FnMut(&[u8]) -> Option<usize>) -> Option<Found> {
        let limits = Limits::new(self.storage.len());
        let mut receiver = Receiver::with_limits(&mut self.storage[..], limits);
        let mut found = Found::default();
        for mut chunk in wire.chunks(CHUNK) {
            while !chunk.is_empty() {
                let space = receiver.space();
                let n = chunk.len().min(space.len());
                space[..n].copy_from_slice(&chunk[..n]);
                receiver.fed(n);
                chunk = &chunk[n..];
                while let Received::Message(body) = receiver.next().ok()? {
                    found.messages += 1;
                    found.content += content(body)?;
                }
            }
        }
        Some(found)
    }
}

impl Lane for Buffered {
    fn name(&self) -> &'static str {
        OURS_BUFFERED
    }

    fn frame(&mut self, wire: &[u8]) -> Option<Found> {
        self.pass(wire, |body| Some(black_box(body).len()))
    }

    fn decode(&mut self, wire: &[u8]) -> Option<Found> {
        self.pass(wire, read)
    }
}

/// Reads a request with its arguments, looks at every element of its lists, and counts the breakpoints.
fn read(body: &[u8]) -> Option<usize> {
    let request = black_box(Request::parse(body).ok()?);
    let arguments = request.arguments();
    let mut breakpoints = 0;
    macro_rules! read {
        ($type:ty) => {
            black_box(arguments.parse::<$type>().ok()?)
        };
    }
    match request.command() {
        Command::Initialize => drop(read!(InitializeArguments)),
        Command::Attach => read!(Attach).path_mappings.iter().for_each(look),
        Command::SetBreakpoints => {
            for breakpoint in read!(SetBreakpointsArguments).requested() {
                look(breakpoint);
                breakpoints += 1;
            }
        }
        Command::SetFunctionBreakpoints => read!(SetFunctionBreakpointsArguments).breakpoints.iter().for_each(look),
        Command::SetExceptionBreakpoints => read!(SetExceptionBreakpointsArguments).filters.iter().for_each(look),
        Command::StackTrace => drop(read!(StackTraceArguments)),
        Command::Scopes => drop(read!(ScopesArguments)),
        Command::Variables => drop(read!(VariablesArguments)),
        Command::Evaluate => drop(read!(EvaluateArguments)),
        Command::Next => drop(read!(NextArguments)),
        Command::Continue => drop(read!(ContinueArguments)),
        Command::Disconnect => drop(read!(DisconnectArguments)),
        _ => {}
    }
    Some(breakpoints)
}

fn look<T>(value: T) {
    black_box(value);
}

/// What a host wants to know of `attach`, which DAP leaves to it.
#[derive(Clone, Copy, Default)]
struct Attach<'a> {
    name: Option<Text<'a>>,
    just_my_code: Option<bool>,
    path_mappings: Items<'a, Mapping<'a>>,
}

impl<'a> FromJson<'a> for Attach<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Mismatch<'a>> {
        let mut attach = Self::default();
        cursor.object()?;
        while let Some(key) = cursor.member() {
            match key.text().as_str() {
                Some("name") => attach.name = FromJson::read(cursor)?,
                Some("justMyCode") => attach.just_my_code = FromJson::read(cursor)?,
                Some("pathMappings") => attach.path_mappings = FromJson::read(cursor)?,
                _ => _ = cursor.raw(),
            }
        }
        Ok(attach)
    }
}

#[derive(Clone, Copy)]
#[allow(dead_code, reason = "reading them is the work")]
struct Mapping<'a> {
    local: Text<'a>,
    remote: Text<'a>,
}

impl<'a> FromJson<'a> for Mapping<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Mismatch<'a>> {
        let whole = *cursor;
        let (mut local, mut remote) = (None, None);
        cursor.object()?;
        while let Some(key) = cursor.member() {
            match key.text().as_str() {
                Some("localRoot") => local = Some(cursor.string()?),
                Some("remoteRoot") => remote = Some(cursor.string()?),
                _ => _ = cursor.raw(),
            }
        }
        Ok(Self {
            local: local.ok_or_else(|| whole.mismatch(Expected::Member("localRoot")))?,
            remote: remote.ok_or_else(|| whole.mismatch(Expected::Member("remoteRoot")))?,
        })
    }
}
