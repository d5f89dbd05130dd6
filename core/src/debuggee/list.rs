//! Answers that become JSON while they are made.

use crate::json::ToJson;
use crate::output::{Full, Output, whole};
use crate::protocol::{Breakpoint, EvaluateResponse, ExceptionInfoResponse, Scope, StackFrame, Thread, Variable};
use core::marker::PhantomData;

/// What a list or an answer is made of: a protocol type, for every lifetime.
pub trait Element {
    /// The protocol type.
    type Item<'a>: ToJson;
}

/// The elements there are.
pub mod element {
    use super::*;

    macro_rules! elements {
        ($($name:ident = $item:ident,)*) => {$(
            #[doc = concat!("[`", stringify!($item), "`](crate::protocol::", stringify!($item), ").")]
            #[derive(Clone, Copy, Debug)]
            pub enum $name {}

            impl Element for $name {
                type Item<'a> = $item<'a>;
            }
        )*};
    }

    elements! {
        OfBreakpoint = Breakpoint,
        OfEvaluation = EvaluateResponse,
        OfException = ExceptionInfoResponse,
        OfFrame = StackFrame,
        OfScope = Scope,
        OfThread = Thread,
        OfVariable = Variable,
    }
}

/// A list of breakpoints.
pub type Breakpoints<'o> = List<'o, element::OfBreakpoint>;
/// A list of stack frames.
pub type Frames<'o> = List<'o, element::OfFrame>;
/// A list of scopes.
pub type Scopes<'o> = List<'o, element::OfScope>;
/// A list of threads.
pub type Threads<'o> = List<'o, element::OfThread>;
/// A list of variables.
pub type Variables<'o> = List<'o, element::OfVariable>;
/// The answer to `evaluate`.
pub type Evaluation<'o> = Answer<'o, element::OfEvaluation>;
/// The answer to `exceptionInfo`.
pub type Exception<'o> = Answer<'o, element::OfException>;

/// Room for what closes a list: `],"totalFrames":4294967295}`.
const END: usize = 28;

/// A list inside an answer. What is pushed becomes JSON at once; nothing is collected.
pub struct List<'o, E> {
    out: &'o mut dyn Output,
    len: usize,
    total: Option<u32>,
    of: PhantomData<E>,
}

impl<'o, E: Element> List<'o, E> {
    /// Begins the answer: an object with one member, the list.
    pub(super) fn begin(out: &'o mut dyn Output, key: &str) -> Result<Self, Full> {
        for part in ["{\"", key, "\":["] {
            out.push(part.as_bytes())?;
        }
        Ok(Self {
            out,
            len: 0,
            total: None,
            of: PhantomData,
        })
    }

    /// Appends an element.
    ///
    /// # Errors
    ///
    /// [`Full`]: it does not fit, and was taken back whole; the list is as before. Pass the error on to refuse the
    /// request, or end the list here.
    pub fn push(&mut self, item: &E::Item<'_>) -> Result<(), Full> {
        let comma: &[u8] = if self.len == 0 { b"" } else { b"," };
        whole(self.out, |out| {
            out.push(comma)?;
            item.write(out)?;
            if out.room() < END { Err(Full) } else { Ok(()) }
        })?;
        self.len = self.len.saturating_add(1);
        Ok(())
    }

    /// How many elements there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn end(self) -> Result<(), Full> {
        self.out.push(b"]")?;
        if let Some(total) = self.total {
            self.out.push(b",\"totalFrames\":")?;
            total.write(self.out)?;
        }
        self.out.push(b"}")
    }
}

impl Frames<'_> {
    /// Says how many frames the stack has in all, when only some were asked for (`totalFrames`).
    pub const fn set_total(&mut self, total: u32) {
        self.total = Some(total);
    }
}

/// An answer that is one object.
pub struct Answer<'o, E> {
    out: &'o mut dyn Output,
    start: usize,
    of: PhantomData<E>,
}

impl<'o, E: Element> Answer<'o, E> {
    pub(super) fn new(out: &'o mut dyn Output) -> Self {
        let start = out.written().len();
        Self {
            out,
            start,
            of: PhantomData,
        }
    }

    /// Writes the answer, in place of one that was given before.
    ///
    /// # Errors
    ///
    /// [`Full`]: it does not fit.
    pub fn give(&mut self, item: &E::Item<'_>) -> Result<(), Full> {
        self.out.truncate(self.start);
        whole(self.out, |out| item.write(out))
    }

    /// Whether an answer was given.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.out.written().len() > self.start
    }
}
