//! The arguments of a request, and how reading them fails.

use crate::json::write::Digits;
use crate::json::{Cursor, Expected, FromJson, Kind, Mismatch, Raw};
use core::fmt;

/// The arguments of a request, unread. `null` counts as absent, and absent arguments read as an empty object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arguments<'b>(Option<Raw<'b>>);

impl<'b> Arguments<'b> {
    /// These arguments; `None` and `null` are the same.
    #[must_use]
    pub fn new(arguments: Option<Raw<'b>>) -> Self {
        Self(arguments.filter(|raw| !raw.is_null()))
    }

    /// Whether the request had none.
    #[must_use]
    pub const fn is_absent(&self) -> bool {
        self.0.is_none()
    }

    /// The JSON text; `{}` if the request had no arguments.
    #[must_use]
    pub fn raw(&self) -> &'b str {
        self.0.map_or("{}", |raw| raw.text())
    }

    /// Reads them as one of DAP's types.
    ///
    /// ```
    /// use dapstub::json::Raw;
    /// use dapstub::protocol::{Arguments, SetBreakpointsArguments};
    ///
    /// let json = r#"{"source":{"path":"/app/a.py"},"breakpoints":[{"line":3},{"line":"4"}]}"#;
    /// let error = Arguments::new(Some(Raw::new(json)?)).parse::<SetBreakpointsArguments>().unwrap_err();
    /// assert_eq!(error.to_string(), "arguments.breakpoints[1].line: expected an integer, found a string");
    /// # Ok::<(), dapstub::json::SyntaxError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Which member is not what it should be. [`Failure`](crate::Failure) is made from it by `?`.
    pub fn parse<T: FromJson<'b>>(&self) -> Result<T, ArgumentError<'b>> {
        let text = self.raw();
        T::read(&mut Cursor::accepted(text)).map_err(|mismatch| ArgumentError { text, mismatch })
    }

    /// Reads them as a type of the host's own, through serde-json-core. For `attach`, `launch` and commands outside
    /// DAP.
    ///
    /// serde-json-core sees only text that was checked, so its recursion is bounded. It has limits all the same:
    /// floating point numbers cost some 19 KB of code, `char` and enums that are tagged from inside do not work, and a
    /// `&str` member keeps its escapes: use [`Text`](crate::json::Text), which serde reads as well and which decodes
    /// them.
    ///
    /// ```
    /// use dapstub::json::{Raw, Text};
    /// use dapstub::protocol::Arguments;
    ///
    /// #[derive(serde::Deserialize)]
    /// #[serde(rename_all = "camelCase")]
    /// struct Attach<'a> {
    ///     just_my_code: Option<bool>,
    ///     #[serde(borrow)]
    ///     name: Text<'a>,
    /// }
    ///
    /// let json = Raw::new(r#"{"name":"a \"b\"","justMyCode":false,"type":"python"}"#)?;
    /// let attach: Attach = Arguments::new(Some(json)).deserialize().unwrap();
    /// assert_eq!(attach.just_my_code, Some(false));
    /// assert_eq!(attach.name, r#"a "b""#);
    /// # Ok::<(), dapstub::json::SyntaxError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// serde-json-core's own, which name no member.
    pub fn deserialize<T: serde::Deserialize<'b>>(&self) -> Result<T, DeserializeError> {
        match serde_json_core::from_str(self.raw()) {
            Ok((value, _)) => Ok(value),
            Err(error) => Err(DeserializeError(error)),
        }
    }
}

/// The arguments are not what a type of the host needs, as serde-json-core tells it. The client's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeserializeError(serde_json_core::de::Error);

impl fmt::Display for DeserializeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arguments: {}", self.0)
    }
}

impl core::error::Error for DeserializeError {}

impl From<DeserializeError> for crate::Failure {
    fn from(error: DeserializeError) -> Self {
        Self::format(crate::failure::id::BAD_ARGUMENTS, format_args!("{error}"))
    }
}

/// A member of the arguments is missing or not what it should be. The client's fault: answer the request with it.
///
/// It keeps a place in the text; the path to it is found when the error is printed.
#[derive(Clone, Copy, Debug)]
pub struct ArgumentError<'b> {
    text: &'b str,
    mismatch: Mismatch<'b>,
}

impl<'b> ArgumentError<'b> {
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
        say("arguments");
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

impl fmt::Display for ArgumentError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::json::display(f, |say| self.describe(say))
    }
}

impl core::error::Error for ArgumentError<'_> {}
