//! Calls of the program's side, whose panics must not end what serves everybody.

use core::panic::AssertUnwindSafe;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::panic::catch_unwind;

use dapstub_std::parts::rules;

use crate::LOG;

/// A future of the program's side; `None` is a panic.
pub(crate) struct Guarded<T> {
    what: &'static str,
    future: Pin<Box<dyn Future<Output = T> + Send>>,
}

impl<T> Guarded<T> {
    pub(crate) fn new(what: &'static str, future: impl Future<Output = T> + Send + 'static) -> Self {
        let future = Box::pin(future);
        Self { what, future }
    }

    /// Runs until the first `await` that waits. Whoever waits for the rest polls again.
    pub(crate) fn begin(&mut self) -> Poll<Option<T>> {
        Pin::new(self).poll(&mut Context::from_waker(Waker::noop()))
    }
}

impl<T> Future for Guarded<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let what = self.what;
        match call(what, || self.future.as_mut().poll(context)) {
            Some(poll) => poll.map(Some),
            None => Poll::Ready(None),
        }
    }
}

/// Calls the program's side; `None` is a panic.
pub(crate) fn call<T>(what: &'static str, call: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(call))
        .inspect_err(|_| tracing::error!(target: LOG, method = what, "the host panicked"))
        .ok()
}

pub(crate) use rules::panicked;
