//! `readMemory`.

use crate::{Board, Controller};
use dapstub::small::{Body, Value};

/// How many bytes one answer has at most.
const MOST: usize = 512;

const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

impl<B: Board> Controller<B> {
    pub(super) fn read_memory(&self, arguments: Value<'_>, answer: &mut Body<'_>) -> Result<(), &'static str> {
        let [reference, offset, count] = arguments.members("memoryReference offset count");
        let Some(start) = address(reference) else {
            return Err("not an address");
        };
        let mut at = start.wrapping_add_signed(offset.number().unwrap_or(0) as isize);
        let mut left = usize::try_from(count.number().unwrap_or(0)).unwrap_or(0);
        answer.raw("{\"address\":\"");
        answer.address(at);
        answer.raw("\",\"data\":\"");
        let mut room = left.min(MOST);
        // Three bytes become four digits.
        while room > 0 {
            let (mut bits, mut bytes) = (0u32, 0usize);
            while bytes < room.min(3)
                && let Some(byte) = self.board.byte(&self.machine, at)
            {
                bits |= u32::from(byte) << 16usize.wrapping_sub(bytes.wrapping_mul(8));
                at = at.wrapping_add(1);
                bytes = bytes.wrapping_add(1);
            }
            if bytes > 0 {
                for place in 0..4usize {
                    let digit = (bits >> 18) as usize & 63;
                    bits <<= 6;
                    answer.bytes(match DIGITS.get(digit..digit.wrapping_add(1)) {
                        Some(digit) if place <= bytes => digit,
                        _ => b"=",
                    });
                }
            }
            left = left.wrapping_sub(bytes);
            room = if bytes < 3 { 0 } else { room.wrapping_sub(3) };
        }
        answer.raw("\"");
        if left > 0 {
            answer.raw(",\"unreadableBytes\":");
            answer.number(left as i32);
        }
        answer.raw("}");
        Ok(())
    }
}

/// The address that is meant: hexadecimal, as variables tell it.
fn address(reference: Value<'_>) -> Option<usize> {
    let digits = reference.raw().strip_prefix(b"0x")?;
    let mut address = 0usize;
    for digit in digits {
        let digit = char::from(*digit).to_digit(16)?;
        address = address.wrapping_shl(4) | digit as usize;
    }
    Some(address)
}
