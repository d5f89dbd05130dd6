//! What the frontend calls.

use std::sync::Arc;

use dapstub::Failure;
use dapstub::debuggee::capabilities_of;
use dapstub::protocol::{Capabilities, Command};
use dapstub_tokio::{Client, Disconnect, Host, Request, Responder};

use super::Shared;
use super::attach::Attach;
use super::desk::Desk;
use super::state::Job;

/// The service, as the frontend sees it. No method waits: what is about a stopped run is answered by that run's own thread.
#[derive(Debug)]
pub(crate) struct RuleHost(pub(crate) Arc<Shared>);

impl Host for RuleHost {
    fn capabilities(&self) -> Capabilities<'_> {
        Capabilities {
            supports_cancel_request: true,
            ..capabilities_of(&mut Desk::new(&self.0))
        }
    }

    async fn attach(&self, client: Client, request: Request) -> Result<(), Failure> {
        let options = Attach::read(request.arguments().raw())?;
        self.0.attached(client, options);
        Ok(())
    }

    async fn request(&self, request: Request, responder: Responder) {
        if request.command() == Command::ConfigurationDone {
            if responder.done().is_ok() {
                self.0.configured();
            }
            return;
        }
        let mut desk = Desk::new(&self.0);
        let unanswered = responder.dispatch(&mut desk, &request);
        let Desk { answers, resumed, .. } = desk;
        if let (Ok(Some(responder)), Some(run)) = (unanswered, answers)
            // A run that was let go meanwhile takes no more questions.
            && let Err(back) = run.send(Job::Ask(request, responder))
            && let Job::Ask(_, responder) = back.0
        {
            let _ = responder.fail(&Failure::not_stopped());
        }
        for (run, go) in resumed {
            let _ = run.send(Job::Go(go));
        }
    }

    fn disconnected(&self, _: &Client, _: Disconnect) {
        self.0.detach();
    }
}
