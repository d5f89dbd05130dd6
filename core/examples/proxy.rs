//! A proxy: stands between a client and a server and prints what they say to each other, a line for each message.
//!
//! ```text
//! cargo run --example proxy LISTEN SERVER          # 127.0.0.1:5679 127.0.0.1:5678
//! ```
//!
//! It uses no more than the frame layer to pass messages on; a message that it cannot read is passed on all the same.

use core::error::Error;
use dapstub::client::{Message, forward};
use dapstub::frame::{Received, Receiver};
use dapstub::output::SliceOutput;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

/// Largest message that is passed on.
const LIMIT: usize = 4 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [listen, server] = &*arguments else {
        return Err("usage: proxy LISTEN SERVER".into());
    };
    let listener = TcpListener::bind(listen)?;
    println!("listening on {}", listener.local_addr()?);
    for client in listener.incoming() {
        let (client, server) = (client?, TcpStream::connect(server)?);
        let back = (server.try_clone()?, client.try_clone()?);
        let answers = thread::spawn(move || pass("<-", back.0, back.1));
        pass("->", client, server);
        answers.join().expect("it does not panic");
        println!("closed");
    }
    Ok(())
}

/// Passes on until one of the two is gone or talks nonsense, and then closes both.
fn pass(arrow: &str, mut from: TcpStream, mut to: TcpStream) {
    if let Err(error) = each_message(arrow, &mut from, &mut to) {
        println!("{arrow} closed: {error}");
    }
    // The other direction ends with this one.
    for stream in [from, to] {
        let _ = stream.shutdown(Shutdown::Both);
    }
}

fn each_message(arrow: &str, from: &mut TcpStream, to: &mut TcpStream) -> Result<(), Box<dyn Error>> {
    to.set_nodelay(true)?;
    let mut receiver = Receiver::new(vec![0; LIMIT]);
    let mut storage = vec![0; LIMIT + 100];
    loop {
        match receiver.next()? {
            Received::Message(body) => {
                println!("{arrow} {}", line(body));
                let mut out = SliceOutput::new(&mut storage);
                forward(&mut out, body)?;
                to.write_all(dapstub::output::Output::written(&out))?;
            }
            Received::Oversize { announced, .. } => return Err(format!("a message of {announced} bytes").into()),
            Received::NeedInput => match from.read(receiver.space())? {
                0 => return Ok(()),
                n => receiver.fed(n),
            },
        }
    }
}

/// A message in one line.
fn line(body: &[u8]) -> String {
    match Message::parse(body) {
        Ok(Message::Request {
            seq,
            command,
            arguments,
        }) => format!("{seq} {command} {}", arguments.raw()),
        Ok(Message::Response(response)) => {
            let result = match response.message {
                Some(message) if !response.success => format!("failed: {message}"),
                _ => response.body.map_or("", |body| body.text()).into(),
            };
            format!(
                "{} answers {} {}: {result}",
                response.seq, response.request_seq, response.command
            )
        }
        Ok(Message::Event { seq, event, body }) => {
            format!("{seq} event {event} {}", body.map_or("", |body| body.text()))
        }
        Err(error) => format!("({error}) {}", String::from_utf8_lossy(body)),
    }
}
