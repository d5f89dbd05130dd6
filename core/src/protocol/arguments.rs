//! The arguments of a request.

use super::{MemberError, RequestType, member_error};
use crate::json::{FromJson, Raw};
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

    /// The members of these names, unread: see [`Raw::members`].
    #[must_use]
    pub fn members<const N: usize>(&self, names: [&str; N]) -> [Option<Raw<'b>>; N] {
        self.0.map_or([None; N], |raw| raw.members(names))
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
    pub fn parse<T: FromJson<'b>>(&self) -> Result<T, MemberError<'b>> {
        member_error::read("arguments", self.0)
    }

    /// Reads them as those of a request: `arguments.of::<requests::SetVariable>()`. They are an `Option` where DAP lets
    /// them be left out.
    ///
    /// # Errors
    ///
    /// As for [`parse`](Self::parse).
    pub fn of<R: RequestType>(&self) -> Result<R::Arguments<'b>, MemberError<'b>> {
        self.parse()
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
