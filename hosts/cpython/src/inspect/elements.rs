//! Elements of containers: how many there are, and any part of them without touching the rest.

use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyComplex, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PyMappingProxy, PyModule,
    PyRange, PySet, PyString, PyTuple, PyType,
};

use super::known::{Abc, Known, module_name, type_name};

/// How the elements of a value are reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// A value without children: its text is all there is.
    Leaf,
    /// Elements by position: list, tuple, range, deque, arrays, anything that says it is a `Sequence`.
    Sequence,
    /// Entries by key: dict, `Mapping`.
    Mapping,
    /// Elements with neither: sets and views of dictionaries.
    Iterable,
    /// No elements; attributes only.
    Object,
}

/// What a value looks like to a reader.
#[derive(Clone, Copy, Debug)]
pub(super) struct Anatomy {
    pub(super) shape: Shape,
    /// How many elements; 0 for an object. An element's position below this is its DAP index.
    pub(super) len: u64,
    /// An instance of a class of Python's own that has no attributes worth a look.
    pub(super) plain: bool,
}

impl Anatomy {
    const LEAF: Self = Self {
        shape: Shape::Leaf,
        len: 0,
        plain: true,
    };
    const OBJECT: Self = Self {
        shape: Shape::Object,
        len: 0,
        plain: false,
    };

    /// Examines `value`. A `__len__` that the program wrote is called only for what says it is a container.
    pub(super) fn of(known: &Known, value: &Bound<'_, PyAny>) -> Self {
        let plain = |shape, len: usize| Self {
            shape,
            len: len as u64,
            plain: true,
        };
        if value.is_none()
            || value.is_exact_instance_of::<PyString>()
            || value.is_exact_instance_of::<PyInt>()
            || value.is_exact_instance_of::<PyBool>()
            || value.is_exact_instance_of::<PyFloat>()
            || value.is_exact_instance_of::<PyBytes>()
            || value.is_exact_instance_of::<PyByteArray>()
            || value.is_exact_instance_of::<PyComplex>()
        {
            return Self::LEAF;
        }
        if let Ok(list) = value.cast_exact::<PyList>() {
            return plain(Shape::Sequence, list.len());
        }
        if let Ok(dict) = value.cast_exact::<PyDict>() {
            return plain(Shape::Mapping, dict.len());
        }
        if let Ok(tuple) = value.cast_exact::<PyTuple>() {
            return plain(Shape::Sequence, tuple.len());
        }
        let exact = if value.is_exact_instance_of::<PySet>() || value.is_exact_instance_of::<PyFrozenSet>() {
            Some(Shape::Iterable)
        } else if value.is_exact_instance_of::<PyRange>() {
            Some(Shape::Sequence)
        } else if value.is_exact_instance_of::<PyMappingProxy>() {
            Some(Shape::Mapping)
        } else {
            None
        };
        if let Some(shape) = exact {
            return match value.len() {
                Ok(len) => plain(shape, len),
                Err(_) => Self::OBJECT, // a range with more elements than fit in a size
            };
        }
        let class = value.get_type();
        if class.as_type_ptr() as usize == known.dict_values {
            return value.len().map_or(Self::OBJECT, |len| plain(Shape::Iterable, len));
        }
        if value.is_instance_of::<PyType>() || value.is_instance_of::<PyModule>() || known.is_function(value) {
            return Self::OBJECT;
        }
        match Self::container(known, value, &class) {
            Some(shape) => match stored_len(value) {
                Ok(len) => Self {
                    shape,
                    len: len as u64,
                    plain: false,
                },
                Err(_) => Self::OBJECT,
            },
            None => Self::OBJECT,
        }
    }

    fn container(known: &Known, value: &Bound<'_, PyAny>, class: &Bound<'_, PyType>) -> Option<Shape> {
        if value.is_instance_of::<PyDict>() {
            return Some(Shape::Mapping);
        }
        if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
            return Some(Shape::Sequence);
        }
        if value.is_instance_of::<PySet>() || value.is_instance_of::<PyFrozenSet>() {
            return Some(Shape::Iterable);
        }
        if value.is_instance_of::<PyString>()
            || value.is_instance_of::<PyBytes>()
            || value.is_instance_of::<PyByteArray>()
        {
            return None;
        }
        match known.abc(class) {
            Some(Abc::Mapping) => Some(Shape::Mapping),
            Some(Abc::Sequence) => Some(Shape::Sequence),
            Some(Abc::Set) => Some(Shape::Iterable),
            None if type_name(class) == "ndarray" && module_name(class) == "numpy" => Some(Shape::Sequence),
            None => None,
        }
    }

    pub(super) fn is_leaf(self) -> bool {
        self.shape == Shape::Leaf
    }

    /// Whether there are elements to count, be it none.
    pub(super) fn is_container(self) -> bool {
        !matches!(self.shape, Shape::Leaf | Shape::Object)
    }
}

/// The number of elements, past a `__len__` that a subclass of a built-in container may have.
fn stored_len(value: &Bound<'_, PyAny>) -> PyResult<usize> {
    if let Ok(dict) = value.cast::<PyDict>() {
        Ok(dict.len())
    } else if let Ok(list) = value.cast::<PyList>() {
        Ok(list.len())
    } else if let Ok(tuple) = value.cast::<PyTuple>() {
        Ok(tuple.len())
    } else {
        value.len()
    }
}

/// The element at `index`, past a `__getitem__` that a subclass of a built-in container may have.
///
/// # Errors
///
/// What the container raises, `IndexError` when it has become shorter.
pub(super) fn at<'py>(value: &Bound<'py, PyAny>, index: usize) -> PyResult<Bound<'py, PyAny>> {
    if let Ok(list) = value.cast::<PyList>() {
        list.get_item(index)
    } else if let Ok(tuple) = value.cast::<PyTuple>() {
        tuple.get_item(index)
    } else {
        value.get_item(index)
    }
}

/// Appends up to `count` entries of a mapping from `start` on.
///
/// Dictionaries are read directly, also below a class that redefines iteration; an `OrderedDict` has an order of its
/// own, and other mappings are the program's code.
///
/// # Errors
///
/// What the mapping raises; the entries before that are in `list`.
pub(super) fn pairs<'py>(
    value: &Bound<'py, PyAny>,
    start: usize,
    count: usize,
    list: &mut Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>,
) -> PyResult<()> {
    match value.cast::<PyDict>() {
        Ok(dict) if !is_ordered(value) => list.extend(dict.iter().skip(start).take(count)),
        _ => {
            for key in value.try_iter()?.skip(start).take(count) {
                let key = key?;
                let item = value.get_item(&key)?;
                list.push((key, item));
            }
        }
    }
    Ok(())
}

fn is_ordered(value: &Bound<'_, PyAny>) -> bool {
    !value.is_exact_instance_of::<PyDict>()
        && value
            .get_type()
            .hasattr(interned!(value.py(), "move_to_end"))
            .unwrap_or(false)
}

/// Appends up to `count` elements of something that can only be iterated, from `start` on.
///
/// # Errors
///
/// What the iteration raises; the elements before that are in `list`.
pub(super) fn iterated<'py>(
    value: &Bound<'py, PyAny>,
    start: usize,
    count: usize,
    list: &mut Vec<Bound<'py, PyAny>>,
) -> PyResult<()> {
    for item in value.try_iter()?.skip(start).take(count) {
        list.push(item?);
    }
    Ok(())
}
