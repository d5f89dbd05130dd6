//! A process without a free descriptor can't accept, and says so; as soon as it can, it does.
//!
//! Alone in its file: the limit holds for the whole process, so the test runs itself again under one of its own.
#![cfg(unix)]

mod support;

use core::time::Duration;
use std::fs::File;
use std::process::Command;

use support::{Peer, Server};

const CHILD: &str = "DAPSTUB_TEST_EXHAUSTED";

#[test]
fn accepting_goes_on_after_descriptors_ran_out() {
    if std::env::var_os(CHILD).is_some() {
        return exhausted();
    }
    let status = Command::new("sh")
        .args([
            "-c",
            "ulimit -n 64 && exec \"$0\" --exact accepting_goes_on_after_descriptors_ran_out",
        ])
        .arg(std::env::current_exe().unwrap())
        .env(CHILD, "1")
        .status()
        .unwrap();
    assert!(status.success());
}

fn exhausted() {
    let server = Server::start();
    let mut files = Vec::new();
    let exhausted = loop {
        match File::open("/dev/null") {
            Ok(file) => files.push(file),
            Err(error) => break error,
        }
    };
    assert_eq!(exhausted.raw_os_error(), Some(24));
    // One is left, and the client takes it.
    files.pop();
    let mut waiting = Peer::connect(server.address.clone());
    assert!(waiting.is_silent_for(Duration::from_millis(300)));
    drop(files);
    waiting.initialize();
    waiting.disconnect();
    server.serves_a_session();
}
