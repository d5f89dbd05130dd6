//! Writing through the session: each response with the ticket of a request that was received before the clock runs.

use super::held::Held;
use crate::lanes::Encoder;
use dapstub::json::{MAX_DEPTH, Raw, ToJson, scan};
use dapstub::output::{Full, Output};
use dapstub::protocol::{
    BreakpointsResponse, Capabilities, ContinueResponse, EvaluateResponse, Event, OutputEvent, ScopesResponse,
    StackTraceResponse, StoppedEvent, TerminatedEvent, ThreadsResponse, VariablesResponse,
};
use dapstub::session::{Session, Step, Ticket};

/// A vector as output, as a frontend with a heap has it.
#[derive(Default)]
struct Growing(Vec<u8>);

impl Output for Growing {
    fn push(&mut self, bytes: &[u8]) -> Result<(), Full> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn room(&self) -> usize {
        usize::MAX
    }

    fn written(&self) -> &[u8] {
        &self.0
    }

    fn written_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }

    fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    fn consume(&mut self, n: usize) {
        self.0.drain(..n);
    }
}

macro_rules! bodies {
    ($($name:pat => $variant:ident($type:ty),)*) => {
        /// The body of a response.
        enum Body {
            None,
            $($variant(Box<$type>),)*
        }

        impl Body {
            fn read(command: &str, json: Option<Raw<'static>>) -> Option<Self> {
                let Some(json) = json else { return Some(Self::None) };
                match command {
                    $($name => json.read::<$type>().ok().map(|body| Self::$variant(Box::new(body.held()))),)*
                    _ => None,
                }
            }

            fn write<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), Full> {
                match self {
                    Self::None => Ok(()),
                    $(Self::$variant(body) => body.write(out),)*
                }
            }
        }
    };
}
bodies! {
    "initialize" => Capabilities(Capabilities<'static>),
    "setBreakpoints" | "setFunctionBreakpoints" => Breakpoints(BreakpointsResponse<'static>),
    "stackTrace" => Stack(StackTraceResponse<'static>),
    "variables" => Variables(VariablesResponse<'static>),
    "threads" => Threads(ThreadsResponse<'static>),
    "scopes" => Scopes(ScopesResponse<'static>),
    "evaluate" => Evaluate(EvaluateResponse<'static>),
    "continue" => Continue(ContinueResponse),
}

/// What leads to a message.
enum Cause {
    /// A request is answered.
    Answer {
        request: Vec<u8>,
        body: Body,
    },
    /// `attach` is carried out: `initialized` goes out.
    Attached,
    /// `configurationDone` is answered, and with it `attach`, which is the message after it.
    Configured {
        request_seq: u32,
        attach: u32,
    },
    /// Came with the message before it.
    Together,
    Report(Box<Event<'static>>),
}

/// `OPEN` of the sessions: as many as they can have.
const OPEN: usize = 253;

/// The session that a message comes from. Running sessions are shared; those that have to be at some other point of
/// their life serve one message.
enum Place {
    Shared(usize),
    Own(Box<Session<Growing, 2>>),
}

/// What is ready to be sent: the session, and the ticket of the request if there is one.
type Ready = Option<(Place, Option<Ticket>)>;

pub struct Replies {
    causes: Vec<Cause>,
    sessions: Vec<Session<Growing, OPEN>>,
    ready: Vec<Ready>,
}

impl Replies {
    pub fn new(bodies: &'static [Vec<u8>]) -> Option<Self> {
        let mut causes: Vec<Cause> = vec![];
        for (index, body) in bodies.iter().enumerate() {
            let cause = match (causes.last(), cause(body, bodies.get(index + 1))?) {
                (Some(Cause::Configured { .. }), Cause::Answer { .. }) => Cause::Together,
                (_, cause) => cause,
            };
            causes.push(cause);
        }
        let (sessions, ready) = (vec![], vec![]);
        Some(Self {
            causes,
            sessions,
            ready,
        })
    }

    /// A place in a running session for one more request.
    fn shared(&mut self, used: &mut usize, request: Option<&[u8]>) -> (Place, Option<Ticket>) {
        let index = *used / OPEN;
        if index == self.sessions.len() {
            self.sessions.push(running());
        }
        let session = &mut self.sessions[index];
        *used += usize::from(request.is_some());
        (Place::Shared(index), request.map(|body| received(session, body)))
    }
}

fn report(event: impl Into<Event<'static>>) -> Cause {
    Cause::Report(Box::new(event.into()))
}

fn cause(body: &'static [u8], next: Option<&'static Vec<u8>>) -> Option<Cause> {
    let envelope = scan(body, MAX_DEPTH).envelope;
    if envelope.kind()?.as_text()? == "event" {
        let message: serde_json::Value = serde_json::from_slice(body).ok()?;
        return Some(match message["event"].as_str()? {
            "initialized" => Cause::Attached,
            "output" => report(envelope.body()?.read::<OutputEvent<'_>>().ok()?.held()),
            "stopped" => report(envelope.body()?.read::<StoppedEvent<'_>>().ok()?.held()),
            "terminated" => report(TerminatedEvent::default()),
            _ => return None,
        });
    }
    let request_seq: u32 = envelope.request_seq()?.read().ok()?;
    let command = envelope.command()?.as_text()?.as_str()?;
    if command == "configurationDone" {
        let attach: u32 = scan(next?, MAX_DEPTH).envelope.request_seq()?.read().ok()?;
        return Some(Cause::Configured { request_seq, attach });
    }
    let body = Body::read(command, envelope.body())?;
    let request = request(request_seq, command);
    Some(Cause::Answer { request, body })
}

fn request(seq: u32, command: &str) -> Vec<u8> {
    format!(r#"{{"seq":{seq},"type":"request","command":"{command}"}}"#).into_bytes()
}

fn received<const N: usize>(session: &mut Session<Growing, N>, body: &[u8]) -> Ticket {
    match session.receive(body) {
        Ok(Step::Request(request)) => request.ticket(),
        other => panic!("the session did not take the request: {other:?}"),
    }
}

fn attaching<const N: usize>(attach: u32) -> (Session<Growing, N>, Ticket) {
    let mut session = Session::new(Growing::default());
    let initialize = received(&mut session, &request(1, "initialize"));
    session.respond(initialize, |_| Ok(())).expect("initialize is open");
    let ticket = received(&mut session, &request(attach, "attach"));
    (silenced(session), ticket)
}

fn starting<const N: usize>(attach: u32, configuration_done: u32) -> (Session<Growing, N>, Ticket) {
    let (mut session, ticket) = attaching(attach);
    session.attached(ticket).expect("attach is open");
    let ticket = received(&mut session, &request(configuration_done, "configurationDone"));
    (silenced(session), ticket)
}

fn running<const N: usize>() -> Session<Growing, N> {
    let (mut session, ticket) = starting(2, 3);
    session.respond(ticket, |_| Ok(())).expect("configurationDone is open");
    silenced(session)
}

fn silenced<const N: usize>(mut session: Session<Growing, N>) -> Session<Growing, N> {
    session.output_mut().0.clear();
    session
}

impl Encoder for Replies {
    fn prepare(&mut self) {
        self.sessions.clear();
        self.sessions.push(running());
        self.ready.clear();
        let causes = std::mem::take(&mut self.causes);
        let mut used = 0;
        for cause in &causes {
            let own = |(session, ticket)| Some((Place::Own(Box::new(session)), ticket));
            let with = |(session, ticket)| (session, Some(ticket));
            let ready = match cause {
                Cause::Together => None,
                Cause::Attached => own(with(attaching(2))),
                Cause::Configured { request_seq, attach } => own(with(starting(*attach, *request_seq))),
                Cause::Report(event) if matches!(**event, Event::Terminated(_)) => own((running(), None)),
                Cause::Report(_) => Some(self.shared(&mut used, None)),
                Cause::Answer { request, body } => {
                    let mut session = match body {
                        Body::Capabilities(_) => Some(Session::new(Growing::default())),
                        _ if request.ends_with(br#""disconnect"}"#) => Some(running()),
                        _ => None,
                    };
                    match session.take() {
                        Some(mut session) => {
                            let ticket = received(&mut session, request);
                            own((session, Some(ticket)))
                        }
                        None => Some(self.shared(&mut used, Some(request))),
                    }
                }
            };
            self.ready.push(ready);
        }
        self.causes = causes;
    }

    fn encode(&mut self, out: &mut Vec<u8>) {
        for (cause, ready) in self.causes.iter().zip(&mut self.ready) {
            match ready.take() {
                None => {}
                Some((Place::Shared(index), ticket)) => send(&mut self.sessions[index], cause, ticket, out),
                Some((Place::Own(mut session), ticket)) => {
                    send(&mut session, cause, ticket, out);
                    // Its end is not part of the message.
                    *ready = Some((Place::Own(session), None));
                }
            }
        }
    }
}

/// The bytes go on where the session before has stopped: the buffer is handed on, which moves three words.
fn send<const N: usize>(session: &mut Session<Growing, N>, cause: &Cause, ticket: Option<Ticket>, out: &mut Vec<u8>) {
    std::mem::swap(&mut session.output_mut().0, out);
    match (cause, ticket) {
        (Cause::Answer { body, .. }, Some(ticket)) => {
            session.respond(ticket, |out| body.write(out)).expect("it is open")
        }
        (_, Some(ticket)) => session.respond(ticket, |_| Ok(())).expect("it is open"),
        (Cause::Report(event), None) => session.report(**event).expect("it is running"),
        _ => {}
    }
    std::mem::swap(&mut session.output_mut().0, out);
}
