//! The serial line: client after client, whatever comes.

use crate::{Board, Controller};
use dapstub::small::{End, Server};
use embedded_io::{Read, ReadReady, Write};

/// For how long the line has to be silent until something that was no DAP counts as over, in milliseconds.
const PAUSE: u32 = 500;

/// A byte stream that clients come and go on.
pub trait Line: Read + ReadReady + Write {
    /// The session is over. A line that can be closed is closed here; a serial line stays as it is.
    fn hang_up(&mut self) {}
}

/// Starts the controller, and serves one client after the other. Returns only when the line itself fails.
///
/// `received` holds one message; a larger one is refused. `answers` has to hold the largest answer, which is the text of
/// the program.
///
/// # Errors
///
/// What the line has reported.
pub fn serve<L: Line, B: Board>(
    line: &mut L,
    controller: &mut Controller<B>,
    received: &mut [u8],
    answers: &mut [u8],
) -> Result<(), L::Error> {
    controller.begin();
    loop {
        let mut server = Server::new(received, answers);
        if server.serve(line, controller)? == End::NotDap {
            // Whatever was sent after it belongs to it. Then the client need not wait for answers any more.
            silence(line, controller)?;
            server.terminate(line)?;
        }
        line.hang_up();
    }
}

/// Drops what comes until nothing has come for a while.
fn silence<L: Line, B: Board>(line: &mut L, controller: &mut Controller<B>) -> Result<(), L::Error> {
    let mut last = controller.board.millis();
    while controller.board.millis().wrapping_sub(last) < PAUSE {
        if line.read_ready()? {
            line.read(&mut [0; 16])?;
            last = controller.board.millis();
        }
    }
    Ok(())
}
