//! Values as a host holds them. What was read from the traffic still stands there as JSON and could be copied through;
//! here its text is decoded and its lists become slices, so that writing them is the whole work.

use dapstub::json::{FromJson, Items, Text};
use dapstub::protocol::{
    Breakpoint, BreakpointsResponse, Capabilities, ContinueResponse, EvaluateResponse, ExceptionBreakpointsFilter,
    OutputEvent, Scope, ScopesResponse, Source, StackFrame, StackTraceResponse, StoppedEvent, Thread, ThreadsResponse,
    Variable, VariablesResponse,
};

/// Makes the value one that a host would hold. It lives as long as the run.
pub trait Held: 'static {
    fn held(self) -> Self;
}

impl Held for Text<'static> {
    fn held(self) -> Self {
        Text::plain(self.to_string().leak())
    }
}

impl<T: Held> Held for Option<T> {
    fn held(self) -> Self {
        self.map(T::held)
    }
}

impl<T: Held + FromJson<'static> + Copy> Held for Items<'static, T> {
    fn held(self) -> Self {
        let all: Vec<T> = self.iter().map(T::held).collect();
        Items::new(all.leak())
    }
}

macro_rules! held {
    ($($type:ty { $($field:ident),* })*) => {$(
        impl Held for $type {
            #[allow(clippy::needless_update, reason = "some have other members")]
            fn held(self) -> Self {
                Self { $($field: self.$field.held(),)* ..self }
            }
        }
    )*};
}
held! {
    Breakpoint<'static> { message, source }
    BreakpointsResponse<'static> { breakpoints }
    Capabilities<'static> { exception_breakpoint_filters }
    ContinueResponse {}
    EvaluateResponse<'static> { result, r#type }
    ExceptionBreakpointsFilter<'static> { filter, label, description }
    OutputEvent<'static> { output, source }
    Scope<'static> { name, source }
    ScopesResponse<'static> { scopes }
    Source<'static> { name, path, origin }
    StackFrame<'static> { name, source }
    StackTraceResponse<'static> { stack_frames }
    StoppedEvent<'static> { description, text }
    Thread<'static> { name }
    ThreadsResponse<'static> { threads }
    Variable<'static> { name, value, r#type, evaluate_name }
    VariablesResponse<'static> { variables }
}
