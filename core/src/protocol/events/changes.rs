//! What is no longer as the client knows it.

use crate::json::{Items, Text};
use crate::protocol::{Breakpoint, ChangedCapabilities, Module, Source};

open_words! {
    /// What happened to a breakpoint.
    pub enum ChangeReason<'a> in "Events_Breakpoint" {
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
    pub struct BreakpointEvent<'a> in "Events_Breakpoint" {
        /// How.
        reason: ChangeReason<'a> = "reason",
        /// The breakpoint; found by its `id`.
        breakpoint: Breakpoint<'a> = "breakpoint",
    }
}

words! {
    /// What happened to an entry of a list.
    pub enum ListChange in "Events_Module" {
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
    pub struct ModuleEvent<'a> in "Events_Module" {
        /// Which of the three.
        reason: ListChange = "reason",
        /// The module.
        module: Module<'a> = "module",
    }
}

object! {
    /// `loadedSource`: a source was loaded, changed or unloaded.
    pub struct LoadedSourceEvent<'a> in "Events_LoadedSource" {
        /// Which of the three.
        reason: ListChange = "reason",
        /// The source.
        source: Source<'a> = "source",
    }
}

object! {
    /// `capabilities`: the server can do more, or less, than it announced.
    pub struct CapabilitiesEvent<'a> in "Events_Capabilities" {
        /// What has changed; whatever is `None` stays as it was.
        capabilities: ChangedCapabilities<'a> = "capabilities",
    }
}

open_words! {
    /// What a client has to ask for again.
    pub enum InvalidatedAreas<'a> in "Types_InvalidatedAreas" {
        /// Everything.
        All = "all",
        /// Stacks, and what hangs on them: scopes and variables.
        Stacks = "stacks",
        /// Threads, and what hangs on them: stacks, scopes and variables.
        Threads = "threads",
        /// Variables.
        Variables = "variables",
    }
}

object! {
    /// `invalidated`: what the client shows is out of date. For clients that announced `supportsInvalidatedEvent`.
    pub struct InvalidatedEvent<'a> in "Events_Invalidated" {
        /// What is out of date; everything if absent.
        areas: Option<Items<'a, InvalidatedAreas<'a>>> = "areas",
        /// Only what belongs to this thread.
        thread_id: Option<i32> = "threadId",
        /// Only what belongs to this frame; the thread is not looked at then.
        stack_frame_id: Option<i32> = "stackFrameId",
    }
}

object! {
    /// `memory`: bytes have changed. For clients that announced `supportsMemoryEvent`.
    pub struct MemoryEvent<'a> in "Events_Memory" {
        /// The place they are counted from.
        memory_reference: Text<'a> = "memoryReference",
        /// Distance of the first changed byte from it, in bytes.
        offset: i64 = "offset",
        /// How many bytes.
        count: u64 = "count",
    }
}
