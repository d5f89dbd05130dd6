//! The children behind a reference number, one page at a time.
//!
//! One scheme for everything, because VS Code pages only what is indexed: elements of containers, entries of
//! dictionaries too, are *indexed* children; attributes, groups and `len()` are *named* ones. Without a filter the
//! order is debugpy's: groups and attributes, elements, `len()`; positions count through all of them.

use core::ops::Range;

use pyo3::prelude::*;
use pyo3::types::PyInt;

use crate::asyncio::{self, Opens};
use crate::choices::Presentation;
use crate::choices::Shown::{Grouped, Hidden, Inline};

use super::attributes::{self, Attribute, Content};
use super::elements::{self, Anatomy, Shape};
use super::known::{Known, module_name, type_name};
use super::table::{Entry, Group, Kind, Of};
use super::text::Patience;
use super::{Filter, InspectError, frames, path};
use crate::returns;

/// The most children handed out at a time, whatever was asked for.
const PAGE: u64 = 10_000;

/// How a child is called.
pub(super) enum Label<'py> {
    Text(String),
    Index(u64),
    /// The `repr` of a key.
    Key(Bound<'py, PyAny>),
}

/// A child before it is rendered.
pub(super) struct Child<'py> {
    pub(super) label: Label<'py>,
    pub(super) shown: Shown<'py>,
    pub(super) path: Option<String>,
}

/// What stands behind a child's name.
pub(super) enum Shown<'py> {
    Value(Bound<'py, PyAny>),
    /// A value nobody can assign to, such as a length.
    Fixed(Bound<'py, PyAny>),
    /// A property of the entry's object, not read yet.
    Lazy(Bound<'py, PyAny>),
    Group(Kind),
    /// What belongs to another object, such as a frame of a task; `text` is shown as its value.
    Inner {
        kind: Kind,
        object: Bound<'py, PyAny>,
        text: String,
        class: &'static str,
    },
    /// Text that is no value: an error, or how much was left out.
    Note(String),
}

/// Part of the children that were asked for.
#[derive(Clone, Copy)]
pub(super) struct Page {
    pub(super) filter: Option<Filter>,
    /// Counted from 0 within what `filter` leaves.
    pub(super) start: u64,
    /// 0 for all.
    pub(super) count: u64,
    pub(super) presentation: Presentation,
}

impl Page {
    /// The positions to show of `total` children, and how many more were asked for than are handed out at a time.
    fn of(self, total: u64) -> (Range<u64>, u64) {
        let start = self.start.min(total);
        let wanted = if self.count == 0 {
            total - start
        } else {
            self.count.min(total - start)
        };
        (start..start + wanted.min(PAGE), wanted.saturating_sub(PAGE))
    }
}

/// Collects the children of `entry` that `page` asks for. Nothing is rendered yet.
pub(super) fn list<'py>(
    known: &Known,
    entry: &Entry<'py>,
    page: Page,
    patience: &mut Patience,
) -> Result<Vec<Child<'py>>, InspectError> {
    let object = &entry.object;
    let mut list = Vec::new();
    let more = match entry.kind {
        Kind::Frame | Kind::Label | Kind::Memory => return Err(InspectError::Stale),
        Kind::Property => {
            list.extend(property(entry, patience));
            0
        }
        Kind::Tasks | Kind::Task => {
            if page.filter == Some(Filter::Indexed) {
                return Ok(list);
            }
            let lines = match entry.kind {
                Kind::Tasks => asyncio::list_tasks(object.py()),
                _ => asyncio::describe_task(object),
            };
            let (range, more) = page.of(lines.len() as u64);
            let wanted = lines.into_iter().skip(range.start as usize);
            list.extend(wanted.take((range.end - range.start) as usize).map(task_line));
            more
        }
        Kind::All(Of::Value) | Kind::Elements => {
            let anatomy = Anatomy::of(known, object);
            let owner = entry.path.as_deref();
            let indexed = if page.filter == Some(Filter::Named) {
                0
            } else {
                anatomy.len
            };
            let (before, after) = if page.filter == Some(Filter::Indexed) {
                (Vec::new(), None)
            } else {
                let mut before = Vec::new();
                if entry.kind != Kind::Elements {
                    before = named(known, object, (None, page.presentation), owner)?;
                    before.extend(is_array(object).then(|| array(anatomy)));
                }
                (before, anatomy.is_container().then(|| length(object, anatomy, owner)))
            };
            let first = before.len() as u64;
            let end = first + indexed;
            let (range, more) = page.of(end + u64::from(after.is_some()));
            let shown = range.start.min(first)..range.end.min(first);
            let shown = before
                .into_iter()
                .skip(shown.start as usize)
                .take((shown.end - shown.start) as usize);
            list.extend(shown);
            let elements = range.start.clamp(first, end) - first..range.end.clamp(first, end) - first;
            if !elements.is_empty() {
                elements_of(object, anatomy, elements, owner, patience, &mut list);
            }
            list.extend(after.filter(|_| range.contains(&end)));
            more
        }
        Kind::All(of) | Kind::Group(of, _) => {
            if page.filter == Some(Filter::Indexed) {
                return Ok(list);
            }
            let group = if let Kind::Group(_, group) = entry.kind {
                Some(group)
            } else {
                None
            };
            let named = match of {
                Of::Value => named(known, object, (group, page.presentation), entry.path.as_deref())?,
                Of::Locals | Of::Globals => {
                    let mut named = scope(known, object, of, (group, page.presentation))?;
                    if entry.frame == 0 {
                        // Found through a task: the names mean something else in the frame that the client looks at.
                        named.iter_mut().for_each(|child| child.path = None);
                    }
                    named
                }
            };
            let (range, more) = page.of(named.len() as u64);
            list.extend(
                named
                    .into_iter()
                    .skip(range.start as usize)
                    .take((range.end - range.start) as usize),
            );
            more
        }
    };
    if more > 0 {
        let note = format!("{more} more: at most {PAGE} children are shown at a time");
        list.push(Child {
            label: Label::Text("...".to_owned()),
            shown: Shown::Note(note),
            path: None,
        });
    }
    Ok(list)
}

