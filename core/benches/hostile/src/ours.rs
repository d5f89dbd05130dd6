//! This library, as a server that is debugging.

use super::cases::LIMIT;
use dapstub::Failure;
use dapstub::frame::{self, Progress, Received, Receiver};
use dapstub::json::{MAX_DEPTH, scan};
use dapstub::protocol::{Command, ScopesArguments};
use dapstub::session::{Session, Step};
use std::io::Read;

type Server = Session<heapless::Vec<u8, 4096>>;

/// Reads the stream and tells what comes out of it, one line for each thing.
pub fn read(mut stream: impl Read, tell: &mut dyn FnMut(&str)) {
    let mut session = Server::new(heapless::Vec::new());
    for (seq, command) in [(1, "initialize"), (2, "attach"), (3, "configurationDone")] {
        let body = format!(r#"{{"seq":{seq},"type":"request","command":"{command}"}}"#);
        let Ok(Step::Request(request)) = session.receive(body.as_bytes()) else {
            panic!("{command} is in order")
        };
        session.respond(request.ticket(), |_| Ok(())).expect("there is room");
    }
    session.sent(usize::MAX);

    let mut receiver = Receiver::new(vec![0; LIMIT]);
    loop {
        match receiver.next() {
            Err(error) => return tell(&format!("closed: {error}")),
            Ok(Received::Oversize { prefix, announced }) => {
                session.receive_oversize(prefix, announced).expect("there is room");
                tell(&answer(&mut session));
            }
            Ok(Received::Message(body)) => {
                if let Some(line) = take(&mut session, body) {
                    tell(&line);
                }
            }
            Ok(Received::NeedInput) => {
                let n = stream.read(receiver.space()).expect("the stream can be read");
                receiver.fed(n);
                if n == 0 {
                    break;
                }
            }
        }
    }
    if !receiver.is_between_messages() {
        tell("closed: the stream ended inside a message");
    }
}

fn take(session: &mut Server, body: &[u8]) -> Option<String> {
    match session.receive(body).expect("there is room") {
        Step::Request(request) => {
            let failure = match request.command() {
                Command::Scopes => request.arguments().parse::<ScopesArguments>().err().map(Failure::from),
                Command::Unknown => Some(Failure::not_supported(request.command_str())),
                _ => None,
            };
            let Some(failure) = failure else {
                let line = format!("request {} {}", request.seq(), request.command_str());
                session.respond(request.ticket(), |_| Ok(())).expect("it is open");
                session.sent(usize::MAX);
                return Some(line);
            };
            session.fail(request.ticket(), &failure).expect("it is open");
            Some(answer(session))
        }
        Step::Answered => Some(answer(session)),
        Step::Reply(_) => Some("reply".into()),
        Step::Ignored => Some("ignored".into()),
    }
}

/// The number and the text of the error response that was just written.
fn answer(session: &mut Server) -> String {
    let Ok(Progress::Message { body, .. }) = frame::decode(session.outgoing(), LIMIT) else {
        panic!("there is no answer")
    };
    let envelope = scan(body, MAX_DEPTH).envelope;
    let request_seq = envelope.request_seq().map_or("", |raw| raw.text());
    let message = envelope.message().and_then(|raw| raw.as_text()).unwrap_or_default();
    let line = format!("error response to {request_seq}: {message}");
    session.sent(usize::MAX);
    line
}
