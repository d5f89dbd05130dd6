//! The controller without a debugger: start-up, clock, and the machine that runs the program.
#![no_std]
#![no_main]

use dapstub_firmware::HEATING;
use dapstub_firmware::machine::{Event, Machine};
use dapstub_firmware_image::{millis, sleep};

#[unsafe(no_mangle)]
fn image_main() -> ! {
    let mut machine = Machine::new();
    machine.restart(&HEATING);
    loop {
        machine.lines_left = u32::MAX;
        match machine.run(HEATING.code, HEATING.names.functions) {
            Event::Line => {}
            Event::Wait(time) => {
                let wakes = millis().wrapping_add_signed(time);
                while (millis().wrapping_sub(wakes) as i32) < 0 {
                    sleep();
                }
            }
            Event::Fault(_) | Event::End => machine.restart(&HEATING),
        }
    }
}
