//! The rules of the protocol's text that no schema can state, kept while one connection lives.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::{client::brief, schema};

/// What one connection has seen, and which rules that broke.
///
/// | rule | |
/// |---|---|
/// | seq | starts at 1 and grows by one |
/// | answers | each names a request that was made and is still open, with its command; none comes twice |
/// | initialize | its response comes before every event |
/// | attach | between the initialize response and the attach response, `initialized` is the only event |
/// | configurationDone | is answered before `attach` is |
/// | once | `initialized`, `terminated` and `exited` |
/// | disconnect | only `terminated` and `exited` may follow its response, and no request stays open |
/// | the end | when the server ends the stream, no request is open but a `disconnect` after `terminated` |
/// | failures | carry a `message`, and under `body.error` an `id` and a `format`; successes carry no `message` |
/// | asked back | requests of the server come between the responses to `initialize` and `disconnect` |
/// | announced | what needs the client's word in `initialize` comes only when that was given |
#[derive(Default)]
pub struct Rules {
    last_seq: i64,
    open: HashMap<i64, String>,
    answered: HashSet<i64>,
    initialized: bool,
    attached: bool,
    configured: bool,
    disconnected: bool,
    events: HashSet<String>,
    /// What the client announced in `initialize`, once there is such a request.
    announced: Option<Value>,
    unreadable: usize,
    broken: Vec<String>,
}

impl Rules {
    /// The rules broken so far, each with the message that broke it.
    pub fn broken(&self) -> &[String] {
        &self.broken
    }

    /// The requests not yet answered, as `command #seq`.
    pub fn open(&self) -> Vec<String> {
        self.open
            .iter()
            .map(|(seq, command)| format!("{command} #{seq}"))
            .collect()
    }

    /// Allows one more failure with `request_seq` 0, as the answer to a body whose own number can't be read.
    pub fn expect_unreadable(&mut self) {
        self.unreadable += 1;
    }

    /// Notes a request that the client is about to send.
    pub fn sends(&mut self, seq: i64, command: &str) {
        self.open.insert(seq, command.to_owned());
    }

    /// Notes what the client announces about itself with `initialize`.
    pub fn announces(&mut self, arguments: &Value) {
        self.announced = Some(arguments.clone());
    }

    /// Gives up the answer to a request that is open: it ends the process that would give it.
    pub fn excuse(&mut self, seq: i64) {
        self.open.remove(&seq);
    }

    /// Notes that the server has ended the stream, between two frames.
    pub fn ends(&mut self) {
        let ended = self.events.contains("terminated");
        let mut rest = self
            .open
            .iter()
            .filter(|(_, command)| !(ended && *command == "disconnect"));
        if rest.next().is_some() {
            self.broken
                .push(format!("the stream ended with no answer to {:?}", self.open()));
        }
    }

    /// Notes bytes that are no frame.
    pub fn framing(&mut self, text: &str) {
        self.broken.push(text.to_owned());
    }

    /// Judges the next message of the server.
    pub fn sees(&mut self, message: &Value) {
        let mut faults = schema::faults(message);
        if self.unreadable > 0 && message["request_seq"] == 0 && message["success"] == false {
            // Where no number could be read there is none to give, and the schema has no word for that.
            faults.retain(|fault| !fault.starts_with("/request_seq"));
        }
        let seq = message["seq"].as_i64().unwrap_or_default();
        if seq != self.last_seq + 1 {
            faults.push(format!("seq {seq} follows {}", self.last_seq));
        }
        self.last_seq = seq;
        match message["type"].as_str() {
            Some("event") => self.event(message, &mut faults),
            Some("response") => self.response(message, &mut faults),
            Some("request") => self.request(message, &mut faults),
            _ => {}
        }
        self.broken.extend(
            faults
                .into_iter()
                .map(|fault| format!("{fault}, in {}", brief(message))),
        );
    }

    fn request(&self, message: &Value, faults: &mut Vec<String>) {
        if !self.initialized {
            faults.push("a request before the initialize response".to_owned());
        }
        if self.disconnected {
            faults.push("a request after the disconnect response".to_owned());
        }
        self.announced(message["command"].as_str().unwrap_or_default(), faults);
    }

    /// Events and requests that a client has to ask for in `initialize`.
    fn announced(&self, name: &str, faults: &mut Vec<String>) {
        let member = match name {
            "runInTerminal" => "supportsRunInTerminalRequest",
            "startDebugging" => "supportsStartDebuggingRequest",
            "invalidated" => "supportsInvalidatedEvent",
            "memory" => "supportsMemoryEvent",
            "progressStart" | "progressUpdate" | "progressEnd" => "supportsProgressReporting",
            _ => return,
        };
        // What was sent raw is not known here.
        if self.announced.as_ref().is_some_and(|all| all[member] != true) {
            faults.push(format!("{name} without {member}"));
        }
    }

