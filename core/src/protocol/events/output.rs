//! Output.

use crate::json::{Raw, Text};
use crate::protocol::Source;

open_words! {
    /// Where output belongs.
    pub enum OutputCategory<'a> in "Events_Output" {
        /// The console of the debugger.
        Console = "console",
        /// Shown so that the user cannot miss it.
        Important = "important",
        /// Standard output of the program.
        Stdout = "stdout",
        /// Standard error of the program.
        Stderr = "stderr",
        /// Not for people.
        Telemetry = "telemetry",
    }
}

words! {
    /// How output is grouped.
    pub enum OutputGroup in "Events_Output" {
        /// An open group begins.
        Start = "start",
        /// A closed group begins.
        StartCollapsed = "startCollapsed",
        /// The group ends.
        End = "end",
    }
}

object! {
    /// `output`: text for the console.
    pub struct OutputEvent<'a> in "Events_Output" {
        /// Where it belongs; the console if absent.
        category: Option<OutputCategory<'a>> = "category",
        /// The text.
        output: Text<'a> = "output",
        /// How it is grouped.
        group: Option<OutputGroup> = "group",
        /// Handle for values that the text shows, if above 0.
        variables_reference: Option<i32> = "variablesReference",
        /// The source that wrote it.
        source: Option<Source<'a>> = "source",
        /// The line.
        line: Option<u64> = "line",
        /// The column.
        column: Option<u64> = "column",
        /// Data that belongs to it.
        data: Option<Raw<'a>> = "data",
        /// Handle for the place that wrote it.
        location_reference: Option<i32> = "locationReference",
    }
}
