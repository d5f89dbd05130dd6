//! One client: its requests, our answers, and the order that DAP wants.
//!
//! A [`Session`] does no I/O. Message bodies go in ([`receive`](Session::receive)) and come back as requests, the host
//! answers each with its [`Ticket`] in any order and reports events, and the bytes to be sent collect in the [`Output`]
//! that the caller gave. [`Phase`] has the picture of the order that is kept here: a request at the wrong time, a
//! malformed message, one request too many: each is answered with an error by the session itself, and the stream goes
//! on.

mod answers;
mod error;
mod message;
mod phase;
mod reports;
#[cfg(test)]
mod tests;
mod ticket;
pub(crate) mod wire;
mod wishes;

pub use error::{EventError, RequestError, RespondError};
pub use message::{BadMessage, Cause, Reply, Request};
pub(crate) use phase::Move;
pub use phase::Phase;
pub use ticket::{MAX_COMMAND_NAME, Ticket};

use crate::failure::{Reason, Refusal, id};
use crate::json::{self, DEFAULT_DEPTH, MAX_DEPTH, Text};
use crate::output::{Body, Full, Output};
use crate::protocol::Command;
use message::Incoming;
use ticket::Slot;
use wishes::Wishes;

/// How many requests may wait for their answer at once, unless given otherwise.
pub const DEFAULT_OPEN: usize = 32;

/// How many requests of ours may wait for the client's answer at once; further ones take the place of the oldest, see
/// [`set_aside`](Session::set_aside).
pub const MAX_ASKED: usize = 4;

/// Writes the body of a message; what it is given shows only its own bytes.
pub type Writer<'w, 'o, O> = Body<'w, Body<'o, O>>;

/// What became of a message.
#[derive(Debug)]
#[must_use = "a request has to be answered"]
pub enum Step<'b> {
    /// A request for the host. Answer it with its ticket, now or later.
    Request(Request<'b>),
    /// The client's answer to a request of ours.
    Reply(Reply<'b>),
    /// The session has answered it itself, with an error.
    Answered,
    /// Nothing to do: an answer to no request of ours, or anything at all after the session ended.
    Ignored,
}

/// What a host says to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done; its answer stands in the body.
    Done,
    /// It will be answered later, through its ticket. What was written is dropped.
    Later,
}

/// One client's side of the protocol: sequence numbers, order, open requests.
///
/// `OPEN` is how many requests may wait at once, at most 254; a further one is answered with an error. A place for
/// `disconnect` is kept besides.
///
/// ```
/// use dapstub::session::{Session, Step};
/// use dapstub::json::ToJson;
/// use dapstub::protocol::Capabilities;
///
/// let mut session = Session::<heapless::Vec<u8, 512>>::new(heapless::Vec::new());
/// let body = br#"{"seq":1,"type":"request","command":"initialize","arguments":{"adapterID":"demo"}}"#;
/// let Step::Request(request) = session.receive(body)? else { panic!() };
/// let capabilities = Capabilities { supports_configuration_done_request: true, ..Default::default() };
/// session.respond(request.ticket(), |body| capabilities.write(body)).unwrap();
///
/// let sent = br#"{"seq":1,"type":"response","request_seq":1,"success":true,"command":"initialize","body":{"supportsConfigurationDoneRequest":true}}"#;
/// assert!(session.outgoing().ends_with(sent));
/// # Ok::<(), dapstub::output::Full>(())
/// ```
#[derive(Debug)]
pub struct Session<O: Output, const OPEN: usize = DEFAULT_OPEN> {
    out: O,
    /// Number of the message sent last.
    seq: u32,
    phase: Phase,
    depth: usize,
    open: [Slot; OPEN],
    /// Its own place, so that a client can always leave.
    disconnect: Slot,
    /// `attach` or `launch`, answered as soon as `configurationDone` is.
    held: Option<Ticket>,
    /// Requests of ours that wait for the client's answer.
    asked: [Option<(u32, Command)>; MAX_ASKED],
    wishes: Wishes,
    /// The host was ready once.
    attached: bool,
    sent_terminated: bool,
    sent_exited: bool,
    /// Requests that DAP does not know come through before `initialize`.
    early: bool,
    /// The answer to `attach` is not held.
    prompt: bool,
}

