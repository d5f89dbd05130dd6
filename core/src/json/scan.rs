//! The one pass over a message: RFC 8259, checked strictly, with bounded depth and without recursion.

use super::envelope::{Envelope, Member};
use super::{Fault, SyntaxError, Text, bytes};

/// How deep arrays and objects may be nested unless given otherwise, the outermost counted as 1.
pub const DEFAULT_DEPTH: usize = 64;

/// The deepest nesting that a caller can allow. One bit is kept for each open bracket.
pub const MAX_DEPTH: usize = 256;

/// What [`scan`] found: the members of the envelope, and the first fault if there is one.
#[derive(Clone, Copy, Debug)]
pub struct Scanned<'b> {
    /// The members that stood whole in front of the fault, or in the whole message.
    pub envelope: Envelope<'b>,
    /// `None` if the bytes are one JSON object and nothing else.
    pub fault: Option<SyntaxError>,
}

/// Checks that `body` is one JSON object nested at most `depth` deep, and finds the members of a DAP envelope in it.
///
/// What could be read in front of a fault is reported beside it, so that an answer can still name the request. A member
/// of the envelope that comes twice is a fault. `depth` above [`MAX_DEPTH`] counts as [`MAX_DEPTH`].
#[must_use]
pub fn scan(body: &[u8], depth: usize) -> Scanned<'_> {
    let (text, torn) = readable(body);
    let mut envelope = Envelope::default();
    let result = outermost(text, depth.min(MAX_DEPTH), &mut envelope);
    Scanned {
        envelope,
        fault: verdict(result, torn).err(),
    }
}

/// Checks that `body` is one JSON value of any kind, nested at most `depth` deep, and nothing else.
///
/// # Errors
///
/// The first fault with its position.
pub fn check(body: &[u8], depth: usize) -> Result<&str, SyntaxError> {
    let (text, torn) = readable(body);
    let bytes = text.as_bytes();
    let result = value_end(bytes, 0, 0, depth.min(MAX_DEPTH)).and_then(|end| nothing_behind(bytes, end));
    verdict(result, torn).map(|()| text)
}

/// Whether `raw` could stand between the quotes of a JSON string.
pub(super) fn is_string_inside(raw: &str) -> bool {
    let bytes = raw.as_bytes();
    let mut at = 0;
    loop {
        at = bytes::plain_end(bytes, at);
        match bytes.get(at) {
            None => return true,
            Some(b'\\') => match escape_end(bytes, at) {
                Ok(end) => at = end,
                Err(_) => return false,
            },
            Some(_) => return false,
        }
    }
}

/// The text in front of the first byte that is not UTF-8, and where that byte is.
fn readable(body: &[u8]) -> (&str, Option<usize>) {
    match core::str::from_utf8(body) {
        Ok(text) => (text, None),
        Err(error) => {
            let good = error.valid_up_to();
            let text = body.get(..good).and_then(|good| core::str::from_utf8(good).ok());
            (text.unwrap_or_default(), Some(good))
        }
    }
}

/// A fault at the place where the readable text ends is the torn character's.
fn verdict(result: Result<(), SyntaxError>, torn: Option<usize>) -> Result<(), SyntaxError> {
    match (result, torn) {
        (result, None) => result,
        (Err(error), Some(at)) if error.at < at => Err(error),
        (_, Some(at)) => Err(SyntaxError {
            fault: Fault::NotUtf8,
            at,
        }),
    }
}

/// The brackets that are open: a bit for each, 1 for an object.
struct Brackets {
    depth: usize,
    /// The innermost ones, up to 64, the lowest bit being the innermost of all.
    inner: u64,
    /// Those further out, 64 at a time, the outermost first.
    outer: [u64; MAX_DEPTH / 64 - 1],
}

impl Brackets {
    const fn new() -> Self {
        Self {
            depth: 0,
            inner: 0,
            outer: [0; MAX_DEPTH / 64 - 1],
        }
    }

    #[inline(always)]
    fn open(&mut self, object: bool) {
        if self.depth.is_multiple_of(64) {
            self.put_away();
        }
        self.inner = self.inner << 1 | u64::from(object);
        self.depth = self.depth.wrapping_add(1);
    }

    #[inline(always)]
    fn close(&mut self) {
        self.inner >>= 1;
        self.depth = self.depth.wrapping_sub(1);
        if self.depth.is_multiple_of(64) {
            self.inner = self.outer_word().copied().unwrap_or_default();
        }
    }

    #[cold]
    fn put_away(&mut self) {
        let inner = self.inner;
        if let Some(word) = self.outer_word() {
            *word = inner;
        }
    }

    fn outer_word(&mut self) -> Option<&mut u64> {
        self.outer.get_mut((self.depth / 64).checked_sub(1)?)
    }
}

