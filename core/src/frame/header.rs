//! The header block: lines until an empty one.

use super::{FrameError, MAX_HEADER, MAX_HEADER_LINE};

/// A whole header block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    /// Length of the body that follows.
    pub(super) length: usize,
    /// Length of the block itself, empty line included.
    pub(super) size: usize,
}

pub(super) enum Parse {
    Complete(Header),
    /// At least so many bytes are still to come.
    Partial(usize),
}

/// Reads a header block. Kept between calls, so that one which trickles in is not read again from its beginning.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct HeaderReader {
    length: Option<usize>,
    content_type: bool,
    /// Bytes of whole lines, from the beginning of the block.
    lines: usize,
    /// Bytes of the line after them that are known to hold no line end.
    searched: usize,
}

impl HeaderReader {
    /// Goes on with `input`, which begins with the same bytes as at the call before.
    pub(super) fn read(&mut self, input: &[u8]) -> Result<Parse, FrameError> {
        loop {
            let line = input.get(self.lines..).unwrap_or_default();
            let fresh = line.get(self.searched..).unwrap_or_default();
            let Some(lf) = fresh.iter().position(|&byte| byte == b'\n') else {
                self.searched = line.len();
                return self.unfinished(line);
            };
            let lf = self.searched.saturating_add(lf);
            let (whole, _) = line.split_at_checked(lf).unwrap_or_default();
            self.judge(whole)?;
            self.searched = 0;
            self.lines = self.lines.saturating_add(lf).saturating_add(1);
            if self.lines > MAX_HEADER {
                return Err(FrameError::HeaderTooLong);
            }
            let Some(text) = whole.strip_suffix(b"\r") else {
                return Err(FrameError::BareLineEnd);
            };
            if !text.is_empty() {
                self.line(text)?;
            } else if let Some(length) = self.length {
                return Ok(Parse::Complete(Header {
                    length,
                    size: self.lines,
                }));
            } else if self.content_type {
                return Err(FrameError::MissingContentLength);
            }
            // An empty line in front of the first header line: some adapters and clients put one between messages.
        }
    }

    /// Says how much is missing of a header whose last line has no end yet.
    fn unfinished(&self, line: &[u8]) -> Result<Parse, FrameError> {
        self.judge(line)?;
        let (text, carriage_return) = match line.strip_suffix(b"\r") {
            Some(text) => (text, 1),
            None => (line, 0),
        };
        let missing = match (self.length.is_some(), text.is_empty()) {
            // The end of the empty line.
            (true, true) => 2,
            // The end of this line and the empty one.
            (true, false) => 4,
            // A line of its own for the length.
            (false, true) if carriage_return == 1 => SHORTEST.saturating_add(2),
            (false, _) => SHORTEST.saturating_sub(text.len()).max(4),
        };
        Ok(Parse::Partial(missing.saturating_sub(carriage_return)))
    }

    /// Refuses a line, whole or not, that cannot become a header. The error does not depend on how much of the line is
    /// there: it is the first one, counted in bytes.
    fn judge(&self, line: &[u8]) -> Result<(), FrameError> {
        let room = MAX_HEADER.saturating_sub(self.lines);
        let line_in_room = line.get(..room).unwrap_or(line);
        may_become_header(line_in_room)?;
        let (_, before_last) = line_in_room.split_last().unwrap_or((&0, &[]));
        let before_last = before_last.get(..=MAX_HEADER_LINE).unwrap_or(before_last);
        if before_last.contains(&b'\r') {
            return Err(FrameError::BareLineEnd);
        }
        if line_in_room.strip_suffix(b"\r").unwrap_or(line_in_room).len() > MAX_HEADER_LINE {
            return Err(FrameError::HeaderLineTooLong);
        }
        if line.len() > room {
            Err(FrameError::HeaderTooLong)
        } else {
            Ok(())
        }
    }

    fn line(&mut self, line: &[u8]) -> Result<(), FrameError> {
        let Some(colon) = line.iter().position(|&byte| byte == b':') else {
            return Err(FrameError::NotDap);
        };
        let (name, value) = line.split_at_checked(colon).unwrap_or_default();
        let value = value.get(1..).unwrap_or_default();
        if name.eq_ignore_ascii_case(CONTENT_TYPE) {
            self.content_type = true;
            return Ok(());
        }
        if self.length.is_some() {
            return Err(FrameError::DuplicateContentLength);
        }
        self.length = Some(number(value.trim_ascii())?);
        Ok(())
    }
}

const CONTENT_LENGTH: &[u8] = b"Content-Length";
const CONTENT_TYPE: &[u8] = b"Content-Type";
/// Length of `Content-Length:0` with its line end and the empty line.
const SHORTEST: usize = 20;

/// Refuses the beginning of a line that is no DAP header and cannot become one.
fn may_become_header(line: &[u8]) -> Result<(), FrameError> {
    let name = line.split(|&byte| byte == b':').next().unwrap_or_default();
    let complete = name.len() < line.len();
    let name = name.strip_suffix(b"\r").unwrap_or(name);
    let fits = |header: &[u8]| {
        let front = if complete {
            Some(header)
        } else {
            header.get(..name.len())
        };
        front.is_some_and(|front| front.eq_ignore_ascii_case(name))
    };
    if fits(CONTENT_LENGTH) || fits(CONTENT_TYPE) {
        Ok(())
    } else {
        Err(FrameError::NotDap)
    }
}

/// A decimal number; one that is too large becomes `usize::MAX`, which no limit lets pass.
fn number(text: &[u8]) -> Result<usize, FrameError> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return Err(FrameError::BadContentLength);
    }
    let value = text.iter().try_fold(0usize, |value, digit| {
        value
            .checked_mul(10)?
            .checked_add(usize::from(digit.wrapping_sub(b'0')))
    });
    Ok(value.unwrap_or(usize::MAX))
}
