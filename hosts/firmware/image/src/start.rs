//! From reset to `main`.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicBool, Ordering};

unsafe extern "C" {
    static mut data_start: u32;
    static mut data_end: u32;
    static data_source: u32;
    static mut bss_start: u32;
    static mut bss_end: u32;
    static stack_top: u32;
}

unsafe extern "Rust" {
    /// The program of the image.
    safe fn image_main() -> !;
}

/// Where the processor begins, with its stack set up: fills the RAM and starts the program.
#[unsafe(no_mangle)]
extern "C" fn reset() -> ! {
    // SAFETY: the linker script gives bounds of whole words, and nothing in RAM has been used yet.
    unsafe {
        let (mut to, end, mut from) = (&raw mut data_start, &raw mut data_end, &raw const data_source);
        while to < end {
            to.write_volatile(from.read_volatile());
            to = to.add(1);
            from = from.add(1);
        }
        let (mut to, end) = (&raw mut bss_start, &raw mut bss_end);
        while to < end {
            to.write_volatile(0);
            to = to.add(1);
        }
    }
    crate::board::init();
    image_main()
}

/// A byte of the RAM; `None` for every other address.
#[must_use]
pub fn ram_byte(address: usize) -> Option<u8> {
    let (start, end) = ((&raw const data_start).addr(), (&raw const stack_top).addr());
    // SAFETY: this is RAM, all of which can be read. What is read may change at any moment, hence volatile.
    (start <= address && address < end)
        .then(|| unsafe { core::ptr::with_exposed_provenance::<u8>(address).read_volatile() })
}

/// A value that is lent out once, for buffers that are too large for the stack.
pub struct Static<T> {
    value: UnsafeCell<T>,
    taken: AtomicBool,
}

// SAFETY: `take` lends the value to one caller only.
unsafe impl<T: Send> Sync for Static<T> {}

impl<T> Static<T> {
    /// Not lent yet.
    pub const fn new(value: T) -> Self {
        Self {
            value: UnsafeCell::new(value),
            taken: AtomicBool::new(false),
        }
    }

    /// The value; `None` the second time.
    #[allow(clippy::mut_from_ref, reason = "only the first caller gets it")]
    pub fn take(&'static self) -> Option<&'static mut T> {
        if self.taken.load(Ordering::Relaxed) {
            return None;
        }
        // One core, and no interrupt handler asks: a load and a store will do, which every target has.
        self.taken.store(true, Ordering::Relaxed);
        // SAFETY: no other reference was or will be given out.
        Some(unsafe { &mut *self.value.get() })
    }
}
