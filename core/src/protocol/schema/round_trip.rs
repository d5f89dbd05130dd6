//! Values made from the schema, read and written by the types.

use super::shape::{Copy, Shape};
use super::{Presence, Schema, event, presence, requests, values};
use crate::json::{Raw, Text};
use crate::protocol::{ErrorResponse, Event};
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use std::boxed::Box;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

type CopyAny = dyn Fn(Option<&str>) -> Result<Option<String>, String>;

/// Arguments or a body: what the schema says of it, and how it is read and written.
struct Part<'s> {
    name: String,
    presence: Presence,
    node: &'s Value,
    shape: Shape,
    copy: Box<CopyAny>,
}

/// All of them.
fn parts(schema: &Schema) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let by_word = |end: &'static str, member: &'static str, word: &'static str| {
        let is_it = |node: &Value| node["properties"][member]["enum"][0] == word;
        schema
            .ending(end)
            .find(|(_, node)| is_it(node))
            .expect("it was compared")
    };
    for request in requests::all() {
        let (stem, node) = by_word("Request", "command", request.command);
        let response = &schema.0[&format!("{stem}Response")];
        for (node, member, part) in [(node, "arguments", request.arguments), (response, "body", request.body)] {
            parts.push(Part {
                name: format!("{member} of {}", request.command),
                presence: presence(node, member),
                node: &node["properties"][member],
                shape: part.shape,
                copy: Box::new(part.copy),
            });
        }
    }
    for event in event::all() {
        let (_, node) = by_word("Event", "event", event.name);
        parts.push(Part {
            name: event.name.to_string(),
            presence: presence(node, "body"),
            node: &node["properties"]["body"],
            shape: event.shape,
            copy: Box::new(move |json| copy_event(event.name, json)),
        });
    }
    let copy: Copy = super::shape::copy!(ErrorResponse<'_>);
    parts.push(Part {
        name: "an error".to_string(),
        presence: Presence::Required,
        node: &schema.0["ErrorResponse"]["properties"]["body"],
        shape: <ErrorResponse<'_> as super::shape::Shaped>::shape(),
        copy: Box::new(copy),
    });
    parts
}

fn copy_event(name: &'static str, json: Option<&str>) -> Result<Option<String>, String> {
    let body = json.map(|json| Raw::new(json).expect("JSON"));
    let event = Event::read(Text::plain(name), body).map_err(|error| error.to_string())?;
    let event = event.expect("an event that DAP defines");
    assert_eq!(event.name(), name);
    let written = super::shape::text(|out| event.write_body(out));
    let again = Event::read(
        Text::plain(name),
        written.as_deref().map(|json| Raw::new(json).expect("JSON")),
    );
    assert_eq!(again.expect("what was written can be read"), Some(event));
    Ok(written)
}

/// What is left of a value that was read and written: without members that are unknown, that have their default, or
/// that are `null` and may be absent. Inside of lists nothing is left out, for their text is passed on.
fn kept(value: &Value, shape: &Shape) -> Value {
    let (Shape::Object { members, .. }, Value::Object(object)) = (shape, value) else {
        return value.clone();
    };
    let mut members_kept = serde_json::Map::new();
    for member in members() {
        let Some(value) = object.get(member.name) else { continue };
        let (shape, required) = member.shape.required();
        let is_default = member.default == Some(value.to_string().as_str());
        if is_default || !required && value.is_null() {
            continue;
        }
        members_kept.insert(member.name.to_string(), kept(value, shape));
    }
    Value::from(members_kept)
}

#[test]
fn what_is_read_is_written_again() {
    let schema = Schema::official();
    let mut checked = 0;
    for part in parts(&schema) {
        if part.presence == Presence::None {
            continue;
        }
        let (shape, _) = part.shape.required();
        let mut runner = TestRunner::new(Config {
            cases: 64,
            failure_persistence: None,
            ..Config::default()
        });
        let made = (values::any(&schema, part.node, values::DEPTH), proptest::bool::ANY);
        let result = runner.run(&made, |(value, at_length)| {
            let json = values::wire(&value, at_length);
            let written = (part.copy)(Some(&json)).map_err(|error| fail(&error, &json))?;
            let written = written.ok_or_else(|| fail("nothing was written", &json))?;
            let back: Value = serde_json::from_str(&written).map_err(|error| fail(&error.to_string(), &written))?;
            proptest::prop_assert_eq!(back, kept(&value, shape), "from {}", json);
            Ok(())
        });
        if let Err(error) = result {
            panic!("{}: {error}", part.name);
        }
        checked += 1;
    }
    // 44 arguments; 23 bodies that have to be there, that of errors among them, and 6 that may be; 16 of events.
    assert_eq!(checked, 44 + 23 + 6 + 16);
}

fn fail(error: &str, json: &str) -> proptest::test_runner::TestCaseError {
    proptest::test_runner::TestCaseError::fail(format!("{error}: {json}"))
}

