//! The requests that need no stopped run; the others are passed on to the run that they are about.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use dapstub::Failure;
use dapstub::debuggee::{
    BreakpointLocationList, BreakpointLocations, Breakpoints, Debuggee, Evaluate, Evaluation, Exception,
    ExceptionBreakpoints, ExceptionInfo, Frames, FunctionBreakpoints, LineBreakpoints, LoadedSources, Outcome, Pause,
    Scopes, SetVariable, SourceContent, SourceText, Sources, Stepping, Threads, VariableSet, Variables,
};
use dapstub::protocol::{
    BreakpointLocation, BreakpointLocationsArguments, ContinueArguments, ContinueResponse, DisconnectArguments,
    EvaluateArguments, ExceptionBreakpointsFilter, ExceptionInfoArguments, LoadedSourcesArguments, NextArguments,
    PauseArguments, ScopesArguments, SetBreakpointsArguments, SetExceptionBreakpointsArguments,
    SetFunctionBreakpointsArguments, SetVariableArguments, SourceArguments, SourceResponse, StackTraceArguments,
    StepInArguments, StepOutArguments, Thread, VariablesArguments,
};

use super::Shared;
use super::attach::Attach;
use super::breakpoints::Breakpoint;
use super::sources::{Script, remote, rule_at};
use super::state::{Go, Job, SERVICE, as_sent};
use super::stop::id;

/// One request.
pub(crate) struct Desk<'d> {
    shared: &'d Shared,
    options: Arc<Attach>,
    /// The run that is to answer.
    pub(crate) answers: Option<Sender<Job>>,
    /// Those that run on once the answer is sent, so that a next stop comes behind it.
    pub(crate) resumed: Vec<(Sender<Job>, Go)>,
}

impl<'d> Desk<'d> {
    pub(crate) fn new(shared: &'d Shared) -> Self {
        let session = shared.state().session().map(|session| session.options.clone());
        Self {
            shared,
            options: session.unwrap_or_default(),
            answers: None,
            resumed: Vec::new(),
        }
    }

    fn pass_on(&mut self, run: Option<Sender<Job>>) -> Result<Outcome, Failure> {
        self.answers = Some(run.ok_or_else(Failure::not_stopped)?);
        Ok(Outcome::Later)
    }

    /// To the run that gave out this handle.
    fn pass_to_owner(&mut self, handle: i32) -> Result<Outcome, Failure> {
        let run = self.shared.state().owner(handle);
        self.pass_on(run)
    }

    /// To the run with this number.
    fn pass_to(&mut self, thread: i32) -> Result<Outcome, Failure> {
        let state = self.shared.state();
        known(state.has_thread(thread), thread)?;
        let run = state.standing(thread);
        drop(state);
        self.pass_on(run)
    }

    fn go(&mut self, thread: i32, go: Go) -> Result<Outcome, Failure> {
        let mut state = self.shared.state();
        known(state.has_thread(thread), thread)?;
        let jobs = state.take(thread).ok_or_else(Failure::not_stopped)?;
        self.resumed.push((jobs, go));
        Ok(Outcome::Done)
    }
}

fn known(known: bool, thread: i32) -> Result<(), Failure> {
    if known {
        return Ok(());
    }
    Err(Failure::format(
        id::NO_SUCH_THREAD,
        format_args!("thread {thread} has ended, or never was"),
    ))
}

