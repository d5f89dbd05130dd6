//! Every function of the layers below the debuggee.

use dapstub::Failure;
use dapstub::client::{Asker, forward};
use dapstub::config::Config;
use dapstub::failure::Reason;
use dapstub::frame::{self, Limits, Progress, Received, Receiver};
use dapstub::json::{Cursor, Kind, MAX_DEPTH, Raw, Text, ToJson, check, scan};
use dapstub::lifecycle::Lifecycle;
use dapstub::output::{Full, Output, SliceOutput, whole};
use dapstub::protocol::{Command, StoppedEvent, requests};
use dapstub::session::{Request, Session, Step};
use dapstub::small::{self, Body, Events, Heard, Host, Server};

pub fn call(text: &str, mut out: &mut dyn Output) {
    frames(text.as_bytes(), out);
    json(text, out);
    session(text.as_bytes(), SliceOutput::new(&mut [0; 2048]));
    session(text.as_bytes(), heapless::Vec::<u8, 2048>::new());
    _ = forward(out, text.as_bytes());
    _ = Asker::default().ask_by_name(out, text, |out| out.push(text.as_bytes()));
    _ = Asker::default().refuse(out, 1, Text::plain(text), Reason::new(1, text));
    _ = whole(&mut out, |out| out.push(text.as_bytes()));
    out.consume(text.len());
    out.truncate(text.len());
    process(text);
    small(text.as_bytes());
}

/// A client of the small server, which breaks off where its text ends.
fn small(text: &[u8]) {
    struct Line<'t>(&'t [u8], bool);
    impl embedded_io::ErrorType for Line<'_> {
        type Error = core::convert::Infallible;
    }
    impl embedded_io::ReadReady for Line<'_> {
        fn read_ready(&mut self) -> Result<bool, Self::Error> {
            self.1 = !self.1;
            Ok(self.1)
        }
    }
    impl embedded_io::Read for Line<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Self::Error> {
            let mut n = 0;
            for (place, byte) in buffer.iter_mut().zip(self.0) {
                *place = *byte;
                n += 1;
            }
            self.0 = self.0.get(n..).unwrap_or_default();
            Ok(n)
        }
    }
    impl embedded_io::Write for Line<'_> {
        fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
            Ok(bytes.len())
        }
        fn flush(&mut self) -> Result<(), Self::Error> {
            Ok(())
        }
    }
    struct Echo(u32);
    impl Host for Echo {
        fn carry_out(&mut self, request: &small::Request<'_>, body: &mut Body<'_>) -> Result<(), &'static str> {
            let [one, other] = request.arguments().members("source expression");
            let mut text = [0; 64];
            let text = if one.is_there() { one } else { other }.ascii(&mut text);
            let text = core::str::from_utf8(text.unwrap_or_default());
            body.text(text.unwrap_or_default());
            body.number(one.elements().filter_map(|element| element.number()).count() as i32);
            Ok(())
        }
        fn turn(&mut self, events: &mut Events<'_, '_>) {
            let reported = events.is_running() && events.report("stopped", |body| body.raw("{}"));
            self.0 = self.0.wrapping_add(u32::from(reported));
        }
        fn heard(&mut self, what: Heard) -> bool {
            self.0 = self.0.wrapping_add(1);
            what == Heard::Bytes || self.0 < 1 << 20
        }
        fn lost(&mut self) {}
    }
    let (mut received, mut answers) = ([0; 256], [0; 256]);
    let mut server = Server::new(&mut received, &mut answers);
    let mut line = Line(text, false);
    _ = server.serve(&mut line, &mut Echo(0));
    _ = server.terminate(&mut line);
}

fn frames(wire: &[u8], out: &mut dyn Output) {
    let mut rest = wire;
    while let Ok(Progress::Message { body, consumed }) = frame::decode(rest, 4096) {
        _ = frame::encode(out, |out| out.push(body));
        rest = rest.get(consumed..).unwrap_or_default();
    }
    let limits = Limits {
        body: wire.len(),
        skip: Limits::new(wire.len()).skip,
    };
    for mut receiver in [Receiver::new([0; 100]), Receiver::with_limits([0; 100], limits)] {
        let mut rest = wire;
        while !rest.is_empty() {
            let mut n = 0;
            for (place, byte) in receiver.space().iter_mut().zip(rest) {
                *place = *byte;
                n += 1;
            }
            receiver.fed(n);
            rest = rest.get(n..).unwrap_or_default();
            loop {
                _ = (receiver.needs(), receiver.is_between_messages());
                _ = receiver.storage_mut();
                match receiver.next() {
                    Ok(Received::Message(body)) => _ = out.push(body),
                    Ok(Received::Oversize { prefix, .. }) => _ = out.push(prefix),
                    Ok(Received::NeedInput) => break,
                    Err(_) => return,
                }
            }
        }
    }
}

