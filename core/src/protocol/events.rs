//! The bodies of events.

use super::{Breakpoint, Module, Source};
use crate::json::{Items, Raw, Text};

open_words! {
    /// Why the program stopped.
    pub enum StopReason<'a> {
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
    pub struct StoppedEvent<'a> {
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
    pub struct ContinuedEvent {
        /// The thread that runs.
        thread_id: i32 = "threadId",
        /// Whether every thread runs. Absent means no.
        all_threads_continued: Option<bool> = "allThreadsContinued",
    }
}

object! {
    /// `exited`: the program has ended with this code.
    pub struct ExitedEvent {
        /// The code it gave to the system.
        exit_code: i32 = "exitCode",
    }
}

object! {
    /// `terminated`: debugging has ended; the program itself may run on.
    pub struct TerminatedEvent<'a> {
        /// Asks the client to restart, and comes back to the server as `__restart`.
        restart: Option<Raw<'a>> = "restart",
    }
}

open_words! {
    /// What happened to a thread.
    pub enum ThreadReason<'a> {
        /// It began.
        Started = "started",
        /// It ended.
        Exited = "exited",
    }
}

object! {
    /// `thread`: a thread began or ended.
    pub struct ThreadEvent<'a> {
        /// Which of the two.
        reason: ThreadReason<'a> = "reason",
        /// The thread.
        thread_id: i32 = "threadId",
    }
}

open_words! {
    /// Where output belongs.
    pub enum OutputCategory<'a> {
        /// The console of the debugger.
        Console = "console",
        /// Shown so that the user cannot miss it.
        Important = "important",
        /// Standard output of the program.
        Stdout = "stdout",
        /// Standard error of the program.
        Stderr = "stderr",
        /// Not for people.
        Telemetry = "telemetry",
    }
}

words! {
    /// How output is grouped.
    pub enum OutputGroup {
        /// An open group begins.
        Start = "start",
        /// A closed group begins.
        StartCollapsed = "startCollapsed",
        /// The group ends.
        End = "end",
    }
}

object! {
    /// `output`: text for the console.
    pub struct OutputEvent<'a> {
        /// Where it belongs; the console if absent.
        category: Option<OutputCategory<'a>> = "category",
        /// The text.
        output: Text<'a> = "output",
        /// How it is grouped.
        group: Option<OutputGroup> = "group",
        /// Handle for values that the text shows, if above 0.
        variables_reference: Option<i32> = "variablesReference",
        /// The source that wrote it.
        source: Option<Source<'a>> = "source",
        /// The line.
        line: Option<u64> = "line",
        /// The column.
        column: Option<u64> = "column",
        /// Data that belongs to it.
        data: Option<Raw<'a>> = "data",
        /// Handle for the place that wrote it.
        location_reference: Option<i32> = "locationReference",
    }
}

open_words! {
    /// What happened to a breakpoint.
    pub enum ChangeReason<'a> {
        /// It was changed.
        Changed = "changed",
        /// It is new.
        New = "new",
        /// It is gone.
        Removed = "removed",
    }
}

object! {
    /// `breakpoint`: a breakpoint changed by itself.
    pub struct BreakpointEvent<'a> {
        /// How.
        reason: ChangeReason<'a> = "reason",
        /// The breakpoint; found by its `id`.
        breakpoint: Breakpoint<'a> = "breakpoint",
    }
}

words! {
    /// What happened to an entry of a list.
    pub enum ListChange {
        /// It is new.
        New = "new",
        /// It was changed.
        Changed = "changed",
        /// It is gone.
        Removed = "removed",
    }
}

object! {
    /// `module`: a module was loaded, changed or unloaded.
    pub struct ModuleEvent<'a> {
        /// Which of the three.
        reason: ListChange = "reason",
        /// The module.
        module: Module<'a> = "module",
    }
}

words! {
    /// How a program came to be debugged.
    pub enum StartMethod {
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
    pub struct ProcessEvent<'a> {
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
