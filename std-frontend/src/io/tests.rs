//! What takes half a minute in real life, with less patience.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use core::net::SocketAddr;

use dapstub::Failure;
use dapstub::config::Config;
use dapstub::protocol::Capabilities;
use dapstub::session::Request;

use super::*;
use crate::client::Client;

const BRIEF: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_secs(20);

struct Nothing;

impl Host for Nothing {
    fn capabilities(&mut self) -> Capabilities<'_> {
        Capabilities::default()
    }

    fn attach(&mut self, _: &Client, _: &Request<'_>) -> Result<(), Failure> {
        Ok(())
    }

    fn request(&mut self, client: &Client, request: Request<'_>) {
        let _ = client.respond(request.ticket(), b"");
    }

    fn disconnected(&mut self, _: &Client, _: Disconnect) {}
}

/// A server that has little patience with one thing and much with the rest.
fn serve(patience: Patience) -> (SocketAddr, Arc<Shared>) {
    let (listener, address) = crate::listener::bind("127.0.0.1", 0).unwrap();
    let shared = Arc::new(Shared::new());
    shared.process.listening(&Config::default());
    super::serve(
        listener.into(),
        Box::new(Nothing),
        shared.clone(),
        Access::default(),
        patience,
    )
    .unwrap();
    (address.tcp().unwrap(), shared)
}

const PATIENT: Patience = Patience {
    initialize: LONG,
    attach: LONG,
    configure: LONG,
    linger: LONG,
    token_delay: BRIEF,
};

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream
}

fn say(stream: &mut TcpStream, seq: u32, command: &str) {
    let body = format!(r#"{{"seq":{seq},"type":"request","command":"{command}","arguments":{{"adapterID":"x"}}}}"#);
    write!(stream, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
}

/// Reads until the server closes; how long that took.
fn until_closed(stream: &mut TcpStream) -> Duration {
    let begin = Instant::now();
    let mut all = Vec::new();
    if let Err(error) = stream.read_to_end(&mut all) {
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }
    begin.elapsed()
}

#[test]
fn whoever_says_nothing_is_dropped() {
    let (address, _shared) = serve(Patience {
        initialize: BRIEF,
        ..PATIENT
    });
    let mut silent = connect(address);
    let mut slow = connect(address);
    slow.write_all(b"Content-Length: 100\r\n\r\n{").unwrap();
    let mut initialized = connect(address);
    say(&mut initialized, 1, "initialize");
    assert!(until_closed(&mut silent) < LONG / 2);
    assert!(until_closed(&mut slow) < LONG / 2);
    initialized.set_read_timeout(Some(BRIEF)).unwrap();
    let mut all = Vec::new();
    assert!(
        initialized.read_to_end(&mut all).is_err(),
        "the time to initialize does not count any more"
    );
}

#[test]
fn whoever_does_not_attach_is_dropped_and_whoever_does_may_take_his_time() {
    let (address, shared) = serve(Patience {
        attach: BRIEF,
        ..PATIENT
    });
    let mut attached = connect(address);
    say(&mut attached, 1, "initialize");
    say(&mut attached, 2, "attach");
    let mut undecided = connect(address);
    let begin = Instant::now();
    while !shared.process.is_attached() {
        assert!(begin.elapsed() < LONG);
        std::thread::yield_now();
    }
    say(&mut undecided, 1, "disconnect");
    say(&mut attached, 3, "disconnect");
    until_closed(&mut attached);
    say(&mut undecided, 2, "initialize");
    assert!(until_closed(&mut undecided) < LONG / 2);
}

#[test]
fn whoever_does_not_close_after_the_last_answer_is_closed() {
    let (address, shared) = serve(Patience {
        linger: BRIEF,
        ..PATIENT
    });
    let mut stubborn = connect(address);
    stubborn.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    until_closed(&mut stubborn);
    assert_eq!(
        shared.descriptors.list().count(),
        2,
        "the server has finished and lingers"
    );
    let begin = Instant::now();
    while shared.descriptors.list().count() > 1 {
        assert!(begin.elapsed() < LONG / 2);
        std::thread::yield_now();
    }
    // With a peer that closes it need not wait.
    let (address, shared) = serve(PATIENT);
    let mut polite = connect(address);
    polite.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    until_closed(&mut polite);
    polite.shutdown(Shutdown::Both).unwrap();
    let begin = Instant::now();
    while shared.descriptors.list().count() > 1 {
        assert!(begin.elapsed() < LONG / 2);
        std::thread::yield_now();
    }
}

#[test]
fn whoever_does_not_configure_loses_the_place_to_the_next_and_to_nobody_else() {
    let (address, shared) = serve(Patience {
        configure: BRIEF,
        ..PATIENT
    });
    let mut lazy = connect(address);
    say(&mut lazy, 1, "initialize");
    say(&mut lazy, 2, "attach");
    let begin = Instant::now();
    while !shared.process.is_overdue(BRIEF) {
        assert!(begin.elapsed() < LONG);
        std::thread::yield_now();
    }
    // Nobody wants the place: it keeps it, and who only looks by does not take it.
    let mut guest = connect(address);
    say(&mut guest, 1, "initialize");
    lazy.set_read_timeout(Some(BRIEF)).unwrap();
    let mut all = Vec::new();
    assert_eq!(
        lazy.read_to_end(&mut all).unwrap_err().kind(),
        io::ErrorKind::WouldBlock
    );
    say(&mut guest, 2, "attach");
    say(&mut guest, 3, "configurationDone");
    lazy.set_read_timeout(Some(LONG)).unwrap();
    assert!(until_closed(&mut lazy) < LONG / 2);
    // Now it is the other's, for good.
    while shared.process.is_overdue(Duration::ZERO) {
        assert!(begin.elapsed() < LONG);
        std::thread::yield_now();
    }
    let mut third = connect(address);
    say(&mut third, 1, "initialize");
    assert!(until_closed(&mut third) < LONG / 2);
    assert!(shared.process.is_attached());
}
