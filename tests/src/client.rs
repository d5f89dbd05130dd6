//! A blocking DAP client that keeps every message, and judges each.

use core::fmt::Write as _;
use core::net::SocketAddr;
use core::time::Duration;
use std::io::{self, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};

use crate::deadline;
use crate::proxy::{Proxy, Waiting};
use crate::rules::Rules;
use crate::wire;

/// The answer to one request.
#[derive(Debug, Clone)]
pub struct Response {
    /// The whole message.
    pub message: Value,
}

impl Response {
    /// Whether the request was carried out.
    pub fn success(&self) -> bool {
        self.message["success"] == true
    }

    /// The `body`, or null where there is none.
    pub fn body(&self) -> &Value {
        &self.message["body"]
    }

    /// What the server says about a failure: `message` and the structured text, on one line.
    pub fn error(&self) -> String {
        let error = &self.message["body"]["error"]["format"];
        format!(
            "{} | {}",
            self.message["message"].as_str().unwrap_or(""),
            error.as_str().unwrap_or("")
        )
    }

    /// The place of this message among all of the connection.
    pub fn seq(&self) -> i64 {
        self.message["seq"].as_i64().unwrap_or_default()
    }
}

#[derive(Default)]
struct Log {
    messages: Vec<(Direction, Value)>,
    taken: Vec<bool>,
    rules: Rules,
    /// How the stream ended.
    closed: Option<String>,
    /// This side is about to close, so that a frame may well be cut off.
    leaving: bool,
    /// The request that nobody will answer.
    last_seq: Option<i64>,
}

impl Log {
    fn take(&mut self, wanted: impl Fn(&Value) -> bool) -> Option<Value> {
        let fresh = |index: &usize| !self.taken[*index] && wanted(&self.messages[*index].1);
        let index = (0..self.messages.len()).find(fresh)?;
        self.taken[index] = true;
        Some(self.messages[index].1.clone())
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Sent,
    Seen,
}

#[derive(Default)]
struct Shared {
    log: Mutex<Log>,
    grown: Condvar,
}

impl Shared {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, direction: Direction, message: Value) {
        let mut log = self.log();
        match direction {
            Direction::Sent => {
                if let (Some(seq), Some(command)) = (message["seq"].as_i64(), message["command"].as_str())
                    && message["type"] != "response"
                {
                    log.rules.sends(seq, command);
                    if command == "initialize" {
                        log.rules.announces(&message["arguments"]);
                    }
                }
            }
            Direction::Seen => log.rules.sees(&message),
        }
        log.messages.push((direction, message));
        log.taken.push(direction == Direction::Sent);
        self.grown.notify_all();
    }
}

/// One connection to the server.
///
/// Every wait ends at the deadline of [`deadline::limit`] with a panic that lists the messages seen, and so does one that
/// finds a broken rule. Events are kept until a wait takes them, in the order in which they came.
pub struct Client {
    stream: TcpStream,
    shared: Arc<Shared>,
    reader: Option<thread::JoinHandle<()>>,
    next_seq: i64,
    judged: bool,
    /// Lives as long as this connection.
    proxy: Option<Arc<Proxy>>,
}

impl Client {
    /// Connects to a listening server, through the proxy that [`DAPSTUB_PROXY`](crate::proxy) names.
    ///
    /// # Panics
    ///
    /// When nothing listens there.
    pub fn connect(address: SocketAddr) -> Self {
        let proxy = Proxy::before(address);
        let address = proxy.as_deref().map_or(address, Proxy::address);
        let mut client = Self::direct(address);
        client.proxy = proxy;
        client
    }

    /// Connects to a listening server, without any proxy.
    ///
    /// # Panics
    ///
    /// When nothing listens there.
    pub fn direct(address: SocketAddr) -> Self {
        let stream = TcpStream::connect_timeout(&address, deadline::limit())
            .unwrap_or_else(|error| panic!("can't connect to {address}: {error}"));
        Self::over(stream, None)
    }

    /// Waits for a program that connects.
    ///
    /// # Panics
    ///
    /// When none comes in time.
    pub fn accept(waiting: &Waiting) -> Self {
        let end = deadline::after_limit();
        loop {
            match Self::try_accept(waiting) {
                Some(client) => return client,
                None if Instant::now() < end => thread::sleep(Duration::from_millis(5)),
                None => panic!("no program has connected"),
            }
        }
    }

