//! Messages that are wrong: each gets one error response, and the next is read.

use super::*;
use std::vec;

/// `request_seq`, command and text of the one answer.
fn answer(s: &mut Script, body: &[u8]) -> (i64, String, String) {
    assert!(
        matches!(s.session.receive(body), Ok(Step::Answered)),
        "{}",
        String::from_utf8_lossy(body)
    );
    let sent = s.sent();
    assert_eq!(sent.len(), 1);
    let json: serde_json::Value = serde_json::from_str(&sent[0]).unwrap();
    assert_eq!(json["success"], false);
    assert_eq!(json["message"], json["body"]["error"]["format"]);
    assert!(json["body"]["error"]["id"].is_u64() && json["body"]["error"]["showUser"].is_boolean());
    let text = |key: &str| json[key].as_str().unwrap().into();
    (json["request_seq"].as_i64().unwrap(), text("command"), text("message"))
}

#[test]
fn bad_bodies_are_answered_with_what_was_readable() {
    let brackets = "[".repeat(100_000);
    let deep = format!(r#"{{"seq":7,"command":"a","arguments":{brackets}"#);
    let typed = "member `type` has to be \"request\" or \"response\"";
    let seq = "member `seq` has to be an integer from 0 to 2147483647";
    let command = "member `command` has to be a string";
    for (body, request_seq, name, why) in [
        ("", 0, "", "the JSON text ends too early at byte 0"),
        (&*brackets, 0, "", "a message has to be a JSON object at byte 0"),
        (&*deep, 7, "a", "nested deeper than 64 levels at byte 98"),
        ("{", 0, "", "the JSON text ends too early at byte 1"),
        ("{}", 0, "", typed),
        ("[1]", 0, "", "a message has to be a JSON object at byte 0"),
        ("null", 0, "", "a message has to be a JSON object at byte 0"),
        ("hello", 0, "", "a message has to be a JSON object at byte 0"),
        (
            r#"{"seq":7,"type":"request","command":"threads","#,
            7,
            "threads",
            "the JSON text ends too early at byte 46",
        ),
        (
            r#"{"seq":7,"type":"request","command":"threads"}}"#,
            7,
            "threads",
            "something follows the JSON value at byte 46",
        ),
        (
            r#"{"seq":7,"type":"request","command":"threads",}"#,
            7,
            "threads",
            "unexpected character in JSON at byte 46",
        ),
        (r#"{"seq":7,"type":"event","event":"stopped"}"#, 7, "", typed),
        (r#"{"seq":7,"type":"Request","command":"threads"}"#, 7, "threads", typed),
        (r#"{"seq":7,"type":1,"command":"threads"}"#, 7, "threads", typed),
        (r#"{"seq":7,"command":"threads"}"#, 7, "threads", typed),
        (r#"{"type":"request","command":"threads"}"#, 0, "threads", seq),
        (r#"{"seq":-1,"type":"request","command":"threads"}"#, 0, "threads", seq),
        (
            r#"{"seq":2147483648,"type":"request","command":"threads"}"#,
            0,
            "threads",
            seq,
        ),
        (r#"{"seq":"7","type":"request","command":"threads"}"#, 0, "threads", seq),
        (r#"{"seq":7.0,"type":"request","command":"threads"}"#, 0, "threads", seq),
        (
            r#"{"seq":null,"type":"request","command":"threads"}"#,
            0,
            "threads",
            seq,
        ),
        (r#"{"seq":7,"type":"request"}"#, 7, "", command),
        (r#"{"seq":7,"type":"request","command":null}"#, 7, "", command),
        (r#"{"seq":7,"type":"request","command":["threads"]}"#, 7, "", command),
        (
            r#"{"seq":7,"seq":8,"type":"request","command":"a"}"#,
            7,
            "",
            "member `seq` comes twice at byte 9",
        ),
        (
            r#"{"seq":7,"command":"a","type":"request","command":"b"}"#,
            7,
            "a",
            "member `command` comes twice at byte 40",
        ),
        (
            r#"{"seq":7,"command":"a","arguments":1,"arguments":2}"#,
            7,
            "a",
            "member `arguments` comes twice at byte 37",
        ),
    ] {
        let mut s = Script::running();
        let got = answer(&mut s, body.as_bytes());
        assert_eq!(
            got,
            (request_seq, name.into(), why.into()),
            "{}",
            &body[..body.len().min(80)]
        );
        // The stream goes on.
        s.client_sends(r#"{"seq":8,"type":"request","command":"threads"}"#);
        s.host_answers("{}");
        assert_eq!(s.sent().len(), 1);
    }
}

#[test]
fn bad_bodies_before_initialize_are_answered_too() {
    let mut s = Script::new();
    assert_eq!(
        answer(&mut s, br#"{"seq":1,"type":"request","command":"initialize""#).0,
        1
    );
    assert_eq!(s.session.phase(), Phase::Listening);
}

#[test]
fn body_that_is_not_utf8() {
    let mut s = Script::running();
    let (seq, command, why) = answer(
        &mut s,
        b"{\"seq\":7,\"type\":\"request\",\"command\":\"threads\",\"a\":\"\xff\"}",
    );
    assert_eq!((seq, &*command, &*why), (7, "threads", "not UTF-8 at byte 51"));
}

#[test]
fn seq_may_be_from_zero_to_the_largest() {
    let mut s = Script::running();
    for seq in [0, 2_147_483_647] {
        s.client_sends(&format!(r#"{{"seq":{seq},"type":"request","command":"threads"}}"#));
        s.host_answers("");
        assert!(s.sent()[0].contains(&format!(r#""request_seq":{seq},"success":true"#)));
    }
}

#[test]
fn endless_command_name_is_not_repeated() {
    let mut s = Script::running();
    let name = "x".repeat(100_000);
    for body in [
        format!(r#"{{"seq":7,"type":"request","command":"{name}"}}"#),
        format!(r#"{{"seq":7,"type":"nothing","command":"{name}"}}"#),
    ] {
        assert_eq!(answer(&mut s, body.as_bytes()).1, "");
    }
}

#[test]
fn oversize_request_is_answered_under_its_number() {
    let mut s = Script::running();
    let why = "the message of 5000 bytes is larger than this server accepts";
    for (prefix, seq, command) in [
        (
            &br#"{"seq":7,"type":"request","command":"evaluate","arguments":{"expr"#[..],
            7,
            "evaluate",
        ),
        (br#"{"command":"evaluate","arguments":{"expr"#, 0, "evaluate"),
        (br#"{"seq":7"#, 0, ""),
        (b"", 0, ""),
        (b"\xff\xff", 0, ""),
    ] {
        s.session.receive_oversize(prefix, 5000).unwrap();
        let sent = s.sent();
        assert_eq!(sent.len(), 1);
        assert!(sent[0].contains(&format!(
            r#""request_seq":{seq},"success":false,"command":"{command}","message":"{why}","body":{{"error":{{"id":2,"#
        )));
    }
    s.session
        .receive_oversize(br#"{"seq":7,"type":"response","request_seq":1,"#, 5000)
        .unwrap();
    s.client_sees_nothing();
}

#[test]
fn error_response_that_does_not_fit_can_be_repeated() {
    let mut session = Session::<heapless::Vec<u8, 300>>::new(heapless::Vec::new());
    let bodies = [br#"{"seq":1,"type":"request","command":"threads"}"#; 2];
    assert!(session.receive(bodies[0]).is_ok());
    assert!(matches!(session.receive(bodies[1]), Err(Full)));
    assert!(matches!(session.receive_oversize(b"{", 1), Err(Full)));
    let first = session.outgoing().len();
    session.sent(first);
    assert!(matches!(session.receive(bodies[1]), Ok(Step::Answered)));
    assert!(
        session.outgoing().windows(8).any(|part| part == b"\"seq\":2,"),
        "the number was not used up"
    );
}

#[test]
fn a_greater_depth_can_be_asked_for_up_to_the_greatest() {
    // The message itself is one level.
    let nested = |depth: usize| {
        let (open, close) = ("[".repeat(depth - 1), "]".repeat(depth - 1));
        format!(r#"{{"seq":1,"type":"request","command":"initialize","arguments":{open}{close}}}"#)
    };
    let default = Session::<Out>::new(heapless::Vec::new());
    let greater = Session::<Out>::new(heapless::Vec::new()).with_depth(65);
    let greatest = Session::<Out>::new(heapless::Vec::new()).with_depth(usize::MAX);
    for (mut session, limit) in [(default, DEFAULT_DEPTH), (greater, 65), (greatest, MAX_DEPTH)] {
        let (deeper, deepest) = (nested(limit + 1), nested(limit));
        assert!(
            matches!(session.receive(deeper.as_bytes()), Ok(Step::Answered)),
            "{limit}"
        );
        assert!(
            matches!(session.receive(deepest.as_bytes()), Ok(Step::Request(_))),
            "{limit}"
        );
    }
}

#[test]
fn a_lower_depth_can_be_asked_for() {
    let mut session = Session::<Out>::new(heapless::Vec::new()).with_depth(2);
    let body = br#"{"seq":1,"type":"request","command":"initialize","arguments":{"a":{}}}"#;
    assert!(matches!(session.receive(body), Ok(Step::Answered)));
    assert!(
        session
            .outgoing()
            .windows(29)
            .any(|part| part == b"nested deeper than 2 levels a")
    );
}

proptest::proptest! {
    #[test]
    fn any_bytes_get_one_answer(body: Vec<u8>) {
        let mut s = Script::running();
        match s.session.receive(&body) {
            Ok(Step::Answered) => assert_eq!(s.sent().len(), 1),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn any_members_get_at_most_one_answer(
        members in proptest::collection::vec(proptest::sample::select(vec![
            r#""seq":1"#, r#""seq":-1"#, r#""type":"request""#, r#""type":"response""#, r#""command":"threads""#,
            r#""command":"x""#, r#""arguments":null"#, r#""arguments":[1]"#, r#""request_seq":1"#, r#""success":true"#, r#""body":{}"#,
        ]), 0..7),
    ) {
        let mut s = Script::running();
        let body = format!("{{{}}}", members.join(","));
        match s.session.receive(body.as_bytes()).unwrap() {
            Step::Answered => proptest::prop_assert_eq!(s.sent().len(), 1),
            Step::Request(request) => {
                s.session.respond_raw(request.ticket(), b"").unwrap();
                proptest::prop_assert_eq!(s.sent().len(), 1);
            }
            Step::Ignored => proptest::prop_assert_eq!(s.sent().len(), 0),
            Step::Reply(_) => panic!("nothing was asked"),
        }
    }
}
