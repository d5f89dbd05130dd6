//! Members that have to be there, though they may be `null`.

use super::{Cursor, FromJson, Mismatch, ToJson};
use crate::output::{Full, Output};

/// A value or `null`, in a member that has to be there. (A member of type `Option` may be left out as well.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nullable<T>(pub Option<T>);

impl<T> From<T> for Nullable<T> {
    fn from(value: T) -> Self {
        Self(Some(value))
    }
}

impl<'a, T: FromJson<'a>> FromJson<'a> for Nullable<T> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Mismatch<'a>> {
        Option::read(cursor).map(Self)
    }
}

impl<T: ToJson> ToJson for Nullable<T> {
    fn write<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), Full> {
        self.0.write(out)
    }
}
