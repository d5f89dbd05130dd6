//! Where the types and a schema differ, as a list for people.

use super::shape::{Part, Request, Shape, Shaped};
use super::{Presence, Schema, event, presence, properties, requests, requires};
use crate::protocol::ErrorResponse;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

/// How many of what are there, by kind.
pub(super) type Counts = BTreeMap<&'static str, usize>;

/// Holds all types against `schema`: how many of each kind the schema has, and what is different.
pub(super) fn all(schema: &Schema) -> (Counts, Vec<String>) {
    let mut report = Report {
        schema,
        types: types(),
        compared: BTreeSet::new(),
        counts: Counts::new(),
        lines: Vec::new(),
    };
    report.requests();
    report.events();
    report.shared();
    report.lines.sort();
    // A type is compared wherever it is used.
    report.lines.dedup();
    (report.counts, report.lines)
}

/// The names of all types that requests, responses and events use.
fn types() -> BTreeSet<&'static str> {
    fn walk(shape: &Shape, names: &mut BTreeSet<&'static str>) {
        match shape {
            Shape::Words { name, .. } => _ = names.insert(name),
            Shape::Object { name, members } if names.insert(name) => {
                members().iter().for_each(|member| walk(&member.shape, names));
            }
            Shape::Array(inner)
            | Shape::Nested(inner)
            | Shape::Map(inner)
            | Shape::Optional(inner)
            | Shape::Nullable(inner) => walk(inner, names),
            _ => {}
        }
    }
    let mut names = BTreeSet::new();
    walk(&ErrorResponse::shape(), &mut names);
    for request in requests::all() {
        walk(&request.arguments.shape, &mut names);
        walk(&request.body.shape, &mut names);
    }
    event::all().iter().for_each(|event| walk(&event.shape, &mut names));
    names
}

struct Report<'s> {
    schema: &'s Schema,
    /// All types, by their names here.
    types: BTreeSet<&'static str>,
    /// Which were compared with what, because some contain themselves.
    compared: BTreeSet<(String, &'static str)>,
    counts: Counts,
    lines: Vec<String>,
}

