//! The process: start once, wait, end; and what a forked child finds.

mod support;

use core::time::Duration;
use std::net::TcpListener;
use std::time::Instant;

use dapstub_std::{Config, Debugger, Disconnect, StartFailure, Waited};
use serde_json::json;
use support::{DEADLINE, Peer, Server, host, loopback, until};

const SHORT: Option<Duration> = Some(Duration::from_millis(100));

#[test]
fn dormant_until_the_first_start_and_running_ever_after() {
    let debugger = Debugger::new();
    assert_eq!(debugger.address(), None);
    assert!(!debugger.is_client_connected());
    let first = debugger.start(loopback(), host().0).unwrap();
    assert!(!first.already && first.address.tcp().unwrap().port() != 0);
    assert_eq!(debugger.address(), Some(first.address.clone()));
    let second = debugger.start(Config::default(), host().0).unwrap();
    assert!(second.already && second.hold.is_none());
    assert_eq!(second.address, first.address);
}

#[test]
fn of_many_starts_at_once_one_binds() {
    let debugger = Debugger::new();
    let started: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16)
            .map(|_| scope.spawn(|| debugger.start(loopback(), host().0).unwrap()))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(started.iter().filter(|started| !started.already).count(), 1);
    assert!(started.iter().all(|one| one.address == started[0].address));
}

#[test]
fn a_taken_port_leaves_it_dormant_and_can_be_tried_again() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let config = Config {
        port: taken.local_addr().unwrap().port(),
        ..loopback()
    };
    let debugger = Debugger::new();
    let error = debugger.start(&config, host().0).unwrap_err();
    assert_eq!(error.failure(), StartFailure::Bind);
    assert_eq!(error.io_error().kind(), std::io::ErrorKind::AddrInUse);
    assert!(
        error
            .to_string()
            .starts_with(&format!("can't listen on 127.0.0.1:{}: ", config.port)),
        "{error}"
    );
    assert_eq!(debugger.address(), None);
    drop(taken);
    assert!(!debugger.start(&config, host().0).unwrap().already);
    Peer::attached(debugger.address().unwrap()).disconnect();
}

#[test]
fn a_host_that_does_not_exist_is_said_so() {
    let config = loopback().with_host("no such host").unwrap();
    let error = Debugger::new().start(&config, host().0).unwrap_err();
    assert_eq!(error.failure(), StartFailure::Resolve);
    assert!(error.to_string().contains("no such host"), "{error}");
}

#[test]
fn only_configuration_done_opens_the_gate() {
    let debugger = Debugger::new();
    let (host, _notes) = host();
    let started = debugger
        .start(
            &Config {
                wait: true,
                ..loopback()
            },
            host,
        )
        .unwrap();
    let hold = started.hold.expect("start and wait hold the program");
    let waiting = std::thread::spawn({
        let waiter = debugger.waiter();
        move || waiter.wait(Some(DEADLINE))
    });
    let still_held = || {
        assert_eq!(hold.wait(Some(Duration::from_millis(20))), Waited::TimedOut);
        assert!(debugger.is_held());
    };
    still_held();
    let silent = Peer::connect(started.address.clone());
    still_held();
    let mut peer = Peer::connect(started.address.clone());
    peer.initialize();
    still_held();
    peer.attach();
    still_held();
    peer.ask("setBreakpoints", json!({"source": {"path": "x"}, "breakpoints": []}));
    still_held();
    drop((peer, silent));
    until("the client is gone", || !debugger.is_client_connected());
    still_held();
    let mut peer = Peer::connect(started.address.clone());
    peer.initialize();
    peer.attach();
    peer.disconnect();
    still_held();
    let peer = Peer::attached(started.address.clone());
    assert_eq!(waiting.join().unwrap(), Waited::Client);
    assert_eq!(hold.wait(SHORT), Waited::Client);
    assert!(!debugger.is_held());
    // While it is attached nobody waits; once it is gone the next wait is for the next client.
    assert!(debugger.wait_for_client(SHORT));
    peer.disconnect();
    assert!(!debugger.wait_for_client(SHORT));
    assert!(!debugger.is_held());
    let _peer = Peer::attached(started.address.clone());
    assert!(debugger.wait_for_client(Some(DEADLINE)));
}

#[test]
fn wait_without_start_holds_nobody() {
    let debugger = Debugger::new();
    let started = debugger
        .start(
            &Config {
                start: false,
                wait: true,
                ..loopback()
            },
            host().0,
        )
        .unwrap();
    assert!(started.hold.is_none() && !debugger.is_held());
}

