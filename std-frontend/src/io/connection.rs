//! One connection, as the I/O thread sees it.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use dapstub::frame::Received;

use super::Link;
use super::desk::{After, Desk, Held, Wanted};
use super::inbox::Inbox;
use super::record::{Record, Replay, Tee};
use super::stream::Stream;
use crate::LOG;
use crate::host::Disconnect;
use crate::limits::{LINGER_BYTES, TURN_BYTES};
use crate::link::Verdict;
use crate::rules;
use crate::stage::{Patience, Stage};

/// What becomes of a connection after its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(super) enum Fate {
    Stay,
    /// To be closed at once; what still waits is lost.
    Close,
    /// To be given to a child; see [`Connection::wanted`].
    HandOver,
}

pub(super) struct Connection {
    pub(super) link: Arc<Link>,
    pub(super) stage: Stage,
    pub(super) socket: Arc<Stream>,
    inbox: Inbox,
    patience: Patience,
    /// When the patience with the present stage ends.
    pub(super) deadline: Option<Instant>,
    /// An `attach` that has to wait: until then nothing of the peer is looked at.
    held: Option<Held>,
    /// There may be something to read. The system tells it once, so it is remembered until a read says otherwise.
    pub(super) readable: bool,
    /// There may be room to send.
    pub(super) writable: bool,
    /// Too much waits for the peer: no further request of it is looked at.
    paused: bool,
    /// What came so far, in case that a child is wanted.
    record: Record,
    /// The beginning, which another process has answered already.
    replay: Option<Replay>,
    /// The child that is wanted.
    pub(super) wanted: Option<Wanted>,
    /// Bytes thrown away since the connection is being closed; none before the last byte was sent.
    drained: Option<usize>,
}

impl Connection {
    pub(super) fn new(link: Arc<Link>, socket: Arc<Stream>, patience: Patience) -> Self {
        // An adapter that the program has connected to may wait for its client as long as it likes.
        let deadline = (!link.dialled).then(|| Instant::now() + patience.initialize);
        Self {
            link,
            stage: Stage::Silent,
            socket,
            inbox: Inbox::new(),
            patience,
            deadline,
            held: None,
            readable: true,
            writable: false,
            paused: false,
            record: Record::default(),
            replay: None,
            wanted: None,
            drained: None,
        }
    }

    /// A connection that another process has begun with.
    #[cfg(unix)]
    pub(super) fn adopted(link: Arc<Link>, socket: Arc<Stream>, patience: Patience, replay: Replay) -> Self {
        Self {
            replay: Some(replay),
            ..Self::new(link, socket, patience)
        }
    }

    /// What came so far, if all of it is known, and how many messages came before the last.
    #[cfg(unix)]
    pub(super) fn take_record(&mut self) -> Option<(Vec<u8>, u32)> {
        self.record.take()
    }

    /// The connection stays here after all, to be closed.
    pub(super) fn stay(&mut self) {
        self.link.seal();
        self.stage = Stage::Leaving;
        self.enter_stage();
        self.writable = true;
    }

