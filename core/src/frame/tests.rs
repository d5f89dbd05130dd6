use super::*;
use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

fn body(input: &[u8]) -> Result<Progress<'_>, FrameError> {
    decode(input, 1000)
}

#[test]
fn good_header_in_any_case_and_spacing() {
    for header in [
        "Content-Length: 2\r\n\r\n",
        "content-length:2\r\n\r\n",
        "CONTENT-LENGTH: \t 2 \r\n\r\n",
        "\r\n\r\nContent-Length: 2\r\n\r\n",
        "Content-Type: application/json; charset=utf-8\r\nContent-Length: 002\r\n\r\n",
        "Content-Length: 2\r\ncontent-type:\r\n\r\n",
    ] {
        let input = format!("{header}{{}}rest");
        let consumed = input.len() - 4;
        assert_eq!(
            body(input.as_bytes()),
            Ok(Progress::Message { body: b"{}", consumed }),
            "{header:?}"
        );
    }
}

#[test]
fn good_empty_body() {
    assert_eq!(
        body(b"Content-Length: 0\r\n\r\nC"),
        Ok(Progress::Message {
            body: b"",
            consumed: 21
        })
    );
}

#[test]
fn bad_headers() {
    use FrameError::*;
    for (input, error) in [
        ("GET / HTTP/1.1\r\n", NotDap),
        ("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", NotDap),
        ("P", NotDap),
        ("Content-Length: 2\r\nOrigin: http://evil\r\n\r\n{}", NotDap),
        ("Content-Length: 2\r\nH", NotDap),
        ("Content-Lengthy: 2\r\n\r\n{}", NotDap),
        ("Content-Length 2\r\n\r\n{}", NotDap),
        ("Content-Length : 2\r\n\r\n{}", NotDap),
        ("Content-Length\r\n\r\n{}", NotDap),
        (": 2\r\n\r\n{}", NotDap),
        (" Content-Length: 2\r\n\r\n{}", NotDap),
        ("{\"seq\":1}", NotDap),
        ("\0", NotDap),
        ("Content-Type: a\r\n\r\n{}", MissingContentLength),
        (
            "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
            DuplicateContentLength,
        ),
        ("Content-Length: -2\r\n\r\n{}", BadContentLength),
        ("Content-Length: +2\r\n\r\n{}", BadContentLength),
        ("Content-Length: two\r\n\r\n{}", BadContentLength),
        ("Content-Length: 2 2\r\n\r\n{}", BadContentLength),
        ("Content-Length: 0x2\r\n\r\n{}", BadContentLength),
        ("Content-Length: 2.0\r\n\r\n{}", BadContentLength),
        ("Content-Length:\r\n\r\n{}", BadContentLength),
        ("Content-Length: 2\n\n{}", BareLineEnd),
        ("\n", BareLineEnd),
        ("Content-Length: 2\r\n\n{}", BareLineEnd),
        ("Content-Length: 2\rX", BareLineEnd),
        (
            "Content-Length: 1001\r\n\r\n",
            BodyTooLarge {
                announced: 1001,
                limit: 1000,
            },
        ),
        (
            "Content-Length: 99999999999999999999999\r\n\r\n",
            BodyTooLarge {
                announced: usize::MAX,
                limit: 1000,
            },
        ),
    ] {
        assert_eq!(body(input.as_bytes()), Err(error), "{input:?}");
    }
}

#[test]
fn bad_header_too_long() {
    let long = format!("Content-Type: {}", "x".repeat(MAX_HEADER_LINE));
    assert_eq!(body(long.as_bytes()), Err(FrameError::HeaderLineTooLong));
    assert_eq!(
        body(format!("{long}\r\n").as_bytes()),
        Err(FrameError::HeaderLineTooLong)
    );
    let many = "Content-Type: x\r\n".repeat(100);
    assert_eq!(body(many.as_bytes()), Err(FrameError::HeaderTooLong));
    let blank = "\r\n".repeat(MAX_HEADER);
    assert_eq!(body(blank.as_bytes()), Err(FrameError::HeaderTooLong));
}

#[test]
fn errors_say_the_numbers() {
    let error = FrameError::BodyTooLarge {
        announced: 70,
        limit: 64,
    };
    assert_eq!(error.to_string(), "body of 70 bytes exceeds the limit of 64");
    assert_eq!(
        FrameError::HeaderLineTooLong.to_string(),
        "header line exceeds the limit of 128 bytes"
    );
}

