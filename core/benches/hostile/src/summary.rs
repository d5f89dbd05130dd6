//! What a reader made of a stream, in a few words.

use super::cases::NEXT;
use std::io::Read;

/// The bytes of a case, one after the other and without being held all at once.
pub struct Stream {
    pieces: Vec<(Vec<u8>, usize)>,
    /// The piece, how often it came already, and the place in it.
    at: (usize, usize, usize),
}

impl Stream {
    pub fn new(pieces: Vec<(Vec<u8>, usize)>) -> Self {
        Self { pieces, at: (0, 0, 0) }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut n = 0;
        while n < buffer.len() {
            let (piece, times, from) = self.at;
            let Some((bytes, repeat)) = self.pieces.get(piece) else {
                break;
            };
            if times == *repeat {
                self.at = (piece + 1, 0, 0);
                continue;
            }
            let part = (bytes.len() - from).min(buffer.len() - n);
            buffer[n..n + part].copy_from_slice(&bytes[from..from + part]);
            n += part;
            self.at.2 += part;
            if self.at.2 == bytes.len() {
                self.at = (piece, times + 1, 0);
            }
        }
        Ok(n)
    }
}

/// Puts the lines that a reader told together: repeated errors become one with their number.
pub fn summary(lines: &[String]) -> String {
    let next = "request 99 threads";
    assert!(NEXT.contains("99") && NEXT.contains("threads"));
    let mut parts: Vec<(&str, usize)> = vec![];
    for line in lines.iter().filter(|line| *line != next) {
        match parts.last_mut() {
            Some((last, count)) if last.starts_with("error:") && line.starts_with("error:") => *count += 1,
            _ => parts.push((line, 1)),
        }
    }
    let parts = parts.into_iter().map(|(line, count)| match count {
        1 => line.to_owned(),
        _ => format!("{line} ({count} errors)"),
    });
    let mut text = parts.collect::<Vec<_>>().join(", then ");
    if text.is_empty() {
        text += "passed over";
    }
    if !lines.iter().any(|line| line == next) && !text.contains("closed: ") {
        text += "; the next request is lost";
    }
    text
}

/// For a table: not too long, and without what would end a cell.
pub fn shortened(line: &str) -> String {
    let line = line.replace('|', "\\|").replace(['\r', '\n'], " ");
    match line.char_indices().nth(110) {
        Some((end, _)) => format!("{} ...", &line[..end]),
        None => line,
    }
}
