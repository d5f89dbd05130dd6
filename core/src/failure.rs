//! Why a request is refused: what becomes `success: false` and `body.error` on the wire.

use crate::json::Text;
use crate::output::Full;
use crate::protocol::MemberError;
use core::fmt;

/// The longest text that a [`Failure`] keeps, in bytes; longer ones are cut between two characters. [`Reason`] has no
/// such limit.
pub const MAX_TEXT: usize = 112;

/// Identifiers of the failures that this crate makes itself (`body.error.id`). A host numbers its own from 1000.
pub mod id {
    /// The message could not be read: wrong JSON, wrong envelope.
    pub const BAD_MESSAGE: u32 = 1;
    /// The message is larger than is accepted.
    pub const TOO_LARGE: u32 = 2;
    /// The request is not allowed at this point of the session.
    pub const ORDER: u32 = 3;
    /// Nothing here knows or supports the request.
    pub const NOT_SUPPORTED: u32 = 4;
    /// The arguments are not what the request needs.
    pub const BAD_ARGUMENTS: u32 = 5;
    /// Too many requests wait for their answer.
    pub const TOO_MANY_OPEN: u32 = 6;
    /// The answer does not fit into the output.
    pub const ANSWER_TOO_LARGE: u32 = 7;
    /// The request was cancelled, or the session ended before its answer.
    pub const CANCELLED: u32 = 8;
    /// The program has to be stopped for it.
    pub const NOT_STOPPED: u32 = 9;
    /// Something inside the debuggee went wrong.
    pub const INTERNAL: u32 = 10;
    /// The rules of the server do not let this client do it.
    pub const NOT_ALLOWED: u32 = 11;
}

/// The two words that DAP reserves for the member `message` of a failed response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// `cancelled`
    Cancelled,
    /// `notStopped`
    NotStopped,
}

impl Word {
    /// The word as it stands on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::NotStopped => "notStopped",
        }
    }
}

/// Why a request failed, small enough to be returned from everywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    id: u32,
    word: Option<Word>,
    show_user: bool,
    text: heapless::String<MAX_TEXT, u8>,
    /// The text did not fit; nothing is appended any more.
    cut: bool,
}

impl Failure {
    /// A failure with this number and this text, which the user need not see in a dialog.
    #[must_use]
    pub fn new(id: u32, text: &str) -> Self {
        let mut new = Self::empty(id);
        new.say(text);
        new
    }

    /// The same from a format: `Failure::format(1000, format_args!("no frame {id}"))`.
    #[must_use]
    pub fn format(id: u32, text: fmt::Arguments<'_>) -> Self {
        struct Sink<'f>(&'f mut Failure);
        impl fmt::Write for Sink<'_> {
            fn write_str(&mut self, part: &str) -> fmt::Result {
                self.0.say(part);
                Ok(())
            }
        }
        let mut new = Self::empty(id);
        // The sink takes everything; only a `Display` of the host's could fail, and then the text ends there.
        let _ = fmt::write(&mut Sink(&mut new), text);
        new
    }

    /// "The request was cancelled."
    #[must_use]
    pub fn cancelled() -> Self {
        Self {
            word: CANCELLED.word,
            ..Self::new(CANCELLED.id, CANCELLED.text.raw())
        }
    }

    /// "The program is not stopped."
    #[must_use]
    pub fn not_stopped() -> Self {
        Self {
            word: Some(Word::NotStopped),
            ..Self::new(id::NOT_STOPPED, "the program is not stopped")
        }
    }

    /// "The request is not supported."
    #[must_use]
    pub fn not_supported(command: Text<'_>) -> Self {
        let mut new = Self::empty(id::NOT_SUPPORTED);
        new.say("request `");
        let mut buffer = [0; MAX_TEXT];
        new.say(command.decode(&mut buffer).unwrap_or("?"));
        new.say("` is not supported");
        new
    }

    /// Lets the editor show the text to its user.
    #[must_use]
    pub const fn shown(mut self) -> Self {
        self.show_user = true;
        self
    }

    /// The number.
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(crate) const fn empty(id: u32) -> Self {
        Self {
            id,
            word: None,
            show_user: false,
            text: heapless::String::new(),
            cut: false,
        }
    }

    /// Appends as much of `part` as fits.
    pub(crate) fn say(&mut self, part: &str) {
        let room = MAX_TEXT.saturating_sub(self.text.len());
        if self.cut || room == 0 {
            return;
        }
        let mut end = part.len().min(room);
        while !part.is_char_boundary(end) {
            end = end.saturating_sub(1);
        }
        self.cut = end < part.len();
        // Fits, because `end` is at most the room that is left.
        let _ = self.text.push_str(part.get(..end).unwrap_or_default());
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl core::error::Error for Failure {}

impl From<Full> for Failure {
    fn from(_: Full) -> Self {
        Self::new(TOO_LARGE.id, TOO_LARGE.text.raw())
    }
}

impl From<MemberError<'_>> for Failure {
    fn from(error: MemberError<'_>) -> Self {
        let mut new = Self::empty(id::BAD_ARGUMENTS);
        error.describe(&mut |part| new.say(part));
        new
    }
}

