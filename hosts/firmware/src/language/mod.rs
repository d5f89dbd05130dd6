//! The language of controllers: lines of text, compiled into bytes for a stack machine.
//!
//! Programs are compiled while this crate is, by functions that are `const`; a fault in a program is an error of the
//! compiler. What a device keeps of it is the text, the bytes and the names. [`expression`] is there at run time too:
//! conditions and whatever else a client wants evaluated become bytes for the same machine.

mod compile;
mod expression;
mod names;
pub mod op;

pub use compile::{Compiled, compile};
pub use expression::{Code, expression};
pub use names::{Function, MAIN, Names, Symbol};

/// A compiled program, as a device keeps it.
#[derive(Clone, Copy)]
pub struct Program {
    /// The name of its file.
    pub file: &'static str,
    /// Its text.
    pub text: &'static str,
    /// The bytes that are executed.
    pub code: &'static [u8],
    /// Its variables and functions.
    pub names: Names<'static>,
}

/// Compiles the file of this name under `programs`, and keeps as much as is needed of it.
#[macro_export]
macro_rules! program {
    ($file:literal) => {{
        const TEXT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/programs/", $file));
        const COMPILED: $crate::language::Compiled = $crate::language::compile(TEXT.as_bytes());
        static CODE: [u8; COMPILED.code_len()] = COMPILED.code();
        static SYMBOLS: [$crate::language::Symbol; COMPILED.symbols_len()] = COMPILED.symbols();
        static FUNCTIONS: [$crate::language::Function; COMPILED.functions_len()] = COMPILED.functions();
        $crate::language::Program {
            file: $file,
            text: TEXT,
            code: &CODE,
            names: $crate::language::Names {
                text: TEXT.as_bytes(),
                symbols: &SYMBOLS,
                functions: &FUNCTIONS,
            },
        }
    }};
}
