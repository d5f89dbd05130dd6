//! `completions`: what the text in the console could go on with.

use crate::json::{Items, Text};

object! {
    /// Arguments of `completions`.
    pub struct CompletionsArguments<'a> in "Requests_Completions" {
        /// The frame whose names count; only global ones if absent.
        frame_id: Option<i32> = "frameId",
        /// What the user has typed so far, of one line or more.
        text: Text<'a> = "text",
        /// The column of the caret, in UTF-16 code units.
        column: u64 = "column",
        /// The line of the caret; the first if absent.
        line: Option<u64> = "line",
    }
}

object! {
    /// Answer to `completions`.
    pub struct CompletionsResponse<'a> in "Requests_Completions" {
        /// What the text could go on with.
        targets: Items<'a, CompletionItem<'a>> = "targets",
    }
}

object! {
    /// A text that could be put in.
    pub struct CompletionItem<'a> in "Types_CompletionItem" {
        /// What the list shows, and what is put in unless `text` says otherwise.
        label: Text<'a> = "label",
        /// What is put in.
        text: Option<Text<'a>> = "text",
        /// What the list is sorted by; the label if absent or empty.
        sort_text: Option<Text<'a>> = "sortText",
        /// More about it for people.
        detail: Option<Text<'a>> = "detail",
        /// What it is.
        r#type: Option<CompletionItemType> = "type",
        /// Where in the text it is put in, in UTF-16 code units; at the caret if absent.
        start: Option<u32> = "start",
        /// How many UTF-16 code units it takes the place of; none if absent.
        length: Option<u32> = "length",
        /// Where in what was put in the selection begins, in UTF-16 code units; at its end if absent.
        selection_start: Option<u32> = "selectionStart",
        /// How many UTF-16 code units are selected; none if absent.
        selection_length: Option<u32> = "selectionLength",
    }
}

words! {
    /// What a completion is; clients show it as a picture.
    pub enum CompletionItemType in "Types_CompletionItemType" {
        /// A method.
        Method = "method",
        /// A function.
        Function = "function",
        /// A constructor.
        Constructor = "constructor",
        /// A field.
        Field = "field",
        /// A variable.
        Variable = "variable",
        /// A class.
        Class = "class",
        /// An interface.
        Interface = "interface",
        /// A module.
        Module = "module",
        /// A property.
        Property = "property",
        /// A unit.
        Unit = "unit",
        /// A value.
        Value = "value",
        /// An enumeration.
        Enum = "enum",
        /// A keyword.
        Keyword = "keyword",
        /// A piece of code.
        Snippet = "snippet",
        /// Text.
        Text = "text",
        /// A colour.
        Color = "color",
        /// A file.
        File = "file",
        /// A reference.
        Reference = "reference",
        /// A colour of the user's own.
        CustomColor = "customcolor",
    }
}
