//! `readMemory`.

use super::number::Number;
use crate::{Board, Controller};
use dapstub::Failure;
use dapstub::debuggee::{MemoryRead, Outcome, ReadMemory};
use dapstub::protocol::{Base64, ReadMemoryArguments, ReadMemoryResponse};

/// How many bytes one answer has at most.
const MOST: usize = 256;

const NO_SUCH_ADDRESS: u32 = 1003;

impl<B: Board> ReadMemory for Controller<B> {
    fn read_memory(
        &mut self,
        arguments: &ReadMemoryArguments<'_>,
        answer: &mut MemoryRead<'_>,
    ) -> Result<Outcome, Failure> {
        let start = address(arguments).ok_or_else(|| Failure::new(NO_SUCH_ADDRESS, "not an address"))?;
        let wanted = usize::try_from(arguments.count).unwrap_or(usize::MAX);
        let mut bytes = [0; MOST];
        let mut read = 0usize;
        for place in bytes.iter_mut().take(wanted) {
            let Some(byte) = self.board.byte(&self.machine, start.wrapping_add(read)) else {
                break;
            };
            *place = byte;
            read = read.wrapping_add(1);
        }
        let unreadable = wanted.saturating_sub(read);
        answer.give(&ReadMemoryResponse {
            address: Number::address(start).as_str().into(),
            unreadable_bytes: (unreadable > 0).then_some(unreadable as u64),
            data: Some(Base64::new(bytes.get(..read).unwrap_or_default())),
        })?;
        Ok(Outcome::Done)
    }
}

/// The address that a client means: hexadecimal, as variables tell it, and an offset.
fn address(arguments: &ReadMemoryArguments<'_>) -> Option<usize> {
    let digits = arguments.memory_reference.as_str()?.strip_prefix("0x")?;
    let mut address = 0usize;
    for digit in digits.chars() {
        address = address.checked_mul(16)?.checked_add(digit.to_digit(16)? as usize)?;
    }
    address.checked_add_signed(arguments.offset.unwrap_or(0).try_into().ok()?)
}
