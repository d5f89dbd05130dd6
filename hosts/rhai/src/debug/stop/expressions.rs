//! What a run that stands still does with expressions, variables and its exception.

use super::*;
use dapstub::debuggee::{Evaluation, Exception, VariableSet};
use dapstub::protocol::{
    EvaluateArguments, EvaluateContext, EvaluateResponse, ExceptionBreakMode, ExceptionDetails, ExceptionInfoArguments,
    ExceptionInfoResponse, SetVariableArguments, SetVariableResponse,
};

impl<G: Ground> Evaluate for Stop<'_, G> {
    fn evaluate(&mut self, arguments: &EvaluateArguments<'_>, answer: &mut Evaluation<'_>) -> Result<Outcome, Failure> {
        let frame = arguments.frame_id.map_or(Ok(0), |frame| self.frame(frame))?;
        let text = arguments.expression.to_string();
        let typed = arguments.context == Some(EvaluateContext::Repl);
        let parsed = if typed {
            Expression::parse_statements(&text)
        } else {
            Expression::parse(&text)
        };
        let expression = parsed.map_err(|error| Failure::new(id::EVALUATION, &error))?;
        let value = self.evaluate_in(frame, &expression, typed)?;
        let size = values::size(&value);
        let shown = if arguments.context == Some(EvaluateContext::Clipboard) {
            format!("{value:?}")
        } else {
            values::text(&value)
        };
        let kind = values::kind(&value);
        let reference = if size.is_empty() {
            0
        } else {
            self.results.push((value, text));
            self.hand_out(Handle::Of {
                result: self.results.len() - 1,
                path: Vec::new(),
            })
        };
        answer.give(&EvaluateResponse {
            result: shown.as_str().into(),
            r#type: Some(kind.as_str().into()),
            variables_reference: reference,
            named_variables: count(size.named),
            indexed_variables: count(size.indexed),
            ..Default::default()
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

impl<G: Ground> SetVariable for Stop<'_, G> {
    fn set_variable(
        &mut self,
        arguments: &SetVariableArguments<'_>,
        answer: &mut VariableSet<'_>,
    ) -> Result<Outcome, Failure> {
        let refuse = |why: &str| Failure::format(id::NOT_WRITABLE, format_args!("can't be set: {why}")).shown();
        let name = arguments.name.to_string();
        let (frame, variable, path) = match self.handle(arguments.variables_reference)? {
            Handle::Locals(frame) => (frame, name, Vec::new()),
            Handle::In {
                frame,
                name: variable,
                mut path,
            } => {
                let mut by_number = false;
                self.with(frame, &variable, &mut |value, _| {
                    values::follow(value, &path, &mut |value| by_number = values::size(value).indexed > 0);
                });
                path.push(match name.parse() {
                    Ok(index) if by_number => Key::Index(index),
                    _ => Key::Name(name),
                });
                (frame, variable, path)
            }
            Handle::Constants => return Err(refuse("it is constant")),
            Handle::Frame(_) | Handle::Of { .. } => return Err(refuse("it is a result, not a variable")),
        };
        if !matches!(
            self.stack.get(frame),
            Some(Frame {
                locals: Locals::Live,
                ..
            })
        ) {
            return Err(refuse("only variables of the innermost frame can be"));
        }
        let expression = Expression::parse(&arguments.value.to_string())
            .map_err(|error| Failure::new(id::EVALUATION, &error).shown())?;
        let value = self.evaluate_in(frame, &expression, false)?;
        let place = self
            .ground
            .get_mut(&variable)
            .ok_or_else(|| refuse("there is no such variable, or it is constant"))?;
        values::put(place, &path, value.clone()).map_err(refuse)?;
        let size = values::size(&value);
        let reference = if size.is_empty() {
            0
        } else {
            self.hand_out(Handle::In {
                frame,
                name: variable,
                path,
            })
        };
        let (shown, kind) = (values::text(&value), values::kind(&value));
        answer.give(&SetVariableResponse {
            value: shown.as_str().into(),
            r#type: Some(kind.as_str().into()),
            variables_reference: Some(reference),
            named_variables: count(size.named),
            indexed_variables: count(size.indexed),
            ..Default::default()
        })?;
        Ok(Outcome::Done)
    }
}

impl<G: Ground> ExceptionInfo for Stop<'_, G> {
    fn exception_info(&mut self, _: &ExceptionInfoArguments, answer: &mut Exception<'_>) -> Result<Outcome, Failure> {
        let Some(error) = self.error else {
            return Err(Failure::new(id::NO_EXCEPTION, "it did not stop because of an error"));
        };
        let inner = error.unwrap_inner();
        let text = error.to_string();
        let kind = match inner {
            EvalAltResult::ErrorRuntime(..) => "thrown".to_owned(),
            inner => {
                // The name of the variant, such as `ErrorVariableNotFound`.
                let shown = format!("{inner:?}");
                let end = shown
                    .find(|character: char| !character.is_alphanumeric())
                    .unwrap_or(shown.len());
                shown[..end].trim_start_matches("Error").to_owned()
            }
        };
        answer.give(&ExceptionInfoResponse {
            exception_id: kind.as_str().into(),
            description: Some(text.as_str().into()),
            break_mode: ExceptionBreakMode::Unhandled,
            details: Some(ExceptionDetails {
                message: Some(text.as_str().into()),
                type_name: Some(kind.as_str().into()),
                ..Default::default()
            }),
        })?;
        Ok(Outcome::Done)
    }
}
