//! A server that has nothing to do does nothing.
//!
//! Alone in its file: the one server's thread is found by its name.
#![cfg(target_os = "linux")]

mod support;

use core::time::Duration;

use dapstub_std::limits::READ_PAUSE;
use serde_json::json;
use support::Server;

/// Processor time of the I/O thread so far, in clock ticks (mostly 10 ms).
fn ticks() -> u64 {
    for task in std::fs::read_dir("/proc/self/task").unwrap() {
        let Ok(stat) = std::fs::read_to_string(task.unwrap().path().join("stat")) else {
            continue;
        };
        if let Some((_, fields)) = stat.split_once("(dapstub-io) ") {
            let fields: Vec<&str> = fields.split(' ').collect();
            // utime and stime, counted from the field behind the name.
            return fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        }
    }
    panic!("the I/O thread is gone");
}

fn assert_idle(what: &str) {
    // What was still to be done is done.
    std::thread::sleep(Duration::from_millis(100));
    let before = ticks();
    std::thread::sleep(Duration::from_millis(500));
    let used = ticks() - before;
    assert!(used <= 5, "{what}: {used} ticks in half a second");
}

#[test]
fn waiting_costs_nothing() {
    let server = Server::start();
    assert_idle("listening");
    let mut silent = server.peer();
    silent.raw(b"Content-Le");
    let mut initialized = server.peer();
    initialized.initialize();
    assert_idle("connections without a client");
    let (mut peer, client) = server.attach();
    peer.request("evaluate", json!({"expression": "later"}));
    assert_idle("attached");
    let body = format!(r#"{{"output":"{}"}}"#, "x".repeat(64 * 1024));
    for _ in 0..8 * READ_PAUSE / body.len() {
        client.event("output", body.as_bytes()).unwrap();
    }
    peer.request("threads", json!(null));
    assert_idle("attached, with much to send and something to read");
    peer.finish_sending();
    peer.request("threads", json!(null));
    assert_idle("lost, with much to send");
    drop(peer);
    assert_idle("listening again");
}
