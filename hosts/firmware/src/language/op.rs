//! What the machine executes: one byte each, some with an operand behind it.

/// The end of an expression: its value is on the stack.
pub const END: u8 = 0;
/// A line begins; its number follows.
pub const LINE: u8 = 1;
/// Pushes the byte that follows, with its sign.
pub const PUSH: u8 = 2;
/// Pushes the four bytes that follow, lowest first.
pub const PUSH_WORD: u8 = 3;
/// Pushes a variable, whose slot follows. [`GLOBAL`] is added to those of the whole program.
pub const LOAD: u8 = 4;
/// Pops into a variable, likewise.
pub const STORE: u8 = 5;
/// Goes on at the position that follows in two bytes, lower first.
pub const JUMP: u8 = 6;
/// Pops, and goes on there if it was 0.
pub const JUMP_IF_ZERO: u8 = 7;
/// Calls the function whose number follows; its arguments are on the stack.
pub const CALL: u8 = 8;
/// Pops the result, leaves the function and pushes the result.
pub const RETURN: u8 = 9;
/// Pops a number of milliseconds and pauses for that long.
pub const WAIT: u8 = 10;
/// Pops.
pub const DROP: u8 = 11;
/// Negates the top of the stack.
pub const NEGATE: u8 = 12;
/// 1 if the top of the stack is 0, otherwise 0.
pub const NOT: u8 = 13;
/// The first that takes two: `or` of two numbers that count as true unless they are 0.
pub const OR: u8 = 16;
/// `and`, likewise.
pub const AND: u8 = 17;
/// `==`
pub const EQUAL: u8 = 18;
/// `!=`
pub const UNEQUAL: u8 = 19;
/// `<`
pub const LESS: u8 = 20;
/// `<=`
pub const AT_MOST: u8 = 21;
/// `>`
pub const GREATER: u8 = 22;
/// `>=`
pub const AT_LEAST: u8 = 23;
/// `+`
pub const ADD: u8 = 24;
/// `-`
pub const SUBTRACT: u8 = 25;
/// `*`
pub const MULTIPLY: u8 = 26;
/// `/`, towards zero
pub const DIVIDE: u8 = 27;
/// `%`, with the sign of the dividend
pub const REMAINDER: u8 = 28;

/// Marks a slot as one of the whole program.
pub const GLOBAL: u8 = 0x80;

/// How many bytes an instruction has, its operand included.
#[must_use]
pub const fn length(instruction: u8) -> usize {
    match instruction {
        LINE | PUSH | LOAD | STORE | CALL => 2,
        JUMP | JUMP_IF_ZERO => 3,
        PUSH_WORD => 5,
        _ => 1,
    }
}
