//! The task of one connection: reads, waits, sends what the system did not take at once, and closes.
//!
//! Every wait of it may be dropped: what has to happen then stands in [`Drop`], and what was read and not yet carried out
//! belongs to a client that is gone.

use core::future::pending;
use std::io;
use std::sync::Arc;

use bytes::BytesMut;
use dapstub::frame::Limits;
use dapstub_std::limits::{
    BODY_LIMIT, BODY_LIMIT_UNATTACHED, FAREWELL, LINGER_BYTES, READ_PAUSE, SKIP_FACTOR, TIME_TO_READ, TURN_BYTES,
};
use dapstub_std::parts::{Stage, Verdict, rules};
use dapstub_std::{Disconnect, Patience};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tokio_util::codec::Decoder;

use crate::LOG;
use crate::client::Client;
use crate::codec::{CodecError, DapCodec, Frame};
use crate::conversation::{Conversation, lock};
use crate::desk::{After, Attaching, Held};
use crate::guard;
use crate::host::Host;
use crate::shared::Shared;
use crate::stream::Stream;

/// Least room for what is read at once.
const READ: usize = 4 * 1024;

pub(crate) struct Connection<H: Host> {
    pub(crate) host: Arc<H>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) conversation: Arc<Conversation>,
    pub(crate) stage: Stage,
    /// An `attach` that the program thinks about.
    pub(crate) attaching: Option<Attaching>,
    /// An `attach` that has to wait before it is looked at: until then nothing of the peer is.
    pub(crate) held: Option<Held>,
    /// Requests that the program thinks about.
    pub(crate) handlers: JoinSet<()>,
    /// The server ends: the program is not asked any more.
    pub(crate) ending: bool,
    stream: Arc<Stream>,
    codec: DapCodec,
    received: BytesMut,
    pub(crate) patience: Patience,
    /// When the patience with the present stage ends.
    deadline: Option<Instant>,
    /// When the patience with a client that reads nothing ends, and how much it had read when that began.
    stalled: Option<(Instant, u64)>,
}

/// Why the loop of a connection ends.
enum End {
    /// In peace: the rest is sent, and the peer may take its time to read it.
    Leave,
    /// At once; what still waits is lost.
    Close,
}

/// What woke a connection.
enum Woken {
    Evicted,
    Ending,
    Deadline,
    Stalled,
    Rested,
    Readable(io::Result<()>),
    Writable,
    Attached(Option<Result<(), dapstub::Failure>>),
    Handled,
    Told,
}

impl<H: Host> Connection<H> {
    pub(crate) fn new(
        host: Arc<H>,
        shared: Arc<Shared>,
        conversation: Arc<Conversation>,
        stream: Arc<Stream>,
        patience: Patience,
    ) -> Self {
        Self {
            host,
            shared,
            conversation,
            stage: Stage::Silent,
            attaching: None,
            held: None,
            handlers: JoinSet::new(),
            ending: false,
            stream,
            codec: DapCodec::new(limits(BODY_LIMIT_UNATTACHED)),
            received: BytesMut::new(),
            patience,
            deadline: Some(Instant::now() + patience.initialize),
            stalled: None,
        }
    }

    pub(crate) async fn run(mut self) {
        match self.serve().await {
            End::Close => {}
            End::Leave => {
                // Silent by now, so whoever looks for a place to free finds it first.
                let evicted = self.conversation.evicted.clone();
                tokio::select! {
                    () = evicted.cancelled() => {}
                    _ = tokio::time::timeout(self.patience.linger, self.linger()) => {}
                }
            }
        }
    }

