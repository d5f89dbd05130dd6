//! The other side: what a client of a DAP server needs, for tests, proxies and tools.
//!
//! [`Asker`] writes requests, [`Message`] is what comes back. Both know the types of [`protocol`](crate::protocol):
//!
//! ```
//! use dapstub::client::Message;
//! use dapstub::protocol::{Event, requests};
//!
//! let body = br#"{"seq":9,"type":"response","request_seq":4,"success":true,"command":"threads","body":{"threads":[{"id":1,"name":"main"}]}}"#;
//! let Message::Response(response) = Message::parse(body)? else { panic!() };
//! let answer = response.read::<requests::Threads>().unwrap();
//! assert_eq!(answer.threads.iter().next().unwrap().name, "main");
//!
//! let body = br#"{"seq":10,"type":"event","event":"exited","body":{"exitCode":3}}"#;
//! let Message::Event { event, body, .. } = Message::parse(body)? else { panic!() };
//! let Some(Event::Exited(exited)) = Event::read(event, body).unwrap() else { panic!() };
//! assert_eq!(exited.exit_code, 3);
//! # Ok::<(), dapstub::client::MessageError>(())
//! ```

use crate::failure::Reason;
use crate::frame;
use crate::json::{FromJson, MAX_DEPTH, Mismatch, Raw, SyntaxError, Text, scan};
use crate::output::{Body, Full, Output};
use crate::protocol::{Arguments, Command, RequestType, ResponseError, answer};
use crate::session::wire::{self, Head};

/// Writes requests and counts them.
///
/// ```
/// use dapstub::client::Asker;
/// use dapstub::protocol::{InitializeArguments, requests};
///
/// let mut out = heapless::Vec::<u8, 256>::new();
/// let mut asker = Asker::default();
/// let arguments = InitializeArguments { adapter_id: "demo".into(), ..Default::default() };
/// assert_eq!(asker.request::<requests::Initialize>(&mut out, &arguments), Ok(1));
/// assert!(out.ends_with(br#"{"seq":1,"type":"request","command":"initialize","arguments":{"adapterID":"demo"}}"#));
/// # Ok::<(), dapstub::output::Full>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Asker {
    seq: u32,
}

impl Asker {
    /// Writes a framed request and returns its number, under which the [`Response`] will come.
    ///
    /// # Errors
    ///
    /// [`Full`]: nothing was written, and the number was not used.
    pub fn request<R: RequestType>(
        &mut self,
        out: &mut (impl Output + ?Sized),
        arguments: &R::Arguments<'_>,
    ) -> Result<u32, Full> {
        self.ask(out, R::COMMAND, |out| wire::value(out, arguments))
    }

    /// The same with arguments that `arguments` writes; it writes nothing where there are none.
    ///
    /// # Errors
    ///
    /// As for [`request`](Self::request).
    pub fn ask<O: Output + ?Sized>(
        &mut self,
        out: &mut O,
        command: Command,
        arguments: impl FnOnce(&mut Body<'_, Body<'_, O>>) -> Result<(), Full>,
    ) -> Result<u32, Full> {
        self.ask_by_name(out, command.as_str(), arguments)
    }

    /// The same for a command that DAP does not define.
    ///
    /// # Errors
    ///
    /// As for [`request`](Self::request).
    pub fn ask_by_name<O: Output + ?Sized>(
        &mut self,
        out: &mut O,
        command: &str,
        arguments: impl FnOnce(&mut Body<'_, Body<'_, O>>) -> Result<(), Full>,
    ) -> Result<u32, Full> {
        let seq = self.seq.wrapping_add(1);
        wire::message(
            out,
            seq,
            Head::Request {
                command: command.into(),
            },
            arguments,
        )?;
        self.seq = seq;
        Ok(seq)
    }

