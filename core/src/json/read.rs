//! Types that read themselves.

use super::{Cursor, Mismatch, Text};

/// A type that is read from JSON, borrowing from the text.
pub trait FromJson<'a>: Sized {
    /// Reads the value at the cursor and leaves the cursor behind it.
    ///
    /// # Errors
    ///
    /// Which value is not what it should be.
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Mismatch<'a>>;

    /// What a member that is not there stands for; `None` if it has to be there.
    fn absent() -> Option<Self> {
        None
    }
}

/// The largest integer that every JSON reader keeps exactly, and the bound of DAP's 64-bit members: 2^53 - 1.
pub(crate) const MAX_SAFE: i64 = 9_007_199_254_740_991;

macro_rules! integers {
    ($($type:ty, $min:expr, $max:expr;)*) => {$(
        impl<'a> FromJson<'a> for $type {
            #[inline]
            fn read(cursor: &mut Cursor<'a>) -> Result<Self, Mismatch<'a>> {
                // The limits are those of the type or narrower.
                cursor.integer($min, $max).map(|value| value as $type)
            }
        }
    )*};
}
integers! {
    i32, i32::MIN as i64, i32::MAX as i64;
    u32, 0, u32::MAX as i64;
    i64, -MAX_SAFE, MAX_SAFE;
    u64, 0, MAX_SAFE;
}

impl<'a> FromJson<'a> for bool {
    #[inline]
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Mismatch<'a>> {
        cursor.boolean()
    }
}

impl<'a> FromJson<'a> for Text<'a> {
    #[inline]
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Mismatch<'a>> {
        cursor.string()
    }
}

impl<'a, T: FromJson<'a>> FromJson<'a> for Option<T> {
    #[inline]
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Mismatch<'a>> {
        if cursor.null() {
            Ok(None)
        } else {
            T::read(cursor).map(Some)
        }
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}
