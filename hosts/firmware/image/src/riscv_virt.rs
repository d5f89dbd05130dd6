//! The board `virt` of QEMU: start, the machine timer, a 16550 UART. Linked for its size; on a desktop only checked.

use core::convert::Infallible;
use embedded_io::{ErrorType, Read, ReadReady, Write};

#[cfg(target_arch = "riscv32")]
core::arch::global_asm!(
    ".section .vectors, \"ax\"",
    ".global _start",
    "_start: la sp, stack_top",
    "j reset",
);

const TIMER: usize = 0x0200_BFF8;
/// The timer counts at 10 MHz.
const TICKS_PER_MILLISECOND: u32 = 10_000;
const UART_DATA: usize = 0x1000_0000;
const UART_STATUS: usize = 0x1000_0005;
const RECEIVED: u8 = 1;
const TRANSMIT_EMPTY: u8 = 1 << 5;

/// A clock that counts milliseconds. It wraps after seven minutes, which only a longer silence would notice.
#[must_use]
pub fn millis() -> u32 {
    ticks() / TICKS_PER_MILLISECOND
}

/// A finer clock, of 10 MHz.
#[must_use]
pub fn ticks() -> u32 {
    // SAFETY: a register of the board.
    unsafe { core::ptr::with_exposed_provenance::<u32>(TIMER).read_volatile() }
}

/// Nothing: there is no interrupt to wait for.
pub const fn sleep() {}

pub(crate) const fn init() {}

fn read(register: usize) -> u8 {
    // SAFETY: one of the registers above.
    unsafe { core::ptr::with_exposed_provenance::<u8>(register).read_volatile() }
}

/// The serial line.
pub struct Uart;

impl ErrorType for Uart {
    type Error = Infallible;
}

impl ReadReady for Uart {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(read(UART_STATUS) & RECEIVED != 0)
    }
}

impl Read for Uart {
    /// What is there; waits for the first byte.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        let mut count = 0;
        for place in buffer {
            while read(UART_STATUS) & RECEIVED == 0 {
                if count > 0 {
                    return Ok(count);
                }
            }
            *place = read(UART_DATA);
            count += 1;
        }
        Ok(count)
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        for byte in bytes {
            while read(UART_STATUS) & TRANSMIT_EMPTY == 0 {}
            // SAFETY: a register of the board.
            unsafe { core::ptr::with_exposed_provenance_mut::<u8>(UART_DATA).write_volatile(*byte) };
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
