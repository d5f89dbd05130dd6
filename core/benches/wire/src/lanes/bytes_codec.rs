//! `bytes`: a codec over a growing buffer, as async services have it. Frames only.

use super::{Found, Lane};
use bytes::{Buf, Bytes, BytesMut};
use std::hint::black_box;

pub struct Codec;

/// How much one read from a socket gives.
pub const CHUNK: usize = 16 * 1024;

impl Lane for Codec {
    fn name(&self) -> &'static str {
        "bytes codec"
    }

    fn frame(&mut self, wire: &[u8]) -> Option<Found> {
        let mut buffer = BytesMut::with_capacity(4 * CHUNK);
        let mut found = Found::default();
        for chunk in wire.chunks(CHUNK) {
            buffer.extend_from_slice(chunk);
            while let Some(body) = body(&mut buffer) {
                found.messages += 1;
                found.content += body.len();
                black_box(body);
            }
        }
        Some(found)
    }
}

fn body(buffer: &mut BytesMut) -> Option<Bytes> {
    let end = memchr::memmem::find(buffer, b"\r\n\r\n")?;
    let header = std::str::from_utf8(&buffer[..end]).ok()?;
    let length = header.lines().find_map(|line| line.strip_prefix("Content-Length:"))?;
    let length: usize = length.trim().parse().ok()?;
    let from = end + 4;
    if buffer.len() < from + length {
        buffer.reserve(from + length - buffer.len());
        return None;
    }
    buffer.advance(from);
    Some(buffer.split_to(length).freeze())
}
