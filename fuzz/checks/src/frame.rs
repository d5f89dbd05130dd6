//! Framing: however a stream is cut up, the same messages come out, and the same error.
//!
//! An input is four bytes of setting (storage, body limit, skip limit, seed of the cuts) and then the stream.

use dapstub::frame::{FrameError, Limits, MAX_HEADER, Progress, Received, Receiver, decode, encode};
use dapstub::output::{Full, Output, SliceOutput};

/// One step of a stream, as both the receiver and the reference tell it.
#[derive(Clone, Debug, PartialEq)]
enum Seen {
    Message(Vec<u8>),
    Oversize {
        prefix: Vec<u8>,
        announced: usize,
    },
    Failed(FrameError),
    /// The stream ended; whether that was between two messages.
    End {
        between: bool,
    },
}

struct Setting {
    storage: usize,
    limits: Limits,
    /// The storage is made larger for a body within the limits.
    grows: bool,
    seed: u8,
}

impl Setting {
    fn new(bytes: [u8; 4]) -> Self {
        let [storage, body, skip, seed] = bytes;
        let grows = storage & 1 == 1;
        let storage = match storage >> 1 {
            small @ ..64 => usize::from(small) * 4,
            large => (usize::from(large) - 63) * 64,
        };
        let limits = match (body, skip) {
            (0, 0) => Limits::new(storage),
            (0, skip) => Limits {
                body: storage,
                skip: usize::from(skip) * 16,
            },
            (body, skip) => Limits {
                body: usize::from(body) * 4,
                skip: usize::from(skip) * 16,
            },
        };
        Self {
            storage,
            limits,
            grows,
            seed,
        }
    }
}

/// Checks one input.
pub fn check(data: &[u8]) {
    let Some((setting, stream)) = data.split_first_chunk() else {
        return;
    };
    let setting = Setting::new(*setting);
    // The reference reads each header again from its beginning for each of its bytes.
    let stream = stream.get(..2048).unwrap_or(stream);
    decode_is_steady(stream, setting.limits.body);
    let expected = reference(stream, &setting);
    let mut seed = u32::from(setting.seed) | 0x100;
    let mut random = |room: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        // Mostly small pieces, sometimes all there is room for.
        1 + (seed >> 8) as usize % (if seed & 3 == 0 { room } else { 7 })
    };
    assert_eq!(received(stream, &setting, |_| 1), expected, "byte by byte");
    assert_eq!(
        received(stream, &setting, |room| room),
        expected,
        "as much as there is room for"
    );
    assert_eq!(received(stream, &setting, &mut random), expected, "cut anywhere");
    messages_go_there_and_back(stream, setting.seed);
}

/// What `decode` says of a prefix, it says of every longer one, and what it says is missing is missing at least.
fn decode_is_steady(stream: &[u8], limit: usize) {
    let stream = stream.get(..700).unwrap_or(stream);
    let undecided = |end: &usize| matches!(decode(&stream[..*end], limit), Ok(Progress::Partial { .. }));
    let decided = (0..=stream.len()).take_while(undecided).count();
    for end in 0..decided {
        let Ok(Progress::Partial { missing }) = decode(&stream[..end], limit) else {
            return;
        };
        assert!(missing > 0);
        match decode(stream, limit) {
            Ok(Progress::Message { consumed, .. }) => assert!(end + missing <= consumed, "{missing} behind {end}"),
            Ok(Progress::Partial { missing: later }) => {
                assert!(
                    end + missing <= stream.len() + later,
                    "{missing} behind {end}, then {later}"
                );
            }
            Err(_) => {}
        }
    }
    // The bytes behind it don't matter.
    for end in (decided..=stream.len())
        .take(20)
        .chain([stream.len()])
        .filter(|&end| end >= decided)
    {
        let progress = decode(&stream[..end], limit);
        assert_eq!(progress, decode(&stream[..decided], limit), "a decision is final");
        if let Ok(Progress::Message { body, consumed }) = progress {
            assert!(consumed == decided && body.len() <= limit && stream[..consumed].ends_with(body));
        }
    }
}

