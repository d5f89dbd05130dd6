//! The types held against the official schema, a copy of which lies in `tests/schema`.

mod difference;
mod round_trip;
pub(super) mod shape;
mod values;

use super::{Presence, event, requests};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::string::String;
use std::vec::Vec;

const TEXT: &str = include_str!("../../../tests/schema/debugAdapterProtocol.json");

/// The official schema.
struct Schema(Map<String, Value>);

impl Schema {
    fn official() -> Self {
        Self::new(&serde_json::from_str(TEXT).expect("the schema is JSON"))
    }

    /// The definitions of a schema, with all that `allOf` puts together in one place.
    fn new(schema: &Value) -> Self {
        let definitions = schema["definitions"].as_object().expect("definitions");
        let merged = |(name, node): (&String, &Value)| (name.clone(), merge(definitions, node));
        Self(definitions.iter().map(merged).collect())
    }

    /// What a `$ref` points to.
    fn follow<'s>(&'s self, node: &'s Value) -> &'s Value {
        match node["$ref"].as_str() {
            Some(target) => &self.0[target.rsplit('/').next().expect("a name")],
            None => node,
        }
    }

    /// The definitions whose names end so, with what stands in front of the end. The general ones are left out.
    fn ending<'s>(&'s self, end: &'s str) -> impl Iterator<Item = (&'s str, &'s Value)> {
        let named = move |(name, node): (&'s String, &'s Value)| Some((name.strip_suffix(end)?, node));
        self.0.iter().filter_map(named).filter(|(stem, _)| !stem.is_empty())
    }

    /// The types that are shared by requests and events.
    fn shared(&self) -> impl Iterator<Item = (&str, &Value)> {
        let special = ["Request", "Response", "Event", "Arguments", "ProtocolMessage"];
        let all = self.0.iter().map(|(name, node)| (name.as_str(), node));
        all.filter(move |(name, _)| !special.iter().any(|end| name.ends_with(end)))
    }
}

/// A definition with what it takes over from others; what it says itself counts.
fn merge(definitions: &Map<String, Value>, node: &Value) -> Value {
    let mut merged = node.clone();
    for part in node["allOf"].as_array().into_iter().flatten() {
        let part = match part["$ref"].as_str() {
            Some(target) => merge(definitions, &definitions[target.rsplit('/').next().expect("a name")]),
            None => part.clone(),
        };
        for (key, value) in part.as_object().expect("an object") {
            match (&mut merged[key], value) {
                (Value::Object(members), Value::Object(more)) => members.extend(more.clone()),
                (Value::Array(names), Value::Array(more)) => names.extend(more.clone()),
                (other, value) => *other = value.clone(),
            }
        }
    }
    merged
}

/// Whether `node` demands this member.
fn requires(node: &Value, member: &str) -> bool {
    node["required"]
        .as_array()
        .is_some_and(|names| names.iter().any(|name| name == member))
}

/// The members of an object type.
fn properties(node: &Value) -> impl Iterator<Item = (&String, &Value)> {
    node["properties"].as_object().into_iter().flatten()
}

/// Whether a definition gives this member, and must.
fn presence(node: &Value, member: &str) -> Presence {
    match node["properties"].get(member) {
        // The general message allows anything there, which says nothing about this one.
        Some(value) if value["type"].is_array() => Presence::None,
        None => Presence::None,
        Some(_) if requires(node, member) => Presence::Required,
        Some(_) => Presence::Optional,
    }
}

#[test]
fn every_type_is_as_the_schema_says() {
    let (counts, differences) = difference::all(&Schema::official());
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
    let expected = [
        ("requests", 45),
        ("responses", 46),
        ("events", 17),
        ("shared types", 36),
        ("capabilities", 42),
        ("client fields", 17),
        ("argument objects", 44),
    ];
    assert_eq!(counts, BTreeMap::from(expected));
}

/// What is reported when the schema is changed so.
fn after(change: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut schema: Value = serde_json::from_str(TEXT).expect("the schema is JSON");
    change(&mut schema["definitions"]);
    difference::all(&Schema::new(&schema)).1
}

