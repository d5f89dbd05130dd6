//! Single attributes and methods, looked at without running code of the program.

use pyo3::prelude::*;
use pyo3::types::PyDictMethods;

use super::known::{Stored, known, type_name};

/// The value of an attribute, if it is kept in the object or its class: in a dictionary, in a slot, or by native code.
///
/// `None` where there is none, or where the program would have to compute it.
pub(crate) fn peek<'py>(object: &Bound<'py, PyAny>, name: &str) -> Option<Bound<'py, PyAny>> {
    let py = object.py();
    let known = known(py).ok()?;
    let class = object.get_type();
    let stored = known.find(class.as_any(), name).ok()?;
    if let Some(stored) = &stored
        && let Stored::Member | Stored::GetSet = known.stored(stored)
    {
        let value = stored.call_method1(interned!(py, "__get__"), (object,));
        return value.ok();
    }
    let own = known.instance_dict(object).ok()?;
    if let Some(value) = own.and_then(|own| own.get_item(name).ok()?) {
        return Some(value);
    }
    // What its class keeps for all, unless that computes something.
    let stored = stored?;
    let computes = known.find(stored.get_type().as_any(), "__get__").ok()?.is_some();
    (!computes).then_some(stored)
}

/// What a method without arguments returns, if it is one of native code.
pub(crate) fn call_native<'py>(object: &Bound<'py, PyAny>, name: &str) -> Option<Bound<'py, PyAny>> {
    let known = known(object.py()).ok()?;
    let class = object.get_type();
    let method = known.find(class.as_any(), name).ok()??;
    let is_native = type_name(&method.get_type()) == "method_descriptor";
    is_native.then(|| method.call1((object,)).ok())?
}
