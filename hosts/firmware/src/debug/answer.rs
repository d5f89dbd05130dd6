//! Answers in the making.

use super::Refused;
#[cfg(feature = "source")]
use dapstub::json::write;
use dapstub::output::{Output, SliceOutput};

/// JSON, piece by piece. What does not fit makes the whole answer fail at its end, so that nobody has to look before.
pub(crate) struct Answer<'o, 's> {
    out: &'o mut SliceOutput<'s>,
    full: bool,
}

impl<'o, 's> Answer<'o, 's> {
    pub(crate) const fn new(out: &'o mut SliceOutput<'s>) -> Self {
        Self { out, full: false }
    }

    /// Appends JSON as it stands.
    #[inline(never)]
    pub(crate) fn raw(&mut self, json: &str) {
        self.full |= self.out.push(json.as_bytes()).is_err();
    }

    /// Appends a string, with quotes.
    #[cfg(feature = "source")]
    pub(crate) fn text(&mut self, text: &str) {
        self.full |= write::string(self.out, text).is_err();
    }

    /// Appends a number.
    #[inline(never)]
    pub(crate) fn number(&mut self, value: i32) {
        if value < 0 {
            self.raw("-");
        }
        self.digits(value.unsigned_abs() as usize, 10);
    }

    /// Appends an address, as it is written between quotes.
    pub(crate) fn address(&mut self, address: usize) {
        self.raw("0x");
        self.digits(address, 16);
    }

    fn digits(&mut self, mut value: usize, base: usize) {
        let mut bytes = [0; 20];
        let mut start = bytes.len();
        loop {
            start = start.wrapping_sub(1);
            let digit = (value % base) as u8;
            let letter = if digit < 10 { b'0' } else { b'a' - 10 };
            if let Some(place) = bytes.get_mut(start) {
                *place = letter.wrapping_add(digit);
            }
            value /= base;
            if value == 0 {
                break;
            }
        }
        self.full |= self.out.push(bytes.get(start..).unwrap_or_default()).is_err();
    }

    /// Whether it is an answer.
    pub(crate) const fn end(&self) -> Result<(), Refused> {
        if self.full {
            return Err(Refused::Because(
                "the answer does not fit into the memory of this controller",
            ));
        }
        Ok(())
    }

    /// Whether everything has fitted.
    pub(crate) const fn is_full(&self) -> bool {
        self.full
    }
}
