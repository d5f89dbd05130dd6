//! Values as text, bounded in length and in work.
//!
//! The text is what `repr` gives, as long as it is short. Of built-in values only as much is read as is shown, so a
//! list of ten million elements or a string of a hundred megabytes costs as much as a short one. Other objects are
//! asked for their `repr`, whose failures become text.

use core::time::Duration;
use std::time::Instant;

use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyComplex, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PyModule, PySet, PySlice,
    PyString, PyTuple, PyType,
};

use super::known::{Known, address, type_name};
use super::watch::Watch;
use super::{elements, failure};

/// How much of a value is shown. Lengths are in characters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// The whole text. What closes open brackets and quotes may come on top.
    pub(super) whole: usize,
    /// A string, number or `repr` inside a container.
    pub(super) item: usize,
    /// How deep containers are opened.
    pub(super) depth: usize,
    /// Whether integers are written in hexadecimal.
    pub(super) hex: bool,
}

impl Limits {
    /// A key that names a child.
    pub(super) const NAME: Self = Self {
        whole: 120,
        item: 60,
        depth: 3,
        hex: false,
    };
    /// A value in a list of variables.
    pub(super) const LISTED: Self = Self {
        whole: 300,
        item: 100,
        depth: 6,
        hex: false,
    };
    /// A watched or hovered value.
    pub(super) const WATCHED: Self = Self {
        whole: 4 * 1024,
        item: 1024,
        depth: 8,
        hex: false,
    };
    /// A value printed in the console.
    pub(super) const PRINTED: Self = Self {
        whole: 64 * 1024,
        item: 64 * 1024,
        depth: 24,
        hex: false,
    };
    /// A value to be copied.
    pub(super) const COPIED: Self = Self {
        whole: 1024 * 1024,
        item: 1024 * 1024,
        depth: 24,
        hex: false,
    };

    /// The same, with integers in hexadecimal where that is asked for.
    pub(super) const fn with_hex(self, hex: bool) -> Self {
        Self { hex, ..self }
    }
}

/// How long the program's own `__repr__`s may run in one request, all together.
const PATIENCE: Duration = Duration::from_millis(1500);

/// The time which the program's own code may still take in one request.
pub(super) struct Patience {
    left: Duration,
    /// Looks after the calls, from the first one on.
    watch: Option<Watch>,
    /// The client broke off a call; nothing of the program is called any more.
    pub(super) interrupted: bool,
}

impl Patience {
    pub(super) fn new() -> Self {
        Self {
            left: PATIENCE,
            watch: None,
            interrupted: false,
        }
    }

    pub(super) fn is_spent(&self) -> bool {
        self.interrupted || self.left.is_zero()
    }

    /// Runs something that may run the program's code, accounts for its time, and breaks it off when that is over.
    pub(super) fn call<T>(&mut self, py: Python<'_>, run: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
        if self.watch.is_none() {
            self.watch = Watch::begin(PATIENCE);
        }
        let begin = Instant::now();
        if let Some(watch) = &self.watch {
            watch.enter(self.left);
        }
        let result = run();
        if let Some(watch) = &self.watch {
            watch.leave();
        }
        self.left = self.left.saturating_sub(begin.elapsed());
        if let Err(error) = &result
            && failure::is_interruption(py, error)
        {
            if self.is_late() {
                self.left = Duration::ZERO;
            } else {
                self.interrupted = true;
            }
        }
        result
    }

    /// Whether a call was broken off because it took too long.
    fn is_late(&self) -> bool {
        self.watch.as_ref().is_some_and(Watch::has_fired)
    }

    /// `error` of a [`call`](Self::call) in the place of a value.
    pub(super) fn note(&self, py: Python<'_>, error: &PyErr) -> String {
        if failure::is_interruption(py, error) {
            let why = if self.is_late() { ": it took too long" } else { "" };
            format!("<broken off{why}>")
        } else {
            failure::note(py, error)
        }
    }
}

