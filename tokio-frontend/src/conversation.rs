//! What the task of a connection, the handles on its client and the open requests share.

use core::sync::atomic::{AtomicU8, Ordering};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use dapstub::Failure;
use dapstub::protocol::Command;
use dapstub::session::Ticket;
use dapstub_std::SendError;
use dapstub_std::parts::{Link, Stage};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::request::Reply;
use crate::stream::Wire;

/// Takes a lock whose last holder may have panicked: what stands behind our locks is valid at any time.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One connection. No lock of it is held while another is waited for, but that of the link behind that of `asked`.
#[derive(Debug)]
pub(crate) struct Conversation {
    pub(crate) link: Link<Wire>,
    /// The connection is over.
    pub(crate) gone: CancellationToken,
    /// There are too many connections, and this one is missed least.
    pub(crate) evicted: CancellationToken,
    /// [`Stage::rank`], for whoever has to choose.
    rank: AtomicU8,
    open: Mutex<Vec<Open>>,
    asked: Mutex<HashMap<u32, oneshot::Sender<Reply>>>,
}

/// A request that the program has to answer.
#[derive(Debug)]
struct Open {
    ticket: Ticket,
    cancel: CancellationToken,
}

impl Conversation {
    pub(crate) fn new(link: Link<Wire>) -> Self {
        Self {
            link,
            gone: CancellationToken::new(),
            evicted: CancellationToken::new(),
            rank: AtomicU8::new(Stage::Silent.rank()),
            open: Mutex::default(),
            asked: Mutex::default(),
        }
    }

    pub(crate) fn rank(&self) -> u8 {
        self.rank.load(Ordering::Relaxed)
    }

    pub(crate) fn set_stage(&self, stage: Stage) {
        self.rank.store(stage.rank(), Ordering::Relaxed);
    }

    /// Notes a request that goes to the program; `ticket` is a second one for it.
    pub(crate) fn opened(&self, ticket: Ticket) -> CancellationToken {
        let cancel = self.gone.child_token();
        lock(&self.open).push(Open {
            ticket,
            cancel: cancel.clone(),
        });
        cancel
    }

    /// The request is answered.
    pub(crate) fn closed(&self, ticket: &Ticket) {
        let mut open = lock(&self.open);
        if let Some(index) = open.iter().position(|open| open.ticket == *ticket) {
            open.swap_remove(index);
        }
    }

    /// The client asks that its request of this number be cancelled.
    pub(crate) fn cancel(&self, seq: i32) {
        let found: Vec<CancellationToken> = lock(&self.open)
            .iter()
            .filter(|open| open.ticket.seq() == seq)
            .map(|open| open.cancel.clone())
            .collect();
        found.iter().for_each(CancellationToken::cancel);
    }

    /// Answers every request that the program has not answered with `cancelled`.
    pub(crate) fn cancel_all(&self) {
        let open = core::mem::take(&mut *lock(&self.open));
        for Open { ticket, cancel } in open {
            cancel.cancel();
            let _ = self.link.fail(ticket, &Failure::cancelled());
        }
    }

    /// Asks the client something. The answer arrives where the receiver is.
    pub(crate) fn ask(&self, command: Command, arguments: &[u8]) -> Result<(u32, oneshot::Receiver<Reply>), SendError> {
        let (sender, receiver) = oneshot::channel();
        // The answer may be here before the number is known, so it is looked for under the same lock.
        let mut asked = lock(&self.asked);
        let seq = self.link.request(command, arguments)?;
        asked.insert(seq, sender);
        Ok((seq, receiver))
    }

    /// Nobody waits for this answer any more.
    pub(crate) fn forget(&self, seq: u32) {
        lock(&self.asked).remove(&seq);
    }

    pub(crate) fn replied(&self, seq: u32, reply: Reply) {
        let waiting = lock(&self.asked).remove(&seq);
        if let Some(waiting) = waiting {
            let _ = waiting.send(reply);
        }
    }

    /// Ends everything that waits for this client.
    pub(crate) fn end(&self) {
        self.gone.cancel();
        lock(&self.asked).clear();
        lock(&self.open).clear();
        self.link.carrier.room.notify_waiters();
    }
}