    async fn serve(&mut self) -> End {
        let mut left = TURN_BYTES;
        loop {
            while left > 0 && !self.is_paused() && self.conversation.link.is_open() {
                let before = self.received.len();
                match self.next_message() {
                    None => break,
                    Some(After::Go) => left = left.saturating_sub(before - self.received.len()),
                    Some(After::Leave) => return self.leave(Disconnect::Closed),
                }
            }
            if let Some(verdict) = self.conversation.link.verdict() {
                return self.obey(verdict);
            }
            if left == 0 {
                // Others want their turn.
                tokio::task::yield_now().await;
                left = TURN_BYTES;
                continue;
            }
            match self.woken().await {
                Woken::Told | Woken::Handled => {}
                Woken::Evicted => return End::Close,
                Woken::Ending => {
                    if let Some(end) = self.end() {
                        return end;
                    }
                }
                Woken::Deadline if self.ending => return self.leave(Disconnect::Closed),
                Woken::Deadline => {
                    rules::too_late(&self.conversation.link, self.stage);
                    return End::Close;
                }
                Woken::Stalled => self.stalled(),
                Woken::Rested => {
                    if let Some(held) = self.held.take()
                        && matches!(self.again(held), After::Leave)
                    {
                        return self.leave(Disconnect::Closed);
                    }
                }
                Woken::Attached(result) => self.attached(result),
                Woken::Writable => self.flush(),
                Woken::Readable(ready) => match ready.and_then(|()| self.read()) {
                    Ok(0) => return self.lost(None),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return self.lost(Some(error)),
                    Ok(_) => {}
                },
            }
        }
    }

    /// Waits until there is something to do. Nothing is lost when this is dropped.
    async fn woken(&mut self) -> Woken {
        let pending_bytes = self.conversation.link.pending();
        let reads = !self.is_paused();
        let stalled = self.watch(pending_bytes);
        let Self {
            shared,
            conversation,
            stream,
            attaching,
            held,
            handlers,
            deadline,
            ending,
            ..
        } = self;
        let rested = held.as_ref().map(|held| held.until);
        tokio::select! {
            () = conversation.evicted.cancelled() => Woken::Evicted,
            () = shared.ending.cancelled(), if !*ending => Woken::Ending,
            () = at(*deadline) => Woken::Deadline,
            () = at(stalled) => Woken::Stalled,
            () = at(rested) => Woken::Rested,
            () = conversation.link.carrier.wake.notified() => Woken::Told,
            result = thought(attaching) => Woken::Attached(result),
            Some(result) = handlers.join_next() => {
                if let Err(error) = result
                    && error.is_panic()
                {
                    tracing::error!(target: LOG, method = "request", "the host panicked");
                }
                Woken::Handled
            }
            _ = stream.writable(), if pending_bytes > 0 => Woken::Writable,
            ready = stream.readable(), if reads => Woken::Readable(ready),
        }
    }

    /// Tells whether no further request of the peer is looked at, because so much waits for it, or an `attach` of it does.
    fn is_paused(&self) -> bool {
        self.held.is_some() || self.conversation.link.pending() > self.stage.read_pause()
    }

    /// Reads once. Between messages there is no buffer.
    fn read(&mut self) -> io::Result<usize> {
        if self.received.is_empty() {
            self.received = BytesMut::new();
        }
        // Doubled when it is full, so that what is only announced costs nothing.
        self.received.reserve(READ.max(self.received.len()));
        self.stream.try_read(&mut self.received)
    }

    /// Has the next message carried out that was read whole.
    fn next_message(&mut self) -> Option<After> {
        let after = match self.codec.decode(&mut self.received) {
            Ok(None) => return None,
            Ok(Some(Frame::Message(body))) => self.message(&body),
            Ok(Some(Frame::Oversize { prefix, announced })) => {
                rules::oversize(&self.conversation.link, &prefix, announced);
                After::Go
            }
            Err(CodecError::Frame(error)) => {
                rules::not_dap(&self.conversation.link, error);
                self.release(Disconnect::Misbehaved);
                After::Leave
            }
            // Only reading from a socket fails in this way.
            Err(CodecError::Io(_)) => After::Leave,
        };
        Some(after)
    }

    /// The connection has come further, or fallen back.
    pub(crate) fn enter(&mut self, stage: Stage) {
        self.stage = stage;
        self.conversation.set_stage(stage);
        let now = Instant::now();
        self.deadline = match stage {
            Stage::Silent => return,
            Stage::Initialized => Some(now + self.patience.attach),
            Stage::Attached { .. } => None,
            Stage::Leaving => None,
        };
        self.codec.set_limits(limits(if stage.is_attached() {
            BODY_LIMIT
        } else {
            BODY_LIMIT_UNATTACHED
        }));
    }

    /// When a client that reads nothing is given up, if much waits for it.
    fn watch(&mut self, pending_bytes: usize) -> Option<Instant> {
        if pending_bytes <= READ_PAUSE {
            self.stalled = None;
        } else if self.stalled.is_none() {
            self.stalled = Some((Instant::now() + TIME_TO_READ, self.conversation.link.sent()));
        }
        self.stalled.map(|(at, _)| at)
    }