fn json(text: &str, out: &mut dyn Output) {
    let scanned = scan(text.as_bytes(), MAX_DEPTH);
    if let Some(fault) = scanned.fault {
        fault.describe(&mut |text| _ = out.push(text.as_bytes()));
    }
    _ = check(text.as_bytes(), MAX_DEPTH);
    if let Ok(raw) = Raw::new(text) {
        walk(Cursor::new(raw), out);
    }
    for text in [Text::from_wire(text), Some(Text::plain(text))].into_iter().flatten() {
        _ = (
            text.decoded_len(),
            text.is_empty(),
            text == "x",
            text == Text::plain("x"),
        );
        if let Ok(decoded) = text.decode(&mut [0; 64]) {
            _ = out.push(decoded.as_bytes());
        }
        for character in text.chars() {
            _ = u64::from(character).write(out);
        }
        _ = text.write(out);
    }
}

/// Reads as anything, level by level.
fn walk(mut cursor: Cursor<'_>, out: &mut dyn Output) {
    for _ in 0..100 {
        _ = cursor.null();
        match cursor.kind() {
            Some(Kind::Object) => {
                _ = cursor.object();
                if let Some(key) = cursor.member() {
                    _ = out.push(key.name(&mut dapstub::json::Key::buffer()).as_bytes());
                }
            }
            Some(Kind::Array) => _ = (cursor.array(), cursor.element()),
            Some(Kind::String) => _ = cursor.string(),
            Some(Kind::Boolean) => _ = cursor.boolean(),
            Some(Kind::Number) => {
                if let Err(mismatch) = cursor.integer(0, i64::MAX) {
                    mismatch.expected.describe(&mut |text| _ = out.push(text.as_bytes()));
                }
            }
            _ => _ = out.push(cursor.raw().text().as_bytes()),
        }
    }
    _ = out.push(cursor.rest().as_bytes());
}

fn session(wire: &[u8], out: impl Output) {
    let mut session = Session::<_, 3>::new(out).with_depth(32);
    let mut rest = wire;
    while let Ok(Progress::Message { body, consumed }) = frame::decode(rest, 4096) {
        rest = rest.get(consumed..).unwrap_or_default();
        _ = Request::parse(body).map_err(|bad| bad.failure());
        match session.receive(body) {
            Ok(Step::Request(request)) => {
                let (first, again) = (request.ticket(), request.ticket());
                _ = session.fail(request.ticket(), &Failure::not_supported(request.command_str()));
                _ = session.answer(first, |out| {
                    out.push(request.raw())?;
                    Ok(dapstub::session::Outcome::Later)
                });
                _ = session.attached(request.ticket());
                _ = session.respond(request.ticket(), |out| out.push(b"{}"));
                _ = session.respond_raw(request.ticket(), b"{}");
                _ = session.fail(again, Reason::new(1, "no"));
            }
            Ok(Step::Reply(reply)) => _ = reply.read::<requests::RunInTerminal>(),
            Ok(Step::Answered | Step::Ignored) => {}
            Err(Full) => session.sent(usize::MAX),
        }
        _ = session.receive_oversize(body, usize::MAX);
        _ = session.report(StoppedEvent::default());
        _ = session.event("own", |out| out.push(b"{}"));
        _ = session.event_raw("own", b"{}");
        _ = session.send_request(Command::RunInTerminal, |out| out.push(b"{}"));
        _ = session.ask::<requests::StartDebugging>(&Default::default());
        _ = (session.phase(), session.open_requests(), session.output_mut().room());
        let sent = session.outgoing().len();
        session.sent(sent / 2);
    }
}

fn process(text: &str) {
    let Ok(config) = Config::default().with_host(text) else {
        return;
    };
    let mut life = Lifecycle::new(&config);
    _ = (life.start(), life.is_held());
    life.bind_failed();
    life.bound();
    _ = (life.attach().map_err(|error| error.text()), life.configured());
    life.detach();
    _ = life.state();
}
