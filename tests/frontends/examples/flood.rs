//! What those who do nothing but connect cost the program: processor time of the blocking frontend's one thread.
//! `cargo run --release -p dapstub-frontends --example flood` (Linux).

use std::time::Instant;

use dapstub_frontends::{Blocking, Peer, Server, loopback};
use dapstub_std::access::Access;

const CONNECTIONS: u32 = 10_000;

/// Processor time of the server's thread so far, in microseconds.
fn used() -> u64 {
    for task in std::fs::read_dir("/proc/self/task").unwrap().flatten() {
        let name = std::fs::read_to_string(task.path().join("comm")).unwrap_or_default();
        if name.trim() == "dapstub-io" {
            // The time on a processor, in nanoseconds, is the first number.
            let times = std::fs::read_to_string(task.path().join("schedstat")).unwrap();
            return times.split(' ').next().unwrap().parse::<u64>().unwrap() / 1000;
        }
    }
    0
}

fn flood(name: &str, server: &Blocking, each: impl Fn(Peer)) {
    let (begin, before) = (Instant::now(), used());
    for _ in 0..CONNECTIONS {
        each(server.peer());
    }
    let (took, cost) = (begin.elapsed(), used() - before);
    let share = cost as f64 / took.as_micros() as f64 * 100.0;
    println!(
        "{name}: {CONNECTIONS} connections in {:.1} s, {:.1} us each, {share:.1} % of one processor",
        took.as_secs_f64(),
        cost as f64 / f64::from(CONNECTIONS)
    );
}

fn main() {
    for _ in 0..2 {
        let refusing = Access::default().with_allow(["10.0.0.0/8"]).unwrap();
        let setup = dapstub_std::Setup {
            access: refusing,
            ..loopback().into()
        };
        {
            let server = Blocking::start_with(setup);
            flood("from an address that is not allowed", &server, |mut peer| {
                peer.expect_end()
            });
            server.shutdown();
        }
        let server = Blocking::start();
        flood("connect and close", &server, drop);
        flood("a web page", &server, |mut peer| {
            peer.raw(b"POST / HTTP/1.1\r\n\r\n");
            peer.expect_end();
        });
        server.shutdown();
    }
}