impl Debuggee for Desk<'_> {
    fn threads(&mut self, threads: &mut Threads<'_>) -> Result<Outcome, Failure> {
        let mut pushed = Ok(());
        self.shared.state().threads(|id, name| {
            let name = name.into();
            pushed = pushed.and_then(|()| threads.push(&Thread { id, name }));
        });
        pushed?;
        Ok(Outcome::Done)
    }

    fn stack_trace(&mut self, arguments: &StackTraceArguments, _: &mut Frames<'_>) -> Result<Outcome, Failure> {
        self.pass_to(arguments.thread_id)
    }

    fn scopes(&mut self, arguments: &ScopesArguments, _: &mut Scopes<'_>) -> Result<Outcome, Failure> {
        self.pass_to_owner(arguments.frame_id)
    }

    fn variables(&mut self, arguments: &VariablesArguments, _: &mut Variables<'_>) -> Result<Outcome, Failure> {
        self.pass_to_owner(arguments.variables_reference)
    }

    fn resume(&mut self, arguments: &ContinueArguments) -> Result<ContinueResponse, Failure> {
        if arguments.thread_id == SERVICE {
            let all = self.shared.resume_all();
            self.resumed.extend(all.into_iter().map(|jobs| (jobs, Go::On)));
        } else {
            self.go(arguments.thread_id, Go::On)?;
        }
        Ok(ContinueResponse {
            all_threads_continued: Some(arguments.thread_id == SERVICE),
        })
    }

    fn disconnect(&mut self, _: &DisconnectArguments) -> Result<Outcome, Failure> {
        // The frontend answers it, and says so by `disconnected`.
        Ok(Outcome::Done)
    }

    fn line_breakpoints(&mut self) -> Option<&mut dyn LineBreakpoints> {
        Some(self)
    }

    fn breakpoint_locations(&mut self) -> Option<&mut dyn BreakpointLocations> {
        Some(self)
    }

    fn function_breakpoints(&mut self) -> Option<&mut dyn FunctionBreakpoints> {
        Some(self)
    }

    fn exception_breakpoints(&mut self) -> Option<&mut dyn ExceptionBreakpoints> {
        Some(self)
    }

    fn exception_info(&mut self) -> Option<&mut dyn ExceptionInfo> {
        Some(self)
    }

    fn stepping(&mut self) -> Option<&mut dyn Stepping> {
        Some(self)
    }

    fn pause(&mut self) -> Option<&mut dyn Pause> {
        Some(self)
    }

    fn evaluate(&mut self) -> Option<&mut dyn Evaluate> {
        Some(self)
    }

    fn set_variable(&mut self) -> Option<&mut dyn SetVariable> {
        Some(self)
    }

    fn source_text(&mut self) -> Option<&mut dyn SourceText> {
        Some(self)
    }

    fn loaded_sources(&mut self) -> Option<&mut dyn LoadedSources> {
        Some(self)
    }
}

impl LineBreakpoints for Desk<'_> {
    fn set_breakpoints(
        &mut self,
        arguments: &SetBreakpointsArguments<'_>,
        breakpoints: &mut Breakpoints<'_>,
    ) -> Result<Outcome, Failure> {
        let Some(path) = arguments.source.path else {
            return Err(Failure::new(id::NO_SUCH_SOURCE, "the source has no path"));
        };
        let path = remote(&path.to_string(), &self.options.mappings);
        let script = Script::new(&path, &self.options.mappings);
        let mut pushed = Ok(());
        let wanted = arguments.requested();
        let wanted = wanted.map(|wanted| move |id| Breakpoint::on_line(id, &wanted));
        self.shared.set_lines(path, wanted, |breakpoint, known| {
            let message = breakpoint.message(known);
            let sent = as_sent(breakpoint, message.as_deref(), Some(&script));
            pushed = pushed.and_then(|()| breakpoints.push(&sent));
        });
        pushed?;
        Ok(Outcome::Done)
    }

    fn conditions(&self) -> bool {
        true
    }

    fn hit_conditions(&self) -> bool {
        true
    }

    fn log_points(&self) -> bool {
        true
    }
}

impl BreakpointLocations for Desk<'_> {
    fn breakpoint_locations(
        &mut self,
        arguments: &BreakpointLocationsArguments<'_>,
        locations: &mut BreakpointLocationList<'_>,
    ) -> Result<Outcome, Failure> {
        let path = arguments
            .source
            .path
            .map(|path| remote(&path.to_string(), &self.options.mappings));
        let rules = self.shared.library.rules();
        let Some(rule) = path.and_then(|path| rule_at(&rules, &path)) else {
            return Ok(Outcome::Done);
        };
        let line = |line: u64| u32::try_from(line).unwrap_or(u32::MAX);
        let (first, last) = (line(arguments.line), line(arguments.end_line.unwrap_or(arguments.line)));
        for place in rule.debug.places.between(first, last) {
            locations.push(&BreakpointLocation {
                line: place.line.into(),
                column: Some(place.column.into()),
                ..Default::default()
            })?;
        }
        Ok(Outcome::Done)
    }
}

impl FunctionBreakpoints for Desk<'_> {
    fn set_function_breakpoints(
        &mut self,
        arguments: &SetFunctionBreakpointsArguments<'_>,
        breakpoints: &mut Breakpoints<'_>,
    ) -> Result<Outcome, Failure> {
        let mut pushed = Ok(());
        let wanted = arguments.breakpoints.iter();
        let wanted = wanted.map(|wanted| move |id| Breakpoint::on_function(id, &wanted));
        let options = self.options.clone();
        self.shared.set_functions(wanted, |breakpoint, rule| {
            let message = breakpoint.message(true);
            let script = rule.map(|rule| Script::new(&rule.path, &options.mappings));
            let sent = as_sent(breakpoint, message.as_deref(), script.as_ref());
            pushed = pushed.and_then(|()| breakpoints.push(&sent));
        });
        pushed?;
        Ok(Outcome::Done)
    }
}

