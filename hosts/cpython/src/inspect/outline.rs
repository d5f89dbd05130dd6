//! How many named children an object has, without listing them.

use std::collections::HashMap;

use pyo3::prelude::*;
use pyo3::types::{PyModule, PyType};

use super::attributes::{self, CLASS, Content, class_entries, group_of, name_text};
use super::children::is_array;
use super::elements::Anatomy;
use super::known::{Known, address};
use super::table::Group;

/// What classes contribute to their instances, kept for one request: objects in a list are mostly of one class.
pub(super) struct Outlines<'py> {
    classes: HashMap<usize, Outline<'py>>,
}

struct Outline<'py> {
    /// Keeps the address taken.
    _class: Bound<'py, PyAny>,
    /// The group of each name that needs no reading.
    names: HashMap<String, Option<Group>>,
    /// Slots and C getters, to be read from each instance.
    read: Vec<(String, Bound<'py, PyAny>)>,
    counts: Counts,
}

/// Names at the top level and in each group.
#[derive(Clone, Copy, Default)]
struct Counts {
    top: u64,
    groups: [u64; 4],
}

impl Counts {
    fn of(&mut self, group: Option<Group>) -> &mut u64 {
        match group {
            None => &mut self.top,
            Some(group) => &mut self.groups[group as usize],
        }
    }

    /// A group is one child, if anything is in it.
    fn children(&self) -> u64 {
        self.top + self.groups.iter().filter(|&&count| count > 0).count() as u64
    }
}

impl<'py> Outlines<'py> {
    pub(super) fn new() -> Self {
        Self {
            classes: HashMap::new(),
        }
    }

    /// How many named children `value` has; not told of modules and classes, whose many names no client pages.
    pub(super) fn named(&mut self, known: &Known, value: &Bound<'py, PyAny>, anatomy: Anatomy) -> Option<u64> {
        let length = u64::from(anatomy.is_container()) + u64::from(is_array(value));
        if value.is_instance_of::<PyType>() || value.is_instance_of::<PyModule>() {
            return None;
        }
        self.attributes(known, value).ok().map(|attributes| attributes + length)
    }

    fn attributes(&mut self, known: &Known, value: &Bound<'py, PyAny>) -> PyResult<u64> {
        let class = value.get_type().into_any();
        let outline = match self.classes.entry(address(&class)) {
            std::collections::hash_map::Entry::Occupied(found) => found.into_mut(),
            std::collections::hash_map::Entry::Vacant(place) => place.insert(Outline::new(known, class)?),
        };
        let mut counts = outline.counts;
        let own = known.instance_dict(value)?;
        if let Some(own) = &own {
            // Collected first: a name that is no string is asked for its text, which may change the dictionary.
            for (name, value) in own.iter().collect::<Vec<_>>() {
                let name = name_text(&name);
                if let Some(&group) = outline.names.get(&name) {
                    let hidden = counts.of(group);
                    *hidden = hidden.saturating_sub(1);
                }
                *counts.of(group_of(known, &name, &Content::Value(value))) += 1;
            }
        }
        for (name, stored) in &outline.read {
            if own.as_ref().is_some_and(|own| own.contains(name).unwrap_or(false)) {
                continue;
            }
            if let Some(content) = attributes::read(stored, value) {
                *counts.of(group_of(known, name, &content)) += 1;
            }
        }
        Ok(counts.children())
    }
}

impl<'py> Outline<'py> {
    fn new(known: &Known, class: Bound<'py, PyAny>) -> PyResult<Self> {
        let (mut names, mut read) = (HashMap::new(), Vec::new());
        for entry in class_entries(known, &class)? {
            if names.contains_key(&entry.name) || read.iter().any(|(name, _)| *name == entry.name) {
                continue;
            }
            match attributes::unread(known, &entry) {
                Some(content) => {
                    let group = group_of(known, &entry.name, &content);
                    names.insert(entry.name, group);
                }
                None => read.push((entry.name, entry.stored)),
            }
        }
        if !read.iter().any(|(name, _)| name == CLASS) {
            names.entry(CLASS.to_owned()).or_insert(Some(Group::Special));
        }
        let mut counts = Counts::default();
        names.values().for_each(|&group| *counts.of(group) += 1);
        Ok(Self {
            _class: class,
            names,
            read,
            counts,
        })
    }
}
