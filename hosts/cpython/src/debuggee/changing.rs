//! `setVariable` and `setExpression`.

use dapstub::Failure;
use dapstub::debuggee::{ExpressionSet, Outcome, SetExpression, SetVariable, VariableSet};
use dapstub::json::{Items, Text};
use dapstub::protocol::{
    SetExpressionArguments, SetExpressionResponse, SetVariableArguments, SetVariableResponse, VariableAttribute,
    VariablePresentationHint,
};

use super::values::{count, is_hex};
use super::{PythonDebuggee, memory, owned};
use crate::events::{self, number};
use crate::inspect::EvaluateError;

impl PythonDebuggee<'_> {
    /// The failure that tells what evaluating raised.
    pub(super) fn refuse_evaluation(&mut self, error: &EvaluateError) -> Failure {
        match error {
            EvaluateError::Interrupted => Failure::cancelled(),
            error => self.refuse(error.to_string()),
        }
    }

    /// Values may have changed by what the client asked for: it looks at them again once it is answered.
    pub(super) fn values_changed(&mut self) {
        if self.engine.is_any_stopped() {
            self.after_the_answer(events::values_changed);
        }
    }
}

impl SetVariable for PythonDebuggee<'_> {
    fn set_variable(
        &mut self,
        arguments: &SetVariableArguments<'_>,
        answer: &mut VariableSet<'_>,
    ) -> Result<Outcome, Failure> {
        let (name, text) = (owned(arguments.name), owned(arguments.value));
        let reference = i64::from(arguments.variables_reference);
        let set = self
            .engine
            .inspection
            .set_variable(self.py, reference, &name, (&text, is_hex(arguments.format)));
        let value = set.map_err(|error| self.refuse_evaluation(&error))?;
        answer.give(&SetVariableResponse {
            value: Text::plain(&value.value),
            r#type: Some(Text::plain(&value.type_name)),
            variables_reference: Some(number(value.reference)),
            named_variables: count(value.named),
            indexed_variables: count(value.indexed),
            memory_reference: memory::reference(value.memory).as_deref().map(Text::plain),
            ..SetVariableResponse::default()
        })?;
        self.values_changed();
        Ok(Outcome::Done)
    }
}

impl SetExpression for PythonDebuggee<'_> {
    fn set_expression(
        &mut self,
        arguments: &SetExpressionArguments<'_>,
        answer: &mut ExpressionSet<'_>,
    ) -> Result<Outcome, Failure> {
        let (target, text) = (owned(arguments.expression), owned(arguments.value));
        let frame = arguments.frame_id.map(i64::from);
        let set = self
            .engine
            .inspection
            .set_expression(self.py, &target, (&text, is_hex(arguments.format)), frame);
        // The assignment may have happened, even if looking at it then failed.
        self.values_changed();
        let value = set.map_err(|error| self.refuse_evaluation(&error))?;
        let attributes = [VariableAttribute::RawString];
        let hint = VariablePresentationHint {
            attributes: Some(Items::new(&attributes)),
            ..VariablePresentationHint::default()
        };
        answer.give(&SetExpressionResponse {
            value: Text::plain(&value.value),
            r#type: Some(Text::plain(&value.type_name)),
            presentation_hint: value.raw_string.then_some(hint),
            variables_reference: Some(number(value.reference)),
            named_variables: count(value.named),
            indexed_variables: count(value.indexed),
            memory_reference: memory::reference(value.memory).as_deref().map(Text::plain),
            ..SetExpressionResponse::default()
        })?;
        Ok(Outcome::Done)
    }
}
