//! The frontend's side: callbacks on the I/O thread, which never takes the GIL. What needs Python becomes a job.

use dapstub::Failure;
use dapstub::failure::id;
use dapstub::protocol::{Capabilities, Command};
use dapstub::session::{Reply, Request};
use dapstub_std::{Buffer, Client, Disconnect, Host};
use pyo3::prelude::*;

use crate::api::EvaluationInterrupted;
use crate::attach::{AttachOptions, Defaults};
use crate::breaking_off;
use crate::cancel;
use crate::debuggee;
use crate::engine::Engine;
use crate::inspector;
use crate::jobs::Job;
use crate::logs::ENGINE;

/// This process, as the frontend sees it.
pub(crate) struct PythonHost {
    engine: &'static Engine,
    capabilities: Capabilities<'static>,
    defaults: Defaults,
}

impl PythonHost {
    pub(crate) fn new(engine: &'static Engine, py: Python<'_>, defaults: Defaults) -> Self {
        Self {
            engine,
            capabilities: debuggee::capabilities(engine, py),
            defaults,
        }
    }

    fn post(&self, job: Job) {
        if let Some(job) = self.engine.jobs.post(job) {
            job.refuse();
        }
    }

    /// Breaks off what runs for the client, from a thread of its own: it takes the GIL, this one may not.
    fn interrupt(&self) {
        let engine = self.engine;
        let running = engine.stops.evaluations();
        if running.is_empty() {
            return;
        }
        breaking_off::repeat(engine, "dapstub-interrupt", move |py| {
            // Another one has nothing to do with this.
            engine.stops.evaluations().iter().any(|number| running.contains(number))
                && engine
                    .stops
                    .interrupt(py, py.get_type::<EvaluationInterrupted>().as_any())
        });
    }
}

impl Host for PythonHost {
    fn capabilities(&mut self) -> Capabilities<'_> {
        self.capabilities
    }

    fn early(&mut self, _: &Client, request: &Request<'_>, body: &mut Buffer) -> Result<(), Failure> {
        crate::connect::introduce(self.engine, request, body)
    }

    fn attach(&mut self, client: &Client, request: &Request<'_>) -> Result<(), Failure> {
        let start_method = if request.command() == Command::Launch {
            "launch"
        } else {
            "attach"
        };
        let options = AttachOptions::read(request.arguments().raw().as_bytes(), start_method, &self.defaults)?;
        let wants_children = self.engine.offspring.begin(client, request.arguments().raw());
        #[cfg(unix)]
        if wants_children && client.is_dialled() {
            crate::connect::let_children_call(self.engine, client, &self.defaults);
        }
        #[cfg(not(unix))]
        let _ = wants_children;
        inspector::ensure(self.engine)
            .map_err(|error| Failure::format(id::INTERNAL, format_args!("no thread for the debugger: {error}")))?;
        tracing::info!(target: ENGINE, id = client.id(), start_method, "session begins");
        self.post(Job::Attach {
            client: client.clone(),
            options,
        });
        Ok(())
    }

    fn request(&mut self, client: &Client, request: Request<'_>) {
        if request.command() == Command::Cancel {
            cancel::cancel(self.engine, client, &request);
            return;
        }
        tracing::debug!(target: ENGINE, command = request.command().as_str(), seq = request.seq(), bytes = request.raw().len(), "request");
        let job = Job::Request {
            client: client.clone(),
            ticket: request.ticket(),
            message: if client.is_dialled() {
                crate::connect::as_dap(self.engine, &request)
            } else {
                request.raw().to_vec()
            },
        };
        self.post(job);
        // Behind the job: an evaluation that begins only now finds it in the queue.
        if request.command() == Command::Pause {
            self.interrupt();
        }
    }

    fn reply(&mut self, client: &Client, reply: Reply<'_>) {
        self.engine.offspring.answered(self.engine, client, &reply);
    }

    fn child_began(&mut self, client: &Client, pid: u32) -> bool {
        self.engine.offspring.began(self.engine, client, pid)
    }

    fn terminate(&mut self) {
        #[cfg(unix)]
        if let Err(error) = self.engine.ask_to_end(libc::SIGTERM) {
            tracing::warn!(target: "dapstub_std", %error, "the program can't be told to end");
        }
    }

    fn disconnected(&mut self, client: &Client, how: Disconnect) {
        tracing::info!(target: ENGINE, id = client.id(), %how, "session ends");
        self.engine.client_has_left();
        self.engine.offspring.end(client.id());
        self.post(Job::Detach {
            client: client.id(),
            how,
        });
        self.interrupt();
    }
}
