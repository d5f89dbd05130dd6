//! Where DAP has no arguments or no body.

use crate::json::{Cursor, FromJson, Mismatch, ToJson};
use crate::output::{Full, Output};

/// The arguments of a request that takes none, and the body of a response that has none.
///
/// Some peers send `{}` or `null` there, or data of their own: whatever it is, it is passed over. Nothing is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nothing;

impl<'a> FromJson<'a> for Nothing {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Mismatch<'a>> {
        cursor.raw();
        Ok(Self)
    }

    fn absent() -> Option<Self> {
        Some(Self)
    }
}

impl ToJson for Nothing {
    fn write<O: Output + ?Sized>(&self, _: &mut O) -> Result<(), Full> {
        Ok(())
    }

    fn is_absent(&self) -> bool {
        true
    }
}
