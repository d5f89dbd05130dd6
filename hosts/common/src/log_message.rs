//! `logMessage`: the text of a log point, with expressions between braces.

use core::fmt;

/// The text of a log point, taken apart into what is printed as it stands and what is evaluated first.
///
/// ```
/// use dapstub_host::{LogMessage, Piece};
///
/// let message = LogMessage::parse("{count} of {limits['all']} {{done}}").unwrap();
/// assert_eq!(
///     message.pieces(),
///     [
///         Piece::Expression("count".into()),
///         Piece::Literal(" of ".into()),
///         Piece::Expression("limits['all']".into()),
///         Piece::Literal(" {done}".into()),
///     ]
/// );
/// ```
///
/// # Notation
///
/// - `{expression}` is replaced by its value. Spaces around the expression don't count.
/// - `{{` and `}}` outside an expression print one brace. An expression that begins with a brace therefore needs a
///   space before it: `{ {'a': 1}['a'] }`.
/// - Inside an expression, braces nest, and those within string literals are not counted. String literals stand between
///   `'`, `"`, `` ` ``, `'''` or `"""`, and a backslash keeps the next character from ending them.
/// - Nothing else within the braces has a meaning here: a colon or `!r` is part of the expression.
/// - `{}` and a `}` that closes nothing are printed as they stand: nobody can have meant anything else.
/// - A `{` that is never closed is an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogMessage {
    pieces: Vec<Piece>,
}

/// One part of a [`LogMessage`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Printed as it stands. Never empty, and never beside another literal.
    Literal(String),
    /// To be evaluated in the frame that reached the log point. Without its braces, trimmed, never empty.
    Expression(String),
}

impl LogMessage {
    /// Takes the `logMessage` of a breakpoint apart.
    ///
    /// # Errors
    ///
    /// A brace or string literal that is never closed. The text of the error belongs into the `message` of the
    /// breakpoint, which is then not verified.
    pub fn parse(text: &str) -> Result<Self, LogMessageError> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let brace = &rest[at..=at];
            literal.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                literal.push_str(brace);
                rest = after;
                continue;
            }
            if brace == "}" {
                literal.push('}');
                continue;
            }
            let opened = text.len() - rest.len() - 1;
            let length = expression_length(rest).map_err(|unclosed| unclosed.at(text, opened))?;
            let expression = rest[..length].trim();
            if expression.is_empty() {
                literal.push_str(&text[opened..opened + length + 2]);
            } else {
                flush(&mut literal, &mut pieces);
                pieces.push(Piece::Expression(expression.to_owned()));
            }
            rest = &rest[length + 1..];
        }
        literal.push_str(rest);
        flush(&mut literal, &mut pieces);
        Ok(Self { pieces })
    }

    /// The pieces in the order in which they are printed. Empty for an empty message.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The expressions alone, in order, for a host that compiles them when the breakpoint is set.
    pub fn expressions(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Expression(expression) => Some(expression.as_str()),
            Piece::Literal(_) => None,
        })
    }
}

fn flush(literal: &mut String, pieces: &mut Vec<Piece>) {
    if !literal.is_empty() {
        pieces.push(Piece::Literal(core::mem::take(literal)));
    }
}

/// What was still open when the message ended.
enum Unclosed {
    Brace,
    /// With the offset of the opening quote behind the expression's brace.
    String(usize),
}

impl Unclosed {
    /// `opened` is the byte offset of the expression's brace in `text`.
    fn at(self, text: &str, opened: usize) -> LogMessageError {
        let column = |offset: usize| text[..offset].chars().count() + 1;
        match self {
            Self::Brace => LogMessageError::UnclosedBrace { column: column(opened) },
            Self::String(offset) => LogMessageError::UnclosedString {
                column: column(opened + 1 + offset),
            },
        }
    }
}

/// The length in bytes of the expression at the front of `text`, up to the brace that closes it.
fn expression_length(text: &str) -> Result<usize, Unclosed> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = 0;
    // All marks are ASCII, so a byte of a longer character is never mistaken for one.
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => return Ok(at),
            b'}' => depth -= 1,
            b'\'' | b'"' | b'`' => {
                at += string_length(&bytes[at..], byte).ok_or(Unclosed::String(at))?;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    Err(Unclosed::Brace)
}

/// The length in bytes of the string literal at the front of `bytes`, with both quotes.
fn string_length(bytes: &[u8], quote: u8) -> Option<usize> {
    let triple = [quote; 3];
    let end: &[u8] = if quote != b'`' && bytes.starts_with(&triple) {
        &triple
    } else {
        &triple[..1]
    };
    let mut at = end.len();
    while let Some(&byte) = bytes.get(at) {
        if byte == b'\\' {
            at += 2;
        } else if bytes[at..].starts_with(end) {
            return Some(at + end.len());
        } else {
            at += 1;
        }
    }
    None
}

/// Why a log message was refused. Columns count characters, the first is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogMessageError {
    /// The `{` of an expression is never closed.
    UnclosedBrace {
        /// Where the brace stands.
        column: usize,
    },
    /// A string literal within an expression is never closed.
    UnclosedString {
        /// Where its opening quote stands.
        column: usize,
    },
}

impl fmt::Display for LogMessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnclosedBrace { column } => write!(
                f,
                "log message: the brace at column {column} is never closed; expected {{expression}}, or {{{{ for a \
                 brace that is printed"
            ),
            Self::UnclosedString { column } => write!(
                f,
                "log message: the string at column {column} is never closed; expected a second quote before the }} \
                 that ends the expression"
            ),
        }
    }
}

impl core::error::Error for LogMessageError {}

#[cfg(test)]
mod tests;
