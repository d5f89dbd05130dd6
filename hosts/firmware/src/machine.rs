//! The machine that executes a program.

use crate::language::{MAIN, Program, op};

/// How many numbers there is room for, variables and values together.
pub const STACK: usize = 64;
/// How many calls can be open.
pub const CALLS: usize = 8;

/// Why a program cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It divided by zero.
    DivisionByZero,
    /// Too many calls are open, or too many values wait.
    StackOverflow,
}

impl Fault {
    /// What happened, for people.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::DivisionByZero => "division by zero",
            Self::StackOverflow => "stack overflow",
        }
    }
}

/// Why [`Machine::run`] has returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A line begins, and no more lines were allowed.
    Line,
    /// The program pauses for so many milliseconds.
    Wait(i32),
    /// It cannot go on.
    Fault(Fault),
    /// It has ended. The value of an expression is on the stack.
    End,
}

/// A function that is being executed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Where its code goes on.
    pub at: u16,
    /// Where its variables begin on the stack.
    pub base: u8,
    /// Which function it is.
    pub function: u8,
    /// The line it stands on.
    pub line: u8,
}

/// The state of a program.
#[derive(Debug)]
pub struct Machine {
    stack: [i32; STACK],
    callers: [Frame; CALLS],
    /// The innermost frame.
    now: Frame,
    len: u8,
    depth: u8,
    /// How many more lines may begin before [`run`](Self::run) returns.
    pub lines_left: u32,
}

