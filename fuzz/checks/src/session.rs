//! One session after another: whatever clients send and hosts do, DAP's order is kept, every request is answered exactly
//! once, and what does not fit leaves no trace.
//!
//! An input is three bytes of setting (room for output, places for requests, depth) and then a list of moves, each a
//! byte that says which and what it needs.

mod moves;
mod table;

use arbitrary::Unstructured;
use dapstub::Failure;
use dapstub::failure::id;
use dapstub::frame::{Limits, Received, Receiver};
use dapstub::output::{Full, SliceOutput};
use dapstub::protocol::Command;
use dapstub::session::{Phase, RespondError, Session, Step, Ticket};

use crate::debuggee::Puppet;
use crate::incoming::Incoming;
use crate::judge::{Asked, Judge, Seen};

/// Room that is enough for every error response, by the documentation.
const ENOUGH: usize = 1024;

/// Checks one input.
pub fn check(data: &[u8]) {
    let Some((&[room, places, depth], moves)) = data.split_first_chunk() else {
        return;
    };
    let room = match room {
        small @ ..32 => usize::from(small) * 24,
        large => ENOUGH + (usize::from(large) - 32) * 16,
    };
    let depth = usize::from(depth).max(2);
    match places % 4 {
        0 => Play::<1>::new(room, depth).run(moves),
        1 => Play::<2>::new(room, depth).run(moves),
        2 => Play::<5>::new(room, depth).run(moves),
        _ => Play::<32>::new(room, depth).run(moves),
    }
}

/// A request that the host knows of.
struct Open {
    ticket: Ticket,
    /// Another handle on it.
    again: Ticket,
    asked: Asked,
    body: Vec<u8>,
}

struct Play<const OPEN: usize> {
    room: usize,
    depth: usize,
    seq: i32,
    open: Vec<Open>,
    /// Requests whose tickets the host lost.
    lost: Vec<Asked>,
    /// Tickets of requests that were answered.
    used: Vec<Ticket>,
    /// Requests of ours that were set aside.
    aside: Vec<(u32, Command)>,
    judge: Judge,
    /// Everything that was written, and how much of it was taken out.
    written: Vec<u8>,
    sent: usize,
    puppet: Puppet,
}

type Server<'o, const OPEN: usize> = Session<SliceOutput<'o>, OPEN>;

/// Whether the client stays.
#[derive(Clone, Copy, PartialEq)]
enum Client {
    Stays,
    Leaves,
}

impl<const OPEN: usize> Play<OPEN> {
    fn new(room: usize, depth: usize) -> Self {
        Self {
            room,
            depth,
            seq: 0,
            open: Vec::new(),
            lost: Vec::new(),
            used: Vec::new(),
            aside: Vec::new(),
            judge: Judge::default(),
            written: Vec::new(),
            sent: 0,
            puppet: Puppet::new(0),
        }
    }

    fn run(mut self, moves: &[u8]) {
        let mut moves = Unstructured::new(moves);
        let (room, depth) = (self.room, self.depth);
        // More moves hardly find more, and take their time.
        let mut left = 400_u32;
        while !moves.is_empty() && left > 0 {
            let mut storage = vec![0; room];
            let mut session = Session::new(SliceOutput::new(&mut storage)).with_depth(depth);
            let storage = vec![0; 512];
            let limits = Limits { body: 400, skip: 1500 };
            let mut receiver = Receiver::with_limits(storage, limits);
            self.forget_client();
            while left > 0 && !moves.is_empty() {
                left -= 1;
                if self.play(&mut session, &mut receiver, &mut moves) != Ok(Client::Stays) {
                    break;
                }
                self.looks(&session);
            }
        }
    }

    fn forget_client(&mut self) {
        let Self { room, depth, .. } = *self;
        *self = Self::new(room, depth);
    }

    /// Compares what the session says of itself with what the client has seen.
    fn looks(&self, session: &Server<'_, OPEN>) {
        assert_eq!(session.open_requests(), self.judge.pending());
        assert!(session.open_requests() <= OPEN + 1);
        assert!(session.outgoing().len() <= self.room);
        assert_eq!(session.phase() == Phase::Ended, self.judge.has_ended());
        assert!(self.written.ends_with(session.outgoing()));
        // The number of a request that was answered gives no ticket, nor does that of an `attach` that is held.
        let Some(seq) = self.used.last().map(Ticket::seq) else {
            return;
        };
        let held = matches!(session.phase(), Phase::Configuring | Phase::Starting)
            && self.judge.pending_under(seq.into()) == 1
            && ["attach", "launch"].map(|name| self.judge.is_pending(&(seq.into(), name.into()))) != [false; 2];
        if held || self.judge.pending_under(seq.into()) == 0 {
            assert_eq!(session.open_request(seq), None);
        }
    }

    /// Reads what was written since `before`, when that much was outgoing.
    fn reads(&mut self, session: &Server<'_, OPEN>, before: usize) -> Vec<Seen> {
        let fresh = &session.outgoing()[before..];
        self.written.extend_from_slice(fresh);
        self.judge.reads(fresh)
    }

