//! What a debuggee may be able to do besides.

mod breakpoints;
mod cancel;
mod ending;
mod execution;
mod memory;
mod sources;
mod values;

pub use breakpoints::{
    BreakpointLocations, DataBreakpoints, ExceptionBreakpoints, FunctionBreakpoints, InstructionBreakpoints,
    LineBreakpoints,
};
pub use cancel::Cancel;
pub use ending::{Restart, Terminate};
pub use execution::{Goto, Pause, RestartFrame, StepBack, StepInTargets, Stepping, TerminateThreads};
pub use memory::{Disassemble, ReadMemory, WriteMemory};
pub use sources::{LoadedSources, Locations, Modules, SourceText};
pub use values::{Completions, Evaluate, ExceptionInfo, SetExpression, SetVariable};
