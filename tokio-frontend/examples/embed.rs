//! A service that was there before, and the lines by which it can be looked at and changed while it serves.
//!
//! ```sh
//! cargo run -p dapstub-tokio --example embed
//! nc 127.0.0.1 4000                               # the service: it greets whoever says a name
//! ```
//!
//! Attach any DAP client to 127.0.0.1:5678 and type `visits` or `greeting` into the debug console, or `greeting = Hi`.

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use dapstub::Failure;
use dapstub::protocol::{Command, EvaluateArguments};
use dapstub_tokio::{Config, Debugger, Host, Request, Responder};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

struct Service {
    visits: AtomicU64,
    greeting: RwLock<String>,
}

impl Service {
    async fn greet(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let (reader, mut writer) = stream.split();
        let mut names = BufReader::new(reader).lines();
        while let Some(name) = names.next_line().await? {
            let visit = self.visits.fetch_add(1, Ordering::Relaxed) + 1;
            let answer = format!("{}, {name}: visit {visit}\n", self.greeting.read().unwrap());
            writer.write_all(answer.as_bytes()).await?;
        }
        Ok(())
    }

    /// What the debug console can ask for.
    fn evaluate(&self, expression: &str) -> Result<String, Failure> {
        match expression
            .split_once('=')
            .map(|(name, value)| (name.trim(), value.trim()))
        {
            None if expression == "visits" => Ok(self.visits.load(Ordering::Relaxed).to_string()),
            None if expression == "greeting" => Ok(self.greeting.read().unwrap().clone()),
            Some(("greeting", text)) => {
                *self.greeting.write().unwrap() = text.into();
                Ok(text.into())
            }
            _ => Err(Failure::new(
                1000,
                "only `visits`, `greeting` and `greeting = TEXT` are known",
            )),
        }
    }
}

// The debugger: these lines, and three in `main`.
impl Host for Service {
    async fn request(&self, request: Request, responder: Responder) {
        let _ = match request.parse::<EvaluateArguments<'_>>() {
            Ok(arguments) if request.command() == Command::Evaluate => {
                responder.evaluated(self.evaluate(&arguments.expression.chars().collect::<String>()))
            }
            _ => responder.otherwise(&request),
        };
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn core::error::Error>> {
    let service = Arc::new(Service {
        visits: AtomicU64::new(0),
        greeting: RwLock::new("Hello".into()),
    });

    let config = Config::default().with_host("127.0.0.1")?; // or config::load("configuration.yaml")?
    let debugger = Debugger::new();
    debugger.start(&config, service.clone()).await?.wait().await;

    let listener = TcpListener::bind("127.0.0.1:4000").await?;
    loop {
        let (stream, _) = listener.accept().await?;
        let service = service.clone();
        tokio::spawn(async move { service.greet(stream).await });
    }
}