/// Reads the object that a message is, and records the members of its envelope.
fn outermost<'b>(text: &'b str, limit: usize, envelope: &mut Envelope<'b>) -> Result<(), SyntaxError> {
    let bytes = text.as_bytes();
    let (byte, start) = bytes::token(bytes, 0);
    if byte != b'{' {
        return fail(bytes, start, Fault::NotAnObject);
    }
    if limit == 0 {
        return fail(bytes, start, Fault::TooDeep { limit });
    }
    let (mut byte, mut at) = bytes::token(bytes, start.wrapping_add(1));
    if byte != b'}' {
        loop {
            let (key, value) = key(bytes, at)?;
            let name = text.get(at.wrapping_add(1)..key.wrapping_sub(1)).unwrap_or_default();
            let member = Member::of(Text::accepted(name));
            if let Some(member) = member
                && envelope.has(member)
            {
                let key = member.name();
                return Err(SyntaxError {
                    fault: Fault::Duplicate { key },
                    at,
                });
            }
            let end = value_end(bytes, value, 1, limit)?;
            (byte, at) = bytes::token(bytes, end);
            if byte != b',' && byte != b'}' {
                return fail(bytes, at, Fault::Unexpected);
            }
            if let Some(member) = member {
                envelope.set(member, text.get(value..end).unwrap_or_default());
            }
            if byte == b'}' {
                break;
            }
            at = bytes::token(bytes, at.wrapping_add(1)).1;
        }
    }
    nothing_behind(bytes, at.wrapping_add(1))
}

fn nothing_behind(bytes: &[u8], at: usize) -> Result<(), SyntaxError> {
    match bytes::token(bytes, at).1 {
        end if end == bytes.len() => Ok(()),
        at => fail(bytes, at, Fault::TrailingData),
    }
}

/// Reads the key at `start` and its colon: where the key ends, and where its value begins.
#[cfg_attr(feature = "optimize_for_size", inline(never))]
#[cfg_attr(not(feature = "optimize_for_size"), inline(always))]
fn key(bytes: &[u8], start: usize) -> Result<(usize, usize), SyntaxError> {
    if bytes.get(start) != Some(&b'"') {
        return fail(bytes, start, Fault::Unexpected);
    }
    let end = string_end(bytes, start)?;
    match bytes::token(bytes, end) {
        (b':', colon) => Ok((end, bytes::token(bytes, colon.wrapping_add(1)).1)),
        (_, at) => fail(bytes, at, Fault::Unexpected),
    }
}

/// Where the value at `at` ends, which stands inside of `depth` others.
fn value_end(bytes: &[u8], mut at: usize, depth: usize, limit: usize) -> Result<usize, SyntaxError> {
    let mut open = Brackets::new();
    'value: loop {
        let (byte, start) = bytes::token(bytes, at);
        at = match byte {
            b'"' => string_end(bytes, start)?,
            b'{' | b'[' => {
                if open.depth.wrapping_add(depth) >= limit {
                    return fail(bytes, start, Fault::TooDeep { limit });
                }
                let is_object = byte == b'{';
                let (inside, first) = bytes::token(bytes, start.wrapping_add(1));
                if inside == closing(is_object) {
                    first.wrapping_add(1)
                } else {
                    open.open(is_object);
                    at = first;
                    if is_object {
                        at = key(bytes, first)?.1;
                    }
                    continue 'value;
                }
            }
            b'-' | b'0'..=b'9' => number_end(bytes, start)?,
            b't' => literal_end(bytes, start, b"true")?,
            b'f' => literal_end(bytes, start, b"false")?,
            b'n' => literal_end(bytes, start, b"null")?,
            _ => return fail(bytes, start, Fault::Unexpected),
        };
        // Behind a value: the next one of its array or object, or the end of all that end here.
        while open.depth > 0 {
            let in_object = open.inner & 1 == 1;
            let (byte, next) = bytes::token(bytes, at);
            at = next.wrapping_add(1);
            if byte == b',' {
                if in_object {
                    at = key(bytes, bytes::token(bytes, at).1)?.1;
                }
                continue 'value;
            }
            if byte != closing(in_object) {
                return fail(bytes, next, Fault::Unexpected);
            }
            open.close();
        }
        return Ok(at);
    }
}

#[inline(always)]
const fn closing(object: bool) -> u8 {
    if object { b'}' } else { b']' }
}

/// The fault at `at`, or that the text ends there.
#[cold]
fn fail<T>(bytes: &[u8], at: usize, fault: Fault) -> Result<T, SyntaxError> {
    let fault = if at >= bytes.len() { Fault::UnexpectedEnd } else { fault };
    Err(SyntaxError { fault, at })
}

fn literal_end(bytes: &[u8], start: usize, word: &[u8]) -> Result<usize, SyntaxError> {
    let mut at = start;
    for expected in word {
        if bytes.get(at) != Some(expected) {
            return fail(bytes, at, Fault::Unexpected);
        }
        at = at.wrapping_add(1);
    }
    Ok(at)
}

