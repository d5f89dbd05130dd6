//! What a client holds a server to: framing, numbers, shapes and order of everything that is sent.

use std::collections::BTreeMap;

use dapstub::failure::id;
use dapstub::frame::{Progress, decode};
use serde_json::Value;

use crate::members::Members;

/// A request that wants an answer: its number and its command, as an answer repeats them.
pub(crate) type Asked = (i64, String);

/// A client that watches one session.
#[derive(Debug, Default)]
pub(crate) struct Judge {
    seq: i64,
    /// Requests without an answer yet, and how often each was asked.
    pending: BTreeMap<Asked, usize>,
    /// The next message has to be an error response, under whatever number could be read.
    refusal: bool,
    /// Answers are counted, not told apart: the client doesn't know which number some of them will name.
    lenient: bool,
    initialized_answered: bool,
    initialized: bool,
    configured: bool,
    attached: bool,
    ended: bool,
    terminated: bool,
    exited: bool,
    /// What the client has said that it takes, in the words of `initialize`.
    announced: Vec<&'static str>,
    last: Option<Asked>,
    /// How many answers there were.
    pub(crate) answers: usize,
    /// Requests of the server that were not answered yet.
    pub(crate) asked_of_us: Vec<i64>,
}

/// Events and requests that a client has to announce that it takes, and how it does.
const TO_BE_ANNOUNCED: [(&str, &str); 7] = [
    ("progressStart", "supportsProgressReporting"),
    ("progressUpdate", "supportsProgressReporting"),
    ("progressEnd", "supportsProgressReporting"),
    ("invalidated", "supportsInvalidatedEvent"),
    ("memory", "supportsMemoryEvent"),
    ("runInTerminal", "supportsRunInTerminalRequest"),
    ("startDebugging", "supportsStartDebuggingRequest"),
];

/// Whether a client has to say that it takes events or requests of this name.
pub(crate) fn is_announced(name: &str) -> bool {
    TO_BE_ANNOUNCED.iter().any(|(known, _)| *known == name)
}

/// One message of the server.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) message: Value,
}

impl Seen {
    pub(crate) fn text(&self, member: &str) -> &str {
        self.message[member].as_str().unwrap_or_default()
    }

    pub(crate) fn is_response(&self) -> bool {
        self.text("type") == "response"
    }

    pub(crate) fn is_event(&self, name: &str) -> bool {
        self.text("type") == "event" && self.text("event") == name
    }

    pub(crate) fn succeeded(&self) -> bool {
        self.message["success"] == true
    }

    /// Number and command of the request that a response is for.
    pub(crate) fn answers(&self) -> Asked {
        (self.integer("request_seq"), self.text("command").to_owned())
    }

    /// Whether it has no other members than these.
    fn has_only(&self, members: &[&str]) -> bool {
        let object = self.message.as_object().expect("an object");
        object.keys().all(|key| members.contains(&&**key))
    }

    fn integer(&self, member: &str) -> i64 {
        self.message[member].as_i64().expect("an integer")
    }
}

impl Judge {
    /// The client sends a request.
    pub(crate) fn asks(&mut self, asked: Asked) {
        *self.pending.entry(asked).or_default() += 1;
    }

    /// The client's `initialize` says what it takes; any other message says nothing.
    pub(crate) fn announces(&mut self, body: &[u8]) {
        let message = Members::read(core::str::from_utf8(body).ok());
        if message.get("command").and_then(|name| serde_json::from_str(name).ok()) != Some("initialize".to_owned()) {
            return;
        }
        let arguments = Members::read(message.get("arguments"));
        let said = |member: &str| arguments.get(member) == Some("true");
        if !self.lenient {
            self.announced.clear();
        }
        self.announced.extend(
            TO_BE_ANNOUNCED
                .iter()
                .map(|(_, member)| *member)
                .filter(|member| said(member)),
        );
    }

    /// What a client has not said that it takes is not sent.
    fn takes(&self, name: &str) -> bool {
        let mut members = TO_BE_ANNOUNCED
            .iter()
            .filter(|(known, _)| *known == name)
            .map(|(_, member)| member);
        members.all(|member| self.announced.contains(member))
    }

    /// The server has just answered something of which only it knows what it could read.
    pub(crate) const fn expects_refusal(&mut self) {
        self.refusal = true;
    }

    /// Answers are only counted from now on.
    pub(crate) const fn is_lenient(&mut self) {
        self.lenient = true;
    }

    /// How many requests have no answer yet.
    pub(crate) fn pending(&self) -> usize {
        self.pending.values().sum()
    }

    /// How many requests of this number have no answer yet.
    pub(crate) fn pending_under(&self, seq: i64) -> usize {
        let under = self.pending.iter().filter(|((number, _), _)| *number == seq);
        under.map(|(_, count)| count).sum()
    }

    pub(crate) fn is_pending(&self, asked: &Asked) -> bool {
        self.pending.contains_key(asked)
    }

    pub(crate) const fn has_ended(&self) -> bool {
        self.ended
    }