/// Writes one value into `out`.
pub(super) struct Writer<'a, 'py> {
    pub(super) py: Python<'py>,
    pub(super) known: &'a Known,
    pub(super) limits: Limits,
    pub(super) patience: &'a mut Patience,
    out: &'a mut String,
    /// Characters written.
    used: usize,
    /// The containers around the current place, by address.
    pub(super) around: Vec<usize>,
}

/// The text of `value`, written over whatever `out` held.
pub(super) fn write_value<'py>(
    known: &Known,
    limits: Limits,
    patience: &mut Patience,
    value: &Bound<'py, PyAny>,
    out: &mut String,
) {
    out.clear();
    Writer {
        py: value.py(),
        known,
        limits,
        patience,
        out,
        used: 0,
        around: Vec::new(),
    }
    .value(value);
}

impl<'py> Writer<'_, 'py> {
    pub(super) fn value(&mut self, value: &Bound<'py, PyAny>) {
        if value.is_none() {
            self.push("None");
        } else if value.is_exact_instance_of::<PyString>() {
            self.sliced(value, 0);
        } else if let Ok(int) = value.cast_exact::<PyInt>() {
            self.int(int);
        } else if let Ok(bool) = value.cast_exact::<PyBool>() {
            self.push(if bool.is_true() { "True" } else { "False" });
        } else if value.is_exact_instance_of::<PyFloat>() || is_plain(value) {
            self.described(value.repr());
        } else if value.is_exact_instance_of::<PyBytes>() {
            self.sliced(value, 0);
        } else if value.is_exact_instance_of::<PyByteArray>() {
            self.sliced(value, 1);
        } else if let Ok(list) = value.cast_exact::<PyList>() {
            self.sequence(value, list.len(), "[", "]");
        } else if let Ok(tuple) = value.cast_exact::<PyTuple>() {
            self.sequence(value, tuple.len(), "(", if tuple.len() == 1 { ",)" } else { ")" });
        } else if let Ok(dict) = value.cast_exact::<PyDict>() {
            self.dict(dict, "{", "}");
        } else if value.is_exact_instance_of::<PySet>() {
            self.set(value, "{", "}", "set()");
        } else if value.is_exact_instance_of::<PyFrozenSet>() {
            self.set(value, "frozenset({", "})", "frozenset()");
        } else if !self.special(value) {
            self.called(value);
        }
    }

    /// Writes `text` up to the limit. Returns whether all of it went in.
    pub(super) fn push(&mut self, text: &str) -> bool {
        let room = self.room();
        match text.char_indices().nth(room) {
            None => {
                self.used += if text.is_ascii() {
                    text.len()
                } else {
                    text.chars().count()
                };
                self.out.push_str(text);
                true
            }
            Some((end, _)) => {
                self.out.push_str(&text[..end]);
                self.used += room;
                self.close("...");
                false
            }
        }
    }

    /// Writes brackets and dots, which may go over the limit.
    pub(super) fn close(&mut self, text: &str) {
        self.out.push_str(text);
        self.used += text.len();
    }

    pub(super) fn is_full(&self) -> bool {
        self.used >= self.limits.whole
    }

    /// How many more characters the value at the current place may take.
    pub(super) fn room(&self) -> usize {
        let left = self.limits.whole.saturating_sub(self.used);
        if self.around.is_empty() {
            left
        } else {
            left.min(self.limits.item)
        }
    }

    /// How many more elements can be of any use: each takes at least three characters with its comma, and one more
    /// tells that something was left out.
    pub(super) fn elements(&self) -> usize {
        self.limits.whole.saturating_sub(self.used) / 3 + 2
    }

    /// Whether `container` may be opened here; otherwise `[...]` was written, as `repr` does for recursion.
    pub(super) fn open(&mut self, container: &Bound<'py, PyAny>, begin: &str, end: &str) -> bool {
        let here = address(container);
        if self.around.len() >= self.limits.depth || self.around.contains(&here) {
            self.close(begin);
            self.close("...");
            self.close(end.trim_start_matches(','));
            return false;
        }
        self.close(begin);
        self.around.push(here);
        true
    }

    /// Goes to the next element. Returns whether there is room for it.
    pub(super) fn next(&mut self, first: bool) -> bool {
        if !first {
            self.close(", ");
        }
        if self.is_full() {
            self.close("...");
            return false;
        }
        true
    }

    /// A string or bytes: only the part that is shown goes through `repr`. `tail` is how many characters stand
    /// behind the closing quote.
    fn sliced(&mut self, value: &Bound<'py, PyAny>, tail: usize) {
        let room = self.room();
        let written = value.len().and_then(|len| {
            let part = if len > room { slice(value, room)? } else { value.clone() };
            part.repr().map(|text| (len > room, text))
        });
        let Ok((cut, text)) = written else {
            return self.called(value);
        };
        let text = text.to_string_lossy();
        let Some((body, end)) = text
            .len()
            .checked_sub(tail + 1)
            .and_then(|at| text.split_at_checked(at))
        else {
            self.push(&text);
            return;
        };
        // Escapes make the text longer than the part, so it may have to be cut a second time.
        match text.char_indices().nth(room) {
            Some((at, _)) if at < body.len() => {
                let kept = body[..at].trim_end_matches('\\');
                self.close_text(kept);
                self.close(end);
                self.close("...");
            }
            _ => {
                self.close_text(body);
                self.close(end);
                if cut {
                    self.close("...");
                }
            }
        }
    }

    fn close_text(&mut self, text: &str) {
        self.out.push_str(text);
        self.used += text.chars().count();
    }

    fn int(&mut self, value: &Bound<'py, PyInt>) {
        if let Ok(small) = value.extract::<i64>() {
            self.push(&number_text(small, self.limits.hex));
            return;
        }
        if self.big_int(value).is_err() {
            self.called(value.as_any());
        }
    }

    /// Decimal digits take quadratic time and Python refuses many of them: big numbers are written in hexadecimal.
    fn big_int(&mut self, value: &Bound<'py, PyInt>) -> PyResult<()> {
        const DECIMAL_BITS: usize = 14_000;
        let bits: usize = value.call_method0("bit_length")?.extract()?;
        if bits <= DECIMAL_BITS && self.limits.hex {
            self.push(&value.call_method1("__format__", ("#x",))?.str()?.to_string_lossy());
            return Ok(());
        }
        if bits <= DECIMAL_BITS
            && let Ok(text) = value.repr()
        {
            self.push(&text.to_string_lossy());
            return Ok(());
        }
        let digits = bits.div_ceil(4);
        let dropped = digits.saturating_sub(self.room());
        let magnitude = value.abs()?.rshift(4 * dropped)?;
        let text = magnitude.call_method1("__format__", ("x",))?;
        self.close(if value.lt(0)? { "-0x" } else { "0x" });
        self.close(&text.str()?.to_string_lossy());
        if dropped > 0 {
            self.close("...");
        }
        self.close(&format!(" ({bits} bits)"));
        Ok(())
    }

    /// A list or tuple: indexed anew for each element, because a `__repr__` may change it meanwhile.
    pub(super) fn sequence(&mut self, value: &Bound<'py, PyAny>, len: usize, begin: &str, end: &str) {
        if !self.open(value, begin, end) {
            return;
        }
        for index in 0..len {
            let Ok(item) = value.get_item(index) else { break };
            if !self.next(index == 0) {
                break;
            }
            self.value(&item);
        }
        self.around.pop();
        self.close(end);
    }

    pub(super) fn dict(&mut self, dict: &Bound<'py, PyDict>, begin: &str, end: &str) {
        if self.open(dict.as_any(), begin, end) {
            // Collected first: what is called for the elements may change the dictionary.
            let pairs: Vec<_> = dict.iter().take(self.elements()).collect();
            self.pairs(&pairs);
            self.around.pop();
            self.close(end);
        }
    }

    /// `key: value` for each pair.
    pub(super) fn pairs(&mut self, pairs: &[(Bound<'py, PyAny>, Bound<'py, PyAny>)]) {
        for (index, (key, value)) in pairs.iter().enumerate() {
            if !self.next(index == 0) {
                return;
            }
            self.value(key);
            self.close(": ");
            self.value(value);
        }
    }

    /// A list of values that were collected beforehand.
    pub(super) fn items(&mut self, items: &[Bound<'py, PyAny>]) {
        for (index, item) in items.iter().enumerate() {
            if !self.next(index == 0) {
                return;
            }
            self.value(item);
        }
    }

    fn set(&mut self, value: &Bound<'py, PyAny>, begin: &str, end: &str, empty: &str) {
        if value.len().is_ok_and(|len| len == 0) {
            self.push(empty);
        } else if self.open(value, begin, end) {
            let mut items = Vec::new();
            // Nothing of the program runs in between, so this can't fail halfway.
            let _ = elements::iterated(value, 0, self.elements(), &mut items);
            self.items(&items);
            self.around.pop();
            self.close(end);
        }
    }

    /// Whatever the object's own `repr` says.
    fn called(&mut self, value: &Bound<'py, PyAny>) {
        if self.patience.is_spent() {
            let text = format!(
                "<{} object, not asked for its repr: others took too long>",
                type_name(&value.get_type())
            );
            self.push(&text);
            return;
        }
        let result = self.patience.call(self.py, || value.repr());
        self.described(result);
    }

    /// What `repr` answered.
    fn described(&mut self, result: PyResult<Bound<'py, PyString>>) {
        match result {
            Ok(text) => {
                let room = self.room();
                // A subclass of str could answer with code of its own to being sliced.
                let exact = text.is_exact_instance_of::<PyString>();
                let part = if exact && text.len().is_ok_and(|len| len > room + 1) {
                    slice(&text, room + 1)
                } else {
                    Ok(text.clone().into_any())
                };
                match part.as_ref().map(|part| part.cast::<PyString>()) {
                    Ok(Ok(part)) => self.push(&part.to_string_lossy()),
                    _ => self.push(&text.to_string_lossy()),
                };
            }
            Err(error) if failure::is_interruption(self.py, &error) => {
                let why = if self.patience.is_late() {
                    ": it took too long"
                } else {
                    ""
                };
                self.push(&format!("<broken off in __repr__{why}>"));
            }
            Err(error) => {
                let class = failure::class_text(&error.get_type(self.py));
                let text = match failure::cut(&failure::message(self.py, &error), 200) {
                    text if text.is_empty() => format!("<{class} in __repr__>"),
                    text => format!("<{class} in __repr__: {text}>"),
                };
                self.push(&text);
            }
        }
    }
}

/// A number as Python writes it.
pub(super) fn number_text(number: i64, hex: bool) -> String {
    let sign = if number < 0 { "-" } else { "" };
    if hex {
        format!("{sign}{:#x}", number.unsigned_abs())
    } else {
        number.to_string()
    }
}

/// Whether the `repr` of `value` is the interpreter's own and calls nothing of the program.
fn is_plain(value: &Bound<'_, PyAny>) -> bool {
    value.is_exact_instance_of::<PyModule>()
        || value.is_exact_instance_of::<PyType>()
        || value.is_exact_instance_of::<PyComplex>()
}

/// The first `count` elements.
fn slice<'py>(value: &Bound<'py, PyAny>, count: usize) -> PyResult<Bound<'py, PyAny>> {
    let end = isize::try_from(count).unwrap_or(isize::MAX);
    value.get_item(PySlice::new(value.py(), 0, end, 1))
}
