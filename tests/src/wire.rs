//! Frames on a socket, read as strictly as the specification allows.

use std::io::{self, Read};

use serde_json::Value;

use crate::once::Once;

/// The largest body that a test expects from the server, in bytes.
const LARGEST: usize = 64 << 20;

/// Writes `body` as one frame.
pub fn frame(body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// Reads the next message; `None` when the stream ended between two frames.
///
/// The one header must be spelt `Content-Length: <digits>` and end with CR LF, as the server promises; anything else is an
/// error of kind [`io::ErrorKind::InvalidData`] that quotes what came instead.
///
/// # Errors
///
/// What the socket reports, a stream that ends inside a frame, and everything that is not a frame.
pub fn read(stream: &mut impl Read) -> io::Result<Option<Value>> {
    let mut header = Vec::new();
    while !header.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        match stream.read(&mut byte)? {
            0 if header.is_empty() => return Ok(None),
            0 => {
                return Err(bad(format!(
                    "the stream ended inside a header: {:?}",
                    String::from_utf8_lossy(&header)
                )));
            }
            _ => header.push(byte[0]),
        }
        if header.len() > 64 {
            return Err(bad(format!("no frame header: {:?}", String::from_utf8_lossy(&header))));
        }
    }
    let text = String::from_utf8_lossy(&header[..header.len() - 4]).into_owned();
    let digits = text.strip_prefix("Content-Length: ").unwrap_or_default();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad(format!("no frame header: {text:?}")));
    }
    let length: usize = digits
        .parse()
        .map_err(|_| bad(format!("length out of range: {digits}")))?;
    if length > LARGEST {
        return Err(bad(format!("a message of {length} bytes")));
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => bad("the stream ended inside a body".to_owned()),
        _ => error,
    })?;
    serde_json::from_slice(&body)
        .map(|Once(message)| Some(message))
        .map_err(|error| {
            bad(format!(
                "body is no JSON ({error}): {:?}",
                String::from_utf8_lossy(&body)
            ))
        })
}

fn bad(text: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(bytes: &[u8]) -> Result<Option<Value>, String> {
        read(&mut &*bytes).map_err(|error| error.to_string())
    }

    #[test]
    fn good_frame_and_end_of_stream() {
        assert_eq!(reads(&frame(b"{}")), Ok(Some(serde_json::json!({}))));
        assert_eq!(reads(b""), Ok(None));
    }

    #[test]
    fn bad_header_is_quoted() {
        for bytes in [
            &b"content-length: 2\r\n\r\n{}"[..],
            b"Content-Length:2\r\n\r\n{}",
            b"HTTP/1.1 200 OK\r\n\r\n",
        ] {
            assert!(reads(bytes).unwrap_err().starts_with("no frame header"), "{bytes:?}");
        }
        assert!(
            reads(b"Content-Len")
                .unwrap_err()
                .starts_with("the stream ended inside a header")
        );
    }
}
