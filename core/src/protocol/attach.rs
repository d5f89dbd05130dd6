//! `attach`, `launch` and `restart`. Nearly all of their arguments are the host's own: read them from
//! [`Arguments`](super::Arguments) with serde, or as raw JSON.

use crate::json::{Entries, Raw};

object! {
    /// What DAP defines of the arguments of `attach`.
    pub struct AttachArguments<'a> in "Requests_Attach" {
        /// Data of the session before, when the client restarts it.
        restart: Option<Raw<'a>> = "__restart",
    }
}

object! {
    /// What DAP defines of the arguments of `launch`.
    pub struct LaunchArguments<'a> in "Requests_Launch" {
        /// Run without debugging.
        no_debug: bool = "noDebug" or false,
        /// Data of the session before, when the client restarts it.
        restart: Option<Raw<'a>> = "__restart",
    }
}

object! {
    /// Arguments of `restart`.
    pub struct RestartArguments<'a> in "Requests_Restart" {
        /// The newest configuration of the client, as `launch` or `attach` would have it; as before if absent.
        ///
        /// Read it like the arguments of those: [`Arguments::new`](super::Arguments::new) takes what
        /// [`raw`](Entries::raw) gives.
        arguments: Option<Entries<'a, Raw<'a>>> = "arguments",
    }
}