impl Machine {
    /// At the beginning of a program.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            stack: [0; STACK],
            callers: [Frame {
                at: 0,
                base: 0,
                function: MAIN,
                line: 0,
            }; CALLS],
            now: Frame {
                at: 0,
                base: 0,
                function: MAIN,
                line: 0,
            },
            len: 0,
            depth: 0,
            lines_left: 0,
        }
    }

    /// Back to the beginning.
    pub fn restart(&mut self, program: &Program) {
        self.stack = [0; STACK];
        self.now = Frame::default();
        self.depth = 0;
        // The variables of the whole program lie at the bottom for ever.
        self.len = program.names.functions.first().map_or(0, |main| main.variables);
    }

    /// How many functions are being executed, besides the main program.
    #[must_use]
    pub const fn depth(&self) -> u8 {
        self.depth
    }

    /// The innermost frame.
    #[must_use]
    pub const fn now(&self) -> Frame {
        self.now
    }

    /// A frame; 0 is the outermost.
    #[must_use]
    pub fn frame(&self, index: u8) -> Option<Frame> {
        if index == self.depth {
            return Some(self.now);
        }
        let open = self.callers.get(..usize::from(self.depth))?;
        open.get(usize::from(index)).copied()
    }

    /// Where a variable is on the stack.
    #[must_use]
    pub fn place(&mut self, base: u8, slot: u8) -> Option<&mut i32> {
        self.stack.get_mut(usize::from(base.wrapping_add(slot)))
    }

    /// Evaluates an expression as a frame sees it. The program stays where it is.
    ///
    /// # Errors
    ///
    /// Why it has no value.
    pub fn evaluate(&mut self, frame: Frame, code: &[u8]) -> Result<i32, Fault> {
        let (now, len) = (self.now, self.len);
        self.now = Frame { at: 0, ..frame };
        let event = self.run(code, &[]);
        let value = self.pop();
        (self.now, self.len) = (now, len);
        match event {
            Event::Fault(fault) => Err(fault),
            _ => Ok(value),
        }
    }

    /// Executes until something happens.
    pub fn run(&mut self, code: &[u8], functions: &[crate::language::Function]) -> Event {
        loop {
            let instruction = self.fetch(code);
            match instruction {
                op::LINE => {
                    self.now.line = self.fetch(code);
                    // The one branch of each line, for the debugger and for whatever else wants the processor.
                    match self.lines_left.checked_sub(1) {
                        Some(left) => self.lines_left = left,
                        None => return Event::Line,
                    }
                }
                op::PUSH => {
                    let value = self.fetch(code) as i8;
                    self.push(value.into());
                }
                op::PUSH_WORD => {
                    let bytes = [self.fetch(code), self.fetch(code), self.fetch(code), self.fetch(code)];
                    self.push(i32::from_le_bytes(bytes));
                }
                op::LOAD => {
                    let value = self.variable(code).copied().unwrap_or(0);
                    self.push(value);
                }
                op::STORE => {
                    let value = self.pop();
                    if let Some(variable) = self.variable(code) {
                        *variable = value;
                    }
                }
                op::JUMP | op::JUMP_IF_ZERO => {
                    let target = u16::from_le_bytes([self.fetch(code), self.fetch(code)]);
                    if instruction == op::JUMP || self.pop() == 0 {
                        self.now.at = target;
                    }
                }
                op::CALL => {
                    let number = self.fetch(code);
                    let (Some(function), Some(caller)) = (
                        functions.get(usize::from(number)),
                        self.callers.get_mut(usize::from(self.depth)),
                    ) else {
                        return Event::Fault(Fault::StackOverflow);
                    };
                    *caller = self.now;
                    self.depth = self.depth.wrapping_add(1);
                    self.now = Frame {
                        at: function.entry,
                        base: self.len.wrapping_sub(function.parameters),
                        function: number,
                        line: self.now.line,
                    };
                    for _ in function.parameters..function.variables {
                        self.push(0);
                    }
                }
                op::RETURN => {
                    let value = self.pop();
                    self.depth = self.depth.saturating_sub(1);
                    self.len = self.now.base;
                    self.now = self.callers.get(usize::from(self.depth)).copied().unwrap_or_default();
                    self.push(value);
                }
                op::WAIT => return Event::Wait(self.pop()),
                op::DROP => _ = self.pop(),
                op::NEGATE => {
                    let value = self.pop().wrapping_neg();
                    self.push(value);
                }
                op::NOT => {
                    let value = self.pop() == 0;
                    self.push(value.into());
                }
                op::OR..=op::REMAINDER => {
                    let (right, left) = (self.pop(), self.pop());
                    match calculate(instruction, left, right) {
                        Some(value) => self.push(value),
                        None => return Event::Fault(Fault::DivisionByZero),
                    }
                }
                _ => return Event::End,
            }
            if usize::from(self.len) > STACK {
                return Event::Fault(Fault::StackOverflow);
            }
        }
    }

    #[inline(never)]
    fn fetch(&mut self, code: &[u8]) -> u8 {
        let byte = code.get(usize::from(self.now.at)).copied().unwrap_or(op::END);
        self.now.at = self.now.at.wrapping_add(1);
        byte
    }

    fn variable(&mut self, code: &[u8]) -> Option<&mut i32> {
        let slot = self.fetch(code);
        let base = if slot & op::GLOBAL == 0 { self.now.base } else { 0 };
        self.place(base, slot & !op::GLOBAL)
    }

    /// What does not fit is a fault as soon as the instruction is done.
    #[inline(never)]
    fn push(&mut self, value: i32) {
        if let Some(place) = self.stack.get_mut(usize::from(self.len)) {
            *place = value;
        }
        self.len = self.len.saturating_add(1);
    }

    #[inline(never)]
    fn pop(&mut self) -> i32 {
        self.len = self.len.saturating_sub(1);
        self.stack.get(usize::from(self.len)).copied().unwrap_or(0)
    }

    /// The bytes of all variables and values, and the address of the first.
    #[must_use]
    pub fn byte(&self, address: usize) -> Option<u8> {
        let offset = address.checked_sub(self.stack.as_ptr().addr())?;
        let number = self.stack.get(offset / 4)?;
        number.to_ne_bytes().get(offset % 4).copied()
    }
}

impl Default for Machine {
    fn default() -> Self {
        Self::new()
    }
}

/// `None` if there is no result.
fn calculate(operator: u8, left: i32, right: i32) -> Option<i32> {
    Some(match operator {
        op::OR => i32::from(left != 0 || right != 0),
        op::AND => i32::from(left != 0 && right != 0),
        op::EQUAL => i32::from(left == right),
        op::UNEQUAL => i32::from(left != right),
        op::LESS => i32::from(left < right),
        op::AT_MOST => i32::from(left <= right),
        op::GREATER => i32::from(left > right),
        op::AT_LEAST => i32::from(left >= right),
        op::ADD => left.wrapping_add(right),
        op::SUBTRACT => left.wrapping_sub(right),
        op::MULTIPLY => left.wrapping_mul(right),
        _ if right == 0 => return None,
        op::DIVIDE => left.wrapping_div(right),
        _ => left.wrapping_rem(right),
    })
}