#[cfg_attr(feature = "optimize_for_size", inline(never))]
#[cfg_attr(not(feature = "optimize_for_size"), inline(always))]
fn number_end(bytes: &[u8], start: usize) -> Result<usize, SyntaxError> {
    let end = bytes::digits_end(bytes, start);
    match (bytes.get(start), bytes.get(end)) {
        (Some(b'1'..=b'9'), next) if !matches!(next, Some(b'.' | b'e' | b'E')) => Ok(end),
        _ => rare_number_end(bytes, start),
    }
}

/// The same for a number that may begin with a sign or a zero, and have a fraction and an exponent.
#[inline(never)]
fn rare_number_end(bytes: &[u8], start: usize) -> Result<usize, SyntaxError> {
    let first = start.wrapping_add(usize::from(bytes.get(start) == Some(&b'-')));
    let mut at = more_digits(bytes, first)?;
    if bytes.get(first) == Some(&b'0') && at.wrapping_sub(first) > 1 {
        return fail(bytes, first.wrapping_add(1), Fault::BadNumber);
    }
    if bytes.get(at) == Some(&b'.') {
        at = more_digits(bytes, at.wrapping_add(1))?;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        let sign = matches!(bytes.get(at.wrapping_add(1)), Some(b'+' | b'-'));
        at = more_digits(bytes, at.wrapping_add(1).wrapping_add(usize::from(sign)))?;
    }
    Ok(at)
}

fn more_digits(bytes: &[u8], start: usize) -> Result<usize, SyntaxError> {
    match bytes::digits_end(bytes, start) {
        end if end == start => fail(bytes, end, Fault::BadNumber),
        end => Ok(end),
    }
}

/// Behind the closing quote of the string that begins at `start`.
#[cfg_attr(feature = "optimize_for_size", inline(never))]
#[cfg_attr(not(feature = "optimize_for_size"), inline(always))]
fn string_end(bytes: &[u8], start: usize) -> Result<usize, SyntaxError> {
    let end = bytes::plain_end(bytes, start.wrapping_add(1));
    match bytes.get(end) {
        Some(b'"') => Ok(end.wrapping_add(1)),
        _ => string_end_behind(bytes, end),
    }
}

/// The same from a byte inside that does not stand for itself.
#[inline(never)]
fn string_end_behind(bytes: &[u8], mut at: usize) -> Result<usize, SyntaxError> {
    loop {
        at = match bytes.get(at) {
            Some(b'"') => return Ok(at.wrapping_add(1)),
            Some(b'\\') => bytes::plain_end(bytes, escape_end(bytes, at)?),
            _ => return fail(bytes, at, Fault::ControlCharacter),
        };
    }
}

/// Behind the escape that begins at `start`; both halves of a surrogate pair are one.
fn escape_end(bytes: &[u8], start: usize) -> Result<usize, SyntaxError> {
    let at = start.wrapping_add(1);
    match bytes.get(at) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at.wrapping_add(1)),
        Some(b'u') => {
            let (unit, end) = hex(bytes, at.wrapping_add(1))?;
            match unit {
                0xd800..0xdc00 => low_surrogate_end(bytes, start, end),
                0xdc00..0xe000 => Err(SyntaxError {
                    fault: Fault::BadEscape,
                    at: start,
                }),
                _ => Ok(end),
            }
        }
        _ => fail(bytes, at, Fault::BadEscape),
    }
}

/// Behind the second half of the pair that begins at `start`; `at` is behind the first.
fn low_surrogate_end(bytes: &[u8], start: usize, at: usize) -> Result<usize, SyntaxError> {
    for (offset, expected) in [b'\\', b'u'].iter().enumerate() {
        let at = at.wrapping_add(offset);
        match bytes.get(at) {
            Some(byte) if byte == expected => {}
            Some(_) => {
                return Err(SyntaxError {
                    fault: Fault::BadEscape,
                    at: start,
                });
            }
            None => return fail(bytes, at, Fault::BadEscape),
        }
    }
    match hex(bytes, at.wrapping_add(2))? {
        (0xdc00..0xe000, end) => Ok(end),
        _ => Err(SyntaxError {
            fault: Fault::BadEscape,
            at: start,
        }),
    }
}

/// The value of four hexadecimal digits, and the position behind them.
fn hex(bytes: &[u8], start: usize) -> Result<(u32, usize), SyntaxError> {
    let (mut value, mut at) = (0, start);
    for _ in 0..4 {
        let Some(digit) = bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16)) else {
            return fail(bytes, at, Fault::BadEscape);
        };
        value = value << 4 | digit;
        at = at.wrapping_add(1);
    }
    Ok((value, at))
}
