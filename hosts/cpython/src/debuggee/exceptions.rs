//! `setExceptionBreakpoints` and `exceptionInfo`.

use dapstub::Failure;
use dapstub::debuggee::{Breakpoints, Exception, ExceptionBreakpoints, ExceptionInfo, Outcome};
use dapstub::failure::id;
use dapstub::json::Text;
use dapstub::protocol::{
    Breakpoint, ExceptionBreakMode, ExceptionBreakpointsFilter, ExceptionDetails, ExceptionInfoArguments,
    ExceptionInfoResponse, SetExceptionBreakpointsArguments,
};
use pyo3::prelude::*;

use super::{PythonDebuggee, owned};
use crate::exceptions::Filters;

/// The filters that a client can choose from; `uncaught` is on unless it says otherwise.
const FILTERS: [ExceptionBreakpointsFilter<'static>; 3] = [
    ExceptionBreakpointsFilter {
        filter: Text::plain(Filters::RAISED),
        label: Text::plain("Raised Exceptions"),
        description: Some(Text::plain(
            "Stops once for every exception that is raised, handled or not.",
        )),
        default: false,
        supports_condition: false,
        condition_description: None,
    },
    ExceptionBreakpointsFilter {
        filter: Text::plain(Filters::UNCAUGHT),
        label: Text::plain("Uncaught Exceptions"),
        description: Some(Text::plain(
            "Stops when an exception ends the program or one of its threads.",
        )),
        default: true,
        supports_condition: false,
        condition_description: None,
    },
    ExceptionBreakpointsFilter {
        filter: Text::plain(Filters::USER_UNHANDLED),
        label: Text::plain("User Uncaught Exceptions"),
        description: Some(Text::plain(
            "Stops when an exception leaves your code for that of a library.",
        )),
        default: false,
        supports_condition: false,
        condition_description: None,
    },
];

impl ExceptionBreakpoints for PythonDebuggee<'_> {
    fn filters(&self) -> &'static [ExceptionBreakpointsFilter<'static>] {
        &FILTERS
    }

    /// Unknown filters are answered unverified, each with the names that there are.
    fn set_exception_breakpoints(
        &mut self,
        arguments: &SetExceptionBreakpointsArguments<'_>,
        breakpoints: &mut Breakpoints<'_>,
    ) -> Result<Outcome, Failure> {
        let mut filters = Filters::default();
        for word in arguments.filters.iter() {
            let flag = match owned(word).as_str() {
                Filters::RAISED => Some(&mut filters.raised),
                Filters::UNCAUGHT => Some(&mut filters.uncaught),
                Filters::USER_UNHANDLED => Some(&mut filters.user_unhandled),
                _ => None,
            };
            let verified = flag.map(|flag| *flag = true).is_some();
            let message = (!verified).then(|| Text::plain("no such filter; there are raised, uncaught, userUnhandled"));
            breakpoints.push(&Breakpoint {
                verified,
                message,
                ..Breakpoint::default()
            })?;
        }
        let outcome = self
            .engine
            .set_filters(self.py, filters)
            .and_then(|()| self.engine.refresh(self.py, true));
        outcome.map_err(|error| self.refuse_error(&error))?;
        Ok(Outcome::Done)
    }
}

impl ExceptionInfo for PythonDebuggee<'_> {
    fn exception_info(
        &mut self,
        arguments: &ExceptionInfoArguments,
        answer: &mut Exception<'_>,
    ) -> Result<Outcome, Failure> {
        let stop = self.engine.stops.current().ok_or_else(Failure::not_stopped)?;
        let ident = self.ident(i64::from(arguments.thread_id))?;
        let raised = stop.raised.as_ref().filter(|_| stop.ident == ident);
        let raised =
            raised.ok_or_else(|| Failure::new(id::BAD_ARGUMENTS, "this thread did not stop on an exception"))?;
        let trace = stack_text(raised.traceback.bind(self.py)).map_err(|error| self.refuse_error(&error))?;
        let short = raised.type_name.rsplit('.').next().unwrap_or_default();
        answer.give(&ExceptionInfoResponse {
            exception_id: Text::plain(&raised.type_name),
            description: Some(Text::plain(&raised.message)),
            break_mode: match raised.break_mode {
                "unhandled" => ExceptionBreakMode::Unhandled,
                "userUnhandled" => ExceptionBreakMode::UserUnhandled,
                _ => ExceptionBreakMode::Always,
            },
            details: Some(ExceptionDetails {
                message: Some(Text::plain(&raised.message)),
                type_name: Some(Text::plain(short)),
                full_type_name: Some(Text::plain(&raised.type_name)),
                stack_trace: Some(Text::plain(&trace)),
                ..ExceptionDetails::default()
            }),
        })?;
        Ok(Outcome::Done)
    }
}

/// A traceback as Python prints it.
fn stack_text(traceback: &Bound<'_, PyAny>) -> PyResult<String> {
    let lines = crate::modules::import(traceback.py(), "traceback")?.call_method1("format_tb", (traceback,))?;
    lines.extract::<Vec<String>>().map(|lines| lines.concat())
}
