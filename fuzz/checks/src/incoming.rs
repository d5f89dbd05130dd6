//! What a client's message is, told by serde_json instead of the code under test.

use dapstub::session::MAX_COMMAND_NAME;
use serde_json::from_str;

use crate::judge::Asked;
use crate::members::Members;

/// How a server has to take one message body.
#[derive(Debug, PartialEq)]
pub(crate) enum Incoming {
    Request(Request),
    /// Wants no answer, whether it is one to us or not.
    Response,
    /// A message that can't be taken, with what the answer names.
    Bad(Asked),
    /// JSON that is faulty: how much of it could be read is the server's affair.
    Rubbish,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Request {
    pub(crate) asked: Asked,
    /// Whether the name of the command is too long to be kept.
    pub(crate) too_long: bool,
}

const ENVELOPE: [&str; 9] = [
    "seq",
    "type",
    "command",
    "arguments",
    "request_seq",
    "success",
    "message",
    "body",
    "event",
];

impl Incoming {
    pub(crate) fn of(body: &[u8], depth: usize) -> Self {
        // The target `json` looks after this function.
        let Ok(text) = dapstub::json::check(body, depth) else {
            return Self::Rubbish;
        };
        let Ok(Members(members)) = from_str(text) else {
            return Self::Rubbish;
        };
        let count = |name: &str| members.iter().filter(|(key, _)| key == name).count();
        if ENVELOPE.iter().any(|name| count(name) > 1) {
            return Self::Rubbish;
        }
        let value = |name: &str| {
            members
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.get())
        };
        let string = |name: &str| value(name).and_then(|value| from_str::<String>(value).ok());
        let kind = string("type");
        if kind.as_deref() == Some("response") {
            return Self::Response;
        }
        let seq = value("seq")
            .filter(|seq| !seq.contains(['.', 'e', 'E']))
            .and_then(|seq| seq.parse::<i32>().ok())
            .filter(|&seq| seq >= 0);
        let name = string("command");
        let too_long = value("command").is_some_and(|name| name.len() - 2 > MAX_COMMAND_NAME);
        let good = kind.as_deref() == Some("request") && seq.is_some() && name.is_some();
        let name = name.filter(|_| good || !too_long).unwrap_or_default();
        let asked = (seq.unwrap_or(0).into(), name);
        if good {
            Self::Request(Request { asked, too_long })
        } else {
            Self::Bad(asked)
        }
    }
}

impl Request {
    /// What an answer names: a long name is not worth repeating.
    pub(crate) fn named(&self) -> Asked {
        let (seq, name) = self.asked.clone();
        (seq, if self.too_long { String::new() } else { name })
    }
}
