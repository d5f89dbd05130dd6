//! The end of a session: who leaves, and what becomes of what is open.

use super::*;

#[test]
fn disconnect_cancels_what_is_open_and_ends_the_session() {
    let mut s = Script::negotiated();
    s.client_sends(r#"{"seq":2,"type":"request","command":"attach"}"#);
    s.host_answers("");
    s.client_sends(r#"{"seq":3,"type":"request","command":"evaluate"}"#);
    let evaluate = s.tickets.pop().unwrap();
    s.client_sends(r#"{"seq":4,"type":"request","command":"disconnect","arguments":{"terminateDebuggee":false}}"#);
    s.client_sends(r#"{"seq":5,"type":"request","command":"threads"}"#);
    assert_eq!(s.session.report(TerminatedEvent::default()), Err(EventError::TooEarly));
    s.host_answers("");
    assert_eq!(s.session.respond_raw(evaluate, b"{}"), Err(RespondError::Stale));
    let cancelled =
        r#""message":"cancelled","body":{"error":{"id":8,"format":"the request was cancelled","showUser":false}}}"#;
    s.client_sees(&[
        r#"{"seq":2,"type":"event","event":"initialized"}"#,
        r#"{"seq":3,"type":"response","request_seq":5,"success":false,"command":"threads","message":"the session is ending","body":{"error":{"id":3,"format":"the session is ending","showUser":false}}}"#,
        &format!(r#"{{"seq":4,"type":"response","request_seq":2,"success":false,"command":"attach",{cancelled}"#),
        &format!(r#"{{"seq":5,"type":"response","request_seq":3,"success":false,"command":"evaluate",{cancelled}"#),
        r#"{"seq":6,"type":"response","request_seq":4,"success":true,"command":"disconnect"}"#,
    ]);
    // Nothing but the end of the program may still be told, and nothing is taken in.
    s.client_sends(r#"{"seq":6,"type":"request","command":"threads"}"#);
    s.client_sends("{");
    assert_eq!(s.session.report(ContinuedEvent::default()), Err(EventError::Ended));
    assert_eq!(
        s.session.send_request(Command::StartDebugging, |_| Ok(())),
        Err(RequestError::Ended)
    );
    s.session.report(TerminatedEvent::default()).unwrap();
    assert_eq!(s.session.report(TerminatedEvent::default()), Err(EventError::Repeated));
    s.client_sees(&[r#"{"seq":7,"type":"event","event":"terminated","body":{}}"#]);
}

#[test]
fn disconnect_that_the_host_refuses_ends_the_session_all_the_same() {
    let mut s = Script::running();
    s.client_sends(r#"{"seq":4,"type":"request","command":"disconnect"}"#);
    s.host_fails(&Failure::new(1000, "cannot end it"));
    assert!(s.sent()[0].contains(r#""success":false"#));
    assert_eq!(s.session.phase(), Phase::Ended);
}

#[test]
fn disconnect_before_attach_and_before_initialize_was_answered() {
    let mut s = Script::negotiated();
    s.client_sends(r#"{"seq":2,"type":"request","command":"disconnect"}"#);
    s.host_answers("");
    assert_eq!(s.session.phase(), Phase::Ended);

    let mut s = Script::new();
    s.client_sends(r#"{"seq":1,"type":"request","command":"initialize"}"#);
    s.client_sends(r#"{"seq":2,"type":"request","command":"disconnect"}"#);
    s.host_answers("");
    let sent = s.sent();
    assert!(
        sent[0].contains(r#""request_seq":1,"success":false"#) && sent[1].contains(r#""request_seq":2,"success":true"#)
    );
}

#[test]
fn attach_that_is_carried_out_while_the_client_leaves_is_cancelled() {
    let mut s = Script::negotiated();
    s.client_sends(r#"{"seq":2,"type":"request","command":"attach"}"#);
    s.client_sends(r#"{"seq":3,"type":"request","command":"disconnect"}"#);
    let disconnect = s.tickets.pop().unwrap();
    s.host_answers("");
    s.session.respond_raw(disconnect, b"").unwrap();
    let sent = s.sent();
    assert!(sent[0].contains(r#""request_seq":2,"success":false,"command":"attach","message":"cancelled""#));
    assert_eq!(sent.len(), 2, "no `initialized`");
}

#[test]
fn a_host_that_closes_answers_what_is_open() {
    let mut s = Script::negotiated();
    s.client_sends(r#"{"seq":2,"type":"request","command":"attach"}"#);
    s.host_answers("");
    s.client_sends(r#"{"seq":3,"type":"request","command":"evaluate"}"#);
    let evaluate = s.tickets.pop().unwrap();
    s.session.cancel_open().unwrap();
    // Once is enough.
    s.session.cancel_open().unwrap();
    assert_eq!(s.session.respond_raw(evaluate, b"{}"), Err(RespondError::Stale));
    let cancelled =
        r#""message":"cancelled","body":{"error":{"id":8,"format":"the request was cancelled","showUser":false}}}"#;
    s.client_sees(&[
        r#"{"seq":2,"type":"event","event":"initialized"}"#,
        &format!(r#"{{"seq":3,"type":"response","request_seq":2,"success":false,"command":"attach",{cancelled}"#),
        &format!(r#"{{"seq":4,"type":"response","request_seq":3,"success":false,"command":"evaluate",{cancelled}"#),
    ]);
    assert_eq!(s.session.open_requests(), 0);
}
