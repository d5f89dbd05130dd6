//! A thousand connections come and go while one session debugs: nothing is lost, and memory stays flat.
//!
//! One test in a program of its own, so that its memory is nobody else's.
#![cfg(target_os = "linux")]

use core::net::SocketAddr;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use dapstub_frontends::{Blocking, CurrentThread, MultiThread, Peer, Server};
use serde_json::json;

/// How many connections come in one round.
const ROUND: usize = 1_000;
/// Rounds before the memory is looked at the first time: what is allocated once is there then.
const WARM_UP: usize = 1;
const ROUNDS: usize = 5;
/// What may be added in all rounds after that, in KiB. A connection of which anything stays would need more.
const GROWTH: u64 = 2 * 1024;

/// Resident memory of this process, in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// One connection of a kind that depends on its number.
fn guest(address: SocketAddr, number: usize) {
    let mut peer = Peer::connect(address);
    match number % 7 {
        0 => peer.raw(b"GET / HTTP/1.1\r\n\r\n"),
        1 => {
            let answer = peer.ask("initialize", json!({"adapterID": "guest"}));
            assert_eq!(answer["success"], false, "somebody is attached: {answer}");
            peer.expect_end();
        }
        2 => peer.raw(b"Content-Length: 100000\r\n\r\n{\"seq\":1"),
        3 => peer.frame(r#"{"seq":1,"type":"request","command":"evaluate"}"#),
        4 => peer.raw(&[b' '; 10_000]),
        5 => peer.reset(),
        _ => {}
    }
}

fn crowd<S: Server>(name: &str) {
    let server = S::start();
    let mut session = server.attach();
    let report = server.reporter();
    let (over, sent) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut figures = Vec::new();
    std::thread::scope(|scope| {
        // The session: its program reports numbers, and it asks without a pause.
        let (over, sent) = (&over, &sent);
        let reporter = scope.spawn(move || {
            while !over.load(Ordering::Relaxed) {
                let number = sent.fetch_add(1, Ordering::Relaxed);
                report("output", format!(r#"{{"output":"{number}"}}"#).as_bytes()).unwrap();
                std::thread::sleep(core::time::Duration::from_micros(200));
            }
        });
        let asker = scope.spawn(move || {
            let (mut events, mut answers) = (0_u64, 0_u64);
            let rest = |message: &serde_json::Value, events: &mut u64| {
                assert_eq!(message["body"]["output"], events.to_string(), "an event is missing");
                *events += 1;
            };
            while !over.load(Ordering::Relaxed) {
                let seq = session.request("threads", json!(null));
                loop {
                    // Numbers without a gap are checked by the peer itself.
                    let message = session.message();
                    if message["request_seq"] == seq {
                        assert_eq!(message["success"], true);
                        break;
                    }
                    rest(&message, &mut events);
                }
                answers += 1;
            }
            reporter.join().unwrap();
            while events < sent.load(Ordering::Relaxed) {
                let message = session.message();
                rest(&message, &mut events);
            }
            (session, events, answers)
        });
        for round in 0..WARM_UP + ROUNDS {
            if round == WARM_UP {
                figures.push(resident());
            }
            for number in 0..ROUND {
                guest(server.address(), number);
                server.forget();
            }
        }
        figures.push(resident());
        over.store(true, Ordering::Relaxed);
        let (session, events, answers) = asker.join().unwrap();
        session.disconnect();
        let (before, after) = (figures[0], figures[1]);
        println!(
            "{name}: {} connections beside {events} events and {answers} answers; {before} KiB, then {after} KiB",
            ROUNDS * ROUND
        );
        assert!(after < before + GROWTH, "{name}: from {before} to {after} KiB");
    });
}

#[test]
fn a_thousand_connections_beside_a_session() {
    crowd::<Blocking>("blocking");
    crowd::<CurrentThread>("current-thread");
    crowd::<MultiThread>("multi-thread");
}
