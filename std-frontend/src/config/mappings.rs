//! The value of `path_mappings`: a list of mappings with two keys each.

use serde::de::{MapAccess, SeqAccess};

use super::PathMapping;
use super::error::ConfigProblem;
use super::value::{self, Value};
use super::yaml::{At, Place, Reader, Setting};

const KEY: &str = "path_mappings";

/// Most mappings accepted. Aliases can make a small file mean a large list.
const MAX_MAPPINGS: usize = 64;
const TOO_MANY: &str = "at most 64 mappings";
const _: () = assert!(MAX_MAPPINGS == 64);

const LIST: &str = "a list of mappings with local_root and remote_root";
const MAPPING: &str = "local_root and remote_root, and nothing else";

const LOCAL: Setting<String> = Setting {
    key: KEY,
    expected: value::LOCAL_ROOT,
    read: value::local_root,
    secret: false,
};
const REMOTE: Setting<String> = Setting {
    key: KEY,
    expected: value::REMOTE_ROOT,
    read: value::remote_root,
    secret: false,
};

fn expected(expected: &'static str, found: String) -> ConfigProblem {
    ConfigProblem::Value {
        key: Some(KEY),
        expected,
        found,
    }
}

/// The whole list.
pub(super) struct Mappings;

impl Place for Mappings {
    type Out = Vec<PathMapping>;

    fn key(&self) -> Option<&'static str> {
        Some(KEY)
    }

    fn value(self, value: Value) -> Result<Self::Out, ConfigProblem> {
        Err(expected(LIST, value.describe()))
    }

    fn list<'de, A: SeqAccess<'de>>(self, reader: &Reader, mut items: A) -> Result<Self::Out, A::Error> {
        let mut mappings = Vec::new();
        while let Some(mapping) = items.next_element_seed(At { reader, place: Mapping })? {
            if mappings.len() == MAX_MAPPINGS {
                return Err(reader.refuse(expected(TOO_MANY, "more".into())));
            }
            mappings.push(mapping);
        }
        Ok(mappings)
    }
}

/// One element of the list.
struct Mapping;

impl Place for Mapping {
    type Out = PathMapping;

    fn key(&self) -> Option<&'static str> {
        Some(KEY)
    }

    fn value(self, value: Value) -> Result<PathMapping, ConfigProblem> {
        Err(expected(MAPPING, value.describe()))
    }

    fn mapping<'de, A: MapAccess<'de>>(self, reader: &Reader, mut entries: A) -> Result<PathMapping, A::Error> {
        let (mut local, mut remote) = (None, None);
        while let Some(side) = entries.next_key_seed(At { reader, place: SideKey })? {
            let (root, place) = match side {
                Side::Local => (&mut local, LOCAL),
                Side::Remote => (&mut remote, REMOTE),
            };
            if root.is_some() {
                return Err(reader.refuse(expected(MAPPING, "one of them twice".into())));
            }
            *root = Some(entries.next_value_seed(At { reader, place })?);
        }
        match (local, remote) {
            (Some(local_root), Some(remote_root)) => Ok(PathMapping {
                local_root,
                remote_root,
            }),
            (None, _) => Err(reader.refuse(expected(MAPPING, "no local_root".into()))),
            (_, None) => Err(reader.refuse(expected(MAPPING, "no remote_root".into()))),
        }
    }
}

#[derive(Clone, Copy)]
enum Side {
    Local,
    Remote,
}

/// A key of an element.
struct SideKey;

impl Place for SideKey {
    type Out = Side;

    fn key(&self) -> Option<&'static str> {
        Some(KEY)
    }

    fn value(self, value: Value) -> Result<Side, ConfigProblem> {
        match &value {
            Value::Text(name) if name == "local_root" => Ok(Side::Local),
            Value::Text(name) if name == "remote_root" => Ok(Side::Remote),
            other => Err(expected(MAPPING, other.describe())),
        }
    }
}
