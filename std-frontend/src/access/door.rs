//! Where the rules are kept: what one server remembers of those who came.

use core::fmt;
use core::time::Duration;
use std::collections::HashMap;
use std::time::Instant;

use dapstub::Failure;
use dapstub::failure::id;
use dapstub::frame::FrameError;
use dapstub::json::{Entries, Raw};
use dapstub::protocol::Command;
use dapstub::session::Request;

use super::Access;
use super::pace::Pace;
use super::quiet::Quiet;
use crate::AUDIT;
use crate::address::{Address, Origin};
use crate::host::Disconnect;
use crate::limits::{CONNECTION_RATE, MAX_REMEMBERED};
use crate::shared::lock;
use crate::sync::Mutex;

/// The rules of one server, and what it remembers of those who came. Its lock is held for a few instructions.
#[derive(Debug)]
pub struct Door {
    access: Access,
    /// What a wrong token costs its address.
    delay: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    pace: Pace,
    quiet: Quiet,
    /// Until when no further try of an origin is looked at.
    tries: HashMap<Origin, Instant>,
}

/// What becomes of a client that wants to attach.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    /// It may.
    Free,
    /// Not before this time; then it is to be asked about again.
    Later(Instant),
    /// It may not; the connection ends.
    Refused(Failure),
}

/// Why somebody is not let in, or not any further.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Why {
    /// The address is in none of the networks that may connect.
    Network,
    /// No token was given.
    NoToken,
    /// It was a wrong one.
    WrongToken,
    /// Another client is attached.
    Busy,
    /// The stream is not DAP.
    NotDap(FrameError),
    /// There are too many connections, and this one is missed least.
    Crowd,
    /// It did not come to the point in time.
    Late,
    /// The program said no.
    Program,
    /// It attached, did not configure, and another one wanted the place.
    Replaced,
    /// It does not read what it is sent.
    Stalled,
}

impl Why {
    /// The kind of record: one of each is logged in a minute.
    fn kind(self) -> &'static str {
        match self {
            Self::Network => "address not allowed",
            Self::NoToken => "no token",
            Self::WrongToken => "wrong token",
            Self::Busy => "another client is attached",
            Self::NotDap(_) => "not DAP",
            Self::Crowd => "too many connections",
            Self::Late => "out of time",
            Self::Program => "refused by the program",
            Self::Replaced => "did not finish its configuration, and another client wanted the place",
            Self::Stalled => "does not read",
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotDap(error) => write!(f, "{}: {error}", self.kind()),
            _ => f.write_str(self.kind()),
        }
    }
}

impl Door {
    /// A server's rules. `delay` is what a wrong token costs.
    pub fn new(access: Access, delay: Duration) -> Self {
        Self {
            access,
            delay,
            state: Mutex::default(),
        }
    }

    /// The rules.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Until when no connection is accepted, because too many came; none if one may be accepted now.
    pub fn wait(&self, now: Instant) -> Option<Instant> {
        let mut state = lock(&self.state);
        let until = state.pace.wait(now)?;
        let hidden = state.quiet.hush(Origin::Unix, "too many connections a second", now);
        drop(state);
        if hidden.is_some() {
            tracing::warn!(target: AUDIT, limit = CONNECTION_RATE, "too many connections a second: they have to wait");
        }
        Some(until)
    }

    /// A connection was accepted. Tells whether it may stay; if not, it is to be closed before a byte is read.
    #[must_use]
    pub fn admits(&self, peer: &Address, now: Instant) -> bool {
        lock(&self.state).pace.took(now);
        let allowed = self.access.allows(peer);
        if !allowed {
            self.refused(peer, None, Why::Network);
        }
        allowed
    }

    /// Looks at the token of a client that wants to attach.
    pub(crate) fn entry(&self, peer: &Address, id: u64, request: &Request<'_>, now: Instant) -> Entry {
        let Some(token) = &self.access.token else {
            return Entry::Free;
        };
        let arguments = request.arguments().parse::<Entries<'_, Raw<'_>>>().ok();
        let given = arguments.and_then(|arguments| arguments.get("token"));
        let Some(given) = given.filter(|given| !given.is_null()) else {
            self.refused(peer, Some(id), Why::NoToken);
            let text = "this program asks for a token: add \"token\": \"...\" to the configuration in your launch.json";
            return Entry::Refused(Failure::new(id::NOT_ALLOWED, text).shown());
        };
        let origin = Origin::from(peer);
        let mut state = lock(&self.state);
        if let Some(&until) = state.tries.get(&origin).filter(|until| **until > now) {
            return Entry::Later(until);
        }
        if given.as_text().is_some_and(|text| token.is(text)) {
            state.tries.remove(&origin);
            return Entry::Free;
        }
        state.tries.retain(|_, until| *until > now);
        // With so many origins at once a delay for one of them would be no hindrance.
        if state.tries.len() < MAX_REMEMBERED {
            state.tries.insert(origin, now + self.delay);
        }
        drop(state);
        self.refused(peer, Some(id), Why::WrongToken);
        Entry::Refused(
            Failure::new(
                id::NOT_ALLOWED,
                "the token in your launch.json is not that of this program",
            )
            .shown(),
        )
    }

    /// Says that a client has attached.
    pub(crate) fn attached(&self, peer: &Address, id: u64) {
        tracing::info!(target: AUDIT, %peer, id, "client attached");
    }