/// A line about a task as a child.
fn task_line(line: asyncio::Line<'_>) -> Child<'_> {
    let asyncio::Line { name, text, opens } = line;
    let inner = |kind, object, class| Shown::Inner {
        kind,
        object,
        text,
        class,
    };
    let shown = match opens {
        Opens::Task(task) => inner(Kind::Task, task, "Task"),
        Opens::Locals(frame) => inner(Kind::All(Of::Locals), frame, "frame"),
        Opens::Value(value) => inner(Kind::All(Of::Value), value, "object"),
    };
    Child {
        label: Label::Text(name),
        shown,
        path: None,
    }
}

/// The attributes of a value and its groups, or what is in one of its groups.
fn named<'py>(
    known: &Known,
    value: &Bound<'py, PyAny>,
    (group, presentation): (Option<Group>, Presentation),
    owner: Option<&str>,
) -> Result<Vec<Child<'py>>, InspectError> {
    let mut list = Vec::new();
    let mut attributes = attributes::of(known, value).map_err(|error| InspectError::failed(value.py(), &error))?;
    attributes::sort(&mut attributes);
    let path = |name: &str| path::attribute(owner?, name);
    grouped(known, attributes, Of::Value, (group, presentation), path, &mut list);
    Ok(list)
}

/// Whether `value` is an array of numpy.
pub(super) fn is_array(value: &Bound<'_, PyAny>) -> bool {
    let class = value.get_type();
    type_name(&class) == "ndarray" && module_name(&class) == "numpy"
}

/// The child behind which debugpy has the elements of an array; clients know its name.
fn array<'py>(anatomy: Anatomy) -> Child<'py> {
    Child {
        label: Label::Text(format!("[0:{}] ", anatomy.len)),
        shown: Shown::Group(Kind::Elements),
        path: None,
    }
}

/// The last child of a container: how many elements it has.
fn length<'py>(value: &Bound<'py, PyAny>, anatomy: Anatomy, owner: Option<&str>) -> Child<'py> {
    Child {
        label: Label::Text("len()".to_owned()),
        shown: Shown::Fixed(PyInt::new(value.py(), anatomy.len).into_any()),
        path: owner.and_then(path::length),
    }
}

/// The names of a scope of a frame, or of one of its groups.
fn scope<'py>(
    known: &Known,
    frame: &Bound<'py, PyAny>,
    of: Of,
    (group, presentation): (Option<Group>, Presentation),
) -> Result<Vec<Child<'py>>, InspectError> {
    let py = frame.py();
    let mut list = Vec::new();
    let read = || -> PyResult<_> {
        if of == Of::Locals {
            return Ok((frames::local_entries(frame)?, None));
        }
        let (globals, locals) = (frames::globals(frame)?, frames::as_dict(&frames::locals(frame)?)?);
        let before = (!globals.is(&locals)).then_some(locals);
        Ok((attributes::entries(&globals), before))
    };
    let (mut names, before) = read().map_err(|error| InspectError::failed(py, &error))?;
    attributes::sort(&mut names);
    let path = |name: &str| match of {
        Of::Globals => {
            let shadowed = before
                .as_ref()
                .is_some_and(|locals| locals.contains(name).unwrap_or(false));
            path::global(name, shadowed)
        }
        _ => path::name(name),
    };
    grouped(known, names, of, (group, presentation), path, &mut list);
    if of == Of::Locals && group.is_none() {
        for (name, value) in returns::of(frame) {
            put_in(&mut list, name, value);
        }
    }
    Ok(list)
}

/// What the name of a returned value begins with; the name of the function follows.
pub(super) const RETURN: &str = "(return) ";

/// Puts a value that the function `name` returned among the variables of a scope, which are sorted.
fn put_in<'py>(list: &mut Vec<Child<'py>>, name: String, value: Bound<'py, PyAny>) {
    let comes_before = |child: &Child<'_>| match (&child.shown, &child.label) {
        (Shown::Group(_), _) => true,
        (_, Label::Text(label)) => {
            attributes::rank(label.strip_prefix(RETURN).unwrap_or(label)) <= attributes::rank(&name)
        }
        _ => false,
    };
    let at = list.partition_point(comes_before);
    let child = Child {
        label: Label::Text(format!("{RETURN}{name}")),
        shown: Shown::Fixed(value),
        path: path::returned(&name),
    };
    list.insert(at, child);
}

