//! The lines with code of one compiled file, and the code objects that hold them.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCode, PyTuple};

/// `CO_OPTIMIZED` of `inspect`: the code object is a function, not a module or the body of a class.
const CO_OPTIMIZED: u32 = 1;

/// The lines with code of one content of a file. Lines are counted from 1.
#[derive(Debug)]
pub(crate) struct FileLines {
    /// The module first; an enclosing block comes before those inside it.
    blocks: Vec<CodeBlock>,
    /// Sorted, each once.
    lines: Vec<u32>,
    /// The lines that can only go on with what was begun before, such as a closing bracket; sorted.
    continuations: Vec<u32>,
}

/// One code object of a file: the module, a function, the body of a class, a lambda, a comprehension.
#[derive(Debug)]
pub(crate) struct CodeBlock {
    /// `co_qualname`, such as `Class.method` or `outer.<locals>.inner`; `<module>` for the module.
    pub(crate) qualified_name: String,
    /// `co_firstlineno`: the first decorator, or the line of `def`. 1 for the module.
    pub(crate) first_line: u32,
    /// The last line on which an instruction of the block, or of one inside it, ends.
    pub(crate) last_line: u32,
    enclosing: usize,
    lines: Vec<u32>,
}

impl FileLines {
    /// Where a breakpoint that was asked for on `line` goes: there if the line has code, else to the next that has.
    ///
    /// The end of a statement of several lines moves back into it. A line inside a function never moves out of it: within
    /// its last statement (the inside of a long string) it moves back to that statement. `None` after the last code of the file, or if it
    /// has none; [`NO_CODE`] is the reason to give.
    pub(crate) fn next_breakable(&self, line: u32) -> Option<u32> {
        let line = line.max(1);
        let next = self.lines.get(self.lines.partition_point(|&held| held < line)).copied();
        if next == Some(line) {
            return next;
        }
        let around = self
            .blocks
            .iter()
            .filter(|block| block.is_statement() && (block.first_line..=block.last_line).contains(&line))
            .max_by_key(|block| block.first_line);
        if self.continuations.binary_search(&line).is_ok() {
            let first = around.map_or(1, |block| block.first_line);
            let before = self.lines[..self.lines.partition_point(|&held| held < line)].last();
            if let Some(&before) = before.filter(|&&before| before >= first) {
                return Some(before);
            }
        }
        match (around, next) {
            (Some(block), None) => self.last_before(line, block),
            (Some(block), Some(next)) if next > block.last_line => self.last_before(line, block).or(Some(next)),
            _ => next,
        }
    }

    /// The lines with code among these.
    pub(crate) fn within(&self, lines: core::ops::RangeInclusive<u32>) -> impl Iterator<Item = u32> + '_ {
        let first = self.lines.partition_point(|held| held < lines.start());
        let held = self.lines[first..].iter().copied();
        held.take_while(move |line| line <= lines.end())
    }

    fn last_before(&self, line: u32, block: &CodeBlock) -> Option<u32> {
        let before = self.lines[..self.lines.partition_point(|&held| held < line)]
            .last()
            .copied();
        before.filter(|&before| before >= block.first_line)
    }

    pub(super) fn of_code(module: Bound<'_, PyCode>, resume: Option<u8>, continuations: Vec<u32>) -> PyResult<Self> {
        let mut blocks = Vec::new();
        let mut open = vec![(module, 0)];
        while let Some((code, enclosing)) = open.pop() {
            let py = code.py();
            let index = blocks.len();
            let Some(block) = CodeBlock::of_code(&code, enclosing, index == 0, resume)? else {
                continue;
            };
            blocks.push(block);
            for constant in code.getattr(interned!(py, "co_consts"))?.cast::<PyTuple>()?.iter() {
                if let Ok(inner) = constant.cast_into::<PyCode>() {
                    open.push((inner, index));
                }
            }
        }
        // Whoever is inside comes later, so that going backwards an end has arrived before it is handed on.
        for index in (1..blocks.len()).rev() {
            let (enclosing, last_line) = (blocks[index].enclosing, blocks[index].last_line);
            blocks[enclosing].last_line = blocks[enclosing].last_line.max(last_line);
        }
        let mut lines: Vec<_> = blocks.iter().flat_map(|block| block.lines.iter().copied()).collect();
        lines.sort_unstable();
        lines.dedup();
        Ok(Self {
            blocks,
            lines,
            continuations,
        })
    }
}

