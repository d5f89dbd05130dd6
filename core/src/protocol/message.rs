//! Errors, as responses carry them.

use crate::json::{Entries, Text};

object! {
    /// What went wrong, for people.
    pub struct Message<'a> in "Types_Message" {
        /// Number of the error, unique within a server.
        id: i32 = "id",
        /// What went wrong; `{name}` stands for a variable.
        format: Text<'a> = "format",
        /// The variables.
        variables: Option<Entries<'a, Text<'a>>> = "variables",
        /// The error may be reported to those who make the server.
        send_telemetry: bool = "sendTelemetry" or false,
        /// Whether the user has to see it. The client decides if absent.
        show_user: Option<bool> = "showUser",
        /// Where more is said about it.
        url: Option<Text<'a>> = "url",
        /// What the link to it is called.
        url_label: Option<Text<'a>> = "urlLabel",
    }
}

object! {
    /// Body of a response that says why its request failed.
    pub struct ErrorResponse<'a> in "Base_Protocol_ErrorResponse" {
        /// What went wrong.
        error: Option<Message<'a>> = "error",
    }
}