    /// Tells whether there is something to do now.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        // While the last bytes wait to be sent nothing is read any more.
        let reads = match (self.stage, &self.held) {
            (Stage::Leaving, _) => self.drained.is_some(),
            (_, Some(held)) if held.until <= now => return true,
            (_, Some(_)) => false,
            (_, None) => !self.paused,
        };
        self.writable
            || ((self.readable || self.has_replay()) && reads)
            || (self.stage != Stage::Leaving && self.link.is_sealed())
    }

    /// When something is to be done without the peer.
    pub(super) fn deadlines(&self) -> impl Iterator<Item = Instant> {
        let held = self.held.as_ref().filter(|_| self.stage != Stage::Leaving);
        self.deadline.into_iter().chain(held.map(|held| held.until))
    }

    /// Sends and reads what can be sent and read now.
    pub(super) fn turn(&mut self, desk: &mut Desk) -> Fate {
        self.writable = false;
        self.paused = self.link.flush() > self.stage.read_pause();
        let before = self.stage;
        let fate = match self.stage {
            Stage::Leaving => Fate::Stay,
            _ => self.serve(desk),
        };
        if fate == Fate::Close {
            return Fate::Close;
        }
        if self.wanted.is_some() {
            return Fate::HandOver;
        }
        if before != self.stage {
            self.enter_stage();
        }
        if self.stage == Stage::Leaving {
            self.drain()
        } else {
            self.obey(desk)
        }
    }

    /// Closes the connection in peace: the rest is sent, then the peer may take its time to read it.
    pub(super) fn leave(&mut self, desk: &mut Desk, how: Disconnect) {
        desk.release(&self.link, &mut self.stage, how);
        self.enter_stage();
    }

    fn enter_stage(&mut self) {
        let now = Instant::now();
        self.deadline = match self.stage {
            Stage::Silent => return,
            Stage::Initialized => (!self.link.dialled).then(|| now + self.patience.attach),
            Stage::Attached { .. } => {
                self.inbox.trust();
                None
            }
            Stage::Leaving => {
                self.paused = false;
                Some(now + self.patience.linger)
            }
        };
    }

    /// Does what a thread of the program, or a failed send, has decided meanwhile.
    fn obey(&mut self, desk: &mut Desk) -> Fate {
        let Some(verdict) = self.link.verdict() else {
            return Fate::Stay;
        };
        tracing::debug!(target: LOG, id = self.link.id, reason = %verdict, "connection ends");
        match verdict {
            Verdict::Closed => {
                self.leave(desk, Disconnect::Closed);
                self.drain()
            }
            Verdict::Stalled => {
                rules::stalled(&self.link);
                desk.release(&self.link, &mut self.stage, Disconnect::Misbehaved);
                Fate::Close
            }
            Verdict::Lost(_) => {
                desk.release(&self.link, &mut self.stage, Disconnect::Lost);
                Fate::Close
            }
        }
    }

    /// Reads messages and has them carried out, until there are no more or others want their turn.
    fn serve(&mut self, desk: &mut Desk) -> Fate {
        if let Some(held) = self.held.take_if(|held| held.until <= Instant::now()) {
            let after = desk.again(&self.link, &mut self.stage, held);
            if self.follow(after) {
                return Fate::Stay;
            }
        }
        let mut left = TURN_BYTES;
        loop {
            if self.held.is_some() {
                return Fate::Stay;
            }
            if matches!(self.messages(desk), After::Leave) || self.link.is_sealed() {
                return Fate::Stay;
            }
            if self.paused || !(self.readable || self.has_replay()) || left == 0 {
                return Fate::Stay;
            }
            let read = match self.replay.as_mut().filter(|replay| !replay.is_over()) {
                Some(replay) => self.inbox.fill(replay),
                None => self.inbox.fill(&mut Tee(&self.socket, &mut self.record)),
            };
            match read {
                Ok(0) => return self.lost(desk, None),
                Ok(n) => left = left.saturating_sub(n),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.readable = false,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return self.lost(desk, Some(error)),
            }
        }
    }

    fn has_replay(&self) -> bool {
        self.replay.as_ref().is_some_and(|replay| !replay.is_over())
    }

    /// Has the messages carried out that were read.
    fn messages(&mut self, desk: &mut Desk) -> After {
        while !self.paused && self.held.is_none() && !self.link.is_sealed() {
            let Self {
                link,
                stage,
                inbox,
                socket,
                ..
            } = self;
            let received = inbox.next();
            if !matches!(received, Ok(Received::NeedInput)) {
                self.record.count();
                if self.replay.as_mut().is_some_and(Replay::count) {
                    self.replay = self.replay.take().filter(|replay| !replay.is_over());
                    link.connect(socket.clone());
                }
            }
            let after = match received {
                Ok(Received::NeedInput) => return After::Go,
                Ok(Received::Message(body)) => desk.message(link, stage, body),
                Ok(Received::Oversize { prefix, announced }) => desk.oversize(link, prefix, announced),
                Err(error) => desk.not_dap(link, stage, error),
            };
            if self.follow(after) {
                return After::Leave;
            }
            if self.stage.is_attached() {
                self.inbox.trust();
                self.record.stop();
            }
            self.paused = self.link.pending() > self.stage.read_pause();
        }
        After::Go
    }

    /// Does what has to follow a message; tells whether nothing more is read.
    fn follow(&mut self, after: After) -> bool {
        match after {
            After::Go => false,
            After::Rest(held) => {
                self.held = Some(held);
                false
            }
            After::Spoilt => {
                self.record.stop();
                false
            }
            After::HandOver(wanted) => {
                self.wanted = Some(wanted);
                true
            }
            After::Leave => {
                self.link.seal();
                self.stage = Stage::Leaving;
                true
            }
        }
    }

    /// The peer sends no more. What waits for it is still sent, in case it reads.
    fn lost(&mut self, desk: &mut Desk, error: Option<io::Error>) -> Fate {
        tracing::debug!(target: LOG, id = self.link.id, ?error, "connection closed by the peer");
        desk.release(&self.link, &mut self.stage, Disconnect::Lost);
        match error {
            None if self.link.pending() > 0 => Fate::Stay,
            _ => Fate::Close,
        }
    }

    /// Sends the rest, then reads until the peer has closed its side as well, and throws that away.
    fn drain(&mut self) -> Fate {
        if self.link.flush() > 0 {
            let lost = matches!(self.link.verdict(), Some(Verdict::Lost(_) | Verdict::Stalled));
            return if lost { Fate::Close } else { Fate::Stay };
        }
        let drained = self.drained.get_or_insert_with(|| {
            self.link.finish();
            0
        });
        let mut waste = [0; 4096];
        while self.readable && *drained < LINGER_BYTES {
            match self.socket.read(&mut waste) {
                Ok(0) => return Fate::Close,
                Ok(n) => *drained += n,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.readable = false,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Fate::Close,
            }
        }
        if *drained < LINGER_BYTES {
            Fate::Stay
        } else {
            Fate::Close
        }
    }
}
