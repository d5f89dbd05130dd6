//! Numbers as text.

use core::str;

/// A number in decimal digits, or a hexadecimal address.
pub(super) struct Number {
    bytes: [u8; 18],
    start: usize,
}

impl Number {
    pub(super) fn decimal(value: i32) -> Self {
        let mut new = Self::digits(value.unsigned_abs() as usize, 10);
        if value < 0 {
            new.push(b'-');
        }
        new
    }

    pub(super) fn address(value: usize) -> Self {
        let mut new = Self::digits(value, 16);
        new.push(b'x');
        new.push(b'0');
        new
    }

    fn digits(mut value: usize, base: usize) -> Self {
        let mut new = Self {
            bytes: [0; 18],
            start: 18,
        };
        loop {
            let digit = (value % base) as u8;
            new.push(if digit < 10 { b'0'.wrapping_add(digit) } else { b'W'.wrapping_add(digit) });
            value /= base;
            if value == 0 {
                return new;
            }
        }
    }

    /// Puts a character in front.
    fn push(&mut self, byte: u8) {
        self.start = self.start.wrapping_sub(1);
        if let Some(place) = self.bytes.get_mut(self.start) {
            *place = byte;
        }
    }

    pub(super) fn as_str(&self) -> &str {
        str::from_utf8(self.bytes.get(self.start..).unwrap_or_default()).unwrap_or_default()
    }
}
