//! `dataBreakpointInfo` and `setDataBreakpoints`: breakpoints on data.

use crate::json::{Items, Nullable, Text};

object! {
    /// Arguments of `dataBreakpointInfo`: which data.
    pub struct DataBreakpointInfoArguments<'a> in "Requests_DataBreakpointInfo" {
        /// Handle of the scope or variable that the data is a child of.
        variables_reference: Option<i32> = "variablesReference",
        /// Name of the child; without a handle an expression, or an address.
        name: Text<'a> = "name",
        /// The frame to evaluate an expression in; globally if absent.
        frame_id: Option<i32> = "frameId",
        /// How many bytes from there on.
        bytes: Option<u32> = "bytes",
        /// The name is an address: decimal, or hexadecimal after `0x`.
        as_address: bool = "asAddress" or false,
        /// One of the announced breakpoint modes.
        mode: Option<Text<'a>> = "mode",
    }
}

object! {
    /// Answer to `dataBreakpointInfo`.
    pub struct DataBreakpointInfoResponse<'a> in "Requests_DataBreakpointInfo" {
        /// Identifier of the data for `setDataBreakpoints`; `null` if it can carry no breakpoint.
        data_id: Nullable<Text<'a>> = "dataId",
        /// What the data is, or why it can carry no breakpoint; for people.
        description: Text<'a> = "description",
        /// Which accesses can stop the program.
        access_types: Option<Items<'a, DataBreakpointAccessType>> = "accessTypes",
        /// The identifier stays good for later sessions.
        can_persist: bool = "canPersist" or false,
    }
}

words! {
    /// Which access to data stops the program.
    pub enum DataBreakpointAccessType in "Types_DataBreakpointAccessType" {
        /// Reading.
        Read = "read",
        /// Writing.
        Write = "write",
        /// Both.
        ReadWrite = "readWrite",
    }
}

object! {
    /// A breakpoint on data, as the client wants it.
    pub struct DataBreakpoint<'a> in "Types_DataBreakpoint" {
        /// The data, as `dataBreakpointInfo` named it.
        data_id: Text<'a> = "dataId",
        /// Which access stops the program.
        access_type: Option<DataBreakpointAccessType> = "accessType",
        /// Stop only if this expression is true.
        condition: Option<Text<'a>> = "condition",
        /// Stop only at some of the hits.
        hit_condition: Option<Text<'a>> = "hitCondition",
    }
}

object! {
    /// Arguments of `setDataBreakpoints`: all breakpoints on data.
    pub struct SetDataBreakpointsArguments<'a> in "Requests_SetDataBreakpoints" {
        /// The breakpoints; none removes all.
        breakpoints: Items<'a, DataBreakpoint<'a>> = "breakpoints",
    }
}
