//! `variables`, `setVariable` and `evaluate`.

use super::number::Number;
use crate::language::MAIN;
use crate::machine::Frame;
use crate::{Board, Controller};
use dapstub::Failure;
use dapstub::debuggee::{Evaluate, Evaluation, Outcome, SetVariable, VariableSet, Variables};
use dapstub::json::Text;
use dapstub::protocol::{
    EvaluateArguments, EvaluateResponse, SetVariableArguments, SetVariableResponse, Variable, VariablesArguments,
};

/// The handle of the variables of the whole program. Those of a frame have the number of the frame.
pub(super) const GLOBALS: i32 = 100;

/// The numbers of our own errors.
const NO_SUCH_FRAME: u32 = 1000;
const NO_SUCH_VARIABLE: u32 = 1001;
const BAD_EXPRESSION: u32 = 1002;

impl<B: Board> Controller<B> {
    /// The frame of this number; the main program, if none is named.
    pub(super) fn frame(&self, id: Option<i32>) -> Result<Frame, Failure> {
        self.stopped()?;
        let index = u8::try_from(id.unwrap_or(1).wrapping_sub(1));
        let frame = index.ok().and_then(|index| self.machine.frame(index));
        frame.ok_or_else(|| Failure::new(NO_SUCH_FRAME, "no such frame"))
    }

    /// The frame whose variables a handle stands for.
    fn scope(&self, reference: i32) -> Result<Frame, Failure> {
        if reference == GLOBALS {
            self.stopped()?;
            return Ok(Frame::default());
        }
        self.frame(Some(reference)).and_then(|frame| match frame.function {
            MAIN => Err(Failure::new(NO_SUCH_VARIABLE, "no such variables")),
            _ => Ok(frame),
        })
    }

    pub(super) fn list_variables(
        &mut self,
        arguments: &VariablesArguments,
        variables: &mut Variables<'_>,
    ) -> Result<Outcome, Failure> {
        let scope = self.scope(arguments.variables_reference)?;
        let names = self.program.names.of(scope.function).zip(0..);
        for (name, slot) in names.skip(arguments.skip()).take(arguments.take()) {
            let Some(place) = self.machine.place(scope.base, slot) else { break };
            let (value, address) = (Number::decimal(*place), Number::address((&raw const *place).addr()));
            variables.push(&Variable {
                name: name.into(),
                value: value.as_str().into(),
                evaluate_name: Some(name.into()),
                memory_reference: cfg!(feature = "memory").then(|| address.as_str().into()),
                ..Default::default()
            })?;
        }
        Ok(Outcome::Done)
    }

    /// The value of an expression as a frame sees it.
    #[cfg(any(feature = "evaluate", feature = "set-variable"))]
    fn value(&mut self, text: Text<'_>, frame: Frame) -> Result<i32, Failure> {
        let code = self.compile(text, frame.function);
        let value = code.and_then(|code| self.machine.evaluate(frame, &code.bytes).map_err(|fault| fault.text()));
        value.map_err(|why| Failure::new(BAD_EXPRESSION, why))
    }
}

#[cfg(feature = "set-variable")]
impl<B: Board> SetVariable for Controller<B> {
    fn set_variable(
        &mut self,
        arguments: &SetVariableArguments<'_>,
        answer: &mut VariableSet<'_>,
    ) -> Result<Outcome, Failure> {
        let scope = self.scope(arguments.variables_reference)?;
        let mut names = self.program.names.of(scope.function).zip(0..);
        let slot = names.find(|(name, _)| arguments.name == *name);
        let value = self.value(arguments.value, scope)?;
        let place = slot.and_then(|(_, slot)| self.machine.place(scope.base, slot));
        *place.ok_or_else(|| Failure::new(NO_SUCH_VARIABLE, "no such variable"))? = value;
        answer.give(&SetVariableResponse {
            value: Number::decimal(value).as_str().into(),
            ..Default::default()
        })?;
        Ok(Outcome::Done)
    }
}

#[cfg(feature = "evaluate")]
impl<B: Board> Evaluate for Controller<B> {
    fn evaluate(&mut self, arguments: &EvaluateArguments<'_>, answer: &mut Evaluation<'_>) -> Result<Outcome, Failure> {
        let frame = self.frame(arguments.frame_id)?;
        let value = self.value(arguments.expression, frame)?;
        answer.give(&EvaluateResponse {
            result: Number::decimal(value).as_str().into(),
            ..Default::default()
        })?;
        Ok(Outcome::Done)
    }

    fn hovers(&self) -> bool {
        true
    }
}
