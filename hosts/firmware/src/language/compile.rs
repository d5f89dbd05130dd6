//! Whole programs into code, while this crate is compiled.
//!
//! A line is one statement: `var NAME = VALUE`, `NAME = VALUE`, `NAME(VALUE, ...)`, `if VALUE`, `else`, `while VALUE`,
//! `fn NAME(NAME, ...)`, `return VALUE`, `wait VALUE`, `end`; or a comment behind `#`. Functions are defined in front of
//! their use. A `var` outside of functions is a variable of the whole program.

use super::expression::{Code, expression, is, space_end, word_end};
use super::names::{Function, MAIN, Names, Symbol, byte};
use super::op;

const CODE: usize = 1024;
const SYMBOLS: usize = 64;
const FUNCTIONS: usize = 16;
const BLOCKS: usize = 8;

/// A compiled program, with room behind everything.
pub struct Compiled {
    code: Code<CODE>,
    symbols: [Symbol; SYMBOLS],
    symbols_len: usize,
    functions: [Function; FUNCTIONS],
    functions_len: usize,
}

/// What an `end` ends.
#[derive(Clone, Copy)]
enum Block {
    /// The place of the jump behind it.
    If(usize),
    /// Where it begins, and the place of the jump behind it.
    While(usize, usize),
    /// The place of the jump over it.
    Function(usize),
}

/// Compiles a program. Meant for constants: what is wrong with the program is a panic.
#[must_use]
pub const fn compile(text: &[u8]) -> Compiled {
    let mut new = Compiled {
        code: Code::EMPTY,
        symbols: [Symbol {
            at: 0,
            len: 0,
            owner: 0,
        }; SYMBOLS],
        symbols_len: 0,
        functions: [Function {
            at: 0,
            entry: 0,
            end: 0,
            len: 0,
            parameters: 0,
            variables: 0,
        }; FUNCTIONS],
        functions_len: 1,
    };
    let mut blocks = [Block::If(0); BLOCKS];
    let mut depth = 0;
    let mut function = MAIN;
    let (mut at, mut line) = (0, 1);
    while at < text.len() {
        let start = space_end(text, at);
        let end = word_end(text, start);
        let behind = space_end(text, end);
        let mut stop = behind;
        if is(text, start, end, b"fn") {
            assert!(function == MAIN, "a function inside of another");
            blocks[depth] = Block::Function(new.jump(op::JUMP));
            depth += 1;
            function = new.functions_len as u8;
            stop = new.function(text, behind);
        } else if is(text, start, end, b"end") {
            depth -= 1;
            match blocks[depth] {
                Block::If(jump) => new.land(jump),
                Block::While(begin, jump) => {
                    let back = new.jump(op::JUMP);
                    new.set(back, begin);
                    new.land(jump);
                }
                Block::Function(jump) => {
                    new.code.push(op::PUSH);
                    new.code.push(0);
                    new.code.push(op::RETURN);
                    new.land(jump);
                    new.functions[function as usize].end = new.code.len as u16;
                    function = MAIN;
                }
            }
        } else if is(text, start, end, b"else") {
            let jump = new.jump(op::JUMP);
            let Block::If(before) = blocks[depth - 1] else {
                panic!("an else without its if")
            };
            new.land(before);
            blocks[depth - 1] = Block::If(jump);
        } else if end > start {
            let begin = new.code.len;
            new.code.push(op::LINE);
            new.code.push(line);
            if is(text, start, end, b"if") {
                stop = new.value(text, behind, function);
                blocks[depth] = Block::If(new.jump(op::JUMP_IF_ZERO));
                depth += 1;
            } else if is(text, start, end, b"while") {
                stop = new.value(text, behind, function);
                blocks[depth] = Block::While(begin, new.jump(op::JUMP_IF_ZERO));
                depth += 1;
            } else if is(text, start, end, b"return") {
                stop = new.value(text, behind, function);
                new.code.push(op::RETURN);
            } else if is(text, start, end, b"wait") {
                stop = new.value(text, behind, function);
                new.code.push(op::WAIT);
            } else if is(text, start, end, b"var") {
                let name_end = word_end(text, behind);
                stop = new.value(text, assigned(text, name_end), function);
                new.symbol(behind, name_end, function);
                new.store(text, behind, name_end, function);
            } else if byte(text, end) == b'(' {
                stop = new.value(text, start, function);
                new.code.push(op::DROP);
            } else {
                stop = new.value(text, assigned(text, end), function);
                new.store(text, start, end, function);
            }
        }
        stop = space_end(text, stop);
        assert!(
            matches!(byte(text, stop), b'#' | b'\n' | 0),
            "something else stands behind a statement"
        );
        while !matches!(byte(text, stop), b'\n' | 0) {
            stop += 1;
        }
        at = stop + 1;
        line += 1;
    }
    assert!(depth == 0, "a block has no end");
    new.code.push(op::END);
    assert!(!new.code.full, "the program is too long");
    new
}