impl ExceptionBreakpoints for Desk<'_> {
    fn filters(&self) -> &'static [ExceptionBreakpointsFilter<'static>] {
        use dapstub::json::Text;

        static FILTERS: &[ExceptionBreakpointsFilter<'static>] = &[ExceptionBreakpointsFilter {
            filter: Text::plain("uncaught"),
            label: Text::plain("Uncaught errors"),
            description: Some(Text::plain(
                "Stops where a script fails. Every rule is watched and copies its variables at each statement.",
            )),
            default: false,
            supports_condition: false,
            condition_description: None,
        }];
        FILTERS
    }

    fn set_exception_breakpoints(
        &mut self,
        arguments: &SetExceptionBreakpointsArguments<'_>,
        breakpoints: &mut Breakpoints<'_>,
    ) -> Result<Outcome, Failure> {
        let mut uncaught = false;
        for filter in arguments.filters.iter() {
            let known = filter == "uncaught";
            uncaught |= known;
            breakpoints.push(&dapstub::protocol::Breakpoint {
                verified: known,
                message: (!known).then(|| "there is only the filter `uncaught`".into()),
                ..Default::default()
            })?;
        }
        self.shared.set_uncaught(uncaught);
        Ok(Outcome::Done)
    }
}

impl ExceptionInfo for Desk<'_> {
    fn exception_info(
        &mut self,
        arguments: &ExceptionInfoArguments,
        _: &mut Exception<'_>,
    ) -> Result<Outcome, Failure> {
        self.pass_to(arguments.thread_id)
    }
}

impl Stepping for Desk<'_> {
    fn next(&mut self, arguments: &NextArguments) -> Result<Outcome, Failure> {
        self.go(arguments.thread_id, Go::Over)
    }

    fn step_in(&mut self, arguments: &StepInArguments) -> Result<Outcome, Failure> {
        self.go(arguments.thread_id, Go::In)
    }

    fn step_out(&mut self, arguments: &StepOutArguments) -> Result<Outcome, Failure> {
        self.go(arguments.thread_id, Go::Out)
    }

    fn single_thread(&self) -> bool {
        true
    }
}

impl Pause for Desk<'_> {
    fn pause(&mut self, arguments: &PauseArguments) -> Result<Outcome, Failure> {
        known(self.shared.pause(arguments.thread_id), arguments.thread_id)?;
        Ok(Outcome::Done)
    }
}

impl Evaluate for Desk<'_> {
    fn evaluate(&mut self, arguments: &EvaluateArguments<'_>, _: &mut Evaluation<'_>) -> Result<Outcome, Failure> {
        match arguments.frame_id {
            Some(frame) => self.pass_to_owner(frame),
            None => Err(Failure::new(
                id::EVALUATION,
                "choose a frame of a stopped run: a service has no variables of its own",
            )),
        }
    }

    fn hovers(&self) -> bool {
        true
    }

    fn clipboard(&self) -> bool {
        true
    }
}

impl SetVariable for Desk<'_> {
    fn set_variable(
        &mut self,
        arguments: &SetVariableArguments<'_>,
        _: &mut VariableSet<'_>,
    ) -> Result<Outcome, Failure> {
        self.pass_to_owner(arguments.variables_reference)
    }
}

impl SourceText for Desk<'_> {
    fn source(&mut self, arguments: &SourceArguments<'_>, answer: &mut SourceContent<'_>) -> Result<Outcome, Failure> {
        let path = arguments.source.and_then(|source| source.path);
        let path = path.map(|path| remote(&path.to_string(), &self.options.mappings));
        let rules = self.shared.library.rules();
        let Some(rule) = path.and_then(|path| rule_at(&rules, &path)) else {
            return Err(Failure::new(id::NO_SUCH_SOURCE, "no rule was read from this source"));
        };
        answer.give(&SourceResponse {
            content: rule.text.as_str().into(),
            ..Default::default()
        })?;
        Ok(Outcome::Done)
    }
}

impl LoadedSources for Desk<'_> {
    fn loaded_sources(&mut self, _: &LoadedSourcesArguments, sources: &mut Sources<'_>) -> Result<Outcome, Failure> {
        for rule in self.shared.library.rules().values() {
            sources.push(&Script::new(&rule.path, &self.options.mappings).source())?;
        }
        Ok(Outcome::Done)
    }
}