    /// Takes `n` bytes out, as a socket does.
    fn sends(&mut self, session: &mut Server<'_, OPEN>, n: usize) {
        let n = n.min(session.outgoing().len());
        assert_eq!(self.written[self.sent..][..n], session.outgoing()[..n]);
        self.sent += n;
        session.sent(n);
    }

    fn sends_all(&mut self, session: &mut Server<'_, OPEN>) {
        self.sends(session, usize::MAX);
        assert!(session.outgoing().is_empty() && self.sent == self.written.len());
    }

    /// One message comes in.
    fn receives(&mut self, session: &mut Server<'_, OPEN>, body: &[u8]) -> Client {
        if self.phase_allows(session, body).is_none() {
            return Client::Stays;
        }
        for attempt in 0..2 {
            let before = snapshot(session);
            let Ok(step) = session.receive(body) else {
                assert_eq!(snapshot(session), before, "nothing has happened");
                assert!(attempt == 0 || self.room < ENOUGH, "an error response has room");
                self.sends_all(session);
                continue;
            };
            self.takes(session, body, &step, before.0.len());
            return Client::Stays;
        }
        Client::Leaves
    }

    /// What is to become of a message now: `None` when the session has ended and takes nothing more.
    fn phase_allows(&self, session: &mut Server<'_, OPEN>, body: &[u8]) -> Option<()> {
        if session.phase() != Phase::Ended {
            return Some(());
        }
        let before = snapshot(session);
        assert!(
            matches!(session.receive(body), Ok(Step::Ignored)),
            "nothing is taken after the end"
        );
        assert!(session.receive_oversize(body, usize::MAX).is_ok());
        assert_eq!(snapshot(session), before);
        None
    }

    /// Checks what became of a message, of which the client knows what it was.
    fn takes(&mut self, session: &Server<'_, OPEN>, body: &[u8], step: &Step<'_>, before: usize) {
        let incoming = Incoming::of(body, self.depth);
        let error = match (step, incoming) {
            (Step::Request(request), Incoming::Request(told)) => {
                assert!(!told.too_long);
                let asked = told.asked;
                assert_eq!((i64::from(request.seq()), request.command_str().to_string()), asked);
                assert_eq!((request.command(), request.raw()), (Command::named(&asked.1), body));
                let (ticket, again) = (request.ticket(), request.ticket());
                self.judge.announces(body);
                self.judge.asks(asked.clone());
                let body = body.to_vec();
                self.open.push(Open {
                    ticket,
                    again,
                    asked,
                    body,
                });
                None
            }
            (Step::Answered, Incoming::Request(told)) => {
                self.judge.asks(told.named());
                Some(Some(told.named()))
            }
            (Step::Answered, Incoming::Bad(asked)) => {
                self.judge.asks(asked.clone());
                Some(Some(asked))
            }
            (Step::Answered, Incoming::Rubbish) => {
                self.judge.expects_refusal();
                Some(None)
            }
            (Step::Reply(reply), Incoming::Response) => {
                let number = i64::from(reply.request_seq());
                let place = self.judge.asked_of_us.iter().position(|&asked| asked == number);
                self.judge
                    .asked_of_us
                    .remove(place.expect("a reply is one to a request of ours, once"));
                None
            }
            (Step::Ignored, Incoming::Response | Incoming::Rubbish) => None,
            (step, incoming) => panic!("{step:?}, but it was {incoming:?}"),
        };
        let seen = self.reads(session, before);
        match (error, &*seen) {
            (None, []) => {}
            (Some(asked), [seen]) if seen.is_response() && !seen.succeeded() => {
                if let Some(asked) = asked {
                    assert_eq!(seen.answers(), asked);
                }
            }
            (error, seen) => panic!("{error:?}, but {seen:?}"),
        }
    }