    fn stalled(&mut self) {
        let sent = self.conversation.link.sent();
        if self.stalled.take().is_some_and(|(_, before)| before == sent) {
            self.conversation.link.judge(Verdict::Stalled);
        }
    }

    fn flush(&self) {
        let link = &self.conversation.link;
        link.carrier.unstuck();
        if link.flush() < READ_PAUSE {
            link.carrier.room.notify_waiters();
        }
    }

    /// Does what a task of the program, or a failed send, has decided meanwhile.
    fn obey(&mut self, verdict: Verdict) -> End {
        tracing::debug!(target: LOG, reason = %verdict, "connection ends");
        match verdict {
            Verdict::Closed => self.leave(Disconnect::Closed),
            Verdict::Stalled => {
                rules::stalled(&self.conversation.link);
                self.release(Disconnect::Misbehaved);
                End::Close
            }
            Verdict::Lost(_) => {
                self.release(Disconnect::Lost);
                End::Close
            }
        }
    }

    /// The server ends: the attached client is told, and may say goodbye.
    fn end(&mut self) -> Option<End> {
        self.ending = true;
        if !self.stage.is_attached() || self.attaching.is_some() {
            return Some(self.leave(Disconnect::Closed));
        }
        self.conversation.cancel_all();
        self.handlers.abort_all();
        rules::end(&self.conversation.link);
        self.deadline = Some(Instant::now() + FAREWELL);
        None
    }

    /// The peer sends no more. What waits for it is still sent, in case it reads.
    fn lost(&mut self, error: Option<io::Error>) -> End {
        tracing::debug!(target: LOG, ?error, "connection closed by the peer");
        self.release(Disconnect::Lost);
        match error {
            None if self.conversation.link.pending() > 0 => End::Leave,
            _ => End::Close,
        }
    }

    fn leave(&mut self, how: Disconnect) -> End {
        self.release(how);
        End::Leave
    }

    /// Frees the place, if this client had it, and tells the program. What waits for the client's sake is dropped.
    pub(crate) fn release(&mut self, how: Disconnect) {
        let shared = self.shared.clone();
        let _turn = lock(&shared.place);
        self.release_in_turn(how);
    }

    /// The same, by the holder of `place`.
    pub(crate) fn release_in_turn(&mut self, how: Disconnect) {
        self.attaching = None;
        self.held = None;
        self.handlers.abort_all();
        let mut stage = self.stage;
        let told = rules::release(&self.conversation.link, &mut stage, how);
        self.enter(stage);
        self.conversation.end();
        if told {
            *lock(&self.shared.client) = None;
            let client = Client::new(self.conversation.clone());
            guard::call("disconnected", || self.host.disconnected(&client, how));
        }
    }

    /// Sends the rest, then reads until the peer has closed its side as well, and throws that away.
    async fn linger(&mut self) {
        let link = &self.conversation.link;
        while link.flush() > 0 {
            if matches!(link.verdict(), Some(Verdict::Lost(_) | Verdict::Stalled))
                || self.stream.writable().await.is_err()
            {
                return;
            }
            // A socket that is broken is always writable.
            tokio::task::yield_now().await;
        }
        link.finish();
        let mut drained = 0;
        let mut waste = BytesMut::with_capacity(READ);
        while drained < LINGER_BYTES && self.stream.readable().await.is_ok() {
            waste.clear();
            match self.stream.try_read(&mut waste) {
                Ok(0) => return,
                Ok(n) => drained += n,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }
}

impl<H: Host> Drop for Connection<H> {
    fn drop(&mut self) {
        let ending = self.shared.ending.is_cancelled();
        self.release(if ending { Disconnect::Closed } else { Disconnect::Lost });
        self.conversation.link.close();
        self.shared.remove(self.conversation.link.id);
        tracing::debug!(target: LOG, id = self.conversation.link.id, "connection over");
    }
}

fn limits(body: usize) -> Limits {
    Limits {
        body,
        skip: BODY_LIMIT * SKIP_FACTOR,
    }
}

pub(crate) async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}

/// What the program thinks of an `attach`.
async fn thought(attaching: &mut Option<Attaching>) -> Option<Result<(), dapstub::Failure>> {
    match attaching {
        Some(attaching) => (&mut attaching.future).await,
        None => pending().await,
    }
}
