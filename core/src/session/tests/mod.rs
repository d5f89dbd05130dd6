//! Dialogues, byte for byte.

mod hostile;
mod leaving;
mod reports;
mod walk;

use super::*;
use crate::Failure;
use crate::frame::{Progress, decode};
use crate::json::ToJson;
use crate::protocol::{ContinuedEvent, Event, StopReason, StoppedEvent, TerminatedEvent};
use core::mem;
use std::string::String;
use std::vec::Vec;
use std::{format, println};

type Out = heapless::Vec<u8, 4096>;

/// Of a client that takes everything that has to be announced.
const INITIALIZE: &str = r#"{"seq":1,"type":"request","command":"initialize","arguments":{"adapterID":"x","supportsProgressReporting":true,"supportsInvalidatedEvent":true,"supportsMemoryEvent":true,"supportsRunInTerminalRequest":true,"supportsStartDebuggingRequest":true}}"#;

/// A session and the host behind it, which keeps every ticket until the test answers.
struct Script<const OPEN: usize = 4> {
    session: Session<Out, OPEN>,
    tickets: Vec<Ticket>,
}

impl Script {
    fn new() -> Self {
        Self::with_places()
    }

    /// Initialized: two messages of each side are gone.
    fn negotiated() -> Self {
        let mut new = Self::new();
        new.client_sends(INITIALIZE);
        new.host_answers("{}");
        new.sent();
        new
    }