    /// Writes the answer to a reverse request of the server: `asker.answer::<requests::RunInTerminal>(..)`.
    ///
    /// # Errors
    ///
    /// [`Full`]: nothing was written.
    pub fn answer<R: RequestType>(
        &mut self,
        out: &mut (impl Output + ?Sized),
        request_seq: i32,
        body: &R::Response<'_>,
    ) -> Result<(), Full> {
        self.respond(out, request_seq, R::COMMAND.as_str().into(), |out| {
            wire::value(out, body)
        })
    }

    /// The same with a body that `body` writes; it writes nothing where there is none.
    ///
    /// # Errors
    ///
    /// [`Full`]: nothing was written.
    pub fn respond<O: Output + ?Sized>(
        &mut self,
        out: &mut O,
        request_seq: i32,
        command: Text<'_>,
        body: impl FnOnce(&mut Body<'_, Body<'_, O>>) -> Result<(), Full>,
    ) -> Result<(), Full> {
        let seq = self.seq.wrapping_add(1);
        wire::message(out, seq, Head::Response { request_seq, command }, body)?;
        self.seq = seq;
        Ok(())
    }

    /// Writes that a reverse request of the server is not carried out, and why.
    ///
    /// # Errors
    ///
    /// [`Full`]: nothing was written.
    pub fn refuse<O: Output + ?Sized>(
        &mut self,
        out: &mut O,
        request_seq: i32,
        command: Text<'_>,
        reason: Reason<'_>,
    ) -> Result<(), Full> {
        let seq = self.seq.wrapping_add(1);
        wire::failure(out, seq, request_seq, command, reason)?;
        self.seq = seq;
        Ok(())
    }
}

/// A message of a server.
#[derive(Clone, Copy, Debug)]
pub enum Message<'b> {
    /// The answer to a request.
    Response(Response<'b>),
    /// An event; [`Event::read`](crate::protocol::Event::read) reads it.
    Event {
        /// Number of the message.
        seq: u32,
        /// Its name.
        event: Text<'b>,
        /// What happened.
        body: Option<Raw<'b>>,
    },
    /// A reverse request.
    Request {
        /// Number of the message.
        seq: u32,
        /// What is asked.
        command: Text<'b>,
        /// With which arguments.
        arguments: Arguments<'b>,
    },
}

/// The answer of a server to a request.
#[derive(Clone, Copy, Debug)]
pub struct Response<'b> {
    /// Number of the message.
    pub seq: u32,
    /// Number of the request.
    pub request_seq: u32,
    /// Its command.
    pub command: Text<'b>,
    /// Whether it was carried out.
    pub success: bool,
    /// If not: why, in a word or a sentence.
    pub message: Option<Text<'b>>,
    /// What was answered; the error, if it was not carried out.
    pub body: Option<Raw<'b>>,
}

impl<'b> Response<'b> {
    /// What was answered to an `R`: `response.read::<requests::Threads>()`. Which request it answers is for the caller
    /// to know, from `request_seq`.
    ///
    /// # Errors
    ///
    /// The request was not carried out, or its answer is not what DAP says.
    pub fn read<R: RequestType>(&self) -> Result<R::Response<'b>, ResponseError<'b>> {
        answer::read::<R>(self.success, self.message, self.body)
    }
}

/// Why a message of a server cannot be read. The server's fault.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum MessageError {
    /// It is no JSON object.
    Json(SyntaxError),
    /// A member of the envelope is missing or not what it should be.
    Envelope(&'static str),
}

impl core::fmt::Display for MessageError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Json(error) => error.fmt(f),
            Self::Envelope(name) => write!(f, "member `{name}` is missing or not what it should be"),
        }
    }
}

impl core::error::Error for MessageError {}