/// Behind the `=` that follows a name.
const fn assigned(text: &[u8], at: usize) -> usize {
    let at = space_end(text, at);
    assert!(byte(text, at) == b'=', "neither a statement nor an assignment");
    at + 1
}

impl Compiled {
    const fn value(&mut self, text: &[u8], at: usize, function: u8) -> usize {
        let names = Names {
            text,
            symbols: self.symbols.split_at(self.symbols_len).0,
            functions: self.functions.split_at(self.functions_len).0,
        };
        match expression::<CODE, true>(text, at, &names, function, &mut self.code) {
            Ok(end) => end,
            Err(_) => panic!("an expression is wrong"),
        }
    }

    const fn store(&mut self, text: &[u8], at: usize, end: usize, function: u8) {
        let names = Names {
            text,
            symbols: self.symbols.split_at(self.symbols_len).0,
            functions: &[],
        };
        let Some(slot) = names.slot(text, at, end, function) else {
            panic!("an assignment to no variable")
        };
        self.code.push(op::STORE);
        self.code.push(slot);
    }

    const fn symbol(&mut self, at: usize, end: usize, owner: u8) {
        assert!(end > at, "a name is missing");
        self.symbols[self.symbols_len] = Symbol {
            at: at as u16,
            len: (end - at) as u8,
            owner,
        };
        self.symbols_len += 1;
        self.functions[owner as usize].variables += 1;
    }

    /// Takes the name and the parameters of a function in, and says where they end.
    const fn function(&mut self, text: &[u8], at: usize) -> usize {
        let index = self.functions_len;
        let mut end = word_end(text, at);
        assert!(byte(text, end) == b'(', "a function without parameters");
        self.functions[index] = Function {
            at: at as u16,
            entry: self.code.len as u16,
            end: 0,
            len: (end - at) as u8,
            parameters: 0,
            variables: 0,
        };
        self.functions_len += 1;
        while byte(text, end) != b')' {
            let name = space_end(text, end + 1);
            end = word_end(text, name);
            if end > name {
                self.symbol(name, end, index as u8);
                self.functions[index].parameters += 1;
            }
            assert!(matches!(byte(text, end), b',' | b')'), "parameters are wrong");
        }
        end + 1
    }

    /// Appends a jump whose target is not known yet, and gives the place of the target.
    const fn jump(&mut self, jump: u8) -> usize {
        self.code.push(jump);
        self.code.push(0);
        self.code.push(0);
        self.code.len - 2
    }

    const fn land(&mut self, jump: usize) {
        self.set(jump, self.code.len);
    }

    const fn set(&mut self, jump: usize, target: usize) {
        self.code.bytes[jump] = target as u8;
        self.code.bytes[jump + 1] = (target >> 8) as u8;
    }

    /// How long the code is.
    #[must_use]
    pub const fn code_len(&self) -> usize {
        self.code.len
    }

    /// The code, in an array of its length.
    #[must_use]
    pub const fn code<const N: usize>(&self) -> [u8; N] {
        *self.code.bytes.first_chunk().expect("the length of the code")
    }

    /// How many variables there are.
    #[must_use]
    pub const fn symbols_len(&self) -> usize {
        self.symbols_len
    }

    /// The variables, in an array of their number.
    #[must_use]
    pub const fn symbols<const N: usize>(&self) -> [Symbol; N] {
        *self.symbols.first_chunk().expect("the number of variables")
    }

    /// How many functions there are.
    #[must_use]
    pub const fn functions_len(&self) -> usize {
        self.functions_len
    }

    /// The functions, in an array of their number.
    #[must_use]
    pub const fn functions<const N: usize>(&self) -> [Function; N] {
        *self.functions.first_chunk().expect("the number of functions")
    }
}
