//! Objects whose members have names of the sender's choice.

use super::items::between;
use super::{Cursor, FromJson, Mismatch, Raw, Text, ToJson};
use crate::output::{Full, Output};
use core::fmt;
use core::marker::PhantomData;

#[derive(Clone, Copy)]
enum From<'a, T> {
    Text(&'a str),
    Slice(&'a [(Text<'a>, T)]),
}

/// An object as a list of names and values, all of one type. The values were checked when it was read, so that
/// iterating over them cannot fail.
///
/// Nothing is collected: an entry is made from the text when the iterator comes to it.
///
/// ```
/// use dapstub::json::{Entries, Raw, Text, ToJson};
///
/// let env: Entries<Option<Text>> = Raw::new(r#"{"PATH":"/bin","HOME":null}"#)?.read().unwrap();
/// assert_eq!(env.get("PATH"), Some(Some("/bin".into())));
/// assert_eq!(env.get("HOME"), Some(None));
/// assert_eq!(env.get("LANG"), None);
///
/// let mut out = heapless::Vec::<u8, 64>::new();
/// Entries::new(&[("LANG".into(), Some(Text::plain("C"))), ("HOME".into(), None)]).write(&mut out).unwrap();
/// assert_eq!(out, br#"{"LANG":"C","HOME":null}"#);
/// # Ok::<(), dapstub::json::SyntaxError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Entries<'a, T>(From<'a, T>);

impl<'a, T> Entries<'a, T> {
    /// An object to be written.
    #[must_use]
    pub const fn new(entries: &'a [(Text<'a>, T)]) -> Self {
        Self(From::Slice(entries))
    }

    /// The JSON text, if it was read.
    #[must_use]
    pub const fn raw(&self) -> Option<Raw<'a>> {
        match self.0 {
            From::Text(text) => Some(Raw::accepted(text)),
            From::Slice(_) => None,
        }
    }
}

impl<'a, T: FromJson<'a> + Copy> Entries<'a, T> {
    /// Names and values, in order. A name that comes twice is given twice.
    #[must_use]
    pub fn iter(&self) -> EntriesIter<'a, T> {
        let text = match self.0 {
            From::Text(text) => {
                let mut cursor = Cursor::accepted(text);
                cursor.object().is_ok().then_some(cursor)
            }
            From::Slice(_) => None,
        };
        let slice = match self.0 {
            From::Text(_) => [].iter(),
            From::Slice(entries) => entries.iter(),
        };
        EntriesIter {
            slice,
            text,
            of: PhantomData,
        }
    }

    /// The value of this name; the last one, if it comes twice. Walks the text.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<T> {
        self.iter()
            .filter(|(key, _)| key == name)
            .last()
            .map(|(_, value)| value)
    }
}

/// The names and values of an [`Entries`].
#[derive(Clone)]
pub struct EntriesIter<'a, T> {
    slice: core::slice::Iter<'a, (Text<'a>, T)>,
    text: Option<Cursor<'a>>,
    of: PhantomData<T>,
}

impl<'a, T: FromJson<'a> + Copy> Iterator for EntriesIter<'a, T> {
    type Item = (Text<'a>, T);

    fn next(&mut self) -> Option<Self::Item> {
        let Some(cursor) = &mut self.text else {
            return self.slice.next().copied();
        };
        let name = cursor.member()?.text();
        Some((name, T::read(cursor).ok()?))
    }
}

impl<'a, T: FromJson<'a>> FromJson<'a> for Entries<'a, T> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Mismatch<'a>> {
        cursor.kind();
        let text = cursor.rest();
        cursor.object()?;
        while cursor.member().is_some() {
            T::read(cursor)?;
        }
        Ok(Self(From::Text(between(text, cursor))))
    }
}

impl<T: ToJson> ToJson for Entries<'_, T> {
    fn write<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), Full> {
        let entries = match self.0 {
            From::Text(text) => return Raw::accepted(text).write(out),
            From::Slice(entries) => entries,
        };
        out.push(b"{")?;
        for (index, (name, value)) in entries.iter().enumerate() {
            if index > 0 {
                out.push(b",")?;
            }
            name.write(out)?;
            out.push(b":")?;
            value.write(out)?;
        }
        out.push(b"}")
    }
}

impl<'a, T> core::convert::From<&'a [(Text<'a>, T)]> for Entries<'a, T> {
    fn from(entries: &'a [(Text<'a>, T)]) -> Self {
        Self::new(entries)
    }
}

impl<T> Default for Entries<'_, T> {
    fn default() -> Self {
        Self::new(&[])
    }
}

/// Compared entry by entry, in order.
impl<'a, T: FromJson<'a> + Copy + PartialEq> PartialEq for Entries<'a, T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'a, T: FromJson<'a> + Copy> IntoIterator for Entries<'a, T> {
    type Item = (Text<'a>, T);
    type IntoIter = EntriesIter<'a, T>;

    fn into_iter(self) -> EntriesIter<'a, T> {
        self.iter()
    }
}

impl<T: fmt::Debug> fmt::Debug for Entries<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            From::Text(text) => f.write_str(text),
            From::Slice(entries) => f
                .debug_map()
                .entries(entries.iter().map(|(name, value)| (name, value)))
                .finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::SliceOutput;
    use std::format;
    use std::vec::Vec;

    fn read<'a, T: FromJson<'a>>(json: &'a str) -> Result<Entries<'a, T>, Mismatch<'a>> {
        Raw::new(json).unwrap().read()
    }

    #[test]
    fn names_are_compared_decoded() {
        let entries = read::<i32>("{ \"a\" : 1 ,\n\"\\u0062\\\"\":2, \"a\":3 }").unwrap();
        assert_eq!(entries.iter().count(), 3);
        assert_eq!(
            (entries.get("a"), entries.get("b\""), entries.get("c")),
            (Some(3), Some(2), None)
        );
        let same = [("a".into(), 1), ("b\"".into(), 2), ("a".into(), 3)];
        assert_eq!(entries, Entries::new(&same));
        assert_ne!(entries, Entries::new(&same[..2]));
        assert_eq!(read::<i32>("{}").unwrap(), Entries::default());
    }

    #[test]
    fn what_is_written_can_be_read() {
        let entries = [("".into(), Some(Text::plain("\n"))), ("\u{1}\"é".into(), None)];
        let mut storage = [0; 64];
        let mut out = SliceOutput::new(&mut storage);
        Entries::new(&entries).write(&mut out).unwrap();
        let json = core::str::from_utf8(out.written()).unwrap();
        assert_eq!(json, r#"{"":"\n","\u0001\"é":null}"#);
        let again = read::<Option<Text<'_>>>(json).unwrap();
        assert_eq!(again.into_iter().collect::<Vec<_>>(), entries);
        assert_eq!(format!("{again:?}"), json);
        assert_eq!(again.raw().unwrap().text(), json);
    }

    #[test]
    fn wrong_values_are_found_when_it_is_read() {
        for (json, at) in [
            ("[]", "[]"),
            (r#"{"a":1,"b":"2"}"#, r#""2"}"#),
            (r#"{"a":null}"#, "null}"),
        ] {
            assert_eq!(read::<i32>(json).unwrap_err().at, at);
        }
    }
}
