//! The controller, debugged over the UART.
#![no_std]
#![no_main]

use dapstub_firmware::language::Program;
use dapstub_firmware::machine::Machine;
use dapstub_firmware::{Board, Controller, HEATING, Line, serve};
use dapstub_firmware_image::{Static, Uart, millis, ram_byte, sleep};
use embedded_io::{ErrorType, Read, ReadReady, Write};

/// Room for a message of a client, and for an answer to it.
const MESSAGE: usize = 2048;

static RECEIVED: Static<[u8; MESSAGE]> = Static::new([0; MESSAGE]);
static ANSWERS: Static<[u8; MESSAGE]> = Static::new([0; MESSAGE]);

static CONTROLLER: Static<Controller<Evaluation>> = Static::new(Controller::new(Evaluation));

struct Evaluation;

impl Board for Evaluation {
    const PROGRAM: Program = HEATING;

    fn millis(&mut self) -> u32 {
        millis()
    }

    fn idle(&mut self) {
        sleep();
    }

    fn byte(&self, _: &Machine, address: usize) -> Option<u8> {
        ram_byte(address)
    }
}

struct Serial(Uart);

impl ErrorType for Serial {
    type Error = <Uart as ErrorType>::Error;
}

impl ReadReady for Serial {
    fn read_ready(&mut self) -> Result<bool, Self::Error> {
        self.0.read_ready()
    }
}

impl Read for Serial {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Self::Error> {
        self.0.read(buffer)
    }
}

impl Write for Serial {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        self.0.flush()
    }
}

impl Line for Serial {}

#[unsafe(no_mangle)]
fn image_main() -> ! {
    if let (Some(controller), Some(received), Some(answers)) = (CONTROLLER.take(), RECEIVED.take(), ANSWERS.take()) {
        let Ok(()) = serve(&mut Serial(Uart), controller, received, answers);
    }
    loop {
        sleep();
    }
}
