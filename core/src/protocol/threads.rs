//! `threads`, which takes no arguments.

use crate::json::{Items, Text};

object! {
    /// A thread.
    pub struct Thread<'a> {
        /// Its number, the same for its whole life.
        id: i32 = "id",
        /// Its name.
        name: Text<'a> = "name",
    }
}

object! {
    /// Answer to `threads`.
    pub struct ThreadsResponse<'a> {
        /// All threads; at least one, if need be a made-up one.
        threads: Items<'a, Thread<'a>> = "threads",
    }
}
