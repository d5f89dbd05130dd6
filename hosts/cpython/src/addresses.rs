//! Tables by the address of a Python object, looked into for every event of the interpreter.

use core::hash::{BuildHasherDefault, Hasher};
use std::collections::HashMap;

/// A table by address. Addresses come from the interpreter's allocator and from nobody who would choose them badly.
pub(crate) type AddressMap<V> = HashMap<usize, V, BuildHasherDefault<AddressHasher>>;

/// Spreads the bits of one address.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_usize(usize::from(*byte));
        }
    }

    fn write_usize(&mut self, address: usize) {
        // Objects lie 16 bytes apart: the product's upper half depends on all other bits.
        let product = (self.0 ^ address as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = product ^ (product >> 32);
    }
}
