//! The strict JSON of the small server: nothing but loops over bytes.
//!
//! Strings are read by one function, [`character`], whether they are checked, compared or decoded; UTF-8 is checked
//! there, because JSON has bytes beyond ASCII only in strings.

use crate::json::DEFAULT_DEPTH;

/// The byte at `at`; behind the end, 0, which cannot stand in JSON.
#[inline(never)]
pub(super) fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

/// Where the white space at `at` ends.
#[inline(never)]
fn space_end(bytes: &[u8], mut at: usize) -> usize {
    while let b' ' | b'\t' | b'\n' | b'\r' = byte(bytes, at) {
        at = at.wrapping_add(1);
    }
    at
}

/// The value of four hexadecimal digits.
fn hex(bytes: &[u8], at: usize) -> Option<u32> {
    let mut value = 0;
    for offset in 0..4usize {
        value = value << 4 | char::from(byte(bytes, at.wrapping_add(offset))).to_digit(16)?;
    }
    Some(value)
}

/// The character of a string that begins at `at`, and where it ends; `None` if it cannot stand there.
#[inline(never)]
fn character(bytes: &[u8], at: usize) -> Option<(u32, usize)> {
    let first = byte(bytes, at);
    let mut end = at.wrapping_add(1);
    let mut value = u32::from(first);
    if first < b' ' {
        return None;
    }
    if first == b'\\' {
        let escape = byte(bytes, end);
        end = end.wrapping_add(1);
        if escape != b'u' {
            let mut known = b"\"\"\\\\//n\nt\tr\rb\x08f\x0c".iter();
            while let (Some(name), Some(meant)) = (known.next(), known.next()) {
                if *name == escape {
                    return Some((u32::from(*meant), end));
                }
            }
            return None;
        }
        value = hex(bytes, end)?;
        end = end.wrapping_add(4);
        if value & 0xf800 == 0xd800 {
            let low = hex(bytes, end.wrapping_add(2))?;
            let is_pair = value & 0xfc00 == 0xd800 && low & 0xfc00 == 0xdc00;
            if !is_pair || byte(bytes, end) != b'\\' || byte(bytes, end.wrapping_add(1)) != b'u' {
                return None;
            }
            end = end.wrapping_add(6);
            value = ((value & 0x3ff) << 10 | low & 0x3ff).wrapping_add(0x10000);
        }
    } else if first >= 0x80 {
        let (more, least) = match first {
            0xc0..0xe0 => (1, 0x80),
            0xe0..0xf0 => (2, 0x800),
            0xf0..0xf8 => (3, 0x10000),
            _ => return None,
        };
        value &= 0x3f >> more;
        for _ in 0..more {
            let next = byte(bytes, end);
            if next & 0xc0 != 0x80 {
                return None;
            }
            value = value << 6 | u32::from(next & 0x3f);
            end = end.wrapping_add(1);
        }
        if value < least || value & 0x1f_f800 == 0xd800 || value > 0x10_ffff {
            return None;
        }
    }
    Some((value, end))
}

/// Behind the closing quote of the string that begins at `at`.
#[inline(never)]
fn string_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = (byte(bytes, at) == b'"').then_some(at.wrapping_add(1))?;
    while byte(bytes, at) != b'"' {
        at = character(bytes, at)?.1;
    }
    Some(at.wrapping_add(1))
}

/// Where the digits at `at` end, of which there is one at least.
#[inline(never)]
fn digits_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut end = at;
    while byte(bytes, end).is_ascii_digit() {
        end = end.wrapping_add(1);
    }
    (end > at).then_some(end)
}

fn number_end(bytes: &[u8], at: usize) -> Option<usize> {
    let first = at.wrapping_add(usize::from(byte(bytes, at) == b'-'));
    let mut end = digits_end(bytes, first)?;
    if byte(bytes, first) == b'0' && end.wrapping_sub(first) > 1 {
        return None;
    }
    if byte(bytes, end) == b'.' {
        end = digits_end(bytes, end.wrapping_add(1))?;
    }
    if byte(bytes, end) | 0x20 == b'e' {
        end = end.wrapping_add(1);
        if let b'+' | b'-' = byte(bytes, end) {
            end = end.wrapping_add(1);
        }
        end = digits_end(bytes, end)?;
    }
    Some(end)
}

