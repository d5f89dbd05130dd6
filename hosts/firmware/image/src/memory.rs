//! `memcpy` and its like, as loops over bytes: those that come with the compiler are made for speed and take 2 KB.
//!
//! The accesses are volatile, so that the compiler does not find these very functions in the loops.
#![cfg(target_os = "none")]

/// Copies, also between places that overlap.
///
/// # Safety
///
/// `count` bytes can be read from `from` and written to `to`.
#[inline(never)]
unsafe fn copy(to: *mut u8, from: *const u8, count: usize) {
    let down = to.addr() > from.addr();
    for step in 0..count {
        let at = if down { count - 1 - step } else { step };
        // SAFETY: within both, as the caller promises.
        unsafe { to.add(at).write_volatile(from.add(at).read_volatile()) };
    }
}

/// # Safety
///
/// `count` bytes can be written to `to`.
#[inline(never)]
unsafe fn fill(to: *mut u8, byte: u8, count: usize) {
    for at in 0..count {
        // SAFETY: within it, as the caller promises.
        unsafe { to.add(at).write_volatile(byte) };
    }
}

/// # Safety
///
/// As in C.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcmp(one: *const u8, other: *const u8, count: usize) -> i32 {
    for at in 0..count {
        // SAFETY: within both, as the caller promises.
        let (left, right) = unsafe { (one.add(at).read_volatile(), other.add(at).read_volatile()) };
        if left != right {
            return i32::from(left) - i32::from(right);
        }
    }
    0
}

/// # Safety
///
/// As in C.
#[unsafe(no_mangle)]
unsafe extern "C" fn bcmp(one: *const u8, other: *const u8, count: usize) -> i32 {
    // SAFETY: the caller's.
    unsafe { memcmp(one, other, count) }
}

macro_rules! under_their_names {
    ($($copy:ident)*; $($set:ident)*; $($arm_copy:ident)*; $($arm_set:ident)*; $($arm_clear:ident)*) => {
        $(
            /// # Safety
            ///
            /// As in C.
            #[unsafe(no_mangle)]
            unsafe extern "C" fn $copy(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
                // SAFETY: the caller's.
                unsafe { copy(to, from, count) };
                to
            }
        )*
        $(
            /// # Safety
            ///
            /// As in C.
            #[unsafe(no_mangle)]
            unsafe extern "C" fn $set(to: *mut u8, byte: i32, count: usize) -> *mut u8 {
                // SAFETY: the caller's.
                unsafe { fill(to, byte as u8, count) };
                to
            }
        )*
        $(
            /// # Safety
            ///
            /// As `memmove` in C.
            #[cfg(target_arch = "arm")]
            #[unsafe(no_mangle)]
            unsafe extern "C" fn $arm_copy(to: *mut u8, from: *const u8, count: usize) {
                // SAFETY: the caller's.
                unsafe { copy(to, from, count) };
            }
        )*
        $(
            /// # Safety
            ///
            /// As `memset` in C, with another order of the arguments.
            #[cfg(target_arch = "arm")]
            #[unsafe(no_mangle)]
            unsafe extern "C" fn $arm_set(to: *mut u8, count: usize, byte: i32) {
                // SAFETY: the caller's.
                unsafe { fill(to, byte as u8, count) };
            }
        )*
        $(
            /// # Safety
            ///
            /// As `memset` in C, with zeros.
            #[cfg(target_arch = "arm")]
            #[unsafe(no_mangle)]
            unsafe extern "C" fn $arm_clear(to: *mut u8, count: usize) {
                // SAFETY: the caller's.
                unsafe { fill(to, 0, count) };
            }
        )*
    };
}
under_their_names! {
    memcpy memmove;
    memset;
    // What the compiler calls on ARM. Stores of bytes do for every alignment.
    __aeabi_memcpy __aeabi_memcpy4 __aeabi_memcpy8 __aeabi_memmove __aeabi_memmove4 __aeabi_memmove8;
    __aeabi_memset __aeabi_memset4 __aeabi_memset8;
    __aeabi_memclr __aeabi_memclr4 __aeabi_memclr8
}
