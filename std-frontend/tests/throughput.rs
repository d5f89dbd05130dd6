//! Many threads, much to say, and clients that don't listen.

mod support;

use core::time::Duration;
use std::time::Instant;

use dapstub::protocol::Command;
use dapstub_std::limits::{OUTGOING_LIMIT, READ_PAUSE};
use dapstub_std::{Disconnect, SendError};
use serde_json::json;
use support::{DEADLINE, Server};

#[test]
fn events_of_many_threads_and_answers_are_numbered_without_a_gap() {
    const THREADS: usize = 8;
    const EACH: usize = 2_000;
    const QUESTIONS: usize = 1_000;
    let server = Server::start();
    let (mut peer, client) = server.attach();
    let mut events = [0; THREADS];
    let mut answers = 0;
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let client = client.clone();
            scope.spawn(move || {
                for number in 0..EACH {
                    let padding = "x".repeat(number % 500);
                    let body = format!(r#"{{"output":"{padding}","line":{thread},"column":{number}}}"#);
                    client.event("output", body.as_bytes()).unwrap();
                }
            });
        }
        let mut writer = peer.writer();
        scope.spawn(move || {
            for seq in 100..100 + QUESTIONS {
                let body = format!(r#"{{"seq":{seq},"type":"request","command":"threads"}}"#);
                let frame = format!("Content-Length: {}\r\n\r\n{body}", body.len());
                std::io::Write::write_all(&mut writer, frame.as_bytes()).unwrap();
            }
        });
        // The peer itself checks framing and sequence numbers.
        while answers < QUESTIONS || events.iter().sum::<usize>() < THREADS * EACH {
            let message = peer.message();
            if message["type"] == "response" {
                assert_eq!(message["request_seq"], 100 + answers);
                answers += 1;
            } else {
                let thread = message["body"]["line"].as_u64().unwrap() as usize;
                assert_eq!(
                    message["body"]["column"], events[thread],
                    "the events of one thread stay in order"
                );
                events[thread] += 1;
            }
        }
    });
    peer.disconnect();
}

#[test]
fn a_client_that_does_not_read_is_dropped_and_nobody_waits() {
    let server = Server::start();
    let (peer, client) = server.attach();
    let body = format!(r#"{{"output":"{}"}}"#, "x".repeat(64 * 1024));
    let begin = Instant::now();
    let mut longest = Duration::ZERO;
    let mut sent = 0;
    let error = loop {
        let one = Instant::now();
        let result = client.event("output", body.as_bytes());
        longest = longest.max(one.elapsed());
        match result {
            Ok(()) => sent += body.len(),
            Err(error) => break error,
        }
        assert!(begin.elapsed() < DEADLINE);
    };
    assert_eq!(error, SendError::Closed);
    assert!(sent > OUTGOING_LIMIT / 2, "{sent}");
    assert!(longest < Duration::from_secs(2), "{longest:?}");
    assert_eq!(server.disconnected(), Disconnect::Misbehaved);
    drop(peer);
    server.serves_a_session();
}

#[test]
fn a_message_larger_than_the_queue_is_refused_and_the_client_stays() {
    let server = Server::start();
    let (mut peer, client) = server.attach();
    let huge = format!(r#"{{"output":"{}"}}"#, "x".repeat(OUTGOING_LIMIT));
    assert_eq!(client.event("output", huge.as_bytes()), Err(SendError::TooLarge));
    let seq = peer.request("evaluate", json!({"expression": "later"}));
    server.requested(Command::Evaluate);
    let ticket = server.later.lock().unwrap().pop().unwrap();
    assert_eq!(client.respond(ticket, huge.as_bytes()), Err(SendError::TooLarge));
    let answer = peer.answer_to(seq);
    assert_eq!(
        (&answer["success"], &answer["body"]["error"]["id"]),
        (&json!(false), &json!(7)),
        "{answer}"
    );
    peer.disconnect();
}

#[test]
fn a_large_backlog_arrives_whole_when_the_client_reads_at_last() {
    let server = Server::start();
    let (mut peer, client) = server.attach();
    let body = format!(r#"{{"output":"{}"}}"#, "x".repeat(64 * 1024));
    let count = OUTGOING_LIMIT / body.len() / 2;
    for _ in 0..count {
        client.event("output", body.as_bytes()).unwrap();
    }
    // Its requests wait meanwhile: enough is queued for it.
    assert!(count * body.len() > 4 * READ_PAUSE);
    let seq = peer.request("threads", json!(null));
    for _ in 0..count {
        assert_eq!(peer.message()["event"], "output");
    }
    assert_eq!(peer.message()["request_seq"], seq);
    peer.disconnect();
    server.requested(Command::Threads);
    assert_eq!(
        server.disconnected(),
        Disconnect::Requested {
            terminate_debuggee: false
        }
    );
}

#[test]
fn a_backlog_is_still_delivered_after_disconnect() {
    let server = Server::start();
    let (mut peer, client) = server.attach();
    let body = format!(r#"{{"output":"{}"}}"#, "x".repeat(64 * 1024));
    for _ in 0..16 {
        client.event("output", body.as_bytes()).unwrap();
    }
    peer.request("disconnect", json!({}));
    let rest = peer.until_end();
    assert_eq!(rest.len(), 18);
    assert_eq!(
        (&rest[16]["command"], &rest[17]["event"]),
        (&json!("disconnect"), &json!("terminated"))
    );
}

#[test]
fn an_answer_comes_at_once() {
    let server = Server::start();
    let (mut peer, _) = server.attach();
    let mut times: Vec<Duration> = (0..200)
        .map(|_| {
            let begin = Instant::now();
            peer.ask("threads", json!(null));
            begin.elapsed()
        })
        .collect();
    times.sort();
    // Nagle and delayed acknowledgements together cost 40 ms; a busy test machine costs less.
    assert!(times[100] < Duration::from_millis(20), "{:?}", times[100]);
    peer.disconnect();
}
