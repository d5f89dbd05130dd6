//! One fault at a time, at every place where the schema says anything: each has to be found.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{faults, schema};

/// A node of the schema with all that `$ref` and `allOf` add to it.
#[derive(Default)]
struct Whole<'s> {
    /// The types that fit; `None` where any does.
    types: Option<BTreeSet<&'s str>>,
    members: BTreeMap<&'s str, Vec<&'s Value>>,
    required: BTreeSet<&'s str>,
    items: Option<&'s Value>,
    words: Option<&'s Vec<Value>>,
    bounds: Vec<&'s Value>,
    open: bool,
}

impl<'s> Whole<'s> {
    fn of(nodes: &[&'s Value]) -> Self {
        let mut whole = Self::default();
        nodes.iter().for_each(|node| whole.add(node));
        whole
    }

    fn add(&mut self, node: &'s Value) {
        if let Some(reference) = node["$ref"].as_str() {
            let name = reference.rsplit('/').next().expect("a name");
            return self.add(&schema().definitions[name]);
        }
        node["allOf"]
            .as_array()
            .into_iter()
            .flatten()
            .for_each(|part| self.add(part));
        let types: BTreeSet<&str> = match &node["type"] {
            Value::String(word) => [word.as_str()].into(),
            Value::Array(words) => words.iter().filter_map(Value::as_str).collect(),
            _ => BTreeSet::new(),
        };
        if !types.is_empty() {
            self.types = Some(match self.types.take() {
                Some(before) => before.intersection(&types).copied().collect(),
                None => types,
            });
        }
        for (member, inner) in node["properties"].as_object().into_iter().flatten() {
            self.members.entry(member).or_default().push(inner);
        }
        self.required.extend(
            node["required"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str),
        );
        self.items = node.get("items").or(self.items);
        self.words = node["enum"].as_array().or(self.words);
        self.open |= node["type"].is_array() || node.get("additionalProperties").is_some();
        self.bounds.push(node);
    }

    fn fits(&self, kind: &str) -> bool {
        let number = kind == "integer" && self.fits("number");
        self.types.as_ref().is_none_or(|types| types.contains(kind)) || number
    }

    /// Something that fits, with every member down to `depth`, and with those that are required below.
    fn sample(&self, depth: usize) -> Value {
        if let Some(words) = self.words {
            return words[0].clone();
        }
        if self.fits("object") && (self.types.is_some() || !self.members.is_empty()) {
            let wanted = |member: &&str| depth > 0 || self.required.contains(*member);
            let members = self.members.iter().filter(|(member, _)| wanted(member));
            return members
                .map(|(member, nodes)| ((*member).to_owned(), Self::of(nodes).sample(depth.saturating_sub(1))))
                .collect();
        }
        match self.items {
            Some(items) => json!([Self::of(&[items]).sample(depth.saturating_sub(1))]),
            None if self.fits("array") => json!([]),
            None if self.fits("string") => json!("x"),
            None if self.fits("integer") => json!(1),
            None if self.fits("boolean") => json!(true),
            None => Value::Null,
        }
    }

    /// Every way to spoil `value`, which fits: what was done, and the result.
    fn spoilt(&self, value: &Value) -> Vec<(String, Value)> {
        let mut found = Vec::new();
        let others = [
            ("null", Value::Null),
            ("boolean", json!(true)),
            ("number", json!(1.5)),
            ("string", json!("another word")),
            ("array", json!([])),
            ("object", json!({})),
        ];
        for (kind, other) in others {
            if !self.fits(kind) {
                found.push((format!(": {kind}"), other));
            }
        }
        if self.words.is_some() {
            found.push((": another word".to_owned(), json!("another word")));
        }
        for node in &self.bounds {
            if let Some(low) = node["minimum"].as_i64() {
                found.push((": too small".to_owned(), json!(low - 1)));
            }
            if let Some(high) = node["maximum"].as_i64() {
                found.push((": too large".to_owned(), json!(high + 1)));
            }
            let ends = match node["format"].as_str() {
                Some("int32") => [json!(i64::from(i32::MIN) - 1), json!(1_u64 << 31)],
                Some("uint32") => [json!(-1), json!(1_u64 << 32)],
                Some("uint64") => [json!(-1), json!(1e30)],
                Some("int64") => [json!(u64::MAX), json!(-1e30)],
                _ => continue,
            };
            found.extend(ends.map(|end| (format!(": {end}"), end)));
        }
        for (member, inner) in value.as_object().into_iter().flatten() {
            let mut with = |what: String, change: Option<Value>| {
                let mut whole = value.clone();
                let object = whole.as_object_mut().expect("an object");
                match change {
                    Some(inner) => drop(object.insert(member.clone(), inner)),
                    None => drop(object.remove(member)),
                }
                found.push((what, whole));
            };
            if self.required.contains(member.as_str()) {
                with(format!("/{member}: left out"), None);
            }
            for (what, spoilt) in Self::of(&self.members[member.as_str()]).spoilt(inner) {
                with(format!("/{member}{what}"), Some(spoilt));
            }
        }
        if value.is_object() && !self.members.is_empty() && !self.open {
            let mut whole = value.clone();
            whole["misspelt"] = json!(1);
            found.push(("/misspelt".to_owned(), whole));
        }
        if let (Some(items), Some([first])) = (self.items, value.as_array().map(Vec::as_slice)) {
            let spoilt = Self::of(&[items]).spoilt(first);
            found.extend(
                spoilt
                    .into_iter()
                    .map(|(what, inner)| (format!("/*{what}"), json!([inner]))),
            );
        }
        found
    }
}

#[test]
fn every_fault_at_every_place_is_found() {
    let schema = schema();
    let names = schema
        .events
        .values()
        .chain(schema.responses.values())
        .chain(schema.reverse.values());
    let error = "ErrorResponse".to_owned();
    let (mut planted, mut missed) = (0, Vec::new());
    for name in names.chain([&error]) {
        let whole = Whole::of(&[&schema.definitions[name]]);
        let mut message = whole.sample(7);
        if message["type"] == "response" {
            let asked = schema.responses.iter().find(|(_, response)| *response == name);
            message["command"] = json!(asked.map_or("next", |(command, _)| command));
            message["success"] = json!(*name != error);
        }
        assert_eq!(faults(&message), Vec::<String>::new(), "{name}: {message}");
        for (what, spoilt) in whole.spoilt(&message) {
            planted += 1;
            if faults(&spoilt).is_empty() {
                missed.push(format!("{name}{what}"));
            }
        }
    }
    assert!(missed.is_empty(), "{} of {planted} missed: {missed:#?}", missed.len());

    assert!(planted > 5000, "only {planted} faults planted");
}

/// What the schema says in a way that is not known here would not be judged.
#[test]
fn no_word_of_the_schema_is_passed_over() {
    const KNOWN: [&str; 12] = [
        "$ref",
        "allOf",
        "type",
        "enum",
        "properties",
        "required",
        "items",
        "additionalProperties",
        "minimum",
        "maximum",
        "format",
        "description",
    ];
    /// They explain, or name words that others may be added to.
    const SILENT: [&str; 3] = ["title", "_enum", "enumDescriptions"];
    fn look(name: &str, node: &Value, odd: &mut Vec<String>) {
        for (word, inner) in node.as_object().into_iter().flatten() {
            if !KNOWN.contains(&word.as_str()) && !SILENT.contains(&word.as_str()) {
                odd.push(format!("{name}: {word}"));
            }
            match word.as_str() {
                "properties" => inner
                    .as_object()
                    .into_iter()
                    .flatten()
                    .for_each(|(_, node)| look(name, node, odd)),
                "allOf" => inner
                    .as_array()
                    .into_iter()
                    .flatten()
                    .for_each(|node| look(name, node, odd)),
                "items" | "additionalProperties" => look(name, inner, odd),
                _ => {}
            }
        }
    }
    let mut odd = Vec::new();
    for (name, node) in schema().definitions.as_object().expect("definitions") {
        look(name, node, &mut odd);
    }
    // Of the client's side.
    assert_eq!(odd, ["RestartArguments: oneOf"]);
}
