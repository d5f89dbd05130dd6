//! Paths such as `arguments.breakpoints[3].line`, followed by serde_json.

use dapstub::json::Expected;
use dapstub::protocol::MemberError;
use serde_json::from_str;
use serde_json::value::RawValue;

use crate::members::Members;

/// The value that a path leads to. `None` where it can't be told: a name stands twice, or has characters that the path
/// is made of.
fn follow<'t>(text: &'t str, mut path: &str) -> Option<&'t RawValue> {
    let mut value: &RawValue = from_str(text).expect("JSON");
    while !path.is_empty() {
        if let Some(behind) = path.strip_prefix('[') {
            let (index, rest) = behind.split_once(']')?;
            let items: Vec<&RawValue> = from_str(value.get()).ok()?;
            value = items.get(index.parse::<usize>().ok()?)?;
            path = rest;
        } else {
            let behind = path.strip_prefix('.')?;
            let end = behind.find(['.', '[']).unwrap_or(behind.len());
            let (name, rest) = behind.split_at(end);
            let Members(members) = from_str(value.get()).ok()?;
            let mut found = members.iter().filter(|(key, _)| key == name);
            value = found.next()?.1;
            if found.next().is_some() {
                return None;
            }
            path = rest;
        }
    }
    Some(value)
}

/// Checks that the path in `told` leads to the value that the error means.
pub(super) fn leads_there(root: &str, text: &str, told: &str, error: MemberError<'_>) {
    let end = told.find(": ").expect("a path, a colon, and what is wrong");
    let path = &told[root.len()..end];
    assert!(path.is_empty() || path.starts_with(['.', '[']), "{told:?}");
    let plain = |character: char| character.is_ascii_alphanumeric() || "_.[]".contains(character);
    if !path.chars().all(plain) {
        return;
    }
    let Some(value) = follow(text, path) else {
        // A name that is too long to be decoded is left out.
        let ambiguous = path.contains("..") || path.ends_with('.') || has_repeated_names(text);
        return assert!(ambiguous, "{told:?} leads nowhere in {text}");
    };
    match (error.expected(), error.found()) {
        (Expected::Member(name), None) => {
            let Members(members) = from_str(value.get()).expect("an object lacks a member");
            assert!(members.iter().all(|(key, _)| key != name), "{told:?}");
        }
        (_, Some(found)) => assert_eq!(found.text(), value.get(), "{told:?}"),
        (expected, None) => panic!("{expected:?}, and nothing was found"),
    }
}

fn has_repeated_names(text: &str) -> bool {
    if let Ok(items) = from_str::<Vec<&RawValue>>(text) {
        return items.iter().any(|item| has_repeated_names(item.get()));
    }
    let Ok(Members(members)) = from_str(text) else {
        return false;
    };
    let twice = |name: &str| members.iter().filter(|(key, _)| key == name).count() > 1;
    members
        .iter()
        .any(|(name, value)| twice(name) || name.contains(['.', '[', ':']) || has_repeated_names(value.get()))
}
