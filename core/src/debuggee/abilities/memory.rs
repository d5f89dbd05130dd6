//! Memory and machine code.

use crate::Failure;
use crate::debuggee::{Instructions, MemoryRead, MemoryWritten, Outcome};
use crate::protocol::{DisassembleArguments, ReadMemoryArguments, WriteMemoryArguments};

/// Reading memory: `readMemory` (`supportsReadMemoryRequest`).
pub trait ReadMemory {
    /// Tells the bytes, as many as can be read.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn read_memory(
        &mut self,
        arguments: &ReadMemoryArguments<'_>,
        answer: &mut MemoryRead<'_>,
    ) -> Result<Outcome, Failure>;
}

/// Changing memory: `writeMemory` (`supportsWriteMemoryRequest`).
pub trait WriteMemory {
    /// Writes the bytes, all of them or, if [`allow_partial`](WriteMemoryArguments::allow_partial) says so, what can be written. An answer
    /// need be given only in the latter case.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn write_memory(
        &mut self,
        arguments: &WriteMemoryArguments<'_>,
        answer: &mut MemoryWritten<'_>,
    ) -> Result<Outcome, Failure>;
}

/// Machine code: `disassemble` (`supportsDisassembleRequest`).
pub trait Disassemble {
    /// Push exactly as many instructions as were asked for.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn disassemble(
        &mut self,
        arguments: &DisassembleArguments<'_>,
        instructions: &mut Instructions<'_>,
    ) -> Result<Outcome, Failure>;
}
