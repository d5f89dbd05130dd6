//! The board lm3s6965evb: vectors, SysTick, UART 0 (PL011).

use core::convert::Infallible;
use core::sync::atomic::{AtomicU32, Ordering};
use embedded_io::{ErrorType, Read, ReadReady, Write};

unsafe extern "C" {
    static stack_top: u32;
    fn reset() -> !;
}

/// An entry of the table of vectors.
#[repr(C)]
union Vector {
    stack: *const u32,
    code: unsafe extern "C" fn() -> !,
    handler: extern "C" fn(),
    none: usize,
}

// SAFETY: the table is never changed.
unsafe impl Sync for Vector {}

#[unsafe(link_section = ".vectors")]
#[used]
static VECTORS: [Vector; 16] = {
    let mut table = [const { Vector { none: 0 } }; 16];
    table[0] = Vector {
        stack: &raw const stack_top,
    };
    table[1] = Vector { code: reset };
    table[3] = Vector { handler: hard_fault };
    table[15] = Vector { handler: tick };
    table
};

extern "C" fn hard_fault() {
    loop {
        sleep();
    }
}

static MILLIS: AtomicU32 = AtomicU32::new(0);

/// The interrupt of the system timer.
extern "C" fn tick() {
    // Only this handler writes it.
    MILLIS.store(MILLIS.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
}

/// A clock that counts milliseconds and wraps.
#[must_use]
pub fn millis() -> u32 {
    MILLIS.load(Ordering::Relaxed)
}

/// A finer clock, of 12.5 MHz, that wraps after minutes. Under QEMU's `-icount shift=0` it counts 80 instructions a tick.
#[must_use]
pub fn ticks() -> u32 {
    loop {
        let before = millis();
        let within = (CYCLES_PER_MILLISECOND - 1).wrapping_sub(read(SYSTICK_CURRENT));
        if before == millis() {
            return before.wrapping_mul(CYCLES_PER_MILLISECOND).wrapping_add(within);
        }
    }
}

/// Sleeps until an interrupt, which is a millisecond at most.
pub fn sleep() {
    // SAFETY: waits, and does nothing else.
    unsafe { core::arch::asm!("wfi", options(nomem, nostack, preserves_flags)) };
}

const SYSTICK_CONTROL: usize = 0xE000_E010;
const SYSTICK_RELOAD: usize = 0xE000_E014;
const SYSTICK_CURRENT: usize = 0xE000_E018;
/// The processor runs at 12.5 MHz after reset.
const CYCLES_PER_MILLISECOND: u32 = 12_500;

const UART_DATA: usize = 0x4000_C000;
const UART_FLAGS: usize = 0x4000_C018;
const UART_LINE_CONTROL: usize = 0x4000_C02C;
const UART_CONTROL: usize = 0x4000_C030;
const RECEIVE_EMPTY: u32 = 1 << 4;
const TRANSMIT_FULL: u32 = 1 << 5;

fn read(register: usize) -> u32 {
    // SAFETY: one of the registers above.
    unsafe { core::ptr::with_exposed_provenance::<u32>(register).read_volatile() }
}

fn write(register: usize, value: u32) {
    // SAFETY: one of the registers above.
    unsafe { core::ptr::with_exposed_provenance_mut::<u32>(register).write_volatile(value) }
}

pub(crate) fn init() {
    write(SYSTICK_RELOAD, CYCLES_PER_MILLISECOND - 1);
    // Enabled, with its interrupt, from the processor's clock.
    write(SYSTICK_CONTROL, 0b111);
    // Eight bits with FIFOs; enabled both ways. QEMU keeps no time of bits, so the divisor stays as it is.
    write(UART_LINE_CONTROL, 0b111 << 4);
    write(UART_CONTROL, 1 | 1 << 8 | 1 << 9);
}

/// The serial line.
pub struct Uart;

impl ErrorType for Uart {
    type Error = Infallible;
}

impl ReadReady for Uart {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(read(UART_FLAGS) & RECEIVE_EMPTY == 0)
    }
}

impl Read for Uart {
    /// What is there; waits for the first byte.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        let mut count = 0;
        for place in buffer {
            while read(UART_FLAGS) & RECEIVE_EMPTY != 0 {
                if count > 0 {
                    return Ok(count);
                }
            }
            *place = read(UART_DATA) as u8;
            count += 1;
        }
        Ok(count)
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        for byte in bytes {
            while read(UART_FLAGS) & TRANSMIT_FULL != 0 {}
            write(UART_DATA, u32::from(*byte));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
