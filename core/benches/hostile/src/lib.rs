//! Streams that are malformed, and readers of DAP that are given them. See README.md.

pub mod cases;
pub mod ours;
pub mod summary;

use std::io::Read;
use summary::{Stream, shortened};

/// Runs one case in this process, as the child of the program that prints the table.
pub fn child(index: usize, reader: impl FnOnce(Stream, &mut dyn FnMut(&str))) {
    let case = cases::cases().swap_remove(index);
    reader(Stream::new(case.stream), &mut |line| println!("{}", shortened(line)));
}

/// `dap`, whose server reads requests from a stream. After an error it is asked again, as one may that wants to go on.
pub fn dap(stream: impl Read, tell: &mut dyn FnMut(&str)) {
    let (input, output) = (
        std::io::BufReader::new(stream),
        std::io::BufWriter::new(std::io::sink()),
    );
    let mut server = dap::server::Server::new(input, output);
    // A reader that makes an error of every line has made enough of them by then.
    for _ in 0..100 {
        match server.poll_request() {
            Ok(Some(request)) => {
                let command = format!("{:?}", request.command);
                let command = command.split(['(', ' ']).next().unwrap_or_default().to_lowercase();
                tell(&format!("request {} {command}", request.seq));
            }
            Ok(None) => return,
            Err(error) => tell(&format!("error: {error}")),
        }
    }
}
