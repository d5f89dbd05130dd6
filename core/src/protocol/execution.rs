//! `continue`, `next`, `stepIn`, `stepOut` and `pause`; `stepBack`, `reverseContinue` and `restartFrame`.

words! {
    /// How far a step goes.
    pub enum SteppingGranularity in "Types_SteppingGranularity" {
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
    pub struct ContinueArguments in "Requests_Continue" {
        /// The thread to resume.
        thread_id: i32 = "threadId",
        /// Resume no other thread.
        single_thread: bool = "singleThread" or false,
    }
}

object! {
    /// Answer to `continue`.
    pub struct ContinueResponse in "Requests_Continue" {
        /// Whether every thread was resumed. Absent means yes.
        all_threads_continued: Option<bool> = "allThreadsContinued",
    }
}

object! {
    /// Arguments of `next`.
    pub struct NextArguments in "Requests_Next" {
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
    pub struct StepInArguments in "Requests_StepIn" {
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
    pub struct StepOutArguments in "Requests_StepOut" {
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
    pub struct PauseArguments in "Requests_Pause" {
        /// The thread to pause.
        thread_id: i32 = "threadId",
    }
}

object! {
    /// Arguments of `stepBack`.
    pub struct StepBackArguments in "Requests_StepBack" {
        /// The thread to step.
        thread_id: i32 = "threadId",
        /// Resume no other thread.
        single_thread: bool = "singleThread" or false,
        /// How far; a statement if absent.
        granularity: Option<SteppingGranularity> = "granularity",
    }
}

object! {
    /// Arguments of `reverseContinue`.
    pub struct ReverseContinueArguments in "Requests_ReverseContinue" {
        /// The thread to run backwards.
        thread_id: i32 = "threadId",
        /// Run no other thread backwards.
        single_thread: bool = "singleThread" or false,
    }
}

object! {
    /// Arguments of `restartFrame`.
    pub struct RestartFrameArguments in "Requests_RestartFrame" {
        /// The frame to begin anew.
        frame_id: i32 = "frameId",
    }
}
