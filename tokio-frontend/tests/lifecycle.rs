//! The process: start once, wait, end.

mod support;

use core::time::Duration;

use dapstub::protocol::Command;
use dapstub_tokio::{Config, Debugger, Disconnect, Host, Request, Responder, StartFailure, Waited};
use serde_json::json;
use support::{DEADLINE, Peer, Program, Server, alive, dropped_after, loopback, until, within};
use tokio_util::sync::CancellationToken;

on_both_runtimes! {
    async fn dormant_until_the_first_start_and_running_ever_after() {
        let debugger = Debugger::new();
        assert_eq!(debugger.address(), None);
        assert!(!debugger.is_client_connected() && alive() == 0);
        let first = debugger.start(loopback(), Program::new().0).await.unwrap();
        assert!(!first.already && first.address.tcp().unwrap().port() != 0);
        let second = debugger.start(Config::default(), Program::new().0).await.unwrap();
        assert!(second.already && second.hold.is_none());
        assert_eq!((Some(&second.address), debugger.address().as_ref()), (Some(&first.address), Some(&first.address)));
    }

    async fn of_many_starts_at_once_one_binds() {
        let debugger = Debugger::new();
        let starts: Vec<_> = (0..16)
            .map(|_| {
                let debugger = debugger.clone();
                tokio::spawn(async move { debugger.start(loopback(), Program::new().0).await.unwrap() })
            })
            .collect();
        let mut first = 0;
        for start in starts {
            let started = within(start).await.unwrap();
            first += usize::from(!started.already);
            assert_eq!(Some(started.address), debugger.address());
        }
        assert_eq!(first, 1);
    }

    async fn a_taken_port_leaves_it_dormant_and_can_be_tried_again() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let config = Config { port: taken.local_addr().unwrap().port(), ..loopback() };
        let debugger = Debugger::new();
        let error = debugger.start(&config, Program::new().0).await.unwrap_err();
        assert_eq!(error.failure(), StartFailure::Bind);
        assert!(error.to_string().starts_with(&format!("can't listen on 127.0.0.1:{}: ", config.port)), "{error}");
        assert_eq!((debugger.address(), alive()), (None, 0));
        let nowhere = loopback().with_host("no such host").unwrap();
        let error = debugger.start(&nowhere, Program::new().0).await.unwrap_err();
        assert_eq!(error.failure(), StartFailure::Resolve);
        drop(taken);
        assert!(!debugger.start(&config, Program::new().0).await.unwrap().already);
        Peer::connect(debugger.address().unwrap()).await.attached().await;
    }

    /// A start that is dropped has done nothing, or all.
    async fn a_dropped_start_can_be_tried_again() {
        // A port of its own, so that a socket left over would be noticed.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = Config { port, ..loopback() }.with_host("localhost").unwrap();
        for polls in 0..10 {
            let debugger = Debugger::new();
            match dropped_after(polls, debugger.start(&config, Program::new().0)).await {
                None => assert_eq!((debugger.address(), debugger.is_held()), (None, false), "{polls}"),
                Some(started) => assert_eq!(Some(started.unwrap().address), debugger.address()),
            }
            let started = debugger.start(&config, Program::new().0).await.unwrap();
            Peer::connect(started.address).await.attached().await;
            assert!(within(debugger.shutdown(DEADLINE)).await);
        }
    }

    async fn only_configuration_done_opens_the_gate() {
        let debugger = Debugger::new();
        let config = Config { wait: true, ..loopback() };
        let started = debugger.start(&config, Program::new().0).await.unwrap();
        assert!(started.hold.is_some());
        let held = async |what: &str| {
            // Every wait here is dropped after a while; none of them loses anything.
            let soon = Duration::from_millis(20);
            assert!(tokio::time::timeout(soon, started.wait()).await.is_err(), "{what}");
            assert!(debugger.is_held());
        };
        let waiting = tokio::spawn({
            let debugger = debugger.clone();
            async move { debugger.wait().await }
        });
        held("nobody").await;
        let silent = Peer::connect(started.address.clone()).await;
        held("silent").await;
        let mut peer = Peer::connect(started.address.clone()).await;
        peer.initialize().await;
        held("initialized").await;
        peer.attach("").await;
        held("attached").await;
        drop((peer, silent));
        until("the client is gone", || !debugger.is_client_connected()).await;
        held("lost").await;
        let mut peer = Peer::connect(started.address.clone()).await;
        peer.initialize().await;
        peer.attach("").await;
        peer.disconnect().await;
        held("disconnected").await;
        let mut peer = Peer::connect(started.address.clone()).await;
        peer.attached().await;
        assert_eq!(within(waiting).await.unwrap(), Waited::Client);
        within(started.wait()).await;
        assert!(!debugger.is_held());
        // While it is attached nobody waits; once it is gone the next wait is for the next client.
        assert_eq!(within(debugger.wait()).await, Waited::Client);
        peer.disconnect().await;
        assert!(tokio::time::timeout(Duration::from_millis(20), debugger.wait()).await.is_err());
        let waiter = debugger.waiter();
        Peer::connect(started.address.clone()).await.attached().await;
        until("the client is gone", || !debugger.is_client_connected()).await;
        assert_eq!(within(waiter.wait()).await, Waited::Client, "it came and left meanwhile");
    }

    async fn wait_without_start_holds_nobody() {
        let debugger = Debugger::new();
        let config = Config { start: false, wait: true, ..loopback() };
        let started = debugger.start(&config, Program::new().0).await.unwrap();
        assert!(started.hold.is_none() && !debugger.is_held());
        within(started.wait()).await;
        let waiter = debugger.waiter();
        debugger.cancel_wait();
        assert_eq!(within(waiter.wait()).await, Waited::Cancelled);
    }

    async fn shutdown_answers_what_is_open_and_lets_the_client_say_goodbye() {
        let mut server = Server::start().await;
        let mut initialized = server.peer().await;
        initialized.initialize().await;
        let (mut peer, client) = server.attach().await;
        let open = [peer.evaluate("never").await, peer.evaluate("keep").await];
        for _ in open {
            server.requested(Command::Evaluate).await;
        }
        let shutdown = tokio::spawn({
            let debugger = server.debugger.clone();
            async move { debugger.shutdown(DEADLINE).await }
        });
        for seq in open {
            let answer = peer.message().await;
            assert_eq!((&answer["request_seq"], &answer["message"]), (&json!(seq), &json!("cancelled")));
        }
        assert_eq!(peer.message().await["event"], "terminated");
        server.dropped("evaluate").await;
        let refused = peer.ask("evaluate", r#"{"expression":"1"}"#).await;
        assert_eq!(refused["body"]["error"]["format"], "the program is ending");
        // An editor may ask this as it always does, whatever comes in between.
        assert_eq!(peer.ask("threads", "{}").await["body"], json!({"threads": []}));
        peer.disconnect().await;
        assert_eq!(server.disconnected().await, Disconnect::Requested { terminate_debuggee: false });
        initialized.expect_end().await;
        drop(initialized);
        assert!(within(shutdown).await.unwrap());
        assert!(!client.is_open());
        let error = server.debugger.start(loopback(), Program::new().0).await.unwrap_err();
        assert_eq!(error.failure(), StartFailure::Ended);
        until("no task is left", || alive() == 0).await;
    }

    async fn shutdown_does_not_wait_for_a_client_that_says_nothing() {
        let mut server = Server::start().await;
        let (mut peer, client) = server.attach().await;
        client.event("terminated", b"").unwrap();
        let waiter = server.debugger.waiter();
        assert!(!within(server.debugger.shutdown(Duration::from_millis(50))).await, "it was not done in time");
        assert_eq!(server.disconnected().await, Disconnect::Closed);
        assert_eq!(waiter.wait().await, Waited::Cancelled);
        assert_eq!(peer.message().await["event"], "terminated");
        peer.expect_end().await;
        until("no task is left", || alive() == 0).await;
    }

    async fn the_programs_own_token_ends_it() {
        let token = CancellationToken::new();
        let debugger = Debugger::with_cancellation(token.child_token());
        let (program, _notes) = Program::new();
        let started = debugger.start(loopback(), program).await.unwrap();
        let mut peer = Peer::connect(started.address).await;
        peer.attached().await;
        token.cancel();
        assert_eq!(peer.message().await["event"], "terminated");
        peer.disconnect().await;
        until("no task is left", || alive() == 0).await;
        assert!(within(debugger.shutdown(Duration::ZERO)).await || alive() == 0);
    }

    /// Shut down at every stage of a session, in no time: the program hears of it once, and no task is left.
    async fn shutdown_at_every_stage() {
        for stage in 0..8 {
            let mut server = Server::start().await;
            let mut peer = server.peer().await;
            let mut attached = false;
            for step in 0..stage {
                match step {
                    0 => peer.raw(b"Content-Le").await,
                    1 => peer = server.peer().await,
                    2 => peer.initialize().await,
                    3 => {
                        peer.request("attach", r#"{"name":"never"}"#).await;
                        server.attaches().await;
                        attached = true;
                    }
                    4 => {
                        peer = server.peer().await;
                        server.dropped("attach").await;
                        server.disconnected().await;
                        peer.initialize().await;
                        peer.attach("").await;
                        server.attaches().await;
                    }
                    5 => {
                        peer.configure().await;
                        server.requested(Command::ConfigurationDone).await;
                    }
                    _ => {
                        peer.evaluate("never").await;
                        server.requested(Command::Evaluate).await;
                    }
                }
            }
            within(server.debugger.shutdown(Duration::ZERO)).await;
            let mut ends = 0;
            while let Ok(note) = server.notes.try_recv() {
                ends += usize::from(matches!(note, support::Note::Disconnected(_)));
            }
            assert_eq!(ends, usize::from(attached), "stage {stage}");
            until("no task is left", || alive() == 0).await;
            assert!(!server.debugger.is_client_connected());
        }
    }
}

#[tokio::test]
async fn shutdown_of_a_dormant_one_is_nothing() {
    assert!(Debugger::new().shutdown(DEADLINE).await);
}

#[test]
fn a_runtime_that_ends_takes_the_server_with_it() {
    let debugger = Debugger::new();
    let (program, mut notes) = Program::new();
    let waiter = debugger.waiter();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let peer = runtime.block_on(async {
        let started = debugger.start(loopback(), program).await.unwrap();
        let mut peer = Peer::connect(started.address).await;
        peer.attached().await;
        peer
    });
    drop(runtime);
    drop(peer);
    let mut last = None;
    while let Some(note) = notes.blocking_recv() {
        last = Some(note);
    }
    assert!(
        matches!(
            last,
            Some(support::Note::Disconnected(Disconnect::Lost | Disconnect::Closed))
        ),
        "{last:?}"
    );
    assert!(!debugger.is_client_connected());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    assert_eq!(runtime.block_on(waiter.wait()), Waited::Client, "there was one");
    let error = runtime
        .block_on(debugger.start(loopback(), Program::new().0))
        .unwrap_err();
    assert_eq!(error.failure(), StartFailure::Ended);
}

/// What takes half a minute in real life.
#[tokio::test]
async fn whoever_dawdles_is_dropped() {
    struct Nothing;
    impl Host for Nothing {
        async fn request(&self, request: Request, responder: Responder) {
            let _ = responder.not_supported(&request);
        }
    }
    let debugger = Debugger::new();
    let address = debugger.start(loopback(), Nothing).await.unwrap().address;
    let connect = async || match &address {
        dapstub_tokio::Address::Tcp(address) => tokio::net::TcpStream::connect(address).await.unwrap(),
        other => panic!("{other:?}"),
    };
    let initialize = br#"{"seq":1,"type":"request","command":"initialize","arguments":{"adapterID":"x"}}"#;
    for (first, limit) in [
        (
            &b"Content-Length: 100\r\n\r\n{"[..],
            dapstub_tokio::limits::TIME_TO_INITIALIZE,
        ),
        (
            &[b"Content-Length: 79\r\n\r\n", &initialize[..]].concat(),
            dapstub_tokio::limits::TIME_TO_ATTACH,
        ),
        (b"GET / HTTP/1.1\r\n\r\n", dapstub_tokio::limits::LINGER),
    ] {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = connect().await;
        stream.write_all(first).await.unwrap();
        until("it is served", || alive() == 2).await;
        // What was sent is surely read, and answered where it wants an answer.
        tokio::time::sleep(Duration::from_millis(50)).await;
        tokio::time::pause();
        let begin = tokio::time::Instant::now();
        let mut all = Vec::new();
        if !first.starts_with(b"GET") {
            stream.read_to_end(&mut all).await.unwrap();
        }
        while alive() > 1 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let took = begin.elapsed();
        assert!(took <= limit && took >= limit - Duration::from_secs(1), "{took:?}");
        tokio::time::resume();
    }
}
