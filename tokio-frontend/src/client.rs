//! The handle on a client, for every task and thread of the program.

use core::fmt;
use std::sync::Arc;

use dapstub::json::ToJson;
use dapstub::output::{Full, Output};
use dapstub::protocol::{Command, Report, RequestType};
use dapstub_std::limits::READ_PAUSE;
use dapstub_std::parts::Verdict;
use dapstub_std::{Address, Buffer, SendError};

use crate::conversation::Conversation;
use crate::request::Reply;

/// One client. Cheap to clone, and to be used from any task or thread.
///
/// [`report`](Self::report) and [`event`](Self::event) never wait: what the client doesn't read at once waits in a queue, and a
/// client that lets more than [`OUTGOING_LIMIT`](crate::limits::OUTGOING_LIMIT) bytes wait is dropped. Whoever has much to say,
/// such as the output of a program, uses [`send`](Self::send), which waits for a client that falls behind.
#[derive(Clone)]
pub struct Client(Arc<Conversation>);

impl Client {
    pub(crate) fn new(conversation: Arc<Conversation>) -> Self {
        Self(conversation)
    }

    pub(crate) fn conversation(&self) -> &Conversation {
        &self.0
    }

    /// Returns a number that no other client of this server has.
    pub fn id(&self) -> u64 {
        self.0.link.id
    }

    /// Returns where the client is.
    pub fn peer(&self) -> &Address {
        &self.0.link.peer
    }

    /// Tells whether messages to this client are still taken.
    pub fn is_open(&self) -> bool {
        self.0.link.is_open()
    }

    /// Waits until the connection is over. May be dropped at any time.
    pub async fn closed(&self) {
        self.0.gone.cancelled().await;
    }

    /// Sends an event, without waiting; `body` is its JSON, or empty for none.
    ///
    /// # Errors
    ///
    /// [`SendError::TooEarly`] until `configurationDone` is answered.
    pub fn event(&self, name: &str, body: &[u8]) -> Result<(), SendError> {
        self.0.link.event(name, body)
    }

    /// Sends one of DAP's events, from its typed body, without waiting: `client.report(StoppedEvent { .. })`.
    ///
    /// # Errors
    ///
    /// As [`event`](Self::event).
    pub fn report(&self, event: impl Report) -> Result<(), SendError> {
        self.0.link.report(event)
    }

    /// Waits until the client has read so much that less than [`READ_PAUSE`] bytes wait for it, then sends the event.
    ///
    /// Dropped while it waits, it has sent nothing. A client that reads nothing for
    /// [`TIME_TO_READ`](crate::limits::TIME_TO_READ) is dropped, so this ends.
    ///
    /// # Errors
    ///
    /// As [`event`](Self::event).
    pub async fn send(&self, event: impl Report) -> Result<(), SendError> {
        self.ready().await?;
        self.report(event)
    }

    /// Waits as [`send`](Self::send) does, and sends nothing.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`]: the client is gone.
    pub async fn ready(&self) -> Result<(), SendError> {
        loop {
            let room = self.0.link.carrier.room.notified();
            let mut room = core::pin::pin!(room);
            // From here on no notice is missed.
            room.as_mut().enable();
            if !self.is_open() {
                return Err(SendError::Closed);
            }
            if self.0.link.pending() < READ_PAUSE {
                return Ok(());
            }
            room.await;
        }
    }

    /// Asks the client something (`runInTerminal`, `startDebugging`) and waits for its answer. `arguments` is JSON.
    ///
    /// A client may take its time, or never answer: use [`tokio::time::timeout`] where that matters. Dropped while it
    /// waits, an answer that still comes is thrown away. Any number of requests may be open; the last
    /// [`MAX_LATE`](dapstub_std::limits::MAX_LATE) at least can be answered.
    ///
    /// # Errors
    ///
    /// [`SendError::NotWanted`] if the client did not announce that it takes this; [`SendError::Closed`] if it left without
    /// an answer.
    pub async fn request(&self, command: Command, arguments: &[u8]) -> Result<Reply, SendError> {
        struct Forget<'c>(&'c Conversation, u32);
        impl Drop for Forget<'_> {
            fn drop(&mut self) {
                self.0.forget(self.1);
            }
        }
        let (seq, answer) = self.0.ask(command, arguments)?;
        let _forget = Forget(&self.0, seq);
        answer.await.map_err(|_| SendError::Closed)
    }

    /// The same with typed arguments: `client.ask::<requests::RunInTerminal>(&arguments).await`.
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request).
    pub async fn ask<R: RequestType>(&self, arguments: &R::Arguments<'_>) -> Result<Reply, SendError> {
        let mut json = Buffer::new();
        arguments.write(&mut json).map_err(|Full| SendError::TooLarge)?;
        self.request(R::COMMAND, json.written()).await
    }

    /// Closes the connection after what waits was sent. [`Host::disconnected`](crate::Host::disconnected) follows.
    pub fn close(&self) {
        self.0.link.judge(Verdict::Closed);
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("id", &self.id())
            .field("peer", self.peer())
            .finish_non_exhaustive()
    }
}

impl PartialEq for Client {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Client {}
