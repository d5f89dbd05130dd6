//! Messages in the making.

/// JSON that is written piece by piece. What does not fit makes the whole answer fail at its end, so that nobody has to look
/// before.
#[derive(Debug)]
pub struct Body<'s> {
    buffer: &'s mut [u8],
    pub(super) len: usize,
    pub(super) full: bool,
}

impl<'s> Body<'s> {
    pub(super) const fn new(buffer: &'s mut [u8]) -> Self {
        Self {
            buffer,
            len: 0,
            full: false,
        }
    }

    pub(super) const fn clear(&mut self) {
        self.len = 0;
        self.full = false;
    }

    pub(super) fn written(&self) -> &[u8] {
        self.buffer.get(..self.len).unwrap_or_default()
    }

    #[inline(never)]
    fn byte(&mut self, byte: u8) {
        match self.buffer.get_mut(self.len) {
            Some(place) => {
                *place = byte;
                self.len = self.len.wrapping_add(1);
            }
            None => self.full = true,
        }
    }

    /// Appends JSON as it stands.
    #[inline(never)]
    pub fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.byte(*byte);
        }
    }

    /// Appends JSON as it stands.
    pub fn raw(&mut self, json: &str) {
        self.bytes(json.as_bytes());
    }

    /// Appends a string, with its quotes.
    #[inline(never)]
    pub fn text(&mut self, text: &str) {
        self.byte(b'"');
        for byte in text.bytes() {
            match byte {
                b'"' | b'\\' => self.byte(b'\\'),
                ..b' ' => {
                    self.raw(if byte < 16 { "\\u000" } else { "\\u001" });
                    self.digits(usize::from(byte & 15), true);
                    continue;
                }
                _ => {}
            }
            self.byte(byte);
        }
        self.byte(b'"');
    }

    /// Appends a number.
    #[inline(never)]
    pub fn number(&mut self, value: i32) {
        if value < 0 {
            self.byte(b'-');
        }
        self.digits(value.unsigned_abs() as usize, false);
    }

    /// Appends an address, as it is written between quotes.
    pub fn address(&mut self, address: usize) {
        self.raw("0x");
        self.digits(address, true);
    }

    #[inline(never)]
    fn digits(&mut self, mut value: usize, hex: bool) {
        // 64 bits have 20 decimal digits.
        let mut digits = [0; 20];
        let mut start = digits.len();
        for place in digits.iter_mut().rev() {
            let digit;
            (value, digit) = if hex {
                (value >> 4, value as u8 & 15)
            } else {
                (value / 10, (value % 10) as u8)
            };
            *place = digit.wrapping_add(if digit < 10 { b'0' } else { b'a' - 10 });
            start = start.wrapping_sub(1);
            if value == 0 {
                break;
            }
        }
        self.bytes(digits.get(start..).unwrap_or_default());
    }
}
