//! How far a long request has come. For clients that announced `supportsProgressReporting`.

use crate::json::write::Digits;
use crate::json::{Cursor, Expected, FromJson, Kind, Mismatch, Raw, Text, ToJson};
use crate::output::{Full, Output};

object! {
    /// `progressStart`: something begins that takes its time.
    pub struct ProgressStartEvent<'a> in "Events_ProgressStart" {
        /// Identifier of the progress, unique in the session; the later events and `cancel` name it.
        progress_id: Text<'a> = "progressId",
        /// What goes on, in a few words.
        title: Text<'a> = "title",
        /// The request that takes so long, by its `seq`.
        request_id: Option<i32> = "requestId",
        /// The client can offer to cancel it.
        cancellable: bool = "cancellable" or false,
        /// What goes on, in more words.
        message: Option<Text<'a>> = "message",
        /// How far it has come; not known if absent.
        percentage: Option<Percentage<'a>> = "percentage",
    }
}

object! {
    /// `progressUpdate`: it has come further.
    pub struct ProgressUpdateEvent<'a> in "Events_ProgressUpdate" {
        /// Identifier of the progress.
        progress_id: Text<'a> = "progressId",
        /// What goes on now; as before if absent.
        message: Option<Text<'a>> = "message",
        /// How far it has come; not known if absent.
        percentage: Option<Percentage<'a>> = "percentage",
    }
}

object! {
    /// `progressEnd`: it is over.
    pub struct ProgressEndEvent<'a> in "Events_ProgressEnd" {
        /// Identifier of the progress.
        progress_id: Text<'a> = "progressId",
        /// How it ended; as before if absent.
        message: Option<Text<'a>> = "message",
    }
}

/// A share of a whole, from 0 to 100: the only number in DAP that may have a fraction.
///
/// It is written as an integer. One that was read with a fraction or an exponent keeps its text, so no floating point
/// is needed to pass it on.
///
/// ```
/// use dapstub::json::Raw;
/// use dapstub::protocol::Percentage;
///
/// assert_eq!(Raw::new("66.7")?.read::<Percentage>().unwrap().whole(), 66);
/// assert_eq!(Raw::new("50")?.read::<Percentage>().unwrap(), Percentage::from(50));
/// # Ok::<(), dapstub::json::SyntaxError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Percentage<'a>(Share<'a>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Share<'a> {
    Whole(u8),
    Text(&'a str),
}

impl<'a> Percentage<'a> {
    /// The share without its fraction. What is below 0 counts as 0, and what is above 100 as 100.
    #[must_use]
    pub fn whole(&self) -> u8 {
        match self.0 {
            Share::Whole(whole) => whole.min(100),
            Share::Text(text) => whole(text),
        }
    }
}

/// The integer part of a JSON number, held between 0 and 100.
fn whole(text: &str) -> u8 {
    if text.starts_with('-') {
        return 0;
    }
    let (number, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (before, behind) = number.split_once('.').unwrap_or((number, ""));
    // The exponent moves the point; one too long for an integer moves it out of sight.
    let moved = exponent
        .parse()
        .unwrap_or(if exponent.starts_with('-') { i64::MIN } else { i64::MAX });
    let places = moved.saturating_add(i64::try_from(before.len()).unwrap_or(i64::MAX));
    let mut digits = before.bytes().chain(behind.bytes());
    let mut value = 0u8;
    for _ in 0..places {
        match digits.next() {
            None if value == 0 => return 0,
            digit => {
                let digit = digit.unwrap_or(b'0').saturating_sub(b'0');
                value = value.saturating_mul(10).saturating_add(digit);
            }
        }
        if value >= 100 {
            return 100;
        }
    }
    value
}

impl Default for Percentage<'_> {
    fn default() -> Self {
        Self::from(0)
    }
}

impl From<u8> for Percentage<'_> {
    fn from(whole: u8) -> Self {
        Self(Share::Whole(whole))
    }
}

impl<'a> FromJson<'a> for Percentage<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Mismatch<'a>> {
        if cursor.kind() != Some(Kind::Number) {
            return Err(cursor.mismatch(Expected::Number));
        }
        let text = cursor.raw().text();
        let plain = whole(text);
        // An integer is kept as one, so that equal ones are equal.
        if Digits::new(u64::from(plain)).as_str() == text {
            Ok(Self::from(plain))
        } else {
            Ok(Self(Share::Text(text)))
        }
    }
}

impl ToJson for Percentage<'_> {
    fn write<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), Full> {
        match self.0 {
            Share::Whole(whole) => whole.write(out),
            Share::Text(text) => Raw::accepted(text).write(out),
        }
    }
}

#[cfg(test)]
impl crate::protocol::schema::shape::Shaped for Percentage<'_> {
    fn shape() -> crate::protocol::schema::shape::Shape {
        crate::protocol::schema::shape::Shape::Number
    }
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn integer_part_of_any_number() {
        for (text, value) in [
            ("0", 0),
            ("-0", 0),
            ("-5.5", 0),
            ("7", 7),
            ("99.999", 99),
            ("100", 100),
            ("100.5", 100),
            ("1e1", 10),
            ("0.5E+2", 50),
            ("0.555e2", 55),
            ("1234e-2", 12),
            ("1234e-99", 0),
            ("5e-99999999999999999999999", 0),
            ("5e99999999999999999999999", 100),
            ("0e99999999999999999999999", 0),
            ("0.0e999999999", 0),
            ("300", 100),
        ] {
            assert_eq!(whole(text), value, "{text}");
        }
    }
}
