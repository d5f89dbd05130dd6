//! Typed reading of text that the scanner has accepted.

use super::{Expected, Mismatch, Raw, Text, bytes};

/// The kinds of JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// The name of a member, decoded where it has escapes.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a>(Text<'a>);

/// No member that DAP defines has a longer name.
const KEY_ROOM: usize = 48;

impl<'a> Key<'a> {
    /// The name for a `match`; a name with escapes is decoded into `buffer`, and one too long for it is no name we
    /// know.
    pub fn name<'s>(&self, buffer: &'s mut [u8; KEY_ROOM]) -> &'s str
    where
        'a: 's,
    {
        self.0.decode(buffer).unwrap_or_default()
    }

    /// A buffer for [`name`](Self::name).
    #[must_use]
    pub const fn buffer() -> [u8; KEY_ROOM] {
        [0; KEY_ROOM]
    }

    /// The name as text.
    #[must_use]
    pub const fn text(&self) -> Text<'a> {
        self.0
    }
}

/// A place in text that the scanner has accepted.
///
/// On such text a reader never meets a syntax error. On any other the cursor still neither panics nor loops: it runs to
/// the end of the text and reports what it did not find.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// At the beginning of `value`.
    #[must_use]
    pub const fn new(value: Raw<'a>) -> Self {
        Self::accepted(value.text())
    }

    pub(crate) const fn accepted(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The text from here on.
    #[must_use]
    pub fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next byte that is no white space, not yet passed; 0 at the end of the text.
    #[cfg_attr(feature = "optimize_for_size", inline(never))]
    #[cfg_attr(not(feature = "optimize_for_size"), inline(always))]
    fn token(&mut self) -> u8 {
        let (byte, at) = bytes::token(self.text.as_bytes(), self.at);
        self.at = at;
        byte
    }

    #[inline(always)]
    fn advance(&mut self) {
        self.at = self.at.wrapping_add(1);
    }

    /// Passes `byte` and the space in front of it, if it comes next.
    #[cfg_attr(feature = "optimize_for_size", inline(never))]
    #[cfg_attr(not(feature = "optimize_for_size"), inline(always))]
    fn eat(&mut self, byte: u8) -> bool {
        let here = self.token() == byte;
        if here {
            self.advance();
        }
        here
    }

    /// The kind of the value that comes next.
    pub fn kind(&mut self) -> Option<Kind> {
        kind_of(self.token())
    }

    /// The error that says `expected`, here.
    #[cold]
    #[inline(never)]
    pub fn mismatch(mut self, expected: Expected) -> Mismatch<'a> {
        self.token();
        Mismatch {
            at: self.rest(),
            expected,
        }
    }

    /// Passes `null`, if it comes next.
    #[cfg_attr(feature = "optimize_for_size", inline(never))]
    #[cfg_attr(not(feature = "optimize_for_size"), inline(always))]
    pub fn null(&mut self) -> bool {
        let here = self.token() == b'n';
        if here {
            self.at = bytes::scalar_end(self.text.as_bytes(), self.at);
        }
        here
    }

    /// Enters an object; then ask [`member`](Self::member) until it has no more.
    ///
    /// # Errors
    ///
    /// The next value is something else.
    pub fn object(&mut self) -> Result<(), Mismatch<'a>> {
        if self.eat(b'{') {
            Ok(())
        } else {
            Err(self.mismatch(Expected::Object))
        }
    }

    /// The next member of the object entered last. Read or pass its value before asking again.
    #[cfg_attr(feature = "optimize_for_size", inline(never))]
    #[cfg_attr(not(feature = "optimize_for_size"), inline(always))]
    pub fn member(&mut self) -> Option<Key<'a>> {
        let mut byte = self.token();
        if byte == b',' {
            self.advance();
            byte = self.token();
        }
        if byte != b'"' {
            if byte == b'}' {
                self.advance();
            }
            return None;
        }
        let key = self.quoted();
        self.eat(b':').then_some(Key(key))
    }

    /// Enters an array; then ask [`element`](Self::element) in front of each value.
    ///
    /// # Errors
    ///
    /// The next value is something else.
    pub fn array(&mut self) -> Result<(), Mismatch<'a>> {
        if self.eat(b'[') {
            Ok(())
        } else {
            Err(self.mismatch(Expected::Array))
        }
    }

    /// Whether there is another element in the array entered last. Read or pass it before asking again.
    #[cfg_attr(feature = "optimize_for_size", inline(never))]
    #[cfg_attr(not(feature = "optimize_for_size"), inline(always))]
    pub fn element(&mut self) -> bool {
        match self.token() {
            b']' => {
                self.advance();
                false
            }
            b',' => {
                self.advance();
                self.token() != 0
            }
            byte => byte != 0,
        }
    }

    /// Reads a string.
    ///
    /// # Errors
    ///
    /// The next value is something else.
    #[cfg_attr(feature = "optimize_for_size", inline(never))]
    #[cfg_attr(not(feature = "optimize_for_size"), inline(always))]
    pub fn string(&mut self) -> Result<Text<'a>, Mismatch<'a>> {
        if self.token() == b'"' {
            Ok(self.quoted())
        } else {
            Err(self.mismatch(Expected::String))
        }
    }

    /// Passes a string, at whose opening quote this is.
    #[cfg_attr(feature = "optimize_for_size", inline(never))]
    #[cfg_attr(not(feature = "optimize_for_size"), inline(always))]
    fn quoted(&mut self) -> Text<'a> {
        let start = self.at.wrapping_add(1);
        let (end, escaped) = bytes::string_end(self.text.as_bytes(), start);
        self.at = end.wrapping_add(1);
        Text::accepted_as(self.text.get(start..end).unwrap_or_default(), escaped)
    }

    /// Reads a boolean.
    ///
    /// # Errors
    ///
    /// The next value is something else.
    pub fn boolean(&mut self) -> Result<bool, Mismatch<'a>> {
        let value = match self.token() {
            b't' => true,
            b'f' => false,
            _ => return Err(self.mismatch(Expected::Boolean)),
        };
        self.at = bytes::scalar_end(self.text.as_bytes(), self.at);
        Ok(value)
    }

    /// Reads an integer between `min` and `max`, both included. A fraction or an exponent, even one of no effect, is
    /// refused, and so is anything of more than 18 digits.
    ///
    /// # Errors
    ///
    /// The next value is something else.
    #[cfg_attr(feature = "optimize_for_size", inline(never))]
    #[cfg_attr(not(feature = "optimize_for_size"), inline(always))]
    pub fn integer(&mut self, min: i64, max: i64) -> Result<i64, Mismatch<'a>> {
        self.token();
        let (value, end) = bytes::integer(self.text.as_bytes(), self.at);
        if end == 0 || value < min || max < value {
            return Err(self.mismatch(Expected::Integer { min, max }));
        }
        self.at = end;
        Ok(value)
    }

    /// Passes the next value and returns it unread.
    pub fn raw(&mut self) -> Raw<'a> {
        let bytes = self.text.as_bytes();
        let (first, start) = bytes::token(bytes, self.at);
        let end = match first {
            b'"' => bytes::string_end(bytes, start.wrapping_add(1)).0.wrapping_add(1),
            b'{' | b'[' => bytes::nested_end(bytes, start),
            // Asked where no value begins, it gets further all the same.
            _ => bytes::scalar_end(bytes, start).max(start.wrapping_add(1)),
        };
        self.at = end.min(bytes.len());
        Raw::accepted(self.text.get(start..self.at).unwrap_or_default())
    }
}

pub(super) fn kind_at(text: &str) -> Option<Kind> {
    kind_of(*text.as_bytes().first()?)
}

fn kind_of(byte: u8) -> Option<Kind> {
    Some(match byte {
        b'{' => Kind::Object,
        b'[' => Kind::Array,
        b'"' => Kind::String,
        b't' | b'f' => Kind::Boolean,
        b'n' => Kind::Null,
        b'-' | b'0'..=b'9' => Kind::Number,
        _ => return None,
    })
}
