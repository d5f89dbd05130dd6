//! A client: attaches to a server, sets a breakpoint, prints the stack when it is hit, and leaves.
//!
//! ```text
//! cargo run --example client ADDRESS FILE LINE     # 127.0.0.1:5678 echo.txt 3
//! ```
//!
//! FILE is the path as the server knows it.

use core::error::Error;
use dapstub::client::{Asker, Message, Response};
use dapstub::frame::{Received, Receiver};
use dapstub::json::Items;
use dapstub::output::Output;
use dapstub::protocol::{
    DisconnectArguments, Event, InitializeArguments, RequestType, SetBreakpointsArguments, Source, SourceBreakpoint,
    StackTraceArguments, requests,
};
use std::io::{Read, Write};
use std::net::TcpStream;

/// Largest message taken from a server.
const LIMIT: usize = 1 << 20;

struct Connection {
    stream: TcpStream,
    receiver: Receiver<Vec<u8>>,
    asker: Asker,
}

impl Connection {
    fn ask<R: RequestType>(&mut self, arguments: &R::Arguments<'_>) -> Result<u32, Box<dyn Error>> {
        let mut out = heapless::Vec::<u8, 4096>::new();
        let seq = self.asker.request::<R>(&mut out, arguments)?;
        self.stream.write_all(out.written())?;
        Ok(seq)
    }

    /// The next message body; `None` at the end of the stream.
    fn receive(&mut self) -> Result<Option<Vec<u8>>, Box<dyn Error>> {
        loop {
            match self.receiver.next()? {
                Received::Message(body) => return Ok(Some(body.to_vec())),
                Received::Oversize { announced, .. } => return Err(format!("a message of {announced} bytes").into()),
                Received::NeedInput => {}
            }
            match self.stream.read(self.receiver.space())? {
                0 => return Ok(None),
                n => self.receiver.fed(n),
            }
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, file, line] = &*arguments else {
        return Err("usage: client ADDRESS FILE LINE".into());
    };
    let breakpoint = SourceBreakpoint {
        line: line.parse()?,
        ..Default::default()
    };

    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let receiver = Receiver::new(vec![0; LIMIT]);
    let mut server = Connection {
        stream,
        receiver,
        asker: Asker::default(),
    };
    server.ask::<requests::Initialize>(&InitializeArguments {
        client_id: Some("example".into()),
        adapter_id: "dapstub".into(),
        ..Default::default()
    })?;

    while let Some(body) = server.receive()? {
        match Message::parse(&body)? {
            Message::Response(response) => {
                if answered(&mut server, &response)? {
                    return Ok(());
                }
            }
            Message::Event { event, body, .. } => match Event::read(event, body).map_err(|error| error.to_string())? {
                Some(Event::Initialized) => {
                    server.ask::<requests::SetBreakpoints>(&SetBreakpointsArguments {
                        source: Source {
                            path: Some(file.as_str().into()),
                            ..Default::default()
                        },
                        breakpoints: Some(Items::new(&[breakpoint])),
                        ..Default::default()
                    })?;
                    server.ask::<requests::ConfigurationDone>(&None)?;
                }
                Some(Event::Stopped(stopped)) => {
                    println!("stopped: {}", stopped.reason.text());
                    let thread_id = stopped.thread_id.ok_or("no thread is named")?;
                    server.ask::<requests::StackTrace>(&StackTraceArguments {
                        thread_id,
                        ..Default::default()
                    })?;
                }
                Some(Event::Output(output)) => print!("{}", output.output),
                Some(Event::Terminated(_)) => println!("terminated"),
                _ => {}
            },
            // Nothing was announced that a server could ask for.
            Message::Request { .. } => {}
        }
    }
    Err("the server has closed the connection".into())
}

/// What follows from an answer; `true` after the last.
fn answered(server: &mut Connection, response: &Response<'_>) -> Result<bool, Box<dyn Error>> {
    if !response.success {
        return Err(format!("{} failed: {}", response.command, response.message.unwrap_or_default()).into());
    }
    match response.command.as_str() {
        Some("initialize") => {
            server.ask::<requests::Attach>(&Default::default())?;
        }
        Some("attach") => println!("attached"),
        Some("setBreakpoints") => {
            let answer = response
                .read::<requests::SetBreakpoints>()
                .map_err(|error| error.to_string())?;
            for breakpoint in answer.breakpoints {
                let state = if breakpoint.verified { "set" } else { "not set" };
                println!("breakpoint at line {}: {state}", breakpoint.line.unwrap_or_default());
            }
        }
        Some("stackTrace") => {
            let answer = response
                .read::<requests::StackTrace>()
                .map_err(|error| error.to_string())?;
            for frame in answer.stack_frames {
                let path = frame.source.and_then(|source| source.path).unwrap_or_default();
                println!("  {} at {path}:{}", frame.name, frame.line);
            }
            server.ask::<requests::Disconnect>(&Some(DisconnectArguments::default()))?;
        }
        Some("disconnect") => return Ok(true),
        _ => {}
    }
    Ok(false)
}
