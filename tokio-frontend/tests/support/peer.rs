//! The other end of the wire, async. It reads frames by itself, so that it can't agree with the server on a mistake.

use core::time::Duration;

use dapstub_tokio::Address;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

/// No wait of a test lasts longer.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// Waits no longer than that.
pub async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(DEADLINE, future).await.expect("in time")
}

trait Both: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Both for S {}

/// One connection to the server.
pub struct Peer {
    stream: Box<dyn Both>,
    received: Vec<u8>,
    sent: i64,
    /// Sequence number of the last message from the server.
    last: i64,
}

impl Peer {
    pub async fn connect(address: Address) -> Self {
        let stream: Box<dyn Both> = match address {
            Address::Tcp(address) => Box::new(within(TcpStream::connect(address)).await.expect("connect")),
            Address::Unix(path) => Box::new(within(UnixStream::connect(path.unwrap())).await.expect("connect")),
            other => panic!("{other:?}"),
        };
        Self {
            stream,
            received: Vec::new(),
            sent: 0,
            last: 0,
        }
    }

    /// The sequence up to the answer to `attach`.
    pub async fn attached(&mut self) {
        self.initialize().await;
        self.attach("").await;
        self.configure().await;
    }

    pub async fn initialize(&mut self) {
        let answer = self
            .ask(
                "initialize",
                r#"{"adapterID":"test","supportsRunInTerminalRequest":true,"supportsStartDebuggingRequest":true}"#,
            )
            .await;
        assert_eq!(answer["success"], true, "{answer}");
    }

    /// Sends `attach` and takes the `initialized` event.
    pub async fn attach(&mut self, name: &str) {
        self.request("attach", &format!(r#"{{"name":"{name}"}}"#)).await;
        let event = self.message().await;
        assert_eq!(event["event"], "initialized", "{event}");
    }

    /// Sends `configurationDone` and takes both answers.
    pub async fn configure(&mut self) {
        let done = self.ask("configurationDone", "{}").await;
        assert_eq!(done["success"], true, "{done}");
        let attached = self.message().await;
        assert_eq!(
            (&attached["command"], &attached["success"]),
            (&json!("attach"), &json!(true))
        );
    }

    /// Leaves properly. A client that had attached is told that debugging is over.
    pub async fn disconnect(mut self) {
        let answer = self.ask("disconnect", "{}").await;
        assert_eq!(answer["success"], true, "{answer}");
        if let Some(message) = self.message_or_end().await {
            assert_eq!(message["event"], "terminated", "{message}");
            self.expect_end().await;
        }
    }

    /// Sends a request and returns its sequence number.
    pub async fn request(&mut self, command: &str, arguments: &str) -> i64 {
        self.sent += 1;
        let seq = self.sent;
        self.frame(&format!(
            r#"{{"seq":{seq},"type":"request","command":"{command}","arguments":{arguments}}}"#
        ))
        .await;
        seq
    }

    pub async fn evaluate(&mut self, expression: &str) -> i64 {
        self.request("evaluate", &format!(r#"{{"expression":"{expression}"}}"#))
            .await
    }

    /// Sends a request and returns its answer; events in between are dropped.
    pub async fn ask(&mut self, command: &str, arguments: &str) -> Value {
        let seq = self.request(command, arguments).await;
        loop {
            let message = self.message().await;
            if message["type"] == "response" && message["request_seq"] == seq {
                return message;
            }
        }
    }

    pub async fn frame(&mut self, body: &str) {
        self.raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes())
            .await;
    }

    /// Sends bytes as they are. A server that has closed already is no failure here.
    pub async fn raw(&mut self, bytes: &[u8]) {
        let _ = within(self.stream.write_all(bytes)).await;
    }

    pub async fn message(&mut self) -> Value {
        self.message_or_end().await.expect("the server closed the connection")
    }

    /// The next message, whose frame and sequence number must be right; `None` at the end of the stream.
    pub async fn message_or_end(&mut self) -> Option<Value> {
        loop {
            if let Some(message) = self.buffered() {
                return Some(message);
            }
            let n = within(self.stream.read_buf(&mut self.received)).await.unwrap_or(0);
            if n == 0 {
                assert!(self.received.is_empty(), "the stream ends inside a message");
                return None;
            }
        }
    }

    pub async fn expect_end(&mut self) {
        let message = self.message_or_end().await;
        assert!(message.is_none(), "{message:?}");
    }

    fn buffered(&mut self) -> Option<Value> {
        let end = self.received.windows(4).position(|window| window == b"\r\n\r\n")?;
        let header = str::from_utf8(&self.received[..end]).expect("ASCII header");
        let length = header.strip_prefix("Content-Length: ").expect("the one header");
        let length: usize = length.parse().expect("length");
        let body = self.received.get(end + 4..end + 4 + length)?;
        let message: Value = serde_json::from_slice(body).expect("JSON body");
        self.received.drain(..end + 4 + length);
        self.last += 1;
        assert_eq!(message["seq"], self.last, "sequence numbers grow by one: {message}");
        Some(message)
    }
}
