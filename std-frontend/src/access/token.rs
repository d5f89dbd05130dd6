//! The secret that a client has to know.

use core::fmt;

use subtle::{Choice, ConstantTimeEq};

use dapstub::json::Text;

/// A secret that a client has to know in order to attach. `Debug` does not show it.
#[derive(Clone)]
pub struct Token(Box<[u8; Token::MAX]>, usize);

impl Token {
    /// The longest token, in bytes.
    pub const MAX: usize = 512;

    /// Below this many bytes a start warns: such a token may be found by trying.
    pub const SHORT: usize = 12;

    /// A token of this text, in which every character counts.
    ///
    /// # Errors
    ///
    /// It is blank, or longer than [`MAX`](Self::MAX).
    pub fn new(text: &str) -> Result<Self, TokenError> {
        if text.trim().is_empty() {
            return Err(TokenError::Blank);
        }
        let mut room = Box::new([0; Self::MAX]);
        let bytes = room.get_mut(..text.len()).ok_or(TokenError::TooLong)?;
        bytes.copy_from_slice(text.as_bytes());
        Ok(Self(room, text.len()))
    }

    /// Tells whether `text`, as it came from a client, is this token. Takes as long for any text of the same length,
    /// right or wrong.
    #[must_use]
    pub fn is(&self, text: Text<'_>) -> bool {
        let mut room = Box::new([0; Self::MAX]);
        let mut length = 0_usize;
        for character in text.chars() {
            let mut bytes = [0; 4];
            for &byte in character.encode_utf8(&mut bytes).as_bytes() {
                if let Some(slot) = room.get_mut(length) {
                    *slot = byte;
                }
                length = length.saturating_add(1);
            }
        }
        let same = self.same(&room, length);
        same.into()
    }

    /// Returns the text. It is a secret: keep it out of logs and messages.
    #[must_use]
    pub fn reveal(&self) -> &str {
        // It was made of text.
        str::from_utf8(self.0.get(..self.1).unwrap_or_default()).unwrap_or_default()
    }

    /// Tells whether it is so short that it may be found by trying.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.1 < Self::SHORT
    }

    fn same(&self, room: &[u8; Self::MAX], length: usize) -> Choice {
        self.0.as_slice().ct_eq(room.as_slice()) & (self.1 as u64).ct_eq(&(length as u64))
    }
}

impl PartialEq for Token {
    fn eq(&self, other: &Self) -> bool {
        self.same(&other.0, other.1).into()
    }
}

impl Eq for Token {}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// Why a text is no token. The user's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// It is empty, or nothing but spaces.
    Blank,
    /// It is longer than [`Token::MAX`].
    TooLong,
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blank => f.write_str("the token is blank"),
            Self::TooLong => write!(f, "the token is longer than {} bytes", Token::MAX),
        }
    }
}

impl core::error::Error for TokenError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(text: &str) -> Text<'_> {
        Text::from_wire(text).unwrap()
    }

    #[test]
    fn only_the_very_same_text_is_the_token() {
        let token = Token::new("Pa\u{df} w\u{f6}rt").unwrap();
        assert!(token.is(wire("Pa\u{df} w\u{f6}rt")));
        assert!(token.is(wire(r"Pa\u00df w\u00f6rt")));
        for wrong in [
            "",
            "pa\u{df} w\u{f6}rt",
            "Pa\u{df} w\u{f6}r",
            "Pa\u{df} w\u{f6}rtt",
            r"Pa\u00df w\u00f6rt\u0000",
            " Pa\u{df} w\u{f6}rt",
        ] {
            assert!(!token.is(wire(wrong)), "{wrong:?}");
        }
        let long = "x".repeat(Token::MAX);
        let longest = Token::new(&long).unwrap();
        assert!(longest.is(wire(&long)));
        assert!(!longest.is(wire(&"x".repeat(Token::MAX + 1))));
        assert!(!longest.is(wire(&"x".repeat(Token::MAX - 1))));
        assert_eq!(Token::new(&"x".repeat(Token::MAX + 1)), Err(TokenError::TooLong));
        assert_eq!(Token::new(" \t"), Err(TokenError::Blank));
        assert_eq!(format!("{token:?}"), "Token(..)");
        assert_eq!(token.reveal(), "Pa\u{df} w\u{f6}rt");
        assert!(token.is_short() && !longest.is_short());
    }
}
