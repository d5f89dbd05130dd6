//! `readMemory` and `writeMemory`: the bytes of bytes-like objects.

use dapstub::Failure;
use dapstub::debuggee::{MemoryRead, MemoryWritten, Outcome, ReadMemory, WriteMemory};
use dapstub::failure::id;
use dapstub::json::Text;
use dapstub::protocol::{
    Base64, MemoryEvent, ReadMemoryArguments, ReadMemoryResponse, WriteMemoryArguments, WriteMemoryResponse,
};

use super::{PythonDebuggee, owned};
use crate::events;

/// A reference as the client sees it.
pub(super) fn reference(number: i64) -> Option<String> {
    (number != 0).then(|| number.to_string())
}

/// The number in a reference of the client's.
fn number(reference: &str) -> Result<i64, Failure> {
    let known = reference.parse::<i64>().ok().filter(|number| *number > 0);
    known.ok_or_else(|| Failure::new(id::BAD_ARGUMENTS, "arguments.memoryReference: there is no such memory"))
}

impl ReadMemory for PythonDebuggee<'_> {
    /// Addresses are distances from the beginning of the object: what is before and behind it cannot be read.
    fn read_memory(
        &mut self,
        arguments: &ReadMemoryArguments<'_>,
        answer: &mut MemoryRead<'_>,
    ) -> Result<Outcome, Failure> {
        let object = number(&owned(arguments.memory_reference))?;
        let offset = arguments.offset.unwrap_or(0);
        let read = self
            .engine
            .inspection
            .read_bytes(self.py, object, offset, arguments.count);
        let (bytes, missing) = read.map_err(|error| self.refuse_evaluation(&error))?;
        let address = format!("0x{:x}", offset.max(0));
        answer.give(&ReadMemoryResponse {
            address: Text::plain(&address),
            unreadable_bytes: (missing > 0).then_some(missing),
            data: (!bytes.is_empty()).then(|| Base64::new(&bytes)),
        })?;
        Ok(Outcome::Done)
    }
}

impl WriteMemory for PythonDebuggee<'_> {
    fn write_memory(
        &mut self,
        arguments: &WriteMemoryArguments<'_>,
        answer: &mut MemoryWritten<'_>,
    ) -> Result<Outcome, Failure> {
        let reference = owned(arguments.memory_reference);
        let object = number(&reference)?;
        let offset = arguments.offset.unwrap_or(0);
        let bytes: Vec<u8> = arguments.data.bytes().collect();
        let partial = arguments.allow_partial;
        let written = self
            .engine
            .inspection
            .write_bytes(self.py, object, offset, &bytes, partial);
        let written = written.map_err(|error| self.refuse_evaluation(&error))?;
        if partial {
            answer.give(&WriteMemoryResponse {
                offset: Some(offset),
                bytes_written: u32::try_from(written).ok(),
            })?;
        }
        if written > 0 {
            self.after_the_answer(move |client| {
                let event = MemoryEvent {
                    memory_reference: Text::plain(&reference),
                    offset,
                    count: written as u64,
                };
                events::send(client, event);
            });
            self.values_changed();
        }
        Ok(Outcome::Done)
    }
}
