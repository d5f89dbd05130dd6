//! What a single value of the block means, by the rules of Home Assistant's own checks.
//!
//! Nothing here knows YAML: a value arrives as a plain [`Value`], and [`boolean`], [`port`] and [`host`] say what it
//! stands for or what was expected instead.

use dapstub::config::MAX_HOST;

use crate::access::{self, IpNet, Token};

/// A host as [`Config`](dapstub::config::Config) holds it.
pub(super) type Host = heapless::String<MAX_HOST>;

/// One value as the file holds it, before it is given a meaning.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// `~`, `null`, or nothing at all.
    Null,
    /// An unquoted `true` or `false`.
    Bool(bool),
    /// An unquoted whole number that fits in 64 bits.
    Integer(i64),
    /// Any other unquoted number.
    Float(f64),
    /// Quoted text, and unquoted text that is nothing of the above.
    Text(String),
    /// A sequence.
    List {
        /// It holds nothing.
        empty: bool,
    },
    /// A mapping, whatever it holds.
    Mapping,
}

/// What [`host`] expects.
pub(super) const HOST: &str = "a host name or address of at most 253 bytes";
const _: () = assert!(MAX_HOST == 253);
/// What [`port`] expects.
pub(super) const PORT: &str = "a port number between 1 and 65535";
/// What [`local_root`] expects.
pub(super) const LOCAL_ROOT: &str = "local_root with an absolute path, without variables of the editor";
/// What [`remote_root`] expects.
pub(super) const REMOTE_ROOT: &str = "remote_root with a path on the side of the program";
/// What [`network`] expects.
pub(super) const NETWORK: &str = "an IP address or a network (such as 192.168.1.0/24), or a list of them";
/// What [`token`] expects.
pub(super) const TOKEN: &str = "text of 1 to 512 bytes, not blank";
const _: () = assert!(Token::MAX == 512);
/// What [`boolean`] expects.
pub(super) const BOOLEAN: &str = "a boolean (true, yes, on, enable or 1; false, no, off, disable or 0)";

/// Longest path of a mapping, in bytes: what Linux allows.
const MAX_PATH: usize = 4096;

/// Longest part of a value that an error message repeats, in characters.
const SHOWN: usize = 40;

impl Value {
    /// Tells whether Home Assistant takes the value of a top-level key for "no options".
    pub(super) fn is_falsy(&self) -> bool {
        match self {
            Self::Null | Self::Bool(false) | Self::Integer(0) | Self::List { empty: true } => true,
            Self::Float(number) => *number == 0.0,
            Self::Text(text) => text.is_empty(),
            Self::Bool(true) | Self::Integer(_) | Self::List { .. } | Self::Mapping => false,
        }
    }

    /// Says what sort of value stands in the file.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing (null)",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::Text(_) => "text",
            Self::List { .. } => "a list",
            Self::Mapping => "a mapping",
        }
    }

    /// Says what stands in the file, short enough for one line of a log.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Bool(value) => value.to_string(),
            Self::Integer(value) => value.to_string(),
            Self::Float(value) => format!("{value:?}"),
            Self::Text(text) => quote(text),
            Self::Null | Self::List { .. } | Self::Mapping => self.kind().into(),
        }
    }
}

/// Puts `text` in quotes, cut where it is long.
pub(super) fn quote(text: &str) -> String {
    let (shown, dots) = beginning(text);
    format!("{shown:?}{dots}")
}

/// The same without quotes.
pub(super) fn cut(text: &str) -> String {
    let (shown, dots) = beginning(text);
    format!("{}{dots}", shown.escape_debug())
}

fn beginning(text: &str) -> (&str, &'static str) {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => (&text[..end], "..."),
        None => (text, ""),
    }
}

/// Reads a boolean as Home Assistant's `cv.boolean` does.
///
/// Any number counts (0 is false), and text is compared trimmed and in any case. `y`, `n`, `t`, `f`, the empty text,
/// null and lists are refused there and so are refused here.
pub(super) fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::Integer(number) => Some(*number != 0),
        Value::Float(number) => Some(*number != 0.0),
        Value::Text(text) => match text.trim().to_lowercase().as_str() {
            "1" | "true" | "yes" | "on" | "enable" => Some(true),
            "0" | "false" | "no" | "off" | "disable" => Some(false),
            _ => None,
        },
        Value::Null | Value::List { .. } | Value::Mapping => None,
    }
}

/// Reads a port as Home Assistant 2026.11 does: a whole number from 1 to 65535, as number or as text.
///
/// `010` is octal to Home Assistant when it stands without quotes and decimal with them, which can't be told apart
/// here: text with a leading zero is refused rather than taken for another port.
pub(super) fn port(value: &Value) -> Option<u16> {
    let number = match value {
        Value::Integer(number) => *number,
        Value::Float(number) if number.fract() == 0.0 && (1.0..=65535.0).contains(number) => *number as i64,
        Value::Text(text) => decimal(text.trim())?,
        Value::Null | Value::Bool(_) | Value::Float(_) | Value::List { .. } | Value::Mapping => return None,
    };
    u16::try_from(number).ok().filter(|&port| port != 0)
}

