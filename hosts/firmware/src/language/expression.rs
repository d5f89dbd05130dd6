//! Expressions into code: by precedence and a small stack of what is still to come, without recursion.

use super::names::{Names, byte};
use super::op;

/// Code in the making.
#[derive(Clone, Copy)]
pub struct Code<const N: usize> {
    /// The code, and room behind it.
    pub bytes: [u8; N],
    /// How much of it is code.
    pub len: usize,
    /// There was not room for all.
    pub full: bool,
}

impl<const N: usize> Code<N> {
    /// No code yet.
    pub const EMPTY: Self = Self {
        bytes: [op::END; N],
        len: 0,
        full: false,
    };

    /// Appends a byte, if there is room.
    #[inline(never)]
    pub const fn push(&mut self, byte: u8) {
        if self.len < N {
            self.bytes[self.len] = byte;
            self.len += 1;
        } else {
            self.full = true;
        }
    }
}

/// An opening bracket among the operators that wait.
const BRACKET: u8 = 0x7f;
/// Marks a call among them.
const CALL: u8 = 0x80;
/// How many operators can wait.
const ROOM: usize = 16;

/// What waits for its operands, the innermost last.
struct Waiting {
    items: [u8; ROOM],
    len: usize,
}

impl Waiting {
    const fn top(&self) -> Option<u8> {
        if self.len > 0 && self.len <= ROOM {
            Some(self.items[self.len - 1])
        } else {
            None
        }
    }

    const fn push(&mut self, item: u8) {
        if self.len < ROOM {
            self.items[self.len] = item;
        }
        self.len += 1;
    }

    const fn pop(&mut self) {
        self.len -= 1;
    }
}

/// Appends the code of the expression at `at`, in a function whose variables it can see, and says where it ends: at the
/// first byte that cannot go on with it. Functions can be called only if `CALLS`.
///
/// # Errors
///
/// What is wrong with it, for people.
pub const fn expression<const N: usize, const CALLS: bool>(
    text: &[u8],
    mut at: usize,
    names: &Names<'_>,
    function: u8,
    code: &mut Code<N>,
) -> Result<usize, &'static str> {
    let mut waiting = Waiting {
        items: [0; ROOM],
        len: 0,
    };
    let mut value_wanted = true;
    loop {
        at = space_end(text, at);
        let first = byte(text, at);
        if value_wanted {
            match first {
                b'0'..=b'9' => {
                    let mut value = 0i32;
                    while let digit @ b'0'..=b'9' = byte(text, at) {
                        value = match value.checked_mul(10) {
                            Some(tens) => tens.wrapping_add((digit - b'0') as i32),
                            None => -1,
                        };
                        if value < 0 {
                            return Err("the number is too large");
                        }
                        at += 1;
                    }
                    number(code, value);
                    value_wanted = false;
                }
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                    let end = word_end(text, at);
                    if is(text, at, end, b"not") {
                        waiting.push(op::NOT);
                    } else if CALLS && byte(text, end) == b'(' {
                        let Some(called) = names.called(text, at, end) else {
                            return Err("no such function");
                        };
                        waiting.push(CALL | called);
                        at = end + 1;
                        continue;
                    } else {
                        let Some(slot) = names.slot(text, at, end, function) else {
                            return Err("no such variable");
                        };
                        code.push(op::LOAD);
                        code.push(slot);
                        value_wanted = false;
                    }
                    at = end;
                }
                b'-' | b'(' => {
                    waiting.push(if first == b'-' { op::NEGATE } else { BRACKET });
                    at += 1;
                }
                _ => return Err("a value is missing"),
            }
            if waiting.len > ROOM {
                return Err("the expression is nested too deeply");
            }
        } else if first == b')' || CALLS && first == b',' {
            // Everything inside of the bracket or the argument is complete.
            loop {
                match waiting.top() {
                    None => return Err("a bracket is not opened"),
                    Some(BRACKET) => break,
                    Some(item) if CALLS && item & CALL != 0 => break,
                    Some(item) => code.push(item),
                }
                waiting.pop();
            }
            at += 1;
            if CALLS && first == b',' {
                value_wanted = true;
                continue;
            }
            if CALLS
                && let Some(item) = waiting.top()
                && item & CALL != 0
            {
                code.push(op::CALL);
                code.push(item & !CALL);
            }
            waiting.pop();
        } else {
            let (operator, len) = operator(text, at);
            while let Some(item) = waiting.top()
                && precedence(item) >= precedence(operator)
            {
                code.push(item);
                waiting.pop();
            }
            if operator == op::END {
                break;
            }
            waiting.push(operator);
            if waiting.len > ROOM {
                return Err("the expression is nested too deeply");
            }
            at += len;
            value_wanted = true;
        }
    }
    if waiting.len > 0 {
        return Err("a bracket is not closed");
    }
    if code.full {
        return Err("the expression is too long");
    }
    Ok(at)
}

