//! `locations`: where something is declared.

use super::Source;

object! {
    /// Arguments of `locations`.
    pub struct LocationsArguments in "Requests_Locations" {
        /// The handle that came with a value or with output.
        location_reference: i32 = "locationReference",
    }
}

object! {
    /// Answer to `locations`.
    pub struct LocationsResponse<'a> in "Requests_Locations" {
        /// The source.
        source: Source<'a> = "source",
        /// First line.
        line: u64 = "line",
        /// First column; the beginning of the line if absent.
        column: Option<u64> = "column",
        /// Last line, of a range.
        end_line: Option<u64> = "endLine",
        /// Last column, of a range.
        end_column: Option<u64> = "endColumn",
    }
}
