//! The program's text and its parts.

use crate::Failure;
use crate::debuggee::{Location, ModuleList, Outcome, SourceContent, Sources};
use crate::protocol::{
    ColumnDescriptor, LoadedSourcesArguments, LocationsArguments, ModulesArguments, SourceArguments,
};

/// Text of sources that are not files of the client: `source`. Frames name them by `sourceReference`.
pub trait SourceText {
    /// Tells the text.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn source(&mut self, arguments: &SourceArguments<'_>, answer: &mut SourceContent<'_>) -> Result<Outcome, Failure>;
}

/// Everything that is loaded: `loadedSources` (`supportsLoadedSourcesRequest`).
pub trait LoadedSources {
    /// Push the sources.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn loaded_sources(
        &mut self,
        arguments: &LoadedSourcesArguments,
        sources: &mut Sources<'_>,
    ) -> Result<Outcome, Failure>;
}

/// The program's modules: `modules` (`supportsModulesRequest`).
pub trait Modules {
    /// Push the modules from [`start_module`](ModulesArguments::start_module) on, and say how many there are in all.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn modules(&mut self, arguments: &ModulesArguments, modules: &mut ModuleList<'_>) -> Result<Outcome, Failure>;

    /// What a client can show of a module besides (`additionalModuleColumns`).
    fn columns(&self) -> &'static [ColumnDescriptor<'static>] {
        &[]
    }
}

/// Where values and functions are declared: `locations`. Variables and events name them by a reference.
pub trait Locations {
    /// Tells the place.
    ///
    /// # Errors
    ///
    /// The client is told.
    fn location(&mut self, arguments: &LocationsArguments, answer: &mut Location<'_>) -> Result<Outcome, Failure>;
}