    fn event(&mut self, message: &Value, faults: &mut Vec<String>) {
        let name = message["event"].as_str().unwrap_or_default();
        if !self.initialized {
            faults.push("an event before the initialize response".to_owned());
        } else if !self.attached && name != "initialized" {
            faults.push("an event before the attach response".to_owned());
        }
        if self.disconnected && !["terminated", "exited"].contains(&name) {
            faults.push("an event after the disconnect response".to_owned());
        }
        if self.attached && name == "initialized" {
            faults.push("initialized after the attach response".to_owned());
        }
        self.announced(name, faults);
        let again = !self.events.insert(name.to_owned());
        if again && ["initialized", "terminated", "exited"].contains(&name) {
            faults.push(format!("a second {name}"));
        }
    }

    fn response(&mut self, message: &Value, faults: &mut Vec<String>) {
        let command = message["command"].as_str().unwrap_or_default();
        let seq = message["request_seq"].as_i64().unwrap_or_default();
        let success = message["success"] == true;
        if !success {
            failure(message, faults);
        } else if message.get("message").is_some() {
            faults.push("a success with a message".to_owned());
        }
        if self.disconnected {
            faults.push("a response after the disconnect response".to_owned());
        }
        match self.open.remove(&seq) {
            Some(asked) if asked == command => {}
            Some(asked) => faults.push(format!("{asked} was asked")),
            None if seq == 0 && !success && self.unreadable > 0 => self.unreadable -= 1,
            None if self.answered.contains(&seq) => faults.push("a second answer".to_owned()),
            None => faults.push("an answer to no request".to_owned()),
        }
        self.answered.insert(seq);
        match command {
            "initialize" => self.initialized |= success,
            "configurationDone" => self.configured |= success,
            "attach" if success => {
                self.attached = true;
                if !self.configured {
                    faults.push("attach answered before configurationDone".to_owned());
                }
            }
            "disconnect" if success => {
                self.disconnected = true;
                if !self.open.is_empty() {
                    faults.push(format!("disconnect answered before {:?}", self.open()));
                }
            }
            _ => {}
        }
    }
}

fn failure(message: &Value, faults: &mut Vec<String>) {
    if message["message"].as_str().unwrap_or_default().is_empty() {
        faults.push("a failure without a message".to_owned());
    }
    let error = &message["body"]["error"];
    if !error["id"].is_i64() || error["format"].as_str().unwrap_or_default().is_empty() {
        faults.push("a failure without body.error".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Rules;

    fn answer(seq: i64, to: i64, command: &str) -> serde_json::Value {
        json!({"seq": seq, "type": "response", "request_seq": to, "success": true, "command": command})
    }

    fn event(seq: i64, name: &str) -> serde_json::Value {
        json!({"seq": seq, "type": "event", "event": name})
    }

    fn attached() -> Rules {
        let mut rules = Rules::default();
        for (seq, command) in [(1, "initialize"), (2, "attach"), (3, "configurationDone")] {
            rules.sends(seq, command);
        }
        rules.sees(&answer(1, 1, "initialize"));
        rules.sees(&event(2, "initialized"));
        rules.sees(&answer(3, 3, "configurationDone"));
        rules.sees(&answer(4, 2, "attach"));
        assert_eq!(rules.broken(), [""; 0]);
        rules
    }

    #[test]
    fn bad_order_is_named() {
        let mut rules = attached();
        rules.sees(&event(5, "initialized"));
        assert_eq!(rules.broken().len(), 2, "{:?}", rules.broken());

        let mut rules = attached();
        rules.sees(&answer(6, 2, "attach"));
        assert!(rules.broken()[0].starts_with("seq 6 follows 4"), "{:?}", rules.broken());
        assert!(rules.broken()[1].starts_with("a second answer"), "{:?}", rules.broken());

        let mut rules = attached();
        rules.sends(4, "threads");
        rules.sends(5, "disconnect");
        rules.sees(&answer(5, 5, "disconnect"));
        assert!(rules.broken()[0].contains("threads #4"), "{:?}", rules.broken());
    }

    #[test]
    fn bad_failure_without_error() {
        let mut rules = attached();
        rules.sends(4, "next");
        rules.sees(
            &json!({"seq": 5, "type": "response", "request_seq": 4, "success": false, "command": "next",
                           "message": "no"}),
        );
        assert!(
            rules.broken().iter().any(|rule| rule.contains("body.error")),
            "{:?}",
            rules.broken()
        );
    }
}
