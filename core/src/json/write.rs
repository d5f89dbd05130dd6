//! Streaming JSON writer: values go straight into an [`Output`], without `core::fmt` and without a copy.

use super::{Text, bytes};
use crate::output::{Full, Output};

/// A value that writes itself as JSON.
pub trait ToJson {
    /// Appends the value.
    ///
    /// # Errors
    ///
    /// [`Full`] when `out` has no room; a part may have been written, so wrap the call in
    /// [`whole`](crate::output::whole) where that matters.
    fn write<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), Full>;

    /// Whether an object leaves the member out that holds this value. Only `None` says yes.
    fn is_absent(&self) -> bool {
        false
    }
}

/// An object being written. Members appear in the order of the calls.
///
/// ```
/// use dapstub::json::write::Object;
///
/// let mut out = heapless::Vec::<u8, 64>::new();
/// let mut object = Object::begin(&mut out)?;
/// object.member(",\"id\":", &7)?;
/// object.member(",\"name\":", &"main")?;
/// object.member(",\"line\":", &None::<u32>)?; // left out
/// object.end()?;
/// assert_eq!(out, br#"{"id":7,"name":"main"}"#);
/// # Ok::<(), dapstub::output::Full>(())
/// ```
#[derive(Debug)]
pub struct Object<'o, O: Output + ?Sized> {
    out: &'o mut O,
    empty: bool,
}

impl<'o, O: Output + ?Sized> Object<'o, O> {
    /// Writes the opening brace.
    ///
    /// # Errors
    ///
    /// [`Full`] when `out` has no room.
    pub fn begin(out: &'o mut O) -> Result<Self, Full> {
        out.push(b"{")?;
        Ok(Self { out, empty: true })
    }

    /// Writes one member. `key` is the text in front of the value as it stands in the middle of an object, such as
    /// `,"id":`; the first member is written without the comma.
    ///
    /// # Errors
    ///
    /// [`Full`] when `out` has no room.
    pub fn member<T: ToJson + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), Full> {
        if value.is_absent() {
            return Ok(());
        }
        value.write(self.key(key)?)
    }

    /// Writes the key of a member, whose value the caller then writes into what is returned.
    ///
    /// # Errors
    ///
    /// [`Full`] when `out` has no room.
    pub fn key(&mut self, key: &str) -> Result<&mut O, Full> {
        let key = if core::mem::take(&mut self.empty) {
            key.get(1..).unwrap_or_default()
        } else {
            key
        };
        self.out.push(key.as_bytes())?;
        Ok(self.out)
    }

    /// Writes the closing brace.
    ///
    /// # Errors
    ///
    /// [`Full`] when the output has no room.
    pub fn end(self) -> Result<(), Full> {
        self.out.push(b"}")
    }
}

/// Writes `values` as an array.
///
/// # Errors
///
/// [`Full`] when `out` has no room.
pub fn array<O, T>(out: &mut O, values: impl IntoIterator<Item = T>) -> Result<(), Full>
where
    O: Output + ?Sized,
    T: ToJson,
{
    out.push(b"[")?;
    for (index, value) in values.into_iter().enumerate() {
        if index > 0 {
            out.push(b",")?;
        }
        value.write(out)?;
    }
    out.push(b"]")
}

/// Writes `text` as a string, with quotes. Only what JSON demands is escaped; everything else stays UTF-8.
///
/// # Errors
///
/// [`Full`] when `out` has no room.
pub fn string<O: Output + ?Sized>(out: &mut O, text: &str) -> Result<(), Full> {
    out.push(b"\"")?;
    string_part(out, text)?;
    out.push(b"\"")
}

/// Writes `text` escaped, without quotes, for a string that is put together from pieces.
///
/// # Errors
///
/// [`Full`] when `out` has no room.
pub fn string_part<O: Output + ?Sized>(out: &mut O, text: &str) -> Result<(), Full> {
    let bytes = text.as_bytes();
    let mut start = 0usize;
    loop {
        let end = bytes::plain_end(bytes, start);
        out.push(bytes.get(start..end).unwrap_or_default())?;
        let Some(&special) = bytes.get(end) else { return Ok(()) };
        escape(out, special)?;
        start = end.wrapping_add(1);
    }
}

