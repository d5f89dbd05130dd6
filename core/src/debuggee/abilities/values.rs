//! Looking at values and changing them.

use crate::Failure;
use crate::debuggee::{CompletionList, Evaluation, Exception, ExpressionSet, Outcome, VariableSet};
use crate::json::Text;
use crate::protocol::{
    CompletionsArguments, EvaluateArguments, ExceptionInfoArguments, SetExpressionArguments, SetVariableArguments,
};

/// Expressions: `evaluate`.
pub trait Evaluate {
    /// Evaluates an expression.
    ///
    /// # Errors
    ///
    /// The client is told; this is how an expression that fails is answered.
    fn evaluate(&mut self, arguments: &EvaluateArguments<'_>, answer: &mut Evaluation<'_>) -> Result<Outcome, Failure>;

    /// Whether an expression under the mouse is evaluated without side effects (`supportsEvaluateForHovers`).
    fn hovers(&self) -> bool {
        false
    }

    /// Whether the context `clipboard` gives values in full (`supportsClipboardContext`).
    fn clipboard(&self) -> bool {
        false
    }
}

/// What an expression could go on with: `completions` (`supportsCompletionsRequest`).
pub trait Completions {
    /// Push what fits, the best first.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn completions(
        &mut self,
        arguments: &CompletionsArguments<'_>,
        completions: &mut CompletionList<'_>,
    ) -> Result<Outcome, Failure>;

    /// Characters after which a client asks by itself, besides letters (`completionTriggerCharacters`).
    fn trigger_characters(&self) -> &'static [Text<'static>] {
        &[]
    }
}

/// Changing a variable: `setVariable` (`supportsSetVariable`).
pub trait SetVariable {
    /// Changes it, and tells the new value.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn set_variable(
        &mut self,
        arguments: &SetVariableArguments<'_>,
        answer: &mut VariableSet<'_>,
    ) -> Result<Outcome, Failure>;
}

/// Assigning to an expression: `setExpression` (`supportsSetExpression`).
pub trait SetExpression {
    /// Assigns, and tells the new value.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn set_expression(
        &mut self,
        arguments: &SetExpressionArguments<'_>,
        answer: &mut ExpressionSet<'_>,
    ) -> Result<Outcome, Failure>;
}

/// Details of an exception: `exceptionInfo`.
pub trait ExceptionInfo {
    /// Tells about the exception that a thread stopped on.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn exception_info(
        &mut self,
        arguments: &ExceptionInfoArguments,
        answer: &mut Exception<'_>,
    ) -> Result<Outcome, Failure>;
}
