//! The smallest debuggee: what is typed into the debug console comes back, later if it begins with `later`.
//! `cargo run -p dapstub-tokio --example echo`, then attach any DAP client to 127.0.0.1:5678.

use dapstub::protocol::{Command, EvaluateArguments};
use dapstub_tokio::{Config, Debugger, Host, Request, Responder};

struct Echo;

impl Host for Echo {
    async fn request(&self, request: Request, responder: Responder) {
        let _ = match (request.command(), request.parse::<EvaluateArguments<'_>>()) {
            (Command::Evaluate, Ok(arguments)) => {
                let text: String = arguments.expression.chars().collect();
                if text.starts_with("later") {
                    tokio::time::sleep(core::time::Duration::from_secs(1)).await; // holds up nothing else
                }
                responder.evaluated(Ok(text))
            }
            _ => responder.otherwise(&request),
        };
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn core::error::Error>> {
    let config = Config::default().with_host("127.0.0.1")?;
    println!("listening on {}", Debugger::new().start(&config, Echo).await?.address);
    Ok(tokio::signal::ctrl_c().await?)
}
