//! Going on: `continue`, steps, `pause`, `terminate`.

use dapstub::Failure;
use dapstub::debuggee::{Cancel, Outcome, Pause, Stepping, Terminate};
use dapstub::failure::id;
use dapstub::json::ToJson;
use dapstub::output::Output;
use dapstub::protocol::{
    CancelArguments, ContinueArguments, ContinueResponse, NextArguments, PauseArguments, StepInArguments,
    StepOutArguments, TerminateArguments,
};

use pyo3::PyResult;

use super::{PythonDebuggee, Sequel};
use crate::events::number;
use crate::step::{Mode, Step};
use crate::stop::Resume;

impl PythonDebuggee<'_> {
    pub(super) fn continue_all(&mut self, arguments: &ContinueArguments) -> Result<ContinueResponse, Failure> {
        if !self.engine.is_any_stopped() {
            return Err(Failure::not_stopped());
        }
        let thread = i64::from(arguments.thread_id);
        let alone = if arguments.single_thread {
            let ident = self.ident(thread)?;
            self.close_gate(ident)?;
            drop(self.engine.steps.end(ident));
            Some(ident)
        } else {
            drop(self.engine.steps.clear());
            None
        };
        self.sequel = Sequel::Resume {
            resume: Resume::Continue { alone },
            thread,
        };
        Ok(ContinueResponse {
            all_threads_continued: Some(alone.is_none()),
        })
    }

    /// `continue` without arguments: all threads, and the event names the one that stopped.
    pub(crate) fn continue_unnamed(&mut self, body: &mut dyn Output) -> Result<Outcome, Failure> {
        let stopped = self.engine.stops.stopped_thread();
        let thread = stopped.map_or(1, |ident| self.engine.threads.id(ident));
        let answer = self.continue_all(&ContinueArguments {
            thread_id: number(thread),
            single_thread: false,
        })?;
        answer.write(body)?;
        Ok(Outcome::Done)
    }

    /// Sees to it that the gate can close to all threads but this one, which has to stand still now.
    fn close_gate(&mut self, ident: u64) -> Result<(), Failure> {
        let gate = &self.engine.gate;
        if self.engine.stops.current().is_none() {
            return if gate.holds(ident) {
                Ok(())
            } else {
                Err(Failure::not_stopped())
            };
        }
        let prepared = self.threads_besides(ident).and_then(|others| {
            // Alone as it is, it needs no gate.
            if others > 0 {
                self.engine.prepare_gate(self.py)
            } else {
                self.engine.open_gate(self.py)
            }
        });
        prepared.map_err(|error| self.refuse_error(&error))
    }

    /// How many threads the program has besides this one.
    fn threads_besides(&self, ident: u64) -> PyResult<usize> {
        let (threads, _) = self.engine.threads.list(self.py, self.engine.stops.stopped_thread())?;
        Ok(threads.iter().filter(|thread| thread.ident != ident).count())
    }

    /// Begins a step of the thread with this id.
    fn step(&mut self, mode: Mode, thread_id: i32, single: bool, target: Option<i32>) -> Result<Outcome, Failure> {
        if !self.engine.is_any_stopped() {
            return Err(Failure::not_stopped());
        }
        let thread = i64::from(thread_id);
        let ident = self.ident(thread)?;
        let alone = single || self.session()?.options.choices.steps_alone;
        if alone || self.engine.stops.current().is_none() {
            self.close_gate(ident)?;
        }
        let frame = self
            .stack_of(ident)?
            .first()
            .map(|entry| entry.frame.clone_ref(self.py));
        let mode = match (target, &frame) {
            (Some(target), Some(frame)) => self.mode_into(target, frame)?,
            _ => mode,
        };
        let stop = self.engine.stop_of(ident);
        let raised = stop.as_ref().and_then(|stop| stop.raised.as_ref());
        let is_over = raised.is_some_and(|raised| raised.break_mode == "unhandled");
        let resume = match frame {
            // A frame that an uncaught exception has left executes nothing any more.
            Some(frame) if !is_over => {
                drop(self.engine.steps.begin(ident, Step::bound(mode, frame)));
                Resume::Step { ident, alone }
            }
            _ => Resume::Continue {
                alone: alone.then_some(ident),
            },
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
        self.step(Mode::Over, arguments.thread_id, arguments.single_thread, None)
    }

    fn step_in(&mut self, arguments: &StepInArguments) -> Result<Outcome, Failure> {
        self.step(
            Mode::Into,
            arguments.thread_id,
            arguments.single_thread,
            arguments.target_id,
        )
    }

    fn step_out(&mut self, arguments: &StepOutArguments) -> Result<Outcome, Failure> {
        self.step(Mode::Out, arguments.thread_id, arguments.single_thread, None)
    }

    fn single_thread(&self) -> bool {
        true
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