#[cold]
fn escape<O: Output + ?Sized>(out: &mut O, byte: u8) -> Result<(), Full> {
    let short = match byte {
        b'"' => b"\\\"",
        b'\\' => b"\\\\",
        b'\n' => b"\\n",
        b'\r' => b"\\r",
        b'\t' => b"\\t",
        0x08 => b"\\b",
        0x0c => b"\\f",
        _ => {
            let last = char::from_digit(u32::from(byte & 0xf), 16).map_or(b'0', |digit| digit as u8);
            return out.push(&[b'\\', b'u', b'0', b'0', if byte < 0x10 { b'0' } else { b'1' }, last]);
        }
    };
    out.push(short)
}

/// Decimal digits of a number, most significant first.
pub(crate) struct Digits {
    bytes: [u8; 20],
    start: usize,
}

impl Digits {
    pub(crate) fn new(mut value: u64) -> Self {
        let mut bytes = [b'0'; 20];
        let mut start = bytes.len();
        for slot in bytes.iter_mut().rev() {
            let digit;
            (value, digit) = tenth(value);
            *slot = b'0'.wrapping_add(digit);
            start = start.saturating_sub(1);
            if value == 0 {
                break;
            }
        }
        Self { bytes, start }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    pub(crate) fn as_str(&self) -> &str {
        core::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

/// A tenth of a number, and the digit that is left.
#[inline(always)]
const fn tenth(value: u64) -> (u64, u8) {
    if cfg!(target_pointer_width = "64") {
        return (value / 10, (value % 10) as u8);
    }
    // Divided as on paper, in digits of 16 bits: a division of 64 bits is a thousand bytes of code on small processors.
    let (mut quotient, mut rest, mut shift) = (0, 0, 64u32);
    while shift > 0 {
        shift = shift.wrapping_sub(16);
        let part = (rest << 16) | ((value >> shift) as u32 & 0xffff);
        quotient |= ((part / 10) as u64) << shift;
        rest = part % 10;
    }
    (quotient, rest as u8)
}

impl ToJson for u64 {
    fn write<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), Full> {
        out.push(Digits::new(*self).as_bytes())
    }
}

impl ToJson for i64 {
    fn write<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), Full> {
        if *self < 0 {
            out.push(b"-")?;
        }
        self.unsigned_abs().write(out)
    }
}

macro_rules! through {
    ($($small:ty => $wide:ty),*) => {$(
        impl ToJson for $small {
            fn write<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), Full> {
                <$wide>::from(*self).write(out)
            }
        }
    )*};
}
through!(u8 => u64, u16 => u64, u32 => u64, i32 => i64);

impl ToJson for bool {
    fn write<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), Full> {
        out.push(if *self { b"true" } else { b"false" })
    }
}

impl ToJson for str {
    fn write<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), Full> {
        string(out, self)
    }
}

impl ToJson for Text<'_> {
    fn write<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), Full> {
        if self.is_escaped() {
            out.push(b"\"")?;
            out.push(self.raw().as_bytes())?;
            out.push(b"\"")
        } else {
            string(out, self.raw())
        }
    }
}

impl<T: ToJson> ToJson for Option<T> {
    fn write<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), Full> {
        match self {
            Some(value) => value.write(out),
            None => out.push(b"null"),
        }
    }

    fn is_absent(&self) -> bool {
        self.as_ref().is_none_or(ToJson::is_absent)
    }
}

impl<T: ToJson + ?Sized> ToJson for &T {
    fn write<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), Full> {
        (**self).write(out)
    }

    fn is_absent(&self) -> bool {
        (**self).is_absent()
    }
}

impl<T: ToJson> ToJson for [T] {
    fn write<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), Full> {
        array(out, self)
    }
}