/// Appends the groups that are not empty, and then `attributes` without those that belong to one; or, for a `group`,
/// what is in it.
fn grouped<'py>(
    known: &Known,
    attributes: Vec<Attribute<'py>>,
    of: Of,
    (group, presentation): (Option<Group>, Presentation),
    path: impl Fn(&str) -> Option<String>,
    list: &mut Vec<Child<'py>>,
) {
    let groups = [
        (Group::Special, "special variables"),
        (Group::Function, "function variables"),
        (Group::Class, "class variables"),
        (Group::Protected, "protected variables"),
    ];
    let mut present = [false; 4];
    let mut shown_here = Vec::new();
    for attribute in attributes {
        let own = attribute.group(known);
        // `_name` is protected before it is a function or a class.
        let is_protected = own != Some(Group::Special) && attribute.name.starts_with('_');
        let (own, shown) = match own {
            Some(Group::Special) => (own, presentation.special),
            _ if is_protected && presentation.protected != Inline => (Some(Group::Protected), presentation.protected),
            Some(Group::Function) => (own, presentation.function),
            Some(Group::Class) => (own, presentation.class),
            Some(Group::Protected) | None => (None, Inline),
        };
        let belongs = match shown {
            Hidden => continue,
            Inline => None,
            Grouped => own,
        };
        if belongs == group {
            let path = path(&attribute.name);
            let shown = match attribute.content {
                Content::Value(value) => Shown::Value(value),
                Content::Lazy(property) => Shown::Lazy(property),
                Content::Failed(text) => Shown::Note(text),
            };
            shown_here.push(Child {
                label: Label::Text(attribute.name),
                shown,
                path,
            });
        } else if let Some(belongs) = belongs {
            present[belongs as usize] = true;
        }
    }
    if group.is_none() {
        for (group, name) in groups {
            if present[group as usize] {
                let shown = Shown::Group(Kind::Group(of, group));
                list.push(Child {
                    label: Label::Text(name.to_owned()),
                    shown,
                    path: None,
                });
            }
        }
    }
    list.append(&mut shown_here);
}

/// The one child of a property: its value, read now.
fn property<'py>(entry: &Entry<'py>, patience: &mut Patience) -> Option<Child<'py>> {
    let name = entry.attribute.as_deref()?;
    let py = entry.object.py();
    let shown = match patience.call(py, || entry.object.getattr(name)) {
        Ok(value) => Shown::Value(value),
        Err(error) => Shown::Note(patience.note(py, &error)),
    };
    Some(Child {
        label: Label::Text(name.to_owned()),
        shown,
        path: entry.path.as_deref().map(str::to_owned),
    })
}

/// The elements at `range`; where the container fails, one child that says how.
fn elements_of<'py>(
    value: &Bound<'py, PyAny>,
    anatomy: Anatomy,
    range: Range<u64>,
    owner: Option<&str>,
    patience: &mut Patience,
    list: &mut Vec<Child<'py>>,
) {
    let py = value.py();
    let (start, count) = (range.start as usize, (range.end - range.start) as usize);
    let failed = match anatomy.shape {
        Shape::Leaf | Shape::Object => None,
        Shape::Sequence => {
            for index in range {
                let read = || elements::at(value, index as usize);
                let item = if anatomy.plain {
                    read()
                } else if !patience.is_spent() {
                    patience.call(py, read)
                } else {
                    list.push(unread(index));
                    continue;
                };
                let shown = match item {
                    Ok(item) => Shown::Value(item),
                    Err(error) => Shown::Note(patience.note(py, &error)),
                };
                list.push(Child {
                    label: Label::Index(index),
                    shown,
                    path: owner.and_then(|owner| path::index(owner, index)),
                });
            }
            None
        }
        Shape::Mapping => {
            let mut pairs = Vec::new();
            let result = patience.call(py, || elements::pairs(value, start, count, &mut pairs));
            list.extend(pairs.into_iter().map(|(key, item)| Child {
                path: owner.and_then(|owner| path::key(owner, &key)),
                label: Label::Key(key),
                shown: Shown::Value(item),
            }));
            result.err()
        }
        Shape::Iterable => {
            let mut items = Vec::new();
            let result = patience.call(py, || elements::iterated(value, start, count, &mut items));
            list.extend(range.zip(items).map(|(index, item)| Child {
                label: Label::Index(index),
                shown: Shown::Fixed(item),
                path: None,
            }));
            result.err()
        }
    };
    if let Some(error) = failed {
        list.push(Child {
            label: Label::Text("...".to_owned()),
            shown: Shown::Note(patience.note(py, &error)),
            path: None,
        });
    }
}

/// An element that was not asked for.
fn unread<'py>(index: u64) -> Child<'py> {
    Child {
        label: Label::Index(index),
        shown: Shown::Note("<not read: others took too long>".to_owned()),
        path: None,
    }
}
