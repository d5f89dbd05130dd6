//! The blocking frontend.

use std::sync::Mutex;

use dapstub::protocol::Command;
use dapstub_std::{Address, Client, SendError, Setup};

use crate::server::{Note, Reporter, Server};
use crate::support::{self, DEADLINE};

/// The blocking frontend, on its one thread.
pub struct Blocking {
    server: support::Server,
    client: Mutex<Option<Client>>,
}

impl Blocking {
    /// Ends the server and its thread.
    pub fn shutdown(&self) {
        assert!(self.server.debugger.shutdown(DEADLINE));
    }

    fn client(&self) -> Client {
        self.client.lock().unwrap().clone().expect("a client has attached")
    }
}

impl Server for Blocking {
    fn start_with(setup: Setup) -> Self {
        Self {
            server: support::Server::start_with(setup),
            client: Mutex::default(),
        }
    }

    fn place(&self) -> Address {
        self.server.address.clone()
    }

    fn note(&self) -> Note {
        match self.server.note() {
            support::Note::Attached(client) => {
                *self.client.lock().unwrap() = Some(client);
                Note::Attached
            }
            support::Note::Request(command) => Note::Request(command),
            support::Note::Disconnected(how) => Note::Disconnected(how),
        }
    }

    fn no_note(&self) {
        self.server.no_note();
    }

    fn is_client_connected(&self) -> bool {
        self.server.debugger.is_client_connected()
    }

    fn forget(&self) {
        while self.server.notes.try_recv().is_ok() {}
    }

    fn reporter(&self) -> Reporter {
        let client = self.client();
        Box::new(move |name, body| client.event(name, body))
    }

    fn ask(&self, command: Command, arguments: &'static [u8]) {
        self.client().request(command, arguments).unwrap();
    }

    fn answer_later(&self, body: &'static [u8]) -> Result<(), SendError> {
        let ticket = self.server.later.lock().unwrap().pop().expect("`later` was asked");
        let client = self.client();
        std::thread::spawn(move || client.respond(ticket, body)).join().unwrap()
    }

    fn close_client(&self) {
        self.client().close();
    }

    fn is_client_open(&self) -> bool {
        self.client().is_open()
    }
}
