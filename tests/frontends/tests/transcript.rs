//! The same script against every frontend: the same bytes come out, and they are those that are written down.

use dapstub_frontends::{Blocking, CurrentThread, MultiThread, transcript};

/// After a change of what is said on the wire: `DAPSTUB_BLESS=1 cargo test -p dapstub-frontends --test transcript`, and read
/// the difference.
#[test]
fn every_frontend_says_the_same() {
    let played = [
        ("blocking", transcript::play::<Blocking>()),
        ("current-thread", transcript::play::<CurrentThread>()),
        ("multi-thread", transcript::play::<MultiThread>()),
    ];
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/transcripts/visits.txt");
    if std::env::var_os("DAPSTUB_BLESS").is_some() {
        std::fs::write(path, &played[0].1).expect("write");
    }
    let expected = std::fs::read_to_string(path).expect("read");
    for (frontend, log) in played {
        for (number, (found, expected)) in log.lines().zip(expected.lines()).enumerate() {
            assert_eq!(found, expected, "{frontend}: line {} of the transcript", number + 1);
        }
        assert_eq!(log.lines().count(), expected.lines().count(), "{frontend}");
    }
}