    /// Says that the attached client is gone.
    pub(crate) fn detached(&self, peer: &Address, id: u64, how: Disconnect) {
        tracing::info!(target: AUDIT, %peer, id, how = %how, "client detached");
    }

    /// Says that somebody was refused, or cut off, unless that has been said just now.
    pub(crate) fn refused(&self, peer: &Address, id: Option<u64>, why: Why) {
        if let Some(repeated) = self.hush(peer, why.kind()) {
            tracing::warn!(target: AUDIT, %peer, id, reason = %why, repeated, "client refused");
        }
    }

    /// Says that a request was refused because clients are to look only.
    pub(crate) fn refused_request(&self, peer: &Address, id: u64, command: Command) {
        let kind = if command == Command::Unknown {
            "unknown command"
        } else {
            command.as_str()
        };
        if let Some(repeated) = self.hush(peer, kind) {
            tracing::warn!(target: AUDIT, %peer, id, command = kind, repeated, "request refused");
        }
    }

    fn hush(&self, peer: &Address, kind: &'static str) -> Option<u32> {
        lock(&self.state).quiet.hush(peer.into(), kind, Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELAY: Duration = Duration::from_secs(1);

    fn door() -> Door {
        Door::new(Access::default().with_token("hunter22").unwrap(), DELAY)
    }

    fn peer(text: &str) -> Address {
        Address::Tcp(text.parse().unwrap())
    }

    /// What becomes of an `attach` with these arguments.
    fn attach(door: &Door, peer: &Address, arguments: &str, now: Instant) -> Entry {
        let body = format!(r#"{{"seq":2,"type":"request","command":"attach","arguments":{arguments}}}"#);
        door.entry(peer, 1, &Request::parse(body.as_bytes()).unwrap(), now)
    }

    #[test]
    fn only_the_token_opens() {
        let door = door();
        let now = Instant::now();
        assert!(matches!(
            attach(
                &door,
                &peer("10.0.0.1:1"),
                r#"{"name":"x","token":"hunter\u0032\u0032"}"#,
                now
            ),
            Entry::Free
        ));
        for (number, arguments) in [
            r#"{"token":"hunter2"}"#,
            r#"{"token":"hunter222"}"#,
            r#"{"token":""}"#,
            r#"{"token":5}"#,
            r#"{"token":["hunter22"]}"#,
            r#"{"token":"hunter22","token":"x"}"#,
        ]
        .into_iter()
        .enumerate()
        {
            let peer = peer(&format!("10.0.1.{number}:1"));
            let Entry::Refused(failure) = attach(&door, &peer, arguments, now) else {
                panic!("{arguments}")
            };
            assert!(failure.text().contains("is not that of this program"), "{failure:?}");
            assert_eq!(failure.id(), id::NOT_ALLOWED);
        }
        for arguments in [
            "{}",
            "null",
            r#"{"Token":"hunter22"}"#,
            r#"{"token":null}"#,
            r#"{"a":{"token":"hunter22"}}"#,
            "[]",
        ] {
            let Entry::Refused(failure) = attach(&door, &peer("10.0.2.1:1"), arguments, now) else {
                panic!("{arguments}")
            };
            assert!(failure.text().contains("asks for a token"), "{failure:?}");
        }
        assert!(matches!(
            attach(&Door::new(Access::default(), DELAY), &peer("10.0.0.1:1"), "{}", now),
            Entry::Free
        ));
    }

    #[test]
    fn a_wrong_token_costs_its_address_time_and_no_other() {
        let door = door();
        let begin = Instant::now();
        let (wrong, right) = (r#"{"token":"x"}"#, r#"{"token":"hunter22"}"#);
        let (bad, good) = (peer("10.0.0.1:1"), peer("10.0.0.2:1"));
        assert!(matches!(attach(&door, &bad, wrong, begin), Entry::Refused(_)));
        // Right or wrong: the next try of this address is not looked at before, so nothing can be learnt from it.
        for arguments in [wrong, right] {
            let Entry::Later(at) = attach(&door, &peer("10.0.0.1:2"), arguments, begin) else {
                panic!()
            };
            assert_eq!(at, begin + DELAY);
        }
        assert!(matches!(attach(&door, &good, right, begin), Entry::Free));
        assert!(matches!(attach(&door, &bad, wrong, begin + DELAY), Entry::Refused(_)));
        assert!(matches!(attach(&door, &bad, right, begin + DELAY), Entry::Later(_)));
        assert!(matches!(attach(&door, &bad, right, begin + 2 * DELAY), Entry::Free));
        // A forgotten token is no try.
        assert!(matches!(attach(&door, &good, "{}", begin), Entry::Refused(_)));
        assert!(matches!(attach(&door, &good, right, begin), Entry::Free));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let door = door();
        let now = Instant::now();
        for number in 0..2 * MAX_REMEMBERED {
            let peer = peer(&format!("10.{}.{}.1:1", number / 256, number % 256));
            let _ = attach(&door, &peer, r#"{"token":"x"}"#, now);
        }
        assert_eq!(lock(&door.state).tries.len(), MAX_REMEMBERED);
        let _ = attach(&door, &peer("9.9.9.9:1"), r#"{"token":"x"}"#, now + DELAY);
        assert_eq!(lock(&door.state).tries.len(), 1);
    }
}
