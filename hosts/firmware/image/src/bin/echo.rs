//! Start-up, clock, UART, and bytes sent back: what every image has besides its debugger.
#![no_std]
#![no_main]

use dapstub_firmware_image::{Uart, millis, sleep};
use embedded_io::{Read, ReadReady, Write};

#[unsafe(no_mangle)]
fn image_main() -> ! {
    let mut byte = [millis() as u8];
    loop {
        if let Ok(true) = Uart.read_ready() {
            let Ok(_) = Uart.read(&mut byte);
            let Ok(_) = Uart.write(&byte);
        } else {
            sleep();
        }
    }
}
