//! The controller: a program that runs, stops and is looked at.

use crate::debug::{Breakpoint, MAX_BREAKPOINTS};
use crate::language::Program;
use crate::machine::{Event, Fault, Machine};
use dapstub::small::{Body, Events, Heard, Host, Request};

/// For how long a client may say nothing while the program is stopped, unless its `attach` says otherwise: 10 minutes,
/// in milliseconds.
pub const DEFAULT_SILENCE: u32 = 600_000;

/// How long a message may pause in its middle, in milliseconds. The rest of it will not come any more, then.
const MESSAGE_PAUSE: u32 = 5_000;

/// How many lines are executed before the serial line is looked at again.
const LINES_PER_TURN: u32 = 64;

/// What the controller needs of the board it runs on.
pub trait Board {
    /// The program that it executes.
    const PROGRAM: Program;

    /// A clock that counts milliseconds and wraps.
    fn millis(&mut self) -> u32;

    /// Called when there is nothing to do for the moment: sleep until the next interrupt, or a millisecond.
    fn idle(&mut self);

    /// A byte of the memory that a debugger may read; `None` beyond.
    fn byte(&self, machine: &Machine, address: usize) -> Option<u8> {
        machine.byte(address)
    }
}

/// Whether the program runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Running,
    /// It waits for a client's `configurationDone`.
    Held,
    /// It has stopped, and the client has to be told.
    Stopping,
    Stopped,
}

/// Why the program has stopped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    Breakpoint,
    Step,
    Pause,
    Fault(Fault),
}

/// A program on a board, and what the debugger wants of it.
pub struct Controller<B> {
    pub(crate) board: B,
    pub(crate) machine: Machine,
    pub(crate) state: State,
    /// Why it stops or has stopped.
    why: Why,
    pub(crate) breakpoints: [Breakpoint; MAX_BREAKPOINTS],
    /// A step or a pause ends at the next line with fewer calls open than this; 0 if there is none.
    pub(crate) stop_below: u8,
    pub(crate) step_is_pause: bool,
    /// The program cannot go on from where it is.
    pub(crate) faulted: bool,
    pub(crate) silence: u32,
    /// When the client was heard last.
    heard: u32,
    /// When the program goes on that pauses by itself.
    wakes: Option<u32>,
}

impl<B: Board> Controller<B> {
    /// A program that was not started yet: [`serve()`](crate::serve()) does that. All of it is zeros, so that it needs no
    /// flash where it is a `static`.
    pub const fn new(board: B) -> Self {
        Self {
            board,
            machine: Machine::new(),
            state: State::Running,
            why: Why::Fault(Fault::DivisionByZero),
            breakpoints: [Breakpoint::NONE; MAX_BREAKPOINTS],
            stop_below: 0,
            step_is_pause: false,
            faulted: false,
            silence: 0,
            heard: 0,
            wakes: None,
        }
    }

    /// Starts the program. With the feature `wait` it stays at its beginning until a client has said `configurationDone`.
    pub(crate) fn begin(&mut self) {
        self.machine.restart(&B::PROGRAM);
        self.release();
        if cfg!(feature = "wait") {
            self.state = State::Held;
        }
    }

    /// The client is gone, in whatever way: the program runs on as if never debugged.
    pub(crate) fn release(&mut self) {
        self.breakpoints = [Breakpoint::NONE; MAX_BREAKPOINTS];
        self.silence = DEFAULT_SILENCE;
        if self.state != State::Held {
            self.go(0);
        }
    }

    /// Lets the program run until a line with fewer calls open than `stop_below`.
    pub(crate) fn go(&mut self, stop_below: u8) {
        self.state = State::Running;
        self.stop_below = stop_below;
        self.step_is_pause = false;
        if core::mem::take(&mut self.faulted) {
            self.machine.restart(&B::PROGRAM);
        }
    }

    /// Runs the program a little. `watched`: a client wants to know of stops.
    fn advance(&mut self, watched: bool) {
        if let Some(wakes) = self.wakes {
            if (self.board.millis().wrapping_sub(wakes) as i32) < 0 {
                // Between two rounds nothing happens that a step could end at, but a pause need not wait.
                return self.board.idle();
            }
            self.wakes = None;
        }
        let every_line = watched && (self.stop_below > 0 || self.breakpoints.iter().any(Breakpoint::is_set));
        self.machine.lines_left = if every_line { 0 } else { LINES_PER_TURN };
        match self.machine.run(B::PROGRAM.code, B::PROGRAM.names.functions) {
            Event::Line if every_line => self.line_begins(),
            Event::Line => {}
            Event::Wait(time) => self.wakes = Some(self.board.millis().wrapping_add_signed(time)),
            Event::Fault(fault) if watched && cfg!(feature = "exceptions") => {
                self.faulted = true;
                self.stop(Why::Fault(fault));
            }
            Event::Fault(_) | Event::End => self.machine.restart(&B::PROGRAM),
        }
    }

    fn stop(&mut self, why: Why) {
        self.state = State::Stopping;
        self.why = why;
    }

    /// Stops, if a breakpoint is here or a step ends.
    fn line_begins(&mut self) {
        let now = self.machine.now();
        let machine = &mut self.machine;
        let hit = self
            .breakpoints
            .iter()
            .any(|breakpoint| breakpoint.is_hit(now, machine));
        if hit {
            self.stop(Why::Breakpoint);
        } else if self.machine.depth() < self.stop_below {
            self.stop(if self.step_is_pause { Why::Pause } else { Why::Step });
        }
    }
}

impl Why {
    /// The reason that the client is told, and behind it what else is to be said.
    const fn reason(self) -> &'static str {
        match self {
            Self::Breakpoint => "breakpoint",
            Self::Step => "step",
            Self::Pause => "pause",
            Self::Fault(Fault::DivisionByZero) => "exception\",\"text\":\"division by zero",
            Self::Fault(Fault::StackOverflow) => "exception\",\"text\":\"stack overflow",
        }
    }
}

impl<B: Board> Host for Controller<B> {
    fn carry_out(&mut self, request: &Request<'_>, body: &mut Body<'_>) -> Result<(), &'static str> {
        self.obey(request, body)
    }

    fn turn(&mut self, events: &mut Events<'_, '_>) {
        match self.state {
            State::Running => self.advance(events.is_running()),
            State::Stopping => {
                let why = self.why.reason();
                events.report("stopped", |event| {
                    event.raw("{\"threadId\":1,\"allThreadsStopped\":true,\"reason\":\"");
                    event.raw(why);
                    event.raw("\"}");
                });
                self.state = State::Stopped;
            }
            State::Held | State::Stopped => self.board.idle(),
        }
    }

    fn heard(&mut self, what: Heard) -> bool {
        let now = self.board.millis();
        let silent = now.wrapping_sub(self.heard);
        match what {
            Heard::Bytes => {
                self.heard = now;
                true
            }
            Heard::Nothing => self.state != State::Stopped || silent < self.silence,
            Heard::HalfAMessage => silent < MESSAGE_PAUSE,
        }
    }

    fn lost(&mut self) {
        self.release();
    }
}
