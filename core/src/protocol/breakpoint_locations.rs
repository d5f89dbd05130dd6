//! `breakpointLocations`: where breakpoints can be set.

use super::Source;
use crate::json::Items;

object! {
    /// Arguments of `breakpointLocations`: a range of a source.
    pub struct BreakpointLocationsArguments<'a> in "Requests_BreakpointLocations" {
        /// The source.
        source: Source<'a> = "source",
        /// First line; the whole line if nothing else is there.
        line: u64 = "line",
        /// First column; the first of the line if absent.
        column: Option<u64> = "column",
        /// Last line; the first if absent.
        end_line: Option<u64> = "endLine",
        /// Last column; the last of the line if absent.
        end_column: Option<u64> = "endColumn",
    }
}

object! {
    /// A place where a breakpoint can be set.
    pub struct BreakpointLocation in "Types_BreakpointLocation" {
        /// First line.
        line: u64 = "line",
        /// First column.
        column: Option<u64> = "column",
        /// Last line, of a range.
        end_line: Option<u64> = "endLine",
        /// Last column, of a range.
        end_column: Option<u64> = "endColumn",
    }
}

object! {
    /// Answer to `breakpointLocations`.
    pub struct BreakpointLocationsResponse<'a> in "Requests_BreakpointLocations" {
        /// The places, in order.
        breakpoints: Items<'a, BreakpointLocation> = "breakpoints",
    }
}