impl Report<'_> {
    fn say(&mut self, line: String) {
        self.lines.push(line);
    }

    fn count(&mut self, what: &'static str, how_many: usize) {
        *self.counts.entry(what).or_default() += how_many;
    }

    fn requests(&mut self) {
        let mut ours: BTreeMap<_, _> = requests::all()
            .into_iter()
            .map(|request| (request.command, request))
            .collect();
        for (stem, node) in self.schema.ending("Request") {
            let command = node["properties"]["command"]["enum"][0].as_str().expect("a command");
            match ours.remove(command) {
                Some(request) => self.request(stem, node, &request),
                None => self.say(format!("request `{command}` is missing")),
            }
        }
        for command in ours.keys() {
            self.say(format!("request `{command}` is not in the schema"));
        }
        let error = &self.schema.0["ErrorResponse"];
        self.compare(
            "ErrorResponse.body",
            &error["properties"]["body"],
            &ErrorResponse::shape(),
        );
        self.count("responses", 1);
    }

    fn request(&mut self, stem: &str, node: &Value, request: &Request) {
        let description = node["description"].as_str().unwrap_or_default();
        let needed = needed(description);
        if needed != request.capability {
            let name = |capability: Option<&str>| capability.unwrap_or("nothing").to_string();
            let (here, there) = (name(request.capability), name(needed));
            self.say(format!("{stem}Request: needs {here} here, {there} in the schema"));
        }
        if description.contains("from the debug adapter to the client") != request.is_reverse {
            self.say(format!("{stem}Request: asked by the other side in the schema"));
        }
        if self.part(&format!("{stem}Request"), "arguments", node, &request.arguments) {
            self.count("argument objects", 1);
        }
        self.count("requests", 1);
        let response = &self.schema.0[&format!("{stem}Response")];
        self.part(&format!("{stem}Response"), "body", response, &request.body);
        self.count("responses", 1);
    }

    /// Compares arguments or a body; whether there is one.
    fn part(&mut self, path: &str, member: &str, node: &Value, part: &Part) -> bool {
        let there = presence(node, member);
        if part.presence != there {
            self.say(format!(
                "{path}.{member}: {:?} here, {there:?} in the schema",
                part.presence
            ));
        } else if there != Presence::None {
            let (shape, _) = part.shape.required();
            let value = &node["properties"][member];
            // A type of its own gives its name to the path.
            let path = match value["$ref"].as_str() {
                Some(target) => target.rsplit('/').next().expect("a name").to_string(),
                None => format!("{path}.{member}"),
            };
            if path == "InitializeRequestArguments" {
                self.count("client fields", properties(self.schema.follow(value)).count());
            }
            self.compare(&path, value, shape);
        }
        there != Presence::None
    }

    fn events(&mut self) {
        let mut ours: BTreeMap<_, _> = event::all().into_iter().map(|event| (event.name, event)).collect();
        for (stem, node) in self.schema.ending("Event") {
            let name = node["properties"]["event"]["enum"][0].as_str().expect("a name");
            let Some(event) = ours.remove(name) else {
                self.say(format!("event `{name}` is missing"));
                continue;
            };
            self.count("events", 1);
            let body = presence(node, "body");
            if (body == Presence::None) != matches!(event.shape, Shape::Nothing) {
                self.say(format!("{stem}Event.body: {body:?} in the schema"));
            } else if body != Presence::None {
                self.compare(&format!("{stem}Event.body"), &node["properties"]["body"], &event.shape);
            }
        }
        for name in ours.keys() {
            self.say(format!("event `{name}` is not in the schema"));
        }
    }

    /// The shared types were compared where they are used; what is left is whether each is used.
    fn shared(&mut self) {
        for (name, node) in self.schema.shared() {
            if self.types.contains(name) {
                self.count("shared types", 1);
            } else {
                self.say(format!("{name} is missing"));
            }
            if name == "Capabilities" {
                self.count("capabilities", properties(node).count());
            }
        }
    }

    fn compare(&mut self, path: &str, node: &Value, shape: &Shape) {
        let path = match node["$ref"].as_str() {
            Some(target) => target.rsplit('/').next().expect("a name"),
            None => path,
        };
        let node = self.schema.follow(node);
        if let Shape::Object { name, .. } = shape
            && !self.compared.insert((path.to_string(), name))
        {
            return;
        }
        let (here, there) = (described(shape), self.describe(node));
        if here != there {
            return self.say(format!("{path}: {here} here, {there} in the schema"));
        }
        match shape {
            Shape::Array(inner) | Shape::Nested(inner) => self.compare(&format!("{path}[]"), &node["items"], inner),
            Shape::Object { members, .. } => {
                let mut members: BTreeMap<_, _> = members().into_iter().map(|member| (member.name, member)).collect();
                for (name, property) in properties(node) {
                    let optional = !requires(node, name);
                    let Some(member) = members.remove(name.as_str()) else {
                        let kind = self.describe(property);
                        let kind = if optional { format!("{kind}, optional") } else { kind };
                        self.say(format!("{path}.{name} is missing: {kind}"));
                        continue;
                    };
                    let (shape, required) = member.shape.required();
                    let required = required && member.default.is_none();
                    if required == optional {
                        let word = |required| if required { "required" } else { "optional" };
                        let (here, there) = (word(required), word(!optional));
                        self.say(format!("{path}.{name}: {here} here, {there} in the schema"));
                    }
                    // The schema has no word for a default: the few that are `true` stand in the descriptions.
                    let is_true = property["description"]
                        .as_str()
                        .is_some_and(|text| text.contains("(default)"));
                    if is_true != (member.default == Some("true")) {
                        let here = member.default.unwrap_or("no");
                        self.say(format!(
                            "{path}.{name}: absent means {here} here, {is_true} in the schema"
                        ));
                    }
                    self.compare(&format!("{path}.{name}"), property, shape);
                }
                for name in members.keys() {
                    self.say(format!("{path}.{name} is not in the schema"));
                }
            }
            _ => {}
        }
    }

    /// A type of the schema in words.
    fn describe(&self, node: &Value) -> String {
        let node = self.schema.follow(node);
        let words = |member: &str| -> Option<String> {
            let words: Vec<_> = node[member]
                .as_array()?
                .iter()
                .map(|word| word.as_str().expect("a word"))
                .collect();
            Some(words.join(", "))
        };
        if let Some(words) = words("enum") {
            return format!("one of {words}");
        }
        if let Some(words) = words("_enum") {
            return format!("{words} or another string");
        }
        if let Some(kinds) = node["oneOf"].as_array() {
            // The configuration of `launch` or `attach`, which is the server's own.
            let all_objects = kinds.iter().all(|kind| self.describe(kind) == "an object");
            return String::from(if all_objects {
                "a map to anything"
            } else {
                "one of several types"
            });
        }
        if let Some(kinds) = node["type"].as_array() {
            let kinds: Vec<_> = kinds.iter().map(|kind| kind.as_str().expect("a kind")).collect();
            return match kinds.as_slice() {
                ["integer", "string"] => "an integer or a string".to_string(),
                [kind, "null"] => format!("a {kind} or null"),
                kinds if kinds.len() == 7 => "anything".to_string(),
                kinds => kinds.join(" or "),
            };
        }
        match node["type"].as_str().expect("a type") {
            "integer" => {
                let (min, max) = range(node);
                format!("an integer from {min} to {max}")
            }
            "array" => format!("an array of {}", brief(self.describe(&node["items"]))),
            "object" => match &node["additionalProperties"] {
                Value::Bool(true) => "a map to anything".to_string(),
                values @ Value::Object(_) => format!("a map to {}", self.describe(values)),
                _ => "an object".to_string(),
            },
            kind => format!("a {kind}"),
        }
    }
}

