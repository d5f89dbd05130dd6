//! The moves of client and host, as the bytes of an input name them.

use arbitrary::{Result, Unstructured};
use dapstub::Failure;
use dapstub::debuggee::dispatch;
use dapstub::frame::Receiver;
use dapstub::output::{Full, Output};
use dapstub::protocol::{Command, StopReason, StoppedEvent, TerminatedEvent};
use dapstub::session::{EventError, MAX_ASKED, Outcome, Phase, Reply, Request, RequestError, RespondError};
use dapstub::{Reason, json};

use super::{Client, Play, Server, feeds, snapshot};
use crate::debuggee::Puppet;
use crate::judge::is_announced;

/// Bodies of answers and events; nothing means none.
const BODIES: [&str; 6] = [
    "",
    "{}",
    r#"{"threads":[{"id":1,"name":"main \"é\" \u00e9\n"}]}"#,
    "[[[[null,true,-1.5e+3]]]]",
    "\"x\"",
    " {\"a\" : 1 } ",
];

const EVENTS: [&str; 14] = [
    "initialized",
    "stopped",
    "continued",
    "terminated",
    "exited",
    "thread",
    "output",
    "breakpoint",
    "capabilities",
    "progressStart",
    "invalidated",
    "memory",
    "my\"own\n",
    "",
];

/// Names that DAP doesn't know: plain, escaped, as long as is kept, longer.
const NAMES: [&str; 5] = [
    "mine",
    r"m\u0069ne\n",
    "x23456789012345678901234567890123456789012345678",
    "x234567890123456789012345678901234567890123456789",
    r"\u0001\u0001\u0001\u0001\u0001\u0001\u0001\u0001",
];

const ARGUMENTS: [&str; 10] = [
    "",
    r#","arguments":{}"#,
    r#","arguments":null"#,
    r#","arguments":{"adapterID":"x","threadId":1,"frameId":2,"variablesReference":3,"expression":"a\nb"}"#,
    r#","arguments":{"source":{"path":"/a"},"breakpoints":[{"line":1},{"line":2,"condition":"x"}],"filters":["a"]}"#,
    r#","arguments":{"source":{"path":"/a"},"breakpoints":[{"line":1},{"line":"2"}],"filters":[1]}"#,
    r#","arguments":[]"#,
    r#","arguments":{"threadId":1e1,"expression":{}}"#,
    r#","arguments":{"adapterID":"x","supportsProgressReporting":true,"supportsMemoryEvent":true,"supportsRunInTerminalRequest":true}"#,
    r#","arguments":{"adapterID":"x","supportsInvalidatedEvent":true,"supportsStartDebuggingRequest":true,"requestId":1}"#,
];

impl<const OPEN: usize> Play<OPEN> {
    /// Plays one move.
    pub(super) fn play(
        &mut self,
        session: &mut Server<'_, OPEN>,
        receiver: &mut Receiver<Vec<u8>>,
        moves: &mut Unstructured<'_>,
    ) -> Result<Client> {
        match moves.arbitrary::<u8>()? % 21 {
            0 => {
                let length = moves.arbitrary::<u16>()?;
                let body = moves.bytes(usize::from(length).min(moves.len()))?;
                return Ok(self.receives(session, body));
            }
            1 | 2 => {
                let body = self.request(moves)?;
                return Ok(self.asks(session, &body));
            }
            3 => {
                let (length, step) = moves.arbitrary::<(u16, u8)>()?;
                let bytes = moves.bytes(usize::from(length).min(moves.len()))?;
                return Ok(feeds(self, session, receiver, bytes, usize::from(step) + 1));
            }
            4 => return self.handshake(session, moves.arbitrary()?),
            5 => self.responds(session, moves)?,
            6 => self.fails(session, moves)?,
            7 => self.carries_out(session, moves)?,
            8 | 9 => self.dispatches(session, moves)?,
            10 => {
                if let Some(index) = self.choose(moves)? {
                    self.answers(session, index, |session, _, ticket, _| {
                        session.attached(ticket).map(|()| None)
                    });
                }
            }
            11 => self.uses_again(session, moves)?,
            12 => self.reports(session, moves)?,
            13 => self.asks_client(session, moves)?,
            14 => return self.replies(session, moves),
            15 => {
                let n = usize::from(moves.arbitrary::<u8>()?);
                self.sends(session, n);
            }
            16 => self.sends_all(session),
            19 => self.gives_up(session, moves)?,
            17 => {
                // The host loses a ticket: its request stays open until `disconnect` cancels it.
                if let Some(index) = self.choose(moves)? {
                    self.lost.push(self.open.remove(index).asked);
                }
            }
            18 => {
                while !self.open.is_empty() {
                    let before = self.open.len();
                    self.answers(session, 0, |session, _, ticket, _| {
                        session.respond_raw(ticket, b"").map(|()| None)
                    });
                    if self.open.len() == before {
                        return Ok(Client::Leaves);
                    }
                }
            }
            _ => return Ok(Client::Leaves),
        }
        Ok(Client::Stays)
    }

