//! What a client may leave out, because debugpy does not look at it.

use dapstub::protocol::Command;
use dapstub::session::Request;
use serde_json::{Map, Value};

/// `message` with what it leaves out, if it leaves out anything that is known here.
///
/// `continue` concerns every thread, and clients of debugpy's name none.
pub(crate) fn completed(request: &Request<'_>, message: &[u8], stopped: Option<i64>) -> Option<Vec<u8>> {
    if request.command() != Command::Continue {
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
    arguments.insert("threadId".to_owned(), stopped?.into());
    serde_json::to_vec(&whole).ok()
}
