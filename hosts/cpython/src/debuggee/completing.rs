//! `completions`.

use dapstub::Failure;
use dapstub::debuggee::{CompletionList, Completions, Outcome};
use dapstub::json::Text;
use dapstub::protocol::{CompletionItem, CompletionItemType, CompletionsArguments};

use super::{PythonDebuggee, owned};
use crate::inspect::Sort;

impl Completions for PythonDebuggee<'_> {
    fn completions(
        &mut self,
        arguments: &CompletionsArguments<'_>,
        completions: &mut CompletionList<'_>,
    ) -> Result<Outcome, Failure> {
        let text = owned(arguments.text);
        let before = before_caret(&text, arguments.line.unwrap_or(1), arguments.column);
        let frame = arguments.frame_id.map(i64::from);
        let found = self.engine.inspection.completions(self.py, before, frame);
        let found = found.map_err(|error| self.refuse_evaluation(&error))?;
        let length = units(&found.typed);
        // Where it begins in its line, from 0: that is how editors cut it out of the text.
        let line = before.rsplit('\n').next().unwrap_or_default();
        let start = units(line).saturating_sub(length);
        for item in &found.list {
            completions.push(&CompletionItem {
                label: Text::plain(&item.label),
                r#type: Some(kind(item.sort)),
                start: Some(start),
                length: Some(length),
                ..CompletionItem::default()
            })?;
        }
        Ok(Outcome::Done)
    }

    fn trigger_characters(&self) -> &'static [Text<'static>] {
        const { &[Text::plain("."), Text::plain("["), Text::plain("'"), Text::plain("\"")] }
    }
}

/// Everything up to the caret; `line` and `column` count from 1, the latter in UTF-16 code units.
fn before_caret(text: &str, line: u64, column: u64) -> &str {
    let line = usize::try_from(line.max(1) - 1).unwrap_or(usize::MAX);
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = &text[start..];
    let wanted = usize::try_from(column.max(1) - 1).unwrap_or(usize::MAX);
    let mut passed = 0;
    for (at, letter) in rest.char_indices() {
        if passed >= wanted || letter == '\n' {
            return &text[..start + at];
        }
        passed += letter.len_utf16();
    }
    text
}

fn units(text: &str) -> u32 {
    u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX)
}

fn kind(sort: Sort) -> CompletionItemType {
    match sort {
        Sort::Class => CompletionItemType::Class,
        // As debugpy says it, which knows neither methods nor variables.
        Sort::Function | Sort::Method => CompletionItemType::Function,
        Sort::Module => CompletionItemType::Module,
        Sort::Property => CompletionItemType::Property,
        Sort::Field | Sort::Variable => CompletionItemType::Field,
        Sort::Keyword => CompletionItemType::Keyword,
        Sort::Value => CompletionItemType::Value,
    }
}
