//! The other side: what a client of a DAP server needs, for tests, proxies and tools.

use crate::frame;
use crate::json::{FromJson, MAX_DEPTH, Mismatch, Raw, SyntaxError, Text, scan};
use crate::output::{Body, Full, Output};
use crate::protocol::Command;
use crate::session::wire::{self, Head};

/// Writes requests and counts them.
///
/// ```
/// use dapstub::client::Asker;
/// use dapstub::json::ToJson;
/// use dapstub::protocol::{Command, InitializeArguments};
///
/// let mut out = heapless::Vec::<u8, 256>::new();
/// let mut asker = Asker::default();
/// let arguments = InitializeArguments { adapter_id: "demo".into(), ..Default::default() };
/// assert_eq!(asker.ask(&mut out, Command::Initialize, |out| arguments.write(out)), Ok(1));
/// assert!(out.ends_with(br#"{"seq":1,"type":"request","command":"initialize","arguments":{"adapterID":"demo"}}"#));
/// # Ok::<(), dapstub::output::Full>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Asker {
    seq: u32,
}

impl Asker {
    /// Writes a framed request and returns its number. `arguments` writes nothing where there are none.
    ///
    /// # Errors
    ///
    /// [`Full`]: nothing was written, and the number was not used.
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
    /// As for [`ask`](Self::ask).
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

    /// Writes the answer to a reverse request of the server.
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
}

/// A message of a server.
#[derive(Clone, Copy, Debug)]
pub enum Message<'b> {
    /// The answer to a request.
    Response {
        /// Number of the message.
        seq: u32,
        /// Number of the request.
        request_seq: u32,
        /// Its command.
        command: Text<'b>,
        /// Whether it was carried out.
        success: bool,
        /// If not: why, in a word or a sentence.
        message: Option<Text<'b>>,
        /// What was answered; the error, if it was not carried out.
        body: Option<Raw<'b>>,
    },
    /// An event.
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
        arguments: Option<Raw<'b>>,
    },
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
            return Ok(Self::Response {
                seq,
                request_seq: need("request_seq", envelope.request_seq())?,
                command: need("command", envelope.command())?,
                success: need("success", envelope.success())?,
                message: envelope.message().and_then(|raw| raw.as_text()),
                body: envelope.body(),
            });
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
                arguments: envelope.arguments(),
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
    use crate::protocol::StoppedEvent;
    use std::string::ToString;

    #[test]
    fn messages_of_a_server_are_read() {
        let body = br#"{"seq":5,"type":"response","request_seq":2,"success":false,"command":"attach","message":"no","body":{"error":{"id":1,"format":"no"}}}"#;
        let Ok(Message::Response {
            seq: 5,
            request_seq: 2,
            command,
            success: false,
            message,
            body,
        }) = Message::parse(body)
        else {
            panic!()
        };
        assert_eq!((command, message.unwrap()), ("attach".into(), "no".into()));
        assert!(body.unwrap().text().starts_with("{\"error\""));

        let body = br#"{"event":"stopped","body":{"reason":"step","threadId":3},"type":"event","seq":6}"#;
        let Ok(Message::Event { event, body, .. }) = Message::parse(body) else {
            panic!()
        };
        assert_eq!(event, "stopped");
        assert_eq!(body.unwrap().read::<StoppedEvent<'_>>().unwrap().thread_id, Some(3));

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
            (command, arguments.unwrap().text()),
            ("runInTerminal".into(), r#"{"args":["a"]}"#)
        );
        let mut out = heapless::Vec::<u8, 256>::new();
        Asker::default()
            .respond(&mut out, 7, command, |out| out.push(b"{}"))
            .unwrap();
        assert!(out.ends_with(
            br#"{"seq":1,"type":"response","request_seq":7,"success":true,"command":"runInTerminal","body":{}}"#
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
