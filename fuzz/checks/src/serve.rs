//! The blocking loop over a stream that trickles: the same rules hold from end to end, and it always comes to an end.
//!
//! An input is four bytes of setting (room, storage, cuts, decisions) and then what the client sends.

use core::convert::Infallible;

use dapstub::Failure;
use dapstub::frame::{Limits, Received, Receiver};
use dapstub::io::{Client, End, Program, ServeError, Turn, serve};
use dapstub::json::DEFAULT_DEPTH;
use dapstub::output::SliceOutput;
use dapstub::protocol::{
    Command, ExitedEvent, InvalidatedEvent, ProgressEndEvent, RunInTerminalArguments, StoppedEvent, requests,
};
use dapstub::session::{RespondError, Session, Ticket};

use crate::debuggee::Puppet;
use crate::incoming::Incoming;
use crate::judge::Judge;

/// Checks one input.
pub fn check(data: &[u8]) {
    let Some((&[room, storage, cuts, decisions], stream)) = data.split_first_chunk() else {
        return;
    };
    let stream = &stream[..stream.len().min(16 * 1024)];
    let mut room = vec![0; usize::from(room) * 32];
    let (size, enough) = (64 + usize::from(storage) * 16, room.len() >= 1024);
    let limits = Limits::new(size);
    let mut receiver = Receiver::with_limits(vec![0; size], limits);
    let mut session = Session::<_, 8>::new(SliceOutput::new(&mut room));
    let mut connection = Connection {
        rest: stream,
        sent: Vec::new(),
        cuts: Puppet::new(cuts),
    };
    let mut program = Puppet::new(decisions);
    let result = serve(&mut connection, &mut receiver, &mut session, &mut program);
    assert!(
        !enough || result != Err(ServeError::OutputTooSmall),
        "an error response has room"
    );
    watched(stream, limits, &connection.sent, result);
}

/// Reads what was sent as the client that sent `stream`.
fn watched(stream: &[u8], limits: Limits, sent: &[u8], result: Result<End, ServeError<Infallible>>) {
    let mut judge = Judge::default();
    judge.is_lenient();
    let mut receiver = Receiver::with_limits(vec![0; limits.body], limits);
    let mut rest = stream;
    let (mut wanted, mut unsure) = (0, 0);
    let error = loop {
        match receiver.next() {
            Ok(Received::Message(body)) => match Incoming::of(body, DEFAULT_DEPTH) {
                Incoming::Request(request) => {
                    judge.announces(body);
                    judge.asks(request.named());
                    wanted += 1;
                }
                Incoming::Bad(asked) => {
                    judge.asks(asked);
                    wanted += 1;
                }
                Incoming::Response => {}
                Incoming::Rubbish => unsure += 1,
            },
            Ok(Received::Oversize { .. }) => unsure += 1,
            Ok(Received::NeedInput) => {
                let space = receiver.space();
                let n = space.len().min(rest.len());
                if n == 0 {
                    break None;
                }
                space[..n].copy_from_slice(&rest[..n]);
                rest = &rest[n..];
                receiver.fed(n);
            }
            Err(error) => break Some(error),
        }
    };
    let seen = judge.reads(sent);
    assert!(judge.answers <= wanted + unsure, "one answer to each request");
    match result {
        Ok(End::Disconnected) => assert!(judge.has_ended()),
        Ok(End::Lost) => assert_eq!(error, None),
        Err(ServeError::Frame(found)) => assert_eq!(Some(found), error),
        Err(ServeError::OutputTooSmall) => return,
        Err(ServeError::Transport(never)) => match never {},
    }
    // What is still open when the stream ends was put off; the loop itself leaves nothing unanswered.
    if !matches!(result, Ok(End::Disconnected)) {
        let put_off = 8 + 1;
        assert!(
            judge.answers + put_off >= wanted,
            "{} answers to {wanted} requests: {seen:?}",
            judge.answers
        );
    }
}

/// A stream that gives and takes what it likes.
struct Connection<'s> {
    rest: &'s [u8],
    sent: Vec<u8>,
    cuts: Puppet,
}

impl Connection<'_> {
    fn cut(&mut self, room: usize) -> usize {
        match self.cuts.next(3) {
            0 => room,
            1 => room.min(1),
            _ => room.min(self.cuts.next(40) as usize + 1),
        }
    }
}

impl embedded_io::ErrorType for Connection<'_> {
    type Error = Infallible;
}

impl embedded_io::Read for Connection<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        assert!(!buffer.is_empty(), "there is room to read to");
        let n = self.cut(buffer.len()).min(self.rest.len());
        let (now, later) = self.rest.split_at(n);
        buffer[..n].copy_from_slice(now);
        self.rest = later;
        Ok(n)
    }
}

impl embedded_io::ReadReady for Connection<'_> {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(self.cuts.next(4) > 0)
    }
}

impl embedded_io::Write for Connection<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        let n = self.cut(bytes.len());
        self.sent.extend_from_slice(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// It runs for a while, reports and answers late.
impl Program for Puppet {
    fn turn(&mut self, client: &mut dyn Client) -> Turn {
        self.turns += 1;
        match self.next(4) {
            0 => {
                if let Some(ticket) = self.kept.pop() {
                    let result = match self.next(2) {
                        0 => client.respond(ticket, b"{}"),
                        _ => client.fail(ticket, &Failure::not_stopped()),
                    };
                    if let Err(RespondError::Full(ticket)) = result {
                        self.kept.push(ticket);
                    }
                }
            }
            1 => {
                // Too early, too late, no room: the program can't help it.
                let _ = client.report(StoppedEvent::default());
            }
            2 => {
                let _ = client.report(ExitedEvent::default());
            }
            _ => {
                let _ = match self.next(4) {
                    0 => client.report(InvalidatedEvent::default()),
                    1 => client.report(ProgressEndEvent::default()),
                    2 => client.event("memory", &|out| out.push(b"{}")),
                    _ => Ok(()),
                };
                let _ = match self.next(3) {
                    0 => client.ask::<requests::RunInTerminal>(&RunInTerminalArguments::default()),
                    1 => client.send_request(Command::StartDebugging, &|out| out.push(b"{}")),
                    _ => Ok(0),
                };
            }
        }
        // It may not run for ever while nothing comes.
        if !self.turns.is_multiple_of(50) && self.next(4) > 0 {
            Turn::Running
        } else {
            Turn::Stopped
        }
    }

    fn keep(&mut self, ticket: Ticket) {
        self.kept.push(ticket);
    }
}
