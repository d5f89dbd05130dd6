//! Values of Rhai as text, and what they hold.

use core::fmt::Write as _;

use rhai::{Array, Blob, Dynamic, FnPtr, ImmutableString, Map};

/// The longest text that is made of a value, in bytes; a little more where it ends.
const MAX_TEXT: usize = 1000;

/// How many elements are looked at for the text of a container.
const MAX_SHOWN: usize = 20;

/// One step into a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Key {
    Index(usize),
    Name(String),
}

/// How many children a value has: by number, and by name.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Size {
    pub(crate) indexed: usize,
    pub(crate) named: usize,
}

impl Size {
    pub(crate) fn is_empty(self) -> bool {
        self.indexed + self.named == 0
    }
}

/// Returns how many children `value` has.
pub(crate) fn size(value: &Dynamic) -> Size {
    if let Some(array) = value.read_lock::<Array>() {
        Size {
            indexed: array.len(),
            named: 0,
        }
    } else if let Some(map) = value.read_lock::<Map>() {
        Size {
            indexed: 0,
            named: map.len(),
        }
    } else if let Some(blob) = value.read_lock::<Blob>() {
        Size {
            indexed: blob.len(),
            named: 0,
        }
    } else {
        Size::default()
    }
}

/// Hands out the children from `skip` on, at most `take` of them.
pub(crate) fn children(value: &Dynamic, skip: usize, take: usize, each: &mut dyn FnMut(Key, &Dynamic)) {
    if let Some(array) = value.read_lock::<Array>() {
        for (index, element) in array.iter().enumerate().skip(skip).take(take) {
            each(Key::Index(index), element);
        }
    } else if let Some(map) = value.read_lock::<Map>() {
        for (name, element) in map.iter().skip(skip).take(take) {
            each(Key::Name(name.to_string()), element);
        }
    } else if let Some(blob) = value.read_lock::<Blob>() {
        for (index, byte) in blob.iter().enumerate().skip(skip).take(take) {
            each(Key::Index(index), &Dynamic::from_int((*byte).into()));
        }
    }
}

/// Looks at what `path` leads to; not at all if it leads nowhere.
pub(crate) fn follow(value: &Dynamic, path: &[Key], look: &mut dyn FnMut(&Dynamic)) {
    let Some((key, rest)) = path.split_first() else {
        return look(value);
    };
    match key {
        Key::Index(index) => {
            if let Some(array) = value.read_lock::<Array>()
                && let Some(element) = array.get(*index)
            {
                follow(element, rest, look);
            }
        }
        Key::Name(name) => {
            if let Some(map) = value.read_lock::<Map>()
                && let Some(element) = map.get(name.as_str())
            {
                follow(element, rest, look);
            }
        }
    }
}

/// Puts `new` where `path` leads to.
///
/// # Errors
///
/// Why it can't be put there.
pub(crate) fn put(value: &mut Dynamic, path: &[Key], new: Dynamic) -> Result<(), &'static str> {
    if value.is_read_only() {
        return Err("it is constant");
    }
    let Some((key, rest)) = path.split_first() else {
        if value.is_shared() {
            if let Some(mut place) = value.write_lock::<Dynamic>() {
                *place = new;
            }
        } else {
            *value = new;
        }
        return Ok(());
    };
    const GONE: &str = "it is not there any more";
    match key {
        Key::Index(index) => {
            if value.read_lock::<Blob>().is_some() {
                let byte = new.as_int().ok().and_then(|number| u8::try_from(number).ok());
                let mut blob = value.write_lock::<Blob>().ok_or(GONE)?;
                let place = blob.get_mut(*index).ok_or(GONE)?;
                *place = byte.ok_or("a byte is a number from 0 to 255")?;
                return Ok(());
            }
            let mut array = value.write_lock::<Array>().ok_or(GONE)?;
            put(array.get_mut(*index).ok_or(GONE)?, rest, new)
        }
        Key::Name(name) => {
            let mut map = value.write_lock::<Map>().ok_or(GONE)?;
            put(map.get_mut(name.as_str()).ok_or(GONE)?, rest, new)
        }
    }
}

/// Returns the text of a value, for people: never long, whatever it holds.
pub(crate) fn text(value: &Dynamic) -> String {
    let mut out = String::new();
    write(&mut out, value, 0);
    out
}

/// Returns the name of its type.
pub(crate) fn kind(value: &Dynamic) -> String {
    if let Some(array) = value.read_lock::<Array>() {
        return format!("array[{}]", array.len());
    }
    match value.type_name() {
        "i64" => "int".to_owned(),
        "f64" => "float".to_owned(),
        // Types of Rust come with their modules.
        name => name.rsplit("::").next().unwrap_or(name).to_owned(),
    }
}

