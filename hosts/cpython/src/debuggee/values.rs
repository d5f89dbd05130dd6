//! `variables` and `evaluate`.

use core::ops::ControlFlow;

use dapstub::Failure;
use dapstub::debuggee::{Evaluate, Evaluation, Outcome, Variables};
use dapstub::json::{Items, Text};
use dapstub::output::Full;
use dapstub::protocol::{
    EvaluateArguments, EvaluateContext, EvaluateResponse, ValueFormat, Variable, VariableAttribute, VariableKind,
    VariablePresentationHint, VariablesArguments, VariablesFilter,
};

use super::{PythonDebuggee, memory, owned};
use crate::events::number;
use crate::inspect::{self, Asked, Context, EvaluateError, Filter, InspectError, VariableView};
use crate::output::Console;

/// Whether integers are asked for in hexadecimal.
pub(super) fn is_hex(format: Option<ValueFormat>) -> bool {
    format.is_some_and(|format| format.hex)
}

/// A count as DAP has it.
pub(super) fn count(value: Option<u64>) -> Option<i32> {
    value.map(|value| i32::try_from(value).unwrap_or(i32::MAX))
}

impl PythonDebuggee<'_> {
    pub(super) fn list_variables(
        &mut self,
        arguments: &VariablesArguments,
        list: &mut Variables<'_>,
    ) -> Result<Outcome, Failure> {
        let filter = arguments.filter.map(|filter| match filter {
            VariablesFilter::Indexed => Filter::Indexed,
            VariablesFilter::Named => Filter::Named,
        });
        let asked = Asked {
            filter,
            start: u64::from(arguments.start.unwrap_or(0)),
            count: u64::from(arguments.count.unwrap_or(0)),
            hex: is_hex(arguments.format),
        };
        let mut outcome = Ok(());
        let mut each = |view: VariableView<'_>| {
            outcome = push(list, &view);
            if outcome.is_ok() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        };
        let reference = i64::from(arguments.variables_reference);
        self.engine
            .inspection
            .variables(self.py, reference, asked, &mut each)
            .map_err(|error| match error {
                InspectError::Interrupted => Failure::cancelled(),
                error => self.refuse(error.to_string()),
            })?;
        outcome?;
        Ok(Outcome::Done)
    }
}

fn push(list: &mut Variables<'_>, view: &VariableView<'_>) -> Result<(), Full> {
    let kind = match view.kind {
        inspect::VariableKind::Data => None,
        inspect::VariableKind::Property => Some(VariableKind::Property),
        inspect::VariableKind::Method => Some(VariableKind::Method),
        inspect::VariableKind::Class => Some(VariableKind::Class),
        inspect::VariableKind::Virtual => Some(VariableKind::Virtual),
    };
    let attributes: &[VariableAttribute<'_>] = match (view.read_only, view.raw_string) {
        (true, true) => &[VariableAttribute::ReadOnly, VariableAttribute::RawString],
        (true, false) => &[VariableAttribute::ReadOnly],
        (false, true) => &[VariableAttribute::RawString],
        (false, false) => &[],
    };
    let hint = VariablePresentationHint {
        kind,
        attributes: (!attributes.is_empty()).then(|| Items::new(attributes)),
        visibility: None,
        lazy: view.lazy,
    };
    list.push(&Variable {
        name: Text::plain(view.name),
        value: Text::plain(view.value),
        r#type: Some(Text::plain(view.type_name)),
        presentation_hint: (kind.is_some() || !attributes.is_empty() || view.lazy).then_some(hint),
        evaluate_name: view.evaluate_name.map(Text::plain),
        variables_reference: number(view.reference),
        named_variables: count(view.named),
        indexed_variables: count(view.indexed),
        memory_reference: memory::reference(view.memory).as_deref().map(Text::plain),
        ..Variable::default()
    })
}

impl Evaluate for PythonDebuggee<'_> {
    fn evaluate(&mut self, arguments: &EvaluateArguments<'_>, answer: &mut Evaluation<'_>) -> Result<Outcome, Failure> {
        let context = match arguments.context {
            Some(EvaluateContext::Watch) => Context::Watch,
            Some(EvaluateContext::Hover) => Context::Hover,
            Some(EvaluateContext::Repl) => Context::Repl,
            Some(EvaluateContext::Clipboard) => Context::Clipboard,
            Some(EvaluateContext::Variables) => Context::Variables,
            Some(EvaluateContext::Other(_)) | None => Context::Other,
        };
        let expression = owned(arguments.expression);
        let frame = arguments.frame_id.map(i64::from);
        let console = (context == Context::Repl).then(|| Console::open(self.py)).transpose();
        let console = console.map_err(|error| self.refuse_error(&error))?;
        let form = (context, is_hex(arguments.format));
        let value = self.engine.inspection.evaluate(self.py, &expression, frame, form);
        drop(console);
        if context == Context::Repl {
            self.values_changed();
        }
        let value = value.map_err(|error| match error {
            // The console shows where it was raised, the other places have room for one line.
            EvaluateError::Raised {
                traceback: Some(traceback),
                ..
            } if context == Context::Repl => self.refuse(traceback),
            error => self.refuse_evaluation(&error),
        })?;
        let attributes = [VariableAttribute::RawString];
        let hint = VariablePresentationHint {
            attributes: Some(Items::new(&attributes)),
            ..Default::default()
        };
        answer.give(&EvaluateResponse {
            result: Text::plain(&value.value),
            r#type: (!value.type_name.is_empty()).then(|| Text::plain(&value.type_name)),
            presentation_hint: value.raw_string.then_some(hint),
            variables_reference: number(value.reference),
            named_variables: count(value.named),
            indexed_variables: count(value.indexed),
            memory_reference: memory::reference(value.memory).as_deref().map(Text::plain),
            ..EvaluateResponse::default()
        })?;
        Ok(Outcome::Done)
    }

    fn hovers(&self) -> bool {
        true
    }

    fn clipboard(&self) -> bool {
        true
    }
}
