//! JSON values as the schema allows them.

use super::{Schema, properties, requires};
use proptest::prelude::{BoxedStrategy, Just, Strategy, prop, prop_oneof};
use serde_json::{Map, Value, json};
use std::format;
use std::string::String;
use std::vec::Vec;

const MAX_SAFE: i64 = (1 << 53) - 1;

/// How deep a value goes; types that contain themselves end there.
pub(super) const DEPTH: usize = 5;

/// Any value that `node` allows: with all members, or with some of those that may be absent.
pub(super) fn any(schema: &Schema, node: &Value, depth: usize) -> BoxedStrategy<Value> {
    let node = schema.follow(node);
    if let Some(words) = node["enum"].as_array() {
        return prop::sample::select(words.clone()).boxed();
    }
    if let Some(words) = node["_enum"].as_array() {
        return prop_oneof![3 => prop::sample::select(words.clone()), 1 => text().prop_map(Value::from)].boxed();
    }
    if let Some(kinds) = node["oneOf"].as_array() {
        return any(schema, &kinds[0], depth);
    }
    let kinds: Vec<_> = match &node["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect(),
    };
    match kinds.as_slice() {
        ["integer", "string"] => prop_oneof![integer(node).prop_map(Value::from), text().prop_map(Value::from)].boxed(),
        ["string", "null"] => prop_oneof![text().prop_map(Value::from), Just(Value::Null)].boxed(),
        ["string"] if is_base64(node) => "([A-Za-z0-9+/]{4}){0,3}([A-Za-z0-9+/]A==|[A-Za-z0-9+/]{2}A=)?"
            .prop_map(Value::from)
            .boxed(),
        ["string"] => text().prop_map(Value::from).boxed(),
        ["boolean"] => any_bool().prop_map(Value::from).boxed(),
        ["integer"] => integer(node).prop_map(Value::from).boxed(),
        ["number"] => {
            let whole = (0..=100i64).prop_map(Value::from);
            prop_oneof![
                whole,
                prop::sample::select(std::vec![json!(12.5), json!(0.25), json!(99.9)])
            ]
            .boxed()
        }
        ["array"] if depth == 0 => Just(json!([])).boxed(),
        ["array"] => prop::collection::vec(any(schema, &node["items"], depth - 1), 0..3)
            .prop_map(Value::from)
            .boxed(),
        ["object"] => object(schema, node, depth),
        _ => anything().boxed(),
    }
}

fn object(schema: &Schema, node: &Value, depth: usize) -> BoxedStrategy<Value> {
    if let values @ Value::Object(_) = &node["additionalProperties"] {
        let entries = prop::collection::btree_map(text(), any(schema, values, depth), 0..3);
        return entries.prop_map(|entries| entries.into_iter().collect()).boxed();
    }
    if node["additionalProperties"] == true {
        return prop::collection::btree_map(text(), anything(), 0..3)
            .prop_map(|entries| entries.into_iter().collect())
            .boxed();
    }
    let mut members = Vec::new();
    for (name, property) in properties(node) {
        let name = name.clone();
        let inner = schema.follow(property);
        // A type that contains itself comes to an end: an object that may be absent is.
        if depth == 0 && !requires(node, &name) && (inner["type"] == "object" || inner["type"] == "array") {
            continue;
        }
        let value = any(schema, property, depth.saturating_sub(1));
        let leave_out = if requires(node, &name) {
            Just(false).boxed()
        } else {
            any_bool()
        };
        members.push((value, leave_out).prop_map(move |(value, leave_out)| (name.clone(), value, leave_out)));
    }
    (members, any_bool())
        .prop_map(|(members, all)| {
            let kept = members.into_iter().filter(|(_, _, leave_out)| all || !leave_out);
            let mut object: Map<_, _> = kept.map(|(name, value, _)| (name, value)).collect();
            // Something that DAP does not know is passed over.
            object.insert(String::from("x-unknown"), json!([{"threadId": "x"}]));
            Value::from(object)
        })
        .boxed()
}

