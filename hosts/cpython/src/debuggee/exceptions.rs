//! `setExceptionBreakpoints` and `exceptionInfo`.

use std::sync::Arc;

use dapstub::Failure;
use dapstub::debuggee::{Breakpoints, Exception, ExceptionBreakpoints, ExceptionInfo, Outcome};
use dapstub::failure::id;
use dapstub::json::{Nested, Text};
use dapstub::output::Full;
use dapstub::protocol::{
    Breakpoint, ExceptionBreakMode, ExceptionBreakpointsFilter, ExceptionDetails, ExceptionInfoArguments,
    ExceptionInfoResponse, SetExceptionBreakpointsArguments,
};
use pyo3::prelude::*;

use super::{PythonDebuggee, owned};
use crate::exception_conditions::{self, Condition, Conditions, Filter};
use crate::exception_text::{self, Told};
use crate::exceptions::Filters;
use crate::stack::Entry;

/// The filters that a client can choose from; `uncaught` is on unless it says otherwise.
const FILTERS: [ExceptionBreakpointsFilter<'static>; 3] = [
    ExceptionBreakpointsFilter {
        filter: Text::plain(Filters::RAISED),
        label: Text::plain("Raised Exceptions"),
        description: Some(Text::plain(
            "Stops once for every exception that is raised, handled or not.",
        )),
        default: false,
        supports_condition: true,
        condition_description: Some(CONDITION),
    },
    ExceptionBreakpointsFilter {
        filter: Text::plain(Filters::UNCAUGHT),
        label: Text::plain("Uncaught Exceptions"),
        description: Some(Text::plain(
            "Stops when an exception ends the program or one of its threads.",
        )),
        default: true,
        supports_condition: true,
        condition_description: Some(CONDITION),
    },
    ExceptionBreakpointsFilter {
        filter: Text::plain(Filters::USER_UNHANDLED),
        label: Text::plain("User Uncaught Exceptions"),
        description: Some(Text::plain(
            "Stops when an exception leaves your code for that of a library.",
        )),
        default: false,
        supports_condition: true,
        condition_description: Some(CONDITION),
    },
];

const CONDITION: Text<'static> =
    Text::plain("Expression in the frame that stops, such as: isinstance(__exception__, ValueError) and n > 3");

impl ExceptionBreakpoints for PythonDebuggee<'_> {
    fn filter_options(&self) -> bool {
        true
    }

    fn filters(&self) -> &'static [ExceptionBreakpointsFilter<'static>] {
        &FILTERS
    }

    /// Unknown filters are answered unverified, each with the names that there are.
    fn set_exception_breakpoints(
        &mut self,
        arguments: &SetExceptionBreakpointsArguments<'_>,
        breakpoints: &mut Breakpoints<'_>,
    ) -> Result<Outcome, Failure> {
        let (mut filters, mut conditions) = (Filters::default(), Conditions::default());
        let plain = arguments.filters.iter().map(|word| (owned(word), None));
        let options = arguments.filter_options.into_iter().flat_map(|options| options.iter());
        let options = options.map(|option| (owned(option.filter_id), option.condition.map(owned)));
        for (word, condition) in plain.chain(options) {
            let problem = self.switch_on(&word, condition, &mut filters, &mut conditions);
            breakpoints.push(&Breakpoint {
                verified: problem.is_none(),
                message: problem.as_deref().map(Text::plain),
                ..Breakpoint::default()
            })?;
        }
        exception_conditions::set(conditions);
        let outcome = self
            .engine
            .set_filters(self.py, filters)
            .and_then(|()| self.engine.refresh(self.py, true));
        outcome.map_err(|error| self.refuse_error(&error))?;
        Ok(Outcome::Done)
    }
}

