//! The column of this library in the table of malformed streams, which is compared with other readers in
//! `benches/hostile`.

#[allow(unreachable_pub, reason = "a program of its own besides")]
#[path = "../benches/hostile/src/cases.rs"]
mod cases;
#[allow(unreachable_pub, reason = "a program of its own besides")]
#[path = "../benches/hostile/src/ours.rs"]
mod ours;
#[allow(unreachable_pub, reason = "a program of its own besides")]
#[path = "../benches/hostile/src/summary.rs"]
mod summary;

use std::io::Read;
use summary::Stream;

fn read(stream: impl Read) -> String {
    let mut lines = vec![];
    ours::read(stream, &mut |line| lines.push(summary::shortened(line)));
    summary::summary(&lines)
}

#[test]
fn every_stream_ends_as_the_table_says() {
    let readme = include_str!("../benches/hostile/README.md");
    let cases = cases::cases();
    assert!(cases.len() >= 34);
    for case in cases {
        let got = read(Stream::new(case.stream));
        assert_eq!(got, case.ours, "{}", case.name);
        let row = format!("\n| {} | {} |", case.name, case.ours);
        assert!(readme.contains(&row), "the readme has another row for: {}", case.name);
    }
}

/// The same when the bytes come one at a time.
#[test]
fn pieces_change_nothing() {
    struct Trickle(Stream);
    impl Read for Trickle {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.0.read(buffer.get_mut(..1).unwrap_or_default())
        }
    }
    for case in cases::cases() {
        assert_eq!(read(Trickle(Stream::new(case.stream))), case.ours, "{}", case.name);
    }
}
