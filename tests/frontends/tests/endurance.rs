//! Connections of every kind beside a session, on every frontend: memory and descriptors stay where they are.
//!
//! `DAPSTUB_ENDURANCE` is the number of connections for each frontend, 600 without it. One test in a program of its own, so that
//! its memory and its descriptors are nobody else's.
#![cfg(target_os = "linux")]

use std::{env, fs};

use dapstub_frontends::{Blocking, CurrentThread, MultiThread, Server, until};
use dapstub_tests::strangers::{KINDS, Strangers};
use serde_json::json;

/// Connections in the life of one session.
const SPELL: usize = 200;
/// What may be added after the first tenth, in KiB. Both ends of every connection are in this process.
const GROWTH: u64 = 4 * 1024;

fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

fn endure<S: Server>(name: &str, wanted: usize) {
    let server = S::start();
    server.serves_a_session();
    let open = descriptors();
    let (mut made, mut sessions, mut answers) = (0, 0, 0_u64);
    let mut before = None;
    while made < wanted {
        let mut peer = server.attach();
        sessions += 1;
        let mut strangers = Strangers::new(server.address());
        while strangers.connections < SPELL {
            strangers.send_one();
            assert_eq!(peer.ask("threads", json!(null))["success"], true, "{name}");
            answers += 1;
            server.forget();
        }
        peer.disconnect();
        // Without a session the place is free, and some of the strangers take it for a moment.
        for _ in 0..KINDS.len() {
            strangers.send_one();
        }
        made += strangers.connections;
        drop(strangers);
        until("the strangers are gone", || descriptors() <= open);
        until("the place is free", || !server.is_client_connected());
        server.forget();
        server.serves_a_session();
        until("the session is gone", || descriptors() <= open);
        if before.is_none() && made * 10 >= wanted {
            before = Some(resident());
        }
    }
    let (before, after) = (before.unwrap(), resident());
    println!(
        "{name}: {made} connections of {} kinds beside {sessions} sessions with {answers} answers; resident {before} KiB, then \
         {after} KiB; descriptors {open}, then {}",
        KINDS.len(),
        descriptors()
    );
    assert!(after < before + GROWTH, "{name}: from {before} to {after} KiB");
}

#[test]
fn connections_of_every_kind_beside_a_session() {
    let wanted = env::var("DAPSTUB_ENDURANCE").map_or(600, |text| text.parse().expect("a number of connections"));
    endure::<Blocking>("blocking", wanted);
    endure::<CurrentThread>("current-thread", wanted);
    endure::<MultiThread>("multi-thread", wanted);
}
