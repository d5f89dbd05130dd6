//! How messages of the protocol are written, for both sides.

use crate::failure::Reason;
use crate::json::write::Object;
use crate::json::{Text, ToJson};
use crate::output::{Body, Full, Output, whole};
use crate::{frame, json};

/// Which message, and what it belongs to.
#[derive(Clone, Copy)]
pub(crate) enum Head<'t> {
    Request { command: Text<'t> },
    Event { name: &'t str },
    Response { request_seq: i32, command: Text<'t> },
}

/// Writes one framed message. `body` writes the arguments or the body; if it writes nothing, the member is left out.
pub(crate) fn message<O, E>(
    out: &mut O,
    seq: u32,
    head: Head<'_>,
    body: impl FnOnce(&mut Body<'_, Body<'_, O>>) -> Result<(), E>,
) -> Result<(), E>
where
    O: Output + ?Sized,
    E: From<Full>,
{
    let open = open(out, seq, head)?;
    let mut framed = Body::behind(out, open.place.body_at(), frame::RESERVE);
    let written = body(&mut Body::behind(&mut framed, open.body_at, 1));
    close(out, open, written.is_ok())?;
    written
}

/// A message whose body is being written.
#[derive(Clone, Copy)]
struct Open {
    /// Where the message begins.
    start: usize,
    place: frame::Place,
    /// Where the key of the body begins, and the body, counted from the beginning of the JSON.
    key_at: usize,
    body_at: usize,
}

// What is the same for all messages is kept out of `message`, of which there is one for every closure.

/// Writes everything in front of the body; nothing, if it does not fit.
#[inline(never)]
fn open<O: Output + ?Sized>(out: &mut O, seq: u32, head: Head<'_>) -> Result<Open, Full> {
    let start = out.written().len();
    whole(out, |out| {
        let place = frame::begin(out)?;
        let mut framed = Body::new(out, frame::RESERVE);
        let key = head.write(&mut framed, seq)?;
        let key_at = framed.written().len();
        framed.push(key.as_bytes())?;
        Ok(Open {
            start,
            place,
            key_at,
            body_at: framed.written().len(),
        })
    })
}

/// Ends a message, without the key of its body if there is none; takes all of it back if it is not `good`.
#[inline(never)]
fn close<O: Output + ?Sized>(out: &mut O, open: Open, good: bool) -> Result<(), Full> {
    let mut result = Ok(());
    if good {
        let mut framed = Body::behind(out, open.place.body_at(), frame::RESERVE);
        if framed.written().len() == open.body_at {
            framed.truncate(open.key_at);
        }
        result = framed.push(b"}").and_then(|()| frame::finish(out, open.place));
    }
    if !good || result.is_err() {
        out.truncate(open.start);
    }
    result
}

/// Writes one framed response that says why its request failed.
pub(crate) fn failure<O: Output + ?Sized>(
    out: &mut O,
    seq: u32,
    request_seq: i32,
    command: Text<'_>,
    reason: Reason<'_>,
) -> Result<(), Full> {
    frame::encode(out, |out| {
        let mut object = Object::begin(out)?;
        object.member(",\"seq\":", &seq)?;
        object.member(",\"type\":", "response")?;
        object.member(",\"request_seq\":", &request_seq)?;
        object.member(",\"success\":", &false)?;
        object.member(",\"command\":", &command)?;
        match reason.word {
            Some(word) => object.member(",\"message\":", word.as_str())?,
            None => object.member(",\"message\":", &reason.text)?,
        }
        let mut body = Object::begin(object.key(",\"body\":")?)?;
        let mut error = Object::begin(body.key(",\"error\":")?)?;
        error.member(",\"id\":", &reason.id)?;
        error.member(",\"format\":", &reason.text)?;
        error.member(",\"showUser\":", &reason.show_user)?;
        error.end()?;
        body.end()?;
        object.end()
    })
}

/// Writes JSON that is there already. It has to be one value; nothing at all stands for no body.
pub(crate) fn prepared<O: Output + ?Sized>(out: &mut O, json: &[u8]) -> Result<(), Full> {
    debug_assert!(
        json.is_empty() || json::check(json, json::MAX_DEPTH).is_ok(),
        "a prepared body has to be JSON"
    );
    out.push(json)
}

/// Writes a body or arguments; nothing, if there are none.
pub(crate) fn value<O: Output + ?Sized, T: ToJson>(out: &mut O, value: &T) -> Result<(), Full> {
    if value.is_absent() { Ok(()) } else { value.write(out) }
}

impl Head<'_> {
    /// Writes everything in front of the body, and says which key the body has.
    fn write<O: Output + ?Sized>(self, out: &mut O, seq: u32) -> Result<&'static str, Full> {
        out.push(b"{\"seq\":")?;
        seq.write(out)?;
        match self {
            Self::Request { command } => {
                out.push(b",\"type\":\"request\",\"command\":")?;
                command.write(out)?;
                Ok(",\"arguments\":")
            }
            Self::Event { name } => {
                out.push(b",\"type\":\"event\",\"event\":")?;
                name.write(out)?;
                Ok(",\"body\":")
            }
            Self::Response { request_seq, command } => {
                out.push(b",\"type\":\"response\",\"request_seq\":")?;
                request_seq.write(out)?;
                out.push(b",\"success\":true,\"command\":")?;
                command.write(out)?;
                Ok(",\"body\":")
            }
        }
    }
}