impl<'b> Message<'b> {
    /// Reads a message body as [`frame::decode`] or a [`Receiver`](frame::Receiver) gives it.
    ///
    /// # Errors
    ///
    /// It is no message of DAP.
    pub fn parse(body: &'b [u8]) -> Result<Self, MessageError> {
        let scanned = scan(body, MAX_DEPTH);
        if let Some(fault) = scanned.fault {
            return Err(MessageError::Json(fault));
        }
        let envelope = scanned.envelope;
        let seq = need("seq", envelope.seq())?;
        let kind: Text<'_> = need("type", envelope.kind())?;
        if kind == "response" {
            return Ok(Self::Response(Response {
                seq,
                request_seq: need("request_seq", envelope.request_seq())?,
                command: need("command", envelope.command())?,
                success: need("success", envelope.success())?,
                message: envelope.message().and_then(|raw| raw.as_text()),
                body: envelope.body(),
            }));
        }
        if kind == "event" {
            return Ok(Self::Event {
                seq,
                event: need("event", envelope.event())?,
                body: envelope.body(),
            });
        }
        if kind == "request" {
            let command = need("command", envelope.command())?;
            return Ok(Self::Request {
                seq,
                command,
                arguments: Arguments::new(envelope.arguments()),
            });
        }
        Err(MessageError::Envelope("type"))
    }
}

fn need<'b, T: FromJson<'b>>(name: &'static str, value: Option<Raw<'b>>) -> Result<T, MessageError> {
    let wrong = |_: Mismatch<'_>| MessageError::Envelope(name);
    value.ok_or(MessageError::Envelope(name))?.read().map_err(wrong)
}