impl PythonDebuggee<'_> {
    /// Switches a filter on, and says what is wrong with it, if anything is.
    fn switch_on(
        &self,
        word: &str,
        condition: Option<String>,
        filters: &mut Filters,
        conditions: &mut Conditions,
    ) -> Option<String> {
        let (flag, filter) = match word {
            Filters::RAISED => (&mut filters.raised, Filter::Raised),
            Filters::UNCAUGHT => (&mut filters.uncaught, Filter::Uncaught),
            Filters::USER_UNHANDLED => (&mut filters.user_unhandled, Filter::UserUnhandled),
            _ => return Some("no such filter; there are raised, uncaught, userUnhandled".to_owned()),
        };
        let condition = condition.filter(|text| !text.trim().is_empty());
        let compiled = condition.map(|text| Condition::compile(self.py, text)).transpose();
        match compiled {
            Ok(condition) => {
                *flag = true;
                *conditions.of(filter) = condition.map(Arc::new);
                None
            }
            Err(error) => Some(format!("condition: {}", crate::breakpoints::describe(self.py, &error))),
        }
    }
}

impl ExceptionInfo for PythonDebuggee<'_> {
    fn exception_info(
        &mut self,
        arguments: &ExceptionInfoArguments,
        answer: &mut Exception<'_>,
    ) -> Result<Outcome, Failure> {
        let session = self.session()?;
        if !self.engine.is_any_stopped() {
            return Err(Failure::not_stopped());
        }
        let ident = self.ident(i64::from(arguments.thread_id))?;
        let other = || Failure::new(id::BAD_ARGUMENTS, "this thread did not stop on an exception");
        let stop = self.engine.stop_of(ident).ok_or_else(other)?;
        let raised = stop.raised.as_ref().ok_or_else(other)?;
        let (exception, traceback) = (raised.exception.bind(self.py), raised.traceback.bind(self.py));
        // The frames that the exception has not come through yet.
        let passed = frames_of(traceback).map_err(|error| self.refuse_error(&error))?;
        let is_passed = |entry: &Entry| passed.iter().any(|frame| frame.is(&entry.frame));
        let first = stop.stack.iter().rposition(is_passed).map_or(0, |last| last + 1);
        let limit = session.options.choices.max_exception_frames;
        let told = exception_text::tell(exception, traceback, &stop.stack[first..], limit);
        let told = told.map_err(|error| self.refuse_error(&error))?;
        with_details(&told.inner, &mut |inner| {
            answer.give(&ExceptionInfoResponse {
                exception_id: Text::plain(&raised.type_name),
                description: Some(Text::plain(&raised.message)),
                break_mode: match raised.break_mode {
                    "unhandled" => ExceptionBreakMode::Unhandled,
                    "userUnhandled" => ExceptionBreakMode::UserUnhandled,
                    _ => ExceptionBreakMode::Always,
                },
                details: Some(details(&told, &told.chain(), inner)),
            })
        })?;
        Ok(Outcome::Done)
    }
}

/// What is said of one exception; `trace` is the text of its stack.
fn details<'a>(told: &'a Told, trace: &'a str, inner: &'a [ExceptionDetails<'a>]) -> ExceptionDetails<'a> {
    ExceptionDetails {
        message: Some(Text::plain(&told.message)),
        type_name: Some(Text::plain(&told.name)),
        full_type_name: Some(Text::plain(&told.full_name)),
        stack_trace: Some(Text::plain(trace)),
        inner_exception: (!inner.is_empty()).then(|| Nested::new(inner)),
        ..ExceptionDetails::default()
    }
}

/// Makes the details of all of `list`, from the innermost outwards, because each borrows from those inside it.
fn with_details(list: &[Told], write: &mut dyn FnMut(&[ExceptionDetails<'_>]) -> Result<(), Full>) -> Result<(), Full> {
    fn collect(
        rest: &[Told],
        made: &[ExceptionDetails<'_>],
        write: &mut dyn FnMut(&[ExceptionDetails<'_>]) -> Result<(), Full>,
    ) -> Result<(), Full> {
        let Some((first, rest)) = rest.split_first() else {
            return write(made);
        };
        with_details(&first.inner, &mut |inner| {
            let mut longer: Vec<ExceptionDetails<'_>> = made.to_vec();
            longer.push(details(first, &first.text, inner));
            collect(rest, &longer, write)
        })
    }
    collect(list, &[], write)
}

/// The frames that a traceback names.
fn frames_of<'py>(traceback: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let mut frames = Vec::new();
    let mut next = traceback.clone();
    while !next.is_none() {
        frames.push(next.getattr("tb_frame")?);
        next = next.getattr("tb_next")?;
    }
    Ok(frames)
}
