//! The answers: plain values, borrowed where they are many.

use core::fmt;

use pyo3::prelude::*;

use super::evaluate::EVALUATED_FILE;
use super::failure;
use super::text::Limits;

/// Why a question about the program has no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum InspectError {
    /// The number was not given out since the program last ran, or stands for something else.
    Stale,
    /// The engine broke off code of the program that was running for the answer.
    Interrupted,
    /// The interpreter refused; the text says how.
    Failed(String),
}

/// Which children are wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Filter {
    /// Elements and entries of containers.
    Indexed,
    /// Attributes, groups and `len()`.
    Named,
}

/// What a client asks of the children behind a number.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Asked {
    /// Which of them; `None` for all.
    pub(crate) filter: Option<Filter>,
    /// The first that is wanted, from 0 within what `filter` leaves.
    pub(crate) start: u64,
    /// How many; 0 for all.
    pub(crate) count: u64,
    /// Whether integers are written in hexadecimal.
    pub(crate) hex: bool,
}

/// What an evaluated expression is for; decides how much of its value is shown, and whether statements are allowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Context {
    /// A watched expression.
    Watch,
    /// The word under the pointer.
    Hover,
    /// Console input: the only one that may be statements.
    Repl,
    /// The whole value, to be copied.
    Clipboard,
    /// The value of a variable that is shown.
    Variables,
    /// Any other or none.
    Other,
}

/// A scope of a frame.
#[derive(Clone, Debug)]
pub(crate) struct ScopeView {
    /// `Locals` or `Globals`.
    pub(crate) name: &'static str,
    /// DAP's hint for the scope's looks.
    pub(crate) presentation_hint: Option<&'static str>,
    /// For [`Inspection::variables`].
    pub(crate) reference: i64,
}

/// What sort of thing a child is: DAP's `presentationHint.kind`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum VariableKind {
    /// A value.
    Data,
    /// Computed by the program when it is opened.
    Property,
    /// A function or method.
    Method,
    /// A class.
    Class,
    /// A group, or a note of the debugger.
    Virtual,
}

/// One child.
#[derive(Clone, Debug)]
pub(crate) struct VariableView<'a> {
    /// Local name, attribute, `repr` of a key, or position.
    pub(crate) name: &'a str,
    /// The value as text, some 300 characters at most.
    pub(crate) value: &'a str,
    /// The name of the value's class; empty for groups and notes.
    pub(crate) type_name: &'a str,
    /// An expression for the value in the frame it was found from.
    pub(crate) evaluate_name: Option<&'a str>,
    /// For [`Inspection::variables`]; 0 where there are no children.
    pub(crate) reference: i64,
    /// How many named children it has; not told of modules and classes.
    pub(crate) named: Option<u64>,
    /// How many elements or entries it has; only told of containers.
    pub(crate) indexed: Option<u64>,
    /// What sort of thing it is.
    pub(crate) kind: VariableKind,
    /// Nothing can be assigned to it.
    pub(crate) read_only: bool,
    /// The value is a string and can be shown as such.
    pub(crate) raw_string: bool,
    /// For [`Inspection::read_bytes`](super::Inspection::read_bytes); 0 where it has no bytes to show.
    pub(crate) memory: i64,
    /// The value is read when `reference` is asked for: that has one child, the value.
    pub(crate) lazy: bool,
}

/// One value on its own.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(crate) struct ValueView {
    /// The value as text.
    pub(crate) value: String,
    /// The name of its class; empty for a statement's result.
    pub(crate) type_name: String,
    /// For [`Inspection::variables`]; 0 where there are no children.
    pub(crate) reference: i64,
    /// How many named children it has; not told of modules and classes.
    pub(crate) named: Option<u64>,
    /// How many elements or entries it has; only told of containers.
    pub(crate) indexed: Option<u64>,
    /// The value is a string and can be shown as such.
    pub(crate) raw_string: bool,
    /// For [`Inspection::read_bytes`](super::Inspection::read_bytes); 0 where it has no bytes to show.
    pub(crate) memory: i64,
}

impl fmt::Display for InspectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stale => f.write_str("the reference is not valid any more: the program has run since"),
            Self::Interrupted => f.write_str("interrupted"),
            Self::Failed(text) => f.write_str(text),
        }
    }
}

impl core::error::Error for InspectError {}

impl InspectError {
    pub(super) fn failed(py: Python<'_>, error: &PyErr) -> Self {
        if failure::is_interruption(py, error) {
            Self::Interrupted
        } else {
            Self::Failed(failure::describe(py, error, EVALUATED_FILE))
        }
    }
}

impl Context {
    pub(super) const fn limits(self) -> Limits {
        match self {
            Self::Watch | Self::Hover | Self::Variables | Self::Other => Limits::WATCHED,
            Self::Repl => Limits::PRINTED,
            Self::Clipboard => Limits::COPIED,
        }
    }
}