fn decimal(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let plain = !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

/// Reads a host as `cv.string` does: text as it stands, numbers and booleans spelled out, nothing else. Longer names
/// than DNS knows are refused.
pub(super) fn host(value: &Value) -> Option<Host> {
    Host::try_from(text(value)?.as_str()).ok()
}

/// Reads the editor's folder of a path mapping. Its system may be another one than ours: a path with a drive is as
/// absolute as one that begins with a slash.
pub(super) fn local_root(value: &Value) -> Option<String> {
    let path = text(value).filter(|path| path.len() <= MAX_PATH)?;
    let has_drive = matches!(path.as_bytes(), [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic());
    (has_drive || path.starts_with('/') || path.starts_with(r"\\")).then_some(path)
}

/// Reads the program's folder of a path mapping: any path, also `.`, but not a blank one.
pub(super) fn remote_root(value: &Value) -> Option<String> {
    text(value).filter(|path| path.len() <= MAX_PATH && !path.trim().is_empty())
}

/// Reads a network that may connect.
pub(super) fn network(value: &Value) -> Option<IpNet> {
    match value {
        Value::Text(text) => access::network(text).ok(),
        _ => None,
    }
}

/// Reads the token, as `cv.string` reads text.
pub(super) fn token(value: &Value) -> Option<Token> {
    Token::new(&text(value)?).ok()
}

/// Reads text as `cv.string` does.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(format!("{number:?}")),
        Value::Bool(true) => Some("True".into()),
        Value::Bool(false) => Some("False".into()),
        Value::Null | Value::List { .. } | Value::Mapping => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    #[test]
    fn booleans_as_home_assistant_reads_them() {
        for word in ["1", "true", "True", " TRUE ", "yes", "Yes", "on", "ON", "\tenable\n"] {
            assert_eq!(boolean(&text(word)), Some(true), "{word:?}");
        }
        for word in ["0", "false", "FALSE", "no", "No ", "off", "oFf", "disable"] {
            assert_eq!(boolean(&text(word)), Some(false), "{word:?}");
        }
        for word in ["", " ", "y", "n", "t", "f", "2", "maybe", "truе", "yes please"] {
            assert_eq!(boolean(&text(word)), None, "{word:?}");
        }
        for (value, expected) in [
            (Value::Bool(true), Some(true)),
            (Value::Bool(false), Some(false)),
            (Value::Integer(0), Some(false)),
            (Value::Integer(-1), Some(true)),
            (Value::Integer(7), Some(true)),
            (Value::Float(0.0), Some(false)),
            (Value::Float(0.5), Some(true)),
            (Value::Float(f64::NAN), Some(true)),
            (Value::Null, None),
            (Value::List { empty: true }, None),
            (Value::Mapping, None),
        ] {
            assert_eq!(boolean(&value), expected, "{value:?}");
        }
    }

    #[test]
    fn ports_as_home_assistant_reads_them() {
        for (value, expected) in [
            (Value::Integer(5678), Some(5678)),
            (Value::Integer(1), Some(1)),
            (Value::Integer(65535), Some(65535)),
            (Value::Integer(0), None),
            (Value::Integer(-1), None),
            (Value::Integer(65536), None),
            (Value::Integer(i64::MAX), None),
            (Value::Float(5678.0), Some(5678)),
            (Value::Float(5678.9), None),
            (Value::Float(f64::INFINITY), None),
            (Value::Float(f64::NAN), None),
            (text("5678"), Some(5678)),
            (text(" 80 "), Some(80)),
            (text("+80"), Some(80)),
            (text("-80"), None),
            (text("0x10"), None),
            (text("080"), None),
            (text("5678.0"), None),
            (text("99999999999999999999"), None),
            (text("++80"), None),
            (text("+"), None),
            (text(""), None),
            (text("٣"), None),
            (Value::Bool(true), None),
            (Value::Null, None),
            (Value::List { empty: true }, None),
            (Value::Mapping, None),
        ] {
            assert_eq!(port(&value), expected, "{value:?}");
        }
    }

    #[test]
    fn hosts_as_home_assistant_reads_them() {
        for (value, expected) in [
            (text("0.0.0.0"), Some("0.0.0.0")),
            (text(""), Some("")),
            (Value::Integer(7), Some("7")),
            (Value::Float(1.5), Some("1.5")),
            (Value::Bool(true), Some("True")),
            (Value::Null, None),
            (Value::List { empty: true }, None),
            (Value::Mapping, None),
        ] {
            assert_eq!(host(&value).as_deref(), expected, "{value:?}");
        }
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(quote("short"), "\"short\"");
        assert_eq!(cut("!a\nb"), "!a\\nb");
        assert_eq!(cut(&"!".repeat(SHOWN + 1)), format!("{}...", "!".repeat(SHOWN)));
        let shown = quote(&"ü".repeat(100));
        assert_eq!(shown, format!("\"{}\"...", "ü".repeat(SHOWN)));
    }
}
