//! `modules`. A module is what the language has: libraries, packages, object files.

use crate::json::{Cursor, Expected, FromJson, Items, Kind, Mismatch, Text, ToJson};
use crate::output::{Full, Output};

/// Identifier of a module: a number or a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModuleId<'a> {
    /// A number.
    Number(i64),
    /// A text.
    Text(Text<'a>),
}

impl Default for ModuleId<'_> {
    fn default() -> Self {
        Self::Number(0)
    }
}

impl<'a> FromJson<'a> for ModuleId<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Mismatch<'a>> {
        let start = *cursor;
        match cursor.kind() {
            Some(Kind::String) => cursor.string().map(Self::Text),
            Some(Kind::Number) => i64::read(cursor)
                .map(Self::Number)
                .map_err(|_| start.mismatch(Expected::IntegerOrString)),
            _ => Err(start.mismatch(Expected::IntegerOrString)),
        }
    }
}

impl ToJson for ModuleId<'_> {
    fn write<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), Full> {
        match self {
            Self::Number(number) => number.write(out),
            Self::Text(text) => text.write(out),
        }
    }
}

#[cfg(test)]
impl super::schema::shape::Shaped for ModuleId<'_> {
    fn shape() -> super::schema::shape::Shape {
        super::schema::shape::Shape::IntegerOrString
    }
}

object! {
    /// A module.
    pub struct Module<'a> in "Types_Module" {
        /// Its identifier.
        id: ModuleId<'a> = "id",
        /// Its name.
        name: Text<'a> = "name",
        /// Where it is stored.
        path: Option<Text<'a>> = "path",
        /// Whether it was optimised.
        is_optimized: Option<bool> = "isOptimized",
        /// Whether it is the user's own code.
        is_user_code: Option<bool> = "isUserCode",
        /// Its version.
        version: Option<Text<'a>> = "version",
        /// What is known of its symbols, for people.
        symbol_status: Option<Text<'a>> = "symbolStatus",
        /// Where its symbols are stored.
        symbol_file_path: Option<Text<'a>> = "symbolFilePath",
        /// When it was made, for people.
        date_time_stamp: Option<Text<'a>> = "dateTimeStamp",
        /// Where it is in memory, for people.
        address_range: Option<Text<'a>> = "addressRange",
    }
}

object! {
    /// Arguments of `modules`.
    pub struct ModulesArguments in "Requests_Modules" {
        /// How many modules to leave out.
        start_module: Option<i32> = "startModule",
        /// How many modules to give; all if absent or 0.
        module_count: Option<u32> = "moduleCount",
    }
}

object! {
    /// Answer to `modules`.
    pub struct ModulesResponse<'a> in "Requests_Modules" {
        /// The modules asked for.
        modules: Items<'a, Module<'a>> = "modules",
        /// How many there are in all.
        total_modules: Option<u64> = "totalModules",
    }
}