/// Writes one framed message whose body is there already: for proxies.
///
/// # Errors
///
/// [`Full`]: nothing was written.
pub fn forward<O: Output + ?Sized>(out: &mut O, body: &[u8]) -> Result<(), Full> {
    frame::encode(out, |out| out.push(body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Event, Nothing, RunInTerminalResponse, StoppedEvent, TerminatedEvent, requests};
    use std::string::ToString;

    #[test]
    fn messages_of_a_server_are_read() {
        let body = br#"{"seq":5,"type":"response","request_seq":2,"success":false,"command":"attach","message":"no","body":{"error":{"id":1,"format":"no"}}}"#;
        let Ok(Message::Response(response)) = Message::parse(body) else {
            panic!()
        };
        assert_eq!((response.seq, response.request_seq), (5, 2));
        assert_eq!((response.command, response.success), ("attach".into(), false));
        let Err(refused @ ResponseError::Refused { message, .. }) = response.read::<requests::Attach>() else {
            panic!()
        };
        assert_eq!(message.unwrap(), "no");
        let error = refused.error().unwrap();
        assert_eq!((error.id, error.format, error.show_user), (1, "no".into(), None));

        let body = br#"{"event":"stopped","body":{"reason":"step","threadId":3},"type":"event","seq":6}"#;
        let Ok(Message::Event { event, body, .. }) = Message::parse(body) else {
            panic!()
        };
        assert_eq!(event, "stopped");
        let stopped = StoppedEvent {
            thread_id: Some(3),
            ..Default::default()
        };
        assert_eq!(Event::read(event, body).unwrap(), Some(stopped.into()));

        let body = br#"{"seq":7,"type":"request","command":"runInTerminal","arguments":{"args":["a"]}}"#;
        let Ok(Message::Request {
            seq: 7,
            command,
            arguments,
        }) = Message::parse(body)
        else {
            panic!()
        };
        assert_eq!(
            (command, arguments.raw()),
            ("runInTerminal".into(), r#"{"args":["a"]}"#)
        );
    }

    #[test]
    fn responses_are_read_as_their_request_says() {
        let response = |success, message: Option<&'static str>, body: Option<&'static str>| Response {
            seq: 5,
            request_seq: 2,
            command: "readMemory".into(),
            success,
            message: message.map(Text::plain),
            body: body.map(|body| Raw::new(body).unwrap()),
        };
        type Memory = requests::ReadMemory;
        assert!(response(true, None, None).read::<Memory>().unwrap().is_none());
        let memory = response(true, None, Some(r#"{"address":"0x1"}"#))
            .read::<Memory>()
            .unwrap();
        assert_eq!(memory.unwrap().address, "0x1");
        for body in [None, Some("{}"), Some("null"), Some("[1]")] {
            assert_eq!(response(true, None, body).read::<requests::Next>().unwrap(), Nothing);
        }
        for (success, message, body, text) in [
            (true, None, Some("{}"), "body: member `address` is missing"),
            (
                true,
                None,
                Some(r#"{"address":1}"#),
                "body.address: expected a string, found 1",
            ),
            (false, None, None, "refused without a reason"),
            (false, Some("cancelled"), Some("{}"), "cancelled"),
            (
                false,
                Some("m"),
                Some(r#"{"error":{"id":1,"format":"in full"}}"#),
                "in full",
            ),
            (false, Some("m"), Some(r#"{"error":5}"#), "m"),
        ] {
            assert_eq!(
                response(success, message, body)
                    .read::<Memory>()
                    .unwrap_err()
                    .to_string(),
                text
            );
        }
    }

    #[test]
    fn events_are_read_by_name() {
        assert_eq!(
            Event::read("initialized".into(), None).unwrap(),
            Some(Event::Initialized)
        );
        assert_eq!(
            Event::read("terminated".into(), None).unwrap(),
            Some(TerminatedEvent::default().into())
        );
        assert_eq!(Event::read("debugpySockets".into(), None).unwrap(), None);
        let error = Event::read("thread".into(), None).unwrap_err();
        assert_eq!(error.to_string(), "body: member `reason` is missing");
    }

    #[test]
    fn reverse_requests_are_answered() {
        let mut out = heapless::Vec::<u8, 512>::new();
        let mut asker = Asker::default();
        let process = RunInTerminalResponse {
            process_id: Some(9),
            ..Default::default()
        };
        asker.answer::<requests::RunInTerminal>(&mut out, 7, &process).unwrap();
        assert!(out.ends_with(
            br#"{"seq":1,"type":"response","request_seq":7,"success":true,"command":"runInTerminal","body":{"processId":9}}"#
        ));
        asker.answer::<requests::StartDebugging>(&mut out, 8, &Nothing).unwrap();
        assert!(
            out.ends_with(br#"{"seq":2,"type":"response","request_seq":8,"success":true,"command":"startDebugging"}"#)
        );
        let reason = Reason::new(4, "no terminal here");
        asker.refuse(&mut out, 9, "runInTerminal".into(), reason).unwrap();
        assert!(out.ends_with(
            br#"{"seq":3,"type":"response","request_seq":9,"success":false,"command":"runInTerminal","message":"no terminal here","body":{"error":{"id":4,"format":"no terminal here","showUser":false}}}"#
        ));
    }

    #[test]
    fn messages_that_are_none_are_refused() {
        for (body, text) in [
            ("[]", "a message has to be a JSON object at byte 0"),
            ("{}", "member `seq` is missing or not what it should be"),
            (r#"{"seq":1}"#, "member `type` is missing or not what it should be"),
            (
                r#"{"seq":1,"type":"letter"}"#,
                "member `type` is missing or not what it should be",
            ),
            (
                r#"{"seq":1,"type":"event","event":5}"#,
                "member `event` is missing or not what it should be",
            ),
            (
                r#"{"seq":1,"type":"response","request_seq":1,"command":"a"}"#,
                "member `success` is missing or not what it should be",
            ),
        ] {
            assert_eq!(Message::parse(body.as_bytes()).unwrap_err().to_string(), text);
        }
    }

    #[test]
    fn asker_counts_only_what_was_written() {
        let mut out = heapless::Vec::<u8, 90>::new();
        let mut asker = Asker::default();
        assert_eq!(asker.ask(&mut out, Command::Threads, |_| Ok(())), Ok(1));
        assert_eq!(asker.ask(&mut out, Command::Threads, |_| Ok(())), Err(Full));
        out.clear();
        assert_eq!(asker.ask_by_name(&mut out, "myOwn", |_| Ok(())), Ok(2));
        assert!(out.ends_with(br#"{"seq":2,"type":"request","command":"myOwn"}"#));
        out.clear();
        forward(&mut out, b"{}").unwrap();
        assert_eq!(out, b"Content-Length: 2\r\n\r\n{}");
    }
}
