//! Where code comes from: a file, or text that the server hands out. `source` and `loadedSources`.

use crate::json::{Items, Nested, Raw, Text};

words! {
    /// How a client shows a source.
    pub enum SourcePresentationHint in "Types_Source" {
        /// As any other.
        Normal = "normal",
        /// Brought out.
        Emphasize = "emphasize",
        /// Greyed, and left out of stepping by some clients.
        Deemphasize = "deemphasize",
    }
}

words! {
    /// How a checksum was made.
    pub enum ChecksumAlgorithm in "Types_ChecksumAlgorithm" {
        /// MD5.
        Md5 = "MD5",
        /// SHA-1.
        Sha1 = "SHA1",
        /// SHA-256.
        Sha256 = "SHA256",
        /// Time of the last change.
        Timestamp = "timestamp",
    }
}

object! {
    /// A checksum of a source.
    pub struct Checksum<'a> in "Types_Checksum" {
        /// How it was made.
        algorithm: ChecksumAlgorithm = "algorithm",
        /// Its value, in hexadecimal digits.
        checksum: Text<'a> = "checksum",
    }
}

object! {
    /// A source. It has a `path`, or a `source_reference` above 0 under which the client asks for its text.
    pub struct Source<'a> in "Types_Source" {
        /// Short name for people.
        name: Option<Text<'a>> = "name",
        /// Path in the client's format.
        path: Option<Text<'a>> = "path",
        /// Handle for the request `source`, if above 0; valid for the session.
        source_reference: Option<i32> = "sourceReference",
        /// How to show it.
        presentation_hint: Option<SourcePresentationHint> = "presentationHint",
        /// Where it comes from, for people: `internal module`.
        origin: Option<Text<'a>> = "origin",
        /// Sources that belong to this one.
        sources: Option<Nested<'a, Source<'a>>> = "sources",
        /// Data of the server, which the client keeps and sends back.
        adapter_data: Option<Raw<'a>> = "adapterData",
        /// Checksums of the file.
        checksums: Option<Items<'a, Checksum<'a>>> = "checksums",
    }
}

object! {
    /// Arguments of `source`.
    pub struct SourceArguments<'a> in "Requests_Source" {
        /// The source whose text is wanted.
        source: Option<Source<'a>> = "source",
        /// Its handle, the same as in `source`; older clients send only this.
        source_reference: i32 = "sourceReference",
    }
}

object! {
    /// Answer to `source`.
    pub struct SourceResponse<'a> in "Requests_Source" {
        /// The text.
        content: Text<'a> = "content",
        /// What kind of text it is, as a MIME type.
        mime_type: Option<Text<'a>> = "mimeType",
    }
}

object! {
    /// Arguments of `loadedSources`: DAP defines no member.
    pub struct LoadedSourcesArguments in "Requests_LoadedSources" {}
}

object! {
    /// Answer to `loadedSources`.
    pub struct LoadedSourcesResponse<'a> in "Requests_LoadedSources" {
        /// All sources that are loaded.
        sources: Items<'a, Source<'a>> = "sources",
    }
}
