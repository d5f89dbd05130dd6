//! The task that accepts connections.

use std::sync::Arc;

use dapstub_std::limits::{ACCEPT_PAUSE, TURN_ACCEPTS};
use dapstub_std::parts::{Door, Link, is_about_one_peer};
use dapstub_std::{Address, Patience};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};
use tracing::Instrument;

use crate::LOG;
use crate::connection::{Connection, at};
use crate::conversation::Conversation;
use crate::host::Host;
use crate::listener::Listener;
use crate::shared::Shared;
use crate::stream::{Stream, Wire};

/// Says that no task is left, also when the runtime drops this one.
struct Gone(Arc<Shared>);

impl Drop for Gone {
    fn drop(&mut self) {
        // A runtime that ends takes the server with it: there is no start after that either.
        self.0.ending.cancel();
        self.0.process.cancel();
        self.0.ended.cancel();
    }
}

/// Serves until the server is shut down, and ends when its last connection is closed.
pub(crate) async fn serve<H: Host>(
    listener: Listener,
    host: Arc<H>,
    shared: Arc<Shared>,
    door: Arc<Door>,
    patience: Patience,
) {
    // Dropped last: behind the set of connections, so behind all of their tasks.
    let _gone = Gone(shared.clone());
    let mut connections = JoinSet::new();
    let mut number = 0;
    let mut accepted = 0;
    let mut paused: Option<Instant> = None;
    loop {
        let result = tokio::select! {
            biased;
            () = shared.ending.cancelled() => break,
            Some(result) = connections.join_next() => {
                report(result);
                continue;
            }
            result = accept(&listener, &door, paused) => result,
        };
        match result {
            Ok((stream, peer)) => {
                paused = None;
                if !door.admits(&peer, std::time::Instant::now()) {
                    continue;
                }
                number += 1;
                tracing::debug!(target: LOG, id = number, %peer, "connection");
                let span = tracing::info_span!(target: LOG, parent: None, "connection", id = number, %peer);
                let connection = admit(number, stream, peer, &host, &shared, &door, patience);
                connections.spawn(connection.run().instrument(span));
            }
            Err(error) if is_about_one_peer(&error) => {
                tracing::debug!(target: LOG, %error, "a connection was gone before it was accepted");
            }
            Err(error) => {
                if paused.is_none() {
                    tracing::warn!(target: LOG, %error, "can't accept connections; trying again");
                }
                paused = Some(Instant::now() + ACCEPT_PAUSE);
            }
        }
        accepted += 1;
        if accepted % TURN_ACCEPTS == 0 {
            tokio::task::yield_now().await;
        }
    }
    drop(listener);
    let mut deadline = shared.deadline.subscribe();
    while !connections.is_empty() {
        let until = *deadline.borrow_and_update();
        tokio::select! {
            Some(result) = connections.join_next() => report(result),
            // What is left is dropped, and each connection closes itself then.
            () = at(until) => connections.shutdown().await,
            Ok(()) = deadline.changed() => {}
        }
    }
}

async fn accept(listener: &Listener, door: &Door, paused: Option<Instant>) -> std::io::Result<(Stream, Address)> {
    if let Some(until) = paused {
        sleep_until(until).await;
    }
    while let Some(until) = door.wait(std::time::Instant::now()) {
        sleep_until(until.into()).await;
    }
    listener.accept().await
}

/// Takes a new connection in, if need be in the place of the one that is missed least.
fn admit<H: Host>(
    number: u64,
    stream: Stream,
    peer: Address,
    host: &Arc<H>,
    shared: &Arc<Shared>,
    door: &Arc<Door>,
    patience: Patience,
) -> Connection<H> {
    let stream = Arc::new(stream);
    let wire = Wire::new(shared.process.clone(), door.clone());
    let conversation = Arc::new(Conversation::new(Link::new(number, peer, wire, stream.clone())));
    shared.add(conversation.clone());
    Connection::new(host.clone(), shared.clone(), conversation, stream, patience)
}

fn report(result: Result<(), JoinError>) {
    if let Err(error) = result
        && error.is_panic()
    {
        tracing::error!(target: LOG, %error, "the task of a connection panicked");
    }
}
