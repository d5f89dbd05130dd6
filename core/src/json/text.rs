//! Strings as they stand on the wire, decoded when someone asks.

use crate::output::Full;
use core::fmt;

/// A string that borrows: plain text, or the inside of a JSON string with its escapes still in it.
///
/// Text read from a message that holds no backslash is plain. Both kinds compare, print and decode as what they mean,
/// and are written back as JSON, so one type serves what is read and what is written.
///
/// ```
/// use dapstub::json::Text;
///
/// let read = Text::from_wire(r"caf\u00e9 \ud83d\ude00").unwrap();
/// assert_eq!(read, "café 😀");
/// let mut buffer = [0; 16];
/// assert_eq!(read.decode(&mut buffer), Ok("café 😀"));
/// assert_eq!(Text::from("plain").as_str(), Some("plain"));
/// ```
#[derive(Clone, Copy, Default)]
pub struct Text<'a> {
    raw: &'a str,
    escaped: bool,
}

impl<'a> Text<'a> {
    /// Plain text: nothing in it is an escape.
    #[must_use]
    pub const fn plain(text: &'a str) -> Self {
        Self {
            raw: text,
            escaped: false,
        }
    }

    /// The inside of a JSON string, without its quotes; `None` if it is not one (a bad escape, half a surrogate pair, a
    /// quote or a control character).
    #[must_use]
    pub fn from_wire(raw: &'a str) -> Option<Self> {
        super::scan::is_string_inside(raw).then(|| Self::accepted(raw))
    }

    /// The inside of a string that the scanner has accepted.
    pub(crate) fn accepted(raw: &'a str) -> Self {
        Self {
            raw,
            escaped: raw.as_bytes().contains(&b'\\'),
        }
    }

    pub(crate) const fn accepted_as(raw: &'a str, escaped: bool) -> Self {
        Self { raw, escaped }
    }

    /// The bytes as they were given: with escapes if [`is_escaped`](Self::is_escaped).
    #[must_use]
    pub const fn raw(&self) -> &'a str {
        self.raw
    }

    /// Whether decoding changes anything.
    #[must_use]
    pub const fn is_escaped(&self) -> bool {
        self.escaped
    }

    /// The text itself, where it needs no decoding.
    #[must_use]
    pub const fn as_str(&self) -> Option<&'a str> {
        if self.escaped { None } else { Some(self.raw) }
    }

    /// Whether there is no character in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    /// Length of the decoded text in UTF-8 bytes.
    #[must_use]
    pub fn decoded_len(&self) -> usize {
        if self.escaped {
            self.chars().map(char::len_utf8).sum()
        } else {
            self.raw.len()
        }
    }

    /// The characters, decoded.
    #[must_use]
    pub fn chars(&self) -> Chars<'a> {
        Chars {
            rest: self.raw.chars(),
            escaped: self.escaped,
        }
    }

    /// The text, decoded into `buffer` if it has escapes and borrowed as it stands if it has none.
    ///
    /// # Errors
    ///
    /// [`Full`] when `buffer` is shorter than [`decoded_len`](Self::decoded_len) and the text has escapes.
    pub fn decode<'s>(&self, buffer: &'s mut [u8]) -> Result<&'s str, Full>
    where
        'a: 's,
    {
        if !self.escaped {
            return Ok(self.raw);
        }
        let mut len = 0usize;
        for character in self.chars() {
            let mut bytes = [0; 4];
            let bytes = character.encode_utf8(&mut bytes).as_bytes();
            let end = len.saturating_add(bytes.len());
            for (slot, byte) in buffer.get_mut(len..end).ok_or(Full)?.iter_mut().zip(bytes) {
                *slot = *byte;
            }
            len = end;
        }
        core::str::from_utf8(buffer.get(..len).unwrap_or_default()).map_err(|_| Full)
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self::plain(text)
    }
}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        match self.as_str() {
            Some(text) => text == other,
            None => self.chars().eq(other.chars()),
        }
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self.as_str(), other.as_str()) {
            (Some(one), Some(other)) => one == other,
            _ => self.chars().eq(other.chars()),
        }
    }
}

impl Eq for Text<'_> {}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_str() {
            Some(text) => f.pad(text),
            None => self
                .chars()
                .try_for_each(|character| fmt::Write::write_char(f, character)),
        }
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Write::write_char(f, '"')?;
        for character in self.chars().flat_map(char::escape_debug) {
            fmt::Write::write_char(f, character)?;
        }
        fmt::Write::write_char(f, '"')
    }
}

/// Through serde-json-core only: reads a string with its escapes left in place, so that it can be decoded properly
/// later.
impl<'de: 'a, 'a> serde::Deserialize<'de> for Text<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let escaped = serde_json_core::str::EscapedStr::deserialize(deserializer)?;
        Self::from_wire(escaped.0).ok_or_else(|| serde::de::Error::custom("not the inside of a JSON string"))
    }
}

/// The decoded characters of a [`Text`].
#[derive(Clone, Debug)]
pub struct Chars<'a> {
    rest: core::str::Chars<'a>,
    escaped: bool,
}

impl Iterator for Chars<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        let character = self.rest.next()?;
        if !self.escaped || character != '\\' {
            return Some(character);
        }
        Some(match self.rest.next()? {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => self.unicode(),
            other => other, // `"`, `\` and `/` stand for themselves; the scanner let nothing else pass
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.rest.size_hint().1)
    }
}

impl Chars<'_> {
    fn unicode(&mut self) -> char {
        let unit = self.hex();
        if !(0xd800..0xdc00).contains(&unit) {
            return char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER);
        }
        let mut ahead = self.clone();
        if (ahead.rest.next(), ahead.rest.next()) != (Some('\\'), Some('u')) {
            return char::REPLACEMENT_CHARACTER;
        }
        let low = ahead.hex();
        if !(0xdc00..0xe000).contains(&low) {
            return char::REPLACEMENT_CHARACTER;
        }
        *self = ahead;
        let point = ((unit & 0x3ff) << 10 | low & 0x3ff).wrapping_add(0x10000);
        char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    fn hex(&mut self) -> u32 {
        let mut value = 0u32;
        for _ in 0..4 {
            value = value << 4 | self.rest.next().and_then(|digit| digit.to_digit(16)).unwrap_or(0);
        }
        value
    }
}
