//! How typed reading of arguments and bodies fails.

use crate::json::write::Digits;
use crate::json::{Cursor, Expected, FromJson, Kind, Mismatch, Raw};
use core::fmt;

/// Reads arguments or a body as a `T`. Without `raw`, or if it is `null`, the value is what an absent `T` stands for, or
/// what is read from an empty object. `root` is where the path to a wrong member begins.
pub(crate) fn read<'b, T: FromJson<'b>>(root: &'static str, raw: Option<Raw<'b>>) -> Result<T, MemberError<'b>> {
    let text = match raw.filter(|raw| !raw.is_null()) {
        Some(raw) => raw.text(),
        None => match T::absent() {
            Some(value) => return Ok(value),
            None => "{}",
        },
    };
    T::read(&mut Cursor::accepted(text)).map_err(|mismatch| MemberError { root, text, mismatch })
}

/// A member of arguments or of a body is missing or not what it should be. The sender's fault: a request is answered
/// with it.
///
/// It keeps a place in the text; the path to it is found when the error is printed.
#[derive(Clone, Copy, Debug)]
pub struct MemberError<'b> {
    root: &'static str,
    text: &'b str,
    mismatch: Mismatch<'b>,
}

impl<'b> MemberError<'b> {
    /// What was expected.
    #[must_use]
    pub const fn expected(&self) -> Expected {
        self.mismatch.expected
    }

    /// What was found, unless a member is missing.
    #[must_use]
    pub fn found(&self) -> Option<Raw<'b>> {
        match self.mismatch.expected {
            Expected::Member(_) => None,
            _ => Some(Cursor::accepted(self.mismatch.at).raw()),
        }
    }

    /// Tells the error piece by piece, without `core::fmt`: the path, what was expected, what was found.
    pub fn describe(&self, say: &mut dyn FnMut(&str)) {
        say(self.root);
        self.path(say);
        say(": ");
        let Some(found) = self.found() else {
            self.mismatch.expected.describe(say);
            return say(" is missing");
        };
        say("expected ");
        self.mismatch.expected.describe(say);
        if let (Expected::Integer { min, max }, Kind::Number) = (self.mismatch.expected, found.kind()) {
            say(" from ");
            number(min, say);
            say(" to ");
            number(max, say);
        }
        say(", found ");
        match (found.kind(), self.mismatch.expected) {
            // Words and numbers that are nearly right are worth showing, unless they are long.
            (Kind::Number, _) | (Kind::String, Expected::Word(_)) if found.text().len() <= 24 => say(found.text()),
            (kind, _) => say(kind.name()),
        }
    }

    /// Walks down from the outermost value to the one at fault, and tells each step.
    fn path(&self, say: &mut dyn FnMut(&str)) {
        let start = self.text.as_ptr().addr();
        let target = self.mismatch.at.as_ptr().addr().wrapping_sub(start);
        let offset = |cursor: &Cursor<'b>| cursor.rest().as_ptr().addr().wrapping_sub(start);
        let mut cursor = Cursor::accepted(self.text);
        // Each round goes one level deeper, so there are as many as levels.
        'level: while target < self.text.len() && offset(&cursor) < target {
            let kind = cursor.kind();
            let is_object = kind == Some(Kind::Object);
            if !matches!(kind, Some(Kind::Object | Kind::Array)) || cursor.object().or_else(|_| cursor.array()).is_err()
            {
                return;
            }
            let mut index = 0u64;
            loop {
                let key = match is_object {
                    true => match cursor.member() {
                        Some(key) => Some(key),
                        None => return,
                    },
                    false if cursor.element() => None,
                    false => return,
                };
                let mut behind = cursor;
                // `kind` passes the space in front of the value.
                cursor.kind();
                behind.raw();
                if target < offset(&behind) {
                    match key {
                        Some(key) => {
                            say(".");
                            say(key.name(&mut crate::json::Key::buffer()));
                        }
                        None => {
                            say("[");
                            say(Digits::new(index).as_str());
                            say("]");
                        }
                    }
                    continue 'level;
                }
                cursor = behind;
                index = index.saturating_add(1);
            }
        }
    }
}

fn number(value: i64, say: &mut dyn FnMut(&str)) {
    if value < 0 {
        say("-");
    }
    say(Digits::new(value.unsigned_abs()).as_str());
}

impl fmt::Display for MemberError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::json::display(f, |say| self.describe(say))
    }
}

impl core::error::Error for MemberError<'_> {}
