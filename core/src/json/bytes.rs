//! Walking over the bytes of JSON text: what the scanner and the cursor have in common.
//!
//! Every function takes a position and gives the next one, instead of changing one behind a reference, so that
//! positions stay in registers.

/// The first byte from `at` on that is no white space, and its position. At the end of the text the byte is 0, which
/// cannot stand between the values of JSON.
#[cfg_attr(feature = "optimize_for_size", inline(never))]
#[cfg_attr(not(feature = "optimize_for_size"), inline(always))]
pub(super) fn token(bytes: &[u8], at: usize) -> (u8, usize) {
    match bytes.get(at) {
        Some(&byte) if byte > b' ' => (byte, at),
        _ => token_behind_space(bytes, at),
    }
}

#[inline(never)]
fn token_behind_space(bytes: &[u8], mut at: usize) -> (u8, usize) {
    loop {
        match bytes.get(at) {
            Some(b' ' | b'\t' | b'\n' | b'\r') => at = at.wrapping_add(1),
            Some(&byte) => return (byte, at),
            None => return (0, at),
        }
    }
}

/// Where the digits that begin at `at` end.
#[cfg_attr(feature = "optimize_for_size", inline(never))]
#[cfg_attr(not(feature = "optimize_for_size"), inline(always))]
pub(super) fn digits_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b'0'..=b'9') = bytes.get(at) {
        at = at.wrapping_add(1);
    }
    at
}

/// Where the bytes from `at` on end that stand in a string for themselves: at the first quote, backslash or control
/// character.
#[cfg_attr(feature = "optimize_for_size", inline(never))]
#[cfg_attr(not(feature = "optimize_for_size"), inline)]
pub(super) fn plain_end(bytes: &[u8], mut at: usize) -> usize {
    if !cfg!(feature = "optimize_for_size") {
        let Some(rest) = bytes.get(at..) else { return at };
        let (words, _) = rest.as_chunks::<8>();
        for word in words {
            let special = special_bytes(u64::from_le_bytes(*word));
            if special != 0 {
                return at.wrapping_add(special.trailing_zeros() as usize / 8);
            }
            at = at.wrapping_add(8);
        }
    }
    while let Some(byte) = bytes.get(at) {
        if matches!(byte, b'"' | b'\\' | 0..0x20) {
            break;
        }
        at = at.wrapping_add(1);
    }
    at
}

/// Marks the lowest byte that is a quote, a backslash or a control character with its highest bit; above it, marks mean
/// nothing.
#[inline(always)]
const fn special_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHEST: u64 = ONES.wrapping_mul(0x80);
    // A byte less than `n` borrows in the subtraction, which gives it the highest bit that it had not.
    const fn less(word: u64, n: u64) -> u64 {
        word.wrapping_sub(ONES.wrapping_mul(n)) & !word
    }
    let quote = word ^ ONES.wrapping_mul(b'"' as u64);
    let backslash = word ^ ONES.wrapping_mul(b'\\' as u64);
    (less(word, 0x20) | less(quote, 1) | less(backslash, 1)) & HIGHEST
}

/// Where a string ends whose inside begins at `at`, and whether there is an escape in it. For text that was accepted;
/// of any other, the end is the end of the text.
#[inline(never)]
pub(super) fn string_end(bytes: &[u8], at: usize) -> (usize, bool) {
    let end = plain_end(bytes, at);
    match bytes.get(end) {
        Some(b'"') => (end, false),
        _ => escaped_string_end(bytes, end),
    }
}

#[inline(never)]
fn escaped_string_end(bytes: &[u8], mut at: usize) -> (usize, bool) {
    loop {
        at = match bytes.get(at) {
            Some(b'"') => return (at, true),
            Some(b'\\') => plain_end(bytes, at.wrapping_add(2)),
            Some(_) => plain_end(bytes, at.wrapping_add(1)),
            None => return (bytes.len(), true),
        };
    }
}

/// The integer at `at`, and where it ends. There is none, and the end is 0, if no digit is there, if a fraction or an
/// exponent follows, or beyond 18 digits, which is more than any limit of DAP has.
#[inline(never)]
pub(super) fn integer(bytes: &[u8], at: usize) -> (i64, usize) {
    let negative = bytes.get(at) == Some(&b'-');
    let start = at.wrapping_add(usize::from(negative));
    let (mut value, mut end) = (0i64, start);
    while let Some(digit @ b'0'..=b'9') = bytes.get(end) {
        value = value.wrapping_mul(10).wrapping_add(i64::from(digit.wrapping_sub(b'0')));
        end = end.wrapping_add(1);
    }
    if !matches!(end.wrapping_sub(start), 1..=18) || matches!(bytes.get(end), Some(b'.' | b'e' | b'E')) {
        return (0, 0);
    }
    (if negative { value.wrapping_neg() } else { value }, end)
}

/// Where a number or a literal ends that begins at `at`. For text that was accepted.
#[cfg_attr(feature = "optimize_for_size", inline(never))]
#[cfg_attr(not(feature = "optimize_for_size"), inline(always))]
pub(super) fn scalar_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b'+' | b'-' | b'.' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z') = bytes.get(at) {
        at = at.wrapping_add(1);
    }
    at
}

/// Where an array or an object ends that begins at `at`. For text that was accepted.
#[inline(never)]
pub(super) fn nested_end(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0usize;
    while let Some(byte) = bytes.get(at) {
        at = at.wrapping_add(1);
        match byte {
            b'"' => at = string_end(bytes, at).0.wrapping_add(1),
            b'{' | b'[' => depth = depth.wrapping_add(1),
            b'}' | b']' => {
                depth = depth.wrapping_sub(1);
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::plain_end;
    use std::vec::Vec;

    /// Every byte at every place of a word, behind bytes that could mislead.
    #[test]
    fn special_bytes_are_found_wherever_they_stand() {
        for special in 0..=u8::MAX {
            for filler in [b'a', 0x20, 0x21, 0x23, 0x5b, 0x5d, 0x7f, 0x80, 0xff] {
                for at in 0..20 {
                    let mut text: Vec<u8> = [filler; 20].into();
                    text[at] = special;
                    let is_special = matches!(special, b'"' | b'\\' | 0..0x20);
                    assert_eq!(
                        plain_end(&text, 0),
                        if is_special { at } else { 20 },
                        "{special} in {filler}"
                    );
                }
            }
        }
    }
}
