//! `threads`, which takes no arguments, and `terminateThreads`.

use crate::json::{Items, Text};

object! {
    /// A thread.
    pub struct Thread<'a> in "Types_Thread" {
        /// Its number, the same for its whole life.
        id: i32 = "id",
        /// Its name.
        name: Text<'a> = "name",
    }
}

object! {
    /// Answer to `threads`.
    pub struct ThreadsResponse<'a> in "Requests_Threads" {
        /// All threads; at least one, if need be a made-up one.
        threads: Items<'a, Thread<'a>> = "threads",
    }
}

object! {
    /// Arguments of `terminateThreads`.
    pub struct TerminateThreadsArguments<'a> in "Requests_TerminateThreads" {
        /// The threads to end.
        thread_ids: Option<Items<'a, i32>> = "threadIds",
    }
}