const fn number<const N: usize>(code: &mut Code<N>, value: i32) {
    if value < 128 {
        code.push(op::PUSH);
        code.push(value as u8);
    } else {
        code.push(op::PUSH_WORD);
        let mut shift = 0;
        while shift < 32 {
            code.push((value >> shift) as u8);
            shift += 8;
        }
    }
}

/// The operator at `at` that stands between two values, and its length; [`op::END`], if there is none.
const fn operator(text: &[u8], at: usize) -> (u8, usize) {
    let equal = byte(text, at.wrapping_add(1)) == b'=';
    match byte(text, at) {
        b'+' => (op::ADD, 1),
        b'-' => (op::SUBTRACT, 1),
        b'*' => (op::MULTIPLY, 1),
        b'/' => (op::DIVIDE, 1),
        b'%' => (op::REMAINDER, 1),
        b'=' if equal => (op::EQUAL, 2),
        b'!' if equal => (op::UNEQUAL, 2),
        b'<' if equal => (op::AT_MOST, 2),
        b'<' => (op::LESS, 1),
        b'>' if equal => (op::AT_LEAST, 2),
        b'>' => (op::GREATER, 1),
        b'a' if is(text, at, word_end(text, at), b"and") => (op::AND, 3),
        b'o' if is(text, at, word_end(text, at), b"or") => (op::OR, 2),
        _ => (op::END, 0),
    }
}

const fn precedence(item: u8) -> u8 {
    let index = item as usize;
    // Brackets and calls wait for their end.
    if index < PRECEDENCES.len() {
        PRECEDENCES[index]
    } else {
        0
    }
}

/// Those of all operators, as a table, because a `match` at run time is three times as large.
const PRECEDENCES: [u8; op::REMAINDER as usize + 1] = {
    let mut table = [0; op::REMAINDER as usize + 1];
    let mut item = 0;
    while item <= op::REMAINDER {
        table[item as usize] = precedence_of(item);
        item += 1;
    }
    table
};

const fn precedence_of(item: u8) -> u8 {
    match item {
        op::END => 1,
        op::OR => 2,
        op::AND => 3,
        op::NOT => 4,
        op::EQUAL..=op::AT_LEAST => 5,
        op::ADD | op::SUBTRACT => 6,
        op::MULTIPLY..=op::REMAINDER => 7,
        op::NEGATE => 8,
        _ => 0,
    }
}

/// Where the spaces from `at` on end.
pub(super) const fn space_end(text: &[u8], mut at: usize) -> usize {
    while byte(text, at) == b' ' {
        at += 1;
    }
    at
}

/// Where the word at `at` ends.
pub(super) const fn word_end(text: &[u8], mut at: usize) -> usize {
    while let b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' = byte(text, at) {
        at += 1;
    }
    at
}

/// Whether this word stands there.
pub(super) const fn is(text: &[u8], at: usize, end: usize, word: &[u8]) -> bool {
    let mut index = 0;
    while index < word.len() {
        if byte(text, at.wrapping_add(index)) != word[index] {
            return false;
        }
        index += 1;
    }
    end.wrapping_sub(at) == word.len()
}