impl<O: Output, const OPEN: usize> Session<O, OPEN> {
    const PLACES: () = assert!(
        OPEN > 0 && OPEN < Ticket::NOWHERE as usize,
        "OPEN has to be from 1 to 254"
    );

    /// A session with a client that has not said anything yet. What it sends is appended to `out`, which needs room for
    /// the largest answer wanted, and for an error response at least: 1 KB is enough for any of those.
    pub const fn new(out: O) -> Self {
        let () = Self::PLACES;
        Self {
            out,
            seq: 0,
            phase: Phase::Listening,
            depth: DEFAULT_DEPTH,
            open: [const { Slot::EMPTY }; OPEN],
            disconnect: Slot::EMPTY,
            held: None,
            asked: [None; MAX_ASKED],
            wishes: Wishes::NONE,
            attached: false,
            sent_terminated: false,
            sent_exited: false,
            early: false,
            prompt: false,
        }
    }

    /// Refuses JSON nested deeper than `depth`, instead of [`DEFAULT_DEPTH`]. More than [`MAX_DEPTH`] counts as that.
    #[must_use]
    pub fn with_depth(mut self, depth: usize) -> Self {
        self.depth = depth.min(MAX_DEPTH);
        self
    }

    /// Lets requests that DAP does not know through also before `initialize`, for a connection that the program opened itself:
    /// an adapter that waits for programs asks who they are before it has a client. Everything else keeps its order.
    #[must_use]
    pub const fn with_early_requests(mut self) -> Self {
        self.early = true;
        self
    }

    /// Answers `attach` and `launch` as soon as the host is ready, behind `initialized`, instead of behind `configurationDone`:
    /// for an adapter in between, which lets its client configure only then.
    pub const fn answer_attach_at_once(&mut self) {
        self.prompt = true;
    }

    /// Begins anew, as with a client that has not said anything yet. Open requests are answered no more, and their
    /// tickets are stale. What is outgoing stays.
    pub fn restart(&mut self) {
        for slot in self.open.iter_mut().chain([&mut self.disconnect]) {
            slot.close();
        }
        self.seq = 0;
        self.phase = Phase::Listening;
        self.held = None;
        self.asked = [None; MAX_ASKED];
        self.wishes = Wishes::NONE;
        self.attached = false;
        self.sent_terminated = false;
        self.sent_exited = false;
    }

    /// How far the session has come.
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// How many requests wait for their answer, the held `attach` among them.
    pub fn open_requests(&self) -> usize {
        self.slots().filter(|slot| slot.is_open()).count()
    }

    /// The ticket of the open request with this number, so that `cancel` can answer it; `None` if there is none, or if
    /// it is an `attach` that waits for `configurationDone` only. If the client gave one number to several, the ticket
    /// is that of one of them.
    pub fn open_request(&self, seq: i32) -> Option<Ticket> {
        let ticket = |(index, slot): (usize, &Slot)| slot.ticket(u8::try_from(index).ok()?, seq);
        let open = self.slots().enumerate().find_map(ticket)?;
        self.is_open(&open).then_some(open)
    }

    /// The bytes to be sent. Say with [`sent`](Self::sent) how many of them were.
    pub fn outgoing(&self) -> &[u8] {
        self.out.written()
    }

    /// Drops the first `n` outgoing bytes.
    pub fn sent(&mut self, n: usize) {
        self.out.consume(n);
    }

    /// The output itself, for a frontend that sends in its own way. Bytes may only be taken from its front.
    pub const fn output_mut(&mut self) -> &mut O {
        &mut self.out
    }

