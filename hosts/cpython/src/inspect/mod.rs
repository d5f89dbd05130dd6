//! What a stopped program looks like: scopes, variables, their children, and evaluated expressions.
//!
//! [`Inspection`] hands out numbers for frames and values and answers questions about them. It speaks in plain values;
//! what DAP calls them is the business of the engine. Everything runs on a thread that holds the GIL, usually the
//! stopped one.
//!
//! To look costs little and changes nothing: containers are read only as far as they are shown, attributes are read
//! past the program's `__getattr__`, properties wait until someone opens them. What must run code of the program
//! (`__repr__`, `__len__` of its own containers, an evaluated expression) may raise whatever it likes, take its time, or
//! be broken off by the engine.

mod assign;
mod attributes;
mod children;
mod complete;
mod elements;
mod evaluate;
mod failure;
mod frames;
mod known;
mod memory;
mod namespace;
mod outline;
mod path;
mod peek;
mod quitter;
mod special;
mod table;
mod text;
mod views;
mod watch;

use core::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyString, PyType};

use crate::choices::Presentation;
use children::{Child, Label, Page, Shown};
use elements::Anatomy;
use known::{Known, known, type_name};
use outline::Outlines;
use table::{Entry, Kind, Of, Table};
use text::{Limits, Patience, number_text, write_value};

pub(crate) use complete::Sort;
pub(crate) use evaluate::EvaluateError;
pub(crate) use frames::{frame_globals, frame_view};
pub(crate) use peek::{call_native, peek};
pub(crate) use views::{Asked, Context, Filter, InspectError, ScopeView, ValueView, VariableKind, VariableView};

/// Finds out what is needed later, so that looking at a stopped program runs no Python code for it.
pub(crate) fn prepare(py: Python<'_>) -> PyResult<()> {
    known(py)?;
    // PyO3 makes names of its own when they are first used, and lets other threads run meanwhile (see `names.rs`).
    let class = py.get_type::<pyo3::types::PyDict>();
    class.module()?;
    class.fully_qualified_name().map(drop)
}

/// Frames and values that a client may refer to until the program runs on.
///
/// Its lock is never held while Python code may run: while an object is asked for something, or may be the last time
/// referred to.
pub(crate) struct Inspection {
    table: Mutex<Table>,
    presentation: Mutex<Presentation>,
}

