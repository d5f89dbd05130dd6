//! How a file is walked; the only file that knows serde_yaml.
//!
//! The crate is archived but sound; should that change, this file is what has to be written anew. It walks the events
//! with visitors of its own, not with derived ones, for three reasons: a tag on a value must be seen (derived readers drop it), a
//! boolean may be a word, and each refusal must name the place. serde_yaml fills the place in: an error that is
//! raised while a key or value is read carries the mark of just that key or value. What is wrong stays in our own type,
//! in a cell beside it.

use core::cell::{Cell, RefCell};
use core::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IgnoredAny, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::PathMapping;
use super::error::{ConfigProblem, Position};
use super::mappings::Mappings;
use super::networks::Networks;
use super::value::{self, Value};
use crate::access::{IpNet, Token};

/// Name of our key on the top level of the file.
const BLOCK: &str = "debugpy";

/// Most mappings that all `<<` of the block may bring in, so that a chain of aliases can't multiply.
const MAX_MERGES: usize = 64;

/// What the block says; `None` where it says nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Block {
    pub(super) host: Option<value::Host>,
    pub(super) port: Option<u16>,
    pub(super) start: Option<bool>,
    pub(super) wait: Option<bool>,
    pub(super) allow: Option<Vec<IpNet>>,
    pub(super) token: Option<Token>,
    pub(super) evaluate: Option<bool>,
    pub(super) path_mappings: Option<Vec<PathMapping>>,
    pub(super) just_my_code: Option<bool>,
}

impl Block {
    /// Takes from `base` what is not set here.
    fn or(self, base: Self) -> Self {
        Self {
            host: self.host.or(base.host),
            port: self.port.or(base.port),
            start: self.start.or(base.start),
            wait: self.wait.or(base.wait),
            allow: self.allow.or(base.allow),
            token: self.token.or(base.token),
            evaluate: self.evaluate.or(base.evaluate),
            path_mappings: self.path_mappings.or(base.path_mappings),
            just_my_code: self.just_my_code.or(base.just_my_code),
        }
    }
}

/// Reads our block out of a whole file.
pub(super) fn read(text: &str) -> Result<Block, (Option<Position>, ConfigProblem)> {
    let reader = Reader {
        problem: RefCell::new(None),
        merges: Cell::new(0),
    };
    let document = At {
        reader: &reader,
        place: Document,
    };
    match document.deserialize(serde_yaml::Deserializer::from_str(text)) {
        Ok(Some(block)) => Ok(block),
        Ok(None) => Err((None, ConfigProblem::NoBlock)),
        Err(error) => {
            let position = error.location().map(|at| Position {
                line: at.line(),
                column: at.column(),
            });
            let problem = reader
                .problem
                .take()
                .unwrap_or_else(|| ConfigProblem::Syntax(message(&error)));
            Err((position, problem))
        }
    }
}

/// Takes the place off the end of serde_yaml's message, since it stands in front of ours.
fn message(error: &serde_yaml::Error) -> String {
    let text = error.to_string();
    match text.find(" at line ") {
        Some(end) => text[..end].into(),
        None => text,
    }
}

/// What all visitors of one reading share.
pub(super) struct Reader {
    problem: RefCell<Option<ConfigProblem>>,
    merges: Cell<usize>,
}

impl Reader {
    /// Notes what is wrong; serde_yaml adds where.
    pub(super) fn refuse<E: Error>(&self, problem: ConfigProblem) -> E {
        self.problem.replace(Some(problem));
        E::custom("refused")
    }
}

/// What one place of the file may hold, and what becomes of it.
pub(super) trait Place: Sized {
    type Out;

    /// The key of the block that this is the value of.
    fn key(&self) -> Option<&'static str> {
        None
    }

    /// Takes a value that bears a tag.
    fn tagged(self, tag: &str) -> Result<Self::Out, ConfigProblem> {
        Err(ConfigProblem::Tag {
            key: self.key(),
            tag: format!("!{tag}"),
        })
    }

    /// Takes everything that `mapping` and `list` don't read themselves.
    fn value(self, value: Value) -> Result<Self::Out, ConfigProblem>;

    fn mapping<'de, A: MapAccess<'de>>(self, reader: &Reader, mut entries: A) -> Result<Self::Out, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        self.value(Value::Mapping).map_err(|problem| reader.refuse(problem))
    }

    fn list<'de, A: SeqAccess<'de>>(self, reader: &Reader, mut items: A) -> Result<Self::Out, A::Error> {
        let mut empty = true;
        while items.next_element::<IgnoredAny>()?.is_some() {
            empty = false;
        }
        self.value(Value::List { empty })
            .map_err(|problem| reader.refuse(problem))
    }
}

/// A place and the reading that it belongs to.
pub(super) struct At<'r, P> {
    pub(super) reader: &'r Reader,
    pub(super) place: P,
}

