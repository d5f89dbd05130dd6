//! Private names in the text of a client: `self.__count`, typed where a method of `Meter` stands, is `self._Meter__count`.
//!
//! The compiler spells such names out by the class around them. What a client sends is compiled outside of every class,
//! so it is spelled out here, by the class around the code of the frame.

use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use crate::modules;

/// `ast.PyCF_ONLY_AST`
const ONLY_AST: u32 = 0x400;
/// `CO_OPTIMIZED`: the code is a function's.
const CO_OPTIMIZED: u32 = 1;

/// A private name, and where it stands in the text.
struct Place {
    /// Counted from 0.
    line: usize,
    /// In bytes from the beginning of the line.
    column: usize,
    name: String,
}

/// `text` with its private names spelled out by the class around `code`; `None` where there is nothing to be spelled out.
///
/// `mode` is what it is compiled for: `eval` or `exec`. Text that cannot be compiled is left to whoever compiles it.
///
/// # Errors
///
/// Those of reading attributes, which a code object and a syntax tree do not raise.
pub(crate) fn spelled_out(text: &str, mode: &str, code: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    if !text.split(|c: char| !is_word(c)).any(is_private) {
        return Ok(None);
    }
    let Some(class) = class_around(code)? else {
        return Ok(None);
    };
    let py = code.py();
    let compile = modules::import(py, "builtins")?.getattr("compile")?;
    let Ok(tree) = compile.call1((text, "<private>", mode, ONLY_AST, true)) else {
        return Ok(None);
    };
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let mut places = places(tree, &lines)?;
    // The last ones first: what stands before them stays where it is.
    places.sort_by_key(|place| core::cmp::Reverse((place.line, place.column)));
    let mut changed = false;
    for place in places {
        let end = place.column + place.name.len();
        let Some(line) = lines.get_mut(place.line) else {
            continue;
        };
        // 3.11 does not know for certain where something stands in an f-string.
        if line.get(place.column..end) == Some(place.name.as_str()) {
            line.insert_str(place.column, &class);
            changed = true;
        }
    }
    Ok(changed.then(|| lines.join("\n")))
}

/// The same for the code of a frame.
///
/// # Errors
///
/// As for [`spelled_out`].
pub(crate) fn spelled_out_in(text: &str, mode: &str, frame: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    spelled_out(text, mode, &frame.getattr(interned!(frame.py(), "f_code"))?)
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn is_private(name: &str) -> bool {
    name.starts_with("__") && !name.ends_with("__")
}

/// What stands in front of the private names of the innermost class around `code`: an underscore and its name.
fn class_around(code: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    let py = code.py();
    let name: String = code.getattr(interned!(py, "co_qualname"))?.extract()?;
    let flags: u32 = code.getattr(interned!(py, "co_flags"))?.extract()?;
    Ok(class_in(&name, flags & CO_OPTIMIZED != 0).map(|class| format!("_{class}")))
}

/// The innermost class in a qualified name, without the underscores that it begins with.
///
/// A function's name is followed by `<locals>`, a class's by what stands in it.
fn class_in(name: &str, is_function: bool) -> Option<&str> {
    let parts: Vec<&str> = name.split('.').collect();
    let own = (!is_function && !name.starts_with('<')).then(|| parts.last().copied());
    let around = || {
        let pairs = parts.windows(2).rev();
        pairs
            .filter(|pair| pair.iter().all(|part| *part != "<locals>"))
            .map(|pair| pair[0])
            .next()
    };
    let class = own.flatten().or_else(around)?.trim_start_matches('_');
    (!class.is_empty()).then_some(class)
}

/// All private names of a syntax tree: variables, attributes, parameters, and what is defined by `def` and `class`.
fn places(tree: Bound<'_, PyAny>, lines: &[String]) -> PyResult<Vec<Place>> {
    let mut found = Vec::new();
    let start = |node: &Bound<'_, PyAny>| -> PyResult<(usize, usize)> {
        let line: usize = node.getattr("lineno")?.extract()?;
        Ok((line - 1, node.getattr("col_offset")?.extract()?))
    };
    let mut open = vec![tree];
    while let Some(node) = open.pop() {
        if let Ok(list) = node.cast::<PyList>() {
            open.extend(list.iter());
            continue;
        }
        let Some(fields) = node.getattr_opt("_fields")? else {
            continue;
        };
        for field in fields.try_iter()? {
            let field = field?.cast_into::<PyString>()?;
            let Some(value) = node.getattr_opt(&field)? else {
                continue;
            };
            let field = field.to_string_lossy();
            let name = value.cast::<PyString>().map(|name| name.to_string_lossy().into_owned());
            let Ok(name) = name else {
                open.push(value);
                continue;
            };
            if !is_private(&name) {
                continue;
            }
            let (line, column) = match &*field {
                // The name of an argument in a call stays as it is.
                "arg" if node.get_type().name()? == "keyword" => continue,
                "id" | "arg" => start(&node)?,
                "attr" => {
                    let line: usize = node.getattr("end_lineno")?.extract()?;
                    let end: usize = node.getattr("end_col_offset")?.extract()?;
                    (line - 1, end.saturating_sub(name.len()))
                }
                // `def` or `class` comes first.
                "name" => {
                    let (line, column) = start(&node)?;
                    let rest = lines.get(line).and_then(|text| text.get(column..)).unwrap_or_default();
                    (line, column + rest.find(&name).unwrap_or(0))
                }
                _ => continue,
            };
            found.push(Place { line, column, name });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::class_in;

    #[test]
    fn classes_around_functions() {
        assert_eq!(class_in("Meter.read", true), Some("Meter"));
        assert_eq!(class_in("_Meter.read", true), Some("Meter"));
        assert_eq!(
            class_in("make.<locals>.Meter.read.<locals>.<lambda>", true),
            Some("Meter")
        );
        assert_eq!(class_in("Outer.Inner.read", true), Some("Inner"));
        assert_eq!(class_in("Outer.make.<locals>.Inner.read", true), Some("Inner"));
        for outside in ["read", "make.<locals>.read", "<lambda>", "__.read"] {
            assert_eq!(class_in(outside, true), None, "{outside}");
        }
    }

    #[test]
    fn bodies_of_classes() {
        assert_eq!(class_in("Meter", false), Some("Meter"));
        assert_eq!(class_in("make.<locals>.Meter", false), Some("Meter"));
        assert_eq!(class_in("<module>", false), None);
    }
}
