//! Lists inside a message: read from the text one element at a time, or given as a slice to be written.

use super::{Cursor, FromJson, Mismatch, Raw, ToJson, write};
use crate::output::{Full, Output};
use core::fmt;
use core::marker::PhantomData;

#[derive(Clone, Copy)]
enum From<'a, T> {
    Text(&'a str),
    Slice(&'a [T]),
}

/// A list whose elements were checked when it was read, so that iterating over them cannot fail.
///
/// Nothing is collected: an element is made from the text when the iterator comes to it.
#[derive(Clone, Copy)]
pub struct Items<'a, T>(From<'a, T>);

impl<'a, T> Items<'a, T> {
    /// A list to be written.
    #[must_use]
    pub const fn new(items: &'a [T]) -> Self {
        Self(From::Slice(items))
    }
}

impl<'a, T: FromJson<'a> + Copy> Items<'a, T> {
    /// The elements in order.
    #[must_use]
    pub fn iter(&self) -> Iter<'a, T> {
        Iter(Walk::new(&self.0))
    }

    /// How many there are. Walks the text.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

impl<'a, T: FromJson<'a>> FromJson<'a> for Items<'a, T> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Mismatch<'a>> {
        let text = cursor.rest();
        cursor.array()?;
        while cursor.element() {
            T::read(cursor)?;
        }
        Ok(Self(From::Text(between(text, cursor))))
    }
}

/// A list whose elements are read, and checked, only when the iterator comes to them. For types that contain
/// themselves, where checking at once would recurse as deep as the sender likes.
#[derive(Clone, Copy)]
pub struct Nested<'a, T>(From<'a, T>);

impl<'a, T> Nested<'a, T> {
    /// A list to be written.
    #[must_use]
    pub const fn new(items: &'a [T]) -> Self {
        Self(From::Slice(items))
    }
}

impl<'a, T: FromJson<'a> + Copy> Nested<'a, T> {
    /// The elements in order; the first one that is wrong is the last.
    #[must_use]
    pub fn iter(&self) -> NestedIter<'a, T> {
        NestedIter(Walk::new(&self.0))
    }
}

impl<'a, T> FromJson<'a> for Nested<'a, T> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Mismatch<'a>> {
        let mut inside = *cursor;
        inside.array()?;
        Ok(Self(From::Text(cursor.raw().text())))
    }
}

/// What stands between the beginning of `text` and `end`, which is inside of it.
pub(super) fn between<'a>(text: &'a str, end: &Cursor<'a>) -> &'a str {
    text.get(..text.len().saturating_sub(end.rest().len()))
        .unwrap_or_default()
}

struct Walk<'a, T> {
    slice: core::slice::Iter<'a, T>,
    text: Option<Cursor<'a>>,
    of: PhantomData<T>,
}

impl<'a, T: FromJson<'a> + Copy> Walk<'a, T> {
    fn new(list: &From<'a, T>) -> Self {
        match *list {
            From::Slice(items) => Self {
                slice: items.iter(),
                text: None,
                of: PhantomData,
            },
            From::Text(text) => {
                let mut cursor = Cursor::accepted(text);
                let text = cursor.array().is_ok().then_some(cursor);
                Self {
                    slice: [].iter(),
                    text,
                    of: PhantomData,
                }
            }
        }
    }

    #[inline]
    fn next(&mut self) -> Option<Result<T, Mismatch<'a>>> {
        let Some(cursor) = &mut self.text else {
            return self.slice.next().copied().map(Ok);
        };
        if !cursor.element() {
            self.text = None;
            return None;
        }
        let item = T::read(cursor);
        if item.is_err() {
            self.text = None;
        }
        Some(item)
    }
}

/// The elements of an [`Items`].
pub struct Iter<'a, T>(Walk<'a, T>);

impl<'a, T: FromJson<'a> + Copy> Iterator for Iter<'a, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.0.next()?.ok()
    }
}

/// The elements of a [`Nested`].
pub struct NestedIter<'a, T>(Walk<'a, T>);

impl<'a, T: FromJson<'a> + Copy> Iterator for NestedIter<'a, T> {
    type Item = Result<T, Mismatch<'a>>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

impl<'a, T: FromJson<'a> + Copy> IntoIterator for Items<'a, T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T: FromJson<'a> + Copy + PartialEq> PartialEq for Items<'a, T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

/// Compared as text, not element by element, where both were read.
impl<T: PartialEq> PartialEq for Nested<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (From::Text(one), From::Text(other)) => one == other,
            (From::Slice(one), From::Slice(other)) => one == other,
            _ => false,
        }
    }
}

macro_rules! both {
    ($($list:ident),*) => {$(
        impl<'a, T> core::convert::From<&'a [T]> for $list<'a, T> {
            fn from(items: &'a [T]) -> Self {
                Self::new(items)
            }
        }

        impl<T> Default for $list<'_, T> {
            fn default() -> Self {
                Self::new(&[])
            }
        }

        impl<T: ToJson> ToJson for $list<'_, T> {
            fn write<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), Full> {
                match self.0 {
                    From::Text(text) => Raw::accepted(text).write(out),
                    From::Slice(items) => write::array(out, items),
                }
            }
        }

        impl<T: fmt::Debug> fmt::Debug for $list<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.0 {
                    From::Text(text) => f.write_str(text),
                    From::Slice(items) => items.fmt(f),
                }
            }
        }
    )*};
}
both!(Items, Nested);
