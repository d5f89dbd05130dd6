//! What messages cost: the controller is served the same message many times, from memory, and the ticks that one takes
//! go out over the UART. Meant for QEMU with `-icount shift=0`, where a tick is 80 instructions: see `bench/measure.py`.
#![no_std]
#![no_main]

use dapstub_firmware::language::Program;
use dapstub_firmware::{Board, Controller, HEATING, Line, serve};
use dapstub_firmware_image::{Static, Uart, millis, sleep, ticks};
use embedded_io::{Error, ErrorKind, ErrorType, Read, ReadReady, Write};

const MESSAGE: usize = 2048;
/// How often each message is served.
const TIMES: u32 = 100;

static RECEIVED: Static<[u8; MESSAGE]> = Static::new([0; MESSAGE]);
static ANSWERS: Static<[u8; MESSAGE]> = Static::new([0; MESSAGE]);

struct Evaluation;

impl Board for Evaluation {
    const PROGRAM: Program = HEATING;

    fn millis(&mut self) -> u32 {
        millis()
    }

    fn idle(&mut self) {}
}

macro_rules! framed {
    ($length:literal $body:literal) => {{
        const { assert!($body.len() == $length, "the length of the message") };
        concat!("Content-Length: ", $length, "\r\n\r\n", $body).as_bytes()
    }};
}

const INITIALIZE: &[u8] = framed!(542 r#"{"command":"initialize","arguments":{"clientID":"vscode","clientName":"Visual Studio Code","adapterID":"dapstub","pathFormat":"path","linesStartAt1":true,"columnsStartAt1":true,"supportsVariableType":true,"supportsVariablePaging":true,"supportsRunInTerminalRequest":true,"locale":"en","supportsProgressReporting":true,"supportsInvalidatedEvent":true,"supportsMemoryReferences":true,"supportsArgsCanBeInterpretedByShell":true,"supportsMemoryEvent":true,"supportsStartDebuggingRequest":true,"supportsANSIStyling":true},"type":"request","seq":1}"#);
const ATTACH: &[u8] = framed!(45 r#"{"command":"attach","type":"request","seq":2}"#);
const CONFIGURED: &[u8] = framed!(56 r#"{"command":"configurationDone","type":"request","seq":3}"#);
const BREAKPOINTS: &[u8] = framed!(266 r#"{"command":"setBreakpoints","arguments":{"source":{"name":"heating.ctl","path":"/home/user/heating.ctl"},"lines":[10,26,42],"breakpoints":[{"line":10},{"line":26,"condition":"left == 99 and working > 2"},{"line":42}],"sourceModified":false},"type":"request","seq":4}"#);
const PAUSE: &[u8] = framed!(71 r#"{"command":"pause","arguments":{"threadId":1},"type":"request","seq":5}"#);
const VARIABLES: &[u8] =
    framed!(87 r#"{"command":"variables","arguments":{"variablesReference":100},"type":"request","seq":6}"#);

/// What a client sends: some messages once, then one message again and again.
struct Script {
    once: &'static [&'static [u8]],
    again: &'static [u8],
    times: u32,
    /// Where in the first of them the client is.
    at: usize,
    /// The program has its turns in between.
    turns: u32,
}

#[derive(Debug)]
struct Over;

impl core::fmt::Display for Over {
    fn fmt(&self, _: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        Ok(())
    }
}

impl core::error::Error for Over {}

impl Error for Over {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

impl ErrorType for Script {
    type Error = Over;
}

impl ReadReady for Script {
    fn read_ready(&mut self) -> Result<bool, Over> {
        // While there is something to be said once, the program runs a little in between, so that it can stop.
        self.turns += 1;
        Ok(self.once.is_empty() || self.turns.is_multiple_of(8))
    }
}

impl Read for Script {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Over> {
        let message = match self.once.first() {
            Some(message) => message,
            None if self.times == 0 => return Err(Over),
            None => self.again,
        };
        let rest = message.get(self.at..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        for (place, byte) in buffer.iter_mut().zip(rest) {
            *place = *byte;
        }
        self.at += count;
        if self.at >= message.len() {
            self.at = 0;
            match self.once.split_first() {
                Some((_, rest)) => self.once = rest,
                None => self.times -= 1,
            }
        }
        Ok(count)
    }
}

impl Write for Script {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Over> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Over> {
        Ok(())
    }
}

impl Line for Script {}

fn served(once: &'static [&'static [u8]], again: &'static [u8], times: u32, room: (&mut [u8], &mut [u8])) -> u32 {
    let mut controller = Controller::new(Evaluation);
    let mut script = Script {
        once,
        again,
        times,
        at: 0,
        turns: 0,
    };
    let before = ticks();
    let Err(Over) = serve(&mut script, &mut controller, room.0, room.1) else {
        return 0;
    };
    ticks().wrapping_sub(before)
}

fn say(name: &str, mut value: u32) {
    let mut digits = [b' '; 12];
    digits[11] = b'\n';
    for place in digits[..11].iter_mut().rev() {
        *place = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    let Ok(_) = Uart.write(name.as_bytes());
    let Ok(_) = Uart.write(&digits);
}

#[unsafe(no_mangle)]
fn image_main() -> ! {
    if let (Some(received), Some(answers)) = (RECEIVED.take(), ANSWERS.take()) {
        const STOPPED: &[&[u8]] = &[INITIALIZE, ATTACH, CONFIGURED, PAUSE];
        for (name, once, again) in [
            ("initialize", &[][..], INITIALIZE),
            ("setBreakpoints", STOPPED, BREAKPOINTS),
            ("variables", STOPPED, VARIABLES),
        ] {
            let few = served(once, again, TIMES, (received, answers));
            let many = served(once, again, 2 * TIMES, (received, answers));
            // A tick is 80 instructions.
            say(name, many.wrapping_sub(few) * 80 / TIMES);
        }
        say("end", 0);
    }
    loop {
        sleep();
    }
}