/// The schema says it only in words.
fn is_base64(node: &Value) -> bool {
    node["description"].as_str().is_some_and(|text| text.contains("base64"))
}

fn any_bool() -> BoxedStrategy<bool> {
    proptest::bool::ANY.boxed()
}

fn integer(node: &Value) -> BoxedStrategy<i64> {
    let (min, max) = match node["format"].as_str() {
        Some("int32") => (i32::MIN.into(), i32::MAX.into()),
        Some("uint32") => (0, u32::MAX.into()),
        Some("uint64") => (0, MAX_SAFE),
        _ => (-MAX_SAFE, MAX_SAFE),
    };
    let min = node["minimum"].as_i64().map_or(min, |bound| bound.max(min));
    let max = node["maximum"].as_i64().map_or(max, |bound| bound.min(max));
    prop_oneof![Just(min), Just(max), Just(min.max(1)), min..=max].boxed()
}

/// Text with everything that needs an escape, and with what does not fit into 16 bits.
fn text() -> BoxedStrategy<String> {
    let piece = prop_oneof![
        "[a-zA-Z0-9 _./]{0,8}",
        prop::sample::select(std::vec![
            "\"", "\\", "/", "\n", "\u{0}", "\u{1f}", "\u{7f}", "é", "日本", "😀", "{x}"
        ])
        .prop_map(String::from),
        proptest::char::any().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..4)
        .prop_map(|pieces| pieces.concat())
        .boxed()
}

fn anything() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any_bool().prop_map(Value::from),
        proptest::num::i64::ANY.prop_map(Value::from),
        text().prop_map(Value::from),
        Just(json!(1.5e300)),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(text(), inner, 0..3).prop_map(|entries| entries.into_iter().collect()),
        ]
    })
    .boxed()
}

/// A value with every member that `node` names, always the same.
pub(super) fn full(schema: &Schema, node: &Value, depth: usize) -> Value {
    let node = schema.follow(node);
    if let Some(words) = node["enum"].as_array().or_else(|| node["_enum"].as_array()) {
        return words[0].clone();
    }
    match node["type"].as_str() {
        Some("string") => json!("text"),
        Some("boolean") => json!(true),
        Some("integer" | "number") => json!(1),
        Some("array") if depth == 0 => json!([]),
        Some("array") => {
            let item = full(schema, &node["items"], depth - 1);
            json!([item, item])
        }
        Some("object") => {
            let mut object = Map::new();
            for (name, property) in properties(node) {
                let is_object = schema.follow(property)["type"] == "object";
                if depth > 0 || requires(node, name) || !is_object {
                    object.insert(name.clone(), full(schema, property, depth.saturating_sub(1)));
                }
            }
            match &node["additionalProperties"] {
                values @ Value::Object(_) => _ = object.insert(String::from("name"), full(schema, values, depth)),
                Value::Bool(true) => _ = object.insert(String::from("name"), json!([1])),
                _ => {}
            }
            Value::from(object)
        }
        // `null` is left to the tests that want it.
        _ if node["oneOf"].is_array() => json!({}),
        _ => json!("text"),
    }
}

/// The JSON text of `value`: as short as can be, or with spaces and with every character escaped that can be.
pub(super) fn wire(value: &Value, at_length: bool) -> String {
    if !at_length {
        return serde_json::to_string(value).expect("JSON");
    }
    let string = |text: &str| -> String {
        let units = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
        format!("\"{}\"", units.collect::<String>())
    };
    match value {
        Value::String(text) => string(text),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| wire(item, true)).collect();
            format!("[ {} ]", items.join(" ,\n"))
        }
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| format!("{} :\t{}", string(name), wire(value, true));
            let members: Vec<_> = members.iter().map(member).collect();
            format!("{{ {} }}", members.join(" , "))
        }
        other => serde_json::to_string(other).expect("JSON"),
    }
}
