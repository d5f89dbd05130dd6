//! Reference numbers: which object a number handed to the client stands for.

use core::mem;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use pyo3::prelude::*;

use super::known::address;
use crate::stack;

/// The largest number DAP allows for a reference or a frame: 2^31 - 1.
const LAST: i64 = i32::MAX as i64;
/// Numbers start again from 1 at the first [`Table::take`] behind this one.
const HALF: i64 = LAST / 2;
/// How many values may be referred to at a time. What comes later is shown without children.
const VALUES: usize = 1 << 20;
/// How many numbers of frames and scopes are kept from one stop for the next.
const MOST_KEPT: usize = 1024;

/// Whose names a scope or a group shows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Of {
    Locals,
    Globals,
    Value,
}

/// The three groups behind which debugpy folds what is seldom looked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Group {
    Special,
    Function,
    Class,
    /// Folded only where the client wants it.
    Protected,
}

/// What a number stands for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Kind {
    /// A stack frame; not a variables reference.
    Frame,
    /// A line between stack frames; not a variables reference.
    Label,
    /// Every name of a scope of a frame, or every child of a value.
    All(Of),
    /// One group of them.
    Group(Of, Group),
    /// The elements of an array, once more and alone.
    Elements,
    /// A property which is read only when the client opens it.
    Property,
    /// The pending tasks of asyncio.
    Tasks,
    /// One of them: where it waits.
    Task,
    /// The bytes of a value; not a variables reference.
    Memory,
}

/// One number's meaning.
pub(super) struct Entry<'py> {
    pub(super) kind: Kind,
    /// The frame for scopes and their groups, else the value.
    pub(super) object: Bound<'py, PyAny>,
    /// For [`Kind::Property`]: its name.
    pub(super) attribute: Option<Arc<str>>,
    /// An expression for the object in the frame where it was found, ready to be followed by `.` or `[`.
    pub(super) path: Option<Arc<str>>,
    /// The number of the frame where it was found; 0 without one.
    pub(super) frame: i64,
}

impl<'py> Entry<'py> {
    pub(super) fn new(kind: Kind, object: Bound<'py, PyAny>, path: Option<Arc<str>>) -> Self {
        Self {
            kind,
            object,
            attribute: None,
            path,
            frame: 0,
        }
    }

    /// The same, found in the frame with that number.
    pub(super) fn found_in(mut self, frame: i64) -> Self {
        self.frame = frame;
        self
    }
}

struct Stored {
    kind: Kind,
    object: Py<PyAny>,
    attribute: Option<Arc<str>>,
    path: Option<Arc<str>>,
    frame: i64,
}

/// The same object found under the same expression in the same frame gets the same number again. The address identifies it because the
/// table holds a reference.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    kind: Kind,
    address: usize,
    attribute: Option<Arc<str>>,
    path: Option<Arc<str>>,
    frame: i64,
}

/// The numbers given out since the program last ran.
pub(super) struct Table {
    /// The number of `entries[0]`.
    first: i64,
    /// `None`: forgotten before the others.
    entries: Vec<Option<Stored>>,
    numbers: HashMap<Key, i64>,
    /// Numbers of earlier stops that mean the same again: frames that go on, and their scopes.
    revived: HashMap<i64, Stored>,
    /// Which numbers may come to mean the same at the next stop. Nothing is held for them.
    kept: Vec<Kept>,
}

/// The number of a frame or a scope at the last stop. The frame may be gone by now.
#[derive(Clone, Copy, Debug)]
struct Kept {
    number: i64,
    kind: Kind,
    /// Where the frame was, and the code that it executes.
    address: usize,
    code: usize,
    frame: i64,
}

/// What a table held. Dropping it may run finalizers of the program, so that must happen outside any lock.
pub(super) struct Held {
    _entries: Vec<Option<Stored>>,
    _revived: HashMap<i64, Stored>,
}

/// Where the code is that a frame executes; 0 for what is no frame. Nothing is allocated for it.
fn code_of(frame: &Bound<'_, PyAny>) -> usize {
    let code = frame.getattr(interned!(frame.py(), "f_code"));
    code.map_or(0, |code| address(&code))
}

impl Table {
    pub(super) fn new() -> Self {
        Self {
            first: 1,
            entries: Vec::new(),
            numbers: HashMap::new(),
            revived: HashMap::new(),
            kept: Vec::new(),
        }
    }

    /// The number of `entry`, new or as before; 0 when the table is full.
    pub(super) fn number(&mut self, entry: Entry<'_>) -> i64 {
        let Entry {
            kind,
            object,
            attribute,
            path,
            frame,
        } = entry;
        let key = Key {
            kind,
            address: address(&object),
            attribute: attribute.clone(),
            path: path.clone(),
            frame,
        };
        if let Some(&number) = self.numbers.get(&key) {
            return number;
        }
        if !matches!(kind, Kind::Frame | Kind::Label) && self.entries.len() >= VALUES {
            return 0;
        }
        let number = self.first + self.entries.len() as i64;
        self.entries.push(Some(Stored {
            kind,
            object: object.unbind(),
            attribute,
            path,
            frame,
        }));
        self.numbers.insert(key, number);
        number
    }

