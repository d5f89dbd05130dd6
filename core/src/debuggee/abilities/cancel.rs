//! Giving up what takes long.

use crate::Failure;
use crate::debuggee::Outcome;
use crate::protocol::CancelArguments;

/// Giving up a request or a progress: `cancel` (`supportsCancelRequest`).
pub trait Cancel {
    /// The client no longer needs the answer to [`request_id`](CancelArguments::request_id), or the end of the work that
    /// it was told of as [`progress_id`](CancelArguments::progress_id).
    ///
    /// Only a request that was answered [`Later`](Outcome::Later) can still be open: break off the work on it, and
    /// answer it with its ticket, with [`Failure::cancelled`] or with what there is by then. A progress that is broken
    /// off ends with `progressEnd` all the same. If there is nothing to give up any more, that is no error.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn cancel(&mut self, arguments: &CancelArguments<'_>) -> Result<Outcome, Failure>;
}
