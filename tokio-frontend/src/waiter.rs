//! Waiting for a client, in a task.

use core::future::poll_fn;
use std::sync::Arc;

use dapstub_std::parts::Process;

use crate::Waited;

/// One wait for a client, begun when it was made by [`Debugger::waiter`](crate::Debugger::waiter).
///
/// A client that came and left between two calls of [`wait`](Self::wait), and a cancel between them, are noticed by the second.
#[derive(Debug)]
pub struct Waiter(dapstub_std::Waiter);

impl Waiter {
    pub(crate) fn new(process: Arc<Process>) -> Self {
        Self(dapstub_std::Waiter::new(process))
    }

    /// Waits until a client is configured or the wait is cancelled. Returns at once while a configured client is attached.
    ///
    /// Nothing is lost when it is dropped. One task at a time may wait by the same waiter.
    pub async fn wait(&self) -> Waited {
        /// Forgets the task that does not wait any more.
        struct Forget<'w>(&'w dapstub_std::Waiter);
        impl Drop for Forget<'_> {
            fn drop(&mut self) {
                self.0.forget();
            }
        }
        let _forget = Forget(&self.0);
        poll_fn(|context| self.0.poll_wait(context)).await
    }
}
