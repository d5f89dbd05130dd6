//! `modules`, and the event that tells of a module when its code is first shown.

use std::collections::HashSet;
use std::sync::Mutex;

use dapstub::Failure;
use dapstub::debuggee::{ModuleList, Modules, Outcome};
use dapstub::json::Text;
use dapstub::protocol::{ListChange, Module, ModuleEvent, ModuleId, ModulesArguments};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule, PyString};

use super::PythonDebuggee;
use crate::engine::{Session, lock};
use crate::events;

/// One module, as `sys.modules` has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Loaded {
    pub(super) name: String,
    pub(super) file: Option<String>,
    version: Option<String>,
}

/// The modules that the client was told of, by name.
static TOLD: Mutex<Option<HashSet<String>>> = Mutex::new(None);

/// A new session has been told of none.
pub(crate) fn forget_told() {
    *lock(&TOLD) = None;
}

/// All modules that are loaded, in the order of their names. No code of the program runs for it.
pub(super) fn loaded(py: Python<'_>) -> PyResult<Vec<Loaded>> {
    let table = crate::modules::sys(py)?.getattr("modules")?.cast_into::<PyDict>()?;
    let entries: Vec<_> = table.iter().collect();
    let mut list: Vec<Loaded> = entries
        .iter()
        .filter_map(|(name, module)| {
            // Stand-ins that a program puts there (lazy modules) may load something when they are asked.
            let names = module.cast::<PyModule>().ok()?.dict();
            Some(described(
                name.cast::<PyString>().ok()?.to_string_lossy().into_owned(),
                &names,
            ))
        })
        .collect();
    list.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(list)
}

fn described(name: String, names: &Bound<'_, PyDict>) -> Loaded {
    let text = |key: &str| {
        let value = names.get_item(key).ok().flatten()?;
        Some(value.cast::<PyString>().ok()?.to_string_lossy().into_owned())
    };
    Loaded {
        name,
        file: text("__file__"),
        version: text("__version__"),
    }
}

impl PythonDebuggee<'_> {
    /// Tells the client of the module whose globals a shown frame has, unless it was told before; returns its name. `path`
    /// is that of the frame's code.
    pub(super) fn tell_module(&self, session: &Session, globals: &Bound<'_, PyDict>, path: &str) -> Option<String> {
        let name = globals.get_item("__name__").ok().flatten()?;
        let name = name.cast::<PyString>().ok()?.to_string_lossy().into_owned();
        let is_new = lock(&TOLD).get_or_insert_default().insert(name.clone());
        if is_new {
            let mut module = described(name.clone(), globals);
            // CPython 3.14 has removed `__file__` by the time an exception of the main program surfaces.
            if name == "__main__" && module.file.is_none() && !path.starts_with('<') {
                module.file = Some(path.to_owned());
            }
            self.with_module(session, &module, |module| {
                let reason = ListChange::New;
                events::send(&session.client, ModuleEvent { reason, module });
            });
        }
        Some(name)
    }

    fn with_module<R>(&self, session: &Session, module: &Loaded, give: impl FnOnce(Module<'_>) -> R) -> R {
        let file = module.file.as_deref();
        let path = file.map(|file| session.options.path_mappings.to_local(file));
        give(Module {
            id: ModuleId::Text(Text::plain(&module.name)),
            name: Text::plain(&module.name),
            path: path.as_deref().map(Text::plain),
            is_user_code: file.map(|file| !self.engine.is_library(file)),
            version: module.version.as_deref().map(Text::plain),
            ..Module::default()
        })
    }
}

impl Modules for PythonDebuggee<'_> {
    fn modules(&mut self, arguments: &ModulesArguments, list: &mut ModuleList<'_>) -> Result<Outcome, Failure> {
        let session = self.session()?;
        let loaded = loaded(self.py).map_err(|error| self.refuse_error(&error))?;
        list.set_total(loaded.len() as u64);
        let skip = usize::try_from(arguments.start_module.unwrap_or(0)).unwrap_or(0);
        let take = match arguments.module_count.unwrap_or(0) {
            0 => usize::MAX,
            count => usize::try_from(count).unwrap_or(usize::MAX),
        };
        for module in loaded.iter().skip(skip).take(take) {
            self.with_module(session, module, |module| list.push(&module))?;
        }
        Ok(Outcome::Done)
    }
}