#[test]
fn a_newer_schema_shows_as_a_list() {
    use serde_json::json;
    type Change = fn(&mut Value);
    let cases: [(Change, &[&str]); 21] = [
        (|_| (), &[]),
        (
            |all| all["Source"]["properties"]["encoding"] = json!({"type": "string"}),
            &["Source.encoding is missing: a string, optional"],
        ),
        (
            |all| all["SetVariableArguments"]["properties"]["value"] = json!({"type": "integer", "format": "int32"}),
            &["SetVariableArguments.value: a string here, an integer from -2147483648 to 2147483647 in the schema"],
        ),
        (
            |all| all["StackTraceArguments"]["properties"]["levels"]["format"] = json!("uint64"),
            &[
                "StackTraceArguments.levels: an integer from 0 to 4294967295 here, an integer from 0 to \
                 9007199254740991 in the schema",
            ],
        ),
        (
            |all| all["Thread"]["required"] = json!(["id"]),
            &["Thread.name: required here, optional in the schema"],
        ),
        (
            |all| all["ValueFormat"]["required"] = json!(["hex"]),
            &[
                "StackFrameFormat.hex: optional here, required in the schema",
                "ValueFormat.hex: optional here, required in the schema",
            ],
        ),
        (
            |all| all["SteppingGranularity"]["enum"] = json!(["statement", "line", "block"]),
            &[
                "SteppingGranularity: one of statement, line, instruction here, one of statement, line, block in the schema",
            ],
        ),
        (
            |all| all["ChecksumAlgorithm"] = json!({"type": "string", "_enum": ["MD5", "SHA1", "SHA256", "timestamp"]}),
            &[
                "ChecksumAlgorithm: one of MD5, SHA1, SHA256, timestamp here, MD5, SHA1, SHA256, timestamp or another \
                 string in the schema",
            ],
        ),
        (
            |all| {
                all["ThreadsResponse"]["allOf"][1]["properties"]["body"]["properties"]["threads"]["items"] =
                    json!({"type": "string"})
            },
            &["ThreadsResponse.body.threads: an array of an object here, an array of a string in the schema"],
        ),
        (
            |all| {
                all["RunInTerminalRequestArguments"]["properties"]["env"]["additionalProperties"]["type"] =
                    json!("string")
            },
            &["RunInTerminalRequestArguments.env: a map to a string or null here, a map to a string in the schema"],
        ),
        (
            |all| {
                all["ExceptionDetails"]["properties"]
                    .as_object_mut()
                    .unwrap()
                    .remove("stackTrace");
            },
            &["ExceptionDetails.stackTrace is not in the schema"],
        ),
        (
            |all| all["Capabilities"]["properties"]["supportsTime"] = json!({"type": "boolean"}),
            &["Capabilities.supportsTime is missing: a boolean, optional"],
        ),
        (
            |all| {
                all["ValueFormat"]["properties"]["hex"]["description"] = json!("If true (default), in hexadecimal.");
            },
            &[
                "StackFrameFormat.hex: absent means false here, true in the schema",
                "ValueFormat.hex: absent means false here, true in the schema",
            ],
        ),
        (
            |all| all["Place"] = json!({"type": "object", "properties": {}}),
            &["Place is missing"],
        ),
        (
            |all| {
                all["JumpRequest"] = json!({"allOf": [{"$ref": "#/definitions/Request"},
                    {"type": "object", "properties": {"command": {"enum": ["jump"]}}}]});
            },
            &["request `jump` is missing"],
        ),
        (
            |all| all["SlideEvent"] = json!({"type": "object", "properties": {"event": {"enum": ["slide"]}}}),
            &["event `slide` is missing"],
        ),
        (
            |all| {
                all.as_object_mut().unwrap().remove("MemoryEvent");
            },
            &["event `memory` is not in the schema"],
        ),
        (
            |all| {
                all.as_object_mut().unwrap().remove("GotoRequest");
            },
            &["request `goto` is not in the schema"],
        ),
        (
            |all| all["DisconnectRequest"]["allOf"][1]["required"] = json!(["command", "arguments"]),
            &["DisconnectRequest.arguments: Optional here, Required in the schema"],
        ),
        (
            |all| {
                all["PauseRequest"]["allOf"][1]["description"] = json!(
                    "Clients should only call this request if the corresponding capability `supportsPause` is true."
                )
            },
            &["PauseRequest: needs nothing here, supportsPause in the schema"],
        ),
        (
            |all| {
                all["PauseResponse"]["allOf"].as_array_mut().unwrap().push(
                    json!({"properties": {"body": {"type": "object", "properties": {"when": {"type": "boolean"}}}}}),
                )
            },
            &["PauseResponse.body: None here, Optional in the schema"],
        ),
    ];
    for (index, (change, report)) in cases.into_iter().enumerate() {
        assert_eq!(after(change), report, "case {index}");
    }
}
