//! Requests of a client, and its answers to requests of ours, as values that can be kept.

use bytes::Bytes;
use dapstub::Failure;
use dapstub::json::{FromJson, Raw, Text};
use dapstub::protocol::{Arguments, Command};
use dapstub::session;

/// A request of the client. Cheap to clone, and to be moved to any task or thread.
#[derive(Clone, Debug)]
pub struct Request {
    body: Bytes,
    seq: i32,
    command: Command,
}

impl Request {
    /// `request` was read from `body`.
    pub(crate) fn new(body: Bytes, request: &session::Request<'_>) -> Self {
        Self {
            seq: request.seq(),
            command: request.command(),
            body,
        }
    }

    /// Returns its number, as the client counts.
    pub fn seq(&self) -> i32 {
        self.seq
    }

    /// Returns its command.
    pub fn command(&self) -> Command {
        self.command
    }

    /// Returns the name of its command, also where DAP does not define it.
    pub fn command_str(&self) -> Text<'_> {
        self.view().command_str()
    }

    /// Returns its arguments, unread.
    pub fn arguments(&self) -> Arguments<'_> {
        self.view().arguments()
    }

    /// Reads its arguments as one of DAP's types.
    ///
    /// # Errors
    ///
    /// The failure that says which member is not what it should be; answer with it.
    pub fn parse<'b, T: FromJson<'b>>(&'b self) -> Result<T, Failure> {
        Ok(self.arguments().parse()?)
    }

    /// Returns the whole message body.
    pub fn raw(&self) -> &Bytes {
        &self.body
    }

    /// Returns the same as the core has it, for [`dispatch`](dapstub::debuggee::dispatch). Each call reads the body again; its
    /// ticket answers nothing.
    pub fn view(&self) -> session::Request<'_> {
        // It was read once, and its bytes are the same.
        session::Request::parse(&self.body).expect("a request is a request")
    }
}

/// The client's answer to a request of ours.
#[derive(Clone, Debug)]
pub struct Reply {
    success: bool,
    message: Option<String>,
    body: Bytes,
}

impl Reply {
    /// `reply` was read from `message`.
    pub(crate) fn new(message: &Bytes, reply: &session::Reply<'_>) -> Self {
        let word = reply.message().map(|text| {
            let mut buffer = vec![0; text.raw().len()];
            text.decode(&mut buffer).unwrap_or_default().to_owned()
        });
        let body = reply.body().map(|body| message.slice_ref(body.text().as_bytes()));
        Self {
            success: reply.success(),
            message: word,
            body: body.unwrap_or_default(),
        }
    }

    /// Tells whether the client did it.
    pub fn success(&self) -> bool {
        self.success
    }

    /// Says why not, in the client's words.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// Returns the JSON that it answered; empty for none.
    pub fn raw(&self) -> &Bytes {
        &self.body
    }

    /// Reads what it answered as one of DAP's types.
    ///
    /// # Errors
    ///
    /// The failure that says which member is not what it should be.
    pub fn parse<'b, T: FromJson<'b>>(&'b self) -> Result<T, Failure> {
        let text = str::from_utf8(&self.body).unwrap_or_default();
        Ok(Arguments::new(Raw::new(text).ok()).parse()?)
    }
}