/// A type of ours in the same words.
fn described(shape: &Shape) -> String {
    match shape {
        Shape::Any => "anything".to_string(),
        Shape::Nothing => "nothing".to_string(),
        Shape::Boolean => "a boolean".to_string(),
        Shape::Number => "a number".to_string(),
        Shape::String => "a string".to_string(),
        Shape::IntegerOrString => "an integer or a string".to_string(),
        Shape::Integer { min, max } => format!("an integer from {min} to {max}"),
        Shape::Words { open: false, words, .. } => format!("one of {}", words.join(", ")),
        Shape::Words { words, .. } => format!("{} or another string", words.join(", ")),
        Shape::Array(inner) | Shape::Nested(inner) => format!("an array of {}", brief(described(inner))),
        Shape::Map(inner) => format!("a map to {}", described(inner)),
        Shape::Optional(inner) | Shape::Nullable(inner) => format!("{} or null", described(inner)),
        Shape::Object { .. } => "an object".to_string(),
    }
}

/// The elements of an array are compared by themselves, so words and ranges need not be told twice.
fn brief(kind: String) -> String {
    match kind.as_str() {
        "an object" | "a string" | "anything" => kind,
        kind if kind.starts_with("an integer from") => "an integer".to_string(),
        _ => "a string".to_string(),
    }
}

/// The range of an integer: that of its format. A narrower bound in the schema, such as 0 for handles, is not held: a
/// handle that no one gave out is refused by whoever looks for it.
fn range(node: &Value) -> (i64, i64) {
    const MAX_SAFE: i64 = (1 << 53) - 1;
    match node["format"].as_str() {
        Some("int32") => (i32::MIN.into(), i32::MAX.into()),
        Some("uint32") => (0, u32::MAX.into()),
        Some("uint64") => (0, node["maximum"].as_i64().unwrap_or(MAX_SAFE)),
        _ => (
            node["minimum"].as_i64().unwrap_or(-MAX_SAFE),
            node["maximum"].as_i64().unwrap_or(MAX_SAFE),
        ),
    }
}

/// The capability without which, as its description says, a request must not be sent.
fn needed(description: &str) -> Option<&str> {
    let phrases = ["only call this request if", "only be called if", "only be sent if"];
    let (_, behind) = phrases.iter().find_map(|phrase| description.split_once(phrase))?;
    behind.split('`').nth(1)
}