impl From<crate::json::SyntaxError> for Failure {
    fn from(error: crate::json::SyntaxError) -> Self {
        let mut new = Self::empty(id::BAD_MESSAGE);
        error.describe(&mut |part| new.say(part));
        new
    }
}

/// The same with a text of any length that is borrowed. Everything that fails a request takes either.
///
/// ```
/// use dapstub::{Failure, Reason};
///
/// let failure = Failure::new(1000, "no such frame");
/// assert_eq!(Reason::from(&failure), Reason::new(1000, "no such frame"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason<'t> {
    /// The number (`body.error.id`).
    pub id: u32,
    /// The text (`body.error.format`, and `message` unless there is a word).
    pub text: Text<'t>,
    /// The reserved word for `message`, where one applies.
    pub word: Option<Word>,
    /// Whether the editor is to show the text to its user.
    pub show_user: bool,
}

impl<'t> Reason<'t> {
    /// A reason with this number and this text.
    #[must_use]
    pub const fn new(id: u32, text: &'t str) -> Self {
        Self {
            id,
            text: Text::plain(text),
            word: None,
            show_user: false,
        }
    }
}

/// What [`Failure::cancelled`] says.
pub(crate) const CANCELLED: Reason<'static> = Reason {
    word: Some(Word::Cancelled),
    ..Reason::new(id::CANCELLED, "the request was cancelled")
};

/// What becomes of an answer that does not fit.
pub(crate) const TOO_LARGE: Reason<'static> = Reason::new(
    id::ANSWER_TOO_LARGE,
    "the answer does not fit into the output of this server",
);

impl<'t> From<&'t Failure> for Reason<'t> {
    fn from(failure: &'t Failure) -> Self {
        Self {
            id: failure.id,
            text: failure.text().into(),
            word: failure.word,
            show_user: failure.show_user,
        }
    }
}

/// What a request was refused with when it came at the wrong time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// Nothing is allowed before the answer to `initialize`.
    NotInitialized,
    /// `initialize` comes once.
    AlreadyInitialized,
    /// This needs `attach` or `launch` first.
    NotAttached,
    /// `attach` or `launch` comes once.
    AlreadyAttached,
    /// `configurationDone` comes once.
    AlreadyConfigured,
    /// `disconnect` was received: nothing more is taken.
    Ending,
}

impl Refusal {
    /// The text for the client.
    #[must_use]
    pub const fn text(self) -> &'static str {
        if cfg!(feature = "terse") {
            return "not allowed at this point of the session";
        }
        match self {
            Self::NotInitialized => "not allowed before the response to `initialize`",
            Self::AlreadyInitialized => "the session is initialized already",
            Self::NotAttached => "not allowed before `attach` or `launch` and the `initialized` event",
            Self::AlreadyAttached => "the session is attached already",
            Self::AlreadyConfigured => "`configurationDone` came already",
            Self::Ending => "the session is ending",
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::new(id::ORDER, refusal.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::size_of;
    use std::format;

    #[test]
    fn long_text_is_cut_between_characters() {
        let long = "é".repeat(100);
        assert_eq!(Failure::new(1000, &long).text(), "é".repeat(MAX_TEXT / 2));
        let odd = format!("x{long}");
        let failure = Failure::format(1000, format_args!("{odd}{}", 5));
        assert_eq!(failure.text().len(), MAX_TEXT - 1);
        assert!(failure.text().ends_with('é'), "nothing follows a text that was cut");
        assert_eq!(
            Failure::format(1000, format_args!("no frame {}", 7)).text(),
            "no frame 7"
        );
    }

    #[test]
    fn failure_is_small_enough_to_be_returned() {
        assert!(size_of::<Failure>() < 128);
    }

    #[test]
    fn not_supported_names_the_request() {
        let command = Text::from_wire(r"go\u0074o").unwrap();
        assert_eq!(
            Failure::not_supported(command).text(),
            "request `goto` is not supported"
        );
        let endless = "x".repeat(1000);
        assert!(
            Failure::not_supported(endless.as_str().into())
                .text()
                .starts_with("request `xxx")
        );
    }
}