#[test]
fn a_wait_can_be_cancelled() {
    let server = Server::start();
    let waiter = server.debugger.waiter();
    let waiting = std::thread::spawn(move || waiter.wait(None));
    server.debugger.cancel_wait();
    assert_eq!(waiting.join().unwrap(), Waited::Cancelled);
}

#[test]
fn shutdown_lets_the_client_say_goodbye() {
    let server = Server::start();
    let (mut peer, client) = server.attach();
    let mut initialized = server.peer();
    // While a client is attached a second one is refused, so this one stays silent.
    let shutdown = std::thread::spawn({
        let debugger = server.debugger.clone();
        move || {
            let begin = Instant::now();
            (debugger.shutdown(DEADLINE), begin.elapsed())
        }
    });
    assert_eq!(peer.message()["event"], "terminated");
    assert_eq!(peer.ask("evaluate", json!({"expression": "1"}))["success"], false);
    // An editor may ask this as it always does, whatever comes in between.
    assert_eq!(peer.ask("threads", json!(null))["body"], json!({"threads": []}));
    peer.disconnect();
    assert_eq!(
        server.disconnected(),
        Disconnect::Requested {
            terminate_debuggee: false
        }
    );
    initialized.expect_end();
    drop(initialized);
    let (done, took) = shutdown.join().unwrap();
    assert!(done && took < Duration::from_secs(5), "{took:?}");
    assert!(!client.is_open());
    assert!(server.debugger.start(loopback(), host().0).is_err());
    assert!(std::net::TcpStream::connect(server.address.tcp().unwrap()).is_err());
}

#[test]
fn shutdown_does_not_wait_for_a_client_that_says_nothing() {
    let server = Server::start();
    let (mut peer, client) = server.attach();
    client.event("terminated", b"").unwrap();
    let waiter = server.debugger.waiter();
    let begin = Instant::now();
    server.debugger.shutdown(Duration::from_millis(300));
    assert!(begin.elapsed() < Duration::from_secs(5));
    assert_eq!(server.disconnected(), Disconnect::Closed);
    assert_eq!(waiter.wait(None), Waited::Cancelled);
    assert_eq!(peer.message()["event"], "terminated");
    peer.expect_end();
}

#[test]
fn shutdown_of_a_dormant_one_is_nothing() {
    assert!(Debugger::new().shutdown(DEADLINE));
}

#[test]
fn a_dropped_handle_leaves_the_server_running() {
    let server = Server::start();
    let Server {
        debugger,
        address,
        notes,
        ..
    } = server;
    drop(debugger);
    Peer::attached(address.clone()).disconnect();
    drop(notes);
    Peer::attached(address).disconnect();
}

#[cfg(unix)]
#[test]
fn a_forked_child_knows_its_sockets_and_does_nothing() {
    let server = Server::start();
    let (mut peer, client) = server.attach();
    let mut initialized = server.peer();
    until("listener and two connections are noted", || {
        server.debugger.inherited_descriptors().count() == 3
    });
    initialized.finish_sending();
    initialized.expect_end();
    until("a closed one is forgotten", || {
        server.debugger.inherited_descriptors().count() == 2
    });
    // What a child does; the fork itself is the host's.
    server.debugger.abandon_after_fork();
    assert!(!server.debugger.is_client_connected() && !client.is_open());
    assert_eq!(server.debugger.address(), None);
    assert!(client.event("continued", b"{}").is_err());
    assert_eq!(
        server.debugger.start(loopback(), host().0).unwrap_err().failure(),
        StartFailure::Ended
    );
    assert!(server.debugger.shutdown(DEADLINE));
    assert!(peer.is_silent_for(Duration::from_millis(50)));
    server.no_note();
}

#[cfg(unix)]
#[test]
fn a_unix_socket_replaces_a_dead_one_and_goes_with_its_server() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("debug");
    let config = Config::default()
        .with_host(&format!("unix:{}", path.display()))
        .unwrap();
    // What a dead process has left.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let debugger = Debugger::new();
    let started = debugger.start(&config, host().0).unwrap();
    assert_eq!(started.address.to_string(), config.host.as_str());
    let peer = Peer::attached(started.address.clone());
    // One on which somebody listens is nobody else's to take.
    let error = Debugger::new().start(&config, host().0).unwrap_err();
    assert_eq!(error.failure(), StartFailure::Bind);
    assert!(
        error
            .to_string()
            .starts_with(&format!("can't listen on {}: ", config.host)),
        "{error}"
    );
    drop(peer);
    assert!(debugger.shutdown(DEADLINE));
    assert!(!path.exists());
}