/// The members of an envelope. Those behind the fourth must not come twice either.
pub(super) const MEMBERS: &str = "seq type command arguments request_seq success message body event";

/// Checks a whole message strictly. The members of its envelope are found also where a fault comes behind them.
pub(super) fn scan<'b>(bytes: &'b [u8], found: &mut [Value<'b>; 9]) -> Option<()> {
    let mut open = [0; DEFAULT_DEPTH];
    let (mut depth, mut at, mut start, mut member) = (0usize, 0, 0, found.len());
    let mut key_wanted = false;
    loop {
        at = space_end(bytes, at);
        if key_wanted {
            let end = string_end(bytes, at)?;
            if depth == 1 {
                member = find(MEMBERS.as_bytes(), Value(bytes.get(at..end)?));
                if found.get(member).is_some_and(|value| value.is_there()) {
                    return None;
                }
            }
            at = space_end(bytes, end);
            if byte(bytes, at) != b':' {
                return None;
            }
            at = space_end(bytes, at.wrapping_add(1));
        }
        if depth < 2 {
            start = at;
        }
        let first = byte(bytes, at);
        match first {
            b'{' | b'[' if depth > 0 || first == b'{' => {
                // In ASCII, a bracket closes what the one two before it has opened.
                let close = first.wrapping_add(2);
                *open.get_mut(depth)? = close;
                depth = depth.wrapping_add(1);
                at = space_end(bytes, at.wrapping_add(1));
                if byte(bytes, at) != close {
                    key_wanted = first == b'{';
                    continue;
                }
            }
            _ if depth == 0 => return None,
            b'"' => at = string_end(bytes, at)?,
            b'-' | b'0'..=b'9' => at = number_end(bytes, at)?,
            _ => {
                let rest = bytes.get(at..)?;
                let words: [&[u8]; 3] = [b"true", b"false", b"null"];
                at = at.wrapping_add(words.iter().find(|word| rest.starts_with(word))?.len());
            }
        }
        // Behind a value: the next one, or the end of what it stands in.
        loop {
            let end = at;
            at = space_end(bytes, at);
            let Some(innermost) = depth.checked_sub(1) else {
                return (at == bytes.len()).then_some(());
            };
            let close = open.get(innermost).copied()?;
            let next = byte(bytes, at);
            if next != b',' && next != close {
                return None;
            }
            if depth == 1
                && let Some(place) = found.get_mut(member)
            {
                *place = Value(bytes.get(start..end)?);
            }
            at = at.wrapping_add(1);
            if next == b',' {
                key_wanted = close == b'}';
                break;
            }
            depth = innermost;
        }
    }
}

/// Which of these names, with spaces between them, a string is; their number, if it is none of them.
#[inline(never)]
pub(super) fn find(names: &[u8], text: Value<'_>) -> usize {
    // No name is longer.
    let mut buffer = [0; 40];
    let text = text.ascii(&mut buffer).filter(|_| byte(text.0, 0) == b'"');
    let mut number = 0usize;
    for name in names.split(|byte| *byte == b' ') {
        if Some(name) == text {
            break;
        }
        number = number.wrapping_add(1);
    }
    number
}

/// A value inside of a message, unread; or none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Value<'b>(pub(super) &'b [u8]);

impl<'b> Value<'b> {
    /// Whether there is a value, `null` included.
    #[must_use]
    pub const fn is_there(self) -> bool {
        !self.0.is_empty()
    }

    /// The members of an object that have these names, with a space between two of them. None for what is absent or
    /// `null`, and for all of what is no object. If one comes twice, the last counts.
    #[must_use]
    pub fn members<const N: usize>(self, names: &str) -> [Self; N] {
        let mut found = [Self::default(); N];
        self.pick(names, &mut found);
        found
    }

    #[inline(never)]
    fn pick(self, names: &str, found: &mut [Self]) {
        if byte(self.0, 0) != b'{' {
            return;
        }
        let mut inside = Elements { bytes: self.0, at: 1 };
        while let (Some(key), Some(value)) = (inside.next(), inside.next()) {
            if let Some(place) = found.get_mut(find(names.as_bytes(), key)) {
                *place = if byte(value.0, 0) == b'n' {
                    Self::default()
                } else {
                    value
                };
            }
        }
    }

