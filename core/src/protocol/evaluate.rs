//! `evaluate` and `setExpression`.

use super::{Source, ValueFormat, VariablePresentationHint};
use crate::json::Text;

object! {
    /// Arguments of `evaluate`.
    pub struct EvaluateArguments<'a> in "Requests_Evaluate" {
        /// The expression.
        expression: Text<'a> = "expression",
        /// The frame to evaluate it in; globally if absent.
        frame_id: Option<i32> = "frameId",
        /// Line of the expression in its source, for a hover.
        line: Option<u64> = "line",
        /// Column of the expression in its source.
        column: Option<u64> = "column",
        /// The source that the expression stands in.
        source: Option<Source<'a>> = "source",
        /// What the result is for.
        context: Option<EvaluateContext<'a>> = "context",
        /// How to show values.
        format: Option<ValueFormat> = "format",
    }
}

open_words! {
    /// What the result of an evaluation is for.
    pub enum EvaluateContext<'a> in "Requests_Evaluate" {
        /// A watch expression.
        Watch = "watch",
        /// Input in the console.
        Repl = "repl",
        /// The text under the mouse.
        Hover = "hover",
        /// To be copied: in full.
        Clipboard = "clipboard",
        /// The variables view.
        Variables = "variables",
    }
}

object! {
    /// Answer to `evaluate`.
    pub struct EvaluateResponse<'a> in "Requests_Evaluate" {
        /// The result for people.
        result: Text<'a> = "result",
        /// Its type for people.
        r#type: Option<Text<'a>> = "type",
        /// How to show it.
        presentation_hint: Option<VariablePresentationHint<'a>> = "presentationHint",
        /// Handle for its children; 0 if there are none.
        variables_reference: i32 = "variablesReference",
        /// How many named children it has.
        named_variables: Option<i32> = "namedVariables",
        /// How many indexed children it has.
        indexed_variables: Option<i32> = "indexedVariables",
        /// Where it is in memory.
        memory_reference: Option<Text<'a>> = "memoryReference",
        /// Handle for where its value is declared.
        value_location_reference: Option<i32> = "valueLocationReference",
    }
}

object! {
    /// Arguments of `setExpression`.
    pub struct SetExpressionArguments<'a> in "Requests_SetExpression" {
        /// What gets the value: an expression that can stand on the left of an assignment.
        expression: Text<'a> = "expression",
        /// Expression that gives the value.
        value: Text<'a> = "value",
        /// The frame to evaluate both in; globally if absent.
        frame_id: Option<i32> = "frameId",
        /// How to show the value.
        format: Option<ValueFormat> = "format",
    }
}

object! {
    /// Answer to `setExpression`.
    pub struct SetExpressionResponse<'a> in "Requests_SetExpression" {
        /// The new value for people.
        value: Text<'a> = "value",
        /// Its type for people.
        r#type: Option<Text<'a>> = "type",
        /// How to show it.
        presentation_hint: Option<VariablePresentationHint<'a>> = "presentationHint",
        /// Handle for its children; none if absent or 0.
        variables_reference: Option<i32> = "variablesReference",
        /// How many named children it has.
        named_variables: Option<i32> = "namedVariables",
        /// How many indexed children it has.
        indexed_variables: Option<i32> = "indexedVariables",
        /// Where it is in memory.
        memory_reference: Option<Text<'a>> = "memoryReference",
        /// Handle for where its value is declared.
        value_location_reference: Option<i32> = "valueLocationReference",
    }
}
