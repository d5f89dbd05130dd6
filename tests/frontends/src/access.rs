//! Who may come, and how far: networks, tokens, sockets, and look but don't touch.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::time::Instant;

use dapstub::protocol::Command;
use dapstub_std::access::Access;
use dapstub_std::{Disconnect, Patience, Setup};
use serde_json::{Value, json};

use crate::server::Server;
use crate::support::{Peer, loopback};

const TOKEN: &str = "a token \u{201e}of\u{201c} the tests";

fn with(access: Access) -> Setup {
    Setup {
        access,
        ..loopback().into()
    }
}

fn with_token(token_delay: Duration) -> Setup {
    Setup {
        patience: Patience {
            token_delay,
            ..Patience::default()
        },
        ..with(Access::default().with_token(TOKEN).unwrap())
    }
}

fn initialized<S: Server>(server: &S) -> Peer {
    let mut peer = server.peer();
    peer.initialize();
    peer
}

/// The `attach` of this client fails with these words, and the connection ends.
fn refused(mut peer: Peer, arguments: Value, words: &str) {
    let answer = peer.ask("attach", arguments);
    assert_eq!(answer["success"], false, "{answer}");
    let error = &answer["body"]["error"];
    assert!(error["format"].as_str().unwrap().contains(words), "{answer}");
    assert_eq!(
        (&error["id"], &error["showUser"]),
        (&json!(11), &json!(true)),
        "{answer}"
    );
    assert!(!answer.to_string().contains("tests"), "{answer}");
    peer.expect_end();
}

/// The client attaches with the token, and leaves.
fn session<S: Server>(server: &S, mut peer: Peer, mut arguments: Value) {
    arguments["token"] = TOKEN.into();
    peer.attach_with(arguments);
    server.attached();
    peer.configure();
    server.requested(Command::ConfigurationDone);
    peer.disconnect();
    server.disconnected();
}

/// A connection from elsewhere is closed before a byte.
pub fn a_connection_from_elsewhere_is_closed_before_a_byte<S: Server>() {
    let server = S::start_with(with(Access::default().with_allow(["10.0.0.0/8", "::1"]).unwrap()));
    for _ in 0..3 {
        server.peer().expect_end();
        let mut eager = server.peer();
        eager.request("initialize", json!({"adapterID": "x"}));
        eager.expect_end();
    }
    server.no_note();
    let server = S::start_with(with(Access::default().with_allow(["10.0.0.0/8", "127.0.0.1"]).unwrap()));
    server.serves_a_session();
    let server = S::start_with(with(Access::default().with_allow([]).unwrap()));
    server.peer().expect_end();
}

/// Only the token opens.
pub fn only_the_token_opens<S: Server>() {
    let server = S::start_with(with_token(Duration::ZERO));
    for _ in 0..3 {
        refused(initialized(&server), json!({}), "asks for a token");
        refused(initialized(&server), json!({"token": null}), "asks for a token");
        refused(
            initialized(&server),
            json!({"token": "a token of the tests"}),
            "not that of",
        );
        refused(
            initialized(&server),
            json!({"token": TOKEN.to_uppercase()}),
            "not that of",
        );
        refused(initialized(&server), json!({"token": 5}), "not that of");
        refused(initialized(&server), json!({"token": [TOKEN]}), "not that of");
        refused(
            initialized(&server),
            json!({"env": {"token": TOKEN}}),
            "asks for a token",
        );
        assert!(!server.is_client_connected());
        server.no_note();
        session(&server, initialized(&server), json!({}));
    }
    // `launch` is no way around it.
    let mut peer = initialized(&server);
    let answer = peer.ask("launch", json!({"token": "x"}));
    assert_eq!(answer["success"], false, "{answer}");
    peer.expect_end();
    server.no_note();
    // What the program itself refuses may be tried again on the same connection.
    let mut peer = initialized(&server);
    assert_eq!(
        peer.ask("attach", json!({"name": "refuse", "token": TOKEN}))["success"],
        false
    );
    session(&server, peer, json!({}));
}

/// A wrong token costs its address time.
pub fn a_wrong_token_costs_its_address_time<S: Server>() {
    const DELAY: Duration = Duration::from_millis(200);
    let server = S::start_with(with_token(DELAY));
    let begin = Instant::now();
    refused(initialized(&server), json!({"token": "x"}), "not that of");
    let tries: Vec<_> = (0..2)
        .map(|_| {
            let mut peer = initialized(&server);
            peer.request("attach", json!({"token": "x"}));
            peer
        })
        .collect();
    for mut peer in tries {
        assert_eq!(peer.message()["success"], false);
        peer.expect_end();
    }
    assert!(begin.elapsed() >= 2 * DELAY, "{:?}", begin.elapsed());
    session(&server, initialized(&server), json!({}));
    assert!(begin.elapsed() >= 3 * DELAY, "{:?}", begin.elapsed());
    // Whoever got in has nothing to wait for.
    session(&server, initialized(&server), json!({}));
}

/// An attach that waits holds up nobody.
pub fn an_attach_that_waits_holds_up_nobody<S: Server>() {
    let server = S::start_with(with_token(Duration::from_secs(3600)));
    refused(initialized(&server), json!({"token": "x"}), "not that of");
    let mut waiting = initialized(&server);
    waiting.request("attach", json!({"token": TOKEN}));
    // What stands behind it waits, too.
    waiting.request("threads", json!(null));
    assert!(waiting.is_silent_for(Duration::from_millis(100)));
    let mut other = initialized(&server);
    assert_eq!(other.ask("threads", json!(null))["success"], false);
    refused(other, json!({}), "asks for a token");
    let reset = initialized(&server);
    reset.reset();
    server.no_note();
    drop(waiting);
    initialized(&server).disconnect();
}