#[test]
fn partial_never_asks_for_too_much() {
    for input in [
        "Content-Length: 2\r\n\r\n{}",
        "Content-Length:0\r\n\r\n",
        "\r\nContent-Length:2\r\n\r\n{}",
        "Content-Type: a\r\ncontent-length: 2\r\nContent-Type: b\r\n\r\n{}",
    ] {
        for cut in 0..input.len() {
            match body(&input.as_bytes()[..cut]) {
                Ok(Progress::Partial { missing }) => {
                    assert!((1..=input.len() - cut).contains(&missing), "{cut}: {missing}")
                }
                other => panic!("{cut}: {other:?}"),
            }
        }
    }
}

#[test]
fn encode_writes_every_length() {
    for length in (0..1200).chain([9_999, 10_000, 99_999, 100_000, 1_000_000]) {
        let mut storage = vec![0; length + 64];
        let mut out = crate::output::SliceOutput::new(&mut storage);
        out.push(b"before").unwrap();
        let text = "x".repeat(length);
        encode(&mut out, |out| out.push(text.as_bytes())).unwrap();
        assert_eq!(
            out.written(),
            format!("beforeContent-Length: {length}\r\n\r\n{text}").as_bytes()
        );
    }
}

#[test]
fn encode_takes_back_what_does_not_fit() {
    let mut out = heapless::Vec::<u8, 64>::new();
    Output::push(&mut out, b"before").unwrap();
    assert_eq!(encode(&mut out, |out| out.push(&[b'x'; 60])), Err(Full));
    assert_eq!(out, b"before");
    // Whatever its length, a message is written whole or not at all.
    for length in 0..64 {
        let mut out = heapless::Vec::<u8, 64>::new();
        if encode(&mut out, |out| out.push(&[b'x'; 64][..length])).is_err() {
            assert!(out.is_empty());
        } else {
            assert!(out.ends_with(&[b'x'; 64][..length]));
        }
    }
}

/// Everything that a receiver gives for `wire`, read in pieces of these sizes (repeated).
fn received(storage: usize, limits: Limits, wire: &[u8], pieces: &[usize]) -> Vec<String> {
    let mut receiver = Receiver::with_limits(vec![0; storage], limits);
    let (mut rest, mut log) = (wire, Vec::new());
    let mut sizes = pieces.iter().cycle();
    loop {
        match receiver.next() {
            Ok(Received::Message(body)) => log.push(String::from_utf8_lossy(body).into_owned()),
            Ok(Received::Oversize { prefix, announced }) => {
                log.push(format!("oversize {announced} {}", String::from_utf8_lossy(prefix)));
            }
            Ok(Received::NeedInput) if rest.is_empty() => break,
            Ok(Received::NeedInput) => {
                let space = receiver.space();
                assert!(!space.is_empty());
                let n = (*sizes.next().unwrap()).max(1).min(space.len()).min(rest.len());
                space[..n].copy_from_slice(&rest[..n]);
                rest = &rest[n..];
                receiver.fed(n);
            }
            Err(error) => {
                log.push(error.to_string());
                assert_eq!(receiver.next(), Err(error), "the error stays");
                break;
            }
        }
    }
    log
}

fn framed(bodies: &[&str]) -> Vec<u8> {
    bodies
        .iter()
        .flat_map(|body| format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes())
        .collect()
}

#[test]
fn good_split_frame() {
    let wire = framed(&["{}", "", "{\"a\":1}", "0123456789"]);
    for size in 1..wire.len() {
        let log = received(64, Limits::new(64), &wire, &[size]);
        assert_eq!(log, ["{}", "", "{\"a\":1}", "0123456789"], "{size}");
    }
}

#[test]
fn oversize_body_is_skipped_and_the_stream_goes_on() {
    let long = "x".repeat(40);
    let longer = "y".repeat(100);
    let wire = framed(&["a", &long, "b", &longer, "c"]);
    for size in [1, 2, 7, 31, 500] {
        let log = received(32, Limits::new(32), &wire, &[size]);
        let prefixes = [
            format!("oversize 40 {}", &long[..32]),
            format!("oversize 100 {}", &longer[..32]),
        ];
        assert_eq!(log, ["a", &prefixes[0], "b", &prefixes[1], "c"], "{size}");
    }
}

#[test]
fn body_over_the_second_bound_ends_the_stream() {
    let wire = framed(&["a", &"x".repeat(129), "b"]);
    assert_eq!(
        received(32, Limits::new(32), &wire, &[9]),
        ["a", "body of 129 bytes exceeds the limit of 128"]
    );
}