#[test]
fn what_is_absent_is_read_as_the_schema_says() {
    let schema = Schema::official();
    for part in parts(&schema) {
        for absent in [None, Some("null")] {
            let result = (part.copy)(absent);
            // Where every member may be absent, so may the whole.
            let empty = (part.copy)(Some("{}"));
            match part.presence {
                Presence::Required => assert_eq!(result, empty, "{}", part.name),
                Presence::Optional => assert!(result.is_ok(), "{}: {result:?}", part.name),
                Presence::None => {
                    assert_eq!((&result, &empty), (&Ok(None), &Ok(None)), "{}", part.name);
                    assert_eq!((part.copy)(Some("[7]")), Ok(None), "{}", part.name);
                }
            }
        }
    }
}

/// Every value of the wrong type is refused, with the path to it, and so is the lack of a member that has to be there.
#[test]
fn what_is_wrong_is_refused_by_its_path() {
    let schema = Schema::official();
    let mut refused = 0;
    for part in parts(&schema) {
        if part.presence == Presence::None {
            continue;
        }
        let whole = values::full(&schema, part.node, 4);
        let mut try_all = Try {
            part: &part,
            whole: whole.clone(),
            refused: 0,
        };
        assert!((part.copy)(Some(&whole.to_string())).is_ok(), "{}: {whole}", part.name);
        let (shape, _) = part.shape.required();
        try_all.value("", "body", &whole, shape, true);
        refused += try_all.refused;
    }
    assert!(refused > 5_000, "only {refused} were tried");
}

struct Try<'p> {
    part: &'p Part<'p>,
    /// The arguments or the body, in which one value at a time is replaced.
    whole: Value,
    refused: usize,
}

impl Try<'_> {
    /// Tries wrong values in the place of `value`, which stands at `pointer`; then inside of it.
    fn value(&mut self, pointer: &str, path: &str, value: &Value, shape: &Shape, required: bool) {
        for wrong in wrong(shape, required && !pointer.is_empty()) {
            self.refuses(pointer, path, wrong);
        }
        match (shape, value) {
            (Shape::Object { members, .. }, Value::Object(object)) => {
                for member in members() {
                    let name = member.name;
                    let (shape, required) = member.shape.required();
                    let required = required && member.default.is_none();
                    if let Some(inner) = object.get(name) {
                        let (pointer, path) = (format!("{pointer}/{name}"), format!("{path}.{name}"));
                        self.value(&pointer, &path, inner, shape, required);
                    }
                    if required {
                        self.lacks(pointer, path, name);
                    }
                }
            }
            (Shape::Array(shape), Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(
                        &format!("{pointer}/{index}"),
                        &format!("{path}[{index}]"),
                        item,
                        shape,
                        true,
                    );
                }
            }
            (Shape::Map(shape), Value::Object(entries)) => {
                for (name, value) in entries {
                    let (shape, required) = shape.required();
                    self.value(
                        &format!("{pointer}/{name}"),
                        &format!("{path}.{name}"),
                        value,
                        shape,
                        required,
                    );
                }
            }
            _ => {}
        }
    }

    fn refuses(&mut self, pointer: &str, path: &str, wrong: Value) {
        let json = self.replaced(pointer, |place| *place = wrong.clone());
        let error = (self.part.copy)(Some(&json)).expect_err(&format!("{}: {path} = {wrong}", self.part.name));
        assert!(
            error.starts_with(&format!("{path}: expected ")),
            "{path} = {wrong}: {error}"
        );
        self.refused += 1;
    }

    fn lacks(&mut self, pointer: &str, path: &str, name: &str) {
        let json = self.replaced(pointer, |place| {
            _ = place.as_object_mut().expect("an object").remove(name)
        });
        let error = (self.part.copy)(Some(&json)).expect_err(&format!("{}: {path} without {name}", self.part.name));
        assert_eq!(error, format!("{path}: member `{name}` is missing"));
        self.refused += 1;
    }

    fn replaced(&self, pointer: &str, change: impl FnOnce(&mut Value)) -> String {
        let mut whole = self.whole.clone();
        change(whole.pointer_mut(pointer).expect("a place that is there"));
        whole.to_string()
    }
}

/// Values that a type must not take.
fn wrong(shape: &Shape, required: bool) -> Vec<Value> {
    let (null, boolean, integer, fraction, string) = (json!(null), json!(true), json!(1), json!(1.5), json!("no such"));
    let (array, object) = (json!([]), json!({}));
    let mut wrong = match shape {
        Shape::Any | Shape::Nothing => return Vec::new(),
        Shape::Boolean => std::vec![integer, string, array, object],
        Shape::Number => std::vec![boolean, string, array, object],
        Shape::String => std::vec![boolean, integer, fraction, array, object],
        Shape::Words { open: true, .. } => std::vec![boolean, integer, array, object],
        Shape::Words { .. } => std::vec![boolean, integer, array, object, string, json!("")],
        Shape::IntegerOrString => std::vec![boolean, fraction, array, object],
        Shape::Integer { min, max } => {
            let beyond = [json!(min - 1), json!(max + 1), json!(u64::MAX)];
            let mut wrong = std::vec![boolean, fraction, string, array, object];
            wrong.extend(beyond);
            wrong
        }
        Shape::Array(_) | Shape::Nested(_) => std::vec![boolean, integer, string, object],
        Shape::Map(_) | Shape::Object { .. } => std::vec![boolean, integer, string, array],
        Shape::Nullable(inner) => return self::wrong(inner, false),
        Shape::Optional(inner) => return self::wrong(inner, false),
    };
    if required {
        wrong.push(null);
    }
    wrong
}
