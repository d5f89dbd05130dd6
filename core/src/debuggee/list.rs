//! Answers that become JSON while they are made.

use crate::json::ToJson;
use crate::output::{Full, Output, whole};
use crate::protocol::{
    Breakpoint, BreakpointLocation, CompletionItem, DataBreakpointInfoResponse, DisassembledInstruction,
    EvaluateResponse, ExceptionInfoResponse, GotoTarget, LocationsResponse, Module, ReadMemoryResponse, Scope,
    SetExpressionResponse, SetVariableResponse, Source, SourceResponse, StackFrame, StepInTarget, Thread, Variable,
    WriteMemoryResponse,
};
use core::marker::PhantomData;

/// What a list or an answer is made of: a protocol type, for every lifetime.
pub trait Element {
    /// The protocol type.
    type Item<'a>: ToJson;
}

macro_rules! elements {
    ($($list:ident $alias:ident of $element:ident = $item:ident $(<$a:lifetime>)?, $doc:literal;)*) => {
        /// The elements there are.
        pub mod element {
            use super::*;

            $(
                #[doc = concat!("[`", stringify!($item), "`](crate::protocol::", stringify!($item), ").")]
                #[derive(Clone, Copy, Debug)]
                pub enum $element {}

                impl Element for $element {
                    type Item<'a> = $item $(<$a>)?;
                }
            )*
        }

        $(
            #[doc = $doc]
            pub type $alias<'o> = $list<'o, element::$element>;
        )*
    };
}

elements! {
    List BreakpointLocationList of OfBreakpointLocation = BreakpointLocation, "A list of places for breakpoints.";
    List Breakpoints of OfBreakpoint = Breakpoint<'a>, "A list of breakpoints.";
    List CompletionList of OfCompletion = CompletionItem<'a>, "A list of completions.";
    List Frames of OfFrame = StackFrame<'a>, "A list of stack frames.";
    List GotoTargets of OfGotoTarget = GotoTarget<'a>, "A list of places to go to.";
    List Instructions of OfInstruction = DisassembledInstruction<'a>, "A list of instructions.";
    List ModuleList of OfModule = Module<'a>, "A list of modules.";
    List Scopes of OfScope = Scope<'a>, "A list of scopes.";
    List Sources of OfSource = Source<'a>, "A list of sources.";
    List StepInTargetList of OfStepInTarget = StepInTarget<'a>, "A list of calls.";
    List Threads of OfThread = Thread<'a>, "A list of threads.";
    List Variables of OfVariable = Variable<'a>, "A list of variables.";
    Answer DataBreakpointInfo of OfDataBreakpointInfo = DataBreakpointInfoResponse<'a>,
        "The answer to `dataBreakpointInfo`.";
    Answer Evaluation of OfEvaluation = EvaluateResponse<'a>, "The answer to `evaluate`.";
    Answer Exception of OfException = ExceptionInfoResponse<'a>, "The answer to `exceptionInfo`.";
    Answer ExpressionSet of OfExpressionSet = SetExpressionResponse<'a>, "The answer to `setExpression`.";
    Answer Location of OfLocation = LocationsResponse<'a>, "The answer to `locations`.";
    Answer MemoryRead of OfMemoryRead = ReadMemoryResponse<'a>, "The answer to `readMemory`.";
    Answer MemoryWritten of OfMemoryWritten = WriteMemoryResponse, "The answer to `writeMemory`.";
    Answer SourceContent of OfSourceContent = SourceResponse<'a>, "The answer to `source`.";
    Answer VariableSet of OfVariableSet = SetVariableResponse<'a>, "The answer to `setVariable`.";
}

/// Room for what closes a list: `],"totalModules":9007199254740991}`.
const END: usize = 34;

/// A list inside an answer. What is pushed becomes JSON at once; nothing is collected.
pub struct List<'o, E> {
    out: &'o mut dyn Output,
    len: usize,
    /// A member behind the list: how many elements there are in all.
    total: Option<(&'static str, u64)>,
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
        if let Some((key, total)) = self.total {
            self.out.push(key.as_bytes())?;
            total.write(self.out)?;
        }
        self.out.push(b"}")
    }
}

impl Frames<'_> {
    /// Says how many frames the stack has in all, when only some were asked for (`totalFrames`).
    pub fn set_total(&mut self, total: u32) {
        self.total = Some((",\"totalFrames\":", total.into()));
    }
}

impl ModuleList<'_> {
    /// Says how many modules there are in all, when only some were asked for (`totalModules`).
    pub const fn set_total(&mut self, total: u64) {
        self.total = Some((",\"totalModules\":", total));
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
