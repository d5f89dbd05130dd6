//! `setBreakpoints`.

#[cfg(any(feature = "conditions", feature = "evaluate", feature = "set-variable"))]
use crate::language::Code;
use crate::language::op;
use crate::machine::{Frame, Machine};
use crate::{Board, Controller};
use dapstub::small::{Body, Value};

/// How many breakpoints there can be.
pub(crate) const MAX_BREAKPOINTS: usize = 8;

/// How long the code of an expression can be.
#[cfg(any(feature = "conditions", feature = "evaluate", feature = "set-variable"))]
pub(super) const MAX_CODE: usize = 32;

/// A breakpoint, or room for one.
#[derive(Clone, Copy)]
pub(crate) struct Breakpoint {
    /// 0: there is none.
    line: u8,
    /// Empty code: stop always.
    #[cfg(feature = "conditions")]
    condition: Code<MAX_CODE>,
}

impl Breakpoint {
    pub(crate) const NONE: Self = Self {
        line: 0,
        #[cfg(feature = "conditions")]
        condition: Code::EMPTY,
    };

    pub(crate) const fn is_set(&self) -> bool {
        self.line > 0
    }

    /// Whether the program stops that comes to a line. A condition without a value counts as true, so that somebody
    /// sees it.
    pub(crate) fn is_hit(&self, now: Frame, machine: &mut Machine) -> bool {
        if self.line != now.line {
            return false;
        }
        #[cfg(feature = "conditions")]
        if self.condition.len > 0 {
            return machine.evaluate(now, &self.condition.bytes) != Ok(0);
        }
        let _ = machine;
        true
    }
}

impl<B: Board> Controller<B> {
    pub(super) fn set_breakpoints(&mut self, arguments: Value<'_>, answer: &mut Body<'_>) -> Result<(), &'static str> {
        let [source, wanted, _] = arguments.members("source breakpoints");
        let ours = self.is_ours(source);
        if ours {
            self.breakpoints = [Breakpoint::NONE; MAX_BREAKPOINTS];
        }
        let mut count = 0;
        answer.raw("{\"breakpoints\":[");
        for (index, wanted) in wanted.elements().enumerate() {
            let [line, condition, _] = wanted.members("line condition");
            let line = line.number().unwrap_or(0);
            let set = if ours {
                self.set_breakpoint(count, line, condition)
            } else {
                Err("not a source of this controller")
            };
            answer.raw(if index > 0 { ",{\"line\":" } else { "{\"line\":" });
            match set {
                Ok(line) => {
                    count = count.wrapping_add(1);
                    answer.number(line.into());
                    answer.raw(",\"verified\":true}");
                }
                Err(why) => {
                    answer.number(line);
                    answer.raw(",\"verified\":false,\"message\":\"");
                    answer.raw(why);
                    answer.raw("\"}");
                }
            }
        }
        answer.raw("]}");
        Ok(())
    }

    /// Whether a source is the program: by its handle, or by the name of its file wherever the client has it.
    fn is_ours(&self, source: Value<'_>) -> bool {
        let [reference, path, name] = source.members("sourceReference path name");
        let is_file = |text: Value<'_>| text.raw().ends_with(B::PROGRAM.file.as_bytes());
        reference.number() == Some(1) || is_file(path) || is_file(name)
    }

    /// Sets the breakpoint of this number on the first line from `wanted` on that has a statement, and gives the line.
    fn set_breakpoint(&mut self, index: usize, wanted: i32, condition: Value<'_>) -> Result<u8, &'static str> {
        let Some((line, function)) = self.statement(wanted) else {
            return Err("no statement there");
        };
        let mut new = Breakpoint {
            line,
            ..Breakpoint::NONE
        };
        #[cfg(feature = "conditions")]
        if condition.is_there() {
            self.compile(condition, function, &mut new.condition)?;
        }
        let _ = (function, condition, &mut new);
        *self.breakpoints.get_mut(index).ok_or("too many breakpoints")? = new;
        Ok(line)
    }

    /// The first line from this one on that has a statement, and the function it is in.
    fn statement(&self, wanted: i32) -> Option<(u8, u8)> {
        let code = B::PROGRAM.code;
        let mut at = 0usize;
        let mut best = None;
        while let Some(&instruction) = code.get(at) {
            let line = code.get(at.wrapping_add(1)).copied().unwrap_or(0);
            if instruction == op::LINE && i32::from(line) >= wanted && best.is_none_or(|(best, _)| line < best) {
                best = Some((line, at));
            }
            at = at.wrapping_add(op::length(instruction));
        }
        let (line, at) = best?;
        Some((line, B::PROGRAM.names.function_at(at)))
    }

    /// Makes code of an expression.
    #[cfg(any(feature = "conditions", feature = "evaluate", feature = "set-variable"))]
    pub(super) fn compile(&self, text: Value<'_>, function: u8, code: &mut Code<MAX_CODE>) -> Result<(), &'static str> {
        let mut buffer = [0; 64];
        let text = text.ascii(&mut buffer).ok_or("the expression is too long")?;
        let end = crate::language::expression::<_, false>(text, 0, &B::PROGRAM.names, function, code)?;
        if end < text.len() {
            return Err("something else stands behind the expression");
        }
        // The code ends with the value.
        code.push(op::END);
        if code.full {
            return Err("the expression is too long");
        }
        Ok(())
    }
}