/// What the documentation of `Receiver` says, by means of `decode` on the whole stream.
fn reference(stream: &[u8], setting: &Setting) -> Vec<Seen> {
    let Limits { body, skip } = setting.limits;
    let mut size = setting.storage;
    let mut seen = Vec::new();
    let mut rest = stream;
    loop {
        // A limit of 0 has every header refused that announces anything: that is how one is found by itself.
        let header = (0..=rest.len().min(size)).find_map(|end| match decode(&rest[..end], 0) {
            Ok(Progress::Partial { .. }) => None,
            Ok(Progress::Message { .. }) => Some(Ok((0, end))),
            Err(FrameError::BodyTooLarge { announced, .. }) => Some(Ok((announced, end))),
            Err(error) => Some(Err(error)),
        });
        let (announced, header) = match header {
            Some(Ok(found)) => found,
            Some(Err(error)) => {
                seen.push(Seen::Failed(error));
                return seen;
            }
            None if rest.len() >= size.min(MAX_HEADER) => {
                seen.push(Seen::Failed(FrameError::HeaderTooLong));
                return seen;
            }
            None => {
                let between = rest.is_empty();
                seen.push(Seen::End { between });
                return seen;
            }
        };
        let behind = &rest[header..];
        if announced > body.max(skip) {
            let limit = body.max(skip);
            seen.push(Seen::Failed(FrameError::BodyTooLarge { announced, limit }));
            return seen;
        }
        if announced <= body && setting.grows {
            size = size.max(announced);
        }
        let kept = announced.min(size);
        if behind.len() < kept {
            seen.push(Seen::End { between: false });
            return seen;
        }
        if announced <= body && announced <= size {
            seen.push(Seen::Message(behind[..announced].to_vec()));
        } else {
            let prefix = behind[..kept].to_vec();
            seen.push(Seen::Oversize { prefix, announced });
            if behind.len() < announced {
                seen.push(Seen::End { between: false });
                return seen;
            }
        }
        rest = &behind[announced..];
    }
}

/// What a receiver makes of the stream that comes in pieces of the sizes that `piece` chooses.
fn received(mut stream: &[u8], setting: &Setting, mut piece: impl FnMut(usize) -> usize) -> Vec<Seen> {
    let mut receiver = Receiver::with_limits(vec![0xaa; setting.storage], setting.limits);
    let mut seen = Vec::new();
    loop {
        match receiver.next() {
            Ok(Received::Message(body)) => seen.push(Seen::Message(body.to_vec())),
            Ok(Received::Oversize { prefix, announced }) => seen.push(Seen::Oversize {
                prefix: prefix.to_vec(),
                announced,
            }),
            Ok(Received::NeedInput) => {
                let needs = receiver.needs();
                if setting.grows && needs > receiver.storage_mut().len() {
                    receiver.storage_mut().resize(needs, 0xbb);
                }
                let between = receiver.is_between_messages();
                let space = receiver.space();
                assert!(!space.is_empty(), "input is asked for and there is no room for it");
                if stream.is_empty() {
                    seen.push(Seen::End { between });
                    return seen;
                }
                let n = piece(space.len()).min(space.len()).min(stream.len());
                space[..n].copy_from_slice(&stream[..n]);
                receiver.fed(n);
                stream = &stream[n..];
            }
            Err(error) => {
                seen.push(Seen::Failed(error));
                // Nothing comes after an error, whatever is fed.
                for _ in 0..2 {
                    let space = receiver.space();
                    let n = space.len().min(stream.len());
                    space[..n].copy_from_slice(&stream[..n]);
                    receiver.fed(n);
                    assert_eq!(receiver.next(), Err(error), "an error is final");
                }
                return seen;
            }
        }
    }
}

/// What is encoded is decoded again; what does not fit leaves no trace.
fn messages_go_there_and_back(body: &[u8], room: u8) {
    let body = body.get(..1100).unwrap_or(body);
    let mut storage = vec![0; usize::from(room) * 5];
    let room = storage.len();
    let mut out = SliceOutput::new(&mut storage);
    let front: &[u8] = b"before";
    if out.push(front).is_err() {
        return;
    }
    let result = encode(&mut out, |out| body.chunks(11).try_for_each(|piece| out.push(piece)));
    match result {
        Ok(()) => {
            let written = &out.written()[front.len()..];
            assert_eq!(
                decode(written, body.len()),
                Ok(Progress::Message {
                    body,
                    consumed: written.len()
                })
            );
        }
        Err(Full) => {
            assert_eq!(out.written(), front);
            assert!(front.len() + body.len() + 48 > room, "there was room enough");
        }
    }
}