/// Look but don't touch.
pub fn look_but_do_not_touch<S: Server>() {
    let server = S::start_with(with(Access::default().without_evaluate()));
    let mut peer = server.peer();
    let answer = peer.ask("initialize", json!({"adapterID": "x"}));
    assert_eq!(answer["body"], json!({"supportsConfigurationDoneRequest": true}));
    peer.attach();
    server.attached();
    peer.configure();
    server.requested(Command::ConfigurationDone);
    let source = json!({"path": "a.py"});
    for (command, arguments) in [
        ("evaluate", json!({"expression": "1", "context": "hover"})),
        ("evaluate", json!({"expression": "1", "context": "repl"})),
        (
            "setVariable",
            json!({"variablesReference": 1, "name": "a", "value": "1"}),
        ),
        ("setExpression", json!({"expression": "a", "value": "1"})),
        ("completions", json!({"text": "a.", "column": 3})),
        ("goto", json!({"threadId": 1, "targetId": 1})),
        ("restart", json!({})),
        ("terminate", json!({})),
        ("frobnicate", json!({})),
        (
            "setBreakpoints",
            json!({"source": source, "breakpoints": [{"line": 1, "condition": "f()"}]}),
        ),
        (
            "setBreakpoints",
            json!({"source": source, "breakpoints": [{"line": 1, "logMessage": "{f()}"}]}),
        ),
        ("setBreakpoints", json!({"source": 5})),
    ] {
        let answer = peer.ask(command, arguments);
        assert_eq!(answer["success"], false, "{answer}");
        assert!(
            !answer["body"]["error"]["format"].as_str().unwrap().is_empty(),
            "{answer}"
        );
        server.no_note();
    }
    for (command, arguments, expected) in [
        ("threads", json!(null), Command::Threads),
        (
            "setBreakpoints",
            json!({"source": source, "breakpoints": [{"line": 1, "hitCondition": "> 2"}]}),
            Command::SetBreakpoints,
        ),
    ] {
        assert_eq!(peer.ask(command, arguments)["success"], true);
        server.requested(expected);
    }
    let answer = peer.ask("disconnect", json!({"terminateDebuggee": true}));
    assert_eq!(answer["success"], true, "{answer}");
    let terminate_debuggee = false;
    assert_eq!(server.disconnected(), Disconnect::Requested { terminate_debuggee });
    // The same for a session that was begun by `launch`, whose end is that of the program by default.
    let mut peer = initialized(&server);
    peer.request("launch", json!({}));
    assert_eq!(peer.message()["event"], "initialized");
    server.attached();
    peer.disconnect();
    assert_eq!(server.disconnected(), Disconnect::Requested { terminate_debuggee });
    server.no_note();
}

/// A server on every interface is there for both kinds of address, and rules hold for both.
pub fn both_kinds_of_address<S: Server>() {
    if std::net::UdpSocket::bind("[::1]:0").is_err() {
        return; // a system without IPv6
    }
    let setup = |access| Setup {
        config: loopback().with_host("::").unwrap(),
        ..with(access)
    };
    let v4 = |server: &S| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), server.address().port());
    let v6 = |server: &S| SocketAddr::new("::1".parse().unwrap(), server.address().port());
    let server = S::start_with(setup(Access::default()));
    for address in [v4(&server), v6(&server)] {
        Peer::attached(address).disconnect();
    }
    let server = S::start_with(setup(Access::default().with_allow(["127.0.0.0/8"]).unwrap()));
    Peer::attached(v4(&server)).disconnect();
    Peer::connect(v6(&server)).expect_end();
    let server = S::start_with(setup(Access::default().with_allow(["::1"]).unwrap()));
    Peer::attached(v6(&server)).disconnect();
    Peer::connect(v4(&server)).expect_end();
    let bracketed = Setup {
        config: loopback().with_host("[::1]").unwrap(),
        ..Setup::default()
    };
    S::start_with(bracketed).serves_a_session();
}

/// Sessions and strangers on a Unix socket.
#[cfg(unix)]
pub fn sessions_and_strangers_on_a_unix_socket<S: Server>() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("debug");
    // Networks are not what decides here.
    let access = Access::default()
        .with_allow(["10.0.0.0/8"])
        .unwrap()
        .with_token(TOKEN)
        .unwrap();
    let server = S::start_with(Setup {
        config: loopback().with_host(&format!("unix:{}", path.display())).unwrap(),
        ..with(access)
    });
    assert_eq!(server.place().to_string(), format!("unix:{}", path.display()));
    let metadata = std::fs::metadata(&path).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    session(&server, initialized(&server), json!({}));
    let mut page = server.peer();
    page.raw(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}");
    page.expect_end();
    refused(initialized(&server), json!({}), "asks for a token");
    let mut first = initialized(&server);
    first.attach_with(json!({"token": TOKEN}));
    server.attached();
    let mut second = server.peer();
    assert_eq!(second.ask("initialize", json!({"adapterID": "x"}))["success"], false);
    second.expect_end();
    drop(first);
    assert_eq!(server.disconnected(), Disconnect::Lost);
    session(&server, initialized(&server), json!({}));
    server.no_note();
}

/// There are no Unix sockets here.
#[cfg(not(unix))]
pub fn sessions_and_strangers_on_a_unix_socket<S: Server>() {}