#[test]
fn body_within_the_limits_but_not_the_storage_is_skipped() {
    let wire = framed(&[&"x".repeat(50), "b"]);
    let expected = format!("oversize 50 {}", "x".repeat(30));
    for size in [1, 3, 500] {
        assert_eq!(
            received(30, Limits { body: 100, skip: 100 }, &wire, &[size]),
            [&*expected, "b"]
        );
    }
}

#[test]
fn storage_that_grows_takes_larger_bodies() {
    let text = "x".repeat(5000);
    let wire = framed(&[&text, "b"]);
    let mut receiver = Receiver::with_limits(vec![0; 64], Limits::new(10_000));
    let (mut rest, mut seen) = (&wire[..], Vec::new());
    loop {
        match receiver.next().unwrap() {
            Received::Message(body) => seen.push(body.len()),
            Received::NeedInput if rest.is_empty() => break,
            Received::NeedInput => {
                let needs = receiver.needs();
                if needs > receiver.storage_mut().len() {
                    receiver.storage_mut().resize(needs, 0);
                }
                let space = receiver.space();
                let n = space.len().min(rest.len()).min(100);
                space[..n].copy_from_slice(&rest[..n]);
                rest = &rest[n..];
                receiver.fed(n);
            }
            Received::Oversize { .. } => panic!("it was made large enough"),
        }
    }
    assert_eq!(seen, [5000, 1]);
    assert!(receiver.is_between_messages());
}

#[test]
fn tiny_storage_refuses_a_long_header_instead_of_waiting_for_ever() {
    let log = received(16, Limits::new(16), b"Content-Length: 2\r\n\r\n{}", &[1]);
    assert_eq!(log, ["header exceeds the limit of 512 bytes"]);
}

#[test]
fn stream_that_ends_inside_a_message_is_noticed() {
    let mut receiver = Receiver::new([0; 64]);
    assert!(receiver.is_between_messages());
    receiver.space()[..3].copy_from_slice(b"Con");
    receiver.fed(3);
    assert_eq!(receiver.next(), Ok(Received::NeedInput));
    assert!(!receiver.is_between_messages());
}

#[test]
fn trickled_input_is_not_read_again() {
    // A megabyte in pieces of one byte: with a scan from the start each time this would take hours.
    let text = "x".repeat(1 << 20);
    let wire = framed(&[&text]);
    let log = received(1 << 20, Limits::new(1 << 20), &wire, &[1]);
    assert_eq!(log, [text]);
}

proptest::proptest! {
    #[test]
    fn any_split_gives_the_same_messages(
        bodies in proptest::collection::vec("[a-z\r\n:{}]{0,90}", 0..8),
        junk in "[ -~\r\n]{0,12}",
        storage in 32usize..96,
        pieces in proptest::collection::vec(1usize..70, 1..12),
    ) {
        let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
        let mut wire = framed(&bodies);
        wire.extend_from_slice(junk.as_bytes());
        let limits = Limits { body: storage.min(64), skip: 80 };
        let whole = received(storage, limits, &wire, &[usize::MAX]);
        proptest::prop_assert_eq!(&whole, &received(storage, limits, &wire, &pieces));
        proptest::prop_assert_eq!(&whole, &received(storage, limits, &wire, &[1]));
    }

    #[test]
    fn any_split_of_near_misses_gives_the_same_error(
        parts in proptest::collection::vec(proptest::sample::select(vec![
            "Content-Length: 5", "content-length:0", "Content-Type: x", "Content-", "Origin: a", "\r\n", "\r", "\n", ":",
            " ", "12345", "{}", "Content-Type: 0123456789012345678901234567890123456789012345678901234567890123456789",
            "0123456789012345678901234567890123456789012345678901234567890123456789",
        ]), 0..24),
        pieces in proptest::collection::vec(1usize..70, 1..12),
    ) {
        let wire = parts.concat().into_bytes();
        for storage in [24, 600] {
            let whole = received(storage, Limits::new(20), &wire, &[usize::MAX]);
            proptest::prop_assert_eq!(&whole, &received(storage, Limits::new(20), &wire, &pieces));
            proptest::prop_assert_eq!(&whole, &received(storage, Limits::new(20), &wire, &[1]));
        }
    }

    #[test]
    fn any_bytes_do_not_panic(wire: Vec<u8>, pieces in proptest::collection::vec(1usize..40, 1..6)) {
        received(48, Limits::new(48), &wire, &pieces);
        let _ = decode(&wire, 100);
    }
}
