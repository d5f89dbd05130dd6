//! Where our side of a recorded conversation is meant to differ from debugpy's, and why.

/// A difference that is meant.
#[derive(Debug, Clone, Copy)]
pub struct Difference {
    /// Where: a command, whose answer has to come, be it a success or not; an event, or a request of the server, which need not
    /// come; or a part of one, which [`compare`](super) leaves out.
    pub what: &'static str,
    /// Why.
    pub reason: &'static str,
}

const fn differs(what: &'static str, reason: &'static str) -> Difference {
    Difference { what, reason }
}

/// Answers that have to come, and may say something else.
pub const ANSWERS: [Difference; 6] = [
    // The capabilities are compared in `attaching`, member for member.
    differs(
        "initialize",
        "capabilities follow from what is built, and carry DAP's names alone",
    ),
    differs("source", "debugpy refuses it without a number; here a path will do"),
    differs(
        "stepInTargets",
        "debugpy also names calls of the lines that follow; here they are those of the line where it stands",
    ),
    differs(
        "debugpySystemInfo",
        "debugpy's own, not a DAP request: answered, with what is so here",
    ),
    differs(
        "pydevdSystemInfo",
        "debugpy's own, not a DAP request: answered, with what is so here",
    ),
    differs(
        "setDebuggerProperty",
        "debugpy's own, not a DAP request: answered, with what is so here",
    ),
];

/// What debugpy sends by itself and ours need not.
pub const SENT: [Difference; 6] = [
    differs(
        "output (telemetry)",
        "names and versions for Microsoft's telemetry, before the initialize response, where DAP allows nothing",
    ),
    differs(
        "output (important)",
        "a warning that debugpy took long to render a value; here that is bounded",
    ),
    differs(
        "output before process",
        "debugpy keeps what was printed while no client was there; here nothing is kept for nobody",
    ),
    differs(
        "debugpySockets",
        "the sockets of debugpy's adapter, before the initialize response; here is one process with one port",
    ),
    differs(
        "debugpyWaitingForServer",
        "debugpy's adapter waits for the debugger in the program; here they are one",
    ),
    differs(
        "thread (exited)",
        "when a thread ends is a matter of time, and daemons are never told to end",
    ),
];

/// What ours sends by itself and debugpy has not sent.
pub const OURS: [Difference; 5] = [
    differs(
        "output of what was printed",
        "how often the program goes round is a matter of time; each recorded line comes at least once",
    ),
    differs(
        "invalidated",
        "what was shown before a change may be stale, which debugpy does not say",
    ),
    differs(
        "module",
        "debugpy names a module once in the life of the program; ours names it to each client",
    ),
    differs(
        "exited",
        "the status of the program, which debugpy does not tell on attach",
    ),
    differs(
        "terminated",
        "behind the answer to disconnect; where debugpy says so in front of it, or answers nothing any more, the recording lacks it",
    ),
];

/// What is left out of what is compared.
pub const PARTS: [Difference; 14] = [
    differs(
        "unsupported-request from the second connection on",
        "debugpy hangs, and refuses the next client; here the next one is let in, as the test shows",
    ),
    differs(
        "thread (started): its place",
        "when a thread begins is a matter of time; ours looks for new ones when it stops",
    ),
    differs(
        "setExceptionBreakpoints: body",
        "debugpy answers without one; ours says for each filter whether it is in force",
    ),
    differs(
        "threads before the first stop",
        "which threads have begun by then is a matter of time",
    ),
    differs("places after pause", "a pause lands anywhere"),
    differs("variables k and end", "they depend on the time"),
    differs(
        "stackTrace: name",
        "debugpy appends ` (Current frame)` in an exception; here it is the function's",
    ),
    differs(
        "stackTrace: line, stopped by a function breakpoint",
        "debugpy stops on the line of `def`; the first line of the body, where the program is, is as good",
    ),
    differs(
        "stackTrace: line, stopped by breakpoint()",
        "debugpy goes on to the next line; here the call itself waits",
    ),
    differs(
        "variables: groups, len(), (return)",
        "debugpy's own rows beside those of the program; ours are compared in `presentation`",
    ),
    differs(
        "variables with count",
        "debugpy answers with everything, whatever part is asked for",
    ),
    differs(
        "values that aren't int, str, bool or None",
        "they hold addresses and debugpy's own abbreviations; type and children are compared",
    ),
    differs("completions: names with __", "debugpy lists what every object has"),
    differs(
        "modules",
        "debugpy lists what was shown; here it is everything that is loaded",
    ),
];

pub(super) fn find(list: &'static [Difference], what: &str) -> Option<&'static Difference> {
    list.iter().find(|difference| difference.what == what)
}