    fn choose(&self, moves: &mut Unstructured<'_>) -> Result<Option<usize>> {
        let index = usize::from(moves.arbitrary::<u8>()?);
        Ok((!self.open.is_empty()).then(|| index % self.open.len()))
    }

    fn request(&mut self, moves: &mut Unstructured<'_>) -> Result<Vec<u8>> {
        let (command, form) = moves.arbitrary::<(u8, u8)>()?;
        let known = Command::ALL.get(usize::from(command));
        let name = known.map_or(NAMES[usize::from(command) % NAMES.len()], |command| command.as_str());
        let seq = match form >> 4 {
            0 => 0,
            1 => self.seq,
            2 => i32::MAX,
            _ => {
                self.seq += 1;
                self.seq
            }
        };
        let arguments = ARGUMENTS[usize::from(form) % ARGUMENTS.len()];
        Ok(format!(r#"{{"seq":{seq},"type":"request","command":"{name}"{arguments}}}"#).into_bytes())
    }

    /// A well-formed request comes in: it reaches the host exactly where the order of DAP lets it.
    fn asks(&mut self, session: &mut Server<'_, OPEN>, body: &[u8]) -> Client {
        let request = Request::parse(body).expect("a request");
        let (command, phase) = (request.command(), session.phase());
        let disconnect = usize::from(phase == Phase::Ending);
        let full = command != Command::Disconnect && session.open_requests() - disconnect == OPEN;
        let too_long = command == Command::Unknown && request.command_str().raw().len() > 48;
        let deep = json::check(body, self.depth).is_err();
        let expected = super::table::allows(phase, command) && !full && !too_long && !deep;
        let before = self.open.len();
        let client = self.receives(session, body);
        if client == Client::Stays {
            assert_eq!(self.open.len() > before, expected, "{command:?} in {phase:?}");
        }
        client
    }

    /// What every session begins with, as far as `steps` goes.
    fn handshake(&mut self, session: &mut Server<'_, OPEN>, steps: u8) -> Result<Client> {
        let commands = [
            "initialize",
            "attach",
            "setBreakpoints",
            "configurationDone",
            "threads",
            "disconnect",
        ];
        for command in &commands[..usize::from(steps) % (commands.len() + 1)] {
            self.seq += 1;
            let arguments = ARGUMENTS[[3, 8, 9][usize::from(steps) / (commands.len() + 1) % 3]];
            let body = format!(
                r#"{{"seq":{},"type":"request","command":"{command}"{arguments}}}"#,
                self.seq
            );
            let before = self.open.len();
            if self.asks(session, body.as_bytes()) == Client::Leaves {
                return Ok(Client::Leaves);
            }
            if self.open.len() > before {
                self.answers(session, before, |session, _, ticket, _| {
                    session.respond_raw(ticket, b"{}").map(|()| None)
                });
            }
            self.sends_all(session);
        }
        Ok(Client::Stays)
    }

    fn responds(&mut self, session: &mut Server<'_, OPEN>, moves: &mut Unstructured<'_>) -> Result<()> {
        let Some(index) = self.choose(moves)? else {
            return Ok(());
        };
        let form = moves.arbitrary::<u8>()?;
        let body = BODIES[usize::from(form) % BODIES.len()];
        self.answers(session, index, |session, _, ticket, _| {
            session
                .respond(ticket, |out| match form >> 4 {
                    // A body that grows until it does not fit, and one whose writer gives up by itself.
                    0 => {
                        out.push(b"\"")?;
                        for _ in 0..form % 16 {
                            out.push(&[b'y'; 100])?;
                        }
                        out.push(b"\"")
                    }
                    1 => out.push(b"{\"half").and(Err(Full)),
                    _ => out.push(body.as_bytes()),
                })
                .map(|()| None)
        });
        Ok(())
    }

    fn fails(&mut self, session: &mut Server<'_, OPEN>, moves: &mut Unstructured<'_>) -> Result<()> {
        let Some(index) = self.choose(moves)? else {
            return Ok(());
        };
        let form = moves.arbitrary::<u8>()?;
        self.answers(session, index, |session, _, ticket, _| {
            match form % 4 {
                0 => session.fail(ticket, &Failure::cancelled()),
                1 => session.fail(ticket, &Failure::not_stopped().shown()),
                2 => session.fail(ticket, Reason::new(u32::MAX, "a \"reason\"\u{1}\u{1f600}")),
                _ => session.fail(
                    ticket,
                    &Failure::format(1000, format_args!("{}", "é\n".repeat(form.into()))),
                ),
            }
            .map(|()| None)
        });
        Ok(())
    }

    /// `Session::answer` with whatever a host can return.
    fn carries_out(&mut self, session: &mut Server<'_, OPEN>, moves: &mut Unstructured<'_>) -> Result<()> {
        let Some(index) = self.choose(moves)? else {
            return Ok(());
        };
        let form = moves.arbitrary::<u8>()?;
        self.answers(session, index, |session, _, ticket, _| {
            let runs = core::cell::Cell::new(0);
            let result = session.answer(ticket, |out| {
                runs.set(runs.get() + 1);
                match form % 5 {
                    0 => Ok(Outcome::Done),
                    1 => out.push(b"{\"dropped").map(|()| Outcome::Later).or(Ok(Outcome::Later)),
                    2 => Err(Failure::new(1000, "no")),
                    3 => out.push(b"[1]").map(|()| Outcome::Done).map_err(Failure::from),
                    _ => out.push(b"{").and(Err(Full)).map_err(Failure::from),
                }
            });
            let not = matches!(result, Err(RespondError::Stale));
            assert!(
                runs.get() == 1 || not && runs.get() == 0,
                "it is carried out once, unless the ticket is stale"
            );
            result
        });
        Ok(())
    }

    fn dispatches(&mut self, session: &mut Server<'_, OPEN>, moves: &mut Unstructured<'_>) -> Result<()> {
        let Some(index) = self.choose(moves)? else {
            return Ok(());
        };
        self.puppet = Puppet::new(moves.arbitrary()?);
        self.answers(session, index, |session, puppet, ticket, body| {
            let request = Request::parse(body).expect("a request");
            session.answer(ticket, |out| dispatch(puppet, &request, out))
        });
        Ok(())
    }

    /// The host answers a request by its number, as it does when the client cancels it.
    fn gives_up(&mut self, session: &mut Server<'_, OPEN>, moves: &mut Unstructured<'_>) -> Result<()> {
        let Some(index) = self.choose(moves)? else {
            return Ok(());
        };
        let asked = self.open[index].asked.clone();
        let kept = self.open.iter().filter(|open| open.asked.0 == asked.0).count();
        // One without a ticket may be the one that is left when a `disconnect` without room has cancelled the others.
        let lost = self.lost.iter().any(|lost| lost.0 == asked.0);
        let alone = kept == 1 && !lost && self.judge.pending_under(asked.0) == 1;
        let number = i32::try_from(asked.0).expect("it was taken");
        let Some(ticket) = session.open_request(number) else {
            assert!(
                !alone || !self.judge.is_pending(&asked),
                "the request {asked:?} is open"
            );
            return Ok(());
        };
        assert_eq!(ticket.seq(), number);
        if alone && self.judge.is_pending(&asked) {
            assert_eq!(ticket, self.open[index].ticket);
            self.open[index].ticket = ticket;
            self.answers(session, index, |session, _, ticket, _| {
                session.fail(ticket, &Failure::cancelled()).map(|()| None)
            });
        }
        Ok(())
    }

    /// A ticket works once.
    fn uses_again(&mut self, session: &mut Server<'_, OPEN>, moves: &mut Unstructured<'_>) -> Result<()> {
        let fails = moves.arbitrary::<bool>()?;
        if let Some(ticket) = self.used.pop() {
            let before = snapshot(session);
            let result = if fails {
                session.fail(ticket, &Failure::cancelled())
            } else {
                session.respond_raw(ticket, b"")
            };
            assert_eq!((result, snapshot(session)), (Err(RespondError::Stale), before));
        }
        Ok(())
    }

    fn reports(&mut self, session: &mut Server<'_, OPEN>, moves: &mut Unstructured<'_>) -> Result<()> {
        let (name, form) = moves.arbitrary::<(u8, u8)>()?;
        let mut name = EVENTS[usize::from(name) % EVENTS.len()];
        let (before, phase) = (snapshot(session), session.phase());
        let result = match form % 8 {
            6 => {
                name = "stopped";
                let reason = StopReason::Other("odd\n".into());
                session.report(StoppedEvent {
                    reason,
                    ..Default::default()
                })
            }
            7 => {
                name = "terminated";
                session.report(TerminatedEvent::default())
            }
            body => session.event_raw(name, BODIES[usize::from(body)].as_bytes()),
        };
        let seen = self.reads(session, before.0.len());
        match result {
            Ok(()) => assert!(seen.len() == 1 && seen[0].is_event(name)),
            Err(error) => {
                assert_eq!(snapshot(session), before, "nothing has happened");
                let right = match error {
                    EventError::Full => self.room - before.0.len() < 512,
                    EventError::TooEarly => phase != Phase::Running && phase != Phase::Ended,
                    EventError::Ended => matches!(phase, Phase::Ending | Phase::Ended),
                    EventError::Repeated => matches!(name, "terminated" | "exited"),
                    EventError::Reserved => name == "initialized",
                    EventError::NotWanted => is_announced(name),
                    _ => false,
                };
                assert!(right, "{error:?} to {name} in {phase:?}");
            }
        }
        Ok(())
    }

    fn asks_client(&mut self, session: &mut Server<'_, OPEN>, moves: &mut Unstructured<'_>) -> Result<()> {
        let form = moves.arbitrary::<u8>()?;
        if form & 4 != 0 {
            self.makes_room(session);
        }
        let command = [Command::RunInTerminal, Command::StartDebugging][usize::from(form & 1)];
        let (before, phase) = (snapshot(session), session.phase());
        let open = self.judge.asked_of_us.len();
        let result = session.send_request(command, |out| {
            out.push(if form & 2 == 0 { b"" } else { b"{\"args\":[]}" })
        });
        let seen = self.reads(session, before.0.len());
        match result {
            Ok(number) => {
                assert!(seen.len() == 1 && seen[0].text("command") == command.as_str());
                assert_eq!(self.judge.asked_of_us.last(), Some(&i64::from(number)));
                assert!(open < MAX_ASKED);
            }
            Err(error) => {
                assert_eq!(snapshot(session), before, "nothing has happened");
                let right = match error {
                    RequestError::Full => self.room - before.0.len() < 512,
                    RequestError::TooEarly => matches!(phase, Phase::Listening | Phase::Initializing),
                    RequestError::Ended => matches!(phase, Phase::Ending | Phase::Ended),
                    RequestError::TooManyOpen => open == MAX_ASKED,
                    RequestError::NotSupported => is_announced(command.as_str()),
                    _ => false,
                };
                assert!(right, "{error:?} in {phase:?}");
            }
        }
        Ok(())
    }

    /// The host sets the oldest request of ours aside.
    fn makes_room(&mut self, session: &mut Server<'_, OPEN>) {
        let before = snapshot(session);
        let oldest = self.judge.asked_of_us.iter().min().copied();
        let aside = session.set_aside();
        assert_eq!(snapshot(session), before, "the client hears nothing of it");
        assert_eq!(aside.map(|(number, _)| i64::from(number)), oldest);
        self.judge.asked_of_us.retain(|asked| Some(*asked) != oldest);
        self.aside.extend(aside);
    }

    /// The client answers a request of ours, on time or late, or one that nobody sent.
    fn replies(&mut self, session: &mut Server<'_, OPEN>, moves: &mut Unstructured<'_>) -> Result<Client> {
        let (which, form) = moves.arbitrary::<(u8, u8)>()?;
        let asked = &self.judge.asked_of_us;
        let late = usize::from(which).checked_sub(asked.len());
        let late = late.and_then(|index| self.aside.get(index)).copied();
        let number = match (asked.get(usize::from(which)), late) {
            (Some(number), _) => *number,
            (None, Some((number, _))) => i64::from(number),
            (None, None) => i64::from(which),
        };
        let was_open = asked.contains(&number) && session.phase() != Phase::Ended && self.depth >= 2;
        let (success, body) = (
            form & 1 == 0,
            [r#","body":{}"#, "", r#","message":"m""#][usize::from(form >> 1) % 3],
        );
        let text = format!(r#"{{"seq":1,"type":"response","request_seq":{number},"success":{success}{body}}}"#);
        let known = |number| {
            let aside = self.aside.iter().find(|(aside, _)| *aside == number)?;
            Some(aside.1)
        };
        let read = Reply::late(text.as_bytes(), known);
        assert_eq!(
            read.map(|reply| (i64::from(reply.request_seq()), reply.command(), reply.success())),
            u32::try_from(number)
                .ok()
                .and_then(known)
                .map(|command| (number, command, success)),
            "what was set aside is known again, and nothing else"
        );
        let client = self.receives(session, text.as_bytes());
        assert_eq!(
            was_open,
            was_open && !self.judge.asked_of_us.contains(&number),
            "a reply is taken"
        );
        Ok(client)
    }
}
