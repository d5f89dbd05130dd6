//! `cancel`.

use crate::json::Text;

object! {
    /// Arguments of `cancel`: the client no longer needs an answer, or the end of a progress.
    pub struct CancelArguments<'a> in "Requests_Cancel" {
        /// The request, by its `seq`. It is answered all the same.
        request_id: Option<i32> = "requestId",
        /// The progress, by the identifier of its `progressStart`.
        progress_id: Option<Text<'a>> = "progressId",
    }
}
