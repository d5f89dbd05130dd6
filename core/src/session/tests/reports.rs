//! What the host sends by itself: events and reverse requests.

use super::*;

#[test]
fn events_wait_for_their_phase() {
    let stopped = StoppedEvent {
        reason: StopReason::Pause,
        thread_id: Some(1),
        ..Default::default()
    };
    let mut s = Script::new();
    for event in ["output", "stopped", "terminated", "breakpoint", "custom"] {
        assert_eq!(s.session.event_raw(event, b"{}"), Err(EventError::TooEarly));
    }
    let mut s = Script::negotiated();
    assert_eq!(s.session.report(stopped), Err(EventError::TooEarly));
    s.client_sends(r#"{"seq":2,"type":"request","command":"attach"}"#);
    s.host_answers("");
    for event in ["stopped", "thread", "process", "output", "continued", "module"] {
        assert_eq!(s.session.event_raw(event, b"{}"), Err(EventError::TooEarly));
    }
    s.session.event_raw("breakpoint", b"{}").unwrap();
    assert_eq!(s.session.event_raw("initialized", b""), Err(EventError::Reserved));
    s.client_sends(r#"{"seq":3,"type":"request","command":"configurationDone"}"#);
    assert_eq!(s.session.report(stopped), Err(EventError::TooEarly));
    s.host_answers("");
    s.session.report(stopped).unwrap();
    s.session.event_raw("my\"Event", b"").unwrap();
    s.sent();
    s.session.event("output", |body| "text".write(body)).unwrap();
    s.client_sees(&[r#"{"seq":8,"type":"event","event":"output","body":"text"}"#]);
}

#[test]
fn reverse_requests_are_typed() {
    use crate::json::{Entries, Items, Text};
    use crate::protocol::{RunInTerminalArguments, requests};
    let mut s = Script::running();
    let args = ["sh", "a b"].map(Text::plain);
    let env = [("A".into(), Some(Text::plain("1"))), ("B".into(), None)];
    let arguments = RunInTerminalArguments {
        cwd: "/tmp".into(),
        args: Items::new(&args),
        env: Some(Entries::new(&env)),
        ..Default::default()
    };
    for seq in [5, 6] {
        assert_eq!(s.session.ask::<requests::RunInTerminal>(&arguments), Ok(seq));
    }
    s.client_sees(&[
        r#"{"seq":5,"type":"request","command":"runInTerminal","arguments":{"cwd":"/tmp","args":["sh","a b"],"env":{"A":"1","B":null}}}"#,
        r#"{"seq":6,"type":"request","command":"runInTerminal","arguments":{"cwd":"/tmp","args":["sh","a b"],"env":{"A":"1","B":null}}}"#,
    ]);
    let body = br#"{"seq":4,"type":"response","request_seq":5,"success":true,"command":"runInTerminal","body":{"processId":7}}"#;
    let Step::Reply(reply) = s.session.receive(body).unwrap() else {
        panic!()
    };
    let terminal = reply.read::<requests::RunInTerminal>().unwrap();
    assert_eq!((terminal.process_id, terminal.shell_process_id), (Some(7), None));
    let body =
        br#"{"seq":5,"type":"response","request_seq":6,"success":false,"command":"runInTerminal","message":"no"}"#;
    let Step::Reply(reply) = s.session.receive(body).unwrap() else {
        panic!()
    };
    let error = reply.read::<requests::RunInTerminal>().unwrap_err();
    assert_eq!(std::format!("{error}"), "no");
    // This event is the session's own.
    assert_eq!(s.session.report(Event::Initialized), Err(EventError::Reserved));
}

#[test]
fn reverse_requests_and_their_replies() {
    let mut s = Script::new();
    assert_eq!(
        s.session.send_request(Command::RunInTerminal, |_| Ok(())),
        Err(RequestError::TooEarly)
    );
    // A client that announced nothing is asked nothing.
    let mut modest = Script::new();
    modest.client_sends(r#"{"seq":1,"type":"request","command":"initialize","arguments":{"adapterID":"x"}}"#);
    modest.host_answers("");
    assert_eq!(
        modest.session.send_request(Command::RunInTerminal, |_| Ok(())),
        Err(RequestError::NotSupported)
    );
    let mut s = Script::running();
    for unasked in [Command::Evaluate, Command::Unknown] {
        assert_eq!(
            s.session.send_request(unasked, |_| Ok(())),
            Err(RequestError::NotSupported)
        );
    }
    let seq = s
        .session
        .send_request(Command::StartDebugging, |out| out.push(b"{\"request\":\"attach\"}"))
        .unwrap();
    s.client_sees(&[r#"{"seq":5,"type":"request","command":"startDebugging","arguments":{"request":"attach"}}"#]);
    let body = br#"{"seq":4,"type":"response","request_seq":5,"success":false,"command":"startDebugging","message":"no","body":{"a":1}}"#;
    let Step::Reply(reply) = s.session.receive(body).unwrap() else {
        panic!()
    };
    assert_eq!(
        (reply.request_seq(), reply.command(), reply.success()),
        (seq, Command::StartDebugging, false)
    );
    assert_eq!(reply.message().unwrap(), "no");
    assert_eq!(reply.body().unwrap().text(), r#"{"a":1}"#);
    // The same again, or one to nothing, is let go.
    assert!(matches!(s.session.receive(body), Ok(Step::Ignored)));
    for bad in [
        r#"{"type":"response"}"#,
        r#"{"type":"response","seq":1,"#,
        r#"{"type":"response","request_seq":"5","success":true}"#,
    ] {
        assert!(matches!(s.session.receive(bad.as_bytes()), Ok(Step::Ignored)));
    }
    for _ in 0..MAX_ASKED {
        s.session.send_request(Command::RunInTerminal, |_| Ok(())).unwrap();
    }
    assert_eq!(
        s.session.send_request(Command::RunInTerminal, |_| Ok(())),
        Err(RequestError::TooManyOpen)
    );
}

#[test]
fn a_request_that_was_set_aside_makes_room_and_may_be_answered_late() {
    let mut s = Script::running();
    assert_eq!(s.session.set_aside(), None);
    let ask = |session: &mut Session<Out, 4>| session.send_request(Command::StartDebugging, |_| Ok(())).unwrap();
    let asked: Vec<u32> = (0..MAX_ASKED).map(|_| ask(&mut s.session)).collect();
    assert_eq!(s.session.set_aside(), Some((asked[0], Command::StartDebugging)));
    let another = ask(&mut s.session);
    assert!(another > asked[MAX_ASKED - 1]);
    // Whatever place it took, it is not the oldest.
    assert_eq!(s.session.set_aside(), Some((asked[1], Command::StartDebugging)));
    let late = format!(
        r#"{{"seq":9,"type":"response","request_seq":{},"success":false}}"#,
        asked[0]
    );
    assert!(matches!(s.session.receive(late.as_bytes()), Ok(Step::Ignored)));
    let known = |seq| (seq == asked[0]).then_some(Command::StartDebugging);
    let reply = Reply::late(late.as_bytes(), known).unwrap();
    assert_eq!(
        (reply.request_seq(), reply.command(), reply.success()),
        (asked[0], Command::StartDebugging, false)
    );
    let strange = late.replace(r#""request_seq":"#, r#""request_seq":1"#);
    assert!(Reply::late(strange.as_bytes(), known).is_none());
    for bad in [&late[..9], "{}", r#"{"type":"request","command":"threads","seq":1}"#] {
        assert!(Reply::late(bad.as_bytes(), known).is_none());
    }
    let on_time = format!(r#"{{"seq":10,"type":"response","request_seq":{another},"success":true}}"#);
    assert!(matches!(s.session.receive(on_time.as_bytes()), Ok(Step::Reply(_))));
}

#[test]
fn events_that_the_client_did_not_announce_are_not_sent() {
    let mut modest = Script::new();
    modest.client_sends(r#"{"seq":1,"type":"request","command":"initialize","arguments":{"adapterID":"x"}}"#);
    modest.host_answers("");
    modest.client_sends(r#"{"seq":2,"type":"request","command":"attach"}"#);
    modest.host_answers("");
    modest.client_sends(r#"{"seq":3,"type":"request","command":"configurationDone"}"#);
    modest.host_answers("");
    let mut eager = Script::running();
    modest.sent();
    for name in [
        "progressStart",
        "progressUpdate",
        "progressEnd",
        "invalidated",
        "memory",
    ] {
        assert_eq!(modest.session.event_raw(name, b"{}"), Err(EventError::NotWanted));
        assert_eq!(eager.session.event_raw(name, b"{}"), Ok(()));
    }
    modest.client_sees_nothing();
}
