//! What debugpy does beside the protocol, and clients rely on.

use dapstub::protocol::Command;
use dapstub::session::Request;
use serde_json::{Map, Value};

/// `message` with what it leaves out, if it leaves out anything that is known here.
///
/// `continue` and `pause` concern every thread, and clients of debugpy's name none: `thread` is meant then.
pub(crate) fn completed(
    request: &Request<'_>,
    message: &[u8],
    thread: impl FnOnce() -> Option<i64>,
) -> Option<Vec<u8>> {
    if !matches!(request.command(), Command::Continue | Command::Pause) {
        return None;
    }
    let mut whole: Map<String, Value> = serde_json::from_slice(message).ok()?;
    let arguments = whole
        .entry("arguments")
        .and_modify(|found| {
            if found.is_null() {
                *found = Value::Object(Map::new());
            }
        })
        .or_insert_with(|| Value::Object(Map::new()))
        .as_object_mut()?;
    if arguments.get("threadId").is_some_and(|thread| !thread.is_null()) {
        return None;
    }
    arguments.insert("threadId".to_owned(), thread()?.into());
    serde_json::to_vec(&whole).ok()
}

/// The answer to `exceptionInfo` with the file in which the stack begins: `details.source`, which Visual Studio reads.
pub(crate) fn with_exception_source(body: &[u8], source: &str) -> Option<Vec<u8>> {
    let mut body: Map<String, Value> = serde_json::from_slice(body).ok()?;
    let details = body.get_mut("details")?.as_object_mut()?;
    details.insert("source".to_owned(), source.into());
    serde_json::to_vec(&body).ok()
}
