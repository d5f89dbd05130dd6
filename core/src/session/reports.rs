//! What the server says of its own accord: events, and requests to the client.

use super::phase::Phase;
use super::wire::{self, Head};
use super::{EventError, RequestError, Session, Writer};
use crate::output::{Full, Output};
use crate::protocol::{Command, Report, RequestType};

impl<O: Output, const OPEN: usize> Session<O, OPEN> {
    /// Sends an event whose body `body` writes; if it writes nothing, there is none.
    ///
    /// # Errors
    ///
    /// [`EventError`] says whether it is too early, too late, or only a matter of room.
    pub fn event(
        &mut self,
        name: &str,
        body: impl FnOnce(&mut Writer<'_, '_, O>) -> Result<(), Full>,
    ) -> Result<(), EventError> {
        self.may_send(name)?;
        self.send_event(name, body)?;
        self.sent_terminated |= name == "terminated";
        self.sent_exited |= name == "exited";
        Ok(())
    }

    /// Sends an event with a body that is JSON already; `b""` means none.
    ///
    /// # Errors
    ///
    /// As for [`event`](Self::event).
    pub fn event_raw(&mut self, name: &str, body: &[u8]) -> Result<(), EventError> {
        self.event(name, |out| wire::prepared(out, body))
    }

    /// Sends one of DAP's events: the body of one, or an [`Event`](crate::protocol::Event).
    ///
    /// # Errors
    ///
    /// As for [`event`](Self::event).
    pub fn report(&mut self, event: impl Report) -> Result<(), EventError> {
        self.event(event.name(), |out| event.write_body(out))
    }

    /// Asks the client something (`runInTerminal`, `startDebugging`) and returns the number under which the
    /// [`Reply`](super::Reply) will come.
    ///
    /// # Errors
    ///
    /// The client is not there yet or not any more, it did not announce in `initialize` that it can be asked this,
    /// [`MAX_ASKED`](super::MAX_ASKED) requests are open ([`set_aside`](Self::set_aside) makes room), or there is no room.
    pub fn send_request(
        &mut self,
        command: Command,
        arguments: impl FnOnce(&mut Writer<'_, '_, O>) -> Result<(), Full>,
    ) -> Result<u32, RequestError> {
        match self.phase {
            Phase::Listening | Phase::Initializing => return Err(RequestError::TooEarly),
            Phase::Ending | Phase::Ended => return Err(RequestError::Ended),
            _ if !self.wishes.request(command) => return Err(RequestError::NotSupported),
            _ => {}
        }
        let seq = self.next_seq();
        let place = self
            .asked
            .iter_mut()
            .find(|asked| asked.is_none())
            .ok_or(RequestError::TooManyOpen)?;
        wire::message(
            &mut self.out,
            seq,
            Head::Request {
                command: command.as_str().into(),
            },
            arguments,
        )?;
        *place = Some((seq, command));
        self.seq = seq;
        Ok(seq)
    }

    /// Sets aside the request of ours that waits longest for its answer, and makes room for another; returns its number
    /// and what was asked. For clients that answer late, or never.
    ///
    /// A reply to it is [`Ignored`](super::Step::Ignored) from now on. Who still wants it keeps the number, and reads what
    /// was ignored with [`Reply::late`](super::Reply::late).
    pub fn set_aside(&mut self) -> Option<(u32, Command)> {
        // Numbers count on, so the smallest is the oldest.
        let oldest = self.asked.iter_mut().filter(|asked| asked.is_some());
        oldest.min_by_key(|asked| asked.map(|(seq, _)| seq))?.take()
    }

    /// The same with typed arguments: `session.ask::<requests::RunInTerminal>(&arguments)`. Its reply is read with
    /// [`Reply::read`](super::Reply::read).
    ///
    /// # Errors
    ///
    /// As for [`send_request`](Self::send_request).
    pub fn ask<R: RequestType>(&mut self, arguments: &R::Arguments<'_>) -> Result<u32, RequestError> {
        self.send_request(R::COMMAND, |out| wire::value(out, arguments))
    }

    pub(super) fn send_event(
        &mut self,
        name: &str,
        body: impl FnOnce(&mut Writer<'_, '_, O>) -> Result<(), Full>,
    ) -> Result<(), Full> {
        let next = self.next_seq();
        wire::message(&mut self.out, next, Head::Event { name }, body)?;
        self.seq = next;
        Ok(())
    }

    /// Which events may go out when.
    fn may_send(&self, name: &str) -> Result<(), EventError> {
        let is_end = matches!(name, "terminated" | "exited");
        match name {
            "initialized" => return Err(EventError::Reserved),
            "terminated" if self.sent_terminated => return Err(EventError::Repeated),
            "exited" if self.sent_exited => return Err(EventError::Repeated),
            _ if !self.wishes.event(name) => return Err(EventError::NotWanted),
            _ => {}
        }
        match self.phase {
            Phase::Listening | Phase::Initializing | Phase::Negotiated => Err(EventError::TooEarly),
            // The answer to `disconnect` comes first.
            Phase::Ending if is_end => Err(EventError::TooEarly),
            Phase::Ending => Err(EventError::Ended),
            // A client that never attached has nothing to hear about the end.
            Phase::Ended if is_end && self.attached => Ok(()),
            Phase::Ended => Err(EventError::Ended),
            Phase::Running => Ok(()),
            Phase::Attaching | Phase::Configuring | Phase::Starting => match name {
                "terminated" | "exited" | "breakpoint" | "capabilities" => Ok(()),
                "progressStart" | "progressUpdate" | "progressEnd" => Ok(()),
                _ => Err(EventError::TooEarly),
            },
        }
    }
}
