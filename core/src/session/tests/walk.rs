//! Every sequence of a client's and a host's moves up to a fixed length.

use super::*;
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Play {
    Client(&'static str),
    Succeed(usize),
    Fail(usize),
    Report(&'static str),
}

const PLAYS: &[Play] = &[
    Play::Client("initialize"),
    Play::Client("attach"),
    Play::Client("configurationDone"),
    Play::Client("threads"),
    Play::Client("disconnect"),
    Play::Client("{"),
    Play::Succeed(0),
    Play::Succeed(1),
    Play::Fail(0),
    Play::Report("stopped"),
    Play::Report("terminated"),
];

/// What a client has seen of one session, and the rules it holds it to.
#[derive(Clone, Default)]
struct Judge {
    seq: i64,
    /// How often each of our requests was answered.
    answers: BTreeMap<i64, u32>,
    commands: BTreeMap<i64, &'static str>,
    initialize_answered: bool,
    initialized: u32,
    done_answered: bool,
    attach_answered: bool,
    ended: bool,
}

impl Judge {
    fn sees(&mut self, body: &str) {
        let message: serde_json::Value = serde_json::from_str(body).unwrap();
        self.seq += 1;
        assert_eq!(message["seq"], self.seq, "seq grows by one");
        if message["type"] == "event" {
            let event = message["event"].as_str().unwrap();
            assert!(self.initialize_answered, "nothing before the answer to initialize");
            match event {
                "initialized" => self.initialized += 1,
                "stopped" => assert!(self.attach_answered && !self.ended, "reports only while running"),
                "terminated" => {}
                other => panic!("{other}"),
            }
            assert!(self.initialized <= 1, "initialized once");
            assert!(
                !self.ended || event == "terminated",
                "nothing after the answer to disconnect"
            );
            return;
        }
        assert!(!self.ended, "no answer after that to disconnect");
        let to = message["request_seq"].as_i64().unwrap();
        let count = self.answers.entry(to).or_default();
        *count += 1;
        assert!(to == 0 || *count == 1, "one answer to each request");
        let success = message["success"] == true;
        match self.commands.get(&to) {
            Some(&"initialize") => self.initialize_answered |= success,
            Some(&"configurationDone") => self.done_answered |= success,
            Some(&"attach") if success => {
                assert!(
                    self.done_answered && self.initialized == 1,
                    "attach after configurationDone"
                );
                self.attach_answered = true;
            }
            Some(&"disconnect") => {
                // Before `initialize` it is refused, and that ends nothing.
                self.ended = self.initialize_answered || success;
                if message["body"]["error"]["id"] == 3 {
                    self.ended = false;
                }
            }
            _ => {}
        }
        if self.ended {
            let open = self
                .commands
                .keys()
                .filter(|seq| !self.answers.contains_key(seq))
                .count();
            assert_eq!(open, 0, "disconnect leaves no request without an answer");
        }
    }
}

fn play(moves: &[Play]) -> (Script<2>, Judge) {
    let mut s = Script::<2>::with_places();
    let mut judge = Judge::default();
    let mut seq = 0;
    for play in moves {
        match *play {
            Play::Client("{") => assert!(s.session.receive(b"{").is_ok()),
            Play::Client(command) => {
                seq += 1;
                if s.session.phase() != Phase::Ended {
                    judge.commands.insert(seq, command);
                }
                let body = format!(r#"{{"seq":{seq},"type":"request","command":"{command}"}}"#);
                if let Step::Request(request) = s.session.receive(body.as_bytes()).unwrap() {
                    s.tickets.push(request.ticket());
                }
            }
            Play::Succeed(n) if n < s.tickets.len() => {
                let ticket = s.tickets.remove(n);
                let _ = s.session.respond_raw(ticket, b"");
            }
            Play::Fail(n) if n < s.tickets.len() => {
                let ticket = s.tickets.remove(n);
                let _ = s.session.fail(ticket, &Failure::new(1000, "no"));
            }
            Play::Succeed(_) | Play::Fail(_) => {}
            Play::Report(event) => {
                let _ = s.session.event_raw(event, b"{}");
            }
        }
        while let Progress::Message { body, consumed } = decode(s.session.outgoing(), 4096).unwrap() {
            judge.sees(core::str::from_utf8(body).unwrap());
            s.session.sent(consumed);
        }
    }
    (s, judge)
}

/// What the next moves depend on. States that agree in it need not be walked twice.
fn fingerprint(s: &Script<2>, judge: &Judge) -> String {
    let open: Vec<_> = s
        .tickets
        .iter()
        .map(|ticket| (ticket.command(), s.session.is_open(ticket)))
        .collect();
    format!(
        "{:?} {open:?} {} {} {} {}",
        s.session.phase(),
        s.session.open_requests(),
        s.session.sent_terminated,
        judge.attach_answered,
        judge.ended
    )
}

#[test]
fn every_order_of_moves_keeps_the_rules() {
    const DEPTH: usize = 12;
    let mut seen = std::collections::BTreeSet::new();
    let mut layer = Vec::from([Vec::new()]);
    let (mut walked, mut phases) = (0, std::collections::BTreeSet::new());
    for _ in 0..DEPTH {
        let mut next = Vec::new();
        for moves in &layer {
            for play_next in PLAYS {
                let mut moves: Vec<Play> = moves.clone();
                moves.push(*play_next);
                let (s, judge) = play(&moves);
                walked += 1;
                phases.insert(format!("{:?}", s.session.phase()));
                if seen.insert(fingerprint(&s, &judge)) {
                    next.push(moves);
                }
            }
        }
        layer = next;
    }
    println!("{walked} sequences, {} states", seen.len());
    assert_eq!(phases.len(), 9, "every phase was reached: {phases:?}");
}

#[test]
fn every_short_order_of_moves_keeps_the_rules() {
    // Nothing is left out here, so it does not hang on what `fingerprint` looks at.
    let opening = [Play::Client("initialize"), Play::Succeed(0), Play::Client("attach")];
    for start in 0..=opening.len() {
        let mut stack = Vec::from([opening[..start].to_vec()]);
        while let Some(moves) = stack.pop() {
            play(&moves);
            if moves.len() < start + 4 {
                stack.extend(PLAYS.iter().map(|next| {
                    let mut longer = moves.clone();
                    longer.push(*next);
                    longer
                }));
            }
        }
    }
}

#[test]
fn every_phase_answers_every_command() {
    use super::super::phase::Move;
    let phases = [
        Phase::Listening,
        Phase::Initializing,
        Phase::Negotiated,
        Phase::Attaching,
        Phase::Configuring,
        Phase::Starting,
        Phase::Running,
        Phase::Ending,
        Phase::Ended,
    ];
    for phase in phases {
        for command in Command::ALL.iter().copied().chain([Command::Unknown]) {
            // An answer never fails to move on, and never moves backwards past a client's request.
            for step in [Move::Succeeded(command), Move::Failed(command)] {
                assert!(phase.after(step).is_ok());
            }
            let asked = phase.after(Move::Asked(command));
            let moved = asked.is_ok_and(|next| next != phase);
            let expected = match command {
                Command::Initialize => phase == Phase::Listening,
                Command::Attach | Command::Launch => phase == Phase::Negotiated,
                Command::ConfigurationDone => phase == Phase::Configuring,
                Command::Disconnect => !matches!(phase, Phase::Listening | Phase::Ending | Phase::Ended),
                _ => false,
            };
            assert_eq!(moved, expected, "{phase:?} {command}");
        }
    }
}
