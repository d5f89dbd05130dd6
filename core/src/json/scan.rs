//! The one pass over a message: RFC 8259, checked strictly, with bounded depth and without recursion.

use super::envelope::{Envelope, Member};
use super::{Fault, SyntaxError, Text};

/// How deep arrays and objects may be nested, the outermost counted as 1. The open brackets are kept as bits of a
/// `u64`, so a caller can ask for less, not for more.
pub const MAX_DEPTH: usize = 64;

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
    let mut scanner = Scanner::new(text, depth);
    scanner.skip_space();
    let result = if scanner.peek().is_some_and(|byte| byte != b'{') {
        scanner.fail(Fault::NotAnObject)
    } else {
        scanner.document(&mut envelope)
    };
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
    verdict(Scanner::new(text, depth).document(&mut Ignore), torn).map(|()| text)
}

/// Whether `raw` could stand between the quotes of a JSON string.
pub(super) fn is_string_inside(raw: &str) -> bool {
    let mut scanner = Scanner::new(raw, 0);
    // Without a closing quote the scan ends at the end of the text, which is just what is wanted here.
    matches!(scanner.string_inside(), Err(SyntaxError { fault: Fault::UnexpectedEnd, at }) if at == raw.len())
        && !scanner.in_escape
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

/// Is told of each member of the outermost object.
pub(super) trait Visit<'b> {
    /// A key; says under which name its value is to be recorded. An error is the fault of a key.
    fn key(&mut self, key: Text<'b>) -> Result<Option<Member>, Fault>;
    /// The value of such a key, complete.
    fn value(&mut self, member: Member, value: &'b str);
}

struct Ignore;

impl<'b> Visit<'b> for Ignore {
    fn key(&mut self, _: Text<'b>) -> Result<Option<Member>, Fault> {
        Ok(None)
    }

    fn value(&mut self, _: Member, _: &'b str) {}
}

/// What may come next.
#[derive(Clone, Copy, PartialEq)]
enum Next {
    Value,
    ElementOrEnd,
    Key,
    KeyOrEnd,
    After,
}

struct Scanner<'b> {
    text: &'b str,
    at: usize,
    limit: usize,
    depth: usize,
    /// One bit for each open bracket, the innermost lowest: 1 is an object.
    open: u64,
    /// The string ended in the middle of an escape.
    in_escape: bool,
}

impl<'b> Scanner<'b> {
    fn new(text: &'b str, limit: usize) -> Self {
        Self {
            text,
            at: 0,
            limit: limit.min(MAX_DEPTH),
            depth: 0,
            open: 0,
            in_escape: false,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn advance(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    fn fail<T>(&self, fault: Fault) -> Result<T, SyntaxError> {
        let fault = if self.at >= self.text.len() {
            Fault::UnexpectedEnd
        } else {
            fault
        };
        Err(SyntaxError { fault, at: self.at })
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.advance();
        }
    }

    fn document<V: Visit<'b>>(&mut self, visit: &mut V) -> Result<(), SyntaxError> {
        let mut next = Next::Value;
        let mut member = None;
        let mut value_start = 0;
        loop {
            self.skip_space();
            let Some(byte) = self.peek() else {
                return if self.depth == 0 && next == Next::After {
                    Ok(())
                } else {
                    self.fail(Fault::UnexpectedEnd)
                };
            };
            next = match (next, byte) {
                (Next::Value | Next::ElementOrEnd, b'{') => self.open(true)?,
                (Next::Value | Next::ElementOrEnd, b'[') => self.open(false)?,
                (Next::ElementOrEnd, b']') | (Next::KeyOrEnd, b'}') => self.close(),
                (Next::Value | Next::ElementOrEnd, _) => self.scalar(byte)?,
                (Next::Key | Next::KeyOrEnd, b'"') => {
                    let key_start = self.at;
                    let key = self.string()?;
                    self.skip_space();
                    if self.peek() != Some(b':') {
                        return self.fail(Fault::Unexpected);
                    }
                    if self.depth == 1 {
                        member = visit.key(key).map_err(|fault| SyntaxError { fault, at: key_start })?;
                    }
                    self.advance();
                    self.skip_space();
                    if self.depth == 1 {
                        value_start = self.at;
                    }
                    Next::Value
                }
                (Next::Key | Next::KeyOrEnd, _) => return self.fail(Fault::Unexpected),
                (Next::After, _) if self.depth == 0 => return self.fail(Fault::TrailingData),
                (Next::After, _) => {
                    let in_object = self.open & 1 == 1;
                    let next = match (byte, in_object) {
                        (b',', true) => Next::Key,
                        (b',', false) => Next::Value,
                        (b'}', true) | (b']', false) => Next::After,
                        _ => return self.fail(Fault::Unexpected),
                    };
                    if self.depth == 1
                        && let Some(member) = member.take()
                    {
                        // Trailing space belongs to nobody.
                        let value = self.text.get(value_start..self.at).unwrap_or_default();
                        visit.value(member, value.trim_ascii_end());
                    }
                    if next == Next::After {
                        self.close()
                    } else {
                        self.advance();
                        next
                    }
                }
            };
        }
    }

    fn open(&mut self, object: bool) -> Result<Next, SyntaxError> {
        if self.depth >= self.limit {
            return self.fail(Fault::TooDeep { limit: self.limit });
        }
        self.depth = self.depth.saturating_add(1);
        self.open = self.open << 1 | u64::from(object);
        self.advance();
        Ok(if object { Next::KeyOrEnd } else { Next::ElementOrEnd })
    }

    fn close(&mut self) -> Next {
        self.depth = self.depth.saturating_sub(1);
        self.open >>= 1;
        self.advance();
        Next::After
    }

    fn scalar(&mut self, byte: u8) -> Result<Next, SyntaxError> {
        match byte {
            b'"' => self.string().map(drop)?,
            b'-' | b'0'..=b'9' => self.number()?,
            b't' => self.literal(b"true")?,
            b'f' => self.literal(b"false")?,
            b'n' => self.literal(b"null")?,
            _ => return self.fail(Fault::Unexpected),
        }
        Ok(Next::After)
    }

    fn literal(&mut self, word: &[u8]) -> Result<(), SyntaxError> {
        for &expected in word {
            if self.peek() != Some(expected) {
                return self.fail(Fault::Unexpected);
            }
            self.advance();
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), SyntaxError> {
        if self.peek() == Some(b'-') {
            self.advance();
        }
        if self.peek() == Some(b'0') {
            self.advance();
            if matches!(self.peek(), Some(b'0'..=b'9')) {
                return self.fail(Fault::BadNumber);
            }
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.advance();
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.advance();
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.advance();
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), SyntaxError> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.advance();
        }
        if self.at == start {
            self.fail(Fault::BadNumber)
        } else {
            Ok(())
        }
    }

    fn string(&mut self) -> Result<Text<'b>, SyntaxError> {
        self.advance();
        let start = self.at;
        let escaped = self.string_inside()?;
        let inside = self.text.get(start..self.at).unwrap_or_default();
        self.advance();
        Ok(Text::accepted_as(inside, escaped))
    }

    /// Goes to the closing quote and says whether there was an escape on the way.
    fn string_inside(&mut self) -> Result<bool, SyntaxError> {
        let mut escaped = false;
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let plain = super::cursor::plain_prefix(rest);
            self.at = self.at.saturating_add(plain);
            match self.peek() {
                Some(b'"') => return Ok(escaped),
                Some(b'\\') => {
                    escaped = true;
                    self.in_escape = true;
                    self.escape()?;
                    self.in_escape = false;
                }
                _ => return self.fail(Fault::ControlCharacter),
            }
        }
    }

    fn escape(&mut self) -> Result<(), SyntaxError> {
        let start = self.at;
        self.advance();
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.advance(),
            Some(b'u') => {
                let half = self.hex()?;
                let whole = match half {
                    0xd800..0xdc00 => {
                        if self.peek() == Some(b'\\') {
                            self.advance();
                        }
                        self.peek() == Some(b'u') && (0xdc00..0xe000).contains(&self.hex()?)
                    }
                    0xdc00..0xe000 => false,
                    _ => true,
                };
                if !whole {
                    self.fail::<()>(Fault::BadEscape).map_err(|end| match end.fault {
                        Fault::UnexpectedEnd => end,
                        fault => SyntaxError { fault, at: start },
                    })?;
                }
            }
            _ => return self.fail(Fault::BadEscape),
        }
        Ok(())
    }

    /// Reads the `u` and four hexadecimal digits.
    fn hex(&mut self) -> Result<u32, SyntaxError> {
        let mut value = 0;
        self.advance();
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|byte| char::from(byte).to_digit(16)) else {
                return self.fail(Fault::BadEscape);
            };
            value = value << 4 | digit;
            self.advance();
        }
        Ok(value)
    }
}