impl<P: Place> At<'_, P> {
    fn settle<E: Error>(self, value: Value) -> Result<P::Out, E> {
        self.place.value(value).map_err(|problem| self.reader.refuse(problem))
    }
}

impl<'de, P: Place> DeserializeSeed<'de> for At<'_, P> {
    type Value = P::Out;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<P::Out, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, P: Place> Visitor<'de> for At<'_, P> {
    type Value = P::Out;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<P::Out, E> {
        self.settle(Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<P::Out, E> {
        self.settle(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<P::Out, E> {
        self.settle(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<P::Out, E> {
        self.settle(Value::Integer(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<P::Out, E> {
        self.settle(i64::try_from(value).map_or(Value::Float(value as f64), Value::Integer))
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<P::Out, E> {
        self.settle(Value::Float(value as f64))
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<P::Out, E> {
        self.settle(Value::Float(value as f64))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<P::Out, E> {
        self.settle(Value::Float(value))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<P::Out, E> {
        self.settle(Value::Text(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<P::Out, A::Error> {
        self.place.list(self.reader, items)
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<P::Out, A::Error> {
        self.place.mapping(self.reader, entries)
    }

    /// serde_yaml shows a tagged value as an enum whose variant is the tag, without its exclamation mark.
    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<P::Out, A::Error> {
        let (tag, value) = tagged.variant::<String>()?;
        let out = self.place.tagged(&tag).map_err(|problem| self.reader.refuse(problem))?;
        value.newtype_variant::<IgnoredAny>()?;
        Ok(out)
    }
}

/// The whole file: our block, if there is one.
struct Document;

impl Place for Document {
    type Out = Option<Block>;

    fn value(self, value: Value) -> Result<Self::Out, ConfigProblem> {
        match value {
            Value::Null => Ok(None),
            other => Err(ConfigProblem::NotAMapping {
                found: other.kind().into(),
            }),
        }
    }

    fn mapping<'de, A: MapAccess<'de>>(self, reader: &Reader, mut entries: A) -> Result<Self::Out, A::Error> {
        let mut block = None;
        while let Some(ours) = entries.next_key_seed(At {
            reader,
            place: TopLevelKey { seen: block.is_some() },
        })? {
            if ours {
                block = Some(entries.next_value_seed(At {
                    reader,
                    place: BlockPlace { merged: false },
                })?);
            } else {
                entries.next_value::<IgnoredAny>()?;
            }
        }
        Ok(block)
    }
}

/// A key of the top level: is it ours?
struct TopLevelKey {
    seen: bool,
}

impl Place for TopLevelKey {
    type Out = bool;

    fn tagged(self, _: &str) -> Result<bool, ConfigProblem> {
        Ok(false)
    }

    fn value(self, value: Value) -> Result<bool, ConfigProblem> {
        match value {
            Value::Text(key) if key == BLOCK && self.seen => Err(ConfigProblem::SecondBlock),
            Value::Text(key) => Ok(key == BLOCK),
            _ => Ok(false),
        }
    }
}

/// The block, or a mapping that `<<` merges into it.
struct BlockPlace {
    merged: bool,
}

impl Place for BlockPlace {
    type Out = Block;

    fn value(self, value: Value) -> Result<Block, ConfigProblem> {
        if value.is_falsy() && !self.merged {
            return Ok(Block::default());
        }
        let expected = if self.merged {
            "a mapping behind `<<`"
        } else {
            "host, port, start and wait below it"
        };
        Err(ConfigProblem::Value {
            key: None,
            expected,
            found: value.describe(),
        })
    }

    fn mapping<'de, A: MapAccess<'de>>(self, reader: &Reader, mut entries: A) -> Result<Block, A::Error> {
        if self.merged && reader.merges.replace(reader.merges.get() + 1) == MAX_MERGES {
            return Err(reader.refuse(ConfigProblem::TooManyMerges { limit: MAX_MERGES }));
        }
        let mut block = Block::default();
        let mut base = Block::default();
        let mut seen = Vec::new();
        while let Some(key) = entries.next_key_seed(At {
            reader,
            place: BlockKey { seen: &mut seen },
        })? {
            match key {
                Key::Merge => base = base.or(entries.next_value_seed(At { reader, place: Merge })?),
                Key::Host => block.host = Some(entries.next_value_seed(At { reader, place: HOST })?),
                Key::Port => block.port = Some(entries.next_value_seed(At { reader, place: PORT })?),
                Key::Start => block.start = Some(entries.next_value_seed(At { reader, place: START })?),
                Key::Wait => block.wait = Some(entries.next_value_seed(At { reader, place: WAIT })?),
                Key::Allow => {
                    block.allow = Some(entries.next_value_seed(At {
                        reader,
                        place: Networks,
                    })?)
                }
                Key::Token => block.token = Some(entries.next_value_seed(At { reader, place: TOKEN })?),
                Key::Evaluate => {
                    block.evaluate = Some(entries.next_value_seed(At {
                        reader,
                        place: EVALUATE,
                    })?)
                }
                Key::JustMyCode => {
                    let place = JUST_MY_CODE;
                    block.just_my_code = Some(entries.next_value_seed(At { reader, place })?);
                }
                Key::PathMappings => {
                    let place = Mappings;
                    block.path_mappings = Some(entries.next_value_seed(At { reader, place })?);
                }
            }
        }
        Ok(block.or(base))
    }
}

/// What stands behind `<<`: a mapping, or a list of them, of which the first that sets a key counts.
struct Merge;

impl Place for Merge {
    type Out = Block;

    fn value(self, value: Value) -> Result<Block, ConfigProblem> {
        BlockPlace { merged: true }.value(value)
    }

    fn mapping<'de, A: MapAccess<'de>>(self, reader: &Reader, entries: A) -> Result<Block, A::Error> {
        BlockPlace { merged: true }.mapping(reader, entries)
    }

    fn list<'de, A: SeqAccess<'de>>(self, reader: &Reader, mut items: A) -> Result<Block, A::Error> {
        let mut block = Block::default();
        while let Some(base) = items.next_element_seed(At {
            reader,
            place: BlockPlace { merged: true },
        })? {
            block = block.or(base);
        }
        Ok(block)
    }
}

/// A key of the block.
struct BlockKey<'s> {
    seen: &'s mut Vec<Key>,
}

impl Place for BlockKey<'_> {
    type Out = Key;

    fn value(self, value: Value) -> Result<Key, ConfigProblem> {
        let Value::Text(name) = &value else {
            return Err(ConfigProblem::UnknownKey {
                key: value.describe(),
                nearest: None,
            });
        };
        let Some((_, key)) = KEYS.iter().find(|(known, _)| known == name) else {
            return Err(ConfigProblem::UnknownKey {
                key: value.describe(),
                nearest: nearest(name),
            });
        };
        // YAML 1.1 allows `<<` to be repeated, and Home Assistant's loader takes it.
        if *key != Key::Merge && self.seen.contains(key) {
            return Err(ConfigProblem::DuplicateKey(name.clone()));
        }
        self.seen.push(*key);
        Ok(*key)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Key {
    Merge,
    Host,
    Port,
    Start,
    Wait,
    Allow,
    Token,
    Evaluate,
    PathMappings,
    JustMyCode,
}

const KEYS: [(&str, Key); 10] = [
    ("<<", Key::Merge),
    ("host", Key::Host),
    ("port", Key::Port),
    ("start", Key::Start),
    ("wait", Key::Wait),
    ("allow", Key::Allow),
    ("token", Key::Token),
    ("evaluate", Key::Evaluate),
    ("path_mappings", Key::PathMappings),
    ("just_my_code", Key::JustMyCode),
];

/// Finds the key that somebody who wrote `name` probably meant.
fn nearest(name: &str) -> Option<&'static str> {
    let name: String = name.trim().to_lowercase().chars().take(16).collect();
    let distances = KEYS[1..]
        .iter()
        .map(|(known, _)| (strsim::damerau_levenshtein(&name, known), *known));
    distances
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= 2)
        .map(|(_, known)| known)
}

/// The value of a key of the block.
pub(super) struct Setting<T> {
    pub(super) key: &'static str,
    pub(super) expected: &'static str,
    pub(super) read: fn(&Value) -> Option<T>,
    /// The value is nobody's business: a refusal says of which kind it is, and no more.
    pub(super) secret: bool,
}

const HOST: Setting<value::Host> = Setting {
    key: "host",
    expected: value::HOST,
    read: value::host,
    secret: false,
};
const PORT: Setting<u16> = Setting {
    key: "port",
    expected: value::PORT,
    read: value::port,
    secret: false,
};
const START: Setting<bool> = Setting {
    key: "start",
    expected: value::BOOLEAN,
    read: value::boolean,
    secret: false,
};
const WAIT: Setting<bool> = Setting {
    key: "wait",
    expected: value::BOOLEAN,
    read: value::boolean,
    secret: false,
};
const TOKEN: Setting<Token> = Setting {
    key: "token",
    expected: value::TOKEN,
    read: value::token,
    secret: true,
};
const EVALUATE: Setting<bool> = Setting {
    key: "evaluate",
    expected: value::BOOLEAN,
    read: value::boolean,
    secret: false,
};
const JUST_MY_CODE: Setting<bool> = Setting {
    key: "just_my_code",
    expected: value::BOOLEAN,
    read: value::boolean,
    secret: false,
};

impl<T> Place for Setting<T> {
    type Out = T;

    fn key(&self) -> Option<&'static str> {
        Some(self.key)
    }

    fn value(self, value: Value) -> Result<T, ConfigProblem> {
        let found = || ConfigProblem::Value {
            key: Some(self.key),
            expected: self.expected,
            found: if self.secret {
                value.kind().into()
            } else {
                value.describe()
            },
        };
        (self.read)(&value).ok_or_else(found)
    }
}
