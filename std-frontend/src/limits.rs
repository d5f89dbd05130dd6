//! Every bound of this frontend, with its reason.
//!
//! A peer is anybody who can reach the port. What it may cost the program is written here and nowhere else.

use core::time::Duration;

/// Largest message body kept from a client that has not attached, in bytes. Its only messages are `initialize` and
/// `attach`, which take about 2 KiB in practice; the attach arguments of a generated launch.json may be longer.
pub const BODY_LIMIT_UNATTACHED: usize = 64 * 1024;

/// Largest message body kept from the attached client, in bytes. Editors send below 100 KiB even with a thousand
/// breakpoints in one file; an `evaluate` of a pasted document may take more.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// Up to this many times the body limit a longer body is skipped and answered with an error; a longer one ends the
/// connection, because nobody sends it by accident.
pub const SKIP_FACTOR: usize = 4;

/// Most connections that have not attached, those that are being closed included. When one more arrives, the oldest
/// silent one is dropped, so that idle connections can't shut anybody out.
pub const MAX_UNATTACHED: usize = 64;

/// Most descendants of a process that can be debugged through its port at the same time; further ones run undebugged. Each
/// costs a socket.
pub const MAX_DESCENDANTS: usize = 256;

/// Most of those from one address (of IPv6: from one /64 network), a half of all, so that no address can take every place
/// by itself. Of one more, the address loses its own oldest silent one. Twenty people behind one tunnel have room.
pub const MAX_PER_ADDRESS: usize = 32;

/// New connections that are taken in a second, on average. Each costs the server 20 to 50 microseconds (measured), so
/// those who do nothing but connect cost the program at most some five percent of one processor. What comes faster waits in
/// the system's queue; nobody is refused for it. No editor needs more than a few.
pub const CONNECTION_RATE: u32 = 1_000;

/// So many connections may come at once before [`CONNECTION_RATE`] counts: as many as the rate gives in a second.
pub const CONNECTION_BURST: u32 = 1_000;

/// What a wrong token costs its address (of IPv6: its /64 network): for so long no further try from there is looked at;
/// it waits. 86,400 tries in a day find no token worth the name, and a person hardly notices.
pub const TOKEN_DELAY: Duration = Duration::from_secs(1);

/// Most addresses of which it is remembered that they gave a wrong token, and most kinds of record that are kept back
/// because they were logged less than a minute ago. Some ten kilobytes.
pub const MAX_REMEMBERED: usize = 256;

/// How long a connection that the program opens itself may take to come about, for each address of its host.
pub const TIME_TO_CONNECT: Duration = Duration::from_secs(10);

/// Time from accepting a connection to its `initialize`. Editors send it at once; the time covers a slow tunnel and
/// a person who types it.
pub const TIME_TO_INITIALIZE: Duration = Duration::from_secs(30);

/// Time from `initialize` to `attach`, which editors send at once as well.
pub const TIME_TO_ATTACH: Duration = Duration::from_secs(30);

/// Time from `attach` to `configurationDone` in which the place is a client's own. After that it keeps the place only until
/// another client wants it. Editors send `configurationDone` by themselves as soon as their breakpoints are set, which
/// takes seconds at most, and nobody is cut off for being slow while nobody else waits.
pub const TIME_TO_CONFIGURE: Duration = Duration::from_secs(30);

/// Most bytes that wait for a client that doesn't read. A stack trace of a thousand frames takes some 200 KiB. Beyond
/// it the client is dropped; the program is never held up.
pub const OUTGOING_LIMIT: usize = 16 * 1024 * 1024;

/// While more than this waits to be sent, no further request of the client is read: its answers could only add to it.
pub const READ_PAUSE: usize = 1024 * 1024;

/// The same for a client that has not attached: it has asked for nothing that is long.
pub const READ_PAUSE_UNATTACHED: usize = 64 * 1024;

/// How long a client may take nothing at all while more than [`READ_PAUSE`] waits for it, where the program waits for
/// clients to read (`dapstub-tokio`). An editor that is busy for half a minute is not coming back.
pub const TIME_TO_READ: Duration = Duration::from_secs(30);

/// A buffer that grew past this is given back once it is empty.
pub const KEEP_CAPACITY: usize = 64 * 1024;

/// How long a connection that is being closed may take to fetch its last answer. Closing at once while the peer still
/// sends would reset the connection and destroy that answer on its way.
pub const LINGER: Duration = Duration::from_secs(2);

/// Most bytes that are read and thrown away from a connection that is being closed.
pub const LINGER_BYTES: usize = 4 * 1024 * 1024;

/// Pause before accepting again when the system has no descriptor or memory left for one more connection.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Most bytes read from one connection before the others have their turn.
pub const TURN_BYTES: usize = 256 * 1024;

/// Most connections accepted before those that stand have their turn.
pub const TURN_ACCEPTS: usize = 64;

/// A quiet connection is probed after this time (TCP keepalive) ...
pub const KEEPALIVE_IDLE: Duration = Duration::from_secs(15);

/// ... then again at this interval ...
pub const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);

/// ... and given up after this many probes without an answer: 45 s in all.
pub const KEEPALIVE_RETRIES: u32 = 6;

/// A connection on which sent bytes stay unacknowledged this long is given up (Linux).
pub const UNACKNOWLEDGED: Duration = Duration::from_secs(45);

/// So many requests to a client may wait for its answer besides the last [`MAX_ASKED`](dapstub::session::MAX_ASKED); an
/// answer to an older one is ignored.
pub const MAX_LATE: usize = 1024;

/// Length of the queue of connections that the system holds until they are accepted.
pub const BACKLOG: i32 = 128;

/// When the server shuts down: how long the attached client may take to answer `terminated` by its `disconnect`.
pub const FAREWELL: Duration = Duration::from_secs(1);
