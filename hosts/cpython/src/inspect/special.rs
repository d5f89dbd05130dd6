//! Text of the containers that wrap others: those of `collections`, views, named tuples and dataclasses.
//!
//! Their `repr` builds the text of everything inside before any of it could be cut, and nothing can interrupt that.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMappingProxy, PyString, PyTuple, PyType};

use super::elements;
use super::known::{module_name, plain_text, type_name};
use super::text::Writer;

impl<'py> Writer<'_, 'py> {
    /// Writes `value` if it is one of those. Otherwise nothing was written and its `repr` is to be asked.
    pub(super) fn special(&mut self, value: &Bound<'py, PyAny>) -> bool {
        let class = value.get_type();
        let address = class.as_type_ptr() as usize;
        if value.is_exact_instance_of::<PyMappingProxy>() {
            return self.mapping(value, "mappingproxy({", "})");
        }
        if address == self.known.dict_keys || address == self.known.dict_values || address == self.known.dict_items {
            let begin = format!("{}([", type_name(&class));
            return self.iterable(value, &begin, "])");
        }
        match type_name(&class).as_str() {
            "deque" | "defaultdict" | "OrderedDict" if module_name(&class) == "collections" => {
                self.collection(value, &class)
            }
            name => {
                if value.is_instance_of::<PyTuple>() {
                    self.named_tuple(value, &class, name)
                } else {
                    self.dataclass(value, &class)
                }
            }
        }
    }

    fn collection(&mut self, value: &Bound<'py, PyAny>, class: &Bound<'py, PyType>) -> bool {
        match value.cast::<PyDict>() {
            Err(_) => {
                let limit = value.getattr("maxlen").ok().filter(|limit| !limit.is_none());
                let end = limit.map_or_else(|| "])".to_owned(), |limit| format!("], maxlen={})", plain_text(&limit)));
                let len = value.len().unwrap_or(0);
                self.sequence(value, len, "deque([", &end);
            }
            Ok(dict) => match value.getattr("default_factory") {
                Ok(factory) => {
                    if self.open(value, "defaultdict(", ")") {
                        self.value(&factory);
                        self.around.pop();
                        self.close(", ");
                        self.dict(dict, "{", "})");
                    }
                }
                Err(_) if dict.is_empty() => self.close("OrderedDict()"),
                // CPython 3.11 writes a list of pairs here; one form for all versions is easier to read.
                Err(_) => {
                    let begin = format!("{}({{", type_name(class));
                    return self.mapping(value, &begin, "})");
                }
            },
        }
        true
    }

    fn mapping(&mut self, value: &Bound<'py, PyAny>, begin: &str, end: &str) -> bool {
        let wanted = self.elements();
        let mut pairs = Vec::new();
        if self
            .patience
            .call(self.py, || elements::pairs(value, 0, wanted, &mut pairs))
            .is_err()
        {
            return false;
        }
        if self.open(value, begin, end) {
            self.pairs(&pairs);
            self.around.pop();
            self.close(end);
        }
        true
    }

    fn iterable(&mut self, value: &Bound<'py, PyAny>, begin: &str, end: &str) -> bool {
        let mut items = Vec::new();
        if elements::iterated(value, 0, self.elements(), &mut items).is_err() {
            return false;
        }
        if self.open(value, begin, end) {
            self.items(&items);
            self.around.pop();
            self.close(end);
        }
        true
    }

    /// A named tuple whose class kept the `__repr__` that `collections` generated.
    fn named_tuple(&mut self, value: &Bound<'py, PyAny>, class: &Bound<'py, PyType>, name: &str) -> bool {
        let py = self.py;
        let Some(fields) = class
            .getattr(interned!(py, "_fields"))
            .ok()
            .and_then(|f| f.cast_into::<PyTuple>().ok())
        else {
            return false;
        };
        let generated = class
            .getattr(interned!(py, "__repr__"))
            .and_then(|function| file_of(&function))
            .is_ok_and(|file| file.ends_with("collections/__init__.py") || file.ends_with("collections\\__init__.py"));
        if !generated {
            return false;
        }
        let fields = fields.iter().map(|field| plain_text(&field));
        let values = value
            .try_iter()
            .map(|values| values.map_while(Result::ok).collect())
            .unwrap_or_default();
        self.fields(value, name, fields, values);
        true
    }

    /// A dataclass whose class kept the `__repr__` that `dataclasses` generated.
    fn dataclass(&mut self, value: &Bound<'py, PyAny>, class: &Bound<'py, PyType>) -> bool {
        self.try_dataclass(value, class).unwrap_or(false)
    }

    fn try_dataclass(&mut self, value: &Bound<'py, PyAny>, class: &Bound<'py, PyType>) -> PyResult<bool> {
        let py = self.py;
        let Some(fields) = self.known.find(class.as_any(), "__dataclass_fields__")? else {
            return Ok(false);
        };
        // The generated function stands in a wrapper against recursion and was compiled from a string.
        let wrapper = class.getattr(interned!(py, "__repr__"))?;
        let Some(generated) = wrapper.getattr_opt(interned!(py, "__wrapped__"))? else {
            return Ok(false);
        };
        if file_of(&generated)? != "<string>" {
            return Ok(false);
        }
        let (mut names, mut values) = (Vec::new(), Vec::new());
        // Collected first: reading a field may run code.
        for (name, field) in fields.cast_into::<PyDict>()?.iter().collect::<Vec<_>>() {
            let kind = field
                .getattr(interned!(py, "_field_type"))?
                .getattr(interned!(py, "name"))?;
            if field.getattr(interned!(py, "repr"))?.is_truthy()? && kind.str()?.to_string_lossy() == "_FIELD" {
                values.push(self.patience.call(py, || value.getattr(name.cast::<PyString>()?))?);
                names.push(plain_text(&name));
            }
        }
        let name = class.qualname()?;
        self.fields(value, &name.to_string_lossy(), names.into_iter(), values);
        Ok(true)
    }

    /// `Point(x=1, y=2)`.
    fn fields(
        &mut self,
        value: &Bound<'py, PyAny>,
        class: &str,
        names: impl Iterator<Item = String>,
        values: Vec<Bound<'py, PyAny>>,
    ) {
        let begin = format!("{class}(");
        if !self.open(value, &begin, ")") {
            return;
        }
        for (index, (name, value)) in names.zip(&values).enumerate() {
            if !self.next(index == 0) {
                break;
            }
            self.close(&name);
            self.close("=");
            self.value(value);
        }
        self.around.pop();
        self.close(")");
    }
}

/// The file a function was compiled from.
fn file_of(function: &Bound<'_, PyAny>) -> PyResult<String> {
    let py = function.py();
    function
        .getattr(interned!(py, "__code__"))?
        .getattr(interned!(py, "co_filename"))?
        .extract()
}
