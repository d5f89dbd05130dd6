//! `attach` and `launch`. Nearly all of their arguments are the host's own: read them from
//! [`Arguments`](super::Arguments) with serde, or as raw JSON.

use crate::json::Raw;

object! {
    /// What DAP defines of the arguments of `attach`.
    pub struct AttachArguments<'a> {
        /// Data of the session before, when the client restarts it.
        restart: Option<Raw<'a>> = "__restart",
    }
}

object! {
    /// What DAP defines of the arguments of `launch`.
    pub struct LaunchArguments<'a> {
        /// Run without debugging.
        no_debug: bool = "noDebug" or false,
        /// Data of the session before, when the client restarts it.
        restart: Option<Raw<'a>> = "__restart",
    }
}
