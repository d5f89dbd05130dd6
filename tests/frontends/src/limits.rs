//! What a peer may take of time and places.

use core::net::Ipv4Addr;
use core::time::Duration;
use std::time::Instant;

use dapstub::protocol::Command;
use dapstub_std::limits::{CONNECTION_BURST, CONNECTION_RATE, MAX_PER_ADDRESS};
use dapstub_std::{Disconnect, Patience, Setup};
use serde_json::json;

use crate::server::Server;
use crate::support::{Peer, loopback};

const BRIEF: Duration = Duration::from_millis(200);
/// Long enough for one request on a busy machine.
const ENOUGH: Duration = Duration::from_secs(2);
const LONG: Duration = Duration::from_secs(3600);

fn with(patience: Patience) -> Setup {
    Setup {
        patience,
        ..loopback().into()
    }
}

/// Whoever says nothing, or not enough, is dropped.
pub fn whoever_does_not_come_to_the_point_is_dropped<S: Server>() {
    let server = S::start_with(with(Patience {
        initialize: ENOUGH,
        attach: LONG,
        ..Patience::default()
    }));
    let mut initialized = server.peer();
    initialized.initialize();
    let mut slow = server.peer();
    slow.raw(b"Content-Length: 100\r\n\r\n{");
    server.peer().expect_end();
    slow.expect_end();
    assert!(initialized.is_silent_for(BRIEF));
    let server = S::start_with(with(Patience {
        initialize: LONG,
        attach: ENOUGH,
        ..Patience::default()
    }));
    let mut silent = server.peer();
    let mut attached = server.attach();
    let mut undecided = server.peer();
    // While somebody is attached nobody else gets so far as to be able to wait.
    assert_eq!(undecided.ask("initialize", json!({"adapterID": "x"}))["success"], false);
    assert_eq!(attached.ask("threads", json!(null))["success"], true);
    attached.disconnect();
    let mut undecided = server.peer();
    undecided.initialize();
    undecided.expect_end();
    assert!(silent.is_silent_for(Duration::from_millis(1)));
}

/// Whoever does not configure loses the place to the next who may have it.
pub fn whoever_does_not_configure_loses_the_place_to_the_next<S: Server>() {
    let server = S::start_with(with(Patience {
        configure: BRIEF,
        ..Patience::default()
    }));
    let mut lazy = server.peer();
    lazy.initialize();
    lazy.attach();
    server.attached();
    // In its time the place is its own, and after that until somebody wants it.
    assert!(lazy.is_silent_for(2 * BRIEF));
    assert!(server.is_client_connected());
    let mut guest = server.peer();
    guest.initialize();
    assert!(lazy.is_silent_for(Duration::from_millis(50)));
    guest.attach();
    assert_eq!(server.disconnected(), Disconnect::Replaced);
    server.attached();
    // Its own `attach` is answered all the same.
    let rest = lazy.until_end();
    assert_eq!((rest.len(), &rest[0]["message"]), (1, &json!("cancelled")), "{rest:?}");
    guest.configure();
    server.requested(Command::ConfigurationDone);
    // Who has configured keeps it.
    std::thread::sleep(2 * BRIEF);
    let mut third = server.peer();
    assert_eq!(third.ask("initialize", json!({"adapterID": "x"}))["success"], false);
    third.expect_end();
    assert_eq!(guest.ask("threads", json!(null))["success"], true);
    server.requested(Command::Threads);
    guest.disconnect();
    server.disconnected();
    server.serves_a_session();
    server.no_note();
}

/// The place changes hands many times, and each time the program hears of it in order.
pub fn the_place_changes_hands_in_order<S: Server>() {
    let server = S::start_with(with(Patience {
        configure: Duration::ZERO,
        ..Patience::default()
    }));
    let mut holder: Option<Peer> = None;
    for round in 0..20 {
        let mut peer = server.peer();
        peer.initialize();
        peer.attach();
        if let Some(mut before) = holder.take() {
            // It may try, but it is too late.
            before.request("configurationDone", json!({}));
            assert_eq!(server.disconnected(), Disconnect::Replaced);
            let rest = before.until_end();
            assert_eq!((rest.len(), &rest[0]["message"]), (1, &json!("cancelled")), "{rest:?}");
            assert_eq!(rest[0]["command"], "attach");
        }
        server.attached();
        if round % 4 == 3 {
            peer.configure();
            server.requested(Command::ConfigurationDone);
            peer.disconnect();
            server.disconnected();
        } else {
            holder = Some(peer);
        }
    }
    server.no_note();
}

/// One address can not take every place. Linux has a whole network of addresses for one machine.
pub fn one_address_can_not_take_every_place<S: Server>() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let server = S::start();
    let mut neighbour = Peer::connect_from(Ipv4Addr::new(127, 0, 0, 2).into(), server.address());
    let mut crowd: Vec<Peer> = (0..MAX_PER_ADDRESS + 5).map(|_| server.peer()).collect();
    for peer in &mut crowd[..5] {
        peer.expect_end();
    }
    assert!(crowd[5].is_silent_for(Duration::from_millis(50)));
    assert!(neighbour.is_silent_for(Duration::from_millis(1)));
    neighbour.initialize();
    neighbour.attach();
    neighbour.configure();
    neighbour.disconnect();
}

/// Faster than the rate means later, and nobody is refused.
pub fn faster_than_the_rate_means_later<S: Server>() {
    const BEYOND: u32 = 300;
    let server = S::start();
    let begin = Instant::now();
    for _ in 0..CONNECTION_BURST + BEYOND {
        let mut peer = server.peer();
        peer.raw(b"GET / HTTP/1.1\r\n\r\n");
        peer.expect_end();
    }
    let least = Duration::from_secs(1) * (BEYOND - 2) / CONNECTION_RATE;
    assert!(begin.elapsed() >= least, "{:?}", begin.elapsed());
    server.serves_a_session();
}
