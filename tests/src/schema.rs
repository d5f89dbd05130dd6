//! Holds messages against the official schema, a copy of which lies in `core/tests/schema`.
//!
//! The schema uses a small part of JSON Schema draft 4, and only that part is known here: `$ref`, `allOf`, `type`, `enum`,
//! `properties`, `required`, `items`, `additionalProperties`, `minimum`, `maximum` and the four integer formats.

#[cfg(test)]
mod sharp;

use std::collections::HashMap;
use std::sync::OnceLock;

use serde_json::Value;

const TEXT: &str = include_str!("../../core/tests/schema/debugAdapterProtocol.json");

/// Requests that are debugpy's own: DAP says nothing of them but that they are answered.
const OWN: [&str; 4] = [
    "debugpySystemInfo",
    "pydevdSystemInfo",
    "setDebuggerProperty",
    "setPydevdSourceMap",
];

/// Members that are debugpy's own, too.
const OWN_MEMBERS: [&str; 1] = ["/body/details/source"];

/// An event of debugpy's own, for clients that know no `startDebugging`.
const OWN_EVENT: &str = "debugpyAttach";

struct Schema {
    definitions: Value,
    events: HashMap<String, String>,
    responses: HashMap<String, String>,
    /// Requests of the server.
    reverse: HashMap<String, String>,
}

/// What is wrong with one message of the server, in words; empty when nothing is.
///
/// An event or member that the schema does not know is reported too: legal, but more often a spelling mistake, and this
/// server has no use for either.
pub fn faults(message: &Value) -> Vec<String> {
    let schema = schema();
    let name = match message["type"].as_str() {
        Some("event") if message["event"] == OWN_EVENT => return schema.check("Event", message),
        Some("event") => schema.events.get(text(&message["event"])),
        Some("response") if message["success"] == false => return schema.check("ErrorResponse", message),
        Some("response") if OWN.contains(&text(&message["command"])) => return schema.check("Response", message),
        Some("response") => schema.responses.get(text(&message["command"])),
        Some("request") => schema.reverse.get(text(&message["command"])),
        _ => None,
    };
    match name {
        Some(name) => schema.check(name, message),
        None => vec![format!("no definition for {}", crate::client::brief(message))],
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn schema() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let mut root: Value = serde_json::from_str(TEXT).expect("core/tests/schema/debugAdapterProtocol.json is JSON");
        let definitions = root["definitions"].take();
        let (mut events, mut responses, mut reverse) = (HashMap::new(), HashMap::new(), HashMap::new());
        for (name, definition) in definitions.as_object().expect("definitions is an object") {
            for part in definition["allOf"].as_array().into_iter().flatten() {
                let word = |member: &str| part["properties"][member]["enum"][0].as_str().map(str::to_owned);
                if let (true, Some(event)) = (name.ends_with("Event"), word("event")) {
                    events.insert(event, name.clone());
                }
                if let (Some(stem), Some(command)) = (name.strip_suffix("Request"), word("command")) {
                    responses.insert(command.clone(), format!("{stem}Response"));
                    if ["runInTerminal", "startDebugging"].contains(&command.as_str()) {
                        reverse.insert(command, name.clone());
                    }
                }
            }
        }
        Schema {
            definitions,
            events,
            responses,
            reverse,
        }
    })
}

impl Schema {
    fn check(&self, name: &str, message: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        self.node(&self.definitions[name], message, "", &mut faults);
        let mut known = Known::default();
        self.members(&self.definitions[name], &mut known);
        self.unknown(&known, message, "", &mut faults);
        faults
    }

    fn follow<'s>(&'s self, mut node: &'s Value) -> &'s Value {
        while let Some(reference) = node["$ref"].as_str() {
            node = &self.definitions[reference.rsplit('/').next().unwrap_or_default()];
        }
        node
    }

    fn node(&self, node: &Value, value: &Value, path: &str, faults: &mut Vec<String>) {
        let node = self.follow(node);
        for part in node["allOf"].as_array().into_iter().flatten() {
            self.node(part, value, path, faults);
        }
        if !type_fits(&node["type"], value) {
            faults.push(format!("{path}: {value} is not of type {}", node["type"]));
            return;
        }
        if let Some(words) = node["enum"].as_array()
            && !words.contains(value)
        {
            faults.push(format!("{path}: {value} is none of {}", node["enum"]));
        }
        if value.is_i64() || value.is_u64() {
            let (low, high) = range(node);
            // More than 63 bits are more than any client counts with.
            if value.as_i64().is_none_or(|number| number < low || number > high) {
                faults.push(format!("{path}: {value} is outside {low}..={high}"));
            }
        }
        if let Some(object) = value.as_object() {
            for member in node["required"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
            {
                if !object.contains_key(member) {
                    faults.push(format!("{path}: member {member} is missing"));
                }
            }
            for (member, inner) in object {
                let at = format!("{path}/{member}");
                match node["properties"].get(member) {
                    Some(property) => self.node(property, inner, &at, faults),
                    None if node["additionalProperties"].is_object() => {
                        self.node(&node["additionalProperties"], inner, &at, faults);
                    }
                    None => {}
                }
            }
        }
        if let Some(items) = value.as_array().filter(|_| node.get("items").is_some()) {
            for item in items {
                self.node(&node["items"], item, &format!("{path}/*"), faults);
            }
        }
    }

    /// Collects the members that `node` names, through `$ref` and `allOf`.
    fn members<'s>(&'s self, node: &'s Value, known: &mut Known<'s>) {
        let node = self.follow(node);
        for part in node["allOf"].as_array().into_iter().flatten() {
            self.members(part, known);
        }
        known.open |= node["type"].is_array() || node.get("additionalProperties").is_some();
        for (member, inner) in node["properties"].as_object().into_iter().flatten() {
            known.members.entry(member).or_default().push(inner);
        }
        known.items = node.get("items").or(known.items);
    }

