//! `terminate` and `disconnect`.

object! {
    /// Arguments of `terminate`: the program is asked to end by itself.
    pub struct TerminateArguments in "Requests_Terminate" {
        /// It is part of a restart.
        restart: bool = "restart" or false,
    }
}

object! {
    /// Arguments of `disconnect`: the session ends.
    pub struct DisconnectArguments in "Requests_Disconnect" {
        /// It is part of a restart.
        restart: bool = "restart" or false,
        /// Whether the program ends too. Absent: it does if it was launched, and runs on if it was attached to.
        terminate_debuggee: Option<bool> = "terminateDebuggee",
        /// Whether it stays stopped.
        suspend_debuggee: bool = "suspendDebuggee" or false,
    }
}