    /// The client reads `bytes`, which have to be whole messages.
    pub(crate) fn reads(&mut self, mut bytes: &[u8]) -> Vec<Seen> {
        let mut seen = Vec::new();
        while !bytes.is_empty() {
            let Ok(Progress::Message { body, consumed }) = decode(bytes, bytes.len()) else {
                panic!("no whole message: {:?}", String::from_utf8_lossy(bytes));
            };
            let value = serde_json::from_slice(body);
            let Ok(message @ Value::Object(_)) = value else {
                panic!("{value:?}: {:?}", String::from_utf8_lossy(body));
            };
            assert!(
                dapstub::client::Message::parse(body).is_ok(),
                "a client can read {message:?}"
            );
            let message = Seen { message };
            self.sees(&message);
            seen.push(message);
            bytes = &bytes[consumed..];
        }
        seen
    }

    fn sees(&mut self, seen: &Seen) {
        self.seq += 1;
        assert_eq!(seen.integer("seq"), self.seq, "numbers grow by one: {seen:?}");
        let last = self.last.take();
        match seen.text("type") {
            "response" => self.sees_response(seen, last.as_ref()),
            "event" => self.sees_event(seen),
            "request" => {
                let members = ["seq", "type", "command", "arguments"];
                assert!(seen.has_only(&members), "{seen:?}");
                assert!(
                    self.initialized_answered && !self.ended,
                    "too early or too late: {seen:?}"
                );
                assert!(
                    self.takes(seen.text("command")),
                    "the client has not announced it: {seen:?}"
                );
                self.asked_of_us.push(self.seq);
            }
            other => panic!("type {other:?}"),
        }
    }

    fn sees_response(&mut self, seen: &Seen, last: Option<&Asked>) {
        let members = ["seq", "type", "request_seq", "success", "command", "message", "body"];
        assert!(seen.has_only(&members), "{seen:?}");
        assert!(seen.message["success"].is_boolean() && seen.message["command"].is_string());
        assert!(!self.ended, "no answer behind that to disconnect: {seen:?}");
        let success = seen.succeeded();
        if success {
            assert!(!seen.message["message"].is_string());
        } else {
            let error = &seen.message["body"]["error"];
            assert!(
                error["id"].is_u64() && error["format"].is_string() && error["showUser"].is_boolean(),
                "{seen:?}"
            );
            assert!(seen.message["message"].is_string());
        }
        let asked = seen.answers();
        let refusal = core::mem::take(&mut self.refusal);
        match self.pending.get_mut(&asked) {
            _ if refusal => return assert!(!success),
            Some(1) => drop(self.pending.remove(&asked)),
            Some(count) => *count -= 1,
            None => assert!(self.lenient, "nobody asked for {seen:?}"),
        }
        self.answers += 1;
        match asked.1.as_str() {
            "initialize" => self.initialized_answered |= success,
            "configurationDone" if success => {
                assert!(self.initialized);
                self.configured = true;
            }
            "attach" | "launch" if success => {
                let in_order = last.is_some_and(|(_, command)| command == "configurationDone");
                assert!(
                    in_order && self.initialized && self.configured,
                    "attach is answered behind configurationDone"
                );
                assert!(!self.attached, "attached once");
                self.attached = true;
            }
            "disconnect" => {
                // Refused before `initialize`, or as a message that can't be taken, it ends nothing.
                let error = seen.message["body"]["error"]["id"]
                    .as_u64()
                    .and_then(|id| u32::try_from(id).ok());
                let refused = error.is_some_and(|error| matches!(error, id::ORDER | id::BAD_MESSAGE | id::TOO_LARGE));
                self.ended = success || !refused;
            }
            _ => {}
        }
        if success {
            // A client may change its mind while `initialize` is being answered.
            assert!(
                self.initialized_answered || self.ended,
                "nothing in front of the answer to initialize: {seen:?}"
            );
            self.last = Some(asked);
        }
        if self.ended && !self.lenient {
            assert_eq!(self.pending(), 0, "disconnect leaves nothing open: {:?}", self.pending);
        }
    }

    fn sees_event(&mut self, seen: &Seen) {
        assert!(seen.has_only(&["seq", "type", "event", "body"]), "{seen:?}");
        assert!(
            self.initialized_answered,
            "nothing in front of the answer to initialize: {seen:?}"
        );
        assert!(
            self.takes(seen.text("event")),
            "the client has not announced it: {seen:?}"
        );
        let leaving = self.pending.keys().any(|(_, command)| command == "disconnect");
        assert!(
            !leaving || self.lenient,
            "nothing between disconnect and its answer: {seen:?}"
        );
        let once = match seen.text("event") {
            "initialized" => {
                assert!(!self.ended);
                &mut self.initialized
            }
            "terminated" => &mut self.terminated,
            "exited" => &mut self.exited,
            "breakpoint" | "capabilities" | "progressStart" | "progressUpdate" | "progressEnd" => {
                return assert!(!self.ended, "nothing behind the answer to disconnect: {seen:?}");
            }
            _ => return assert!(self.attached && !self.ended, "reports only while running: {seen:?}"),
        };
        assert!(!core::mem::replace(once, true), "once: {seen:?}");
    }
}
