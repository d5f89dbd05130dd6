//! Changing what is shown: a local or global name, an attribute, an element, an entry.

use pyo3::prelude::*;
use pyo3::types::PyString;

use super::attributes::{self, Content};
use super::children::RETURN;
use super::elements::{self, Anatomy, Shape};
use super::evaluate::{self, EvaluateError};
use super::known::{Known, known};
use super::namespace::Namespace;
use super::table::{Entry, Kind, Of};
use super::text::{Limits, Patience, write_value};
use super::{Context, InspectError, Inspection, ValueView, frames, path};

/// How many entries of a dictionary are rendered at a time while one is looked for by its name.
const BATCH: usize = 256;

/// Where a child is kept.
enum Place<'py> {
    /// A local name of a frame.
    Local,
    /// A global name of a frame.
    Global,
    /// An attribute of this name.
    Attribute(String),
    /// An element or entry under this key.
    Item(Bound<'py, PyAny>),
}

impl Inspection {
    /// Assigns to a child behind `reference`, by the name under which it was shown.
    ///
    /// `text` is an expression, evaluated in the frame in which the child was found. What is returned is read back where
    /// that may differ: a property or an array keeps what it likes. With `hex`, integers are shown in hexadecimal, also
    /// those in `name`.
    ///
    /// # Errors
    ///
    /// [`EvaluateError`]: also where there is no such child, or nothing can be assigned to it.
    pub(crate) fn set_variable(
        &self,
        py: Python<'_>,
        reference: i64,
        name: &str,
        (text, hex): (&str, bool),
    ) -> Result<ValueView, EvaluateError> {
        let raised = |error: PyErr| EvaluateError::raised(py, &error);
        let known = known(py).map_err(raised)?;
        let entry = self.entry(py, reference).ok_or(EvaluateError::Stale)?;
        let place = place(known, &entry, name, hex)?;
        let frame = self.frame_of(py, &entry)?;
        let value = evaluate::evaluate(known, py, text, frame.as_ref(), false)?;
        let value = value.unwrap_or_else(|| py.None().into_bound(py));
        let kept = keep(&entry, &place, name, value).map_err(raised)?;
        let path = match &place {
            Place::Local => (entry.frame != 0).then(|| path::name(name)).flatten(),
            Place::Global => path::global(name, false),
            Place::Attribute(name) => entry.path.as_deref().and_then(|owner| path::attribute(owner, name)),
            Place::Item(key) => entry.path.as_deref().and_then(|owner| path::key(owner, key)),
        };
        let limits = Context::Variables.limits().with_hex(hex);
        self.show(known, &kept, limits, path.as_deref(), entry.frame)
    }

    /// Assigns to an expression that can stand on the left of `=`, where a frame stands, or in `__main__` without one.
    ///
    /// # Errors
    ///
    /// [`EvaluateError`].
    pub(crate) fn set_expression(
        &self,
        py: Python<'_>,
        target: &str,
        (text, hex): (&str, bool),
        frame_id: Option<i64>,
    ) -> Result<ValueView, EvaluateError> {
        let known = known(py).map_err(|error| EvaluateError::raised(py, &error))?;
        let frame = frame_id.map(|id| self.frame(py, id)).transpose()?;
        let (target, text) = (target.trim(), text.trim());
        // Each has to be an expression by itself, so that nothing else gets in between.
        for part in [target, text] {
            evaluate::check(known, py, part, frame.as_ref())?;
        }
        // The line break ends a comment in the value.
        let statement = format!("{target} = ({text}\n)");
        evaluate::evaluate(known, py, &statement, frame.as_ref(), true)?;
        let now = evaluate::evaluate(known, py, target, frame.as_ref(), false)?;
        let now = now.unwrap_or_else(|| py.None().into_bound(py));
        let path = path::root(target);
        let limits = Context::Watch.limits().with_hex(hex);
        self.show(known, &now, limits, path.as_deref(), frame_id.unwrap_or(0))
    }

    /// The frame in which a child was found.
    fn frame_of<'py>(&self, py: Python<'py>, entry: &Entry<'py>) -> Result<Option<Bound<'py, PyAny>>, InspectError> {
        if let Kind::All(Of::Locals | Of::Globals) | Kind::Group(Of::Locals | Of::Globals, _) = entry.kind {
            return Ok(Some(entry.object.clone()));
        }
        (entry.frame != 0).then(|| self.frame(py, entry.frame)).transpose()
    }
}

