//! `dap`: its server reads requests from a stream, and writes what it is given.

use super::{Encoder, Found, Lane};
use dap::base_message::{BaseMessage, Sendable};
use dap::requests::Command;
use dap::server;
use std::hint::black_box;
use std::io::{BufReader, BufWriter, empty, sink};

pub struct Server;

impl Lane for Server {
    fn name(&self) -> &'static str {
        "dap 0.4.1-alpha1"
    }

    fn decode(&mut self, wire: &[u8]) -> Option<Found> {
        let mut server = server::Server::new(BufReader::new(wire), BufWriter::new(sink()));
        let mut found = Found::default();
        while let Some(request) = server.poll_request().ok()? {
            found.messages += 1;
            if let Command::SetBreakpoints(arguments) = &request.command {
                for breakpoint in arguments.breakpoints.iter().flatten() {
                    black_box(breakpoint);
                    found.content += 1;
                }
            }
            black_box(request);
        }
        Some(found)
    }

    fn encoder(&self, bodies: &'static [Vec<u8>]) -> Option<Box<dyn Encoder>> {
        let messages = bodies.iter().map(|body| serde_json::from_slice(body).ok());
        let messages = messages.collect::<Option<_>>()?;
        Some(Box::new(Written { messages, next: vec![] }))
    }
}

struct Written {
    messages: Vec<BaseMessage>,
    /// The server consumes what it sends.
    next: Vec<Sendable>,
}

impl Encoder for Written {
    fn prepare(&mut self) {
        self.next = self.messages.iter().map(|message| copy(&message.message)).collect();
    }

    fn encode(&mut self, out: &mut Vec<u8>) {
        let mut server = server::Server::new(BufReader::new(empty()), BufWriter::new(out));
        for message in self.next.drain(..) {
            server.send(message).expect("a vector takes everything");
        }
    }
}

fn copy(message: &Sendable) -> Sendable {
    match message {
        Sendable::Response(response) => Sendable::Response(response.clone()),
        Sendable::Event(event) => Sendable::Event(event.clone()),
        Sendable::ReverseRequest(_) => unreachable!("no kind has one"),
    }
}
