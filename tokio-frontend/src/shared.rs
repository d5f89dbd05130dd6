//! What the tasks of a server and the handles on it share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use dapstub_std::Address;
use dapstub_std::parts::{Origin, Process, Stage, rules};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::client::Client;
use crate::conversation::{Conversation, lock};

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) process: Arc<Process>,
    /// The server shuts down.
    pub(crate) ending: CancellationToken,
    /// No task of the server is left.
    pub(crate) ended: CancellationToken,
    /// Where the server listens, once it does.
    pub(crate) address: Mutex<Option<Address>>,
    /// Held while the place changes hands, so that the program hears that one client is gone before it hears of the next.
    pub(crate) place: Mutex<()>,
    /// The attached client.
    pub(crate) client: Mutex<Option<Client>>,
    /// When the last task has to be gone, if somebody said so.
    pub(crate) deadline: watch::Sender<Option<Instant>>,
    /// By number, so the oldest comes first.
    connections: Mutex<BTreeMap<u64, Arc<Conversation>>>,
}

impl Shared {
    pub(crate) fn new(ending: CancellationToken) -> Self {
        Self {
            process: Arc::default(),
            ending,
            ended: CancellationToken::new(),
            address: Mutex::default(),
            place: Mutex::default(),
            client: Mutex::default(),
            deadline: watch::Sender::default(),
            connections: Mutex::default(),
        }
    }

    /// Notes a connection; if there are too many now, the one that is missed least has to go.
    pub(crate) fn add(&self, conversation: Arc<Conversation>) {
        let mut connections = lock(&self.connections);
        let unattached = connections
            .iter()
            .map(|(&number, conversation)| (number, conversation.rank(), Origin::from(&conversation.link.peer)))
            .filter(|(_, rank, _)| *rank < Stage::Attached { launched: false }.rank());
        let least = rules::least_missed(unattached, Origin::from(&conversation.link.peer));
        let least = least.and_then(|number| connections.remove(&number));
        connections.insert(conversation.link.id, conversation);
        drop(connections);
        if let Some(least) = least {
            rules::crowded_out(&least.link);
            least.evicted.cancel();
        }
    }

    pub(crate) fn remove(&self, id: u64) {
        let removed = lock(&self.connections).remove(&id);
        drop(removed);
    }
}