    /// The host answers a request; `how` does it with the ticket. Says whether it was answered, or held.
    fn answers(
        &mut self,
        session: &mut Server<'_, OPEN>,
        index: usize,
        how: impl Fn(&mut Server<'_, OPEN>, &mut Puppet, Ticket, &[u8]) -> Result<Option<Ticket>, RespondError>,
    ) {
        let Open {
            mut ticket,
            again,
            asked,
            body,
        } = self.open.remove(index);
        let command = ticket.command();
        let alone = !self.open.iter().any(|open| open.asked == asked) && !self.lost.contains(&asked);
        let is_open = self.judge.is_pending(&asked);
        // The second time with nothing outgoing, the third time with the shortest answer there is.
        for attempt in 0..3 {
            let (before, phase) = (snapshot(session), session.phase());
            let result = if attempt < 2 {
                how(session, &mut self.puppet, ticket, &body)
            } else {
                session.fail(ticket, &Failure::from(Full)).map(|()| None)
            };
            let seen = self.reads(session, before.0.len());
            match result {
                Ok(None) => {
                    assert!(is_open);
                    self.used.push(again);
                    return answered_well(&seen, &asked, phase, session.phase());
                }
                Ok(Some(later)) => {
                    assert!(seen.is_empty(), "it is answered later: {seen:?}");
                    return self.open.push(Open {
                        ticket: later,
                        again,
                        asked,
                        body,
                    });
                }
                Err(RespondError::Stale) => {
                    assert!(seen.is_empty());
                    assert!(!is_open || !alone, "the request {asked:?} is open");
                    return;
                }
                Err(RespondError::Full(back)) => {
                    ticket = back;
                    if command == Command::Disconnect {
                        let cancelled = |seen: &Seen| !seen.succeeded() && seen.text("message") == "cancelled";
                        assert!(seen.iter().all(cancelled), "those that fitted");
                    } else {
                        assert_eq!(snapshot(session), before, "nothing has happened");
                    }
                    self.sends_all(session);
                }
            }
        }
        assert!(
            self.room < ENOUGH || command == Command::Disconnect,
            "an error response has room"
        );
        self.open.push(Open {
            ticket,
            again,
            asked,
            body,
        });
    }
}

/// What nothing may change where nothing has happened.
fn snapshot<const OPEN: usize>(session: &Server<'_, OPEN>) -> (Vec<u8>, Phase, usize) {
    (session.outgoing().to_vec(), session.phase(), session.open_requests())
}

/// What one answer of the host looks like to the client.
fn answered_well(seen: &[Seen], asked: &Asked, before: Phase, after: Phase) {
    let is_answer = |seen: &Seen| seen.is_response() && seen.answers() == *asked;
    let command = Command::named(&asked.1);
    match (command, seen) {
        (Command::Attach | Command::Launch, [event]) if event.is_event("initialized") => {
            assert_eq!((before, after), (Phase::Attaching, Phase::Configuring));
        }
        (Command::ConfigurationDone, [done, attached]) => {
            assert!(is_answer(done) && done.succeeded() && attached.succeeded());
            assert!(matches!(attached.text("command"), "attach" | "launch"));
            assert_eq!((before, after), (Phase::Starting, Phase::Running));
        }
        (Command::Disconnect, [others @ .., last]) => {
            assert!(is_answer(last));
            assert!(
                others
                    .iter()
                    .all(|seen| !seen.succeeded() && seen.text("message") == "cancelled")
            );
            assert_eq!((before, after), (Phase::Ending, Phase::Ended));
        }
        (Command::ConfigurationDone, [one]) if before == Phase::Starting => {
            assert!(is_answer(one) && !one.succeeded(), "attach is answered behind it");
            assert_eq!(after, Phase::Configuring);
        }
        (_, [one]) => assert!(is_answer(one)),
        (_, seen) => panic!("{asked:?} is answered by {seen:?}"),
    }
}

/// Feeds `bytes` to the receiver, at most `step` at once, and hands every message on.
fn feeds<const OPEN: usize>(
    play: &mut Play<OPEN>,
    session: &mut Server<'_, OPEN>,
    receiver: &mut Receiver<Vec<u8>>,
    mut bytes: &[u8],
    step: usize,
) -> Client {
    loop {
        let received = match receiver.next() {
            Ok(Received::Message(body)) => Ok(body.to_vec()),
            Ok(Received::Oversize { prefix, announced }) => Err((prefix.to_vec(), announced)),
            Err(_) => return Client::Leaves,
            Ok(Received::NeedInput) => {
                let space = receiver.space();
                let n = space.len().min(bytes.len()).min(step);
                if n == 0 {
                    return Client::Stays;
                }
                space[..n].copy_from_slice(&bytes[..n]);
                bytes = &bytes[n..];
                receiver.fed(n);
                continue;
            }
        };
        let stays = match received {
            Ok(body) => play.receives(session, &body),
            Err((prefix, announced)) => play.is_too_large(session, &prefix, announced),
        };
        if stays == Client::Leaves {
            return Client::Leaves;
        }
    }
}

impl<const OPEN: usize> Play<OPEN> {
    /// A message comes in that was not kept.
    fn is_too_large(&mut self, session: &mut Server<'_, OPEN>, prefix: &[u8], announced: usize) -> Client {
        if self.phase_allows(session, prefix).is_none() {
            return Client::Stays;
        }
        for attempt in 0..2 {
            let before = snapshot(session);
            if session.receive_oversize(prefix, announced).is_ok() {
                // One that calls itself a response wants no answer.
                if session.outgoing().len() > before.0.len() {
                    self.judge.expects_refusal();
                }
                match &*self.reads(session, before.0.len()) {
                    [] => {}
                    [seen] => assert_eq!(seen.message["body"]["error"]["id"], id::TOO_LARGE),
                    seen => panic!("{seen:?}"),
                }
                return Client::Stays;
            }
            assert_eq!(snapshot(session), before, "nothing has happened");
            assert!(attempt == 0 || self.room < ENOUGH, "an error response has room");
            self.sends_all(session);
        }
        Client::Leaves
    }
}
