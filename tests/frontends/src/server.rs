//! A frontend with a small program behind it, as a suite sees it.

use core::net::SocketAddr;

use dapstub::protocol::Command;
use dapstub_std::{Address, Disconnect, SendError, Setup};

use crate::support::{Peer, loopback};

/// What the program was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// A client has attached.
    Attached,
    /// A request of the attached client.
    Request(Command),
    /// The attached client is gone.
    Disconnected(Disconnect),
}

/// Sends an event: its name, its body.
pub type Reporter = Box<dyn Fn(&str, &[u8]) -> Result<(), SendError> + Send>;

/// A server on a free port of the loopback interface. Its program answers `threads`, `setBreakpoints` and `evaluate`
/// (`later` only when it is told to), refuses `attach` where the arguments hold `refuse`, and panics where they say so.
pub trait Server: Sized {
    /// Starts a server.
    fn start() -> Self {
        Self::start_with((&loopback()).into())
    }

    /// Starts a server with these rules and this patience.
    fn start_with(setup: Setup) -> Self;

    /// Where it listens.
    fn place(&self) -> Address;

    /// The address and port at which it listens.
    fn address(&self) -> SocketAddr {
        self.place().tcp().expect("it listens on a port")
    }

    /// What the program is told next.
    fn note(&self) -> Note;

    /// Nothing was told that the test has not asked for.
    fn no_note(&self);

    /// Whether a client has the place.
    fn is_client_connected(&self) -> bool;

    /// What the program was told so far is forgotten.
    fn forget(&self);

    /// What sends events to the client that attached last, from any thread.
    fn reporter(&self) -> Reporter;

    /// The program sends an event to the client that attached last.
    ///
    /// # Errors
    ///
    /// Those of the frontend.
    fn event(&self, name: &str, body: &[u8]) -> Result<(), SendError> {
        self.reporter()(name, body)
    }

    /// The program asks the client something, and does not wait for the answer.
    fn ask(&self, command: Command, arguments: &'static [u8]);

    /// The program answers the last `evaluate` of `later`, from elsewhere than it was asked.
    ///
    /// # Errors
    ///
    /// Those of the frontend.
    fn answer_later(&self, body: &'static [u8]) -> Result<(), SendError>;

    /// The program closes the connection of the client that attached last.
    fn close_client(&self);

    /// Whether that client's connection still takes messages.
    fn is_client_open(&self) -> bool;

    /// Connects and says nothing.
    fn peer(&self) -> Peer {
        Peer::connect(self.place())
    }

    /// Attaches and configures a client.
    fn attach(&self) -> Peer {
        let peer = Peer::attached(self.place());
        self.attached();
        self.requested(Command::ConfigurationDone);
        peer
    }

    /// The next note must say that a client has attached.
    fn attached(&self) {
        assert_eq!(self.note(), Note::Attached);
    }

    /// The next note must be a request of this command.
    fn requested(&self, command: Command) {
        assert_eq!(self.note(), Note::Request(command));
    }

    /// The next note must say that the client is gone.
    fn disconnected(&self) -> Disconnect {
        match self.note() {
            Note::Disconnected(how) => how,
            other => panic!("{other:?}"),
        }
    }

    /// A whole session works: attach, ask, leave.
    fn serves_a_session(&self) {
        let mut peer = self.attach();
        let answer = peer.ask("threads", serde_json::json!(null));
        assert_eq!(answer["body"]["threads"][0]["name"], "main", "{answer}");
        self.requested(Command::Threads);
        peer.disconnect();
        let terminate_debuggee = false;
        assert_eq!(self.disconnected(), Disconnect::Requested { terminate_debuggee });
    }
}
