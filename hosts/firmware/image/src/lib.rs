#![no_std]
//! What the images have in common: start-up, the UART, the clock, the memory that a debugger may read.
//!
//! For the board lm3s6965evb (Cortex-M3, which executes code for Cortex-M0 too) and, linked only, for RISC-V.

#[cfg_attr(target_arch = "arm", path = "lm3s6965evb.rs")]
#[cfg_attr(not(target_arch = "arm"), path = "riscv_virt.rs")]
mod board;
mod memory;
mod start;

pub use board::{Uart, millis, sleep, ticks};
pub use start::{Static, ram_byte};

#[cfg(target_os = "none")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