impl Inspection {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self {
            table: Mutex::new(Table::new()),
            presentation: Mutex::default(),
        }
    }

    /// Shows groups of variables so from now on.
    pub(crate) fn present(&self, presentation: Presentation) {
        *self.presentation.lock().unwrap_or_else(PoisonError::into_inner) = presentation;
    }

    fn presentation(&self) -> Presentation {
        *self.presentation.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn number(&self, entry: Entry<'_>) -> i64 {
        self.table().number(entry)
    }

    /// Forgets every frame and value: to be called when the program runs on.
    ///
    /// Numbers handed out before are [`InspectError::Stale`] afterwards, but for [`revive`](Self::revive); new ones are
    /// greater, up to 2^31 - 1, so that an old one is not taken for a new one. Finalizers of the program may run here.
    pub(crate) fn forget(&self, py: Python<'_>) {
        let held = self.table().take(py);
        drop(held);
    }

    /// Forgets the frames of one stack, and what was found in them: to be called when that thread runs on alone.
    pub(crate) fn forget_frames(&self, stack: &[crate::stack::Entry]) {
        let frames: Vec<usize> = stack.iter().map(|entry| entry.frame.as_ptr() as usize).collect();
        let held = self.table().take_frames(&frames);
        drop(held);
    }

    /// Lets numbers of frames that are in `stack` again, and of their scopes, mean the same as at the stop before: a
    /// client may go on with what it was told, as it may with debugpy. To be called when a stop begins.
    pub(crate) fn revive(&self, py: Python<'_>, stack: &[crate::stack::Entry]) {
        self.table().revive(py, stack);
    }

    /// What `reference` stands for.
    fn entry<'py>(&self, py: Python<'py>, reference: i64) -> Option<Entry<'py>> {
        self.table().entry(py, reference)
    }

    /// The number of a frame: the same for the same frame until the program runs on.
    pub(crate) fn frame_id(&self, frame: &Bound<'_, PyAny>) -> i64 {
        self.number(Entry::new(Kind::Frame, frame.clone(), None))
    }

    /// The number of a frame that stands below the label about `object`: another than where it stands by itself.
    pub(crate) fn frame_id_below(&self, frame: &Bound<'_, PyAny>, object: &Bound<'_, PyAny>) -> i64 {
        let label = self.label_id(object);
        self.number(Entry::new(Kind::Frame, frame.clone(), None).found_in(label))
    }

    /// A value as a text of one line, which does not take long either.
    pub(crate) fn short_text(&self, value: &Bound<'_, PyAny>) -> String {
        let mut text = String::new();
        match known(value.py()) {
            Ok(known) => write_value(known, Limits::NAME, &mut Patience::new(), value, &mut text),
            Err(_) => text.push_str(&type_name(&value.get_type())),
        }
        text
    }

    /// The number of a line among the frames of a stack that is about `object` and is no frame itself.
    pub(crate) fn label_id(&self, object: &Bound<'_, PyAny>) -> i64 {
        self.number(Entry::new(Kind::Label, object.clone(), None))
    }

    /// Whether that number is a label's.
    pub(crate) fn is_label(&self, py: Python<'_>, id: i64) -> bool {
        self.entry(py, id).is_some_and(|entry| entry.kind == Kind::Label)
    }

    /// The reference behind which the pending tasks of asyncio are; `module` stands for them.
    pub(crate) fn tasks(&self, module: &Bound<'_, PyAny>) -> i64 {
        self.number(Entry::new(Kind::Tasks, module.clone(), None))
    }

    /// The frame with that number.
    ///
    /// # Errors
    ///
    /// [`InspectError::Stale`]. [`InspectError::Failed`] where it is a label's.
    pub(crate) fn frame<'py>(&self, py: Python<'py>, id: i64) -> Result<Bound<'py, PyAny>, InspectError> {
        match self.entry(py, id) {
            Some(entry) if entry.kind == Kind::Frame => Ok(entry.object),
            Some(entry) if entry.kind == Kind::Label => Err(InspectError::Failed(
                "this is a label between frames, which has no names of its own".to_owned(),
            )),
            _ => Err(InspectError::Stale),
        }
    }

    /// The scopes of a frame: its locals, and the globals. In a module's own code both show the same names.
    ///
    /// # Errors
    ///
    /// [`InspectError::Stale`].
    pub(crate) fn scopes(&self, py: Python<'_>, frame_id: i64) -> Result<[ScopeView; 2], InspectError> {
        let frame = self.frame(py, frame_id)?;
        let scope = |name, presentation_hint, of| {
            let reference = self.number(Entry::new(Kind::All(of), frame.clone(), None).found_in(frame_id));
            ScopeView {
                name,
                presentation_hint,
                reference,
            }
        };
        Ok([
            scope("Locals", Some("locals"), Of::Locals),
            scope("Globals", None, Of::Globals),
        ])
    }

    /// Hands the children behind `reference` that are `asked` for to `each`, in order, until it breaks off.
    ///
    /// At most 10,000 are handed out at a
    /// time, with a last child that says how many were left out. Code of the program that raises becomes text; after a
    /// second and a half of it in one request, what runs is broken off, and the remaining values are no longer asked for
    /// theirs.
    ///
    /// # Errors
    ///
    /// [`InspectError::Stale`]. [`InspectError::Interrupted`] when the engine broke off code of the program: every
    /// child was still handed out, those not rendered with a text that says so.
    pub(crate) fn variables(
        &self,
        py: Python<'_>,
        reference: i64,
        asked: Asked,
        each: &mut dyn FnMut(VariableView<'_>) -> ControlFlow<()>,
    ) -> Result<(), InspectError> {
        let known = known(py).map_err(|error| InspectError::failed(py, &error))?;
        let found = self.table().entry(py, reference);
        let entry = found.ok_or(InspectError::Stale)?;
        let mut patience = Patience::new();
        let list = children::list(
            known,
            &entry,
            Page {
                filter: asked.filter,
                start: asked.start,
                count: asked.count,
                presentation: self.presentation(),
            },
            &mut patience,
        )?;
        let (mut texts, mut outlines) = (Texts::default(), Outlines::new());
        for child in &list {
            texts.hex = asked.hex;
            let view = self.view(known, &entry, child, &mut patience, &mut outlines, &mut texts);
            if each(view).is_break() {
                return Ok(());
            }
        }
        if patience.interrupted {
            Err(InspectError::Interrupted)
        } else {
            Ok(())
        }
    }

    /// Evaluates `expression` where a frame stands, or in `__main__` without one.
    ///
    /// In [`Context::Repl`] it may also be statements; their assignments take effect on the frame. Names that are new
    /// to a function stay visible to later evaluations in the same frame.
    ///
    /// With `hex`, integers are written in hexadecimal.
    ///
    /// # Errors
    ///
    /// [`EvaluateError`]; whatever the program raises is in there, `SystemExit` too.
    pub(crate) fn evaluate(
        &self,
        py: Python<'_>,
        expression: &str,
        frame_id: Option<i64>,
        (context, hex): (Context, bool),
    ) -> Result<ValueView, EvaluateError> {
        let known = known(py).map_err(|error| EvaluateError::raised(py, &error))?;
        let frame = frame_id.map(|id| self.frame(py, id)).transpose()?;
        let value = evaluate::evaluate(known, py, expression, frame.as_ref(), context == Context::Repl)?;
        let Some(value) = value.filter(|value| context != Context::Repl || !value.is_none()) else {
            return Ok(ValueView::default());
        };
        let path = path::root(expression);
        let limits = context.limits().with_hex(hex);
        self.show(known, &value, limits, path.as_deref(), frame_id.unwrap_or(0))
    }

    /// Renders one value on its own; `path` is an expression for it in the frame with the number `frame`.
    fn show(
        &self,
        known: &Known,
        value: &Bound<'_, PyAny>,
        limits: Limits,
        path: Option<&str>,
        frame: i64,
    ) -> Result<ValueView, EvaluateError> {
        let mut patience = Patience::new();
        let mut text = String::new();
        write_value(known, limits, &mut patience, value, &mut text);
        if patience.interrupted {
            return Err(EvaluateError::Interrupted);
        }
        let (reference, named, indexed) = self.children_of(known, value, path, frame, &mut Outlines::new());
        Ok(ValueView {
            value: text,
            type_name: type_name(&value.get_type()),
            reference,
            named,
            indexed,
            raw_string: value.is_exact_instance_of::<PyString>(),
            memory: self.memory_of(value),
        })
    }

    /// Reference, named and indexed counts of a value.
    fn children_of<'py>(
        &self,
        known: &Known,
        value: &Bound<'py, PyAny>,
        path: Option<&str>,
        frame: i64,
        outlines: &mut Outlines<'py>,
    ) -> (i64, Option<u64>, Option<u64>) {
        let anatomy = Anatomy::of(known, value);
        if anatomy.is_leaf() {
            return (0, None, None);
        }
        let entry = Entry::new(Kind::All(Of::Value), value.clone(), path.map(Arc::from));
        let reference = self.number(entry.found_in(frame));
        let indexed = anatomy.is_container().then_some(anatomy.len);
        // Counted as they are shown by default; otherwise nobody is told.
        let named = outlines.named(known, value, anatomy);
        let is_default = self.presentation() == Presentation::default();
        (reference, named.filter(|_| is_default), indexed)
    }

    /// Renders one child into `texts`.
    fn view<'a, 'py>(
        &self,
        known: &Known,
        entry: &Entry<'py>,
        child: &'a Child<'py>,
        patience: &mut Patience,
        outlines: &mut Outlines<'py>,
        texts: &'a mut Texts,
    ) -> VariableView<'a> {
        match &child.label {
            Label::Text(label) => texts.name.clone_from(label),
            Label::Index(index) => {
                texts.name = number_text(i64::try_from(*index).unwrap_or(i64::MAX), texts.hex);
            }
            Label::Key(key) => {
                let limits = Limits::NAME.with_hex(texts.hex);
                write_value(known, limits, patience, key, &mut texts.name);
            }
        }
        texts.value.clear();
        texts.class.clear();
        let path = child.path.as_deref();
        let mut counts = (0, None, None);
        let (mut raw_string, mut memory) = (false, 0);
        let kind = match &child.shown {
            Shown::Value(value) | Shown::Fixed(value) => {
                let limits = Limits::LISTED.with_hex(texts.hex);
                write_value(known, limits, patience, value, &mut texts.value);
                texts.class = type_name(&value.get_type());
                counts = self.children_of(known, value, path, entry.frame, outlines);
                raw_string = value.is_exact_instance_of::<PyString>();
                memory = self.memory_of(value);
                match value {
                    value if known.is_function(value) => VariableKind::Method,
                    value if value.is_instance_of::<PyType>() => VariableKind::Class,
                    _ => VariableKind::Data,
                }
            }
            Shown::Lazy(property) => {
                texts.value.push_str("(read when opened)");
                texts.class = type_name(&property.get_type());
                let mut opened = Entry::new(Kind::Property, entry.object.clone(), path.map(Arc::from));
                opened.attribute = Some(Arc::from(texts.name.as_str()));
                counts.0 = self.number(opened.found_in(entry.frame));
                VariableKind::Property
            }
            Shown::Group(group) => {
                let opened = Entry::new(*group, entry.object.clone(), entry.path.clone());
                counts.0 = self.number(opened.found_in(entry.frame));
                VariableKind::Virtual
            }
            Shown::Inner {
                kind,
                object,
                text,
                class,
            } => {
                texts.value.push_str(text);
                texts.class.push_str(class);
                counts.0 = self.number(Entry::new(*kind, object.clone(), None));
                VariableKind::Virtual
            }
            Shown::Note(note) => {
                texts.value.push_str(note);
                VariableKind::Virtual
            }
        };
        VariableView {
            name: &texts.name,
            value: &texts.value,
            type_name: &texts.class,
            evaluate_name: path,
            reference: counts.0,
            named: counts.1,
            indexed: counts.2,
            kind,
            read_only: !matches!(child.shown, Shown::Value(_)),
            raw_string,
            memory,
            lazy: matches!(child.shown, Shown::Lazy(_)),
        }
    }
}

/// Where one child after the other is rendered.
#[derive(Default)]
struct Texts {
    name: String,
    value: String,
    class: String,
    /// Integers are written in hexadecimal.
    hex: bool,
}
