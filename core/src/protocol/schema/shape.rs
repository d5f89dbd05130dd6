//! What the types look like, told by the types themselves, so that the tests can hold them against the schema.

use crate::json::{Entries, FromJson, Items, Nested, Nullable, Raw, Text, ToJson};
use crate::output::{Full, Output, SliceOutput};
use crate::protocol::{Nothing, Presence, RequestType, member_error};
use std::boxed::Box;
use std::string::{String, ToString};
use std::vec::Vec;

/// What a type reads and writes.
pub(in crate::protocol) enum Shape {
    Any,
    Nothing,
    Boolean,
    Number,
    String,
    IntegerOrString,
    Integer {
        min: i64,
        max: i64,
    },
    Words {
        name: &'static str,
        open: bool,
        words: &'static [&'static str],
    },
    Array(Box<Shape>),
    /// An array whose elements are checked only when they are asked for.
    Nested(Box<Shape>),
    Map(Box<Shape>),
    /// It may be absent; so may a member of this shape. `null` counts as absent.
    Optional(Box<Shape>),
    /// It may be `null`, but not absent.
    Nullable(Box<Shape>),
    Object {
        name: &'static str,
        members: fn() -> Vec<Member>,
    },
}

impl Shape {
    /// What it is when it is there, and whether it has to be.
    pub(in crate::protocol) fn required(&self) -> (&Self, bool) {
        match self {
            Self::Optional(inner) => (inner, false),
            Self::Nothing => (self, false),
            _ => (self, true),
        }
    }
}

/// A member of an object.
pub(in crate::protocol) struct Member {
    pub(in crate::protocol) name: &'static str,
    pub(in crate::protocol) shape: Shape,
    /// What it stands for when it is absent.
    pub(in crate::protocol) default: Option<&'static str>,
}

impl Member {
    pub(in crate::protocol) fn new<T: Shaped>(name: &'static str, default: Option<&'static str>) -> Self {
        let shape = T::shape();
        Self { name, shape, default }
    }
}

/// A type that tells its shape.
pub(in crate::protocol) trait Shaped {
    fn shape() -> Shape;
}

macro_rules! shapes {
    ($([$($generics:tt)*] $type:ty => $shape:expr;)*) => {$(
        impl<$($generics)*> Shaped for $type {
            fn shape() -> Shape {
                $shape
            }
        }
    )*};
}

/// The bounds are found by trying: the type takes `bound`, and refuses what is beyond it.
fn integer<T: for<'a> FromJson<'a>>() -> Shape {
    let takes = |value: i128| Raw::new(&value.to_string()).is_ok_and(|raw| raw.read::<T>().is_ok());
    let bounds = [
        0,
        -(1 << 31),
        (1 << 31) - 1,
        (1 << 32) - 1,
        (1 << 53) - 1,
        1 - (1 << 53),
    ];
    let end = |step: i128| {
        let mut ends = bounds.iter().filter(|bound| takes(**bound) && !takes(**bound + step));
        i64::try_from(*ends.next().expect("an integer ends at a bound that DAP knows")).unwrap()
    };
    Shape::Integer {
        min: end(-1),
        max: end(1),
    }
}

shapes! {
    [] bool => Shape::Boolean;
    [] i32 => integer::<Self>();
    [] u32 => integer::<Self>();
    [] i64 => integer::<Self>();
    [] u64 => integer::<Self>();
    [] Text<'_> => Shape::String;
    [] Raw<'_> => Shape::Any;
    [] Nothing => Shape::Nothing;
    [T: Shaped] Option<T> => Shape::Optional(Box::new(T::shape()));
    [T: Shaped] Nullable<T> => Shape::Nullable(Box::new(T::shape()));
    [T: Shaped] Items<'_, T> => Shape::Array(Box::new(T::shape()));
    [T: Shaped] Nested<'_, T> => Shape::Nested(Box::new(T::shape()));
    [T: Shaped] Entries<'_, T> => Shape::Map(Box::new(T::shape()));
}

/// Reads arguments or a body, writes it and reads that again, which has to give the same; gives what was written.
/// `None` is what is not there.
pub(in crate::protocol) type Copy = fn(Option<&str>) -> Result<Option<String>, String>;

/// Such a function for one type. A macro, because only of a concrete type can values of two lifetimes be compared.
macro_rules! copy {
    ($type:ty) => {
        |json| {
            let value: $type = $crate::protocol::schema::shape::read(json)?;
            let written = $crate::protocol::schema::shape::written(&value);
            let again: $type = $crate::protocol::schema::shape::read(written.as_deref())?;
            assert!(value == again, "{value:?} is not {again:?}");
            Ok(written)
        }
    };
}
pub(in crate::protocol) use copy;

pub(in crate::protocol) fn read<'a, T: FromJson<'a>>(json: Option<&'a str>) -> Result<T, String> {
    let raw = json.map(|json| Raw::new(json).expect("a test gives JSON"));
    member_error::read("body", raw).map_err(|error| error.to_string())
}

pub(in crate::protocol) fn written<T: ToJson>(value: &T) -> Option<String> {
    text(|out| crate::session::wire::value(out, value))
}

/// What `write` writes; `None` if it is nothing.
pub(in crate::protocol) fn text(write: impl FnOnce(&mut SliceOutput<'_>) -> Result<(), Full>) -> Option<String> {
    let mut storage = std::vec![0; 1 << 18];
    let mut out = SliceOutput::new(&mut storage);
    write(&mut out).expect("there is room");
    let written = String::from_utf8(out.written().to_vec()).expect("UTF-8");
    Some(written).filter(|text| !text.is_empty())
}

/// A request, as its marker type tells it.
pub(in crate::protocol) struct Request {
    pub(in crate::protocol) command: &'static str,
    pub(in crate::protocol) is_reverse: bool,
    pub(in crate::protocol) capability: Option<&'static str>,
    pub(in crate::protocol) arguments: Part,
    pub(in crate::protocol) body: Part,
}

/// Arguments or a body.
pub(in crate::protocol) struct Part {
    pub(in crate::protocol) presence: Presence,
    pub(in crate::protocol) shape: Shape,
    pub(in crate::protocol) copy: Copy,
}

impl Request {
    pub(in crate::protocol) fn of<R>(copy_arguments: Copy, copy_body: Copy) -> Self
    where
        R: RequestType,
        R::Arguments<'static>: Shaped,
        R::Response<'static>: Shaped,
    {
        Self {
            command: R::COMMAND.as_str(),
            is_reverse: R::COMMAND.is_reverse(),
            capability: R::CAPABILITY,
            arguments: Part {
                presence: R::ARGUMENTS,
                shape: <R::Arguments<'static>>::shape(),
                copy: copy_arguments,
            },
            body: Part {
                presence: R::BODY,
                shape: <R::Response<'static>>::shape(),
                copy: copy_body,
            },
        }
    }
}

/// An event: its name and what its body looks like.
pub(in crate::protocol) struct Event {
    pub(in crate::protocol) name: &'static str,
    pub(in crate::protocol) shape: Shape,
}

impl Event {
    pub(in crate::protocol) fn of<T: Shaped>(name: &'static str) -> Self {
        let shape = T::shape();
        Self { name, shape }
    }
}