/// The lines of `source` that begin with what no statement begins with: closing brackets, operators, digits.
pub(super) fn continuations(source: &[u8]) -> Vec<u32> {
    let goes_on = |line: &[u8]| {
        let first = line.iter().find(|byte| !byte.is_ascii_whitespace());
        first.is_some_and(|byte| b")]}+-*/%&|^<>=,.:0123456789".contains(byte))
    };
    let lines = source.split(|&byte| byte == b'\n').zip(1..);
    lines
        .filter(|(line, _)| goes_on(line))
        .map(|(_, number)| number)
        .collect()
}

/// Why [`FileLines::next_breakable`] found no line.
pub(crate) const NO_CODE: &str = "no line with code here or further down in this file";

impl CodeBlock {
    /// `None` for code that the interpreter adds of its own accord (3.14 keeps annotations in such functions) and that
    /// does not run when its lines seem to.
    fn of_code(
        code: &Bound<'_, PyCode>,
        enclosing: usize,
        is_module: bool,
        resume: Option<u8>,
    ) -> PyResult<Option<Self>> {
        let py = code.py();
        let name = code.getattr(interned!(py, "co_name"))?;
        let name = name.extract::<String>()?;
        if name == "__annotate__" {
            return Ok(None);
        }
        let flags: u32 = code.getattr(interned!(py, "co_flags"))?.extract()?;
        // The body of a class begins by noting its name, and the scope of type parameters by making them, on the very
        // line of `class` or `def`. The enclosing block has that line, and nobody wants to stop at it twice.
        let repeats_first_line = !is_module && flags & CO_OPTIMIZED == 0 || name.starts_with("<generic parameters of ");
        let body = match resume {
            Some(resume) => end_of_prologue(code, resume)?,
            None => 0,
        };
        let mut opening = None;
        let mut is_opening = repeats_first_line;
        let mut lines = Vec::new();
        for range in code.call_method0(interned!(py, "co_lines"))?.try_iter()? {
            let (_, end, line): (u32, u32, Option<u32>) = range?.extract()?;
            // Line 0 is the module's own beginning.
            let Some(line) = line.filter(|&line| line > 0 && end > body) else {
                continue;
            };
            is_opening = is_opening && *opening.get_or_insert(line) == line;
            if !is_opening && lines.last() != Some(&line) {
                lines.push(line);
            }
        }
        lines.sort_unstable();
        lines.dedup();
        let first_line = code.getattr(interned!(py, "co_firstlineno"))?.extract()?;
        Ok(Some(Self {
            qualified_name: code.getattr(interned!(py, "co_qualname"))?.extract()?,
            first_line,
            last_line: last_line(code)?.max(first_line),
            enclosing,
            lines,
        }))
    }

    /// Whether the block has statements of its own: lambdas and comprehensions have not.
    fn is_statement(&self) -> bool {
        !self.qualified_name.ends_with('>') || self.qualified_name == "<module>"
    }
}

/// Where a function's own instructions begin, in bytes. What stands before has the line of `def` but is no line event.
fn end_of_prologue(code: &Bound<'_, PyCode>, resume: u8) -> PyResult<u32> {
    let bytecode = code.getattr(interned!(code.py(), "co_code"))?;
    let mut instructions = bytecode.cast::<PyBytes>()?.as_bytes().chunks_exact(2);
    let before = instructions.position(|instruction| instruction[0] == resume);
    Ok(before
        .and_then(|before| u32::try_from(2 * (before + 1)).ok())
        .unwrap_or(0))
}

/// The largest end line of any instruction; 0 if the interpreter keeps none (`-X no_debug_ranges`).
fn last_line(code: &Bound<'_, PyCode>) -> PyResult<u32> {
    let mut last = 0;
    for position in code.call_method0(interned!(code.py(), "co_positions"))?.try_iter()? {
        let end: Option<u32> = position?.cast::<PyTuple>()?.get_borrowed_item(1)?.extract()?;
        last = last.max(end.unwrap_or(0));
    }
    Ok(last)
}
