//! `setBreakpoints`.

use crate::language::{Code, op};
use crate::machine::{Frame, Machine};
use crate::{Board, Controller};
use dapstub::Failure;
use dapstub::debuggee::{Breakpoints, LineBreakpoints, Outcome};
use dapstub::protocol::SetBreakpointsArguments;

/// How many breakpoints there can be.
pub(crate) const MAX_BREAKPOINTS: usize = 8;

/// How long the code of a condition can be.
pub(super) const MAX_CODE: usize = 32;

/// A breakpoint, or room for one.
pub(crate) struct Breakpoint {
    /// 0: there is none.
    line: u8,
    #[cfg(feature = "conditions")]
    condition: Option<Code<MAX_CODE>>,
}

impl Breakpoint {
    pub(crate) const NONE: Self = Self {
        line: 0,
        #[cfg(feature = "conditions")]
        condition: None,
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
        if let Some(condition) = &self.condition {
            return machine.evaluate(now, &condition.bytes) != Ok(0);
        }
        let _ = machine;
        true
    }
}

impl<B: Board> Controller<B> {
    /// The first line from this one on that has a statement, and the function it is in.
    fn statement(&self, wanted: u64) -> Option<(u8, u8)> {
        let code = self.program.code;
        let functions = self.program.names.functions;
        let mut at = 0usize;
        let mut best: Option<(u8, usize)> = None;
        while let Some(&instruction) = code.get(at) {
            let operand = code.get(at.wrapping_add(1)).copied().unwrap_or(0);
            if instruction == op::LINE
                && u64::from(operand) >= wanted
                && best.is_none_or(|(line, _)| operand < line)
            {
                best = Some((operand, at));
            }
            at = at.wrapping_add(op::length(instruction));
        }
        let (line, at) = best?;
        // Code of a function lies between its entry and the place that the jump in front of it leads to.
        let inside = |entry: u16| {
            let entry = usize::from(entry);
            let low = code.get(entry.wrapping_sub(2)).copied().unwrap_or(0);
            let high = code.get(entry.wrapping_sub(1)).copied().unwrap_or(0);
            entry <= at && at < usize::from(u16::from_le_bytes([low, high]))
        };
        let function = functions.iter().skip(1).position(|function| inside(function.entry));
        Some((line, function.map_or(crate::language::MAIN, |index| index as u8 + 1)))
    }
}

impl<B: Board> LineBreakpoints for Controller<B> {
    fn set_breakpoints(
        &mut self,
        arguments: &SetBreakpointsArguments<'_>,
        breakpoints: &mut Breakpoints<'_>,
    ) -> Result<Outcome, Failure> {
        self.breakpoints = [const { Breakpoint::NONE }; MAX_BREAKPOINTS];
        let mut count = 0;
        for wanted in arguments.requested() {
            let answer = |line: u64, message: Option<&'static str>| dapstub::protocol::Breakpoint {
                verified: message.is_none(),
                line: Some(line),
                message: message.map(Into::into),
                ..Default::default()
            };
            let set = match self.statement(wanted.line) {
                None => Err("no statement there"),
                Some((line, function)) => self.condition(wanted.condition, function).map(|new| Breakpoint { line, ..new }),
            };
            let place = self.breakpoints.get_mut(count).ok_or("too many breakpoints");
            breakpoints.push(&match set.and_then(|new| place.map(|place| (place, new))) {
                Err(why) => answer(wanted.line, Some(why)),
                Ok((place, new)) => {
                    count = count.wrapping_add(1);
                    *place = new;
                    answer(place.line.into(), None)
                }
            })?;
        }
        Ok(Outcome::Done)
    }

    fn conditions(&self) -> bool {
        cfg!(feature = "conditions")
    }
}

impl<B: Board> Controller<B> {
    #[cfg(feature = "conditions")]
    fn condition(&self, text: Option<dapstub::json::Text<'_>>, function: u8) -> Result<Breakpoint, &'static str> {
        let condition = match text {
            Some(text) if !text.is_empty() => Some(self.compile(text, function)?),
            _ => None,
        };
        Ok(Breakpoint { line: 0, condition })
    }

    #[cfg(not(feature = "conditions"))]
    fn condition(&self, _: Option<dapstub::json::Text<'_>>, _: u8) -> Result<Breakpoint, &'static str> {
        Ok(Breakpoint::NONE)
    }

    /// Makes code of an expression.
    #[cfg(any(feature = "conditions", feature = "evaluate", feature = "set-variable"))]
    pub(super) fn compile(&self, text: dapstub::json::Text<'_>, function: u8) -> Result<Code<MAX_CODE>, &'static str> {
        let mut buffer = [0; 64];
        let Ok(text) = text.decode(&mut buffer) else {
            return Err("the expression is too long");
        };
        let text = text.as_bytes();
        let mut code = Code::EMPTY;
        let end = crate::language::expression::<_, false>(text, 0, &self.program.names, function, &mut code)?;
        if end < text.len() {
            return Err("something else stands behind the expression");
        }
        // The code ends with the value.
        code.push(op::END);
        if code.full { Err("the expression is too long") } else { Ok(code) }
    }
}
