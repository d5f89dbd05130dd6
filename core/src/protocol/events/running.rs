//! What the program does: it stops, runs on, and ends; threads begin and end.

use crate::json::{Items, Raw, Text};

open_words! {
    /// Why the program stopped.
    pub enum StopReason<'a> in "Events_Stopped" {
        /// A step is done.
        Step = "step",
        /// A breakpoint on a line.
        Breakpoint = "breakpoint",
        /// An exception.
        Exception = "exception",
        /// `pause`.
        Pause = "pause",
        /// The beginning of the program.
        Entry = "entry",
        /// `goto`.
        Goto = "goto",
        /// A breakpoint on a function.
        FunctionBreakpoint = "function breakpoint",
        /// A breakpoint on data.
        DataBreakpoint = "data breakpoint",
        /// A breakpoint on an instruction.
        InstructionBreakpoint = "instruction breakpoint",
    }
}

object! {
    /// `stopped`: the program stands still.
    pub struct StoppedEvent<'a> in "Events_Stopped" {
        /// Why, for the client.
        reason: StopReason<'a> = "reason",
        /// Why, for people, in full.
        description: Option<Text<'a>> = "description",
        /// The thread that caused it.
        thread_id: Option<i32> = "threadId",
        /// The client need not bring this thread to the front.
        preserve_focus_hint: bool = "preserveFocusHint" or false,
        /// More about it for people, such as the name of the exception.
        text: Option<Text<'a>> = "text",
        /// Every thread stands still.
        all_threads_stopped: bool = "allThreadsStopped" or false,
        /// Numbers of the breakpoints that caused it.
        hit_breakpoint_ids: Option<Items<'a, i32>> = "hitBreakpointIds",
    }
}

object! {
    /// `continued`: the program runs again, though the client did not ask for it in a way that says so.
    pub struct ContinuedEvent in "Events_Continued" {
        /// The thread that runs.
        thread_id: i32 = "threadId",
        /// Whether every thread runs. Absent means yes.
        all_threads_continued: Option<bool> = "allThreadsContinued",
    }
}

object! {
    /// `exited`: the program has ended with this code.
    pub struct ExitedEvent in "Events_Exited" {
        /// The code it gave to the system.
        exit_code: i32 = "exitCode",
    }
}

object! {
    /// `terminated`: debugging has ended; the program itself may run on.
    pub struct TerminatedEvent<'a> in "Events_Terminated" {
        /// Asks the client to restart, and comes back to the server as `__restart`.
        restart: Option<Raw<'a>> = "restart",
    }
}

open_words! {
    /// What happened to a thread.
    pub enum ThreadReason<'a> in "Events_Thread" {
        /// It began.
        Started = "started",
        /// It ended.
        Exited = "exited",
    }
}

object! {
    /// `thread`: a thread began or ended.
    pub struct ThreadEvent<'a> in "Events_Thread" {
        /// Which of the two.
        reason: ThreadReason<'a> = "reason",
        /// The thread.
        thread_id: i32 = "threadId",
    }
}

words! {
    /// How a program came to be debugged.
    pub enum StartMethod in "Events_Process" {
        /// It was launched.
        Launch = "launch",
        /// It was attached to.
        Attach = "attach",
        /// It was launched by someone who holds it for the debugger.
        AttachForSuspendedLaunch = "attachForSuspendedLaunch",
    }
}

object! {
    /// `process`: what is being debugged.
    pub struct ProcessEvent<'a> in "Events_Process" {
        /// Its name, usually the path of the program.
        name: Text<'a> = "name",
        /// Its number in the system.
        system_process_id: Option<i32> = "systemProcessId",
        /// Whether it runs on the same machine as the server.
        is_local_process: Option<bool> = "isLocalProcess",
        /// How it came to be debugged.
        start_method: Option<StartMethod> = "startMethod",
        /// Size of its pointers in bits.
        pointer_size: Option<u32> = "pointerSize",
    }
}
