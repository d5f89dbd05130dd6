//! Bytes inside of messages: base64 with padding, RFC 4648, section 4.

use crate::json::{Chars, Cursor, Expected, FromJson, Mismatch, Text, ToJson};
use crate::output::{Full, Output};

/// Bytes as a message holds them: base64 that was read, or bytes to be written so.
///
/// What is read is checked whole (alphabet, padding, no stray bits), so that walking over the bytes cannot fail. Nothing
/// is copied either way.
///
/// ```
/// use dapstub::json::{Raw, ToJson};
/// use dapstub::protocol::Base64;
///
/// let mut out = heapless::Vec::<u8, 16>::new();
/// Base64::new(b"DAP\0").write(&mut out)?;
/// assert_eq!(out, b"\"REFQAA==\"");
/// let read: Base64 = Raw::new("\"REFQAA==\"").unwrap().read().unwrap();
/// assert!(read.bytes().eq(*b"DAP\0"));
/// # Ok::<(), dapstub::output::Full>(())
/// ```
#[derive(Clone, Copy)]
pub struct Base64<'a>(Form<'a>);

#[derive(Clone, Copy)]
enum Form<'a> {
    Read(Text<'a>),
    Plain(&'a [u8]),
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

impl<'a> Base64<'a> {
    /// Bytes to be written.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(Form::Plain(bytes))
    }

    /// The bytes in order.
    #[must_use]
    pub fn bytes(&self) -> Base64Bytes<'a> {
        let (plain, digits) = match self.0 {
            Form::Plain(bytes) => (bytes, Text::default()),
            Form::Read(text) => ([].as_slice(), text),
        };
        Base64Bytes {
            plain: plain.iter(),
            digits: digits.chars(),
            bits: 0,
            count: 0,
        }
    }

    /// How many bytes there are. Walks the text.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes().count()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes().next().is_none()
    }
}

impl Default for Base64<'_> {
    fn default() -> Self {
        Self::new(&[])
    }
}

impl PartialEq for Base64<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes().eq(other.bytes())
    }
}

impl Eq for Base64<'_> {}

impl core::fmt::Debug for Base64<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.bytes()).finish()
    }
}

/// The bytes of a [`Base64`].
#[derive(Clone, Debug)]
pub struct Base64Bytes<'a> {
    plain: core::slice::Iter<'a, u8>,
    digits: Chars<'a>,
    /// Bits that are not a whole byte yet, and how many.
    bits: u16,
    count: u32,
}

impl Iterator for Base64Bytes<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        if let Some(byte) = self.plain.next() {
            return Some(*byte);
        }
        while self.count < 8 {
            let value = digit(self.digits.next()?)?;
            self.bits = self.bits << 6 | u16::from(value);
            self.count = self.count.wrapping_add(6);
        }
        self.count = self.count.wrapping_sub(8);
        Some((self.bits >> self.count) as u8)
    }
}

fn digit(character: char) -> Option<u8> {
    Some(match character {
        'A'..='Z' => (character as u8).wrapping_sub(b'A'),
        'a'..='z' => (character as u8).wrapping_sub(b'a').wrapping_add(26),
        '0'..='9' => (character as u8).wrapping_sub(b'0').wrapping_add(52),
        '+' => 62,
        '/' => 63,
        _ => return None,
    })
}

/// Whether `text` is base64: whole groups of four, padded, and the bits behind the last byte are 0.
fn is_base64(text: Text<'_>) -> bool {
    let (mut digits, mut padding, mut last) = (0usize, 0usize, 0u8);
    for character in text.chars() {
        match digit(character) {
            Some(value) if padding == 0 => {
                last = value;
                digits = digits.wrapping_add(1);
            }
            None if character == '=' => padding = padding.wrapping_add(1),
            _ => return false,
        }
    }
    match (digits % 4, padding) {
        (0, 0) => true,
        (2, 2) => last & 0x0f == 0,
        (3, 1) => last & 0x03 == 0,
        _ => false,
    }
}

impl<'a> FromJson<'a> for Base64<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Mismatch<'a>> {
        let start = *cursor;
        let text = cursor.string()?;
        if is_base64(text) {
            Ok(Self(Form::Read(text)))
        } else {
            Err(start.mismatch(Expected::Base64))
        }
    }
}

impl ToJson for Base64<'_> {
    fn write<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), Full> {
        let bytes = match self.0 {
            Form::Read(text) => return text.write(out),
            Form::Plain(bytes) => bytes,
        };
        out.push(b"\"")?;
        let (groups, rest) = bytes.as_chunks::<3>();
        for &[first, second, third] in groups {
            out.push(&group(first, second, third))?;
        }
        match *rest {
            [first] => {
                let [one, two, ..] = group(first, 0, 0);
                out.push(&[one, two, b'=', b'='])?;
            }
            [first, second] => {
                let [one, two, three, _] = group(first, second, 0);
                out.push(&[one, two, three, b'='])?;
            }
            _ => {}
        }
        out.push(b"\"")
    }
}

/// The four digits of three bytes.
fn group(first: u8, second: u8, third: u8) -> [u8; 4] {
    let bits = u32::from_be_bytes([0, first, second, third]);
    [18, 12, 6, 0].map(|shift| ALPHABET.get((bits >> shift & 63) as usize).copied().unwrap_or(b'='))
}

#[cfg(test)]
impl super::schema::shape::Shaped for Base64<'_> {
    fn shape() -> super::schema::shape::Shape {
        <Text<'_> as super::schema::shape::Shaped>::shape()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Raw;
    use std::vec::Vec;

    /// The test vectors of RFC 4648, section 10, and what else matters of its alphabet.
    const VECTORS: [(&[u8], &str); 8] = [
        (b"", ""),
        (b"f", "Zg=="),
        (b"fo", "Zm8="),
        (b"foo", "Zm9v"),
        (b"foob", "Zm9vYg=="),
        (b"fooba", "Zm9vYmE="),
        (b"foobar", "Zm9vYmFy"),
        (b"\xfb\xef\xff\x00", "++//AA=="),
    ];

    #[test]
    fn vectors_of_the_rfc() {
        for (bytes, text) in VECTORS {
            let json = std::format!("\"{text}\"");
            let mut out = heapless::Vec::<u8, 64>::new();
            Base64::new(bytes).write(&mut out).unwrap();
            assert_eq!(out, json.as_bytes());
            let read: Base64<'_> = Raw::new(&json).unwrap().read().unwrap();
            assert_eq!(read.bytes().collect::<Vec<_>>(), bytes);
            assert_eq!(
                (read, read.len(), read.is_empty()),
                (Base64::new(bytes), bytes.len(), bytes.is_empty())
            );
        }
    }

    #[test]
    fn escaped_digits_are_digits() {
        let read: Base64<'_> = Raw::new(r#""\u0041A\/\/""#).unwrap().read().unwrap();
        assert_eq!(read.bytes().collect::<Vec<_>>(), [0, 15, 255]);
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "A", "AA", "AAA", "AA=", "A===", "AAAA=", "====", "AA==AA==", "AB==", "AAB=", "AA A", "AA-_", "é===",
        ] {
            let json = std::format!("\"{text}\"");
            let error = Raw::new(&json).unwrap().read::<Base64<'_>>().unwrap_err();
            assert_eq!(error.expected, Expected::Base64, "{text}");
        }
        assert_eq!(
            Raw::new("1").unwrap().read::<Base64<'_>>().unwrap_err().expected,
            Expected::String
        );
    }
}
