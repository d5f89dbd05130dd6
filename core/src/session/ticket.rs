//! Requests that wait for their answer.

use crate::json::Text;
use crate::protocol::Command;

/// The right to answer one request, once. Eight bytes; keep it, send it to another thread, answer when you can.
///
/// A ticket that is dropped leaves its request open until `disconnect` cancels it.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a request whose ticket is dropped is not answered"]
pub struct Ticket {
    pub(super) seq: i32,
    pub(super) generation: u16,
    pub(super) slot: u8,
    pub(super) command: Command,
}

impl Ticket {
    /// Of a request that no session handed out.
    pub(super) const NOWHERE: u8 = u8::MAX;

    /// Number of the request, as the client counts.
    #[must_use]
    pub const fn seq(&self) -> i32 {
        self.seq
    }

    /// Its command.
    #[must_use]
    pub const fn command(&self) -> Command {
        self.command
    }

    /// Another handle on the same request, for the session's own use.
    pub(super) const fn again(&self) -> Self {
        Self { ..*self }
    }
}

/// The longest name of a command that DAP does not define, as it stands on the wire. The answer repeats it, so it is
/// kept.
pub const MAX_COMMAND_NAME: usize = 48;

/// A place for one open request.
#[derive(Debug, Default)]
pub(super) struct Slot {
    open: Option<(i32, Command)>,
    generation: u16,
    /// Name on the wire, where the command does not tell it.
    name: heapless::String<MAX_COMMAND_NAME, u8>,
}

impl Slot {
    pub(super) const EMPTY: Self = Self {
        open: None,
        generation: 0,
        name: heapless::String::new(),
    };

    pub(super) const fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Takes a request in; `None` if its name is too long.
    pub(super) fn take(&mut self, slot: u8, seq: i32, command: Command, name: Text<'_>) -> Option<Ticket> {
        self.name.clear();
        if command == Command::Unknown {
            // Kept escaped, as it came, and written back without being escaped again.
            self.name.push_str(name.raw()).ok()?;
        }
        self.open = Some((seq, command));
        self.generation = self.generation.wrapping_add(1);
        Some(Ticket {
            seq,
            generation: self.generation,
            slot,
            command,
        })
    }

    pub(super) fn is(&self, ticket: &Ticket) -> bool {
        self.generation == ticket.generation && self.open == Some((ticket.seq, ticket.command))
    }

    /// The ticket of the open request, if it has this number.
    pub(super) fn ticket(&self, slot: u8, seq: i32) -> Option<Ticket> {
        let (_, command) = self.open.filter(|(open, _)| *open == seq)?;
        Some(Ticket {
            seq,
            generation: self.generation,
            slot,
            command,
        })
    }

    pub(super) const fn close(&mut self) {
        self.open = None;
    }

    /// Number and name of the open request.
    pub(super) fn request(&self) -> Option<(i32, Text<'_>)> {
        let (seq, command) = self.open?;
        Some((
            seq,
            if command == Command::Unknown {
                Text::accepted(&self.name)
            } else {
                command.as_str().into()
            },
        ))
    }
}
