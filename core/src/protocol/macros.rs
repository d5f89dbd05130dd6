//! The declarations that all protocol types are made of. Each states a name on the wire once, for reading and for
//! writing.

/// The link to a section of the specification, as the documentation of a type ends with it.
macro_rules! specification {
    ($($section:tt)+) => {
        concat!(
            "\n\nDAP: [",
            $($section)+,
            "](https://microsoft.github.io/debug-adapter-protocol/specification#",
            $($section)+,
            ")"
        )
    };
}

/// Declares an object type: a struct, how it is read and how it is written.
///
/// A member of type `Option` may be absent or `null`; one with `or VALUE` stands for that value when it is absent or
/// `null`, and is not written when it has that value; any other has to be there. Members not listed are passed over.
macro_rules! object {
    ($(#[$meta:meta])* pub struct $name:ident<$a:lifetime> in $section:literal { $($body:tt)* }) => {
        object!(@declare [$(#[$meta])* #[doc = specification!($section)]] $name [$name<$a>] [<$a>] $a { $($body)* });
    };
    ($(#[$meta:meta])* pub struct $name:ident in $section:literal { $($body:tt)* }) => {
        object!(@declare [$(#[$meta])* #[doc = specification!($section)]] $name [$name] [] 'a { $($body)* });
    };
    (@declare [$($meta:tt)*] $name:ident [$full:ty] [$($generics:tt)*] $a:lifetime {
        $($(#[$doc:meta])* $field:ident: $type:ty = $key:literal $(or $default:literal)?,)*
    }) => {
        $($meta)*
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct $name $($generics)* {
            $($(#[$doc])* pub $field: $type,)*
        }

        // Written out, because a member may stand for `true` when it is absent.
        #[allow(clippy::derivable_impls, reason = "one macro for all members")]
        impl $($generics)* Default for $full {
            fn default() -> Self {
                Self { $($field: object!(@initial $($default)?),)* }
            }
        }

        impl<$a> $crate::json::FromJson<$a> for $full {
            fn read(cursor: &mut $crate::json::Cursor<$a>) -> Result<Self, $crate::json::Mismatch<$a>> {
                let whole = *cursor;
                #[allow(unused_mut, reason = "an object without members")]
                let mut object = Self::default();
                // Which members were there. For those that may be absent, nobody asks.
                $(let mut $field = false;)*
                cursor.object()?;
                while let Some(key) = cursor.member() {
                    // Hardly any key has escapes, so the buffer for them is made only then.
                    let mut buffer;
                    let name = match key.text().as_str() {
                        Some(plain) => plain,
                        None => {
                            buffer = $crate::json::Key::buffer();
                            key.name(&mut buffer)
                        }
                    };
                    match name {
                        $($key => {
                            object.$field = object!(@read cursor $type $(, $default)?);
                            $field = true;
                        })*
                        _ => _ = cursor.raw(),
                    }
                }
                $(
                    if !$field && object!(@required $type $(, $default)?) {
                        return Err(whole.mismatch($crate::json::Expected::Member($key)));
                    }
                )*
                let _ = whole;
                Ok(object)
            }
        }

        impl $($generics)* $crate::json::ToJson for $full {
            fn write<O: $crate::output::Output + ?Sized>(&self, out: &mut O) -> Result<(), $crate::output::Full> {
                #[allow(unused_mut, reason = "an object without members")]
                let mut object = $crate::json::write::Object::begin(out)?;
                $(object!(@write object concat!(",\"", $key, "\":"), self.$field $(, $default)?);)*
                object.end()
            }
        }

        #[cfg(test)]
        impl $($generics)* $crate::protocol::schema::shape::Shaped for $full {
            fn shape() -> $crate::protocol::schema::shape::Shape {
                $crate::protocol::schema::shape::Shape::Object {
                    name: stringify!($name),
                    members: || ::std::vec![$($crate::protocol::schema::shape::Member::new::<$type>($key, object!(@word $($default)?)),)*],
                }
            }
        }
    };
    (@word) => { None };
    (@word $default:literal) => { Some(stringify!($default)) };
    (@initial) => { Default::default() };
    (@initial $default:literal) => { $default };
    (@read $cursor:ident $type:ty) => { <$type as $crate::json::FromJson>::read($cursor)? };
    (@read $cursor:ident $type:ty, $default:literal) => {
        <Option<$type> as $crate::json::FromJson>::read($cursor)?.unwrap_or($default)
    };
    (@required $type:ty) => { <$type as $crate::json::FromJson>::absent().is_none() };
    (@required $type:ty, $default:literal) => { false };
    (@write $object:ident $key:expr, $value:expr) => { $object.member($key, &$value)? };
    (@write $object:ident $key:expr, $value:expr, $default:literal) => {
        if $value != $default {
            $object.member($key, &$value)?;
        }
    };
}

/// Declares the words of a closed list. The first is the default. Another word is refused.
macro_rules! words {
    ($(#[$meta:meta])* pub enum $name:ident in $section:literal {
        $(#[$first_doc:meta])* $first:ident = $first_word:literal,
        $($(#[$doc:meta])* $variant:ident = $word:literal,)*
    }) => {
        $(#[$meta])*
        #[doc = specification!($section)]
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $name {
            $(#[$first_doc])*
            #[default]
            $first,
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// The word as it stands on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    Self::$first => $first_word,
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl<'a> $crate::json::FromJson<'a> for $name {
            fn read(cursor: &mut $crate::json::Cursor<'a>) -> Result<Self, $crate::json::Mismatch<'a>> {
                let start = *cursor;
                let word = cursor.string()?;
                if word == $first_word {
                    return Ok(Self::$first);
                }
                $(if word == $word {
                    return Ok(Self::$variant);
                })*
                Err(start.mismatch($crate::json::Expected::Word(&[$first_word, $($word),*])))
            }
        }

        impl $crate::json::ToJson for $name {
            fn write<O: $crate::output::Output + ?Sized>(&self, out: &mut O) -> Result<(), $crate::output::Full> {
                self.as_str().write(out)
            }
        }

        #[cfg(test)]
        impl $crate::protocol::schema::shape::Shaped for $name {
            fn shape() -> $crate::protocol::schema::shape::Shape {
                $crate::protocol::schema::shape::Shape::Words { name: stringify!($name), open: false, words: &[$first_word, $($word),*] }
            }
        }
    };
}

/// Declares the words of an open list. The first is the default. Any other word is kept as it is.
macro_rules! open_words {
    ($(#[$meta:meta])* pub enum $name:ident<$a:lifetime> in $section:literal {
        $(#[$first_doc:meta])* $first:ident = $first_word:literal,
        $($(#[$doc:meta])* $variant:ident = $word:literal,)*
    }) => {
        $(#[$meta])*
        #[doc = specification!($section)]
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $name<$a> {
            $(#[$first_doc])*
            #[default]
            $first,
            $($(#[$doc])* $variant,)*
            /// A word that this version of the protocol does not list.
            Other($crate::json::Text<$a>),
        }

        impl<$a> $name<$a> {
            /// The word as it stands on the wire.
            #[must_use]
            pub const fn text(self) -> $crate::json::Text<$a> {
                match self {
                    Self::$first => $crate::json::Text::plain($first_word),
                    $(Self::$variant => $crate::json::Text::plain($word),)*
                    Self::Other(text) => text,
                }
            }
        }

        impl<$a> $crate::json::FromJson<$a> for $name<$a> {
            fn read(cursor: &mut $crate::json::Cursor<$a>) -> Result<Self, $crate::json::Mismatch<$a>> {
                let word = cursor.string()?;
                if word == $first_word {
                    return Ok(Self::$first);
                }
                $(if word == $word {
                    return Ok(Self::$variant);
                })*
                Ok(Self::Other(word))
            }
        }

        impl $crate::json::ToJson for $name<'_> {
            fn write<O: $crate::output::Output + ?Sized>(&self, out: &mut O) -> Result<(), $crate::output::Full> {
                self.text().write(out)
            }
        }

        #[cfg(test)]
        impl $crate::protocol::schema::shape::Shaped for $name<'_> {
            fn shape() -> $crate::protocol::schema::shape::Shape {
                $crate::protocol::schema::shape::Shape::Words { name: stringify!($name), open: true, words: &[$first_word, $($word),*] }
            }
        }
    };
}