    /// The elements of an array; none of anything else.
    #[must_use]
    pub fn elements(self) -> Elements<'b> {
        let is_array = byte(self.0, 0) == b'[';
        Elements {
            bytes: if is_array { self.0 } else { b"" },
            at: 1,
        }
    }

    /// The number, if it is one without fraction and exponent that fits.
    #[must_use]
    #[inline(never)]
    pub fn number(self) -> Option<i32> {
        let digits = self.0.strip_prefix(b"-").unwrap_or(self.0);
        let mut value = 0i32;
        for digit in digits {
            digit.is_ascii_digit().then_some(())?;
            let digit = digit.wrapping_sub(b'0');
            value = value.checked_mul(10)?.checked_sub(digit.into())?;
        }
        match digits.len() {
            0 => None,
            len if len < self.0.len() => Some(value),
            _ => value.checked_neg(),
        }
    }

    /// What stands between the quotes of a string, escapes and all; nothing for what is no string.
    #[must_use]
    #[inline(never)]
    pub fn raw(self) -> &'b [u8] {
        let inside = self.0.strip_prefix(b"\"");
        inside.and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or_default()
    }

    /// Whether it is a string, and this name, which is ASCII without a space and not longer than 40.
    #[must_use]
    pub fn is(self, name: &[u8]) -> bool {
        find(name, self) == 0
    }

    /// The string, decoded into a buffer; what is not ASCII becomes 255. `None` if there is not room for it. Nothing, if it
    /// is no string.
    #[must_use]
    #[inline(never)]
    pub fn ascii(self, buffer: &mut [u8]) -> Option<&[u8]> {
        let raw = self.raw();
        let (mut at, mut len) = (0, 0usize);
        while at < raw.len() {
            let (value, end) = character(raw, at)?;
            *buffer.get_mut(len)? = if value < 0x80 { value as u8 } else { 255 };
            len = len.wrapping_add(1);
            at = end;
        }
        buffer.get(..len)
    }
}

