//! Variables and functions of a program, as places in its text.

/// The function that what stands outside of all functions belongs to. Its variables are those of the whole program.
pub const MAIN: u8 = 0;

/// A variable.
#[derive(Clone, Copy)]
pub struct Symbol {
    /// Where its name begins in the text.
    pub at: u16,
    /// How long its name is.
    pub len: u8,
    /// The function it belongs to. Its slot is its place among the symbols of the same function.
    pub owner: u8,
}

/// A function.
#[derive(Clone, Copy)]
pub struct Function {
    /// Where its name begins in the text.
    pub at: u16,
    /// Where its code begins.
    pub entry: u16,
    /// Where its code ends.
    pub end: u16,
    /// How long its name is; 0 for [`MAIN`].
    pub len: u8,
    /// How many parameters it has.
    pub parameters: u8,
    /// How many variables it has, parameters included.
    pub variables: u8,
}

/// The names of a program.
#[derive(Clone, Copy)]
pub struct Names<'p> {
    /// The text that they stand in.
    pub text: &'p [u8],
    /// The variables.
    pub symbols: &'p [Symbol],
    /// The functions.
    pub functions: &'p [Function],
}

impl<'p> Names<'p> {
    /// The variables of a function, in the order of their slots.
    pub fn of(&self, function: u8) -> impl Iterator<Item = &'p [u8]> {
        let (symbols, text) = (self.symbols.iter(), self.text);
        symbols
            .filter(move |symbol| symbol.owner == function)
            .map(move |symbol| name(text, symbol.at, symbol.len))
    }

    /// The function that the code at this position belongs to.
    #[must_use]
    pub fn function_at(&self, at: usize) -> u8 {
        let inside = |function: &Function| usize::from(function.entry) <= at && at < usize::from(function.end);
        // The main program has no code of its own that is not behind or in front of functions.
        let found = self.functions.iter().position(inside);
        found.unwrap_or(0) as u8
    }

    /// What a function is called.
    #[must_use]
    pub fn function(&self, function: u8) -> &'p [u8] {
        match self.functions.get(usize::from(function)) {
            Some(found) if found.len > 0 => name(self.text, found.at, found.len),
            _ => b"main",
        }
    }

    /// The operand of [`LOAD`](super::op::LOAD) for the variable that stands in `text` from `at` to `end`, as a
    /// function sees it.
    pub(super) const fn slot(&self, text: &[u8], at: usize, end: usize, function: u8) -> Option<u8> {
        let (mut found, mut local, mut global) = (None, 0, super::op::GLOBAL);
        let mut index = 0;
        while index < self.symbols.len() {
            let symbol = self.symbols[index];
            let here = same(self.text, symbol.at as usize, symbol.len as usize, text, at, end);
            if symbol.owner == MAIN {
                if here && found.is_none() {
                    found = Some(global);
                }
                global += 1;
            } else if symbol.owner == function {
                if here {
                    found = Some(local);
                }
                local += 1;
            }
            index += 1;
        }
        found
    }

    /// The number of the function whose name stands in `text` from `at` to `end`.
    pub(super) const fn called(&self, text: &[u8], at: usize, end: usize) -> Option<u8> {
        let mut index = 1;
        while index < self.functions.len() {
            let function = self.functions[index];
            if same(self.text, function.at as usize, function.len as usize, text, at, end) {
                return Some(index as u8);
            }
            index += 1;
        }
        None
    }
}

fn name(text: &[u8], at: u16, len: u8) -> &[u8] {
    let at = usize::from(at);
    text.get(at..at.wrapping_add(usize::from(len))).unwrap_or_default()
}

/// The byte at `at`; 0 behind the end.
pub(super) const fn byte(text: &[u8], at: usize) -> u8 {
    if at < text.len() { text[at] } else { 0 }
}

const fn same(names: &[u8], start: usize, len: usize, text: &[u8], at: usize, end: usize) -> bool {
    if len != end.wrapping_sub(at) {
        return false;
    }
    let mut index = 0;
    while index < len {
        if byte(names, start.wrapping_add(index)) != byte(text, at.wrapping_add(index)) {
            return false;
        }
        index += 1;
    }
    true
}
