//! What can be wrong with JSON, and what can be wrong with a value.

use super::Kind;
use super::write::Digits;
use core::fmt;

/// Where text is no JSON, and why. The sender's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong.
    pub fault: Fault,
    /// The byte where it was noticed, counted from 0.
    pub at: usize,
}

/// What is wrong with the JSON of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The text ends too early.
    UnexpectedEnd,
    /// A byte that cannot stand here.
    Unexpected,
    /// Something other than white space follows the value.
    TrailingData,
    /// Not UTF-8.
    NotUtf8,
    /// A number that JSON does not know, such as `01` or `1.`.
    BadNumber,
    /// An unknown escape, or half of a surrogate pair.
    BadEscape,
    /// A control character in a string; JSON has it escaped.
    ControlCharacter,
    /// A message has to be an object.
    NotAnObject,
    /// More brackets open at once than are allowed.
    TooDeep {
        /// How many are allowed.
        limit: usize,
    },
    /// A member of the envelope that was there already.
    Duplicate {
        /// Its name.
        key: &'static str,
    },
}

impl SyntaxError {
    /// Tells the error piece by piece, without `core::fmt`.
    pub fn describe(&self, say: &mut dyn FnMut(&str)) {
        match self.fault {
            Fault::UnexpectedEnd => say("the JSON text ends too early"),
            Fault::Unexpected => say("unexpected character in JSON"),
            Fault::TrailingData => say("something follows the JSON value"),
            Fault::NotUtf8 => say("not UTF-8"),
            Fault::BadNumber => say("malformed number"),
            Fault::BadEscape => say("malformed escape in a string"),
            Fault::ControlCharacter => say("control character in a string"),
            Fault::NotAnObject => say("a message has to be a JSON object"),
            Fault::TooDeep { limit } => {
                say("nested deeper than ");
                say(Digits::new(limit as u64).as_str());
                say(" levels");
            }
            Fault::Duplicate { key } => {
                say("member `");
                say(key);
                say("` comes twice");
            }
        }
        say(" at byte ");
        say(Digits::new(self.at as u64).as_str());
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        display(f, |say| self.describe(say))
    }
}

impl core::error::Error for SyntaxError {}

/// Prints what a `describe` method tells.
pub(crate) fn display(f: &mut fmt::Formatter<'_>, describe: impl FnOnce(&mut dyn FnMut(&str))) -> fmt::Result {
    let mut result = Ok(());
    describe(&mut |part| result = result.and_then(|()| f.write_str(part)));
    result
}

/// What a typed reader wanted to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expected {
    /// An object.
    Object,
    /// An array.
    Array,
    /// A string.
    String,
    /// `true` or `false`.
    Boolean,
    /// A number without fraction and exponent, between these two.
    Integer {
        /// The smallest.
        min: i64,
        /// The largest.
        max: i64,
    },
    /// A number of any kind.
    Number,
    /// One of the words of a closed list.
    Word(&'static [&'static str]),
    /// An integer or a string.
    IntegerOrString,
    /// A string of base64, with padding.
    Base64,
    /// A member of this name.
    Member(&'static str),
}

/// A value is not what its reader expected. Small, because it travels through every reader; the position is made into a
/// path only when someone prints it ([`MemberError`](crate::protocol::MemberError)).
#[derive(Clone, Copy, Debug)]
pub struct Mismatch<'a> {
    /// Text that begins with the value, or with the object that lacks a member.
    pub at: &'a str,
    /// What was expected there.
    pub expected: Expected,
}

impl Expected {
    /// Tells what was expected, without `core::fmt`.
    pub fn describe(&self, say: &mut dyn FnMut(&str)) {
        match *self {
            Self::Object => say("an object"),
            Self::Array => say("an array"),
            Self::String => say("a string"),
            Self::Boolean => say("true or false"),
            Self::Integer { .. } => say("an integer"),
            Self::Number => say("a number"),
            Self::IntegerOrString => say("an integer or a string"),
            Self::Base64 => say("a string in base64"),
            Self::Word(words) => {
                say("one of ");
                for (index, word) in words.iter().enumerate() {
                    if index > 0 {
                        say(", ");
                    }
                    say(word);
                }
            }
            Self::Member(name) => {
                say("member `");
                say(name);
                say("`");
            }
        }
    }
}

impl Kind {
    /// The kind of value with its article, as error texts have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}