    /// What `number` stands for, or `None` when it was not given out since the program last ran.
    pub(super) fn entry<'py>(&self, py: Python<'py>, number: i64) -> Option<Entry<'py>> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok();
        let found = index.and_then(|index| self.entries.get(index)?.as_ref());
        let Stored {
            kind,
            object,
            attribute,
            path,
            frame,
        } = found.or_else(|| self.revived.get(&number))?;
        Some(Entry {
            kind: *kind,
            object: object.bind(py).clone(),
            attribute: attribute.clone(),
            path: path.clone(),
            frame: *frame,
        })
    }

    /// Forgets these frames, by address, and what was found in them.
    #[must_use = "dropping runs finalizers: do it after the lock is released"]
    pub(super) fn take_frames(&mut self, frames: &[usize]) -> Held {
        let first = self.first;
        let is_one =
            |stored: &Stored| stored.kind == Kind::Frame && frames.contains(&(stored.object.as_ptr() as usize));
        let new = (first..).zip(&self.entries);
        let new = new.filter_map(|(number, stored)| Some((number, stored.as_ref()?)));
        let old = self.revived.iter().map(|(number, stored)| (*number, stored));
        let gone: HashSet<i64> = new
            .chain(old)
            .filter(|(_, stored)| is_one(stored))
            .map(|(number, _)| number)
            .collect();
        let is_gone = |number: i64, stored: &Stored| gone.contains(&number) || gone.contains(&stored.frame);
        let mut entries = Vec::new();
        for (number, slot) in (first..).zip(&mut self.entries) {
            if slot.as_ref().is_some_and(|stored| is_gone(number, stored)) {
                entries.push(slot.take());
            }
        }
        let revived = self.revived.extract_if(|number, stored| is_gone(*number, stored));
        let revived: HashMap<i64, Stored> = revived.collect();
        let (left, lasting) = (&self.entries, &self.revived);
        self.numbers.retain(|_, number| {
            let index = usize::try_from(*number - first).ok();
            lasting.contains_key(number) || index.and_then(|index| left.get(index)).is_some_and(Option::is_some)
        });
        Held {
            _entries: entries,
            _revived: revived,
        }
    }

    /// Empties the table. Numbers go on from where they were.
    #[must_use = "dropping runs finalizers: do it after the lock is released"]
    pub(super) fn take(&mut self, py: Python<'_>) -> Held {
        let next = self.first + self.entries.len() as i64;
        if !self.numbers.is_empty() {
            self.kept = self.keep(py);
        }
        if next > HALF {
            self.first = 1;
            self.kept.clear();
        } else {
            self.first = next;
        }
        self.numbers.clear();
        Held {
            _entries: mem::take(&mut self.entries),
            _revived: mem::take(&mut self.revived),
        }
    }

    /// What is known of the frames and scopes that have numbers now.
    fn keep(&self, py: Python<'_>) -> Vec<Kept> {
        let new = (self.first..).zip(&self.entries);
        let new = new.filter_map(|(number, stored)| Some((number, stored.as_ref()?)));
        let old = self.revived.iter().map(|(number, stored)| (*number, stored));
        let lasting =
            |(_, stored): &(i64, &Stored)| matches!(stored.kind, Kind::Frame | Kind::All(Of::Locals | Of::Globals));
        let kept = old.chain(new).filter(lasting).map(|(number, stored)| Kept {
            number,
            kind: stored.kind,
            address: address(stored.object.bind(py)),
            code: code_of(stored.object.bind(py)),
            frame: stored.frame,
        });
        kept.take(MOST_KEPT).collect()
    }

    /// Lets the numbers of frames that are still in `stack`, and those of their scopes, mean the same as at the last
    /// stop. The table is empty.
    pub(super) fn revive(&mut self, py: Python<'_>, stack: &[stack::Entry]) {
        for kept in mem::take(&mut self.kept) {
            let same = |frame: &&Bound<'_, PyAny>| address(frame) == kept.address && code_of(frame) == kept.code;
            let Some(frame) = stack.iter().map(|entry| entry.frame.bind(py)).find(same) else {
                continue;
            };
            let key = Key {
                kind: kept.kind,
                address: kept.address,
                attribute: None,
                path: None,
                frame: kept.frame,
            };
            let stored = Stored {
                kind: kept.kind,
                object: frame.clone().unbind(),
                attribute: None,
                path: None,
                frame: kept.frame,
            };
            self.numbers.insert(key, kept.number);
            self.revived.insert(kept.number, stored);
        }
    }
}