/// The values of an array; of an object, its keys and values in turn.
#[derive(Clone, Debug)]
pub struct Elements<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Iterator for Elements<'b> {
    type Item = Value<'b>;

    #[inline(never)]
    fn next(&mut self) -> Option<Value<'b>> {
        let is_between = |byte: u8| matches!(byte, 0..=b' ' | b',' | b':' | b']' | b'}');
        let (bytes, mut at) = (self.bytes, self.at);
        while at < bytes.len() && is_between(byte(bytes, at)) {
            at = at.wrapping_add(1);
        }
        let (start, mut depth) = (at, 0usize);
        loop {
            let next = byte(bytes, at);
            if depth == 0 && is_between(next) {
                break;
            }
            at = match next {
                b'"' => string_end(bytes, at)?,
                0 => return None,
                _ => at.wrapping_add(1),
            };
            match next {
                b'{' | b'[' => depth = depth.wrapping_add(1),
                b'}' | b']' => depth = depth.wrapping_sub(1),
                _ => {}
            }
        }
        self.at = at;
        bytes.get(start..at).filter(|value| !value.is_empty()).map(Value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use proptest::prelude::*;
    use std::vec::Vec;

    /// Pieces that messages are made of, and that break them.
    const PIECES: &[&[u8]] = &[
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b" ",
        b"\n",
        b"\"seq\"",
        b"\"type\"",
        b"\"\\u0073eq\"",
        b"\"body\"",
        b"\"a\"",
        b"1",
        b"-",
        b"0",
        b"01",
        b"1.5",
        b".",
        b"1e+3",
        b"E",
        b"true",
        b"fals",
        b"null",
        b"\"",
        b"\\",
        b"\\n",
        b"\\x",
        b"\\ud83d\\ude00",
        b"\\ud83d",
        b"\\ude00",
        b"\\u00e",
        b"\\uD83Dx\\uDE00",
        b"\xc3\xa9",
        b"\xc3",
        b"\xc0\x80",
        b"\xe0\x80\x80",
        b"\xe2\x82\xac",
        b"\xed\xa0\x80",
        b"\xf0\x9f\x98\x80",
        b"\xf4\x90\x80\x80",
        b"\xf8",
        b"\x80",
        b"\0",
        b"\x7f",
        b"\x1f",
        b"\t",
        b"\"x\":",
        b"{\"a\":",
        b",\"seq\":1",
        b"[[",
        b"]]",
        b"{}",
        b"[]",
        b"\"b\":{\"c\":[1,{}]}",
    ];

    /// The same is accepted as by the scanner of the core, and the same members are found.
    fn compare(bytes: &[u8]) {
        let mut found = [Value::default(); 9];
        let accepted = scan(bytes, &mut found).is_some();
        let other = json::scan(bytes, DEFAULT_DEPTH);
        assert_eq!(
            accepted,
            other.fault.is_none(),
            "{:?}: {:?}",
            bytes.escape_ascii(),
            other.fault
        );
        let members = [
            other.envelope.seq(),
            other.envelope.kind(),
            other.envelope.command(),
            other.envelope.arguments(),
        ];
        for (value, member) in found.iter().zip(members) {
            assert_eq!(
                value.0,
                member.map_or("", |raw| raw.text()).as_bytes(),
                "{:?}",
                bytes.escape_ascii()
            );
        }
    }

    /// Whole messages with one or two pieces put somewhere into them, or bytes taken out.
    #[test]
    fn nothing_but_json_is_accepted() {
        let good: &[&[u8]] = &[
            br#"{"seq":1,"type":"request","command":"\u00e9","arguments":{"a":[1,-2.5e+3,{}],"b":null}}"#,
            "{ \"body\" : [ true , false ] , \"é€😀\":\"\\ud83d\\ude00\\n\" }".as_bytes(),
            b"{}",
        ];
        for good in good {
            compare(good);
            for at in 0..=good.len() {
                compare(&good[..at]);
                compare(&[&good[..at], good.get(at + 1..).unwrap_or_default()].concat());
                for piece in PIECES {
                    compare(&[&good[..at], piece, &good[at..]].concat());
                    compare(&[&good[..at], piece, good.get(at + 1..).unwrap_or_default()].concat());
                }
            }
        }
        for depth in [62, 63, 64, 65] {
            let nested = [b"{\"a\":".as_slice(), &b"[".repeat(depth), &b"]".repeat(depth), b"}"].concat();
            compare(&nested);
        }
    }

    #[test]
    fn every_two_bytes_of_a_string() {
        for one in 0..=u8::MAX {
            for other in 0..=u8::MAX {
                compare(&[b"{\"seq\":\"", [one, other].as_slice(), b"\"}"].concat());
                compare(&[b"{\"seq\":\"", [one, other].as_slice(), b"\x80\x80\"}"].concat());
            }
        }
    }

    #[test]
    fn members_are_read() {
        let object = Value(br#"{"a":{"b":[1,"]"]},"\u0062" : -12 ,"c":null,"d":[{"x":1}, "y,\"z" ,[]],"b":2147483647,"c":"\u0061b\u00e9"}"#);
        let [b, c, d, none] = object.members("b c d e");
        assert_eq!((b.number(), none.is_there()), (Some(i32::MAX), false));
        assert_eq!(c.ascii(&mut [0; 8]), Some(b"ab\xff".as_slice()));
        assert!(Value(br#""\u0061b""#).is(b"ab") && !Value(b"ab").is(b"ab"));
        let elements: Vec<_> = d.elements().map(|element| element.0).collect();
        assert_eq!(elements, [br#"{"x":1}"#.as_slice(), br#""y,\"z""#, b"[]"]);
        for (text, number) in [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("-2147483648", Some(i32::MIN)),
            ("2147483648", None),
            ("1.0", None),
            ("1e1", None),
            ("true", None),
            ("-", None),
            ("", None),
        ] {
            assert_eq!(Value(text.as_bytes()).number(), number, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_pieces(pieces in proptest::collection::vec(0..PIECES.len(), 0..12)) {
            let text: Vec<u8> = pieces.iter().flat_map(|piece| PIECES[*piece].iter().copied()).collect();
            compare(&text);
            compare(&[b"{\"a\":", text.as_slice(), b"}"].concat());
        }

        /// Whatever stands there, reading ends.
        #[test]
        fn readers_end(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let text = [b"[".as_slice(), &bytes, b"]"].concat();
            assert!(Value(&text).elements().count() <= text.len());
            let text = [b"{".as_slice(), &bytes, b"}"].concat();
            let [_, _] = Value(&text).members("a b");
        }
    }
}
