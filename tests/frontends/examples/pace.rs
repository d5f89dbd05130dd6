//! How long a request takes on each frontend, over loopback: `cargo run --release -p dapstub-frontends --example pace`.

use std::time::Instant;

use dapstub_frontends::{Blocking, CurrentThread, MultiThread, Server};
use serde_json::json;

const REQUESTS: usize = 20_000;

fn pace<S: Server>(name: &str) {
    let server = S::start();
    let mut peer = server.attach();
    let mut took: Vec<_> = (0..REQUESTS)
        .map(|_| {
            let begin = Instant::now();
            peer.ask("threads", json!(null));
            begin.elapsed()
        })
        .collect();
    took.sort();
    let percent = |percent: usize| took[REQUESTS * percent / 100].as_nanos() / 1000;
    println!("{name}: median {} us, 99 % below {} us", percent(50), percent(99));
    peer.disconnect();
}

fn main() {
    for _ in 0..2 {
        pace::<Blocking>("blocking");
        pace::<CurrentThread>("current-thread");
        pace::<MultiThread>("multi-thread");
    }
}