fn write(out: &mut String, value: &Dynamic, depth: usize) {
    if out.len() > MAX_TEXT {
        return;
    }
    if let Some(string) = value.read_lock::<ImmutableString>() {
        quote(out, &string);
    } else if let Some(array) = value.read_lock::<Array>() {
        let elements = array.iter().map(|element| (None, element));
        container(out, ["[", "]"], array.len(), elements, depth);
    } else if let Some(map) = value.read_lock::<Map>() {
        let elements = map.iter().map(|(name, element)| (Some(name.as_str()), element));
        container(out, ["#{", "}"], map.len(), elements, depth);
    } else if let Some(blob) = value.read_lock::<Blob>() {
        out.push_str("blob[");
        let _ = write!(out, "{}", blob.len());
        out.push(']');
    } else if let Some(character) = value.read_lock::<char>() {
        let _ = write!(out, "{:?}", *character);
    } else if value.is_unit() {
        out.push_str("()");
    } else if let Some(function) = value.read_lock::<FnPtr>() {
        let name = function.fn_name();
        out.push_str(if name.starts_with("anon$") { "a closure" } else { "Fn " });
        if !name.starts_with("anon$") {
            out.push_str(name);
        }
    } else {
        let _ = write!(out, "{value}");
    }
}

fn container<'v>(
    out: &mut String,
    [open, close]: [&str; 2],
    len: usize,
    elements: impl Iterator<Item = (Option<&'v str>, &'v Dynamic)>,
    depth: usize,
) {
    out.push_str(open);
    // What lies deeper is for those who open it.
    let shown = if depth < 3 { MAX_SHOWN } else { 0 };
    let mut count = 0;
    for (name, element) in elements.take(shown) {
        if out.len() > MAX_TEXT {
            break;
        }
        if count > 0 {
            out.push_str(", ");
        }
        if let Some(name) = name {
            if rhai::is_valid_identifier(name) {
                out.push_str(name);
            } else {
                quote(out, name);
            }
            out.push_str(": ");
        }
        write(out, element, depth + 1);
        count += 1;
    }
    if count < len {
        out.push_str(if count > 0 { ", ..." } else { "..." });
    }
    out.push_str(close);
}

fn quote(out: &mut String, text: &str) {
    let shown: String = text.chars().take(MAX_TEXT).collect();
    let _ = write!(out, "{shown:?}");
    if shown.len() < text.len() {
        out.push_str("...");
    }
}

/// Returns the expression that leads one step further.
pub(crate) fn step(expression: &str, key: &Key) -> String {
    match key {
        Key::Index(index) => format!("{expression}[{index}]"),
        Key::Name(name) if rhai::is_valid_identifier(name) => format!("{expression}.{name}"),
        Key::Name(name) => format!("{expression}[{name:?}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(script: &str) -> Dynamic {
        rhai::Engine::new().eval(script).unwrap()
    }

    #[test]
    fn text_of_every_kind() {
        for (script, shown) in [
            ("1", "1"),
            ("1.5", "1.5"),
            ("true", "true"),
            ("()", "()"),
            ("'x'", "'x'"),
            (r#""a \"b\"""#, r#""a \"b\"""#),
            ("[1, [2, 3]]", "[1, [2, 3]]"),
            (r##"#{a: 1, "b c": 2}"##, r##"#{a: 1, "b c": 2}"##),
            ("[[[[1]]]]", "[[[[...]]]]"),
            ("blob(3, 7)", "blob[3]"),
            ("|x| x", "a closure"),
            ("1..5", "1..5"),
        ] {
            assert_eq!(text(&value(script)), shown, "{script}");
        }
    }

    #[test]
    fn text_is_never_long() {
        assert!(text(&value("let s = \"x\"; s.pad(100000, 'x'); s")).len() < MAX_TEXT + 10);
        assert!(text(&value("let a = []; a.pad(100000, 1); [a, a, a]")).len() < MAX_TEXT + 10);
    }

    #[test]
    fn children_are_found_again() {
        let mut all = value("#{ rooms: [#{ name: \"bath\" }, 2] }");
        let path = [Key::Name("rooms".into()), Key::Index(0), Key::Name("name".into())];
        put(&mut all, &path, "hall".into()).unwrap();
        let mut found = String::new();
        follow(&all, &path, &mut |value| found = text(value));
        assert_eq!(found, "\"hall\"");
        assert!(put(&mut all, &[Key::Name("roof".into())], 1.into()).is_err());
        let mut names = Vec::new();
        follow(&all, &path[..1], &mut |rooms| {
            children(rooms, 1, 5, &mut |key, _| names.push(step("input.rooms", &key)));
        });
        assert_eq!(names, ["input.rooms[1]"]);
    }
}