    fn unknown(&self, known: &Known<'_>, value: &Value, path: &str, faults: &mut Vec<String>) {
        if let (Some(items), Some(values)) = (known.items, value.as_array()) {
            let mut inner = Known::default();
            self.members(items, &mut inner);
            for item in values {
                self.unknown(&inner, item, &format!("{path}/*"), faults);
            }
        }
        for (member, child) in value
            .as_object()
            .into_iter()
            .flatten()
            .filter(|_| !known.members.is_empty())
        {
            match known.members.get(member.as_str()) {
                Some(nodes) => {
                    let mut inner = Known::default();
                    nodes.iter().for_each(|node| self.members(node, &mut inner));
                    self.unknown(&inner, child, &format!("{path}/{member}"), faults);
                }
                None if known.open => {}
                None if OWN_MEMBERS.contains(&format!("{path}/{member}").as_str()) => {}
                None => faults.push(format!("{path}/{member}: the schema has no such member")),
            }
        }
    }
}

#[derive(Default)]
struct Known<'s> {
    members: HashMap<&'s str, Vec<&'s Value>>,
    items: Option<&'s Value>,
    open: bool,
}

fn type_fits(wanted: &Value, value: &Value) -> bool {
    match wanted {
        Value::Array(words) => words.iter().any(|word| type_fits(word, value)),
        Value::String(word) => match word.as_str() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "null" => value.is_null(),
            _ => false,
        },
        _ => true,
    }
}

fn range(node: &Value) -> (i64, i64) {
    let (low, high) = match node["format"].as_str() {
        Some("int32") => (i64::from(i32::MIN), i64::from(i32::MAX)),
        Some("uint32") => (0, i64::from(u32::MAX)),
        Some("uint64") => (0, i64::MAX),
        _ => (i64::MIN, i64::MAX),
    };
    (
        low.max(node["minimum"].as_i64().unwrap_or(low)),
        high.min(node["maximum"].as_i64().unwrap_or(high)),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::faults;

    #[test]
    fn good_messages_have_no_fault() {
        let messages = [
            json!({"seq": 1, "type": "event", "event": "stopped", "body": {"reason": "step", "threadId": 1}}),
            json!({"seq": 2, "type": "response", "request_seq": 3, "success": true, "command": "threads",
                   "body": {"threads": [{"id": 1, "name": "MainThread"}]}}),
            json!({"seq": 3, "type": "response", "request_seq": 4, "success": false, "command": "next",
                   "message": "notStopped", "body": {"error": {"id": 7, "format": "the thread runs"}}}),
            json!({"seq": 4, "type": "event", "event": "initialized"}),
        ];
        for message in messages {
            assert_eq!(faults(&message), Vec::<String>::new(), "{message}");
        }
    }

    #[test]
    fn planted_faults_are_found() {
        let response = |body| {
            json!({"seq": 2, "type": "response", "request_seq": 3, "success": true,
                                     "command": "stackTrace", "body": body})
        };
        let frame = json!({"id": 1, "name": "f", "line": 3, "column": 1});
        let without_line = json!({"id": 1, "name": "f", "column": 1});
        let misspelt = json!({"id": 1, "name": "f", "line": 3, "column": 1, "endLien": 3});
        let cases = [
            (
                json!({"seq": 1, "type": "event", "event": "stopped", "body": {"threadId": 1}}),
                "reason is missing",
            ),
            (
                json!({"seq": 1, "type": "event", "event": "stopped", "body": {"reason": "step", "threadId": "1"}}),
                "type",
            ),
            (
                json!({"seq": 1, "type": "event", "event": "debugpySockets", "body": {}}),
                "no definition",
            ),
            (
                response(json!({"stackFrames": [frame, without_line]})),
                "line is missing",
            ),
            (response(json!({"stackFrames": [misspelt]})), "no such member"),
            (response(json!(null)), "type"),
            (
                json!({"seq": 1, "type": "response", "request_seq": 1, "success": "yes", "command": "next"}),
                "type",
            ),
        ];
        for (message, part) in cases {
            let found = faults(&message);
            assert!(found.iter().any(|fault| fault.contains(part)), "{message}: {found:?}");
        }
    }
}
