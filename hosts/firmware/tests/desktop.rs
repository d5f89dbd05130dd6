//! The controller on a desktop: the whole session, and everything that is none.

mod support;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use support::Target;

/// A controller that ends with the test.
struct Desktop(Child, Target);

impl Desktop {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_dapstub-firmware"))
            .arg("127.0.0.1:0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut line = String::new();
        let output = process.stdout.take().expect("it is piped");
        BufReader::new(output)
            .read_line(&mut line)
            .expect("it says where it listens");
        let address = line.trim().strip_prefix("listening on ").expect(&line);
        let target = Target {
            address: address.parse().expect("an address"),
            serial: false,
        };
        Self(process, target)
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        // It may have ended by itself, which some assertion has noticed then.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn whole_session_twice() {
    let desktop = Desktop::start();
    desktop.1.recovered();
    support::whole_session(desktop.1);
    support::whole_session(desktop.1);
    support::runs_on_after(desktop.1);
}

#[test]
fn lost_clients() {
    support::lost_clients(Desktop::start().1);
}

#[test]
fn bad_messages() {
    support::bad_messages(Desktop::start().1);
}

#[test]
fn bad_streams() {
    support::bad_streams(Desktop::start().1);
}

#[test]
#[cfg(feature = "wait")]
fn held_at_boot() {
    support::held_at_boot(Desktop::start().1);
}
