//! What is written down of those who come: who attached, who was refused and why, and no secret.
//!
//! One test in a program of its own, because a program has one subscriber.

use core::time::Duration;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use dapstub_frontends::{Blocking, CurrentThread, MultiThread, Peer, Server, loopback, until};
use dapstub_std::access::Access;
use dapstub_std::{Patience, Setup};
use serde_json::json;

const TOKEN: &str = "the secret of this test";

/// Everything that was written.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Forgets what was written, and returns it by lines, without the time.
    fn take(&self) -> Vec<String> {
        let bytes = core::mem::take(&mut *self.0.lock().unwrap());
        let text = String::from_utf8(bytes).unwrap();
        text.lines().map(|line| line.trim().to_owned()).collect()
    }

    /// Waits until so many lines were written.
    fn wait(&self, lines: usize) -> Vec<String> {
        let count = || self.0.lock().unwrap().iter().filter(|&&byte| byte == b'\n').count();
        until("the records are written", || count() >= lines);
        self.take()
    }
}

/// The line with its numbers replaced, which differ from run to run.
fn shape(line: &str) -> String {
    let words = line.split(' ').map(|word| match word.split_once('=') {
        Some(("peer", peer)) if peer.starts_with("127.0.0.1:") => "peer=127.0.0.1:*".to_owned(),
        Some(("id", _)) => "id=*".to_owned(),
        _ => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

fn shapes(lines: Vec<String>) -> Vec<String> {
    lines.iter().map(|line| shape(line)).collect()
}

fn refusal(reason: &str) -> String {
    format!("WARN dapstub::audit: client refused peer=127.0.0.1:* id=* reason={reason} repeated=0")
}

const ATTACHED: &str = "INFO dapstub::audit: client attached peer=127.0.0.1:* id=*";

fn detached(how: &str) -> String {
    format!("INFO dapstub::audit: client detached peer=127.0.0.1:* id=* how={how}")
}

fn initialized<S: Server>(server: &S) -> Peer {
    let mut peer = server.peer();
    peer.initialize();
    peer
}

fn play<S: Server>(log: &Log) {
    let patience = Patience {
        token_delay: Duration::ZERO,
        configure: Duration::ZERO,
        ..Patience::default()
    };
    let server = S::start_with(Setup {
        patience,
        access: Access::default().with_token(TOKEN).unwrap().without_evaluate(),
        ..loopback().into()
    });
    // A session, with something that is not allowed, and somebody who comes second.
    let mut peer = initialized(&server);
    peer.attach_with(json!({"token": TOKEN}));
    peer.configure();
    for _ in 0..3 {
        peer.ask("evaluate", json!({"expression": "the expression of this test"}));
    }
    let mut second = server.peer();
    second.request("initialize", json!({"adapterID": "x"}));
    second.message();
    second.expect_end();
    peer.disconnect();
    assert_eq!(
        shapes(log.wait(4)),
        [
            ATTACHED,
            "WARN dapstub::audit: request refused peer=127.0.0.1:* id=* command=\"evaluate\" repeated=0",
            &refusal("another client is attached"),
            &detached("it asked for it"),
        ]
    );
    // Strangers, each kind a few times: one record of each.
    for _ in 0..3 {
        let mut page = server.peer();
        page.raw(b"GET /the-path-of-this-test HTTP/1.1\r\n\r\n");
        page.expect_end();
        for arguments in [json!({}), json!({"token": "a guess of this test"})] {
            let mut peer = initialized(&server);
            peer.ask("attach", arguments);
            peer.expect_end();
        }
    }
    let said = shapes(log.wait(3));
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(
        said[0].starts_with("WARN dapstub::audit: client refused peer=127.0.0.1:* id=* reason=not DAP: "),
        "{said:?}"
    );
    assert_eq!(said[1..], [refusal("no token"), refusal("wrong token")]);
    // A client that does not configure, and the one that takes its place and is lost.
    let mut lazy = initialized(&server);
    lazy.attach_with(json!({"token": TOKEN}));
    let mut next = initialized(&server);
    next.attach_with(json!({"token": TOKEN}));
    let rest = lazy.until_end();
    assert_eq!((rest.len(), &rest[0]["message"]), (1, &json!("cancelled")), "{rest:?}");
    next.reset();
    const WHY: &str = "did not finish its configuration, and another client wanted the place";
    assert_eq!(
        shapes(log.wait(5)),
        [
            ATTACHED,
            &refusal(WHY),
            &detached(WHY),
            ATTACHED,
            &detached("connection lost")
        ]
    );
    // From elsewhere.
    let server = S::start_with(Setup {
        access: Access::default().with_allow(["10.0.0.0/8"]).unwrap(),
        ..loopback().into()
    });
    server.peer().expect_end();
    let nobody = refusal("address not allowed").replace(" id=*", "");
    assert_eq!(shapes(log.wait(1)), [nobody]);
}

#[test]
fn who_came_is_written_down_and_nothing_that_they_said() {
    let log = Log::default();
    let all = Log::default();
    let (filtered, everything) = (log.clone(), all.clone());
    tracing_subscriber::fmt()
        .without_time()
        .with_ansi(false)
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || Both(filtered.clone(), everything.clone()))
        .init();
    play::<Blocking>(&log);
    play::<CurrentThread>(&log);
    play::<MultiThread>(&log);
    // Neither there nor in any other record.
    let all = all.take().join("\n");
    assert!(all.contains("dapstub_std") && all.contains("dapstub_tokio"));
    for secret in [TOKEN, "of this test", "a guess", "the-path"] {
        assert!(!all.contains(secret), "{secret}");
    }
}

/// Audit records to the one, all of them to the other.
struct Both(Log, Log);

impl Write for Both {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        if let Some((level, rest)) = text.trim_start().split_once(' ')
            && let Some(at) = rest.find("dapstub::audit: ")
        {
            // What stands between are the spans in which it happened.
            writeln!(self.0, "{level} {}", rest[at..].trim_end())?;
        }
        self.1.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