    /// Running: `attach` was 2, `configurationDone` 3; our next message is number 5.
    fn running() -> Self {
        let mut new = Self::negotiated();
        new.client_sends(r#"{"seq":2,"type":"request","command":"attach"}"#);
        new.host_answers("");
        new.client_sends(r#"{"seq":3,"type":"request","command":"configurationDone"}"#);
        new.host_answers("");
        new.sent();
        assert_eq!(new.session.phase(), Phase::Running);
        new
    }
}

impl<const OPEN: usize> Script<OPEN> {
    fn with_places() -> Self {
        Self {
            session: Session::new(heapless::Vec::new()),
            tickets: Vec::new(),
        }
    }

    /// The host gets the request and keeps its ticket, unless the session answers it itself.
    fn client_sends(&mut self, body: &str) {
        println!("client {body}");
        if let Step::Request(request) = self.session.receive(body.as_bytes()).unwrap() {
            self.tickets.push(request.ticket());
        }
    }

    /// Answers the request that came last.
    fn host_answers(&mut self, body: &str) {
        let ticket = self.tickets.pop().expect("no request came");
        self.session.respond_raw(ticket, body.as_bytes()).unwrap();
    }

    fn host_fails(&mut self, failure: &Failure) {
        let ticket = self.tickets.pop().expect("no request came");
        self.session.fail(ticket, failure).unwrap();
    }

    /// Every message that was not looked at yet.
    fn sent(&mut self) -> Vec<String> {
        let mut seen = Vec::new();
        while let Progress::Message { body, consumed } = decode(self.session.outgoing(), 4096).unwrap() {
            let body = String::from_utf8(body.to_vec()).unwrap();
            println!("server {body}");
            seen.push(body);
            self.session.sent(consumed);
        }
        assert!(self.session.outgoing().is_empty(), "half a message");
        seen
    }

    fn client_sees(&mut self, bodies: &[&str]) {
        assert_eq!(self.sent(), bodies);
    }

    fn client_sees_nothing(&mut self) {
        self.client_sees(&[]);
    }
}

#[test]
fn an_adapter_may_ask_early_where_it_was_called() {
    let mut s = Script::new();
    s.session = Session::new(heapless::Vec::new()).with_early_requests();
    // What DAP knows keeps its order.
    s.client_sends(r#"{"seq":1,"type":"request","command":"evaluate","arguments":{"expression":"1"}}"#);
    assert!(s.tickets.is_empty());
    s.sent();
    s.client_sends(r#"{"seq":2,"type":"request","command":"whoAreYou"}"#);
    assert_eq!(s.session.phase(), Phase::Listening);
    s.host_answers(r#"{"pid":7}"#);
    s.client_sees(&[
        r#"{"seq":2,"type":"response","request_seq":2,"success":true,"command":"whoAreYou","body":{"pid":7}}"#,
    ]);
    let mut other = Script::new();
    other.client_sends(r#"{"seq":1,"type":"request","command":"whoAreYou"}"#);
    assert!(other.tickets.is_empty(), "nobody else may");
}

#[test]
fn attach_is_answered_at_once_where_an_adapter_wants_it() {
    let mut s = Script::negotiated();
    s.session.answer_attach_at_once();
    s.client_sends(r#"{"seq":2,"type":"request","command":"attach"}"#);
    s.host_answers("");
    s.client_sees(&[
        r#"{"seq":2,"type":"event","event":"initialized"}"#,
        r#"{"seq":3,"type":"response","request_seq":2,"success":true,"command":"attach"}"#,
    ]);
    assert_eq!((s.session.phase(), s.session.open_requests()), (Phase::Configuring, 0));
    s.client_sends(r#"{"seq":3,"type":"request","command":"configurationDone"}"#);
    s.host_answers("");
    s.client_sees(&[r#"{"seq":4,"type":"response","request_seq":3,"success":true,"command":"configurationDone"}"#]);
    assert_eq!(s.session.phase(), Phase::Running);
}

#[test]
fn attach_is_answered_after_configuration_done() {
    let mut s = Script::new();
    s.client_sends(r#"{"command":"initialize","arguments":{"adapterID":"debugpy"},"type":"request","seq":1}"#);
    s.client_sees_nothing();
    s.host_answers(r#"{"supportsConfigurationDoneRequest":true}"#);
    s.client_sees(&[
        r#"{"seq":1,"type":"response","request_seq":1,"success":true,"command":"initialize","body":{"supportsConfigurationDoneRequest":true}}"#,
    ]);
    s.client_sends(r#"{"seq":2,"type":"request","command":"attach","arguments":{"justMyCode":true}}"#);
    s.client_sees_nothing();
    s.host_answers("");
    s.client_sees(&[r#"{"seq":2,"type":"event","event":"initialized"}"#]);
    s.client_sends(r#"{"seq":3,"type":"request","command":"setBreakpoints","arguments":{"source":{"path":"/a"}}}"#);
    s.client_sends(r#"{"seq":4,"type":"request","command":"configurationDone"}"#);
    s.host_answers("");
    s.client_sees(&[
        r#"{"seq":3,"type":"response","request_seq":4,"success":true,"command":"configurationDone"}"#,
        r#"{"seq":4,"type":"response","request_seq":2,"success":true,"command":"attach"}"#,
    ]);
    s.host_answers(r#"{"breakpoints":[]}"#);
    s.client_sees(&[
        r#"{"seq":5,"type":"response","request_seq":3,"success":true,"command":"setBreakpoints","body":{"breakpoints":[]}}"#,
    ]);
    assert_eq!((s.session.phase(), s.session.open_requests()), (Phase::Running, 0));
}

#[test]
fn launch_is_held_like_attach() {
    let mut s = Script::negotiated();
    s.client_sends(r#"{"seq":2,"type":"request","command":"launch","arguments":{}}"#);
    let ticket = s.tickets.pop().unwrap();
    s.session.attached(ticket).unwrap();
    s.client_sends(r#"{"seq":3,"type":"request","command":"configurationDone","arguments":null}"#);
    s.host_answers("");
    s.client_sees(&[
        r#"{"seq":2,"type":"event","event":"initialized"}"#,
        r#"{"seq":3,"type":"response","request_seq":3,"success":true,"command":"configurationDone"}"#,
        r#"{"seq":4,"type":"response","request_seq":2,"success":true,"command":"launch"}"#,
    ]);
}

#[test]
fn requests_out_of_order_are_refused_and_the_session_goes_on() {
    let refused = |seq: u32, to: u32, command: &str, why: &str| {
        format!(
            r#"{{"seq":{seq},"type":"response","request_seq":{to},"success":false,"command":"{command}","message":"{why}","body":{{"error":{{"id":3,"format":"{why}","showUser":false}}}}}}"#
        )
    };
    let mut s = Script::new();
    s.client_sends(r#"{"seq":1,"type":"request","command":"attach"}"#);
    s.client_sends(r#"{"seq":2,"type":"request","command":"disconnect"}"#);
    let early = "not allowed before the response to `initialize`";
    s.client_sees(&[&refused(1, 1, "attach", early), &refused(2, 2, "disconnect", early)]);
    s.client_sends(r#"{"seq":3,"type":"request","command":"initialize","arguments":{"adapterID":"x"}}"#);
    s.client_sends(r#"{"seq":4,"type":"request","command":"attach"}"#);
    s.client_sees(&[&refused(3, 4, "attach", early)]);
    s.host_answers("{}");
    s.sent();
    s.client_sends(r#"{"seq":5,"type":"request","command":"initialize"}"#);
    s.client_sends(r#"{"seq":6,"type":"request","command":"setBreakpoints"}"#);
    s.client_sends(r#"{"seq":7,"type":"request","command":"configurationDone"}"#);
    let unattached = "not allowed before `attach` or `launch` and the `initialized` event";
    s.client_sees(&[
        &refused(5, 5, "initialize", "the session is initialized already"),
        &refused(6, 6, "setBreakpoints", unattached),
        &refused(7, 7, "configurationDone", unattached),
    ]);
    s.client_sends(r#"{"seq":8,"type":"request","command":"attach"}"#);
    s.client_sends(r#"{"seq":9,"type":"request","command":"attach"}"#);
    s.client_sees(&[&refused(8, 9, "attach", "the session is attached already")]);
    s.host_answers("");
    s.client_sends(r#"{"seq":10,"type":"request","command":"launch"}"#);
    s.client_sends(r#"{"seq":11,"type":"request","command":"configurationDone"}"#);
    s.client_sends(r#"{"seq":12,"type":"request","command":"configurationDone"}"#);
    s.client_sees(&[
        r#"{"seq":9,"type":"event","event":"initialized"}"#,
        &refused(10, 10, "launch", "the session is attached already"),
        &refused(11, 12, "configurationDone", "`configurationDone` came already"),
    ]);
    s.host_answers("");
    assert_eq!(s.session.phase(), Phase::Running);
}

#[test]
fn questions_before_configuration_done_go_to_the_host() {
    let mut s = Script::negotiated();
    s.client_sends(r#"{"seq":2,"type":"request","command":"attach"}"#);
    s.host_answers("");
    for (seq, command) in [(3, "dataBreakpointInfo"), (4, "threads"), (5, "evaluate"), (6, "myOwn")] {
        s.client_sends(&format!(r#"{{"seq":{seq},"type":"request","command":"{command}"}}"#));
        s.host_answers("{}");
    }
    assert_eq!(s.sent().len(), 5);
}

#[test]
fn failed_steps_can_be_repeated() {
    let mut s = Script::new();
    let failure = Failure::new(1000, "not now").shown();
    s.client_sends(r#"{"seq":1,"type":"request","command":"initialize"}"#);
    s.host_fails(&failure);
    assert_eq!(s.session.phase(), Phase::Listening);
    s.client_sends(r#"{"seq":2,"type":"request","command":"initialize"}"#);
    s.host_answers("");
    s.client_sends(r#"{"seq":3,"type":"request","command":"attach"}"#);
    s.host_fails(&failure);
    assert_eq!(s.session.phase(), Phase::Negotiated);
    s.client_sends(r#"{"seq":4,"type":"request","command":"launch"}"#);
    s.host_answers("");
    s.client_sends(r#"{"seq":5,"type":"request","command":"configurationDone"}"#);
    s.host_fails(&failure);
    assert_eq!(s.session.phase(), Phase::Configuring);
    s.client_sends(r#"{"seq":6,"type":"request","command":"configurationDone"}"#);
    s.host_answers("");
    let sent = s.sent();
    assert_eq!(
        sent[0],
        r#"{"seq":1,"type":"response","request_seq":1,"success":false,"command":"initialize","message":"not now","body":{"error":{"id":1000,"format":"not now","showUser":true}}}"#
    );
    assert_eq!(sent.len(), 7);
    assert!(sent[6].contains(r#""request_seq":4,"success":true,"command":"launch""#));
}

#[test]
fn answers_come_in_any_order_and_once() {
    let mut s = Script::running();
    s.client_sends(r#"{"seq":4,"type":"request","command":"threads"}"#);
    s.client_sends(r#"{"seq":5,"type":"request","command":"scopes"}"#);
    let (scopes, threads) = (s.tickets.pop().unwrap(), s.tickets.pop().unwrap());
    let (again, late) = (scopes.again(), threads.again());
    s.session.respond_raw(scopes, b"{\"scopes\":[]}").unwrap();
    assert_eq!(s.session.respond_raw(again, b"{}"), Err(RespondError::Stale));
    s.session.fail(threads, &Failure::not_stopped()).unwrap();
    assert_eq!(s.session.fail(late, &Failure::cancelled()), Err(RespondError::Stale));
    s.client_sees(&[
        r#"{"seq":5,"type":"response","request_seq":5,"success":true,"command":"scopes","body":{"scopes":[]}}"#,
        r#"{"seq":6,"type":"response","request_seq":4,"success":false,"command":"threads","message":"notStopped","body":{"error":{"id":9,"format":"the program is not stopped","showUser":false}}}"#,
    ]);
}

#[test]
fn tickets_of_a_request_with_the_same_number_are_told_apart() {
    let mut s = Script::running();
    s.client_sends(r#"{"seq":4,"type":"request","command":"threads"}"#);
    let first = s.tickets[0].again();
    s.host_answers("{}");
    s.client_sends(r#"{"seq":4,"type":"request","command":"threads"}"#);
    assert_eq!(s.session.respond_raw(first, b"{}"), Err(RespondError::Stale));
    s.host_answers("{}");
    assert_eq!(s.sent().len(), 2);
}

#[test]
fn ticket_of_a_request_that_no_session_handed_out_answers_nothing() {
    let mut s = Script::running();
    let body = r#"{"seq":4,"type":"request","command":"threads"}"#;
    s.client_sends(body);
    let elsewhere = Request::parse(body.as_bytes()).unwrap();
    assert_eq!(elsewhere.command(), Command::Threads);
    assert_eq!(
        s.session.respond_raw(elsewhere.ticket(), b"{}"),
        Err(RespondError::Stale)
    );
    assert!(Request::parse(br#"{"seq":1,"type":"response","request_seq":1,"success":true}"#).is_err());
    assert_eq!(mem::size_of::<Ticket>(), 8);
}

#[test]
fn own_commands_keep_their_name() {
    let mut s = Script::running();
    s.client_sends(r#"{"seq":4,"type":"request","command":"my\u0043ommand","arguments":{"a":1}}"#);
    s.host_answers("");
    let long = "x".repeat(MAX_COMMAND_NAME + 1);
    s.client_sends(&format!(r#"{{"seq":5,"type":"request","command":"{long}"}}"#));
    s.client_sends(r#"{"seq":6,"type":"request","command":"thr\u0065ads"}"#);
    s.host_answers("{}");
    s.client_sees(&[
        r#"{"seq":5,"type":"response","request_seq":4,"success":true,"command":"my\u0043ommand"}"#,
        r#"{"seq":6,"type":"response","request_seq":5,"success":false,"command":"","message":"the name of the command is too long","body":{"error":{"id":4,"format":"the name of the command is too long","showUser":false}}}"#,
        r#"{"seq":7,"type":"response","request_seq":6,"success":true,"command":"threads","body":{}}"#,
    ]);
}

#[test]
fn one_request_too_many_is_answered_but_disconnect_has_a_place() {
    let mut s = Script::running();
    for seq in 4..8 {
        s.client_sends(&format!(r#"{{"seq":{seq},"type":"request","command":"evaluate"}}"#));
    }
    s.client_sees_nothing();
    s.client_sends(r#"{"seq":8,"type":"request","command":"threads"}"#);
    let sent = s.sent();
    assert_eq!(sent.len(), 1);
    assert!(sent[0].contains(r#""request_seq":8,"success":false"#));
    s.client_sends(r#"{"seq":9,"type":"request","command":"disconnect"}"#);
    assert_eq!(s.session.open_requests(), 5);
    s.host_answers("");
    let sent = s.sent();
    assert_eq!(sent.len(), 5);
    assert!(sent[4].contains(r#""request_seq":9,"success":true,"command":"disconnect""#));
    assert_eq!((s.session.phase(), s.session.open_requests()), (Phase::Ended, 0));
}

#[test]
fn answer_does_what_the_host_says() {
    let mut s = Script::running();
    for seq in 4..7 {
        s.client_sends(&format!(r#"{{"seq":{seq},"type":"request","command":"evaluate"}}"#));
    }
    let [done, later, failed] = <[Ticket; 3]>::try_from(mem::take(&mut s.tickets)).unwrap();
    let ok = s.session.answer(done, |body| {
        body.push(b"{\"result\":\"1\"}")?;
        Ok(Outcome::Done)
    });
    assert_eq!(ok, Ok(None));
    let later = s.session.answer(later, |body| {
        body.push(b"dropped")?;
        Ok(Outcome::Later)
    });
    let later = later.unwrap().unwrap();
    let failure = s.session.answer(failed, |body| {
        body.push(b"dropped")?;
        Err(Failure::not_stopped())
    });
    assert_eq!(failure, Ok(None));
    s.session.respond_raw(later, b"{}").unwrap();
    let sent = s.sent();
    assert_eq!(sent.len(), 3);
    assert!(sent[0].ends_with(r#""command":"evaluate","body":{"result":"1"}}"#));
    assert!(sent[1].contains(r#""request_seq":6,"success":false"#));
    assert!(sent[2].contains(r#""request_seq":5,"success":true"#));
}

#[test]
fn answer_without_room_is_carried_out_all_the_same() {
    let mut s = Script::<2>::with_places();
    let mut s = {
        s.client_sends(INITIALIZE);
        s.host_answers("");
        s
    };
    for body in [
        r#"{"seq":2,"type":"request","command":"attach"}"#,
        r#"{"seq":3,"type":"request","command":"configurationDone"}"#,
    ] {
        s.client_sends(body);
        s.host_answers("");
    }
    s.client_sends(r#"{"seq":4,"type":"request","command":"continue"}"#);
    while s.session.event_raw("output", b"{}").is_ok() {}
    let before = s.session.outgoing().to_vec();
    for outcome in [Ok(Outcome::Later), Ok(Outcome::Done), Err(Failure::not_stopped())] {
        let ticket = s.tickets.pop().unwrap();
        let mut ran = 0;
        let answered = s.session.answer(ticket, |body| {
            ran += 1;
            assert_eq!(body.room(), 0);
            outcome.clone()
        });
        assert_eq!(ran, 1);
        assert_eq!(s.session.outgoing(), before);
        s.tickets.push(match answered {
            Ok(later) => later.expect("it was not answered"),
            Err(RespondError::Full(ticket)) => ticket,
            Err(RespondError::Stale) => panic!("it is open"),
        });
    }
    s.sent();
    s.host_answers("{}");
    assert_eq!(s.sent().len(), 1);
}

#[test]
fn cancel_finds_the_request_by_its_number() {
    let mut s = Script::running();
    s.client_sends(r#"{"seq":9,"type":"request","command":"evaluate"}"#);
    s.client_sends(r#"{"seq":10,"type":"request","command":"cancel","arguments":{"requestId":9}}"#);
    assert_eq!(s.session.open_request(8), None);
    let open = s.session.open_request(9).unwrap();
    assert_eq!(open.command(), Command::Evaluate);
    s.session.fail(open, &Failure::cancelled()).unwrap();
    s.host_answers("");
    assert_eq!(s.session.open_request(9), None);
    let sent = s.sent();
    assert!(sent[0].contains(r#""request_seq":9,"success":false,"command":"evaluate","message":"cancelled""#));
    assert!(sent[1].contains(r#""request_seq":10,"success":true,"command":"cancel""#));
    // The evaluation's own ticket came too late.
    let late = s.tickets.pop().unwrap();
    assert_eq!(s.session.respond_raw(late, b"{}"), Err(RespondError::Stale));
}

#[test]
fn answer_of_attach_is_held_too() {
    let mut s = Script::negotiated();
    s.client_sends(r#"{"seq":2,"type":"request","command":"attach"}"#);
    let ticket = s.tickets.pop().unwrap();
    let later = s.session.answer(ticket, |_| Ok(Outcome::Later)).unwrap().unwrap();
    s.client_sees_nothing();
    assert_eq!(s.session.answer(later, |_| Ok(Outcome::Done)), Ok(None));
    s.client_sees(&[r#"{"seq":2,"type":"event","event":"initialized"}"#]);
}

fn padded(length: usize) -> String {
    format!("{:length$}", "{}")
}

#[test]
fn full_output_changes_nothing_and_can_be_tried_again() {
    let mut session = Session::<heapless::Vec<u8, 240>, 4>::new(heapless::Vec::new());
    let mut next = {
        let mut seq = 0;
        move |command: &str| {
            seq += 1;
            format!(r#"{{"seq":{seq},"type":"request","command":"{command}"}}"#)
        }
    };
    let mut tickets = Vec::new();
    let mut take = |session: &mut Session<heapless::Vec<u8, 240>, 4>, command: &str| {
        let body = next(command);
        let Step::Request(request) = session.receive(body.as_bytes()).unwrap() else {
            panic!()
        };
        request.ticket()
    };
    let initialize = take(&mut session, "initialize");
    session.respond_raw(initialize, b"").unwrap();
    let attach = take(&mut session, "attach");
    session.attached(attach).unwrap();
    let full = session.outgoing().to_vec();
    let done = take(&mut session, "configurationDone");
    let Err(RespondError::Full(done)) = session.respond_raw(done, b"") else {
        panic!("two answers do not fit")
    };
    assert_eq!((session.outgoing(), session.phase()), (&full[..], Phase::Starting));
    session.sent(full.len());
    let Err(RespondError::Full(done)) = session.respond_raw(done, padded(40).as_bytes()) else {
        panic!("one fits, both do not")
    };
    assert!(session.outgoing().is_empty());
    session.respond_raw(done, b"").unwrap();
    assert_eq!(session.phase(), Phase::Running);
    assert_eq!(
        session.event_raw("output", padded(200).as_bytes()),
        Err(EventError::Full)
    );
    session.sent(1000);
    // A long table of open requests is emptied in several goes.
    tickets.extend([
        take(&mut session, "evaluate"),
        take(&mut session, "evaluate"),
        take(&mut session, "evaluate"),
    ]);
    let mut disconnect = take(&mut session, "disconnect");
    let mut rounds = 0;
    while let Err(RespondError::Full(ticket)) = session.respond_raw(disconnect, b"") {
        disconnect = ticket;
        rounds += 1;
        assert!(session.outgoing().ends_with(b"}"));
        session.sent(1000);
    }
    assert_eq!((rounds, session.phase()), (3, Phase::Ended));
}
