//! Typed reading of text that the scanner has accepted.

use super::{Expected, Mismatch, Raw, Text};

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

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at = self.at.saturating_add(1);
        }
    }

    /// Passes `byte` and the space in front of it, if it comes next.
    fn eat(&mut self, byte: u8) -> bool {
        self.skip_space();
        let here = self.peek() == Some(byte);
        if here {
            self.at = self.at.saturating_add(1);
        }
        here
    }

    /// The kind of the value that comes next.
    pub fn kind(&mut self) -> Option<Kind> {
        self.skip_space();
        kind_of(self.peek()?)
    }

    /// The error that says `expected`, here.
    #[cold]
    pub fn mismatch(mut self, expected: Expected) -> Mismatch<'a> {
        self.skip_space();
        Mismatch {
            at: self.rest(),
            expected,
        }
    }

    /// Passes `null`, if it comes next.
    pub fn null(&mut self) -> bool {
        let here = self.kind() == Some(Kind::Null);
        if here {
            self.raw();
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
    pub fn member(&mut self) -> Option<Key<'a>> {
        if self.eat(b'}') {
            return None;
        }
        self.eat(b',');
        let key = self.string().ok()?;
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
    pub fn element(&mut self) -> bool {
        if self.eat(b']') {
            return false;
        }
        self.eat(b',');
        self.skip_space();
        self.at < self.text.len()
    }

    /// Reads a string.
    ///
    /// # Errors
    ///
    /// The next value is something else.
    pub fn string(&mut self) -> Result<Text<'a>, Mismatch<'a>> {
        if !self.eat(b'"') {
            return Err(self.mismatch(Expected::String));
        }
        let start = self.at;
        let escaped = self.pass_string();
        let inside = self.text.get(start..self.at).unwrap_or_default();
        self.at = self.at.saturating_add(1);
        Ok(Text::accepted_as(inside, escaped))
    }

    /// Reads a boolean.
    ///
    /// # Errors
    ///
    /// The next value is something else.
    pub fn boolean(&mut self) -> Result<bool, Mismatch<'a>> {
        match self.kind() {
            Some(Kind::Boolean) => Ok(self.raw().text() == "true"),
            _ => Err(self.mismatch(Expected::Boolean)),
        }
    }

    /// Reads an integer between `min` and `max`, both included. A fraction or an exponent, even one of no effect, is
    /// refused.
    ///
    /// # Errors
    ///
    /// The next value is something else.
    pub fn integer(&mut self, min: i64, max: i64) -> Result<i64, Mismatch<'a>> {
        self.skip_space();
        let start = *self;
        self.pass_integer()
            .filter(|value| (min..=max).contains(value))
            .ok_or_else(|| start.mismatch(Expected::Integer { min, max }))
    }

    fn pass_integer(&mut self) -> Option<i64> {
        let negative = self.peek() == Some(b'-');
        if negative {
            self.at = self.at.saturating_add(1);
        }
        let start = self.at;
        let mut value = 0i64;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            value = value
                .checked_mul(10)?
                .checked_add(i64::from(digit.wrapping_sub(b'0')))?;
            self.at = self.at.saturating_add(1);
        }
        let whole = self.at > start && !matches!(self.peek(), Some(b'.' | b'e' | b'E'));
        whole.then_some(if negative { value.wrapping_neg() } else { value })
    }

    /// Passes the next value and returns it unread.
    pub fn raw(&mut self) -> Raw<'a> {
        self.skip_space();
        let start = self.at;
        let mut depth = 0usize;
        loop {
            match self.peek() {
                None => break,
                Some(b'"') => {
                    self.at = self.at.saturating_add(1);
                    self.pass_string();
                    self.at = self.at.saturating_add(1).min(self.text.len());
                }
                Some(b'{' | b'[') => {
                    depth = depth.saturating_add(1);
                    self.at = self.at.saturating_add(1);
                }
                Some(b'}' | b']') => {
                    if depth == 0 {
                        self.step_over_stray(start);
                        break;
                    }
                    depth = depth.saturating_sub(1);
                    self.at = self.at.saturating_add(1);
                }
                Some(b',' | b':' | b' ' | b'\t' | b'\n' | b'\r') => {
                    if depth == 0 {
                        self.step_over_stray(start);
                        break;
                    }
                    self.at = self.at.saturating_add(1);
                    continue;
                }
                Some(_) => self.pass_scalar(),
            }
            if depth == 0 {
                break;
            }
        }
        Raw::accepted(self.text.get(start..self.at).unwrap_or_default())
    }

    /// Text that was not accepted may have a bracket where a value should be; whoever reads on must get further.
    fn step_over_stray(&mut self, start: usize) {
        if self.at == start {
            self.at = self.at.saturating_add(1);
        }
    }

    /// Goes to the closing quote and says whether there was an escape on the way.
    fn pass_string(&mut self) -> bool {
        let mut escaped = false;
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            self.at = self.at.saturating_add(plain_prefix(rest));
            match self.peek() {
                Some(b'\\') => {
                    escaped = true;
                    self.at = self.at.saturating_add(2);
                }
                Some(byte) if byte != b'"' => self.at = self.at.saturating_add(1),
                _ => return escaped,
            }
        }
    }

    fn pass_scalar(&mut self) {
        while let Some(byte) = self.peek() {
            if matches!(
                byte,
                b',' | b':' | b'}' | b']' | b'{' | b'[' | b'"' | b' ' | b'\t' | b'\n' | b'\r'
            ) {
                break;
            }
            self.at = self.at.saturating_add(1);
        }
    }
}

/// How many bytes at the front stand in a string for themselves: no quote, no backslash, no control character.
pub(super) fn plain_prefix(bytes: &[u8]) -> usize {
    let special = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < 0x20;
    bytes.iter().position(special).unwrap_or(bytes.len())
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
