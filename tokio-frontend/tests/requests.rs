//! Requests that take their time, and what the program says of its own accord.

mod support;

use core::time::Duration;

use dapstub::protocol::{Command, OutputEvent, RunInTerminalArguments, RunInTerminalResponse, requests};
use dapstub_tokio::limits::{READ_PAUSE, TIME_TO_READ};
use dapstub_tokio::{Disconnect, SendError};
use serde_json::json;
use support::{Note, Server, until, within};

on_both_runtimes! {
    async fn a_request_that_waits_holds_up_nothing() {
        let mut server = Server::start().await;
        let (mut peer, _) = server.attach().await;
        let never = peer.evaluate("never").await;
        let kept = peer.evaluate("keep").await;
        let slow = peer.evaluate("yield 50").await;
        assert_eq!(peer.ask("threads", "{}").await["success"], true);
        let last = peer.message().await;
        assert_eq!((&last["request_seq"], &last["body"]["result"]), (&json!(slow), &json!("yield 50")));
        let responder = server.program.kept.lock().unwrap().pop().unwrap();
        // From a thread that knows nothing of the runtime.
        std::thread::spawn(move || responder.respond_raw(br#"{"result":"kept","variablesReference":0}"#).unwrap());
        assert_eq!(peer.message().await["request_seq"], kept);
        peer.request("disconnect", "{}").await;
        let cancelled = peer.message().await;
        assert_eq!((&cancelled["request_seq"], &cancelled["message"]), (&json!(never), &json!("cancelled")));
        assert_eq!(peer.message().await["command"], "disconnect");
        server.ends().await;
    }

    async fn requests_begin_in_the_order_in_which_they_came() {
        let mut server = Server::start().await;
        let (mut peer, _) = server.attach().await;
        // Each waits once in between, so they end as the scheduler likes; but each began before the next one.
        let commands = ["yield 3", "yield 0", "yield 1", "now", "yield 2"];
        for expression in commands {
            peer.evaluate(expression).await;
        }
        for _ in commands {
            assert_eq!(peer.message().await["success"], true);
        }
        for _ in commands {
            server.requested(Command::Evaluate).await;
        }
        // Those that never wait are answered in their order, too.
        let first = peer.evaluate("now").await;
        let second = peer.request("threads", "{}").await;
        let third = peer.evaluate("forget").await;
        for seq in [first, second, third] {
            assert_eq!(peer.message().await["request_seq"], seq);
        }
        server.ends().await;
    }

    async fn nothing_stays_unanswered() {
        let mut server = Server::start().await;
        let (mut peer, _) = server.attach().await;
        for (expression, text) in [
            ("forget", "the program gave no answer"),
            ("panic", "the program's debugger failed inside; see its log"),
            ("panic later", "the program's debugger failed inside; see its log"),
        ] {
            let answer = peer.ask("evaluate", &format!(r#"{{"expression":"{expression}"}}"#)).await;
            assert_eq!((&answer["success"], &answer["message"]), (&json!(false), &json!(text)));
        }
        assert_eq!(peer.ask("threads", "{}").await["success"], true);
        server.ends().await;
    }

    async fn a_request_can_be_cancelled() {
        let mut server = Server::start().await;
        let (mut peer, _) = server.attach().await;
        let asked = peer.evaluate("cancellable").await;
        let other = peer.evaluate("cancellable").await;
        let cancel = peer.request("cancel", &format!(r#"{{"requestId":{asked}}}"#)).await;
        let mut answers = [peer.message().await, peer.message().await];
        answers.sort_by_key(|answer| answer["request_seq"].as_i64());
        assert_eq!((&answers[0]["request_seq"], &answers[0]["message"]), (&json!(asked), &json!("as you like")));
        assert_eq!((&answers[1]["request_seq"], &answers[1]["success"]), (&json!(cancel), &json!(true)));
        // What is answered already, or was never asked, can be cancelled without harm.
        assert_eq!(peer.ask("cancel", &format!(r#"{{"requestId":{asked}}}"#)).await["success"], true);
        assert_eq!(peer.ask("cancel", r#"{"requestId":777}"#).await["success"], true);
        assert_eq!(peer.ask("cancel", "{}").await["success"], true);
        assert_eq!(peer.ask("cancel", r#"{"requestId":"x"}"#).await["success"], false);
        for _ in 0..2 {
            server.requested(Command::Evaluate).await;
        }
        server.no_note();
        // A progress is the program's.
        assert_eq!(peer.ask("cancel", r#"{"progressId":"p"}"#).await["success"], false);
        server.requested(Command::Cancel).await;
        assert_eq!(peer.ask("cancel", &format!(r#"{{"requestId":{other}}}"#)).await["success"], true);
        server.ends().await;
    }

    async fn the_client_can_be_asked_and_answers_in_any_order() {
        let mut server = Server::start().await;
        let (mut peer, client) = server.attach().await;
        let ask = |client: dapstub_tokio::Client| {
            tokio::spawn(async move { client.request(Command::RunInTerminal, br#"{"args":["sh"],"cwd":"/"}"#).await })
        };
        let (one, two, lost) = (ask(client.clone()), ask(client.clone()), ask(client.clone()));
        let mut numbers = Vec::new();
        for _ in 0..3 {
            let request = peer.message().await;
            assert_eq!((&request["type"], &request["command"]), (&json!("request"), &json!("runInTerminal")));
            numbers.push(request["seq"].as_i64().unwrap());
        }
        // Nobody knows which task was first; each gets an answer, and the third one none.
        for (number, rest) in [
            (numbers[1], r#""success":true,"body":{"processId":7}"#),
            (numbers[0], r#""success":false,"message":"no \"sh\" here""#),
        ] {
            let head = format!(r#"{{"seq":50,"type":"response","request_seq":{number},"command":"runInTerminal","#);
            peer.frame(&format!("{head}{rest}}}")).await;
        }
        peer.frame(r#"{"seq":60,"type":"response","request_seq":999,"success":true,"command":"runInTerminal"}"#).await;
        peer.ask("threads", "{}").await;
        let mut done = 0;
        let mut errors = 0;
        peer.disconnect().await;
        for task in [one, two, lost] {
            match within(task).await.unwrap() {
                Ok(reply) if reply.success() => {
                    assert_eq!(&reply.raw()[..], br#"{"processId":7}"#);
                    done += 1;
                }
                Ok(reply) => {
                    assert_eq!(reply.message(), Some("no \"sh\" here"));
                    done += 1;
                }
                Err(error) => {
                    assert_eq!(error, SendError::Closed);
                    errors += 1;
                }
            }
        }
        assert_eq!((done, errors), (2, 1));
        assert_eq!(client.request(Command::RunInTerminal, b"{}").await.unwrap_err(), SendError::Closed);
        server.ends().await;
    }

    async fn the_client_can_be_asked_in_types() {
        let mut server = Server::start().await;
        let (mut peer, client) = server.attach().await;
        let asked = tokio::spawn(async move {
            let arguments = RunInTerminalArguments { cwd: "/".into(), ..Default::default() };
            let reply = client.ask::<requests::RunInTerminal>(&arguments).await.unwrap();
            reply.parse::<RunInTerminalResponse>().unwrap().process_id
        });
        let request = peer.message().await;
        assert_eq!((&request["command"], &request["arguments"]["cwd"]), (&json!("runInTerminal"), &json!("/")));
        let head = format!(r#"{{"seq":50,"type":"response","request_seq":{},"#, request["seq"]);
        peer.frame(&format!(r#"{head}"command":"runInTerminal","success":true,"body":{{"processId":7}}}}"#)).await;
        assert_eq!(within(asked).await.unwrap(), Some(7));
        server.ends().await;
    }

    async fn events_come_from_any_task_and_thread() {
        let mut server = Server::start().await;
        let (mut peer, client) = server.attach().await;
        assert_eq!(server.debugger.client().as_ref(), Some(&client));
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move {
                    for _ in 0..100 {
                        client.send(OutputEvent { output: "x".into(), ..Default::default() }).await.unwrap();
                    }
                })
            })
            .collect();
        let thread = std::thread::spawn({
            let client = client.clone();
            move || (0..100).for_each(|_| client.report(OutputEvent::default()).unwrap())
        });
        for _ in 0..900 {
            assert_eq!(peer.message().await["event"], "output");
        }
        for task in tasks {
            within(task).await.unwrap();
        }
        thread.join().unwrap();
        peer.disconnect().await;
        until("the client is gone", || server.debugger.client().is_none()).await;
        within(client.closed()).await;
        server.ends().await;
    }

    async fn whoever_has_much_to_say_waits_for_the_client() {
        let mut server = Server::start().await;
        let (mut peer, client) = server.attach().await;
        const MESSAGES: usize = 200;
        let text = "x".repeat(100_000);
        let sender = tokio::spawn({
            let (client, text) = (client.clone(), text.clone());
            async move {
                for _ in 0..MESSAGES {
                    client.send(OutputEvent { output: text.as_str().into(), ..Default::default() }).await.unwrap();
                }
            }
        });
        // 20 MB are more than the system's buffers and the queue take; without a reader it can't finish.
        until("the queue is full", || {
            core::pin::pin!(client.ready()).poll(&mut core::task::Context::from_waker(core::task::Waker::noop())).is_pending()
        }).await;
        assert!(!sender.is_finished());
        for _ in 0..MESSAGES {
            let message = peer.message().await;
            assert_eq!(message["body"]["output"].as_str().unwrap().len(), text.len());
        }
        within(sender).await.unwrap();
        peer.disconnect().await;
        server.ends().await;
    }
}

/// Time stands still but where everybody waits, so half a minute passes at once.
#[tokio::test]
async fn a_client_that_reads_nothing_is_dropped_while_the_program_waits_for_it() {
    let mut server = Server::start().await;
    let (peer, client) = server.attach().await;
    tokio::time::pause();
    let begin = tokio::time::Instant::now();
    let text = "x".repeat(READ_PAUSE / 4);
    let error = loop {
        let event = OutputEvent {
            output: text.as_str().into(),
            ..Default::default()
        };
        if let Err(error) = client.send(event).await {
            break error;
        }
    };
    assert_eq!(error, SendError::Closed);
    assert!(begin.elapsed() >= TIME_TO_READ && begin.elapsed() < TIME_TO_READ + Duration::from_secs(5));
    match server.notes.recv().await {
        Some(Note::Disconnected(how)) => assert_eq!(how, Disconnect::Misbehaved),
        other => panic!("{other:?}"),
    }
    tokio::time::resume();
    drop(peer);
    server.serves_a_session().await;
    server.ends().await;
}
