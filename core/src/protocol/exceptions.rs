//! `setExceptionBreakpoints` and `exceptionInfo`.

use super::Breakpoint;
use crate::json::{Items, Nested, Text};

object! {
    /// Arguments of `setExceptionBreakpoints`. They replace what was set before.
    pub struct SetExceptionBreakpointsArguments<'a> in "Requests_SetExceptionBreakpoints" {
        /// Announced filters that are on.
        filters: Items<'a, Text<'a>> = "filters",
        /// Further filters that are on, each with its condition.
        filter_options: Option<Items<'a, ExceptionFilterOptions<'a>>> = "filterOptions",
        /// What to do for single exceptions and families of them.
        exception_options: Option<Items<'a, ExceptionOptions<'a>>> = "exceptionOptions",
    }
}

object! {
    /// Answer to `setExceptionBreakpoints`.
    pub struct SetExceptionBreakpointsResponse<'a> in "Requests_SetExceptionBreakpoints" {
        /// One for each filter, option with a condition, and exception option that was asked for, in this order.
        breakpoints: Option<Items<'a, Breakpoint<'a>>> = "breakpoints",
    }
}

object! {
    /// A filter with a condition.
    pub struct ExceptionFilterOptions<'a> in "Types_ExceptionFilterOptions" {
        /// The announced filter.
        filter_id: Text<'a> = "filterId",
        /// Stop only if this expression is true.
        condition: Option<Text<'a>> = "condition",
        /// One of the announced breakpoint modes.
        mode: Option<Text<'a>> = "mode",
    }
}

object! {
    /// What to do for some exceptions.
    pub struct ExceptionOptions<'a> in "Types_ExceptionOptions" {
        /// Way through the tree of exceptions to those that are meant; none means all.
        path: Option<Items<'a, ExceptionPathSegment<'a>>> = "path",
        /// When to stop.
        break_mode: ExceptionBreakMode = "breakMode",
    }
}

object! {
    /// One level of a way through the tree of exceptions.
    pub struct ExceptionPathSegment<'a> in "Types_ExceptionPathSegment" {
        /// All but the named ones are meant.
        negate: bool = "negate" or false,
        /// Names on this level.
        names: Items<'a, Text<'a>> = "names",
    }
}

words! {
    /// When an exception stops the program.
    pub enum ExceptionBreakMode in "Types_ExceptionBreakMode" {
        /// Never.
        Never = "never",
        /// Whenever it is raised.
        Always = "always",
        /// When nothing handles it.
        Unhandled = "unhandled",
        /// When the user's code does not handle it.
        UserUnhandled = "userUnhandled",
    }
}

object! {
    /// Arguments of `exceptionInfo`.
    pub struct ExceptionInfoArguments in "Requests_ExceptionInfo" {
        /// The thread that stopped on an exception.
        thread_id: i32 = "threadId",
    }
}

object! {
    /// Answer to `exceptionInfo`.
    pub struct ExceptionInfoResponse<'a> in "Requests_ExceptionInfo" {
        /// What kind of exception it is.
        exception_id: Text<'a> = "exceptionId",
        /// What it says.
        description: Option<Text<'a>> = "description",
        /// Which rule stopped the program.
        break_mode: ExceptionBreakMode = "breakMode",
        /// More about it.
        details: Option<ExceptionDetails<'a>> = "details",
    }
}

object! {
    /// An exception in detail.
    pub struct ExceptionDetails<'a> in "Types_ExceptionDetails" {
        /// What it says.
        message: Option<Text<'a>> = "message",
        /// Short name of its type.
        type_name: Option<Text<'a>> = "typeName",
        /// Full name of its type.
        full_type_name: Option<Text<'a>> = "fullTypeName",
        /// Expression that gives the exception object.
        evaluate_name: Option<Text<'a>> = "evaluateName",
        /// Where it was raised, as text.
        stack_trace: Option<Text<'a>> = "stackTrace",
        /// Exceptions that led to it.
        inner_exception: Option<Nested<'a, ExceptionDetails<'a>>> = "innerException",
    }
}
