//! What a program implements to be debugged through this frontend.

use dapstub::Failure;
use dapstub::json::ToJson;
use dapstub::protocol::{Capabilities, InitializeArguments};
use dapstub_std::{Buffer, Disconnect};

use crate::client::Client;
use crate::request::Request;
use crate::responder::Responder;

/// The debugged program's side.
///
/// All methods take `&self`: requests are carried out side by side. A host is mostly an `Arc` of the program's state.
///
/// **In order, and not in each other's way.** The requests of a client begin in the order in which they came: each runs
/// until its first `await` that waits, and only then the next one begins. From there on it is a task of its own, which
/// may take as long as it likes while others are answered. So a method without `await` keeps the order by itself, and
/// must not block: work that takes time belongs into [`tokio::task::spawn_blocking`], to which the [`Responder`] can be moved.
///
/// **A client that leaves.** What waits for a client's sake is dropped at its `await` when the client is gone, or when the
/// server shuts down. What has to be finished all the same belongs into a task of its own.
///
/// **Panics** fail their request and are logged; the server goes on.
///
/// ```
/// use dapstub::{Failure, protocol::Command, protocol::EvaluateArguments};
/// use dapstub_tokio::{Host, Request, Responder};
///
/// struct Calculator;
///
/// impl Host for Calculator {
///     async fn request(&self, request: Request, responder: Responder) {
///         let _ = match request.command() {
///             Command::Evaluate => match request.parse::<EvaluateArguments<'_>>() {
///                 Ok(arguments) if arguments.expression == "6*7" => responder.evaluated(Ok("42")),
///                 Ok(_) => responder.fail(&Failure::new(1000, "this is too difficult")),
///                 Err(failure) => responder.fail(&failure),
///             },
///             _ => responder.otherwise(&request),
///         };
///     }
/// }
/// ```
pub trait Host: Send + Sync + 'static {
    /// Says what the program can do: by default only that it wants a `configurationDone`. Is asked for every client that
    /// connects, whether it attaches later or not.
    fn capabilities(&self) -> Capabilities<'_> {
        Capabilities {
            supports_configuration_done_request: true,
            ..Default::default()
        }
    }

    /// Answers `initialize`; writes the body of the response, which is by default [`capabilities`](Self::capabilities).
    ///
    /// The arguments tell what the client understands
    /// ([`InitializeArguments`]). Several clients may come this far at the same time; [`Client::id`] tells them apart.
    ///
    /// # Errors
    ///
    /// The client is answered with the failure, and may try again.
    fn initialize(&self, client: &Client, request: &Request, body: &mut Buffer) -> Result<(), Failure> {
        let _ = client;
        let _: InitializeArguments<'_> = request.parse()?;
        Ok(self.capabilities().write(body)?)
    }

    /// A client wants to attach (or to launch: look at [`Request::command`]); no other one is attached, or will be while this
    /// waits.
    ///
    /// After `Ok` the client gets the `initialized` event and sends its breakpoints to [`request`](Self::request); the
    /// answer to `attach` itself goes out behind that to `configurationDone`. Keep the client to send events, or ask
    /// [`Debugger::client`](crate::Debugger::client) for it.
    ///
    /// If the client leaves while this waits, it is dropped there, and [`disconnected`](Self::disconnected) follows.
    ///
    /// # Errors
    ///
    /// The client is answered with the failure, and may try again.
    fn attach(&self, client: Client, request: Request) -> impl Future<Output = Result<(), Failure>> + Send {
        let _ = (client, request);
        async { Ok(()) }
    }

    /// A request of the attached client, other than `initialize`, `attach`, `launch`, `disconnect` and `cancel`.
    ///
    /// Answer it with `responder`, here or anywhere else, now or later. If the responder is dropped without an answer, the
    /// client gets an error instead: no request stays unanswered. `configurationDone` is answered by [`Responder::done`].
    fn request(&self, request: Request, responder: Responder) -> impl Future<Output = ()> + Send;

    /// The attached client is gone, for the reason `how`; the program is to run on as if it had never been attached.
    ///
    /// Is called exactly once for each [`attach`](Self::attach) that did not end in an error, and before the next one.
    /// Requests that are still open need no answer any more.
    fn disconnected(&self, client: &Client, how: Disconnect) {
        let _ = (client, how);
    }
}

impl<H: Host> Host for std::sync::Arc<H> {
    fn capabilities(&self) -> Capabilities<'_> {
        (**self).capabilities()
    }

    fn initialize(&self, client: &Client, request: &Request, body: &mut Buffer) -> Result<(), Failure> {
        (**self).initialize(client, request, body)
    }

    fn attach(&self, client: Client, request: Request) -> impl Future<Output = Result<(), Failure>> + Send {
        (**self).attach(client, request)
    }

    fn request(&self, request: Request, responder: Responder) -> impl Future<Output = ()> + Send {
        (**self).request(request, responder)
    }

    fn disconnected(&self, client: &Client, how: Disconnect) {
        (**self).disconnected(client, how);
    }
}
