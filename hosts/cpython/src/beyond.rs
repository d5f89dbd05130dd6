//! 3.11: from where on a frame cannot reach any of its breakpoints any more, so that it need not be traced to its end.
//!
//! Where the last of its lines with breakpoints has begun, nothing but a jump back leads to one of them again. Jumps back
//! are loops, and handlers of exceptions that stand before what they guard.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::modules;

/// The offset of the instruction from which on a frame of `code` reaches none of `places` anew; `None` where there is
/// none. `places` are what `co_lines` tells of the lines with breakpoints: the offsets where each begins and ends.
pub(crate) fn of(code: &Bound<'_, PyAny>, places: &[(usize, usize)]) -> PyResult<Option<usize>> {
    let begins = places.iter().map(|(begin, _)| *begin).max();
    let ends = places.iter().map(|(_, end)| *end).max();
    let Some((begin, end)) = begins.zip(ends) else {
        return Ok(None);
    };
    let py = code.py();
    let numbers = modules::import(py, "opcode")?.getattr("opmap")?.cast_into::<PyDict>()?;
    let resume: u8 = numbers.as_any().get_item("RESUME")?.extract()?;
    let extended: u8 = numbers.as_any().get_item("EXTENDED_ARG")?.extract()?;
    let mut back = Vec::new();
    for (name, number) in numbers.iter() {
        if name.extract::<String>()?.contains("BACKWARD") {
            back.push(number.extract::<u8>()?);
        }
    }
    let instructions = code.getattr("co_code")?.cast_into::<PyBytes>()?;
    let table = code.getattr("co_exceptiontable")?.cast_into::<PyBytes>()?;
    // No line is reported before the instruction with which the execution begins, nor for that itself.
    let pairs = || instructions.as_bytes().chunks_exact(2);
    let Some(first) = pairs().position(|pair| pair == [resume, 0]) else {
        return Ok(None);
    };
    let last = begin.max(2 * (first + 1));

    let mut prefix = 0;
    for (index, pair) in pairs().enumerate() {
        let (number, argument) = (pair[0], prefix << 8 | usize::from(pair[1]));
        prefix = if number == extended { argument } else { 0 };
        let next = 2 * (index + 1);
        if next > last && back.contains(&number) && next.saturating_sub(2 * argument) < end {
            return Ok(None);
        }
    }
    let leads_back = handlers(table.as_bytes()).any(|(guarded, target)| guarded > last && target < end);
    Ok((!leads_back).then_some(last))
}

/// The entries of `co_exceptiontable`: the offsets where what is guarded ends, and where its handler begins.
///
/// An entry is four numbers (start, length, target, depth), counted in instructions. A number is written with six bits a
/// byte, the upper ones first; bit 6 says that more follow (`Objects/exception_handling_notes.txt`).
fn handlers(table: &[u8]) -> impl Iterator<Item = (usize, usize)> {
    let mut numbers = Vec::new();
    let mut value = 0;
    for byte in table {
        value = value << 6 | usize::from(byte & 0x3f);
        if byte & 0x40 == 0 {
            numbers.push(2 * core::mem::take(&mut value));
        }
    }
    let entries: Vec<_> = numbers
        .chunks_exact(4)
        .map(|entry| (entry[0] + entry[1], entry[2]))
        .collect();
    entries.into_iter()
}
