//! Going on: `continue`, steps, `pause`, `terminate`.

use dapstub::Failure;
use dapstub::debuggee::{Cancel, Outcome, Pause, Stepping, Terminate};
use dapstub::failure::id;
use dapstub::protocol::{
    CancelArguments, ContinueArguments, ContinueResponse, NextArguments, PauseArguments, StepInArguments,
    StepOutArguments, TerminateArguments,
};

use super::{PythonDebuggee, Sequel};
use crate::step::{Mode, Step};
use crate::stop::Resume;

impl PythonDebuggee<'_> {
    pub(super) fn continue_all(&mut self, arguments: &ContinueArguments) -> Result<ContinueResponse, Failure> {
        if self.engine.stops.current().is_none() {
            return Err(Failure::not_stopped());
        }
        drop(self.engine.steps.clear());
        self.sequel = Sequel::Resume {
            resume: Resume::Continue,
            thread: i64::from(arguments.thread_id),
        };
        Ok(ContinueResponse {
            all_threads_continued: Some(true),
        })
    }

    /// Begins a step of the thread with this id.
    fn step(&mut self, mode: Mode, thread_id: i32, target: Option<i32>) -> Result<Outcome, Failure> {
        let stop = self.engine.stops.current().ok_or_else(Failure::not_stopped)?;
        let thread = i64::from(thread_id);
        let ident = self.ident(thread)?;
        let frame = self
            .stack_of(ident)?
            .first()
            .map(|entry| entry.frame.clone_ref(self.py));
        let mode = match (target, &frame) {
            (Some(target), Some(frame)) => self.mode_into(target, frame)?,
            _ => mode,
        };
        let is_over = stop.ident == ident
            && stop
                .raised
                .as_ref()
                .is_some_and(|raised| raised.break_mode == "unhandled");
        let resume = match frame {
            // A frame that an uncaught exception has left executes nothing any more.
            Some(frame) if !is_over => {
                drop(self.engine.steps.begin(ident, Step::bound(mode, frame)));
                Resume::Step { ident }
            }
            _ => Resume::Continue,
        };
        self.sequel = Sequel::Resume { resume, thread };
        Ok(Outcome::Done)
    }

    /// The `threading.get_ident()` of the thread with this id.
    pub(super) fn ident(&self, thread: i64) -> Result<u64, Failure> {
        let unknown = || {
            Failure::format(
                id::BAD_ARGUMENTS,
                format_args!("arguments.threadId: no thread {thread}"),
            )
        };
        self.engine.threads.ident(thread).ok_or_else(unknown)
    }
}

impl Stepping for PythonDebuggee<'_> {
    fn next(&mut self, arguments: &NextArguments) -> Result<Outcome, Failure> {
        self.step(Mode::Over, arguments.thread_id, None)
    }

    fn step_in(&mut self, arguments: &StepInArguments) -> Result<Outcome, Failure> {
        self.step(Mode::Into, arguments.thread_id, arguments.target_id)
    }

    fn step_out(&mut self, arguments: &StepOutArguments) -> Result<Outcome, Failure> {
        self.step(Mode::Out, arguments.thread_id, None)
    }
}

impl Pause for PythonDebuggee<'_> {
    /// Pauses all threads; the one that the client names is the one that is reported. An unknown one (some clients send
    /// 0 or 1 before they have asked) means the first.
    fn pause(&mut self, arguments: &PauseArguments) -> Result<Outcome, Failure> {
        if self.engine.stops.current().is_some() {
            return Ok(Outcome::Done);
        }
        let (threads, _) = self
            .engine
            .threads
            .list(self.py, self.engine.stops.stopped_thread())
            .map_err(|error| self.refuse_error(&error))?;
        let wanted = i64::from(arguments.thread_id);
        let thread = threads.iter().find(|thread| thread.id == wanted).or(threads.first());
        let ident = thread
            .map(|thread| thread.ident)
            .ok_or_else(|| Failure::new(id::INTERNAL, "there is no thread"))?;
        self.sequel = Sequel::Pause { ident };
        Ok(Outcome::Done)
    }
}

impl Terminate for PythonDebuggee<'_> {
    fn terminate(&mut self, _arguments: &TerminateArguments) -> Result<Outcome, Failure> {
        self.sequel = Sequel::Terminate {
            interrupt: self.session()?.options.terminate_by_interrupt,
        };
        Ok(Outcome::Done)
    }
}

impl Cancel for PythonDebuggee<'_> {
    /// Carried out where requests arrive (`cancel.rs`), because here it would wait for what it is to break off.
    fn cancel(&mut self, _arguments: &CancelArguments<'_>) -> Result<Outcome, Failure> {
        Ok(Outcome::Done)
    }
}
