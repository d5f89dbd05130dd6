//! One client after another: attach, ask, leave, get lost.

use core::time::Duration;

use dapstub::protocol::Command;
use dapstub_std::{Disconnect, SendError};
use serde_json::json;

use crate::server::Server;
use crate::support::until;

/// A session from connect to disconnect.
pub fn a_session_from_connect_to_disconnect<S: Server>() {
    let server = S::start();
    for _ in 0..3 {
        server.serves_a_session();
    }
    server.no_note();
    assert!(!server.is_client_connected());
}

/// An answer can wait while others go out.
pub fn an_answer_can_wait_while_others_go_out<S: Server>() {
    let server = S::start();
    let mut peer = server.attach();
    let late = peer.request("evaluate", json!({"expression": "later"}));
    let soon = peer.request("evaluate", json!({"expression": "1"}));
    assert_eq!(peer.message()["request_seq"], soon);
    server
        .answer_later(br#"{"result":"late","variablesReference":0}"#)
        .unwrap();
    assert_eq!(peer.answer_to(late)["body"]["result"], "late");
    peer.disconnect();
}

/// Disconnect answers what is open and nothing behind it is carried out.
pub fn disconnect_answers_what_is_open_and_nothing_behind_it_is_carried_out<S: Server>() {
    let server = S::start();
    let mut peer = server.attach();
    let open = peer.request("evaluate", json!({"expression": "later"}));
    server.requested(Command::Evaluate);
    let frame = |seq: i64, command: &str, arguments: &str| {
        let body = format!(r#"{{"seq":{seq},"type":"request","command":"{command}","arguments":{arguments}}}"#);
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    };
    let both = frame(open + 1, "disconnect", r#"{"terminateDebuggee":true}"#)
        + &frame(open + 2, "evaluate", r#"{"expression":"never"}"#);
    peer.raw(both.as_bytes());
    let answers = peer.until_end();
    assert_eq!(answers.len(), 3, "{answers:?}");
    assert_eq!(
        (&answers[0]["request_seq"], &answers[0]["message"]),
        (&json!(open), &json!("cancelled"))
    );
    assert_eq!(
        (&answers[1]["command"], &answers[1]["success"]),
        (&json!("disconnect"), &json!(true))
    );
    assert_eq!(answers[2]["event"], "terminated");
    assert_eq!(
        server.disconnected(),
        Disconnect::Requested {
            terminate_debuggee: true
        }
    );
    assert_eq!(server.answer_later(b"{}"), Err(SendError::Closed));
    assert_eq!(server.event("continued", br#"{"threadId":1}"#), Err(SendError::Closed));
    server.serves_a_session();
    server.no_note();
}

/// Disconnect with wrong arguments is a disconnect all the same.
pub fn disconnect_with_wrong_arguments_is_a_disconnect_all_the_same<S: Server>() {
    let server = S::start();
    let mut peer = server.attach();
    let answer = peer.ask("disconnect", json!({"terminateDebuggee": "yes"}));
    assert_eq!(answer["success"], false, "{answer}");
    peer.expect_end();
    assert_eq!(
        server.disconnected(),
        Disconnect::Requested {
            terminate_debuggee: false
        }
    );
    server.serves_a_session();
}

/// The place is free as soon as disconnect is answered.
pub fn the_place_is_free_as_soon_as_disconnect_is_answered<S: Server>() {
    let server = S::start();
    for _ in 0..50 {
        let mut first = server.attach();
        let mut second = server.peer();
        first.ask("disconnect", json!({}));
        assert!(!server.is_client_connected());
        second.initialize();
        server.disconnected();
    }
}

/// A second client is refused and the first goes on.
pub fn a_second_client_is_refused_and_the_first_goes_on<S: Server>() {
    let server = S::start();
    let mut early = server.peer();
    early.initialize();
    let mut first = server.attach();
    // It comes while another one is attached: refused at its first word.
    let mut second = server.peer();
    let answer = second.ask("initialize", json!({"adapterID": "test"}));
    assert_eq!(answer["success"], false);
    assert_eq!(
        answer["body"]["error"]["format"],
        "another client is debugging this program; disconnect it first"
    );
    assert_eq!(answer["body"]["error"]["showUser"], true);
    second.expect_end();
    // It was there before, but attaches later.
    let answer = early.ask("attach", json!({}));
    assert_eq!(answer["success"], false);
    assert!(
        answer["message"].as_str().unwrap().contains("another client"),
        "{answer}"
    );
    early.expect_end();
    assert_eq!(first.ask("threads", json!(null))["success"], true);
    server.requested(Command::Threads);
    first.disconnect();
    server.disconnected();
    server.serves_a_session();
    server.no_note();
}

/// Silent and initialized connections do not take the place.
pub fn silent_and_initialized_connections_do_not_take_the_place<S: Server>() {
    let server = S::start();
    let silent: Vec<_> = (0..20).map(|_| server.peer()).collect();
    let initialized: Vec<_> = (0..20)
        .map(|_| {
            let mut peer = server.peer();
            peer.initialize();
            peer
        })
        .collect();
    server.serves_a_session();
    for mut peer in initialized {
        assert!(peer.is_silent_for(Duration::from_millis(1)));
        peer.disconnect();
    }
    drop(silent);
    server.serves_a_session();
    server.no_note();
}

/// A lost client frees the place whatever its state.
pub fn a_lost_client_frees_the_place_whatever_its_state<S: Server>() {
    let server = S::start();
    for round in 0..12 {
        let mut peer = server.peer();
        peer.initialize();
        peer.attach();
        server.attached();
        if round % 3 > 0 {
            peer.configure();
            server.requested(Command::ConfigurationDone);
        }
        if round % 3 > 1 {
            peer.request("evaluate", json!({"expression": "later"}));
            server.requested(Command::Evaluate);
        }
        if round % 2 == 0 {
            peer.reset()
        } else {
            drop(peer)
        }
        assert_eq!(server.disconnected(), Disconnect::Lost);
        assert!(!server.is_client_connected());
    }
    server.serves_a_session();
    server.no_note();
}

/// A client that sends no more still gets its answers.
pub fn a_client_that_sends_no_more_still_gets_its_answers<S: Server>() {
    let server = S::start();
    let mut peer = server.peer();
    peer.request(
        "initialize",
        json!({"adapterID": "test", "supportsStartDebuggingRequest": true}),
    );
    peer.finish_sending();
    let answers = peer.until_end();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(answers[0]["success"], true);
}

/// A refused attach can be tried again.
pub fn a_refused_attach_can_be_tried_again<S: Server>() {
    let server = S::start();
    let mut peer = server.peer();
    peer.initialize();
    let answer = peer.ask("attach", json!({"name": "refuse"}));
    assert_eq!(answer["body"]["error"]["format"], "not today", "{answer}");
    assert!(!server.is_client_connected());
    peer.attach();
    peer.configure();
    peer.disconnect();
}

/// A host that panics fails one request.
pub fn a_host_that_panics_fails_one_request<S: Server>() {
    let server = S::start();
    let mut peer = server.peer();
    peer.initialize();
    assert_eq!(peer.ask("attach", json!({"name": "panic"}))["success"], false);
    peer.attach();
    peer.configure();
    let answer = peer.ask("evaluate", json!({"expression": "panic"}));
    assert_eq!(answer["success"], false, "{answer}");
    assert_eq!(peer.ask("threads", json!(null))["success"], true);
    peer.disconnect();
}

/// The program can close a connection.
pub fn the_program_can_close_a_connection<S: Server>() {
    let server = S::start();
    let mut peer = server.attach();
    let open = peer.request("evaluate", json!({"expression": "later"}));
    server.requested(Command::Evaluate);
    server.event("output", br#"{"output":"last words"}"#).unwrap();
    server.close_client();
    assert_eq!(peer.message()["event"], "output");
    // Nothing stays without an answer.
    let answer = peer.answer_to(open);
    assert_eq!(answer["message"], "cancelled", "{answer}");
    peer.expect_end();
    assert_eq!(server.disconnected(), Disconnect::Closed);
    until("the client is closed", || !server.is_client_open());
    server.serves_a_session();
}

/// Events wait for the end of configuration.
pub fn events_wait_for_the_end_of_configuration<S: Server>() {
    let server = S::start();
    let mut peer = server.peer();
    peer.initialize();
    peer.attach();
    server.attached();
    assert_eq!(
        server.event("stopped", br#"{"reason":"pause"}"#),
        Err(SendError::TooEarly)
    );
    peer.configure();
    server.event("stopped", br#"{"reason":"pause"}"#).unwrap();
    assert_eq!(peer.message()["event"], "stopped");
    assert_eq!(server.event("initialized", b""), Err(SendError::NotAgain));
    peer.disconnect();
}

/// The client can be asked.
pub fn the_client_can_be_asked<S: Server>() {
    let server = S::start();
    let mut peer = server.attach();
    server.ask(Command::StartDebugging, br#"{"request":"attach","configuration":{}}"#);
    let request = peer.message();
    assert_eq!(request["command"], "startDebugging");
    let seq = &request["seq"];
    peer.frame(&format!(
        r#"{{"seq":9,"type":"response","request_seq":{seq},"success":true,"command":"startDebugging"}}"#
    ));
    peer.disconnect();
}

/// Requests of a session reach the host in order.
pub fn requests_of_a_session_reach_the_host_in_order<S: Server>() {
    let server = S::start();
    let mut peer = server.attach();
    for command in ["threads", "loadedSources", "threads"] {
        peer.request(command, json!(null));
    }
    for command in [Command::Threads, Command::LoadedSources, Command::Threads] {
        server.requested(command);
    }
    peer.disconnect();
}

/// A body that is no JSON is noticed in debug builds, and leaves the stream whole.
pub fn a_body_that_is_no_json_leaves_the_stream_whole<S: Server>() {
    if !cfg!(debug_assertions) {
        return;
    }
    let server = S::start();
    let mut peer = server.attach();
    let result = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| server.event("output", b"{no")));
    assert!(result.is_err());
    assert_eq!(peer.ask("threads", json!(null))["success"], true);
    server.event("output", br#"{"output":"yes"}"#).unwrap();
    assert_eq!(peer.message()["event"], "output");
    peer.disconnect();
}
