//! JSON without recursion, allocation or floating point.
//!
//! [`scan`](fn@scan) checks a whole message once and finds its envelope; [`Cursor`] then reads typed values out of
//! text that was accepted, [`Text`] keeps strings as they stand on the wire until someone asks for them, and
//! [`write`](mod@write) makes JSON directly in an [`Output`](crate::output::Output).
//!
//! DAP's own types are read with the cursor rather than with serde-json-core, whose errors name no member, which hands
//! out no span of a list and which recurses; serde-json-core reads what a host defines for itself
//! ([`Arguments::deserialize`](crate::protocol::Arguments::deserialize)), and only bytes that `scan` has accepted.

mod bytes;
mod cursor;
mod entries;
mod envelope;
mod error;
mod items;
mod nullable;
mod raw;
mod read;
mod scan;
#[cfg(test)]
mod tests;
mod text;
pub mod write;

pub use cursor::{Cursor, Key, Kind};
pub use entries::{Entries, EntriesIter};
pub use envelope::Envelope;
pub(crate) use error::display;
pub use error::{Expected, Fault, Mismatch, SyntaxError};
pub use items::{Items, Iter, Nested, NestedIter};
pub use nullable::Nullable;
pub use raw::Raw;
pub use read::FromJson;
pub use scan::{DEFAULT_DEPTH, MAX_DEPTH, Scanned, check, scan};
pub use text::{Chars, Text};
pub use write::ToJson;
