//! Values that are passed on unread.

use super::cursor::kind_at;
use super::{Cursor, FromJson, Kind, Mismatch, SyntaxError, Text, ToJson};
use crate::output::{Full, Output};

/// One JSON value, unread: the text from its first byte to its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<'a>(&'a str);

impl<'a> Raw<'a> {
    /// The value in `text`, which is checked: it has to be one whole JSON value within the depth limit.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn new(text: &'a str) -> Result<Self, SyntaxError> {
        super::check(text.as_bytes(), super::MAX_DEPTH).map(|text| Self(text.trim_ascii()))
    }

    /// A value that the scanner has accepted.
    pub(crate) const fn accepted(text: &'a str) -> Self {
        Self(text)
    }

    /// The text of the value.
    #[must_use]
    pub const fn text(&self) -> &'a str {
        self.0
    }

    /// What kind of value it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        kind_at(self.0).unwrap_or(Kind::Null)
    }

    /// Reads it as a `T`.
    ///
    /// # Errors
    ///
    /// Which value inside is not what it should be.
    pub fn read<T: FromJson<'a>>(&self) -> Result<T, Mismatch<'a>> {
        T::read(&mut Cursor::accepted(self.0))
    }

    /// The string, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<Text<'a>> {
        self.read().ok()
    }

    /// The members of an object that have these names, unread; `None` for what is absent or `null`, and for all of what is
    /// no object. If one comes twice, the last counts.
    ///
    /// For those who want few members and little code; [`read`](Self::read) makes a type of DAP of all of them.
    ///
    /// ```
    /// use dapstub::json::Raw;
    ///
    /// let raw = Raw::new(r#"{"name":"n","column":null,"line":7}"#)?;
    /// let [line, column] = raw.members(["line", "column"]);
    /// assert_eq!(line.unwrap().read::<u64>().ok(), Some(7));
    /// assert_eq!(column, None);
    /// # Ok::<(), dapstub::json::SyntaxError>(())
    /// ```
    #[must_use]
    pub fn members<const N: usize>(&self, names: [&str; N]) -> [Option<Self>; N] {
        let mut found = [None; N];
        self.pick(&names, &mut found);
        found
    }

    #[inline(never)]
    fn pick(&self, names: &[&str], found: &mut [Option<Self>]) {
        let mut cursor = Cursor::accepted(self.0);
        if cursor.object().is_err() {
            return;
        }
        while let Some(key) = cursor.member() {
            let value = cursor.raw();
            for (name, place) in names.iter().zip(found.iter_mut()) {
                if key.text() == *name {
                    *place = (!value.is_null()).then_some(value);
                }
            }
        }
    }

    /// Whether it is the literal `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.kind() == Kind::Null
    }
}

impl Default for Raw<'_> {
    fn default() -> Self {
        Self("null")
    }
}

impl ToJson for Raw<'_> {
    fn write<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), Full> {
        out.push(self.0.as_bytes())
    }
}

impl<'a> FromJson<'a> for Raw<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Mismatch<'a>> {
        Ok(cursor.raw())
    }
}
