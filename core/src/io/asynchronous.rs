//! The loop for executors.

use super::steps::{Taken, retry, take};
use super::{End, Heard, Host, ServeError, Turn};
use crate::frame::Receiver;
use crate::output::Output;
use crate::session::{Phase, Session};
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;
use embedded_io_async::{Read, Write};

/// Serves one client until it leaves, as [`serve`](super::serve) does, in a task of an executor: of embassy, say.
///
/// While the program runs ([`Turn::Running`]), `pace` is awaited between its turns: a yield to the executor's other tasks,
/// a timer, or whatever wakes the program. While it stands still, the task sleeps until bytes come. A read that is waited
/// for is dropped when the program has its turn, so `connection` must not lose bytes then: those of embassy do not.
///
/// ```
/// # // The example `async_debuggee` is a whole program.
/// use dapstub::io::{Program, serve_async};
/// use dapstub::{frame::Receiver, session::Session};
/// # use embedded_io_async::{Read, Write};
///
/// # async fn pause() {}
/// async fn debugger<U: Read + Write>(mut uart: U, mut program: impl Program) {
///     loop {
///         let mut session = Session::<heapless::Vec<u8, 1024>, 4>::new(heapless::Vec::new());
///         let mut receiver = Receiver::new([0; 1024]);
///         // `pause` stands for `Timer::after_millis(1)` or `yield_now()`.
///         let _end = serve_async(&mut uart, &mut receiver, &mut session, &mut program, pause).await;
///     }
/// }
/// ```
///
/// # Errors
///
/// As for [`serve`](super::serve).
pub async fn serve_async<C, H, S, O, const OPEN: usize>(
    connection: &mut C,
    receiver: &mut Receiver<S>,
    session: &mut Session<O, OPEN>,
    host: &mut H,
    mut pace: impl AsyncFnMut(),
) -> Result<End, ServeError<C::Error>>
where
    C: Read + Write,
    H: Host,
    S: AsRef<[u8]> + AsMut<[u8]>,
    O: Output,
{
    loop {
        send(connection, session).await?;
        if session.phase() == Phase::Ended {
            return Ok(End::Disconnected);
        }
        let heard = match take(receiver, session, host)? {
            Taken::Done => continue,
            Taken::Full(ticket) => {
                let mut left = Some(ticket);
                while let Some(ticket) = left {
                    send(connection, session).await?;
                    left = retry(session, ticket)?;
                }
                continue;
            }
            Taken::NeedInput(heard) => heard,
        };
        // Bytes that are there already come in front of the program's turn.
        let mut read = at_once(connection.read(receiver.space())).await;
        if read.is_none() {
            if !host.heard(heard) {
                return Ok(End::Lost);
            }
            let turn = host.turn(session);
            if !session.outgoing().is_empty() {
                continue;
            }
            let bytes = connection.read(receiver.space());
            read = match turn {
                Turn::Running => first(bytes, pace()).await,
                Turn::Stopped => Some(bytes.await),
            };
        }
        match read {
            None => continue,
            Some(Err(error)) => return Err(ServeError::Transport(error)),
            Some(Ok(0)) => return Ok(End::Lost),
            Some(Ok(n)) => receiver.fed(n),
        }
        host.heard(Heard::Bytes);
    }
}

/// What `future` is, if it is ready.
async fn at_once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// What `future` is, unless `limit` is ready before it.
async fn first<F: Future>(future: F, limit: impl Future<Output = ()>) -> Option<F::Output> {
    let (mut future, mut limit) = (pin!(future), pin!(limit));
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => limit.as_mut().poll(context).map(|()| None),
    })
    .await
}

async fn send<C: Write, O: Output, const OPEN: usize>(
    connection: &mut C,
    session: &mut Session<O, OPEN>,
) -> Result<(), ServeError<C::Error>> {
    if session.outgoing().is_empty() {
        return Ok(());
    }
    while !session.outgoing().is_empty() {
        let n = connection
            .write(session.outgoing())
            .await
            .map_err(ServeError::Transport)?;
        session.sent(n);
    }
    connection.flush().await.map_err(ServeError::Transport)
}
