//! `memcpy` and its like, as loops over bytes: those that come with the compiler are made for speed and take 700 bytes.
//!
//! The accesses are volatile, so that the compiler does not find these very functions in the loops.
#![cfg(target_os = "none")]

/// # Safety
///
/// As in C.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    // SAFETY: the caller's.
    unsafe { memmove(to, from, count) }
}

/// # Safety
///
/// As in C.
#[unsafe(no_mangle)]
unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    let down = to.addr() > from.addr();
    for step in 0..count {
        let at = if down { count - 1 - step } else { step };
        // SAFETY: within both, as the caller promises.
        unsafe { to.add(at).write_volatile(from.add(at).read()) };
    }
    to
}

/// # Safety
///
/// As in C.
#[unsafe(no_mangle)]
unsafe extern "C" fn memset(to: *mut u8, byte: i32, count: usize) -> *mut u8 {
    for at in 0..count {
        // SAFETY: within it, as the caller promises.
        unsafe { to.add(at).write_volatile(byte as u8) };
    }
    to
}

/// # Safety
///
/// As in C.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcmp(one: *const u8, other: *const u8, count: usize) -> i32 {
    for at in 0..count {
        // SAFETY: within both, as the caller promises.
        let (left, right) = unsafe { (one.add(at).read_volatile(), other.add(at).read()) };
        if left != right {
            return i32::from(left) - i32::from(right);
        }
    }
    0
}

// What the compiler calls on ARM. The stores of bytes above do for every alignment.

macro_rules! under_arm_names {
    ($($copy:ident)*; $($set:ident)*; $($clear:ident)*) => {
        $(
            /// # Safety
            ///
            /// As `memmove` in C.
            #[cfg(target_arch = "arm")]
            #[unsafe(no_mangle)]
            unsafe extern "C" fn $copy(to: *mut u8, from: *const u8, count: usize) {
                // SAFETY: the caller's.
                unsafe { memmove(to, from, count) };
            }
        )*
        $(
            /// # Safety
            ///
            /// As `memset` in C, with another order of the arguments.
            #[cfg(target_arch = "arm")]
            #[unsafe(no_mangle)]
            unsafe extern "C" fn $set(to: *mut u8, count: usize, byte: i32) {
                // SAFETY: the caller's.
                unsafe { memset(to, byte, count) };
            }
        )*
        $(
            /// # Safety
            ///
            /// As `memset` in C, with zeros.
            #[cfg(target_arch = "arm")]
            #[unsafe(no_mangle)]
            unsafe extern "C" fn $clear(to: *mut u8, count: usize) {
                // SAFETY: the caller's.
                unsafe { memset(to, 0, count) };
            }
        )*
    };
}
under_arm_names! {
    __aeabi_memcpy __aeabi_memcpy4 __aeabi_memcpy8 __aeabi_memmove __aeabi_memmove4 __aeabi_memmove8;
    __aeabi_memset __aeabi_memset4 __aeabi_memset8;
    __aeabi_memclr __aeabi_memclr4 __aeabi_memclr8
}
