//! `debug-adapter-protocol`: types of the schema for serde. It frames what it writes, and reads no frames.

use super::serde_typed::next_body;
use super::{Encoder, Found, Lane};
use debug_adapter_protocol::requests::Request;
use debug_adapter_protocol::{ProtocolMessage, ProtocolMessageContent};
use std::hint::black_box;
use std::io::Write;

pub struct Crate;

impl Lane for Crate {
    fn name(&self) -> &'static str {
        "debug-adapter-protocol 0.1"
    }

    fn decode(&mut self, mut wire: &[u8]) -> Option<Found> {
        let mut found = Found::default();
        while let Some(body) = next_body(&mut wire) {
            let message: ProtocolMessage = serde_json::from_slice(body).ok()?;
            found.messages += 1;
            if let ProtocolMessageContent::Request(Request::SetBreakpoints(arguments)) = &message.content {
                for breakpoint in &arguments.breakpoints {
                    black_box(breakpoint);
                    found.content += 1;
                }
            }
            black_box(message);
        }
        Some(found)
    }

    fn encoder(&self, bodies: &'static [Vec<u8>]) -> Option<Box<dyn Encoder>> {
        let messages = bodies.iter().map(|body| serde_json::from_slice(body).ok());
        Some(Box::new(Written(messages.collect::<Option<_>>()?)))
    }
}

struct Written(Vec<ProtocolMessage>);

impl Encoder for Written {
    fn encode(&mut self, out: &mut Vec<u8>) {
        for message in &self.0 {
            write!(out, "{message}").expect("a vector takes everything");
        }
    }
}
