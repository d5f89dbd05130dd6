//! `continue`, `next`, `stepIn`, `stepOut` and `pause`.

words! {
    /// How far a step goes.
    pub enum SteppingGranularity {
        /// To the next statement.
        Statement = "statement",
        /// To the next line.
        Line = "line",
        /// To the next instruction.
        Instruction = "instruction",
    }
}

object! {
    /// Arguments of `continue`.
    pub struct ContinueArguments {
        /// The thread to resume.
        thread_id: i32 = "threadId",
        /// Resume no other thread.
        single_thread: bool = "singleThread" or false,
    }
}

object! {
    /// Answer to `continue`.
    pub struct ContinueResponse {
        /// Whether every thread was resumed. Absent means yes.
        all_threads_continued: Option<bool> = "allThreadsContinued",
    }
}

object! {
    /// Arguments of `next`.
    pub struct NextArguments {
        /// The thread to step.
        thread_id: i32 = "threadId",
        /// Resume no other thread.
        single_thread: bool = "singleThread" or false,
        /// How far; a statement if absent.
        granularity: Option<SteppingGranularity> = "granularity",
    }
}

object! {
    /// Arguments of `stepIn`.
    pub struct StepInArguments {
        /// The thread to step.
        thread_id: i32 = "threadId",
        /// Resume no other thread.
        single_thread: bool = "singleThread" or false,
        /// Which of several calls to step into.
        target_id: Option<i32> = "targetId",
        /// How far; a statement if absent.
        granularity: Option<SteppingGranularity> = "granularity",
    }
}

object! {
    /// Arguments of `stepOut`.
    pub struct StepOutArguments {
        /// The thread to step.
        thread_id: i32 = "threadId",
        /// Resume no other thread.
        single_thread: bool = "singleThread" or false,
        /// How far; a statement if absent.
        granularity: Option<SteppingGranularity> = "granularity",
    }
}

object! {
    /// Arguments of `pause`.
    pub struct PauseArguments {
        /// The thread to pause.
        thread_id: i32 = "threadId",
    }
}
