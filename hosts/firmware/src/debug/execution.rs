//! `next`, `stepIn`, `stepOut` and `pause`.

use crate::controller::State;
use crate::{Board, Controller};
use dapstub::Failure;
use dapstub::debuggee::{Outcome, Pause, Stepping};
use dapstub::protocol::{NextArguments, PauseArguments, StepInArguments, StepOutArguments};

impl<B: Board> Controller<B> {
    fn step(&mut self, stop_below: u8) -> Result<Outcome, Failure> {
        self.stopped()?;
        self.go(stop_below);
        Ok(Outcome::Done)
    }
}

impl<B: Board> Stepping for Controller<B> {
    fn next(&mut self, _: &NextArguments) -> Result<Outcome, Failure> {
        self.step(self.machine.depth().wrapping_add(1))
    }

    fn step_in(&mut self, _: &StepInArguments) -> Result<Outcome, Failure> {
        self.step(u8::MAX)
    }

    fn step_out(&mut self, _: &StepOutArguments) -> Result<Outcome, Failure> {
        self.step(self.machine.depth())
    }
}

impl<B: Board> Pause for Controller<B> {
    fn pause(&mut self, _: &PauseArguments) -> Result<Outcome, Failure> {
        if self.state == State::Running {
            self.stop_below = u8::MAX;
            self.step_is_pause = true;
        }
        Ok(Outcome::Done)
    }
}