/// Finds where the child called `name` is kept.
fn place<'py>(known: &Known, entry: &Entry<'py>, name: &str, hex: bool) -> Result<Place<'py>, EvaluateError> {
    let object = &entry.object;
    let py = object.py();
    let failed = |error: PyErr| EvaluateError::raised(py, &error);
    if entry.kind == Kind::All(Of::Locals) && name.starts_with(RETURN) {
        return Err(EvaluateError::refused(
            "what a function returned cannot be assigned to".to_owned(),
        ));
    }
    let absent = || EvaluateError::refused(format!("there is no variable `{name}` here"));
    match entry.kind {
        Kind::Frame | Kind::Label | Kind::Memory => Err(EvaluateError::Stale),
        Kind::Tasks | Kind::Task => Err(absent()),
        Kind::Property if entry.attribute.as_deref() == Some(name) => Ok(Place::Attribute(name.to_owned())),
        Kind::Property => Err(absent()),
        Kind::All(Of::Locals) | Kind::Group(Of::Locals, _) => {
            let names = frames::local_entries(object).map_err(failed)?;
            let is_there = names.iter().any(|local| local.name == name);
            if is_there { Ok(Place::Local) } else { Err(absent()) }
        }
        Kind::All(Of::Globals) | Kind::Group(Of::Globals, _) => {
            let is_there = frames::globals(object).and_then(|names| names.contains(name));
            if is_there.map_err(failed)? {
                Ok(Place::Global)
            } else {
                Err(absent())
            }
        }
        Kind::Group(Of::Value, _) => attribute(known, object, name),
        Kind::All(Of::Value) | Kind::Elements => {
            let anatomy = Anatomy::of(known, object);
            if anatomy.is_container() && name == "len()" {
                return Err(EvaluateError::refused("a length cannot be assigned to".to_owned()));
            }
            let is_element = |index: &u64| *index < anatomy.len;
            match anatomy.shape {
                Shape::Sequence => match index_of(name).filter(is_element) {
                    Some(index) => Ok(Place::Item(
                        index.into_pyobject(py).map_err(|e| failed(e.into()))?.into_any(),
                    )),
                    None => attribute(known, object, name),
                },
                Shape::Mapping => match key(known, object, name, hex).map_err(failed)? {
                    Some(key) => Ok(Place::Item(key)),
                    None => attribute(known, object, name),
                },
                Shape::Iterable if index_of(name).is_some_and(|index| is_element(&index)) => {
                    let text = "it has no order to assign by: add and remove elements in the debug console";
                    Err(EvaluateError::refused(text.to_owned()))
                }
                Shape::Iterable | Shape::Leaf | Shape::Object => attribute(known, object, name),
            }
        }
    }
}

/// The attribute called `name`, if it is one that is shown.
fn attribute<'py>(known: &Known, object: &Bound<'py, PyAny>, name: &str) -> Result<Place<'py>, EvaluateError> {
    let list = attributes::of(known, object).map_err(|error| EvaluateError::raised(object.py(), &error))?;
    match list.into_iter().find(|attribute| attribute.name == name) {
        Some(attributes::Attribute {
            content: Content::Value(_) | Content::Lazy(_) | Content::Failed(_),
            name,
        }) => Ok(Place::Attribute(name)),
        None => Err(EvaluateError::refused(format!("there is no variable `{name}` here"))),
    }
}

/// The position that is shown as `name`.
fn index_of(name: &str) -> Option<u64> {
    match name.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => name.parse().ok(),
    }
}

/// The key that is shown as `name`.
fn key<'py>(known: &Known, mapping: &Bound<'py, PyAny>, name: &str, hex: bool) -> PyResult<Option<Bound<'py, PyAny>>> {
    let mut patience = Patience::new();
    let mut start = 0;
    loop {
        let mut pairs = Vec::new();
        elements::pairs(mapping, start, BATCH, &mut pairs)?;
        start += pairs.len();
        let is_last = pairs.len() < BATCH;
        let mut text = String::new();
        for (key, _) in pairs {
            text.clear();
            write_value(known, Limits::NAME.with_hex(hex), &mut patience, &key, &mut text);
            if text == name {
                return Ok(Some(key));
            }
        }
        if is_last {
            return Ok(None);
        }
    }
}

/// Assigns, and returns what is there now.
fn keep<'py>(
    entry: &Entry<'py>,
    place: &Place<'py>,
    name: &str,
    value: Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let object = &entry.object;
    match place {
        Place::Local => {
            let name = PyString::new(object.py(), name).into_any();
            Namespace::of_frame(object)?.bind(name, value.clone())?;
            Ok(value)
        }
        Place::Global => {
            frames::globals(object)?.set_item(name, &value)?;
            Ok(value)
        }
        Place::Attribute(name) => {
            object.setattr(name.as_str(), &value)?;
            Ok(object.getattr(name.as_str()).unwrap_or(value))
        }
        Place::Item(key) => {
            object.set_item(key, &value)?;
            Ok(object.get_item(key).unwrap_or(value))
        }
    }
}
