//! Attributes of objects, classes and modules, read without running the program's code.

use std::collections::HashSet;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule, PyString, PyType};

use super::failure;
use super::known::{Known, Stored, address, type_name};
use super::table::Group;

/// The attribute that every object has from `object` and that is worth showing.
pub(super) const CLASS: &str = "__class__";

/// What says nothing, and what warns on the program's standard error when it is read.
const SKIPPED: [&str; 3] = ["__dict__", "__weakref__", "co_lnotab"];

/// A named child.
pub(super) struct Attribute<'py> {
    pub(super) name: String,
    pub(super) content: Content<'py>,
}

/// What is known of a child before it is rendered.
pub(super) enum Content<'py> {
    Value(Bound<'py, PyAny>),
    /// Reading it runs code: it is read when the client opens it. Holds the property object.
    Lazy(Bound<'py, PyAny>),
    /// It could not be read; the text says why.
    Failed(String),
}

impl<'py> Attribute<'py> {
    pub(super) fn value(name: String, value: Bound<'py, PyAny>) -> Self {
        Self {
            name,
            content: Content::Value(value),
        }
    }

    /// The group behind which it is folded, as debugpy does it; `None` for what is shown at once.
    pub(super) fn group(&self, known: &Known) -> Option<Group> {
        group_of(known, &self.name, &self.content)
    }
}

/// See [`Attribute::group`].
pub(super) fn group_of(known: &Known, name: &str, content: &Content<'_>) -> Option<Group> {
    match content {
        _ if is_special(name) => Some(Group::Special),
        Content::Value(value) if value.is_instance_of::<PyType>() => Some(Group::Class),
        Content::Value(value) if known.is_function(value) => Some(Group::Function),
        _ => None,
    }
}

/// Sorts names as debugpy shows them: those without an underscore first, the language's own last.
pub(super) fn sort(attributes: &mut [Attribute<'_>]) {
    attributes.sort_by(|one, other| rank(&one.name).cmp(&rank(&other.name)));
}

/// Where a name stands among others.
pub(super) fn rank(name: &str) -> (u8, &str) {
    let rank = match name {
        name if name.starts_with("__") && name.ends_with("__") => 3,
        name if name.starts_with("__") => 2,
        name if name.starts_with('_') => 1,
        _ => 0,
    };
    (rank, name)
}

/// Whether a name belongs to the language: `__doc__`.
fn is_special(name: &str) -> bool {
    name.len() > 4 && name.starts_with("__") && name.ends_with("__")
}

/// Every attribute of `value`: its own first, then those of its classes, each name once.
///
/// # Errors
///
/// Only what an interpreter in ruins raises.
pub(super) fn of<'py>(known: &Known, value: &Bound<'py, PyAny>) -> PyResult<Vec<Attribute<'py>>> {
    if let Ok(module) = value.cast::<PyModule>() {
        return Ok(entries(&module.dict()));
    }
    let is_class = value.is_instance_of::<PyType>();
    let own = if is_class { None } else { known.instance_dict(value)? };
    let mut list = own.as_ref().map(entries).unwrap_or_default();
    let mut seen: HashSet<String> = list.iter().map(|attribute| attribute.name.clone()).collect();
    let class = value.get_type().into_any();
    for entry in class_entries(known, if is_class { value } else { &class })? {
        if seen.contains(&entry.name) {
            continue;
        }
        let content = match unread(known, &entry) {
            _ if is_class => Some(Content::Value(entry.stored)),
            None => read(&entry.stored, value),
            content => content,
        };
        if let Some(content) = content {
            seen.insert(entry.name.clone());
            list.push(Attribute {
                name: entry.name,
                content,
            });
        }
    }
    if !is_class && !seen.contains(CLASS) {
        list.push(Attribute::value(CLASS.to_owned(), class));
    }
    Ok(list)
}

/// Every entry of a dictionary of names.
pub(super) fn entries<'py>(names: &Bound<'py, PyDict>) -> Vec<Attribute<'py>> {
    let pairs: Vec<_> = names.iter().collect();
    pairs
        .into_iter()
        .map(|(name, value)| Attribute::value(name_text(&name), value))
        .collect()
}

/// A key of a namespace; anything but a string is contrived, and shown as its class would write it.
pub(super) fn name_text(name: &Bound<'_, PyAny>) -> String {
    match name.cast::<PyString>() {
        Ok(name) => name.to_string_lossy().into_owned(),
        Err(_) => name
            .repr()
            .map(|text| failure::cut(&text.to_string_lossy(), 120))
            .unwrap_or_default(),
    }
}

/// Something in the dictionary of a class.
pub(super) struct ClassEntry<'py> {
    pub(super) name: String,
    pub(super) stored: Bound<'py, PyAny>,
    /// The class whose dictionary it is.
    base: Bound<'py, PyAny>,
}

/// What is stored in `class` and the classes it inherits from, nearest first; a name may come several times. What every
/// object has from `object` is left out.
pub(super) fn class_entries<'py>(known: &Known, class: &Bound<'py, PyAny>) -> PyResult<Vec<ClassEntry<'py>>> {
    let root = address(class.py().get_type::<PyAny>().as_any());
    let mro = known.mro(class)?;
    let alone = mro.len() == 1;
    let mut list = Vec::new();
    for base in mro.iter().filter(|base| alone || address(base) != root) {
        for (name, stored) in &known.class_entries(&base)? {
            let name = name_text(&name);
            if !SKIPPED.contains(&name.as_str()) {
                let base = base.clone();
                list.push(ClassEntry { name, stored, base });
            }
        }
    }
    Ok(list)
}

/// What an instance shows of an entry of its class without reading it; `None` where [`read`] can and has to.
pub(super) fn unread<'py>(known: &Known, entry: &ClassEntry<'py>) -> Option<Content<'py>> {
    let stored = &entry.stored;
    match known.stored(stored) {
        Stored::Function => Some(Content::Value(stored.clone())),
        Stored::Member => None,
        Stored::GetSet if is_pythons_own(&entry.base) => None,
        Stored::GetSet => Some(Content::Lazy(stored.clone())),
        Stored::Other => {
            let class = stored.get_type();
            // A field of a named tuple: C code that only looks.
            if type_name(&class) == "_tuplegetter" {
                return None;
            }
            let computed = known.find(class.as_any(), "__get__").is_ok_and(|get| get.is_some());
            Some(if computed && !stored.is_instance_of::<PyType>() {
                Content::Lazy(stored.clone())
            } else {
                Content::Value(stored.clone())
            })
        }
    }
}

/// Reads a slot or a C getter of `value`; `None` for a slot that was never assigned.
pub(super) fn read<'py>(stored: &Bound<'py, PyAny>, value: &Bound<'py, PyAny>) -> Option<Content<'py>> {
    let py = value.py();
    match stored.call_method1(interned!(py, "__get__"), (value,)) {
        Ok(found) => Some(Content::Value(found)),
        Err(error) => {
            let error = crate::ffi::unless_attribute_error(py, error)?;
            Some(Content::Failed(failure::note(py, &error)))
        }
    }
}

/// Whether a class comes with the interpreter or is as fixed as those: its getters are C code that only looks.
fn is_pythons_own(class: &Bound<'_, PyAny>) -> bool {
    const HEAP: u64 = 1 << 9;
    const IMMUTABLE: u64 = 1 << 8;
    class
        .getattr(interned!(class.py(), "__flags__"))
        .and_then(|flags| flags.extract::<u64>())
        .is_ok_and(|flags| flags & HEAP == 0 || flags & IMMUTABLE != 0)
}
