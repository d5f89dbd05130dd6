//! `setExceptionBreakpoints` and `exceptionInfo`.

use dapstub::Failure;
use dapstub::debuggee::{Breakpoints, Exception, ExceptionBreakpoints, ExceptionInfo, Outcome};
use dapstub::failure::id;
use dapstub::json::{Nested, Text};
use dapstub::output::Full;
use dapstub::protocol::{
    Breakpoint, ExceptionBreakMode, ExceptionBreakpointsFilter, ExceptionDetails, ExceptionInfoArguments,
    ExceptionInfoResponse, ExceptionOptions, ExceptionPathSegment, SetExceptionBreakpointsArguments,
};
use pyo3::prelude::*;

use super::{PythonDebuggee, owned};
use crate::exception_rules::{self, Classes, Condition, Filter, Rule};
use crate::exception_text::{self, Told};
use crate::exceptions::Filters;
use crate::stack::{self, Entry};

/// The filters that a client can choose from; `uncaught` is on unless it says otherwise.
const FILTERS: [ExceptionBreakpointsFilter<'static>; 3] = [
    ExceptionBreakpointsFilter {
        filter: Text::plain(Filters::RAISED),
        label: Text::plain("Raised Exceptions"),
        description: Some(Text::plain(
            "Stops in every frame that an exception is raised in or comes to, handled or not.",
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

    fn exception_options(&self) -> bool {
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
        let mut rules = Vec::new();
        let plain = arguments.filters.iter().map(|word| (owned(word), None));
        let options = arguments.filter_options.into_iter().flat_map(|options| options.iter());
        let options = options.map(|option| (owned(option.filter_id), option.condition.map(owned)));
        let mut made: Vec<_> = plain
            .chain(options)
            .map(|(word, condition)| self.rule(&word, condition))
            .collect();
        let options = arguments
            .exception_options
            .into_iter()
            .flat_map(|options| options.iter());
        made.extend(options.map(|option| by_classes(&option)));
        for rule in made {
            let problem = rule.as_ref().err().cloned();
            breakpoints.push(&Breakpoint {
                verified: problem.is_none(),
                message: problem.as_deref().map(Text::plain),
                ..Breakpoint::default()
            })?;
            rules.extend(rule.ok());
        }
        let filters = exception_rules::set(rules);
        let outcome = self
            .engine
            .set_filters(self.py, filters)
            .and_then(|()| self.engine.refresh(self.py, true));
        outcome.map_err(|error| self.refuse_error(&error))?;
        Ok(Outcome::Done)
    }
}

impl PythonDebuggee<'_> {
    /// The rule that a filter stands for, or what is wrong with it.
    fn rule(&self, word: &str, condition: Option<String>) -> Result<Rule, String> {
        let filter = match word {
            Filters::RAISED => Filter::Raised,
            Filters::UNCAUGHT => Filter::Uncaught,
            Filters::USER_UNHANDLED => Filter::UserUnhandled,
            _ => return Err("no such filter; there are raised, uncaught, userUnhandled".to_owned()),
        };
        let condition = condition.filter(|text| !text.trim().is_empty());
        let condition = condition.map(|text| Condition::compile(self.py, text)).transpose();
        let condition =
            condition.map_err(|error| format!("condition: {}", crate::breakpoints::describe(self.py, &error)))?;
        Ok(Rule {
            classes: Classes::All,
            filter: Some(filter),
            condition,
        })
    }
}

/// The category under which all exceptions of Python stand in `exceptionOptions`.
const CATEGORY: &str = "Python Exceptions";

/// The rule that one of the `exceptionOptions` stands for, or what is wrong with it.
fn by_classes(option: &ExceptionOptions<'_>) -> Result<Rule, String> {
    let mut path = option.path.into_iter().flat_map(|path| path.iter());
    let is_ours = |first: ExceptionPathSegment<'_>| first.names.iter().any(|name| owned(name) == CATEGORY);
    if !path.next().is_none_or(is_ours) {
        return Err(format!("path[0]: expected the category \"{CATEGORY}\""));
    }
    let mut classes = Classes::All;
    for segment in path {
        let names = segment.names.iter().map(owned);
        classes = match classes {
            Classes::Named(mut known) if !segment.negate => {
                known.extend(names);
                Classes::Named(known)
            }
            _ if segment.negate => Classes::Except(names.collect()),
            _ => Classes::Named(names.collect()),
        };
    }
    let filter = match option.break_mode {
        ExceptionBreakMode::Never => None,
        ExceptionBreakMode::Always => Some(Filter::Raised),
        ExceptionBreakMode::Unhandled => Some(Filter::Uncaught),
        ExceptionBreakMode::UserUnhandled => Some(Filter::UserUnhandled),
    };
    Ok(Rule {
        classes,
        filter,
        condition: None,
    })
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
        let shown = stop.stack.iter().map(|entry| stack::file_of(entry.frame.bind(self.py)));
        let mut shown = shown
            .filter_map(Result::ok)
            .filter(|file| self.engine.is_shown(session, file));
        let file = shown.next();
        self.exception_source = file.map(|file| session.options.path_mappings.to_local(&file).into_owned());
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

/// What is said of one exception; `trace` is the text of its stack, whose last line needs no end.
fn details<'a>(told: &'a Told, trace: &'a str, inner: &'a [ExceptionDetails<'a>]) -> ExceptionDetails<'a> {
    ExceptionDetails {
        message: Some(Text::plain(&told.message)),
        type_name: Some(Text::plain(&told.name)),
        // Where it says more. Clients that were made for debugpy, which has none, compare the whole.
        full_type_name: (told.full_name != told.name).then(|| Text::plain(&told.full_name)),
        stack_trace: Some(Text::plain(trace.trim_end_matches('\n'))),
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