    /// Takes one message body in.
    ///
    /// # Errors
    ///
    /// [`Full`] when an error response had to be written and did not fit: nothing has happened; send what is outgoing
    /// and give the same body again.
    pub fn receive<'b>(&mut self, body: &'b [u8]) -> Result<Step<'b>, Full> {
        self.receive_or_restart(body, || false)
    }

    /// The same on a line that does not say when a client is gone. If `initialize` comes in the middle of the session and
    /// `restart` returns `true`, another client is there, and the session [begins anew](Self::restart) with this request.
    ///
    /// # Errors
    ///
    /// As for [`receive`](Self::receive).
    pub fn receive_or_restart<'b>(&mut self, body: &'b [u8], restart: impl FnOnce() -> bool) -> Result<Step<'b>, Full> {
        if self.phase == Phase::Ended {
            return Ok(Step::Ignored);
        }
        match Incoming::read(body, json::scan(body, self.depth)) {
            Ok(Incoming::Request(request)) => {
                if request.command() == Command::Initialize && self.phase != Phase::Listening && restart() {
                    self.restart();
                }
                self.asked(request)
            }
            Ok(Incoming::Reply(reply)) => Ok(self.replied(reply)),
            Err(bad) => self.refuse(&bad),
        }
    }

    /// Takes in the beginning of a message whose body was too large and was skipped
    /// ([`Received::Oversize`](crate::frame::Received::Oversize)). It is answered with an error, under its number if
    /// that stood in the beginning.
    ///
    /// # Errors
    ///
    /// [`Full`] as for [`receive`](Self::receive).
    pub fn receive_oversize(&mut self, prefix: &[u8], announced: usize) -> Result<(), Full> {
        if self.phase == Phase::Ended {
            return Ok(());
        }
        let bad = BadMessage::new(json::scan(prefix, self.depth).envelope, Cause::TooLarge { announced });
        self.refuse(&bad).map(drop)
    }

    fn asked<'b>(&mut self, request: Request<'b>) -> Result<Step<'b>, Full> {
        let command = request.command();
        let (seq, name) = (request.seq(), request.command_str());
        let phase = match self.phase.after(Move::Asked(command)) {
            Ok(phase) => phase,
            Err(Refusal::NotInitialized) if self.early && command == Command::Unknown => self.phase,
            Err(refusal) => return self.refuse_request(seq, name, Reason::new(id::ORDER, refusal.text())),
        };
        let free = if command == Command::Disconnect {
            Some((OPEN, &mut self.disconnect))
        } else {
            self.open.iter_mut().enumerate().find(|(_, slot)| !slot.is_open())
        };
        let Some((index, slot)) = free else {
            let reason = Reason::new(id::TOO_MANY_OPEN, "too many requests wait for their answer");
            return self.refuse_request(seq, name, reason);
        };
        let Some(ticket) = u8::try_from(index)
            .ok()
            .and_then(|index| slot.take(index, seq, command, name))
        else {
            let reason = Reason::new(id::NOT_SUPPORTED, "the name of the command is too long");
            return self.refuse_request(seq, name, reason);
        };
        self.phase = phase;
        if command == Command::Initialize {
            self.wishes = Wishes::of(request.arguments());
        }
        Ok(Step::Request(request.with_ticket(&ticket)))
    }

    fn replied<'b>(&mut self, reply: Reply<'b>) -> Step<'b> {
        let mut asked = self.asked.iter_mut();
        let Some(place) = asked.find(|asked| asked.is_some_and(|(seq, _)| seq == reply.request_seq)) else {
            return Step::Ignored;
        };
        let command = place.take().map_or(Command::Unknown, |(_, command)| command);
        Step::Reply(Reply { command, ..reply })
    }

    fn refuse<'b>(&mut self, bad: &BadMessage<'_>) -> Result<Step<'b>, Full> {
        if bad.is_response {
            return Ok(Step::Ignored);
        }
        #[cfg(feature = "terse")]
        return self.refuse_request(bad.seq, bad.command, bad.reason());
        #[cfg(not(feature = "terse"))]
        self.refuse_request(bad.seq, bad.command, (&bad.failure()).into())
    }

    fn refuse_request<'b>(&mut self, seq: i32, name: Text<'_>, reason: Reason<'_>) -> Result<Step<'b>, Full> {
        // A name as long as the sender likes is not worth repeating.
        let name = if name.raw().len() > MAX_COMMAND_NAME {
            Text::default()
        } else {
            name
        };
        let next = self.next_seq();
        wire::failure(&mut self.out, next, seq, name, reason)?;
        self.seq = next;
        Ok(Step::Answered)
    }

    fn next_seq(&self) -> u32 {
        self.seq.wrapping_add(1)
    }

    fn advance(&mut self, step: Move) {
        if let Ok(phase) = self.phase.after(step) {
            self.phase = phase;
        }
    }

    fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.open.iter().chain([&self.disconnect])
    }
}
