//! `readMemory`, `writeMemory` and `disassemble`. Bytes are text in base64.

use super::{Base64, Source};
use crate::json::{Items, Text};

object! {
    /// Arguments of `readMemory`.
    pub struct ReadMemoryArguments<'a> in "Requests_ReadMemory" {
        /// The place to count from.
        memory_reference: Text<'a> = "memoryReference",
        /// Distance of the first byte from that place; 0 if absent.
        offset: Option<i64> = "offset",
        /// How many bytes.
        count: u64 = "count",
    }
}

object! {
    /// Answer to `readMemory`.
    pub struct ReadMemoryResponse<'a> in "Requests_ReadMemory" {
        /// Address of the first byte: decimal, or hexadecimal after `0x`.
        address: Text<'a> = "address",
        /// How many bytes behind the last that was read cannot be read.
        unreadable_bytes: Option<u64> = "unreadableBytes",
        /// The bytes that were read.
        data: Option<Base64<'a>> = "data",
    }
}

object! {
    /// Arguments of `writeMemory`.
    pub struct WriteMemoryArguments<'a> in "Requests_WriteMemory" {
        /// The place to count from.
        memory_reference: Text<'a> = "memoryReference",
        /// Distance of the first byte from that place; 0 if absent.
        offset: Option<i64> = "offset",
        /// Write as much as can be written; otherwise all or nothing.
        allow_partial: bool = "allowPartial" or false,
        /// The bytes.
        data: Base64<'a> = "data",
    }
}

object! {
    /// Answer to `writeMemory`; it says something only where a part may be written.
    pub struct WriteMemoryResponse in "Requests_WriteMemory" {
        /// Distance of the first byte that was written.
        offset: Option<i64> = "offset",
        /// How many bytes were written.
        bytes_written: Option<u32> = "bytesWritten",
    }
}

object! {
    /// Arguments of `disassemble`.
    pub struct DisassembleArguments<'a> in "Requests_Disassemble" {
        /// The place to count from.
        memory_reference: Text<'a> = "memoryReference",
        /// Distance from that place, in bytes; 0 if absent.
        offset: Option<i64> = "offset",
        /// Distance from there, in instructions; 0 if absent.
        instruction_offset: Option<i64> = "instructionOffset",
        /// How many instructions. The answer has exactly as many: made-up ones stand for what is not there.
        instruction_count: u32 = "instructionCount",
        /// Show names for addresses.
        resolve_symbols: bool = "resolveSymbols" or false,
    }
}

object! {
    /// Answer to `disassemble`.
    pub struct DisassembleResponse<'a> in "Requests_Disassemble" {
        /// The instructions, in order.
        instructions: Items<'a, DisassembledInstruction<'a>> = "instructions",
    }
}

object! {
    /// An instruction.
    pub struct DisassembledInstruction<'a> in "Types_DisassembledInstruction" {
        /// Its address: decimal, or hexadecimal after `0x`.
        address: Text<'a> = "address",
        /// Its bytes, for people.
        instruction_bytes: Option<Text<'a>> = "instructionBytes",
        /// The instruction, for people.
        instruction: Text<'a> = "instruction",
        /// Name of the place.
        symbol: Option<Text<'a>> = "symbol",
        /// The source it comes from; if absent, the same as of the instruction before.
        location: Option<Source<'a>> = "location",
        /// First line.
        line: Option<u64> = "line",
        /// First column.
        column: Option<u64> = "column",
        /// Last line.
        end_line: Option<u64> = "endLine",
        /// Last column.
        end_column: Option<u64> = "endColumn",
        /// How to show it.
        presentation_hint: Option<InstructionPresentationHint> = "presentationHint",
    }
}

words! {
    /// How a client shows an instruction.
    pub enum InstructionPresentationHint in "Types_DisassembledInstruction" {
        /// As any other.
        Normal = "normal",
        /// It is made up, and the program cannot come there.
        Invalid = "invalid",
    }
}
