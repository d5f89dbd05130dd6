//! Bounds how deeply brackets nest, before any YAML parser sees the text.
//!
//! libyaml's scanner takes time that grows with the square of the depth of `[` and `{`: ten thousand of them cost more
//! than half a second, a hundred thousand a minute. One pass over the lines counts them first. It knows just enough
//! of YAML to tell a bracket that opens a list from one in a comment, in quotes or in a block of text (`|`, `>`); in
//! text that is no valid YAML it may count wrong, and the parser then says what is wrong with it.

use super::error::Position;

/// Deepest nesting of `[` and `{` accepted. Hand-written files rarely pass 5; the parser is still fast at 1,000.
pub(super) const MAX_DEPTH: usize = 200;

/// Finds the first bracket that is nested deeper than [`MAX_DEPTH`].
pub(super) fn too_deep(text: &str) -> Option<Position> {
    let mut scan = Scan::default();
    for (index, line) in text.split('\n').enumerate() {
        if let Some(column) = scan.line(line.trim_end_matches('\r')) {
            return Some(Position {
                line: index + 1,
                column,
            });
        }
    }
    None
}

#[derive(Default)]
struct Scan {
    depth: usize,
    /// The quote that is open at the end of the last line.
    quote: Option<char>,
    /// A block of text is open: it holds every line indented deeper than this, in columns; -1 for the whole document.
    block: Option<isize>,
}

impl Scan {
    /// Reads one line; the column of the bracket that is too deep, if there is one.
    fn line(&mut self, line: &str) -> Option<usize> {
        let indent = line.len() - line.trim_start_matches(' ').len();
        if let Some(parent) = self.block {
            if line.trim().is_empty() || indent as isize > parent {
                return None;
            }
            self.block = None;
        }
        // A token may start here; inside a word, a quote or a bracket is an ordinary character.
        let mut fresh = true;
        let mut before = ' ';
        let mut skip = false;
        let mut characters = line.chars().enumerate().peekable();
        while let Some((column, character)) = characters.next() {
            if let Some(quote) = self.quote {
                match character {
                    _ if skip => skip = false,
                    '\\' if quote == '"' => skip = true,
                    // A doubled quote in single quotes closes and opens at once, which comes to the same.
                    _ if character == quote => self.quote = None,
                    _ => {}
                }
                before = character;
                fresh = self.quote.is_none() && quote == '\'' && characters.peek().is_some_and(|&(_, c)| c == '\'');
                continue;
            }
            match character {
                '#' if matches!(before, ' ' | '\t') => break,
                '\'' | '"' if fresh => self.quote = Some(character),
                '[' | '{' if fresh || self.depth > 0 => {
                    self.depth += 1;
                    if self.depth > MAX_DEPTH {
                        return Some(column + 1);
                    }
                }
                ']' | '}' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            fresh = match character {
                ' ' | '\t' => true,
                // Between brackets no blank is needed, not even behind the colon of a quoted key.
                ',' | '[' | '{' | ':' => self.depth > 0,
                _ => false,
            };
            before = character;
        }
        if self.depth == 0 && self.quote.is_none() && opens_block(line) {
            self.block = Some(parent_column(line, indent));
        }
        None
    }
}

/// Tells whether the line ends in the indicator of a block of text: `|`, `>`, `|-`, `>2+` and so on.
fn opens_block(line: &str) -> bool {
    let line = line.split_once(" #").map_or(line, |(before, _)| before).trim_end();
    let head = line.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-' || c == '+');
    match head.strip_suffix(['|', '>']) {
        Some(before) => before.is_empty() || before.ends_with([' ', '\t']),
        None => false,
    }
}

/// Finds the column that the lines of a block of text must pass: that of its key, or of its dash.
fn parent_column(line: &str, indent: usize) -> isize {
    let mut parent = indent;
    let mut rest = &line[indent..];
    let mut dashes = None;
    while let Some(behind) = rest.strip_prefix("- ").or_else(|| rest.strip_prefix("? ")) {
        dashes = Some(parent);
        let trimmed = behind.trim_start_matches(' ');
        parent += rest.len() - trimmed.len();
        rest = trimmed;
    }
    let bare = rest.starts_with(['|', '>']);
    match (bare, dashes) {
        (true, Some(dash)) => dash as isize,
        (true, None) => -1,
        (false, _) => parent as isize,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deep(n: usize) -> String {
        "[".repeat(n)
    }

    #[test]
    fn good_balanced_brackets() {
        for text in [
            String::new(),
            format!("a: {}{}", deep(MAX_DEPTH), "]".repeat(MAX_DEPTH)),
            "a: [1, {b: c}]\n".repeat(10_000),
            format!("a: \"{}\"", deep(1_000)),
            format!("a: '{} '' {}'", deep(1_000), deep(1_000)),
            format!("a: 1 # {}", deep(1_000)),
            format!("# {}", deep(1_000)),
            format!("a: x{}", deep(1_000)),
            format!("a: |\n  {}\nb: 1", deep(1_000)),
            format!(
                "a:\n  - b: >-\n      {}\n\n      {}\n    c: 1",
                deep(1_000),
                deep(1_000)
            ),
            format!("- |2+ # note\n   {}", deep(1_000)),
            format!("|\n{}", deep(1_000)),
            format!("a: it's\nb: it's\nc: \"\\\"{}\"", deep(1_000)),
            "a: \"{{ states('x') }}\"\nb: '{%- if it -%} [ {%- endif -%}'\n".repeat(1_000),
        ] {
            assert_eq!(too_deep(&text), None, "{}", &text[..text.len().min(60)]);
        }
    }

    #[test]
    fn bad_depth_is_found_where_it_is_passed() {
        let n = MAX_DEPTH + 1;
        for (text, line, column) in [
            (deep(10_000), 1, n),
            (format!("a: {}", deep(10_000)), 1, n + 3),
            ("{a: ".repeat(10_000), 1, 4 * (n - 1) + 1),
            ("[\n".repeat(10_000), n, 1),
            ("[\"]\",".repeat(10_000), 1, 5 * (n - 1) + 1),
            ("['it''s]',".repeat(10_000), 1, 10 * (n - 1) + 1),
            ("[ # ]\n".repeat(10_000), n, 1),
            ("[x".repeat(10_000), 1, 2 * (n - 1) + 1),
            ("[#".repeat(10_000), 1, 2 * (n - 1) + 1),
            (format!("a: |\n  'open\nb: {}'", deep(10_000)), 3, n + 3),
            (format!("- a: |\n    'open\n  b: {}'", deep(10_000)), 3, n + 5),
            (format!("a: it's\nb: {}'", deep(10_000)), 2, n + 3),
            ("{\"a\":".repeat(10_000), 1, 5 * (n - 1) + 1),
        ] {
            assert_eq!(too_deep(&text), Some(Position { line, column }), "{}", &text[..60]);
        }
    }
}