    /// Takes a program that has connected by now.
    ///
    /// # Panics
    ///
    /// When the listener fails.
    pub fn try_accept(waiting: &Waiting) -> Option<Self> {
        match waiting.listener().accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false).expect("a stream that blocks");
                Some(Self::over(stream, waiting.proxy()))
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            Err(error) => panic!("{error}"),
        }
    }

    fn over(stream: TcpStream, proxy: Option<Arc<Proxy>>) -> Self {
        stream.set_nodelay(true).expect("TCP_NODELAY");
        stream
            .set_write_timeout(Some(deadline::limit()))
            .expect("a write timeout");
        let shared = Arc::new(Shared::default());
        let (mut input, kept) = (stream.try_clone().expect("a second handle"), Arc::clone(&shared));
        let reader = thread::spawn(move || {
            let mut input = io::BufReader::new(&mut input);
            let end = loop {
                match wire::read(&mut input) {
                    Ok(Some(message)) => kept.keep(Direction::Seen, message),
                    Ok(None) => {
                        let mut log = kept.log();
                        if let Some(seq) = log.last_seq {
                            log.rules.excuse(seq);
                        }
                        if !log.leaving {
                            log.rules.ends();
                        }
                        break "closed by the server".to_owned();
                    }
                    Err(error) => {
                        let torn = matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof);
                        let mut log = kept.log();
                        if torn && !log.leaving {
                            log.rules.framing(&error.to_string());
                        }
                        break error.to_string();
                    }
                }
            };
            kept.log().closed = Some(end);
            kept.grown.notify_all();
        });
        Self {
            stream,
            shared,
            reader: Some(reader),
            next_seq: 1,
            judged: true,
            proxy,
        }
    }

    /// Stops judging: for a server that is known to break rules, and for what a test breaks on purpose.
    pub fn unjudged(mut self) -> Self {
        self.judged = false;
        self
    }

    /// Sends a request and returns its number. Null `arguments` are left out.
    pub fn send(&mut self, command: &str, arguments: Value) -> i64 {
        let seq = self.next_seq;
        let mut message = json!({"seq": seq, "type": "request", "command": command});
        if !arguments.is_null() {
            message["arguments"] = arguments;
        }
        self.send_message(&message);
        seq
    }

    /// Sends a whole message as it is; the next request counts on from its `seq`.
    pub fn send_message(&mut self, message: &Value) {
        self.next_seq = message["seq"].as_i64().unwrap_or(self.next_seq) + 1;
        self.shared.keep(Direction::Sent, message.clone());
        let bytes = wire::frame(message.to_string().as_bytes());
        if let Err(error) = self.stream.write_all(&bytes) {
            self.give_up(&format!("can't send {}: {error}", brief(message)));
        }
    }

    /// Sends bytes that may be anything; an error is returned, for a server may close the stream at any of them.
    ///
    /// # Errors
    ///
    /// What the socket reports.
    pub fn send_raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Notes that a request went out by [`send_raw`](Self::send_raw), so that its answer is no surprise.
    pub fn sent_raw(&mut self, seq: i64, command: &str) {
        self.next_seq = self.next_seq.max(seq + 1);
        self.shared.log().rules.sends(seq, command);
    }

    /// Sends a request that ends the process at once, so that nobody is left to answer it.
    pub fn send_last(&mut self, command: &str, arguments: Value) {
        // From here on, so that the end of the stream can't be seen first.
        self.shared.log().last_seq = Some(self.next_seq);
        self.send(command, arguments);
    }

    /// Allows one failure with `request_seq` 0.
    pub fn expect_unreadable(&mut self) {
        self.shared.log().rules.expect_unreadable();
    }

    /// Sends a request and waits for its answer.
    pub fn request(&mut self, command: &str, arguments: Value) -> Response {
        let seq = self.send(command, arguments);
        self.wait_response(seq)
    }

    /// Sends a request that must succeed, and returns the body of the answer.
    pub fn ok(&mut self, command: &str, arguments: Value) -> Value {
        let response = self.request(command, arguments);
        self.expect_success(&response);
        response.message["body"].clone()
    }

    /// Sends a request that must fail, and returns what the server says about it.
    pub fn refused(&mut self, command: &str, arguments: Value) -> String {
        let response = self.request(command, arguments);
        if response.success() {
            self.give_up(&format!("{command} was to be refused"));
        }
        response.error()
    }

    /// Waits for the answer to the request of that number.
    pub fn wait_response(&self, seq: i64) -> Response {
        let wanted = |message: &Value| message["type"] == "response" && message["request_seq"] == seq;
        Response {
            message: self.wait(&format!("the response to #{seq}"), wanted),
        }
    }

    /// Takes the next response, whatever it answers; `what` names it where none comes.
    pub fn wait_any_response(&self, what: &str) -> Value {
        self.wait(&format!("an answer to {what}"), |message| message["type"] == "response")
    }

    /// Waits for the failure that answers a body whose own number can't be read.
    pub fn wait_unreadable(&self) {
        self.wait("the answer to an unreadable body", |message| {
            message["type"] == "response" && message["request_seq"] == 0
        });
    }

    /// Takes the next request of the server by that command; returns the message.
    pub fn wait_request(&self, command: &str) -> Value {
        self.wait(&format!("the request {command}"), |message| {
            message["type"] == "request" && message["command"] == command
        })
    }

    /// Tells whether a request of the server by that command is there which no wait has taken.
    pub fn has_request(&self, command: &str) -> bool {
        self.has(|message| message["type"] == "request" && message["command"] == command)
    }

    /// Tells whether an event of that name is there which no wait has taken.
    pub fn has_event(&self, name: &str) -> bool {
        self.has(|message| message["event"] == name)
    }

    fn has(&self, wanted: impl Fn(&Value) -> bool) -> bool {
        let log = self.shared.log();
        let mut fresh = log.messages.iter().zip(&log.taken);
        fresh.any(|((_, message), taken)| !*taken && wanted(message))
    }

    /// Answers a request of the server, without a body.
    pub fn answer(&mut self, request: &Value, success: bool) {
        let seq = self.next_seq;
        let (to, command) = (&request["seq"], &request["command"]);
        let mut message =
            json!({"seq": seq, "type": "response", "request_seq": to, "command": command, "success": success});
        if !success {
            message["message"] = json!("not now");
        }
        self.send_message(&message);
    }

    /// The next request gets this number.
    pub fn count_from(&mut self, seq: i64) {
        self.next_seq = seq;
    }

    /// Waits for the answer to the request of that number, which must be a success.
    pub fn wait_success(&self, seq: i64) -> Response {
        let response = self.wait_response(seq);
        self.expect_success(&response);
        response
    }

    /// Takes the first event of that name which no wait has taken yet and which `wanted` accepts; returns the message.
    pub fn wait_event(&self, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        self.wait(&format!("the event {name}"), |message| {
            message["event"] == name && wanted(&message["body"])
        })
    }

    /// Takes the first untaken event of that name; `None` when the stream has ended without it.
    pub fn wait_event_or_end(&self, name: &str) -> Option<Value> {
        self.wait_until(&format!("the event {name}"), |log| {
            let found = log.take(|message| message["event"] == name);
            if found.is_none() && log.closed.is_some() {
                Some(None)
            } else {
                found.map(Some)
            }
        })
    }

    /// Takes the first untaken event with one of these names; returns the message.
    pub fn wait_one_of(&self, names: &[&str]) -> Value {
        let wanted = |message: &Value| message["event"].as_str().is_some_and(|name| names.contains(&name));
        self.wait(&format!("one of the events {names:?}"), wanted)
    }

    /// Takes the next stop and returns its body; its reason must be `reason`.
    pub fn expect_stop(&self, reason: &str) -> Value {
        let body = self.wait_event("stopped", |_| true)["body"].clone();
        if body["reason"] != reason {
            self.give_up(&format!("a stop for {} instead of {reason}", body["reason"]));
        }
        body
    }

    /// Asserts that no event of that name is there which no wait has taken.
    ///
    /// The answer to a request asked only now stands for "up to this moment": whatever the server had to say before it is
    /// here by then.
    pub fn no_event(&mut self, name: &str) {
        self.request("threads", Value::Null);
        self.no_event_seen(name);
    }

    /// Asserts that no untaken event of that name has come in yet, or comes within `span`.
    pub fn no_event_within(&self, name: &str, span: Duration) {
        let end = Instant::now() + span;
        while Instant::now() < end {
            self.no_event_seen(name);
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Asserts that no untaken event of that name has come in yet.
    pub fn no_event_seen(&self, name: &str) {
        let log = self.shared.log();
        let found = log
            .messages
            .iter()
            .zip(&log.taken)
            .find(|((_, message), taken)| !**taken && message["event"] == name);
        if let Some(((_, message), _)) = found {
            let text = format!("unwanted {}", brief(message));
            drop(log);
            self.give_up(&text);
        }
    }

    /// The untaken events of that name that came in so far, all of which are taken.
    pub fn take_events(&self, name: &str) -> Vec<Value> {
        let mut log = self.shared.log();
        let Log { messages, taken, .. } = &mut *log;
        let fresh = messages
            .iter()
            .zip(taken)
            .filter(|((_, message), taken)| !**taken && message["event"] == name);
        fresh
            .map(|((_, message), taken)| {
                *taken = true;
                message.clone()
            })
            .collect()
    }

    /// The messages of the server that no wait has taken.
    pub fn untaken(&self) -> Vec<Value> {
        let log = self.shared.log();
        let fresh = log.messages.iter().zip(&log.taken).filter(|(_, taken)| !**taken);
        fresh.map(|((_, message), _)| message.clone()).collect()
    }

    /// Every message of the server so far.
    pub fn seen(&self) -> Vec<Value> {
        let log = self.shared.log();
        log.messages
            .iter()
            .filter(|(direction, _)| *direction == Direction::Seen)
            .map(|(_, m)| m.clone())
            .collect()
    }

    /// Waits until the server closes the stream, in whatever way.
    pub fn wait_closed(&self) {
        self.wait_until("the end of the stream", |log| log.closed.clone());
    }

    /// Closes this side for writing; the server still may answer.
    pub fn finish_sending(&self) {
        // The server may have closed first, which is as good.
        let _closed_already = self.stream.shutdown(Shutdown::Write);
    }

    /// Disconnects as an editor does on "Disconnect", and waits for the end of the stream.
    pub fn disconnect(mut self) {
        self.ok("disconnect", json!({"restart": false, "terminateDebuggee": false}));
        self.wait_closed();
    }

    /// Disconnects after `terminated`, as an editor does; the process may be gone by then, and the stream with it.
    pub fn leave_ended_program(mut self) {
        let message = json!({"seq": self.next_seq, "type": "request", "command": "disconnect", "arguments": {}});
        self.shared.keep(Direction::Sent, message.clone());
        if self
            .stream
            .write_all(&wire::frame(message.to_string().as_bytes()))
            .is_ok()
        {
            self.wait_closed();
        }
    }

    /// Leaves without a word, as a client that crashes.
    pub fn vanish(self) {}

    fn expect_success(&self, response: &Response) {
        if !response.success() {
            self.give_up(&format!("{} failed: {}", response.message["command"], response.error()));
        }
    }

    fn wait(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        self.wait_until(what, |log| log.take(&wanted))
    }

    fn wait_until<T>(&self, what: &str, mut ready: impl FnMut(&mut Log) -> Option<T>) -> T {
        let end = deadline::after_limit();
        let mut log = self.shared.log();
        let failure = loop {
            if self.judged && !log.rules.broken().is_empty() {
                break String::new();
            }
            if let Some(value) = ready(&mut log) {
                return value;
            }
            if let Some(how) = &log.closed {
                break format!("waited for {what}, but the stream ended ({how})");
            }
            let now = Instant::now();
            if now >= end {
                break format!("waited {:?} for {what}", deadline::limit());
            }
            log = self
                .shared
                .grown
                .wait_timeout(log, end - now)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        };
        drop(log);
        self.give_up(&failure)
    }

    fn give_up(&self, failure: &str) -> ! {
        panic!("{}", self.report(failure));
    }

    /// `failure`, the rules broken so far, the requests still open and the last messages, for a panic's text.
    pub fn report(&self, failure: &str) -> String {
        let log = self.shared.log();
        let mut text = format!("{failure}\n");
        for rule in log.rules.broken() {
            let _ = writeln!(text, "  broken rule: {rule}");
        }
        let _ = writeln!(text, "  unanswered: {:?}; stream: {:?}", log.rules.open(), log.closed);
        let skipped = log.messages.len().saturating_sub(40);
        let _ = writeln!(text, "  messages ({skipped} earlier ones left out):");
        for (direction, message) in &log.messages[skipped..] {
            let arrow = if *direction == Direction::Sent { "->" } else { "<-" };
            let _ = writeln!(text, "  {arrow} {}", brief(message));
        }
        text
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.shared.log().leaving = true;
        let _closed_already = self.stream.shutdown(Shutdown::Both);
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        let fine = !self.judged || self.shared.log().rules.broken().is_empty();
        if !fine && !thread::panicking() {
            self.give_up("the connection ended with broken rules");
        }
    }
}

/// A message on one line, cut where it gets long.
pub fn brief(message: &Value) -> String {
    let mut text = message.to_string();
    if text.len() > 400 {
        let cut = (0..=400).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        text.truncate(cut);
        text.push('…');
    }
    text
}
