//! `continue`, the steps and `pause`.

#[cfg(feature = "pause")]
use crate::controller::State;
use crate::{Board, Controller};

impl<B: Board> Controller<B> {
    /// Lets the stopped program run until a line with fewer calls open than `stop_below`.
    pub(super) fn resume(&mut self, stop_below: u8) -> Result<(), &'static str> {
        self.stopped()?;
        self.go(stop_below);
        Ok(())
    }

    #[cfg(feature = "pause")]
    pub(super) fn pause(&mut self) {
        if self.state == State::Running {
            self.stop_below = u8::MAX;
            self.step_is_pause = true;
        }
    }
}
